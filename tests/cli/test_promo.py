"""`housebot promo` and `--promo`: made, shown, used up, switched off, reported."""

import pytest

from tests.cli.conftest import STAY, Shell

SUNDAY = ["--tariff", "day", "--from", "2026-12-07T18:00", "--to", "2026-12-08T18:00", "--guests", "4"]


def test_two_guests_reach_for_the_last_use_one_gets_it_the_hold_ends_the_other_gets_it(shell: Shell) -> None:
    made = shell.json("promo", "add", "SPRING", "--percent", "15", "--max-total", "1")
    assert (made["code"], made["discount"], made["left"]) == ("SPRING", {"kind": "percent", "basis_points": 1500}, 1)
    first = shell.json("bookings", "create", *STAY, "--contact", "+375291112233", "--promo", "spring")
    assert first["total"]["amount"] == 59_500
    refused = shell.run("bookings", "create", *SUNDAY, "--contact", "+375291112244", "--promo", "SPRING", "--json")
    assert (refused.code, refused.error["code"]) == (1, "promo_used_up")
    later = "2026-11-21T13:00:00Z"
    second = shell.run(
        "bookings", "create", *SUNDAY, "--contact", "+375291112244", "--promo", "Spring", "--json", now=later
    )
    assert (second.code, second.json["total"]["amount"]) == (0, 59_500)
    assert shell.run("bookings", "show", first["code"], "--json", now=later).json["status"] == "expired"
    shell.run("bookings", "confirm", second.json["code"], now=later)
    shown = shell.json("promo", "show", "spring")
    assert (shown["reserved"], shown["consumed"], shown["left"]) == (0, 1, 0)
    (row,) = shell.json("promo", "report")
    assert (row["bookings"], row["discount"]["amount"]) == (1, 10_500)


def test_a_quote_with_a_code_shows_it_as_a_line(shell: Shell) -> None:
    shell.json("promo", "add", "WEEK", "--amount", "100,50", "--weekday", "sat")
    quote = shell.json("quote", *STAY, "--promo", "week")
    line = quote["lines"][-1]
    assert (line["code"], line["amount"]["amount"], line["label"]) == ("promo", -10_050, "Promo code WEEK")
    assert quote["total"]["amount"] == sum(one["amount"]["amount"] for one in quote["lines"]) == 59_950
    assert shell.run("quote", *SUNDAY, "--promo", "week", "--json").error["details"]["reason"] == "weekday"
    assert shell.run("quote", *STAY, "--promo", "nothing", "--json").error["code"] == "promo_invalid"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["X1", "--percent", "0"], 1),
        (["X1", "--percent", "101"], 1),
        (["X1", "--percent", "abc"], 1),
        (["X1", "--amount", "-5"], 1),
        (["X1", "--amount", "10000000000000"], 1),
        (["X1", "--percent", "5", "--budget", "0"], 1),
        (["X1", "--percent", "5", "--budget", "-5"], 1),
        (["X1"], 2),
        (["X1", "--percent", "5", "--amount", "5"], 2),
        (["X1", "--percent", "5", "--stay-from", "2026-13-01"], 1),
        (["X1", "--percent", "5", "--stay-from", "tomorrow"], 2),
        (["X1", "--percent", "5", "--stay-from", "2026-12-05", "--stay-to", "2026-12-04"], 1),
        (["X1", "--percent", "5", "--weekday", "someday"], 2),
        (["X1", "--percent", "5", "--tariff", "nope"], 1),
    ],
)
def test_a_code_that_makes_no_sense_is_refused_and_nothing_is_stored(shell: Shell, words: list[str], code: int) -> None:
    assert shell.run("promo", "add", *words, "--json").code == code
    assert shell.json("promo", "list") == []


def test_a_code_is_switched_off_once_and_kept_in_the_list(shell: Shell) -> None:
    assert shell.run("promo", "add", "OFF", "--percent", "100", "--dry-run").code == 0
    assert shell.json("promo", "list") == []
    shell.json("promo", "add", "OFF", "--percent", "100")
    free = shell.json("bookings", "create", *STAY, "--promo", "off")
    assert (free["total"]["amount"], free["status"]) == (0, "confirmed")
    assert shell.run("promo", "disable", "off").code == 0
    assert shell.run("promo", "disable", "off", "--json").error["code"] == "already_decided"
    assert shell.run("quote", *SUNDAY, "--promo", "off", "--json").error["details"]["reason"] == "disabled"
    assert shell.run("promo", "show", "unknown", "--json").error["code"] == "not_found"
    assert "switched off" in shell.run("promo", "show", "off").out
    assert shell.run("promo", "enable", "off").code == 0
    assert shell.run("promo", "enable", "off", "--json").error["code"] == "already_decided"
    assert "switched off" not in shell.run("promo", "show", "off").out
