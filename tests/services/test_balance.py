"""The rest of the price of a booked stay by card: all of it, once, and never more than is still to pay (R45)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from housebot.domain.catalog import Catalog
from housebot.errors import Refusal
from housebot.services import asking, bookings, bookkeeping, checkouts, quotes, tasks
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.checkouts import Checkout
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk
from tests.services.test_checkouts import WHEN, Till, opened


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


def booked(till: Till) -> Booking:
    booking = till.desk.hold(*WHEN, method="bank")
    till.desk.receipt(booking)
    return till.desk.confirm(booking, received=booking.deposit)


def ask(till: Till, booking: Booking) -> Checkout:
    def begin(tx: object) -> Checkout:
        wanted = asking.balance(tx, till.desk.look(booking))  # type: ignore[arg-type]
        return checkouts.begin(tx, wanted, actor=till.desk.actor(booking), now=till.desk.now)  # type: ignore[arg-type]

    return till.desk.write(begin)


def record(till: Till, booking: Booking, amount: int) -> None:
    till.desk.write(
        lambda tx: bookkeeping.record(tx, booking.id, amount, method="cash", actor=OWNER, now=till.desk.now)
    )


async def test_r45_the_balance_of_a_booked_stay_is_paid_by_card_and_stays_booked(till: Till) -> None:
    booking = booked(till)
    rest = booking.total - booking.deposit
    order = ask(till, booking)
    assert (order.purpose, order.amount, order.booking_id) == ("balance", rest, booking.id)
    assert ask(till, booking) == order, "a second press is the same order"
    await till.round()
    await till.shop.pay()
    await till.later(seconds=15)
    assert till.paid(booking) == booking.total
    assert till.desk.look(booking).status == "confirmed"
    assert till.alerts() == []
    till.agrees()
    with pytest.raises(Refusal, match="stale"):
        ask(till, booking)


async def test_r45_a_page_of_a_balance_that_was_paid_in_cash_meanwhile_takes_nothing(till: Till) -> None:
    booking = booked(till)
    ask(till, booking)
    await till.round()
    record(till, booking, booking.total - booking.deposit)
    await till.shop.pay()
    await till.later(seconds=15)
    assert till.shop.newest()["status"] == "canceled"
    assert till.paid(booking) == booking.total
    assert len(till.desk.said("guest.card_let_go")) == 1


async def test_r45_a_balance_partly_paid_in_cash_asks_for_the_rest_of_it_and_the_old_page_is_let_go(till: Till) -> None:
    booking = booked(till)
    first = ask(till, booking)
    await till.round()
    record(till, booking, 10000)
    second = ask(till, booking)
    assert second.amount == first.amount - 10000
    await till.round()
    await till.shop.pay()
    await till.later(seconds=15)
    assert till.paid(booking) == booking.total
    till.agrees()


async def test_r36_a_balance_taken_of_a_cancelled_stay_is_unapplied_and_the_guest_chooses(till: Till) -> None:
    booking = booked(till)
    ask(till, booking)
    await till.round()
    till.desk.cancel(booking, by="owner", reason="pipes")
    await till.shop.pay(at_once=True)
    await till.later(seconds=15)
    assert [row for row in till.ledger() if row[2] == "unapplied"] == [
        ("payment", booking.total - booking.deposit, "unapplied")
    ]
    assert "late_money" in till.alerts()
    assert till.desk.read(lambda tx: tasks.find_open(tx, "late_money", booking.id)) is not None


@pytest.mark.parametrize("room", [True, False])
async def test_r36_a_page_that_was_let_go_and_paid_all_the_same_never_says_the_dates_are_gone(
    till: Till, room: bool
) -> None:
    booking = booked(till)
    order = ask(till, booking)
    await till.round()
    if room:
        till.desk.write(lambda tx: checkouts.let_go(tx, order, now=till.desk.now))
    else:
        record(till, booking, 10000)
    await till.shop.pay(at_once=True)
    await till.later(seconds=15)
    assert till.desk.said("guest.late_sold") == []
    assert till.ledger()[-1] == ("payment", order.amount, "done" if room else "unapplied")
    assert till.paid(booking) == booking.total - (0 if room else order.amount - 10000)
    assert till.alerts() == ([] if room else ["card_odd:overpaid"])
    assert [one.kind for one in till.desk.read(tasks.listing)] == ([] if room else ["refund"])
    till.agrees()


def with_balance_days(days: int) -> Catalog:
    catalog = factories.secret_house()
    return replace(catalog, deposits=tuple(replace(one, balance_days=days) for one in catalog.deposits))


@pytest.mark.parametrize(
    ("days", "whole"), [(14, False), (15, False), (16, True)], ids=["before", "on-the-hour", "after"]
)
def test_r28_who_books_after_the_balance_date_pays_all_at_once(tmp_path: Path, days: int, whole: bool) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk = Desk(
        file, with_balance_days(days)
    )  # 20 November 15:00, arrival on 5 December: noon of the 20th is 15 days before
    if days == 15:
        desk.now = factories.at("2026-11-20T08:59:59Z")
    booking = desk.hold(*WHEN, method="bank")
    assert (booking.deposit == booking.total) is whole
    quote = desk.read(lambda tx: quotes.load(tx, booking.quote_id))
    assert ("меньше" in quote.price.deposit_reason["ru"]) is whole
    file.close()


async def test_ux6_the_reminder_of_the_balance_moves_with_the_stay_and_ends_with_it(till: Till) -> None:
    desk, booking = till.desk, booked(till)

    def planned() -> list[str]:
        found = desk.rows("SELECT due_at FROM due WHERE kind = 'stay.balance' AND done_at IS NULL")
        return [row["due_at"] for row in found]

    assert planned() == ["2026-12-02T09:00:00Z"]
    moved = Change(arrival=datetime.fromisoformat("2026-12-12T16:00"))
    desk.write(lambda tx: bookings.move(tx, booking.id, moved, actor=OWNER, now=desk.now))
    assert planned() == ["2026-12-09T09:00:00Z"]
    desk.cancel(booking, by="owner", reason="pipes")
    assert planned() == []


async def test_ux6_whoever_books_two_days_before_is_not_reminded_at_once(till: Till) -> None:
    till.desk.now = factories.at("2026-12-03T12:00:00Z")
    booked(till)
    assert till.desk.rows("SELECT 1 FROM due WHERE kind = 'stay.balance'") == []
