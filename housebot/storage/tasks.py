"""Owns the rows of tasks for people: open until somebody says done."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to do: refund by hand, call, choose what becomes of late money."""

    id: int
    kind: str
    booking_id: int | None
    payment_id: int | None
    facts: dict[str, Any]
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    version: int


def put(
    tx: Tx, *, kind: str, booking_id: int | None, payment_id: int | None, facts: dict[str, Any], now: datetime
) -> int:
    """Open a task; one of a kind, booking and payment is open at a time, and asking again changes its facts."""
    return int(
        tx.value(
            """
            INSERT INTO tasks (kind, booking_id, payment_id, facts, created_at) VALUES (:kind, :booking_id, :payment_id, :facts, :now)
            ON CONFLICT (kind, booking_id, ifnull(payment_id, 0)) WHERE done_at IS NULL AND booking_id IS NOT NULL
            DO UPDATE SET facts = excluded.facts, version = version + 1
            RETURNING id
            """,
            kind=kind,
            booking_id=booking_id,
            payment_id=payment_id,
            facts=json.dumps(facts, ensure_ascii=False),
            now=utc_text(now),
        )
    )


def get(tx: Tx, task_id: int) -> Task | None:
    row = tx.one("SELECT * FROM tasks WHERE id = :id", id=task_id)
    return None if row is None else _task(row)


def find_open(tx: Tx, *, kind: str, booking_id: int) -> list[Task]:
    """Oldest first: more than one where money that never got to the booking is owed beside its own."""
    rows = tx.all(
        "SELECT * FROM tasks WHERE kind = :kind AND booking_id = :booking_id AND done_at IS NULL ORDER BY id",
        kind=kind,
        booking_id=booking_id,
    )
    return [_task(row) for row in rows]


def open_of_gift_order(tx: Tx, *, kind: str, order_id: int) -> list[Task]:
    """The same about a gift that was ordered."""
    rows = tx.all(
        "SELECT * FROM tasks WHERE kind = :kind AND done_at IS NULL AND json_extract(facts, '$.order') = :id ORDER BY id",
        kind=kind,
        id=order_id,
    )
    return [_task(row) for row in rows]


def open_of_payment(tx: Tx, payment_id: int) -> list[Task]:
    """Open tasks about money that never got to its booking or gift."""
    rows = tx.all("SELECT * FROM tasks WHERE payment_id = :id AND done_at IS NULL ORDER BY id", id=payment_id)
    return [_task(row) for row in rows]


def was_done(tx: Tx, *, kind: str, booking_id: int) -> bool:
    return (
        tx.one(
            "SELECT 1 FROM tasks WHERE kind = :kind AND booking_id = :booking_id AND done_at IS NOT NULL",
            kind=kind,
            booking_id=booking_id,
        )
        is not None
    )


def close(tx: Tx, task: Task, *, by: str, facts: dict[str, Any], now: datetime) -> bool:
    """Of two who say done, one is believed."""
    closed = tx.run(
        """
        UPDATE tasks SET done_at = :now, done_by = :by, facts = :facts, version = version + 1
        WHERE id = :id AND done_at IS NULL AND version = :version
        """,
        id=task.id,
        now=utc_text(now),
        by=by,
        facts=json.dumps(facts, ensure_ascii=False),
        version=task.version,
    )
    return closed == 1


def set_facts(tx: Tx, task: Task, facts: dict[str, Any]) -> bool:
    changed = tx.run(
        "UPDATE tasks SET facts = :facts, version = version + 1 WHERE id = :id AND done_at IS NULL AND version = :version",
        id=task.id,
        facts=json.dumps(facts, ensure_ascii=False),
        version=task.version,
    )
    return changed == 1


def listing(tx: Tx, *, open_only: bool, limit: int = 100) -> list[Task]:
    """Tasks, oldest first."""
    rows = tx.all(
        "SELECT * FROM tasks WHERE done_at IS NULL OR NOT :open_only ORDER BY id LIMIT :limit",
        open_only=open_only,
        limit=limit,
    )
    return [_task(row) for row in rows]


def _task(row: sqlite3.Row) -> Task:
    return Task(
        id=row["id"],
        kind=row["kind"],
        booking_id=row["booking_id"],
        payment_id=row["payment_id"],
        facts=json.loads(row["facts"]),
        created_at=from_utc_text(row["created_at"]),
        done_at=from_utc_text(row["done_at"]) if row["done_at"] else None,
        done_by=row["done_by"],
        version=row["version"],
    )
