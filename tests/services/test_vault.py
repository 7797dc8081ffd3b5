"""Secrets at rest: nothing plain in the file, keys that may change, and no step at which a kill loses a secret."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from housebot.errors import KeyProblem, Refusal
from housebot.services import hooks, vault
from housebot.storage import meta, sealed
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, Tx
from tests.services.conftest import OPENED, OWNER
from tests.storage.engine import files_in, ordinary_user

PROVIDERS = ("yookassa", "bukza", "sendpulse")


def opened(path: Path) -> DatabaseFile:
    return DatabaseFile.open(path)


def words(db: DatabaseFile) -> dict[str, str]:
    """Every word, made at the first call."""
    return db.write_now(lambda tx: {name: hooks.ensure_token(tx, name) for name in PROVIDERS})


def keys(db: DatabaseFile) -> list[str]:
    return [line for line in db.key_file.path.read_text().splitlines() if not line.startswith("#")]


def rotate(db: DatabaseFile) -> vault.Rotation:
    return db.write_now(lambda tx: vault.rotate(tx, actor=OWNER, now=OPENED))


def test_what_is_sealed_opens_again_and_never_looks_the_same(empty: DatabaseFile) -> None:
    one, two = empty.write_now(lambda tx: (vault.seal(tx, "тайна"), vault.seal(tx, "тайна")))
    assert one != two
    assert "тайна" not in one
    assert vault.is_sealed(one)
    assert empty.read(lambda tx: [vault.unseal(tx, one), vault.unseal(tx, two)]) == ["тайна", "тайна"]


def test_no_dump_and_no_byte_of_the_database_holds_a_plain_secret_or_a_key(tmp_path: Path) -> None:
    db = opened_new(tmp_path)
    secret = words(db)
    rotate(db)
    of_keys = keys(db)
    db.close()
    with closing(sqlite3.connect(tmp_path / "desk.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert "hook_token.yookassa" in dump
    raw = b"".join((tmp_path / name).read_bytes() for name in files_in(tmp_path) if not name.endswith(".key"))
    for text in (*secret.values(), *of_keys):
        assert text not in dump
        assert text.encode() not in raw


def opened_new(folder: Path) -> DatabaseFile:
    return DatabaseFile.open(folder / "desk.db", create=True)


def test_the_key_file_is_made_at_the_first_need_and_is_its_owners_alone(empty: DatabaseFile) -> None:
    assert not empty.key_file.exists()
    empty.read(vault.look)
    assert not empty.key_file.exists(), "to look needs no key"
    words(empty)
    assert empty.key_file.path == empty.path.with_name("desk.db.key")
    assert empty.key_file.mode() == 0o600
    assert [name for name in files_in(empty.path.parent) if "key" in name] == ["desk.db.key"], "no draft is left"


def test_the_settings_may_put_the_key_file_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "apart"
    elsewhere.mkdir()
    db = DatabaseFile.open(tmp_path / "desk.db", create=True, key_file=elsewhere / "desk.key")
    words(db)
    db.close()
    assert files_in(elsewhere) == ["desk.key"]
    assert "desk.db.key" not in files_in(tmp_path)


def test_root_leaves_a_key_file_that_the_desk_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, tuple[int, int]] = {}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        os, "chown", lambda path, uid, gid: given.update({Path(path).name.partition("-")[0]: (uid, gid)})
    )
    db = opened_new(tmp_path)
    owner = (db.path.stat().st_uid, db.path.stat().st_gid)
    for change in (words, rotate):
        given.clear()
        change(db)
        assert given.get("desk.db.key.new") == owner, "before it is in place"
    db.close()
    assert (tmp_path / "desk.db.key").stat().st_mode & 0o777 == 0o600


def test_of_many_who_need_a_key_at_once_all_end_with_the_same(tmp_path: Path) -> None:
    opened_new(tmp_path).close()
    found: list[str] = []
    start = threading.Barrier(8)

    def need() -> None:
        db = opened(tmp_path / "desk.db")
        start.wait()
        db.key_file.make()
        found.append(keys(db)[0])
        db.close()

    threads = [threading.Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    db = opened(tmp_path / "desk.db")
    db.key_file.make()
    assert keys(db) == found[:1], "who comes last finds it made"
    db.close()


def test_a_word_that_an_earlier_version_kept_in_plain_text_is_sealed_at_the_next_need(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: meta.put(tx, "hook_token.yookassa", "old-word"))
    assert empty.read(lambda tx: hooks.token(tx, "yookassa")) == "old-word"
    assert empty.read(vault.look).plain == 1
    assert empty.write_now(lambda tx: hooks.ensure_token(tx, "yookassa")) == "old-word", "the address stays"
    assert "old-word" not in str(empty.read(lambda tx: meta.get(tx, "hook_token.yookassa")))
    assert empty.read(vault.look).plain == 0


def test_a_change_of_keys_seals_everything_again_and_keeps_the_earlier_keys(empty: DatabaseFile) -> None:
    secret = words(empty)
    empty.write_now(lambda tx: meta.put(tx, "hook_token.old", "plain"))
    before, (first,) = empty.read(lambda tx: {value.row: value.text for value in sealed.everything(tx)}), keys(empty)
    done = rotate(empty)
    assert (done.sealed, done.keys, done.finished) == (4, 2, False)
    assert keys(empty)[1:] == [first]
    after = empty.read(lambda tx: {value.row: value.text for value in sealed.everything(tx)})
    assert all(vault.is_sealed(text) and text != before[row] for row, text in after.items())
    assert words(empty) == secret
    empty.key_file.path.write_text(keys(empty)[0] + "\n")
    assert words(empty) == secret, "the earlier key is needed for backups alone"
    assert empty.read(lambda tx: vault.look(tx).problem) is None


def test_an_earlier_backup_opens_with_the_key_file_of_today(tmp_path: Path) -> None:
    db = opened_new(tmp_path)
    secret = words(db)
    db.close()
    backup = (tmp_path / "desk.db").read_bytes()
    db = opened(tmp_path / "desk.db")
    rotate(db)
    rotate(db)
    db.close()
    (tmp_path / "desk.db").write_bytes(backup)
    db = opened(tmp_path / "desk.db")
    assert words(db) == secret
    assert db.read(vault.look).begun, "and the doctor says that it is not sealed with the newest"
    done = rotate(db)
    assert (done.keys, done.finished) == (3, True), "no further key is needed for that"
    db.close()


def test_a_running_desk_takes_up_a_key_that_another_process_made(tmp_path: Path) -> None:
    desk = opened_new(tmp_path)
    secret = words(desk)
    shell = opened(tmp_path / "desk.db")
    rotate(shell)
    assert words(desk) == secret
    desk.write_now(lambda tx: meta.put(tx, "hook_token.new", vault.seal(tx, "new")))
    shell.key_file.path.write_text(keys(shell)[0] + "\n")
    assert shell.read(lambda tx: hooks.token(tx, "new")) == "new", "it was sealed with the newest key"
    shell.close()
    desk.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from housebot.services import vault
from housebot.storage import copies, file, key_file, meta, sealed
from tests.services.conftest import OPENED, OWNER

step, path = sys.argv[1], Path(sys.argv[2])
db = file.DatabaseFile.open(path)

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

class Third:
    left = 2
def at_third(tx, value, text, replace=sealed.replace):
    Third.left -= 1
    if not Third.left:
        die()
    replace(tx, value, text)

if step == "before the draft is in place":
    key_file.put_in_place = die
elif step == "the new key is on the disk":
    put = key_file.put_in_place
    key_file.put_in_place = lambda draft, target: (put(draft, target), die())
elif step == "half of the values are sealed again":
    sealed.replace = at_third
elif step == "all are, and nothing is committed":
    file.commit = die
db.write_now(lambda tx: vault.rotate(tx, actor=OWNER, now=OPENED))
"""

STEPS = (
    "before the draft is in place",
    "the new key is on the disk",
    "half of the values are sealed again",
    "all are, and nothing is committed",
)


@pytest.mark.parametrize("step", STEPS)
def test_a_change_of_keys_that_is_killed_loses_nothing_and_is_finished_by_the_next(tmp_path: Path, step: str) -> None:
    db = opened_new(tmp_path)
    secret, (first,) = words(db), keys(db)
    db.close()
    ran = subprocess.run([sys.executable, "-c", KILLED, step, str(tmp_path / "desk.db")], check=False)
    assert ran.returncode == -signal.SIGKILL
    db = opened(tmp_path / "desk.db")
    reached = step != STEPS[0]
    assert words(db) == secret
    assert len(keys(db)) == 1 + reached
    assert db.read(vault.look).begun == reached
    done = rotate(db)
    assert (done.sealed, done.keys, done.finished) == (3, 2, reached)
    assert keys(db)[1:] == [first]
    assert not db.read(vault.look).begun
    assert [name for name in files_in(tmp_path) if "key" in name] == ["desk.db.key"], "no draft with keys is left"
    assert words(db) == secret
    assert rotate(db).keys == 3, "the next one is a new one"
    db.close()


def test_a_lost_key_file_is_named_with_what_to_do_and_never_replaced(empty: DatabaseFile) -> None:
    words(empty)
    kept = empty.key_file.path.rename(empty.path.with_name("kept"))
    for act in (
        lambda tx: hooks.token(tx, "yookassa"),
        lambda tx: hooks.ensure_token(tx, "new"),
        lambda tx: vault.rotate(tx, actor=OWNER, now=OPENED),
    ):
        with pytest.raises(KeyProblem, match=r"desk\.db\.key is missing") as raised:
            empty.write_now(act)
        assert "copy" in raised.value.fix
    assert not empty.key_file.exists()
    kept.rename(empty.key_file.path)
    assert empty.read(lambda tx: hooks.token(tx, "yookassa"))


def test_the_key_file_of_another_desk_seals_nothing_here(tmp_path: Path, empty: DatabaseFile) -> None:
    words(empty)
    (tmp_path / "other").mkdir()
    other = opened_new(tmp_path / "other")
    words(other)
    other.close()
    other.key_file.path.replace(empty.key_file.path)
    for act in (lambda tx: vault.seal(tx, "new"), lambda tx: hooks.token(tx, "yookassa")):
        with pytest.raises(KeyProblem, match="does not open the secrets of this database"):
            empty.write_now(act)
    assert empty.read(vault.look).problem is not None


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "not a key\n", "kлюч\n", "AAAA\n"], ids=lambda text: repr(text)[:12]
)
def test_a_broken_key_file_is_said_to_be_broken_and_left_as_it_is(empty: DatabaseFile, text: str) -> None:
    words(empty)
    empty.key_file.path.write_text(text, encoding="utf-8")
    for act in (lambda tx: vault.seal(tx, "x"), lambda tx: vault.rotate(tx, actor=OWNER, now=OPENED)):
        with pytest.raises(KeyProblem, match="holds no keys, or broken ones"):
            empty.write_now(act)
    assert empty.key_file.path.read_text(encoding="utf-8") == text


def test_a_key_file_nobody_may_read_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    db = opened_new(tmp_path)
    words(db)
    db.key_file.path.chmod(0o000)
    fresh = opened(tmp_path / "desk.db")
    with ordinary_user(), pytest.raises(KeyProblem, match="cannot be used"):
        fresh.key_file.keys()
    fresh.close()
    db.close()


def test_a_forged_value_does_not_open(empty: DatabaseFile) -> None:
    words(empty)
    empty.write_now(lambda tx: meta.put(tx, "hook_token.yookassa", "sealed:gAAAAA-forged"))
    with pytest.raises(KeyProblem):
        empty.read(lambda tx: hooks.token(tx, "yookassa"))
    assert empty.read(vault.look).closed == ["meta"]


async def test_the_server_answers_without_its_key_that_it_does_not_go_now(tmp_path: Path) -> None:
    opened_new(tmp_path).close()
    db = Database.open(tmp_path / "desk.db")
    await db.write(lambda tx: hooks.ensure_token(tx, "yookassa"))
    db.key_file.path.unlink()
    with pytest.raises(Refusal) as raised:
        await db.write(lambda tx: hooks.ensure_token(tx, "yookassa"))
    assert (raised.value.code, raised.value.facts) == ("temporarily_unavailable", {"reason": "sealed"})
    with pytest.raises(Refusal):
        db.read(lambda tx: hooks.token(tx, "yookassa"))
    assert db.fatal is None
    assert await db.write(lambda tx: meta.put_once(tx, "other", "work goes on"))
    await db.aclose()


def test_every_place_of_a_secret_is_a_column_of_the_schema(empty: DatabaseFile) -> None:
    def count(tx: Tx) -> list[int]:
        return [tx.value(f"SELECT count({place.column}) FROM {place.table}") for place in sealed.PLACES]

    assert len(empty.read(count)) == len(sealed.PLACES)
    assert empty.read(lambda tx: list(sealed.everything(tx))) == []


def test_sealing_is_loaded_by_what_seals_alone() -> None:
    program = "import sys, housebot.services.hooks, housebot.app; print('cryptography' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
