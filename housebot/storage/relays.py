"""Owns the rows that lead a reply back: which message of a chat stands for which guest."""

from dataclasses import dataclass

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Relay:
    """A message that passes words on."""

    guest_id: int
    booking_id: int | None


def put(tx: Tx, chat_id: int, message_id: int, *, guest_id: int, booking_id: int | None, at: str) -> None:
    tx.run(
        """
        INSERT INTO relays (chat_id, message_id, guest_id, booking_id, created_at)
        VALUES (:chat_id, :message_id, :guest_id, :booking_id, :at)
        ON CONFLICT (chat_id, message_id) DO UPDATE SET guest_id = :guest_id, booking_id = :booking_id
        """,
        chat_id=chat_id,
        message_id=message_id,
        guest_id=guest_id,
        booking_id=booking_id,
        at=at,
    )


def find(tx: Tx, chat_id: int, message_id: int) -> Relay | None:
    row = tx.one(
        "SELECT guest_id, booking_id FROM relays WHERE chat_id = :chat_id AND message_id = :message_id",
        chat_id=chat_id,
        message_id=message_id,
    )
    return None if row is None else Relay(*row)
