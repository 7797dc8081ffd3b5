"""Owns refunds somebody made in the provider's own cabinet: noticed when it tells of one, fetched, written down once, and told (R45)."""

import logging
from datetime import datetime
from typing import Any

from housebot.domain.period import utc_text
from housebot.errors import ProviderRefused
from housebot.services import audit, ledger, payment_notices, payments, staff_notices, tasks, transitions
from housebot.services.payments import Payment
from housebot.services.ports import SYSTEM, Database, PaymentProvider, ProviderRefund, Tx
from housebot.storage import checkouts as rows
from housebot.storage import gift_orders as order_rows
from housebot.storage import payments as payment_rows

log = logging.getLogger(__name__)


async def look(db: Database, port: PaymentProvider, refund_id: str, *, now: datetime) -> bool:
    """Whether all is done about a refund we are told of; False: ask again, one of ours may be on its way. ProviderAway is the caller's."""
    try:
        told = await port.get_refund(refund_id)
    except ProviderRefused:
        return True  # none of this shop's
    if told.state != "succeeded":
        return True
    return await db.write(lambda tx: _learn(tx, port.name, told, now=now))


def _learn(tx: Tx, provider: str, told: ProviderRefund, *, now: datetime) -> bool:
    if rows.knows_refund(tx, provider, told.id) or payments.by_provider_id(tx, told.id) is not None:
        return True
    payment = payments.by_provider_id(tx, told.payment)
    if payment is None:
        log.warning("a refund of a payment that is not in the ledger", extra={"provider": provider})
        return True
    if rows.refund_is_unanswered(tx, payment.id, told.amount):
        return False  # the very call of ours whose answer was lost; it is made again with its key, and then known
    if told.amount > _room(tx, payment) and payment_rows.on_its_way(tx, payment.id) > 0:
        return False  # ours asks for money that is not there any more: once it was refused there is room for this one
    _write(tx, payment, told, now=now)
    return True


def _room(tx: Tx, payment: Payment) -> int:
    """How much may have gone back by our books: of the payment, and of what its booking has (R44)."""
    left = payment.amount - payment_rows.refunded(tx, payment.id)
    return left if payment.booking_id is None else min(left, payments.money_kept(tx, payment.booking_id))


def _write(tx: Tx, payment: Payment, told: ProviderRefund, *, now: datetime) -> None:
    amount = told.amount
    booking = None if payment.booking_id is None else transitions.get(tx, payment.booking_id)
    facts: dict[str, Any] = {"amount": told.amount, "currency": told.currency, "payment": payment.id}
    if payment.gift_order_id is not None and (order := order_rows.get(tx, payment.gift_order_id)) is not None:
        facts |= {"gift_order": order.code}
    staff_notices.alert(tx, "refund_elsewhere", booking=booking, facts=facts, now=now)
    if amount > _room(tx, payment) or told.currency != payment.currency:
        return  # more than is left of it by our books: a person has to look
    refund_id = ledger.add(
        tx,
        booking_id=payment.booking_id,
        gift_order_id=payment.gift_order_id,
        guest_id=payment.guest_id,
        kind="refund",
        method=payment.method,
        amount=amount,
        currency=payment.currency,
        state="done",
        receipt_id=None,
        refunds=payment.id,
        provider_id=told.id,
        comment="made in the provider's cabinet",
        actor=str(SYSTEM),
        now=now,
    )
    after = {"refund": refund_id, "of": payment.id, "amount": amount, "at": utc_text(now)}
    subject = f"payment:{payment.id}" if booking is None else booking.subject
    audit.write(tx, SYSTEM, "payment.refund_elsewhere", subject, None, after, now=now)
    if booking is not None:
        tasks.refunded(tx, booking, amount, actor=SYSTEM, now=now)
        payment_notices.money_changed(tx, booking, now=now)
    elif payment.state == "unapplied":
        if payment_rows.refunded(tx, payment.id) == payment.amount:
            payments.settle_unapplied(tx, payment.id, state="done", comment="sent back", actor=SYSTEM, now=now)
        tasks.refunded_elsewhere(tx, payment, amount, actor=SYSTEM, now=now)
