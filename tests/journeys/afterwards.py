"""What journeys after the hold begin with: a guest, the clock at a time of the house, and what the guest was sent."""

from datetime import datetime, timedelta
from typing import Any

from housebot.domain.period import local
from housebot.services import payments, receipts
from housebot.services.bookings import Booking
from housebot.services.receipts import Receipt
from housebot.simulator.client import Person, Seen
from tests import factories
from tests.journeys.house import House

ZONE = factories.secret_house().zone


async def at_local(house: House, text: str) -> None:
    """Move the clock to a time of the house."""
    wanted = datetime.fromisoformat(text)
    await house.advance(seconds=(wanted - local(house.now, ZONE)) / timedelta(seconds=1))


async def newcomer(house: House, name: str = "Мария", **facts: Any) -> Person:
    """Somebody who has pressed /start."""
    guest = await house.guest(name, **facts)
    await guest.start()
    await house.settle()
    return guest


async def theirs(person: Person, code: str) -> list[Seen]:
    """Every message of ours that names this booking."""
    return [one for one in await person.messages() if not one["mine"] and code in one.text]


async def said(person: Person, words: str) -> list[Seen]:
    """Every message of ours with these words."""
    return [one for one in await person.messages() if not one["mine"] and words in one.text]


def files(house: House, booking: Booking) -> list[Receipt]:
    return house.read(lambda tx: receipts.of_booking(tx, booking.id))


def paid(house: House, booking: Booking) -> int:
    return house.read(lambda tx: payments.paid(tx, booking.id))


def rows(house: House, kind: str) -> int:
    """How many messages of a kind were ever put into the outbox."""
    return int(house.read(lambda tx: tx.value("SELECT COUNT(*) FROM outbox WHERE kind = :kind", kind=kind)))


def content(house: House, sent: Seen) -> bytes:
    """The bytes of the picture or file of a message."""
    stored = house.simulator.world.files
    chat = next(one for one in house.simulator.world.private.values() if one.id == sent["chat_id"])
    body = chat.messages[sent.id].body
    shape = body["document"] if "document" in body else body["photo"][-1]
    return stored.bytes_of(stored.files[shape["file_unique_id"]])
