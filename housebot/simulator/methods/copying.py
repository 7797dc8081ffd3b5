"""Copying and forwarding messages."""

from housebot.simulator.errors import bad_request
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.methods.sending import call_caption, deliver, shown
from housebot.simulator.model import Chat, Json, Message
from housebot.simulator.world import World

_CONTENT = (
    "text", "entities", "caption", "caption_entities", "photo", "document", "voice", "sticker", "contact", "location",
    "link_preview_options",
)  # fmt: skip


def content_of(message: Message) -> Json:
    """What a copy of a message keeps."""
    return {name: message.body[name] for name in _CONTENT if name in message.body}


def origin_of(world: World, message: Message) -> Json:
    """Telegram's MessageOrigin: where a forwarded message first came from."""
    if "forward_origin" in message.body:
        kept: Json = message.body["forward_origin"]
        return kept
    return {"type": "user", "date": message.body["date"], "sender_user": world.sender_json(message.sender)}


def _source(call: Call, what: str) -> tuple[Chat, Message]:
    source = call.chat("from_chat_id")
    message = call.message(source, what)
    return source, message


@method("copyMessage")
def copy_message(call: Call) -> Json:
    _, message = _source(call, "message to copy")
    content = content_of(message)
    if not content:
        raise bad_request("message can't be copied")
    if "caption" in call.params.values:
        for name in ("caption", "caption_entities"):
            content.pop(name, None)
        content |= call_caption(call)
    return {"message_id": deliver(call, content).id}


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    _, message = _source(call, "message to forward")
    content = content_of(message)
    if not content or message.body.get("has_protected_content"):
        raise bad_request("message can't be forwarded")
    chat = call.writable_chat()
    call.params.values.pop("reply_markup", None)
    return shown(call, chat, deliver(call, content | {"forward_origin": origin_of(call.world, message)}, chat=chat))


@method("copyMessages", "forwardMessages")
def copy_messages(call: Call) -> list[Json]:
    source, chat = call.chat("from_chat_id"), call.writable_chat()
    wanted = call.params.items("message_ids", "message identifiers")
    if not wanted:
        raise bad_request("message identifiers are not specified")
    found = [source.messages[number] for number in wanted if number in source.messages]
    if not found:
        raise bad_request("there are no messages to forward")
    forward = call.method == "forwardMessages"
    sent = []
    for message in found:
        extra = {"forward_origin": origin_of(call.world, message)} if forward else {}
        sent.append({"message_id": deliver(call, content_of(message) | extra, chat=chat).id})
    return sent
