"""A change that waits: its dates are kept, the old stay stands, and it is made once, at the price that was shown (R32, R36–R38, M11)."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.period import Period
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import (
    audit,
    balances,
    blocks,
    bookings,
    catalogs,
    change_money,
    change_receipts,
    guests,
    outages,
    payments,
    proposal_answers,
    proposal_differences,
    proposal_money,
    proposals,
    proposed,
    quotes,
    tasks,
)
from housebot.services import bookkeeping as books
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import SYSTEM, Actor
from housebot.services.proposed import Proposal
from housebot.services.receipts import ReceiptFile
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, SECOND, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
NEXT = ("2026-12-12T16:00", "2026-12-13T16:00")
SECOND_ = timedelta(seconds=1)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def to(arrival: str, departure: str | None = None, **more: Any) -> Change:
    ends = [None if end is None else datetime.fromisoformat(end) for end in (arrival, departure)]
    return Change(arrival=ends[0], departure=ends[1], **more)


def booked(desk: Desk, dates: tuple[str, str] = SATURDAY, *, received: int | None = None, **more: Any) -> Booking:
    held = desk.hold(*dates, method="bank", **more)
    return desk.confirm(held, received=held.deposit if received is None else received, twice=True)


def couple(desk: Desk, **more: Any) -> Booking:
    """UX 7.26: a couple for a day, paid."""
    return booked(desk, tariff="couple", party={"adult": 2}, received=50000, **more)


DEARER = to("2026-12-05T14:00", SATURDAY[1], party={"adult": 3})  # 500 -> 760


def propose(
    desk: Desk,
    booking: Booking,
    change: Change = DEARER,
    *,
    awaits: Any = "money",
    by: Actor | None = None,
    **more: Any,
) -> Proposal:
    actor = by or (desk.actor(booking) if awaits == "money" else OWNER)
    return desk.write(
        lambda tx: proposals.propose(
            tx, bookings.get(tx, booking.id), change, awaits=awaits, actor=actor, now=desk.now, **more
        )
    )


def offer(desk: Desk, booking: Booking, change: Change | None = None, **more: Any) -> Proposal:
    return propose(desk, booking, change if change is not None else to(NEXT[0]), awaits="guest", **more)


def accept(desk: Desk, one: Proposal, *, by: Actor | None = None) -> Booking:
    actor = by or desk.actor(of(desk, one))
    return desk.write(lambda tx: proposal_answers.accept(tx, one.code, actor=actor, now=desk.now))


def refuse(desk: Desk, one: Proposal, *, by: Actor | None = None) -> Booking:
    actor = by or desk.actor(of(desk, one))
    return desk.write(lambda tx: proposal_answers.refuse(tx, one.code, actor=actor, now=desk.now))


def judge(desk: Desk, one: Proposal, received: int, *, by: Actor = OWNER, **more: Any) -> Booking:
    return desk.write(lambda tx: change_money.confirm(tx, one.code, received, actor=by, now=desk.now, **more))


def of(desk: Desk, one: Proposal) -> Booking:
    return desk.read(lambda tx: bookings.get(tx, one.booking_id))


def look(desk: Desk, one: Proposal) -> Proposal:
    return desk.read(lambda tx: proposed.get(tx, one.code))


def kept(desk: Desk, one: Proposal) -> set[tuple[str, str]]:
    rows = desk.rows("SELECT start, end FROM occupancies WHERE proposal_id = :id", id=one.id)
    return {(row["start"], row["end"]) for row in rows}


def stands(desk: Desk, booking: Booking) -> bool:
    """Whether what was sold is as it was; versions apart."""
    now = desk.look(booking)
    sold = ("start", "end", "party", "extras", "total", "deposit", "quote_id", "moves", "unit", "tariff", "status")
    return all(getattr(now, name) == getattr(booking, name) for name in sold)


def fails(code: str, work: Any, **facts: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        work()
    assert refused.value.code == code, refused.value
    assert {name: refused.value.facts.get(name) for name in facts} == facts
    return refused.value


def paid(desk: Desk, booking: Booking) -> int:
    return desk.read(lambda tx: payments.paid(tx, booking.id))


def sound(desk: Desk) -> bool:
    return [one for one in desk.findings() if one.status == "fail"] == []


# --- Proposed


def test_r37_a_dearer_change_waits_for_money_and_the_old_stay_stands_until_then(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    assert (one.awaits, one.state, one.amount, one.expires_at) == (
        "money",
        "open",
        26000,
        desk.now + timedelta(hours=2),
    )
    assert stands(desk, booking)
    assert kept(desk, one) == {("2026-12-05T11:00:00Z", "2026-12-06T13:00:00Z")}
    assert len(desk.said("guest.proposal")) == 1
    assert desk.findings() == []


def test_r37_the_new_dates_are_nobody_elses_while_it_waits_and_the_old_ones_neither(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    for dates in (SATURDAY, NEXT):
        fails("dates_taken", lambda dates=dates: desk.hold(*dates, guest=desk.guest(2)))
    refuse(desk, one)
    assert desk.hold(*NEXT, guest=desk.guest(2)).status == "held"
    fails("dates_taken", lambda: desk.hold(*SATURDAY, guest=desk.guest(3)))
    assert desk.findings() == []


def test_r31_a_proposal_cannot_be_put_on_anybodys_dates(desk: Desk) -> None:
    booking, _ = booked(desk), desk.hold(*NEXT, guest=desk.guest(2))
    fails("dates_taken", lambda: offer(desk, booking))
    assert desk.read(lambda tx: proposed.open_of(tx, booking.id)) is None


def test_r31_the_schema_refuses_a_proposal_on_another_stay_whoever_writes(desk: Desk) -> None:
    booking, other = booked(desk), booked(desk, NEXT, guest=desk.guest(2))
    one = offer(desk, booking, to("2026-12-19T16:00"))
    with pytest.raises(Exception, match="dates_taken"):
        desk.write(
            lambda tx: tx.run(
                "UPDATE occupancies SET start = :s, end = :e, busy_from = :s, busy_until = :e WHERE proposal_id = :id",
                s="2026-12-12T13:00:00Z",
                e="2026-12-13T13:00:00Z",
                id=one.id,
            )
        )
    assert desk.look(other).status == "confirmed"


def test_r32_to_the_second_it_is_over_and_whoever_comes_first_has_the_dates(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    desk.now = one.expires_at - SECOND_
    fails("dates_taken", lambda: desk.hold(*NEXT, guest=desk.guest(2)))
    desk.now = one.expires_at
    fails("stale", lambda: accept(desk, one), state="expired")
    assert desk.hold(*NEXT, guest=desk.guest(2)).status == "held"
    assert look(desk, one).state == "expired"
    assert stands(desk, booking)
    assert desk.findings() == []


def test_check_34_a_stay_and_what_it_may_become_are_named_once_to_whoever_closes_the_time(desk: Desk) -> None:
    booking = booked(desk)
    offer(desk, booking)
    month = Period(factories.at("2026-12-01T08:00:00Z"), factories.at("2026-12-20T08:00:00Z"))
    refused = fails("dates_taken", lambda: desk.write(
        lambda tx: blocks.add(tx, unit="house", period=month, reason="", actor=OWNER, now=desk.now)
    ))  # fmt: skip
    assert refused.facts["bookings"] == [booking.id]
    assert len(refused.facts["stays"]) == 1


def test_r32_a_block_takes_the_dates_of_an_offer_that_lapsed_unnoticed(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    desk.now = one.expires_at
    desk.write(
        lambda tx: blocks.add(
            tx,
            unit="house",
            period=Period(factories.at("2026-12-12T08:00:00Z"), factories.at("2026-12-14T08:00:00Z")),
            reason="",
            actor=OWNER,
            now=desk.now,
        )
    )
    assert (look(desk, one).state, kept(desk, one)) == ("expired", set())


async def test_ux_6_an_offer_waits_a_day_and_a_change_to_be_paid_two_hours(desk: Desk) -> None:
    first, second = couple(desk), booked(desk, NEXT, guest=desk.guest(2))
    change, offered = propose(desk, first), offer(desk, second, to("2026-12-19T16:00"))
    assert (change.expires_at - desk.now, offered.expires_at - desk.now) == (timedelta(hours=2), timedelta(hours=24))
    await desk.until(change.expires_at)
    assert (look(desk, change).state, look(desk, offered).state) == ("expired", "open")
    await desk.until(offered.expires_at)
    assert look(desk, offered).state == "expired"
    assert [stands(desk, one) for one in (first, second)] == [True, True]
    assert sound(desk)


def test_ux_6_an_offer_ends_three_hours_before_check_in_and_is_not_made_later(desk: Desk) -> None:
    booking = booked(desk)
    desk.now = booking.start - timedelta(hours=5)
    assert offer(desk, booking, Change(), price=65000, reason="скидка").expires_at == booking.start - timedelta(hours=3)
    desk.now = booking.start - timedelta(hours=3)
    fails("too_soon", lambda: offer(desk, booking, Change(), price=60000, reason="скидка"))


def test_a_newer_proposal_takes_the_place_of_the_older(desk: Desk) -> None:
    booking = booked(desk)
    first = offer(desk, booking)
    second = offer(desk, booking, to("2026-12-19T16:00"), by=SECOND)
    assert (look(desk, first).state, look(desk, second).state) == ("withdrawn", "open")
    assert kept(desk, first) == set()
    fails("stale", lambda: accept(desk, first), state="withdrawn")
    assert desk.hold(*NEXT, guest=desk.guest(2)).status == "held"
    assert sound(desk)


def test_only_staff_offer_and_only_to_somebody_who_can_answer(desk: Desk) -> None:
    booking = booked(desk)
    fails("forbidden", lambda: offer(desk, booking, by=desk.actor(booking)))
    fails("forbidden", lambda: propose(desk, booking, Change(), price=1000, reason="дёшево"))
    by_phone = desk.write(
        lambda tx: guests.by_phone(tx, name="Тётя", contact="+375297770000", language="ru", now=desk.now).id
    )
    called = desk.hold(*NEXT, guest=by_phone, actor=OWNER, source="phone")
    fails("invalid", lambda: offer(desk, called, to("2026-12-19T16:00")), reason="no_chat")
    fails("invalid", lambda: offer(desk, booking, Change(), price=70000), reason="reason_missing")
    fails("invalid", lambda: offer(desk, booking, Change(), price=70000, reason="та же"), reason="nothing_changes")


def test_money_is_awaited_for_what_is_confirmed_alone(desk: Desk) -> None:
    held = desk.hold(*SATURDAY, method="bank")
    fails("forbidden", lambda: propose(desk, held, to("2026-12-05T12:00", SATURDAY[1])), reason="prepayment")


def test_r26_an_extra_of_a_proposal_is_kept_as_the_dates_are(tmp_path: Path) -> None:
    house = factories.secret_house()
    stocked = tuple(replace(one, stock_per_day=1) if one.id == "sauna" else one for one in house.extras)
    units = tuple(replace(house.units[0], id=name, parts=(name,)) for name in ("house", "hut"))
    tariffs = tuple(replace(one, units=("house", "hut")) for one in house.tariffs)
    file = DatabaseFile.open(tmp_path / "stock.db", create=True)
    desk = Desk(file, replace(house, extras=stocked, units=units, parts=(), tariffs=tariffs))
    booking = booked(desk)
    one = offer(desk, booking, Change(extras={"sauna": 1}))
    hut: dict[str, Any] = {"guest": desk.guest(2), "unit": "hut", "extras": {"sauna": 1}}
    fails("extra_sold_out", lambda: desk.hold(*SATURDAY, **hut))
    desk.now = one.expires_at
    assert desk.hold(*SATURDAY, **hut).status == "held"
    file.close()


# --- The guest's answer


def test_r37_the_guest_agrees_to_other_dates_once_and_spends_no_move(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking, reason="ремонт")
    moved = accept(desk, one)
    assert (moved.start, moved.total, moved.moves) == (factories.at("2026-12-12T13:00:00Z"), 70000, 0)
    assert look(desk, one).state == "accepted"
    assert accept(desk, one) == moved, "a second yes finds it done"
    assert len(desk.said("guest.moved")) == 1
    assert [row["facts"]["state"] for row in desk.said("staff.proposal")] == ["accepted"] * 2, "both owners read it"
    assert desk.hold(*SATURDAY, guest=desk.guest(2)).status == "held", "the old dates are free"
    assert desk.findings() == []


def test_r23_the_price_is_the_one_that_was_offered_whatever_the_document_says_by_then(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    house = factories.secret_house()
    dearer = tuple(replace(tariff, price=tariff.price + 10000) for tariff in house.tariffs)
    desk.write(lambda tx: catalogs.apply(tx, to_document(replace(house, tariffs=dearer)), actor=OWNER, now=desk.now))
    assert accept(desk, one).total == 70000


def test_an_owners_price_is_offered_alone_or_with_other_dates(desk: Desk) -> None:
    booking = booked(desk)
    alone = offer(desk, booking, Change(), price=60000, reason="без сауны")
    assert kept(desk, alone) == set(), "the stay keeps its own dates"
    cheaper = accept(desk, alone)
    assert (cheaper.total, cheaper.start) == (60000, booking.start)
    assert [row["facts"]["price_before"] for row in desk.said("guest.priced")] == [70000]
    both = offer(desk, cheaper, to(NEXT[0]), price=65000, reason="будни")
    assert accept(desk, both).total == 65000
    assert desk.findings() == []


def test_more_than_a_fifth_on_top_of_a_confirmed_stay_is_paid_before_it_is_made(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking, to(NEXT[0]), price=90000, reason="новогодняя цена")
    accept(desk, one)
    waiting = look(desk, one)
    assert (waiting.awaits, waiting.amount, waiting.expires_at) == ("money", 20000, desk.now + timedelta(hours=2))
    assert stands(desk, booking)
    assert accept(desk, one).quote_id == booking.quote_id, "a second yes changes nothing"
    fails("dates_taken", lambda: desk.hold(*NEXT, guest=desk.guest(2)))


def test_up_to_a_fifth_goes_to_the_balance(desk: Desk) -> None:
    booking = booked(desk)
    moved = accept(desk, offer(desk, booking, to(NEXT[0]), price=84000, reason="цена"))
    assert (moved.total, moved.deposit) == (84000, 35000)


@pytest.mark.parametrize("answer", [accept, refuse])
def test_t3_a_foreign_proposal_and_a_missing_one_are_the_same(desk: Desk, answer: Any) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    stranger = Actor("guest", desk.guest(2), "Guest", "telegram")
    foreign = fails("not_found", lambda: answer(desk, one, by=stranger))
    missing = fails(
        "not_found",
        lambda: desk.write(lambda tx: proposal_answers.accept(tx, "NOSUCH00", actor=stranger, now=desk.now)),
    )
    assert foreign.facts == missing.facts
    assert look(desk, one).is_open


def test_a_refused_offer_leaves_everything_and_a_late_yes_is_told_so(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    refuse(desk, one)
    refuse(desk, one)
    assert [row["facts"]["state"] for row in desk.said("staff.proposal")] == ["refused"] * 2, "said once to each owner"
    fails("stale", lambda: accept(desk, one), state="refused")
    assert stands(desk, booking)
    assert desk.findings() == []


def test_nothing_outlives_what_it_was_made_of(desk: Desk) -> None:
    ends: list[tuple[str, Any]] = [
        ("cancelled", lambda b: desk.cancel(b, by="owner", reason="нет")),
        ("moved", lambda b: desk.write(
            lambda tx: bookings.move(tx, b.id, to("2026-12-19T16:00"), actor=OWNER, now=desk.now)
        )),
        ("priced", lambda b: desk.write(
            lambda tx: bookings.set_price(tx, b.id, 50000, reason="скидка", actor=OWNER, now=desk.now)
        )),
    ]  # fmt: skip
    for number, (name, work) in enumerate(ends, start=1):
        booking = booked(desk, guest=desk.guest(number))
        one = offer(desk, booking)
        work(desk.look(booking))
        assert (look(desk, one).state, kept(desk, one)) == ("withdrawn", set()), name
        fails("stale", lambda one=one: accept(desk, one), state="withdrawn")
        assert sound(desk), name
        if desk.look(booking).status == "confirmed":
            desk.cancel(desk.look(booking), by="owner", reason="уборка")


async def test_a_stay_that_begins_withdraws_what_still_waits_for_it(desk: Desk) -> None:
    booking = couple(desk)
    desk.now = booking.start - timedelta(hours=4)
    one = propose(desk, booking, to(SATURDAY[0], "2026-12-06T22:00"), by=OWNER)
    desk.receipt(booking)
    await desk.until(booking.start)
    assert (desk.look(booking).status, look(desk, one).state) == ("in_house", "withdrawn")
    assert [row["facts"]["code"] for row in desk.said("staff.alert")] == ["change_money_unseen"] * 2
    judge(desk, one, 18000)
    assert paid(desk, booking) == 68000, "the money stays with the booking"
    assert sound(desk)


def test_staff_take_an_offer_back(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    desk.write(lambda tx: proposal_answers.withdraw(tx, bookings.get(tx, booking.id), actor=SECOND, now=desk.now))
    assert look(desk, one).state == "withdrawn"
    fails(
        "stale",
        lambda: desk.write(
            lambda tx: proposal_answers.withdraw(tx, bookings.get(tx, booking.id), actor=OWNER, now=desk.now)
        ),
    )


def test_a7_the_log_knows_who_offered_and_who_agreed(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking, reason="ремонт")
    accept(desk, one)
    history = desk.read(lambda tx: audit.history(tx, booking.subject))
    found = [
        (entry.action, entry.actor, entry.reason)
        for entry in history
        if "propose" in entry.action or "accept" in entry.action
    ]
    assert found == [
        ("booking.propose", "staff:1", "ремонт"),
        ("booking.accept", f"guest:{booking.guest_id}", "ремонт"),
    ]


# --- A booking that waits for the owner


def by_cash(desk: Desk) -> Booking:
    house = factories.secret_house()
    cash = replace(house, desk=replace(house.desk, payment_methods=("bank", "cash")))
    desk.write(lambda tx: catalogs.apply(tx, to_document(cash), actor=OWNER, now=desk.now))
    return desk.hold(*SATURDAY, method="cash")


def test_while_an_offer_is_open_the_dates_of_a_booking_that_waits_for_the_owner_are_kept(desk: Desk) -> None:
    booking = by_cash(desk)
    one = offer(desk, booking)
    longer = desk.look(booking)
    assert longer.hold_expires_at is not None
    assert longer.hold_expires_at > one.expires_at + timedelta(hours=1), "and the owner has time again afterwards"
    desk.now = one.expires_at - SECOND_
    for dates in (SATURDAY, NEXT):
        fails("dates_taken", lambda dates=dates: desk.hold(*dates, guest=desk.guest(2)))
    assert sound(desk)


async def test_nobody_is_nudged_while_it_is_the_guests_turn_and_the_card_rings_when_it_is_over(desk: Desk) -> None:
    booking = by_cash(desk)
    one = offer(desk, booking)
    before = len(desk.said("staff.nudge"))
    rung = [row for row in desk.said("staff.approval") if row["facts"].get("ring")]
    await desk.until(one.expires_at - timedelta(minutes=1))
    assert len(desk.said("staff.nudge")) == before
    await desk.until(one.expires_at)
    assert desk.look(booking).status == "awaiting_owner"
    assert len([row for row in desk.said("staff.approval") if row["facts"].get("ring")]) == len(rung) + 2
    await desk.until(one.expires_at + timedelta(minutes=20))
    assert len(desk.said("staff.nudge")) > before, "somebody waits for the owner again"
    assert sound(desk)


def test_a_yes_to_the_owners_own_offer_needs_no_second_yes_of_the_owner(desk: Desk) -> None:
    booking = by_cash(desk)
    confirmed = accept(desk, offer(desk, booking))
    assert (confirmed.status, confirmed.decided_by) == ("confirmed", "staff:1")
    assert confirmed.start == factories.at("2026-12-12T13:00:00Z")
    assert sound(desk)


def test_where_approval_comes_before_money_a_yes_to_the_offer_begins_the_payment(desk: Desk) -> None:
    house = factories.secret_house()
    careful = replace(house, desk=replace(house.desk, approval="before_payment"))
    desk.write(lambda tx: catalogs.apply(tx, to_document(careful), actor=OWNER, now=desk.now))
    booking = desk.hold(*SATURDAY)
    assert booking.status == "awaiting_owner"
    moved = accept(desk, offer(desk, booking))
    assert (moved.status, moved.hold_expires_at) == ("awaiting_payment", desk.now + timedelta(hours=2))


def test_a_receipt_that_is_being_checked_stays_to_be_checked(desk: Desk) -> None:
    held = desk.hold(*SATURDAY, method="bank")
    desk.receipt(held)
    one = offer(desk, held)
    moved = accept(desk, one)
    assert (moved.status, moved.under_review, moved.start) == (
        "awaiting_owner",
        True,
        factories.at("2026-12-12T13:00:00Z"),
    )
    assert desk.confirm(moved, received=35000).status == "confirmed"
    assert sound(desk)


def test_the_owner_may_confirm_the_old_dates_instead_and_the_offer_is_gone(desk: Desk) -> None:
    booking = by_cash(desk)
    drawn = booking.version
    one = offer(desk, booking)
    fails("stale", lambda: desk.confirm(booking, by=SECOND, version=drawn))
    assert desk.confirm(booking, by=SECOND).status == "confirmed"
    assert look(desk, one).state == "withdrawn"
    fails("stale", lambda: accept(desk, one), state="withdrawn")
    assert sound(desk)


def test_a_hold_that_is_refused_an_offer_has_its_usual_time_to_be_paid(desk: Desk) -> None:
    held = desk.hold(*SATURDAY, method="bank")
    one = offer(desk, held)
    desk.pass_time(hours=1)
    assert refuse(desk, one).hold_expires_at == desk.now + timedelta(hours=2)
    again = offer(desk, held)
    desk.pass_time(hours=1)
    moved = accept(desk, again)
    assert (moved.status, moved.hold_expires_at) == ("awaiting_payment", desk.now + timedelta(hours=2))
    assert sound(desk)


def test_r32_an_offer_ends_with_the_hold_it_would_have_changed(desk: Desk) -> None:
    held = desk.hold(*SATURDAY, method="bank")
    one = offer(desk, held)
    desk.write(lambda tx: bookings.release(tx, held.id, actor=desk.actor(held), now=desk.now))
    assert look(desk, one).state == "withdrawn"
    for dates in (SATURDAY, NEXT):
        assert desk.hold(*dates, guest=desk.guest(2)).status == "held"


# --- Money


def test_r46_a_receipt_stops_the_clock_and_the_sum_that_came_makes_the_change(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    assert desk.receipt(booking).kind == "taken"
    desk.now = one.expires_at + timedelta(hours=3)
    assert look(desk, one).under_review
    fails("dates_taken", lambda: desk.hold("2026-12-04T14:00", "2026-12-05T14:00", guest=desk.guest(2)))
    moved = judge(desk, one, 26000)
    assert (moved.total, moved.guests, moved.start) == (76000, 3, factories.at("2026-12-05T11:00:00Z"))
    assert (paid(desk, booking), look(desk, one).state) == (76000, "accepted")
    fails("already_decided", lambda: judge(desk, one, 26000, by=SECOND))
    assert paid(desk, booking) == 76000, "one row of money"
    assert desk.findings() == []


async def test_check_24_an_expired_change_leaves_the_old_stay_untouched(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    await desk.until(one.expires_at)
    assert (look(desk, one).state, kept(desk, one)) == ("expired", set())
    assert stands(desk, booking)
    assert desk.findings() == []


@pytest.mark.parametrize("noticed", [False, True], ids=["unnoticed", "noticed"])
async def test_r46_a_receipt_sent_in_the_last_second_counts_although_it_is_read_later(
    desk: Desk, noticed: bool
) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    sent = one.expires_at - SECOND_
    if noticed:
        await desk.until(one.expires_at)
    desk.now = one.expires_at + timedelta(seconds=30)
    outcome = desk.receipt(booking, sent_at=sent)
    assert (outcome.kind, outcome.late_seconds) == ("taken", 0)
    assert (look(desk, one).state, look(desk, one).under_review) == ("open", True)
    assert judge(desk, one, 26000).total == 76000
    assert sound(desk)


async def test_r36_money_for_a_change_whose_dates_are_sold_stays_toward_the_balance(desk: Desk) -> None:
    booking = booked(desk)
    one = propose(desk, booking, to(SATURDAY[0], "2026-12-07T16:00"), by=OWNER)
    await desk.until(one.expires_at)
    desk.hold("2026-12-06T18:00", "2026-12-07T18:00", guest=desk.guest(2))
    desk.pass_time(minutes=4)
    outcome = desk.receipt(booking)
    assert (outcome.kind, outcome.late_seconds) == ("taken", 240)
    assert look(desk, one).state == "expired"
    left = one.amount
    judge(desk, one, left, twice=True)
    assert (paid(desk, booking), stands(desk, booking)) == (35000 + left, True)
    assert sound(desk)


def test_r44_another_sum_is_kept_and_the_rest_awaited_for_an_hour_at_least(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.pass_time(hours=1, minutes=50)
    desk.receipt(booking)
    judge(desk, one, 10000)
    rest = look(desk, one)
    assert (rest.under_review, rest.expires_at, paid(desk, booking)) == (False, desk.now + timedelta(hours=1), 60000)
    assert desk.read(lambda tx: proposed.missing(tx, rest)) == 16000
    assert desk.receipt(booking).kind == "taken"
    assert judge(desk, one, 16000).total == 76000
    assert paid(desk, booking) == 76000


def test_r44_more_than_was_asked_for_asks_twice(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.receipt(booking)
    fails("amount_invalid", lambda: judge(desk, one, 30000), ask_again=True, overpaid=4000)
    assert judge(desk, one, 30000, twice=True).total == 76000


def test_r46_a_refused_receipt_lets_the_guest_send_another(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.receipt(booking)
    desk.write(lambda tx: change_money.reject(tx, one.code, "не читается", actor=OWNER, now=desk.now))
    assert (look(desk, one).is_open, look(desk, one).under_review) == (True, False)
    assert desk.receipt(booking).kind == "taken"
    assert judge(desk, one, 26000).total == 76000
    assert sound(desk)


def test_r46_the_same_picture_as_for_the_booking_is_known_and_one_more_is_of_the_same_case(desk: Desk) -> None:
    held = desk.hold(*SATURDAY, method="bank", tariff="couple", party={"adult": 2})
    desk.receipt(held)
    first = desk.read(lambda tx: bookings.get(tx, held.id))
    booking = desk.confirm(first, received=50000, twice=True)
    one = propose(desk, booking)
    known = ReceiptFile("photo", "file-1", "unique-1")
    assert desk.receipt(booking, file=known).kind == "again"
    assert not look(desk, one).under_review
    assert [desk.receipt(booking).kind, desk.receipt(booking).kind] == ["taken", "added"]


def test_check_16_with_a_hold_beside_it_the_guest_is_asked_for_which_the_file_is(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    held = desk.hold(*NEXT, method="bank")
    outcome = desk.receipt(booking)
    assert (outcome.kind, {found.id for found in outcome.bookings}) == ("which", {booking.id, held.id})
    assert desk.receipt(booking, booking_id=booking.id).kind == "taken"
    assert (look(desk, one).under_review, desk.look(held).under_review) == (True, False)


def test_nothing_takes_the_change_away_while_its_receipt_is_looked_at(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.receipt(booking)
    fails("in_flight", lambda: refuse(desk, one), reason="receipt")
    fails("in_flight", lambda: propose(desk, booking, to("2026-12-05T13:00", SATURDAY[1], party={"adult": 3})))
    fails("in_flight", lambda: offer(desk, booking, Change(), price=40000, reason="скидка"))


def test_a_cancelled_booking_owes_back_what_came_for_its_change(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.receipt(booking)
    desk.cancel(desk.look(booking), by="owner", reason="авария")
    assert look(desk, one).state == "withdrawn"
    judge(desk, one, 26000)
    owed = [task.facts["amount"] for task in desk.read(tasks.listing) if task.kind == "refund"]
    assert sum(owed) == 76000
    assert sound(desk)


async def test_money_that_somebody_writes_down_counts_for_the_change(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)

    def record(amount: int) -> None:
        desk.write(
            lambda tx: books.record(tx, booking.id, amount, method="cash", twice=True, actor=OWNER, now=desk.now)
        )

    record(10000)
    await desk.tick()
    assert stands(desk, booking)
    record(16000)
    await desk.tick()
    assert (desk.look(booking).total, look(desk, one).state) == (76000, "accepted")
    assert sound(desk)


async def test_r46_a_receipt_long_after_the_end_is_for_the_balance_and_changes_nothing(desk: Desk) -> None:
    booking = booked(desk, tariff="couple", party={"adult": 2})
    one = propose(desk, booking)
    await desk.until(one.expires_at + timedelta(hours=3))
    assert desk.receipt(booking).kind == "taken"
    assert (look(desk, one).state, kept(desk, one), len(desk.said("staff.change"))) == ("expired", set(), 0)
    desk.write(lambda tx: balances.accept(tx, booking.id, 25000, actor=OWNER, now=desk.now))
    assert (paid(desk, booking), stands(desk, booking)) == (50000, True)


def test_r46_a_receipt_for_a_change_is_not_judged_as_one_for_the_balance(desk: Desk) -> None:
    booking = booked(desk, tariff="couple", party={"adult": 2})
    one = propose(desk, booking)
    desk.receipt(booking)
    fails("already_decided", lambda: desk.write(
        lambda tx: balances.accept(tx, booking.id, 26000, actor=OWNER, now=desk.now)
    ))  # fmt: skip
    assert look(desk, one).under_review
    assert judge(desk, one, 26000).total == 76000


def test_money_that_came_is_counted_once(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)

    def come(tx: Any) -> None:
        payment = payments.record(tx, booking, 26000, actor=SYSTEM, twice=True, now=desk.now)
        for _ in range(2):
            proposal_money.came(tx, one, payment, now=desk.now)

    desk.write(come)
    assert (desk.look(booking).total, paid(desk, booking), desk.said("staff.alert")) == (76000, 76000, [])


def test_r36_money_by_itself_after_the_end_alarms_staff_and_stays(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.now = one.expires_at

    def come(tx: Any) -> None:
        payment = payments.record(tx, booking, 26000, actor=SYSTEM, twice=True, now=desk.now)
        proposal_money.came(tx, one, payment, now=desk.now)

    desk.write(come)
    assert (paid(desk, booking), stands(desk, booking), look(desk, one).state) == (76000, True, "expired")
    told = [row["facts"]["code"] for row in desk.said("staff.alert")]
    assert sorted(told) == ["change_late_money"] * 2 + ["overpaid"] * 2, "it is not owed: somebody has to send it back"


async def test_r36_a_part_of_the_money_that_is_more_than_the_old_stay_costs_alarms_staff_at_its_end(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.receipt(booking)
    judge(desk, one, 10000)
    await desk.until(look(desk, one).expires_at)
    assert (look(desk, one).state, paid(desk, booking)) == ("expired", 60000)
    assert [row["facts"] for row in desk.said("staff.alert")] == [
        {"booking": booking.id, "code": "overpaid", "amount": 10000}
    ] * 2


def with_sauna(desk: Desk) -> tuple[Booking, Proposal]:
    booking = couple(desk)
    return booking, propose(desk, booking, replace(DEARER, extras={"sauna": 1}))


def stop_sauna(desk: Desk) -> None:
    dates = DateSpan(date(2026, 12, 1), date(2026, 12, 20))
    desk.write(lambda tx: blocks.stop_extra(tx, extra="sauna", dates=dates, reason="broken", actor=OWNER, now=desk.now))


def test_r36_a_receipt_for_a_change_that_is_not_to_be_had_is_judged_and_the_money_kept(desk: Desk) -> None:
    booking, one = with_sauna(desk)
    desk.receipt(booking)
    stop_sauna(desk)
    judge(desk, one, one.amount)
    assert (paid(desk, booking), stands(desk, booking), look(desk, one).state) == (
        50000 + one.amount,
        True,
        "withdrawn",
    )
    assert {row["facts"]["code"] for row in desk.said("staff.alert")} == {"change_late_money", "overpaid"}
    assert kept(desk, one) == set()


async def test_r36_money_written_down_for_a_change_that_is_not_to_be_had_ends_it(desk: Desk) -> None:
    booking, one = with_sauna(desk)
    stop_sauna(desk)
    desk.write(
        lambda tx: books.record(tx, booking.id, one.amount, method="cash", twice=True, actor=OWNER, now=desk.now)
    )
    await desk.tick()
    assert (stands(desk, booking), look(desk, one).state) == (True, "withdrawn")
    assert {row["facts"]["code"] for row in desk.said("staff.alert")} == {"change_late_money", "overpaid"}


def test_a_stay_that_is_paid_for_already_is_changed_at_once(desk: Desk) -> None:
    booking = booked(desk, tariff="couple", party={"adult": 2}, received=80000)
    one = propose(desk, booking)
    assert (one.state, desk.look(booking).total) == ("accepted", 76000)
    assert sound(desk)


def test_only_the_missing_part_of_the_difference_is_asked_for(desk: Desk) -> None:
    booking = booked(desk, tariff="couple", party={"adult": 2}, received=70000)
    assert propose(desk, booking).amount == 6000


def test_the_way_to_pay_is_the_guests_to_choose(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    actor = desk.actor(booking)
    chosen = desk.write(lambda tx: proposal_answers.choose_payment(tx, one.code, "bank", actor=actor, now=desk.now))
    assert chosen.payment_method == "bank"
    fails("invalid", lambda: desk.write(
        lambda tx: proposal_answers.choose_payment(tx, one.code, "cash", actor=actor, now=desk.now)
    ), reason="payment_method")  # fmt: skip


async def test_r46_whoever_decides_is_nudged_about_a_receipt_and_no_longer_once_it_is_judged(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    desk.receipt(booking)
    await desk.until(desk.now + timedelta(hours=2))
    assert len(desk.said("staff.change")) == 2 * 3, "both owners: at once, after 15 minutes, after an hour"
    judge(desk, one, 26000)
    count = len(desk.said("staff.change"))
    await desk.until(desk.now + timedelta(hours=12))
    assert len([row for row in desk.said("staff.change")[count:] if row["facts"].get("ring")]) == 0


def test_r32_an_outage_is_added_to_what_was_waiting(desk: Desk) -> None:
    booking = couple(desk)
    desk.write(lambda tx: outages.beat(tx, desk.now))
    one = propose(desk, booking)
    desk.pass_time(hours=3)
    desk.write(lambda tx: outages.at_start(tx, desk.now))
    assert look(desk, one).expires_at == one.expires_at + timedelta(hours=3)
    assert sound(desk)


def test_r39_a_new_document_gives_the_parts_of_a_unit_to_what_waits_for_it_too(desk: Desk) -> None:
    booking = booked(desk)
    one = offer(desk, booking)
    house = factories.secret_house()
    pool = replace(house.parts[0], id="pool")
    bigger = replace(house.units[0], parts=(*house.units[0].parts, "pool"))
    new: Catalog = replace(house, parts=(*house.parts, pool), units=(bigger,))
    desk.write(lambda tx: catalogs.apply(tx, to_document(new), actor=OWNER, now=desk.now))
    rows = desk.rows("SELECT part_id FROM occupancies WHERE proposal_id = :id", id=one.id)
    assert "pool" in {row["part_id"] for row in rows}


def test_the_difference_is_told_line_by_line_as_it_was_shown(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    found = desk.read(lambda tx: proposal_differences.of(tx, one))
    assert {(line.line.code, line.amount) for line in found.lines} == {("extra_hours", 6000), ("extra_guests", 20000)}
    assert (found.was.price.total, found.now.price.total, found.amount) == (50000, 76000, 26000)
    assert desk.read(lambda tx: quotes.load(tx, one.quote_id)).price.total == 76000


def test_a_file_for_a_change_long_over_goes_to_a_person_as_it_is(desk: Desk) -> None:
    booking = couple(desk)
    one = propose(desk, booking)
    refuse(desk, one)
    assert desk.receipt(booking).kind == "nothing"
    assert not desk.read(lambda tx: change_receipts.waits_for_person(tx, one))


def test_r37_the_file_itself_refuses_a_second_open_change_of_one_booking(desk: Desk) -> None:
    one = offer(desk, booked(desk))
    copied = ", ".join(
        row["name"] for row in desk.rows("SELECT name FROM pragma_table_info('proposals')") if row["name"] != "id"
    )
    values = copied.replace("code", "'ANOTHER1'", 1)

    def twice(tx: Any) -> None:
        tx.run(f"INSERT INTO proposals ({copied}) SELECT {values} FROM proposals WHERE id = :id", id=one.id)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        desk.write(twice)
    desk.write(lambda tx: proposal_answers.withdraw(tx, bookings.get(tx, one.booking_id), actor=OWNER, now=desk.now))
    desk.write(twice)  # what is over is in nobody's way
