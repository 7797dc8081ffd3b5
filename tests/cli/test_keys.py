"""`housebot keys`: the key of the secrets, and what the doctor says of it."""

from pathlib import Path
from typing import Any

import pytest

from housebot.config_sections import Web
from housebot.desk import open_desk
from housebot.services import audit
from tests.cli.conftest import Shell


def secrets(shell: Shell) -> dict[str, str]:
    (found,) = [one for one in shell.run("doctor", "--json").json if one["check"] == "secrets"]
    made: dict[str, str] = found
    return made


def a_secret(shell: Shell, monkeypatch: Any) -> str:
    monkeypatch.setenv("HOUSEBOT_WEB__PUBLIC_URL", "https://book.example.com")
    address: str = shell.json("hooks", "address", "yookassa")["address"]
    return address


def test_a_new_desk_has_its_key_file_from_the_beginning(shell: Shell) -> None:
    key = shell.folder / "housebot.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert secrets(shell)["status"] == "ok"


def test_the_key_of_the_secrets_is_changed_and_addresses_stay(shell: Shell, monkeypatch: Any) -> None:
    address = a_secret(shell, monkeypatch)
    assert shell.json("keys", "rotate-master", "--dry-run") == {"secrets": 1}
    done = shell.json("keys", "rotate-master")
    assert done == {"sealed": 1, "keys": 2, "finished": False, "key_file": str(shell.folder / "housebot.db.key")}
    assert a_secret(shell, monkeypatch) == address
    said = shell.run("keys", "rotate-master")
    assert "holds 3" in said.out
    for line in (shell.folder / "housebot.db.key").read_text().splitlines()[1:]:
        assert line not in said.out + said.err


def test_the_settings_may_put_the_key_file_elsewhere(shell: Shell, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOUSEBOT_DATABASE__KEY_FILE", "apart.key")
    a_secret(shell, monkeypatch)
    assert (shell.folder / "apart.key").exists()
    assert "apart.key" in secrets(shell)["detail"]


def test_a_lost_key_file_is_a_configuration_to_mend_and_the_rest_works(shell: Shell, monkeypatch: Any) -> None:
    address = a_secret(shell, monkeypatch)
    key = shell.folder / "housebot.db.key"
    kept = key.rename(shell.folder / "kept")
    ran = shell.run("hooks", "address", "yookassa")
    assert ran.code == 78
    assert "is missing" in ran.err
    assert "fix: put your copy of it back" in ran.err
    assert shell.run("keys", "rotate-master").code == 78
    assert shell.run("keys", "rotate-master", "--dry-run").code == 78
    found = secrets(shell)
    assert (found["status"], found["fix"][:8]) == ("fail", "put your")
    assert shell.run("bookings", "list").code == 0
    kept.rename(key)
    assert a_secret(shell, monkeypatch) == address
    assert secrets(shell)["status"] == "ok"


def test_the_doctor_says_who_else_may_read_the_key_file(shell: Shell) -> None:
    (shell.folder / "housebot.db.key").chmod(0o644)
    found = secrets(shell)
    assert (found["status"], found["fix"][:13]) == ("warn", "run: chmod 60")


# Keys of the API (A4)


def add(shell: Shell, *words: str) -> Any:
    return shell.json("keys", "add", "web site", *words)


def test_a4_a_key_is_shown_once_and_kept_nowhere(shell: Shell) -> None:
    made = add(shell, "--scope", "book", "--scope", "read")
    assert made["key"].startswith(f"hb_{made['id']}_")
    assert (made["name"], made["scopes"]) == ("web site", ["read", "book"])
    secret = made["key"].split("_", 2)[2]
    listed = shell.run("keys", "list", "--json")
    assert secret not in listed.out + shell.run("keys", "list").out
    for file in shell.folder.iterdir():
        assert secret.encode() not in file.read_bytes()
    (one,) = listed.json
    assert (one["state"], one["last_used_at"], one["expires_at"], one["per_minute"]) == ("active", None, None, None)


def test_a4_a_key_ends_with_its_last_local_day_or_after_so_many_days(shell: Shell) -> None:
    assert add(shell, "--scope", "read", "--expires", "2026-12-24")["expires_at"] == "2026-12-24T21:00:00Z"
    assert add(shell, "--scope", "read", "--expires", "30")["expires_at"] == "2026-12-20T12:00:00Z"
    assert [one["state"] for one in shell.json("keys", "list", now="2026-12-24T20:59:59Z")] == ["active", "expired"]
    assert [one["state"] for one in shell.json("keys", "list", now="2026-12-24T21:00:00Z")] == ["expired", "expired"]
    past = shell.run("keys", "add", "x", "--scope", "read", "--expires", "2026-11-19", "--json")
    assert (past.code, past.error["details"]["reason"]) == (1, "expires_past")
    assert shell.run("keys", "add", "x", "--scope", "read", "--expires", "9999-12-31").code == 1, "no such day"
    assert add(shell, "--scope", "read", "--expires", "2026-11-20")["expires_at"] == "2026-11-20T21:00:00Z", "today"


def test_a4_the_pace_of_a_key_is_its_own_the_desks_or_none(shell: Shell) -> None:
    assert add(shell, "--scope", "read", "--per-minute", "600")["per_minute"] == 600
    assert add(shell, "--scope", "read", "--per-minute", "none")["per_minute"] == 0
    listed = shell.run("keys", "list").out
    assert "600" in listed
    assert "none" in listed


@pytest.mark.parametrize(
    "words",
    [
        ["add", "x"],
        ["add", "--scope", "read"],
        ["add", "x", "--scope", "read", "--per-minute", "0"],
        ["add", "x", "--scope", "read", "--per-minute", "-1"],
        ["add", "x", "--scope", "read", "--per-minute", "many"],
        ["add", "x", "--scope", "read", "--per-minute", "9" * 30],
        ["add", "x", "--scope", "read", "--expires", "soon"],
        ["add", "x", "--scope", "read", "--expires", "0"],
        ["add", "x", "--scope", "read", "--expires", "9" * 30],
        ["revoke"],
        ["revoke", "0"],
        ["revoke", "9" * 30],
        ["revoke", "hb_1_secret"],
    ],
    ids=" ".join,
)
def test_wrong_syntax_is_wrong_usage(shell: Shell, words: list[str]) -> None:
    assert shell.run("keys", *words).code == 2
    assert shell.json("keys", "list") == []


@pytest.mark.parametrize("scope", ["everything", "", "READ"])
def test_a4_an_unknown_scope_is_refused_with_those_there_are(shell: Shell, scope: str) -> None:
    ran = shell.run("keys", "add", "x", "--scope", "read", "--scope", scope, "--json")
    assert (ran.code, ran.error["details"]["allowed"]) == (1, ["read", "book", "manage", "admin"])
    assert "Scopes are" in ran.error["message"]
    assert shell.json("keys", "list") == []


def test_a4_a_revoked_key_stays_revoked_and_saying_it_twice_is_told(shell: Shell) -> None:
    made = add(shell, "--scope", "read")
    assert shell.json("keys", "revoke", str(made["id"]))["state"] == "revoked"
    again = shell.run("keys", "revoke", str(made["id"]))
    assert again.code == 1
    assert "revoked already" in again.err
    assert "2026-11-20 15:00" in again.err, "by the clock of the house"
    unknown = shell.run("keys", "revoke", "77", "--json")
    assert (unknown.code, unknown.error["code"]) == (1, "not_found")
    assert "keys list" in unknown.error["message"]


def test_a_dry_run_makes_and_revokes_nothing(shell: Shell) -> None:
    tried = add(shell, "--scope", "read", "--dry-run")
    assert "key" not in tried
    assert shell.json("keys", "list") == []
    made = add(shell, "--scope", "read")
    shell.json("keys", "revoke", str(made["id"]), "--dry-run")
    assert shell.json("keys", "list")[0]["state"] == "active"


def test_a7_who_made_and_revoked_a_key_is_remembered_without_the_key(shell: Shell) -> None:
    made = add(shell, "--scope", "read")
    shell.json("keys", "revoke", str(made["id"]))
    with open_desk(shell.config) as desk:
        found = desk.db.read(lambda tx: audit.history(tx, f"key:{made['id']}"))
    assert [one.action for one in found] == ["key.add", "key.revoke"]
    assert made["key"].split("_", 2)[2] not in repr(found)


# The way from the world to the desk


def exposure(shell: Shell, monkeypatch: pytest.MonkeyPatch, **web: str) -> list[str]:
    for name, value in web.items():
        monkeypatch.setenv(f"HOUSEBOT_WEB__{name.upper()}", value)
    found = [one for one in shell.run("doctor", "--json").json if one["check"] == "exposure"]
    assert all(one["status"] == "warn" and one["fix"] for one in found)
    return [one["detail"] for one in found]


def test_the_desk_listens_to_this_machine_alone_unless_told_otherwise(shell: Shell) -> None:
    assert Web().host == "127.0.0.1"
    assert 'host = "127.0.0.1"' in shell.config.read_text(), "of a new desk"
    assert 'host = "127.0.0.1"' in (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ({}, ""),
        ({"host": "localhost"}, ""),
        ({"host": "192.0.2.1"}, "without encryption"),
        ({"host": "192.0.2.1", "public_url": "https://a.example"}, "without encryption"),
        ({"host": "192.0.2.1", "public_url": "http://a.example", "trusted_proxies": "10.0.0.1"}, "without encryption"),
        ({"host": "192.0.2.1", "public_url": "https://a.example", "trusted_proxies": "10.0.0.1"}, ""),
        ({"public_url": "https://a.example"}, "one address"),
        ({"public_url": "https://a.example", "trusted_proxies": "127.0.0.1"}, ""),
    ],
    ids=["new", "localhost", "open", "open-no-proxy", "open-no-https", "behind", "proxy-unknown", "proxy-known"],
)
def test_the_doctor_says_who_can_reach_the_desk(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, web: dict[str, str], said: str
) -> None:
    found = exposure(shell, monkeypatch, **web)
    assert len(found) == bool(said)
    assert said in "".join(found)
