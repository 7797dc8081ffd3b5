"""Owns what staff write into the ledger by hand, with all that follows: cards, the guest's notice, the task to send money back (R44)."""

from datetime import datetime
from typing import Any

from housebot.domain.money import Money
from housebot.errors import Refusal
from housebot.services import card_refunds, checkouts, payment_notices, payments, staff_notices, tasks, transitions
from housebot.services.payments import Payment
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking

__all__ = ["adjust", "record", "refund", "with_balance"]

LONGEST_COMMENT = 500


def record(
    tx: Tx,
    booking_id: int | str,
    amount: int,
    *,
    method: str,
    comment: str = "",
    twice: bool = False,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Money that somebody saw arrive. It confirms nothing; on a booking that ran out of time staff are alarmed (R36).

    `amount_invalid` for nothing, and with `overpaid` for more than is owed unless it is said `twice`.
    """
    booking = transitions.get(tx, booking_id)
    payment_id = payments.record(
        tx, booking, amount, method=method, comment=_words(comment), twice=twice, actor=actor, now=now
    )
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    if booking.status == "expired":
        staff_notices.alert(
            tx, "money_on_expired", booking=booking, facts={"paid": payments.paid(tx, booking.id)}, now=now
        )
    payment_notices.money_changed(tx, booking, now=now)
    return payments.get(tx, payment_id)


def refund(
    tx: Tx,
    payment_id: int,
    amount: int | None = None,
    *,
    reason: str,
    by_hand: bool = False,
    actor: Actor,
    now: datetime,
) -> Payment:
    """Some or all that is left of a payment has gone back; the guest is told, and what was to be sent back is that much less.

    What came by card is sent to the card, while the desk takes cards: its row is `pending` until it is there, and the guest is
    told then. `by_hand`: it has gone back another way already, and is only written down.

    `amount_invalid` with `left` for more than that, `already_decided` when nothing is, so that of two who refund at once
    one does. `invalid` for what is no payment of a booking; `forbidden` (`gift`) for what a gift has paid: nobody sends
    that back as money, it returns to its gift when the stay is cancelled or costs less.
    """
    payment = payments.get(tx, payment_id)
    if payment.kind != "payment" or payment.state != "done" or payment.booking_id is None:
        raise Refusal("invalid", reason="no_payment", payment=payment.id, kind=payment.kind, state=payment.state)
    if payment.method == "gift":
        raise Refusal("forbidden", reason="gift", payment=payment.id)
    booking = transitions.get(tx, payment.booking_id)
    rest = min(payments.left(tx, payment), payments.money_kept(tx, booking.id))
    if rest <= 0:
        raise Refusal("already_decided", what="refund", payment=payment.id)
    amount = rest if amount is None else amount
    if not by_hand and card_refunds.goes_by_card(tx, payment):
        comment = _reason(reason)
        refund_id = card_refunds.plan_of(tx, booking, payment, amount, comment=comment, actor=actor, now=now)
        tasks.refunded(tx, booking, amount, actor=actor, now=now)
        return payments.get(tx, refund_id)
    refund_id = payments.record(
        tx,
        booking,
        amount,
        kind="refund",
        method=payments.by_hand(payment.method),
        refunds=payment.id,
        comment=_reason(reason),
        actor=actor,
        now=now,
    )
    asked = tasks.find_open(tx, "refund", booking.id)
    still_open = tasks.refunded(tx, booking, amount, actor=actor, now=now)
    payment_notices.refund_done(tx, booking, amount=amount, asked_where=asked is not None and not still_open, now=now)
    payment_notices.money_changed(tx, booking, now=now)
    return payments.get(tx, refund_id)


def adjust(
    tx: Tx,
    booking_id: int | str,
    amount: int,
    *,
    reason: str,
    method: str = "bank",
    twice: bool = False,
    actor: Actor,
    now: datetime,
) -> Payment:
    """A correction is a row of its own with its reason: more, or less with a minus; the net stays at nothing or above."""
    booking = transitions.get(tx, booking_id)
    payment_id = payments.record(
        tx,
        booking,
        amount,
        kind="adjustment",
        method=method,
        comment=_reason(reason),
        twice=twice,
        actor=actor,
        now=now,
    )
    if amount < 0:
        tasks.owe_at_most(tx, booking, payments.money_kept(tx, booking.id), actor=actor, now=now)
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    payment_notices.money_changed(tx, booking, now=now)
    return payments.get(tx, payment_id)


def with_balance(tx: Tx, payment: Payment) -> dict[str, Any]:
    """The row as scripts see it, and how its booking stands with it: `paid`, `due`."""
    assert payment.booking_id is not None
    booking: Booking = transitions.get(tx, payment.booking_id)
    sums = {"paid": payments.paid(tx, booking.id), "due": payments.balance(tx, booking)}
    return payments.as_json(tx, payment) | {
        name: Money(amount, booking.currency).json() for name, amount in sums.items()
    }


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("invalid", reason="reason_missing")
    return _words(text)


def _words(text: str) -> str:
    if len(text.strip()) > LONGEST_COMMENT:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_COMMENT)
    return text.strip()
