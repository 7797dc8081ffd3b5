"""Whether a stay may be sold: notice and window, weekdays, hours, closed days, shortest and longest (R8, R10, R11)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from housebot.domain.catalog import (
    AgeBand,
    Catalog,
    DateSpan,
    Kind,
    NightArrival,
    Recurring,
    StayRule,
    WorkingHours,
)
from housebot.domain.occupancy import Busy
from housebot.domain.period import instant
from housebot.domain.stay import StayRequest, resolve
from housebot.domain.stay_rules import check, months_later, shortest
from housebot.errors import Refusal
from tests.factories import secret_house

HOUSE = secret_house()
ZONE = HOUSE.units[0].zone
NOW = "2026-11-20T15:00"


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment(text: str) -> datetime:
    return instant(wall(text), ZONE, gap="refuse")[0]


def verdict(
    arrival: str,
    departure: str,
    tariff: str = "day",
    *,
    catalog: Catalog = HOUSE,
    now: str = NOW,
    staff: bool = False,
    busy: list[Busy] | None = None,
) -> str:
    """The refusal code, or "sold"."""
    request = StayRequest("house", tariff, wall(arrival), wall(departure), {"adult": 2})
    try:
        check(catalog, resolve(catalog, request), now=moment(now), staff=staff, busy=busy or [])
    except Refusal as refusal:
        return refusal.code
    return "sold"


# --- Notice and window (R8) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "arrival", "expected"),
    [
        pytest.param("2026-12-05T13:00", "2026-12-05T16:00", "sold", id="three-hours-to-the-minute"),
        pytest.param("2026-12-05T13:01", "2026-12-05T16:00", "too_soon", id="a-minute-less"),
        pytest.param("2026-12-05T16:01", "2026-12-05T16:00", "past", id="past"),
        pytest.param("2026-12-05T20:59", "2026-12-06T01:00", "sold", id="night-arrival-booked-before-21"),
        pytest.param("2026-12-05T21:00", "2026-12-06T01:00", "too_soon", id="night-arrival-at-21"),
        pytest.param("2026-12-05T21:00", "2026-12-06T08:59", "too_soon", id="until-9-it-is-night"),
        pytest.param("2026-12-05T21:00", "2026-12-06T09:00", "sold", id="at-9-it-is-day"),
        pytest.param("2026-12-05T20:00", "2026-12-05T23:00", "sold", id="late-evening-booked-in-time"),
        pytest.param("2026-12-05T19:59", "2026-12-06T23:00", "sold", id="the-evening-of-its-own-date"),
        pytest.param("2026-12-05T21:30", "2026-12-06T23:00", "sold", id="tomorrow-night-has-its-own-evening"),
    ],
)
def test_r8_notice_is_judged_to_the_minute(now: str, arrival: str, expected: str) -> None:
    departure = (wall(arrival) + timedelta(hours=12)).isoformat()
    assert verdict(arrival, departure, "half-day", now=now) == expected


@pytest.mark.parametrize(
    ("arrival", "departure", "expected"),
    [
        pytest.param("2027-05-19T16:00", "2027-05-20T16:00", "sold", id="leaves-on-the-last-day"),
        pytest.param("2027-05-20T16:00", "2027-05-21T16:00", "too_far", id="leaves-a-day-later"),
        pytest.param("2027-05-20T08:00", "2027-05-20T20:00", "sold", id="within-the-last-day"),
        pytest.param("2027-05-21T08:00", "2027-05-21T20:00", "too_far", id="arrives-a-day-later"),
    ],
)
def test_r8_the_window_caps_arrival_and_departure(arrival: str, departure: str, expected: str) -> None:
    assert verdict(arrival, departure) == expected


def test_r8_the_window_is_said() -> None:
    request = StayRequest("house", "day", wall("2027-06-01T16:00"), wall("2027-06-02T16:00"), {"adult": 2})
    with pytest.raises(Refusal) as refused:
        check(HOUSE, resolve(HOUSE, request), now=moment(NOW))
    assert refused.value.facts == {"last": "2027-05-20"}


def test_r4_today_is_the_units_today() -> None:
    # 20 November 22:30 UTC is already the 21st in Minsk.
    request = StayRequest("house", "day", wall("2027-05-20T16:00"), wall("2027-05-21T12:00"), {"adult": 2})
    check(HOUSE, resolve(HOUSE, request), now=moment("2026-11-21T01:30"))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        pytest.param("2026-11-20", 6, "2027-05-20", id="half-a-year"),
        pytest.param("2026-08-31", 6, "2027-02-28", id="a-shorter-month"),
        pytest.param("2026-12-31", 2, "2027-02-28", id="over-new-year"),
        pytest.param("2027-12-31", 2, "2028-02-29", id="leap-year"),
        pytest.param("2026-12-15", 12, "2027-12-15", id="a-year"),
    ],
)
def test_r8_months_are_counted_on_the_calendar(day: str, months: int, expected: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_r13_staff_pass_over_soft_rules_only() -> None:
    assert verdict("2026-11-20T16:00", "2026-11-21T16:00", now="2026-11-20T15:59", staff=True) == "sold"
    assert verdict("2028-05-20T16:00", "2028-05-21T16:00", staff=True) == "sold"
    assert verdict("2026-11-20T14:00", "2026-11-21T14:00", staff=True) == "sold"  # they are in the house already
    assert verdict("2026-11-18T14:00", "2026-11-19T14:00", staff=True) == "past"
    assert verdict("2026-12-04T11:00", "2026-12-04T20:00", "worker", staff=True) == "weekday"
    assert verdict("2026-12-03T11:00", "2026-12-03T23:00", "worker", staff=True) == "outside_hours"


# --- Weekdays and hours (R11): the worker of the reference house --------------------------------------------------------


@pytest.mark.parametrize("tariff", ["worker", "incognito-worker"])  # the twin has the same limits
@pytest.mark.parametrize(
    ("arrival", "departure", "expected"),
    [
        pytest.param("2026-12-03T11:00", "2026-12-03T20:00", "sold", id="thursday-by-day"),
        pytest.param("2026-12-03T22:00", "2026-12-04T09:00", "sold", id="thursday-night-into-friday"),
        pytest.param("2026-12-03T13:00", "2026-12-03T17:00", "sold", id="inside"),
        pytest.param("2026-12-03T01:00", "2026-12-03T08:00", "sold", id="after-midnight-inside-the-night"),
        pytest.param("2026-12-03T11:00", "2026-12-03T23:00", "outside_hours", id="twelve-hours"),
        pytest.param("2026-12-03T10:00", "2026-12-03T19:00", "outside_hours", id="too-early"),
        pytest.param("2026-12-03T22:00", "2026-12-04T10:00", "outside_hours", id="too-late"),
        pytest.param("2026-12-03T22:00", "2026-12-05T09:00", "outside_hours", id="several-days-end-at-an-allowed-hour"),
        pytest.param("2026-11-30T11:00", "2026-12-03T20:00", "outside_hours", id="monday-to-thursday"),
        pytest.param("2026-12-03T19:00", "2026-12-03T22:30", "outside_hours", id="across-both-windows"),
        pytest.param("2026-12-04T11:00", "2026-12-04T20:00", "weekday", id="friday"),
        pytest.param("2026-12-04T01:00", "2026-12-04T08:00", "weekday", id="friday-after-midnight"),
        pytest.param("2026-12-05T11:00", "2026-12-05T20:00", "weekday", id="saturday"),
        pytest.param("2026-12-06T22:00", "2026-12-07T09:00", "weekday", id="sunday-night-into-monday"),
        pytest.param("2026-12-07T11:00", "2026-12-07T20:00", "sold", id="monday"),
    ],
)
def test_r11_a_worker_comes_from_monday_to_thursday_inside_the_hours(
    tariff: str, arrival: str, departure: str, expected: str
) -> None:
    assert verdict(arrival, departure, tariff) == expected


def test_r10_a_block_has_a_shortest_and_a_longest_stay() -> None:
    assert verdict("2026-12-05T16:00", "2026-12-05T16:59") == "min_stay"
    assert verdict("2026-12-05T16:00", "2026-12-05T17:00") == "sold"
    short = replace(HOUSE, tariffs=(replace(HOUSE.tariffs[0], max_minutes=48 * 60),))
    assert verdict("2026-12-05T16:00", "2026-12-07T16:00", catalog=short) == "sold"
    assert verdict("2026-12-05T16:00", "2026-12-07T16:01", catalog=short) == "max_stay"


def test_r10_a_tariff_without_extra_hours_ends_with_its_hours() -> None:
    tariff = replace(HOUSE.tariffs[0], extra_hour_price=None, day_totals=())
    catalog = replace(HOUSE, tariffs=(tariff,))
    assert verdict("2026-12-05T16:00", "2026-12-06T16:00", catalog=catalog) == "sold"
    assert verdict("2026-12-05T16:00", "2026-12-06T17:00", catalog=catalog) == "max_stay"


# --- Nights (R10, R11, R12) ---------------------------------------------------------------------------------------------


def inn(*rules: StayRule, **tariff: Any) -> Catalog:
    usual = {
        "kind": Kind.NIGHTLY,
        "minutes": 0,
        "min_minutes": 0,
        "notice_minutes": 0,
        "night_arrival_cutoff": None,
        "check_in": time(15),
        "check_out": time(12),
        "same_day_cutoff": time(18),
    }
    changed: Any = usual | tariff
    return replace(
        HOUSE,
        tariffs=(replace(HOUSE.tariffs[0], **changed),),
        stay_rules=rules,
        bands=(AgeBand("adult", {}, 0, None, adult=True),),
    )


def rule(rule_id: str = "r", dates: str | None = None, **what: Any) -> StayRule:
    spans: tuple[DateSpan, ...] = ()
    if dates:
        since, until = (date.fromisoformat(text) for text in dates.split(".."))
        spans = (DateSpan(since, until + timedelta(days=1)),)
    return StayRule(rule_id, spans, **what)


def nights(catalog: Catalog, arrival: str, count: int, **what: Any) -> str:
    departure = (date.fromisoformat(arrival) + timedelta(days=count)).isoformat()
    return verdict(f"{arrival}T00:00", f"{departure}T00:00", catalog=catalog, **what)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-12-05T16:30", "sold", id="after-check-in"),
        pytest.param("2026-12-05T18:00", "sold", id="at-the-cut-off"),
        pytest.param("2026-12-05T18:01", "too_soon", id="after-the-cut-off"),
        pytest.param("2026-12-06T00:00", "past", id="the-next-day"),
    ],
)
def test_r8_tonight_may_be_booked_until_the_cut_off(now: str, expected: str) -> None:
    assert nights(inn(), "2026-12-05", 1, now=now) == expected


def test_r8_without_a_cut_off_check_in_is_the_limit() -> None:
    assert nights(inn(same_day_cutoff=None), "2026-12-05", 1, now="2026-12-05T15:00") == "sold"
    assert nights(inn(same_day_cutoff=None), "2026-12-05", 1, now="2026-12-05T15:01") == "past"


def test_r2_nights_begin_at_check_in_and_end_at_check_out() -> None:
    assert verdict("2026-12-05T14:00", "2026-12-06T12:00", catalog=inn()) == "outside_hours"
    assert verdict("2026-12-05T15:00", "2026-12-06T13:00", catalog=inn()) == "outside_hours"
    assert (
        verdict("2026-12-05T20:00", "2026-12-06T09:00", catalog=inn()) == "sold"
    )  # later and earlier is the guest's affair


# Fri 4, Sat 5, Sun 6 December 2026.
WEEKEND = frozenset({4, 5})


@pytest.mark.parametrize(
    ("strategy", "arrival", "count", "expected"),
    [
        pytest.param("arrival", "2026-12-04", 1, "min_stay", id="arrival-on-friday"),
        pytest.param("arrival", "2026-12-03", 2, "sold", id="arrival-looks-at-the-first-night-only"),
        pytest.param("through", "2026-12-03", 2, "sold", id="through-two-nights-are-enough"),
        pytest.param("through", "2026-12-05", 1, "min_stay", id="through-saturday"),
        pytest.param("through", "2026-12-04", 2, "sold", id="through-the-weekend"),
    ],
)
def test_r10_arrival_and_through(strategy: Any, arrival: str, count: int, expected: str) -> None:
    catalog = inn(rule(weekdays=WEEKEND, min_nights=2, strategy=strategy))
    assert nights(catalog, arrival, count) == expected


def test_r10_through_takes_the_largest_minimum_and_the_smallest_maximum() -> None:
    catalog = inn(
        rule("low", "2026-12-01..2026-12-04", min_nights=2, max_nights=9),
        rule("high", "2026-12-05..2026-12-06", min_nights=4, max_nights=5),
    )
    assert nights(catalog, "2026-12-03", 2) == "sold"  # both nights ask for two
    assert nights(catalog, "2026-12-03", 3) == "min_stay"  # the night of the 5th asks for four
    assert nights(catalog, "2026-12-03", 4) == "sold"
    assert nights(catalog, "2026-12-01", 6) == "max_stay"  # …and allows five
    assert nights(catalog, "2026-12-07", 20) == "sold"


def test_r13_a_minimum_is_told_with_its_facts() -> None:
    catalog = inn(rule(min_nights=2))
    stay = resolve(
        catalog, StayRequest("house", "day", wall("2026-12-05T00:00"), wall("2026-12-06T00:00"), {"adult": 2})
    )
    with pytest.raises(Refusal) as refused:
        check(catalog, stay, now=moment(NOW))
    assert refused.value.facts == {"needs": 2, "asked": 1, "measure": "nights"}


def night(arrival: str, departure: str) -> Busy:
    start, end = moment(f"{arrival}T15:00"), moment(f"{departure}T12:00")
    return Busy(start, end, start, end + timedelta(hours=2))


@pytest.mark.parametrize(
    ("busy", "arrival", "count", "expected"),
    [
        pytest.param(
            [("2026-12-01", "2026-12-04"), ("2026-12-05", "2026-12-08")], "2026-12-04", 1, "sold", id="whole-gap"
        ),
        pytest.param(
            [("2026-12-01", "2026-12-04"), ("2026-12-06", "2026-12-08")], "2026-12-04", 1, "min_stay", id="part-of-it"
        ),
        pytest.param([("2026-12-01", "2026-12-04")], "2026-12-04", 1, "min_stay", id="open-behind"),
        pytest.param([("2026-12-05", "2026-12-08")], "2026-12-04", 1, "min_stay", id="open-before"),
        pytest.param([], "2026-12-04", 1, "min_stay", id="empty"),
        pytest.param(
            [("2026-12-01", "2026-12-03"), ("2026-12-05", "2026-12-08")], "2026-12-03", 2, "sold", id="two-of-three"
        ),
    ],
)
def test_r10_a_gap_shorter_than_the_minimum_may_be_sold_whole(
    busy: list[tuple[str, str]], arrival: str, count: int, expected: str
) -> None:
    catalog = inn(rule(min_nights=3, strategy="gap"))
    assert nights(catalog, arrival, count, busy=[night(*span) for span in busy]) == expected


def test_r10_a_gap_does_not_help_another_strategy() -> None:
    busy = [night("2026-12-01", "2026-12-04"), night("2026-12-05", "2026-12-08")]
    assert nights(inn(rule(min_nights=3)), "2026-12-04", 1, busy=busy) == "min_stay"


def test_r10_the_gap_before_tonight_is_over() -> None:
    catalog = inn(rule(min_nights=3, strategy="gap"))
    assert nights(catalog, "2026-12-04", 1, now="2026-12-04T10:00", busy=[night("2026-12-05", "2026-12-08")]) == "sold"


def test_r12_a_shorter_rule_stands_before_a_longer_one() -> None:
    catalog = inn(
        rule("season", "2026-12-01..2026-12-31", min_nights=5), rule("days", "2026-12-04..2026-12-06", min_nights=1)
    )
    assert nights(catalog, "2026-12-04", 1) == "sold"
    assert nights(catalog, "2026-12-08", 1) == "min_stay"


def test_r12_a_recurring_rule_crosses_new_year() -> None:
    catalog = inn(StayRule("ny", (Recurring((12, 30), (1, 2)),), min_nights=3))
    assert nights(catalog, "2026-12-31", 1) == "min_stay"
    assert nights(catalog, "2027-01-02", 1) == "min_stay"
    assert nights(catalog, "2027-01-03", 1) == "sold"


def test_r11_closed_to_arrival_and_closed_to_departure_look_at_their_own_dates() -> None:
    arrivals = inn(rule("a", "2026-12-05..2026-12-05", closed_to_arrival=True))
    assert nights(arrivals, "2026-12-05", 2) == "closed_to_arrival"
    assert nights(arrivals, "2026-12-04", 2) == "sold"
    assert nights(arrivals, "2026-12-04", 1) == "sold"
    departures = inn(rule("d", "2026-12-05..2026-12-05", closed_to_departure=True))
    assert nights(departures, "2026-12-04", 1) == "closed_to_departure"
    assert nights(departures, "2026-12-05", 1) == "sold"
    assert nights(departures, "2026-12-04", 2) == "sold"


def test_r11_rules_speak_of_their_units_and_tariffs_only() -> None:
    catalog = inn(rule(min_nights=3, tariffs=frozenset({"other"})), rule("u", min_nights=3, units=frozenset({"other"})))
    assert nights(catalog, "2026-12-05", 1) == "sold"


def test_r11_weekday_pairs() -> None:
    catalog = inn(weekday_pairs=((4, 6), (6, 4)))
    assert nights(catalog, "2026-12-04", 2) == "sold"
    assert nights(catalog, "2026-12-04", 3) == "weekday"
    assert nights(catalog, "2026-12-05", 2) == "weekday"


def test_r10_a_nightly_tariff_has_limits_of_its_own() -> None:
    catalog = inn(min_minutes=2 * 24 * 60, max_minutes=5 * 24 * 60)
    assert [nights(catalog, "2026-12-07", count) for count in (1, 2, 5, 6)] == ["min_stay", "sold", "sold", "max_stay"]


@pytest.mark.parametrize(
    ("arrival", "expected"),
    [
        pytest.param("2026-12-01", 1, id="nothing-special"),
        pytest.param("2026-12-04", 2, id="weekend"),
        pytest.param("2026-12-05", 3, id="a-later-night-asks-for-more"),
    ],
)
def test_r10_the_shortest_stay_grows_with_the_nights_it_meets(arrival: str, expected: int) -> None:
    catalog = inn(
        rule("weekend", weekdays=WEEKEND, min_nights=2), rule("sunday", "2026-12-06..2026-12-06", min_nights=3)
    )
    begins = wall(f"{arrival}T15:00")
    ends = shortest(catalog, catalog.units[0], catalog.tariffs[0], begins)
    assert (ends.date() - begins.date()).days == expected


# --- Working hours (slots, UX 2e) ---------------------------------------------------------------------------------------


def salon_at(arrival: str, *, staff: bool = False, **unit: Any) -> str:
    changed = replace(
        HOUSE.units[0],
        working_hours=(
            WorkingHours(frozenset({0, 1, 2, 3, 4}), time(10, 15), time(14)),
            WorkingHours(frozenset({0, 1, 2, 3, 4}), time(15), time(0)),
        ),
        **unit,
    )
    catalog = replace(inn(kind=Kind.SLOT, minutes=60, step_minutes=30, same_day_cutoff=None), units=(changed,))
    return verdict(arrival, arrival, catalog=catalog, staff=staff)


@pytest.mark.parametrize(
    ("arrival", "expected"),
    [
        pytest.param("2026-12-04T10:15", "sold", id="the-first"),
        pytest.param("2026-12-04T10:45", "sold", id="on-the-grid-of-its-opening"),
        pytest.param("2026-12-04T10:30", "outside_hours", id="off-the-grid"),
        pytest.param("2026-12-04T12:45", "sold", id="the-last-before-the-break"),
        pytest.param("2026-12-04T13:15", "outside_hours", id="into-the-break"),
        pytest.param("2026-12-04T14:00", "outside_hours", id="in-the-break"),
        pytest.param("2026-12-04T23:00", "sold", id="until-midnight"),
        pytest.param("2026-12-04T23:30", "outside_hours", id="past-midnight"),
        pytest.param("2026-12-05T10:15", "outside_hours", id="saturday"),
    ],
)
def test_ux_2e_a_slot_lies_inside_working_hours_on_its_grid(arrival: str, expected: str) -> None:
    assert salon_at(arrival) == expected


def test_ux_2e_a_day_off_is_closed_and_staff_need_no_grid() -> None:
    assert salon_at("2026-12-04T10:15", days_off=(date(2026, 12, 4),)) == "outside_hours"
    assert salon_at("2026-12-04T10:30", staff=True) == "sold"


def test_r8_a_night_before_midnight_and_one_that_does_not_cross_it() -> None:
    small_hours = NightArrival(time(0), time(6), time(20))
    catalog = replace(HOUSE, tariffs=(replace(HOUSE.tariffs[0], night_arrival_cutoff=small_hours, notice_minutes=0),))
    assert verdict("2026-12-05T02:00", "2026-12-05T12:00", catalog=catalog, now="2026-12-04T20:00") == "too_soon"
    assert verdict("2026-12-05T02:00", "2026-12-05T12:00", catalog=catalog, now="2026-12-04T19:59") == "sold"
    assert verdict("2026-12-04T23:00", "2026-12-05T12:00", catalog=catalog, now="2026-12-04T22:00") == "sold"
