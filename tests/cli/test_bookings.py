"""`housebot quote` and `housebot bookings`: the same rules as for everybody, in words and in JSON."""

import base64
import csv
import io
import json
import re
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import STAY, Shell

Booked = Callable[..., Any]


def test_a_quote_explains_every_line_and_is_signed(shell: Shell) -> None:
    quote = shell.json("quote", *STAY, "--extra", "sauna")
    assert quote["total"] == {"amount": 80_000, "currency": "BYN"}
    assert quote["deposit"]["amount"] == 40_000
    assert sum(line["amount"]["amount"] for line in quote["lines"]) == 80_000
    assert quote["expires_at"] == "2026-11-20T12:15:00Z"
    assert len(quote["quote_token"]) > 50
    said = shell.run("quote", *STAY, "--extra", "sauna")
    assert "800" in said.out
    assert "Sauna" in said.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--tariff", "worker", "--from", "2026-12-07T10:00", "--to", "2026-12-07T22:00", "--guests", "2"], "outside_hours"),
        (["--tariff", "castle", "--from", "2026-12-07T10:00", "--to", "2026-12-07T22:00", "--guests", "2"], "unknown_tariff"),
        (["--unit", "castle", *STAY], "unknown_unit"),
        ([*STAY, "--extra", "moat"], "unknown_extra"),
        ([*STAY[:-1], "0"], "min_guests"),
        ([*STAY[:-1], "7"], "max_guests"),
        (["--tariff", "day", "--from", "2026-02-30T10:00", "--to", "2026-12-07T22:00", "--guests", "2"], "invalid"),
        (["--tariff", "day", "--from", "2026-12-05", "--to", "2026-12-06", "--guests", "2"], "invalid"),
        (["--tariff", "day", "--from", "2026-11-01T10:00", "--to", "2026-11-02T10:00", "--guests", "2"], "past"),
        ([*STAY, "--promo", "NONE"], "promo_invalid"),
        ([*STAY, "--gift", "NONE"], "gift_invalid"),
    ],
)  # fmt: skip
def test_r13_what_makes_no_sense_is_refused_with_its_code(shell: Shell, words: list[str], code: str) -> None:
    as_json = shell.run("quote", *words, "--json")
    assert (as_json.code, as_json.error["code"]) == (1, code)
    said = shell.run("quote", *words)
    assert said.code == 1
    assert said.err.startswith(f"refused: {code}")


def test_a_stay_is_held_listed_shown_and_counted_in_the_schema(shell: Shell, booked: Booked) -> None:
    made = booked("--extra", "sauna", "--contact", "8 (029) 123-45-67", "--name", "Anna", "--comment", "late")
    assert made["status"] == "held"
    assert made["contact"] == "+375291234567"
    assert made["total"]["amount"] == 80_000
    assert made["source"] == "shell"
    (listed,) = shell.json("bookings", "list")
    assert listed == made
    for name in (str(made["id"]), made["code"], made["code"].lower()):
        shown = shell.json("bookings", "show", name, "--history")
        assert {key: shown[key] for key in made} == made
    assert shown["history"][0]["action"] == "booking.hold"
    assert shown["quote"]["total"]["amount"] == 80_000
    assert made["code"] in shell.run("bookings", "list").out


def test_interface_keys_of_a_booking_are_all_there(booked: Booked) -> None:
    assert {"id", "code", "unit", "tariff", "status", "start", "end", "guests", "party", "guest", "contact", "extras", "total", "deposit", "paid", "due", "hold_expires_at", "source", "version"} <= set(booked())  # fmt: skip


def test_the_quick_json_of_the_list_is_what_the_ledger_and_the_catalog_say(shell: Shell, booked: Booked) -> None:
    from housebot.desk import open_desk
    from housebot.services import bookings, catalogs, payments

    made = booked("--extra", "sauna")
    confirmed = shell.json("bookings", "confirm", made["code"], "--received", "400", "--twice")
    with open_desk(shell.config) as desk:
        booking = desk.db.read(lambda tx: bookings.get(tx, made["id"]))
        paid = desk.db.read(lambda tx: payments.paid(tx, booking.id))
        tariff = desk.db.read(lambda tx: catalogs.version(tx, booking.catalog_version)).tariff(booking.tariff)
    assert tariff is not None
    assert confirmed["paid"]["amount"] == paid == 40_000
    assert {one["id"] for one in confirmed["extras"] if one["included"]} == set(tariff.included_extras)


def test_r31_the_same_dates_are_refused_with_alternatives(shell: Shell, booked: Booked) -> None:
    booked()
    again = shell.run("bookings", "create", *STAY, "--json")
    assert (again.code, again.error["code"]) == (1, "dates_taken")
    assert 1 <= len(again.error["details"]["alternatives"]) <= 3
    assert set(again.error["details"]["alternatives"][0]) == {"start", "end", "tariff"}


def test_r13_soft_rules_are_passed_over_with_a_reason_alone(shell: Shell) -> None:
    soon = ["--tariff", "day", "--from", "2026-11-20T16:00", "--to", "2026-11-21T16:00", "--guests", "2"]
    assert shell.run("bookings", "create", *soon, "--json").error["code"] == "too_soon"
    made = shell.json("bookings", "create", *soon, "--override", "a friend")
    assert "a friend" in shell.json("bookings", "show", made["code"])["notes"][0]["text"]


def test_a_signed_quote_is_honoured_for_its_own_stay_alone(shell: Shell) -> None:
    token = shell.json("quote", *STAY)["quote_token"]
    other = ["--tariff", "couple", *STAY[2:-1], "2"]
    assert shell.run("bookings", "create", *other, "--quote-token", token, "--json").error["code"] == "invalid"
    assert (
        shell.run("bookings", "create", *STAY, "--quote-token", token[:-3] + "AAA", "--json").error["code"] == "invalid"
    )
    shell.json("promo", "add", "WEEK", "--percent", "10")
    coded = [*STAY, "--quote-token", token, "--promo", "WEEK"]
    assert shell.run("bookings", "create", *coded, "--json").error["code"] == "invalid", "its price knows no such code"
    assert shell.json("bookings", "create", *STAY, "--quote-token", token)["total"]["amount"] == 70_000


@pytest.mark.parametrize("word", ["--total", "--price", "--amount", "--deposit"])
def test_defect_16_there_is_no_word_for_a_total(shell: Shell, word: str) -> None:
    assert shell.run("bookings", "create", *STAY, word, "1", "--json").code == 2
    assert shell.json("bookings", "list") == []


def test_defect_16_a_token_with_a_total_of_ones_own_is_refused(shell: Shell) -> None:
    """Whatever is changed in a quote, its seal is not for it; without one it is no quote."""
    token = shell.json("quote", *STAY)["quote_token"]
    packed, _, seal = token.partition(".")
    raw = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    for field, sums in (("total", (1, 0, -70_000)), ("deposit", (0,))):
        for amount in sums:
            body = json.loads(raw)
            assert body["price"][field] != amount
            body["price"][field] = amount
            forged = base64.urlsafe_b64encode(zlib.compress(json.dumps(body).encode())).decode().rstrip("=")
            for text in (f"{forged}.{seal}", f"{forged}.", forged):
                ran = shell.run("bookings", "create", *STAY, "--quote-token", text, "--json")
                assert ran.error["code"] == "invalid"
    assert shell.json("bookings", "list") == []
    made = shell.json("bookings", "create", *STAY, "--quote-token", token)
    assert (made["total"]["amount"], made["deposit"]["amount"]) == (70_000, 35_000)


def test_r23_a_signed_quote_is_honoured_although_the_prices_changed_since(shell: Shell) -> None:
    token = shell.json("quote", *STAY)["quote_token"]
    file = shell.folder / "catalog.toml"
    text = file.read_text().replace("price = 700\n", "price = 701\n", 1)
    file.write_text(text.replace("day_totals = [700,", "day_totals = [701,", 1))
    assert shell.run("catalog", "apply", str(file)).code == 0
    assert shell.json("quote", *STAY)["total"]["amount"] == 70_100
    assert shell.json("bookings", "create", *STAY, "--quote-token", token)["total"]["amount"] == 70_000


@pytest.mark.parametrize(
    "words",
    [
        ["bookings", "create", "--tariff", "day", "--from", "2026-12-15T16:00", "--to", "2026-12-16T16:00", "--guests", "4"],
        ["bookings", "confirm", "1"],
        ["bookings", "confirm", "1", "--received", "350"],
        ["bookings", "decline", "1", "--reason", "no"],
        ["bookings", "move", "1", "--from", "2026-12-08T16:00"],
        ["bookings", "set-price", "1", "600", "--reason", "a friend"],
        ["bookings", "cancel", "1", "--reason", "no"],
        ["bookings", "no-show", "1"],
        ["bookings", "check-out", "1"],
        ["bookings", "note", "1", "words"],
        ["catalog", "apply", "changed.toml"],
        ["guests", "ban", "1", "--reason", "no"],
    ],
)  # fmt: skip
def test_a_dry_run_runs_everything_and_keeps_nothing(shell: Shell, booked: Booked, words: list[str]) -> None:
    booked()
    add_guest(shell)
    text = (shell.folder / "catalog.toml").read_text(encoding="utf-8")
    (shell.folder.parent / "changed.toml").write_text(text.replace("gifts_valid", "# gifts_valid"), encoding="utf-8")
    before = dump(shell)
    tried = shell.run(*words, "--dry-run")
    assert dump(shell) == before
    assert "dry run" in tried.err or tried.code == 1
    real = shell.run(*words)
    assert real.code == tried.code
    if real.code == 0:
        assert dump(shell) != before


def dump(shell: Shell) -> list[str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(shell.folder / "housebot.db")) as connection:
        return list(connection.iterdump())


def add_guest(shell: Shell, *, name: str = "Анна") -> None:
    from housebot.desk import open_desk
    from housebot.services import guests
    from tests import factories

    with open_desk(shell.config) as desk:
        desk.db.write_now(
            lambda tx: guests.seen(
                tx,
                telegram_id=700,
                name=name,
                username="anna_k",
                language_code="ru",
                now=factories.at("2026-11-20T12:00:00Z"),
            )
        )


def test_a_stay_is_confirmed_with_the_sum_that_came(shell: Shell, booked: Booked) -> None:
    code = booked()["code"]
    confirmed = shell.json("bookings", "confirm", code, "--received", "350")
    assert (confirmed["status"], confirmed["paid"]["amount"], confirmed["due"]["amount"]) == (
        "confirmed",
        35_000,
        35_000,
    )
    second = shell.run("bookings", "confirm", code, "--json")
    assert (second.code, second.error["code"]) == (1, "already_decided")
    assert shell.run("bookings", "confirm", code, "--received", "a lot", "--json").error["code"] == "amount_invalid"


def test_a_stay_is_confirmed_at_once(shell: Shell, booked: Booked) -> None:
    assert booked("--confirm")["status"] == "confirmed"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["guests", "show", "1"], "not_found", "guest"),
        (["guests", "ban", "@nobody", "--reason", "no"], "not_found", "guest"),
        (["outbox", "retry", "99"], "not_found", "message"),
        (["catalog", "show", "--version", "99"], "not_found", "catalog"),
        (["catalog", "show", "--version", "0"], "not_found", "catalog"),
        (["catalog", "apply", "desk/catalog.toml", "--from", "2026-11-19"], "invalid", "That day is over"),
        (["bookings", "confirm", "1", "--received", "1 200"], "amount_invalid", "850 BYN more than is asked for. If so much came, add --twice"),
        (["bookings", "show", "99"], "not_found", "no such booking"),
    ],
)  # fmt: skip
def test_a_refusal_speaks_about_what_was_asked(
    shell: Shell, booked: Booked, words: list[str], code: str, said: str
) -> None:
    booked()
    refused = shell.run(*words)
    assert refused.code == 1
    assert refused.err.startswith(f"refused: {code}")
    assert said in refused.err
    assert ("no such booking" in refused.err) is (said == "no such booking")
    assert said in shell.run(*words, "--json").error["message"]


def test_a_sum_too_large_is_taken_when_it_is_said_twice(shell: Shell, booked: Booked) -> None:
    booked()
    assert shell.json("bookings", "confirm", "1", "--received", "1 200", "--twice")["paid"]["amount"] == 120_000


@pytest.mark.parametrize(
    "words",
    [
        ["quote", *STAY[2:], "--unit", "nope"],
        ["bookings", "create", *STAY[2:], "--unit", "nope"],
        ["bookings", "list", "--unit", "nope"],
        ["bookings", "export", "--format", "json", "--unit", "nope"],
    ],
    ids=["quote", "create", "list", "export"],
)
def test_a_unit_nobody_knows_is_a_refusal(shell: Shell, words: list[str]) -> None:
    refused = shell.run(*words, "--json")
    assert (refused.code, refused.out) == (1, "")
    assert refused.error["code"] == "unknown_unit"


def test_a_unit_that_is_sold_no_more_is_still_listed(shell: Shell, booked: Booked) -> None:
    made = booked()
    shell.json("bookings", "cancel", made["code"], "--reason", "sold")
    text = (shell.folder / "catalog.toml").read_text(encoding="utf-8")
    (shell.folder / "other.toml").write_text(text.replace('id = "house"', 'id = "villa"'), encoding="utf-8")
    assert shell.run("catalog", "apply", str(shell.folder / "other.toml")).code == 0
    assert [one["code"] for one in shell.json("bookings", "list", "--unit", "house")] == [made["code"]]
    assert shell.json("bookings", "list", "--unit", "villa") == []


def test_declining_and_cancelling_give_the_dates_back(shell: Shell, booked: Booked) -> None:
    first = booked()
    assert shell.json("bookings", "decline", first["code"], "--reason", "no")["status"] == "declined"
    second = booked("--confirm")
    assert shell.json("bookings", "cancel", second["code"], "--reason", "water")["status"] == "cancelled_by_owner"
    third = booked()
    assert len({first["code"], second["code"], third["code"]}) == 3


@pytest.mark.parametrize("command", [["show"], ["confirm"], ["decline", "--reason", "x"], ["cancel", "--reason", "x"]])
@pytest.mark.parametrize("name", ["99", "HB-0000", "", "9" * 30])
def test_an_unknown_id_is_a_refusal(shell: Shell, command: list[str], name: str) -> None:
    said = shell.run("bookings", command[0], name, *command[1:], "--json")
    assert (said.code, said.error["code"]) == (1, "not_found")


def test_the_list_shows_what_ends_today_or_later_and_the_past_on_demand(shell: Shell, booked: Booked) -> None:
    booked("--confirm")
    day_after = {"now": "2026-12-06T20:30:00Z"}  # 23:30 in Minsk of the day the stay ended
    assert len(shell.json("bookings", "list", **day_after)) == 1
    next_day = {"now": "2026-12-06T21:00:00Z"}
    assert shell.json("bookings", "list", **next_day) == []
    assert len(shell.json("bookings", "list", "--all", **next_day)) == 1


def test_the_list_is_filtered(shell: Shell, booked: Booked) -> None:
    booked("--name", "Анна", "--contact", "+375291234567")
    for words, count in (
        (["--unit", "house"], 1),
        (["--status", "held"], 1),
        (["--status", "confirmed", "--status", "declined"], 0),
        (["--guest", "Анн"], 1),
        (["--guest", "29123"], 1),
        (["--guest", "Борис"], 0),
        (["--from", "2026-12-06"], 1),
        (["--from", "2026-12-07"], 0),
        (["--to", "2026-12-05"], 1),
        (["--to", "2026-12-04"], 0),
    ):
        assert len(shell.json("bookings", "list", *words)) == count, words


def test_what_guests_typed_breaks_no_table(shell: Shell, booked: Booked) -> None:
    booked("--name", "A\nB\x1b[31m[bold]")
    assert len(shell.run("bookings", "list").out.splitlines()) == 2
    assert "\x1b" not in shell.run("bookings", "list").out


ESCAPES = "A\nB\x1b[31m\x07\u202e[bold]"


def test_nothing_anybody_typed_moves_the_cursor(shell: Shell, booked: Booked) -> None:
    made = booked("--name", ESCAPES, "--comment", ESCAPES)
    shell.json("bookings", "note", made["code"], ESCAPES)
    shell.json("bookings", "cancel", made["code"], "--reason", ESCAPES)
    add_guest(shell, name=ESCAPES)
    said = [
        shell.run(*words)
        for words in (
            ["bookings", "list"], ["bookings", "show", "1", "--history"], ["guests", "list"], ["guests", "show", "1"],
            ["guests", "ban", "1", "--reason", ESCAPES], ["catalog", "history"], ["outbox", "list"],
        )
    ]  # fmt: skip
    for ran in said:
        assert ran.code == 0
        assert not set("\x1b\x07\u202e") & set(ran.out + ran.err)
    assert not [line for ran in said for line in ran.out.splitlines() if line.startswith("B")]


def test_a_contact_is_never_cut(shell: Shell, booked: Booked) -> None:
    made = booked("--name", "Анна Очень-Длинное-Имя Фамилия-Вторая", "--contact", "+375291234567")
    listed = shell.run("bookings", "list").out
    assert "Анна Очень-Длинное-Имя… +375291234567" in listed
    assert "Анна Очень-Длинное-Имя Фамилия-Вторая +375291234567" in shell.run("bookings", "show", made["code"]).out


def test_people_read_the_clock_of_the_house_and_scripts_utc(shell: Shell, booked: Booked) -> None:
    made = booked()
    shell.json("bookings", "note", made["code"], "late")
    assert made["zone"] == "Europe/Minsk"
    assert made["hold_expires_at"].endswith("Z")
    ends = (datetime.fromisoformat(made["hold_expires_at"]) + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M")
    listed, shown = shell.run("bookings", "list").out, shell.run("bookings", "show", made["code"], "--history").out
    assert ends in listed
    assert f"kept until: {ends}" in shown
    assert "note 2026-11-20 15:00" in shown
    again = shell.run("bookings", "create", *STAY)
    other = shell.run("bookings", "create", *STAY, "--json").error["details"]["alternatives"][0]
    begins = datetime.fromisoformat(other["start"]) + timedelta(hours=3)
    assert other["start"].endswith("Z")
    assert f"  free: {begins:%Y-%m-%d %H:%M} .." in again.err
    quoted = shell.run("quote", *STAY).out
    assert "holds until 2026-11-20 15:15." in quoted
    for said in (
        listed,
        shown,
        again.err,
        quoted,
        shell.run("outbox", "list").out,
        shell.run("catalog", "history").out,
    ):
        assert not re.search(r"\d\dZ\b", said), said


def test_the_export_is_csv_without_formulas(shell: Shell, booked: Booked) -> None:
    made = booked("--name", "=cmd()", "--contact", "+375291234567", "--comment", '@sum, "quoted"')
    (row,) = csv.DictReader(io.StringIO(shell.run("bookings", "export", "--format", "csv").out))
    assert (row["code"], row["name"], row["total"], row["contact"]) == (made["code"], "'=cmd()", "700", "+375291234567")
    assert row["comment"].startswith("'@sum")


def test_a_contact_becomes_no_formula_and_a_phone_stays_a_phone(shell: Shell, booked: Booked) -> None:
    booked("--contact", "@anna_k")
    (row,) = csv.DictReader(io.StringIO(shell.run("bookings", "export", "--format", "csv").out))
    assert row["contact"] == "'@anna_k"


def test_an_export_is_one_format(shell: Shell, booked: Booked) -> None:
    made = booked()
    for form in ("csv", "ics"):
        refused = shell.run("bookings", "export", "--format", form, "--json")
        assert (refused.code, refused.out, refused.error["code"]) == (2, "", "usage")
    assert shell.run("bookings", "export", "--format", "json", "--json").json == [made]


def test_db_check_says_money_as_people_write_it(shell: Shell, booked: Booked) -> None:
    booked()
    assert shell.run("bookings", "confirm", "1", "--received", "1 200", "--twice").code == 0
    said = shell.run("db", "check").out
    assert "overpaid by 500 BYN" in said


def test_the_export_is_json(shell: Shell, booked: Booked) -> None:
    made = booked()
    assert json.loads(shell.run("bookings", "export", "--format", "json").out) == [made]


def test_i2_the_export_is_a_calendar_other_programs_read(shell: Shell, booked: Booked) -> None:
    made = booked("--name", "Анна Очень-Длинное-Имя")
    shell.json("bookings", "decline", booked_elsewhere(shell), "--reason", "no")
    calendar = shell.run("bookings", "export", "--format", "ics").out
    assert calendar.startswith("BEGIN:VCALENDAR\r\n")
    assert calendar.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    assert calendar.count("BEGIN:VEVENT") == 1
    assert "DTSTART:20261205T130000Z" in calendar
    assert "STATUS:TENTATIVE" in calendar
    assert "Анна" not in calendar
    unfolded = calendar.replace("\r\n ", "")
    uid = next(line for line in unfolded.split("\r\n") if line.startswith("UID:"))
    assert made["code"] in uid
    later = shell.run("bookings", "export", "--format", "ics", now="2026-11-20T13:00:00Z").out
    assert uid in later.replace("\r\n ", "")


def booked_elsewhere(shell: Shell) -> str:
    made = shell.json(
        "bookings",
        "create",
        "--tariff",
        "day",
        "--from",
        "2026-12-15T16:00",
        "--to",
        "2026-12-16T16:00",
        "--guests",
        "4",
    )
    code: str = made["code"]
    return code


def test_long_lines_of_a_calendar_are_folded_between_letters() -> None:
    from housebot.cli import exports

    line = "SUMMARY:" + "ы" * 100
    parts = list(exports._folded(line))
    assert all(len(part.encode()) <= 75 for part in parts)
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line


def test_a_move_says_what_it_means_and_does_it(shell: Shell, booked: Booked) -> None:
    code = booked("--extra", "sauna", "--confirm")["code"]
    earlier = ["bookings", "move", code, "--from", "2026-12-05T14:00", "--to", "2026-12-06T16:00", "--guests", "5"]
    tried = shell.json(*earlier, "--dry-run")["change"]
    assert (tried["was"]["amount"], tried["now"]["amount"], tried["difference"]["amount"]) == (80_000, 86_000, 6_000)
    assert [(one["change"], one["code"], one["difference"]["amount"]) for one in tried["lines"]] == [
        ("added", "extra_hours", 6_000)
    ]
    assert shell.json("bookings", "show", code)["start"] == "2026-12-05T13:00:00Z"
    said = shell.run(*earlier)
    assert "was 800, now 860 BYN (+60)" in said.out
    assert "+ Extra hours: 60 (+60)" in said.out
    assert "none of the guest's moves is spent, 1 left" in said.out
    moved = shell.json("bookings", "show", code, "--history")
    assert (moved["start"], moved["guests"], moved["due"]["amount"]) == ("2026-12-05T11:00:00Z", 5, 86_000)
    assert moved["history"][-1]["action"] == "booking.move"


def test_a_move_by_the_shell_keeps_the_rules_unless_there_is_a_reason(shell: Shell, booked: Booked) -> None:
    code = booked("--confirm")["code"]
    shifted = shell.json("bookings", "move", code, "--from", "2026-12-08T16:00")
    assert (shifted["end"], shifted["moves"], shifted["change"]["spends_move"]) == ("2026-12-09T13:00:00Z", 1, True)
    again = ["bookings", "move", code, "--from", "2026-12-10T16:00"]
    assert shell.run(*again, "--json").error["details"]["reason"] == "moves_used"
    assert shell.run(*again, "--version", "1", "--override", "storm", "--json").error["code"] == "stale"
    assert shell.json(*again, "--override", "storm")["moves"] == 1
    taken = shell.json(
        "bookings",
        "create",
        "--tariff",
        "day",
        "--from",
        "2026-12-05T16:00",
        "--to",
        "2026-12-06T16:00",
        "--guests",
        "2",
    )
    onto = shell.run("bookings", "move", taken["code"], "--from", "2026-12-10T20:00", "--override", "x", "--json")
    assert (onto.code, onto.error["code"]) == (1, "dates_taken")
    assert shell.run("bookings", "move", code, "--from", "soon").code == 2
    assert shell.run("bookings", "move", code, "--json").error["details"]["reason"] == "nothing_changes"
    assert shell.run("bookings", "move", "HB-NONE", "--from", "2026-12-08T16:00", "--json").error["code"] == "not_found"


def test_the_owners_price_is_set_with_a_reason(shell: Shell, booked: Booked) -> None:
    code = booked("--extra", "sauna")["code"]
    shell.json("bookings", "confirm", code, "--received", "400")
    said = shell.run("bookings", "set-price", code, "600,50", "--reason", "old friends")
    assert "was 800, now 600.50 BYN (-199.50)" in said.out
    item = shell.json("bookings", "set-price", code, "300", "--reason", "old friends")
    assert (item["total"]["amount"], item["due"]["amount"], item["price"]["overpaid"]["amount"]) == (30_000, 0, 10_000)
    shown = shell.json("bookings", "show", code, "--history")
    assert shown["quote"]["lines"][-1]["code"] == "owner_price"
    assert shown["history"][-1]["reason"] == "old friends"
    for amount in ("-5", "ten", "10 0"):
        assert (
            shell.run("bookings", "set-price", code, "--reason", "x", "--json", "--", amount).error["code"]
            == "amount_invalid"
        )
    assert shell.run("bookings", "set-price", code, "500").code == 2


def test_check_27_a_cancellation_shows_first_what_it_gives_back_and_why(shell: Shell, booked: Booked) -> None:
    code = booked("--extra", "sauna")["code"]
    shell.json("bookings", "confirm", code, "--received", "400")
    cancel = ["bookings", "cancel", code, "--reason", "water"]
    policy = shell.run(*cancel, "--refund", "policy", "--dry-run")
    assert "paid 400, kept 400, given back 0 BYN: until arrival: the prepayment is kept" in policy.out
    assert "paid 400, kept 0, given back 400 BYN: the owner cancels" in shell.run(*cancel, "--dry-run").out
    assert "kept 400, given back 0 BYN: the owner decided so" in shell.run(*cancel, "--refund", "none", "--dry-run").out
    over = shell.run(*cancel, "--refund", "400,01", "--json")
    assert (over.code, over.error["code"], over.error["details"]["most"]) == (1, "amount_invalid", 40_000)
    assert shell.run(*cancel, "--refund", "half", "--json").error["code"] == "amount_invalid"
    assert "At most what was paid" in shell.run(*cancel, "--refund", "500").err
    shown = shell.json(*cancel, "--refund", "150", "--dry-run")["refund"]
    gone = shell.json(*cancel, "--refund", "150")
    assert (gone["status"], gone["refund"]) == ("cancelled_by_owner", shown)
    assert (shown["fee"]["amount"], shown["refund"]["amount"]) == (25_000, 15_000)
    assert "nothing was paid" in shell.run("bookings", "cancel", booked("--confirm")["code"], "--reason", "x").out


def test_r35_no_show_before_the_day_of_arrival_is_refused_in_words(shell: Shell, booked: Booked) -> None:
    code = booked("--confirm")["code"]
    ran = shell.run("bookings", "no-show", code)
    assert (ran.code, "still ahead" in ran.err) == (1, True)
    assert shell.json("bookings", "show", code)["status"] == "confirmed"


def test_a_stay_is_not_cancelled_without_a_reason(shell: Shell, booked: Booked) -> None:
    code = booked("--confirm")["code"]
    ran = shell.run("bookings", "cancel", code, "--reason", " ", "--json")
    assert (ran.code, ran.error["details"]["reason"]) == (1, "reason_missing")
    assert shell.json("bookings", "show", code)["status"] == "confirmed"


def test_guests_who_never_came_or_left_early_free_the_dates(shell: Shell, booked: Booked) -> None:
    code = booked("--confirm")["code"]
    assert shell.run("bookings", "check-out", code, "--json").error["code"] == "stale"
    evening, morning = "2026-12-05T20:00:00Z", "2026-12-06T06:00:30Z"
    left = shell.json("bookings", "check-out", code, now=morning)
    assert (left["status"], left["end"], left["departure"]) == ("completed", "2026-12-06T06:01:00Z", "2026-12-06T09:01")
    again = shell.run("bookings", "check-out", code, "--json", now=morning)
    assert (again.code, again.error["code"]) == (1, "already_decided")
    other = shell.json(
        "bookings", "create", "--tariff", "day", "--from", "2026-12-06T12:00", "--to", "2026-12-07T12:00", "--guests", "2", "--confirm",
        "--override", "walk-in", now=morning,
    )  # fmt: skip
    assert (
        shell.json("bookings", "no-show", other["code"], "--reason", "snow", now="2026-12-06T20:00:00Z")["status"]
        == "no_show"
    )
    late = shell.run("bookings", "no-show", code, "--json", now=evening)
    assert late.error["code"] == "already_decided"
