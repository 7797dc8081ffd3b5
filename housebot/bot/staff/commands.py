"""Owns how a command to us is read, in private and in groups, where it may be meant for another bot."""

from typing import Any

from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.turn import Turn
from housebot.services import face


class Commanded(BaseFilter):
    """Lets these commands through, with the rest of the line as `argument`. `/today@ours` is ours, `/today@another` is not."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Any]:
        text = (message.text or "").strip()
        if not text.startswith("/") or turn.chat is None:
            return False
        head, _, argument = text[1:].partition(" ")
        name, _, addressed = head.partition("@")
        if name.casefold() not in self.names:
            return False
        ours = turn.read(face.username) if addressed else None
        if addressed and (ours is None or addressed.casefold() != ours.casefold()):
            return False
        return {"command": name.casefold(), "argument": argument.strip()}
