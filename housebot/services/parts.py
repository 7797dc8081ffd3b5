"""Owns which parts stays ahead take when a new document divides their unit otherwise: no night is sold twice by it (R39)."""

from datetime import datetime, timedelta
from typing import Literal

from housebot.domain.catalog import Catalog
from housebot.domain.period import Period, from_utc_text, utc_text
from housebot.errors import Refusal
from housebot.services import lapsing, quotes
from housebot.storage import blocks, bookings, occupancies, proposals
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal
from housebot.storage.tx import Tx

NO_TIME = timedelta(0)
CLEANING = timedelta(days=1)  # after a stay that has just ended


def carry_over(tx: Tx, old: Catalog, new: Catalog, *, since: datetime, now: datetime) -> None:
    """Stays and closed times ahead also take the parts that the new document gives their unit.

    A unit that vanishes with all its parts while somebody has it after `since` is `invalid` with reason `unit_in_use`:
    under another name it would be sold again. Holds that are over give way, whether or not anybody has noticed (R32).
    """
    sold = {unit.id: unit for unit in new.units}
    known = {part for unit in new.units for part in unit.parts}
    for unit in old.units:
        if unit.id not in sold and known.isdisjoint(unit.parts):
            _nobody_has(tx, unit.id, since, now=now)
        elif unit.id in sold and (added := tuple(part for part in sold[unit.id].parts if part not in unit.parts)):
            _take(tx, unit.id, whole=unit.parts, added=added, now=now)


def _nobody_has(tx: Tx, unit: str, since: datetime, *, now: datetime) -> None:
    if ahead := _alive(tx, unit, since, now=now):
        raise Refusal("invalid", reason="unit_in_use", unit=unit, bookings=[booking.code for booking in ahead])


def _take(tx: Tx, unit: str, *, whole: tuple[str, ...], added: tuple[str, ...], now: datetime) -> None:
    for booking in _alive(tx, unit, now - CLEANING, now=now):
        _put(tx, added, "booking", booking.period, booking.id, before=booking.before, after=booking.after, now=now)
    for change in proposals.all_open(tx):
        _take_proposed(tx, unit, change, added=added, now=now)
    for block in blocks.listing(tx, since=utc_text(now)):
        # What closed the whole unit goes on closing it; a closed part stays a closed part.
        if block.unit == unit and set(whole) <= set(occupancies.parts_of_block(tx, block.id)):
            _put(tx, added, "block", Period(from_utc_text(block.start), from_utc_text(block.end)), block.id, now=now)


def _take_proposed(tx: Tx, unit: str, change: Proposal, *, added: tuple[str, ...], now: datetime) -> None:
    """What waits to become a stay of the unit will take the parts as well."""
    booking, stay = bookings.get(tx, change.booking_id), quotes.load(tx, change.quote_id).stay
    if booking is None or change.lapsed(now) or stay.unit.id != unit:
        return
    if stay.period == booking.period and stay.unit.id == booking.unit:
        return  # the stay itself keeps them
    before, after = stay.unit.before, stay.unit.cleaning
    _put(tx, added, "booking", stay.period, booking.id, before=before, after=after, proposal_id=change.id, now=now)


def _alive(tx: Tx, unit: str, moment: datetime, *, now: datetime) -> list[Booking]:
    """Stays of the unit that block and end after that moment; a hold whose time is over ends here and now (R32)."""
    found = bookings.blocking_after(tx, unit, moment)
    return [booking for booking in found if not booking.lapsed(now) or lapsing.expire(tx, booking.id, now=now).is_hold]


def _put(
    tx: Tx,
    parts: tuple[str, ...],
    kind: Literal["booking", "block"],
    period: Period,
    ref: int,
    *,
    before: timedelta = NO_TIME,
    after: timedelta = NO_TIME,
    proposal_id: int | None = None,
    now: datetime,
) -> None:
    lapsing.expire_in_the_way(tx, parts, period, before=before, after=after, now=now)
    for part in parts:
        try:
            with tx.attempt():
                occupancies.put(
                    tx,
                    parts=(part,),
                    kind=kind,
                    period=period,
                    ref=ref,
                    before=before,
                    after=after,
                    proposal_id=proposal_id,
                )
        except Refusal as refusal:
            # Both were sold while the part was not the unit's: they stay as they were sold, and nobody else comes between.
            if refusal.code != "dates_taken":
                raise
