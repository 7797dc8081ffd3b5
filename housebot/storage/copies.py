"""Owns copies of the database: complete, checked and on the disk before anybody relies on them."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from housebot.storage.connection import connect, damaged, explain, give_to_owner

_SUFFIXES = ("", "-wal", "-shm", "-journal")


def verified_copy(source: Path, target: Path) -> None:
    """Copy the committed state of `source` to `target`, replacing it only by a copy that passed an integrity check.

    A plain file copy would miss what still lies in the WAL, and closing the file it read would drop this process's locks on it.
    """
    draft = new_draft(target)
    try:
        with closing(connect(source)) as original, closing(connect(draft)) as copy:
            original.backup(copy)
            complain = [row[0] for row in copy.execute("PRAGMA integrity_check")]
            if complain != ["ok"]:
                raise damaged(source, complain[0])
        give_to_owner(draft, like=source)
        put_in_place(draft, target)
    except sqlite3.Error as problem:
        raise explain(problem, source) from problem
    finally:
        discard(draft)


def new_draft(target: Path) -> Path:
    """An empty private file beside `target`: what it holds names guests and their phones."""
    draft = target.with_name(f"{target.name}.new-{os.getpid()}")
    discard(draft)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return draft


def put_in_place(draft: Path, target: Path) -> None:
    """Make the closed draft the target, whole or not at all, also when the power fails."""
    sync(draft)
    draft.replace(target)
    sync(target.parent)


def discard(draft: Path) -> None:
    for suffix in _SUFFIXES:
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """What was written to the file or the folder outlives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
