"""Owns what follows when money comes that nobody has to look at: a provider has seen it, so no person is asked (R35)."""

from datetime import datetime

from housebot.services import deadlines, notices, payments, staff_notices, transitions
from housebot.services.ports import SYSTEM, Tx
from housebot.storage.bookings import Booking


def confirm(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    """Confirmed as soon as the prepayment is in, whatever the desk's `approval`: where it comes before money it was given before.

    A receipt that is under review all the same may be a second payment: somebody is told to look.
    """
    if not booking.is_hold:
        return booking
    if payments.paid(tx, booking.id) < booking.deposit:
        notices.hold_changed(tx, booking, now=now)
        return booking
    was, beside = booking.status, booking.under_review
    booking = transitions.change(
        tx,
        booking,
        "booking.confirm",
        actor=SYSTEM,
        now=now,
        status="confirmed",
        under_review=False,
        decided_by=str(SYSTEM),
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_stay(tx, booking, now=now)
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    notices.confirmed(tx, booking, by=SYSTEM.name, was=was, unseen=True, silent=silent, now=now)
    if beside:
        staff_notices.alert(tx, "card_beside_receipt", booking=booking, now=now)
    return booking
