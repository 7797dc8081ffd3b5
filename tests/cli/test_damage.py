"""`housebot payments damage`: taken, returned, kept, refused, tried; and what `bookings show` says of it and of its reasons (R54)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Shell

Booked = Callable[..., Any]


@pytest.fixture
def asking(shell: Shell) -> Shell:
    """The house asks for 200 BYN."""
    document = shell.folder / "catalog.toml"
    text = document.read_text()
    assert "# damage_deposit = 200" in text
    document.write_text(text.replace("# damage_deposit = 200", "damage_deposit = 200"))
    ran = shell.run("catalog", "apply", str(document))
    assert ran.code == 0, ran.err
    assert "units (house) → damage_deposit: not set → 200" in ran.out
    return shell


def test_r54_the_deposit_from_the_door_to_the_last_ruble(asking: Shell, booked: Booked) -> None:
    code = booked("--confirm")["code"]
    taken = asking.json("payments", "damage", "take", code)
    assert {name: taken[name]["amount"] for name in ("asked", "taken", "left")} == {
        "asked": 20000,
        "taken": 20000,
        "left": 20000,
    }
    said = asking.run("payments", "damage", "keep", code, "50", "--reason", "a broken vase")
    assert said.out == f"{code}: damage deposit asked 200, taken 200, returned 0, kept 50, left 150 BYN\n"
    back = asking.json("payments", "damage", "return", code, "--method", "bank", "--comment", "by card")
    assert [(one["kind"], one["amount"]["amount"], one["method"], one["comment"]) for one in back["entries"]] == [
        ("taken", 20000, "cash", ""),
        ("kept", 5000, "cash", "a broken vase"),
        ("returned", 15000, "bank", "by card"),
    ]
    shown = asking.json("bookings", "show", code)
    assert (shown["paid"]["amount"], shown["due"]["amount"]) == (0, 70000)
    assert shown["damage_deposit"]["left"]["amount"] == 0
    assert "damage deposit asked 200, taken 200" in asking.run("bookings", "show", code).out
    assert asking.run("db", "check").code == 0


def test_r54_the_second_is_told_and_the_rest_is_refused_in_words(asking: Shell, booked: Booked) -> None:
    code = booked("--confirm")["code"]
    nothing = asking.run("payments", "damage", "return", code)
    assert (nothing.code, "No security deposit was taken" in nothing.err) == (1, True)
    asking.json("payments", "damage", "take", code)
    again = asking.run("payments", "damage", "take", code, "--json")
    assert (again.code, again.error["code"]) == (1, "already_decided")
    assert again.error["details"]["by"].startswith("shell:")
    above = asking.run("payments", "damage", "keep", code, "200,01", "--reason", "a fire")
    assert "That is more than is left of the security deposit." in above.err
    over = asking.run("payments", "damage", "take", code, "5", "--twice", "--dry-run")
    assert over.code == 0
    assert asking.json("bookings", "show", code)["damage_deposit"]["taken"]["amount"] == 20000


@pytest.mark.parametrize("amount", ["-5", "0", "1e3", "abc", "1000000000000000", "5.001"])
def test_r54_a_sum_that_is_none_is_refused(asking: Shell, booked: Booked, amount: str) -> None:
    code = booked("--confirm")["code"]
    asking.json("payments", "damage", "take", code)
    ran = asking.run("payments", "damage", "keep", code, "--reason", "x", "--", amount)
    assert ran.code in {1, 2}
    assert asking.json("bookings", "show", code)["damage_deposit"]["kept"]["amount"] == 0


def test_r53_the_shell_says_why_this_price_and_why_this_refund(shell: Shell, booked: Booked) -> None:
    code = booked("--confirm", "--contact", "+375291112233")["code"]
    shell.json("payments", "record", code, "350", "--method", "bank")
    shell.json("bookings", "set-price", code, "600", "--reason", "an old friend")
    text = shell.run("bookings", "show", code, "--why").out
    for line in (
        "  why this price:",
        "    Full day, from 3 people: 700 BYN",
        "    The owner's price: -100 BYN",
        "    prepayment 350 BYN: 50 %",
        "  why this refund: 0 of 350 BYN, kept 350; by the cancellation policy it was sold under",
        "    * until 2026-12-05 16:00: 0 BYN back (until arrival: the prepayment is kept)",
        "      later: 0 BYN back (the time to cancel for less is over)",
    ):
        assert line in text.splitlines(), text
    assert "600 BYN, set by shell:" in text
    shell.json("bookings", "cancel", code, "--reason", "flood", "--refund", "120")
    why = shell.json("bookings", "show", code, "--why")["why"]
    assert (why["refund"]["choice"]["amount"], why["refund"]["reason"], why["refund"]["decided"]) == (
        12000,
        "flood",
        True,
    )
    assert why["price"][0]["before"]["amount"] == 70000
    assert "why" not in shell.json("bookings", "show", code)
