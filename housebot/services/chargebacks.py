"""Owns money a bank has taken back from us: a row of the ledger, staff are alarmed, and the stay owes again what it cost (R44, R36)."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import checkouts, payment_notices, payments, staff_notices, tasks, transitions
from housebot.services.bookkeeping import LONGEST_COMMENT
from housebot.services.payments import Payment
from housebot.services.ports import Actor, Tx


def record(tx: Tx, payment_id: int, amount: int | None = None, *, reason: str, actor: Actor, now: datetime) -> Payment:
    """Some or all that is left of a payment was taken back; nobody has to send it, and the guest is not told that we did.

    `amount_invalid` with `left` for more than that, `already_decided` when nothing is left; `invalid` for what is no payment
    of a booking, or was paid by a gift.
    """
    payment = payments.get(tx, payment_id)
    if payment.kind != "payment" or payment.state != "done" or payment.booking_id is None or payment.method == "gift":
        raise Refusal("invalid", reason="no_payment", payment=payment.id, kind=payment.kind, state=payment.state)
    why = reason.strip()
    if not why:
        raise Refusal("invalid", reason="reason_missing")
    if len(why) > LONGEST_COMMENT:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_COMMENT)
    booking = transitions.get(tx, payment.booking_id)
    rest = min(payments.left(tx, payment), payments.money_kept(tx, booking.id))
    if rest <= 0:
        raise Refusal("already_decided", what="refund", payment=payment.id)
    taken = rest if amount is None else amount
    row_id = payments.record(
        tx,
        booking,
        taken,
        kind="refund",
        method=payment.method,
        refunds=payment.id,
        comment=f"chargeback: {why}",
        actor=actor,
        now=now,
    )
    tasks.owe_at_most(tx, booking, payments.money_kept(tx, booking.id), actor=actor, now=now)
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    facts = {"amount": taken, "currency": payment.currency, "due": payments.balance(tx, booking), "reason": why}
    staff_notices.alert(tx, "chargeback", booking=booking, facts=facts, now=now)
    payment_notices.money_changed(tx, booking, now=now)
    return payments.get(tx, row_id)
