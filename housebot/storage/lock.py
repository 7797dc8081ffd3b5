"""Owns the instance lock: one desk, one running server, and whether it runs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from housebot.errors import DatabaseProblem
from housebot.storage.connection import give_to_owner


class AlreadyRunning(Exception):  # noqa: N818  it is an answer, not a fault
    """Another `housebot run` serves this database; `pid` is its process where it could be read."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = "another housebot" if pid is None else f"housebot with process id {pid}"
        super().__init__(f"{who} already serves {path}")
        self.pid = pid


@contextmanager
def instance_lock(database: Path) -> Iterator[None]:
    """Hold the lock of `database` or raise AlreadyRunning at once. The kernel lets go of it however the process ends.

    The lock file stays: taking it away could leave two processes each locking a file of that name.
    """
    path = lock_of(database)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise DatabaseProblem(
            f"the lock {path} cannot be opened: {problem.strerror}",
            fix="make the folder and the lock writable for the user that runs the desk",
        ) from problem
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise AlreadyRunning(database, int(text) if text.isdigit() else None) from None
        with suppress(OSError):  # the number is a courtesy: a full disk is no reason to stay closed
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        if database.exists():
            give_to_owner(path, like=database)
        yield
    finally:
        os.close(handle)


def is_served(database: Path) -> bool:
    """Whether a running server holds the lock of `database`: the one sign of life that no kill and no moved clock makes false."""
    try:
        handle = os.open(lock_of(database), os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def lock_of(database: Path) -> Path:
    return database.with_name(database.name + ".lock")
