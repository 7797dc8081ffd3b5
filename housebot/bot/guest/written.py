"""Owns words that are typed for a screen beside the journey: which screen waits for them, until another one is opened."""

from typing import Any

from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.guest.menu import AWAY, SHOWN, TYPING
from housebot.bot.turn import Turn


def wait_for(turn: Turn, name: str, facts: Any = None) -> None:
    """What is typed next is for this screen; a journey that was open stays as it is, and does not hear it."""
    turn.set_data({**turn.data, AWAY: True, SHOWN: "", TYPING: {"name": name, "facts": facts}})


def enough(turn: Turn) -> None:
    """It has been typed."""
    turn.set_data({name: value for name, value in turn.data.items() if name != TYPING})


class Written(BaseFilter):
    """Lets words, or with `contact` a contact card, through that are typed for these screens, with what they are about as `facts`."""

    def __init__(self, *names: str, contact: bool = False) -> None:
        self.names = frozenset(names)
        self.contact = contact

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Any]:
        if turn.chat is None or not turn.chat.is_private or (message.text or "").startswith("/"):
            return False
        waiting = turn.data.get(TYPING)
        if not waiting or waiting["name"] not in self.names:
            return False
        said = bool(message.text) or (self.contact and message.contact is not None)
        return {"facts": waiting["facts"]} if said else False
