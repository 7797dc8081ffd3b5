"""Owns what must always be true of gifts that are bought, computed anew for `db check`: money, gift and deadline agree (R44, R49)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from housebot.domain.gift_order import Status
from housebot.domain.money import plain
from housebot.services import due, gift_sales
from housebot.services.gift_delivery import DELIVER
from housebot.services.gift_orders import EXPIRE
from housebot.services.ports import Tx
from housebot.storage import gift_orders as rows
from housebot.storage import gifts as gift_rows
from housebot.storage.gift_orders import Order

Found = Iterator[tuple[Literal["warn", "fail"], str]]


def orders(tx: Tx, now: datetime) -> Found:
    """An order ends or is looked at; one that is paid has money and a gift, and is handed over; no other has issued one."""
    for order in rows.everything(tx):
        paid = gift_sales.paid(tx, order.id)
        if paid < 0:
            yield "fail", f"{order.code}: more was refunded than paid, by {_money(-paid, order)}"
        if order.status == Status.AWAITING_PAYMENT and order.expires_at is None:
            yield "fail", f"{order.code} waits for money without an end"
        if order.status == Status.AWAITING_PAYMENT and not _planned(tx, EXPIRE, order):
            yield "fail", f"{order.code} waits for money and nothing will end it"
        if (order.status == Status.AWAITING_OWNER) != order.under_review:
            yield (
                "fail",
                f"{order.code} is {order.status} and its receipt is {'' if order.under_review else 'not '}looked at",
            )
        if order.status == Status.PAID:
            yield from _paid(tx, order, paid)


def _paid(tx: Tx, order: Order, paid: int) -> Found:
    gift = gift_rows.get(tx, order.gift_id) if order.gift_id is not None else None
    if gift is None:
        yield "fail", f"{order.code} is paid and has no gift"
        return
    if gift.kind == "money" and gift.amount > paid and not gift.voided:
        yield "warn", f"{order.code}: its card is of more than was paid, by {_money(gift.amount - paid, order)}"
    if order.delivered_at is None and not gift.voided and not _planned(tx, DELIVER, order):
        yield "fail", f"{order.code} is paid and will never be handed over"


def _planned(tx: Tx, kind: str, order: Order) -> bool:
    row = due.find(tx, kind, order.subject)
    return row is not None and row.done_at is None


def _money(amount: int, order: Order) -> str:
    return f"{plain(amount, order.currency)} {order.currency}"
