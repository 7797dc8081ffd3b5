"""`housebot blocks`: closed, stopped, listed, opened, refused, tried."""

import pytest

from tests.cli.conftest import STAY, Shell

WEEK = ["--from", "2026-12-01", "--to", "2026-12-07", "--reason", "stove broken"]


def test_a_time_is_closed_listed_and_opened_again(shell: Shell) -> None:
    made = shell.json("blocks", "add", "--from", "2026-12-05T10:00", "--to", "2026-12-06", "--reason", "paint")
    assert {name: made[name] for name in ("unit", "extra", "start", "end", "reason")} == {
        "unit": "house",
        "extra": None,
        "start": "2026-12-05T07:00:00Z",
        "end": "2026-12-06T21:00:00Z",
        "reason": "paint",
    }
    assert made["parts"] == ["white-bedroom", "green-bedroom", "secret-room", "sauna"]
    assert shell.json("blocks", "list") == [made]
    assert shell.run("bookings", "create", *STAY, "--json").error["code"] == "dates_taken"
    assert shell.run("blocks", "remove", str(made["id"])).out == (
        "Open again: house (white-bedroom, green-bedroom, secret-room, sauna), 2026-12-05 10:00 .. 2026-12-07 00:00.\n"
    )
    assert shell.run("blocks", "remove", str(made["id"]), "--json").error["code"] == "not_found"
    assert shell.run("blocks", "list").out == "Nothing is closed.\n"
    assert shell.run("bookings", "create", *STAY).code == 0


def test_check_34_a_stay_in_the_way_is_named_to_people_and_to_scripts(shell: Shell) -> None:
    stay = shell.json("bookings", "create", *STAY)
    words = ["blocks", "add", "--unit", "house", "--part", "sauna", *WEEK]
    error = shell.run(*words, "--json").error
    assert error["code"] == "dates_taken"
    assert error["details"]["stays"] == [
        {name: stay[name] for name in ("code", "status", "unit", "start", "end")},
    ]
    said = shell.run(*words)
    assert said.code == 1
    assert f"  in the way: {stay['code']} held 2026-12-05 16:00 .. 2026-12-06 16:00" in said.err.splitlines()
    assert shell.json("blocks", "list") == []


def test_check_34_the_sauna_is_broken_and_the_house_is_sold(shell: Shell) -> None:
    stay = shell.json("bookings", "create", *STAY, "--extra", "sauna")
    made = shell.json("blocks", "add", "--extra", "баня", *WEEK)
    assert (made["extra"], made["unit"], made["parts"]) == ("sauna", None, [])
    assert (made["start"], made["end"]) == ("2026-11-30T21:00:00Z", "2026-12-07T21:00:00Z")
    assert [one["code"] for one in made["stays"]] == [stay["code"]]
    sunday = ["--tariff", "day", "--from", "2026-12-07T18:00", "--to", "2026-12-08T18:00", "--guests", "4"]
    assert shell.run("quote", *sunday, "--extra", "sauna", "--json").error["code"] == "extra_sold_out"
    assert shell.json("bookings", "create", *sunday)["total"]["amount"] == 70_000
    assert "sauna (everywhere)  2026-12-01 00:00 .. 2026-12-08 00:00  stove broken" in shell.run("blocks", "list").out
    shell.json("blocks", "remove", str(made["id"]))
    assert shell.json("quote", *sunday, "--extra", "sauna")["total"]["amount"] == 80_000


def test_a_dry_run_shows_the_same_and_changes_nothing(shell: Shell) -> None:
    assert shell.run("blocks", "add", *WEEK, "--dry-run", "--json").json["unit"] == "house"
    assert shell.run("blocks", "add", *WEEK, "--extra", "sauna", "--dry-run", "--json").json["extra"] == "sauna"
    assert shell.json("blocks", "list") == []
    shell.json("blocks", "add", *WEEK)
    assert shell.run("blocks", "remove", "1", "--dry-run").code == 0
    assert len(shell.json("blocks", "list")) == 1
    assert shell.json("blocks", "list", now="2027-01-01T00:00:00Z") == []
    assert len(shell.json("blocks", "list", "--all", now="2027-01-01T00:00:00Z")) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--from", "2026-12-07", "--to", "2026-12-01", "--reason", "x"], 1),
        (["--from", "2026-12-07", "--to", "2026-12-01", "--reason", "x", "--extra", "sauna"], 1),
        (["--from", "2026-11-01", "--to", "2026-11-02", "--reason", "x"], 1),
        (["--from", "2026-11-01", "--to", "2026-11-02", "--reason", "x", "--extra", "sauna"], 1),
        ([*WEEK, "--unit", "nope"], 1),
        ([*WEEK, "--unit", "nope", "--extra", "sauna"], 1),
        ([*WEEK, "--part", "cellar"], 1),
        ([*WEEK, "--extra", "pool"], 1),
        ([*WEEK, "--extra", "sauna", "--part", "sauna"], 2),
        (["--from", "2026-12-01T10:00", "--to", "2026-12-02", "--reason", "x", "--extra", "sauna"], 2),
        (["--from", "soon", "--to", "2026-12-02", "--reason", "x"], 2),
        (["--from", "2026-12-01", "--to", "2026-12-02"], 2),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(shell: Shell, words: list[str], code: int) -> None:
    ran = shell.run("blocks", "add", *words, "--json")
    assert (ran.code, ran.out) == (code, "")
    assert shell.json("blocks", "list", "--all") == []
