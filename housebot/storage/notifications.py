"""Owns what providers send by themselves, as it came: kept once, worked through in order; when it is old the body is forgotten."""

from datetime import datetime
from typing import NamedTuple

from housebot.domain.period import utc_text
from housebot.storage.tx import Tx


class Notification(NamedTuple):
    """One body nobody has looked into yet."""

    id: int
    body: bytes


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
