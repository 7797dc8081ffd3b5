"""Owns what becomes of money a provider tells of: compared, its dates claimed first, taken or let go, written down once (R36, R45)."""

from datetime import datetime, timedelta
from typing import Literal

from housebot.domain import booking as rules
from housebot.errors import Refusal
from housebot.services import deadlines, holding, late_money, notices, paid_up, payments, tasks, transitions
from housebot.services.ports import SYSTEM, ProviderPayment, Tx
from housebot.storage import checkouts as rows
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout

Step = Literal["capture", "cancel"]

STANDING = frozenset({"confirmed", "in_house", "completed"})
MORE_TIME = timedelta(minutes=2)  # before the end of the hold, while the provider still says pending
LOOKS = (  # how often a payment is asked about, by its age
    (timedelta(minutes=40), timedelta(seconds=10)),
    (timedelta(hours=3), timedelta(minutes=1)),
    (timedelta(days=1), timedelta(minutes=10)),
)
SELDOM = timedelta(hours=1)


def learn(tx: Tx, checkout_id: int, seen: ProviderPayment, *, now: datetime) -> Step | None:
    """Apply what the provider says; what is to be done there next. The same words twice have their effect once."""
    order = rows.get(tx, checkout_id)
    assert order is not None, "orders are never deleted"
    if not order.is_open and order.state == seen.state:
        return None
    over = seen.state in {"succeeded", "canceled"}
    url = seen.confirmation_url if order.state == "created" else None
    rows.learned(
        tx,
        order.id,
        provider_id=order.provider_id or seen.id,
        state=seen.state,
        url=url,
        due_at=None if over else now + _pause(order, now),
        now=now,
    )
    booking = transitions.get(tx, order.booking_id)
    match seen.state:
        case "waiting_for_capture":
            return _authorised(tx, order, booking, seen, now=now)
        case "succeeded":
            _come(tx, order, booking, seen, now=now)
        case "canceled":
            _gone(tx, order, booking, now=now)
        case _:
            _pending(tx, order, booking, now=now)
    return None


def not_begun(tx: Tx, checkout_id: int, code: str, *, alert: str = "card_refused", now: datetime) -> None:
    """There will be no page: the guest pays another way, and the owner learns why.

    Should an earlier call have made a payment after all, nobody has seen its page.
    """
    order = rows.get(tx, checkout_id)
    if order is None or not rows.drop(tx, checkout_id, problem=code, now=now):
        return
    booking = transitions.get(tx, order.booking_id)
    notices.alert(tx, alert, booking=booking, facts={"reason": code}, now=now)
    if order.verdict != "cancel":
        _fall_back(tx, order, booking, now=now)


def is_wanted(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    """Whether a payment that has not begun should still begin."""
    booking = transitions.get(tx, order.booking_id)
    waits = booking.status in {"held", "awaiting_payment"} and not booking.lapsed(now)
    return waits and order.verdict is None


def _pause(order: Checkout, now: datetime) -> timedelta:
    age = now - order.created_at
    return next((pause for young, pause in LOOKS if age < young), SELDOM)


def _pending(tx: Tx, order: Checkout, booking: Booking, *, now: datetime) -> None:
    """The page is open: the card shows it, and near the end of the hold there are ten minutes more, once (UX 6)."""
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


def _authorised(tx: Tx, order: Checkout, booking: Booking, seen: ProviderPayment, *, now: datetime) -> Step:
    """The bank has said yes and nothing is taken yet: first the dates, then the money. Decided once."""
    if order.verdict == "cancel":
        if order.state != seen.state:  # the page was of before the sum changed; said once
            notices.card_let_go(tx, booking, amount=seen.amount, now=now)
        return "cancel"
    if order.verdict == "capture":
        if not booking.is_hold and booking.status not in STANDING:
            return "cancel"  # called off while the money was being taken
        _keep_claimed(tx, booking, now=now)
        return "capture"
    odd = _odd(order, booking, seen)
    if odd is None and _claim(tx, booking, order.amount, now=now) is not None:
        rows.decide(tx, order.id, "capture", now=now)
        return "capture"
    rows.decide(tx, order.id, "cancel", now=now)
    if odd is not None:
        _alarm(tx, booking, seen, odd, now=now)
    else:
        notices.card_let_go(tx, booking, amount=seen.amount, now=now)
    return "cancel"


def _come(tx: Tx, order: Checkout, booking: Booking, seen: ProviderPayment, *, now: datetime) -> None:
    """The money is ours: one row, in the booking where it can be, else unapplied with an alert and a choice."""
    if payments.by_provider_id(tx, seen.id) is not None:
        return
    odd = _odd(order, booking, seen)
    if odd is not None:
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
        _alarm(tx, booking, seen, odd, now=now)
        facts = {"amount": seen.amount, "currency": seen.currency, "seen": True}
        tasks.open_task(tx, "refund", booking=booking, payment_id=payment_id, facts=facts, now=now)
        return
    claimed = None if order.verdict == "cancel" else _claim(tx, booking, order.amount, now=now, taken=True)
    if claimed is None:
        payment_id = payments.add_unapplied(
            tx, booking, seen.amount, method=order.provider, provider_id=seen.id, actor=SYSTEM, now=now
        )
        late_money.ask(
            tx, booking, payment_id=payment_id, amount=seen.amount, alternatives=_elsewhere(tx, booking, now), now=now
        )
        return
    payments.record(
        tx, claimed, seen.amount, method=order.provider, provider_id=seen.id, actor=SYSTEM, twice=True, now=now
    )
    if (over := payments.paid(tx, claimed.id) - claimed.total) > 0:
        facts = {"reason": "overpaid", "amount": over, "currency": claimed.currency}
        notices.alert(tx, "card_odd", booking=claimed, facts=facts, now=now)
    paid_up.confirm(tx, claimed, now=now)


def _gone(tx: Tx, order: Checkout, booking: Booking, *, now: datetime) -> None:
    """It will not be paid any more: the guest pays another way, or presses again."""
    if order.verdict != "cancel":
        _fall_back(tx, order, booking, now=now)


def _claim(tx: Tx, booking: Booking, amount: int, *, taken: bool = False, now: datetime) -> Booking | None:
    """The booking with its dates kept for as long as taking the money may last; None when they are not to be had (R36)."""
    room = booking.total - payments.paid(tx, booking.id)
    if booking.status in STANDING:
        return booking if taken or amount <= room else None
    if not taken and amount > max(booking.deposit - payments.paid(tx, booking.id), 0):
        return None  # written down by other means since the page was opened: what is not missing is not taken
    try:
        with tx.attempt():
            if booking.status == "expired":
                if late_money.waiting(tx, booking) is not None or late_money.went_its_way(tx, booking):
                    return None
                booking = holding.revive(tx, booking, actor=SYSTEM, now=now)
            elif not booking.is_hold:
                return None
            elif booking.lapsed(now):
                holding.assert_still_free(tx, booking, now=now)
            return _keep_claimed(tx, booking, now=now)
    except Refusal as refusal:
        if refusal.code not in holding.GONE | {"past"}:
            raise
        return None


def _keep_claimed(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    """A hold on which money is being taken does not end meanwhile, however long the provider is away."""
    if not booking.is_hold or booking.under_review:
        return booking
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    until = rules.under_review_until(catalog, stay, now=now)
    end = booking.hold_expires_at
    if booking.payment_method == "yookassa" and end is not None and until - end < timedelta(hours=1):
        return booking
    status = "awaiting_owner" if booking.status == "awaiting_owner" else "awaiting_payment"
    booking = transitions.change(
        tx,
        booking,
        "booking.claim",
        actor=SYSTEM,
        now=now,
        status=status,
        payment_method="yookassa",
        kept_until=max(end, booking.kept_until or end) if end is not None else None,
        hold_expires_at=max(until, end) if end is not None else until,
    )
    deadlines.plan_hold(tx, booking, call=False, now=now)
    notices.hold_changed(tx, booking, now=now)
    return booking


def _fall_back(tx: Tx, order: Checkout, booking: Booking, *, now: datetime) -> None:
    """The card came to nothing: the other ways to pay are open again, for at least as long as was promised before."""
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
    notices.card_failed(tx, booking, now=now)


def _odd(order: Checkout, booking: Booking, seen: ProviderPayment) -> str | None:
    """Why this is not the money that was asked for."""
    if order.provider_id is not None and seen.id != order.provider_id:
        return "payment"
    if not seen.genuine:
        return "test"
    if seen.booking != booking.code:
        return "booking"
    if seen.currency != order.currency:
        return "currency"
    return "amount" if seen.amount != order.amount else None


def _alarm(tx: Tx, booking: Booking, seen: ProviderPayment, reason: str, *, now: datetime) -> None:
    facts = {"reason": reason, "amount": seen.amount, "currency": seen.currency}
    notices.alert(tx, "card_odd", booking=booking, facts=facts, now=now)


def _elsewhere(tx: Tx, booking: Booking, now: datetime) -> list[dict[str, str]]:
    """The nearest dates that do work, where these are gone."""
    try:
        holding.assert_still_free(tx, booking, now=now)
    except Refusal as refusal:
        found: list[dict[str, str]] = refusal.facts.get("alternatives", [])
        return found
    return []
