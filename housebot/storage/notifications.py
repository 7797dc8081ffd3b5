"""Owns what providers send by themselves, as it came: kept once, worked through in order; when it is old the body is forgotten."""

from datetime import datetime
from typing import NamedTuple

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


class Notification(NamedTuple):
    """One body nobody has looked into yet."""

    id: int
    body: bytes


class Aside(NamedTuple):
    """One body nobody could read."""

    id: int
    provider: str
    body: bytes
    received_at: datetime


def add(tx: Tx, *, provider: str, digest: str, body: bytes, now: datetime) -> bool:
    """Keep it; False for one that has come before. `digest` is of the body, or the provider's own name of the event."""
    added = tx.run(
        """
        INSERT INTO notifications (provider, digest, body, received_at) VALUES (:provider, :digest, :body, :now)
        ON CONFLICT DO NOTHING
        """,
        provider=provider,
        digest=digest,
        body=body,
        now=utc_text(now),
    )
    return added == 1


def new(tx: Tx, *, provider: str, limit: int) -> list[Notification]:
    rows = tx.all(
        "SELECT id, body FROM notifications WHERE state = 'new' AND provider = :provider ORDER BY id LIMIT :limit",
        provider=provider,
        limit=limit,
    )
    return [Notification(row["id"], bytes(row["body"])) for row in rows]


def last_of(tx: Tx, provider: str) -> datetime | None:
    """When something came of that provider last."""
    row = tx.one("SELECT max(received_at) AS at FROM notifications WHERE provider = :provider", provider=provider)
    return None if row is None or row["at"] is None else from_utc_text(row["at"])


def aside(tx: Tx) -> list[Aside]:
    """What nobody could read and no person has looked at, the oldest first."""
    rows = tx.all("SELECT id, provider, body, received_at FROM notifications WHERE state = 'aside' ORDER BY id")
    return [Aside(row["id"], row["provider"], bytes(row["body"]), from_utc_text(row["received_at"])) for row in rows]


def seen(tx: Tx, notification_id: int) -> bool:
    """A person has dealt with it; False where it was not put aside."""
    return tx.run("UPDATE notifications SET state = 'done' WHERE id = :id AND state = 'aside'", id=notification_id) == 1


def set_state(tx: Tx, notification_id: int, state: str) -> bool:
    """Once: False for what somebody has worked through already."""
    changed = tx.run(
        "UPDATE notifications SET state = :state WHERE id = :id AND state = 'new'", id=notification_id, state=state
    )
    return changed == 1


def forget(tx: Tx, before: datetime) -> None:
    """The bodies of what was worked through, but not that they came; what could not be read stays for a person."""
    tx.run(
        "UPDATE notifications SET body = x'' WHERE received_at < :before AND state = 'done' AND body <> x''",
        before=utc_text(before),
    )
