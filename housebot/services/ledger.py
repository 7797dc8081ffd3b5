"""Owns the writing of ledger rows: whoever asked to hear of money is told of each, and of how each ended (R44, A6)."""

from datetime import datetime
from typing import Any

from housebot.services import events
from housebot.services.ports import Tx
from housebot.storage import payments as rows


def add(tx: Tx, *, now: datetime, **row: Any) -> int:
    """One row more, with the columns of `storage.payments.add`; its number."""
    payment_id = rows.add(tx, **row, now=now)
    events.money(tx, payment_id, now=now)
    return payment_id


def settle(tx: Tx, payment_id: int, *, state: str, comment: str, booking_id: int | None = None, now: datetime) -> bool:
    """Unapplied money finds its end, with `booking_id` in a booking; False when somebody was faster."""
    if not rows.settle(tx, payment_id, state=state, comment=comment, booking_id=booking_id, now=now):
        return False
    events.money(tx, payment_id, "payment.settled" if booking_id is None else "payment.applied", now=now)
    return True


def finish(tx: Tx, payment_id: int, *, state: str, now: datetime) -> bool:
    """What was pending has come to its end; False when it had already."""
    if not rows.finish(tx, payment_id, state=state, now=now):
        return False
    events.money(tx, payment_id, now=now)
    return True
