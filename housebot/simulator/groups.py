"""Owns what happens to groups: people and bots join and leave, topics open, a group becomes a supergroup."""

from typing import Any

from housebot.simulator.errors import WrongWishError
from housebot.simulator.methods.chats import member_json
from housebot.simulator.model import Bot, Chat, Json, Message, User, type_group, type_supergroup
from housebot.simulator.world import MEMBERS, World


class Groups:
    """Life of groups, with the service messages and updates Telegram makes of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, owner: User, title: str, members: list[User], *, kind: str, forum: bool) -> Chat:
        """A new group with its owner and members, without any bot."""
        if kind not in {type_group, type_supergroup}:
            raise WrongWishError("a group is of type group or supergroup")
        chat = self._world.add_group(title, type_supergroup if forum else kind, forum=forum)
        chat.members = {user.id: "member" for user in members} | {owner.id: "creator"}
        self._world.changed(chat)
        return chat

    def set_member(self, chat: Chat, user: User, status: str) -> None:
        """Gives a person a standing in the group: member, administrator, creator, left, kicked."""
        before = chat.members.get(user.id)
        chat.members[user.id] = status
        joined, gone = before not in MEMBERS and status in MEMBERS, before in MEMBERS and status not in MEMBERS
        if joined:
            self._service(chat, user.id, {"new_chat_members": [user.json()]})
        if gone:
            self._service(chat, user.id, {"left_chat_member": user.json()})
        self._world.changed(chat)

    def set_bot(self, chat: Chat, by: User, bot: Bot, status: str) -> None:
        """Adds the bot, makes it administrator, or removes it; the bot hears of it as my_chat_member."""
        before = member_json(self._world, chat, bot.id)
        was_in = before["status"] in MEMBERS
        chat.members[bot.id] = status
        body = {
            "chat": self._world.chat_json(chat),
            "from": by.json(),
            "date": self._world.clock.timestamp(),
            "old_chat_member": before,
            "new_chat_member": member_json(self._world, chat, bot.id),
        }
        self._world.notify(bot, "my_chat_member", body)
        if not was_in and status in MEMBERS:
            self._service(chat, by.id, {"new_chat_members": [bot.json()]})
        elif was_in and status not in MEMBERS:
            self._service(chat, by.id, {"left_chat_member": bot.json()})
        self._world.changed(chat)

    def migrate(self, chat: Chat) -> Chat:
        """Turns a basic group into a supergroup with another id; both sides are told."""
        if chat.type != type_group or chat.migrated_to:
            raise WrongWishError("only a basic group can migrate, and only once")
        new = self._world.add_group(chat.title or "", type_supergroup)
        new.members, new.anonymous, new.topics = dict(chat.members), list(chat.anonymous), {}
        owner = next(
            (member for member, status in chat.members.items() if status == "creator"), next(iter(chat.members))
        )
        self._service(chat, owner, {"migrate_to_chat_id": new.id})
        chat.migrated_to = new.id
        self._service(new, owner, {"migrate_from_chat_id": chat.id})
        self._world.changed(chat)
        self._world.changed(new)
        return new

    def topic(self, chat: Chat, by: User, name: str) -> int:
        """Opens a topic in a forum; answers its message_thread_id."""
        if not chat.forum:
            raise WrongWishError("only a forum has topics")
        message = self._service(chat, by.id, {"forum_topic_created": {"name": name, "icon_color": 7322096}}, hear=False)
        message.body |= {"message_thread_id": message.id, "is_topic_message": True}
        chat.topics[message.id] = name
        self._world.hear(chat, message)
        return message.id

    def _service(self, chat: Chat, sender: int, body: Json, *, hear: bool = True) -> Message:
        full: dict[str, Any] = {"from": self._world.sender_json(sender), "date": self._world.clock.timestamp(), **body}
        message = self._world.put(chat, Message(0, full, sender, service=True))
        if hear:
            self._world.hear(chat, message)
        return message
