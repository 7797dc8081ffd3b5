"""Owns the rows of live messages: under which key a message of a chat is edited from now on."""

from housebot.storage.tx import Tx


def message_id(tx: Tx, key: str, chat_id: int) -> int | None:
    found: int | None = tx.value(
        "SELECT message_id FROM cards WHERE key = :key AND chat_id = :chat_id", key=key, chat_id=chat_id
    )
    return found


def put(tx: Tx, key: str, chat_id: int, *, message_id: int, at: str) -> None:
    tx.run(
        """
        INSERT INTO cards (key, chat_id, message_id, updated_at) VALUES (:key, :chat_id, :message_id, :at)
        ON CONFLICT (key, chat_id) DO UPDATE SET message_id = :message_id, updated_at = :at
        """,
        key=key,
        chat_id=chat_id,
        message_id=message_id,
        at=at,
    )


def drop(tx: Tx, key: str, chat_id: int) -> None:
    tx.run("DELETE FROM cards WHERE key = :key AND chat_id = :chat_id", key=key, chat_id=chat_id)


def key_of(tx: Tx, chat_id: int, message_id: int) -> str | None:
    """Which card that message is, if it is one that is still live."""
    found: str | None = tx.value(
        "SELECT key FROM cards WHERE chat_id = :chat_id AND message_id = :message_id",
        chat_id=chat_id,
        message_id=message_id,
    )
    return found


def of_chat(tx: Tx, chat_id: int) -> list[str]:
    """The keys of every card of that chat."""
    return [
        row["key"] for row in tx.all("SELECT key FROM cards WHERE chat_id = :chat_id ORDER BY key", chat_id=chat_id)
    ]


def chats(tx: Tx, key: str) -> list[int]:
    """Every chat where that card stands."""
    return [row["chat_id"] for row in tx.all("SELECT chat_id FROM cards WHERE key = :key ORDER BY chat_id", key=key)]
