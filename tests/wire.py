"""Owns what tests of the way in and out stand on: a simulator, a real database file, and the parts of the desk between them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiogram import Router

from housebot.bot.bot import make_bot, make_dispatcher
from housebot.bot.dispatch import Dispatch
from housebot.bot.renderer import Scene, TableRenderer, Texts, replies
from housebot.integrations.telegram.api import Api
from housebot.integrations.telegram.poller import Poller
from housebot.integrations.telegram.sender import Sender
from housebot.services import outbox, staff
from housebot.services.delivery import Delivery
from housebot.services.pace import Limits
from housebot.services.ports import Message
from housebot.storage.db import Database

TOKEN = "7000001:AAHn3Zs9dQ0mE1u7xY2kLbVrPwTgCfJiOaB"
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUICK = Limits(chat_per_second=500, chat_burst=100, group_per_minute=30_000, group_burst=100, all_per_second=1000, first_pause=0.02, longest_pause=0.1)  # fmt: skip


class MovedClock:
    """Stands still until it is moved."""

    def __init__(self, instant: datetime = START) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


def plain_texts() -> Texts:
    """Kinds that say what their facts say."""
    texts = Texts()

    @texts.renders("test.text", "screen.page", "staff.alert", "test.once", "staff.relay")
    def text(scene: Scene) -> Message:
        return Message(scene.facts.get("text") or f"alert {scene.facts.get('code')}")

    return texts


@dataclass(slots=True)
class Wire:
    """The parts, not yet running."""

    db: Database
    api: Api
    clock: MovedClock
    texts: Texts = field(default_factory=plain_texts)
    router: Router = field(default_factory=Router)
    limits: Limits = QUICK
    long_poll: int = 5
    at_once: bool = True

    @asynccontextmanager
    async def running(self, *, deliver: bool = True) -> AsyncIterator["Wire"]:
        """Poller, handlers and delivery at work inside."""
        poller = Poller(self.api, self.db, clock=self.clock, long_poll=self.long_poll)
        messenger = Sender(self.api)
        bot = make_bot(TOKEN)
        dispatch = Dispatch(self.db, messenger, make_dispatcher(self.router), bot, clock=self.clock)
        renderer = TableRenderer([self.texts, replies])
        delivery = Delivery(self.db, messenger, renderer, clock=self.clock, limits=self.limits)
        if self.at_once:
            poller.take = dispatch.take
        self.db.on_commit(dispatch.wake)
        self.db.on_commit(delivery.wake)
        async with asyncio.TaskGroup() as tasks:
            begun = [tasks.create_task(poller.run()), tasks.create_task(dispatch.run())]
            if deliver:
                begun.append(tasks.create_task(delivery.run()))
            try:
                yield self
            finally:
                for task in begun:
                    task.cancel()

    async def say(self, chat_id: int, text: str, *, kind: str = "test.text", **options: object) -> int:
        """Put a message into the outbox."""
        return await self.db.write(
            lambda tx: outbox.put(tx, kind=kind, facts={"text": text}, chat_id=chat_id, now=self.clock.now(), **options)  # type: ignore[arg-type]
        )

    def row(self, row_id: int) -> outbox.OutboxRow:
        """How a message stands."""
        return next(row for row in self.db.read(lambda tx: outbox.listing(tx, limit=1000)) if row.id == row_id)

    async def until(self, row_id: int, state: str, *, patience: float = 30.0) -> outbox.OutboxRow:
        """The row, once it has come to that state."""
        async with asyncio.timeout(patience):
            while (row := self.row(row_id)).state != state:  # noqa: ASYNC110  the row may be another process's
                await asyncio.sleep(0.01)
        return row

    async def tried(self, row_id: int) -> None:
        """Returns when the message was tried in vain."""
        async with asyncio.timeout(30):
            while not self.row(row_id).attempts:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def owner(self, telegram_id: int) -> None:
        """Somebody who is told of trouble."""
        await self.db.write(lambda tx: staff.seed(tx, [telegram_id], now=self.clock.now()))


@asynccontextmanager
async def wired(path: Path, base: str) -> AsyncIterator[Wire]:
    """A desk's parts on the file, speaking to that Bot API."""
    db = Database.open(path, create=True)
    try:
        async with Api(TOKEN, base) as api:
            yield Wire(db, api, MovedClock())
    finally:
        await db.aclose()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What is committed, seen by somebody else."""
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found
