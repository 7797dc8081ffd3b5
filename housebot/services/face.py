"""Owns what the bot shows of itself in Telegram's menus: to whom which commands, and what Telegram has been told already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from housebot.domain.catalog import say
from housebot.services import catalogs, chats, house_words, staff
from housebot.services.ports import Tx
from housebot.storage import meta

GUEST = ("start", "book", "dates", "prices", "my", "gift", "about", "help", "language")
STAFF_CHAT = ("today", "bookings", "new", "settings")
LEADER = (*STAFF_CHAT, "price", "block", "promo", "undo", "guest", "help", "language")

LONGEST_DESCRIPTION = 512  # Telegram's

_TOLD = "telegram_face"
_USERNAME = "telegram_username"


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands one audience is offered; `chat_id` None: everybody for whom there is no other menu."""

    chat_id: int | None
    commands: tuple[str, ...]

    @property
    def key(self) -> str:
        """What it is remembered by."""
        return "guests" if self.chat_id is None else str(self.chat_id)


def menus(tx: Tx) -> list[Menu]:
    """Guests, every connected chat, everybody who leads."""
    connected = {chat.chat_id: Menu(chat.chat_id, STAFF_CHAT) for chat in chats.connected(tx)}
    leaders = {
        person.telegram_id: Menu(person.telegram_id, LEADER)
        for person in staff.listing(tx)
        if person.role in {"owner", "manager"}
    }
    return [Menu(None, GUEST), *(connected | leaders).values()]


def description(tx: Tx, language: str, *, now: datetime) -> str:
    """What a guest reads in the empty chat above Start: the house and its welcome."""
    house = say(catalogs.current(tx, now=now).name, language).strip()
    welcome = house_words.texts(tx, "welcome", language, now=now).strip()
    text = f"{house}. {welcome}" if welcome else house
    return text if len(text) <= LONGEST_DESCRIPTION else f"{text[: LONGEST_DESCRIPTION - 1]}…"


def told(tx: Tx) -> dict[str, str]:
    """What Telegram was told last, as digests by key."""
    text = meta.get(tx, _TOLD)
    known: dict[str, str] = orjson.loads(text) if text else {}
    return known


def remember(tx: Tx, key: str, digest: str | None) -> None:
    """Telegram has been told; None: it has forgotten."""
    known: dict[str, Any] = told(tx)
    known.pop(key, None)
    meta.put(tx, _TOLD, orjson.dumps(known | ({} if digest is None else {key: digest})).decode())


def username(tx: Tx) -> str | None:
    """The bot's name, for links such as t.me/<name>?start=…; None until Telegram was reached once."""
    return meta.get(tx, _USERNAME)


def remember_username(tx: Tx, name: str) -> None:
    if username(tx) != name:
        meta.put(tx, _USERNAME, name)
