"""Owns the rows of conversations: where each person stands in each chat, so that a restart forgets nothing (T8)."""

from dataclasses import dataclass

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Place:
    """Whose conversation: one bot, one chat, one person, one topic (0: none)."""

    bot_id: int
    chat_id: int
    user_id: int
    thread_id: int = 0


def load(tx: Tx, place: Place) -> tuple[str | None, str]:
    """State and data as JSON; the beginning where nothing is stored."""
    row = tx.one(
        """
        SELECT state, data FROM fsm
        WHERE bot_id = :bot_id AND chat_id = :chat_id AND user_id = :user_id AND thread_id = :thread_id
        """,
        bot_id=place.bot_id,
        chat_id=place.chat_id,
        user_id=place.user_id,
        thread_id=place.thread_id,
    )
    return (None, "{}") if row is None else (row["state"], row["data"])


def save(tx: Tx, place: Place, *, state: str | None, data: str, at: str) -> None:
    tx.run(
        """
        INSERT INTO fsm (bot_id, chat_id, user_id, thread_id, state, data, updated_at)
        VALUES (:bot_id, :chat_id, :user_id, :thread_id, :state, :data, :at)
        ON CONFLICT (bot_id, chat_id, user_id, thread_id) DO UPDATE SET state = :state, data = :data, updated_at = :at
        """,
        bot_id=place.bot_id,
        chat_id=place.chat_id,
        user_id=place.user_id,
        thread_id=place.thread_id,
        state=state,
        data=data,
        at=at,
    )
