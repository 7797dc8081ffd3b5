"""The way in: global options, usage, exit codes, what is imported."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import STAY, Shell
from tests.wire import TOKEN

HEAVY = ("aiogram", "aiohttp", "pydantic", "openai", "googleapiclient", "sqlite_utils", "asyncio", "cryptography")


def test_a_cold_list_imports_nothing_heavy(shell: Shell) -> None:
    for day in range(50):
        arrival = f"2026-12-{day % 28 + 1:02d}T10:00" if day < 28 else f"2027-01-{day % 28 + 1:02d}T10:00"
        leaves = arrival.replace("T10", "T20")
        made = shell.run(
            "bookings", "create", "--tariff", "half-day", "--from", arrival, "--to", leaves, "--guests", "2"
        )
        assert made.code == 0, made.err
    script = f"""
import sys
from housebot.cli import main
code = main(["--config", {str(shell.config)!r}, "--now", "2026-11-20T12:00:00Z", "bookings", "list"])
print(code, sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOUSEBOT_TEST": "1"},
    )
    assert ran.stderr.strip() == "0 []"
    assert len(ran.stdout.splitlines()) == 51


def test_json_is_taken_before_and_after_the_command(shell: Shell) -> None:
    before = shell.run("--json", "bookings", "list")
    after = shell.run("bookings", "list", "--json")
    assert before == after
    assert before.json == []


@pytest.mark.parametrize(
    "words",
    [
        ["bookings", "list", "--bogus"],
        ["bookings", "lst"],
        ["nonsense"],
        [],
        ["bookings"],
        ["bookings", "show"],
        ["bookings", "list", "--limit", "many"],
        ["bookings", "list", "--status", "nonsense"],
        ["quote", "--tariff", "day", "--from", "tomorrow", "--to", "2026-12-06T16:00", "--guests", "4"],
        ["quote", "--tariff", "day", "--from", "2026-12-05T16:00", "--to", "2026-12-06T16:00", "--guests", "many"],
        ["quote", "--from", "2026-12-05T16:00", "--to", "2026-12-06T16:00", "--guests", "4"],
        ["quote", "--tariff", "day", "--from", "2026-12-05T16:00", "--guests", "4"],
        ["quote", *STAY, "--extra", "sauna=x"],
        ["bookings", "note", "1", "\udcff"],
        ["bookings", "list", "--guest", "\udcff"],
        ["bookings", "list", "--limit", "9" * 25],
        ["guests", "list", "--limit", "9" * 25],
        ["outbox", "list", "--limit", "9" * 25],
        ["outbox", "retry", "9" * 25],
        ["catalog", "show", "--version", "9" * 25],
    ],
)
def test_wrong_usage_is_exit_2_in_words_and_in_json(shell: Shell, words: list[str]) -> None:
    said = shell.run(*words)
    assert said.code == 2
    assert said.err.strip()
    assert said.out == ""
    as_json = shell.run(*words, "--json")
    assert (as_json.code, as_json.out) == (2, "")
    assert as_json.error["code"] == "usage"
    assert as_json.error["message"]


def test_the_time_may_be_set_in_test_mode_alone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell.run("bookings", "list").code == 0
    for wrong in ("yesterday", "2026-11-20T12:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
        assert shell.run("bookings", "list", now=wrong).code == 2
    monkeypatch.delenv("HOUSEBOT_TEST")
    assert shell.run("bookings", "list").code == 0  # the demo's settings
    shell.config.write_text(shell.config.read_text().replace("test_mode = true", "test_mode = false"))
    assert shell.run("bookings", "list").code == 2
    assert shell.run("bookings", "list", now=None).code == 0


def test_settings_that_are_wrong_are_named_with_their_fix(shell: Shell) -> None:
    missing = shell.raw("--config", str(shell.folder / "none.toml"), "bookings", "list")
    assert missing.code == 78
    assert "none.toml" in missing.err
    shell.config.write_text("[database]\npth = 'x'\n")
    wrong = shell.run("bookings", "list", "--json", now=None)
    assert wrong.code == 78
    assert "pth" in wrong.error["message"]
    assert wrong.error["details"]["fix"]


@pytest.mark.parametrize("content", [b"", b"this is somebody's diary, not a database" * 50])
def test_a_file_that_is_no_desk_is_refused_and_left_as_it_is(shell: Shell, content: bytes) -> None:
    file = shell.folder / "housebot.db"
    file.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    said = shell.run("bookings", "list")
    assert said.code == 78
    assert str(file) in said.err
    assert file.read_bytes() == content


def test_a_bug_is_exit_70_and_says_so_in_the_envelope(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from housebot.services import views

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(views, "page", broken)
    said = shell.run("bookings", "list", "--json")
    assert said.code == 70
    assert said.error["code"] == "internal"
    assert any("test_entry.py" in line for line in said.error["details"]["traceback"])
    assert "Traceback" in shell.run("bookings", "list").err


def test_what_nobody_foresaw_is_told_without_the_token(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from housebot.services import views

    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"unknown url type: 'api.telegram.org/bot{TOKEN}/getMe'")

    monkeypatch.setattr(views, "page", broken)
    for words in (["bookings", "list"], ["bookings", "list", "--json"]):
        said = shell.run(*words)
        assert said.code == 70
        assert "unknown url type" in said.err
        assert TOKEN.partition(":")[2] not in said.err


def test_a_second_instance_is_exit_75(shell: Shell) -> None:
    from housebot.storage.lock import instance_lock

    with instance_lock(shell.folder / "housebot.db"):
        assert shell.run("db", "migrate").code == 75


def test_help_and_version_are_quick_and_whole(shell: Shell) -> None:
    from housebot.cli.commands import NAMES

    for word in ("-h", "--help"):
        said = shell.raw(word)
        assert said.code == 0
        assert all(name in said.out for name in NAMES)
    assert shell.raw("bookings", "create", "-h").code == 0
    assert shell.raw("--version").out.startswith("housebot ")


@pytest.mark.parametrize(
    "name",
    ["init", "run", "doctor", "quote", "catalog", "bookings", "guests", "outbox", "db", "service"],
)
def test_every_command_explains_itself(shell: Shell, name: str) -> None:
    said = shell.raw(name, "--help")
    assert said.code == 0
    assert "Usage: housebot" in said.out
    for command in re.findall(r"^  ([a-z]+)  ", said.out.partition("Commands:")[2], flags=re.MULTILINE):
        said = shell.raw(name, command, "--help")
        assert said.code == 0
        assert "<str>" not in said.out
    assert "<str>" not in said.out


def test_a_reader_that_has_seen_enough_is_no_fault(shell: Shell) -> None:
    command = f"{sys.executable} -m housebot --config {shell.config} catalog show | head -1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[-1] == "0"


def test_the_entry_point_is_installed(shell: Shell) -> None:
    program = Path(sys.executable).with_name("housebot")
    ran = subprocess.run([program, "--config", shell.config, "db", "path"], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(shell.folder / "housebot.db")


def test_a_program_that_ends_early_has_said_everything(shell: Shell) -> None:
    program = Path(sys.executable).with_name("housebot")
    shown = subprocess.run([program, "--config", shell.config, "catalog", "show"], capture_output=True, check=True)
    assert shown.stdout.decode() == shell.run("catalog", "show", now=None).out
    assert len(shown.stdout) > 8192  # more than one buffer
    refused = subprocess.run(
        [program, "--config", shell.config, "bookings", "show", "9", "--json"], capture_output=True, check=False
    )
    assert refused.returncode == 1
    assert b"not_found" in refused.stderr
