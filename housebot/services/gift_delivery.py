"""Owns when a gift that was bought reaches somebody: on its day at ten, or at once; to who buys, or straight to who it is for (R49)."""

from datetime import datetime

from housebot.domain import gift_order as rules
from housebot.domain.gift_order import Status
from housebot.errors import Refusal
from housebot.services import catalogs, due, gift_notices, gift_orders, gifts
from housebot.services.gift_orders import Order
from housebot.services.ports import SYSTEM, Actor, Tx

DELIVER = "gift.deliver"


def plan(tx: Tx, order: Order, *, now: datetime) -> None:
    """A paid gift is handed over when its day comes."""
    zone = catalogs.current(tx, now=now).zone
    due.plan(tx, DELIVER, order.subject, rules.delivered_at(order.deliver_on, zone, now=now), now=now)


def deliver(tx: Tx, order_id: int, *, now: datetime) -> None:
    """The picture goes out, once; not of a gift that was made void meanwhile."""
    order = gift_orders.get(tx, order_id)
    if order.status != Status.PAID or order.delivered_at is not None or order.gift_id is None:
        return
    if gifts.by_id(tx, order.gift_id).voided:
        return
    to = order.deliver_to or order.guest_id
    order = gift_orders.change(tx, order, "gift_order.deliver", actor=SYSTEM, now=now, delivered_at=now)
    gift_notices.deliver(tx, order, to=to, now=now)
    if to != order.guest_id:
        gift_notices.delivered(tx, order, now=now)
    gift_notices.order_changed(tx, order, now=now)


def show(tx: Tx, order: Order, *, now: datetime) -> None:
    """The buyer wants to see it once more, or before its day: whoever has paid may. `stale` for what is not paid."""
    if order.status != Status.PAID:
        raise Refusal("stale", order=order.code, status=str(order.status))
    gift_notices.deliver(tx, order, to=order.guest_id, now=now)


def bring_forward(tx: Tx, order: Order, *, actor: Actor, now: datetime) -> Order:
    """The buyer does not wait for the day; `stale` for what is not paid or has gone."""
    if order.status != Status.PAID or order.delivered_at is not None:
        raise Refusal("stale", order=order.code, status=str(order.status))
    order = gift_orders.change(tx, order, "gift_order.bring_forward", actor=actor, now=now, deliver_on=None)
    plan(tx, order, now=now)
    return order
