"""Owns what comes in: stored before it is acknowledged, taken in order, its effect and its done-mark in one piece (T1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from housebot.domain.period import utc_text
from housebot.services.ports import Tx
from housebot.storage import inbox as rows
from housebot.storage.inbox import InboxRow

__all__ = [
    "AlreadyDone", "InboxRow", "done", "failed", "forget_old", "get", "lane_of", "lane_waits", "store", "store_done", "waiting",
]  # fmt: skip

REMEMBERED = timedelta(days=6)  # ids may restart after a quiet week, and Telegram repeats an update for a day at most
PATIENCE = 3  # how often an update may raise before it is set aside
PRECHECKOUT = "precheckout"


class AlreadyDone(Exception):  # noqa: N818  it undoes the piece that came second, and is nobody's fault
    """The effect of this update is already committed."""


def store(tx: Tx, bot_id: int, updates: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Keep a batch as it came; how many of them we did not have yet. What is old and done goes first, and shadows nothing."""
    forget_old(tx, now=now)
    return rows.add(tx, (_row(bot_id, update, now) for update in updates))


def store_done(tx: Tx, bot_id: int, update: Mapping[str, Any], *, now: datetime) -> None:
    """Keep an update in the piece of its effect, done; raises AlreadyDone, and the piece is undone, when we had it before."""
    forget_old(tx, now=now)
    if not rows.add_done(tx, _row(bot_id, update, now)):
        raise AlreadyDone


def lane_waits(tx: Tx, lane: str) -> bool:
    """Whether something older of that lane is still to be done."""
    return rows.lane_waits(tx, lane)


def forget_old(tx: Tx, *, now: datetime) -> int:
    """Goes before anything is stored, so that an id handled eight days ago does not shadow a new one."""
    return rows.forget(tx, before=utc_text(now - REMEMBERED))


def lane_of(update: Mapping[str, Any]) -> str:
    """Updates of one lane are handled one after another; a payment about to happen waits for nobody."""
    if "pre_checkout_query" in update:
        return PRECHECKOUT
    for content in update.values():
        if isinstance(content, Mapping):
            chat = content.get("chat") or (content.get("message") or {}).get("chat") or content.get("from") or {}
            if "id" in chat:
                return f"chat:{chat['id']}"
    return "other"


def chat_of(row: InboxRow) -> int | None:
    """Whom to tell when the update cannot be handled."""
    kind, _, chat_id = row.lane.partition(":")
    return int(chat_id) if kind == "chat" else None


def waiting(tx: Tx, *, limit: int = 200) -> list[tuple[int, str]]:
    """(id, lane) of the oldest that are still to be done."""
    return rows.waiting(tx, limit=limit)


def get(tx: Tx, row_id: int) -> InboxRow | None:
    return rows.get(tx, row_id)


def done(tx: Tx, row_id: int, *, now: datetime) -> None:
    """The done-mark; raises AlreadyDone when somebody set it before, and the piece around it is undone."""
    if not rows.mark_done(tx, row_id, at=utc_text(now)):
        raise AlreadyDone


def failed(tx: Tx, row_id: int, *, error: str, now: datetime) -> bool:
    """Count a failure; whether the update is now set aside."""
    return rows.mark_failed(tx, row_id, error=error, limit=PATIENCE, at=utc_text(now))


def _row(bot_id: int, update: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "bot_id": bot_id,
        "update_id": update["update_id"],
        "lane": lane_of(update),
        "body": orjson.dumps(update).decode(),
        "received_at": utc_text(now),
    }
