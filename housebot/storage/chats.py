"""Owns the rows of the desk's own chats: one for approvals, one for facts."""

import sqlite3
from dataclasses import dataclass

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Chat:
    """A group, or a topic in one, that was connected for a purpose."""

    purpose: str
    chat_id: int
    thread_id: int | None
    title: str


def get(tx: Tx, purpose: str) -> Chat | None:
    """The chat of that purpose, or None where none is connected."""
    row = tx.one("SELECT purpose, chat_id, thread_id, title FROM chats WHERE purpose = :purpose", purpose=purpose)
    return None if row is None else _chat(row)


def listing(tx: Tx) -> list[Chat]:
    """Every connected chat."""
    return [_chat(row) for row in tx.all("SELECT purpose, chat_id, thread_id, title FROM chats ORDER BY purpose")]


def put(tx: Tx, chat: Chat, *, at: str, actor: str) -> None:
    """Connect the chat, in place of an earlier one of that purpose."""
    tx.run(
        """
        INSERT INTO chats (purpose, chat_id, thread_id, title, updated_at, actor)
        VALUES (:purpose, :chat_id, :thread_id, :title, :at, :actor)
        ON CONFLICT (purpose) DO UPDATE SET chat_id = excluded.chat_id, thread_id = excluded.thread_id,
            title = excluded.title, updated_at = excluded.updated_at, actor = excluded.actor
        """,
        purpose=chat.purpose,
        chat_id=chat.chat_id,
        thread_id=chat.thread_id,
        title=chat.title,
        at=at,
        actor=actor,
    )


def remove(tx: Tx, purpose: str) -> bool:
    """Disconnect; False where nothing was connected."""
    return tx.run("DELETE FROM chats WHERE purpose = :purpose", purpose=purpose) == 1


def move(tx: Tx, old: int, new: int, *, at: str) -> int:
    """A group became a supergroup: its rows, and what still waits to be sent to it, follow; how many chats moved.

    The messages of the old group cannot be edited in the new one, so its cards are forgotten and come anew.
    """
    moved = tx.run("UPDATE chats SET chat_id = :new, updated_at = :at WHERE chat_id = :old", old=old, new=new, at=at)
    tx.run("UPDATE outbox SET chat_id = :new WHERE chat_id = :old AND state = 'queued'", old=old, new=new)
    tx.run("DELETE FROM cards WHERE chat_id = :old", old=old)
    return moved


def forget(tx: Tx, chat_id: int) -> None:
    """A group is closed to us: what it was connected for and its cards are forgotten."""
    tx.run("DELETE FROM chats WHERE chat_id = :chat_id", chat_id=chat_id)
    tx.run("DELETE FROM cards WHERE chat_id = :chat_id", chat_id=chat_id)


def _chat(row: sqlite3.Row) -> Chat:
    return Chat(purpose=row["purpose"], chat_id=row["chat_id"], thread_id=row["thread_id"], title=row["title"])
