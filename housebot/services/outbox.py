"""Owns what goes out: every message is a row in the transaction that caused it, of class must, once or latest (T2)."""

from datetime import datetime
from typing import Any, Literal

import orjson

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services.ports import Outgoing, Tx
from housebot.storage import cards as card_rows
from housebot.storage import outbox as rows
from housebot.storage.outbox import OutboxRow

__all__ = [
    "ALERT",
    "BROADCAST",
    "PAYMENT",
    "REMINDER",
    "SCREEN",
    "OutboxRow",
    "counts",
    "drop",
    "facts",
    "facts_of",
    "get",
    "listing",
    "outgoing",
    "put",
    "retry",
    "waits",
    "withdraw",
]

PAYMENT, ALERT, SCREEN, REMINDER, BROADCAST = range(5)  # who goes first when not everything can leave at once


def put(
    tx: Tx,
    *,
    kind: str,
    facts: dict[str, Any] | None = None,
    chat_id: int,
    delivery: Literal["must", "once", "latest"] = "must",
    priority: int = SCREEN,
    thread_id: int | None = None,
    language: str = "en",
    silent: bool = False,
    card: str | None = None,
    replaces: str | None = None,
    booking_id: int | None = None,
    now: datetime,
) -> int:
    """Say something to somebody; the id of the row. The Renderer finds the words at delivery from `kind` and `facts`.

    With `card` the message becomes, or edits, the live one under that key; `facts["ring"] = True` sends it anew in any case.
    A row with `replaces` takes the place of one that still waits under that key; class latest replaces by its card.
    """
    if delivery == "latest" and replaces is None:
        replaces = f"{card or kind}:{chat_id}"
    if replaces is not None:
        rows.replace(tx, replaces, at=utc_text(now))
    return rows.add(
        tx,
        {
            "delivery": delivery,
            "kind": kind,
            "facts": orjson.dumps(facts or {}).decode(),
            "chat_id": chat_id,
            "thread_id": thread_id,
            "language": language,
            "priority": priority,
            "silent": int(silent),
            "card": card,
            "replaces": replaces,
            "booking_id": booking_id,
            "at": utc_text(now),
        },
    )


def outgoing(tx: Tx, row: OutboxRow) -> Outgoing:
    """The row as delivery sees it: with the message to edit, where its card already stands in the chat."""
    facts: dict[str, Any] = orjson.loads(row.facts)
    message_id = None
    if row.card is not None and not facts.get("ring"):
        message_id = card_rows.message_id(tx, row.card, row.chat_id)
    return Outgoing(
        id=row.id,
        kind=row.kind,
        facts=facts,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        language=row.language,
        silent=bool(row.silent),
        card=row.card,
        message_id=message_id,
        delivery=row.delivery,
        replaces=row.replaces,
    )


def listing(tx: Tx, *, state: str | None = None, limit: int = 100) -> list[OutboxRow]:
    """The newest first."""
    return rows.listing(tx, state=state, limit=limit)


def waits(tx: Tx, *, card: str, chat_id: int) -> bool:
    """Whether a message that becomes this card has not left yet."""
    return rows.waits(tx, card, chat_id)


def facts_of(tx: Tx, row_id: int, *, chat_id: int) -> dict[str, Any]:
    """What a message of this chat was about: a button names its row where its facts are too long for a button; `not_found`."""
    row = rows.get(tx, row_id)
    if row is None or row.chat_id != chat_id:
        raise Refusal("not_found", what="message", id=row_id)
    facts: dict[str, Any] = orjson.loads(row.facts)
    return facts


def withdraw(tx: Tx, chat_id: int, *, now: datetime) -> list[OutboxRow]:
    """What waited for a chat that is closed to us, oldest first; none of it is sent there."""
    return rows.withdraw(tx, chat_id, at=utc_text(now), error="the chat is closed to us")


def get(tx: Tx, row_id: int) -> OutboxRow:
    """One message; `not_found`."""
    row = rows.get(tx, row_id)
    if row is None:
        raise Refusal("not_found", what="message", id=row_id)
    return row


def facts(row: OutboxRow) -> dict[str, Any]:
    """What the Renderer is told."""
    found: dict[str, Any] = orjson.loads(row.facts)
    return found


def counts(tx: Tx) -> dict[str, int]:
    """Rows by state; `doubtful` counts tries that may have arrived without an answer."""
    return rows.counts(tx)


def retry(tx: Tx, row_id: int, *, now: datetime) -> None:
    """Send a failed, ambiguous or dropped row once more, or a waiting one at once; else `not_found` or `stale`."""
    if not rows.requeue(tx, row_id, at=utc_text(now)):
        _refuse(tx, row_id)


def drop(tx: Tx, row_id: int, *, now: datetime) -> None:
    """Never send a waiting row; `not_found` or `stale` when it does not wait."""
    if not rows.drop(tx, row_id, at=utc_text(now), error="dropped by hand"):
        _refuse(tx, row_id)


def _refuse(tx: Tx, row_id: int) -> None:
    row = rows.get(tx, row_id)
    if row is None:
        raise Refusal("not_found", what="message", id=row_id)
    raise Refusal("stale", id=row_id, state=row.state)
