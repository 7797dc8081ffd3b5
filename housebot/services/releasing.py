"""Owns letting kept dates go before they are paid for."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import (
    deadlines,
    gift_money,
    notices,
    payments,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking


def release(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """The guest lets the dates go before paying. After a receipt or a decision it is `stale`: that is a cancellation."""
    booking = transitions.get(tx, booking_id)
    if booking.status == "cancelled_by_guest":
        return booking
    transitions.must_be_open(booking, now)
    if booking.under_review or payments.money_paid(tx, booking.id) > 0:
        raise Refusal("stale", booking=booking.code, status=booking.status)
    return let_go(tx, booking, reason=None, actor=actor, now=now)


def let_go(
    tx: Tx, booking: Booking, *, reason: str | None, actor: Actor, quietly: bool = False, now: datetime
) -> Booking:
    """End an open hold for its guest; `quietly` where another takes its place and says what there is to say."""
    was, by_gift = booking.status, gift_money.on_return(tx, booking.id)
    booking = transitions.change(
        tx,
        booking,
        "booking.release",
        actor=actor,
        now=now,
        reason=reason,
        status="cancelled_by_guest",
        decided_by=str(actor),
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    if quietly:
        notices.hold_changed(tx, booking, now=now)
    else:
        notices.cancelled(tx, booking, was=was, refund=0, **by_gift, now=now)
    return booking
