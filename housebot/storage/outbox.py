"""Owns the rows of what goes out, from the transaction that caused them to the answer of the other side."""

from dataclasses import dataclass
from typing import Any

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message to somebody, as it is stored; `facts` is JSON."""

    id: int
    delivery: str
    kind: str
    facts: str
    chat_id: int
    thread_id: int | None
    language: str
    priority: int
    silent: int
    card: str | None
    replaces: str | None
    booking_id: int | None
    state: str
    attempts: int
    ambiguous: int
    next_try_at: str
    created_at: str
    done_at: str | None
    message_id: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """The message of a chat that leaves next; `priority` is the most urgent of all that wait behind it."""

    chat_id: int
    id: int
    priority: int
    next_try_at: str


def add(tx: Tx, values: dict[str, Any]) -> int:
    return tx.insert(
        """
        INSERT INTO outbox (class, kind, facts, chat_id, thread_id, language, priority, silent, card, replaces, booking_id,
                            next_try_at, created_at)
        VALUES (:delivery, :kind, :facts, :chat_id, :thread_id, :language, :priority, :silent, :card, :replaces, :booking_id,
                :at, :at)
        """,
        **values,
    )


def replace(tx: Tx, replaces: str, *, at: str) -> None:
    """The newest under a key is the only one that still waits."""
    tx.run(
        "UPDATE outbox SET state = 'dropped', done_at = :at, error = 'replaced' WHERE replaces = :replaces AND state = 'queued'",
        replaces=replaces,
        at=at,
    )


def waits(tx: Tx, card: str, chat_id: int) -> bool:
    """Whether a message under that card is still to leave for that chat."""
    found = tx.value(
        """
        SELECT EXISTS (SELECT 1 FROM outbox WHERE chat_id = :chat_id AND card = :card AND state = 'queued')
        """,
        chat_id=chat_id,
        card=card,
    )
    return bool(found)


def get(tx: Tx, row_id: int) -> OutboxRow | None:
    row = tx.one("SELECT * FROM outbox WHERE id = :id", id=row_id)
    return None if row is None else _row(dict(row))


def heads(tx: Tx, *, limit: int) -> list[Head]:
    """The next message of every chat that waits, most urgent chats first. What a chat is told leaves in order."""
    rows = tx.all(
        """
        SELECT chat_id, MIN(id) AS id, MIN(priority) AS priority FROM outbox
        WHERE state = 'queued' GROUP BY chat_id ORDER BY MIN(priority), MIN(id) LIMIT :limit
        """,
        limit=limit,
    )
    return [
        Head(
            row["chat_id"],
            row["id"],
            row["priority"],
            tx.value("SELECT next_try_at FROM outbox WHERE id = :id", id=row["id"]),
        )
        for row in rows
    ]


def mark_sending(tx: Tx, row_id: int) -> bool:
    """Whether it was still waiting. From here on it may have left."""
    return (
        tx.run(
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = :id AND state = 'queued'",
            id=row_id,
        )
        == 1
    )


def finish(
    tx: Tx, row_id: int, *, state: str, at: str, message_id: int | None = None, error: str | None = None
) -> None:
    """The end of a row, whatever became of it meanwhile: what was sent was sent."""
    tx.run(
        "UPDATE outbox SET state = :state, done_at = :at, message_id = :message_id, error = :error WHERE id = :id",
        id=row_id,
        state=state,
        at=at,
        message_id=message_id,
        error=error,
    )


def postpone(tx: Tx, row_id: int, *, next_try_at: str, error: str) -> None:
    """Back into the queue, unless it was dropped or replaced while it was on its way."""
    tx.run(
        """
        UPDATE outbox SET attempts = attempts + (state = 'queued'), state = 'queued', next_try_at = :next_try_at, error = :error
        WHERE id = :id AND state IN ('queued', 'sending')
        """,
        id=row_id,
        next_try_at=next_try_at,
        error=error,
    )


def count_ambiguous(tx: Tx, row_id: int) -> None:
    tx.run("UPDATE outbox SET ambiguous = ambiguous + 1 WHERE id = :id", id=row_id)


def settle_interrupted(tx: Tx, *, at: str) -> list[int]:
    """Rows whose call a dying process had begun: they may have arrived and are never sent again."""
    found = [row["id"] for row in tx.all("SELECT id FROM outbox WHERE state = 'sending'")]
    for row_id in found:
        count_ambiguous(tx, row_id)
        finish(tx, row_id, state="ambiguous", at=at, error="the process ended during the call")
    return found


def listing(tx: Tx, *, state: str | None, limit: int) -> list[OutboxRow]:
    rows = tx.all(
        "SELECT * FROM outbox WHERE (:state IS NULL OR state = :state) ORDER BY id DESC LIMIT :limit",
        state=state,
        limit=limit,
    )
    return [_row(dict(row)) for row in rows]


def counts(tx: Tx) -> dict[str, int]:
    """How many rows are in each state, and under `doubtful` how many tries may have arrived unanswered."""
    found = {row["state"]: row["n"] for row in tx.all("SELECT state, COUNT(*) AS n FROM outbox GROUP BY state")}
    found["doubtful"] = tx.value("SELECT COALESCE(SUM(ambiguous), 0) FROM outbox")
    return found


def withdraw(tx: Tx, chat_id: int, *, at: str, error: str) -> list[OutboxRow]:
    """What waited for that chat, oldest first, and waits no more."""
    found = tx.all("SELECT * FROM outbox WHERE chat_id = :chat_id AND state = 'queued' ORDER BY id", chat_id=chat_id)
    tx.run(
        "UPDATE outbox SET state = 'dropped', done_at = :at, error = :error WHERE chat_id = :chat_id AND state = 'queued'",
        chat_id=chat_id,
        at=at,
        error=error,
    )
    return [_row(dict(row)) for row in found]


def requeue(tx: Tx, row_id: int, *, at: str) -> bool:
    return (
        tx.run(
            """
            UPDATE outbox SET state = 'queued', next_try_at = :at, done_at = NULL, error = NULL, replaces = NULL
            WHERE id = :id AND state IN ('queued', 'failed', 'ambiguous', 'dropped')
            """,
            id=row_id,
            at=at,
        )
        == 1
    )


def drop(tx: Tx, row_id: int, *, at: str, error: str) -> bool:
    return (
        tx.run(
            "UPDATE outbox SET state = 'dropped', done_at = :at, error = :error WHERE id = :id AND state = 'queued'",
            id=row_id,
            at=at,
            error=error,
        )
        == 1
    )


def _row(values: dict[str, Any]) -> OutboxRow:
    return OutboxRow(delivery=values.pop("class"), **values)
