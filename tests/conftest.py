"""Owns what most tests of the way in and out share: a simulator, a person with a phone, the desk's parts between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from housebot.simulator.client import Person, SimClient
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from tests.wire import START, TOKEN, Wire, wired


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    made = Simulator(clock=Clock(START), tokens=[TOKEN])
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def sim(simulator: Simulator) -> AsyncIterator[SimClient]:
    async with SimClient(simulator.url) as client:
        yield client


@pytest.fixture
async def wire(simulator: Simulator, tmp_path: Path) -> AsyncIterator[Wire]:
    async with wired(tmp_path / "desk.db", simulator.url) as made:
        yield made


@pytest.fixture
async def anna(sim: SimClient, wire: Wire) -> Person:
    """Somebody the bot may write to; her /start is already stored elsewhere."""
    made = await sim.user("Anna", language_code="ru")
    await made.start()
    started = await wire.api.call("getUpdates", timeout=0)
    await wire.api.call("getUpdates", offset=started[-1]["update_id"] + 1, timeout=0)
    return made
