"""Owns the promises of the instance lock."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from housebot.errors import DatabaseProblem
from housebot.storage.lock import AlreadyRunning, instance_lock
from tests.storage.engine import ordinary_user

HOLDER = (
    "import sys, time; from pathlib import Path; from housebot.storage.lock import instance_lock\n"
    "with instance_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
)


def test_a_second_instance_is_told_who_runs_and_touches_nothing(tmp_path: Path) -> None:
    desk = tmp_path / "desk.db"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(desk)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = [(entry.name, entry.read_bytes(), entry.stat().st_mtime_ns) for entry in tmp_path.iterdir()]
        with pytest.raises(AlreadyRunning, match=f"process id {holder.pid}") as shown, instance_lock(desk):
            pytest.fail("two desks on one file")
        assert shown.value.pid == holder.pid
        assert [(entry.name, entry.read_bytes(), entry.stat().st_mtime_ns) for entry in tmp_path.iterdir()] == before
        holder.send_signal(signal.SIGKILL)


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    desk = tmp_path / "desk.db"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(desk)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with instance_lock(desk):
        assert (tmp_path / "desk.db.lock").read_text() == f"{os.getpid()}\n"
    with instance_lock(desk):
        pass


def test_a_lock_that_cannot_be_opened_is_told_with_its_fix(tmp_path: Path) -> None:
    with pytest.raises(DatabaseProblem, match=r"desk\.db\.lock cannot be opened") as shown:  # noqa: SIM117
        with ordinary_user(), instance_lock(Path("/proc") / "desk.db"):
            pytest.fail("no lock, no desk")
    assert shown.value.fix


def test_a_full_disk_does_not_keep_the_desk_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with instance_lock(tmp_path / "desk.db"):
        with pytest.raises(AlreadyRunning) as shown, instance_lock(tmp_path / "desk.db"):
            pytest.fail("two desks on one file")
        assert shown.value.pid is None


def test_the_lock_belongs_to_the_owner_of_the_database(tmp_path: Path) -> None:
    desk = tmp_path / "desk.db"
    desk.touch()
    owner = os.geteuid()
    if owner == 0:
        owner = 65534
        os.chown(desk, owner, owner)
    with instance_lock(desk):
        assert (tmp_path / "desk.db.lock").stat().st_uid == owner
