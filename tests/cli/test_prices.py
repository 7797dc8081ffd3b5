"""`housebot prices`: set with samples before and after, listed, taken back, refused, tried."""

from typing import Any

import pytest

from tests.cli.conftest import STAY, Shell

WEEKEND = "2026-12-05..2026-12-06"


def total(shell: Shell) -> Any:
    return shell.json("quote", *STAY)["total"]["amount"]


def test_a_weekend_is_made_dearer_and_the_same_again(shell: Shell) -> None:
    held = shell.json("bookings", "create", *STAY)
    made = shell.json("prices", "set", WEEKEND, "+20%", "--tariff", "day", "--name", "Festival")
    (sample,) = made["samples"]
    assert (sample["arrival"], sample["hours"]) == ("2026-12-05T16:00", 24)
    assert (sample["before"]["amount"], sample["after"]["amount"]) == (70_000, 84_000)
    assert [one["code"] for one in made["kept"]] == [held["code"]]
    assert total(shell) == 84_000
    (listed,) = shell.json("prices", "list")
    assert listed == {
        "id": made["id"],
        "dates": [{"from": "2026-12-05", "to": "2026-12-06"}],
        "amount": None,
        "percent": 2000,
        "unit": None,
        "tariff": "day",
        "name": "Festival",
        "created_at": "2026-11-20T12:00:00Z",
        "actor": listed["actor"],
    }
    assert listed["actor"].startswith("shell:")
    back = shell.json("prices", "remove", str(made["id"]))
    assert back["samples"][0]["after"]["amount"] == total(shell) == 70_000
    assert shell.run("prices", "remove", str(made["id"]), "--json").error["code"] == "not_found"
    assert shell.json("bookings", "show", held["code"])["total"]["amount"] == 70_000


def test_people_read_what_changes(shell: Shell) -> None:
    held = shell.json("bookings", "create", *STAY)
    said = shell.run("prices", "set", "2026-12-05", "840", "--tariff", "day", "--unit", "house").out.splitlines()
    assert said == [
        "Price 1 is set: nights 2026-12-05, 840 BYN, house, day.",
        "  day: Sat 05 Dec 16:00 24 h: 700 -> 840 BYN",
        f"  {held['code']} keeps its price: 700 BYN for 2026-12-05 16:00",
    ]
    said = shell.run("prices", "set", WEEKEND, "-12.5%", "--tariff", "day").out.splitlines()
    assert "-12.5 %" in said[0]
    table = shell.run("prices", "list").out.splitlines()
    assert [row.split()[0] for row in table] == ["ID", "2", "1"]
    shell.json("prices", "set", "2026-12-05", "-100%", "--tariff", "day")
    assert shell.run("prices", "set", "2026-12-05..2026-12-07", "+5%", "--tariff", "day").out.splitlines()[2] == (
        "  No sample changes: another price of these dates stands above it."
    )


def test_a_dry_run_shows_the_same_and_changes_nothing(shell: Shell) -> None:
    tried = shell.run("prices", "set", WEEKEND, "+20%", "--tariff", "day", "--dry-run", "--json")
    assert (tried.code, tried.json["samples"][0]["after"]["amount"]) == (0, 84_000)
    assert (shell.json("prices", "list"), total(shell)) == ([], 70_000)
    made = shell.json("prices", "set", WEEKEND, "+20%")
    assert shell.run("prices", "remove", str(made["id"]), "--dry-run").code == 0
    assert (len(shell.json("prices", "list")), total(shell)) == (1, 84_000)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["2026-12-05", "20%"], 1),
        (["2026-12-05", "+0%"], 1),
        (["2026-12-05", "-101%"], 1),
        (["2026-12-05", "+1001%"], 1),
        (["2026-12-05", "840"], 1),
        (["2026-12-05", "0", "--tariff", "day"], 1),
        (["2026-12-05", "10000000000000", "--tariff", "day"], 1),
        (["2026-12-05", "840", "--tariff", "half-day"], 1),
        (["2026-11-19", "+20%"], 1),
        (["2026-12-06..2026-12-05", "+20%"], 1),
        (["2026-02-30", "+20%"], 1),
        (["2026-12-05", "+20%", "--unit", "nope"], 1),
        (["2026-12-05", "+20%", "--tariff", "nope"], 1),
        (["saturday", "+20%"], 2),
        (["12-31", "+20%"], 2),
        (["2026-12-05"], 2),
        (["2026-12-05", "+20%", "--bogus"], 2),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(shell: Shell, words: list[str], code: int) -> None:
    ran = shell.run("prices", "set", *words, "--json")
    assert (ran.code, ran.out) == (code, "")
    assert shell.json("prices", "list", "--all") == []


def test_what_is_over_is_listed_only_when_asked_for(shell: Shell) -> None:
    shell.json("prices", "set", "2026-11-20", "+20%")
    later = "2026-11-21T12:00:00Z"
    assert shell.json("prices", "list", now=later) == []
    assert len(shell.json("prices", "list", "--all", now=later)) == 1
