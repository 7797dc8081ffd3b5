"""Owns money that came when its dates were sold: it is unapplied, staff are alarmed, and the guest chooses once (R36, M7c)."""

from datetime import datetime
from typing import Any

from housebot.domain import booking as rules
from housebot.domain.period import from_utc_text, local
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import (
    approvals,
    audit,
    card_refunds,
    deadlines,
    gifts,
    holding,
    paid_up,
    payment_notices,
    payments,
    quotes,
    tasks,
    transitions,
)
from housebot.services.gifts import Gift
from housebot.services.ports import Actor, Tx
from housebot.storage import receipts as receipt_rows
from housebot.storage import tasks as task_rows
from housebot.storage.bookings import Booking
from housebot.storage.tasks import Task

KIND = "late_money"


def waiting(tx: Tx, booking: Booking) -> Task | None:
    """The choice that is still to be made about this booking's money, where there is one."""
    return next(iter(task_rows.find_open(tx, kind=KIND, booking_id=booking.id)), None)


def open_choice(
    tx: Tx, booking: Booking, *, receipt_id: int, alternatives: list[Any], actor: Actor, now: datetime
) -> int:
    """Write down money that a receipt speaks of, and ask the guest what becomes of it. The task's id."""
    price = quotes.load(tx, booking.quote_id).price
    amount = price.due_now or price.rest
    payment_id = payments.add_unapplied(tx, booking, amount, receipt_id=receipt_id, actor=actor, now=now)
    return ask(
        tx, booking, payment_id=payment_id, amount=amount, alternatives=alternatives, receipt_id=receipt_id, now=now
    )


def ask(
    tx: Tx,
    booking: Booking,
    *,
    payment_id: int,
    amount: int,
    alternatives: list[Any],
    receipt_id: int | None = None,
    off: bool = False,
    now: datetime,
) -> int:
    """The guest chooses: at most two other dates, a gift balance, or the money back. The task's id.

    `off`: the booking had been given up, and nobody has taken its dates.
    """
    offered = alternatives[:2]
    facts = {"amount": amount, "currency": booking.currency, "alternatives": offered}
    facts |= {"card": True} if receipt_id is None else {"receipt": receipt_id}
    facts |= {"off": True} if off else {}
    task_id = tasks.open_task(tx, KIND, booking=booking, payment_id=payment_id, facts=facts, now=now)
    about = {"payment": payment_id, "task": task_id, "amount": amount, "alternatives": offered}
    payment_notices.late_sold(tx, booking, about | ({"off": True} if off else {}), now=now)
    return task_id


def came_to_its_booking(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Staff gave the booking its dates back: its money is no longer late, and there is nothing left to choose."""
    task = waiting(tx, booking)
    if task is None:
        return
    _close(tx, task, chose=f"dates:{booking.code}", actor=actor, now=now)
    assert task.payment_id is not None
    if "receipt" not in task.facts:
        payments.apply_unapplied(tx, task.payment_id, booking, actor=actor, now=now)
        return
    comment = f"goes to {booking.code}"
    payments.settle_unapplied(tx, task.payment_id, state="failed", comment=comment, actor=actor, now=now)


def went_its_way(tx: Tx, booking: Booking) -> bool:
    """Whether it was chosen what becomes of this booking's late money."""
    return task_rows.was_done(tx, kind=KIND, booking_id=booking.id)


def choose_dates(tx: Tx, task_id: int, number: int, *, actor: Actor, now: datetime) -> Booking:
    """The guest takes one of the dates offered: a new booking with the same wishes, the money with it.

    A receipt goes under review there; what a provider has collected is paid, and confirms when it is enough.

    `dates_taken` or a stay rule leaves the choice open; the second choice is `already_decided`.
    """
    task, old = _open(tx, task_id, actor)
    offered = task.facts["alternatives"]
    if not 0 <= number < len(offered):
        raise Refusal("invalid", reason="choice")
    request = _request(tx, old, offered[number])
    new = holding.hold(
        tx,
        request,
        guest_id=old.guest_id,
        contact=old.contact,
        name=old.guest_name,
        answers=old.answers,
        comment=old.comment,
        source=old.source,
        actor=actor,
        test=old.test,
        funded=True,
        now=now,
    )
    _close(tx, task, chose=f"dates:{new.code}", actor=actor, now=now)
    assert task.payment_id is not None
    if "receipt" not in task.facts:
        payments.apply_unapplied(tx, task.payment_id, new, actor=actor, now=now)
        return paid_up.confirm(tx, new, now=now)
    payments.settle_unapplied(tx, task.payment_id, state="failed", comment=f"goes to {new.code}", actor=actor, now=now)
    receipt_rows.move(tx, int(task.facts["receipt"]), booking_id=new.id)
    return _under_review(tx, new, actor=actor, now=now)


def choose_gift(tx: Tx, task_id: int, *, actor: Actor, now: datetime) -> Gift | None:
    """The money becomes a gift card, and the guest reads its code: at once when somebody of the staff says so.

    All that a guest has shown is a picture that nobody has looked at. When a guest chooses, a person looks first: a task,
    whose Done makes the card, and None here.
    """
    if not actor.is_staff:
        _hand_over(tx, task_id, kind="gift", actor=actor, now=now)
        return None
    task, booking = _open(tx, task_id, actor)
    _close(tx, task, chose="gift", actor=actor, now=now)
    assert task.payment_id is not None
    return gifts.of_late_money(tx, booking, task.payment_id, actor=actor, now=now)


def choose_refund(tx: Tx, task_id: int, *, actor: Actor, now: datetime) -> int | None:
    """The guest wants the money back: by card the way it came, else a task for a person until Done. That task's id."""
    task, booking = _open(tx, task_id, actor)
    if card_refunds.plan_unapplied(tx, booking, task.payment_id, actor=actor, now=now):
        _close(tx, task, chose="refund", actor=actor, now=now)
        return None
    return _hand_over(tx, task_id, kind="refund", actor=actor, now=now)


def _hand_over(tx: Tx, task_id: int, *, kind: str, actor: Actor, now: datetime) -> int:
    task, booking = _open(tx, task_id, actor)
    _close(tx, task, chose=kind, actor=actor, now=now)
    known = {name: task.facts[name] for name in ("amount", "currency", "receipt") if name in task.facts}
    facts = known | {"seen": "receipt" not in known}  # what a provider has collected is here for certain
    return tasks.open_task(tx, kind, booking=booking, payment_id=task.payment_id, facts=facts, now=now)


def _open(tx: Tx, task_id: int, actor: Actor) -> tuple[Task, Booking]:
    task = task_rows.get(tx, task_id)
    if task is None or task.kind != KIND or task.booking_id is None:
        raise Refusal("not_found", task=task_id)
    booking = transitions.get(tx, task.booking_id)
    if actor.kind == "guest" and actor.id != booking.guest_id:
        raise Refusal("not_found", task=task_id)  # a foreign choice and a missing one look the same (T3)
    if task.done_at is not None:
        raise Refusal("already_decided", task=task_id, chose=task.facts.get("chose"))
    return task, booking


def _close(tx: Tx, task: Task, *, chose: str, actor: Actor, now: datetime) -> None:
    """The choice is made once; who comes second learns what it was."""
    if not task_rows.close(tx, task, by=str(actor), facts=task.facts | {"chose": chose, "by": actor.name}, now=now):
        raise Refusal("already_decided", task=task.id)
    tasks.settled(tx, task.id, now=now)
    audit.write(tx, actor, "late_money.choose", f"task:{task.id}", None, {"chose": chose}, now=now)


def _request(tx: Tx, old: Booking, offer: dict[str, str]) -> StayRequest:
    asked = quotes.load(tx, old.quote_id).request
    zone = transitions.stay_of(tx, old).unit.zone
    return StayRequest(
        unit=old.unit,
        tariff=offer.get("tariff", old.tariff),
        arrival=local(from_utc_text(offer["start"]), zone),
        departure=local(from_utc_text(offer["end"]), zone),
        party=dict(asked.party),
        extras=dict(asked.extras),
    )


def _under_review(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    if booking.status == "confirmed":
        return booking
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    booking = transitions.change(
        tx,
        booking,
        "booking.receipt",
        actor=actor,
        now=now,
        status="awaiting_owner",
        under_review=True,
        payment_method="bank",
        kept_until=booking.hold_expires_at,
        hold_expires_at=rules.under_review_until(catalog, stay, now=now),
        promised_by=deadlines.promise(catalog, booking, now=now),
    )
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, now=now)
    payment_notices.receipt_received(tx, booking, now=now)
    return approvals.ask_owner(tx, booking, since=now, now=now)
