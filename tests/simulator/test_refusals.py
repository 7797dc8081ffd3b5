"""The simulator refuses what Telegram refuses, in Telegram's words."""

import io
from typing import Any

import pytest
from PIL import Image

from housebot.simulator.client import Person, SimClient
from housebot.simulator.server import Simulator
from tests.simulator.rawbot import TOKEN, RawBot

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def inline(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def button(text: str = "x", data: str = "d") -> dict[str, Any]:
    return {"text": text, "callback_data": data}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: text must be non-empty"),
        ("x" * 4097, "Bad Request: message is too long"),
        ("😀" * 2049, "Bad Request: message is too long"),
        ("<b>x", "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("ы<foo>x</foo>", 'Bad Request: can\'t parse entities: Unsupported start tag "foo" at byte offset 2'),
        ("x</b>", "Bad Request: can't parse entities: Unexpected end tag at byte offset 1"),
        (
            "<b>x</i>",
            'Bad Request: can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
        ),
        ("3 < 5", "Bad Request: can't parse entities: Unclosed start tag at byte offset 2"),
        (
            "<span class='x'>a</span>",
            'Bad Request: can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset 0',
        ),
    ],
    ids=["none", "blank", "4097", "utf-16", "open", "unknown", "end", "unmatched", "less-than", "span"],
)
async def test_t7_text_is_refused_in_telegrams_words(bot: RawBot, anna: Person, text: str, words: str) -> None:
    assert await bot.refused("sendMessage", chat_id=anna.id, text=text, parse_mode="HTML") == words


async def test_t7_the_limit_counts_after_the_tags_are_gone(bot: RawBot, anna: Person) -> None:
    sent = await bot.ok("sendMessage", chat_id=anna.id, text="<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 4096}]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (inline([button(data="x" * 65)]), "Bad Request: BUTTON_DATA_INVALID"),
        (inline([button(data="ы" * 33)]), "Bad Request: BUTTON_DATA_INVALID"),
        (inline([button("")]), "Bad Request: inline keyboard button text must be non-empty"),
        (inline(*([[button()]] * 101)), "Bad Request: reply markup is too long"),
        (inline([button()] * 9), "Bad Request: reply markup is too long"),
        (inline([{"text": "x"}]), "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (inline([{"callback_data": "x"}]), 'Bad Request: can\'t parse inline keyboard button: Can\'t find field "text"'),
        (inline([{"text": "x", "copy_text": {"text": "y" * 257}}]), "Bad Request: BUTTON_COPY_TEXT_INVALID"),
        (inline([{"text": "x", "url": "http://localhost:1/"}]), "Bad Request: inline keyboard button URL 'http://localhost:1/' is invalid: Wrong HTTP URL"),
        ("nonsense", "Bad Request: can't parse reply keyboard markup JSON object"),
        ([1], "Bad Request: object expected as reply markup"),
        ({"inline_keyboard": [1]}, 'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
        ({"keyboard": [[{"text": ""}]]}, "Bad Request: keyboard button text must be non-empty"),
    ],
    ids=["65", "66-bytes", "empty", "101", "9", "plain", "no-text", "copy", "localhost", "json", "type", "rows", "reply-empty"],
)  # fmt: skip
async def test_t3_keyboards_are_refused(bot: RawBot, anna: Person, markup: Any, words: str) -> None:
    assert await bot.refused("sendMessage", chat_id=anna.id, text="x", reply_markup=markup) == words


async def test_t3_the_largest_keyboard_is_taken(bot: RawBot, anna: Person) -> None:
    rows = [[button(" ", "x" * 64)] * 8] * 12 + [[button()] * 4]
    sent = await bot.ok("sendMessage", chat_id=anna.id, text="x", reply_markup=inline(*rows))
    assert sum(map(len, sent["reply_markup"]["inline_keyboard"])) == 100


async def test_captions_are_measured(bot: RawBot, anna: Person) -> None:
    document = {"document": ("a.txt", b"hello")}
    status, body = await bot.upload("sendDocument", document, chat_id=str(anna.id), caption="x" * 1025)
    assert (status, body["description"]) == (400, "Bad Request: message caption is too long")
    status, _ = await bot.upload("sendDocument", document, chat_id=str(anna.id), caption="x" * 1024)
    assert status == 200


async def test_an_equal_edit_is_refused_and_a_lost_keyboard_is_a_change(bot: RawBot, anna: Person) -> None:
    markup = inline([button()])
    sent = await bot.ok("sendMessage", chat_id=anna.id, text="<b>a</b>", parse_mode="HTML", reply_markup=markup)
    place = {"chat_id": anna.id, "message_id": sent["message_id"]}
    same = {"text": "<b>a</b>", "parse_mode": "HTML", "reply_markup": markup}
    assert await bot.refused("editMessageText", **place, **same) == NOT_MODIFIED
    assert await bot.refused("editMessageReplyMarkup", **place, reply_markup=markup) == NOT_MODIFIED
    edited = await bot.ok("editMessageText", **place, text="<b>a</b>", parse_mode="HTML")
    assert "reply_markup" not in edited
    assert edited["edit_date"] == sent["date"]
    assert await bot.refused("editMessageText", **place, text="<b>a</b>", parse_mode="HTML") == NOT_MODIFIED


async def test_edits_that_cannot_be(bot: RawBot, anna: Person) -> None:
    own = await anna.send("hello")
    text = await bot.ok("sendMessage", chat_id=anna.id, text="x")
    final = await bot.ok("sendMessage", chat_id=anna.id, text="x", reply_markup={"keyboard": [["a"]]})
    chat = {"chat_id": anna.id}
    assert (
        await bot.refused("editMessageText", **chat, message_id=10**6, text="x")
        == "Bad Request: message to edit not found"
    )
    assert await bot.refused("editMessageText", text="x") == "Bad Request: message identifier is not specified"
    assert (
        await bot.refused("editMessageText", **chat, message_id=own.id, text="x")
        == "Bad Request: message can't be edited"
    )
    assert (
        await bot.refused("editMessageText", **chat, message_id=final["message_id"], text="y")
        == "Bad Request: message can't be edited"
    )
    words = await bot.refused("editMessageCaption", **chat, message_id=text["message_id"], caption="y")
    assert words == "Bad Request: there is no caption in the message to edit"
    words = await bot.refused("editMessageText", **chat, message_id=text["message_id"], text="y" * 4097)
    assert words == "Bad Request: MESSAGE_TOO_LONG"
    assert await bot.refused("deleteMessage", **chat, message_id=10**6) == "Bad Request: message to delete not found"


async def test_a_message_is_too_old_to_delete_after_two_days(bot: RawBot, anna: Person, sim: SimClient) -> None:
    sent = await bot.ok("sendMessage", chat_id=anna.id, text="x")
    await sim.advance(hours=48, seconds=1)
    words = await bot.refused("deleteMessage", chat_id=anna.id, message_id=sent["message_id"])
    assert words == "Bad Request: message can't be deleted for everyone"


async def test_callback_queries_are_answered_once_and_in_time(bot: RawBot, anna: Person, sim: SimClient) -> None:
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    await bot.ok("sendMessage", chat_id=anna.id, text="x", reply_markup=inline([button("Go", "go")]))
    pressed = await anna.press("Go", wait=False)
    query = await bot.update("callback_query")
    assert (query["id"], query["data"]) == (pressed.query_id, "go")
    assert (
        await bot.refused("answerCallbackQuery", callback_query_id=query["id"], text="x" * 201)
        == "Bad Request: MESSAGE_TOO_LONG"
    )
    assert await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="done", show_alert=True) is True
    assert await bot.refused("answerCallbackQuery", callback_query_id=query["id"]) == too_old
    assert (await anna.answer(query["id"])) == {"text": "done", "alert": True, "url": ""}
    await anna.press("Go", wait=False)
    late = await bot.update("callback_query")
    await sim.advance(minutes=15, seconds=1)
    assert await bot.refused("answerCallbackQuery", callback_query_id=late["id"]) == too_old
    assert await bot.refused("answerCallbackQuery", callback_query_id="17") == too_old


async def test_chats_that_cannot_be_written_to(bot: RawBot, anna: Person, sim: SimClient) -> None:
    stranger = await sim.user("Boris")
    assert await bot.refused("sendMessage", text="x") == "Bad Request: chat_id is empty"
    assert await bot.refused("sendMessage", chat_id=1, text="x") == "Bad Request: chat not found"
    assert await bot.refused("sendMessage", chat_id="abc", text="x") == "Bad Request: chat not found"
    assert await bot.refused("sendMessage", chat_id=[1], text="x") == "Bad Request: chat not found"
    assert await bot.refused("sendMessage", chat_id=stranger.id, text="x") == "Bad Request: chat not found"
    await sim.group("Team", anna, stranger)
    words = await bot.refused("sendMessage", chat_id=stranger.id, text="x")
    assert words == "Forbidden: bot can't initiate conversation with a user"
    await anna.block()
    assert await bot.refused("sendMessage", chat_id=anna.id, text="x") == "Forbidden: bot was blocked by the user"
    await anna.start()
    assert await bot.ok("sendMessage", chat_id=anna.id, text="x")


async def test_groups_that_cannot_be_written_to(bot: RawBot, anna: Person, sim: SimClient) -> None:
    group = await sim.group("Team", anna)
    forum = await sim.group("Forum", anna, forum=True)
    assert await bot.ok("sendMessage", chat_id=group, text="x")
    words = await bot.refused(
        "sendMessage", chat_id=group, text="x", reply_markup={"keyboard": [[{"text": "a", "request_contact": True}]]}
    )
    assert words == "Bad Request: phone number can be requested in private chats only"
    assert (
        await bot.refused("sendMessage", chat_id=forum, text="x", message_thread_id=77)
        == "Bad Request: message thread not found"
    )
    assert (
        await bot.refused("createForumTopic", chat_id=forum, name="A")
        == "Bad Request: not enough rights to create a topic"
    )
    assert await bot.refused("createForumTopic", chat_id=group, name="A") == "Bad Request: the chat is not a forum"
    moved = (await sim.call("migrate", chat=group))["chat_id"]
    status, body = await bot.call("sendMessage", chat_id=group, text="x")
    assert (status, body["description"]) == (400, "Bad Request: group chat was upgraded to a supergroup chat")
    assert body["parameters"] == {"migrate_to_chat_id": moved}
    assert await bot.ok("sendMessage", chat_id=moved, text="x")
    await sim.call("remove_bot", chat=moved, user=anna.id)
    assert (
        await bot.refused("sendMessage", chat_id=moved, text="x")
        == "Forbidden: bot was kicked from the supergroup chat"
    )
    await sim.call("remove_bot", chat=forum, user=anna.id, kick=False)
    assert (
        await bot.refused("sendMessage", chat_id=forum, text="x")
        == "Forbidden: bot is not a member of the supergroup chat"
    )


async def test_replies_to_nothing(bot: RawBot, anna: Person) -> None:
    answer = {"chat_id": anna.id, "text": "x", "reply_parameters": {"message_id": 10**6}}
    assert await bot.refused("sendMessage", **answer) == "Bad Request: message to be replied not found"
    answer["reply_parameters"] = {"message_id": 10**6, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await bot.ok("sendMessage", **answer)


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4 not a picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (b"", "Bad Request: file must be non-empty"),
        (png(2100, 100), "Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (b"x" * 10_485_761, "Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"),
    ],
    ids=["pdf", "empty", "shape", "10MB"],
)  # fmt: skip
async def test_photos_are_refused(bot: RawBot, anna: Person, content: bytes, words: str) -> None:
    status, body = await bot.upload("sendPhoto", {"photo": ("a.png", content)}, chat_id=str(anna.id))
    assert (status, body["description"]) == (400, words)


async def test_files_belong_to_one_bot_and_one_kind(simulator: Simulator, bot: RawBot, anna: Person) -> None:
    await anna.document(b"hello", name="a.txt")
    document = (await bot.update("message"))["document"]
    chat = {"chat_id": anna.id}
    assert await bot.refused("sendPhoto", **chat) == "Bad Request: there is no photo in the request"
    wrong = "Bad Request: wrong file identifier/HTTP URL specified"
    assert await bot.refused("sendPhoto", **chat, photo="nonsense") == wrong
    words = await bot.refused("sendPhoto", **chat, photo=document["file_id"])
    assert words == "Bad Request: can't use file of type Document as Photo"
    assert (
        await bot.refused("sendPhoto", **chat, photo="https://example.org/a.jpg")
        == "Bad Request: failed to get HTTP URL content"
    )
    assert await bot.refused("getFile", file_id="nonsense") == "Bad Request: invalid file_id"
    assert await bot.refused("getFile", file_id="") == "Bad Request: file_id not specified"
    async with RawBot(simulator.url, "800000001:" + "B" * 35) as other:
        await other.ok("getMe")
        simulator.control.start(anna.id, bot=800000001)
        assert await other.refused("sendDocument", **chat, document=document["file_id"]) == wrong
        assert await other.refused("getFile", file_id=document["file_id"]) == "Bad Request: invalid file_id"


async def test_only_20_megabytes_can_be_downloaded(bot: RawBot, anna: Person) -> None:
    await anna.document(b"x" * (20 * 1024 * 1024 + 1), name="big.bin")
    document = (await bot.update("message"))["document"]
    assert await bot.refused("getFile", file_id=document["file_id"]) == "Bad Request: file is too big"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"provider_token": ""}, "Bad Request: PAYMENT_PROVIDER_INVALID"),
        ({"prices": []}, "Bad Request: there must be at least one price"),
        ({"prices": [{"label": "", "amount": 1}]}, "Bad Request: can't parse labeled price: LabeledPrice label must be non-empty"),
        ({"prices": [{"label": "x", "amount": "1"}]}, 'Bad Request: can\'t parse labeled price: Field "amount" must be of type Number'),
        ({"payload": ""}, 'Bad Request: parameter "payload" is required'),
        ({"currency": "XTR", "provider_token": "", "prices": [{"label": "x", "amount": 1}] * 2}, "Bad Request: STARS_INVOICE_INVALID"),
    ],
    ids=["token", "prices", "label", "amount", "payload", "stars"],
)  # fmt: skip
async def test_r47_invoices_are_refused(bot: RawBot, anna: Person, change: dict[str, Any], words: str) -> None:
    invoice: dict[str, Any] = {
        "chat_id": anna.id, "title": "Stay", "description": "One night", "payload": "p", "provider_token": "t",
        "currency": "BYN", "prices": [{"label": "Stay", "amount": 40000}],
    }  # fmt: skip
    assert await bot.refused("sendInvoice", **(invoice | change)) == words


async def test_unknown_methods_tokens_and_parse_modes(bot: RawBot, anna: Person, simulator: Simulator) -> None:
    assert await bot.refused("sendTelepathy") == "Not Found: method not found"
    assert (await bot.call("sendTelepathy"))[0] == 404
    assert (
        await bot.refused("sendMessage", chat_id=anna.id, text="x", parse_mode="BBCode")
        == "Bad Request: unsupported parse_mode"
    )
    assert (
        await bot.refused("sendChatAction", chat_id=anna.id, action="dancing")
        == "Bad Request: wrong parameter action in request"
    )
    for token in ("123", "abc:def", "0123:" + "a" * 35):
        async with RawBot(simulator.url, token) as wrong:
            assert await wrong.refused("getMe") == "Unauthorized: invalid token specified"
    async with RawBot(simulator.url, TOKEN[:-1] + "Z") as revoked:
        assert await revoked.refused("getMe") == "Unauthorized"


async def test_a_restricted_simulator_admits_its_own_bots_only() -> None:
    made = Simulator(tokens=[TOKEN])
    await made.start()
    try:
        async with RawBot(made.url, TOKEN) as right, RawBot(made.url, "5:" + "A" * 35) as wrong:
            assert (await right.ok("getMe"))["is_bot"] is True
            assert await wrong.refused("getMe") == "Unauthorized"
    finally:
        await made.stop()


async def test_commands_are_checked_and_kept_by_scope_and_language(bot: RawBot, anna: Person) -> None:
    assert (
        await bot.refused("setMyCommands", commands=[{"command": "Книга", "description": "x"}])
        == "Bad Request: BOT_COMMAND_INVALID"
    )
    assert (
        await bot.refused("setMyCommands", commands=[{"command": "a", "description": ""}])
        == "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"
    )
    words = await bot.refused("setMyCommands", commands=[], scope={"type": "moon"})
    assert words == "Bad Request: can't parse BotCommandScope: Unsupported type specified"
    mine = {"type": "chat", "chat_id": anna.id}
    for scope, language, name in [
        ({"type": "default"}, "", "a"),
        ({"type": "all_private_chats"}, "ru", "b"),
        (mine, "", "c"),
    ]:
        await bot.ok(
            "setMyCommands", commands=[{"command": name, "description": "x"}], scope=scope, language_code=language
        )
    assert await bot.ok("getMyCommands") == [{"command": "a", "description": "x"}]
    assert [one["command"] for one in (await anna.chat())["commands"]] == ["c"]
    await bot.ok("deleteMyCommands", scope=mine)
    assert [one["command"] for one in (await anna.chat())["commands"]] == ["b"]
