"""A stay under way: nobody came, or they left early; what is left of the time is free (R35)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import audit, bookings, chats, tasks
from housebot.services.bookings import Booking
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk = Desk(file)
    desk.write(
        lambda tx: chats.connect(tx, "facts", chat_id=-500, thread_id=None, title="Cleaners", actor=OWNER, now=desk.now)
    )
    yield desk
    file.close()


def booked(desk: Desk, dates: tuple[str, str] = SATURDAY, **more: Any) -> Booking:
    return desk.confirm(desk.hold(*dates, method="bank", **more), received=35000, twice=True)


def no_show(desk: Desk, booking: Booking, **more: Any) -> Booking:
    return desk.write(lambda tx: bookings.no_show(tx, booking.id, actor=OWNER, now=desk.now, **more))


def check_out(desk: Desk, booking: Booking, **more: Any) -> Booking:
    return desk.write(lambda tx: bookings.check_out(tx, booking.id, actor=OWNER, now=desk.now, **more))


async def test_r35_until_check_out_somebody_may_say_that_nobody_came_though_the_clock_said_in_house(desk: Desk) -> None:
    booking = booked(desk)
    await desk.until(booking.end - timedelta(minutes=1))
    assert desk.look(booking).status == "in_house"
    gone = no_show(desk, booking, reason="snow")
    assert (gone.status, gone.reason) == ("no_show", "snow")
    assert desk.rows("SELECT 1 FROM occupancies") == []
    assert desk.rows("SELECT 1 FROM due WHERE done_at IS NULL AND subject = :subject", subject=booking.subject) == []
    assert (desk.json(gone)["paid"]["amount"], desk.read(tasks.listing)) == (35000, []), "what was paid stays"
    assert [row["chat_id"] for row in desk.said("facts.cancelled")] == [-500]
    with pytest.raises(Refusal, match="already_decided"):
        no_show(desk, booking)
    assert desk.findings() == []


async def test_r35_nobody_has_not_come_before_the_day_of_arrival_and_the_dates_stay_theirs(desk: Desk) -> None:
    booking = booked(desk)
    midnight = factories.at("2026-12-04T21:00:00Z")  # Saturday begins in Minsk
    desk.now = midnight - timedelta(seconds=1)
    with pytest.raises(Refusal, match="invalid") as refused:
        no_show(desk, booking)
    assert refused.value.facts["reason"] == "not_yet"
    assert (desk.look(booking).status, len(desk.rows("SELECT 1 FROM occupancies")) > 0) == ("confirmed", True)
    desk.now = midnight
    assert no_show(desk, booking).status == "no_show"


async def test_after_check_out_it_is_too_late_to_say_so(desk: Desk) -> None:
    booking = booked(desk)
    desk.now = booking.end
    with pytest.raises(Refusal, match="past"):
        no_show(desk, booking)  # nobody has swept
    await desk.tick()
    with pytest.raises(Refusal, match="already_decided"):
        no_show(desk, booking)


async def test_who_leaves_early_frees_the_rest_after_the_cleaning(desk: Desk) -> None:
    booking = booked(desk)
    await desk.until("2026-12-06T06:00:00Z")
    desk.pass_time(seconds=1)
    left = check_out(desk, booking)
    assert (left.status, left.departure, left.total) == ("completed", datetime(2026, 12, 6, 9, 1), 70000)
    assert {(row["end"], row["busy_until"]) for row in desk.rows("SELECT * FROM occupancies")} == {
        ("2026-12-06T06:01:00Z", "2026-12-06T08:01:00Z")
    }
    (fact,) = desk.said("facts.moved")
    assert fact["facts"]["before"]["departure"] == "2026-12-06T16:00"
    assert desk.read(tasks.listing) == [], "no refund by itself"
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold(
            "2026-12-06T11:00",
            "2026-12-06T23:00",
            tariff="half-day",
            party={"adult": 2},
            guest=desk.guest(2),
            actor=OWNER,
        )
    next_one = desk.hold(
        "2026-12-06T13:00", "2026-12-07T01:00", tariff="half-day", party={"adult": 2}, guest=desk.guest(2)
    )
    assert next_one.status == "held"
    (entry,) = [
        one for one in desk.read(lambda tx: audit.history(tx, left.subject)) if one.action == "booking.check_out"
    ]
    assert (entry.before["end"], entry.after["end"]) == ("2026-12-06T13:00:00Z", "2026-12-06T06:01:00Z")
    assert desk.findings() == []
    await desk.until(booking.end)
    assert desk.look(booking) == left


async def test_only_a_stay_under_way_ends_early(desk: Desk) -> None:
    booking = booked(desk)
    with pytest.raises(Refusal, match="stale"):
        check_out(desk, booking)
    desk.now = booking.start
    assert check_out(desk, booking).end == booking.start + timedelta(minutes=1), "the clock need not have come by"
    with pytest.raises(Refusal, match="already_decided"):
        check_out(desk, booking)
    second = booked(desk, ("2026-12-08T16:00", "2026-12-09T16:00"), guest=desk.guest(2))
    await desk.until(second.start)
    with pytest.raises(Refusal, match="stale"):
        check_out(desk, second, version=1)
    desk.now = factories.at("2026-12-09T15:00:00Z")
    assert check_out(desk, second).end == second.end, "late at the desk is not late in the house"
    assert desk.said("facts.moved")[1:] == []
    assert desk.findings() == []
