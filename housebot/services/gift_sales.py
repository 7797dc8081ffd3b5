"""Owns the money of gifts that are sold: rows of the ledger that belong to an order, or to a gift that staff have sold (R44)."""

from datetime import datetime

from housebot.domain.gift import Gift
from housebot.errors import Refusal
from housebot.services import audit, ledger
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import payments as rows
from housebot.storage.gift_orders import Order
from housebot.storage.payments import Payment

__all__ = ["add_unapplied", "listing", "missing", "paid", "record", "refund", "sold_by_staff"]


def paid(tx: Tx, order_id: int) -> int:
    """Payments less refunds, in minor units."""
    return sum(-one.amount if one.kind == "refund" else one.amount for one in rows.of_gift_order(tx, order_id))


def missing(tx: Tx, order: Order) -> int:
    """What is still to pay; never less than nothing."""
    return max(order.total - paid(tx, order.id), 0)


def listing(tx: Tx, order_id: int) -> list[Payment]:
    """What has come and gone for it, oldest first."""
    return rows.of_gift_order(tx, order_id)


def record(
    tx: Tx,
    order: Order,
    amount: int,
    *,
    method: str = "bank",
    receipt_id: int | None = None,
    provider_id: str | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Money that a person saw, or a provider vouches for; the id of its row. How much it should be is the caller's to judge."""
    if amount <= 0:
        raise Refusal("amount_invalid", value=str(amount))
    return _add(
        tx, order, amount, kind="payment", method=method, receipt_id=receipt_id, provider_id=provider_id, actor=actor, now=now
    )  # fmt: skip


def add_unapplied(
    tx: Tx, order: Order, amount: int, *, currency: str, method: str, provider_id: str, now: datetime
) -> int:
    """Money of a provider that is not what was asked for, or too much: a row of the buyer's until it has gone back (R36)."""
    payment_id = ledger.add(
        tx,
        booking_id=None,
        gift_order_id=order.id,
        guest_id=order.guest_id,
        kind="payment",
        method=method,
        amount=amount,
        currency=currency,
        state="unapplied",
        receipt_id=None,
        provider_id=provider_id,
        comment=f"for {order.code}, not asked for",
        actor=str(SYSTEM),
        now=now,
    )
    after = {"payment": payment_id, "amount": amount}
    audit.write(tx, SYSTEM, "payment.unapplied", order.subject, None, after, now=now)
    return payment_id


def refund(tx: Tx, order: Order, amount: int, *, actor: Actor, now: datetime) -> None:
    """Money that a person has sent back, newest payment first; `amount_invalid` for more than is left of it (R44)."""
    left = paid(tx, order.id)
    if not 0 < amount <= left:
        raise Refusal("amount_invalid", reason="refund_above", left=left, currency=order.currency)
    for one in reversed(rows.of_gift_order(tx, order.id)):
        rest = min(one.amount - rows.refunded(tx, one.id), amount) if one.kind == "payment" else 0
        if rest > 0:
            method = "bank" if one.method != "cash" else "cash"
            _add(tx, order, rest, kind="refund", method=method, refunds=one.id, actor=actor, now=now)
            amount -= rest


def sold_by_staff(tx: Tx, gift: Gift, amount: int, *, method: str, actor: Actor, now: datetime) -> int:
    """What somebody of the staff was paid for a gift that they issue; the id of its row."""
    if amount <= 0:
        raise Refusal("amount_invalid", value=str(amount))
    payment_id = ledger.add(
        tx,
        booking_id=None,
        guest_id=None,
        kind="payment",
        method=method,
        amount=amount,
        currency=gift.currency,
        state="done",
        receipt_id=None,
        comment="sale of a gift",
        actor=str(actor),
        now=now,
    )
    audit.write(
        tx, actor, "payment.record", f"payment:{payment_id}", None, {"amount": amount, "method": method}, now=now
    )
    return payment_id


def _add(
    tx: Tx,
    order: Order,
    amount: int,
    *,
    kind: str,
    method: str,
    receipt_id: int | None = None,
    refunds: int | None = None,
    provider_id: str | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    before = paid(tx, order.id)
    payment_id = ledger.add(
        tx,
        booking_id=None,
        gift_order_id=order.id,
        guest_id=order.guest_id,
        kind=kind,
        method=method,
        amount=amount,
        currency=order.currency,
        state="done",
        receipt_id=receipt_id,
        refunds=refunds,
        provider_id=provider_id,
        comment="",
        actor=str(actor),
        now=now,
    )
    after = {"paid": paid(tx, order.id), "payment": payment_id, "kind": kind, "amount": amount, "method": method}
    audit.write(tx, actor, "payment.record", order.subject, {"paid": before}, after, now=now)
    return payment_id
