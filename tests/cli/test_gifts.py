"""`housebot gifts` and `--gift`: sold, shown, paid with, given back, made longer, handed on, made void."""

from typing import Any

import pytest

from tests.cli.conftest import STAY, Shell

SUNDAY = ["--tariff", "day", "--from", "2026-12-07T18:00", "--to", "2026-12-08T18:00", "--guests", "4"]


def byn(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


def test_a_card_of_money_pays_first_and_its_rest_stays_on_the_same_code(shell: Shell) -> None:
    card = shell.json("gifts", "issue", "--amount", "800", "--to", "Аня", "--buyer", "Пётр")
    assert (card["kind"], card["state"], card["balance"], card["valid_until"]) == ("money", "active", byn(80_000), "2027-02-20")  # fmt: skip
    quote = shell.json("quote", *STAY, "--gift", card["code"].lower())
    assert quote["gift"] == {"code": card["code"], "amount": byn(70_000)}
    assert (quote["total"], quote["deposit"]) == (byn(70_000), byn(0))
    assert "Paid by gift" in shell.run("quote", *STAY, "--gift", card["code"]).out
    first = shell.json("bookings", "create", *STAY, "--gift", card["code"], "--quote-token", quote["quote_token"])
    assert (first["status"], first["paid"], first["due"]) == ("confirmed", byn(70_000), byn(0))
    second = shell.json("bookings", "create", *SUNDAY, "--gift", card["code"])
    assert (second["status"], second["deposit"], second["paid"], second["due"]) == ("held", byn(40_000), byn(10_000), byn(60_000))  # fmt: skip
    shown = shell.json("gifts", "show", card["code"])
    assert (shown["balance"], shown["reserved"], shown["state"]) == (byn(0), byn(10_000), "used")
    assert [(one["kind"], one["amount"]["amount"], one["booking"]) for one in shown["ledger"]] == [
        ("issue", 80_000, None),
        ("redeem", -70_000, first["code"]),
        ("redeem", -10_000, second["code"]),
    ]
    assert shell.run("quote", *STAY, "--gift", card["code"], "--json").error["code"] == "gift_insufficient"
    shell.json("bookings", "cancel", first["code"], "--reason", "broken pipe")
    assert shell.json("gifts", "show", card["code"])["balance"] == byn(70_000)
    assert f"gift: {card['code']} for 100" in shell.run("bookings", "show", second["code"]).out
    assert [one["status"] for one in shell.json("db", "check")] == ["ok"] * len(shell.json("db", "check"))


def test_two_guests_reach_for_one_gift_one_gets_it_the_hold_ends_the_other_gets_it(shell: Shell) -> None:
    card = shell.json("gifts", "issue", "--amount", "100")
    first = shell.json("bookings", "create", *STAY, "--contact", "+375291112233", "--gift", card["code"])
    assert (first["deposit"], first["paid"]) == (byn(40_000), byn(10_000))
    other = ["bookings", "create", *SUNDAY, "--contact", "+375291112244", "--gift", card["code"], "--json"]
    refused = shell.run(*other)
    assert (refused.code, refused.error["code"]) == (1, "gift_insufficient")
    later = "2026-11-21T13:00:00Z"
    assert shell.run(*other, now=later).json["paid"] == byn(10_000)
    assert shell.run("bookings", "show", first["code"], "--json", now=later).json["status"] == "expired"


def test_a_certificate_is_redeemed_comes_back_and_is_over_at_midnight(shell: Shell) -> None:
    gift = shell.json("gifts", "issue", "--tariff", "DAY", "--extra", "sauna", "--valid-until", "2026-11-20")
    assert (gift["kind"], gift["tariff"], gift["extras"], gift["balance"]) == ("stay", "day", ["sauna"], 1)
    wish = [*STAY, "--extra", "sauna", "--gift", gift["code"]]
    for _ in range(2):
        booked = shell.json("bookings", "create", *wish)
        assert (booked["status"], booked["due"]) == ("confirmed", byn(0))
        assert shell.run("quote", *wish, "--json").error["code"] == "gift_insufficient"
        shell.json("bookings", "cancel", booked["code"], "--reason", "broken pipe")
    assert shell.run("quote", *wish, now="2026-11-20T20:59:59Z").code == 0
    over = shell.run("quote", *wish, "--json", now="2026-11-20T21:00:00Z")
    assert (over.code, over.error["code"], over.error["details"]["reason"]) == (1, "gift_invalid", "expired")
    assert shell.run("gifts", "list", "--json", now="2026-11-20T21:00:00Z").json[0]["state"] == "expired"
    shell.json("gifts", "extend", gift["code"], "2026-12-31")
    assert shell.run("quote", *wish, now="2026-11-20T21:00:00Z").code == 0


def test_staff_hand_it_on_and_make_it_void_once(shell: Shell) -> None:
    assert shell.run("gifts", "issue", "--amount", "50", "--dry-run").code == 0
    assert shell.run("gifts", "list").out == "No gifts.\n"
    code = shell.json("gifts", "issue", "--amount", "50")["code"]
    assert shell.json("gifts", "transfer", code, "--to", "Мария")["recipient"] == "Мария"
    assert shell.run("gifts", "void", code, "--reason", "paid back").code == 0
    assert shell.run("gifts", "void", code, "--reason", "paid back", "--json").error["code"] == "already_decided"
    assert shell.run("quote", *STAY, "--gift", code, "--json").error["details"]["reason"] == "voided"
    listed = shell.run("gifts", "list").out
    assert code in listed
    assert "voided" in listed
    shown = shell.run("gifts", "show", code).out
    assert "void -50 BYN paid back" in shown
    assert shell.run("gifts", "show", "ABCDE", "--json").error["code"] == "not_found"


def test_nights_belong_to_a_tariff_by_the_night_and_hours_to_one_by_the_hour(shell: Shell) -> None:
    gift = shell.json("gifts", "issue", "--tariff", "half-day", "--hours", "14", "--visits", "3")
    assert (gift["length"], gift["visits"], gift["balance"]) == ({"hours": 14}, 3, 3)
    assert "stay, half-day, 14 hours, 3 visits" in shell.run("gifts", "show", gift["code"]).out
    assert (
        shell.run("gifts", "issue", "--tariff", "day", "--nights", "2", "--json").error["details"]["reason"] == "length"
    )


def test_cancelling_shows_what_goes_on_the_gift_and_a_gift_is_never_paid_out(shell: Shell) -> None:
    card = shell.json("gifts", "issue", "--amount", "100")["code"]
    stay = shell.json("bookings", "create", *STAY, "--gift", card)["code"]
    shell.json("payments", "record", stay, "300", "--method", "bank")
    shell.json("bookings", "confirm", stay)
    by_gift = next(one for one in shell.json("payments", "list", stay) if one["method"] == "gift")
    refused = shell.run("payments", "refund", str(by_gift["id"]), "--reason", "x", "--json")
    assert (refused.code, refused.error["code"], refused.error["details"]["reason"]) == (1, "forbidden", "gift")
    cancel = ("bookings", "cancel", stay, "--reason", "x", "--refund", "150")
    shown = shell.run(*cancel, "--dry-run").out
    assert "paid 400, kept 250, given back 150 BYN" in shown
    assert "of it 100 on the gift, 50 in money" in shown
    refund = shell.json(*cancel)["refund"]
    assert (refund["refund"], refund["to_gift"], refund["to_send"]) == (byn(15_000), byn(10_000), byn(5000))
    assert shell.json("gifts", "show", card)["balance"] == byn(10_000)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2),
        (["--amount", "5", "--tariff", "day"], 2),
        (["--amount", "5", "--visits", "2"], 2),
        (["--amount", "5", "--extra", "sauna"], 2),
        (["--tariff", "day", "--visits", "0"], 2),
        (["--amount", "5", "--valid-until", "tomorrow"], 2),
        (["--amount", "0"], 1),
        (["--amount", "-5"], 1),
        (["--amount", "five"], 1),
        (["--amount", "10000000000000"], 1),
        (["--amount", "5", "--valid-until", "2026-11-19"], 1),
        (["--tariff", "incognito-worker"], 1),
        (["--tariff", "nope"], 1),
        (["--tariff", "half-day", "--extra", "photo-session"], 1),
    ],
)
def test_a_gift_that_makes_no_sense_is_refused_and_nothing_is_stored(shell: Shell, words: list[str], code: int) -> None:
    assert shell.run("gifts", "issue", *words, "--json").code == code
    assert shell.json("gifts", "list") == []


def test_r44_a_gift_that_staff_were_paid_for_is_a_sale_in_the_ledger(shell: Shell) -> None:
    card = shell.json("gifts", "issue", "--amount", "200", "--paid", "cash")
    assert card["order"] is None
    shell.json("gifts", "issue", "--tariff", "day", "--extra", "sauna", "--visits", "2", "--paid", "bank")
    shell.json("gifts", "issue", "--amount", "50")
    rows = shell.json("payments", "list")
    assert [(one["method"], one["amount"], one["booking"], one["state"]) for one in rows] == [
        ("cash", byn(20_000), None, "done"),
        ("bank", byn(160_000), None, "done"),
    ]
    assert [one["status"] for one in shell.json("db", "check")] == ["ok"] * len(shell.json("db", "check"))
