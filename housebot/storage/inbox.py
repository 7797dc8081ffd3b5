"""Owns the rows of what came in: Telegram updates as they arrived, and whether their effect has been committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One update as it came."""

    id: int
    bot_id: int
    update_id: int
    lane: str
    body: str
    received_at: str
    state: str
    attempts: int


def add(tx: Tx, rows: Iterable[dict[str, Any]]) -> int:
    """How many of them are new: a row we already have is the same update delivered again."""
    return sum(
        tx.run(
            """
            INSERT INTO inbox (bot_id, update_id, lane, body, received_at)
            VALUES (:bot_id, :update_id, :lane, :body, :received_at)
            ON CONFLICT (bot_id, update_id) DO NOTHING
            """,
            **row,
        )
        for row in rows
    )


def add_done(tx: Tx, row: dict[str, Any]) -> bool:
    """Whether it is new; it is then stored as done, for its effect is in this very piece."""
    return (
        tx.run(
            """
            INSERT INTO inbox (bot_id, update_id, lane, body, received_at, state, done_at)
            VALUES (:bot_id, :update_id, :lane, :body, :received_at, 'done', :received_at)
            ON CONFLICT (bot_id, update_id) DO NOTHING
            """,
            **row,
        )
        == 1
    )


def lane_waits(tx: Tx, lane: str) -> bool:
    """Whether an older update of that lane is still to be done."""
    return tx.value("SELECT 1 FROM inbox WHERE state = 'new' AND lane = :lane LIMIT 1", lane=lane) is not None


def forget(tx: Tx, *, before: str) -> int:
    """Ids restart after a quiet week: what is finished and older must not shadow what comes under the same number."""
    return tx.run("DELETE FROM inbox WHERE received_at < :before AND state <> 'new'", before=before)


def waiting(tx: Tx, *, limit: int) -> list[tuple[int, str]]:
    """(id, lane) of what is still to be done, oldest first."""
    rows = tx.all("SELECT id, lane FROM inbox WHERE state = 'new' ORDER BY id LIMIT :limit", limit=limit)
    return [(row["id"], row["lane"]) for row in rows]


def get(tx: Tx, row_id: int) -> InboxRow | None:
    row = tx.one(
        "SELECT id, bot_id, update_id, lane, body, received_at, state, attempts FROM inbox WHERE id = :id", id=row_id
    )
    return None if row is None else InboxRow(*row)


def mark_done(tx: Tx, row_id: int, *, at: str) -> bool:
    """Whether it was still to be done."""
    return (
        tx.run("UPDATE inbox SET state = 'done', done_at = :at WHERE id = :id AND state = 'new'", id=row_id, at=at) == 1
    )


def mark_failed(tx: Tx, row_id: int, *, error: str, limit: int, at: str) -> bool:
    """Count a failure; whether it was the last one and the update is now set aside."""
    changed = tx.run(
        """
        UPDATE inbox SET attempts = attempts + 1, error = :error,
               state = CASE WHEN attempts + 1 >= :limit THEN 'aside' ELSE 'new' END,
               done_at = CASE WHEN attempts + 1 >= :limit THEN :at END
        WHERE id = :id AND state = 'new'
        """,
        id=row_id,
        error=error,
        limit=limit,
        at=at,
    )
    return changed == 1 and tx.value("SELECT state FROM inbox WHERE id = :id", id=row_id) == "aside"
