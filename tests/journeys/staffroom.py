"""What journeys of staff begin with: a guest whose receipt waits at the owner, and what the file says afterwards."""

import json
from datetime import datetime, timedelta
from typing import Any

from housebot.domain.stay import StayRequest
from housebot.services import bookings, guests, payments, receipts
from housebot.services.bookings import Booking
from housebot.services.ports import Actor, Tx
from housebot.services.receipts import ReceiptFile
from housebot.simulator.client import Person, Seen
from tests.journeys.house import House

SATURDAY = datetime(2026, 12, 5, 16)
CARD = "Ждёт вас"


def stay(arrival: datetime = SATURDAY, hours: int = 24, *, tariff: str = "day", party: int = 4) -> StayRequest:
    """Secret House from that hour on."""
    extras = {"sauna": 1} if tariff == "day" else {}
    return StayRequest("house", tariff, arrival, arrival + timedelta(hours=hours), {"adult": party}, extras)


async def held(
    house: House, guest: Person, request: StayRequest | None = None, *, method: str | None = "bank", **facts: Any
) -> Booking:
    """A hold of that guest, made as the journey makes it."""
    phone = f"+37529{1112200 + guest.id % 100}"

    def piece(tx: Tx) -> Booking:
        known = guests.seen(tx, telegram_id=guest.id, name=guest.name, username=None, language_code="ru", now=house.now)
        guests.set_contact(tx, known.id, phone, shared=True, now=house.now)
        actor = Actor("guest", known.id, guest.name, "telegram")
        return bookings.hold(
            tx,
            request or stay(),
            guest_id=known.id,
            source="telegram",
            actor=actor,
            method=method,
            now=house.now,
            **facts,
        )

    return await house.write(piece)


async def paid(house: House, guest: Person, booking: Booking, picture: bytes | None = None) -> Seen:
    """The guest's photo of a receipt, as the receipt desk takes it."""
    photo = await guest.photo(picture)
    await house.settle()
    if not present(house, booking).under_review:
        file = _file_of(house)
        assert booking.guest_id is not None
        owner = booking.guest_id
        await house.write(
            lambda tx: receipts.hand_in(
                tx, guest_id=owner, file=file, sent_at=house.now, booking_id=booking.id, now=house.now
            )
        )
        await house.settle()
    return photo


def _file_of(house: House) -> ReceiptFile:
    body = house.read(lambda tx: tx.value("SELECT body FROM inbox WHERE body LIKE '%photo%' ORDER BY id DESC LIMIT 1"))
    photo = json.loads(body)["message"]["photo"][-1]
    return ReceiptFile("photo", photo["file_id"], photo["file_unique_id"])


async def waiting(
    house: House, guest: Person, request: StayRequest | None = None, *, picture: bytes | None = None, **facts: Any
) -> Booking:
    """A booking whose receipt waits for a decision; the card stands in both owners' chats."""
    booking = await held(house, guest, request, **facts)
    await paid(house, guest, booking, picture)
    return present(house, booking)


def present(house: House, booking: Booking) -> Booking:
    """As it stands now."""
    return house.read(lambda tx: bookings.get(tx, booking.id))


def ledger(house: House, booking: Booking) -> list[tuple[str, int]]:
    """Rows of money of that booking: kind and amount."""
    return [(row.kind, row.amount) for row in house.read(lambda tx: payments.listing(tx, booking_id=booking.id))]


async def card(person: Person, booking: Booking, *, chat: int | None = None) -> Seen:
    """The newest message of that person's screen that is a card of the booking."""
    found = [one for one in await person.messages(chat) if booking.code in one.text and not one["mine"]]
    assert found, f"{person} has no card of {booking.code}"
    return found[-1]


def rang(message: Seen) -> bool:
    """Whether the phone made a sound."""
    return bool(message["rang"])


async def texts_of(person: Person, chat: int | None = None) -> list[str]:
    """Everything on that screen that was not their own."""
    return [one.text for one in await person.messages(chat) if not one["mine"]]
