"""Owns bringing back a hold that ran out: judged as if it were taken anew, and refused where somebody was faster (R33, R36)."""

from datetime import datetime

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import (
    availability,
    lapsing,
    limits,
    quotes,
    taking,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking

GONE = frozenset(
    {"dates_taken", "extra_sold_out", "promo_used_up", "gift_insufficient", "gift_invalid"}
)  # what somebody else may have got while a hold was not kept


def revive(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """Bring an expired booking back because money came, if dates and extras are still free; else a Refusal of `GONE` (R36).

    The hold has a moment of its own: the caller gives it its real end. A stay that is over is `past`.
    """
    if booking.end <= now:
        raise Refusal("past", booking=booking.code, end=utc_text(booking.end))
    catalog = transitions.catalog_of(tx, booking)
    stay = taking.with_every_part(tx, transitions.stay_of(tx, booking), now)
    availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
    limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)
    lapsing.make_room(tx, catalog, stay, before=booking.before, after=booking.after, now=now)
    booking = transitions.change(tx, booking, "booking.revive", actor=actor, now=now, late_money=True, status="held")
    taking.occupy(tx, catalog, stay, booking, now=now)
    price = quotes.load(tx, booking.quote_id).price
    taking.promo(tx, booking, price, now=now)
    taking.gift(tx, booking, price, stay=stay, actor=actor, now=now)
    return booking


def assert_still_free(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Nothing when a hold that lapsed unnoticed could be taken anew, else a Refusal of `GONE` (R33)."""
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
    limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)
