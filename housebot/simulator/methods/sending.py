"""Sending what is not a file: text, contacts, places, chat actions. `deliver` is how every message of a bot comes to be."""

from typing import Any

from housebot.simulator import markup as keyboards
from housebot.simulator.entities import Text, formatted
from housebot.simulator.errors import bad_request
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.model import Chat, Json, Message

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
_GENERAL_TOPIC = 1
_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "record_audio", "upload_audio",
    "upload_document", "choose_sticker", "find_location", "pick_up_location", "record_video_note", "upload_video_note", "cancel",
}  # fmt: skip


def text_of(call: Call) -> Text:
    """The text parameter, parsed and measured."""
    source = call.params.text("text")
    if not source:
        raise bad_request("message text is empty")
    text = formatted(source, call.params.text("parse_mode"), _entities(call, "entities"))
    if not text.text:
        raise bad_request("text must be non-empty")
    return text


def caption_of(source: Any, parse_mode: str, entities: list[Json] | None) -> Json:
    """The caption fields of a message, parsed and measured."""
    caption = formatted(str(source or ""), parse_mode, entities)
    if caption.units > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return caption.fields("caption", "caption_entities")


def call_caption(call: Call) -> Json:
    """The caption parameter of a call."""
    return caption_of(call.params.text("caption"), call.params.text("parse_mode"), _entities(call, "caption_entities"))


def _entities(call: Call, name: str) -> list[Json]:
    found = call.params.json(name)
    return found if isinstance(found, list) else []


def deliver(call: Call, body: Json, *, chat: Chat | None = None) -> Message:
    """Puts a bot's message into a chat, after every check that does not depend on its content."""
    body = mentioned(call, body)
    chat = chat or call.writable_chat()
    thread = _thread(call, chat)
    markup = keyboards.parse(call.params.values.get("reply_markup"), private=chat.private)
    message = Message(
        0,
        {"from": call.bot.json(), "date": call.world.clock.timestamp(), **thread, **body},
        call.bot.id,
        by_bot=True,
        markup=markup,
        silent=call.params.flag("disable_notification"),
        reply_to=_reply(call, chat),
    )
    if call.params.flag("protect_content"):
        message.body["has_protected_content"] = True
    call.world.put(chat, message)
    call.world.keep_keyboard(call.bot, chat, message, call.method)
    return message


def mentioned(call: Call, body: Json) -> Json:
    """Turns links to people (tg://user?id=…) into mentions of them; unknown people stay plain text."""
    found = dict(body)
    for name in ("entities", "caption_entities"):
        kept = []
        for entity in found.get(name, []):
            link = str(entity.get("url", ""))
            if not link.startswith("tg://user?id="):
                kept.append(entity)
                continue
            user = call.world.users.get(int(link.rpartition("=")[2] or 0))
            if user is not None:
                place = {part: entity[part] for part in ("offset", "length")}
                kept.append({"type": "text_mention", **place, "user": user.json()})
        if name in found:
            found[name] = kept
    return {key: value for key, value in found.items() if value != []}


def shown(call: Call, chat: Chat, message: Message) -> Json:
    """A message as the method returns it."""
    return call.world.message_json(call.bot, chat, message)


def _thread(call: Call, chat: Chat) -> Json:
    thread = call.params.integer("message_thread_id")
    if not thread or not chat.forum:
        return {}
    if thread == _GENERAL_TOPIC or thread not in chat.topics:
        raise bad_request("message thread not found")
    return {"message_thread_id": thread, "is_topic_message": True}


def _reply(call: Call, chat: Chat) -> int | None:
    given = call.params.json("reply_parameters", "reply parameters")
    if given is None:
        wanted, forgiving = call.params.integer("reply_to_message_id"), call.params.flag("allow_sending_without_reply")
    elif isinstance(given, dict):
        wanted, forgiving = int(given.get("message_id") or 0), bool(given.get("allow_sending_without_reply"))
    else:
        raise bad_request("object expected as reply parameters")
    if wanted <= 0:
        return None
    if wanted not in chat.messages:
        if forgiving:
            return None
        raise bad_request("message to be replied not found")
    return wanted


@method("sendMessage")
def send_message(call: Call) -> Json:
    text = text_of(call)
    chat = call.writable_chat()
    if text.units > TEXT_LIMIT:
        raise bad_request("message is too long")
    body = text.fields("text", "entities")
    preview = call.params.json("link_preview_options", "link preview options")
    if preview:
        body["link_preview_options"] = preview
    return shown(call, chat, deliver(call, body, chat=chat))


@method("sendContact")
def send_contact(call: Call) -> Json:
    contact = {name: call.params.required(name) for name in ("phone_number", "first_name")}
    contact |= {name: call.params.text(name) for name in ("last_name", "vcard") if call.params.text(name)}
    chat = call.writable_chat()
    return shown(call, chat, deliver(call, {"contact": contact}, chat=chat))


@method("sendLocation")
def send_location(call: Call) -> Json:
    place = {name: _degrees(call, name) for name in ("latitude", "longitude")}
    chat = call.writable_chat()
    return shown(call, chat, deliver(call, {"location": place}, chat=chat))


def _degrees(call: Call, name: str) -> float:
    value = call.params.text(name)
    if not value:
        raise bad_request(f"{name} is empty")
    try:
        return float(value)
    except ValueError:
        raise bad_request(f"{name} must be a valid Float") from None


@method("sendChatAction")
def send_chat_action(call: Call) -> bool:
    action = call.params.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.writable_chat()
    call.world.actions.append({"chat_id": chat.id, "action": action, "at": call.world.clock.timestamp()})
    call.world.changed(chat, "action", action=action)
    return True
