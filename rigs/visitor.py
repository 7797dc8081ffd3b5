"""Owns a guest who books by typing a wish and pressing what is offered, as a person would, and reads what comes back.

    python -m rigs.visitor URL FOLDER SEED VISITS

As a process it drives the bot of a running desk over HTTP for the contention rig; the kill rig runs twenty of them itself.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from housebot.simulator.client import Person, Seen, SimClient, SimError
from housebot.simulator.errors import WrongWishError
from housebot.simulator.server import Simulator
from rigs import truth
from rigs.place import MONDAY, Place

T = TypeVar("T")

NOTHING, ACCEPT, TOTAL = "Ничего, показать итог", "✅ Принимаю правила и бронирую", "Показать итог"
KEPT, WHO, OFFER = "Держим для вас", "Как с вами связаться", re.compile(r"^[^🗓←☰]* · [\d ]+$")
NEAR = re.compile(r"^🗓.* · [\d ]+$")
SETTLES = 0.8  # how often somebody takes other dates than they wrote
CODE = re.compile(r"HB-\w+")
MONTHS = {12: "декабря", 1: "января"}
PAGE_FOLLOWS = 5.0  # seconds after a short answer within which its page has come, on the slowest machine
LOOK = 0.1  # seconds between two looks at the screen
STEPS = 12  # no way to a hold is longer


class NearClient(SimClient):
    """A client in the simulator's own process: the same controls, without the way over HTTP."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__("")
        self._simulator = simulator

    async def call(self, name: str, /, **arguments: Any) -> Any:
        self.mark = self._simulator.world.events.last
        given = {key: value for key, value in arguments.items() if value is not None}
        try:
            return await self._simulator.control.run(name, given)
        except WrongWishError as error:  # told as over HTTP: a card may change under the finger
            raise SimError(str(error)) from None

    async def until(self, check: Callable[[], Awaitable[T]], timeout: float = 60.0) -> T:  # noqa: ASYNC109
        """Looks again and again: twenty people on one long poll would wake each other all the time."""
        deadline = time.monotonic() + timeout
        while not (found := await check()):
            if time.monotonic() > deadline:
                raise SimError(f"nothing came of it in {timeout} s")
            await asyncio.sleep(LOOK)
        return found


@dataclass
class Visit:
    """What came of one wish: `held` with the code on the card, `taken`, `nothing offered`, `tired of pressing`, or `silence`."""

    outcome: str
    code: str = ""
    shown: list[str] = field(default_factory=list)


class Visitor:
    """One guest with a phone."""

    def __init__(self, person: Person, chance: random.Random, *, patience: float) -> None:
        self.person = person
        self.patience = patience
        self.accepted = 0  # how often "accept and book" was pressed
        self._chance = chance
        self._toasts_read = 0

    async def book(self) -> Visit:
        """From a typed wish to the hold card, or to the reason why not."""
        visit, before = Visit("silence"), self.accepted
        day = MONDAY + timedelta(days=self._chance.randrange(7))
        length = self._chance.choice(["12 часов", "сутки"])
        await self.person.send(f"{day.day} {MONTHS[day.month]}, 2 чел, {length}")
        for _ in range(STEPS):
            screen = await self._changed()
            if screen is None:
                return visit
            if isinstance(screen, str):  # "it is gone", over a page that looks as before: what was sold is free again
                return self._ended(visit, "taken" if self.accepted > before else "nothing offered")
            visit.shown.append(screen.text[:60])
            if KEPT in screen.text and CODE.search(screen.text):
                return self._ended(visit, "held", CODE.findall(screen.text)[0])
            if not await self._next(screen):
                return self._ended(visit, "taken" if self.accepted > before else "nothing offered")
        return self._ended(visit, "tired of pressing")

    async def _next(self, screen: Seen) -> bool:
        """Do what leads on; whether there was anything."""
        if WHO in screen.text:
            await self.person.share_contact()
            return True
        offers = [text for text in screen.buttons if OFFER.match(text)]
        for wanted in (ACCEPT, NOTHING, TOTAL):
            if wanted in screen.buttons:
                # Counted before it is pressed: a press that is under way when the desk dies is one, too.
                self.accepted += wanted == ACCEPT
                await self.person.press(wanted, wait=False, message_id=screen.id)
                return True
        if not offers and self._chance.random() < SETTLES:
            # Pushed out of the week: the nearest that is free will do.
            offers = [text for text in screen.buttons if NEAR.match(text)]
        if offers:
            await self.person.press(self._chance.choice(offers), wait=False, message_id=screen.id)
            return True
        return False

    async def _changed(self) -> Seen | str | None:
        """The newest thing on the screen that says something new since the last own action, or the short answer over a button
        when no page follows it; None when nothing comes."""
        read, said_at = self._toasts_read, 0.0

        async def look() -> Seen | str | None:
            nonlocal said_at
            seen = await self.person.messages(after=self.person._mark)
            new = [one for one in seen if _says_more(one)]
            if new:
                # The card of the hold outweighs what else changed with it.
                return next((one for one in new if KEPT in one.text), new[-1])
            toasts = await self.person.toasts()
            self._toasts_read = len(toasts)
            if len(toasts) > read and not said_at:
                said_at = time.monotonic()
            return toasts[-1] if said_at and time.monotonic() - said_at > PAGE_FOLLOWS else None

        try:
            return await self.person.sim.until(look, self.patience)
        except SimError:
            return None

    @staticmethod
    def _ended(visit: Visit, outcome: str, code: str = "") -> Visit:
        visit.outcome, visit.code = outcome, code
        return visit


def _says_more(message: Seen) -> bool:
    """Something to press or to answer; the welcome's way back to an old draft is not what was asked for."""
    if message["mine"] or any(text.startswith("▶️") for text in message.buttons):
        return False
    return bool(message.buttons) or WHO in message.text or KEPT in message.text


async def attend(url: str, place: Place, *, seed: int, visits: int) -> None:
    """So many wishes of one guest after another; each is judged by what stood in the file meanwhile."""
    async with SimClient(url) as sim:
        person = await sim.user(f"Visitor {seed}", language_code="ru", phone=f"+37529{3_000_000 + seed}")
        await person.start()
        visitor = Visitor(person, random.Random(seed), patience=90)
        for number in range(visits):
            visit = await visitor.book()
            say = {"wish": ["bot", str(seed), str(number)], "by bot": visit.outcome}
            if visit.outcome == "held":
                [row] = truth.rows(place.database, "SELECT id FROM bookings WHERE code = :code", code=visit.code)
                say |= {"held": row["id"]}
            elif visit.outcome == "silence":
                say |= {"trouble": f"no answer after {visit.shown}"}
            print(json.dumps(say, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    asyncio.run(attend(sys.argv[1], Place(Path(sys.argv[2])), seed=int(sys.argv[3]), visits=int(sys.argv[4])))
