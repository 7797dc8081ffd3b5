"""States of a booking, and how long its dates are kept (R32, R35, UX 6)."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import product
from typing import Any

import pytest

from housebot.domain.booking import (
    BLOCKING,
    HOLDING,
    Method,
    Status,
    after_refused_receipt,
    extended,
    hold_until,
    may,
    under_review_until,
)
from housebot.domain.desk_hours import is_open
from housebot.domain.period import instant, local
from housebot.domain.stay import Stay, StayRequest, resolve
from tests.factories import guesthouse, secret_house

HOUSE = secret_house()
ZONE = HOUSE.units[0].zone

ALLOWED = {
    "held": "awaiting_payment awaiting_owner confirmed expired declined cancelled_by_guest",
    "awaiting_payment": "awaiting_owner confirmed expired declined cancelled_by_guest",
    "awaiting_owner": "awaiting_payment confirmed expired declined cancelled_by_guest",
    "confirmed": "in_house cancelled_by_guest cancelled_by_owner no_show",
    "in_house": "completed no_show",
}


@pytest.mark.parametrize(("old", "new"), [pytest.param(*pair, id="-".join(pair)) for pair in product(Status, Status)])
def test_r35_only_these_transitions_exist(old: Status, new: Status) -> None:
    assert may(old, new) is (new in ALLOWED.get(old, "").split())


@pytest.mark.parametrize("old", sorted(HOLDING))
def test_r35_with_a_receipt_under_review_nothing_expires(old: Status) -> None:
    assert not may(old, Status.EXPIRED, receipt_under_review=True)
    assert may(old, Status.CONFIRMED, receipt_under_review=True)


def test_r36_an_expired_booking_comes_back_with_late_money_alone() -> None:
    assert [new for new in Status if may(Status.EXPIRED, new, late_money=True)] == [Status.HELD]


def test_r32_what_blocks() -> None:
    assert {status for status in Status if status not in BLOCKING} == {
        Status.EXPIRED,
        Status.DECLINED,
        Status.CANCELLED_BY_GUEST,
        Status.CANCELLED_BY_OWNER,
        Status.NO_SHOW,
    }


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment(text: str) -> datetime:
    return instant(wall(text), ZONE, gap="refuse")[0]


def stay_from(arrival: str) -> Stay:
    at = wall(arrival)
    return resolve(HOUSE, StayRequest("house", "day", at, at + timedelta(hours=24), {"adult": 2}))


def held(now: str, arrival: str, method: Method | None = "bank", **changes: Any) -> str:
    catalog = replace(HOUSE, holds=replace(HOUSE.holds, **changes))
    until = hold_until(catalog, stay_from(arrival), method=method, now=moment(now))
    return local(until, ZONE).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("now", "arrival", "expected"),
    [
        pytest.param("2026-11-20T19:30", "2026-12-05T16:00", "2026-11-20T21:30", id="two-hours"),
        pytest.param("2026-11-20T20:59", "2026-12-05T16:00", "2026-11-20T22:59", id="just-before-the-night"),
        pytest.param("2026-11-20T21:00", "2026-12-05T16:00", "2026-11-21T09:00", id="would-end-at-23"),
        pytest.param("2026-11-20T23:50", "2026-12-05T16:00", "2026-11-21T09:00", id="would-end-after-midnight"),
        pytest.param("2026-11-21T05:59", "2026-12-05T16:00", "2026-11-21T09:00", id="would-end-before-8"),
        pytest.param("2026-11-21T06:00", "2026-12-05T16:00", "2026-11-21T08:00", id="ends-at-8"),
        pytest.param("2026-12-04T16:00", "2026-12-05T16:00", "2026-12-04T16:45", id="within-24-hours"),
        pytest.param("2026-12-04T15:59", "2026-12-05T16:00", "2026-12-04T17:59", id="a-minute-more"),
        pytest.param("2026-12-04T23:15", "2026-12-05T16:00", "2026-12-05T00:00", id="near-ones-do-end-in-the-night"),
        pytest.param("2026-12-05T15:30", "2026-12-05T16:00", "2026-12-05T16:00", id="never-past-check-in"),
        pytest.param("2026-12-04T22:30", "2026-12-06T07:00", "2026-12-05T09:00", id="night-rule-far-enough"),
    ],
)
@pytest.mark.parametrize("method", [pytest.param("bank", id="bank"), pytest.param(None, id="not-chosen")])
def test_ux_6_a_bank_transfer_is_kept(now: str, arrival: str, expected: str, method: Method | None) -> None:
    assert held(now, arrival, method) == expected


def test_ux_6_lengths_are_keys_of_the_catalog() -> None:
    assert held("2026-11-20T12:00", "2026-12-05T16:00", bank_transfer=60) == "2026-11-20T13:00"
    assert held("2026-12-05T10:00", "2026-12-05T16:00", bank_transfer_soon=20) == "2026-12-05T10:20"


@pytest.mark.parametrize(
    ("now", "arrival", "expected"),
    [
        pytest.param("2026-11-20T09:00", "2026-12-05T16:00", "2026-11-20T21:00", id="within-a-day"),
        pytest.param("2026-11-20T20:00", "2026-12-05T16:00", "2026-11-21T17:00", id="the-night-does-not-count"),
        pytest.param("2026-11-20T03:00", "2026-12-05T16:00", "2026-11-20T20:00", id="asked-at-night"),
        pytest.param("2026-12-05T10:00", "2026-12-05T20:00", "2026-12-05T18:00", id="two-hours-before-check-in"),
        pytest.param("2026-12-05T15:00", "2026-12-05T16:00", "2026-12-05T16:00", id="never-past-check-in"),
    ],
)
@pytest.mark.parametrize("method", ["cash", "approval"])
def test_ux_6_an_answer_of_the_owner_has_twelve_desk_hours(
    now: str, arrival: str, expected: str, method: Method
) -> None:
    assert held(now, arrival, method) == expected


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        pytest.param("18-02", "2026-11-20T00:30", "2026-11-20T20:30", id="asked-after-midnight"),
        pytest.param("18-02", "2026-11-20T20:00", "2026-11-21T00:00", id="till-midnight"),
        pytest.param("18-02", "2026-11-20T23:00", "2026-11-21T19:00", id="past-closing"),
        pytest.param("18-00", "2026-11-20T22:00", "2026-11-21T20:00", id="closes-at-midnight"),
        pytest.param("09-09", "2026-11-20T07:00", "2026-11-20T11:00", id="never-closes"),
        pytest.param("09-09", "2026-11-20T23:00", "2026-11-21T03:00", id="never-closes-at-night"),
    ],
)
def test_ux_6_r32_desk_hours_run_past_midnight(hours: str, now: str, expected: str) -> None:
    opens, closes = (time(int(hour)) for hour in hours.split("-"))
    catalog = replace(HOUSE, desk=replace(HOUSE.desk, opens=opens, closes=closes))
    catalog = replace(catalog, holds=replace(HOUSE.holds, cash_hours=4))
    until = hold_until(catalog, stay_from("2026-12-05T16:00"), method="cash", now=moment(now))
    assert local(until, ZONE) == wall(expected)
    assert is_open(catalog.desk, local(until, ZONE) - timedelta(minutes=1))  # the same hours in which somebody answers


def test_ux_6_a_staff_hold_lasts_a_day() -> None:
    assert held("2026-11-20T23:30", "2026-12-05T16:00", "staff") == "2026-11-21T23:30"
    assert held("2026-12-05T10:00", "2026-12-05T16:00", "staff") == "2026-12-05T16:00"


def test_ux_6_paying_now_adds_half_an_hour_but_not_past_check_in() -> None:
    stay, now = stay_from("2026-12-05T16:00"), moment("2026-12-05T14:00")
    assert extended(HOUSE, stay, moment("2026-12-05T14:10"), now=now) == moment("2026-12-05T14:40")
    assert extended(HOUSE, stay, moment("2026-12-05T15:45"), now=now) == stay.start


def test_r35_a_refused_receipt_leaves_an_hour_at_least() -> None:
    stay, now = stay_from("2026-12-05T16:00"), moment("2026-12-01T12:00")
    assert after_refused_receipt(HOUSE, stay, moment("2026-12-01T12:05"), now=now) == moment("2026-12-01T13:00")
    assert after_refused_receipt(HOUSE, stay, moment("2026-12-01T15:00"), now=now) == moment("2026-12-01T15:00")


def test_r46_a_review_is_renewed_by_twelve_hours_up_to_check_in() -> None:
    stay = stay_from("2026-12-05T16:00")
    assert under_review_until(HOUSE, stay, now=moment("2026-12-01T12:00")) == moment("2026-12-02T00:00")
    assert under_review_until(HOUSE, stay, now=moment("2026-12-05T12:00")) == stay.start


def test_r8_tonight_booked_after_check_in_is_kept_all_the_same() -> None:
    inn = guesthouse()
    tonight = StayRequest(
        inn.units[0].id,
        inn.tariffs_of(inn.units[0].id)[0].id,
        wall("2026-12-07T00:00"),
        wall("2026-12-08T00:00"),
        {"adult": 2},
    )
    stay = resolve(inn, tonight)
    now = stay.start + timedelta(hours=1)
    assert hold_until(inn, stay, method="bank", now=now) == now + timedelta(minutes=inn.holds.bank_transfer_soon)
