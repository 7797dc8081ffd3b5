"""Owns decisions about a gift that was ordered: issued, sent back for another receipt, waited for, declined; each once (R33, R36, R46)."""

from datetime import datetime
from typing import Any, Literal

from housebot.domain import gift_order as rules
from housebot.domain.gift_order import Status
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    gift_delivery,
    gift_notices,
    gift_orders,
    gift_receipts,
    gift_sales,
    gift_shop,
    gifts,
    guests,
    tasks,
)
from housebot.services.gift_orders import Order
from housebot.services.gift_shop import Wish
from housebot.services.ports import Actor, Tx

REFUND = "gift_refund"  # the task
DECLINE_KINDS = frozenset({"money_not_seen", "unreadable", "wrong_sum", "other"})
Worth = Literal["came", "ordered"]


def confirm(
    tx: Tx,
    order_id: int,
    *,
    received: int,
    worth: Worth = "came",
    twice: bool = False,
    method: str | None = None,
    provider_id: str | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Order:
    """The money is here: the gift is issued, and handed over on its day. Also for an order whose time was over.

    Another sum than what is missing, or a doubtful receipt, carries `ask_again` and needs `twice`. Then a card of money is
    issued for what came, or with `worth="ordered"` for what was ordered; a stay is always the stay. What is left over is a
    task to send it back. Who is second gets `already_decided`.
    """
    order = _undecided(tx, order_id, version)
    if received < 0:
        raise Refusal("amount_invalid", value=str(received))
    before = gift_sales.paid(tx, order.id)
    if not twice:
        _ask_again(tx, order, received, missing=order.total - before)
    came = before + received
    if came <= 0:
        raise Refusal("amount_invalid", reason="nothing_gift")
    payment_id = _record(tx, order, received, method=method, provider_id=provider_id, actor=actor, now=now)
    amount = came if order.kind == "money" and worth == "came" else order.total
    gift = _issue(tx, order, amount, payment_id=payment_id, actor=actor, now=now)
    gift_receipts.settle(tx, order, state="accepted")
    gift_orders.close_page(tx, order, now=now)
    order = _decide(
        tx, order, "gift_order.confirm", Status.PAID, actor=actor, now=now, gift_id=gift.id, expires_at=None
    )
    if came > amount:
        _owe(tx, order, came - amount, seen=True, now=now)
    gift_notices.paid(tx, order, by=actor.name, unseen=not actor.is_staff, now=now)
    gift_delivery.plan(tx, order, now=now)
    return order


def wait_for_rest(
    tx: Tx, order_id: int, *, received: int, version: int | None = None, actor: Actor, now: datetime
) -> Order:
    """Too little came: it is written down and kept, and the buyer may pay the rest. `amount_invalid` for what is no part."""
    order = _undecided(tx, order_id, version)
    before = gift_sales.paid(tx, order.id)
    if not 0 < received < order.total - before:
        raise Refusal("amount_invalid", value=str(received))
    _record(tx, order, received, method=None, provider_id=None, actor=actor, now=now)
    gift_receipts.settle(tx, order, state="accepted")
    until = rules.kept_until(catalogs.current(tx, now=now), now=now)
    order = gift_orders.change(
        tx,
        order,
        "gift_order.wait",
        actor=actor,
        now=now,
        status=Status.AWAITING_PAYMENT,
        under_review=False,
        expires_at=until,
    )
    gift_notices.too_little(tx, order, came=received, rest=order.total - before - received, now=now)
    return order


def decline(tx: Tx, order_id: int, *, kind: str, version: int | None = None, actor: Actor, now: datetime) -> Order:
    """Somebody of the staff says no. `unreadable` sends the receipt back alone; else what has come, or is believed to have,
    becomes a task to send it back, open until Done.
    """
    order = _undecided(tx, order_id, version)
    if kind not in DECLINE_KINDS:
        raise Refusal("invalid", reason="reason_missing")
    if kind == "unreadable" and order.under_review:
        return _refuse_receipt(tx, order, actor=actor, now=now)
    owed = refund_of_decline(tx, order, kind=kind)
    seen = gift_sales.paid(tx, order.id) > 0
    gift_receipts.settle(tx, order, state="refused")
    gift_orders.close_page(tx, order, now=now)
    order = _decide(
        tx, order, "gift_order.decline", Status.DECLINED, actor=actor, now=now, reason=kind, expires_at=None
    )
    if owed != 0:
        _owe(tx, order, owed, seen=seen, now=now)
    gift_notices.declined(tx, order, kind=kind, refund=owed, now=now)
    return order


def send_back(tx: Tx, order: Order, payment_id: int, *, amount: int, currency: str, now: datetime) -> None:
    """Money that was not asked for: staff are alarmed, and somebody sends it back."""
    gift_notices.alert(tx, order, "gift_money_odd", {"paid": amount, "currency": currency}, now=now)
    facts = {"order": order.id, "amount": amount, "currency": currency, "seen": True}
    tasks.open_task(tx, REFUND, payment_id=payment_id, facts=facts, now=now)


def refund_of_decline(tx: Tx, order: Order, *, kind: str) -> int | None:
    """What declining it for that reason promises to send back; None is whatever came."""
    paid = gift_sales.paid(tx, order.id)
    if paid or kind in {"money_not_seen", "unreadable"} or not order.under_review:
        return paid
    return None if kind == "wrong_sum" else order.total


def is_still_sold(tx: Tx, order: Order, *, now: datetime) -> bool:
    """Whether it may be issued as it was ordered: its tariff and extras are given as gifts, and its money is the desk's."""
    try:
        _must_be_sold(tx, order, now=now)
    except Refusal:
        return False
    return True


def _must_be_sold(tx: Tx, order: Order, *, now: datetime) -> None:
    """Refusals of `gifts.issue`; `invalid` (`currency`) where the desk sells in other money by now."""
    catalog = catalogs.current(tx, now=now)
    if order.currency != catalog.currency:
        raise Refusal("invalid", reason="currency", currency=order.currency, wants=catalog.currency)
    if order.kind == "stay":
        gifts.price_of(catalog, _draft(tx, order, 0, now=now), now=now)


def _undecided(tx: Tx, order_id: int, version: int | None) -> Order:
    order = gift_orders.get(tx, order_id)
    if order.status in {Status.PAID, Status.DECLINED, Status.CANCELLED}:
        raise gift_orders.decided(order)
    if version is not None and version != order.version:
        raise Refusal("stale", order=order.code, status=str(order.status), version=order.version)
    return order


def _ask_again(tx: Tx, order: Order, received: int, *, missing: int) -> None:
    if received != missing:
        facts = {"received": received, "expected": missing, "currency": order.currency}
        raise Refusal("amount_invalid", ask_again=True, order=order.code, **facts)
    if found := gift_receipts.flags(tx, order):
        raise Refusal("stale", ask_again=True, order=order.code, flags=found)


def _record(
    tx: Tx, order: Order, received: int, *, method: str | None, provider_id: str | None, actor: Actor, now: datetime
) -> int | None:
    if not received:
        return None
    files = [one.id for one in gift_receipts.of_order(tx, order.id) if one.state == "open"]
    return gift_sales.record(
        tx,
        order,
        received,
        method=method or "bank",
        receipt_id=next(iter(files), None),
        provider_id=provider_id,
        actor=actor,
        now=now,
    )


def _issue(tx: Tx, order: Order, amount: int, *, payment_id: int | None, actor: Actor, now: datetime) -> gifts.Gift:
    _must_be_sold(tx, order, now=now)
    if payment_id is None:
        payment_id = gift_sales.listing(tx, order.id)[-1].id
    draft = _draft(tx, order, amount, now=now)
    return gifts.issue(tx, catalogs.current(tx, now=now), draft, payment_id=payment_id, actor=actor, now=now)


def _draft(tx: Tx, order: Order, amount: int, *, now: datetime) -> gifts.Gift:
    wish = Wish(
        amount=amount if order.kind == "money" else 0,
        tariff=order.tariff,
        extras=order.extras,
        recipient=order.recipient,
        deliver_on=order.deliver_on,
    )
    catalog = catalogs.current(tx, now=now)
    return gift_shop.draft_of(catalog, wish, now=now, buyer=guests.get(tx, order.guest_id).name)


def _decide(tx: Tx, order: Order, action: str, status: Status, *, actor: Actor, now: datetime, **more: Any) -> Order:
    return gift_orders.change(
        tx,
        order,
        action,
        actor=actor,
        now=now,
        status=status,
        under_review=False,
        decided_by=actor.name,
        decided_at=now,
        **more,
    )


def _refuse_receipt(tx: Tx, order: Order, *, actor: Actor, now: datetime) -> Order:
    gift_receipts.settle(tx, order, state="refused")
    until = rules.after_refused_receipt(catalogs.current(tx, now=now), now=now)
    order = gift_orders.change(
        tx,
        order,
        "gift_order.refuse_receipt",
        actor=actor,
        now=now,
        status=Status.AWAITING_PAYMENT,
        under_review=False,
        expires_at=until,
    )
    gift_notices.receipt_refused(tx, order, kind="unreadable", now=now)
    return order


def _owe(tx: Tx, order: Order, amount: int | None, *, seen: bool, now: datetime) -> None:
    files = gift_receipts.of_order(tx, order.id)
    facts = {"order": order.id, "amount": amount, "currency": order.currency, "seen": seen}
    tasks.open_task(tx, REFUND, facts=facts | ({"receipt": files[-1].id} if files else {}), now=now)
