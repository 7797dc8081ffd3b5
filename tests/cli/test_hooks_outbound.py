"""`housebot hooks add` and what belongs to it: programs are told of events, and the shell shows a secret once (A6)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from housebot.desk import open_desk
from housebot.services import webhooks
from housebot.services.ports import Answered
from tests.cli.conftest import STAY, Shell
from tests.desk import AsyncDatabase
from tests.services.test_webhooks import Programs

URL = "https://books.example.com/in?key=very-secret"


def deliver(shell: Shell, programs: Programs, at: str = "2026-11-20T12:00:00Z") -> int:
    import asyncio

    with open_desk(shell.config) as desk:
        return asyncio.run(
            webhooks.deliver(AsyncDatabase(desk.db), programs, now=datetime.fromisoformat(at).astimezone(UTC))
        )


def test_a6_a_program_is_added_told_looked_after_and_removed(shell: Shell, booked: Any) -> None:
    added = shell.json("hooks", "add", URL, "--event", "booking.*", "--event", "payment.recorded")
    assert {name: added[name] for name in ("id", "host", "events", "state")} == {
        "id": 1,
        "host": "books.example.com",
        "events": ["booking.*", "payment.recorded"],
        "state": "active",
    }
    assert added["secret"].startswith("whsec_")
    booking = booked()
    programs = Programs(lambda _: Answered(503, "status", 40))
    assert deliver(shell, programs) == 1
    assert programs.events[0]["data"]["booking"]["code"] == booking["code"]
    (one,) = shell.json("hooks", "deliveries", "--endpoint", "1", "--state", "waiting")
    assert (one["type"], one["event"]) == ("booking.held", programs.events[0]["id"])
    assert one["tries"] == [{"at": "2026-11-20T12:00:00Z", "status": 503, "problem": "status", "milliseconds": 40}]
    assert shell.json("hooks", "resend", str(one["id"]))["state"] == "waiting"
    assert deliver(shell, Programs()) == 1
    assert [row["state"] for row in shell.json("hooks", "deliveries")] == ["done"]
    (listed,) = shell.json("hooks", "list")
    assert listed["deliveries"] == {"done": 1}
    assert shell.json("hooks", "remove", "1") == {"id": 1, "state": "removed", "dropped": 0}
    assert shell.json("hooks", "list") == []
    assert shell.run("hooks", "remove", "1", "--json").error["code"] == "not_found"


def test_a6_people_read_tables_and_the_secret_once(shell: Shell) -> None:
    said = shell.run("hooks", "add", URL, "--event", "*").out
    secret = said.split("secret ")[1].split()[0]
    assert "shown this once" in said
    shell.json("hooks", "test", "1")
    deliver(shell, Programs())
    for words in (["list"], ["deliveries"], ["list", "--json"], ["deliveries", "--json"]):
        ran = shell.run("hooks", *words)
        assert ran.code == 0
        assert "books.example" in ran.out
        assert secret not in ran.out + ran.err
        assert "very-secret" not in ran.out + ran.err
    assert "ping" in shell.run("hooks", "deliveries").out
    assert "Nov 20" in shell.run("hooks", "deliveries").out or "2026-11-20" in shell.run("hooks", "deliveries").out


def test_a6_a_secret_is_changed_with_two_that_sign_meanwhile(shell: Shell) -> None:
    first = shell.json("hooks", "add", URL, "--event", "*")["secret"]
    second = shell.json("hooks", "rotate", "1")
    assert second["secrets"] == 2
    assert second["secret"] != first
    assert shell.json("hooks", "list")[0]["secrets"] == 2
    assert shell.json("hooks", "rotate", "1", "--drop-old") == {"id": 1, "secrets": 1}
    assert shell.run("hooks", "rotate", "1", "--drop-old", "--json").error["code"] == "already_decided"


def test_a6_a_dry_run_tells_nobody(shell: Shell) -> None:
    shell.json("hooks", "add", URL, "--event", "*", "--dry-run")
    assert shell.json("hooks", "list") == []


def test_a6_what_said_410_is_switched_on_again_by_hand(shell: Shell) -> None:
    shell.json("hooks", "add", URL, "--event", "*")
    shell.json("hooks", "test", "1")
    deliver(shell, Programs(lambda _: Answered(410, "status", 1)))
    assert shell.json("hooks", "list")[0]["state"] == "off"
    ran = shell.run("hooks", "resend", "1")
    assert ran.code == 1
    assert "hooks enable" in ran.err
    assert shell.json("hooks", "enable", "1")["state"] == "active"


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["add", "http://books.example.com/very-secret", "--event", "*"], "invalid", "address_scheme"),
        (["add", "https://localhost/very-secret", "--event", "*"], "invalid", "address_private"),
        (["add", "https://169.254.169.254/very-secret", "--event", "*"], "invalid", "address_forbidden"),
        (["add", "https://me:very-secret@example.com/", "--event", "*"], "invalid", "address"),
        (["add", URL, "--event", "booking.made"], "invalid", "event"),
        (["deliveries", "--endpoint", "7"], "not_found", None),
        (["resend", "7"], "not_found", None),
        (["rotate", "7"], "not_found", None),
        (["enable", "7"], "not_found", None),
        (["test", "7"], "not_found", None),
    ],
)
def test_a6_what_makes_no_sense_is_refused_with_a_reason_and_without_the_address(
    shell: Shell, words: list[str], code: str, reason: str | None
) -> None:
    ran = shell.run("hooks", *words, "--json")
    assert ran.code == 1
    assert ran.error["code"] == code
    assert ran.error["details"].get("reason") == reason
    plain = shell.run("hooks", *words)
    assert len(plain.err.splitlines()) >= 2, "with words for people"
    assert "very-secret" not in ran.err + plain.err + plain.out


@pytest.mark.parametrize(
    "words", [["add", URL], ["add"], ["deliveries", "--state", "lost"], ["resend", "x"], ["resend", str(2**64)]]
)
def test_a6_wrong_syntax_is_wrong_usage(shell: Shell, words: list[str]) -> None:
    assert shell.run("hooks", *words).code == 2


def test_i10_an_owner_may_let_the_desk_call_their_own_network(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSEBOT_WEB__WEBHOOKS_TO_PRIVATE", "true")
    assert shell.json("hooks", "add", "http://127.0.0.1:9000/in", "--event", "*")["host"] == "127.0.0.1"
    assert shell.run("hooks", "add", "http://8.8.8.8/in", "--event", "*").code == 1


def test_a6_what_the_shell_does_is_told_like_everything_else(shell: Shell) -> None:
    shell.json("hooks", "add", URL, "--event", "*")
    made = shell.json("bookings", "create", *STAY, "--contact", "+375291234567", "--confirm")
    shell.json("bookings", "cancel", made["code"], "--reason", "ill")
    programs = Programs()
    assert deliver(shell, programs) >= 2
    assert [one["type"] for one in sorted(programs.events, key=lambda one: one["data"]["booking"]["version"])] == [
        "booking.held",
        "booking.confirmed",
        "booking.cancelled",
    ]
