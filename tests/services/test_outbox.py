"""What each class of message promises, and the patience with which it is kept (T2)."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from housebot.bot.renderer import Scene
from housebot.errors import Refusal
from housebot.services import cards, guests, outbox, pace
from housebot.services.pace import Bucket
from housebot.services.ports import Message, Picture
from housebot.simulator.client import Person, SimClient
from housebot.storage import outbox as rows
from tests import wire as wires
from tests.wire import QUICK, Wire


async def heard(person: Person) -> list[str]:
    return [seen.text for seen in await person.messages() if not seen["mine"]]


async def test_t2_a_chat_reads_everything_in_order(wire: Wire, anna: Person) -> None:
    ids = [await wire.say(anna.id, f"{number}") for number in range(20)]
    async with wire.running():
        await wire.until(ids[-1], "sent")
    assert await heard(anna) == [str(number) for number in range(20)]


@pytest.mark.parametrize("kind", ["500", "502", "429"])
async def test_t2_what_fails_for_now_is_sent_later_in_order(
    wire: Wire, anna: Person, sim: SimClient, kind: str
) -> None:
    await sim.misbehave(kind, method="sendMessage", times=2, retry_after=0)
    ids = [await wire.say(anna.id, text) for text in ("one", "two")]
    async with wire.running():
        await wire.until(ids[1], "sent")
    assert await heard(anna) == ["one", "two"]
    assert wire.row(ids[0]).attempts >= 1


async def test_t2_must_is_sent_again_when_it_may_have_arrived_and_counted(
    wire: Wire, anna: Person, sim: SimClient
) -> None:
    await sim.misbehave("lose_reply", method="sendMessage")
    row_id = await wire.say(anna.id, "decided")
    async with wire.running():
        row = await wire.until(row_id, "sent")
    assert await heard(anna) == ["decided", "decided"]
    assert row.ambiguous == 1
    assert wire.db.read(outbox.counts)["doubtful"] == 1


async def test_t2_once_is_never_sent_again_when_it_may_have_arrived(wire: Wire, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("lose_reply", method="sendMessage")
    row_id = await wire.say(anna.id, "expired", kind="test.once", delivery="once")
    after = await wire.say(anna.id, "next")
    async with wire.running():
        await wire.until(after, "sent")
    assert await heard(anna) == ["expired", "next"]
    row = wire.row(row_id)
    assert (row.state, row.ambiguous) == ("ambiguous", 1)
    assert [row.id for row in wire.db.read(lambda tx: outbox.listing(tx, state="ambiguous"))] == [row_id]


async def test_t2_once_that_never_left_is_sent(wire: Wire, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("429", method="sendMessage", retry_after=0)
    row_id = await wire.say(anna.id, "expired", kind="test.once", delivery="once")
    async with wire.running():
        await wire.until(row_id, "sent")
    assert await heard(anna) == ["expired"]


async def test_t2_once_is_marked_and_committed_before_the_call(wire: Wire, anna: Person, sim: SimClient) -> None:
    """Somebody else sees `sending` on the disk while the call is on its way."""
    await sim.misbehave("slow", method="sendMessage", seconds=0.6, times=2)
    once = await wire.say(anna.id, "expired", kind="test.once", delivery="once")
    async with wire.running():
        await wire.until(once, "sending")
        assert await heard(anna) == []
        await wire.until(once, "sent")


async def test_t2_once_begun_before_a_kill_is_ambiguous_and_must_is_sent(wire: Wire, anna: Person) -> None:
    once = await wire.say(anna.id, "expired", kind="test.once", delivery="once")
    must = await wire.say(anna.id, "decided")
    await wire.db.write(lambda tx: rows.mark_sending(tx, once))
    async with wire.running():
        await wire.until(must, "sent")
    assert await heard(anna) == ["decided"]
    assert (wire.row(once).state, wire.row(once).ambiguous) == ("ambiguous", 1)


async def test_t2_latest_sends_the_newest_alone(wire: Wire, anna: Person, sim: SimClient) -> None:
    async with wire.running():
        await wire.until(await wire.say(anna.id, "30 minutes", card="hold:1:guest"), "sent")
    edits = [await wire.say(anna.id, f"{left} minutes", card="hold:1:guest", delivery="latest") for left in (15, 10, 5)]
    async with wire.running():
        await wire.until(edits[-1], "sent")
    assert await heard(anna) == ["5 minutes"]
    assert [wire.row(row_id).state for row_id in edits] == ["dropped", "dropped", "sent"]
    assert len(await sim.journal("editMessageText")) == 1


async def test_a_card_is_edited_by_its_name_and_the_edit_waits_for_its_id(wire: Wire, anna: Person) -> None:
    first = await wire.say(anna.id, "held", card="hold:1:guest")
    second = await wire.say(anna.id, "confirmed", card="hold:1:guest")
    async with wire.running():
        await wire.until(second, "sent")
    assert await heard(anna) == ["confirmed"]
    assert wire.row(first).message_id == wire.row(second).message_id


async def test_a_lost_card_comes_anew_and_is_edited_from_then_on(wire: Wire, anna: Person) -> None:
    await wire.db.write(lambda tx: cards.filled(tx, "hold:1:guest", anna.id, message_id=999_999, now=wire.clock.now()))
    async with wire.running():
        again = await wire.until(await wire.say(anna.id, "still held", card="hold:1:guest"), "sent")
        edit = await wire.until(await wire.say(anna.id, "confirmed", card="hold:1:guest"), "sent")
    assert await heard(anna) == ["confirmed"]
    assert again.message_id == edit.message_id != 999_999


async def test_a_ringing_card_is_a_new_message(wire: Wire, anna: Person) -> None:
    async with wire.running():
        first = await wire.until(await wire.say(anna.id, "one", card="screen"), "sent")
        row_id = await wire.db.write(
            lambda tx: outbox.put(
                tx,
                kind="test.text",
                facts={"text": "two", "ring": True},
                chat_id=anna.id,
                card="screen",
                now=wire.clock.now(),
            )
        )
        ringing = await wire.until(row_id, "sent")
        await wire.until(await wire.say(anna.id, "three", card="screen"), "sent")
    assert first.message_id != ringing.message_id
    assert await heard(anna) == ["one", "three"]


async def test_t2_money_goes_before_a_broadcast(wire: Wire, sim: SimClient, anna: Person) -> None:
    wire.limits = replace(QUICK, side_by_side=1)
    people = [await sim.user(name) for name in ("Boris", "Clara", "Dora")]
    for person in people:
        await person.start()
    priorities = [outbox.BROADCAST, outbox.ALERT, outbox.PAYMENT]
    last = [await wire.say(one.id, one.name, priority=level) for one, level in zip(people, priorities, strict=True)]
    async with wire.running():
        await wire.until(last[0], "sent")
    sent = [call["params"]["text"] for call in await sim.journal("sendMessage")]
    assert sent == ["Dora", "Clara", "Boris"]


async def test_t2_a_chat_asked_to_be_quiet_is_left_alone_and_others_are_not(
    wire: Wire, anna: Person, sim: SimClient
) -> None:
    other = await sim.user("Boris")
    await other.start()
    await sim.misbehave("429", method="sendMessage", chat_id=anna.id, retry_after=2)
    waits = await wire.say(anna.id, "later")
    async with wire.running():
        quick = [await wire.say(other.id, f"{number}") for number in range(5)]
        await wire.until(quick[-1], "sent")
        assert wire.row(waits).state == "queued"
        calls = [call["params"]["chat_id"] for call in await sim.journal("sendMessage")]
        assert calls.count(str(anna.id)) + calls.count(anna.id) == 1
        await wire.until(waits, "sent")
    assert await heard(anna) == ["later"]


async def test_t2_silence_asked_for_before_a_restart_still_holds(wire: Wire, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("429", method="sendMessage", retry_after=1000)
    row_id = await wire.say(anna.id, "later")
    async with wire.running():
        await wire.tried(row_id)
    other = await sim.user("Boris")
    await other.start()
    async with wire.running():
        await wire.until(await wire.say(other.id, "meanwhile"), "sent")
    assert len(await sim.journal("sendMessage")) == 2, "Anna was not written to"
    assert await heard(anna) == []
    await wire.db.write(lambda tx: outbox.retry(tx, row_id, now=wire.clock.now()))
    async with wire.running():
        await wire.until(row_id, "sent")


async def test_t2_a_guest_who_blocked_the_bot_is_marked_and_the_owner_is_told_where_it_matters(
    wire: Wire, anna: Person, sim: SimClient
) -> None:
    owner = await sim.user("Owner")
    await owner.start()
    await wire.owner(owner.id)
    await wire.db.write(
        lambda tx: guests.seen(
            tx, telegram_id=anna.id, name="Anna", username=None, language_code="ru", now=wire.clock.now()
        )
    )
    await anna.block()
    page = await wire.say(anna.id, "page", kind="screen.page")
    decision = await wire.say(anna.id, "confirmed")
    async with wire.running():
        await wire.until(decision, "failed")
        await owner.wait_for("unreachable", fresh=False)
        await wire.until(page, "failed")
        await wire.until(await wire.say(owner.id, "nothing more"), "sent")
    assert wire.row(page).state == "failed"
    assert len(await heard(owner)) == 2, "one alert, and then what the test said"
    guest = wire.db.read(lambda tx: guests.by_telegram(tx, anna.id))
    assert guest is not None
    assert guest.unreachable_at is not None


async def test_t6_a_group_that_migrates_keeps_being_told(wire: Wire, anna: Person, sim: SimClient) -> None:
    group = await sim.group("Desk", anna)
    async with wire.running():
        await wire.until(await wire.say(group, "before", card="approval:1"), "sent")
        new = (await sim.call("migrate", chat=group))["chat_id"]
        ids = [await wire.say(group, text) for text in ("one", "two")]
        await wire.until(ids[-1], "sent")
    assert [row["text"] for row in await anna.messages(new) if not row["mine"]][-2:] == ["one", "two"]


async def test_a_row_with_nothing_left_to_say_is_dropped_and_one_that_cannot_be_said_is_given_up(
    wire: Wire, anna: Person, sim: SimClient
) -> None:
    @wire.texts.renders("test.stale")
    def stale(scene: Scene) -> Message:
        raise Refusal("stale")

    @wire.texts.renders("test.broken")
    def broken(scene: Scene) -> Message:
        raise KeyError("words")

    owner = await sim.user("Owner")
    await owner.start()
    await wire.owner(owner.id)
    ids = [await wire.say(anna.id, "", kind=kind) for kind in ("test.stale", "test.broken", "test.nobody", "test.text")]
    async with wire.running():
        await wire.until(ids[-1], "sent")
    assert [wire.row(row_id).state for row_id in ids] == ["dropped", "failed", "failed", "sent"]
    alerts = [row for row in wire.db.read(outbox.listing) if row.kind == "staff.alert"]
    assert len(alerts) == 2


async def test_pictures_are_drawn_in_a_thread_with_no_transaction_open(wire: Wire, anna: Person) -> None:
    drawn: list[bool] = []

    def draw() -> bytes:
        drawn.append(threading.current_thread() is threading.main_thread() or wire.db._reader.in_transaction)
        from housebot.simulator.pictures import receipt

        return receipt(1)

    @wire.texts.renders("test.picture")
    def picture(scene: Scene) -> Message:
        return Message("month", pictures=(Picture(draw=draw),))

    async with wire.running():
        await wire.until(await wire.say(anna.id, "", kind="test.picture"), "sent")
    assert drawn == [False]
    assert await heard(anna) == ["month"]


async def test_words_passed_on_lead_the_reply_back_to_their_guest(wire: Wire, anna: Person) -> None:
    guest = await wire.db.write(
        lambda tx: guests.seen(
            tx, telegram_id=77, name="Guest", username=None, language_code="ru", now=wire.clock.now()
        )
    )
    facts = {"text": "Guest asks", "guest": guest.id}
    row_id = await wire.db.write(
        lambda tx: outbox.put(tx, kind="staff.relay", facts=facts, chat_id=anna.id, now=wire.clock.now())
    )
    async with wire.running():
        row = await wire.until(row_id, "sent")
    found = wires.rows(wire.db.path, "SELECT chat_id, message_id, guest_id FROM relays")
    assert found == [(anna.id, row.message_id, guest.id)]


async def test_an_outcome_that_cannot_be_written_is_written_later_and_nothing_overtakes_it(
    wire: Wire, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, refusals = rows.finish, 3

    def refusing(*arguments: Any, **named: Any) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise Refusal("temporarily_unavailable", reason="disk_full")
        finish(*arguments, **named)

    monkeypatch.setattr(rows, "finish", refusing)
    ids = [await wire.say(anna.id, text, delivery="once", kind="test.once") for text in ("one", "two")]
    async with wire.running():
        await wire.until(ids[1], "sent")
    assert await heard(anna) == ["one", "two"]
    assert wire.row(ids[0]).state == "sent"


async def test_results_of_many_chats_share_commits(wire: Wire, sim: SimClient, anna: Person) -> None:
    people = [await sim.user(f"P{number}") for number in range(16)]
    for person in people:
        await person.start()
    ids = [await wire.say(person.id, "hello") for person in people]
    before = wire.db.stats.commits
    async with wire.running():
        for row_id in ids:
            await wire.until(row_id, "sent")
    assert wire.db.stats.pieces > 0
    assert wire.db.stats.commits - before < 2 * len(ids)


async def test_retry_and_drop_by_hand(wire: Wire, anna: Person) -> None:
    now = wire.clock.now()
    row_id = await wire.say(anna.id, "hello")
    await wire.db.write(lambda tx: outbox.drop(tx, row_id, now=now))
    assert wire.row(row_id).state == "dropped"
    with pytest.raises(Refusal, match="stale"):
        await wire.db.write(lambda tx: outbox.drop(tx, row_id, now=now))
    with pytest.raises(Refusal, match="not_found"):
        await wire.db.write(lambda tx: outbox.retry(tx, 999, now=now))
    await wire.db.write(lambda tx: outbox.retry(tx, row_id, now=now))
    async with wire.running():
        await wire.until(row_id, "sent")
    with pytest.raises(Refusal, match="stale"):
        await wire.db.write(lambda tx: outbox.retry(tx, row_id, now=now))


def test_t2_a_bucket_gives_its_burst_then_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    bucket = Bucket(1.0, 5)
    taken = 0
    while bucket.wait() == 0:
        bucket.take()
        taken += 1
    assert (taken, bucket.wait()) == (5, 1.0)
    now += 0.25
    assert bucket.wait() == 0.75
    now += 60
    assert bucket.is_full
    bucket.take(7)
    assert bucket.wait() == 3.0


def test_t2_the_limits_are_those_of_the_rules() -> None:
    limits = pace.Limits()
    person, group = limits.bucket_for(5), limits.bucket_for(-5)
    assert (person._rate, person._burst) == (1.0, 5)
    assert (group._rate * 60, group._burst) == (18.0, 5)
    assert limits.all_per_second == 25.0


async def test_t2_delivery_keeps_to_the_pace_it_is_given(wire: Wire, anna: Person, sim: SimClient) -> None:
    """Seven messages at five at once and then twenty a second: the last two had to wait for their tokens."""
    wire.limits = replace(QUICK, chat_per_second=20, chat_burst=5)
    ids = [await wire.say(anna.id, f"{number}") for number in range(7)]
    began = asyncio.get_running_loop().time()
    async with wire.running():
        await wire.until(ids[-1], "sent")
    assert asyncio.get_running_loop().time() - began >= 2 / 20 * 0.9


async def test_a_clock_moved_ahead_does_not_shorten_real_patience(wire: Wire, anna: Person, sim: SimClient) -> None:
    await sim.misbehave("429", method="sendMessage", retry_after=2)
    other = await sim.user("Boris")
    await other.start()
    row_id = await wire.say(anna.id, "later")
    began = asyncio.get_running_loop().time()
    async with wire.running():
        await wire.tried(row_id)
        wire.clock.instant += timedelta(hours=1)
        await wire.until(await wire.say(other.id, "meanwhile"), "sent")
        await wire.until(row_id, "sent")
    assert asyncio.get_running_loop().time() - began >= 2 * 0.9
