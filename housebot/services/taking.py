"""Owns taking what a stay needs, all in the transaction that judged it: its dates, the use of its promo code, the money of its gift (R31)."""

from dataclasses import replace
from datetime import datetime

from housebot.domain.catalog import Catalog
from housebot.domain.period import utc_text
from housebot.domain.pricing import Price
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import (
    availability,
    catalogs,
    events,
    gift_money,
    lapsing,
    promos,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as rows
from housebot.storage.bookings import Booking


def with_every_part(tx: Tx, stay: Stay, now: datetime) -> Stay:
    """A stay sold under one document takes its dates under the others too, where they divide the unit otherwise (R39)."""
    parts = catalogs.every_part(tx, stay.unit, now=now)
    return stay if parts == stay.unit.parts else replace(stay, unit=replace(stay.unit, parts=parts))


def dates(tx: Tx, catalog: Catalog, stay: Stay, draft: Booking, *, now: datetime) -> Booking:
    """Write the draft down with its dates, or `dates_taken`; expired holds in the way end first (R31)."""
    stay = with_every_part(tx, stay, now)
    around = availability.assert_free(tx, catalog, stay, now=now)
    lapsing.make_room(tx, catalog, stay, before=draft.before, after=draft.after, around=around, now=now)
    booking = rows.insert(tx, draft)
    occupy(tx, catalog, stay, booking, now=now)
    events.booking(tx, None, booking, now=now)
    return booking


def occupy(tx: Tx, catalog: Catalog, stay: Stay, booking: Booking, *, now: datetime) -> None:
    """The dates of a booking that is written down; `dates_taken` as ever where the schema knows better than the rules."""
    try:
        transitions.take(tx, booking, stay.unit.parts)
    except Refusal as refusal:
        # The schema refused what the rules had allowed: it is right, and the guest is told the same as ever.
        availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
        raise Refusal("dates_taken", unit=stay.unit.id, start=utc_text(stay.start), end=utc_text(stay.end)) from refusal


def promo(tx: Tx, booking: Booking, price: Price, *, now: datetime) -> None:
    """The use of a code is taken with the dates (R52)."""
    lapsing.expire_on_promo(tx, price, now=now)
    promos.reserve(tx, booking, price, now=now)


def gift(tx: Tx, booking: Booking, price: Price, *, stay: Stay, actor: Actor, now: datetime) -> None:
    """What a gift pays is taken with the dates; an expired hold gives its money up to whoever comes first (R48)."""
    for lapsed in gift_money.holders_lapsed(tx, price, now=now):
        if lapsed.id != booking.id:  # one that is being revived has no end of its own yet
            lapsing.expire(tx, lapsed.id, now=now)
    gift_money.reserve(tx, booking, price, zone=stay.unit.zone, actor=actor, now=now)
