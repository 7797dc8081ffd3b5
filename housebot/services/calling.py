"""Owns what a guest without Telegram is told: nothing goes into the void, a task says whom to call and what to read (UX 2d)."""

from datetime import datetime
from typing import Literal

from housebot.services import addressing, notices, payments, tasks
from housebot.services.ports import SYSTEM, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import tasks as rows
from housebot.storage.bookings import Booking
from housebot.storage.tasks import Task

About = Literal["arrival", "balance"]

KIND = "call"
COMING = frozenset({"confirmed", "in_house"})


def instead(tx: Tx, booking: Booking, about: About, *, now: datetime) -> bool:
    """False: the guest can be written to. True: somebody is asked to call, and the task says what about."""
    if addressing.guest_chat(tx, booking) is not None:
        return False
    tasks.open_task(tx, KIND, booking=booking, facts={"about": about}, now=now)
    return True


def claimed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The guest reads for themselves now, also what somebody was to tell them by phone."""
    task = tasks.find_open(tx, KIND, booking.id)
    if task is None:
        return
    _settle(tx, task, now=now)
    if task.facts.get("about") == "arrival" and _is_ahead(booking, now):
        notices.arrival(tx, booking, now=now)


def is_moot(tx: Tx, task_id: int, *, now: datetime) -> bool:
    """Whether it is a call that nobody needs any more, as the stay is over, or the money has come; its task is settled then."""
    task = rows.get(tx, task_id)
    if task is None or task.kind != KIND or task.done_at is not None or task.booking_id is None:
        return False
    booking = booking_rows.get(tx, task.booking_id)
    paid = task.facts.get("about") == "balance" and booking is not None and payments.balance(tx, booking) <= 0
    if booking is not None and _is_ahead(booking, now) and not paid:
        return False
    _settle(tx, task, now=now)
    return True


def _settle(tx: Tx, task: Task, *, now: datetime) -> None:
    rows.close(tx, task, by=str(SYSTEM), facts=task.facts, now=now)
    tasks.settled(tx, task.id, now=now)


def _is_ahead(booking: Booking, now: datetime) -> bool:
    return booking.status in COMING and now < booking.end
