"""A stay sold with a gift and then changed, cancelled at a chosen sum, or written about in the ledger: the gift loses nothing (R48, R49, R53)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import CityTax
from housebot.domain.gift import Gift
from housebot.domain.period import read_span
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import bookings, bookkeeping, gifts, moving, payments, prices, quotes, refunds, tasks
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.refunds import Choice, Refund
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk
from tests.services.test_gifts import (
    SATURDAY,
    balance,
    broken,
    certificate,
    held,
    ledger,
    money,
    refused,
)

NEXT_SATURDAY = datetime(2026, 12, 12, 16)
TWO_HOURS_EARLIER = Change(arrival=datetime(2026, 12, 5, 14), departure=datetime(2026, 12, 6, 16))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def paid_in_three_ways(desk: Desk, gift: Gift) -> Booking:
    """100 by gift, 300 by bank, 100 in cash."""
    booking = held(desk, gift)
    desk.receipt(booking)
    booking = desk.confirm(booking, received=30_000)
    desk.write(lambda tx: bookkeeping.record(tx, booking.id, 10_000, method="cash", actor=OWNER, now=desk.now))
    return desk.look(booking)


def terms(desk: Desk, booking: Booking, choice: Choice) -> Refund:
    return desk.read(lambda tx: refunds.terms(tx, bookings.get(tx, booking.id), choice, now=desk.now))


def move(desk: Desk, booking: Booking, change: Change, **more: Any) -> Booking:
    facts: dict[str, Any] = {"actor": OWNER, "now": desk.now} | more
    return desk.write(lambda tx: bookings.move(tx, booking.id, change, **facts))


def set_price(desk: Desk, booking: Booking, total: int) -> Booking:
    return desk.write(lambda tx: bookings.set_price(tx, booking.id, total, reason="friends", actor=OWNER, now=desk.now))


def by_gift(desk: Desk, booking: Booking) -> int:
    """What the ledger of the booking has of gifts, which is what its quote says."""
    paid = desk.read(lambda tx: payments.paid(tx, booking.id) - payments.money_paid(tx, booking.id))
    sold = desk.look(booking)
    assert desk.read(lambda tx: quotes.load(tx, sold.quote_id)).price.by_gift == paid
    return paid


# --- A refund that somebody chooses


@pytest.mark.parametrize(
    ("choice", "to_gift", "to_send"),
    [("all", 10_000, 40_000), ("policy", 10_000, 5000), ("none", 0, 0), (5000, 5000, 0), (12_000, 10_000, 2000), (45_000, 10_000, 35_000)],
)  # fmt: skip
def test_r48_whatever_goes_back_goes_to_the_gift_first_then_to_the_newest_payment(
    desk: Desk, choice: Choice, to_gift: int, to_send: int
) -> None:
    gift = money(desk)
    booking = paid_in_three_ways(desk, gift)
    shown = terms(desk, booking, choice)
    if choice == "policy":  # the prepayment is kept, as it would be without a gift
        assert shown.fee == 35_000
    assert (shown.paid, shown.refund, shown.refund - shown.money, shown.money) == (
        50_000, to_gift + to_send, to_gift, to_send,
    )  # fmt: skip
    said = refunds.as_json(shown)
    assert (said["to_gift"]["amount"], said["to_send"]["amount"]) == (to_gift, to_send)
    desk.cancel(booking, by="owner", reason="x", refund=choice)
    assert balance(desk, gift) == to_gift
    owed = desk.read(tasks.listing)
    assert [task.facts["amount"] for task in owed] == ([to_send] if to_send else [])
    told = desk.said("guest.cancelled")[-1]["facts"]
    assert (told["refund"], told.get("to_gift", 0)) == (to_send, to_gift)
    for task in owed:
        desk.write(lambda tx, one=task: tasks.done(tx, one.id, actor=OWNER, now=desk.now))  # type: ignore[misc]
    rows = desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))
    names = {one.id: one.method for one in rows if one.kind == "payment"}
    back = [(names[one.refunds or 0], one.method, one.amount) for one in rows if one.kind == "refund"]
    cash = min(to_send, 10_000)
    sums = {"gift": to_gift, "cash": cash, "bank": to_send - cash}
    assert back == [(method, method, amount) for method, amount in sums.items() if amount]
    assert broken(desk) == []


def test_r49_a_certificate_is_not_cut_by_a_chosen_sum(desk: Desk) -> None:
    gift = certificate(desk, "couple")
    booking = held(desk, gift)
    desk.receipt(booking)
    booking = desk.confirm(booking, received=10_000)  # 500 by the certificate
    facts = refused("amount_invalid", lambda: terms(desk, booking, 30_000))
    assert (facts["reason"], facts["least"]) == ("certificate", 10_000)
    refused("amount_invalid", lambda: desk.cancel(booking, by="owner", reason="x", refund=30_000))
    assert desk.look(booking).status == "confirmed"
    shown = {choice: terms(desk, booking, choice) for choice in ("all", "policy", "none", 10_000, 55_000)}
    assert {choice: (one.refund, one.money, one.certificate) for choice, one in shown.items()} == {
        "all": (60_000, 10_000, True),
        "policy": (10_000, 10_000, False),
        "none": (0, 0, False),
        10_000: (10_000, 10_000, False),
        55_000: (55_000, 5000, True),
    }
    desk.cancel(booking, by="owner", reason="x", refund="none")
    assert (balance(desk, gift), desk.read(tasks.listing), broken(desk)) == (0, [], [])


def test_r49_a_hold_gives_its_gift_back_whatever_is_chosen(desk: Desk) -> None:
    gift = money(desk)
    booking = held(desk, gift)
    desk.receipt(booking)
    shown = terms(desk, booking, "none")
    assert (shown.paid, shown.refund, shown.money, shown.seen) == (40_000, 10_000, 0, False)
    assert refused("amount_invalid", lambda: terms(desk, booking, 9999))["least"] == 10_000
    desk.cancel(booking, by="owner", reason="x", refund="none")
    assert (balance(desk, gift), desk.read(tasks.listing), broken(desk)) == (10_000, [], [])


def test_r27_the_city_tax_a_card_has_paid_comes_back_to_the_card(file: DatabaseFile) -> None:
    desk = Desk(file, replace(factories.secret_house(), city_tax=CityTax({"en": "City tax"}, 300)))
    gift = money(desk, 100_000)
    booking = held(desk, gift)
    assert (booking.status, booking.total) == ("confirmed", 71_200)
    desk.cancel(booking, by="owner", reason="x", refund="none")
    assert (balance(desk, gift), desk.read(tasks.listing), broken(desk)) == (28_800 + 1200, [], [])


# --- Moved


def test_r37_a_dearer_stay_keeps_what_the_card_has_paid_and_the_guest_owes_the_difference(desk: Desk) -> None:
    gift = money(desk)
    booking = paid_in_three_ways(desk, gift)
    moved = move(desk, booking, TWO_HOURS_EARLIER)
    assert (moved.total, moved.deposit, by_gift(desk, moved), desk.json(moved)["due"]["amount"]) == (76_000, 40_000, 10_000, 26_000)  # fmt: skip
    assert ledger(desk, gift) == [("issue", 10_000), ("redeem", -10_000)]
    assert terms(desk, moved, "policy").fee == 35_000, "a gift makes nobody's fee larger"
    desk.cancel(moved, by="owner", reason="x")
    assert (balance(desk, gift), broken(desk)) == (10_000, [])


def test_r37_what_a_card_has_paid_above_the_new_price_is_on_it_again(desk: Desk) -> None:
    gift = money(desk, 100_000)
    booking = held(desk, gift, extras={"sauna": 1})
    assert (booking.status, booking.total, balance(desk, gift)) == ("confirmed", 80_000, 20_000)
    change = Change(extras={"sauna": 0})
    told = desk.read(lambda tx: moving.preview(tx, bookings.get(tx, booking.id), change, actor=OWNER, now=desk.now))
    assert (told.paid, told.due) == (70_000, 0)
    moved = move(desk, booking, change)
    assert (moved.total, moved.deposit, by_gift(desk, moved), balance(desk, gift)) == (70_000, 70_000, 70_000, 30_000)
    assert desk.findings() == []
    again = move(desk, moved, Change(extras={"sauna": 1}))  # nothing new is taken from the card
    assert (by_gift(desk, again), balance(desk, gift), desk.json(again)["due"]["amount"]) == (70_000, 30_000, 10_000)
    desk.cancel(again, by="owner", reason="x")
    assert (balance(desk, gift), broken(desk)) == (100_000, [])


def test_r48_a_moved_hold_has_the_deposit_of_the_rest_of_its_new_price(desk: Desk) -> None:
    gift = money(desk)
    hold = held(desk, gift)
    moved = move(desk, hold, TWO_HOURS_EARLIER, actor=desk.actor(hold))
    assert (moved.total, moved.deposit, by_gift(desk, moved), moved.moves) == (76_000, 10_000 + 33_000, 10_000, 0)
    assert desk.findings() == []


def test_r36_a_moved_hold_that_is_revived_takes_its_gift_again(desk: Desk) -> None:
    gift = money(desk)
    hold = move(desk, held(desk, gift), TWO_HOURS_EARLIER)
    desk.pass_time(hours=3)
    desk.write(lambda tx: bookings.expire(tx, hold.id, now=desk.now))
    assert balance(desk, gift) == 10_000
    assert desk.receipt(hold).kind == "revived"
    assert (balance(desk, gift), by_gift(desk, hold), broken(desk)) == (0, 10_000, [])


def test_r29_a_hold_moved_to_what_its_gift_pays_all_of_is_confirmed(desk: Desk) -> None:
    gift = money(desk, 70_000)
    hold = held(desk, gift, extras={"sauna": 1})
    assert (hold.status, hold.total) == ("awaiting_payment", 80_000)
    moved = move(desk, hold, Change(extras={"sauna": 0}), actor=desk.actor(hold))
    assert (moved.status, moved.deposit, by_gift(desk, moved), moved.decided_by) == (
        "confirmed",
        70_000,
        70_000,
        "housebot",
    )
    assert len(desk.said("guest.confirmed")) == 1
    assert desk.findings() == []


def test_r49_a_certificate_pays_for_its_stay_on_the_new_dates_too(desk: Desk) -> None:
    gift = certificate(desk)
    booking = held(desk, gift)
    dates = read_span("2026-12-11..2026-12-13")
    assert isinstance(dates, DateSpan)
    desk.write(lambda tx: prices.put(tx, dates=dates, percent=2000, actor=OWNER, now=desk.now))
    moved = move(desk, booking, Change(arrival=NEXT_SATURDAY), actor=desk.actor(booking))
    assert moved.total > 70_000
    assert (by_gift(desk, moved), desk.json(moved)["due"]["amount"]) == (moved.total, 0)
    assert ledger(desk, gift) == [("issue", 1), ("redeem", -1), ("return", 1), ("redeem", -1)]
    assert desk.findings() == []
    longer = move(desk, moved, Change(arrival=datetime(2026, 12, 12, 14), departure=datetime(2026, 12, 13, 16)))
    assert desk.json(longer)["due"]["amount"] == 7200, "the difference up is payable"
    desk.cancel(longer, by="owner", reason="x")
    assert (balance(desk, gift), broken(desk)) == (1, [])


# --- The owner's price


def test_r23_the_owners_price_keeps_what_the_card_has_paid(desk: Desk) -> None:
    gift = money(desk)
    booking = set_price(desk, paid_in_three_ways(desk, gift), 60_000)
    assert (booking.total, booking.deposit, by_gift(desk, booking), desk.json(booking)["due"]["amount"]) == (60_000, 40_000, 10_000, 10_000)  # fmt: skip
    cheap = set_price(desk, booking, 4000)
    assert (cheap.deposit, by_gift(desk, cheap), balance(desk, gift)) == (4000, 4000, 6000)
    assert broken(desk) == []
    desk.cancel(cheap, by="owner", reason="x")
    (task,) = desk.read(tasks.listing)
    assert (balance(desk, gift), task.facts["amount"], broken(desk)) == (10_000, 40_000, [])


def test_r29_a_hold_at_a_price_its_card_pays_all_of_is_confirmed(desk: Desk) -> None:
    gift = money(desk)
    hold = held(desk, gift)
    assert set_price(desk, hold, 50_000).deposit == 10_000 + 20_000
    priced = set_price(desk, hold, 8000)
    assert (priced.status, by_gift(desk, priced), balance(desk, gift)) == ("confirmed", 8000, 2000)
    assert desk.findings() == []


@pytest.mark.parametrize(("total", "left", "pays"), [(80_000, 0, 70_000), (30_000, 0, 30_000), (0, 1, 0)])
def test_r49_a_certificate_at_the_owners_price(desk: Desk, total: int, left: int, pays: int) -> None:
    gift = certificate(desk)
    booking = set_price(desk, held(desk, gift), total)
    assert (by_gift(desk, booking), balance(desk, gift)) == (pays, left)
    assert desk.json(booking)["due"]["amount"] == total - pays
    assert desk.findings() == []
    desk.cancel(booking, by="owner", reason="x")
    assert (balance(desk, gift), broken(desk)) == (1, [])


# --- The ledger from the shell


def test_r48_what_a_gift_has_paid_is_not_sent_back_as_money(desk: Desk) -> None:
    gift = money(desk)
    booking = paid_in_three_ways(desk, gift)
    first, bank, cash = desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))
    give: dict[str, Any] = {"reason": "cold sauna", "actor": OWNER, "now": desk.now}
    assert (
        refused("forbidden", lambda: desk.write(lambda tx: bookkeeping.refund(tx, first.id, **give)))["reason"]
        == "gift"
    )
    assert desk.write(lambda tx: bookkeeping.refund(tx, bank.id, **give)).amount == 30_000
    assert desk.write(lambda tx: bookkeeping.refund(tx, cash.id, **give)).amount == 10_000
    with pytest.raises(Refusal, match="amount_invalid"):
        desk.write(lambda tx: bookkeeping.adjust(tx, booking.id, -1, reason="x", actor=OWNER, now=desk.now))
    assert (by_gift(desk, booking), desk.json(booking)["paid"]["amount"], broken(desk)) == (10_000, 10_000, [])


def test_r36_money_written_on_an_expired_hold_does_not_keep_it_from_its_gift(desk: Desk) -> None:
    gift = money(desk)
    hold = held(desk, gift)
    desk.pass_time(hours=3)
    desk.write(lambda tx: bookings.expire(tx, hold.id, now=desk.now))
    desk.write(lambda tx: bookkeeping.record(tx, hold.id, 70_000, method="bank", actor=OWNER, now=desk.now))
    assert desk.confirm(hold).status == "confirmed"
    assert (by_gift(desk, hold), broken(desk)) == (10_000, [])
    assert [one.status for one in desk.findings()] == ["warn"], "overpaid is said"


def test_late_money_that_became_a_card_has_nothing_left_to_refund(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    desk.pass_time(hours=3)
    desk.hold(*SATURDAY, guest=desk.guest(2), method="bank")
    desk.receipt(hold)
    (late,) = desk.read(payments.unapplied)
    desk.write(lambda tx: gifts.of_late_money(tx, bookings.get(tx, hold.id), late.id, actor=OWNER, now=desk.now))
    assert desk.read(lambda tx: payments.as_json(tx, payments.get(tx, late.id)))["left"]["amount"] == 0
