"""How updates wait, are confirmed, restart and conflict."""

import asyncio

from housebot.simulator.client import Person, SimClient
from housebot.simulator.server import Simulator
from tests.simulator.rawbot import RawBot, polled


async def ids(bot: RawBot, **params: int) -> list[int]:
    return [update["update_id"] for update in await bot.ok("getUpdates", **params)]


async def test_t1_an_offset_confirms_everything_below_it(bot: RawBot, anna: Person) -> None:
    for text in "abc":
        await anna.send(text)
    first, second, third = await ids(bot)
    assert await ids(bot, limit=2) == [first, second]
    assert await ids(bot, offset=second) == [second, third]
    assert await ids(bot) == [second, third]
    assert await ids(bot, offset=third + 1) == []
    assert await ids(bot) == []


async def test_t1_a_negative_offset_keeps_the_last_ones(bot: RawBot, anna: Person) -> None:
    for text in "abc":
        await anna.send(text)
    all_of_them = await ids(bot)
    assert await ids(bot, offset=-1) == all_of_them[-1:]
    assert await ids(bot) == all_of_them[-1:]


async def test_t1_an_offset_of_another_age_is_ignored(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await anna.send("old")
    (old,) = await ids(bot)
    await sim.call("restart_ids", first=10)
    await anna.send("new")
    assert await ids(bot, offset=old + 1) == [10]
    assert await ids(bot, offset=11) == []


async def test_t1_updates_wait_a_day_and_no_longer(bot: RawBot, anna: Person, sim: SimClient) -> None:
    await anna.send("early")
    await sim.advance(hours=23)
    await anna.send("late")
    assert len(await ids(bot)) == 2
    await sim.advance(hours=2)
    assert [u["message"]["text"] for u in await bot.ok("getUpdates")] == ["late"]


async def test_a_long_poll_ends_when_something_comes(simulator: Simulator, bot: RawBot, anna: Person) -> None:
    poll = asyncio.create_task(bot.updates(timeout=60))
    await polled(simulator)
    assert not poll.done()
    await anna.send("hello")
    (update,) = await asyncio.wait_for(poll, 30)
    message = update["message"]
    assert message["text"] == "hello"
    assert message["chat"] == {"id": anna.id, "first_name": "Anna", "type": "private"}
    assert message["from"] == {"id": anna.id, "is_bot": False, "first_name": "Anna", "language_code": "ru"}


async def test_the_second_poller_throws_out_the_first(simulator: Simulator, bot: RawBot, anna: Person) -> None:
    first = asyncio.create_task(bot.call("getUpdates", timeout=60))
    await polled(simulator)
    second = asyncio.create_task(bot.call("getUpdates", timeout=60))
    status, body = await asyncio.wait_for(first, 30)
    assert status == 409
    assert body["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await anna.send("hello")
    assert len((await asyncio.wait_for(second, 30))[1]["result"]) == 1


async def test_a_webhook_stands_in_the_way_of_polling(bot: RawBot) -> None:
    assert await bot.refused("setWebhook", url="http://example.org") == (
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    )
    await bot.ok("setWebhook", url="https://example.org/hook")
    assert (await bot.ok("getWebhookInfo"))["url"] == "https://example.org/hook"
    assert await bot.refused("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    await bot.ok("deleteWebhook")
    assert await bot.ok("getUpdates") == []


async def test_only_the_kinds_asked_for_arrive_and_the_wish_is_remembered(bot: RawBot, anna: Person) -> None:
    await bot.ok("getUpdates", allowed_updates=["message"])
    await anna.block()
    await anna.start()
    found = await bot.updates()
    assert [kind for update in found for kind in update if kind != "update_id"] == ["message"]
    await bot.ok("getUpdates", allowed_updates=[], offset=bot.offset)
    await anna.block()
    (update,) = await bot.updates()
    change = update["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")


async def test_privacy_mode_lets_commands_and_replies_through(bot: RawBot, anna: Person, sim: SimClient) -> None:
    group = await sim.group("Team", anna)
    prompt = await bot.ok(
        "sendMessage", chat_id=group, text="Say", reply_markup={"force_reply": True, "selective": True}
    )
    await bot.drain()
    await anna.send("the forced reply", chat=group)
    await anna.send("talk among people", chat=group)
    await anna.send("/today", chat=group)
    await anna.send("/today@other_bot", chat=group)
    heard = [update["message"] for update in await bot.updates()]
    assert [message["text"] for message in heard] == ["the forced reply", "/today"]
    assert heard[0]["reply_to_message"]["message_id"] == prompt["message_id"]
    assert heard[1]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_an_anonymous_admin_speaks_as_the_group_and_presses_as_herself(
    bot: RawBot, anna: Person, sim: SimClient
) -> None:
    group = await sim.group("Team", anna, type="supergroup")
    await bot.ok(
        "sendMessage",
        chat_id=group,
        text="x",
        reply_markup={"inline_keyboard": [[{"text": "Go", "callback_data": "g"}]]},
    )
    await sim.call("anonymous", chat=group, user=anna.id)
    await bot.drain()
    await anna.send("/today", chat=group)
    message = await bot.update("message")
    assert (message["from"]["username"], message["sender_chat"]["id"]) == ("GroupAnonymousBot", group)
    await anna.press("Go", chat=group, wait=False)
    assert (await bot.update("callback_query"))["from"]["id"] == anna.id


async def test_joining_by_a_link_and_migrating_tell_the_bot(bot: RawBot, anna: Person, sim: SimClient) -> None:
    group = (await sim.call("startgroup", user=anna.id, payload="chat_abc"))["chat_id"]
    joined, service, command = await bot.updates()
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert service["message"]["new_chat_members"][0]["is_bot"] is True
    assert command["message"]["text"].endswith("bot chat_abc")
    moved = (await sim.call("migrate", chat=group))["chat_id"]
    away, here = await bot.updates()
    assert (away["message"]["chat"]["id"], away["message"]["migrate_to_chat_id"]) == (group, moved)
    assert (here["message"]["chat"]["id"], here["message"]["migrate_from_chat_id"]) == (moved, group)


async def test_forum_topics_mark_their_messages(bot: RawBot, anna: Person, sim: SimClient) -> None:
    forum = await sim.group("Forum", anna, forum=True, bot_admin=True)
    topic = await bot.ok("createForumTopic", chat_id=forum, name="Bookings")
    thread = topic["message_thread_id"]
    sent = await bot.ok("sendMessage", chat_id=forum, text="x", message_thread_id=thread)
    assert (sent["message_thread_id"], sent["is_topic_message"], sent["chat"]["is_forum"]) == (thread, True, True)
    await bot.drain()
    await anna.send("in the topic", chat=forum, thread=thread)
    assert (await bot.update("message"))["message_thread_id"] == thread
