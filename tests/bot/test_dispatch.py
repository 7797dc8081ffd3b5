"""An update has its effect once, in the order of its chat, together with its done-mark; whatever the handler does (T1, T3, T8)."""

import ast
import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiogram import F
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

import housebot.bot
from housebot.bot.bot import make_bot, make_dispatcher
from housebot.bot.dispatch import Dispatch
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.integrations.telegram.sender import Sender
from housebot.services import conversations, inbox, outbox
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.simulator.client import Person, SimClient
from tests.wire import TOKEN, Wire, rows

TALK = [["Press me", "p.1"], ["Refuse", "p.refuse"], ["Silent", "p.silent"], ["Broken", "p.broken"]]


@pytest.fixture(params=[True, False], ids=["at once", "from the inbox"])
def talking(request: pytest.FixtureRequest, wire: Wire) -> Wire:
    """A small bot: echoes, a page with buttons, a draft that counts, faults on wish; on both ways an update may go."""
    wire.at_once = request.param

    @wire.texts.renders("screen.buttons")
    def buttons(scene: Any) -> Said:
        return Said(scene.facts["text"], tuple((Button(text, data=data),) for text, data in TALK))

    @wire.router.message(F.text.startswith("boom"))
    async def boom(message: Message, turn: Turn) -> None:
        def piece(tx: Tx) -> None:
            put(tx, turn, "half")
            raise RuntimeError(message.text)

        await turn.write(piece)

    @wire.router.message(F.text == "refused")
    async def refused(message: Message, turn: Turn) -> None:
        def piece(tx: Tx) -> None:
            put(tx, turn, "half")
            turn.set_data({"lost": True})
            raise Refusal("dates_taken")

        await turn.write(piece)
        put_nothing()

    @wire.router.message(F.text == "early")
    async def early(message: Message, turn: Turn) -> None:
        raise Refusal("past")

    @wire.router.message(F.text == "twice")
    async def twice(message: Message, turn: Turn) -> None:
        await turn.write(lambda tx: put(tx, turn, "first"))
        await turn.write(lambda tx: put(tx, turn, "second"))

    @wire.router.message(F.text == "nothing")
    async def nothing(message: Message, turn: Turn) -> None:
        return

    @wire.router.message(F.text == "direct")
    async def direct(message: Message, turn: Turn) -> None:
        await message.answer("past the outbox")

    @wire.router.message(F.text == "name", StateFilter(None))
    async def ask(message: Message, turn: Turn) -> None:
        turn.set_state("asking")
        await turn.write(lambda tx: turn.say(tx, "test.text", {"text": "your name?"}))

    @wire.router.message(StateFilter("asking"))
    async def told(message: Message, turn: Turn, state: FSMContext) -> None:
        await state.update_data(name=message.text)
        turn.set_state(None)
        await turn.write(lambda tx: turn.say(tx, "test.text", {"text": f"hello {turn.data['name']}"}))

    @wire.router.message(F.text == "page")
    async def page(message: Message, turn: Turn) -> None:
        await turn.write(lambda tx: turn.screen(tx, "buttons", {"text": "page 0"}, ring=True))

    @wire.router.callback_query(F.data == "p.1")
    async def press(query: CallbackQuery, turn: Turn) -> None:
        number = turn.data.get("page", 0) + 1

        def piece(tx: Tx) -> None:
            turn.set_data({"page": number})
            turn.screen(tx, "buttons", {"text": f"page {number}"})
            turn.toast(f"now {number}")

        await turn.write(piece)

    @wire.router.callback_query(F.data == "p.refuse")
    async def refuse(query: CallbackQuery, turn: Turn) -> None:
        def piece(tx: Tx) -> None:
            turn.toast("done!")
            raise Refusal("dates_taken")

        await turn.write(piece)

    @wire.router.callback_query(F.data == "p.silent")
    async def silent(query: CallbackQuery, turn: Turn) -> None:
        return

    @wire.router.callback_query(F.data == "p.broken")
    async def broken(query: CallbackQuery, turn: Turn) -> None:
        raise RuntimeError("broken")

    @wire.router.message()
    async def echo(message: Message, turn: Turn) -> None:
        await turn.write(lambda tx: turn.say(tx, "test.text", {"text": f"echo {message.text}"}))

    return wire


def put(tx: Tx, turn: Turn, text: str) -> None:
    turn.say(tx, "test.text", {"text": text})


def put_nothing() -> None:
    raise AssertionError("a handler ends where its write was refused")


async def settled(wire: Wire) -> None:
    """Nothing waits in the inbox any more."""
    async with asyncio.timeout(60):
        while wire.db.read(inbox.waiting):  # noqa: ASYNC110  seen in the database, as another process would
            await asyncio.sleep(0.01)


async def test_t1_a_chat_is_answered_in_its_order(talking: Wire, anna: Person) -> None:
    async with talking.running():
        for number in range(12):
            await anna.send(f"{number}")
        await anna.wait_for("echo 11")
        heard = [seen.text for seen in await anna.messages() if seen.text.startswith("echo")]
    assert heard == [f"echo {number}" for number in range(12)]


async def test_t1_a_stuck_chat_does_not_hold_up_another(talking: Wire, anna: Person, sim: SimClient) -> None:
    other = await sim.user("Boris")
    going = asyncio.Event()

    async def hold(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        if event.text == "wait":
            await going.wait()
        return await handler(event, data)

    talking.router.message.outer_middleware(hold)
    async with talking.running():
        await anna.send("wait")
        await other.send("quick")
        await other.wait_for("echo quick")
        assert not [seen for seen in await anna.messages() if seen.text == "echo wait"]
        going.set()
        await anna.wait_for("echo wait")


async def test_t1_what_was_stored_before_a_restart_goes_first_and_once(talking: Wire, anna: Person) -> None:
    updates = [update(anna, number, f"old {number}") for number in (1, 2)]
    await talking.db.write(lambda tx: inbox.store(tx, talking.api.bot_id, updates, now=talking.clock.now()))
    async with talking.running():
        await anna.wait_for("echo old 2", fresh=False)
    async with talking.running():
        await anna.send("new")
        await anna.wait_for("echo new")
    heard = [seen.text for seen in await anna.messages() if seen.text.startswith("echo")]
    assert heard == ["echo old 1", "echo old 2", "echo new"]


async def test_t1_a_second_run_of_a_handled_update_changes_nothing(talking: Wire, anna: Person) -> None:
    """The done-mark is a condition, not a note: the piece that comes second is undone."""
    await talking.db.write(
        lambda tx: inbox.store(tx, talking.api.bot_id, [update(anna, 9, "x")], now=talking.clock.now())
    )
    row = talking.db.read(lambda tx: inbox.get(tx, inbox.waiting(tx)[0][0]))
    assert row is not None
    turns = [turn_of(talking, row, update(anna, 9, "x")) for _ in range(2)]
    await turns[0].write(lambda tx: put(tx, turns[0], "first"))
    with pytest.raises(inbox.AlreadyDone):
        await turns[1].write(lambda tx: put(tx, turns[1], "second"))
    assert [row.facts for row in talking.db.read(outbox.listing)] == ['{"text":"first"}']


async def test_t1_an_update_that_raises_three_times_is_set_aside_with_kind_words_and_one_alert(
    talking: Wire, anna: Person, sim: SimClient, caplog: pytest.LogCaptureFixture
) -> None:
    owner = await sim.user("Owner")
    await owner.start()
    await talking.owner(owner.id)
    async with talking.running():
        await anna.send("boom +375291234567")
        await anna.wait_for("У нас что-то сломалось")
        await owner.wait_for("update_aside", fresh=False)
        await anna.send("after")
        await anna.wait_for("echo after")
    assert rows(talking.db.path, "SELECT state, attempts FROM inbox WHERE state = 'aside'") == [("aside", 3)]
    assert not [seen for seen in await anna.messages() if seen.text == "half"]
    assert len([seen for seen in await owner.messages() if "update_aside" in seen.text]) == 1
    assert "375291234567" not in caplog.text


async def test_a_refusal_undoes_the_effect_keeps_the_done_mark_and_is_told(talking: Wire, anna: Person) -> None:
    async with talking.running():
        await anna.send("refused")
        await anna.wait_for("Эти даты уже заняты")
        await anna.send("early")
        await anna.wait_for(lambda seen: "прошл" in seen.text.lower())
        await settled(talking)
    assert not [seen for seen in await anna.messages() if seen.text == "half"]
    assert rows(talking.db.path, "SELECT DISTINCT state FROM inbox") == [("done",)]
    place = conversations.Place(talking.api.bot_id, anna.id, anna.id)
    assert talking.db.read(lambda tx: conversations.load(tx, place)).data == {}


async def test_t3_every_press_is_answered_also_by_silent_and_broken_handlers(talking: Wire, anna: Person) -> None:
    async with talking.running():
        await anna.send("page")
        await anna.wait_for("page 0")
        pressed = await anna.press("Press me")
        assert (pressed.toast, pressed.alert) == ("now 1", False)
        await anna.wait_for("page 1")
        refused = await anna.press("Refuse")
        assert (refused.toast, refused.alert) == ("Эти даты уже заняты.", True)
        assert (await anna.press("Silent")).toast == ""
        assert (await anna.press("Broken")).toast == ""


async def test_a_screen_is_edited_in_place_and_rings_anew_when_told_to(talking: Wire, anna: Person) -> None:
    async with talking.running():
        await anna.send("page")
        first = await anna.wait_for("page 0")
        await anna.press("Press me")
        edited = await anna.wait_for("page 1")
        assert edited.id == first.id
        await anna.send("page")
        fresh = await anna.wait_for("page 0")
        assert fresh.id > first.id
        await anna.press("Press me")
        assert (await anna.wait_for("page 2")).id == fresh.id


async def test_t8_a_conversation_survives_a_restart_in_the_middle(talking: Wire, anna: Person) -> None:
    async with talking.running():
        await anna.send("name")
        await anna.wait_for("your name?")
    async with talking.running():
        await anna.send("Anna")
        await anna.wait_for("hello Anna")


async def test_a_handler_that_writes_twice_or_speaks_past_the_outbox_is_stopped(
    talking: Wire, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    async with talking.running():
        await anna.send("twice")
        await anna.wait_for("first")
        await anna.send("direct")
        await anna.wait_for("У нас что-то сломалось")
    said = [seen.text for seen in await anna.messages()]
    assert "second" not in said
    assert "past the outbox" not in said


async def test_a_handler_that_wrote_nothing_is_done_all_the_same(talking: Wire, anna: Person) -> None:
    async with talking.running():
        await anna.send("nothing")
        await anna.send("then")
        await anna.wait_for("echo then")
        await settled(talking)
    assert rows(talking.db.path, "SELECT DISTINCT state FROM inbox") == [("done",)]


async def test_while_the_disk_refuses_an_update_waits_and_is_not_set_aside(
    talking: Wire, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    talking.at_once = False
    done, refusals = inbox.done, 4

    def refusing(*arguments: Any, **named: Any) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise Refusal("temporarily_unavailable", reason="disk_full")
        done(*arguments, **named)

    monkeypatch.setattr(inbox, "done", refusing)
    async with talking.running():
        await anna.send("patience")
        await anna.wait_for("echo patience", 60)
    assert rows(talking.db.path, "SELECT state, attempts FROM inbox ORDER BY id DESC LIMIT 1") == [("done", 0)]


async def test_t1_a_lone_update_is_stored_and_has_its_effect_in_one_commit(
    wire: Wire, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("housebot.bot.dispatch.BLINK", 60.0)  # on a slow disk, too
    body = update(anna, 3, "x")
    dispatch = lone(wire)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(dispatch.run())
        await asyncio.sleep(0)
        before = wire.db.stats.commits
        assert await dispatch.take(body)
        assert wire.db.stats.commits == before + 1
        assert await dispatch.take(body), "we have it: it may be acknowledged"
        running.cancel()
    assert rows(wire.db.path, "SELECT update_id, state FROM inbox") == [(3, "done")]
    assert len(wire.db.read(outbox.listing)) == 1


async def test_t1_a_lone_update_waits_behind_what_its_chat_sent_before(wire: Wire, anna: Person) -> None:
    dispatch = lone(wire)
    await wire.db.write(lambda tx: inbox.store(tx, wire.api.bot_id, [update(anna, 1, "x")], now=wire.clock.now()))
    async with asyncio.TaskGroup() as tasks:
        dispatch._tasks = tasks
        assert not await dispatch.take(update(anna, 2, "y"))


async def test_t1_a_slow_lone_update_goes_both_ways_and_has_one_effect(
    wire: Wire, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = asyncio.Event()

    async def hold(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        await going.wait()
        return await handler(event, data)

    wire.router.message.outer_middleware(hold)
    monkeypatch.setattr("housebot.bot.dispatch.BLINK", 0.01)
    dispatch, body = lone(wire), update(anna, 3, "x")
    wire.db.on_commit(dispatch.wake)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(dispatch.run())
        await asyncio.sleep(0)
        assert not await dispatch.take(body)
        await wire.db.write(lambda tx: inbox.store(tx, wire.api.bot_id, [body], now=wire.clock.now()))
        going.set()
        await settled(wire)
        running.cancel()
    assert len(wire.db.read(outbox.listing)) == 1


def lone(wire: Wire) -> Dispatch:
    """Dispatch alone, with a handler that says one thing."""

    async def answer(message: Message, turn: Turn) -> None:
        await turn.write(lambda tx: put(tx, turn, "effect"))

    wire.router.message.register(answer)
    return Dispatch(wire.db, Sender(wire.api), make_dispatcher(wire.router), make_bot(TOKEN), clock=wire.clock)


async def test_a_piece_that_runs_again_leaves_one_toast_and_one_draft(wire: Wire, anna: Person) -> None:
    """After a lost group the database runs a piece again: what it left outside the transaction is taken back first."""
    await wire.db.write(lambda tx: inbox.store(tx, wire.api.bot_id, [update(anna, 4, "x")], now=wire.clock.now()))
    row = wire.db.read(lambda tx: inbox.get(tx, inbox.waiting(tx)[0][0]))
    assert row is not None
    turn = turn_of(wire, row, update(anna, 4, "x"))
    write = wire.db.write

    async def twice(work: Any) -> Any:
        def again(tx: Tx) -> Any:
            with suppress(ZeroDivisionError), tx.attempt():
                work(tx)
                raise ZeroDivisionError
            return work(tx)

        return await write(again)

    wire.db.write = twice  # type: ignore[method-assign]
    seen: list[int] = []

    def piece(tx: Tx) -> None:
        seen.append(len(turn.data))
        turn.set_data({**turn.data, str(len(turn.data)): 1})

    await turn.write(piece)
    assert seen == [0, 0]
    assert turn.data == {"0": 1}


def test_handlers_speak_through_the_turn_alone() -> None:
    """No `message.answer`, no `bot.…`, no `state.set_…` in a handler: each would leave the one write (DESIGN, In and out)."""
    found = [
        f"{file.name}:{line}: {what}"
        for side in ("guest", "staff")
        for file in sorted((Path(housebot.bot.__file__).parent / side).rglob("*.py"))
        for line, what in forbidden(file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "await message.answer('x')",
        "await query.message.edit_text('x')",
        "await bot.send_message(1, 'x')",
        "await query.answer()",
        "await state.set_state(None)",
        "await state.update_data(a=1)",
        "await turn.bot.send_photo(1)",
    ],
)
def test_the_ban_sees_what_it_is_meant_to_see(line: str) -> None:
    assert list(forbidden(f"async def f():\n    {line}\n"))


def forbidden(source: str) -> list[tuple[int, str]]:
    """Calls that reach Telegram or the conversation past the turn."""
    spoken = ("answer", "reply", "edit_", "send_", "copy_to", "forward", "delete", "pin", "unpin", "react")
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
            continue
        called = ast.unparse(node.value.func)
        owner, _, name = called.rpartition(".")
        by_bot = "bot" in owner.split(".")
        by_state = owner == "state" and name.startswith(("set_", "update_", "clear"))
        if owner != "turn" and (by_bot or by_state or name.startswith(spoken)):
            found.append((node.lineno, called))
    return found


def turn_of(wire: Wire, row: inbox.InboxRow, body: dict[str, Any]) -> Turn:
    now = wire.clock.now()
    return Turn(wire.db, body, bot_id=row.bot_id, mark=lambda tx: inbox.done(tx, row.id, now=now), now=now)


def update(person: Person, number: int, text: str) -> dict[str, Any]:
    """A message as Telegram would send it."""
    return {
        "update_id": number,
        "message": {
            "message_id": 1000 + number,
            "date": 1_795_000_000,
            "chat": {"id": person.id, "type": "private", "first_name": person.name},
            "from": {"id": person.id, "is_bot": False, "first_name": person.name, "language_code": "ru"},
            "text": text,
        },
    }
