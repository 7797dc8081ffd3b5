"""Owns the rows of webhook endpoints: who is told, of what, under which secrets. What is sealed stays sealed here (A6)."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One program of somebody. Its address and its secrets are sealed; `host` is all of the address that may be shown."""

    id: int
    url: str = field(repr=False)
    host: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    older_secret: str | None = field(repr=False)
    state: str  # active, off (it said 410), removed
    told_at: datetime | None
    actor: str
    created_at: datetime


def insert(tx: Tx, *, url: str, host: str, events: tuple[str, ...], secret: str, actor: str, now: datetime) -> int:
    return tx.insert(
        """
        INSERT INTO webhook_endpoints (url, host, events, secret, state, actor, created_at, updated_at)
        VALUES (:url, :host, :events, :secret, 'active', :actor, :now, :now)
        """,
        url=url,
        host=host,
        events=orjson.dumps(events).decode(),
        secret=secret,
        actor=actor,
        now=utc_text(now),
    )


def get(tx: Tx, endpoint_id: int) -> Endpoint | None:
    """One that was not removed."""
    row = tx.one("SELECT * FROM webhook_endpoints WHERE id = :id AND state <> 'removed'", id=endpoint_id)
    return None if row is None else _endpoint(row)


def listing(tx: Tx) -> list[Endpoint]:
    """Those that were not removed, oldest first."""
    return [_endpoint(row) for row in tx.all("SELECT * FROM webhook_endpoints WHERE state <> 'removed' ORDER BY id")]


def listening(tx: Tx) -> list[tuple[int, tuple[str, ...]]]:
    """Who is told at present, and of what: asked with every booking, so it reads no more than that."""
    rows = tx.all("SELECT id, events FROM webhook_endpoints WHERE state = 'active'")
    return [(row["id"], tuple(orjson.loads(row["events"]))) for row in rows]


def set_state(tx: Tx, endpoint_id: int, state: str, *, was: str, now: datetime) -> bool:
    """False where it was not in the state it was thought to be in."""
    changed = tx.run(
        "UPDATE webhook_endpoints SET state = :state, told_at = NULL, updated_at = :now WHERE id = :id AND state = :was",
        id=endpoint_id,
        state=state,
        was=was,
        now=utc_text(now),
    )
    return changed == 1


def forget_secrets(tx: Tx, endpoint_id: int) -> None:
    """Nothing secret stays of one that is removed."""
    tx.run("UPDATE webhook_endpoints SET url = '', secret = '', older_secret = NULL WHERE id = :id", id=endpoint_id)


def set_secrets(tx: Tx, endpoint_id: int, *, secret: str, older_secret: str | None, now: datetime) -> None:
    tx.run(
        "UPDATE webhook_endpoints SET secret = :secret, older_secret = :older, updated_at = :now WHERE id = :id",
        id=endpoint_id,
        secret=secret,
        older=older_secret,
        now=utc_text(now),
    )


def mark_told(tx: Tx, endpoint_id: int, *, now: datetime) -> bool:
    """The owners learn that it does not answer; False where they know."""
    changed = tx.run(
        "UPDATE webhook_endpoints SET told_at = :now WHERE id = :id AND told_at IS NULL",
        id=endpoint_id,
        now=utc_text(now),
    )
    return changed == 1


def answers_again(tx: Tx, endpoint_id: int) -> None:
    """The next silence is worth telling once more."""
    tx.run("UPDATE webhook_endpoints SET told_at = NULL WHERE id = :id AND told_at IS NOT NULL", id=endpoint_id)


def _endpoint(row: sqlite3.Row) -> Endpoint:
    return Endpoint(
        id=row["id"],
        url=row["url"],
        host=row["host"],
        events=tuple(orjson.loads(row["events"])),
        secret=row["secret"],
        older_secret=row["older_secret"],
        state=row["state"],
        told_at=None if row["told_at"] is None else from_utc_text(row["told_at"]),
        actor=row["actor"],
        created_at=from_utc_text(row["created_at"]),
    )
