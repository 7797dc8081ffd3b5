"""Owns the first minute of a demo: people come, the owner shows the house, the house lives a little, and then it is today."""

import asyncio
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from housebot.cli import demo_pictures, demo_seed
from housebot.cli.demo_seed import IRINA, OWNER, PEOPLE, YOU
from housebot.services import inbox, outbox
from housebot.services.ports import Tx
from housebot.words import translator

if TYPE_CHECKING:
    from housebot.app import App
    from housebot.simulator.control import Control
    from housebot.simulator.server import Simulator

MOVED_IN = timedelta(days=2)  # before the visitor comes: the catalog is in force before the first guests book by it
GLANCE, GLANCES = 0.05, 400  # seconds, and how many of them


async def open_house(desk: "App", simulator: "Simulator", *, zone: ZoneInfo, language: str) -> None:
    """The clock stands `MOVED_IN` before today when this begins."""
    control = simulator.control
    _meet(control, language)
    album = await asyncio.to_thread(demo_pictures.album)
    await _show_the_house(desk, simulator, album, language)
    await control.advance(MOVED_IN.total_seconds())
    now = desk.clock.now()
    await desk.db.write(lambda tx: demo_seed.live(tx, zone=zone, now=now, language=language))
    await _quiet(desk, simulator)
    control.photo(IRINA)  # through the bot, as a guest does it
    await _quiet(desk, simulator)


def _meet(control: "Control", language: str) -> None:
    """Everybody has pressed Start but the visitor."""
    for person, somebody in PEOPLE.items():
        control.user(
            id=person,
            first_name=somebody.names[language],
            username=somebody.username,
            phone=somebody.phone,
            language_code=language,
        )
        if person != YOU:
            control.start(person)


async def _show_the_house(desk: "App", simulator: "Simulator", album: list[bytes], language: str) -> None:
    """The owner's photos, sent as owners send them."""
    control, words = simulator.control, translator(language)
    await _quiet(desk, simulator)
    control.send(OWNER, "/settings")
    await _quiet(desk, simulator)
    control.press(OWNER, words.plain("settings.button.photos"))
    await _quiet(desk, simulator)
    control.album(OWNER, [{"kind": "photo", "data": b64encode(picture).decode()} for picture in album])
    await _quiet(desk, simulator)
    control.press(OWNER, words.plain("button.back"))  # else the page would take every later picture for the house's
    await _quiet(desk, simulator)


async def _quiet(desk: "App", simulator: "Simulator") -> None:
    """Until everybody has been answered; a slow machine loses polish, no more."""
    for _ in range(GLANCES):
        if not simulator.control.pending() and not desk.db.read(_is_busy):
            return
        await asyncio.sleep(GLANCE)


def _is_busy(tx: Tx) -> bool:
    counted = outbox.counts(tx)
    return bool(inbox.waiting(tx, limit=1) or counted.get("queued", 0) or counted.get("sending", 0))
