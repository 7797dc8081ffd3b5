"""Owns what staff are told about a booking: the card to decide on, nudges, alerts and tasks (T2)."""

from datetime import datetime
from typing import Any

from housebot.services import addressing
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking


def approval_card(booking: Booking) -> str:
    """The key of the card on which staff decide."""
    return f"approval:{booking.id}"


def approval(tx: Tx, booking: Booking, *, silent: bool, now: datetime) -> None:
    """M9: a card to decide on; always a new message, for an edit of an older one does not ring."""
    addressing.to_staff(
        tx, booking, "staff.approval", {"ring": True}, silent=silent, card=approval_card(booking), now=now
    )


def approval_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The card shows how things stand now, in every chat where it stands."""
    addressing.to_staff(
        tx, booking, "staff.approval", delivery="latest", silent=True, card=approval_card(booking), now=now
    )


def receipt_added(tx: Tx, booking: Booking, *, receipt_id: int, silent: bool, now: datetime) -> None:
    """One more file for a booking that is being checked."""
    addressing.to_staff(tx, booking, "staff.receipt_added", {"receipt": receipt_id}, silent=silent, now=now)


def nudge(tx: Tx, booking: Booking, *, why: str, now: datetime) -> None:
    """Somebody waits: morning, waiting, arrival_near."""
    addressing.to_staff(tx, booking, "staff.nudge", {"why": why}, now=now)


def alert(
    tx: Tx, code: str, *, booking: Booking | None = None, facts: dict[str, Any] | None = None, now: datetime
) -> None:
    """Something only a person can mend."""
    addressing.to_staff(tx, booking, "staff.alert", {"code": code} | (facts or {}), now=now)


def task(tx: Tx, task_id: int, booking: Booking | None, *, now: datetime) -> None:
    """Something to do, with a Done button; rings each time, and only the newest message keeps the button."""
    facts = {"task": task_id, "ring": True, "alone": True}
    addressing.to_staff(tx, booking, "staff.task", facts, card=f"task:{task_id}", now=now)


def task_changed(tx: Tx, task_id: int, booking: Booking | None, *, now: datetime) -> None:
    """The task's card shows that it is done."""
    addressing.to_staff(
        tx, booking, "staff.task", {"task": task_id}, delivery="latest", silent=True, card=f"task:{task_id}", now=now
    )
