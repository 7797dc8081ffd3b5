"""Owns the server's database: inline reads, and one writer thread that commits what has queued as one group."""

import asyncio
import contextvars
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from housebot.errors import DatabaseProblem, KeyProblem, Refusal
from housebot.storage import migrations
from housebot.storage.connection import PATIENCE, begin_write, connect, explain, is_broken, told
from housebot.storage.file import DatabaseFile, commit, open_reader, transact, undo
from housebot.storage.migrations import Migration
from housebot.storage.tx import Tx

log = logging.getLogger(__name__)
T = TypeVar("T")

_MOST_PIECES = 512  # in one group: a bound on how long the first of them waits for the last
_CHECKPOINT_PAGES = 1000
_ASIDE = 2  # threads for what takes long
_LARGEST_WAL = 64 * 1024 * 1024  # bytes kept after a burst


class _Piece(NamedTuple):
    work: Callable[[Tx], Any]
    context: contextvars.Context
    future: asyncio.Future[Any]


class _Outcome(NamedTuple):
    piece: _Piece
    result: Any
    problem: BaseException | None


class _GroupLostError(Exception):
    """The group's transaction is gone, or must go; the cause says why."""


@dataclass(slots=True)
class Stats:
    """Counted since the database was opened."""

    commits: int = 0
    pieces: int = 0
    lost_groups: int = 0


class Database(DatabaseFile):
    """The server's file: `read` runs inline in the loop's thread, `write` in the one writer thread.

    `fatal` is set, and `on_fatal` told, when the file or its disk can no longer be trusted: the process must then exit 70.
    """

    def __init__(
        self,
        path: Path,
        reader: sqlite3.Connection,
        *,
        patience: float = PATIENCE,
        key_file: Path | None = None,
    ) -> None:
        super().__init__(path, reader, patience=patience, key_file=key_file)
        self.stats = Stats()
        self.fatal: BaseException | None = None
        self.stall_seconds = 30.0  # a transaction that takes longer than this is no longer taken for work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._committed: list[Callable[[], None]] = []
        self._died: list[Callable[[BaseException], None]] = []
        self._gathered: list[_Piece] = []
        self._queue: queue.SimpleQueue[list[_Piece] | None] = queue.SimpleQueue()
        self._closing = False
        self._busy_since: float | None = None
        self._broken: BaseException | None = None
        self._foreign = 0
        self._version: tuple[asyncio.AbstractEventLoop, int] | None = None  # of the data, in this turn of that loop
        self._group_writer = self._open_writer(shared_by_threads=True)
        self._group_tx = Tx(self._group_writer, self.cache, self.key_file)
        self._writer_in_use = threading.Lock()
        self._aside = ThreadPoolExecutor(max_workers=_ASIDE, thread_name_prefix="database-aside")
        self._thread = threading.Thread(target=self._write_groups, name="database-writer", daemon=True)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        steps: Sequence[Migration] | None = None,
        key_file: Path | None = None,
    ) -> Self:
        """Open the desk's database for the server: migrated to the present version, checked for damage, proven writable.

        The caller holds the instance lock. Raises DatabaseProblem and changes nothing when the file cannot be used.
        """
        steps = migrations.current_steps() if steps is None else steps
        if create:
            migrations.create(path, steps)
        migrations.migrate(path, steps)
        database = cls(path, open_reader(path, steps), key_file=key_file)
        try:
            database._start()
        except BaseException:
            database._group_writer.close()
            DatabaseFile.close(database)
            raise
        return database

    def read(self, work: Callable[[Tx], T]) -> T:
        """As the shell's; met with damage it also stops the process, and a secret nobody can open is a refusal."""
        try:
            return super().read(work)
        except KeyProblem as problem:
            raise _sealed(problem) from problem
        except DatabaseProblem as problem:
            if problem.damaged:
                self._fail(problem)
            raise

    def data_version(self) -> int:
        """As the shell's, looked up once in a turn of the loop: what the same turn asks for again has been read with it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nobody turns one
            return super().data_version()
        if self._version is None or self._version[0] is not loop:  # another one may have been broken off in its turn
            self._version = loop, super().data_version()
            loop.call_soon(self._look_again)
        return self._version[1]

    def write_now(self, work: Callable[[Tx], T]) -> T:
        """As the shell's: whoever asks for the version in the same turn sees that it moved."""
        try:
            return super().write_now(work)
        finally:
            self._look_again()

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in the writer thread and return once it is on the disk.

        A piece may run more than once, the last time counts: it has no effect outside `tx`. It sees a copy of the caller's
        context variables. Cancelling the await does not cancel the piece. `temporarily_unavailable` when the disk is full.
        """
        if self._closing or self.fatal is not None:
            raise Refusal("temporarily_unavailable", reason="closing")
        loop = asyncio.get_running_loop()
        self._loop = loop
        future: asyncio.Future[T] = loop.create_future()
        if not self._gathered:
            # Handed over when everybody who is ready now has spoken, so that they share one commit.
            loop.call_soon(self._hand_over)
        self._gathered.append(_Piece(work, contextvars.copy_context(), future))
        return await future

    async def aside(self, work: Callable[[Tx], T]) -> T:
        """Read what takes long, such as figures over all rows, in a thread and on a connection of its own: the loop turns meanwhile.

        Two at a time; others wait. Given up by the caller, a read that has begun still comes to its end.
        """
        if self._closing or self.fatal is not None:
            raise Refusal("temporarily_unavailable", reason="closing")
        return await asyncio.get_running_loop().run_in_executor(self._aside, self._read_aside, work)

    def _read_aside(self, work: Callable[[Tx], T]) -> T:
        reader = connect(self.path)
        reader.execute("PRAGMA query_only = ON")
        file = DatabaseFile(self.path, reader)
        try:
            return DatabaseFile.read(file, work)
        finally:
            file.close()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call back in the loop's thread after every commit that changed something."""
        self._committed.append(callback)

    def on_fatal(self, callback: Callable[[BaseException], None]) -> None:
        """Call back in the loop's thread, once, when the file can no longer be trusted."""
        self._died.append(callback)

    def foreign_version(self) -> int:
        """A number that moves when another connection than the group writer has committed; cheap, never waits for the writer."""
        if self._writer_in_use.acquire(blocking=False):
            try:
                self._look_for_foreign_commits()
            finally:
                self._writer_in_use.release()
        return self._foreign

    def alive(self) -> bool:
        """Whether the writer turns: for the watchdog."""
        since = self._busy_since
        return (
            self._thread.is_alive()
            and self.fatal is None
            and (since is None or time.monotonic() - since < self.stall_seconds)
        )

    async def aclose(self) -> None:
        """Finish what was handed in, move the WAL into the file, close."""
        self._dismiss()
        try:
            await asyncio.to_thread(self._aside.shutdown, cancel_futures=True)
            await asyncio.to_thread(self._thread.join)
        finally:
            super().close()

    def close(self) -> None:
        self._dismiss()
        self._aside.shutdown(cancel_futures=True)
        self._thread.join()
        super().close()

    # In the loop's thread.

    def _start(self) -> None:
        try:
            migrations.quick_check(self._reader, self.path)
            self._prove_writable()
            self._group_writer.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            self._group_writer.execute(f"PRAGMA journal_size_limit = {_LARGEST_WAL}")
            self._look_for_foreign_commits()
        except sqlite3.Error as problem:
            raise explain(problem, self.path) from problem
        self._thread.start()

    def _prove_writable(self) -> None:
        version = self._group_writer.execute("PRAGMA user_version").fetchone()[0]
        begin_write(self._group_writer, patience=self.patience)
        try:
            # BEGIN IMMEDIATE alone succeeds on a read-only file.
            self._group_writer.execute(f"PRAGMA user_version = {version}")
        finally:
            undo(self._group_writer)

    def _look_again(self) -> None:
        self._version = None

    def _hand_over(self) -> None:
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    def _dismiss(self) -> None:
        if not self._closing:
            self._closing = True
            self._hand_over()
            self._queue.put(None)

    def _resolve(self, outcomes: list[_Outcome], changed: bool, broken: BaseException | None, /) -> None:
        for piece, result, problem in outcomes:
            if piece.future.done():
                if problem is not None and not isinstance(problem, Refusal):
                    log.error("a write nobody waits for any more failed", exc_info=problem)
            elif problem is None:
                piece.future.set_result(result)
            else:
                piece.future.set_exception(problem)
        if changed:
            for callback in self._committed:
                callback()
        if broken is not None:
            self._fail(broken)

    def _fail(self, problem: BaseException) -> None:
        if self.fatal is None:
            self.fatal = problem
            log.critical("the database cannot be trusted any more: %s", problem)
            for callback in self._died:
                callback(problem)

    # In the writer's thread.

    def _write_groups(self) -> None:
        try:
            while (pieces := self._next_pieces()) is not None:
                for start in range(0, len(pieces), _MOST_PIECES):
                    self._write_group(pieces[start : start + _MOST_PIECES])
        finally:
            self._leave()

    def _next_pieces(self) -> list[_Piece] | None:
        pieces = self._queue.get()
        with suppress(queue.Empty):
            while pieces is not None and len(pieces) < _MOST_PIECES:
                more = self._queue.get_nowait()
                if more is None:
                    self._queue.put(None)
                    break
                pieces += more
        return pieces

    def _write_group(self, pieces: list[_Piece]) -> None:
        with self._writer_in_use:
            changes = self._group_writer.total_changes
            try:
                outcomes = self._together(pieces)
            except (
                Exception
            ) as problem:  # a fault of this engine: nobody may wait for ever, and nothing more may be written
                outcomes = self._broken_off(pieces, problem)
            changed = self._group_writer.total_changes != changes
            self._look_for_foreign_commits()
            self._busy_since = None
        self.stats.pieces += len(pieces)
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
            self._loop.call_soon_threadsafe(self._resolve, outcomes, changed, self._broken)

    def _together(self, pieces: list[_Piece]) -> list[_Outcome]:
        if self._broken is not None:
            return self._broken_off(pieces, self._broken)
        if len(pieces) == 1:
            return self._each_alone(pieces)
        self._busy_since = time.monotonic()
        try:
            begin_write(self._group_writer, patience=self.patience)
            outcomes = [self._in_savepoint(piece) for piece in pieces]
        except sqlite3.Error as problem:  # no turn to write: no piece has run
            return self._all_told(pieces, problem)
        except _GroupLostError as lost:
            if lost.__cause__ is not None and is_broken(lost.__cause__):
                return self._broken_off(pieces, lost.__cause__)
            self.stats.lost_groups += 1
            return self._each_alone(pieces)
        try:
            commit(self._group_writer)
        except (sqlite3.Error, Refusal) as problem:
            return self._all_told(pieces, problem)
        self.stats.commits += 1
        return outcomes

    def _in_savepoint(self, piece: _Piece) -> _Outcome:
        writer = self._group_writer
        result, problem = None, None
        try:
            writer.execute("SAVEPOINT piece")
            self._group_tx.begin_anew()
            try:
                result = piece.context.copy().run(piece.work, self._group_tx)
            except BaseException as raised:
                problem = raised
            if not writer.in_transaction:
                raise _GroupLostError from problem
            if problem is not None:
                if is_broken(problem):
                    raise _GroupLostError from problem
                writer.execute("ROLLBACK TO piece")
            writer.execute("RELEASE piece")
        except sqlite3.Error as engine:
            raise _GroupLostError from engine
        return _Outcome(piece, result, None if problem is None else self._answer(problem))

    def _each_alone(self, pieces: list[_Piece]) -> list[_Outcome]:
        undo(self._group_writer)
        return [self._alone(piece) for piece in pieces]

    def _alone(self, piece: _Piece) -> _Outcome:
        if self._broken is not None:
            return _Outcome(piece, None, self._answer(self._broken))
        self._busy_since = time.monotonic()
        try:
            result = transact(
                self._group_writer,
                lambda tx: piece.context.run(piece.work, tx),
                self._group_tx,
                patience=self.patience,
            )
        except BaseException as problem:
            return _Outcome(piece, None, self._answer(problem))
        self.stats.commits += 1
        return _Outcome(piece, result, None)

    def _all_told(self, pieces: list[_Piece], problem: BaseException) -> list[_Outcome]:
        log.error("a group of %d writes was not committed", len(pieces), exc_info=problem)
        return [_Outcome(piece, None, self._answer(problem)) for piece in pieces]

    def _broken_off(self, pieces: list[_Piece], problem: BaseException) -> list[_Outcome]:
        self._broken = self._broken or problem
        with suppress(sqlite3.Error):
            undo(self._group_writer)
        return [_Outcome(piece, None, self._answer(problem)) for piece in pieces]

    def _answer(self, problem: BaseException) -> BaseException:
        if problem is self._broken or is_broken(problem):
            self._broken = self._broken or problem
            answer: BaseException = Refusal("temporarily_unavailable", reason="disk_failed")
        else:
            answer = told(problem, self.path)
        if isinstance(answer, KeyProblem):
            answer = _sealed(answer)
        if isinstance(answer, DatabaseProblem):
            answer = Refusal("temporarily_unavailable", reason="read_only")
        if isinstance(answer, StopIteration):  # a future cannot carry it
            answer = RuntimeError("the piece raised StopIteration")
        if answer is not problem:
            answer.__cause__ = problem
        return answer

    def _look_for_foreign_commits(self) -> None:
        with suppress(sqlite3.Error):
            self._foreign = self._group_writer.execute("PRAGMA data_version").fetchone()[0]

    def _leave(self) -> None:
        with suppress(sqlite3.Error):
            if self._broken is None:
                self._group_writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._group_writer.close()


def _sealed(problem: KeyProblem) -> Refusal:
    """The owner reads in the log which key is missing; whoever asked hears only that it does not go now."""
    log.error("%s", problem)
    return Refusal("temporarily_unavailable", reason="sealed")
