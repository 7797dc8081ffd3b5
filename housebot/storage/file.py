"""Owns an open database file as the shell uses it: reads, and writes that commit before they return."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Self, TypeVar

from housebot.errors import Refusal
from housebot.storage import migrations
from housebot.storage.connection import (
    PATIENCE,
    TransactionLost,
    begin_write,
    connect,
    explain,
    give_to_owner,
    is_broken,
    make_writer,
    passing_reason,
    told,
)
from housebot.storage.key_file import KeyFile
from housebot.storage.migrations import Migration
from housebot.storage.tx import SLOW, Tx, tell_slow

__all__ = ["DatabaseFile", "TransactionLost", "Tx"]

T = TypeVar("T")


class DatabaseFile:
    """One file, one reading connection, and a writing one from the first `write_now` on; used by the thread that opened it."""

    def __init__(
        self,
        path: Path,
        reader: sqlite3.Connection,
        *,
        patience: float = PATIENCE,
        key_file: Path | None = None,
    ) -> None:
        self.path = path
        self.patience = patience
        self.cache: dict[Any, Any] = {}
        self.key_file = KeyFile.of(path, at=key_file)
        self._reader = reader
        self._read_tx = Tx(reader, self.cache, self.key_file)
        self._writer: sqlite3.Connection | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        steps: Sequence[Migration] | None = None,
        key_file: Path | None = None,
    ) -> Self:
        """Open a database of exactly the present version, or raise DatabaseProblem and leave it as it is.

        With `create` a file that is missing or empty is made first. Its secrets are sealed by `key_file`, else by the one beside it.
        """
        steps = migrations.current_steps() if steps is None else steps
        if create:
            migrations.create(path, steps)
        migrations.require_file(path)
        return cls(path, open_reader(path, steps), key_file=key_file)

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` here and now on one consistent view of what is committed; it cannot write."""
        reader = self._reader
        if reader.in_transaction:
            raise RuntimeError("a read inside a read: hand the tx down instead")
        try:
            reader.execute("BEGIN")
            self._read_tx.begin_anew()
            result = work(self._read_tx)
            reader.execute("COMMIT")
        except BaseException as problem:
            undo(reader)
            answer = self._told(problem)
            if answer is problem:
                raise
            raise answer from problem
        return result

    def data_version(self) -> int:
        """A number that moves when anybody has committed: half the price of a read, for whoever keeps an answer."""
        version: int = self._reader.execute("PRAGMA data_version").fetchone()[0]
        return version

    def damage(self) -> list[str]:
        """What SQLite's own full check finds wrong with the file; it reads all of it, or as far as it can."""
        found: list[str] = []
        try:
            found += (row[0] for row in self._reader.execute("PRAGMA integrity_check"))
        except sqlite3.DatabaseError as problem:
            found.append(str(problem))
        return [] if found == ["ok"] else found

    def write_now(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in a transaction of its own and return once it is on the disk; wait up to `patience` seconds for a turn."""
        if self._writer is None:
            self._writer = self._open_writer()
        try:
            return transact(self._writer, work, Tx(self._writer, self.cache, self.key_file), patience=self.patience)
        except BaseException as problem:
            answer = self._told(problem)
            if answer is problem:
                raise
            raise answer from problem

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader.close()

    def _told(self, problem: BaseException) -> BaseException:
        return told(problem, self.path)

    def _open_writer(self, *, shared_by_threads: bool = False) -> sqlite3.Connection:
        try:
            writer = connect(self.path, shared_by_threads=shared_by_threads)
        except sqlite3.Error as problem:
            raise explain(problem, self.path) from problem
        try:
            make_writer(writer)
        except sqlite3.Error as problem:
            writer.close()
            raise explain(problem, self.path) from problem
        return writer


def open_reader(path: Path, steps: Sequence[Migration]) -> sqlite3.Connection:
    """A connection that cannot write, on a file of exactly the present version."""
    try:
        reader = connect(path)
    except sqlite3.Error as problem:
        raise explain(problem, path) from problem
    try:
        migrations.require_current(migrations.version_of(reader, path), steps, path)
        reader.execute("PRAGMA query_only = ON")
    except BaseException as problem:
        reader.close()
        if isinstance(problem, sqlite3.Error):
            raise explain(problem, path) from problem
        raise
    for suffix in ("-wal", "-shm"):
        give_to_owner(path.with_name(path.name + suffix), like=path)
    return reader


def transact(connection: sqlite3.Connection, work: Callable[[Tx], T], tx: Tx, *, patience: float) -> T:
    """One piece alone: begin, work, commit; whatever goes wrong, nothing of it stays."""
    begin_write(connection, patience=patience)
    tx.begin_anew()
    try:
        result = work(tx)
        if not connection.in_transaction:
            raise TransactionLost
    except BaseException:
        undo(connection)
        raise
    commit(connection)
    return result


def commit(connection: sqlite3.Connection) -> None:
    """Commit, or undo everything: no work is to blame for a failing commit, so the caller is asked to come again."""
    began = perf_counter()
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as problem:
        undo(connection)
        if is_broken(problem):
            raise
        raise Refusal("temporarily_unavailable", reason=passing_reason(problem) or "commit_failed") from problem
    if perf_counter() - began > SLOW:  # the disk is slow, or a checkpoint was due
        tell_slow("commit", perf_counter() - began)


def undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
