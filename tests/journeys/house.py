"""A whole desk in one process: the real app, polling a strict Telegram over HTTP, with one clock that is moved by hand."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from housebot import app as desk_app
from housebot import config as settings
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.stay import StayRequest
from housebot.services import bookings, catalogs, due, guests, staff
from housebot.services import settings as desk_settings
from housebot.services.bookings import Booking
from housebot.services.pace import Limits
from housebot.services.ports import SYSTEM, Actor
from housebot.simulator.client import Person, SimClient
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from housebot.storage.file import Tx
from tests import factories
from tests.journeys.limits import check_limits

T = TypeVar("T")

TOKEN = "700000001:" + "T" * 35
OPENED = factories.at("2026-11-27T09:00:00Z")  # Friday 12:00 in Minsk, eight days before UX's Saturday
OWNER_ID, SECOND_OWNER_ID = 900, 901
UNHURRIED = Limits(
    chat_per_second=1000, chat_burst=1000, group_per_minute=60_000, group_burst=1000, all_per_second=5000
)
BANK = {
    "bank": "Беларусбанк",
    "number": "4255 1234 5678 9012",
    "holder": "АННА КОВАЛЬ",
    "reference": "optional",
    "reference_text": "",
}


class House:
    """What a journey test holds: the people, the clock, the file."""

    def __init__(self, folder: Path, simulator: Simulator, sim: SimClient, clock: Clock) -> None:
        self.folder = folder
        self.simulator = simulator
        self.sim = sim
        self.clock = clock
        self.app: desk_app.App | None = None
        self.owner = Person(sim, OWNER_ID, "Анна")
        self.second_owner = Person(sim, SECOND_OWNER_ID, "Пётр")
        self._spoken: dict[int, str] = {}
        self._closing: asyncio.Event = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    @property
    def config(self) -> settings.Config:
        return settings.load(self.folder / "config.toml")

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def guest(
        self, name: str = "Мария", *, language: str = "ru", phone: str | None = "+375291112233", **facts: Any
    ) -> Person:
        """A new guest with a phone in their hand; nothing pressed yet."""
        person = await self.sim.user(name, language_code=language, phone=phone, **facts)
        self._spoken[person.id] = language
        return person

    async def open(self) -> None:
        """Start the desk, and wait until it takes updates."""
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = asyncio.Event()

        async def live() -> None:
            try:
                async with desk_app.running(self.config, clock=self.clock, limits=UNHURRIED, long_poll=5) as app:
                    self.app = app
                    await app.ready.wait()
                    started.set_result(None)
                    await self._closing.wait()
            except BaseException as problem:
                if not started.done():
                    started.set_exception(problem)
                    return
                raise
            finally:
                self.app = None

        self._life = asyncio.get_running_loop().create_task(live())
        await started

    async def close(self) -> None:
        """Stop the desk in order."""
        if self._life is not None:
            self._closing.set()
            await self._life
            self._life = None

    def read(self, work: Callable[[Tx], T]) -> T:
        """Look into the file as it stands."""
        assert self.app is not None, "the desk is closed"
        return self.app.db.read(work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Do something behind everybody's back, as a use case."""
        assert self.app is not None, "the desk is closed"
        return await self.app.db.write(work)

    async def hold(
        self,
        guest: Person,
        arrival: str,
        *,
        hours: float = 24,
        tariff: str = "day",
        unit: str = "house",
        party: dict[str, int] | None = None,
        extras: dict[str, int] | None = None,
        method: str | None = "bank",
        comment: str = "",
        gift: str | None = None,
    ) -> Booking:
        """Keep dates for a guest who has pressed /start, as the last press of their journey does. `arrival` is local."""
        begin = datetime.fromisoformat(arrival)
        wish = StayRequest(
            unit, tariff, begin, begin + timedelta(hours=hours), party or {"adult": 4}, extras or {}, gift=gift
        )

        def keep(tx: Tx) -> Booking:
            known = guests.seen(
                tx,
                telegram_id=guest.id,
                name=guest.name,
                username=None,
                language_code=self._spoken.get(guest.id),
                now=self.now,
            )
            actor = Actor("guest", known.id, known.name, "telegram")
            return bookings.hold(
                tx,
                wish,
                guest_id=known.id,
                contact="+375291112233",
                comment=comment,
                source="telegram",
                actor=actor,
                method=method,
                now=self.now,
            )

        booking = await self.write(keep)
        await self.settle()
        return booking

    def booking(self, code: str) -> Booking:
        """How it stands now."""
        return self.read(lambda tx: bookings.get(tx, code))

    async def confirm(self, booking: Booking, *, received: int | None = None) -> None:
        """The owner says yes, behind the cards."""
        actor = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")
        await self.write(
            lambda tx: bookings.confirm(tx, booking.id, actor=actor, received=received, twice=True, now=self.now)
        )
        await self.settle()

    async def advance(self, **length: float) -> None:
        """Let time pass, and everything happen that was due."""
        self.clock.set(self.clock.now() + timedelta(**length))
        await self.settle()

    async def settle(self) -> None:
        """Until nothing waits: no update, no due row, no message that may leave."""
        assert self.app is not None, "the desk is closed"
        for _ in range(3000):
            did = await due.run_due(self.app.db, now=self.now) + await self.app.collect_cards()
            # Telegram first: what it no longer keeps is in the inbox by now, or done.
            pending = await self.sim.call("pending")
            waiting = self.read(
                lambda tx: tx.value(
                    """
                    SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'new')
                         + (SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'sending') AND next_try_at <= :now)
                    """,
                    now=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                )
            )
            if not did and not waiting and not _count(pending):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the desk does not come to rest")

    async def shell(self, *arguments: str) -> tuple[int, Any, str]:
        """Run the real command on the same file: exit code, JSON from stdout, stderr."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "housebot", "--config", str(self.folder / "config.toml"), "--json"),
            *("--now", self.now.strftime("%Y-%m-%dT%H:%M:%SZ")),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode or 0, json.loads(out) if out.strip() else None, err.decode()


def _count(pending: Any) -> int:
    if isinstance(pending, dict):
        return sum(_count(value) for value in pending.values())
    return len(pending) if isinstance(pending, list) else int(pending)


def prepare(
    folder: Path,
    api_base: str,
    catalog: Catalog,
    *,
    now: datetime,
    owners: tuple[int, ...] = (OWNER_ID, SECOND_OWNER_ID),
    more_settings: str = "",
) -> None:
    """A folder as `housebot init` leaves it, with bank data set."""
    (folder / "config.toml").write_text(
        f'[telegram]\ntoken = "{TOKEN}"\napi_base = "{api_base}"\nowners = {list(owners)}\n[database]\npath = "housebot.db"\n'
        f"[web]\nport = 0\n[demo]\ntest_mode = true\n{more_settings}",
        encoding="utf-8",
    )
    db = Database.open(folder / "housebot.db", create=True)

    def fill(tx: Tx) -> None:
        catalogs.apply(tx, to_document(catalog), actor=SYSTEM, now=now)
        staff.seed(tx, list(owners), now=now, language="ru")
        desk_settings.put(tx, "bank", BANK, actor=SYSTEM, now=now)

    db.write_now(fill)
    db.close()


@asynccontextmanager
async def open_house(
    folder: Path, catalog: Catalog, *, now: datetime = OPENED, more_settings: str = ""
) -> AsyncIterator[House]:
    """The simulator, the desk on it, and the owners who have pressed /start."""
    clock = Clock(now, running=False)
    simulator = Simulator(clock=clock, tokens=[TOKEN])
    await simulator.start()
    prepare(folder, simulator.url, catalog, now=now, more_settings=more_settings)
    async with SimClient(simulator.url) as sim:
        house = House(folder, simulator, sim, clock)
        for person, name in ((OWNER_ID, "Анна"), (SECOND_OWNER_ID, "Пётр")):
            await sim.user(name, id=person, language_code="ru")
        try:
            await house.open()
            await house.owner.start()
            await house.second_owner.start()
            await house.settle()
            yield house
            typed = house.read(lambda tx: tx.value("SELECT group_concat(body) FROM inbox")) if house.app else ""
            await check_limits(sim, typed or "")
        finally:
            await house.close()
            await simulator.stop()
