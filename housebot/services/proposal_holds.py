"""Owns how long a hold lasts beside a change that is proposed: the guest gets the time to pay back when the answer is given (R32)."""

from datetime import datetime

from housebot.domain import booking as rules
from housebot.services import deadlines, notices, transitions
from housebot.services.ports import SYSTEM, Tx
from housebot.storage.bookings import Booking


def hold_until(tx: Tx, booking: Booking, *, now: datetime) -> datetime:
    """The end that a hold begun at that moment would have, by what it waits for."""
    method: rules.Method | None = None
    if booking.payment_method == "cash":
        method = "cash"
    elif booking.status == "awaiting_owner":
        method = "approval"
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    return rules.hold_until(catalog, stay, method=method, now=now)


def begin_anew(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    """The hold runs as one that begins now: what it was given for the answer is not for paying."""
    until = hold_until(tx, booking, now=now)
    booking = transitions.change(
        tx, booking, "booking.answered", actor=SYSTEM, now=now, silently=True, hold_expires_at=until
    )
    deadlines.plan_hold(tx, booking, now=now)
    notices.hold_changed(tx, booking, now=now)
    return booking
