"""Figures of units and of days: what is counted, what is left out, and that a day counted twice is counted once."""

from datetime import date
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import figures, payments, statistics
from housebot.services.bookings import Booking
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OPENED, OWNER, Desk, request

DECEMBER: dict[str, Any] = {"since": date(2026, 12, 1), "until": date(2026, 12, 31)}


@pytest.fixture
def desk(empty: DatabaseFile) -> Desk:
    return Desk(empty)


@pytest.fixture
def rooms(empty: DatabaseFile) -> Desk:
    return Desk(empty, factories.guesthouse())


def of(desk: Desk, unit: str, **span: Any) -> dict[str, Any]:
    found = desk.read(lambda tx: statistics.as_json(tx, **(span or DECEMBER), now=desk.now))
    return next(dict(one) for one in found["units"] if one["unit"] == unit)


def confirmed(desk: Desk, arrival: str, departure: str, **more: Any) -> Booking:
    return desk.confirm(desk.hold(arrival, departure, **more))


def test_a_stay_is_counted_by_its_arrival_and_its_nights_by_the_days_asked_for(desk: Desk) -> None:
    confirmed(desk, "2026-12-05T16:00", "2026-12-06T16:00")
    confirmed(desk, "2026-12-30T16:00", "2027-01-02T16:00", contact="+375291112233", guest=desk.guest(2))
    december, january = of(desk, "house"), of(desk, "house", since=date(2027, 1, 1), until=date(2027, 1, 31))
    assert (december["stays"], december["nights"]) == (2, 4)
    assert december["occupancy"] == {"basis": "nights", "sold": 3, "sellable": 31, "basis_points": 968}
    assert (january["stays"], january["revenue"]) == (0, [])
    assert january["occupancy"] == {"basis": "nights", "sold": 1, "sellable": 31, "basis_points": 323}


def test_holds_tests_and_what_was_called_off_are_not_sold(desk: Desk) -> None:
    desk.hold("2026-12-05T16:00", "2026-12-06T16:00")
    desk.confirm(desk.hold("2026-12-08T16:00", "2026-12-09T16:00", guest=desk.guest(2), test=True))
    gone = desk.confirm(desk.hold("2026-12-11T16:00", "2026-12-12T16:00", guest=desk.guest(3)))
    desk.cancel(gone, by="owner", reason="ill")
    found = of(desk, "house")
    assert (found["stays"], found["revenue"], found["received"]) == (0, [], [])
    assert found["called_off"] == {"cancelled_by_owner": 1}
    assert found["occupancy"] == {"basis": "nights", "sold": 0, "sellable": 31, "basis_points": 0}


def test_revenue_is_the_price_and_received_is_the_money_less_what_went_back(desk: Desk) -> None:
    booking = desk.confirm(desk.hold("2026-12-05T16:00", "2026-12-06T16:00"))
    desk.write(lambda tx: payments.record(tx, booking, 40_000, actor=OWNER, now=desk.now))
    desk.write(lambda tx: payments.record(tx, booking, 10_000, kind="refund", actor=OWNER, now=desk.now))
    found = of(desk, "house")
    assert found["revenue"] == [{"amount": booking.total, "currency": "BYN"}]
    assert found["per_night"] == found["revenue"]
    assert found["per_hour"] == [{"amount": (2 * booking.total + 24) // 48, "currency": "BYN"}]
    assert found["received"] == [], "the money came in November"
    november = of(desk, "house", since=date(2026, 11, 1), until=date(2026, 11, 30))
    assert november["received"] == [{"amount": 30_000, "currency": "BYN"}]
    assert found["lead_days"] == {"mean": 15, "median": 15}
    assert found["sources"] == {"telegram": 1}


def test_r20_what_a_night_brought_is_said_of_each_currency_by_itself(desk: Desk) -> None:
    first = confirmed(desk, "2026-12-05T16:00", "2026-12-06T16:00")
    other = confirmed(desk, "2026-12-08T16:00", "2026-12-10T16:00", guest=desk.guest(2))
    desk.write(
        lambda tx: tx.run(
            "UPDATE bookings SET currency = 'EUR', total = 50001, deposit = 0 WHERE id = :id", id=other.id
        )
    )
    found = of(desk, "house")
    assert (found["stays"], found["nights"], found["hours"]) == (2, 3, 72)
    assert found["per_night"] == [{"amount": first.total, "currency": "BYN"}, {"amount": 25_001, "currency": "EUR"}]
    assert found["per_hour"] == [
        {"amount": (2 * first.total + 24) // 48, "currency": "BYN"},
        {"amount": (2 * 50_001 + 48) // 96, "currency": "EUR"},
    ]


def test_r5_hours_of_a_stay_over_the_change_of_clocks_pass_as_time_does_and_29_february_is_a_night(rooms: Desk) -> None:
    for arrival, departure, guest, hours in (
        ("2027-03-27", "2027-03-29", 1, 44 - 1),  # Berlin: clocks go forward in that night
        ("2028-02-28", "2028-03-01", 2, 44),
    ):
        wish = request(arrival, departure, unit="blue-room", tariff="room", party={"adult": 2})
        rooms.now = factories.at(f"{arrival[:4]}-01-20T12:00:00Z")
        booking = rooms.confirm(rooms.hold(arrival, departure, guest=rooms.guest(guest), wish=wish))
        span = {"since": date.fromisoformat(arrival), "until": date.fromisoformat(departure)}
        found = of(rooms, "blue-room", **span)
        nights = (span["until"] - span["since"]).days
        assert (found["nights"], found["occupancy"]["sold"], found["occupancy"]["sellable"]) == (
            nights,
            nights,
            nights + 1,
        )
        stay = booking.end - booking.start
        assert found["hours"] == stay.total_seconds() // 3600 == hours


def test_r39_nights_sold_under_another_name_and_closed_nights_are_not_for_sale(rooms: Desk) -> None:
    units = rooms.read(lambda tx: statistics.look(tx, *DECEMBER.values(), now=rooms.now)).catalog.units
    whole = max(units, key=lambda one: len(one.parts))
    room = next(one for one in units if len(one.parts) == 1)
    tariff = next(
        one.id
        for one in rooms.read(lambda tx: statistics.look(tx, *DECEMBER.values(), now=rooms.now)).catalog.tariffs
        if whole.id in one.units
    )
    rooms.confirm(
        rooms.hold("2026-12-07", "2026-12-10", wish=request("2026-12-07", "2026-12-10", unit=whole.id, tariff=tariff))
    )
    assert of(rooms, whole.id)["occupancy"] == {"basis": "nights", "sold": 3, "sellable": 31, "basis_points": 968}
    assert of(rooms, room.id)["occupancy"] == {"basis": "nights", "sold": 0, "sellable": 28, "basis_points": 0}


def test_a_span_that_is_none_and_a_unit_nobody_knows_are_refused(desk: Desk) -> None:
    for since, until in ((date(2026, 12, 2), date(2026, 12, 1)), (date(2001, 1, 1), date(2026, 1, 1))):
        with pytest.raises(Refusal, match="invalid"):
            of(desk, "house", since=since, until=until)
    with pytest.raises(Refusal, match="unknown_unit"):
        desk.read(lambda tx: statistics.as_json(tx, unit="castle", now=desk.now))


def test_without_dates_it_is_the_present_month(desk: Desk) -> None:
    found = desk.read(lambda tx: statistics.as_json(tx, now=desk.now))
    assert (found["since"], found["until"]) == ("2026-11-01", "2026-11-30")


def test_queues_say_how_much_waits_and_for_how_long(desk: Desk) -> None:
    desk.hold("2026-12-05T16:00", "2026-12-06T16:00")
    before = desk.read(lambda tx: statistics.queues(tx, now=desk.now))
    desk.pass_time(hours=3)
    after = desk.read(lambda tx: statistics.queues(tx, now=desk.now))
    assert before["due"] == {"depth": 0, "oldest_seconds": 0}
    assert after["due"]["depth"] > 0
    assert 0 < after["due"]["oldest_seconds"] <= 3 * 3600
    assert after["inbox"] == {"depth": 0, "oldest_seconds": 0}
    assert set(after["outbox"]["classes"]) <= {"must", "once", "latest"}


# Days.


def close(desk: Desk) -> list[str]:
    """What the running desk does every few minutes."""
    days = desk.read(lambda tx: figures.missing(tx, now=desk.now))
    counted = desk.read(lambda tx: figures.of_days(tx, days, now=desk.now))
    desk.write(lambda tx: figures.keep(tx, counted))
    return [day.isoformat() for day in days]


def value(desk: Desk, day: str, name: str, unit: str = "", currency: str = "") -> int | None:
    rows = desk.rows(
        "SELECT value FROM daily_figures WHERE day = :day AND name = :name AND unit = :unit AND currency = :currency",
        day=day,
        name=name,
        unit=unit,
        currency=currency,
    )
    return rows[0]["value"] if rows else None


def test_a_day_is_counted_when_it_is_over_and_days_of_a_downtime_are_caught_up(desk: Desk) -> None:
    booking = desk.confirm(desk.hold("2026-11-21T16:00", "2026-11-22T16:00"))
    desk.write(lambda tx: payments.record(tx, booking, 40_000, actor=OWNER, now=desk.now))
    assert close(desk) == [], "the day is not over"
    desk.pass_time(days=4)
    assert close(desk) == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"]
    assert close(desk) == []
    for unit in ("", "house"):
        assert value(desk, "2026-11-20", "bookings.made", unit) == 1
        assert value(desk, "2026-11-20", "bookings.confirmed", unit) == 1
        assert value(desk, "2026-11-20", "money.received", unit, "BYN") == 40_000
    assert value(desk, "2026-11-21", "nights.sold", "house") == 1
    assert value(desk, "2026-11-22", "nights.sold", "house") == 0
    assert value(desk, "2026-11-23", "bookings.made") == 0


def test_counting_a_day_again_changes_nothing(desk: Desk) -> None:
    confirmed(desk, "2026-11-21T16:00", "2026-11-22T16:00")
    desk.pass_time(days=3)
    days = desk.read(lambda tx: figures.missing(tx, now=desk.now))
    close(desk)
    before = desk.rows("SELECT * FROM daily_figures")
    again = desk.read(lambda tx: figures.of_days(tx, days, now=desk.now))
    desk.write(lambda tx: figures.keep(tx, again))
    assert desk.rows("SELECT * FROM daily_figures") == before


def test_updates_that_are_forgotten_have_no_number_instead_of_nought(desk: Desk) -> None:
    confirmed(desk, "2026-11-21T16:00", "2026-11-22T16:00")
    desk.pass_time(days=10)
    close(desk)
    assert value(desk, "2026-11-20", "updates.received") is None
    assert value(desk, "2026-11-29", "updates.received") == 0


def test_a_long_absence_is_counted_in_portions_to_its_end(desk: Desk) -> None:
    confirmed(desk, "2026-11-21T16:00", "2026-11-22T16:00")
    desk.pass_time(days=100)
    found: list[str] = []
    while days := close(desk):
        assert len(days) <= figures.AT_ONCE
        found += days
    assert len(found) == len(set(found)) == 100
    assert OPENED.date().isoformat() == found[0]
