"""Owns where each conversation stands: state and draft of a person in a chat, kept in the database (T8)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from housebot.domain.period import utc_text
from housebot.services.ports import Tx
from housebot.storage import fsm as rows
from housebot.storage import people
from housebot.storage.fsm import Place

__all__ = ["Conversation", "Place", "language", "load", "save"]


@dataclass(slots=True)
class Conversation:
    """What is remembered between two messages of a person."""

    state: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def load(tx: Tx, place: Place) -> Conversation:
    """The beginning where nothing is remembered."""
    state, data = rows.load(tx, place)
    return Conversation(state, orjson.loads(data))


def save(tx: Tx, place: Place, conversation: Conversation, *, now: datetime) -> None:
    rows.save(tx, place, state=conversation.state, data=orjson.dumps(conversation.data).decode(), at=utc_text(now))


def language(tx: Tx, telegram_id: int) -> str | None:
    """Which language to speak with that person; None for a stranger."""
    return people.language(tx, telegram_id)
