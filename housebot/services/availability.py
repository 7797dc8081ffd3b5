"""Owns the one answer to "is it free": buffers, blocks and feeds are in it, expired holds are not (R6, R7, R32, R34)."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain.availability import Day, alternatives, day_states
from housebot.domain.catalog import Catalog, Tariff, Unit
from housebot.domain.occupancy import Busy, in_the_way
from housebot.domain.period import instant, utc_text
from housebot.domain.stay import Stay, StayRequest
from housebot.errors import Refusal
from housebot.services import catalog_versions, catalogs
from housebot.services.ports import Reader
from housebot.storage import occupancies
from housebot.storage.connection import TransactionLost, is_broken
from housebot.storage.tx import Tx

__all__ = ["Busy", "Day", "Month", "around_month", "assert_free", "busy", "compute_month", "conflicts", "month"]

log = logging.getLogger(__name__)

NEIGHBOURHOOD = timedelta(days=46)  # alternatives are looked for within 45 days of the wish
FOR_GOOD = timedelta(days=36_525)  # nobody books a hundred years ahead
MOST_MONTHS = 500  # kept at a time: every unit of a large desk for the months people look at
_CACHE = "months"


@dataclass(frozen=True, slots=True)
class Month:
    """The days of a month of one unit, for one tariff or for all that sell it.

    True from `judged_at` until `valid_until` if nobody writes; a demo's clock may also be set back.
    """

    unit: str
    year: int
    month: int
    days: tuple[Day, ...]
    judged_at: datetime
    valid_until: datetime


def busy(
    tx: Tx, unit: Unit, since: datetime, until: datetime, *, now: datetime, exclude: int | None = None
) -> list[Busy]:
    """What takes parts of the unit around that time, buffers of both sides included; `exclude` is a booking on the move.

    Expired holds are among them: `in_the_way` knows the time. A stay begun long before is seen (R7). The parts are those of
    every version to come too, and from the day on which one lets the unit no more it is closed for good (R39).
    """
    future = catalogs.outlook(tx, unit, now=now)
    found = occupancies.between(tx, future.parts, since - unit.before, until + unit.cleaning)
    if exclude is not None:
        found = [one for one in found if one.kind != "booking" or one.ref != exclude]
    if future.gone is not None and future.gone < until + unit.cleaning:
        never = future.gone + FOR_GOOD
        found.append(Busy(future.gone, never, future.gone, never, kind="block"))
    return found


def conflicts(tx: Tx, stay: Stay, *, now: datetime, exclude: int | None = None) -> list[Busy]:
    """What stands in the way of the stay now; an empty list means it is free."""
    return _conflicts(tx, stay, now=now, exclude=exclude)[0]


def assert_free(tx: Tx, catalog: Catalog, stay: Stay, *, now: datetime, exclude: int | None = None) -> list[Busy]:
    """What touches the stay and is not in its way, when it is free, else `dates_taken` with what is and the nearest alternatives (R13).

    Any fault on the way is `temporarily_unavailable`, never free (R34).
    """
    taken, around = _conflicts(tx, stay, now=now, exclude=exclude)
    if not taken:
        return around
    with _failing_closed():
        reach = NEIGHBOURHOOD + (stay.end - stay.start)
        around = busy(tx, stay.unit, stay.start - reach, stay.end + reach, now=now, exclude=exclude)
        near = alternatives(catalogs.with_stops(tx, catalog, now=now), _request(stay), around, now)
    raise Refusal(
        "dates_taken",
        unit=stay.unit.id,
        zone=str(stay.unit.zone),
        start=utc_text(stay.start),
        end=utc_text(stay.end),
        conflicts=conflicts_json(taken),
        alternatives=near,
    )


def conflicts_json(taken: Iterable[Busy]) -> list[dict[str, Any]]:
    """What is in the way, without saying whose it is."""
    return [{"start": utc_text(one.start), "end": utc_text(one.end), "kind": one.kind} for one in taken]


def month(reader: Reader, *, unit: str, year: int, month: int, tariff: str | None = None, now: datetime) -> Month:
    """A month of a unit as a calendar shows it; `unknown_unit`, `unknown_tariff`.

    Kept until anybody commits or the clock alone could change it, so that turning pages costs next to nothing.
    """
    data_version = reader.data_version()
    kept: dict[Any, Month] = {}
    cached = reader.cache.get(_CACHE)
    if cached is not None and cached[0] == data_version:
        kept = cached[1]
    else:
        reader.cache[_CACHE] = (data_version, kept)
    key = (unit, year, month, tariff)
    known = kept.get(key)
    if known is not None and known.judged_at <= now < known.valid_until:
        return known
    if len(kept) >= MOST_MONTHS:
        kept.clear()
    answer = reader.read(lambda tx: compute_month(tx, unit=unit, year=year, month=month, tariff=tariff, now=now))
    kept[key] = answer
    return answer


def compute_month(
    tx: Tx, *, unit: str, year: int, month: int, tariff: str | None = None, exclude: int | None = None, now: datetime
) -> Month:
    """As `month`, computed: for a place that is inside a transaction already; `exclude` is a booking on the move."""
    known = catalogs.lookup(tx, now=now)
    place = known.units.get(unit) or known.catalog.unit(unit)
    if place is None:
        raise Refusal("unknown_unit", unit=unit)
    tariffs = _tariffs(known, place, tariff)
    with _failing_closed():
        around = around_month(tx, known, place, year, month, now=now, exclude=exclude)
        days = day_states(known.catalog, place, tariffs, year, month, around, now)
    return Month(place.id, year, month, tuple(days), now, _valid_until(around, now))


def around_month(
    tx: Tx,
    known: catalog_versions.Known,
    unit: Unit,
    year: int,
    month: int,
    *,
    now: datetime,
    exclude: int | None = None,
) -> list[Busy]:
    """What touches the month, and what the stays that begin in it may run into."""
    since, until = _bounds(unit.zone, year, month)
    return busy(tx, unit, since, until + known.shortest, now=now, exclude=exclude)


def _tariffs(known: catalog_versions.Known, unit: Unit, tariff: str | None) -> tuple[Tariff, ...]:
    selling = known.tariffs[unit.id]
    if tariff is None:
        return selling
    wanted = known.catalog.tariff(tariff)
    if wanted is None or wanted not in selling:
        raise Refusal("unknown_tariff", tariff=tariff)
    return (wanted,)


@lru_cache(maxsize=1024)
def _bounds(zone: ZoneInfo, year: int, month: int) -> tuple[datetime, datetime]:
    """The month with the night before and the night after it, in instants."""
    try:
        first = date(year, month, 1)
        last = (first + timedelta(days=32)).replace(day=1)
        return (
            instant(datetime.combine(first - timedelta(days=1), time()), zone, gap="forward")[0],
            instant(datetime.combine(last + timedelta(days=1), time()), zone, gap="forward")[0],
        )
    except (ValueError, OverflowError):
        raise Refusal("invalid", reason="month", year=year, month=month) from None


def _conflicts(tx: Tx, stay: Stay, *, now: datetime, exclude: int | None) -> tuple[list[Busy], list[Busy]]:
    """What stands in the way, and all that touches the stay."""
    with _failing_closed():
        around = busy(tx, stay.unit, stay.start, stay.end, now=now, exclude=exclude)
        return in_the_way(stay.period, stay.unit.before, stay.unit.cleaning, around, now), around


def _request(stay: Stay) -> StayRequest:
    """What would have to be asked for to get this stay."""
    return StayRequest(stay.unit.id, stay.tariff.id, stay.arrival, stay.departure, stay.party, stay.extras)


def _valid_until(around: Iterable[Busy], now: datetime) -> datetime:
    """When the clock alone may change the month: a hold ends, or a whole minute passes.

    Check-in times, notice, cut-offs and midnight all lie on whole minutes, in every zone; the next one bounds them all.
    """
    next_minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    ends = [one.hold_until for one in around if one.hold_until is not None and one.hold_until > now]
    return min([next_minute, *ends])


@contextmanager
def _failing_closed() -> Iterator[None]:
    """R34. What SQLite did to the transaction, or a broken file, stays what it is: others decide on that."""
    try:
        yield
    except (Refusal, TransactionLost):
        raise
    except Exception as problem:
        if is_broken(problem):
            raise
        log.exception("availability could not be judged")
        raise Refusal("temporarily_unavailable", reason="availability") from problem
