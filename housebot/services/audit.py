"""Owns what is remembered about every change: who, through which door, what was before and after, and why (A7)."""

from datetime import datetime
from typing import Any

from housebot.domain.instants import utc_text
from housebot.services.ports import Actor
from housebot.storage import audit as rows
from housebot.storage.audit import Entry
from housebot.storage.tx import Tx

__all__ = ["Entry", "as_json", "entry", "history", "newest", "numbers_since", "of_actor", "write"]


def write(
    tx: Tx,
    actor: Actor,
    action: str,
    subject: str,
    before: Any = None,
    after: Any = None,
    reason: str | None = None,
    *,
    now: datetime,
) -> None:
    """Add one entry in the transaction of the change itself; `before` and `after` are JSON-ready."""
    rows.add(
        tx,
        at=now,
        actor=str(actor),
        channel=actor.channel,
        action=action,
        subject=subject,
        before=before,
        after=after,
        reason=reason,
    )


def history(tx: Tx, subject: str) -> list[Entry]:
    """Everything that happened to one subject such as `booking:17`, oldest first."""
    return rows.of_subject(tx, subject)


def as_json(entry: Entry) -> dict[str, Any]:
    """One entry as scripts see it."""
    return {
        "at": utc_text(entry.at),
        "actor": entry.actor,
        "channel": entry.channel,
        "action": entry.action,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }


def of_actor(tx: Tx, actor: str, *, since: datetime, limit: int) -> list[Entry]:
    """What one person has done since that instant, the newest first."""
    return rows.of_actor(tx, actor, since=since, limit=limit)


def entry(tx: Tx, number: int) -> Entry | None:
    """One entry by its number."""
    return rows.get(tx, number)


def numbers_since(tx: Tx, kind: str, since: datetime) -> set[int]:
    """The numbers of the blocks, prices … that something has happened to since, those that are gone included."""
    return rows.numbers_since(tx, kind, since)


def newest(tx: Tx) -> int:
    """The number of the last entry, to tell what came after it; 0 for none."""
    return rows.newest(tx)
