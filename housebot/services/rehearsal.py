"""Owns trying a change out: it is done, looked at, and undone before anybody else sees it."""

from collections.abc import Callable
from typing import TypeVar

from housebot.services.ports import Tx

T = TypeVar("T")


class _LookedAtError(Exception):
    pass


def rehearsed(tx: Tx, work: Callable[[], T]) -> T:
    """What `work` answers, with nothing of it kept; its Refusal comes through."""
    found: list[T] = []
    try:
        with tx.attempt():
            found.append(work())
            raise _LookedAtError
    except _LookedAtError:
        return found[0]
