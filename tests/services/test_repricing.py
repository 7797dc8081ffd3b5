"""The owner's price: told, kept in the history, and never a way around what was agreed (R13, R23)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import audit, bookings, quotes
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.storage.file import DatabaseFile
from tests.desk import OWNER, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file)
    file.close()


def set_price(desk: Desk, booking: Booking, total: int, **more: Any) -> Booking:
    facts: dict[str, Any] = {"reason": "old friends", "actor": OWNER, "now": desk.now} | more
    return desk.write(lambda tx: bookings.set_price(tx, booking.id, total, **facts))


def booked(desk: Desk, *, received: int = 40000) -> Booking:
    return desk.confirm(desk.hold(*SATURDAY, method="bank", extras={"sauna": 1}), received=received, twice=True)


def overpaid(desk: Desk) -> set[int]:
    """By how much, as staff were told."""
    return {one["facts"]["amount"] for one in desk.said("staff.alert") if one["facts"]["code"] == "overpaid"}


def test_r23_the_owners_price_is_a_new_quote_and_the_old_one_is_kept(desk: Desk) -> None:
    booking = booked(desk)
    priced = set_price(desk, booking, 60000)
    assert (priced.total, priced.deposit, priced.version) == (60000, 40000, booking.version + 1)
    quote, old = desk.read(lambda tx: (quotes.load(tx, priced.quote_id), quotes.load(tx, booking.quote_id)))
    assert [line.amount for line in quote.price.lines if line.code == "owner_price"] == [-20000]
    assert (old.price.total, quote.policy) == (80000, old.policy)
    (entry,) = [
        one for one in desk.read(lambda tx: audit.history(tx, booking.subject)) if one.action == "booking.set_price"
    ]
    assert (entry.reason, entry.before["total"], entry.after["total"]) == ("old friends", 80000, 60000)
    (told,) = desk.said("guest.priced")
    assert told["facts"]["price_before"] == 80000
    assert "old friends" not in str(told)
    assert desk.said("guest.confirmed")[-1]["class"] == "latest"
    assert desk.findings() == []


def test_r44_what_is_paid_above_a_lower_price_is_told_to_whoever_has_to_send_it_back(desk: Desk) -> None:
    booking = booked(desk)
    set_price(desk, booking, 60000)
    assert overpaid(desk) == set()
    set_price(desk, booking, 30000)
    assert overpaid(desk) == {10000}


def test_r44_a_shorter_stay_that_costs_less_than_was_paid_is_told_too(desk: Desk) -> None:
    booking = booked(desk, received=80000)
    desk.write(lambda tx: bookings.move(tx, booking.id, Change(extras={"sauna": 0}), actor=OWNER, now=desk.now))
    assert overpaid(desk) == {10000}


def test_a_hold_nobody_paid_for_has_the_prepayment_of_its_new_price(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    assert set_price(desk, hold, 100000).deposit == 50000
    assert set_price(desk, hold, 30000).deposit == 15000
    assert desk.said("guest.hold")[-1]["class"] == "latest"
    assert desk.findings() == []


def test_what_was_paid_for_keeps_its_prepayment_as_far_as_there_is_a_price(desk: Desk) -> None:
    booking = booked(desk)
    assert set_price(desk, booking, 90000).deposit == 40000
    cheap = set_price(desk, booking, 10000)
    assert (cheap.deposit, desk.json(cheap)["due"]["amount"]) == (10000, 0)
    assert [one.status for one in desk.findings()] == ["warn"], "overpaid is said"


def test_what_the_owner_granted_goes_with_the_stay_when_it_moves(desk: Desk) -> None:
    booking = set_price(desk, booked(desk), 60000)
    change = Change(arrival=datetime(2026, 12, 12, 16), extras={"sauna": 0})
    moved = desk.write(lambda tx: bookings.move(tx, booking.id, change, actor=OWNER, now=desk.now))
    assert moved.total == 50000
    assert desk.findings() == []


def test_r29_a_hold_that_costs_nothing_any_more_is_confirmed(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    assert set_price(desk, hold, 0).status == "confirmed"
    assert len(desk.said("guest.confirmed")) == 1
    assert desk.findings() == []


async def test_who_may_set_a_price_and_when(desk: Desk) -> None:
    booking = booked(desk)
    for code, more in (
        ("forbidden", {"actor": desk.actor(booking)}),
        ("invalid", {"reason": "  "}),
        ("stale", {"version": 1}),
    ):
        with pytest.raises(Refusal, match=code):
            set_price(desk, booking, 60000, **more)
    with pytest.raises(Refusal, match="nothing_changes"):
        set_price(desk, booking, 80000)
    await desk.until(booking.start)
    assert set_price(desk, booking, 60000).status == "in_house"
    await desk.until(booking.end)
    with pytest.raises(Refusal, match="already_decided"):
        set_price(desk, booking, 50000)
    lapsed = desk.hold("2026-12-12T16:00", "2026-12-13T16:00", method="bank")
    desk.pass_time(hours=2)
    with pytest.raises(Refusal, match="stale"):
        set_price(desk, lapsed, 50000)
