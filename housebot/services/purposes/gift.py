"""Owns a gift that is being bought: with its money it is issued; no dates are at stake, so late money is as good (R36, R49)."""

from datetime import datetime, timedelta

from housebot.domain.gift_order import WAITING, Status
from housebot.services import gift_deciding, gift_notices, gift_orders, gift_sales
from housebot.services.gift_orders import Order
from housebot.services.ports import SYSTEM, ProviderPayment, Tx
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout

MORE_TIME = timedelta(minutes=5)  # an accepted invoice (UX 6)
TAKING = timedelta(hours=12)  # however long the provider is away while money is being taken


def booking_of(tx: Tx, order: Checkout) -> Booking | None:
    return None


def guest_of(tx: Tx, order: Checkout) -> int | None:
    return _gift(tx, order).guest_id


def code_of(tx: Tx, order: Checkout) -> str:
    return _gift(tx, order).code


def is_wanted(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    gift = _gift(tx, order)
    return (
        gift.status == Status.AWAITING_PAYMENT
        and not gift.lapsed(now)
        and order.amount == gift_sales.missing(tx, gift)
        and gift_deciding.is_still_sold(tx, gift, now=now)
    )


def opened(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The card shows the page."""
    if order.verdict is None and order.state == "created":
        gift_notices.order_changed(tx, _gift(tx, order), now=now)


def agreed(tx: Tx, order: Checkout, *, now: datetime) -> None:
    _keep(tx, _gift(tx, order), now + MORE_TIME, now=now)


def claim(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    gift = _gift(tx, order)
    if gift.status not in WAITING | {Status.EXPIRED} or order.amount > gift_sales.missing(tx, gift):
        return False  # decided, or written down by other means since the page was opened
    if not gift_deciding.is_still_sold(tx, gift, now=now):
        return False
    _keep(tx, gift, now + TAKING, now=now)
    return True


def still_claimed(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    return _gift(tx, order).status in WAITING | {Status.EXPIRED}


def let_go(tx: Tx, order: Checkout, *, amount: int, now: datetime) -> None:
    gift_notices.card_let_go(tx, _gift(tx, order), amount=amount, now=now)


def came(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
    """The gift is issued. What comes for one that is paid, over, or sold no more is one row, an alert, and a task to send it back."""
    gift = _gift(tx, order)
    waits = gift.status in WAITING | {Status.EXPIRED} and seen.amount == gift_sales.missing(tx, gift)
    if waits and gift_deciding.is_still_sold(tx, gift, now=now):
        gift_deciding.confirm(
            tx,
            gift.id,
            received=seen.amount,
            twice=True,
            method=order.provider,
            provider_id=seen.id,
            actor=SYSTEM,
            now=now,
        )
        return
    came_odd(tx, order, seen, now=now)


def came_odd(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
    gift = _gift(tx, order)
    payment_id = gift_sales.add_unapplied(
        tx,
        gift,
        seen.amount,
        currency=seen.currency,
        method=order.provider,
        provider_id=seen.id,
        now=now,
    )
    gift_deciding.send_back(tx, gift, payment_id, amount=seen.amount, currency=seen.currency, now=now)


def gone(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The other ways to pay are open again."""
    gift = _gift(tx, order)
    if gift.status == Status.AWAITING_PAYMENT and gift.payment_method == order.provider:
        gift = gift_orders.change(tx, gift, "gift_order.card_failed", actor=SYSTEM, now=now, payment_method=None)
        gift_notices.placed(tx, gift, now=now)


def _keep(tx: Tx, gift: Order, until: datetime, *, now: datetime) -> None:
    """It does not run out of time while money is on its way."""
    if gift.status == Status.AWAITING_PAYMENT and gift.expires_at is not None and gift.expires_at < until:
        gift = gift_orders.change(tx, gift, "gift_order.keep", actor=SYSTEM, now=now, expires_at=until)
        gift_notices.order_changed(tx, gift, now=now)


def _gift(tx: Tx, order: Checkout) -> Order:
    assert order.gift_order_id is not None, "an order for a gift names it"
    return gift_orders.get(tx, order.gift_order_id)
