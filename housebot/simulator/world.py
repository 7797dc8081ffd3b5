"""Owns the simulated world: who exists, which chats there are, how a message is put into one and which bots hear of it."""

import hashlib
import secrets
from collections import deque
from typing import Any

from housebot.simulator import markup as keyboards
from housebot.simulator.clock import Clock
from housebot.simulator.errors import ApiError, WrongWishError, bad_request, forbidden
from housebot.simulator.events import EventLog
from housebot.simulator.files import FileStore
from housebot.simulator.model import (
    ANONYMOUS,
    Bot,
    Charge,
    Chat,
    Invoice,
    JournalEntry,
    Json,
    Message,
    Query,
    User,
    type_group,
    type_private,
    type_supergroup,
)
from housebot.simulator.queue import UpdateQueue

_FIRST_UPDATE = 700_000_001
_JOURNAL = 50_000
MEMBERS = {"creator", "administrator", "member", "restricted"}


class World:
    """Everything there is. Methods here know people and chats; the Bot API's words are in `methods`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.id = secrets.token_hex(8)
        self.zone = "UTC"
        self.events = EventLog()
        self.files = FileStore()
        self.users: dict[int, User] = {}
        self.bots: dict[int, Bot] = {}
        self.queues: dict[int, UpdateQueue] = {}
        self.private: dict[tuple[int, int], Chat] = {}
        self.groups: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.invoices: dict[str, Invoice] = {}
        self.charges: dict[str, Charge] = {}
        self.journal: deque[JournalEntry] = deque(maxlen=_JOURNAL)
        self.keyboards: list[Json] = []
        self.actions: list[Json] = []
        self.calls = 0
        self.counters: dict[str, int] = {}

    def next(self, name: str, first: int) -> int:
        """The next number of a named series."""
        self.counters[name] = self.counters.get(name, first - 1) + 1
        return self.counters[name]

    # Bots

    def bot(self, token: str) -> Bot:
        """The bot with this token, created at first sight. Another token for a known id is a revoked one."""
        bot_id = int(token.split(":", 1)[0])
        seal = hashlib.sha256(token.encode()).hexdigest()
        known = self.bots.get(bot_id)
        if known is None:
            known = self.bots[bot_id] = Bot(bot_id, seal, "House bot", f"sim{bot_id}_bot")
            self.queues[bot_id] = UpdateQueue(self.clock, _FIRST_UPDATE)
        if known.token_hash != seal:
            raise ApiError(401, "Unauthorized")
        return known

    def default_bot(self, bot_id: int | None = None) -> Bot:
        """The bot that is meant when none is named: the first one."""
        if bot_id is not None:
            if bot_id not in self.bots:
                raise WrongWishError(f"there is no bot {bot_id}")
            return self.bots[bot_id]
        if not self.bots:
            raise WrongWishError("no bot is known yet: let one call getMe, or register a token")
        return next(iter(self.bots.values()))

    # Chats

    def user(self, user_id: int) -> User:
        """A person the controls named."""
        if user_id not in self.users:
            raise WrongWishError(f"there is no user {user_id}")
        return self.users[user_id]

    def private_chat(self, bot: Bot, user: User) -> Chat:
        """The chat of a bot with a person, created at first sight."""
        key = (bot.id, user.id)
        if key not in self.private:
            self.private[key] = Chat(user.id, type_private, bot_id=bot.id, user_id=user.id)
        return self.private[key]

    def add_group(self, title: str, kind: str, *, forum: bool = False, username: str | None = None) -> Chat:
        """A new empty group."""
        number = self.next("group", 1)
        chat_id = -(4_000_000_000 + number) if kind == type_group else -(1_002_000_000_000 + number)
        chat = self.groups[chat_id] = Chat(chat_id, kind, title=title, forum=forum, username=username)
        return chat

    def chat_of(self, user: User, chat_id: int | None, bot_id: int | None = None) -> Chat:
        """The chat a person means: a group by its id, else the private chat with the bot."""
        if chat_id is None or chat_id == user.id:
            return self.private_chat(self.default_bot(bot_id), user)
        if chat_id not in self.groups:
            raise WrongWishError(f"there is no group {chat_id}")
        chat = self.groups[chat_id]
        if chat.members.get(user.id) not in MEMBERS:
            raise WrongWishError(f"user {user.id} is not in group {chat_id}")
        return chat

    def find_chat(self, bot: Bot, chat_id: str) -> Chat:
        """The chat a bot named, or Telegram's refusal."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        if chat_id.startswith("@"):
            named = [chat for chat in self.groups.values() if chat.username and f"@{chat.username}" == chat_id]
            if named:
                return named[0]
            raise bad_request("chat not found")
        try:
            number = int(chat_id)
        except ValueError:
            raise bad_request("chat not found") from None
        if number > 0:
            chat = self.private.get((bot.id, number))
            if chat is None and number in self.users and self._met(bot, number):
                chat = self.private_chat(bot, self.users[number])
        else:
            chat = self.groups.get(number)
            if chat is not None and bot.id not in chat.members:
                chat = None
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def _met(self, bot: Bot, user_id: int) -> bool:
        return any(bot.id in group.members and user_id in group.members for group in self.groups.values())

    def writable(self, bot: Bot, chat: Chat) -> Chat:
        """The chat, if the bot may write there now."""
        if chat.private:
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            return chat
        if chat.migrated_to:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        status = chat.members.get(bot.id)
        words = "supergroup chat" if chat.type == type_supergroup else "group chat"
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {words}")
        if status not in MEMBERS:
            raise forbidden(f"bot is not a member of the {words}")
        return chat

    # Messages

    def put(self, chat: Chat, message: Message) -> Message:
        """Adds a new message to a chat and tells the page. `message.id` 0 asks for the next one."""
        if message.id == 0:
            series = "messages" if chat.type != type_supergroup else f"messages{chat.id}"
            message.id = self.next(series, 1)
        chat.last_message_id = message.id
        chat.messages[message.id] = message
        rings = not message.silent and not message.service
        message.changed = self.events.add(
            "message", **self._where(chat), message_id=message.id, sender=message.sender, rings=rings
        )
        return message

    def touch(self, chat: Chat, message: Message, kind: str = "edit") -> None:
        """Tells the page that a message is different now."""
        message.changed = self.events.add(kind, **self._where(chat), message_id=message.id)

    def remove(self, chat: Chat, message: Message) -> None:
        """Takes a message out of a chat."""
        del chat.messages[message.id]
        if chat.force_reply == message.id:
            chat.force_reply = None
        self.events.add("delete", **self._where(chat), message_id=message.id)

    def changed(self, chat: Chat, kind: str = "chat", **facts: Any) -> None:
        """Tells the page that something about a chat is different now."""
        self.events.add(kind, **self._where(chat), **facts)

    def _where(self, chat: Chat) -> Json:
        return {"chat_id": chat.id} | ({"bot_id": chat.bot_id} if chat.private else {})

    def keep_keyboard(self, bot: Bot, chat: Chat, message: Message, method: str) -> None:
        """Remembers a keyboard that was sent, and what it does to the chat's own keyboard."""
        given = message.markup
        if given is None:
            return
        self.keyboards.append(
            {"method": method, "bot_id": bot.id, "chat_id": chat.id, "message_id": message.id, "markup": given}
        )
        if "keyboard" in given:
            chat.keyboard, chat.keyboard_used = given, False
        elif "remove_keyboard" in given:
            chat.keyboard = None
        if "force_reply" in given:
            chat.force_reply = message.id

    def must_reply(self, chat: Chat, user_id: int) -> int | None:
        """The message whose forced reply this person is asked for; a selective one asks whom it answers or mentions."""
        asking = chat.messages.get(chat.force_reply or 0)
        if asking is None or not (asking.markup or {}).get("selective"):
            return chat.force_reply
        named = {entity["user"]["id"] for entity in asking.body.get("entities", []) if entity["type"] == "text_mention"}
        answered = chat.messages.get(asking.reply_to or 0)
        named |= {answered.sender} if answered is not None and not answered.by_bot else set()
        return asking.id if user_id in named or not named else None

    # Updates

    def notify(self, bot: Bot, kind: str, body: Json) -> int | None:
        """Puts an update into a bot's queue."""
        return self.queues[bot.id].push(kind, body)

    def hear(self, chat: Chat, message: Message, *, edited: bool = False) -> list[int]:
        """Lets every bot of the chat hear a message of a person; answers the ids of the updates."""
        kind = "edited_message" if edited else "message"
        heard = [
            self.notify(bot, kind, self.message_json(bot, chat, message))
            for bot in self.bots_in(chat)
            if self._overhears(bot, chat, message)
        ]
        return [update for update in heard if update is not None]

    def bots_in(self, chat: Chat) -> list[Bot]:
        """The bots that take part in a chat."""
        if chat.private:
            return [self.bots[chat.bot_id]] if chat.bot_id in self.bots else []
        return [bot for bot in self.bots.values() if chat.members.get(bot.id) in MEMBERS]

    def _overhears(self, bot: Bot, chat: Chat, message: Message) -> bool:
        if chat.private or message.service or bot.reads_all_group_messages:
            return True
        if chat.members.get(bot.id) == "administrator":
            return True
        answered = chat.messages.get(message.reply_to or 0)
        if answered is not None and answered.by_bot and answered.sender == bot.id:
            return True
        text = message.body.get("text") or ""
        command = next((e for e in message.body.get("entities", []) if e["type"] == "bot_command"), None)
        if command is None:
            return False
        _, _, addressed = self.text_at(text, command).partition("@")
        return not addressed or addressed.lower() == bot.username.lower()

    # Telegram's objects

    def chat_json(self, chat: Chat) -> Json:
        """Telegram's Chat."""
        if chat.private:
            user = self.users[chat.user_id or 0]
            names = {"username": user.username, "last_name": user.last_name}
            return {"id": chat.id, "first_name": user.first_name, "type": chat.type} | {
                k: v for k, v in names.items() if v
            }
        shape: Json = {"id": chat.id, "title": chat.title, "type": chat.type}
        if chat.username:
            shape["username"] = chat.username
        return shape | ({"is_forum": True} if chat.forum else {})

    def message_json(self, bot: Bot, chat: Chat, message: Message, *, reply: bool = True) -> Json:
        """Telegram's Message as this bot sees it."""
        shape: Json = {"message_id": message.id, "chat": self.chat_json(chat)}
        shape |= self.files.with_ids(bot.id, message.body)
        answered = chat.messages.get(message.reply_to or 0) if reply else None
        if answered is not None:
            shape["reply_to_message"] = self.message_json(bot, chat, answered, reply=False)
        if keyboards.is_inline(message.markup):
            shape["reply_markup"] = message.markup
        return shape

    def sender_json(self, sender: int) -> Json:
        """Telegram's User for a person, a bot or the anonymous administrator."""
        if sender in self.bots:
            return self.bots[sender].json()
        return self.users[sender].json() if sender in self.users else ANONYMOUS

    def text_at(self, text: str, entity: Json) -> str:
        """The part of a text an entity covers."""
        raw = text.encode("utf-16-le")[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2]
        return raw.decode("utf-16-le")

    def new_secret(self) -> str:
        """An identifier nobody guesses: of queries, charges, albums."""
        return str(secrets.randbits(62))
