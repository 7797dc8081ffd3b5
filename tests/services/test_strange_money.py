"""Money that goes another way than ours: in the provider's cabinet, by a bank's own hand, and in which order it goes back (R44, R45, R48)."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import bookkeeping, chargebacks, gift_sales, inbound, late_money, payments, tasks
from housebot.services.bookings import Booking
from housebot.services.payments import Payment
from housebot.storage.tasks import Task
from tests.desk import OWNER
from tests.services.test_checkouts import Till, opened
from tests.services.test_gift_orders import Shop


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


async def paid_by_card(till: Till) -> Booking:
    booking = await till.waiting()
    await till.shop.pay()
    await till.later(seconds=15)
    return till.desk.look(booking)


def record(till: Till, booking: Booking, amount: int, method: str = "bank") -> Payment:
    return till.desk.write(
        lambda tx: bookkeeping.record(tx, booking.id, amount, method=method, actor=OWNER, now=till.desk.now)
    )


def back(till: Till, booking: Booking) -> list[tuple[str, int, str]]:
    rows = till.desk.rows("SELECT method, amount, state FROM payments WHERE kind = 'refund' ORDER BY id")
    return [(row["method"], row["amount"], row["state"]) for row in rows]


def owed(till: Till, booking: Booking) -> int | None:
    task = till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    return None if task is None else int(task.facts["amount"])


def cancel(till: Till, booking: Booking, refund: Any) -> None:
    till.desk.cancel(booking, by="owner", reason="pipes", refund=refund)


async def test_r48_a_part_goes_back_to_the_newest_payment_first_though_an_older_one_came_by_card(till: Till) -> None:
    booking = await paid_by_card(till)
    record(till, booking, 30000)
    cancel(till, booking, 20000)
    assert back(till, booking) == []
    assert owed(till, booking) == 20000, "the transfer was the newest: a person sends it"


async def test_r48_what_the_newest_payment_does_not_hold_goes_to_the_card_before_it(till: Till) -> None:
    booking = await paid_by_card(till)
    record(till, booking, 30000)
    cancel(till, booking, 40000)
    assert back(till, booking) == [("yookassa", 10000, "pending")]
    assert owed(till, booking) == 30000
    await till.round()
    task = till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    till.desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=till.desk.now))
    assert back(till, booking) == [("yookassa", 10000, "done"), ("bank", 30000, "done")]
    till.agrees()


async def told(till: Till, refund: dict[str, Any], *, times: int = 1) -> None:
    for number in range(times):
        body = json.dumps({"event": "refund.succeeded", "object": {"id": refund["id"]}, "n": number}).encode()
        till.desk.write(lambda tx, body=body: inbound.keep(tx, "yookassa", body, now=till.desk.now))  # type: ignore[misc]
        await till.round()


async def test_r45_a_refund_made_in_the_providers_cabinet_is_one_row_and_an_alert(till: Till) -> None:
    booking = await paid_by_card(till)
    refund = till.shop.refunded_by_hand(till.shop.newest(), "100.00")
    await told(till, refund, times=3)
    assert back(till, booking) == [("yookassa", 10000, "done")]
    assert till.paid(booking) == booking.deposit - 10000
    assert till.alerts() == ["refund_elsewhere"]
    till.agrees()


async def test_r45_a_notification_of_a_refund_that_is_not_there_changes_nothing(till: Till) -> None:
    booking = await paid_by_card(till)
    await told(till, {"id": "00000000-0000-0000-0000-000000000000"})
    assert back(till, booking) == []
    assert till.alerts() == []


async def test_r45_our_own_refund_told_before_its_answer_came_is_not_written_twice(till: Till) -> None:
    booking = await paid_by_card(till)
    cancel(till, booking, 10000)
    till.shop.lost_answers = 1
    await till.round()  # the provider has done it, its answer was lost
    (made,) = till.shop.refunds.values()
    await told(till, made)
    await till.later(minutes=11)
    await till.round()
    assert back(till, booking) == [("yookassa", 10000, "done")]
    assert "refund_elsewhere" not in till.alerts()
    till.agrees()


async def test_r45_a_provider_that_is_away_is_asked_about_the_refund_later(till: Till) -> None:
    booking = await paid_by_card(till)
    refund = till.shop.refunded_by_hand(till.shop.newest(), "100.00")
    till.shop.down = True
    await told(till, refund)
    assert back(till, booking) == []
    till.shop.down = False
    await till.round()
    assert back(till, booking) == [("yookassa", 10000, "done")]


async def test_r44_a_chargeback_is_a_row_the_stay_owes_it_again_and_staff_are_alarmed(till: Till) -> None:
    booking = await paid_by_card(till)
    (payment,) = till.desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))

    def take(amount: int | None, reason: str = "the bank says so") -> Payment:
        return till.desk.write(
            lambda tx: chargebacks.record(tx, payment.id, amount, reason=reason, actor=OWNER, now=till.desk.now)
        )

    with pytest.raises(Refusal, match="invalid"):
        take(None, " ")
    with pytest.raises(Refusal, match="amount_invalid"):
        take(payment.amount + 1)
    assert take(10000).comment == "chargeback: the bank says so"
    assert till.paid(booking) == booking.deposit - 10000
    assert till.desk.read(lambda tx: payments.balance(tx, booking)) == booking.total - booking.deposit + 10000
    take(None)
    assert till.paid(booking) == 0
    with pytest.raises(Refusal, match="already_decided"):
        take(None)
    assert [one for one in till.alerts() if one.startswith("chargeback")]
    assert till.desk.look(booking).status == "confirmed"
    assert till.desk.said("guest.refund_done") == [], "nobody has sent anything"
    assert [one for one in till.desk.findings() if one.status == "fail"] == []


async def test_r44_of_money_a_bank_has_taken_back_nothing_is_sent_when_the_stay_is_cancelled(till: Till) -> None:
    booking = await paid_by_card(till)
    (payment,) = till.desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))
    till.desk.write(
        lambda tx: chargebacks.record(tx, payment.id, None, reason="stolen card", actor=OWNER, now=till.desk.now)
    )
    cancel(till, booking, None)
    await till.round()
    assert till.shop.refunds == {}
    assert owed(till, booking) is None


async def test_r45_a_refund_of_the_cabinet_is_written_down_although_all_of_it_was_on_its_way(till: Till) -> None:
    booking = await paid_by_card(till)
    refund = till.shop.refunded_by_hand(till.shop.newest(), "100.00")
    cancel(till, booking, "all")  # nobody has told us yet
    await told(till, refund)
    await till.later(minutes=11)
    assert back(till, booking) == [("yookassa", booking.deposit, "failed"), ("yookassa", 10000, "done")]
    assert owed(till, booking) == booking.deposit - 10000, (
        "a person sends what the provider would not, and not all of it"
    )
    till.agrees()


async def test_r44_a_refund_of_the_cabinet_that_our_books_have_no_room_for_is_told_and_not_written(till: Till) -> None:
    """Somebody has taken it off by a correction already: the net is never negative, and a person has to look."""
    booking = await paid_by_card(till)
    less = -booking.deposit
    more: dict[str, Any] = {"reason": "sent back", "actor": OWNER, "now": till.desk.now}
    till.desk.write(lambda tx: bookkeeping.adjust(tx, booking.id, less, **more))
    await told(till, till.shop.refunded_by_hand(till.shop.newest(), "100.00"))
    assert back(till, booking) == []
    assert till.paid(booking) == 0
    assert till.alerts() == ["refund_elsewhere"]
    assert [one for one in till.desk.findings() if one.status == "fail"] == []


async def unapplied(till: Till) -> tuple[Booking, Task]:
    """Money that was taken for a booking its guest let go, and the choice of what becomes of it."""
    booking = await till.waiting()
    till.desk.cancel(booking, by="guest", actor=till.desk.actor(booking))
    await till.shop.pay(at_once=True)
    await till.later(seconds=15)
    (task,) = till.desk.read(tasks.listing)
    assert task.kind == "late_money"
    return booking, task


async def test_r45_late_money_partly_refunded_in_the_cabinet_is_a_card_of_the_rest(till: Till) -> None:
    booking, task = await unapplied(till)
    await told(till, till.shop.refunded_by_hand(till.shop.newest(), "40.00"))
    gift = till.desk.write(lambda tx: late_money.choose_gift(tx, task.id, actor=OWNER, now=till.desk.now))
    assert gift is not None
    assert gift.amount == booking.deposit - 4000
    till.agrees()


async def test_r45_late_money_partly_refunded_in_the_cabinet_goes_to_other_dates_with_its_refund(till: Till) -> None:
    booking, task = await unapplied(till)
    await told(till, till.shop.refunded_by_hand(till.shop.newest(), "40.00"))
    other = till.desk.hold("2026-12-12T16:00", "2026-12-13T16:00", method="bank")
    till.desk.write(
        lambda tx: payments.apply_unapplied(tx, task.payment_id or 0, other, actor=OWNER, now=till.desk.now)
    )
    assert till.paid(other) == booking.deposit - 4000
    till.agrees()


async def test_r45_of_late_money_that_was_all_refunded_in_the_cabinet_nothing_is_left_to_choose(till: Till) -> None:
    booking, task = await unapplied(till)
    await told(till, till.shop.refunded_by_hand(till.shop.newest(), f"{booking.deposit // 100}.00"))
    assert till.desk.read(tasks.listing) == []
    with pytest.raises(Refusal) as refused:
        till.desk.write(lambda tx: late_money.choose_gift(tx, task.id, actor=OWNER, now=till.desk.now))
    assert (refused.value.code, refused.value.facts["chose"]) == ("already_decided", "refund")
    till.agrees()


@pytest.mark.parametrize(("back", "left"), [("100.00", []), ("40.00", [6000])])
async def test_r45_a_gift_paid_twice_and_refunded_in_the_cabinet_is_not_sent_back_again(
    till: Till, back: str, left: list[int]
) -> None:
    order = await gift_paid_twice(till)
    await told(till, till.shop.refunded_by_hand(till.shop.newest(), back))
    open_tasks = till.desk.read(tasks.listing)
    assert [one.facts["amount"] for one in open_tasks] == left
    assert till.desk.read(lambda tx: gift_sales.paid(tx, order)) == 10_000
    for one in open_tasks:
        till.desk.write(lambda tx, one=one: tasks.done(tx, one.id, actor=OWNER, now=till.desk.now))  # type: ignore[misc]
    assert till.desk.read(lambda tx: gift_sales.paid(tx, order)) == 10_000
    till.agrees()


async def test_r45_the_refund_of_a_gift_in_the_cabinet_is_in_its_order_and_the_alert_names_it(till: Till) -> None:
    shop = Shop(till.desk)
    order = shop.order(method="yookassa")
    await till.round()
    await till.shop.pay()
    await till.later(seconds=15)
    await told(till, till.shop.refunded_by_hand(till.shop.newest(), "40.00"))
    assert shop.money(order) == [("payment", 10_000), ("refund", 4_000)]
    assert [row["facts"]["gift_order"] for row in till.desk.said("staff.alert")] == [order.code] * 2
    till.agrees()


async def gift_paid_twice(till: Till) -> int:
    """By transfer, and on the page that was open beside it."""
    shop = Shop(till.desk)
    order = shop.order(method="yookassa")
    await till.round()
    shop.confirm(order)
    await till.shop.pay(at_once=True)
    await till.later(seconds=15)
    assert [one.kind for one in till.desk.read(tasks.listing)] == ["gift_refund"]
    return order.id
