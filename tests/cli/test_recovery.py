"""What the README says under “When something is wrong”, rehearsed: read while everything is down, it has to be right."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import NOW, STAY, Shell


def killed_after_writing(folder: Path, comment: str) -> None:
    """A process books and is killed: what it wrote stands in the companion of the file."""
    script = (
        "import os, sqlite3, sys\n"
        "from housebot.cli import main\n"
        f"other = sqlite3.connect({str(folder / 'housebot.db')!r})\n"
        "other.execute('SELECT count(*) FROM bookings').fetchone()\n"  # not the last to close, so nothing is folded in
        "code = main(sys.argv[1:])\n"
        "os._exit(code)\n"
    )
    words = ["--config", str(folder / "config.toml"), "--now", NOW, "bookings", "create", *STAY, "--comment", comment]
    subprocess.run(
        [sys.executable, "-c", script, *words],
        check=True,
        capture_output=True,
        env={**os.environ, "HOUSEBOT_TEST": "1"},
    )
    assert (folder / "housebot.db-wal").stat().st_size > 0


def test_readme_a_copy_made_by_hand_after_a_crash_has_the_last_booking(shell: Shell, tmp_path: Path) -> None:
    killed_after_writing(shell.folder, "the last one")
    assert shell.run("db", "check").code == 0
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("config.toml", "housebot.db"):
        shutil.copy2(shell.folder / name, copied / name)
    assert [one["code"] for one in Shell(copied, shell.capture).json("bookings", "list")] == [
        one["code"] for one in shell.json("bookings", "list")
    ]
    assert len(shell.json("bookings", "list")) == 1


def test_readme_a_good_copy_put_back_is_not_mixed_with_the_damaged_file(shell: Shell, tmp_path: Path) -> None:
    good = tmp_path / "good.db"
    assert shell.run("db", "check").code == 0
    shutil.copy2(shell.folder / "housebot.db", good)
    killed_after_writing(shell.folder, "in the damaged file alone")
    damaged = shell.folder / "damaged"
    damaged.mkdir()
    for name in ("housebot.db", "housebot.db-wal", "housebot.db-shm"):
        if (shell.folder / name).exists():
            (shell.folder / name).rename(damaged / name)
    shutil.copy2(good, shell.folder / "housebot.db")
    assert shell.run("db", "check").code == 0
    assert shell.json("bookings", "list") == []
