"""Owns times closed by hand: repairs, own use. A block may not lie on a stay, and stays may not lie on it (R6, R7).

One extra may be stopped instead: "sauna broken, house sold". That closes nothing (R39) and is no overlap; the extra is gone
from options, quotes and offers, and who has booked it is named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Any

from housebot.domain.occupancy import Busy, in_the_way
from housebot.domain.period import Period, covers, instant, stay_dates, utc_text
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import audit, availability, catalogs, lapsing
from housebot.services.ports import Actor
from housebot.storage import blocks as rows
from housebot.storage import bookings as booking_rows
from housebot.storage import occupancies
from housebot.storage.blocks import Block
from housebot.storage.bookings import Booking
from housebot.storage.tx import Tx

__all__ = ["Block", "add", "as_json", "get", "listing", "remove", "stays_json", "stays_with_extra", "stop_extra"]

NO_TIME = timedelta(0)
ONE_DAY = timedelta(days=1)


def add(
    tx: Tx, *, unit: str, period: Period, reason: str, parts: Sequence[str] = (), actor: Actor, now: datetime
) -> Block:
    """Close a unit, or some of its parts, for a time. A stay inside is `dates_taken` with the list; nothing is cancelled by itself.

    The cleaning after a stay is kept: it may be shortened, not overlooked (R6). Expired holds in the way are expired.
    """
    place = catalogs.current(tx, now=now).unit(unit)
    if place is None:
        raise Refusal("unknown_unit", unit=unit)
    strangers = [part for part in parts if part not in place.parts]
    if strangers:
        raise Refusal("invalid", reason="parts", parts=strangers, allowed=list(place.parts))
    if period.end <= now:
        raise Refusal("past", end=utc_text(period.end))
    closed = tuple(parts) or catalogs.every_part(tx, place, now=now)
    around = occupancies.between(tx, closed, period.start, period.end)
    taken = in_the_way(period, NO_TIME, NO_TIME, around, now)
    if taken:
        inside = _bookings(tx, taken)
        raise Refusal(
            "dates_taken",
            unit=place.id,
            conflicts=availability.conflicts_json(taken),
            bookings=[one.id for one in inside],
            stays=stays_json(inside),
        )
    lapsing.expire_in_the_way(tx, closed, period, now=now)
    block_id = rows.insert(
        tx,
        unit=place.id,
        parts=closed,
        start=utc_text(period.start),
        end=utc_text(period.end),
        reason=reason.strip(),
        actor=str(actor),
        at=utc_text(now),
    )
    occupancies.put(tx, parts=closed, kind="block", period=period, ref=block_id)
    block = get(tx, block_id)
    audit.write(tx, actor, "block.add", f"block:{block_id}", after=asdict(block), reason=block.reason or None, now=now)
    return block


def stop_extra(
    tx: Tx, *, extra: str, dates: DateSpan, unit: str | None = None, reason: str, actor: Actor, now: datetime
) -> Block:
    """Sell an extra no more on these local dates, in one unit or wherever it is sold; stays that have it keep it.

    `unknown_unit`, `unknown_extra`, `extra_not_offered` for one that is not sold there, `invalid` for a fee, `past`.
    """
    catalog = catalogs.current(tx, now=now)
    place = catalog.unit(unit) if unit is not None else None
    if unit is not None and place is None:
        raise Refusal("unknown_unit", unit=unit[:40])
    found = catalog.extra(extra)  # noqa: S610  no Django here
    if found is None:
        raise Refusal("unknown_extra", extra=extra[:40])
    if found.mandatory:
        raise Refusal("invalid", reason="fee", extra=found.id)
    tariffs = catalog.tariffs if place is None else catalog.tariffs_of(place.id)
    if not any(found.id in one.extras or found.id in one.included_extras for one in tariffs):
        raise Refusal("extra_not_offered", extra=found.id, unit=unit)
    zone = catalog.zone if place is None else place.zone
    start, end = (instant(datetime.combine(day, time()), zone, gap="forward")[0] for day in (dates.since, dates.until))
    if end <= now:
        raise Refusal("past", end=utc_text(end))
    for booking in _sold_with(tx, found.id, dates, None if place is None else place.id):
        if booking.lapsed(now):  # its time is over, and it may not come back with what is stopped (R32)
            lapsing.expire(tx, booking.id, now=now)
    block_id = rows.insert(
        tx,
        unit=None if place is None else place.id,
        parts=(),
        extra=found.id,
        start=utc_text(start),
        end=utc_text(end),
        reason=reason.strip(),
        actor=str(actor),
        at=utc_text(now),
    )
    block = get(tx, block_id)
    audit.write(tx, actor, "block.add", f"block:{block_id}", after=asdict(block), reason=block.reason or None, now=now)
    return block


def stays_with_extra(tx: Tx, *, extra: str, dates: DateSpan, unit: str | None = None, now: datetime) -> list[Booking]:
    """Stays ahead that were sold with the extra on one of these dates, in order of time: somebody should write to them."""
    stays = [one for one in _sold_with(tx, extra, dates, unit) if one.end > now and not one.lapsed(now)]
    return sorted(stays, key=lambda one: (one.start, one.id))


def stays_json(stays: Iterable[Booking]) -> list[dict[str, str]]:
    """Whose they are is told to staff by the code."""
    return [
        {
            "code": one.code,
            "status": str(one.status),
            "unit": one.unit,
            "start": utc_text(one.start),
            "end": utc_text(one.end),
        }
        for one in stays
    ]


def as_json(block: Block) -> dict[str, Any]:
    """As scripts see it: instants UTC; of an extra that is stopped, from the first of its dates to the end of the last."""
    return asdict(block) | {"parts": list(block.parts)}


def get(tx: Tx, block_id: int) -> Block:
    """A block that stands; `not_found`."""
    block = rows.get(tx, block_id)
    if block is None:
        raise Refusal("not_found", what="block")
    return block


def listing(tx: Tx, *, since: datetime) -> list[Block]:
    """What is closed from that instant on, in order of time."""
    return rows.listing(tx, since=utc_text(since))


def remove(tx: Tx, block_id: int, *, actor: Actor, now: datetime) -> Block:
    """Open the time again; `not_found` where it is open."""
    block = get(tx, block_id)
    rows.remove(tx, block_id, at=utc_text(now))
    occupancies.remove_block(tx, block_id)
    audit.write(tx, actor, "block.remove", f"block:{block_id}", asdict(block), now=now)
    return block


def _sold_with(tx: Tx, extra: str, dates: DateSpan, unit: str | None) -> list[Booking]:
    return [
        one
        for one in booking_rows.with_extras_on(tx, dates.since, dates.until - ONE_DAY)
        if extra in one.extras
        and unit in {None, one.unit}
        and any(covers(dates, day) for day in stay_dates(one.arrival, one.departure))
    ]


def _bookings(tx: Tx, taken: Iterable[Busy]) -> list[Booking]:
    """Whose stays these are, each once: a change that waits stands in the way beside its own stay."""
    numbers = dict.fromkeys(one.ref for one in taken if one.kind == "booking" and one.ref is not None)
    found = [booking_rows.get(tx, number) for number in numbers]
    return [one for one in found if one is not None]
