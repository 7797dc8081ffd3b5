"""`housebot payments`: listed, recorded, refunded, corrected, refused, tried."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Shell

Booked = Callable[..., Any]


def test_r44_the_ledger_from_the_first_sum_to_the_last(shell: Shell, booked: Booked) -> None:
    code = booked("--contact", "+375291112233")["code"]
    first = shell.json("payments", "record", code, "350", "--method", "bank")
    assert (first["kind"], first["method"], first["amount"]["amount"]) == ("payment", "bank", 35_000)
    assert (first["paid"]["amount"], first["due"]["amount"]) == (35_000, 35_000)
    shell.json("payments", "record", code, "350,50", "--method", "cash", "--comment", "in an envelope", "--twice")
    shell.json("payments", "adjust", code, "-0.50", "--reason", "miscounted")
    back = shell.json("payments", "refund", str(first["id"]), "100", "--reason", "cold sauna")
    assert (back["refunds"], back["paid"]["amount"]) == (first["id"], 60_000)
    rows = shell.json("payments", "list", code)
    assert [(one["kind"], one["amount"]["amount"], one["comment"]) for one in rows] == [
        ("payment", 35_000, ""),
        ("payment", 35_050, "in an envelope"),
        ("adjustment", -50, "miscounted"),
        ("refund", 10_000, "cold sauna"),
    ]
    assert {name: rows[3][name] for name in ("id", "booking", "method", "state", "refunds", "created_at")} == {
        "id": back["id"],
        "booking": code,
        "method": "bank",
        "state": "done",
        "refunds": first["id"],
        "created_at": "2026-11-20T12:00:00Z",
    }
    assert rows[3]["actor"].startswith("shell:")
    assert shell.json("payments", "list") == rows
    assert shell.json("bookings", "show", code)["paid"]["amount"] == 60_000
    assert shell.run("db", "check").code == 0


def test_r44_all_that_is_left_goes_back_once(shell: Shell, booked: Booked) -> None:
    code = booked()["code"]
    payment = str(shell.json("payments", "record", code, "350", "--method", "bank")["id"])
    said = shell.run("payments", "refund", payment, "--reason", "cancelled")
    assert said.out.splitlines() == [
        f"refund 2 of payment {payment}: 350 BYN by bank for {code}",
        "  paid 0 BYN, due 700 BYN",
    ]
    again = shell.run("payments", "refund", payment, "--reason", "cancelled", "--json")
    assert (again.code, again.error["code"]) == (1, "already_decided")
    assert "refund" in shell.run("payments", "list").out


def test_r44_an_overpayment_is_said_twice(shell: Shell, booked: Booked) -> None:
    code = booked()["code"]
    error = shell.run("payments", "record", code, "700.01", "--method", "cash", "--json").error
    assert (error["code"], error["details"]["overpaid"], error["details"]["ask_again"]) == ("amount_invalid", 1, True)
    assert shell.run("payments", "record", code, "700.01", "--method", "cash", "--twice").code == 0


def test_a_dry_run_shows_the_same_and_changes_nothing(shell: Shell, booked: Booked) -> None:
    code = booked()["code"]
    assert shell.run("payments", "record", code, "350", "--method", "bank", "--dry-run").code == 0
    assert shell.run("payments", "list").out == "No money yet.\n"
    payment = str(shell.json("payments", "record", code, "350", "--method", "bank")["id"])
    assert shell.run("payments", "refund", payment, "--reason", "x", "--dry-run", "--json").json["paid"]["amount"] == 0
    assert shell.run("payments", "adjust", code, "-50", "--reason", "x", "--dry-run").code == 0
    assert len(shell.json("payments", "list")) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["record", "{}", "0", "--method", "bank"], 1),
        (["record", "{}", "abc", "--method", "bank"], 1),
        (["record", "{}", "10000000000000", "--method", "bank"], 1),
        (["record", "{}", "1.001", "--method", "bank"], 1),
        (["record", "HB-NONE", "5", "--method", "bank"], 1),
        (["record", "{}", "5"], 2),
        (["record", "{}", "5", "--method", "bitcoin"], 2),
        (["record", "{}", "-5", "--method", "bank"], 2),
        (["refund", "1", "351", "--reason", "x"], 1),
        (["refund", "1", "--reason", " "], 1),
        (["refund", "9", "--reason", "x"], 1),
        (["refund", "1"], 2),
        (["refund", "one", "--reason", "x"], 2),
        (["adjust", "{}", "-351", "--reason", "x"], 1),
        (["adjust", "{}", "0", "--reason", "x"], 1),
        (["adjust", "{}", "+351", "--reason", "x"], 1),
        (["adjust", "{}", "-x", "--reason", "x"], 1),
        (["adjust", "{}", "5"], 2),
        (["list", "HB-NONE"], 1),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    shell: Shell, booked: Booked, words: list[str], code: int
) -> None:
    stay = booked()["code"]
    shell.json("payments", "record", stay, "350", "--method", "bank")
    ran = shell.run("payments", *(word.format(stay) for word in words), "--json")
    assert (ran.code, ran.out) == (code, "")
    assert len(shell.json("payments", "list")) == 1


def test_an_unknown_payment_and_a_refund_of_a_refund_are_said_for_what_they_are(shell: Shell, booked: Booked) -> None:
    stay = booked()["code"]
    assert "There is no such payment" in shell.run("payments", "refund", "9", "--reason", "x").err
    paid = shell.json("payments", "record", stay, "350", "--method", "bank")["id"]
    shell.json("payments", "refund", str(paid), "--reason", "x")
    again = shell.run("payments", "refund", str(paid + 1), "--reason", "x").err
    assert "Only a payment that came can go back" in again


def test_r44_a_chargeback_from_the_shell(shell: Shell, booked: Booked) -> None:
    code = booked()["code"]
    payment = str(shell.json("payments", "record", code, "350", "--method", "bank")["id"])
    row = shell.json("payments", "chargeback", payment, "100", "--reason", "the bank says so")
    assert (row["kind"], row["refunds"], row["comment"]) == ("refund", int(payment), "chargeback: the bank says so")
    assert (row["paid"]["amount"], row["due"]["amount"]) == (25_000, 45_000)
    over = shell.run("payments", "chargeback", payment, "300", "--reason", "again", "--json")
    assert (over.code, over.error["code"]) == (1, "amount_invalid")
    assert shell.run("payments", "chargeback", payment, "--reason", "all of it", "--dry-run").code == 0
    assert shell.json("bookings", "show", code)["paid"]["amount"] == 25_000
