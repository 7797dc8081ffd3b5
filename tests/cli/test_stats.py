"""`housebot stats`: a table for people, JSON for scripts, days that were counted, and what is refused."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.cli.conftest import Shell

Booked = Callable[..., Any]
DECEMBER = ["--from", "2026-12-01", "--to", "2026-12-31"]


def test_a_confirmed_stay_is_in_the_figures_of_its_unit(shell: Shell, booked: Booked) -> None:
    booked("--confirm")
    found = shell.json("stats", *DECEMBER)
    (house,) = found["units"]
    assert (found["since"], found["until"]) == ("2026-12-01", "2026-12-31")
    assert (house["unit"], house["stays"], house["nights"], house["hours"]) == ("house", 1, 1, 24)
    assert house["occupancy"] == {"basis": "nights", "sold": 1, "sellable": 31, "basis_points": 323}
    assert house["revenue"] == house["per_night"] == [{"amount": 70_000, "currency": "BYN"}]
    shown = shell.run("stats", *DECEMBER).out
    assert "3.2 % (1 of 31 nights)" in shown
    assert "700 BYN" in shown


def test_wrong_dates_are_wrong_usage_and_a_wrong_span_is_refused(shell: Shell) -> None:
    assert shell.run("stats", "--from", "yesterday").code == 2
    refused = shell.run("stats", "--from", "2026-12-02", "--to", "2026-12-01", "--json")
    assert (refused.code, refused.error["code"]) == (1, "invalid")
    assert shell.run("stats", "--unit", "castle", "--json").error["code"] == "unknown_unit"


def test_history_shows_the_days_that_were_counted(shell: Shell) -> None:
    assert shell.run("stats", "--history").out == "No day of that time has been counted yet.\n"
    with closing(sqlite3.connect(shell.folder / "housebot.db")) as connection, connection:
        connection.execute(
            "INSERT INTO daily_figures (day, name, unit, currency, value) VALUES ('2026-11-19', 'money.received', '', 'BYN', 40050),"
            " ('2026-10-31', 'bookings.made', '', '', 3)"
        )
    assert shell.json("stats", "--history") == [
        {"day": "2026-11-19", "name": "money.received", "unit": None, "currency": "BYN", "value": 40_050}
    ]
    assert "400,50 BYN" in shell.run("stats", "--history").out.replace("400.50", "400,50")
    assert len(shell.json("stats", "--history", "--from", "2026-10-01")) == 2


def test_history_of_a_unit_nobody_knows_is_refused_as_its_figures_are(shell: Shell) -> None:
    for words in (("stats", "--unit", "moon"), ("stats", "--history", "--unit", "moon")):
        refused = shell.run(*words)
        assert (refused.code, "unknown_unit" in refused.err) == (1, True)
