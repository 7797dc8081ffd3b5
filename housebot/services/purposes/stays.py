"""Owns what is the same for all money that is about a booking: whose it is, and what becomes of it where it does not belong (R36)."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import late_money, payment_notices, payments, reviving, staff_notices, tasks, transitions
from housebot.services.ports import SYSTEM, ProviderPayment, Tx
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout

STANDING = frozenset({"confirmed", "in_house", "completed"})


def booking_of(tx: Tx, order: Checkout) -> Booking:
    assert order.booking_id is not None, "only a gift is about no booking"
    return transitions.get(tx, order.booking_id)


def guest_of(tx: Tx, order: Checkout) -> int | None:
    return booking_of(tx, order).guest_id


def code_of(tx: Tx, order: Checkout) -> str:
    return booking_of(tx, order).code


def has_room(tx: Tx, booking: Booking, amount: int) -> bool:
    """Whether so much is still to pay of a stay that is booked."""
    return booking.status in STANDING and amount <= booking.total - payments.paid(tx, booking.id)


def let_go(tx: Tx, order: Checkout, *, amount: int, now: datetime) -> None:
    payment_notices.card_let_go(tx, booking_of(tx, order), amount=amount, now=now)


def came_odd(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
    booking = booking_of(tx, order)
    payment_id = payments.add_unapplied(
        tx,
        booking,
        seen.amount,
        currency=seen.currency,
        method=order.provider,
        provider_id=seen.id,
        actor=SYSTEM,
        now=now,
    )
    facts = {"amount": seen.amount, "currency": seen.currency, "seen": True}
    tasks.open_task(tx, "refund", booking=booking, payment_id=payment_id, facts=facts, now=now)


def came_for_nothing(tx: Tx, order: Checkout, booking: Booking, seen: ProviderPayment, *, now: datetime) -> None:
    """There is nothing it may be for by now: the guest's until they choose (M7c). Of a stay that is booked all the same it
    counts for what is left to pay, and what is too much goes back: there are no dates to choose.
    """
    if has_room(tx, booking, seen.amount):
        written(tx, order, booking, seen, now=now)
        payment_notices.money_changed(tx, booking, now=now)
        return
    if booking.status in STANDING:
        facts = {"reason": "overpaid", "amount": seen.amount, "currency": seen.currency}
        staff_notices.alert(tx, "card_odd", booking=booking, facts=facts, now=now)
        came_odd(tx, order, seen, now=now)
        return
    payment_id = payments.add_unapplied(
        tx, booking, seen.amount, method=order.provider, provider_id=seen.id, actor=SYSTEM, now=now
    )
    gone = _gone(tx, booking, now)
    late_money.ask(
        tx,
        booking,
        payment_id=payment_id,
        amount=seen.amount,
        alternatives=gone.facts.get("alternatives", []) if gone else [],
        off=booking.status != "expired" and (gone is None or gone.code != "dates_taken"),
        now=now,
    )


def written(tx: Tx, order: Checkout, booking: Booking, seen: ProviderPayment, *, now: datetime) -> None:
    """The one row of it; staff are alarmed when it is more than the stay costs."""
    payments.record(
        tx, booking, seen.amount, method=order.provider, provider_id=seen.id, actor=SYSTEM, twice=True, now=now
    )
    if (over := payments.paid(tx, booking.id) - booking.total) > 0:
        facts = {"reason": "overpaid", "amount": over, "currency": booking.currency}
        staff_notices.alert(tx, "card_odd", booking=booking, facts=facts, now=now)


def _gone(tx: Tx, booking: Booking, now: datetime) -> Refusal | None:
    """Why its dates can not be had any more, with the nearest ones that do work; nothing where they can."""
    try:
        reviving.assert_still_free(tx, booking, now=now)
    except Refusal as refusal:
        return refusal
    return None
