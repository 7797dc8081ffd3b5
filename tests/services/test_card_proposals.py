"""A change paid by card: made once with the money, never taken for what is gone, never lost for what is over (R36, R37, R45)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.period import Period
from housebot.domain.promo import Promo
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import (
    balances,
    blocks,
    bookings,
    guests,
    invoice_money,
    promos,
    proposal_answers,
    proposals,
    proposed,
    ways,
)
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.proposed import Proposal
from tests import factories
from tests.desk import OWNER, request
from tests.services.test_checkouts import WHEN, Till, opened

FIRST = datetime(2026, 12, 5, 14)
LEAVING = datetime(2026, 12, 6, 16)


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


async def changing(till: Till) -> tuple[Booking, Proposal]:
    """A couple's day, paid at the desk; two hours and a guest more by card, with the page open."""
    desk = till.desk
    held = desk.hold(*WHEN, method="bank", tariff="couple", party={"adult": 2})
    booking = desk.confirm(held, received=50000, twice=True)
    change, actor = Change(arrival=FIRST, departure=LEAVING, party={"adult": 3}), desk.actor(booking)
    one = desk.write(
        lambda tx: proposals.propose(
            tx, bookings.get(tx, booking.id), change, awaits="money", actor=actor, now=desk.now
        )
    )
    desk.write(lambda tx: proposal_answers.choose_payment(tx, one.code, "yookassa", actor=actor, now=desk.now))
    await till.round()
    return booking, one


async def test_r45_while_the_bank_takes_money_for_the_rest_a_change_is_not_asked_for_beside_it(till: Till) -> None:
    desk = till.desk
    held = desk.hold(*WHEN, method="bank", tariff="couple", party={"adult": 2})
    booking = desk.confirm(held, received=20000, twice=True)
    actor = desk.actor(booking)
    desk.write(lambda tx: balances.pay(tx, bookings.get(tx, booking.id), "yookassa", actor=actor, now=desk.now))
    desk.write(lambda tx: tx.run("UPDATE checkouts SET verdict = 'capture'"))
    change = Change(arrival=FIRST, departure=LEAVING, party={"adult": 3})
    one = desk.write(
        lambda tx: proposals.propose(
            tx, bookings.get(tx, booking.id), change, awaits="money", actor=actor, now=desk.now
        )
    )
    with pytest.raises(Refusal) as refused:
        desk.write(lambda tx: proposal_answers.choose_payment(tx, one.code, "yookassa", actor=actor, now=desk.now))
    assert (refused.value.code, refused.value.facts["reason"]) == ("in_flight", "card")
    assert till.order(booking).purpose == "balance"


def look(till: Till, one: Proposal) -> Proposal:
    return till.desk.read(lambda tx: proposed.get(tx, one.code))


async def test_r37_the_change_is_made_with_the_money_and_the_ledger_agrees(till: Till) -> None:
    booking, one = await changing(till)
    assert (till.order(booking).purpose, till.order(booking).amount) == ("change", 26000)
    assert till.order(booking).confirmation_url is not None
    await till.shop.pay()
    await till.later(seconds=15)
    assert (till.desk.look(booking).total, till.paid(booking), look(till, one).state) == (76000, 76000, "accepted")
    assert till.alerts() == []
    till.agrees()


async def test_r45_a_second_press_is_the_same_order(till: Till) -> None:
    booking, one = await changing(till)
    actor = till.desk.actor(booking)
    till.desk.write(
        lambda tx: proposal_answers.choose_payment(tx, one.code, "yookassa", actor=actor, now=till.desk.now)
    )
    rows = till.desk.rows("SELECT 1 FROM checkouts WHERE purpose = 'change'")
    assert len(rows) == 1


async def test_r36_what_is_authorised_for_a_change_that_is_gone_is_not_taken(till: Till) -> None:
    booking, one = await changing(till)
    await till.shop.pay()
    till.desk.cancel(till.desk.look(booking), by="owner", reason="авария")
    await till.later(seconds=15)
    assert (look(till, one).state, till.paid(booking), int(till.shop.taken())) == ("withdrawn", 50000, 0)
    till.agrees()


async def test_r36_a_price_the_owner_set_meanwhile_takes_nothing(till: Till) -> None:
    booking, one = await changing(till)
    await till.shop.pay()
    till.desk.write(
        lambda tx: bookings.set_price(tx, booking.id, 45000, reason="скидка", actor=OWNER, now=till.desk.now)
    )
    await till.later(seconds=15)
    assert (look(till, one).state, till.desk.look(booking).total, int(till.shop.taken())) == ("withdrawn", 45000, 0)
    till.agrees()


async def test_r32_money_that_is_being_taken_keeps_the_change_alive(till: Till) -> None:
    booking, one = await changing(till)
    till.desk.now = one.expires_at
    await till.shop.pay()
    await till.round()
    await till.later(minutes=5)
    assert (look(till, one).state, till.desk.look(booking).total) == ("accepted", 76000)
    till.agrees()


async def test_nothing_is_called_off_while_money_is_being_taken(till: Till) -> None:
    booking, one = await changing(till)
    till.desk.write(
        lambda tx: tx.run(
            "UPDATE checkouts SET verdict = 'capture', state = 'waiting_for_capture', provider_id = coalesce(provider_id, 'x')"
        )
    )
    work: list[Any] = [
        lambda tx: proposal_answers.refuse(tx, one.code, actor=till.desk.actor(booking), now=till.desk.now),
        lambda tx: proposal_answers.withdraw(tx, bookings.get(tx, booking.id), actor=OWNER, now=till.desk.now),
        lambda tx: proposal_answers.choose_payment(
            tx, one.code, "bank", actor=till.desk.actor(booking), now=till.desk.now
        ),
    ]
    for each in work:
        with pytest.raises(Refusal) as refused:
            till.desk.write(each)
        assert (refused.value.code, refused.value.facts["reason"]) == ("in_flight", "card")


async def test_r44_the_balance_paid_by_card_counts_for_a_change_that_waits(till: Till) -> None:
    desk = till.desk
    held = desk.hold(*WHEN, method="bank", tariff="couple", party={"adult": 2})
    booking = desk.confirm(held, received=20000, twice=True)
    change, actor = Change(arrival=FIRST, departure=LEAVING, party={"adult": 3}), desk.actor(booking)
    one = desk.write(
        lambda tx: proposals.propose(
            tx, bookings.get(tx, booking.id), change, awaits="money", actor=actor, now=desk.now
        )
    )
    desk.write(lambda tx: balances.pay(tx, bookings.get(tx, booking.id), "yookassa", actor=actor, now=desk.now))
    await till.round()
    await till.shop.pay()
    await till.later(seconds=15)
    await desk.tick()
    assert (till.paid(booking), desk.look(booking).total, look(till, one).state) == (50000, 76000, "accepted")
    till.agrees()


async def test_a_card_that_fails_leaves_the_other_ways(till: Till) -> None:
    booking, one = await changing(till)
    till.shop.give_up()
    await till.later(seconds=15)
    assert (look(till, one).is_open, look(till, one).payment_method) == (True, None)
    assert till.desk.look(booking).total == 50000
    till.agrees()


async def test_r47_a_change_is_paid_by_an_invoice_in_the_chat_and_a_yes_to_it_keeps_it_five_minutes_more(
    till: Till,
) -> None:
    desk = till.desk
    desk.write(lambda tx: ways.remember(tx, ["yookassa", "telegram"]))
    booking, one = await changing(till)
    actor = desk.actor(booking)
    desk.write(lambda tx: proposal_answers.choose_payment(tx, one.code, "telegram", actor=actor, now=desk.now))
    order = till.order(booking)
    assert (order.provider, order.purpose, order.amount) == ("telegram", "change", 26000)
    assert len(desk.said("guest.invoice")) == 1
    payer = desk.read(lambda tx: guests.get(tx, booking.guest_id or 0))
    asked: Any = {"amount": 26000, "currency": "BYN", "now": desk.now}
    assert desk.read(lambda tx: invoice_money.judge(tx, order.key, payer=1, **asked)) == "payer"
    assert desk.read(lambda tx: invoice_money.judge(tx, order.key, payer=payer.telegram_id or 0, **asked)) is None
    before = look(till, one).expires_at
    desk.write(lambda tx: invoice_money.agreed(tx, order.key, "query", now=desk.now))
    assert (look(till, one).expires_at - before).total_seconds() == 300
    for _ in range(2):
        desk.write(lambda tx: invoice_money.came(tx, order.key, "charge", payer=payer, **asked))
    assert (desk.look(booking).total, till.paid(booking), look(till, one).state) == (76000, 76000, "accepted")
    assert till.alerts() == []


async def test_r36_money_taken_for_a_change_that_is_gone_has_an_alert_and_somebody_who_sends_it_back(
    till: Till,
) -> None:
    booking, one = await changing(till)
    till.desk.write(lambda tx: proposal_answers.withdraw(tx, till.desk.look(booking), actor=OWNER, now=till.desk.now))
    await till.shop.pay(at_once=True)  # more than the stay still costs
    await till.later(seconds=15)
    assert (look(till, one).state, till.paid(booking)) == ("withdrawn", 50000)
    assert till.ledger()[-1] == ("payment", 26000, "unapplied")
    assert till.alerts() == ["card_odd:overpaid"]
    assert [row["kind"] for row in till.desk.rows("SELECT kind FROM tasks WHERE done_at IS NULL")] == ["refund"]
    till.agrees()


async def invoiced(till: Till) -> tuple[Booking, Proposal, Any]:
    """The same by an invoice in the chat, and its guest."""
    desk = till.desk
    desk.write(lambda tx: ways.remember(tx, ["yookassa", "telegram"]))
    booking, one = await changing(till)
    actor = desk.actor(booking)
    desk.write(lambda tx: proposal_answers.choose_payment(tx, one.code, "telegram", actor=actor, now=desk.now))
    return booking, one, desk.read(lambda tx: guests.get(tx, booking.guest_id or 0))


@pytest.mark.parametrize("noticed", [False, True])
async def test_r36_an_invoice_paid_seconds_after_the_end_makes_the_change_while_its_dates_are_free(
    till: Till, noticed: bool
) -> None:
    desk = till.desk
    booking, one, payer = await invoiced(till)
    desk.now = one.expires_at + timedelta(seconds=3)
    if noticed:
        await desk.tick()
    asked: Any = {"amount": 26000, "currency": "BYN", "now": desk.now}
    desk.write(lambda tx: invoice_money.came(tx, till.order(booking).key, "charge", payer=payer, **asked))
    assert (desk.look(booking).total, till.paid(booking), look(till, one).state) == (76000, 76000, "accepted")
    assert till.alerts() == []
    till.agrees()


async def test_r36_an_invoice_paid_when_its_dates_are_sold_changes_nothing_and_goes_back(till: Till) -> None:
    desk = till.desk
    booking, one, payer = await invoiced(till)
    desk.now = one.expires_at + timedelta(seconds=3)
    taken = Period(factories.at("2026-12-05T08:00:00Z"), factories.at("2026-12-05T12:00:00Z"))
    desk.write(lambda tx: blocks.add(tx, unit="house", period=taken, reason="pipes", actor=OWNER, now=desk.now))
    asked: Any = {"amount": 26000, "currency": "BYN", "now": desk.now}
    desk.write(lambda tx: invoice_money.came(tx, till.order(booking).key, "charge", payer=payer, **asked))
    assert (desk.look(booking).total, till.paid(booking), look(till, one).state) == (50000, 50000, "expired")
    assert till.ledger()[-1] == ("payment", 26000, "unapplied")
    assert till.alerts() == ["card_odd:overpaid"]
    till.agrees()


def lose_extra(till: Till) -> None:
    dates = DateSpan(date(2026, 12, 1), date(2026, 12, 20))
    till.desk.write(
        lambda tx: blocks.stop_extra(tx, extra="sauna", dates=dates, reason="broken", actor=OWNER, now=till.desk.now)
    )


def lose_promo(till: Till) -> None:
    till.desk.write(lambda tx: tx.run("UPDATE promos SET budget = 1"))


def bind_promo(till: Till) -> None:
    till.desk.write(lambda tx: tx.run("UPDATE promos SET guest = '+375290000000'"))


@pytest.mark.parametrize("lose", [lose_extra, lose_promo, bind_promo])
@pytest.mark.parametrize("at_once", [False, True], ids=["authorised", "taken"])
async def test_r36_money_for_a_change_that_cannot_be_made_is_not_taken_or_goes_back(
    till: Till, lose: Any, at_once: bool
) -> None:
    desk = till.desk
    code = Promo(0, "SPRING", "percent", 1000)
    desk.write(lambda tx: promos.add(tx, factories.secret_house(), code, actor=OWNER, now=desk.now))
    wish = replace(request(*WHEN, tariff="couple", party={"adult": 2}), promo="SPRING")
    held = desk.hold(*WHEN, method="bank", wish=wish)
    booking = desk.confirm(held, received=held.total, twice=True)
    change = Change(arrival=FIRST, departure=LEAVING, party={"adult": 3}, extras={"sauna": 1})
    actor = desk.actor(booking)
    one = desk.write(
        lambda tx: proposals.propose(
            tx, bookings.get(tx, booking.id), change, awaits="money", actor=actor, now=desk.now
        )
    )
    desk.write(lambda tx: proposal_answers.choose_payment(tx, one.code, "yookassa", actor=actor, now=desk.now))
    await till.round()
    lose(till)
    await till.shop.pay(at_once=at_once)
    await till.later(seconds=15)
    assert (desk.look(booking).total, till.paid(booking)) == (held.total, held.total)
    assert look(till, one).state != "accepted"
    assert till.alerts() == (["card_odd:overpaid"] if at_once else [])
    row = desk.rows("SELECT coalesce(sum(amount), 0) AS here FROM payments WHERE state = 'unapplied'")[0]
    assert row["here"] == int(till.shop.taken() * 100)
