"""Owns words that pass between guests and staff: a guest's message to whoever answers, and which message stands for which guest."""

from datetime import datetime, timedelta
from typing import Any

from housebot.errors import Refusal
from housebot.services import audit, catalogs, chats, deadlines, guests, outbox
from housebot.services.ports import Actor, Tx
from housebot.storage import relays as rows
from housebot.storage.bookings import Booking
from housebot.storage.relays import Relay

__all__ = ["Relay", "of_message", "to_guest", "to_staff"]

LONGEST = 3500  # with what stands around it, a message of Telegram


def to_staff(
    tx: Tx,
    *,
    guest_id: int,
    text: str,
    booking: Booking | None = None,
    file: dict[str, str] | None = None,
    now: datetime,
) -> None:
    """A guest's own words, or a file (`{"kind": photo|document, "id": file_id}`), to everybody who decides; a reply goes back.

    Silent while the desk is closed, unless the guest is in the house or comes within twelve hours.
    """
    facts: dict[str, Any] = {"guest": guest_id, "booking": booking.id if booking else None, "text": text}
    near = booking is not None and booking.start - now <= deadlines.NEAR and booking.end + timedelta(hours=1) > now
    silent = not (near or deadlines.desk_open(catalogs.current(tx, now=now), now))
    for recipient in chats.approvals(tx):
        outbox.put(
            tx,
            kind="staff.relay",
            facts=facts | ({"file": file} if file else {}),
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            priority=outbox.ALERT,
            language=recipient.language,
            silent=silent,
            booking_id=booking.id if booking else None,
            now=now,
        )


def of_message(tx: Tx, *, chat_id: int, message_id: int) -> Relay | None:
    """For whom a message of this chat stands: a reply to it is meant for that guest, or comes from them."""
    return rows.find(tx, chat_id, message_id)


def to_guest(tx: Tx, *, guest_id: int, text: str, booking: Booking | None = None, actor: Actor, now: datetime) -> None:
    """Staff's words to a guest; `not_found` for somebody without Telegram, `invalid` for nothing or a novel."""
    guest = guests.get(tx, guest_id)
    if guest.telegram_id is None:
        raise Refusal("not_found", what="guest")
    words = text.strip()
    if not words:
        raise Refusal("invalid", reason="empty")
    if len(words) > LONGEST:
        raise Refusal("invalid", reason="too_long", longest=LONGEST)
    relay = {"guest": guest_id, "booking": booking.id if booking else None}  # a reply to it comes back to staff
    outbox.put(
        tx,
        kind="guest.message",
        facts={"booking": booking.id if booking else None, "text": words, "relay": relay},
        chat_id=guest.telegram_id,
        priority=outbox.ALERT,
        language=guest.language,
        booking_id=booking.id if booking else None,
        now=now,
    )
    subject = booking.subject if booking else f"guest:{guest_id}"
    audit.write(tx, actor, "guest.message", subject, now=now)
