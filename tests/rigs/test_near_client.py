"""The people of the kill rig in the simulator's own process: what cannot be done is told them as over HTTP."""

import pytest

from housebot.simulator.client import SimClient, SimError
from housebot.simulator.server import Simulator
from rigs.visitor import NearClient


async def test_a_button_that_has_gone_is_the_same_refusal_near_and_over_http() -> None:
    simulator = Simulator(tokens=["123456:" + "a" * 35])
    await simulator.start()
    said: list[str] = []
    async with SimClient(simulator.url) as far:
        for client in (NearClient(simulator), far):
            person = await client.user("Anna")
            with pytest.raises(SimError) as refused:
                await person.press("❌ Decline", wait=False)
            said.append(str(refused.value))
    await simulator.stop()
    assert said[0] == said[1]
    assert "❌ Decline" in said[0]
