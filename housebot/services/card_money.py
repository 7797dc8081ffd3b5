"""Owns what becomes of what a provider tells of an order: compared, then taken or let go as its purpose says, applied once (R36, R45)."""

from datetime import datetime, timedelta
from typing import Literal

from housebot.services import payments, purposes, staff_notices
from housebot.services.ports import ProviderPayment, Tx
from housebot.storage import checkouts as rows
from housebot.storage.checkouts import Checkout

Step = Literal["capture", "cancel"]

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
    match seen.state:
        case "waiting_for_capture":
            return _authorised(tx, order, seen, now=now)
        case "succeeded":
            come(tx, order, seen, now=now)
        case "canceled":
            if order.verdict != "cancel":
                purposes.of(order).gone(tx, order, now=now)
        case _:
            purposes.of(order).opened(tx, order, now=now)
    return None


def come(tx: Tx, order: Checkout, seen: ProviderPayment, *, odd: str | None = None, now: datetime) -> None:
    """The money is ours: one row, where it belongs, else unapplied with an alert and a choice. `odd`: what is known to be wrong with it."""
    if payments.by_provider_id(tx, seen.id) is not None:
        return
    purpose, odd = purposes.of(order), odd or _odd(tx, order, seen)
    if odd is None:
        purpose.came(tx, order, seen, now=now)
        return
    _alarm(tx, order, seen, odd, now=now)
    purpose.came_odd(tx, order, seen, now=now)


def not_begun(tx: Tx, checkout_id: int, code: str, *, alert: str = "card_refused", now: datetime) -> None:
    """There will be no page: the guest pays another way, and the owner learns why.

    Should an earlier call have made a payment after all, nobody has seen its page.
    """
    order = rows.get(tx, checkout_id)
    if order is None or not rows.drop(tx, checkout_id, problem=code, now=now):
        return
    purpose = purposes.of(order)
    staff_notices.alert(tx, alert, booking=purpose.booking_of(tx, order), facts={"reason": code}, now=now)
    if order.verdict != "cancel":
        purpose.gone(tx, order, now=now)


def locked_out(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The provider does not know us any more."""
    staff_notices.alert(tx, "card_locked", booking=purposes.of(order).booking_of(tx, order), now=now)


def stuck(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The provider has told of money that our own rules refuse."""
    facts = {"reason": "amount", "amount": order.amount, "currency": order.currency}
    staff_notices.alert(tx, "card_odd", booking=purposes.of(order).booking_of(tx, order), facts=facts, now=now)


def is_wanted(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    """Whether a payment that has not begun should still begin."""
    return order.verdict is None and purposes.of(order).is_wanted(tx, order, now=now)


def _pause(order: Checkout, now: datetime) -> timedelta:
    age = now - order.created_at
    return next((pause for young, pause in LOOKS if age < young), SELDOM)


def _authorised(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> Step:
    """The bank has said yes and nothing is taken yet: first what it is for, then the money. Decided once."""
    purpose = purposes.of(order)
    if order.verdict == "cancel":
        if order.state != seen.state:  # the page was of before the sum changed; said once
            purpose.let_go(tx, order, amount=seen.amount, now=now)
        return "cancel"
    if order.verdict == "capture":
        return "capture" if purpose.still_claimed(tx, order, now=now) else "cancel"
    odd = _odd(tx, order, seen)
    if odd is None and purpose.claim(tx, order, now=now):
        rows.decide(tx, order.id, "capture", now=now)
        return "capture"
    rows.decide(tx, order.id, "cancel", now=now)
    if odd is not None:
        _alarm(tx, order, seen, odd, now=now)
    else:
        purpose.let_go(tx, order, amount=seen.amount, now=now)
    return "cancel"


def _odd(tx: Tx, order: Checkout, seen: ProviderPayment) -> str | None:
    """Why this is not the money that was asked for."""
    if order.provider_id is not None and seen.id != order.provider_id:
        return "payment"
    if not seen.genuine:
        return "test"
    if seen.booking != purposes.of(order).code_of(tx, order):
        return "booking"
    if seen.currency != order.currency:
        return "currency"
    return "amount" if seen.amount != order.amount else None


def _alarm(tx: Tx, order: Checkout, seen: ProviderPayment, reason: str, *, now: datetime) -> None:
    facts = {"reason": reason, "amount": seen.amount, "currency": seen.currency}
    staff_notices.alert(tx, "card_odd", booking=purposes.of(order).booking_of(tx, order), facts=facts, now=now)
