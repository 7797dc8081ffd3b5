"""`housebot keys`: the key of the secrets, and what the doctor says of it."""

from typing import Any

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
