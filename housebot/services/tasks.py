"""Owns tasks for people: what the desk cannot do by itself stays open until somebody says done."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import EllipsisType
from typing import Any

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit, due, gift_notices, gift_sales, gifts, payment_notices, payments, staff_notices
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import gift_orders as order_rows
from housebot.storage import tasks as rows
from housebot.storage.bookings import Booking
from housebot.storage.gift_orders import Order
from housebot.storage.payments import Payment
from housebot.storage.tasks import Task

__all__ = [
    "Task",
    "done",
    "find_open",
    "get",
    "listing",
    "open_of_gift_order",
    "open_task",
    "owes",
    "refunded_elsewhere",
    "remind",
    "set_where",
    "set_where_of",
    "settled",
]

REMIND_EVERY = timedelta(days=1)


def open_task(
    tx: Tx,
    kind: str,
    *,
    booking: Booking | None = None,
    payment_id: int | None = None,
    facts: dict[str, Any] | None = None,
    now: datetime,
) -> int:
    """Ask a person to do something; they are told now and every day until it is done. The id of the task.

    Kinds: `refund` and `gift_refund` (facts amount; None: whatever came), `late_money` (a guest must choose), `gift` (late money to be one),
    `call` (no Telegram), `damage` (facts amount; its end is in `damage.give_back` and `damage.keep`).
    """
    task_id = rows.put(
        tx, kind=kind, booking_id=booking.id if booking else None, payment_id=payment_id, facts=facts or {}, now=now
    )
    due.plan(tx, "task.remind", f"task:{task_id}", now + REMIND_EVERY, now=now)
    staff_notices.task(tx, task_id, booking, now=now)
    return task_id


def get(tx: Tx, task_id: int) -> Task:
    """The task, or `not_found`."""
    task = rows.get(tx, task_id)
    if task is None:
        raise Refusal("not_found", task=task_id)
    return task


def find_open(tx: Tx, kind: str, booking_id: int, *, payment_id: int | EllipsisType | None = ...) -> Task | None:
    """The oldest open task of this kind about this booking, where there is one; with `payment_id` the one about that money."""
    found = rows.find_open(tx, kind=kind, booking_id=booking_id)
    return next((one for one in found if payment_id is ... or one.payment_id == payment_id), None)


def listing(tx: Tx, *, open_only: bool = True) -> list[Task]:
    """Oldest first."""
    return rows.listing(tx, open_only=open_only)


def set_where(tx: Tx, booking_id: int, where: str, *, actor: Actor, now: datetime) -> None:
    """The guest says where the money should go; kept until the refund is done, and never in the log."""
    owed = rows.find_open(tx, kind="refund", booking_id=booking_id)
    if not owed:
        raise Refusal("not_found", booking=booking_id)
    for task in owed:
        _note_where(tx, task, where, actor=actor, now=now)


def open_of_gift_order(tx: Tx, kind: str, order_id: int) -> list[Task]:
    """Open tasks of this kind about a gift that was ordered."""
    return rows.open_of_gift_order(tx, kind=kind, order_id=order_id)


def set_where_of(tx: Tx, task: Task, where: str, *, actor: Actor, now: datetime) -> None:
    """The same for one task, of a gift that was ordered."""
    _note_where(tx, task, where, actor=actor, now=now)


def _note_where(tx: Tx, task: Task, where: str, *, actor: Actor, now: datetime) -> None:
    if not rows.set_facts(tx, task, task.facts | {"where": where.strip()[:500]}):
        raise Refusal("stale", task=task.id)
    audit.write(tx, actor, "task.where", f"task:{task.id}", now=now)
    staff_notices.task(tx, task.id, _booking(tx, task), now=now)


def done(tx: Tx, task_id: int, *, actor: Actor, now: datetime) -> Task:
    """Somebody has done it; the second one is told who was first.

    A refund done is written into the ledger, a gift done is made of the late money; the guest is told either. A damage
    deposit is not done by saying so (`stale`): it goes back, or is kept for a reason.
    """
    task = get(tx, task_id)
    if task.kind == "damage" and task.done_at is None:
        raise Refusal("stale", task=task.id)
    facts = {name: value for name, value in task.facts.items() if name != "where"}
    if not rows.close(tx, task, by=str(actor), facts=facts | {"by": actor.name}, now=now):
        told = get(tx, task_id)
        raise Refusal("already_decided", task=task_id, by=told.facts.get("by", told.done_by), at=_at(told))
    due.drop(tx, "task.remind", f"task:{task_id}")
    audit.write(tx, actor, "task.done", f"task:{task_id}", after={"kind": task.kind}, now=now)
    booking = _booking(tx, task)
    if task.kind == "refund" and booking is not None:
        sent = payments.refunded_by_hand(tx, booking, task, actor=actor, now=now)
        # Of money that nobody has seen come the ledger knows nothing; what was seen may have been corrected since.
        amount = sent if task.facts.get("seen") and sent else task.facts.get("amount")
        payment_notices.refund_done(tx, booking, amount=amount, now=now)
    elif task.kind == "gift" and booking is not None and task.payment_id is not None:
        gifts.of_late_money(tx, booking, task.payment_id, actor=actor, now=now)
    elif (order := _gift_order(tx, task)) is not None:
        amount, came = task.facts.get("amount"), gift_sales.paid(tx, order.id)
        if task.payment_id is not None:
            payments.sent_back_unapplied(tx, payments.get(tx, task.payment_id), actor=actor, now=now)
        elif came > 0 and amount:
            gift_sales.refund(tx, order, min(int(amount), came), actor=actor, now=now)
        gift_notices.refund_done(tx, order, amount=amount, now=now)
    staff_notices.task_changed(tx, task_id, booking, now=now)
    return get(tx, task_id)


def refunded(tx: Tx, booking: Booking, amount: int, *, actor: Actor, now: datetime) -> bool:
    """Somebody has written a refund into the ledger themselves: that much is no longer to do. Whether a task is still open."""
    task = find_open(tx, "refund", booking.id, payment_id=None)  # late money is no payment of the booking
    if task is None:
        return False
    owed = int(task.facts.get("amount") or 0) - amount  # of a sum nobody knew, what was sent back was all
    return owes(tx, task, owed, actor=actor, now=now)


def refunded_elsewhere(tx: Tx, payment: Payment, amount: int, *, actor: Actor, now: datetime) -> None:
    """So much of money that never got to its booking or gift went back without us: no task asks for it, or offers it, again."""
    for task in rows.open_of_payment(tx, payment.id):
        left = int(task.facts.get("amount") or payment.amount) - amount
        chose = {"chose": "refund"} if left <= 0 and task.kind == "late_money" else {}
        owes(tx, replace(task, facts=task.facts | chose), left, actor=actor, now=now)


def owes(tx: Tx, task: Task, amount: int, *, actor: Actor, now: datetime) -> bool:
    """That much is to do from now on; with nothing left the task is done. Whether it is still open."""
    if amount > 0:
        rows.set_facts(tx, task, task.facts | {"amount": amount})
        staff_notices.task_changed(tx, task.id, _booking(tx, task), now=now)
        return True
    facts = {name: value for name, value in task.facts.items() if name != "where"}
    rows.close(tx, task, by=str(actor), facts=facts | {"by": actor.name}, now=now)
    audit.write(tx, actor, "task.done", f"task:{task.id}", after={"kind": task.kind}, now=now)
    settled(tx, task.id, now=now)
    return False


def owe_at_most(tx: Tx, booking: Booking, most: int, *, actor: Actor, now: datetime) -> None:
    """The ledger was corrected: nobody is asked to send back more than there is."""
    task = find_open(tx, "refund", booking.id, payment_id=None)
    if task is not None and task.facts.get("seen") and (excess := int(task.facts.get("amount") or 0) - most) > 0:
        refunded(tx, booking, excess, actor=actor, now=now)


def settled(tx: Tx, task_id: int, *, now: datetime) -> None:
    """A task that found its end in another way stops reminding, and its card shows it."""
    due.drop(tx, "task.remind", f"task:{task_id}")
    staff_notices.task_changed(tx, task_id, _booking(tx, get(tx, task_id)), now=now)


def remind(tx: Tx, task_id: int, *, now: datetime) -> None:
    """Ring once more for a task that is still open, and again tomorrow."""
    task = rows.get(tx, task_id)
    if task is None or task.done_at is not None:
        return
    staff_notices.task(tx, task_id, _booking(tx, task), now=now)
    due.plan(tx, "task.remind", f"task:{task_id}", now + REMIND_EVERY, now=now)


def _booking(tx: Tx, task: Task) -> Booking | None:
    return booking_rows.get(tx, task.booking_id) if task.booking_id is not None else None


def _gift_order(tx: Tx, task: Task) -> Order | None:
    return order_rows.get(tx, int(task.facts["order"])) if "order" in task.facts else None


def _at(task: Task) -> str | None:
    return utc_text(task.done_at) if task.done_at else None
