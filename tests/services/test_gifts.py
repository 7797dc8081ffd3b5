"""Gifts at the desk: they pay from the first second of a hold, never twice, and come back when the stay comes to nothing (R48, R49)."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from housebot.domain import gift as rules
from housebot.domain.catalog import CancellationPolicy, CancellationTier, Catalog
from housebot.domain.gift import Gift
from housebot.errors import Refusal
from housebot.services import (
    audit,
    bookings,
    deciding,
    gift_views,
    gifts,
    payments,
    quote_tokens,
    quotes,
    refunds,
    tasks,
)
from housebot.services.bookings import Booking
from housebot.storage import gifts as rows
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, SHELL, Desk, request

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
SUNDAY = ("2026-12-06T18:00", "2026-12-07T18:00")
MONDAY = ("2026-12-07T20:00", "2026-12-08T20:00")
WORKDAY = ("2026-12-08T23:00", "2026-12-09T09:00")
LAST_DAY = date(2027, 2, 20)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def half_back() -> Catalog:
    """Whoever cancels before arrival has half of the price back."""
    tiers = (CancellationTier(before_minutes=0, fee="percent", value=5000),)
    return replace(factories.secret_house(), cancellation=CancellationPolicy(tiers=tiers))


def money(desk: Desk, amount: int = 10_000, **more: Any) -> Gift:
    return issue(desk, Gift(0, "", "money", "BYN", LAST_DAY, amount=amount, **more))


def certificate(desk: Desk, tariff: str = "day", **more: Any) -> Gift:
    return issue(desk, Gift(0, "", "stay", "BYN", LAST_DAY, tariff=tariff, **({"visits": 1} | more)))


def issue(desk: Desk, draft: Gift) -> Gift:
    return desk.write(lambda tx: gifts.issue(tx, factories.secret_house(), draft, actor=SHELL, now=desk.now))


def held(
    desk: Desk, gift: Gift | str, dates: tuple[str, str] = SATURDAY, *, guest: int = 1, tariff: str = "day", **more: Any
) -> Booking:
    code = gift if isinstance(gift, str) else gift.code
    party = {"adult": 4 if tariff == "day" else 2}
    wish = replace(request(*dates, tariff=tariff, party=party, extras=more.pop("extras", {})), gift=code)
    return desk.hold(*dates, wish=wish, guest=desk.guest(guest), **({"method": "bank"} | more))


def balance(desk: Desk, gift: Gift) -> int:
    return desk.read(lambda tx: rows.balance(tx, gift.id))


def ledger(desk: Desk, gift: Gift) -> list[tuple[str, int]]:
    return [(entry.kind, entry.amount) for entry in desk.read(lambda tx: rows.entries(tx, gift.id))]


def money_of(desk: Desk, booking: Booking) -> list[tuple[str, str, int]]:
    return [(one.kind, one.method, one.amount) for one in desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))]  # fmt: skip


def broken(desk: Desk) -> list[str]:
    return [f"{one.check}: {one.detail}" for one in desk.findings() if one.status == "fail"]


def refused(code: str, work: Any) -> dict[str, Any]:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code
    return caught.value.facts


# --- A card of money


def test_r48_a_card_pays_first_and_the_guest_pays_the_deposit_of_the_rest(desk: Desk) -> None:
    gift = money(desk)
    booking = held(desk, gift)
    assert (booking.status, booking.total, booking.deposit) == ("awaiting_payment", 70_000, 40_000)
    shown = desk.json(booking)
    assert (shown["paid"]["amount"], shown["due"]["amount"]) == (10_000, 60_000)
    assert balance(desk, gift) == 0
    assert money_of(desk, booking) == [("payment", "gift", 10_000)]
    desk.receipt(booking)
    assert refused("amount_invalid", lambda: desk.confirm(booking, received=35_000))["expected"] == 30_000
    desk.confirm(booking, received=30_000)
    assert desk.json(booking)["due"]["amount"] == 30_000
    assert desk.findings() == []


def test_r48_the_quote_keeps_its_lines_and_says_what_the_gift_pays(desk: Desk) -> None:
    gift = money(desk)
    wish = replace(request(*SATURDAY), gift=gift.code.lower())
    quote = desk.read(lambda tx: quotes.draw_up(tx, wish, now=desk.now))
    shown = quotes.as_json(quote)
    assert shown["gift"] == {"code": gift.code, "amount": {"amount": 10_000, "currency": "BYN"}}
    assert (shown["total"]["amount"], shown["deposit"]["amount"]) == (70_000, 30_000)
    assert sum(line["amount"]["amount"] for line in shown["lines"]) == 70_000
    token = desk.read(lambda tx: quote_tokens.sign(tx, quote))
    assert desk.read(lambda tx: quote_tokens.opened(tx, token, now=desk.now)).price == quote.price
    assert desk.write(lambda tx: quotes.load(tx, quotes.keep(tx, quote).id or 0)).price == quote.price


def test_r29_a_gift_that_pays_everything_confirms_at_once_and_the_rest_stays_on_its_code(desk: Desk) -> None:
    gift = money(desk, 100_000)
    booking = held(desk, gift)
    assert booking.status == "confirmed"
    assert (balance(desk, gift), desk.json(booking)["due"]["amount"]) == (30_000, 0)
    again = held(desk, gift, SUNDAY, guest=2)
    assert (again.status, again.deposit, desk.json(again)["due"]["amount"]) == ("awaiting_payment", 50_000, 40_000)
    assert desk.findings() == []


def test_r48_two_guests_reach_for_one_balance_and_one_gets_it(desk: Desk) -> None:
    gift = money(desk)
    wish, second = replace(request(*SUNDAY), gift=gift.code), desk.guest(2)
    promised = desk.write(lambda tx: quotes.make(tx, wish, guest_id=second, now=desk.now))
    first = held(desk, gift, method=None)
    facts = refused("gift_insufficient", lambda: desk.hold(*SUNDAY, wish=promised, guest=second))
    assert (facts["left"], facts["needs"]) == (0, 10_000)
    assert refused("gift_insufficient", lambda: held(desk, gift, SUNDAY, guest=2))["reason"] == "empty"
    assert desk.rows("SELECT count(*) AS n FROM bookings")[0]["n"] == 1  # nothing of the refused ones is left
    desk.release(first)
    assert desk.hold(*SUNDAY, wish=promised, guest=second).deposit == 40_000
    assert broken(desk) == []


def test_r48_a_smaller_rest_is_not_silently_taken_for_what_was_promised(desk: Desk) -> None:
    gift = money(desk, 100_000)
    wish = replace(request(*SUNDAY), gift=gift.code)
    promised = desk.read(lambda tx: quotes.draw_up(tx, wish, now=desk.now))
    assert promised.price.rest == 0
    held(desk, gift)
    assert (
        refused("gift_insufficient", lambda: desk.hold(*SUNDAY, wish=promised, guest=desk.guest(2)))["left"] == 30_000
    )


def test_r32_a_hold_that_is_over_gives_its_gift_to_whoever_comes_first(desk: Desk) -> None:
    gift = money(desk)
    first = held(desk, gift)
    desk.pass_time(hours=3)  # nobody has swept
    second = held(desk, gift, SUNDAY, guest=2)
    assert (desk.look(first).status, second.deposit, balance(desk, gift)) == ("expired", 40_000, 0)
    assert ledger(desk, gift) == [("issue", 10_000), ("redeem", -10_000), ("return", 10_000), ("redeem", -10_000)]
    assert desk.findings() == []


def test_r36_late_money_does_not_take_a_gift_that_somebody_else_has(desk: Desk) -> None:
    gift = money(desk)
    first = held(desk, gift)
    desk.pass_time(hours=3)
    held(desk, gift, SUNDAY, guest=2)
    assert desk.receipt(first).kind == "late_sold"
    assert [one.amount for one in desk.read(payments.unapplied)] == [30_000]
    assert broken(desk) == []


def test_r36_late_money_takes_its_gift_again_while_it_is_there(desk: Desk) -> None:
    gift = money(desk)
    first = held(desk, gift)
    desk.pass_time(hours=3)
    desk.write(lambda tx: bookings.expire(tx, first.id, now=desk.now))
    assert balance(desk, gift) == 10_000
    assert desk.receipt(first).kind == "revived"
    assert (balance(desk, gift), desk.json(first)["paid"]["amount"]) == (0, 10_000)
    assert desk.findings() == []


@pytest.mark.parametrize(
    "ending", ["expired", "declined", "released", "cancelled by the guest before it was confirmed"]
)
def test_r38_a_hold_that_comes_to_nothing_gives_all_of_it_back(desk: Desk, ending: str) -> None:
    gift = money(desk)
    booking = held(desk, gift)
    if ending == "expired":
        desk.pass_time(hours=3)
        desk.write(lambda tx: bookings.expire(tx, booking.id, now=desk.now))
    elif ending == "declined":
        desk.decline(booking, "money_not_seen")
    elif ending == "released":
        desk.release(booking)
    else:
        desk.receipt(booking)
        back = desk.read(lambda tx: refunds.terms(tx, bookings.get(tx, booking.id), "policy", now=desk.now))
        assert (sum(part.amount for part in back.gifts), back.money) == (10_000, 30_000)  # by gift; by the receipt
        desk.cancel(booking, by="guest", actor=desk.actor(booking))
    assert balance(desk, gift) == 10_000
    assert desk.json(booking)["paid"]["amount"] == 0
    assert money_of(desk, booking) == [("payment", "gift", 10_000), ("refund", "gift", 10_000)]
    assert broken(desk) == []


def cheap_and_half_back() -> Catalog:
    """A stay of 60.00 too, half of which comes back."""
    catalog = half_back()
    tariffs = tuple(replace(one, price=6000) if one.id == "worker" else one for one in catalog.tariffs)
    return replace(catalog, tariffs=tariffs)


def test_ms4_a_card_of_100_used_for_60_has_half_of_it_back_when_the_stay_is_cancelled(file: DatabaseFile) -> None:
    desk = Desk(file, cheap_and_half_back())
    gift = money(desk)
    booking = held(desk, gift, WORKDAY, tariff="worker")
    assert (booking.status, booking.total, balance(desk, gift)) == ("confirmed", 6000, 4000)
    desk.cancel(booking, by="guest", actor=desk.actor(booking))
    assert (balance(desk, gift), desk.json(booking)["paid"]["amount"]) == (7000, 3000)
    assert ledger(desk, gift) == [("issue", 10_000), ("redeem", -6000), ("return", 3000)]
    assert desk.read(tasks.listing) == []  # no money to send
    told = desk.said("guest.cancelled")[-1]["facts"]
    assert (told["refund"], told["to_gift"]) == (0, 3000)
    assert desk.findings() == []


def test_ms4_a_refund_goes_to_the_card_first_then_to_the_newest_payment(file: DatabaseFile) -> None:
    desk = Desk(file, half_back())
    gift = money(desk)
    booking = held(desk, gift)
    desk.receipt(booking)
    desk.confirm(booking, received=30_000)
    desk.write(lambda tx: payments.record(tx, booking, 10_000, method="cash", actor=OWNER, now=desk.now))
    back = desk.read(lambda tx: refunds.terms(tx, bookings.get(tx, booking.id), "policy", now=desk.now))
    assert (sum(part.amount for part in back.gifts), back.money) == (10_000, 5000)  # 500 paid, the fee is 350
    desk.cancel(booking, by="guest", actor=desk.actor(booking))
    (task,) = desk.read(tasks.listing)
    assert (task.kind, task.facts["amount"], desk.said("guest.cancelled")[-1]["facts"]["refund"]) == (
        "refund",
        5000,
        5000,
    )
    desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=desk.now))
    assert money_of(desk, booking) == [
        ("payment", "gift", 10_000),
        ("payment", "bank", 30_000),
        ("payment", "cash", 10_000),
        ("refund", "gift", 10_000),
        ("refund", "cash", 5000),
    ]
    assert (balance(desk, gift), desk.json(booking)["paid"]["amount"]) == (10_000, 35_000)
    assert broken(desk) == []


def test_r53_a_gift_makes_nobodys_fee_larger(desk: Desk) -> None:
    """The house keeps the deposit, 350: with a gift for everything the other half is on the gift again."""
    gift = money(desk, 70_000)
    booking = held(desk, gift)
    desk.cancel(booking, by="guest", actor=desk.actor(booking))
    assert (balance(desk, gift), desk.json(booking)["paid"]["amount"]) == (35_000, 35_000)


def test_r53_the_owners_cancel_gives_everything_back_where_it_came_from(desk: Desk) -> None:
    gift = money(desk)
    booking = held(desk, gift)
    desk.receipt(booking)
    desk.confirm(booking, received=30_000)
    desk.cancel(booking, by="owner", reason="broken pipe")
    (task,) = desk.read(tasks.listing)
    assert (balance(desk, gift), task.facts["amount"]) == (10_000, 30_000)
    assert broken(desk) == []


def test_a_test_booking_spends_nobodys_gift(desk: Desk) -> None:
    gift = money(desk, 100_000)
    booking = held(desk, gift, test=True)
    desk.write(lambda tx: deciding.free_test(tx, booking.id, actor=OWNER, now=desk.now))
    assert balance(desk, gift) == 100_000
    assert broken(desk) == []


def test_the_same_dates_with_a_gift_are_another_hold_and_twice_the_same_one(desk: Desk) -> None:
    gift = money(desk)
    plain = desk.hold(*SATURDAY, method="bank")
    quote = desk.write(lambda tx: quotes.make(tx, replace(request(*SATURDAY), gift=gift.code), now=desk.now))
    with_gift = desk.hold(*SATURDAY, wish=quote, method="bank")
    assert (desk.look(plain).status, with_gift.deposit) == ("cancelled_by_guest", 40_000)
    assert desk.hold(*SATURDAY, wish=quote, method="bank").id == with_gift.id
    assert balance(desk, gift) == 0


# --- Until when


def test_r48_a_gift_works_at_23_59_of_its_last_day_by_the_clock_of_the_house_and_not_at_midnight(desk: Desk) -> None:
    gift = money(desk)
    wish = ("2027-03-06T16:00", "2027-03-07T16:00")
    desk.now = factories.at("2027-02-20T20:59:00Z")  # 23:59 in Minsk
    quote = desk.read(lambda tx: quotes.draw_up(tx, replace(request(*wish), gift=gift.code), now=desk.now))
    booking = held(desk, gift, wish)
    desk.release(booking)
    desk.now = factories.at("2027-02-20T21:00:00Z")
    for asked in (quote, None):  # a price that is still honoured does not make a gift last longer
        facts = refused("gift_invalid", lambda asked=asked: desk.hold(*wish, wish=asked) if asked else held(desk, gift, wish))  # fmt: skip
        assert (facts["reason"], facts["valid_until"]) == ("expired", "2027-02-20")


def test_r48_what_a_hold_has_of_a_gift_stays_usable_after_its_last_day(desk: Desk) -> None:
    gift = money(desk)
    desk.now = factories.at("2027-02-20T20:30:00Z")
    booking = held(desk, gift, ("2027-03-06T16:00", "2027-03-07T16:00"))
    desk.now = factories.at("2027-02-20T21:10:00Z")
    desk.receipt(booking)
    assert desk.confirm(booking, received=30_000).status == "confirmed"
    assert broken(desk) == []


# --- A certificate for a stay


def test_ms4_a_certificate_is_sold_redeemed_unredeemed_redeemed_again_and_over(desk: Desk) -> None:
    gift = certificate(desk, extras=("sauna",), recipient="Аня")
    booking = held(desk, gift, extras={"sauna": 1})
    assert (booking.status, booking.total, balance(desk, gift)) == ("confirmed", 80_000, 0)
    refused("gift_insufficient", lambda: held(desk, gift, SUNDAY, guest=2))
    desk.cancel(booking, by="owner", reason="broken pipe")
    assert (balance(desk, gift), desk.read(tasks.listing)) == (1, [])
    second = held(desk, gift, SUNDAY)  # a cheaper stay: nothing is given back
    assert (second.status, second.total, balance(desk, gift)) == ("confirmed", 70_000, 0)
    assert ledger(desk, gift) == [("issue", 1), ("redeem", -1), ("return", 1), ("redeem", -1)]
    desk.now = factories.at("2027-02-20T21:00:00Z")  # it ended a minute ago
    over = certificate_of_yesterday(desk)
    assert (
        refused("gift_invalid", lambda: held(desk, over, ("2027-03-06T16:00", "2027-03-07T16:00")))["reason"]
        == "expired"
    )
    assert broken(desk) == []


def certificate_of_yesterday(desk: Desk) -> Gift:
    now, desk.now = desk.now, factories.at("2027-02-20T12:00:00Z")
    gift = certificate(desk)
    desk.now = now
    return gift


def test_r49_the_difference_up_is_paid_and_the_certificate_is_burnt_at_confirmation_alone(desk: Desk) -> None:
    gift = certificate(desk, "couple")
    booking = held(desk, gift)
    assert (booking.status, booking.deposit) == ("awaiting_payment", 60_000)  # 500 by it, half of 200 now
    desk.release(booking)
    assert balance(desk, gift) == 1
    booking = held(desk, gift)
    desk.receipt(booking)
    desk.confirm(booking, received=10_000)
    desk.cancel(booking, by="guest", actor=desk.actor(booking))
    assert balance(desk, gift) == 0  # the fee, 350, is kept in it, and the money goes back
    (task,) = desk.read(tasks.listing)
    assert task.facts["amount"] == 10_000
    assert broken(desk) == []


def test_r49_a_certificate_comes_back_to_a_guest_whom_the_cancellation_costs_nothing(file: DatabaseFile) -> None:
    free = replace(factories.secret_house(), cancellation=CancellationPolicy())
    desk = Desk(file, free)
    gift = certificate(desk)
    booking = held(desk, gift)
    desk.cancel(booking, by="guest", actor=desk.actor(booking))
    assert (balance(desk, gift), desk.said("guest.cancelled")[-1]["facts"]["certificate"]) == (1, True)
    assert broken(desk) == []


def test_r49_a_certificate_of_several_visits_pays_once_a_visit(desk: Desk) -> None:
    gift = certificate(desk, visits=2)
    assert [held(desk, gift, dates).status for dates in (SATURDAY, SUNDAY)] == ["confirmed"] * 2
    assert refused("gift_insufficient", lambda: held(desk, gift, MONDAY, guest=2))["left"] == 0
    assert desk.findings() == []


# --- Staff


def test_r49_unknown_over_voided_and_foreign_look_the_same_and_staff_are_told_why(desk: Desk) -> None:
    voided, foreign, over = money(desk), money(desk), money(desk)
    desk.write(lambda tx: gifts.void(tx, voided.code, reason="sold twice", actor=OWNER, now=desk.now))
    desk.write(lambda tx: tx.run("UPDATE gifts SET currency = 'EUR' WHERE id = :id", id=foreign.id))
    desk.write(lambda tx: tx.run("UPDATE gifts SET valid_until = '2026-11-19' WHERE id = :id", id=over.id))
    codes = {"unknown": "ABCDE-ABCDE-ABCDE", "code": "?", "voided": voided, "currency": foreign, "expired": over}
    for reason, gift in codes.items():
        assert refused("gift_invalid", lambda gift=gift: held(desk, gift))["reason"] == reason


def test_what_staff_do_with_a_gift_is_in_its_ledger_and_in_the_log(desk: Desk) -> None:
    gift = money(desk, buyer="Пётр", recipient="Аня")
    catalog = factories.secret_house()
    desk.write(lambda tx: gifts.extend(tx, catalog, gift.code, date(2027, 5, 20), actor=OWNER, now=desk.now))
    desk.write(lambda tx: gifts.transfer(tx, gift.code, " Мария ", actor=OWNER, now=desk.now))
    desk.write(lambda tx: gifts.void(tx, gift.code, reason="paid back in cash", actor=OWNER, now=desk.now))
    shown = desk.read(lambda tx: gift_views.as_json(tx, catalog, gifts.get(tx, gift.code), now=desk.now))
    assert [(one["kind"], one["amount"]["amount"], one["comment"]) for one in shown["ledger"]] == [
        ("issue", 10_000, ""),
        ("extend", 0, "2027-02-20 -> 2027-05-20"),
        ("transfer", 0, "Аня -> Мария"),
        ("void", -10_000, "paid back in cash"),
    ]
    assert (shown["state"], shown["balance"]["amount"], shown["recipient"]) == ("voided", 0, "Мария")
    log = desk.read(lambda tx: audit.history(tx, f"gift:{gift.id}"))
    assert [entry.action for entry in log] == ["gift.issue", "gift.extend", "gift.transfer", "gift.void"]
    assert gift.code not in str(log)
    for again in (
        lambda tx: gifts.void(tx, gift.code, reason="x", actor=OWNER, now=desk.now),
        lambda tx: gifts.transfer(tx, gift.code, "Аня", actor=OWNER, now=desk.now),
        lambda tx: gifts.extend(tx, catalog, gift.code, date(2028, 1, 1), actor=OWNER, now=desk.now),
    ):
        refused("already_decided", lambda again=again: desk.write(again))


def test_a_stay_keeps_what_a_voided_gift_has_paid(desk: Desk) -> None:
    gift = money(desk)
    booking = held(desk, gift)
    desk.write(lambda tx: gifts.void(tx, gift.code, reason="lost", actor=OWNER, now=desk.now))
    desk.receipt(booking)
    assert desk.confirm(booking, received=30_000).status == "confirmed"
    desk.cancel(booking, by="owner", reason="x")
    assert (balance(desk, gift), broken(desk)) == (10_000, [])  # there for staff to see, and for nobody to use
    assert refused("gift_invalid", lambda: held(desk, gift, SUNDAY, guest=2))["reason"] == "voided"


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Gift(0, "", "money", "", LAST_DAY, amount=0), "amount_invalid"),
        (Gift(0, "", "money", "", LAST_DAY, amount=-1), "amount_invalid"),
        (Gift(0, "", "money", "", LAST_DAY, amount=10**12), "amount_invalid"),
        (Gift(0, "", "money", "", date(2026, 11, 19), amount=100), "invalid"),
        (Gift(0, "", "stay", "", LAST_DAY, tariff="nope", visits=1), "unknown_tariff"),
        (Gift(0, "", "stay", "", LAST_DAY, tariff="incognito-worker", visits=1), "invalid"),
        (Gift(0, "", "stay", "", LAST_DAY, tariff="day", visits=0), "invalid"),
        (Gift(0, "", "stay", "", LAST_DAY, tariff="day", visits=1, extras=("pool",)), "unknown_extra"),
        (Gift(0, "", "stay", "", LAST_DAY, tariff="half-day", visits=1, extras=("photo-session",)), "extra_not_offered"),
        (Gift(0, "", "stay", "", LAST_DAY, tariff="day", visits=1, length=0), "invalid"),
    ],
    ids=["nothing", "less", "slip of the finger", "over", "tariff", "not giftable", "no visit", "extra", "not offered", "no hour"],
)  # fmt: skip
def test_nonsense_is_not_sold(desk: Desk, draft: Gift, code: str) -> None:
    refused(code, lambda: issue(desk, draft))
    assert desk.read(gifts.listing) == []


def test_every_tariff_but_one_is_given_as_a_gift_for_three_months(desk: Desk) -> None:
    catalog = factories.secret_house()
    until = gifts.valid_until(catalog, now=desk.now)
    assert until == date(2027, 2, 20)
    sold = [certificate(desk, one.id) for one in catalog.tariffs if one.id != "incognito-worker"]
    assert len(sold) == 6
    assert all(len(rules.key(gift.code)) == 15 and set(rules.key(gift.code)) <= set(rules.ALPHABET) for gift in sold)


# --- What db check finds, and what the schema refuses


def test_the_check_finds_a_payment_by_gift_that_no_gift_knows_of(desk: Desk) -> None:
    booking = desk.hold(*SATURDAY, method="bank")
    desk.write(lambda tx: payments.record(tx, booking, 100, method="gift", actor=OWNER, now=desk.now))
    assert broken(desk) == ["gifts: payment 1 by gift is in no gift's ledger"]


def test_the_check_finds_a_gift_kept_by_a_stay_that_came_to_nothing(desk: Desk) -> None:
    booking = held(desk, money(desk))
    desk.release(booking)
    desk.write(lambda tx: tx.run("UPDATE payments SET state = 'failed' WHERE kind = 'refund'"))
    desk.write(lambda tx: tx.run("UPDATE bookings SET status = 'expired' WHERE id = :id", id=booking.id))
    assert f"gifts: {booking.code} is expired and keeps 10000 of a gift" in broken(desk)


def test_r48_the_schema_itself_keeps_a_balance_from_falling_below_nothing(desk: Desk) -> None:
    gift = money(desk, 100)
    enter: dict[str, Any] = {"kind": "void", "actor": "x", "now": desk.now}
    refused("gift_insufficient", lambda: desk.write(lambda tx: rows.enter(tx, gift.id, amount=-101, **enter)))
    desk.write(lambda tx: rows.enter(tx, gift.id, amount=-100, **enter))
    refused("gift_insufficient", lambda: desk.write(lambda tx: rows.enter(tx, gift.id, amount=-1, **enter)))
    assert balance(desk, gift) == 0


@pytest.mark.parametrize("statement", ["UPDATE gift_entries SET amount = 1", "DELETE FROM gift_entries"])
def test_no_line_of_a_ledger_is_ever_changed(desk: Desk, statement: str) -> None:
    money(desk)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        desk.write(lambda tx: tx.run(statement))


# --- Known defects of earlier systems


def test_defect_1_a_paid_gift_can_be_redeemed_once_and_not_after_its_end(desk: Desk) -> None:
    card, stay = money(desk, 70_000), certificate(desk)
    assert [held(desk, gift, dates).status for gift, dates in ((card, SATURDAY), (stay, SUNDAY))] == ["confirmed"] * 2
    for gift in (card, stay):
        refused("gift_insufficient", lambda gift=gift: held(desk, gift, MONDAY, guest=2))
    late = money(desk)
    desk.now = factories.at("2027-02-21T09:00:00Z")
    refused("gift_invalid", lambda: held(desk, late, ("2027-03-06T16:00", "2027-03-07T16:00"), guest=3))


def test_defect_3_what_was_redeemed_can_go_back_and_be_redeemed_again_as_often_as_needed(desk: Desk) -> None:
    card, stay = money(desk), certificate(desk, "couple")
    for _ in range(3):
        for gift, dates in ((card, SATURDAY), (stay, SUNDAY)):
            booking = held(desk, gift, dates)
            desk.receipt(booking)
            desk.confirm(booking, received=30_000, twice=True)
            assert balance(desk, gift) == 0
            desk.cancel(booking, by="owner", reason="x")
    assert (balance(desk, card), balance(desk, stay)) == (10_000, 1)
    assert broken(desk) == []
