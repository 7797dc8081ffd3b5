"""A stay paid partly by a gift and partly by card: each gets back what it paid, and nobody sends what goes by itself (R44, R48, R53)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from housebot.domain.gift import Gift
from housebot.errors import Refusal
from housebot.services import bookings, bookkeeping, checkouts, gifts, late_money, payments, refunds, tasks
from housebot.services.bookings import Booking
from tests.desk import OWNER
from tests.services.test_card_changes import owed, record, refund, set_price, shift
from tests.services.test_checkouts import Till, opened, sold_and_taken
from tests.services.test_gifts import SUNDAY, balance, held, money, money_of


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


async def waiting(till: Till, gift: Gift) -> Booking:
    """A hold that the gift pays a part of, with the page of the rest open."""
    booking = till.desk.pay_way(held(till.desk, gift), "yookassa")
    await till.round()
    return booking


async def paid_both_ways(till: Till, gift: Gift) -> Booking:
    booking = await waiting(till, gift)
    await till.shop.pay()
    await till.later(seconds=15)
    booking = till.desk.look(booking)
    assert booking.status == "confirmed"
    return booking


def kept(till: Till, booking: Booking) -> int:
    return till.desk.read(lambda tx: payments.money_kept(tx, booking.id))


async def test_r48_a_cancelled_stay_goes_back_to_the_gift_first_and_then_to_the_card(till: Till) -> None:
    gift = money(till.desk)
    booking = await paid_both_ways(till, gift)
    by_card = booking.deposit - 10_000
    assert by_card > 0
    assert money_of(till.desk, booking) == [("payment", "gift", 10_000), ("payment", "yookassa", by_card)]
    till.desk.cancel(booking, by="owner", reason="the boiler")
    assert balance(till.desk, gift) == 10_000
    assert owed(till, booking) is None, "nobody has to send anything"
    told = till.desk.said("guest.cancelled")[-1]["facts"]
    assert (told["refund"], told["by_card"], told["to_gift"]) == (by_card, by_card, 10_000)
    assert kept(till, booking) == 0, "all of it is on its way"
    await till.round()
    assert till.paid(booking) == 0
    assert [row["amount"]["value"] for row in till.shop.refunds.values()] == [f"{by_card / 100:.2f}"]
    till.agrees()


@pytest.mark.parametrize(("refund_", "to_gift", "by_card"), [(4_000, 4_000, 0), (15_000, 10_000, 5_000)])
async def test_r48_a_chosen_sum_fills_the_gift_before_the_card(
    till: Till, refund_: int, to_gift: int, by_card: int
) -> None:
    gift = money(till.desk)
    booking = await paid_both_ways(till, gift)
    till.desk.cancel(booking, by="owner", reason="friends", refund=refund_)
    assert balance(till.desk, gift) == to_gift
    assert owed(till, booking) is None
    await till.round()
    assert till.paid(booking) == booking.deposit - refund_
    assert sum(amount for kind, amount, _ in till.ledger() if kind == "refund") == to_gift + by_card
    till.agrees()


@pytest.mark.parametrize("total", [50_000, 12_000])
async def test_r23_an_open_page_asks_for_the_new_price_beside_the_gift(till: Till, total: int) -> None:
    gift = money(till.desk)
    booking = await waiting(till, gift)
    old = till.order(booking)
    changed = set_price(till, booking, total)
    assert till.order(booking).id != old.id
    assert till.order(booking).amount == changed.deposit - 10_000 < old.amount
    assert balance(till.desk, gift) == 0
    await till.round()
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.desk.look(booking).status == "confirmed"
    assert till.paid(booking) == changed.deposit
    till.agrees()


async def test_r29_a_price_the_gift_pays_all_of_lets_the_page_go_and_confirms(till: Till) -> None:
    gift = money(till.desk)
    booking = await waiting(till, gift)
    changed = set_price(till, booking, 6_000)
    assert changed.status == "confirmed"
    assert till.desk.read(lambda tx: checkouts.current(tx, booking.id)) is None
    assert (balance(till.desk, gift), till.paid(booking)) == (4_000, 6_000)
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.paid(booking) == 6_000, "the page of before takes nothing"
    till.agrees()


async def test_r37_a_moved_hold_is_asked_for_what_its_gift_leaves(till: Till) -> None:
    gift = money(till.desk)
    booking = await waiting(till, gift)
    moved = shift(till, booking)
    assert till.order(booking).amount == moved.deposit - 10_000
    till.agrees()


async def test_r44_a_refund_by_hand_beside_one_on_its_way_never_exceeds_what_is_kept(till: Till) -> None:
    gift = money(till.desk)
    booking = await paid_both_ways(till, gift)
    by_card = booking.deposit - 10_000
    record(till, booking, 7_000)
    card, bank = (one.id for one in till.desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))[1:])
    refund(till, card, 5_000)
    assert kept(till, booking) == by_card + 7_000 - 5_000
    with pytest.raises(Refusal) as refused:
        refund(till, card, by_card - 5_000 + 1, by_hand=True)
    assert refused.value.code == "amount_invalid"
    till.desk.write(
        lambda tx: bookkeeping.adjust(tx, booking.id, -by_card, reason="slip", actor=OWNER, now=till.desk.now)
    )
    assert kept(till, booking) == 2_000
    with pytest.raises(Refusal, match="negative"):  # what the gift has paid is not money to send
        refund(till, bank, 2_001, by_hand=True)
    assert refund(till, bank, by_hand=True).amount == 2_000
    with pytest.raises(Refusal, match="already_decided"):
        refund(till, card)
    shown = till.desk.read(lambda tx: refunds.terms(tx, booking, "all", now=till.desk.now))
    assert (shown.refund, shown.money, shown.to_card) == (10_000, 0, 10_000)
    till.desk.cancel(booking, by="owner", reason="the boiler")
    assert owed(till, booking) is None
    assert balance(till.desk, gift) == 10_000
    await till.round()
    assert till.paid(booking) == 0
    till.agrees()


async def test_a_task_done_sends_back_no_more_than_the_card_leaves(till: Till) -> None:
    gift = money(till.desk)
    booking = await paid_both_ways(till, gift)
    record(till, booking, 7_000)
    till.desk.cancel(booking, by="owner", reason="the boiler")
    task = owed(till, booking)
    assert task is not None
    assert task.facts["amount"] == 7_000
    till.desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=till.desk.now))  # before the card has answered
    by_hand = [
        one for one in till.desk.read(lambda tx: payments.listing(tx, booking_id=booking.id)) if one.method == "bank"
    ]
    assert [(one.kind, one.amount, one.refunds) for one in by_hand] == [
        ("payment", 7_000, None),
        ("refund", 7_000, by_hand[0].id),
    ]
    await till.round()
    assert till.paid(booking) == 0
    till.agrees()


async def test_a_declined_hold_tells_what_is_back_on_the_gift(till: Till) -> None:
    gift = money(till.desk)
    booking = held(till.desk, gift)
    record(till, booking, 3_000)
    till.desk.decline(booking, "dates_taken")
    told = till.desk.said("guest.declined")[-1]["facts"]
    assert (told["refund"], told["to_gift"]) == (3_000, 10_000)
    assert balance(till.desk, gift) == 10_000


@pytest.mark.parametrize("who", ["guest", "owner"])
async def test_r36_late_money_by_card_becomes_a_gift_and_does_not_go_back_as_well(till: Till, who: str) -> None:
    booking = await sold_and_taken(till)
    task = till.desk.read(lambda tx: late_money.waiting(tx, booking))
    assert task is not None
    actor = till.desk.actor(booking) if who == "guest" else OWNER
    till.desk.write(lambda tx: late_money.choose_gift(tx, task.id, actor=actor, now=till.desk.now))
    if who == "guest":
        asked = till.desk.read(lambda tx: tasks.find_open(tx, "gift", booking.id))
        assert asked is not None
        assert asked.facts["seen"], "the provider has it"
        till.desk.write(lambda tx: tasks.done(tx, asked.id, actor=OWNER, now=till.desk.now))
    (gift,) = till.desk.read(gifts.listing)
    assert balance(till.desk, gift) == booking.deposit
    assert till.ledger() == [("payment", booking.deposit, "done")]
    with pytest.raises(Refusal, match="already_decided"):
        till.desk.write(lambda tx: late_money.choose_refund(tx, task.id, actor=OWNER, now=till.desk.now))
    with pytest.raises(Refusal, match="no_payment"):
        refund(till, 1)
    await till.round()
    assert till.shop.refunds == {}
    till.agrees()


@pytest.mark.parametrize("taken", [False, True], ids=["authorised", "taken"])
async def test_r48_card_money_for_a_hold_whose_gift_somebody_else_has_is_not_in_it(till: Till, taken: bool) -> None:
    gift = money(till.desk)
    booking = await waiting(till, gift)
    await till.desk.until(till.desk.now + timedelta(minutes=25))
    assert till.desk.look(booking).status == "expired"
    held(till.desk, gift, SUNDAY, guest=2)
    await till.shop.pay(at_once=taken)
    await till.later(minutes=2)
    assert till.desk.look(booking).status == "expired"
    assert till.ledger()[-1] == (
        ("payment", booking.deposit - 10_000, "unapplied") if taken else ("payment", 10_000, "done")
    )
    till.agrees()


async def test_r48_card_money_that_is_late_takes_the_gift_again(till: Till) -> None:
    gift = money(till.desk)
    booking = await waiting(till, gift)
    await till.desk.until(till.desk.now + timedelta(minutes=25))
    assert (till.desk.look(booking).status, balance(till.desk, gift)) == ("expired", 10_000)
    await till.shop.pay()
    await till.later(minutes=2)
    assert (till.desk.look(booking).status, balance(till.desk, gift)) == ("confirmed", 0)
    assert till.paid(booking) == booking.deposit
    till.agrees()


# --- What a hostile driver found


async def test_r36_money_written_down_after_the_hold_ended_is_not_taken_by_card_again(till: Till) -> None:
    booking = till.desk.pay_way(till.desk.hold(*SUNDAY), "yookassa")
    await till.round()
    assert booking.hold_expires_at is not None
    await till.later(hours=2)
    assert till.desk.look(booking).status == "expired"
    record(till, booking, booking.deposit)
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.paid(booking) == booking.deposit
    assert till.shop.taken() == 0


async def test_r46_a_refused_receipt_does_not_leave_the_guest_with_a_page_that_is_gone(till: Till) -> None:
    booking = till.desk.pay_way(till.desk.hold(*SUNDAY), "yookassa")
    await till.round()
    till.desk.receipt(booking)
    till.shop.give_up()
    await till.later(minutes=2)
    till.desk.decline(till.desk.look(booking), "unreadable", receipt_only=True)
    assert till.desk.look(booking).payment_method == "bank"
    again = till.desk.pay_way(till.desk.look(booking), "yookassa")
    assert till.desk.read(lambda tx: checkouts.current(tx, again.id)) is not None


async def test_r44_a_correction_lowers_what_is_asked_to_be_sent_back(till: Till) -> None:
    booking = till.desk.hold(*SUNDAY, method="bank")
    till.desk.receipt(booking)
    till.desk.confirm(booking, received=booking.deposit)
    till.desk.cancel(till.desk.look(booking), by="owner", reason="x")
    till.desk.write(
        lambda tx: bookkeeping.adjust(tx, booking.id, -30_000, reason="miscounted", actor=OWNER, now=till.desk.now)
    )
    task = owed(till, booking)
    assert task is not None
    assert task.facts["amount"] == booking.deposit - 30_000
    till.desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=till.desk.now))
    assert till.desk.said("guest.refund_done")[-1]["facts"]["amount"] == booking.deposit - 30_000
    assert till.paid(booking) == 0


async def test_r29_a_gift_that_pays_everything_confirms_when_the_review_ends(till: Till) -> None:
    gift = money(till.desk)
    booking = held(till.desk, gift)
    till.desk.receipt(booking)
    till.desk.write(lambda tx: bookings.set_price(tx, booking.id, 10_000, reason="r", actor=OWNER, now=till.desk.now))
    assert till.desk.look(booking).status == "awaiting_owner"
    assert till.desk.decline(till.desk.look(booking), "unreadable", receipt_only=True).status == "confirmed"


# --- What random histories found


async def test_r40_a_hold_that_money_was_written_on_is_not_replaced_in_silence(till: Till) -> None:
    booking = till.desk.hold(*SUNDAY, method="bank")
    record(till, booking, 5_000)
    with pytest.raises(Refusal, match="dates_taken"):
        till.desk.hold(*SUNDAY, extras={"sauna": 1}, method="bank")
    assert till.desk.look(booking).status == "awaiting_payment"


async def test_r44_what_a_provider_collected_and_a_person_sent_back_came_and_went(till: Till) -> None:
    booking = await sold_and_taken(till)
    task = till.desk.read(lambda tx: late_money.waiting(tx, booking))
    assert task is not None
    till.shop.poor = True
    till.desk.write(lambda tx: late_money.choose_refund(tx, task.id, actor=OWNER, now=till.desk.now))
    await till.round()
    asked = owed(till, booking)
    assert asked is not None
    till.desk.write(lambda tx: tasks.done(tx, asked.id, actor=OWNER, now=till.desk.now))
    assert [row for row in till.ledger() if row[2] == "done"] == [
        ("payment", booking.deposit, "done"),
        ("refund", booking.deposit, "done"),
    ]
    till.agrees()
