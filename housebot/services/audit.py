"""Owns what is remembered about every change: who, through which door, what was before and after, and why (A7)."""

from datetime import datetime
from typing import Any

from housebot.services.ports import Actor
from housebot.storage import audit as rows
from housebot.storage.audit import Entry
from housebot.storage.tx import Tx

__all__ = ["Entry", "history", "write"]


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
