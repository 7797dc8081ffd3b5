"""Owns the plain records of the simulated world: people, bots, chats, messages, queries and what the journal keeps."""

from dataclasses import dataclass, field
from typing import Any

type_private, type_group, type_supergroup = "private", "group", "supergroup"
Json = dict[str, Any]

# Telegram's stand-in for an administrator who writes in the name of the group.
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


@dataclass(slots=True)
class User:
    """A person with a phone."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    phone: str | None = None

    def json(self) -> Json:
        """Telegram's User."""
        names = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        given = {name: value for name, value in names.items() if value}
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, **given}


@dataclass(slots=True)
class Bot:
    """A bot: who it is, what it told BotFather's side, and where its updates are."""

    id: int
    token_hash: str
    name: str
    username: str
    reads_all_group_messages: bool = False
    webhook: str = ""
    commands: dict[str, list[Json]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[str, Json] = field(default_factory=dict)

    def json(self) -> Json:
        """Telegram's User, as others see the bot."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}


@dataclass(slots=True)
class Message:
    """One message: `body` is its content in Telegram's words without ids of files, chat and keyboard."""

    id: int
    body: Json
    sender: int
    by_bot: bool = False
    markup: Json | None = None
    silent: bool = False
    service: bool = False
    reply_to: int | None = None
    edits: int = 0
    changed: int = 0
    pinned: bool = False
    invoice: str | None = None
    reactions: list[Json] = field(default_factory=list)
    past_markups: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Chat:
    """A private chat of one bot with one user, or a group. `members` maps an id to Telegram's status word."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    bot_id: int | None = None
    user_id: int | None = None
    started: bool = False
    blocked: bool = False
    forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    members: dict[int, str] = field(default_factory=dict)
    anonymous: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    last_message_id: int = 0
    keyboard: Json | None = None
    keyboard_used: bool = False
    force_reply: int | None = None

    @property
    def private(self) -> bool:
        return self.type == type_private


@dataclass(slots=True)
class Query:
    """A pressed button waiting for its answer; `answer` is what the person saw."""

    id: str
    bot_id: int
    user_id: int
    chat_id: int
    message_id: int
    data: str
    at: int
    answer: Json | None = None


@dataclass(slots=True)
class Invoice:
    """What a bot asked to be paid, by message or by link."""

    bot_id: int
    title: str
    payload: str
    currency: str
    total: int
    start_parameter: str = ""
    description: str = ""


@dataclass(slots=True)
class Charge:
    """A payment that went through; a Stars payment may be given back once."""

    id: str
    bot_id: int
    user_id: int
    invoice: Invoice
    refunded: bool = False


@dataclass(slots=True)
class JournalEntry:
    """One call of the Bot API as it was answered. The token is never kept."""

    number: int
    at: str
    bot_id: int
    method: str
    params: Json
    status: int
    answer: Json | None
    misbehaved: str | None = None
