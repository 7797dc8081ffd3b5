"""Owns aiogram's part: a dispatcher with our routers and storage, and a bot that cannot speak for itself."""

from functools import cache
from typing import Any, NoReturn

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.base import BaseSession

from housebot.bot.fsm import StagedStorage


class Mute(BaseSession):
    """Everything said is a row of the outbox (T2): a handler that calls Telegram itself is a mistake, and learns it here."""

    async def make_request(self, bot: Bot, method: Any, timeout: int | None = None) -> NoReturn:  # noqa: ASYNC109  aiogram's signature
        raise RuntimeError(f"{type(method).__name__} called by a handler: put a row into the outbox instead")

    def stream_content(self, *_: Any, **__: Any) -> NoReturn:
        raise RuntimeError("a handler does not download: that is a worker's")

    async def close(self) -> None:
        """Nothing is open."""


def make_bot(token: str) -> Bot:
    return Bot(token, session=Mute())


@cache
def make_dispatcher(*routers: Router) -> Dispatcher:
    """Routers are asked in this order; the first handler whose filters agree has the update.

    A router can be attached once in a process and a dispatcher remembers nothing, so the same routers share one.
    """
    dispatcher = Dispatcher(storage=StagedStorage())
    dispatcher.include_routers(*routers)
    return dispatcher
