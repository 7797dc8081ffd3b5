"""Owns how a connection is made and what an SQLite error means to the people above."""

import os
import pwd
import sqlite3
import time
from pathlib import Path

from housebot.errors import DatabaseProblem, Refusal

APPLICATION_ID = 0x68626F74  # "hbot": a file that does not carry it is somebody else's
PATIENCE = 10.0  # seconds a writer waits for its turn

# A turn is asked for in short slices: SQLite's own waiting backs off to 100 ms between looks and starves beside a busy desk.
_SLICE_MS = 10

_PASSING = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_INTERRUPT: "interrupted",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_NOMEM: "out_of_memory",
}
_BROKEN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CLOSED_DOORS = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH}


class TransactionLost(Exception):  # noqa: N818  its name says it
    """SQLite has rolled the whole transaction back on its own (full disk, failing disk, interrupt): nothing more may run in it."""


def connect(path: Path, *, shared_by_threads: bool = False) -> sqlite3.Connection:
    """A connection with the pragmas of every housebot file; it never creates one and never checkpoints by itself."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        cached_statements=512,
        check_same_thread=not shared_by_threads,
    )
    connection.row_factory = sqlite3.Row
    # temp_store: what a savepoint may have to undo is kept in memory instead of a temporary file.
    for pragma in (
        "foreign_keys = ON",
        "synchronous = FULL",
        "mmap_size = 0",
        "wal_autocheckpoint = 0",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def make_writer(connection: sqlite3.Connection) -> None:
    """Let the connection wait for its turn to write by `begin_write` alone."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA busy_timeout = {_SLICE_MS}")


def begin_write(connection: sqlite3.Connection, *, patience: float = PATIENCE) -> None:
    """Take the file's one write lock, or raise the SQLITE_BUSY that lasted longer than `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as problem:
            if primary_code(problem) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        else:
            return


def primary_code(problem: BaseException | None) -> int:
    """The SQLite result code without its extension; 0 for anything that SQLite did not say."""
    code: int = getattr(problem, "sqlite_errorcode", None) or 0
    return code & 0xFF


def root_cause(problem: BaseException) -> BaseException:
    """The SQLite error behind a lost transaction, where there is one."""
    while isinstance(problem, TransactionLost) and problem.__cause__ is not None:
        problem = problem.__cause__
    return problem


def is_broken(problem: BaseException) -> bool:
    """Whether the file or the disk under it can no longer be trusted: after a failed fsync later commits may lie."""
    cause = root_cause(problem)
    return primary_code(cause) in _BROKEN and not passing_reason(cause)


def passing_reason(problem: BaseException) -> str:
    """Why the same work may well succeed later; empty for anything else."""
    return "disk_full" if _is_full_disk(problem) else _PASSING.get(primary_code(problem), "")


def told(problem: BaseException, path: Path) -> BaseException:
    """What a caller is told: a passing trouble is a Refusal, an unusable file a DatabaseProblem, the rest is itself."""
    cause = root_cause(problem)
    if isinstance(cause, TransactionLost):
        return Refusal("temporarily_unavailable", reason="interrupted")
    if not isinstance(cause, sqlite3.Error):
        return cause
    if reason := passing_reason(cause):
        return Refusal("temporarily_unavailable", reason=reason)
    if primary_code(cause) in _BROKEN | _CLOSED_DOORS:
        return explain(cause, path)
    return cause


def explain(problem: sqlite3.Error, path: Path) -> DatabaseProblem:
    """An SQLite error met while opening or changing the file as a whole, in words for its owner."""
    code = primary_code(problem)
    if code == sqlite3.SQLITE_NOTADB:
        return foreign(path)
    if code == sqlite3.SQLITE_CORRUPT:
        return damaged(path, str(problem))
    if code in _CLOSED_DOORS:
        return DatabaseProblem(f"{path} cannot be opened for writing by this user", fix=_who_may(path))
    if code == sqlite3.SQLITE_FULL or _is_full_disk(problem):
        return DatabaseProblem(f"no space is left on the disk of {path}", fix="free some space, then start again")
    if code == sqlite3.SQLITE_BUSY:
        return DatabaseProblem(f"another program keeps {path} to itself", fix="end that program, then start again")
    if code == sqlite3.SQLITE_IOERR:
        return DatabaseProblem(
            f"the disk under {path} failed: {problem}",
            fix="look at the system log; check the disk, then start again",
            damaged=True,
        )
    return DatabaseProblem(f"{path}: {problem}", fix="restore a backup, or report this")


def foreign(path: Path) -> DatabaseProblem:
    return DatabaseProblem(
        f"{path} is not a housebot database and was left as it is",
        fix="set [database] path to another file, or restore a backup over this one",
    )


def damaged(path: Path, what: str) -> DatabaseProblem:
    return DatabaseProblem(
        f"{path} is damaged and was left as it is: {what}",
        fix="keep a copy of it with its -wal, then restore the newest backup",
        damaged=True,
    )


def give_to_owner(path: Path, *, like: Path) -> None:
    """Root working on the service's file leaves nothing beside it that the service cannot open again."""
    if os.geteuid() != 0:
        return
    owner = like.stat()
    try:
        os.chown(path, owner.st_uid, owner.st_gid)
    except FileNotFoundError:
        return


def _is_full_disk(problem: BaseException) -> bool:
    # Growing the shared index of the WAL on a full disk is reported as an I/O error, yet nothing was written that could lie.
    return getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE


def _who_may(path: Path) -> str:
    ordinary = "make the file and its folder writable; the disk may also be mounted read-only"
    try:
        owner = path.stat().st_uid
        if owner == os.geteuid():
            return ordinary
        name = pwd.getpwuid(owner).pw_name
    except (OSError, KeyError):
        return ordinary
    return f"run it as its owner: sudo -u {name} housebot …"
