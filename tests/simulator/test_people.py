"""What people do reaches the bot, what bots do shows on the phone, and time and memory can be moved."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from housebot.simulator import pictures
from housebot.simulator.client import Person, Seen, SimClient, SimError
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from tests.simulator.conftest import START
from tests.simulator.rawbot import TOKEN, RawBot


async def test_new_messages_ring_and_edits_do_not(bot: RawBot, anna: Person) -> None:
    loud = await bot.ok("sendMessage", chat_id=anna.id, text="loud")
    await bot.ok("sendMessage", chat_id=anna.id, text="quiet", disable_notification=True)
    await bot.ok("editMessageText", chat_id=anna.id, message_id=loud["message_id"], text="LOUD")
    own, first, second = await anna.messages()
    assert (own["rang"], own["mine"]) == (False, True)
    assert (first.text, first["rang"], first["edits"]) == ("LOUD", True, 1)
    assert (second["rang"], second["silent"]) == (False, True)
    await bot.ok("deleteMessage", chat_id=anna.id, message_id=loud["message_id"])
    assert [one.text for one in await anna.messages()] == ["/start", "quiet"]


async def test_html_becomes_entities_in_utf16_units(bot: RawBot, anna: Person) -> None:
    html = '😀 <b>жирный <i>и</i></b> <s>16:00</s> <code>4111 &amp; 1</code> <a href="example.org">сайт</a> <blockquote>да</blockquote>'
    sent = await bot.ok("sendMessage", chat_id=anna.id, text=html, parse_mode="HTML")
    assert sent["text"] == "😀 жирный и 16:00 4111 & 1 сайт да"
    raw = sent["text"].encode("utf-16-le")
    found = {
        entity["type"]: raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")
        for entity in sent["entities"]
    }
    assert found == {
        "bold": "жирный и", "italic": "и", "strikethrough": "16:00", "code": "4111 & 1", "text_link": "сайт", "blockquote": "да",
    }  # fmt: skip
    assert next(e["url"] for e in sent["entities"] if e["type"] == "text_link") == "http://example.org/"


async def test_the_same_picture_keeps_its_unique_id_unless_it_is_taken_anew(bot: RawBot, anna: Person) -> None:
    data = (await picture(bot, anna))[1]
    await anna.photo(data)
    await anna.photo(data)
    await anna.photo(data, fresh=True)
    one, two, three = [(await bot.update("message"))["photo"][-1] for _ in range(3)]
    assert one["file_unique_id"] == two["file_unique_id"] != three["file_unique_id"]
    assert await bytes_of(bot, one["file_id"]) == await bytes_of(bot, three["file_id"])


async def picture(bot: RawBot, anna: Person) -> tuple[str, bytes]:
    await anna.photo()
    photo = (await bot.update("message"))["photo"]
    assert [size["width"] for size in photo] == sorted(size["width"] for size in photo)
    return photo[-1]["file_id"], await bytes_of(bot, photo[-1]["file_id"])


async def bytes_of(bot: RawBot, file_id: str) -> bytes:
    path = (await bot.ok("getFile", file_id=file_id))["file_path"]
    async with bot.session.get(f"{bot.url}/file/bot{bot.token}/{path}") as response:
        assert response.status == 200
        return await response.read()


async def test_a_photo_comes_back_by_its_id_and_goes_out_again(bot: RawBot, anna: Person) -> None:
    file_id, content = await picture(bot, anna)
    assert content.startswith(b"\xff\xd8")
    sent = await bot.ok("sendPhoto", chat_id=anna.id, photo=file_id, caption="<i>receipt</i>", parse_mode="HTML")
    assert sent["caption_entities"] == [{"type": "italic", "offset": 0, "length": 7}]
    edited = await bot.ok("editMessageCaption", chat_id=anna.id, message_id=sent["message_id"], caption="seen")
    assert edited["caption"] == "seen"
    assert (await anna.last())["photo"]["url"].startswith("sim/file/")


async def test_albums_share_a_group_on_both_sides(bot: RawBot, anna: Person) -> None:
    await anna.album(3, caption="three")
    heard = [await bot.update("message") for _ in range(3)]
    assert len({message["media_group_id"] for message in heard}) == 1
    assert [message.get("caption") for message in heard] == ["three", None, None]
    media = [
        {"type": "photo", "media": "attach://a", "caption": "<b>x</b>", "parse_mode": "HTML"},
        {"type": "photo", "media": "attach://b"},
    ]
    data = await bytes_of(bot, heard[0]["photo"][-1]["file_id"])
    status, body = await bot.upload(
        "sendMediaGroup", {"a": ("a.jpg", data), "b": ("b.jpg", data)}, chat_id=str(anna.id), media=media
    )
    assert status == 200, body
    assert len({message["media_group_id"] for message in body["result"]}) == 1


async def test_reply_keyboards_show_send_and_ask_for_contacts(bot: RawBot, anna: Person) -> None:
    keyboard = {
        "keyboard": [["✨ Help me"], [{"text": "My number", "request_contact": True}]],
        "one_time_keyboard": True,
    }
    asked = await bot.ok("sendMessage", chat_id=anna.id, text="menu", reply_markup=keyboard)
    assert await anna.keyboard() == ["✨ Help me", "My number"]
    await anna.press("✨ Help")
    assert (await bot.update("message"))["text"] == "✨ Help me"
    assert await anna.keyboard() == []
    await bot.ok("sendMessage", chat_id=anna.id, text="menu", reply_markup=keyboard)
    await anna.press("My number")
    shared = await bot.update("message")
    assert shared["contact"] == {"phone_number": "+375291234567", "first_name": "Anna", "user_id": anna.id}
    assert shared["reply_to_message"]["message_id"] > asked["message_id"]
    await anna.send_contact("+79000000000", "Boris")
    assert "user_id" not in (await bot.update("message"))["contact"]
    await bot.ok("sendMessage", chat_id=anna.id, text="done", reply_markup={"remove_keyboard": True})
    assert await anna.keyboard() == []


async def test_t3_an_old_button_can_still_be_pressed(bot: RawBot, anna: Person) -> None:
    def markup(data: str) -> dict[str, object]:
        return {"inline_keyboard": [[{"text": data, "callback_data": data}]]}

    sent = await bot.ok("sendMessage", chat_id=anna.id, text="x", reply_markup=markup("old"))
    await bot.ok(
        "editMessageText", chat_id=anna.id, message_id=sent["message_id"], text="y", reply_markup=markup("new")
    )
    with pytest.raises(SimError, match="no button"):
        await anna.press("old", wait=False)
    await anna.press(data="old", message_id=sent["message_id"], wait=False)
    query = await bot.update("callback_query")
    assert (query["data"], query["message"]["text"]) == ("old", "y")


async def test_waiting_sees_only_what_is_new(bot: RawBot, anna: Person) -> None:
    await bot.ok("sendMessage", chat_id=anna.id, text="hello")
    await anna.send("and now?")
    with pytest.raises(SimError, match="did not see 'hello'"):
        await anna.wait_for("hello", timeout=0.1)
    assert (await anna.wait_for("hello", fresh=False)).text == "hello"
    waiting = asyncio.create_task(anna.wait_for(lambda seen: seen["edits"] == 1))
    await asyncio.sleep(0.05)
    await bot.ok("editMessageText", chat_id=anna.id, message_id=(await anna.last()).id, text="hello again")
    assert (await asyncio.wait_for(waiting, 30)).text == "hello again"


@pytest.mark.parametrize("accepted", [True, False])
async def test_r47_paying_asks_the_bot_first(bot: RawBot, anna: Person, accepted: bool) -> None:
    await bot.ok(
        "sendInvoice", chat_id=anna.id, title="Stay", description="One night", payload="hold:1", provider_token="t",
        currency="BYN", prices=[{"label": "Stay", "amount": 40000}], start_parameter="",
    )  # fmt: skip
    paying = asyncio.create_task(anna.pay())
    query = await bot.update("pre_checkout_query")
    assert (query["currency"], query["total_amount"], query["invoice_payload"]) == ("BYN", 40000, "hold:1")
    reason = {} if accepted else {"error_message": "too late"}
    await bot.ok("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=accepted, **reason)
    paid = await paying
    assert paid["paid"] is accepted
    if accepted:
        payment = (await bot.update("message"))["successful_payment"]
        assert (payment["total_amount"], payment["invoice_payload"]) == (40000, "hold:1")
    else:
        assert paid["error"] == "too late"
        assert await bot.updates() == []


async def test_stars_are_given_back_once(bot: RawBot, anna: Person) -> None:
    link = await bot.ok(
        "createInvoiceLink",
        title="Star",
        description="d",
        payload="p",
        currency="XTR",
        prices=[{"label": "x", "amount": 5}],
    )
    paying = asyncio.create_task(anna.pay(link=link))
    query = await bot.update("pre_checkout_query")
    await bot.ok("answerPreCheckoutQuery", pre_checkout_query_id=query["id"], ok=True)
    await paying
    charge = (await bot.update("message"))["successful_payment"]["telegram_payment_charge_id"]
    refund = {"user_id": anna.id, "telegram_payment_charge_id": charge}
    await bot.ok("refundStarPayment", **refund)
    assert (await bot.update("message"))["refunded_payment"]["total_amount"] == 5
    assert await bot.refused("refundStarPayment", **refund) == "Bad Request: CHARGE_ALREADY_REFUNDED"


async def test_the_clock_moves_dates_and_tells_whoever_embeds_it() -> None:
    told: list[datetime] = []
    made = Simulator(clock=Clock(START), tokens=[TOKEN], on_clock=told.append)
    await made.start()
    try:
        async with RawBot(made.url, TOKEN) as bot, SimClient(made.url) as sim:
            anna = await sim.user("Anna")
            await anna.start()
            await sim.advance(hours=1)
            sent = await bot.ok("sendMessage", chat_id=anna.id, text="x")
            assert 0 <= sent["date"] - START.timestamp() - 3600 < 60
            await sim.call("next_hour", hour=8, zone="Europe/Minsk")
            assert told[-1] == datetime(2026, 11, 21, 5, tzinfo=UTC)
            assert await sim.now() >= told[-1]
    finally:
        await made.stop()


async def test_forwards_say_where_they_come_from(bot: RawBot, anna: Person) -> None:
    own = await anna.send("mine")
    await bot.drain()
    await anna.forward(own.id)
    await anna.forward_foreign("Bank bot", photo=True)
    first, second = await bot.update("message"), await bot.update("message")
    assert first["forward_origin"]["sender_user"]["id"] == anna.id
    assert (second["forward_origin"]["type"], second["forward_origin"]["sender_user_name"]) == (
        "hidden_user",
        "Bank bot",
    )
    assert "photo" in second
    sent = await bot.ok("forwardMessage", chat_id=anna.id, from_chat_id=anna.id, message_id=own.id)
    assert sent["forward_origin"]["type"] == "user"
    assert await bot.refused("copyMessage", chat_id=anna.id, from_chat_id=anna.id, message_id=10**6) == (
        "Bad Request: message to copy not found"
    )


async def test_a_saved_world_goes_on_where_it_was(
    simulator: Simulator, bot: RawBot, anna: Person, sim: SimClient, tmp_path: Path
) -> None:
    await sim.group("Team", anna)
    await anna.photo()
    await bot.ok(
        "sendMessage",
        chat_id=anna.id,
        text="x",
        reply_markup={"inline_keyboard": [[{"text": "Go", "callback_data": "g"}]]},
    )
    before = await anna.chat()
    simulator.save(tmp_path / "world.json")
    other = Simulator(clock=Clock(START))
    other.load(tmp_path / "world.json")
    await other.start()
    try:
        async with RawBot(other.url, TOKEN) as again, SimClient(other.url) as there:
            person = await there.user(id=anna.id)
            after = await person.chat()
            assert after["messages"] == before["messages"]
            kinds = [next(iter(u.keys() - {"update_id"})) for u in await again.updates()]
            assert kinds == ["my_chat_member", "message", "message"]
            await person.press("Go", wait=False)
            assert (await again.update("callback_query"))["data"] == "g"
            photo = next(one for one in after["messages"] if "photo" in one)
            async with again.session.get(f"{other.url}/{photo['photo']['url']}") as response:
                assert response.status == 200
    finally:
        await other.stop()


async def test_a_selective_forced_reply_asks_one_person_only(bot: RawBot, anna: Person, sim: SimClient) -> None:
    boris = await sim.user("Boris")
    group = await sim.group("Team", anna, boris)
    asked = await bot.ok(
        "sendMessage", chat_id=group, text=f'<a href="tg://user?id={anna.id}">Anna</a>, what shall we say?', parse_mode="HTML",
        reply_markup={"force_reply": True, "selective": True},
    )  # fmt: skip
    assert asked["entities"][0]["type"] == "text_mention"
    assert asked["entities"][0]["user"]["id"] == anna.id
    assert "reply_to" not in await boris.send("talk among people", chat=group)
    answered = await anna.send("this", chat=group)
    assert answered["reply_to"]["message_id"] == asked["message_id"]
    assert "reply_to" not in await anna.send("and that", chat=group)


async def test_a_long_text_goes_out_in_pieces_as_apps_do(bot: RawBot, anna: Person) -> None:
    await anna.send("😀" + "x" * 5000)
    pieces = [(await bot.update("message"))["text"] for _ in range(2)]
    assert "".join(pieces) == "😀" + "x" * 5000
    assert max(len(piece.encode("utf-16-le")) // 2 for piece in pieces) == 4096


async def test_a_button_under_the_field_is_not_taken_for_one_under_a_message(bot: RawBot, anna: Person) -> None:
    under = {"keyboard": [[{"text": "Даты"}]], "resize_keyboard": True}
    await bot.ok("sendMessage", chat_id=anna.id, text="меню", reply_markup=under)
    inline = {"inline_keyboard": [[{"text": "Даты", "callback_data": "d"}, {"text": "Дом", "callback_data": "h"}]]}
    await bot.ok("sendMessage", chat_id=anna.id, text="о доме", reply_markup=inline)
    assert (await anna.press("Даты", keyboard=True)).kind == "keyboard"
    assert (await bot.update("message"))["text"] == "Даты"
    assert (await anna.press("Даты", wait=False)).kind == "callback_data"
    with pytest.raises(SimError, match="no button 'Дом'"):
        await anna.press("Дом", keyboard=True)


async def test_a_sample_receipt_is_of_the_sum_that_was_asked_for(
    simulator: Simulator, bot: RawBot, anna: Person
) -> None:
    chat = simulator.world.private[(simulator.world.default_bot(None).id, anna.id)]
    asked = simulator.control._people.asked
    assert asked(chat) == ""
    copies = [
        {"text": label, "copy_text": {"text": what}} for label, what in (("№", "4255123412341234"), ("Σ", "612,50"))
    ]
    await bot.ok(
        "sendMessage", chat_id=anna.id, text="Переведите 612,50 BYN", reply_markup={"inline_keyboard": [copies]}
    )
    assert asked(chat) == "612,50 BYN"
    sent = await anna.photo()
    at = simulator.world.clock.now().strftime("%d.%m.%Y %H:%M")
    drawn = [pictures.receipt(1, amount=amount, at=at) for amount in ("612,50 BYN", "400.00 BYN")]
    assert [await received(bot, sent) == pictures.scaled(one, 1280)[0] for one in drawn] == [True, False]


async def received(bot: RawBot, sent: Seen) -> bytes:
    async with bot.session.get(f"{bot.url}/{sent['photo']['url']}") as response:
        return await response.read()
