"""Owns the rows of the audit log, which is append-only (A7)."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to whom, and what it looked like before and after."""

    id: int
    at: datetime
    actor: str
    channel: str
    action: str
    subject: str
    before: Any
    after: Any
    reason: str | None


def add(
    tx: Tx,
    *,
    at: datetime,
    actor: str,
    channel: str,
    action: str,
    subject: str,
    before: Any,
    after: Any,
    reason: str | None,
) -> None:
    tx.add(
        "audit",
        {
            "at": utc_text(at),
            "actor": actor,
            "channel": channel,
            "action": action,
            "subject": subject,
            "before": _json(before),
            "after": _json(after),
            "reason": reason,
        },
    )


def of_subject(tx: Tx, subject: str) -> list[Entry]:
    """The whole history of one thing, oldest first."""
    return [_entry(row) for row in tx.all("SELECT * FROM audit WHERE subject = :subject ORDER BY id", subject=subject)]


def of_actor(tx: Tx, actor: str, *, since: datetime, limit: int) -> list[Entry]:
    """What one person has done since, the newest first."""
    rows = tx.all(
        """
        SELECT * FROM audit INDEXED BY audit_of_actor WHERE actor = :actor AND at >= :since
        ORDER BY at DESC, id DESC LIMIT :limit
        """,
        actor=actor,
        since=utc_text(since),
        limit=limit,
    )
    return [_entry(row) for row in rows]


def get(tx: Tx, entry_id: int) -> Entry | None:
    row = tx.one("SELECT * FROM audit WHERE id = :id", id=entry_id)
    return None if row is None else _entry(row)


def numbers_since(tx: Tx, kind: str, since: datetime) -> set[int]:
    """The numbers of everything of a kind that something has happened to since."""
    rows = tx.all(
        """
        SELECT DISTINCT CAST(substr(subject, length(:kind) + 2) AS INTEGER) FROM audit INDEXED BY audit_subject
        WHERE subject > :kind || ':' AND subject < :kind || ';' AND at >= :since
        """,
        kind=kind,
        since=utc_text(since),
    )
    return {row[0] for row in rows}


def newest(tx: Tx) -> int:
    """The number of the last entry; 0 for none."""
    return int(tx.value("SELECT COALESCE(MAX(id), 0) FROM audit"))


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        at=from_utc_text(row["at"]),
        actor=row["actor"],
        channel=row["channel"],
        action=row["action"],
        subject=row["subject"],
        before=_value(row["before"]),
        after=_value(row["after"]),
        reason=row["reason"],
    )


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _value(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
