"""Owns what a use case sees of the database: statements inside one transaction that somebody else begins and ends."""

import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from time import perf_counter
from typing import Any

from housebot.storage.connection import TransactionLost
from housebot.storage.key_file import KeyFile

SLOW = 0.1  # seconds; a statement that takes longer is worth a line


class Tx:
    """Every statement runs inside the caller's transaction or not at all.

    `cache` belongs to the open file and outlives the transaction: immutable values only, shared by threads, bounded by its users.
    `read_before` is for one piece of work: rows that it asks for again and again. Whoever writes such a row forgets it there.
    `key_file` seals what the file keeps secret; a migration has none.
    """

    __slots__ = ("_connection", "cache", "key_file", "read_before")

    def __init__(self, connection: sqlite3.Connection, cache: dict[Any, Any], key_file: KeyFile | None = None) -> None:
        self._connection = connection
        self.cache = cache
        self.read_before: dict[Any, Any] = {}
        self.key_file = key_file

    def begin_anew(self) -> None:
        """Another piece of work, or one that is undone in part: what was read before may be otherwise now."""
        self.read_before.clear()

    def all(self, sql: str, /, **params: Any) -> list[sqlite3.Row]:
        began = perf_counter()
        rows = self._execute(sql, params).fetchall()
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)
        return rows

    def one(self, sql: str, /, **params: Any) -> sqlite3.Row | None:
        """The first row, or None when there is none."""
        began = perf_counter()
        row: sqlite3.Row | None = self._execute(sql, params).fetchone()
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)
        return row

    def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None when there is none."""
        began = perf_counter()
        row = self._execute(sql, params).fetchone()
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)
        return None if row is None else row[0]

    def run(self, sql: str, /, **params: Any) -> int:
        """How many rows the statement changed: a conditional UPDATE claims by this number."""
        began = perf_counter()
        count = self._execute(sql, params).rowcount
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)
        return count

    def insert(self, sql: str, /, **params: Any) -> int:
        """The id of the new row."""
        began = perf_counter()
        rowid = self._execute(sql, params).lastrowid
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)
        assert rowid is not None
        return rowid

    def add(self, table: str, row: Mapping[str, Any], /) -> int:
        """A row of these columns, and its id: its values are bound by position, which costs less than half of binding them by name."""
        began = perf_counter()
        rowid = self._execute(_insertion(table, tuple(row)), tuple(row.values())).lastrowid
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)
        assert rowid is not None
        return rowid

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        self._require_transaction()
        began = perf_counter()
        self._connection.executemany(sql, rows)
        if perf_counter() - began > SLOW:
            _tell_slow(perf_counter() - began)

    def data_version(self) -> int:
        """A number that differs from an earlier one on a read when anybody has committed since."""
        version: int = self.value("PRAGMA data_version")
        return version

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A nested savepoint: an exception inside undoes what was written inside, and propagates."""
        self._execute("SAVEPOINT attempt", {})
        try:
            yield
        except BaseException as problem:
            self._require_transaction(problem)
            self._connection.execute("ROLLBACK TO attempt")
            self._connection.execute("RELEASE attempt")
            self.begin_anew()
            raise
        self._execute("RELEASE attempt", {})

    def _execute(self, sql: str, params: dict[str, Any] | tuple[Any, ...]) -> sqlite3.Cursor:
        # Without a transaction the statement would commit by itself, and a SAVEPOINT would silently begin another one.
        if not self._connection.in_transaction:
            raise TransactionLost
        return self._connection.execute(sql, params)

    def _require_transaction(self, problem: BaseException | None = None) -> None:
        if not self._connection.in_transaction:
            raise TransactionLost from problem


@cache
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608  names of the code's own


def by_name(row: sqlite3.Row) -> dict[str, Any]:
    """For a row of many columns that is asked for nearly all of them: its own way to a name leads past all before it."""
    return dict(zip(row.keys(), row, strict=True))


def _tell_slow(seconds: float) -> None:
    """The name of a statement is that of the function it stands in; its words may carry values, so they stay out of the log."""
    caller = sys._getframe(2)
    module = caller.f_globals.get("__name__", "?").removeprefix("housebot.")
    tell_slow(f"statement in {module}.{caller.f_code.co_qualname}", seconds)


def tell_slow(what: str, seconds: float) -> None:
    """One line for something that took long."""
    import logging  # a short command has no need of it

    logging.getLogger(__name__).warning("slow %s: %.0f ms", what, seconds * 1000)
