"""No update is lost and none is taken twice, whatever Telegram, the network or the disk do (T1)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.integrations.telegram.api import Api
from housebot.integrations.telegram.poller import Poller
from housebot.services import inbox
from housebot.simulator.client import Person, SimClient
from tests.wire import TOKEN, Wire


@asynccontextmanager
async def polling(wire: Wire, *, long_poll: int = 5) -> AsyncIterator[Poller]:
    poller = Poller(wire.api, wire.db, clock=wire.clock, long_poll=long_poll)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(poller.run())
        try:
            yield poller
        finally:
            task.cancel()


def stored(wire: Wire) -> list[str]:
    """Texts in the order of the inbox."""
    ids = [row_id for row_id, _ in wire.db.read(lambda tx: inbox.waiting(tx, limit=1000))]
    bodies = [wire.db.read(lambda tx, one=row_id: inbox.get(tx, one)) for row_id in ids]  # type: ignore[misc]
    import orjson

    return [orjson.loads(row.body)["message"]["text"] for row in bodies if row is not None]


async def until(check: Any, patience: float = 30.0) -> None:
    async with asyncio.timeout(patience):
        while not check():  # noqa: ASYNC110  what is awaited happens in another process's stead
            await asyncio.sleep(0.01)


async def test_t1_what_waited_is_stored_before_anybody_is_told_that_all_is_in(wire: Wire, anna: Person) -> None:
    for number in range(120):
        await anna.send(f"{number}")
    async with polling(wire) as poller:
        await asyncio.wait_for(poller.caught_up.wait(), 60)
        assert stored(wire) == [str(number) for number in range(120)]


async def test_t1_an_update_is_not_acknowledged_before_it_is_stored(
    wire: Wire, anna: Person, sim: SimClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the disk full nothing is acknowledged; with room again everything is there, once, in order."""
    full = True
    store = inbox.store

    def refusing(tx: Any, *arguments: Any, **named: Any) -> int:
        if full:
            raise Refusal("temporarily_unavailable", reason="disk_full")
        return store(tx, *arguments, **named)

    monkeypatch.setattr(inbox, "store", refusing)
    before = (await sim.journal("getUpdates"))[-1]["number"]
    await anna.send("one")
    await anna.send("two")
    async with polling(wire) as poller:
        await until(lambda: poller._troubles >= 2)
        asked = await sim.journal("getUpdates", after=before)
        waiting = await sim.call("pending")
        full = False
        await until(lambda: stored(wire) == ["one", "two"])
    assert len(asked) >= 2
    assert all(call["params"].get("offset") is None for call in asked)
    assert waiting == 2


async def test_t1_the_same_update_twice_is_one(wire: Wire, anna: Person) -> None:
    update = {"update_id": 5, "message": {"chat": {"id": 1}, "text": "x"}}
    count = await wire.db.write(lambda tx: inbox.store(tx, 1, [update], now=wire.clock.now()))
    again = await wire.db.write(lambda tx: inbox.store(tx, 1, [update], now=wire.clock.now()))
    other = await wire.db.write(lambda tx: inbox.store(tx, 2, [update], now=wire.clock.now()))
    assert (count, again, other) == (1, 0, 1)


async def test_t1_ids_that_begin_anew_lower_are_followed(wire: Wire, anna: Person, sim: SimClient) -> None:
    async with polling(wire):
        await anna.send("high")
        await until(lambda: stored(wire) == ["high"])
        await sim.call("restart_ids", first=77)
        await anna.send("low")
        await until(lambda: stored(wire) == ["high", "low"])
        await anna.send("lower still")
        await until(lambda: stored(wire) == ["high", "low", "lower still"])


async def test_t1_an_id_handled_eight_days_ago_does_not_shadow_a_new_one(
    wire: Wire, anna: Person, sim: SimClient
) -> None:
    await sim.call("restart_ids", first=500)
    async with polling(wire):
        await anna.send("old")
        await until(lambda: stored(wire) == ["old"])
    row_id = wire.db.read(lambda tx: inbox.waiting(tx, limit=1))[0][0]
    await wire.db.write(lambda tx: inbox.done(tx, row_id, now=wire.clock.now()))
    wire.clock.instant += timedelta(days=8)
    await wire.api.call("getUpdates", offset=501, timeout=1)  # ends the poll that was left
    await sim.call("restart_ids", first=500)
    await anna.send("new")
    async with polling(wire):
        await until(lambda: stored(wire) == ["new"])


async def test_an_update_not_yet_handled_is_never_forgotten(wire: Wire) -> None:
    update = {"update_id": 5, "message": {"chat": {"id": 1}, "text": "x"}}
    await wire.db.write(lambda tx: inbox.store(tx, 1, [update], now=wire.clock.now()))
    assert await wire.db.write(lambda tx: inbox.forget_old(tx, now=wire.clock.now() + timedelta(days=30))) == 0


async def test_every_kind_of_update_we_need_is_asked_for(wire: Wire, anna: Person, sim: SimClient) -> None:
    async with polling(wire) as poller:
        await asyncio.wait_for(poller.caught_up.wait(), 60)
    asked = str((await sim.journal("getUpdates"))[-1]["params"]["allowed_updates"])
    for kind in ("message", "edited_message", "callback_query", "my_chat_member", "pre_checkout_query"):
        assert kind in asked


@pytest.mark.parametrize("kind", ["500", "502", "drop_connection", "429"])
async def test_telegram_away_for_a_while_stops_nothing(wire: Wire, anna: Person, sim: SimClient, kind: str) -> None:
    await sim.misbehave(kind, method="getUpdates", times=3)
    await anna.send("hello")
    async with polling(wire) as poller:
        await until(lambda: stored(wire) == ["hello"])
        assert poller.is_turning()


async def test_telegram_away_at_the_start_is_waited_for(wire: Wire, anna: Person, sim: SimClient) -> None:
    await anna.send("hello")
    await sim.down()
    async with polling(wire) as poller:
        await asyncio.wait_for(poller.begun.wait(), 60)
        await until(lambda: poller._troubles >= 2)
        assert not poller.caught_up.is_set()
        await sim.behave()
        await until(lambda: stored(wire) == ["hello"])


async def test_a_second_poller_and_a_webhook_are_named_with_their_cure(
    wire: Wire, sim: SimClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    webhook = (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    for description in (conflict, webhook):
        await sim.misbehave("error", method="getUpdates", code=409, description=description)
        async with polling(wire) as poller:
            await until(lambda one=poller: one._troubles >= 1)
            assert poller._trouble("again", at_least=5.0) >= 5.0
    assert "another program polls this bot" in caplog.text
    assert "deleteWebhook" in caplog.text


async def test_a_long_trouble_is_told_once(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING")
    async with Api(TOKEN, "http://127.0.0.1:9") as away:
        poller = Poller(away, wire.db, clock=wire.clock)
        pauses = [await poller._once() for _ in range(12)]
    assert len([record for record in caplog.records if "not reachable" in record.message]) == 1
    assert pauses[0] < 1 < pauses[-1] <= 60


async def test_an_offset_above_the_queue_does_not_make_it_spin(
    wire: Wire, sim: SimClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers an empty list at once, as it does when the offset is ahead of its ids, is not asked in a tight loop."""

    async def nothing(*_: Any, **__: Any) -> list[Any]:
        return []

    monkeypatch.setattr(wire.api, "call", nothing)
    poller = Poller(wire.api, wire.db, clock=wire.clock)
    assert await poller._once() == 0  # the backlog is asked for without waiting
    assert await poller._once() > 0.3
