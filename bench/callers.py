"""Owns the comparison of writers: 64 callers who share commits, one commit for each piece, one for each statement."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.figures import interleaved
from housebot.storage.connection import begin_write, connect, make_writer
from housebot.storage.db import Database
from housebot.storage.tx import Tx

Work = Callable[[Tx, int], Any]
CALLERS = 64


@dataclass(frozen=True, slots=True)
class Speeds:
    """Pieces in a second, in each round; the commits made for one piece by callers who share them."""

    together: list[float]
    commit_each: list[float]
    statement_each: list[float]
    commits_a_piece: float


def compare(
    open_file: Callable[[Path], Any],
    folder: Path,
    work: Work,
    *,
    rounds: int,
    pieces: int,
    statements: bool = False,
) -> Speeds:
    """Run `work(tx, n)`, n never the same twice in a file, on equal files; all commit with synchronous=FULL."""
    names = ("together", "commit_each", *(("statement_each",) if statements else ()))
    left: dict[str, int] = dict.fromkeys(names, 0)
    for name in names:
        open_file(folder / f"{name}.db").close()
    shares: list[float] = []

    def numbers(name: str) -> range:
        start = left[name]
        left[name] = start + pieces
        return range(start, start + pieces)

    def together() -> float:
        speed, share = asyncio.run(_together(folder / "together.db", work, numbers("together")))
        shares.append(share)
        return speed

    ways: dict[str, Callable[[], float]] = {
        "together": together,
        "commit_each": lambda: _alone(folder / "commit_each.db", work, numbers("commit_each"), kind=Tx),
        "statement_each": lambda: _alone(
            folder / "statement_each.db", work, numbers("statement_each"), kind=_Autocommit
        ),
    }
    taken = interleaved(rounds, **{name: ways[name] for name in names})
    return Speeds(taken["together"], taken["commit_each"], taken.get("statement_each", []), commits_a_piece=max(shares))


class _Autocommit(Tx):
    """Every statement is a transaction of its own."""

    __slots__ = ()

    def _execute(self, sql: str, params: dict[str, Any] | tuple[Any, ...]) -> sqlite3.Cursor:
        return self._connection.execute(sql, params)


def _alone(path: Path, work: Work, numbers: range, *, kind: type[Tx]) -> float:
    with closing(connect(path)) as connection:
        make_writer(connection)
        connection.execute("PRAGMA wal_autocheckpoint = 1000")
        tx = kind(connection, {})
        began = time.perf_counter()
        for number in numbers:
            if kind is Tx:
                begin_write(connection)
            work(tx, number)
            if kind is Tx:
                connection.execute("COMMIT")
        return len(numbers) / (time.perf_counter() - began)


async def _together(path: Path, work: Work, numbers: range) -> tuple[float, float]:
    database = Database.open(path)
    left = iter(numbers)

    async def caller() -> None:
        for number in left:
            await database.write(partial(_numbered, work, number))

    try:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(caller())
        speed = len(numbers) / (time.perf_counter() - began)
        return speed, database.stats.commits / database.stats.pieces
    finally:
        await database.aclose()


def _numbered(work: Work, number: int, tx: Tx) -> Any:
    return work(tx, number)
