"""Owns due work: what must happen at an instant is a row, claimed by a conditional UPDATE in the piece of its effect (DESIGN).

After a downtime work that still makes sense is done late, once; work that came too late to be of use is skipped, by kind.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from housebot.errors import Refusal
from housebot.services.ports import Database, Tx
from housebot.storage import due as rows
from housebot.storage.due import Due

__all__ = ["Due", "Kind", "drop", "find", "is_done", "is_overdue", "plan", "run_due", "waiting"]

log = logging.getLogger(__name__)

BATCH = 200
AFTER_A_FAULT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Kind:
    """What to do for rows of one kind, and for how long after its time it is still of use (None: for ever)."""

    do: Callable[[Tx, Due, datetime], None]
    useful: timedelta | None = None


def plan(
    tx: Tx, kind: str, subject: str, due_at: datetime, facts: dict[str, Any] | None = None, *, now: datetime
) -> None:
    """Do it at that time; planning the same kind for the same subject again moves it."""
    rows.put(tx, kind=kind, subject=subject, due_at=due_at, facts=facts or {}, now=now)


def drop(tx: Tx, kind: str, subject: str) -> None:
    """Forget it, if it is not done yet."""
    rows.remove(tx, kind=kind, subject=subject)


def find(tx: Tx, kind: str, subject: str) -> Due | None:
    """The row, done or not."""
    return rows.find(tx, kind=kind, subject=subject)


def is_done(tx: Tx, kind: str, subject: str) -> bool:
    """Whether it came up and was dealt with."""
    row = rows.find(tx, kind=kind, subject=subject)
    return row is not None and row.done_at is not None


def waiting(tx: Tx, subject: str | None = None) -> list[Due]:
    """What is still to be done, in order of time; about one subject, or all of it."""
    return rows.open_rows(tx) if subject is None else rows.open_of_subject(tx, subject)


def is_overdue(row: Due, now: datetime, *, patience: timedelta = timedelta(minutes=5)) -> bool:
    """Whether it should have been done by now: the desk is not running, or the work fails."""
    return row.done_at is None and row.due_at + patience < now


async def run_due(db: Database, *, now: datetime, kinds: Mapping[str, Kind] | None = None) -> int:
    """Do everything that is due, each row in a piece of its own; how many rows were claimed.

    A row that fails is tried again five minutes later and does not stop the others.
    """
    table = _table() if kinds is None else kinds
    claimed = 0
    while batch := db.read(lambda tx: rows.ready(tx, now, limit=BATCH)):
        for row in batch:
            claimed += await _run_one(db, row, table, now)
        if len(batch) < BATCH:
            break
    return claimed


async def _run_one(db: Database, row: Due, table: Mapping[str, Kind], now: datetime) -> int:
    try:
        return await db.write(lambda tx: _do(tx, row, table, now))
    except Refusal as refusal:
        if refusal.code == "temporarily_unavailable":
            raise
        fault = str(refusal)
    except Exception as problem:
        log.exception("due work failed", extra={"due": row.id, "kind": row.kind})
        fault = type(problem).__name__
    await db.write(lambda tx: rows.postpone(tx, row, now + AFTER_A_FAULT, outcome=fault))
    return 0


def _do(tx: Tx, row: Due, table: Mapping[str, Kind], now: datetime) -> int:
    if not rows.claim(tx, row, now=now):
        return 0
    kind = table.get(row.kind)
    if kind is None:
        rows.remark(tx, row, "unknown kind")
    elif kind.useful is not None and row.due_at + kind.useful < now:
        rows.remark(tx, row, "too late to be of use")
    else:
        kind.do(tx, row, now)
    return 1


def _table() -> Mapping[str, Kind]:
    # The work stands on top of the bookings, which plan their work here.
    from housebot.services.due_kinds import KINDS

    return KINDS
