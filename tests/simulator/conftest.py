"""A simulator on a free port, a bot that calls it by hand, and people who drive it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from housebot.simulator.client import Person, SimClient
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from tests.simulator.rawbot import TOKEN, RawBot

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    made = Simulator(clock=Clock(START))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def sim(simulator: Simulator) -> AsyncIterator[SimClient]:
    async with SimClient(simulator.url) as client:
        yield client


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[RawBot]:
    async with RawBot(simulator.url, TOKEN) as made:
        await made.ok("getMe")
        yield made


@pytest.fixture
async def anna(sim: SimClient, bot: RawBot) -> Person:
    made = await sim.user("Anna", language_code="ru", phone="+375291234567")
    await made.start()
    await bot.drain()
    return made
