"""The simulator misbehaves when told to, exactly so often and exactly there."""

import asyncio

import aiohttp
import pytest

from housebot.simulator.client import Person, SimClient
from housebot.simulator.server import Simulator
from tests.simulator.rawbot import TOKEN, RawBot, polled


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("403", 403, "Forbidden: bot was blocked by the user"),
        ("500", 500, "Internal Server Error"),
        ("502", 502, "Bad Gateway"),
    ],
)
async def test_a_refusal_on_wish_happens_once_and_does_nothing(
    bot: RawBot, anna: Person, sim: SimClient, kind: str, status: int, words: str
) -> None:
    await sim.misbehave(kind, method="sendMessage")
    assert await bot.call("sendMessage", chat_id=anna.id, text="x") == (
        status,
        {"ok": False, "error_code": status, "description": words},
    )
    assert len(await anna.messages()) == 1
    await bot.ok("sendMessage", chat_id=anna.id, text="x")


async def test_t2_too_many_requests_name_the_wait(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("429", retry_after=7, times=2)
    for _ in range(2):
        status, body = await bot.call("sendMessage", chat_id=anna.id, text="x")
        assert (status, body["parameters"], body["description"]) == (
            429, {"retry_after": 7}, "Too Many Requests: retry after 7",
        )  # fmt: skip
    await bot.ok("sendMessage", chat_id=anna.id, text="x")


async def test_t2_a_lost_reply_leaves_the_message_behind(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("lose_reply", method="sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await bot.call("sendMessage", chat_id=anna.id, text="arrived")
    assert (await anna.last()).text == "arrived"


async def test_t2_a_dropped_connection_leaves_nothing(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("drop_connection", method="sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await bot.call("sendMessage", chat_id=anna.id, text="lost")
    assert [one.text for one in await anna.messages()] == ["/start"]
    (entry,) = await sim.journal("sendMessage")
    assert (entry["misbehaved"], entry["status"], entry["answer"]) == ("drop_connection", 0, None)


async def test_a_timeout_never_answers(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("timeout", method="sendMessage")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bot.call("sendMessage", chat_id=anna.id, text="x"), 0.3)
    assert len(await anna.messages()) == 1


async def test_a_rule_for_one_chat_spares_the_others(bot: RawBot, anna: Person, sim: SimClient) -> None:
    boris = await sim.user("Boris")
    await boris.start()
    await sim.misbehave("500", chat_id=boris.id, times=0)
    await bot.ok("sendMessage", chat_id=anna.id, text="x")
    assert await bot.refused("sendMessage", chat_id=boris.id, text="x") == "Internal Server Error"
    await sim.behave()
    await bot.ok("sendMessage", chat_id=boris.id, text="x")


async def test_a_rule_can_wait_its_turn(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("500", method="sendMessage", skip=1)
    await bot.ok("sendMessage", chat_id=anna.id, text="first")
    await bot.refused("sendMessage", chat_id=anna.id, text="second")


async def test_a_server_that_is_down_hangs_up_and_comes_back_with_everything(
    simulator: Simulator, bot: RawBot, anna: Person, sim: SimClient
) -> None:
    poll = asyncio.create_task(bot.call("getUpdates", timeout=60))
    await polled(simulator)
    await sim.down()
    with pytest.raises(aiohttp.ClientError):
        await asyncio.wait_for(poll, 30)
    with pytest.raises(aiohttp.ClientError):
        await bot.call("getMe")
    await anna.send("while you were away")
    await sim.behave()
    assert (await bot.update("message"))["text"] == "while you were away"


async def test_rate_limits_are_enforced_when_asked_for() -> None:
    made = Simulator(rate_limits=True)
    await made.start()
    try:
        async with RawBot(made.url, TOKEN) as bot, SimClient(made.url) as sim:
            await bot.ok("getMe")
            anna = await sim.user("Anna")
            await anna.start()
            answers = [await bot.call("sendMessage", chat_id=anna.id, text=str(n)) for n in range(8)]
            refused = [body for status, body in answers if status == 429]
            assert len(refused) == 3
            assert all(body["parameters"]["retry_after"] >= 1 for body in refused)
    finally:
        await made.stop()


async def test_the_journal_keeps_calls_and_never_a_token(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await bot.ok("sendMessage", chat_id=anna.id, text="hello")
    entry = (await sim.journal("sendMessage"))[-1]
    assert entry["params"] == {"chat_id": anna.id, "text": "hello"}
    assert entry["answer"]["result"]["text"] == "hello"
    await bot.call("sendInvoice", chat_id=anna.id, provider_token="secret-of-the-bank")
    shown = str(await sim.journal())
    assert TOKEN.split(":")[1] not in shown
    assert "secret-of-the-bank" not in shown


async def test_controls_need_json_and_known_names(sim: SimClient, simulator: Simulator, bot: RawBot) -> None:
    async with bot.session.post(f"{simulator.url}/sim/advance", data="{}") as response:
        assert response.status == 415
    for name, arguments in [
        ("run", {"name": "x", "arguments": {}}),
        ("_moved", {"now": 1}),
        ("advance", {"minutes": 1}),
        ("nope", {}),
    ]:
        async with bot.session.post(f"{simulator.url}/sim/{name}", json=arguments) as response:
            assert (response.status, (await response.json())["ok"]) == (400, False)
