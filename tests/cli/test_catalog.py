"""`housebot catalog`, `guests`, `outbox`, `db`, `service`."""

import errno
import os
import stat
from pathlib import Path

import pytest

from housebot.desk import open_desk
from housebot.services import outbox
from tests import factories
from tests.cli.conftest import NOW, Shell
from tests.cli.test_bookings import add_guest

ROOT = Path(__file__).parents[2]


def changed(shell: Shell, old: str, new: str) -> str:
    text = (shell.folder / "catalog.toml").read_text(encoding="utf-8")
    assert old in text
    (shell.folder / "changed.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(shell.folder / "changed.toml")


def test_a_good_file_is_good_and_a_broken_one_says_every_mistake_at_once(shell: Shell) -> None:
    assert shell.run("catalog", "check", str(shell.folder / "catalog.toml")).code == 0
    broken = changed(shell, 'cleaning = "2h"', 'cleaning = "soon"\ncolour = "red"')
    said = shell.run("catalog", "check", broken)
    assert said.code == 1
    assert "cleaning" in said.err
    assert "colour" in said.err
    as_json = shell.run("catalog", "apply", broken, "--json")
    assert as_json.code == 1
    assert len(as_json.error["details"]["problems"]) == 2
    assert len(shell.json("catalog", "history")) == 1


def test_the_linter_finds_the_eleventh_incognito_day(shell: Shell) -> None:
    found = shell.json("catalog", "lint", str(shell.folder / "catalog.toml"))
    assert any("incognito-day" in one["place"] and "11" in one["message"] for one in found)
    assert shell.run("catalog", "lint", str(shell.folder / "catalog.toml")).code == 0


def test_applying_shows_the_change_and_takes_force_on_its_day(shell: Shell) -> None:
    dearer = changed(shell, "price = 250", "price = 260")
    said = shell.json("catalog", "apply", dearer, "--from", "2026-12-01", "--note", "winter")
    assert (said["version"], said["from"]) == (2, "2026-12-01")
    assert any("260" in line for line in said["changes"])
    assert [row["in_force"] for row in shell.json("catalog", "history")] == [False, True]
    assert [row["in_force"] for row in shell.json("catalog", "history", now="2026-12-02T12:00:00Z")] == [True, False]
    assert shell.run("catalog", "apply", dearer, "--from", "2026-11-01", "--json").error["code"] == "invalid"
    assert shell.run("catalog", "apply", dearer, "--from", "soon").code == 2


def test_what_is_shown_may_be_applied_again(shell: Shell) -> None:
    shown = shell.run("catalog", "show")
    assert shown.code == 0
    (shell.folder / "shown.toml").write_text(shown.out, encoding="utf-8")
    assert shell.json("catalog", "apply", str(shell.folder / "shown.toml"))["changes"] == []
    assert shell.json("catalog", "show")["currency"] == "BYN"
    assert shell.run("catalog", "show", "--version", "9", "--json").error["code"] == "not_found"


def test_guests_are_listed_shown_and_banned(shell: Shell) -> None:
    add_guest(shell)
    (listed,) = shell.json("guests", "list")
    assert listed["telegram_id"] == 700
    assert shell.json("guests", "show", "@anna_k")["bookings"] == []
    assert shell.run("guests", "show", "@nobody", "--json").error["code"] == "not_found"
    assert shell.json("guests", "ban", "@anna_k", "--reason", "glass")["ban_reason"] == "glass"
    assert shell.run("guests", "ban", "@anna_k", "--reason", "glass", "--json").error["code"] == "already_decided"
    assert "banned" in shell.run("guests", "list").out


def test_messages_on_their_way_are_listed_dropped_and_sent_again(shell: Shell) -> None:
    with open_desk(shell.config) as desk:
        row = desk.db.write_now(
            lambda tx: outbox.put(
                tx, kind="guest.message", facts={"text": "x"}, chat_id=7, language="ru", now=factories.at(NOW)
            )
        )
    (listed,) = shell.json("outbox", "list", "--state", "queued")
    assert (listed["id"], listed["kind"]) == (row, "guest.message")
    assert shell.json("outbox", "drop", str(row))["state"] == "dropped"
    assert shell.run("outbox", "drop", str(row), "--json").error["code"] == "stale"
    assert shell.json("outbox", "retry", str(row))["state"] == "queued"
    assert shell.run("outbox", "retry", "99", "--json").error["code"] == "not_found"
    assert shell.run("outbox", "list", "--state", "lost").code == 2


def test_db_check_is_green_on_a_good_file_and_finds_a_broken_promise(shell: Shell) -> None:
    from tests.cli.conftest import STAY

    shell.json("bookings", "create", *STAY)
    good = shell.run("db", "check", "--json")
    assert good.code == 0
    assert {one["status"] for one in good.json} == {"ok"}
    assert set(good.json[0]) == {"check", "status", "detail", "fix"}
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(shell.folder / "housebot.db")) as connection, connection:
        connection.execute("DELETE FROM occupancies")
    bad = shell.run("db", "check")
    assert bad.code == 1
    assert "FAIL" in bad.out


@pytest.mark.parametrize("page", [1, 12, 30, -1], ids=["schema", "met-at-opening", "a-table", "the-last"])
def test_damage_is_listed_and_nothing_further_is_asked(shell: Shell, page: int) -> None:
    file = shell.folder / "housebot.db"
    content = bytearray(file.read_bytes())
    start = page % (len(content) // 4096) * 4096
    content[start : start + 4096] = b"\xa5" * 4096
    file.write_bytes(content)
    checked = shell.run("db", "check", "--json")
    assert checked.code == 1
    assert {(one["check"], one["status"]) for one in checked.json} == {("file", "fail")}
    assert all(one["detail"] and one["fix"] for one in checked.json)
    looked = shell.run("doctor", "--json")
    assert looked.code == 1
    found = [one["check"] for one in looked.json]
    assert [one["status"] for one in looked.json if one["check"] == "database"] == ["fail"]
    assert not {"catalog", "owners", "messages"} & set(found)
    assert {"disk", "token"} <= set(found)
    assert "Traceback" not in checked.err + looked.err


def test_db_path_needs_no_database(shell: Shell) -> None:
    (shell.folder / "housebot.db").unlink()
    assert shell.json("db", "path") == {"path": str(shell.folder / "housebot.db"), "exists": False}
    assert shell.run("db", "migrate").code == 78


def test_db_migrate_has_nothing_to_do_on_a_new_file(shell: Shell) -> None:
    assert shell.json("db", "migrate")["steps"] == []


def test_the_packaged_unit_is_what_the_shell_writes() -> None:
    from housebot.cli import service

    assert (ROOT / "systemd" / "housebot.service").read_text(encoding="utf-8") == service.packaged_unit()


def test_the_unit_names_this_desk_and_runs_as_its_owner(shell: Shell) -> None:
    shown = shell.json("service", "install", "--print")
    assert not shown["installed"]
    assert f"--config {shell.config} run" in shown["unit"]
    assert "Type=notify" in shown["unit"]
    assert "WatchdogSec=" in shown["unit"]
    if os.geteuid() == 0:
        assert "MemoryDenyWriteExecute=yes" in shown["unit"]
        assert f"ReadWritePaths={shell.folder}" in shown["unit"]


def test_paths_with_spaces_and_percents_reach_systemd_whole(tmp_path: Path) -> None:
    from housebot.cli import service

    folder = tmp_path / "my 100% house"
    folder.mkdir()
    unit = service.system_unit(folder / "config.toml", "/bin/housebot", folder / "housebot.db")
    assert f'ExecStart=/bin/housebot --config "{tmp_path}/my 100%% house/config.toml" run' in unit
    assert f'ReadWritePaths="{tmp_path}/my 100%% house"' in unit


def test_the_service_may_make_the_key_file_where_the_settings_put_it(tmp_path: Path) -> None:
    from housebot.cli import service

    desk, keys = tmp_path / "desk", tmp_path / "my keys"
    desk.mkdir()

    def written(key_file: Path | None) -> str:
        unit = service.system_unit(desk / "config.toml", "/bin/housebot", desk / "housebot.db", key_file=key_file)
        return next(line for line in unit.splitlines() if line.startswith("ReadWritePaths="))

    assert written(None) == f"ReadWritePaths={desk}"
    assert written(keys / "desk.key") == f'ReadWritePaths={desk} "-{keys}"', "a folder that is not there stops no desk"
    keys.mkdir()
    (keys / "desk.key").touch()
    assert written(keys / "desk.key") == f"ReadWritePaths={desk}", "nothing more than it needs"
    unit = service.system_unit(desk / "config.toml", "/bin/housebot", desk / "d.db", key_file=Path("/root/k/desk.key"))
    assert "ProtectHome=no" in unit


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ordinary user's machine; `systemctl` does what the file it answers says. The folder of the units."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("systemctl", "loginctl"):
        (programs / name).write_text(f"#!/bin/sh\n[ ! -e {tmp_path}/refuses ]\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path / "home" / ".config/systemd/user"


def test_a_second_desk_gets_a_unit_of_its_own_and_a_third_of_that_name_is_refused(
    shell: Shell, tmp_path: Path, systemd: Path
) -> None:
    for folder in (tmp_path / "second", tmp_path / "elsewhere" / "second"):
        assert shell.raw("init", str(folder), "--yes").code == 0
    first = shell.json("service", "install")
    assert first["path"] == str(systemd / "housebot.service")
    before = (systemd / "housebot.service").read_bytes()
    second = shell.raw("--config", str(tmp_path / "second" / "config.toml"), "service", "install", "--json").json
    assert second["path"] == str(systemd / "housebot@second.service")
    assert second["logs"] == "journalctl --user -u housebot@second -f"
    assert second["logs"] in second["unit"]
    third = shell.raw("--config", str(tmp_path / "elsewhere" / "second" / "config.toml"), "service", "install")
    assert third.code == 78
    assert "other desks" in third.err
    assert (systemd / "housebot.service").read_bytes() == before
    assert shell.json("service", "install")["path"] == first["path"]
    assert sorted(path.name for path in systemd.iterdir()) == ["housebot.service", "housebot@second.service"]


def test_a_unit_that_systemd_does_not_take_is_taken_back(shell: Shell, tmp_path: Path, systemd: Path) -> None:
    (tmp_path / "refuses").touch()
    assert shell.run("service", "install").code == 69
    assert list(systemd.iterdir()) == []
    (systemd / "housebot.service").write_text(f"--config {shell.config} run, as it was", encoding="utf-8")
    assert shell.run("service", "install").code == 69
    assert (systemd / "housebot.service").read_text(encoding="utf-8").endswith("as it was")


def test_a_service_needs_the_desk_it_runs(shell: Shell, systemd: Path) -> None:
    shell.config.write_text('[database]\npath = "gone/housebot.db"\n', encoding="utf-8")
    said = shell.run("service", "install", now=None)
    assert said.code == 78
    assert "gone/housebot.db" in said.err
    assert not systemd.exists()


def test_init_writes_a_private_desk_and_never_over_another(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    words = ("init", str(folder), "--example", "salon", "--token", "7000001:AAHn3Zs9dQ0mE1u7xY2kLbVrPwTgCfJiOaB")
    made = shell.raw(*words, "--owner", "42", "--zone", "Europe/Vilnius", "--currency", "PLN", "--yes", "--json")
    assert made.code == 0
    assert made.json["owner"] == 42
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "housebot.db").stat().st_mode) == 0o600
    with open_desk(folder / "config.toml") as desk:
        from housebot.services import catalogs, staff

        catalog = desk.db.read(lambda tx: catalogs.current(tx, now=desk.now()))
        assert (str(catalog.zone), catalog.currency) == ("Europe/Vilnius", "PLN")
        assert [owner.telegram_id for owner in desk.db.read(staff.owners)] == [42]
        assert desk.config.telegram.token.startswith("7000001:")
    before = (folder / "config.toml").read_bytes()
    assert shell.raw(*words, "--yes").code == 78
    assert (folder / "config.toml").read_bytes() == before


def test_init_that_cannot_write_says_so(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Anna\n", encoding="utf-8")
    for place in (tmp_path / "letter", tmp_path / "letter" / "new", Path("/proc/new")):
        said = shell.raw("init", str(place), "--yes")
        assert said.code == 78, said.err
        assert str(place) in said.err
        assert "fix:" in said.err
    assert (tmp_path / "letter").read_text(encoding="utf-8") == "Dear Anna\n"


@pytest.mark.parametrize("broken", ["write_text", "furnish"])
def test_init_on_a_full_disk_leaves_nothing_and_may_be_done_again(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = tmp_path / "deep" / "new"
    with monkeypatch.context() as disk:
        if broken == "furnish":
            disk.setattr("housebot.services.catalogs.apply", full)
        else:
            disk.setattr(Path, "write_text", full)
        said = shell.raw("init", str(folder), "--yes")
    assert said.code == 78
    assert "No space left" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "deep").exists()
    assert shell.raw("init", str(folder), "--yes").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--example", "castle"],
        ["--owner", "-5"],
        ["--token", "secret"],
        ["--currency", "XXXX"],
        ["--zone", "Mars/Base"],
    ],
)
def test_init_makes_nothing_of_wrong_words(shell: Shell, tmp_path: Path, words: list[str]) -> None:
    said = shell.raw("init", str(tmp_path / "new"), "--yes", *words)
    assert said.code in {1, 2}
    assert not (tmp_path / "new").exists()
