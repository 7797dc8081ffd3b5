"""What a bot asks about chats: the chat itself, its members, its topics; and leaving it."""

from housebot.simulator.errors import bad_request
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.model import Chat, Json, Message, type_supergroup
from housebot.simulator.world import MEMBERS, World

_RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories", "can_pin_messages",
    "can_manage_topics", "can_send_welcome_messages",
)  # fmt: skip
_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)


def member_json(world: World, chat: Chat, member_id: int) -> Json:
    """Telegram's ChatMember."""
    status = chat.members.get(member_id, "left")
    shape: Json = {"status": status, "user": world.sender_json(member_id)}
    anonymous = member_id in chat.anonymous
    if status == "creator":
        return shape | {"is_anonymous": anonymous}
    if status == "administrator":
        return shape | {"can_be_edited": False, "is_anonymous": anonymous} | dict.fromkeys(_RIGHTS, True)
    if status == "kicked":
        return shape | {"until_date": 0}
    return shape


@method("getChat")
def get_chat(call: Call) -> Json:
    chat = call.chat()
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = call.world.chat_json(chat) | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    if not chat.private:
        full["permissions"] = {"can_send_messages": True}
    pinned = [message for message in chat.messages.values() if message.pinned]
    if pinned:
        full["pinned_message"] = call.world.message_json(call.bot, chat, pinned[-1])
    return full


@method("getChatMember")
def get_chat_member(call: Call) -> Json:
    chat = call.chat()
    user_id = call.params.integer("user_id")
    if user_id <= 0:
        raise bad_request("invalid user_id specified")
    if chat.private:
        if user_id not in {chat.user_id, call.bot.id}:
            raise bad_request("member not found")
        return {"status": "member", "user": call.world.sender_json(user_id)}
    call.world.writable(call.bot, chat)
    if user_id not in call.world.users and user_id not in call.world.bots:
        raise bad_request("member not found")
    return member_json(call.world, chat, user_id)


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    chat = call.chat()
    if chat.private:
        raise bad_request("there are no administrators in the private chat")
    call.world.writable(call.bot, chat)
    leading = [member for member, status in chat.members.items() if status in {"creator", "administrator"}]
    return [member_json(call.world, chat, member) for member in leading]


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    chat = call.chat()
    return 2 if chat.private else sum(status in MEMBERS for status in chat.members.values())


@method("leaveChat")
def leave_chat(call: Call) -> bool:
    chat = call.chat()
    if chat.private:
        raise bad_request("chat member status can't be changed in private chats")
    call.world.writable(call.bot, chat)
    chat.members[call.bot.id] = "left"
    call.world.changed(chat)
    return True


@method("createForumTopic")
def create_forum_topic(call: Call) -> Json:
    chat = call.writable_chat()
    if chat.type != type_supergroup or not chat.forum:
        raise bad_request("the chat is not a forum")
    if chat.members.get(call.bot.id) != "administrator":
        raise bad_request("not enough rights to create a topic")
    name = call.params.required("name")
    if len(name) > 128:
        raise bad_request("TOPIC_TITLE_INVALID")
    color = call.params.integer("icon_color", _COLORS[0])
    if color not in _COLORS:
        raise bad_request("invalid icon color specified")
    topic = {"name": name, "icon_color": color}
    body = {"from": call.bot.json(), "date": call.world.clock.timestamp(), "forum_topic_created": topic}
    message = call.world.put(chat, Message(0, body, call.bot.id, by_bot=True, service=True))
    message.body |= {"message_thread_id": message.id, "is_topic_message": True}
    chat.topics[message.id] = name
    return {"message_thread_id": message.id, **topic}
