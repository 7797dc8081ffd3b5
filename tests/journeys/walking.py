"""Owns the steps that journey tests share: pressing through, and looking at what came of it in the file."""

from typing import Any

from housebot.simulator.client import Person, Press, Seen
from tests.journeys.house import House

HELP, BOOK = "✨ Помочь выбрать", "📅 Забронировать"
NOTHING, ACCEPT, SHARE = "Ничего, показать итог", "✅ Принимаю правила и бронирую", "📱 Поделиться номером"


async def press(house: House, guest: Person, text: str, **place: Any) -> Seen:
    """Press, wait until all is said, and look at the newest message."""
    await guest.press(text, **place)
    await house.settle()
    return await guest.last()


async def toast(house: House, guest: Person, text: str, **place: Any) -> str:
    """Press, and read the short answer over the button."""
    pressed: Press = await guest.press(text, **place)
    await house.settle()
    return pressed.toast


async def say(house: House, guest: Person, text: str) -> Seen:
    """Write, and look at the newest message of the desk."""
    await guest.send(text)
    await house.settle()
    return await guest.last()


async def began(house: House, guest: Person, payload: str = "") -> Seen:
    await guest.start(payload)
    await house.settle()
    return await guest.last()


def bookings(house: House) -> list[dict[str, Any]]:
    """The rows as they stand."""
    return house.read(lambda tx: [dict(row) for row in tx.all("SELECT * FROM bookings ORDER BY id")])
