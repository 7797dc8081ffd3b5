"""Owns the promises of an opened file: refused with words when it cannot be used, never replaced, shared by processes."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from housebot.errors import DatabaseProblem, Refusal
from housebot.storage.copies import verified_copy
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, TransactionLost
from tests.storage.engine import STEPS, add, files_in, fill_disk, free_disk, names, ordinary_user, server, shell

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every user can enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def refused(path: Path, *, create: bool = False) -> DatabaseProblem:
    """What shell and server say alike, having changed nothing."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DatabaseProblem) as shown:
        DatabaseFile.open(path, create=create, steps=STEPS)
    with pytest.raises(DatabaseProblem) as server_shown:
        Database.open(path, create=create, steps=STEPS)
    assert server_shown.value.message == shown.value.message
    assert (path.read_bytes() if path.is_file() else None) == before
    assert str(path) in shown.value.message
    assert shown.value.fix
    return shown.value


def test_a_missing_database_is_named_and_not_made(tmp_path: Path) -> None:
    problem = refused(tmp_path / "desk.db")
    assert "no database" in problem.message
    assert files_in(tmp_path) == []


def test_an_empty_file_is_not_taken_for_a_new_database_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.touch()
    assert "is empty" in refused(path).message
    with shell(path) as file:
        assert file.read(names) == []


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    assert "not a file" in refused(tmp_path, create=True).message


@pytest.mark.parametrize("create", [False, True])
def test_a_foreign_database_is_refused_and_left_as_it_is(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as foreign:
        foreign.executescript("CREATE TABLE customers (id INTEGER); PRAGMA user_version = 1;")
    problem = refused(path, create=create)
    assert "not a housebot database" in problem.message
    assert not problem.damaged


@pytest.mark.parametrize("create", [False, True])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "desk.db"
    path.write_text("Dear diary,\n" * 1000)
    assert "not a housebot database" in refused(path, create=create).message


def test_a_truncated_database_is_damaged_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file:
        file.write_now(lambda tx: [add(tx, f"{n:04}" * 50) for n in range(100)])
    path.write_bytes(path.read_bytes()[:20000])
    problem = refused(path, create=True)
    assert "damaged" in problem.message
    assert problem.damaged


def test_the_server_does_not_start_over_a_page_of_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file:
        file.write_now(lambda tx: [add(tx, f"{n:04}" * 50) for n in range(2000)])
    content = bytearray(path.read_bytes())
    content[40 * 4096 : 41 * 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    with pytest.raises(DatabaseProblem, match="damaged") as shown:
        Database.open(path, create=True, steps=STEPS)
    assert shown.value.damaged
    assert path.read_bytes() == content


def test_a_read_only_file_stops_the_server_at_its_start_and_the_shell_when_it_writes(open_folder: Path) -> None:
    path = open_folder / "desk.db"
    with shell(path) as file:
        file.write_now(lambda tx: add(tx, "stored"))
    path.chmod(0o444)
    open_folder.chmod(0o777)
    with ordinary_user():
        with pytest.raises(DatabaseProblem, match="cannot be opened for writing"):
            Database.open(path, steps=STEPS)
        file = DatabaseFile.open(path, steps=STEPS)
        with pytest.raises(DatabaseProblem, match="cannot be opened for writing"):
            file.write_now(lambda tx: add(tx, "no"))
        assert file.read(names) == ["stored"]
        file.close()


def test_a_read_only_folder_is_told_with_its_owner(open_folder: Path) -> None:
    path = open_folder / "desk.db"
    with shell(path):
        pass
    path.chmod(0o666)
    open_folder.chmod(0o555)
    with ordinary_user(), pytest.raises(DatabaseProblem, match="cannot be opened") as shown:
        DatabaseFile.open(path, steps=STEPS)
    assert shown.value.fix
    open_folder.chmod(0o755)


def test_a_database_in_a_folder_that_is_not_there_cannot_be_created(tmp_path: Path) -> None:
    assert "cannot be created" in refused(tmp_path / "nowhere" / "desk.db", create=True).message


def test_a_new_database_is_private_marked_and_safe(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert file.read(lambda tx: tx.value("PRAGMA application_id")).to_bytes(4, "big") == b"hbot"
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "mmap_size", "wal_autocheckpoint", "busy_timeout")
        assert file.read(lambda tx: [tx.value(f"PRAGMA {name}") for name in pragmas]) == ["wal", 2, 1, 0, 0, 10000]
        assert file.write_now(lambda tx: [tx.value(f"PRAGMA {name}") for name in pragmas[:5]]) == ["wal", 2, 1, 0, 0]


async def test_only_the_writer_of_the_server_checkpoints(tmp_path: Path) -> None:
    async with server(tmp_path / "desk.db") as database:
        assert await database.write(lambda tx: tx.value("PRAGMA wal_autocheckpoint")) > 0
        assert await database.write(lambda tx: tx.value("PRAGMA synchronous")) == 2
        assert database.read(lambda tx: tx.value("PRAGMA wal_autocheckpoint")) == 0
        assert database.write_now(lambda tx: tx.value("PRAGMA wal_autocheckpoint")) == 0


def test_the_last_to_leave_moves_everything_into_the_one_file(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        file.write_now(lambda tx: add(tx, "stored"))
    assert files_in(tmp_path) == ["desk.db"]


def test_write_now_keeps_all_of_a_piece_or_nothing(tmp_path: Path) -> None:
    def half(tx: object) -> None:
        add(tx, "half")  # type: ignore[arg-type]
        raise Refusal("dates_taken")

    with shell(tmp_path / "desk.db") as file:
        with pytest.raises(Refusal, match="dates_taken"):
            file.write_now(half)
        assert file.read(names) == []
        assert file.write_now(lambda tx: add(tx, "whole")) == 1
        assert file.read(names) == ["whole"]


def test_write_now_on_a_full_disk_is_refused_and_works_again_later(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        file.write_now(lambda tx: add(tx, "stored"))
        with pytest.raises(Refusal) as shown:
            file.write_now(fill_disk)
        assert (shown.value.code, shown.value.facts["reason"]) == ("temporarily_unavailable", "disk_full")
        file.write_now(free_disk)
        file.write_now(lambda tx: add(tx, "later"))
        assert file.read(names) == ["stored", "later"]


def test_write_now_undoes_a_commit_that_fails(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        with pytest.raises(Refusal, match="temporarily_unavailable"):
            file.write_now(lambda tx: tx.run("INSERT INTO late (row_id) VALUES (999)"))
        file.write_now(lambda tx: add(tx, "next"))
        assert file.read(names) == ["next"]


def test_a_busy_file_is_refused_in_words_after_a_while_and_never_as_locked(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with shell(path) as file, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        file.patience = 0.05
        with pytest.raises(Refusal) as shown:
            file.write_now(lambda tx: add(tx, "no turn"))
        assert (shown.value.code, shown.value.facts) == ("temporarily_unavailable", {"reason": "busy"})
        assert "locked" not in str(shown.value)
        other.execute("ROLLBACK")
        file.write_now(lambda tx: add(tx, "a turn"))


async def test_a_busy_file_is_refused_to_everybody_in_the_group_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    async with server(path) as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            database.patience = 0.05
            with pytest.raises(Refusal, match="busy"):
                await database.write(lambda tx: add(tx, "no turn"))
            other.execute("ROLLBACK")
        await database.write(lambda tx: add(tx, "a turn"))
        assert database.alive()
        assert database.read(names) == ["a turn"]


async def test_other_processes_write_beside_a_server_that_never_rests(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    script = (
        "import sys; from pathlib import Path; from tests.storage.engine import add, shell\n"
        "with shell(Path(sys.argv[1])) as file:\n"
        "    for n in range(30): file.write_now(lambda tx: add(tx, f'{sys.argv[2]}.{n}'))"
    )
    async with server(path) as database:
        await database.write(lambda tx: add(tx, "first"))
        others = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("anna", "boris")]  # noqa: ASYNC220
        mine = 1
        while any(other.poll() is None for other in others):
            await database.write(lambda tx, n=mine: add(tx, f"server.{n}"))  # type: ignore[misc]
            mine += 1
        assert [other.returncode for other in others] == [0, 0]
        assert len(database.read(names)) == mine + 60


def test_a_read_inside_a_read_is_told(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        with pytest.raises(RuntimeError, match="hand the tx down"):
            file.read(lambda tx: file.read(names))
        assert file.read(names) == []


def test_a_tx_kept_after_its_transaction_cannot_write(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        kept = file.write_now(lambda tx: tx)
        with pytest.raises(TransactionLost):
            add(kept, "too late")
        assert file.read(names) == []


def test_the_cache_belongs_to_the_open_file(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file, shell(tmp_path / "desk.db") as other:
        file.read(lambda tx: tx.cache.update(catalog=1))
        assert file.write_now(lambda tx: tx.cache) == {"catalog": 1}
        assert other.read(lambda tx: tx.cache) == {}


def test_the_helpers_of_a_transaction_say_what_they_return(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        file.write_now(lambda tx: tx.many("INSERT INTO rows (name) VALUES (:name)", [{"name": "a"}, {"name": "b"}]))
        assert file.write_now(lambda tx: tx.run("UPDATE rows SET name = name || :more", more="!")) == 2
        assert file.read(lambda tx: tx.value("SELECT name FROM rows WHERE id = :id", id=2)) == "b!"
        assert file.read(lambda tx: tx.value("SELECT name FROM rows WHERE id = 3")) is None
        assert file.read(lambda tx: tx.one("SELECT name FROM rows WHERE id = 3")) is None
        row = file.read(lambda tx: tx.one("SELECT id, name FROM rows WHERE id = 1"))
        assert row is not None
        assert dict(row) == {"id": 1, "name": "a!"}


def test_root_leaves_nothing_beside_the_file_that_its_owner_cannot_open(open_folder: Path) -> None:
    path = open_folder / "desk.db"
    with shell(path):
        pass
    owner = os.geteuid()
    if owner == 0:
        owner = NOBODY
        os.chown(path, owner, owner)
    with shell(path) as file:
        file.write_now(lambda tx: add(tx, "by root"))
        verified_copy(path, open_folder / "copy.db")
        found = {entry.name: entry.stat().st_uid for entry in open_folder.iterdir()}
    assert found == dict.fromkeys(("desk.db", "desk.db-wal", "desk.db-shm", "copy.db"), owner)


def test_two_processes_that_create_at_once_share_one_database(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    gate, problems = threading.Barrier(4), []

    def start(number: int) -> None:
        gate.wait()
        try:
            with shell(path) as file:
                file.write_now(lambda tx: add(tx, str(number)))
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with shell(path) as file:
        assert sorted(file.read(names)) == ["0", "1", "2", "3"]


def test_a_verified_copy_holds_what_still_lies_in_the_wal(tmp_path: Path) -> None:
    with shell(tmp_path / "desk.db") as file:
        file.write_now(lambda tx: add(tx, "only in the WAL"))
        verified_copy(tmp_path / "desk.db", tmp_path / "copy.db")
        file.write_now(lambda tx: add(tx, "later"))
    with shell(tmp_path / "copy.db") as copy:
        assert copy.read(names) == ["only in the WAL"]
    assert files_in(tmp_path) == ["copy.db", "desk.db"]


def test_a_copy_of_a_damaged_database_never_replaces_a_good_one(tmp_path: Path) -> None:
    path, target = tmp_path / "desk.db", tmp_path / "copy.db"
    with shell(path) as file:
        file.write_now(lambda tx: [add(tx, f"{n:04}" * 50) for n in range(2000)])
    verified_copy(path, target)
    good, content = target.read_bytes(), path.read_bytes()
    path.write_bytes(content.replace(b"0005" * 50, b"9005" * 50, 1))
    with pytest.raises(DatabaseProblem, match="missing from index"):
        verified_copy(path, target)
    assert target.read_bytes() == good
    assert files_in(tmp_path) == ["copy.db", "desk.db"]


def test_the_file_of_the_shell_loads_nothing_heavy() -> None:
    heavy = ["asyncio", "logging", "sqlite_utils", "pydantic", "aiogram", "aiohttp", "aiosqlite"]
    script = f"import sys, housebot.storage.file; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
        == "[]"
    )
