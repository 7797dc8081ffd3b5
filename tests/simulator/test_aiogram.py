"""A real aiogram bot understands every shape the simulator sends, and its calls are understood."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LabeledPrice,
    LinkPreviewOptions,
    MessageOriginHiddenUser,
    ReplyParameters,
    Update,
)

from housebot.simulator import pictures
from housebot.simulator.client import Person, SimClient
from housebot.simulator.server import Simulator
from tests.simulator.rawbot import TOKEN


@pytest.fixture
async def aiobot(simulator: Simulator) -> AsyncIterator[Bot]:
    simulator.control.register(TOKEN, name="Secret House", username="secret_house_bot")
    made = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(simulator.url)))
    yield made
    await made.session.close()


async def updates(bot: Bot) -> list[Update]:
    found = await bot.get_updates()
    if found:
        await bot.get_updates(offset=found[-1].update_id + 1)
    return found


async def test_aiogram_reads_everything_people_do(aiobot: Bot, sim: SimClient) -> None:
    assert (await aiobot.get_me()).username == "secret_house_bot"
    anna = await sim.user("Anna", last_name="A", username="anna", language_code="ru")
    await anna.start("src_insta")
    await anna.photo(caption="receipt")
    await anna.document()
    await anna.voice()
    await anna.sticker()
    await anna.share_contact()
    await anna.forward_foreign("Bank", photo=True)
    await anna.send("привет /help https://example.org +375 29 123-45-67")
    messages = [update.message for update in await updates(aiobot)]
    kinds = [message.content_type for message in messages if message]
    assert kinds == ["text", "photo", "document", "voice", "sticker", "contact", "photo", "text"]
    assert messages[6] is not None
    assert isinstance(messages[6].forward_origin, MessageOriginHiddenUser)
    assert messages[7] is not None
    assert messages[7].entities is not None
    assert [entity.type for entity in messages[7].entities] == ["bot_command", "url", "phone_number"]
    await anna.block()
    (change,) = await updates(aiobot)
    assert change.my_chat_member is not None
    assert change.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(TelegramForbiddenError):
        await aiobot.send_message(anna.id, "x")


async def test_aiogram_sends_edits_answers_and_downloads(aiobot: Bot, sim: SimClient) -> None:
    anna = await sim.user("Anna")
    await anna.start()
    await updates(aiobot)
    markup = InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text="Go", callback_data="go", style="success")],
            [InlineKeyboardButton(text="Copy", copy_text=CopyTextButton(text="4111"))],
        ]
    )
    sent = await aiobot.send_message(
        anna.id,
        "<b>hi</b>",
        parse_mode="HTML",
        reply_markup=markup,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.html_text == "<b>hi</b>"
    await anna.press("Go", wait=False)
    (pressed,) = await updates(aiobot)
    assert pressed.callback_query is not None
    await aiobot.answer_callback_query(pressed.callback_query.id, text="ok")
    assert await anna.toasts() == ["ok"]
    edited = await aiobot.edit_message_text("bye", chat_id=anna.id, message_id=sent.message_id, reply_markup=markup)
    assert not isinstance(edited, bool)
    assert edited.edit_date is not None
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await aiobot.edit_message_text("bye", chat_id=anna.id, message_id=sent.message_id, reply_markup=markup)
    picture = BufferedInputFile(pictures.receipt(1), "a.jpg")
    photo = await aiobot.send_photo(
        anna.id, picture, caption="c", reply_parameters=ReplyParameters(message_id=sent.message_id)
    )
    assert photo.photo is not None
    assert photo.reply_to_message is not None
    downloaded = await aiobot.download(photo.photo[-1].file_id)
    assert isinstance(downloaded, BytesIO)
    assert downloaded.read().startswith(b"\xff\xd8")
    album = await aiobot.send_media_group(
        anna.id, [InputMediaPhoto(media=picture), InputMediaPhoto(media=photo.photo[-1].file_id)]
    )
    assert album[0].media_group_id == album[1].media_group_id
    await aiobot.edit_message_media(
        InputMediaPhoto(media=picture, caption="new"), chat_id=anna.id, message_id=photo.message_id
    )
    await aiobot.send_document(anna.id, BufferedInputFile(b"hello", "a.txt"))
    await aiobot.send_chat_action(anna.id, "typing")
    await aiobot.pin_chat_message(anna.id, sent.message_id)
    assert (await aiobot.get_chat(anna.id)).pinned_message is not None
    await aiobot.delete_message(anna.id, sent.message_id)
    await sim.misbehave("429", retry_after=3)
    with pytest.raises(TelegramRetryAfter) as refused:
        await aiobot.send_message(anna.id, "x")
    assert refused.value.retry_after == 3


async def test_aiogram_manages_itself_groups_and_money(aiobot: Bot, sim: SimClient) -> None:
    anna = await sim.user("Anna")
    await anna.start()
    await aiobot.set_my_commands(
        [BotCommand(command="book", description="Book")], scope=BotCommandScopeAllPrivateChats(), language_code="en"
    )
    assert (await aiobot.get_my_commands(scope=BotCommandScopeAllPrivateChats(), language_code="en"))[
        0
    ].command == "book"
    await aiobot.set_my_description("A house", language_code="en")
    assert (await aiobot.get_my_description(language_code="en")).description == "A house"
    await aiobot.delete_webhook(drop_pending_updates=True)
    assert (await aiobot.get_webhook_info()).pending_update_count == 0
    forum = await sim.group("Forum", anna, forum=True, bot_admin=True)
    await anna.send("/today", chat=forum)
    assert [update.event_type for update in await updates(aiobot)] == ["my_chat_member", "message", "message"]
    topic = await aiobot.create_forum_topic(forum, "Bookings")
    assert (await aiobot.send_message(forum, "x", message_thread_id=topic.message_thread_id)).is_topic_message
    assert (await aiobot.get_chat_member(forum, aiobot.id)).status == "administrator"
    assert {member.status for member in await aiobot.get_chat_administrators(forum)} == {"creator", "administrator"}
    assert await aiobot.get_chat_member_count(forum) == 2
    invoice = await aiobot.send_invoice(
        anna.id, "Stay", "One night", "p", "BYN", [LabeledPrice(label="Stay", amount=100)], provider_token="t"
    )
    assert invoice.invoice is not None
    await pays(aiobot, anna)


async def pays(bot: Bot, anna: Person) -> None:
    import asyncio

    paying = asyncio.create_task(anna.pay())
    (asked,) = await bot.get_updates(offset=0, timeout=5)
    assert asked.pre_checkout_query is not None
    await bot.answer_pre_checkout_query(asked.pre_checkout_query.id, ok=True)
    assert (await paying)["paid"] is True
    (paid,) = await bot.get_updates(offset=asked.update_id + 1, timeout=5)
    assert paid.message is not None
    assert paid.message.successful_payment is not None
