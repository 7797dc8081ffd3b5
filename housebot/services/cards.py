"""Owns live messages: which message of a chat stands under a key such as `hold:17:guest`, and is edited in place."""

from datetime import datetime

from housebot.domain.period import utc_text
from housebot.services.ports import Tx
from housebot.storage import cards as rows

SCREEN = "screen"  # the live message of a conversation


def message_id(tx: Tx, key: str, chat_id: int) -> int | None:
    """The message to edit; None before the first delivery."""
    return rows.message_id(tx, key, chat_id)


def key_of(tx: Tx, chat_id: int, message_id: int) -> str | None:
    """Which card a pressed message is; None for one that is no longer live."""
    return rows.key_of(tx, chat_id, message_id)


def chats(tx: Tx, key: str) -> list[int]:
    """Every chat where the card stands, such as both owners' chats for `approval:17`."""
    return rows.chats(tx, key)


def of_chat(tx: Tx, chat_id: int) -> list[str]:
    """Every card that stands in that chat."""
    return rows.of_chat(tx, chat_id)


def filled(tx: Tx, key: str, chat_id: int, *, message_id: int, now: datetime) -> None:
    """Known from delivery alone."""
    rows.put(tx, key, chat_id, message_id=message_id, at=utc_text(now))


def set_aside(tx: Tx, key: str, chat_id: int, *, now: datetime) -> str | None:
    """Make room for a new message under this key; the key by which the old one can be edited from now on, where there is one."""
    standing = rows.message_id(tx, key, chat_id)
    if standing is None:
        return None
    older = f"{key}:{standing}"
    rows.drop(tx, key, chat_id)
    rows.put(tx, older, chat_id, message_id=standing, at=utc_text(now))
    return older


def lost(tx: Tx, key: str, chat_id: int) -> None:
    """The next row under this key is a new message."""
    rows.drop(tx, key, chat_id)
