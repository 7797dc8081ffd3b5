"""Changing and removing messages, reactions, pins: with the refusals that make a careless bot stumble."""

from housebot.simulator import markup as keyboards
from housebot.simulator.errors import bad_request
from housebot.simulator.methods.media import input_media
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.methods.sending import TEXT_LIMIT, call_caption, mentioned, shown, text_of
from housebot.simulator.model import Chat, Json, Message

_DELETE_WITHIN = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
_MEDIA = ("photo", "document", "voice")


def _editable(call: Call) -> tuple[Chat, Message]:
    if not call.params.text("chat_id") and not call.params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    chat = call.world.writable(call.bot, call.chat())
    message = call.message(chat, "message to edit")
    # A keyboard under the input field makes its message final; so does belonging to somebody else.
    if message.sender != call.bot.id or (message.markup and not keyboards.is_inline(message.markup)):
        raise bad_request("message can't be edited")
    return chat, message


def _new_markup(call: Call, chat: Chat) -> Json | None:
    markup = keyboards.parse(call.params.values.get("reply_markup"), private=chat.private)
    if markup is not None and not keyboards.is_inline(markup):
        raise bad_request("inline keyboard expected")
    return markup


def _apply(call: Call, chat: Chat, message: Message, *, remove: tuple[str, ...], add: Json) -> Json:
    """Replaces content and keyboard. A keyboard that is not sent again is gone."""
    markup = _new_markup(call, chat)
    body = {name: value for name, value in message.body.items() if name not in remove} | mentioned(call, add)
    same_content = {**body, "edit_date": 0} == {**message.body, "edit_date": 0}
    if same_content and markup == message.markup:
        raise bad_request(_NOT_MODIFIED)
    if message.markup and markup != message.markup:
        message.past_markups.append(message.markup)
    message.body, message.markup = body, markup
    body["edit_date"] = call.world.clock.timestamp()
    if not same_content:
        message.edits += 1
    call.world.touch(chat, message)
    if markup:
        call.world.keep_keyboard(call.bot, chat, message, call.method)
    return shown(call, chat, message)


@method("editMessageText")
def edit_message_text(call: Call) -> Json:
    text = text_of(call)
    chat, message = _editable(call)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    if text.units > TEXT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    preview = call.params.json("link_preview_options", "link preview options")
    extra = {"link_preview_options": preview} if preview else {}
    return _apply(
        call, chat, message,
        remove=("text", "entities", "link_preview_options"), add=text.fields("text", "entities") | extra,
    )  # fmt: skip


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Json:
    caption = call_caption(call)
    chat, message = _editable(call)
    if not any(name in message.body for name in _MEDIA):
        raise bad_request("there is no caption in the message to edit")
    return _apply(call, chat, message, remove=("caption", "caption_entities"), add=caption)


@method("editMessageMedia")
def edit_message_media(call: Call) -> Json:
    call.params.required("media")
    chat, message = _editable(call)
    content = input_media(call, call.params.json("media", "input media"), "InputMedia")
    if not any(name in message.body for name in (*_MEDIA, "text")):
        raise bad_request("there is no media in the message to edit")
    removed = ("text", "entities", "caption", "caption_entities", "link_preview_options", *_MEDIA)
    return _apply(call, chat, message, remove=removed, add=content)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Json:
    chat, message = _editable(call)
    return _apply(call, chat, message, remove=(), add={})


def _check_deletable(call: Call, chat: Chat, message: Message) -> None:
    if call.world.clock.timestamp() - message.body["date"] > _DELETE_WITHIN:
        raise bad_request("message can't be deleted for everyone")
    own = message.sender == call.bot.id
    if not own and not chat.private and chat.members.get(call.bot.id) != "administrator":
        raise bad_request("message can't be deleted")


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    if not call.params.text("chat_id"):
        raise bad_request("chat identifier is not specified")
    if not call.params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    chat = call.chat()
    message = call.message(chat, "message to delete")
    _check_deletable(call, chat, message)
    call.world.remove(chat, message)
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    chat = call.chat()
    wanted = call.params.items("message_ids", "message identifiers")
    if not wanted:
        raise bad_request("message identifiers are not specified")
    if len(wanted) > 100:
        raise bad_request("too many message identifiers specified")
    found = [chat.messages[number] for number in wanted if number in chat.messages]
    for message in found:
        _check_deletable(call, chat, message)
    for message in found:
        call.world.remove(chat, message)
    return True


@method("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    chat = call.chat()
    message = call.message(chat, "message to react")
    reactions = call.params.items("reaction", "ReactionType")
    if any(not isinstance(one, dict) or one.get("type") not in {"emoji", "custom_emoji"} for one in reactions):
        raise bad_request("can't parse ReactionType: invalid reaction type specified")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message.reactions = reactions
    call.world.touch(chat, message, "reaction")
    return True


@method("pinChatMessage", "unpinChatMessage")
def pin_chat_message(call: Call) -> bool:
    chat = call.writable_chat()
    if not chat.private and chat.members.get(call.bot.id) != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    pin = call.method == "pinChatMessage"
    if not pin and not call.params.text("message_id"):
        pinned = [message for message in chat.messages.values() if message.pinned]
        if not pinned:
            raise bad_request("message to unpin not found")
        message = pinned[-1]
    else:
        message = call.message(chat, "message to pin" if pin else "message to unpin")
    message.pinned = pin
    call.world.touch(chat, message, "pin")
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(call: Call) -> bool:
    chat = call.writable_chat()
    for message in chat.messages.values():
        if message.pinned:
            message.pinned = False
            call.world.touch(chat, message, "pin")
    return True
