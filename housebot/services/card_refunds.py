"""Owns money that goes back the way it came: a pending row of the ledger, a stored key, one call that may be made again (R44, R48)."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from housebot.domain.refund import split
from housebot.errors import ProviderAway, ProviderRefused
from housebot.services import asking, audit, ledger, payment_notices, payments, staff_notices, tasks, transitions, ways
from housebot.services.ports import Actor, Database, Order, PaymentProvider, ProviderRefund, Tx
from housebot.storage import checkouts as rows
from housebot.storage import payments as payment_rows
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Refund
from housebot.storage.payments import Payment

AT_ONCE = 20
KEY_LIVES = timedelta(hours=20)  # the provider forgets a key after a day, and would then send the money once more
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)


def plan(tx: Tx, booking: Booking, amount: int, *, actor: Actor, now: datetime) -> int:
    """Send so much of a booking's money back, the newest payment first whichever way it came; how much of it goes by card (R48).

    What came another way is a person's to send.
    """
    left = min(amount, payments.money_kept(tx, booking.id))
    planned = 0
    for part in split(payments.in_money(tx, booking.id), left):
        payment = payments.get(tx, part.payment_id)
        if (sent := min(part.amount, _refundable(tx, payment))) > 0:
            _add(tx, booking, payment, sent, actor=actor, now=now)
            planned += sent
    return planned


def plan_of(
    tx: Tx, booking: Booking, payment: Payment, amount: int, *, comment: str, actor: Actor, now: datetime
) -> int:
    """Send so much of one payment of a booking back; the refund's row in the ledger. `amount_invalid` as any refund (R44)."""
    payments.check_refund(tx, booking, amount, method=payment.method, refunds=payment.id)
    return _add(tx, booking, payment, amount, comment=comment, actor=actor, now=now)


def goes_by_card(tx: Tx, payment: Payment) -> bool:
    """Whether the desk can send it back the way it came."""
    return ways.takes_cards(tx) and _refundable(tx, payment) > 0


def plan_unapplied(tx: Tx, booking: Booking, payment_id: int | None, *, actor: Actor, now: datetime) -> bool:
    """Send money back that never got to its booking; False where it did not come by card, and a person has to."""
    payment = payment_rows.get(tx, payment_id) if payment_id is not None else None
    if payment is None or _refundable(tx, payment) <= 0:
        return False
    _add(tx, booking, payment, _refundable(tx, payment), actor=actor, now=now)
    return True


def told(tx: Tx, booking_id: int, facts: Mapping[str, Any]) -> int:
    """How much of what a notice promises goes back to the guest's card, unless it has failed since."""
    return min(int(facts.get("by_card", 0)), rows.sent_back_for(tx, booking_id))


async def send(db: Database, port: PaymentProvider, *, now: datetime) -> int:
    """Send what is to go back; how many refunds came to their end. A repeated call carries the key of the first."""
    ended = 0
    for refund in db.read(lambda tx: rows.refunds_ready(tx, provider=port.name, now=now, limit=AT_ONCE)):
        ended += await _send_one(db, port, refund, now=now)
    return ended


async def _send_one(db: Database, port: PaymentProvider, refund: Refund, *, now: datetime) -> bool:
    if refund.provider_id is None and refund.created_at + KEY_LIVES < now:
        return await db.write(lambda tx: _to_a_person(tx, refund, problem="unanswered for a day", sure=False, now=now))
    of_payment, amount = db.read(
        lambda tx: (payments.get(tx, refund.of_payment), payments.get(tx, refund.payment_id).amount)
    )
    assert of_payment.provider_id is not None, "only what came by a provider goes back by it"
    try:
        if refund.provider_id is not None:
            told = await port.get_refund(refund.provider_id)
        else:
            order = Order(amount, of_payment.currency, **refund.facts)
            told = await port.refund(of_payment.provider_id, order, key=refund.key)
    except ProviderAway as away:
        pause = max(min(FIRST_PAUSE * 2 ** min(refund.tries, 10), LONGEST_PAUSE), timedelta(seconds=away.retry_after))
        problem = str(away)
        await db.write(
            lambda tx: rows.refund_learned(
                tx, refund.payment_id, provider_id=None, problem=problem, due_at=now + pause, now=now
            )
        )
        return False
    except ProviderRefused as refused:
        code = refused.code
        return await db.write(lambda tx: _to_a_person(tx, refund, problem=code, sure=True, now=now))
    return await db.write(lambda tx: _learn(tx, refund, told, now=now))


def _learn(tx: Tx, refund: Refund, told: ProviderRefund, *, now: datetime) -> bool:
    if told.state == "canceled":
        return _to_a_person(tx, refund, problem=told.reason or "canceled", sure=True, now=now)
    if told.state != "succeeded":
        due_at = now + LONGEST_PAUSE
        rows.refund_learned(tx, refund.payment_id, provider_id=told.id, problem="", due_at=due_at, now=now)
        return False
    rows.refund_learned(tx, refund.payment_id, provider_id=told.id, problem="", due_at=None, now=now)
    payments.refund_ended(tx, refund.payment_id, of_payment=refund.of_payment, done=True, now=now)
    if (booking := _booking(tx, refund)) is not None:
        amount = payments.get(tx, refund.payment_id).amount
        payment_notices.refund_done(tx, booking, amount=amount, by_card=True, now=now)
        payment_notices.money_changed(tx, booking, now=now)
    return True


def _to_a_person(tx: Tx, refund: Refund, *, problem: str, sure: bool, now: datetime) -> bool:
    """The provider will not do it: a task until Done. `sure`: it has certainly not been sent."""
    rows.refund_learned(tx, refund.payment_id, provider_id=None, problem=problem, due_at=None, now=now)
    if not payments.refund_ended(tx, refund.payment_id, of_payment=refund.of_payment, done=False, now=now):
        return False
    booking, source = _booking(tx, refund), payments.get(tx, refund.of_payment)
    amount = payments.get(tx, refund.payment_id).amount
    unapplied = source.id if source.state == "unapplied" or booking is None else None
    asked = None if booking is None else tasks.find_open(tx, "refund", booking.id, payment_id=unapplied)
    known = {} if asked is None else asked.facts
    owed = known.get("amount", 0)
    facts = known | {"amount": None if owed is None else owed + amount, "currency": source.currency, "seen": sure}
    tasks.open_task(tx, "refund", booking=booking, payment_id=unapplied, facts=facts, now=now)
    staff_notices.alert(tx, "card_refund_failed", booking=booking, facts={"reason": problem}, now=now)
    return True


def _booking(tx: Tx, refund: Refund) -> Booking | None:
    """The booking it is about; None for a gift that was being bought."""
    return None if refund.booking_id is None else transitions.get(tx, refund.booking_id)


def _refundable(tx: Tx, payment: Payment) -> int:
    if payment.kind != "payment" or payment.method != ways.CARDS or payment.provider_id is None:
        return 0
    if payment.state not in {"done", "unapplied"} or (payment.state == "done" and payment.booking_id is None):
        return 0  # what never got to a booking and has found its end is a gift, or with the guest again
    return payment.amount - payment_rows.refunded(tx, payment.id)


def _add(
    tx: Tx, booking: Booking, payment: Payment, amount: int, *, comment: str = "", actor: Actor, now: datetime
) -> int:
    refund_id = ledger.add(
        tx,
        booking_id=payment.booking_id,
        guest_id=booking.guest_id,
        kind="refund",
        method=payment.method,
        amount=amount,
        currency=payment.currency,
        state="pending",
        receipt_id=None,
        refunds=payment.id,
        comment=comment,
        actor=str(actor),
        now=now,
    )
    facts = {
        "booking": booking.code,
        "description": booking.code,
        "return_url": "",
        "phone": asking.phone_of(booking),
        "whole": False,
    }
    rows.add_refund(
        tx,
        payment_id=refund_id,
        booking_id=booking.id,
        provider=payment.method,
        key=str(uuid.uuid4()),
        facts=facts,
        now=now,
    )
    after = {"refund": refund_id, "of": payment.id, "amount": amount}
    audit.write(tx, actor, "payment.refund", booking.subject, None, after, comment or None, now=now)
    return refund_id
