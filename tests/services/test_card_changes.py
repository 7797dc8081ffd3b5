"""Card money and a booking that changes: the page asks for what it costs now, and nothing goes back twice (R37, R44, R48, R53)."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import bookings, bookkeeping, checkouts, payments, refunds, tasks, ways
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.payments import Payment
from housebot.services.tasks import Task
from tests.desk import OWNER
from tests.services.test_checkouts import WHEN, Till, opened, paid_booking


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


def set_price(till: Till, booking: Booking, total: int) -> Booking:
    return till.desk.write(
        lambda tx: bookings.set_price(tx, booking.id, total, reason="friends", actor=OWNER, now=till.desk.now)
    )


def shift(till: Till, booking: Booking) -> Booking:
    wish = Change(arrival=datetime(2026, 12, 5, 14), departure=datetime(2026, 12, 6, 16), override="asked by phone")
    return till.desk.write(lambda tx: bookings.move(tx, booking.id, wish, actor=OWNER, now=till.desk.now))


def record(till: Till, booking: Booking, amount: int) -> Payment:
    return till.desk.write(
        lambda tx: bookkeeping.record(tx, booking.id, amount, method="bank", actor=OWNER, now=till.desk.now)
    )


def refund(till: Till, payment: int, amount: int | None = None, **more: Any) -> Payment:
    facts: dict[str, Any] = {"reason": "cold sauna", "actor": OWNER, "now": till.desk.now} | more
    return till.desk.write(lambda tx: bookkeeping.refund(tx, payment, amount, **facts))


def owed(till: Till, booking: Booking) -> Task | None:
    return till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id))


@pytest.mark.parametrize("change", ["price", "move"])
async def test_an_open_page_follows_what_the_stay_costs(till: Till, change: str) -> None:
    booking = await till.waiting()
    old = till.shop.newest()
    changed = set_price(till, booking, 100000) if change == "price" else shift(till, booking)
    assert changed.deposit != booking.deposit
    assert till.order(booking).amount == changed.deposit
    assert till.desk.said("guest.hold")[-1]["class"] == "latest"
    await till.shop.pay(old)
    await till.later(minutes=2)
    assert old["status"] == "canceled", "nobody is charged a price of before"
    (told,) = till.desk.said("guest.card_let_go")
    assert told["facts"]["amount"] == booking.deposit
    assert till.desk.look(booking).status == "awaiting_payment"
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.desk.look(booking).status == "confirmed"
    assert till.ledger() == [("payment", changed.deposit, "done")]
    assert len(till.desk.said("guest.card_let_go")) == 1
    till.agrees()


async def test_a_page_nobody_has_made_yet_is_made_for_the_new_price(till: Till) -> None:
    booking = till.desk.pay_way(till.desk.hold(*WHEN, method="bank"), "yookassa")
    changed = set_price(till, booking, 100000)
    await till.round()
    assert [one["amount"]["value"] for one in till.shop.payments.values()] == [f"{changed.deposit / 100:.2f}"]


async def test_the_same_sum_is_the_same_page(till: Till) -> None:
    booking = await till.waiting()
    till.desk.write(lambda tx: checkouts.follow(tx, booking, actor=OWNER, now=till.desk.now))
    assert len(till.desk.read(lambda tx: checkouts.listing(tx, booking.id))) == 1


async def test_while_money_is_being_taken_nothing_is_changed_under_it(till: Till) -> None:
    booking = await till.waiting()
    await till.shop.pay()
    real = till.port.capture

    async def away(*arguments: Any, **more: Any) -> Any:
        till.shop.down = True
        return await real(*arguments, **more)

    till.port.capture = away  # type: ignore[method-assign]
    await till.later(seconds=15)
    with pytest.raises(Refusal, match="in_flight"):
        set_price(till, booking, 100000)
    with pytest.raises(Refusal, match="in_flight"):
        shift(till, booking)
    till.shop.down, till.port.capture = False, real  # type: ignore[method-assign]
    await till.later(minutes=2)
    assert till.desk.look(booking).status == "confirmed"
    assert set_price(till, booking, 100000).total == 100000
    till.agrees()


async def test_a_price_of_nothing_lets_the_page_go(till: Till) -> None:
    booking = await till.waiting()
    assert set_price(till, booking, 0).status == "confirmed"
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.shop.newest()["status"] == "canceled"
    assert till.ledger() == []


async def test_money_written_down_by_hand_is_not_asked_for_again(till: Till) -> None:
    booking = await till.waiting()
    record(till, booking, 10000)
    assert till.order(booking).amount == booking.deposit - 10000
    record(till, booking, booking.deposit - 10000)
    assert till.desk.read(lambda tx: checkouts.current(tx, booking.id)) is None
    assert till.desk.look(booking).payment_method is None
    assert [one for one in till.desk.findings() if one.status == "fail"] == []


async def test_r44_a_refund_of_a_card_payment_goes_to_the_card(till: Till) -> None:
    booking = await paid_booking(till)
    back = refund(till, 1, 10000)
    assert (back.state, back.method, back.refunds, back.comment) == ("pending", "yookassa", 1, "cold sauna")
    assert till.paid(booking) == booking.deposit, "it is on its way, not gone"
    with pytest.raises(Refusal) as refused:
        refund(till, 1, booking.deposit - 10000 + 1)
    assert (refused.value.code, refused.value.facts["left"]) == ("amount_invalid", booking.deposit - 10000)
    await till.round()
    assert till.paid(booking) == booking.deposit - 10000
    (told,) = till.desk.said("guest.refund_done")
    assert (told["facts"]["by_card"], told["facts"]["amount"]) == (True, 10000)
    assert till.desk.read(lambda tx: payments.get(tx, back.id)).comment == "cold sauna"
    till.agrees()


@pytest.mark.parametrize("why", ["said", "no-shop"])
async def test_a_refund_by_hand_is_only_written_down(till: Till, why: str) -> None:
    booking = await paid_booking(till)
    if why == "no-shop":
        till.desk.write(lambda tx: ways.remember(tx, []))
    back = refund(till, 1, 10000, by_hand=why == "said")
    assert (back.state, back.method, back.refunds) == ("done", "bank", 1)
    await till.round()
    assert till.shop.refunds == {}
    assert till.paid(booking) == booking.deposit - 10000


async def test_what_is_on_its_way_back_does_not_go_back_twice(till: Till) -> None:
    booking = await paid_booking(till)
    refund(till, 1, 10000)
    assert till.desk.read(lambda tx: refunds.terms(tx, booking, "all", now=till.desk.now)).refund == (
        booking.deposit - 10000
    )
    with pytest.raises(Refusal, match="negative"):
        till.desk.write(
            lambda tx: bookkeeping.adjust(
                tx, booking.id, -booking.deposit, reason="slip", actor=OWNER, now=till.desk.now
            )
        )
    till.desk.cancel(booking, by="owner", reason="the boiler")
    assert owed(till, booking) is None
    await till.round()
    assert till.paid(booking) == 0
    assert sorted(row[1] for row in till.ledger()[1:]) == [10000, booking.deposit - 10000]
    till.agrees()


async def test_r53_the_part_that_is_given_back_goes_to_the_card_and_the_rest_stays(till: Till) -> None:
    booking = await paid_booking(till)
    record(till, booking, 10000)
    till.desk.cancel(booking, by="owner", reason="friends", refund=20000)
    task = owed(till, booking)
    assert task is not None
    assert task.facts["amount"] == 10000, "the newest payment did not come by card (R48)"
    (told,) = till.desk.said("guest.cancelled")
    assert (told["facts"]["refund"], told["facts"]["by_card"]) == (20000, 10000)
    await till.round()
    assert till.paid(booking) == booking.deposit + 10000 - 10000
    till.agrees()


async def test_a_refund_that_failed_and_goes_with_the_cancellation_is_no_task_any_more(till: Till) -> None:
    booking = await paid_booking(till)
    till.shop.poor = True
    refund(till, 1, 10000)
    await till.round()
    task = owed(till, booking)
    assert task is not None
    assert task.facts["amount"] == 10000
    till.shop.poor = False
    till.desk.cancel(booking, by="owner", reason="the boiler")
    assert owed(till, booking) is None
    await till.round()
    assert till.paid(booking) == 0
    till.agrees()


async def test_what_a_person_sends_back_of_a_card_payment_is_theirs_in_the_ledger(till: Till) -> None:
    booking = await paid_booking(till)
    till.desk.cancel(booking, by="owner", reason="the boiler")
    till.shop.poor = True
    await till.round()
    task = owed(till, booking)
    assert task is not None
    till.desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=till.desk.now))
    assert till.paid(booking) == 0
    last = till.desk.rows("SELECT method, refunds, state FROM payments ORDER BY id DESC LIMIT 1")[0]
    assert last == {"method": "bank", "refunds": 1, "state": "done"}
    till.agrees()


async def test_money_seen_by_a_person_is_not_the_providers(till: Till) -> None:
    booking = await till.waiting()
    till.desk.confirm(booking, received=booking.deposit)
    assert till.desk.rows("SELECT method FROM payments") == [{"method": "bank"}]
