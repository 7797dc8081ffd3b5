"""Owns what a guest asks for and what it means: names, times of the wall clock and a party become one stay of one unit."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from housebot.domain.catalog import Basis, Catalog, Extra, Kind, Tariff, Unit
from housebot.domain.period import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    any_covers,
    covers,
    instant,
    local,
    stay_dates,
    whole_hours,
)
from housebot.errors import Refusal

MOST = 99  # guests of a band, pieces of an extra: more is a slip of the finger
# Refusals that no other time would mend: what was asked for, or who comes, is wrong.
WHATEVER_THE_TIME = frozenset(
    {
        "unknown_unit",
        "unknown_tariff",
        "unknown_extra",
        "extra_not_offered",
        "no_adult",
        "min_guests",
        "max_guests",
    }
)
MOVED_BY_DST = "moved_by_dst"  # note: a check-in or check-out fell into a DST gap and was moved forward (R5)
WITHOUT = "without:"  # note: an extra this tariff includes cannot be had on these dates
_LOCAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::00)?)?", re.ASCII)
_GUESTS = re.compile(r"\s*(?:([\w-]+)\s*=\s*)?([0-9]{1,3})\s*", re.ASCII)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class StayRequest:
    """What was asked for, as it was asked: ids or aliases, naive local times, guests by band, quantities of extras.

    A nightly request may give its dates at 00:00, meaning the tariff's check-in and check-out; a slot request may give its
    arrival twice, meaning the length of the service.
    """

    unit: str
    tariff: str
    arrival: datetime
    departure: datetime
    party: dict[str, int]
    extras: dict[str, int] = field(default_factory=dict)
    promo: str | None = None
    gift: str | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A request that makes sense: `start` and `end` are UTC, `arrival` and `departure` what the wall clock of the unit shows."""

    unit: Unit
    tariff: Tariff
    start: datetime
    end: datetime
    arrival: datetime
    departure: datetime
    party: dict[str, int]
    guests: int  # those that count: infants are outside capacity (R25)
    extras: dict[str, int]  # asked for, by their ids
    included: tuple[str, ...] = ()  # extras the tariff gives without asking
    notes: tuple[str, ...] = ()

    @property
    def period(self) -> Period:
        """The instants it occupies, buffers apart."""
        return Period(self.start, self.end)

    @property
    def hours(self) -> int:
        """The length rounded up to whole hours: elapsed for a slot, by the wall clock for any other stay (R2)."""
        if self.tariff.kind is Kind.SLOT:
            return whole_hours(self.start, self.end)
        return whole_hours(self.arrival, self.departure)

    @property
    def dates(self) -> tuple[date, ...]:
        """The dates of the stay: dated prices, deposit by date and R11 look at these (R2)."""
        return tuple(stay_dates(self.arrival, self.departure))

    @property
    def nights(self) -> tuple[date, ...]:
        """The local dates whose nights are slept; empty when it ends on the day it began (R2)."""
        return () if self.arrival.date() == self.departure.date() else self.dates

    def all_extras(self) -> dict[str, int]:
        """What was asked for together with what is included, id to quantity."""
        return dict.fromkeys(self.included, 1) | self.extras


def resolve(catalog: Catalog, request: StayRequest) -> Stay:
    """The stay that is meant, or why there is none.

    Refusals: unknown_unit, unknown_tariff, unknown_extra, extra_not_offered, extra_sold_out (stopped on these dates),
    dst_gap (R5), no_adult, min_guests, max_guests (R25), min_stay (a nightly stay of no night), invalid.
    """
    unit = catalog.unit(request.unit)
    if unit is None:
        raise Refusal("unknown_unit", unit=request.unit[:40])
    tariff = catalog.tariff(request.tariff)
    if tariff is None or not tariff.active or unit.id not in tariff.units:
        raise Refusal("unknown_tariff", tariff=request.tariff[:40], unit=unit.id)
    arrival, departure = _asked_times(tariff, request)
    start, end, moved = _instants(unit, tariff, arrival, departure)
    # What the wall clock shows at those instants: a time moved out of a gap, the end of a slot over a DST change.
    arrival, departure = local(start, unit.zone), local(end, unit.zone)
    Period(start, end)
    guests = count_guests(catalog, unit, tariff, request.party)
    extras = _asked_extras(catalog, tariff, request.extras)
    days = stay_dates(arrival, departure)
    gone = {extra.id for extra in catalog.extras if stopped(catalog, extra, unit.id, days)}
    if missing := [extra_id for extra_id in extras if extra_id in gone]:
        raise Refusal("extra_sold_out", extra=missing[0])
    included = [extra.id for extra in catalog.extras if extra.id in tariff.included_extras]
    notes = [MOVED_BY_DST] * moved + [f"{WITHOUT}{extra_id}" for extra_id in included if extra_id in gone]
    return Stay(
        unit=unit,
        tariff=tariff,
        start=start,
        end=end,
        arrival=arrival,
        departure=departure,
        party={band: count for band, count in request.party.items() if count},
        guests=guests,
        extras=extras,
        included=tuple(extra_id for extra_id in included if extra_id not in gone),
        notes=tuple(notes),
    )


def stopped(catalog: Catalog, extra: Extra, unit: str | None, days: Collection[date]) -> bool:
    """Whether the extra cannot be had on one of these dates, by the document or by hand; without a unit: in none of them."""
    if extra.stop_dates and any(any_covers(extra.stop_dates, day) for day in days):
        return True
    places = {
        stop.unit for stop in catalog.stops if stop.extra == extra.id and any(covers(stop.dates, day) for day in days)
    }
    return None in places or (bool(places) and ({unit} if unit else {one.id for one in catalog.units}) <= places)


def count_guests(catalog: Catalog, unit: Unit, tariff: Tariff, party: Mapping[str, int]) -> int:
    """How many of the party count, once it is known that they may come: no_adult, min_guests, max_guests, invalid (R25)."""
    bands = {band.id: band for band in catalog.bands}
    for band_id, count in party.items():
        if band_id not in bands or not 0 <= count <= MOST:
            raise Refusal("invalid", reason="guests", band=band_id[:40], bands=list(bands))
    guests = sum(count for band_id, count in party.items() if bands[band_id].counts)
    needs = max(tariff.min_guests, 1)
    if not any(party.values()):
        raise Refusal("min_guests", needs=needs, asked=0)
    adults = [band.id for band in catalog.bands if band.adult]
    if adults and not any(party.get(band_id) for band_id in adults):
        raise Refusal("no_adult")
    if guests < needs:
        raise Refusal("min_guests", needs=needs, asked=guests)
    most = unit.capacity if tariff.max_guests is None else min(tariff.max_guests, unit.capacity)
    if guests > most:
        raise Refusal("max_guests", most=most, asked=guests)
    return guests


def parse_local(text: str) -> tuple[datetime, bool]:
    """A wall clock time from `2026-12-01T14:00` or `2026-12-01`, and whether it had a time; else `Refusal("invalid")`."""
    found = _LOCAL.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        moment = datetime.fromisoformat(found[1] + "T" + (found[2] or "00:00"))
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        raise Refusal("invalid", reason="local_time", value=text[:40], example="2026-12-01T14:00") from None
    return moment, found[2] is not None


def parse_guests(text: str, catalog: Catalog) -> dict[str, int]:
    """A party from `3` or `adult=2,child=1` by the catalog's bands; a bare number means adults; else `Refusal("invalid")`."""
    bands = {band.id.casefold(): band.id for band in catalog.bands}
    usual = next((band.id for band in catalog.bands if band.adult), next(iter(bands.values()), ""))
    party: dict[str, int] = {}
    for piece in text.split(","):
        found = _GUESTS.fullmatch(piece)
        band = None if found is None else (bands.get(found[1].casefold()) if found[1] else usual)
        if found is None or band is None or band in party or int(found[2]) > MOST:
            raise Refusal("invalid", reason="guests", value=text[:40], bands=list(bands.values()))
        party[band] = int(found[2])
    return party


def _asked_times(tariff: Tariff, request: StayRequest) -> tuple[datetime, datetime]:
    """Wall clock times as the tariff understands them, still before the zone has spoken."""
    arrival, departure = request.arrival, request.departure
    for moment in (arrival, departure):
        if (
            moment.tzinfo is not None
            or moment.second
            or moment.microsecond
            or not FIRST_YEAR <= moment.year <= LAST_YEAR
        ):
            raise Refusal("invalid", reason="local_time", value=moment.isoformat()[:40], example="2026-12-01T14:00")
    if tariff.kind is Kind.NIGHTLY:
        if arrival.date() == departure.date():
            raise Refusal("min_stay", needs=1, asked=0, measure="nights")
        if arrival.time() == _MIDNIGHT:
            arrival = datetime.combine(arrival.date(), tariff.check_in)
        if departure.time() == _MIDNIGHT:
            departure = datetime.combine(departure.date(), tariff.check_out)
    elif tariff.kind is Kind.SLOT:
        # Its length judges the departure, which in a DST fold may show the time of the arrival or an earlier one.
        return arrival, arrival + timedelta(minutes=tariff.minutes) if departure == arrival else departure
    if departure <= arrival:
        raise Refusal("invalid", reason="period_empty", start=_shown(arrival), end=_shown(departure))
    return arrival, departure


def _instants(unit: Unit, tariff: Tariff, arrival: datetime, departure: datetime) -> tuple[datetime, datetime, bool]:
    """Start and end in UTC, and whether one of them had to be moved out of a DST gap (R5)."""
    if tariff.kind is Kind.NIGHTLY:
        start, moved_in = instant(arrival, unit.zone, gap="forward")
        end, moved_out = instant(departure, unit.zone, gap="forward")
        return start, end, moved_in or moved_out
    start, _ = instant(arrival, unit.zone, gap="refuse")
    if tariff.kind is Kind.BLOCK:
        return start, instant(departure, unit.zone, gap="refuse")[0], False
    length = timedelta(minutes=tariff.minutes)  # a two-hour slot lasts two elapsed hours
    end = start + length
    if departure not in {arrival + length, local(end, unit.zone)}:
        raise Refusal("invalid", reason="slot_length", minutes=tariff.minutes, end=_shown(local(end, unit.zone)))
    return start, end, False


def _asked_extras(catalog: Catalog, tariff: Tariff, asked: Mapping[str, int]) -> dict[str, int]:
    """What was asked for by its id, in the order of the catalog; fees are charged, not asked for."""
    extras: dict[str, int] = {}
    for name, quantity in asked.items():
        extra = catalog.extra(name)  # noqa: S610  no Django here
        if extra is None:
            raise Refusal("unknown_extra", extra=name[:40])
        if extra.mandatory or (extra.id not in tariff.extras and extra.id not in tariff.included_extras):
            raise Refusal("extra_not_offered", extra=extra.id, tariff=tariff.id)
        if not 0 <= quantity <= (MOST if extra.basis is Basis.PIECE else 1) or extra.id in extras:
            raise Refusal("invalid", reason="quantity", extra=extra.id, asked=quantity)
        if quantity:
            extras[extra.id] = quantity
    return {extra.id: extras[extra.id] for extra in catalog.extras if extra.id in extras}


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
