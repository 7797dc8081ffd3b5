"""Owns the prepayment of a hold: its dates are claimed before the money is taken, and with it the stay is booked (R36)."""

from datetime import datetime, timedelta

from housebot.domain import booking as rules
from housebot.errors import Refusal
from housebot.services import deadlines, late_money, notices, paid_up, payment_notices, payments, reviving, transitions
from housebot.services.ports import SYSTEM, ProviderPayment, Tx
from housebot.services.purposes.stays import (
    STANDING,
    booking_of,
    came_for_nothing,
    came_odd,
    code_of,
    guest_of,
    has_room,
    let_go,
    written,
)
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout

__all__ = [
    "agreed",
    "booking_of",
    "came",
    "came_odd",
    "claim",
    "code_of",
    "gone",
    "guest_of",
    "is_wanted",
    "let_go",
    "opened",
    "still_claimed",
]

MORE_TIME = timedelta(minutes=2)  # before the end of the hold, while the provider still says pending


def is_wanted(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    booking = booking_of(tx, order)
    waits = booking.status in {"held", "awaiting_payment"} and not booking.lapsed(now)
    return waits and order.amount == booking.deposit - payments.paid(tx, booking.id)


def opened(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The card shows the page, and near the end of the hold there are ten minutes more, once (UX 6)."""
    booking = booking_of(tx, order)
    if order.verdict is not None or booking.payment_method != order.provider:
        return
    if order.state == "created":
        notices.hold_changed(tx, booking, now=now)
    end = booking.hold_expires_at
    if booking.status != "awaiting_payment" or booking.hold_extended or end is None:
        return
    if now < end <= now + MORE_TIME:
        until = rules.card_extended(transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking), end, now=now)
        booking = transitions.change(
            tx,
            booking,
            "booking.extend",
            actor=SYSTEM,
            now=now,
            silently=True,
            hold_expires_at=until,
            hold_extended=True,
        )
        deadlines.plan_hold(tx, booking, call=False, now=now)
        notices.hold_changed(tx, booking, now=now)


def agreed(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """Five minutes more (UX 6)."""
    booking = booking_of(tx, order)
    end = booking.hold_expires_at
    if end is None or booking.status not in {"held", "awaiting_payment"} or booking.lapsed(now):
        return
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    until = rules.invoice_extended(catalog, stay, end, now=now)
    booking = transitions.change(
        tx, booking, "booking.extend", actor=SYSTEM, now=now, silently=True, hold_expires_at=max(end, until)
    )
    deadlines.plan_hold(tx, booking, call=False, now=now)
    notices.hold_changed(tx, booking, now=now)


def claim(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    booking = booking_of(tx, order)
    if booking.status in STANDING:
        return has_room(tx, booking, order.amount)
    if order.amount > max(booking.deposit - payments.paid(tx, booking.id), 0):
        return False  # written down by other means since the page was opened: what is not missing is not taken
    return _with_dates(tx, order, booking, now=now) is not None


def still_claimed(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    booking = booking_of(tx, order)
    if not booking.is_hold and booking.status not in STANDING:
        return False  # called off while the money was being taken
    _keep_claimed(tx, order, booking, now=now)
    return True


def came(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
    booking = booking_of(tx, order)
    claimed: Booking | None = None
    if order.verdict != "cancel":
        claimed = booking if booking.status in STANDING else _with_dates(tx, order, booking, now=now)
    if claimed is None:
        came_for_nothing(tx, order, booking, seen, now=now)
        return
    written(tx, order, claimed, seen, now=now)
    paid_up.confirm(tx, claimed, now=now)


def gone(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The other ways to pay are open again, for at least as long as was promised before."""
    booking = booking_of(tx, order)
    if booking.status != "awaiting_payment" or booking.payment_method != order.provider or booking.lapsed(now):
        return
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    end = booking.hold_expires_at
    if order.verdict == "capture":  # what was kept for the taking is not the guest's, but an hour is
        until = rules.after_refused_receipt(catalog, stay, booking.kept_until or now, now=now)
    else:
        until = max(moment for moment in (end, booking.kept_until) if moment is not None)
    booking = transitions.change(
        tx,
        booking,
        "booking.card_failed",
        actor=SYSTEM,
        now=now,
        payment_method="bank" if "bank" in catalog.desk.payment_methods else None,
        hold_expires_at=until,
    )
    deadlines.plan_hold(tx, booking, now=now)
    payment_notices.card_failed(tx, booking, now=now)


def _with_dates(tx: Tx, order: Checkout, booking: Booking, *, now: datetime) -> Booking | None:
    """The hold with its dates kept; None when they are not to be had (R36)."""
    try:
        with tx.attempt():
            if booking.status == "expired":
                if late_money.waiting(tx, booking) is not None or late_money.went_its_way(tx, booking):
                    return None
                booking = reviving.revive(tx, booking, actor=SYSTEM, now=now)
            elif not booking.is_hold:
                return None
            elif booking.lapsed(now):
                reviving.assert_still_free(tx, booking, now=now)
            return _keep_claimed(tx, order, booking, now=now)
    except Refusal as refusal:
        if refusal.code not in reviving.GONE | {"past"}:
            raise
        return None


def _keep_claimed(tx: Tx, order: Checkout, booking: Booking, *, now: datetime) -> Booking:
    """A hold on which money is being taken does not end meanwhile, however long the provider is away."""
    if not booking.is_hold or booking.under_review:
        return booking
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    until = rules.under_review_until(catalog, stay, now=now)
    end = booking.hold_expires_at
    if booking.payment_method == order.provider and end is not None and until - end < timedelta(hours=1):
        return booking
    status = "awaiting_owner" if booking.status == "awaiting_owner" else "awaiting_payment"
    booking = transitions.change(
        tx,
        booking,
        "booking.claim",
        actor=SYSTEM,
        now=now,
        status=status,
        payment_method=order.provider,
        kept_until=max(end, booking.kept_until or end) if end is not None else None,
        hold_expires_at=max(until, end) if end is not None else until,
    )
    deadlines.plan_hold(tx, booking, call=False, now=now)
    notices.hold_changed(tx, booking, now=now)
    return booking
