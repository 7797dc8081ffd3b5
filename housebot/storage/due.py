"""Owns the rows of due work: what must happen at an instant, once (`kind`, `subject` is unique)."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Due:
    """One piece of work: `subject` is what it is about, `booking:17`."""

    id: int
    kind: str
    subject: str
    due_at: datetime
    facts: dict[str, Any]
    done_at: datetime | None
    outcome: str | None

    @property
    def subject_id(self) -> int:
        """The number in the subject."""
        return int(self.subject.rpartition(":")[2])


def put(tx: Tx, *, kind: str, subject: str, due_at: datetime, facts: dict[str, Any], now: datetime) -> None:
    """Plan it, or plan it anew: the same kind of work on the same subject has one row for ever."""
    tx.run(
        """
        INSERT INTO due (kind, subject, due_at, facts, created_at) VALUES (:kind, :subject, :due_at, :facts, :now)
        ON CONFLICT (kind, subject) DO UPDATE
        SET due_at = excluded.due_at, facts = excluded.facts, created_at = excluded.created_at, done_at = NULL, outcome = NULL
        """,
        kind=kind,
        subject=subject,
        due_at=utc_text(due_at),
        facts=orjson.dumps(facts).decode(),
        now=utc_text(now),
    )


def remove(tx: Tx, *, kind: str, subject: str) -> int:
    """Forget work that is not done yet."""
    return tx.run(
        "DELETE FROM due WHERE kind = :kind AND subject = :subject AND done_at IS NULL", kind=kind, subject=subject
    )


def ready(tx: Tx, now: datetime, *, limit: int) -> list[Due]:
    """What is due and not done, the oldest first."""
    rows = tx.all(
        "SELECT * FROM due WHERE done_at IS NULL AND due_at <= :now ORDER BY due_at, id LIMIT :limit",
        now=utc_text(now),
        limit=limit,
    )
    return [_due(row) for row in rows]


def claim(tx: Tx, row: Due, *, now: datetime) -> bool:
    """Mark it done if it still stands as it was read: of two who try, one succeeds."""
    claimed = tx.run(
        "UPDATE due SET done_at = :now, outcome = 'done' WHERE id = :id AND done_at IS NULL AND due_at = :due_at",
        id=row.id,
        now=utc_text(now),
        due_at=utc_text(row.due_at),
    )
    return claimed == 1


def remark(tx: Tx, row: Due, outcome: str) -> None:
    """Say what became of a claimed row, unless it has been planned anew meanwhile."""
    tx.run("UPDATE due SET outcome = :outcome WHERE id = :id AND done_at IS NOT NULL", id=row.id, outcome=outcome)


def postpone(tx: Tx, row: Due, until: datetime, *, outcome: str) -> None:
    """Try a row that failed again later."""
    tx.run(
        "UPDATE due SET due_at = :until, outcome = :outcome WHERE id = :id AND done_at IS NULL",
        id=row.id,
        until=utc_text(until),
        outcome=outcome,
    )


def find(tx: Tx, *, kind: str, subject: str) -> Due | None:
    row = tx.one("SELECT * FROM due WHERE kind = :kind AND subject = :subject", kind=kind, subject=subject)
    return None if row is None else _due(row)


def open_rows(tx: Tx) -> list[Due]:
    """Everything still to be done, in order of time."""
    return [_due(row) for row in tx.all("SELECT * FROM due WHERE done_at IS NULL ORDER BY due_at, id")]


def open_of_subject(tx: Tx, subject: str) -> list[Due]:
    """Everything still to be done about one subject."""
    return [
        _due(row)
        for row in tx.all(
            "SELECT * FROM due WHERE subject = :subject AND done_at IS NULL ORDER BY due_at", subject=subject
        )
    ]


def _due(row: sqlite3.Row) -> Due:
    return Due(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        due_at=from_utc_text(row["due_at"]),
        facts=orjson.loads(row["facts"]),
        done_at=from_utc_text(row["done_at"]) if row["done_at"] else None,
        outcome=row["outcome"],
    )
