"""Owns how a change is tried first: it happens whole, and of a dry run nothing stays."""

from collections.abc import Iterator
from contextlib import contextmanager

from housebot.services.ports import Tx


class _Undone(Exception):  # noqa: N818  it is meant
    """What was tried is taken back."""


@contextmanager
def tried(tx: Tx, *, dry_run: bool) -> Iterator[None]:
    """What is done inside stays done, unless it is a dry run; a refusal takes it back too, and goes on."""
    try:
        with tx.attempt():
            yield
            if dry_run:
                raise _Undone
    except _Undone:
        pass
