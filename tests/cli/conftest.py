"""A desk in a folder and the shell in front of it: commands run in this process, as the entry point runs them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from housebot.cli import main

NOW = "2026-11-20T12:00:00Z"
STAY = ["--tariff", "day", "--from", "2026-12-05T16:00", "--to", "2026-12-06T16:00", "--guests", "4"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The content of the one envelope; nothing else may be on stderr."""
        return json.loads(self.err)["error"]


@dataclass(frozen=True, slots=True)
class Shell:
    """`run("bookings", "list")`: the desk's settings and the time stand before the words."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def run(self, *words: str, now: str | None = NOW) -> Ran:
        return self.raw("--config", str(self.config), *(["--now", now] if now else []), *words)

    def json(self, *words: str, now: str | None = NOW) -> Any:
        """The JSON of a command that must succeed."""
        ran = self.run(*words, "--json", now=now)
        assert ran.code == 0, ran.err
        return ran.json

    def raw(self, *words: str) -> Ran:
        self.capture.readouterr()
        code = main(words)
        return Ran(code, *self.capture.readouterr())


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Secret House from its example, in test mode."""
    monkeypatch.setenv("HOUSEBOT_TEST", "1")
    for name in ("HOUSEBOT_CONFIG", "HOUSEBOT_TELEGRAM__TOKEN", "HOUSEBOT_TELEGRAM__API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    made = Shell(tmp_path / "desk", capsys)
    assert made.raw("init", str(made.folder), "--example", "secret-house", "--yes").code == 0
    made.config.write_text(made.config.read_text().replace("[web]", "[demo]\ntest_mode = true\n\n[web]"))
    # Applied again at the time of the tests: the clock of `init` is the machine's.
    set_back(made.folder / "housebot.db")
    return made


def set_back(database: Path) -> None:
    """The catalog in force from a day before all tests."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE catalog_versions SET from_date = '2020-01-01'")


@pytest.fixture
def booked(shell: Shell) -> Callable[..., Any]:
    """Make a stay by the shell."""

    def create(*more: str) -> Any:
        return shell.json("bookings", "create", *STAY, *more)

    return create
