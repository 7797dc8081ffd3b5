"""Owns how aiogram's filters see a conversation: the state of the turn at hand, staged into its single write."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from housebot.bot.turn import Turn

_turn: ContextVar[Turn] = ContextVar("turn")


@contextmanager
def present(turn: Turn) -> Iterator[None]:
    """Inside, aiogram's storage speaks of this turn."""
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)


class StagedStorage(BaseStorage):
    """Nothing here writes by itself: the turn saves what was set, with the effect and the done-mark."""

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        _of(key).set_state(state)

    async def get_state(self, key: StorageKey) -> str | None:
        return _of(key).state

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        _of(key).set_data(data)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return _of(key).data

    async def close(self) -> None:
        """Nothing is open."""


def _of(key: StorageKey) -> Turn:
    turn = _turn.get()
    if (key.chat_id, key.user_id) != (turn.place.chat_id, turn.place.user_id):
        raise RuntimeError("a handler knows the conversation of its own update alone")
    return turn
