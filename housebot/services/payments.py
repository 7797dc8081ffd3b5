"""Owns the ledger: paid is what the rows say and is never set; a correction is a new row with a comment (R44)."""

from datetime import datetime
from typing import Any

from housebot.domain import refund
from housebot.domain.money import Money
from housebot.domain.period import utc_text
from housebot.domain.refund import Part
from housebot.errors import Refusal
from housebot.services import audit, due, ledger, ways
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import gift_orders as order_rows
from housebot.storage import payments as rows
from housebot.storage import proposals
from housebot.storage.bookings import Booking
from housebot.storage.payments import Payment
from housebot.storage.tasks import Task

__all__ = [
    "Payment",
    "add_unapplied",
    "apply_unapplied",
    "as_json",
    "balance",
    "by_gifts",
    "by_hand",
    "by_provider_id",
    "check_refund",
    "expected",
    "get",
    "in_money",
    "kept",
    "left",
    "left_unapplied",
    "listing",
    "money_kept",
    "money_paid",
    "paid",
    "record",
    "refund_ended",
    "refunded_by_hand",
    "sent_back_unapplied",
    "settle_unapplied",
    "unapplied",
]


def paid(tx: Tx, booking_id: int) -> int:
    """Confirmed payments and corrections less done refunds, in minor units."""
    return rows.net(tx, booking_id)


def money_paid(tx: Tx, booking_id: int) -> int:
    """The same without what gifts have paid: what somebody may have to send back."""
    return rows.net(tx, booking_id) - rows.net_of_gifts(tx, booking_id)


def money_kept(tx: Tx, booking_id: int) -> int:
    """Of that what is not on its way back: so much a person or a card may still send."""
    return money_paid(tx, booking_id) - rows.on_their_way(tx, booking_id)


def in_money(tx: Tx, booking_id: int) -> list[Part]:
    """The payments that are not by gift and what is left of each, oldest first, after what corrections have added.

    A refund is off the payment it names, also while it is on its way; one that names none, and a correction down, are off the newest first.
    """
    done = [one for one in rows.of_booking(tx, booking_id) if one.method != "gift"]
    added = [Part(one.id, one.method, one.amount) for one in done if one.kind == "adjustment" and one.amount > 0]
    came = [Part(one.id, one.method, rest) for one in done if (rest := left(tx, one)) > 0]
    gone = sum(abs(one.amount) for one in done if one.amount < 0 or (one.kind == "refund" and one.refunds is None))
    return refund.left([*added, *came], gone)


def expected(tx: Tx, booking: Booking) -> int:
    """What should have come by now beside what a gift pays: the prepayment, or all of it where there is none."""
    asked = booking.deposit if booking.deposit > rows.net_of_gifts(tx, booking.id) else booking.total
    return max(asked - paid(tx, booking.id), 0)


def balance(tx: Tx, booking: Booking) -> int:
    """What is left to pay; never less than nothing."""
    return max(booking.total - paid(tx, booking.id), 0)


def kept(tx: Tx, booking_id: int) -> int:
    """What is paid, by gifts too, and not on its way back."""
    return paid(tx, booking_id) - rows.on_their_way(tx, booking_id)


def record(
    tx: Tx,
    booking: Booking,
    amount: int,
    *,
    method: str = "bank",
    kind: str = "payment",
    receipt_id: int | None = None,
    refunds: int | None = None,
    provider_id: str | None = None,
    comment: str = "",
    actor: Actor,
    now: datetime,
    twice: bool = False,
) -> int:
    """Write one row of money that a person saw, or a provider vouches for; the id of the row. A refund names with `refunds`
    the payment it gives back.

    More than is owed needs `twice=True`, else `amount_invalid` with `overpaid`; the net never becomes negative, neither of
    money nor of what gifts paid, and of a payment never goes back more than is left of it (R44, R48).
    """
    before = paid(tx, booking.id)
    if amount == 0 or (kind != "adjustment" and amount < 0):
        raise Refusal("amount_invalid", value=str(amount))
    after = before - amount if kind == "refund" else before + amount
    if after < before:
        check_refund(tx, booking, before - after, method=method, refunds=refunds)
    if kind != "refund" and after > max(booking.total, before) and not twice:
        raise Refusal(
            "amount_invalid",
            reason="overpaid",
            overpaid=after - booking.total,
            currency=booking.currency,
            ask_again=True,
        )
    payment_id = ledger.add(
        tx,
        booking_id=booking.id,
        guest_id=booking.guest_id,
        kind=kind,
        method=method,
        amount=amount,
        currency=booking.currency,
        state="done",
        receipt_id=receipt_id,
        refunds=refunds,
        provider_id=provider_id,
        comment=comment,
        actor=str(actor),
        now=now,
    )
    named = {} if refunds is None else {"refunds": refunds}
    audit.write(
        tx,
        actor,
        "payment.record",
        booking.subject,
        {"paid": before},
        {"paid": after, "payment": payment_id, "kind": kind, "amount": amount, "method": method} | named,
        comment or None,
        now=now,
    )
    if (waiting := proposals.open_of(tx, booking.id)) is not None and waiting.awaits == "money" and after > before:
        due.plan(tx, "proposal.paid", waiting.subject, now, now=now)  # whatever it was paid for, it may be enough
    return payment_id


def check_refund(tx: Tx, booking: Booking, amount: int, *, method: str, refunds: int | None) -> None:
    """Nothing where so much may be taken off what is paid, of the payment named at that; else `amount_invalid`.

    What gifts paid and what came in money are two purses: neither is emptied for the other (R48).
    """
    if amount <= 0:
        raise Refusal("amount_invalid", value=str(amount))
    if refunds is not None and amount > (rest := left(tx, get(tx, refunds))):
        raise Refusal("amount_invalid", reason="refund_above", left=rest, currency=booking.currency, payment=refunds)
    most = rows.net_of_gifts(tx, booking.id) if method == "gift" else money_kept(tx, booking.id)
    if amount > most:
        raise Refusal("amount_invalid", reason="negative", paid=most, currency=booking.currency)


def add_unapplied(
    tx: Tx,
    booking: Booking,
    amount: int,
    *,
    currency: str | None = None,
    method: str = "bank",
    receipt_id: int | None = None,
    provider_id: str | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Money that came too late for its booking, or is not what was asked for: the guest's until somebody chooses (R36)."""
    payment_id = ledger.add(
        tx,
        booking_id=None,
        guest_id=booking.guest_id,
        kind="payment",
        method=method,
        amount=amount,
        currency=currency or booking.currency,
        state="unapplied",
        receipt_id=receipt_id,
        provider_id=provider_id,
        comment=f"late for {booking.code}",
        actor=str(actor),
        now=now,
    )
    audit.write(
        tx, actor, "payment.unapplied", booking.subject, None, {"payment": payment_id, "amount": amount}, now=now
    )
    return payment_id


def settle_unapplied(tx: Tx, payment_id: int, *, state: str, comment: str, actor: Actor, now: datetime) -> None:
    """Late money finds its end once; the second who tries gets `already_decided`."""
    if not ledger.settle(tx, payment_id, state=state, comment=comment, now=now):
        raise Refusal("already_decided", payment=payment_id)
    audit.write(
        tx, actor, "payment.settle", f"payment:{payment_id}", {"state": "unapplied"}, {"state": state}, comment, now=now
    )


def apply_unapplied(tx: Tx, payment_id: int, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Money that is really here goes to the booking the guest has chosen for it."""
    before = paid(tx, booking.id)
    if not ledger.settle(
        tx, payment_id, state="done", comment=f"goes to {booking.code}", booking_id=booking.id, now=now
    ):
        raise Refusal("already_decided", payment=payment_id)
    after = {"paid": paid(tx, booking.id), "payment": payment_id}
    audit.write(tx, actor, "payment.apply", booking.subject, {"paid": before}, after, now=now)


def refund_ended(tx: Tx, refund_id: int, *, of_payment: int, done: bool, now: datetime) -> bool:
    """A pending refund has arrived, or will not; False when it had its end before."""
    state = "done" if done else "failed"
    if not ledger.finish(tx, refund_id, state=state, now=now):
        return False
    if done:  # money that never got to a booking has now gone home, and the two rows sum to nothing
        ledger.settle(tx, of_payment, state="done", comment="sent back", now=now)
    audit.write(
        tx, SYSTEM, "payment.refund_ended", f"payment:{refund_id}", {"state": "pending"}, {"state": state}, now=now
    )
    return True


def refunded_by_hand(tx: Tx, booking: Booking, task: Task, *, actor: Actor, now: datetime) -> int:
    """The ledger learns what a person has sent back: money of the booking, the newest payment first, or money that never got to one.

    How much of the booking's own money that was.
    """
    if task.payment_id is not None:
        sent_back_unapplied(tx, get(tx, task.payment_id), actor=actor, now=now)
        return int(task.facts.get("amount") or 0)
    came, owed = in_money(tx, booking.id), task.facts.get("amount")
    sent = 0
    for part in refund.split(came, refund.total(came) if owed is None else int(owed)):
        # What a correction has added came with no payment of its own.
        named = get(tx, part.payment_id).kind == "payment"
        record(
            tx,
            booking,
            part.amount,
            kind="refund",
            method=by_hand(part.method),
            refunds=part.payment_id if named else None,
            comment="sent back by hand",
            actor=actor,
            now=now,
        )
        sent += part.amount
    return sent


def sent_back_unapplied(tx: Tx, payment: Payment, *, actor: Actor, now: datetime) -> None:
    """A receipt's money was never seen, and has not been here. What a provider collected has: it came, and a person sent it away."""
    collected = payment.provider_id is not None
    state, comment = "done" if collected else "failed", "sent back by hand"
    settle_unapplied(tx, payment.id, state=state, comment=comment, actor=actor, now=now)
    if collected:
        ledger.add(
            tx,
            booking_id=None,
            gift_order_id=payment.gift_order_id,
            guest_id=payment.guest_id,
            kind="refund",
            method=by_hand(payment.method),
            amount=left_unapplied(tx, payment),
            currency=payment.currency,
            state="done",
            receipt_id=None,
            refunds=payment.id,
            comment=comment,
            actor=str(actor),
            now=now,
        )


def by_hand(method: str) -> str:
    """How money moves that a person moves: what a provider moves, it tells of itself."""
    return "bank" if method == ways.CARDS else method


def left(tx: Tx, payment: Payment) -> int:
    """How much of a payment may still go back; nothing of what is no payment, or has not come to its booking."""
    if payment.kind != "payment" or payment.state != "done" or payment.booking_id is None:
        return 0
    return payment.amount - rows.refunded(tx, payment.id)


def left_unapplied(tx: Tx, payment: Payment) -> int:
    """How much of money that never got to its booking is still the guest's here."""
    return payment.amount - rows.refunded(tx, payment.id)


def by_provider_id(tx: Tx, provider_id: str) -> Payment | None:
    """The one row of what a provider calls by that id, once it is written."""
    return rows.by_provider_id(tx, provider_id)


def get(tx: Tx, payment_id: int) -> Payment:
    """The row, or `not_found`."""
    payment = rows.get(tx, payment_id)
    if payment is None:
        raise Refusal("not_found", what="payment", payment=payment_id)
    return payment


def listing(
    tx: Tx,
    *,
    booking_id: int | None = None,
    state: str | None = None,
    since: datetime | None = None,
    updated_since: datetime | None = None,
    after: int = 0,
    limit: int | None = 100,
) -> list[Payment]:
    """Rows of the ledger, oldest first, those behind the row `after`; `since` by when they were written, `updated_since` by when
    something last became of them."""
    return rows.listing(
        tx, booking_id=booking_id, state=state, since=since, updated_since=updated_since, after=after, limit=limit
    )


def as_json(tx: Tx, payment: Payment) -> dict[str, Any]:
    """As scripts see it: `booking` is the public code, null for money that waits for a choice and for what was paid for a gift;
    `gift_order` is that order's. `left` may still go back.
    """
    booking = booking_rows.get(tx, payment.booking_id) if payment.booking_id is not None else None
    order = order_rows.get(tx, payment.gift_order_id) if payment.gift_order_id is not None else None
    return {
        "id": payment.id,
        "booking": None if booking is None else booking.code,
        "gift_order": None if order is None else order.code,
        "kind": payment.kind,
        "method": payment.method,
        "amount": Money(payment.amount, payment.currency).json(),
        "state": payment.state,
        "refunds": payment.refunds,
        "left": Money(left(tx, payment), payment.currency).json(),
        "comment": payment.comment,
        "actor": payment.actor,
        "created_at": utc_text(payment.created_at),
    }


def by_gifts(tx: Tx) -> list[Payment]:
    """Everything gifts have ever paid and got back."""
    return rows.by_method(tx, "gift")


def unapplied(tx: Tx) -> list[Payment]:
    """Money that waits for somebody to choose what becomes of it."""
    return rows.listing(tx, state="unapplied", limit=None)
