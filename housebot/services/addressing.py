"""Owns whom a notice reaches: the guest of a booking, staff who decide, the chat of facts; each gets an outbox row without prose (T2)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from housebot.services import cards, chats, outbox
from housebot.services.ports import Tx
from housebot.storage import guests as guest_rows
from housebot.storage.bookings import Booking

Delivery = Literal["must", "once", "latest"]


def guest_chat(tx: Tx, booking: Booking) -> tuple[int, str] | None:
    """Where the guest reads, and in which language; None for somebody without Telegram."""
    guest = guest_rows.get(tx, booking.guest_id) if booking.guest_id is not None else None
    if guest is None or guest.telegram_id is None:
        return None
    return guest.telegram_id, guest.language


def to_guest(
    tx: Tx,
    booking: Booking,
    kind: str,
    facts: dict[str, Any] | None = None,
    *,
    delivery: Delivery = "must",
    priority: int = outbox.SCREEN,
    card: str | None = None,
    now: datetime,
) -> None:
    """To the guest in their language; nothing where they have no chat."""
    chat = guest_chat(tx, booking)
    if chat is None:
        return
    outbox.put(
        tx,
        kind=kind,
        facts={"booking": booking.id} | (facts or {}),
        chat_id=chat[0],
        delivery=delivery,
        priority=priority,
        language=chat[1],
        card=card,
        booking_id=booking.id,
        now=now,
    )


def stands(tx: Tx, booking: Booking, card: str) -> bool:
    """Whether the guest has this card, or it is on its way: booked at once, or by phone, there was none of the hold."""
    chat = guest_chat(tx, booking)
    return chat is not None and (
        cards.message_id(tx, card, chat[0]) is not None or outbox.waits(tx, card=card, chat_id=chat[0])
    )


def to_staff(
    tx: Tx,
    booking: Booking | None,
    kind: str,
    facts: dict[str, Any] | None = None,
    *,
    delivery: Delivery = "must",
    silent: bool = False,
    card: str | None = None,
    now: datetime,
) -> None:
    """To whoever decides; what is newer of a card goes wherever that card stands."""
    people = {recipient.chat_id: recipient for recipient in chats.approvals(tx)}
    if delivery == "latest" and card is not None:
        # A card that stands in a chat which is no longer the chosen one must not keep its buttons.
        for chat_id in cards.chats(tx, card):
            people.setdefault(
                chat_id, chats.Recipient(chat_id, None, next(iter(people.values())).language if people else "en")
            )
    for recipient in people.values():
        outbox.put(
            tx,
            kind=kind,
            facts=({"booking": booking.id} if booking else {}) | (facts or {}),
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            delivery=delivery,
            priority=outbox.ALERT,
            language=recipient.language,
            silent=silent,
            card=card,
            booking_id=booking.id if booking else None,
            now=now,
        )


def to_facts(
    tx: Tx,
    booking: Booking,
    kind: str,
    facts: dict[str, Any],
    *,
    besides: Collection[chats.Recipient] = (),
    now: datetime,
) -> None:
    """To the chat of facts; not to a place `besides`, where more than the fact is being said."""
    told = {(one.chat_id, one.thread_id) for one in besides}
    for recipient in chats.facts(tx):
        if (recipient.chat_id, recipient.thread_id) in told:
            continue
        outbox.put(
            tx,
            kind=kind,
            facts={"booking": booking.id} | facts,
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            priority=outbox.SCREEN,
            language=recipient.language,
            booking_id=booking.id,
            now=now,
        )
