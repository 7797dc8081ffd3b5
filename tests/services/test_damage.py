"""Damage deposits: a purse beside the price, never below nothing, asked for after the stay until it is returned or kept (R54)."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot import catalog_file
from housebot.catalog_text import to_toml
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.damage import Purse
from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.services import audit, bookings, damage, deciding, payments, promos, quotes, tasks
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor
from housebot.storage.file import DatabaseFile, Tx
from tests import factories
from tests.desk import OWNER, SECOND, SHELL, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")


def with_deposit(amount: int = 20000, **of_tariff: Any) -> Catalog:
    house = factories.secret_house()
    units = tuple(replace(unit, damage_deposit=amount) for unit in house.units)
    tariffs = tuple(
        replace(one, damage_deposit=of_tariff[one.id.replace("-", "_")])
        if one.id.replace("-", "_") in of_tariff
        else one
        for one in house.tariffs
    )
    return replace(house, units=units, tariffs=tariffs)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file, with_deposit())


def booked(desk: Desk, *, received: int = 35000) -> Booking:
    return desk.confirm(desk.hold(*SATURDAY, method="bank"), received=received, twice=True)


def take(desk: Desk, booking: Booking, amount: int | None = None, *, actor: Actor = OWNER, **more: Any) -> Purse:
    facts = {"method": "cash", **more}
    return desk.write(lambda tx: damage.take(tx, booking.id, amount, actor=actor, now=desk.now, **facts))


def give(desk: Desk, booking: Booking, amount: int | None = None, *, actor: Actor = OWNER) -> Purse:
    return desk.write(lambda tx: damage.give_back(tx, booking.id, amount, actor=actor, now=desk.now))


def keep(desk: Desk, booking: Booking, amount: int | None = None, *, reason: str = "Разбита ваза") -> Purse:
    return desk.write(lambda tx: damage.keep(tx, booking.id, amount, reason=reason, actor=OWNER, now=desk.now))


def purse(desk: Desk, booking: Booking) -> Purse:
    return desk.read(lambda tx: damage.purse(tx, desk_booking(tx, booking)))


def desk_booking(tx: Tx, booking: Booking) -> Booking:
    return bookings.get(tx, booking.id)


def open_task(desk: Desk, booking: Booking) -> tasks.Task | None:
    return desk.read(lambda tx: tasks.find_open(tx, "damage", booking.id))


def test_r54_the_deposit_is_no_part_of_total_prepayment_or_what_is_paid(desk: Desk) -> None:
    plain = Desk(desk.file, factories.secret_house()).quote(*SATURDAY)
    desk = Desk(desk.file, with_deposit())
    quote = desk.quote(*SATURDAY)
    assert (quote.price.total, quote.price.deposit, quote.price.lines) == (
        plain.price.total,
        plain.price.deposit,
        plain.price.lines,
    )
    booking = booked(desk)
    take(desk, booking)
    assert desk.read(lambda tx: payments.paid(tx, booking.id)) == 35000
    assert desk.read(lambda tx: payments.balance(tx, booking)) == 35000
    assert desk.json(booking)["due"]["amount"] == 35000


def test_r52_a_promo_code_never_touches_it(desk: Desk) -> None:
    code = Promo(id=0, code="HALF", kind="percent", value=5000)
    desk.write(lambda tx: promos.add(tx, with_deposit(), code, actor=OWNER, now=desk.now))
    request = replace(desk.quote(*SATURDAY).request, promo="HALF")
    quote = desk.write(lambda tx: quotes.make(tx, request, now=desk.now))
    booking = desk.confirm(desk.hold(*SATURDAY, wish=quote, method="bank"), received=17500, twice=True)
    assert booking.total == 35000
    assert purse(desk, booking).asked == 20000


def test_r54_a_tariff_may_ask_for_another_sum_or_none(file: DatabaseFile) -> None:
    desk = Desk(file, with_deposit(20000, day=50000, couple=0))
    assert purse(desk, booked(desk)).asked == 50000
    couple = desk.hold("2026-12-08T16:00", "2026-12-09T16:00", tariff="couple", party={"adult": 2})
    assert purse(desk, couple).asked == 0


def test_r54_the_catalog_says_it_in_money_and_is_written_back_as_it_was_read() -> None:
    document = to_document(with_deposit(20050, day=0))
    text = to_toml(document)
    assert "damage_deposit = 200.50" in text
    assert catalog_file.parse(text) == document


def test_r54_taken_part_kept_and_the_rest_returned(desk: Desk) -> None:
    booking = booked(desk)
    assert take(desk, booking) == Purse(20000, taken=20000)
    assert keep(desk, booking, 5000) == Purse(20000, taken=20000, kept=5000)
    assert give(desk, booking).left == 0
    kinds = [(one.kind, one.amount, one.comment) for one in desk.read(lambda tx: damage.entries(tx, booking.id))]
    assert kinds == [("taken", 20000, ""), ("kept", 5000, "Разбита ваза"), ("returned", 15000, "")]
    assert desk.findings() == []
    log = [one for one in desk.read(lambda tx: audit.history(tx, booking.subject)) if one.action.startswith("damage.")]
    assert [(one.action, one.actor, one.reason, one.before["left"], one.after["left"]) for one in log] == [
        ("damage.taken", "staff:1", None, 0, 20000),
        ("damage.kept", "staff:1", "Разбита ваза", 20000, 15000),
        ("damage.returned", "staff:1", None, 15000, 0),
    ]


def test_r54_never_more_goes_than_there_is(desk: Desk) -> None:
    booking = booked(desk)
    with pytest.raises(Refusal) as nothing:
        give(desk, booking)
    assert (nothing.value.code, nothing.value.facts["reason"]) == ("invalid", "no_deposit")
    take(desk, booking)
    keep(desk, booking, 5000)
    for act in (give, keep):
        with pytest.raises(Refusal) as above:
            act(desk, booking, 15001)
        assert (above.value.facts["reason"], above.value.facts["left"]) == ("above_deposit", 15000)
    for amount in (0, -1):
        with pytest.raises(Refusal) as invalid:
            give(desk, booking, amount)
        assert invalid.value.code == "amount_invalid"
    assert purse(desk, booking).left == 15000


def test_r54_the_file_itself_refuses_a_row_below_nothing_and_any_change(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    row = (
        "INSERT INTO damage_deposits (booking_id, at, kind, amount, currency, method, actor) "
        "VALUES (:id, '2026-11-20T12:00:00Z', 'kept', 20001, 'BYN', 'cash', 'staff:1')"
    )
    for sql in (row, "UPDATE damage_deposits SET amount = 1 WHERE :id", "DELETE FROM damage_deposits WHERE :id"):
        with pytest.raises((Refusal, sqlite3.DatabaseError)):
            desk.write(lambda tx, sql=sql: tx.run(sql, id=booking.id))  # type: ignore[misc]
    assert purse(desk, booking).left == 20000


def test_r54_of_two_who_take_or_return_it_the_second_is_told_who_was_first(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking, actor=OWNER)
    with pytest.raises(Refusal) as taken:
        take(desk, booking, actor=SECOND)
    assert (taken.value.code, taken.value.facts["by"]) == ("already_decided", "staff:1")
    give(desk, booking, actor=SECOND)
    with pytest.raises(Refusal) as given:
        give(desk, booking, actor=OWNER)
    assert (given.value.code, given.value.facts["by"]) == ("already_decided", "staff:2")
    assert len(desk.read(lambda tx: damage.entries(tx, booking.id))) == 2


def test_r54_more_than_is_asked_for_is_said_twice(desk: Desk) -> None:
    booking = booked(desk)
    with pytest.raises(Refusal) as over:
        take(desk, booking, 20001)
    assert (over.value.facts["overpaid"], over.value.facts["ask_again"]) == (1, True)
    assert take(desk, booking, 20001, twice=True).left == 20001


def test_r54_where_nothing_is_asked_for_staff_may_still_take_some(file: DatabaseFile) -> None:
    desk = Desk(file)
    booking = booked(desk)
    with pytest.raises(Refusal):
        take(desk, booking)  # no sum is known
    assert take(desk, booking, 10000, actor=SHELL) == Purse(0, taken=10000)


def test_r54_a_part_that_came_leaves_the_rest_to_ask_for(desk: Desk) -> None:
    booking = booked(desk)
    assert take(desk, booking, 5000).missing == 15000
    assert take(desk, booking).missing == 0
    assert purse(desk, booking).taken == 20000


def test_r54_only_staff_write_into_it_and_only_for_a_stay_that_is_booked(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    with pytest.raises(Refusal, match="stale"):
        take(desk, hold)
    booking = desk.confirm(hold, received=35000)
    guest = desk.actor(booking)
    with pytest.raises(Refusal, match="forbidden"):
        take(desk, booking, actor=guest)
    take(desk, booking)
    with pytest.raises(Refusal, match="forbidden"):
        give(desk, booking, actor=guest)
    give(desk, booking)
    desk.cancel(booking, by="owner", reason="Ремонт")
    with pytest.raises(Refusal, match="already_decided"):
        take(desk, booking, twice=True)


def test_r54_kept_only_with_a_reason(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    with pytest.raises(Refusal) as empty:
        keep(desk, booking, 100, reason="  ")
    assert empty.value.facts["reason"] == "reason_missing"


async def test_r54_two_hours_after_check_out_a_task_asks_for_it_every_day_until_nothing_is_left(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    await desk.until(booking.end + timedelta(hours=1, minutes=59))
    assert open_task(desk, booking) is None
    await desk.until(booking.end + timedelta(hours=2))
    task = open_task(desk, booking)
    assert task is not None
    assert task.facts["amount"] == 20000
    rung = len(desk.said("staff.task"))
    await desk.until(booking.end + timedelta(days=2, hours=3))
    assert (
        len([one for one in desk.said("staff.task")[rung:] if one["facts"].get("ring")]) == 2 * 2
    )  # two owners, two days
    keep(desk, booking, 5000)
    assert (open_task(desk, booking) or task).facts["amount"] == 15000
    give(desk, booking)
    assert open_task(desk, booking) is None
    quiet = len(desk.said("staff.task"))
    await desk.until(booking.end + timedelta(days=5))
    assert len(desk.said("staff.task")) == quiet
    assert desk.findings() == []


async def test_r54_no_task_without_a_deposit_and_none_for_one_returned_at_the_door(desk: Desk) -> None:
    first, second = booked(desk), desk.confirm(desk.hold("2026-12-08T16:00", "2026-12-09T16:00"), received=0)
    take(desk, first)
    give(desk, first)
    await desk.until(second.end + timedelta(days=1))
    assert open_task(desk, first) is None
    assert open_task(desk, second) is None


def cancelled(desk: Desk, booking: Booking) -> None:
    desk.cancel(booking, by="owner", reason="Ремонт")


def cancelled_by_guest(desk: Desk, booking: Booking) -> None:
    desk.cancel(booking, by="guest", actor=desk.actor(booking))


def not_come(desk: Desk, booking: Booking) -> None:
    desk.now = booking.start + timedelta(hours=2)
    desk.write(lambda tx: bookings.no_show(tx, booking.id, actor=OWNER, now=desk.now))


@pytest.mark.parametrize("end", [cancelled, cancelled_by_guest, not_come])
def test_r54_a_stay_that_comes_to_nothing_asks_for_it_at_once(desk: Desk, end: Callable[..., None]) -> None:
    booking = booked(desk)
    take(desk, booking)
    end(desk, booking)
    task = open_task(desk, booking)
    assert task is not None
    assert task.facts["amount"] == 20000
    assert not any(one.check in {"damage deposits", "deadlines"} for one in desk.findings())


async def test_r54_the_task_follows_the_stay_that_ends_earlier_or_later(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    change = Change(departure=booking.departure + timedelta(hours=2))
    moved = desk.write(lambda tx: bookings.move(tx, booking.id, change, actor=OWNER, now=desk.now))
    await desk.until(booking.end + timedelta(hours=3))
    assert open_task(desk, booking) is None
    await desk.until(moved.end + timedelta(hours=2))
    assert open_task(desk, booking) is not None


async def test_r54_a_stay_moved_to_earlier_dates_has_it_asked_for_earlier(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    change = Change(arrival=booking.arrival - timedelta(days=3))
    moved = desk.write(lambda tx: bookings.move(tx, booking.id, change, actor=OWNER, now=desk.now))
    await desk.until(moved.end + timedelta(hours=2))
    assert open_task(desk, booking) is not None


def test_r54_a_test_booking_that_is_freed_asks_for_it_too(desk: Desk) -> None:
    booking = desk.confirm(desk.hold(*SATURDAY, method="bank", test=True), received=0)
    take(desk, booking)
    desk.write(lambda tx: deciding.free_test(tx, booking.id, actor=OWNER, now=desk.now))
    assert open_task(desk, booking) is not None


def test_r54_what_was_returned_is_not_asked_for_again(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking, 5000)
    give(desk, booking)
    assert purse(desk, booking) == Purse(20000, taken=5000, returned=5000)
    assert purse(desk, booking).missing == 0


def test_r54_a_novel_is_no_reason(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    with pytest.raises(Refusal) as longest:
        keep(desk, booking, 100, reason="x" * 501)
    assert longest.value.facts["reason"] == "too_long"


async def test_r54_who_leaves_early_has_it_asked_for_early(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    await desk.until(booking.start + timedelta(hours=15))  # Sunday 07:00 in Minsk
    left = desk.write(lambda tx: bookings.check_out(tx, booking.id, actor=OWNER, now=desk.now))
    await desk.until(left.end + timedelta(hours=2))
    assert open_task(desk, booking) is not None


async def test_r54_at_night_nobody_is_asked(file: DatabaseFile) -> None:
    desk = Desk(file, with_deposit())
    stay = desk.hold("2026-12-05T12:00", "2026-12-06T00:00", tariff="half-day", party={"adult": 2}, method="bank")
    booking = desk.confirm(stay, received=0)
    take(desk, booking)
    await desk.until(booking.end + timedelta(hours=7, minutes=59))  # 07:59 on Sunday
    assert open_task(desk, booking) is None
    await desk.until(booking.end + timedelta(hours=8))
    assert open_task(desk, booking) is not None


def test_r54_saying_done_does_not_make_a_deposit_vanish(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    cancelled(desk, booking)
    task = open_task(desk, booking)
    assert task is not None
    with pytest.raises(Refusal, match="stale"):
        desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=desk.now))
    assert purse(desk, booking).left == 20000


def test_r54_the_guest_is_told_what_was_returned_and_what_was_kept_and_why(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    keep(desk, booking, 5000)
    give(desk, booking)
    told = [one["facts"] for one in desk.said("guest.damage")]
    assert [(one["kind"], one["amount"], one["left"], one["reason"]) for one in told] == [
        ("kept", 5000, 15000, "Разбита ваза"),
        ("returned", 15000, 0, ""),
    ]


def test_r54_db_check_finds_a_purse_below_nothing_and_one_nobody_asks_about(desk: Desk) -> None:
    booking = booked(desk)
    take(desk, booking)
    assert desk.findings() == []
    desk.write(lambda tx: tx.run("DELETE FROM due WHERE kind = 'damage.return'"))
    (found,) = desk.findings()
    assert (found.check, found.status) == ("damage deposits", "fail")
    assert "nobody will be asked" in found.detail
    give(desk, booking)
    desk.write(lambda tx: tx.run("DROP TRIGGER damage_deposits_never_below_nothing"))
    desk.write(
        lambda tx: tx.run(
            """
            INSERT INTO damage_deposits (booking_id, at, kind, amount, currency, method, actor)
            VALUES (:id, '2026-12-07T12:00:00Z', 'kept', 100, 'BYN', 'cash', 'staff:1')
            """,
            id=booking.id,
        )
    )
    assert any("was -1 BYN after" in one.detail for one in desk.findings())
