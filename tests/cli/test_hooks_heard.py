"""What the shell says of other programs: the doctor of wrong names and silent ones, `housebot hooks orders` and `aside` of the rest (A5)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from housebot import inbound as wiring
from housebot.desk import open_desk
from housebot.integrations.bukza import Bukza
from housebot.services import bukza, inbound, webhooks
from housebot.services.ports import Answered
from housebot.storage import contacts
from tests.bukza import said
from tests.cli.conftest import Shell
from tests.desk import AsyncDatabase
from tests.services.test_webhooks import Programs

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLACES = '\n[bukza]\nresources = ["Дом=house/day", "Баня=hause/day", "Сруб=house/dya", "Двор=house"]\n'
URL = "https://books.example.com/in?key=very-secret"


def settings(shell: Shell, more: str) -> None:
    shell.config.write_text(shell.config.read_text(encoding="utf-8") + more, encoding="utf-8")


def looked(shell: Shell, *about: str) -> list[tuple[str, str]]:
    """What the doctor says of them: status and words."""
    return [
        (one["status"], one["detail"]) for one in shell.run("doctor", "--json").json if one["check"].startswith(about)
    ]


def hear(shell: Shell, *bodies: bytes) -> None:
    with open_desk(shell.config) as desk:
        for body in bodies:
            desk.db.write_now(lambda tx, body=body: inbound.keep(tx, "bukza", body, now=NOW))  # type: ignore[misc]
        asyncio.run(bukza.work(AsyncDatabase(desk.db), Bukza(), wiring.terms_of_bukza(desk.config), now=NOW))


def test_a5_the_doctor_names_places_of_bukza_that_nobody_can_book(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looked(shell, "bukza", "sendpulse", "webhook", "put aside") == []
    settings(shell, PLACES)
    monkeypatch.setenv("HOUSEBOT_WEB__PUBLIC_URL", "https://book.example.com")
    shell.json("hooks", "template")
    found = looked(shell, "bukza")
    assert [status for status, _ in found] == ["fail", "fail", "fail", "ok"]
    for (_, detail), name in zip(found, ("no unit hause", "not sold by dya", "name one of the tariffs"), strict=False):
        assert name in detail
    assert "nothing has come yet" in found[-1][1]


def test_a5_the_doctor_says_what_is_missing_before_anything_can_come(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(shell, '\n[sendpulse]\nclient_id = "me"\nclient_secret = "very-secret"\n')
    assert looked(shell, "sendpulse") == [("warn", "the world cannot reach the desk")]
    monkeypatch.setenv("HOUSEBOT_WEB__PUBLIC_URL", "https://book.example.com")
    assert looked(shell, "sendpulse") == [("warn", "it does not know our address yet")]
    shell.json("hooks", "address", "sendpulse")
    assert looked(shell, "sendpulse") == [("ok", "nothing has come yet")]


def test_i8_orders_that_are_not_here_as_they_are_there_are_listed_until_they_are(shell: Shell, booked: Any) -> None:
    settings(shell, PLACES)
    stay = booked()
    hear(
        shell,
        said(),
        said(order="1002", resource="Баня"),
        said(order="1003", start="2026-12-20T16:00", end="2026-12-21T16:00"),
    )
    found = shell.json("hooks", "orders")
    assert [(one["number"], one["state"], one["reason"]) for one in found] == [
        ("1001", "conflict", "dates_taken"),
        ("1002", "refused", "unknown_unit"),
    ]
    assert found[0]["collides"] == [1]
    assert "1001" in shell.run("hooks", "orders").out
    assert "2 orders are not here as Bukza has them (1001, 1002)" in [detail for _, detail in looked(shell, "bukza")]
    shell.json("bookings", "cancel", stay["code"], "--reason", "ill")
    with open_desk(shell.config) as desk:
        terms = wiring.terms_of_bukza(desk.config)
        asyncio.run(bukza.work(AsyncDatabase(desk.db), Bukza(), terms, now=NOW + timedelta(minutes=2)))
    assert [one["number"] for one in shell.json("hooks", "orders")] == ["1002"]


def test_a5_what_could_not_be_read_is_listed_until_a_person_has_seen_it(shell: Shell) -> None:
    settings(shell, PLACES)
    hear(shell, b'{"order":\x1b "\xff"}')
    (one,) = shell.json("hooks", "aside")
    assert (one["provider"], one["body"]) == ("bukza", '{"order":\x1b "\ufffd"}')
    assert "\x1b" not in shell.run("hooks", "aside").out, "a terminal obeys nobody's words"
    assert looked(shell, "put aside") == [("warn", "what came could not be read: 1 of bukza")]
    shell.json("hooks", "seen", str(one["id"]), "--dry-run")
    assert shell.json("hooks", "seen", str(one["id"])) == {"id": one["id"]}
    assert shell.json("hooks", "aside") == []
    assert looked(shell, "put aside") == []
    assert shell.run("hooks", "seen", str(one["id"]), "--json").error["code"] == "not_found"
    assert "hooks aside" in shell.run("hooks", "seen", str(one["id"])).err


def test_a6_the_doctor_says_which_program_is_silent_or_gone_and_never_its_address(shell: Shell) -> None:
    def deliver(status: int, *, later: timedelta = timedelta(0)) -> None:
        problem = "" if status == 200 else "status"
        with open_desk(shell.config) as desk:
            programs = Programs(lambda _: Answered(status, problem, 1))
            asyncio.run(webhooks.deliver(AsyncDatabase(desk.db), programs, now=NOW + later))

    shell.json("hooks", "add", URL, "--event", "booking.*")
    assert looked(shell, "webhook 1") == [("ok", "books.example.com is told of booking.*")]
    shell.json("hooks", "test", "1")
    deliver(503)
    assert looked(shell, "webhook 1") == [("warn", "books.example.com does not answer: 1 events are tried again")]
    deliver(503, later=timedelta(days=4))
    assert looked(shell, "webhook 1") == [("warn", "books.example.com is silent: events were given up")]
    shell.json("hooks", "test", "1")
    deliver(200)
    assert looked(shell, "webhook 1")[0][0] == "ok"
    shell.json("hooks", "test", "1")
    deliver(410)
    assert looked(shell, "webhook 1") == [("warn", "books.example.com said that it is gone (410)")]
    assert "very-secret" not in shell.run("doctor").out


def test_a6_a_dry_run_shows_no_secret_that_nothing_will_be_signed_with(shell: Shell) -> None:
    assert "secret" not in shell.json("hooks", "add", URL, "--event", "*", "--dry-run")
    assert "whsec_" not in shell.run("hooks", "add", URL, "--event", "*", "--dry-run").out
    shell.json("hooks", "add", URL, "--event", "*")
    assert "secret" not in shell.json("hooks", "rotate", "1", "--dry-run")
    assert "whsec_" not in shell.run("hooks", "rotate", "1", "--dry-run").out


def test_a5_who_writes_elsewhere_is_listed_with_what_was_said(shell: Shell) -> None:
    assert shell.json("hooks", "contacts") == []

    def wrote(tx: Any) -> None:
        who = {"provider": "sendpulse", "service": "whatsapp", "external_id": "c1", "bot": "b", "language": "ru"}
        one = contacts.seen(tx, **who, name="Мария\x1b", phone="+375291112277", now=NOW)
        contacts.add_message(tx, contact_id=one.id, event="e1", direction="in", text="Свободно?\n\x1b[31m", at=NOW)

    with open_desk(shell.config) as desk:
        desk.db.write_now(wrote)
    (listed,) = shell.json("hooks", "contacts")
    assert (listed["service"], listed["phone"], listed["answered_at"]) == ("whatsapp", "+375291112277", None)
    said_ = shell.json("hooks", "contacts", str(listed["id"]))
    assert said_ == [{"at": "2026-11-20T12:00:00Z", "direction": "in", "text": "Свободно?\n\x1b[31m"}]
    for words in ([], [str(listed["id"])]):
        shown = shell.run("hooks", "contacts", *words).out
        assert "\x1b" not in shown, "a terminal obeys nobody's words"
    assert "Свободно?" in shown
    assert shell.run("hooks", "contacts", "7", "--json").error["code"] == "not_found"
