"""Owns the promises of the group-committing writer: what is told to be stored is stored, whatever happened to its neighbours."""

import asyncio
import contextvars
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, Tx
from tests.storage.engine import STEPS, add, files_in, fill_disk, free_disk, names, server, shell

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("WHO", default="nobody")


async def together(*writes: Coroutine[Any, Any, Any]) -> list[Any]:
    """All of them in one group: they are handed over in one turn of the loop."""
    return await asyncio.gather(*writes, return_exceptions=True)


def adding(name: str) -> Callable[[Tx], int]:
    return lambda tx: add(tx, name)


def refuse(tx: Tx, name: str) -> None:
    add(tx, name)
    raise Refusal("dates_taken")


def losing(way: str) -> Callable[[Tx], None]:
    """A piece whose transaction SQLite takes away: the ways are real ones."""

    def full(tx: Tx) -> None:
        add(tx, "half done")
        fill_disk(tx)

    def rude(tx: Tx) -> None:
        add(tx, "half done")
        tx.run("INSERT INTO rude (id) VALUES (1)")
        tx.run("INSERT INTO rude (id) VALUES (1)")

    def interrupted(tx: Tx) -> None:
        add(tx, "half done")
        stopper = threading.Thread(target=tx._connection.interrupt)

        def stop() -> None:
            stopper.start()
            stopper.join()

        tx._connection.create_function("stop", 0, stop)
        tx.run("INSERT INTO filling (body) SELECT stop() FROM rows")

    return {"a full disk": full, "a conflict that rolls back": rude, "an interrupt": interrupted}[way]


async def test_sixty_four_callers_share_a_few_commits(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:

        async def caller(number: int) -> None:
            for turn in range(5):
                await database.write(adding(f"{number}.{turn}"))

        await asyncio.gather(*(caller(number) for number in range(64)))
        assert len(database.read(names)) == 320
        assert database.stats.pieces == 320
        assert database.stats.commits <= 0.2 * 320


async def test_a_write_returns_what_its_piece_returned_and_is_on_the_disk(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        first, second = await together(database.write(adding("a")), database.write(adding("b")))
        assert (first, second) == (1, 2)
        seen = await asyncio.to_thread(_names_seen_by_another_process, tmp_path / "desk.db")
        assert seen == "a b"


async def test_a_piece_that_is_refused_rolls_back_alone(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        results = await together(
            database.write(adding("before")),
            database.write(lambda tx: refuse(tx, "refused")),
            database.write(adding("after")),
        )
        assert isinstance(results[1], Refusal)
        assert results[1].code == "dates_taken"
        assert database.read(names) == ["before", "after"]
        assert database.stats.commits == 1


async def test_a_lone_piece_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        with pytest.raises(Refusal, match="dates_taken"):
            await database.write(lambda tx: refuse(tx, "refused"))
        assert database.read(names) == []


@pytest.mark.parametrize("way", ["a full disk", "a conflict that rolls back", "an interrupt"])
async def test_when_sqlite_loses_the_group_every_piece_runs_again_alone(tmp_path: Path, way: str) -> None:
    async with server(tmp_path / "desk.db") as database:
        await database.write(adding("long ago"))
        lose = losing(way)
        before, lost, after = await together(
            database.write(adding("before")),
            database.write(lose),
            database.write(adding("after")),
        )
        assert database.stats.lost_groups == 1
        assert isinstance(lost, sqlite3.IntegrityError if way == "a conflict that rolls back" else Refusal)
        # What was answered with an id is there, what was answered with an error is not: also half of it.
        assert database.read(names) == ["long ago", "before", "after"]
        assert isinstance(before, int)
        assert isinstance(after, int)


async def test_a_piece_that_swallows_the_loss_loses_the_group_all_the_same(tmp_path: Path) -> None:
    def swallow(tx: Tx) -> str:
        with suppress(sqlite3.Error):
            losing("a conflict that rolls back")(tx)
        return "all is well"

    async with server(tmp_path / "desk.db") as database:
        before, lied = await together(database.write(adding("before")), database.write(swallow))
        assert isinstance(before, int)
        assert isinstance(lied, Refusal)
        assert lied.code == "temporarily_unavailable"
        assert database.read(names) == ["before"]


async def test_after_the_loss_no_statement_of_the_piece_commits_by_itself(tmp_path: Path) -> None:
    def stubborn(tx: Tx) -> None:
        for attempt in (
            lambda: losing("a conflict that rolls back")(tx),
            lambda: add(tx, "alone"),
            lambda: tx.many("INSERT INTO rows (name) VALUES (:name)", [{"name": "many"}]),
            lambda: _attempt(tx, "in a savepoint of its own"),
        ):
            with suppress(Exception):
                attempt()

    async with server(tmp_path / "desk.db") as database:
        await together(database.write(stubborn), database.write(adding("other")))
        assert database.read(names) == ["other"]


async def test_a_full_disk_refuses_and_the_desk_goes_on_when_there_is_space(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        await database.write(adding("stored"))
        with pytest.raises(Refusal) as refused:
            await database.write(fill_disk)
        assert (refused.value.code, refused.value.facts["reason"]) == ("temporarily_unavailable", "disk_full")
        assert database.read(names) == ["stored"]
        assert database.alive()
        await database.write(free_disk)
        await database.write(adding("later"))
        assert database.read(names) == ["stored", "later"]


@pytest.mark.parametrize("size", [1, 3])
async def test_a_commit_that_fails_is_undone_and_everybody_in_it_is_asked_to_come_again(
    tmp_path: Path, size: int
) -> None:
    async with server(tmp_path / "desk.db") as database:
        writes = [database.write(lambda tx: tx.run("INSERT INTO late (row_id) VALUES (999)"))]
        writes += [database.write(adding(f"neighbour {n}")) for n in range(size - 1)]
        results = await together(*writes)
        assert [result.code for result in results] == ["temporarily_unavailable"] * size
        assert database.read(names) == []
        await together(database.write(adding("next")), database.write(adding("and next")))
        assert database.read(names) == ["next", "and next"]


async def test_an_abort_of_a_trigger_undoes_its_own_statement_only_and_the_piece_decides_about_the_rest(
    tmp_path: Path,
) -> None:
    def caught(tx: Tx) -> None:
        add(tx, "first")
        with pytest.raises(sqlite3.IntegrityError, match="bad name"):
            add(tx, "bad")
        assert names(tx) == ["first"]

    def uncaught(tx: Tx) -> None:
        add(tx, "half")
        add(tx, "bad")

    async with server(tmp_path / "desk.db") as database:
        _, problem = await together(database.write(caught), database.write(uncaught))
        assert isinstance(problem, sqlite3.IntegrityError)
        assert database.read(names) == ["first"]


async def test_a_refusal_answered_inside_a_piece_undoes_the_use_case_and_keeps_the_answer(tmp_path: Path) -> None:
    def handler(tx: Tx) -> str:
        try:
            with tx.attempt():
                with tx.attempt():
                    add(tx, "kept inside, undone outside")
                refuse(tx, "half a booking")
        except Refusal as refusal:
            add(tx, f"told: {refusal.code}")
        with tx.attempt():
            add(tx, "went well")
        return "answered"

    async with server(tmp_path / "desk.db") as database:
        assert await database.write(handler) == "answered"
        assert database.read(names) == ["told: dates_taken", "went well"]


async def test_an_attempt_whose_transaction_is_gone_ends_the_piece_with_the_real_cause(tmp_path: Path) -> None:
    def handler(tx: Tx) -> None:
        try:
            with tx.attempt():
                fill_disk(tx)
        except Refusal:
            pytest.fail("a full disk is no answer of a use case")

    async with server(tmp_path / "desk.db") as database:
        with pytest.raises(Refusal) as refused:
            await database.write(handler)
        assert refused.value.facts["reason"] == "disk_full"


async def test_a_piece_sees_the_context_of_its_caller_and_cannot_change_it(tmp_path: Path) -> None:
    def piece(tx: Tx) -> str:
        seen = WHO.get()
        WHO.set("the piece")
        return seen

    async def caller(name: str) -> tuple[str, str]:
        WHO.set(name)
        return await database.write(piece), WHO.get()

    async with server(tmp_path / "desk.db") as database:
        assert await together(caller("anna"), caller("boris")) == [("anna", "anna"), ("boris", "boris")]


async def test_a_piece_that_runs_again_starts_from_the_context_of_its_caller(tmp_path: Path) -> None:
    runs: list[str] = []

    def piece(tx: Tx) -> None:
        runs.append(WHO.get())
        WHO.set("an earlier run")

    async with server(tmp_path / "desk.db") as database:
        await together(database.write(piece), database.write(losing("a conflict that rolls back")))
        assert runs == ["nobody", "nobody"]


async def test_cancelling_the_await_does_not_cancel_the_piece(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        began, go_on = threading.Event(), threading.Event()

        def slow(tx: Tx) -> None:
            began.set()
            go_on.wait(60)
            add(tx, "committed all the same")

        task = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(began.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        await database.write(adding("next"))
        assert database.read(names) == ["committed all the same", "next"]


async def test_a_piece_cancelled_before_it_was_handed_over_still_runs(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        task = asyncio.ensure_future(database.write(adding("asked for")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.write(adding("next"))
        assert database.read(names) == ["asked for", "next"]


async def test_reads_see_only_what_is_committed_and_one_moment_of_it(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        inside, go_on = threading.Event(), threading.Event()

        def slow(tx: Tx) -> None:
            add(tx, "new")
            inside.set()
            go_on.wait(60)

        task = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(inside.wait, 60)
        assert database.read(names) == []

        def look_twice(tx: Tx) -> tuple[list[str], list[str]]:
            first = names(tx)
            with shell(tmp_path / "desk.db") as other:
                other.write_now(adding("between"))
            return first, names(tx)

        go_on.set()
        await task
        assert database.read(look_twice) == (["new"], ["new"])
        assert database.read(names) == ["new", "between"]


async def test_a_read_cannot_write(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        with pytest.raises(Exception, match="read"):
            database.read(adding("no"))
        assert database.read(names) == []


async def test_a_commit_wakes_whoever_waits_in_the_thread_of_the_loop_and_only_when_something_changed(
    tmp_path: Path,
) -> None:
    async with server(tmp_path / "desk.db") as database:
        woken: list[int] = []
        database.on_commit(lambda: woken.append(threading.get_ident()))
        await database.write(names)
        assert woken == []
        await together(database.write(adding("a")), database.write(adding("b")))
        await asyncio.sleep(0)
        assert woken == [threading.get_ident()]


async def test_commits_of_others_are_noticed_and_own_ones_are_not_taken_for_theirs(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        start, seen = database.foreign_version(), database.data_version()
        await database.write(adding("own"))
        assert database.foreign_version() == start
        assert database.data_version() != seen
        await asyncio.to_thread(_add_by_another_process, tmp_path / "desk.db", "theirs")
        assert database.foreign_version() != start
        assert database.read(names) == ["own", "theirs"]


async def test_the_version_of_the_data_is_looked_up_once_in_a_turn_of_the_loop_and_anew_in_the_next(
    tmp_path: Path,
) -> None:
    async with server(tmp_path / "desk.db") as database:
        asked: list[str] = []
        database._reader.set_trace_callback(asked.append)
        first = {database.data_version() for _ in range(64)}
        assert len(first) == len(asked) == 1
        with closing(DatabaseFile.open(tmp_path / "desk.db", steps=STEPS)) as other:
            other.write_now(adding("theirs"))
        await asyncio.sleep(0)
        second = database.data_version()
        assert {second} != first
        database.write_now(adding("at once"))
        assert database.data_version() != second, "whoever has written in this turn sees it in this turn"


def test_a_loop_that_was_broken_off_leaves_no_version_behind(tmp_path: Path) -> None:
    with closing(Database.open(tmp_path / "desk.db", create=True, steps=STEPS)) as database:

        async def look() -> int:
            return database.data_version()

        async def break_off() -> None:
            database.data_version()
            raise SystemExit

        loop = asyncio.new_event_loop()
        with pytest.raises(SystemExit):
            loop.run_until_complete(break_off())
        loop.close()
        before = database.data_version()
        with closing(DatabaseFile.open(tmp_path / "desk.db", steps=STEPS)) as other:
            other.write_now(adding("theirs"))
        assert database.data_version() == asyncio.run(look()) != before


def test_without_a_loop_every_look_at_the_version_is_a_new_one(tmp_path: Path) -> None:
    with closing(Database.open(tmp_path / "desk.db", create=True, steps=STEPS)) as database:
        first = database.data_version()
        with closing(DatabaseFile.open(tmp_path / "desk.db", steps=STEPS)) as other:
            other.write_now(adding("theirs"))
        assert database.data_version() != first


async def test_asking_for_foreign_commits_never_waits_for_the_writer(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        inside, go_on = threading.Event(), threading.Event()

        def slow(tx: Tx) -> bool:
            inside.set()
            return go_on.wait(60)

        start = database.foreign_version()
        await asyncio.to_thread(_add_by_another_process, tmp_path / "desk.db", "theirs")
        await database.write(names)
        task = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(inside.wait, 60)
        assert database.foreign_version() != start
        go_on.set()
        assert await task, "the piece went on before it was told to: the loop stood still"


async def test_the_watchdog_sees_a_writer_that_no_longer_turns(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        inside, go_on = threading.Event(), threading.Event()

        def slow(tx: Tx) -> None:
            inside.set()
            go_on.wait(60)

        task = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(inside.wait, 60)
        assert database.alive()
        database.stall_seconds = 0.0
        assert not database.alive()
        go_on.set()
        await task
        assert database.alive()


async def test_closing_finishes_what_was_handed_in_and_leaves_one_file(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "desk.db", create=True, steps=STEPS)
    writes = [asyncio.ensure_future(database.write(adding(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    await database.aclose()
    assert await asyncio.gather(*writes) == list(range(1, 21))
    assert files_in(tmp_path) == ["desk.db"]
    assert not database.alive()
    with pytest.raises(Refusal, match="temporarily_unavailable"):
        await database.write(names)
    with shell(tmp_path / "desk.db") as file:
        assert len(file.read(names)) == 20


async def test_a_piece_that_raises_stop_iteration_is_answered_too(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await database.write(lambda tx: next(iter(names(tx))))


@pytest.mark.parametrize("size", [1, 3])
async def test_a_disk_that_fails_stops_the_desk(tmp_path: Path, size: int) -> None:
    async with server(tmp_path / "desk.db") as database:
        told: list[BaseException] = []
        database.on_fatal(told.append)
        await database.write(adding("stored"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        ran: list[int] = []

        def lost(tx: Tx) -> None:
            ran.append(add(tx, f"lost {len(ran)}"))

        # The kernel refuses to let the WAL grow: to SQLite that is a write error of the disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "desk.db-wal").stat().st_size, hard))
        try:
            results = await together(*(database.write(lost) for _ in range(size)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert {result.code for result in results} == {"temporarily_unavailable"}
        assert len(ran) == size
        assert len(told) == 1
        assert database.fatal is told[0]
        assert not database.alive()
        with pytest.raises(Refusal, match="temporarily_unavailable"):
            await database.write(adding("never again"))
    with shell(tmp_path / "desk.db") as file:
        assert file.read(names) == ["stored"]


async def test_damage_met_while_writing_stops_the_desk_and_its_whole_group(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file:
        file.write_now(lambda tx: [add(tx, f"{n:04}" * 50) for n in range(2000)])
    async with server(path) as database:
        told: list[BaseException] = []
        database.on_fatal(told.append)
        # Another process does it: closing the file here would drop SQLite's locks on it.
        await asyncio.to_thread(_scribble_over, path)
        results = await together(
            database.write(lambda tx: tx.run("INSERT INTO filling (body) VALUES (x'00')")),
            database.write(lambda tx: tx.value("SELECT sum(length(name)) FROM rows")),
            database.write(lambda tx: tx.run("INSERT INTO filling (body) VALUES (x'01')")),
        )
        assert [result.code for result in results] == ["temporarily_unavailable"] * 3
        assert len(told) == 1
        assert database.stats.commits == 0


async def test_damage_met_while_a_lost_group_runs_again_ends_it_there(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file:
        file.write_now(lambda tx: [add(tx, f"{n:04}" * 50) for n in range(2000)])
    async with server(path) as database:
        await asyncio.to_thread(_scribble_over, path)
        lost, broken, after = await together(
            database.write(losing("a conflict that rolls back")),
            database.write(lambda tx: tx.value("SELECT sum(length(name)) FROM rows")),
            database.write(lambda tx: tx.run("INSERT INTO filling (body) VALUES (x'01')")),
        )
        assert isinstance(lost, sqlite3.IntegrityError)
        assert (broken.code, after.code) == ("temporarily_unavailable", "temporarily_unavailable")
        assert database.stats.commits == 0
        assert not database.alive()


async def test_damage_met_while_reading_stops_the_desk(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file:
        file.write_now(lambda tx: [add(tx, f"{n:05}" * 50) for n in range(12000)])
    async with server(path) as database:
        told: list[BaseException] = []
        database.on_fatal(told.append)
        await asyncio.to_thread(_scribble_over, path)
        with pytest.raises(Exception, match="damaged"):
            database.read(names)
        assert len(told) == 1
        assert not database.alive()


def _attempt(tx: Tx, name: str) -> None:
    with tx.attempt():
        add(tx, name)


def _python(script: str, *arguments: object) -> str:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def _names_seen_by_another_process(path: Path) -> str:
    return _python(
        "import sqlite3, sys; print(*(row[0] for row in sqlite3.connect(sys.argv[1]).execute('SELECT name FROM rows ORDER BY id')))",
        path,
    )


def _add_by_another_process(path: Path, name: str) -> None:
    _python(
        "import sys; from pathlib import Path; from tests.storage.engine import add, shell\n"
        "with shell(Path(sys.argv[1])) as file: file.write_now(lambda tx: add(tx, sys.argv[2]))",
        path,
        name,
    )


def _scribble_over(path: Path) -> None:
    _python("import sys; f = open(sys.argv[1], 'r+b'); f.seek(8 * 4096); f.write(b'\\xa5' * 4096 * 60)", path)
