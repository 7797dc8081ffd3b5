"""Owns the table of Bot API methods and what each of them is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from housebot.simulator.errors import bad_request
from housebot.simulator.model import Bot, Chat, Message
from housebot.simulator.params import Params
from housebot.simulator.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One call by one bot."""

    world: World
    bot: Bot
    method: str
    params: Params

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat a parameter names."""
        return self.world.find_chat(self.bot, self.params.text(name).strip())

    def writable_chat(self) -> Chat:
        """The chat to write to, refused where the bot may not."""
        return self.world.writable(self.bot, self.chat())

    def message(self, chat: Chat, what: str, name: str = "message_id") -> Message:
        """The message a parameter names; `what` completes "… not found"."""
        found = chat.messages.get(self.params.integer(name))
        if found is None:
            raise bad_request(f"{what} not found")
        return found


Handler = Callable[[Call], Any | Awaitable[Any]]
F = TypeVar("F", bound=Handler)
METHODS: dict[str, tuple[str, Handler]] = {}


def method(*names: str) -> Callable[[F], F]:
    """Registers a handler under Telegram's names, which are case-insensitive."""

    def register(handler: F) -> F:
        for name in names:
            METHODS[name.lower()] = (name, handler)
        return handler

    return register
