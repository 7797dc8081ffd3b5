"""Owns the rows of what endpoints are told: events, their deliveries, and every try of each (A6)."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx

FORGET_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: int
    endpoint_id: int
    host: str
    event: str  # the code by which receivers know a repetition
    kind: str
    body: str
    state: str  # waiting, done, given_up, dropped
    tries: int
    tries_before: int
    since: datetime
    due_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt; `problem` is empty for a good answer and None where no end of it was ever written down."""

    number: int
    at: datetime
    status: int | None
    problem: str | None
    milliseconds: int | None


def add(tx: Tx, *, code: str, kind: str, body: str, endpoints: Iterable[int], now: datetime) -> list[int]:
    """One event, and a delivery for each endpoint; the numbers of the deliveries."""
    event_id = tx.insert(
        "INSERT INTO webhook_events (code, kind, body, created_at) VALUES (:code, :kind, :body, :now)",
        code=code,
        kind=kind,
        body=body,
        now=utc_text(now),
    )
    return [
        tx.insert(
            """
            INSERT INTO webhook_deliveries (event_id, endpoint_id, state, since, due_at, updated_at)
            VALUES (:event_id, :endpoint_id, 'waiting', :now, :now, :now)
            """,
            event_id=event_id,
            endpoint_id=endpoint_id,
            now=utc_text(now),
        )
        for endpoint_id in endpoints
    ]


def endpoints_due(tx: Tx, *, now: datetime) -> list[int]:
    """Active endpoints for which something is due."""
    rows = tx.all(
        """
        SELECT id FROM webhook_endpoints AS e WHERE state = 'active'
            AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND due_at <= :now)
        ORDER BY id
        """,
        now=utc_text(now),
    )
    return [row["id"] for row in rows]


def due(tx: Tx, endpoint_id: int, *, now: datetime, limit: int) -> list[Delivery]:
    """What is due for one endpoint, the longest waiting first."""
    rows = tx.all(
        f"{_SELECT} WHERE d.endpoint_id = :endpoint_id AND d.due_at <= :now ORDER BY d.due_at, d.id LIMIT :limit",
        endpoint_id=endpoint_id,
        now=utc_text(now),
        limit=limit,
    )
    return [_delivery(row) for row in rows]


def begin_try(tx: Tx, delivery: Delivery, *, lost_at: datetime, now: datetime) -> int:
    """Claim it for one try, which is taken for lost at `lost_at`; the number of the try."""
    number = delivery.tries + 1
    tx.run(
        "UPDATE webhook_deliveries SET tries = :number, due_at = :lost_at, updated_at = :now WHERE id = :id",
        id=delivery.id,
        number=number,
        lost_at=utc_text(lost_at),
        now=utc_text(now),
    )
    tx.insert(
        "INSERT INTO webhook_tries (delivery_id, number, at) VALUES (:id, :number, :now)",
        id=delivery.id,
        number=number,
        now=utc_text(now),
    )
    return number


def end_try(tx: Tx, delivery_id: int, number: int, *, status: int | None, problem: str, milliseconds: int) -> None:
    """How the try ended, for the log."""
    tx.run(
        """
        UPDATE webhook_tries SET status = :status, problem = :problem, milliseconds = :milliseconds
        WHERE delivery_id = :id AND number = :number
        """,
        id=delivery_id,
        number=number,
        status=status,
        problem=problem,
        milliseconds=milliseconds,
    )


def end(tx: Tx, delivery_id: int, number: int, *, state: str, due_at: datetime | None, now: datetime) -> bool:
    """What the try makes of the delivery; False where it is no longer the try's to say."""
    changed = tx.run(
        """
        UPDATE webhook_deliveries SET state = :state, due_at = :due_at, updated_at = :now
        WHERE id = :id AND tries = :number AND state = 'waiting'
        """,
        id=delivery_id,
        number=number,
        state=state,
        due_at=None if due_at is None else utc_text(due_at),
        now=utc_text(now),
    )
    return changed == 1


def drop_waiting(tx: Tx, endpoint_id: int, *, now: datetime) -> int:
    """Nothing more is sent to that endpoint; how many were still to be."""
    return tx.run(
        """
        UPDATE webhook_deliveries SET state = 'dropped', due_at = NULL, updated_at = :now
        WHERE endpoint_id = :endpoint_id AND due_at IS NOT NULL
        """,
        endpoint_id=endpoint_id,
        now=utc_text(now),
    )


def send_again(tx: Tx, delivery_id: int, *, now: datetime) -> None:
    """From the beginning, with all its patience."""
    tx.run(
        """
        UPDATE webhook_deliveries SET state = 'waiting', tries_before = tries, since = :now, due_at = :now, updated_at = :now
        WHERE id = :id
        """,
        id=delivery_id,
        now=utc_text(now),
    )


def get(tx: Tx, delivery_id: int) -> Delivery | None:
    row = tx.one(f"{_SELECT} WHERE d.id = :id", id=delivery_id)
    return None if row is None else _delivery(row)


def listing(tx: Tx, *, endpoint_id: int | None, state: str | None, limit: int) -> list[Delivery]:
    """The newest first."""
    rows = tx.all(
        f"""
        {_SELECT} WHERE (:endpoint_id IS NULL OR d.endpoint_id = :endpoint_id) AND (:state IS NULL OR d.state = :state)
        ORDER BY d.id DESC LIMIT :limit
        """,
        endpoint_id=endpoint_id,
        state=state,
        limit=limit,
    )
    return [_delivery(row) for row in rows]


def tries(tx: Tx, delivery_id: int) -> list[Try]:
    """Every attempt, oldest first."""
    rows = tx.all("SELECT * FROM webhook_tries WHERE delivery_id = :id ORDER BY number", id=delivery_id)
    return [
        Try(row["number"], from_utc_text(row["at"]), row["status"], row["problem"], row["milliseconds"]) for row in rows
    ]


def counts(tx: Tx, endpoint_id: int) -> dict[str, int]:
    """Deliveries by state."""
    rows = tx.all(
        "SELECT state, count(*) AS number FROM webhook_deliveries WHERE endpoint_id = :id GROUP BY state",
        id=endpoint_id,
    )
    return {row["state"]: row["number"] for row in rows}


def failing(tx: Tx, endpoint_id: int) -> int:
    """How many wait there after a try that came to nothing, the one on its way aside."""
    row = tx.one(
        """
        SELECT count(*) AS number FROM webhook_deliveries AS d WHERE endpoint_id = :id AND due_at IS NOT NULL AND EXISTS (
            SELECT 1 FROM webhook_tries WHERE delivery_id = d.id AND number > d.tries_before AND problem <> '')
        """,
        id=endpoint_id,
    )
    return 0 if row is None else int(row["number"])


def any_before(tx: Tx, moment: datetime) -> bool:
    """Whether a delivery came to its end before that."""
    found = tx.one(
        "SELECT 1 FROM webhook_deliveries WHERE due_at IS NULL AND updated_at < :moment LIMIT 1",
        moment=utc_text(moment),
    )
    return found is not None


def forget_before(tx: Tx, moment: datetime) -> int:
    """Delete what came to its end before that, and events nobody has anything of any more; how many deliveries went."""
    gone = tx.run(
        """
        DELETE FROM webhook_deliveries WHERE id IN (
            SELECT id FROM webhook_deliveries WHERE due_at IS NULL AND updated_at < :moment LIMIT :limit)
        """,
        moment=utc_text(moment),
        limit=FORGET_AT_ONCE,
    )
    tx.run(
        """
        DELETE FROM webhook_events WHERE created_at < :moment
            AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE event_id = webhook_events.id)
        """,
        moment=utc_text(moment),
    )
    return gone


_SELECT = """
    SELECT d.*, e.code, e.kind, e.body, e.created_at, p.host
    FROM webhook_deliveries AS d
    JOIN webhook_events AS e ON e.id = d.event_id
    JOIN webhook_endpoints AS p ON p.id = d.endpoint_id
"""


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        host=row["host"],
        event=row["code"],
        kind=row["kind"],
        body=row["body"],
        state=row["state"],
        tries=row["tries"],
        tries_before=row["tries_before"],
        since=from_utc_text(row["since"]),
        due_at=None if row["due_at"] is None else from_utc_text(row["due_at"]),
        created_at=from_utc_text(row["created_at"]),
    )
