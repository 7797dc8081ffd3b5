"""Periods, wall clock and dates (R1–R5, R12)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from housebot.domain.catalog import DateSpan, Recurring
from housebot.domain.period import (
    Period,
    covers,
    from_utc_text,
    instant,
    local,
    night_dates,
    read_span,
    span_days,
    span_text,
    stay_dates,
    utc_text,
    whole_hours,
)
from housebot.errors import Refusal

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes its clock by half an hour
MINSK = ZoneInfo("Europe/Minsk")


def day(text: str) -> date:
    return date.fromisoformat(text)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def hours(start: int, end: int) -> Period:
    return Period(datetime(2026, 1, 1, start, tzinfo=UTC), datetime(2026, 1, 1, end, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        pytest.param((10, 12), (12, 14), False, id="one leaves as the other comes"),
        pytest.param((10, 12), (11, 14), True, id="an hour of both"),
        pytest.param((10, 18), (12, 13), True, id="inside"),
        pytest.param((10, 12), (10, 12), True, id="the same"),
        pytest.param((10, 12), (14, 15), False, id="apart"),
    ],
)
def test_r1_periods_overlap_only_when_they_share_an_instant(
    first: tuple[int, int], second: tuple[int, int], overlap: bool
) -> None:
    assert hours(*first).overlaps(hours(*second)) is overlap
    assert hours(*second).overlaps(hours(*first)) is overlap


@pytest.mark.parametrize(("start", "end"), [(12, 12), (12, 11)], ids=["zero", "negative"])
def test_r1_a_period_without_length_is_refused(start: int, end: int) -> None:
    with pytest.raises(Refusal, match="period_empty") as refused:
        hours(start, end)
    assert refused.value.code == "invalid"


def test_r1_a_period_of_naive_times_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))


def test_instants_are_written_as_utc_to_the_second_and_read_back() -> None:
    moment = datetime(2026, 11, 20, 15, 0, 0, 999, tzinfo=MINSK)
    assert utc_text(moment) == "2026-11-20T12:00:00Z"
    assert from_utc_text("2026-11-20T12:00:00Z") == datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T12:00:00",
        "2026-11-20T12:00:00+00:00",
        "2026-02-30T12:00:00Z",
        "2026-11-20T24:00:00Z",
    ],
)
def test_an_instant_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="instant"):
        from_utc_text(text)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 1, 1)))
def test_the_order_of_instants_is_the_order_of_their_texts(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    assert from_utc_text(utc_text(aware)) == aware
    assert (utc_text(aware) < "2026-11-20T12:00:00Z") == (aware < datetime(2026, 11, 20, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        pytest.param("2026-12-05T16:00", MINSK, "2026-12-05T13:00:00Z", id="no DST at all"),
        pytest.param("2026-03-29T01:59", BERLIN, "2026-03-29T00:59:00Z", id="last minute before the gap"),
        pytest.param("2026-03-29T03:00", BERLIN, "2026-03-29T01:00:00Z", id="first minute after the gap"),
        pytest.param("2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00Z", id="a fold means the first"),
        pytest.param("2026-10-25T03:00", BERLIN, "2026-10-25T02:00:00Z", id="after the fold"),
        pytest.param("2026-04-05T01:45", LORD_HOWE, "2026-04-04T14:45:00Z", id="half-hour fold means the first"),
        pytest.param("2026-10-04T02:30", LORD_HOWE, "2026-10-03T15:30:00Z", id="just after the half-hour gap"),
    ],
)
@pytest.mark.parametrize("gap", ["refuse", "forward"])
def test_r5_a_wall_clock_time_that_exists_is_not_moved(text: str, zone: ZoneInfo, expected: str, gap: str) -> None:
    moment, moved = instant(wall(text), zone, gap=gap)  # type: ignore[arg-type]
    assert (utc_text(moment), moved) == (expected, False)


@pytest.mark.parametrize(
    ("text", "zone", "shown"),
    [
        pytest.param("2026-03-29T02:00", BERLIN, "2026-03-29T03:00", id="first minute of the gap"),
        pytest.param("2026-03-29T02:59", BERLIN, "2026-03-29T03:59", id="last minute of the gap"),
        pytest.param("2026-10-04T02:15", LORD_HOWE, "2026-10-04T02:45", id="half an hour only"),
    ],
)
def test_r5_a_time_in_a_gap_is_refused_or_moved_forward_by_the_gap(text: str, zone: ZoneInfo, shown: str) -> None:
    with pytest.raises(Refusal) as refused:
        instant(wall(text), zone, gap="refuse")
    assert refused.value.code == "dst_gap"
    assert refused.value.facts == {"local": text, "next": shown}
    moment, moved = instant(wall(text), zone, gap="forward")
    assert moved
    assert local(moment, zone) == wall(shown)


def test_r5_two_elapsed_hours_over_a_gap_are_three_on_the_wall() -> None:
    start, _ = instant(wall("2026-03-29T01:30"), BERLIN, gap="refuse")
    end, _ = instant(wall("2026-03-29T04:30"), BERLIN, gap="refuse")
    assert (end - start).total_seconds() == 2 * 3600
    assert whole_hours(wall("2026-03-29T01:30"), wall("2026-03-29T04:30")) == 3


def test_r5_the_same_wall_time_a_day_before_is_not_24_hours_before() -> None:
    check_in, _ = instant(wall("2026-03-29T10:00"), BERLIN, gap="refuse")
    day_before, _ = instant(wall("2026-03-28T10:00"), BERLIN, gap="refuse")
    assert (check_in - day_before).total_seconds() == 23 * 3600


def test_a_wall_clock_time_with_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no zone"):
        instant(datetime(2026, 1, 1, tzinfo=UTC), BERLIN, gap="refuse")


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_dates_at_the_ends_of_the_calendar_are_refused_not_a_crash(text: str) -> None:
    with pytest.raises(Refusal, match="date"):
        instant(wall(text), ZoneInfo("Asia/Tokyo" if text < "2" else "America/New_York"), gap="forward")


def test_local_shows_the_wall_clock_of_the_unit() -> None:
    assert local(datetime(2026, 12, 5, 21, 30, tzinfo=UTC), MINSK) == wall("2026-12-06T00:30")
    assert local(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), BERLIN).fold == 0


@pytest.mark.parametrize(
    ("arrival", "departure", "nights"),
    [
        ("2026-12-05", "2026-12-06", ["2026-12-05"]),
        ("2026-12-30", "2027-01-02", ["2026-12-30", "2026-12-31", "2027-01-01"]),
        ("2028-02-28", "2028-03-01", ["2028-02-28", "2028-02-29"]),
    ],
)
def test_r2_nights_are_counted_by_dates(arrival: str, departure: str, nights: list[str]) -> None:
    assert night_dates(day(arrival), day(departure)) == [day(night) for night in nights]


def test_r2_a_night_over_the_change_of_clocks_is_still_one_night() -> None:
    assert night_dates(day("2026-03-28"), day("2026-03-29")) == [day("2026-03-28")]


@pytest.mark.parametrize(
    ("arrival", "departure", "dates"),
    [
        pytest.param("2026-12-05T16:00", "2026-12-06T16:00", ["2026-12-05"], id="a day"),
        pytest.param("2026-12-05T10:00", "2026-12-05T20:00", ["2026-12-05"], id="the same date"),
        pytest.param(
            "2026-12-30T23:00", "2027-01-01T01:00", ["2026-12-30", "2026-12-31"], id="departure date left out"
        ),
        pytest.param("2026-12-31T14:00", "2027-01-02T12:00", ["2026-12-31", "2027-01-01"], id="both holidays"),
    ],
)
def test_r2_the_dates_of_a_stay_leave_the_departure_date_out(arrival: str, departure: str, dates: list[str]) -> None:
    assert stay_dates(wall(arrival), wall(departure)) == [day(one) for one in dates]


@pytest.mark.parametrize(
    ("arrival", "departure", "length"),
    [
        ("2026-12-05T16:00", "2026-12-06T16:00", 24),
        ("2026-12-05T16:00", "2026-12-05T16:01", 1),
        ("2026-12-05T16:00", "2026-12-05T17:00", 1),
        ("2026-12-05T16:00", "2026-12-05T17:00:01", 2),
        ("2026-03-28T12:00", "2026-03-29T12:00", 24),
    ],
)
def test_r2_the_length_of_a_block_is_wall_clock_rounded_up(arrival: str, departure: str, length: int) -> None:
    assert whole_hours(wall(arrival), wall(departure)) == length


def test_r1_dates_that_go_nowhere_are_refused() -> None:
    for same in ("2026-12-05", "2026-12-04"):
        with pytest.raises(Refusal, match="period_empty"):
            night_dates(day("2026-12-05"), day(same))
    with pytest.raises(Refusal, match="period_empty"):
        stay_dates(wall("2026-12-05T16:00"), wall("2026-12-04T20:00"))
    with pytest.raises(Refusal, match="period_empty"):
        whole_hours(wall("2026-12-05T16:00"), wall("2026-12-05T16:00"))


NEW_YEAR = Recurring((12, 31), (1, 1))
LEAP_DAY = Recurring((2, 29), (2, 29))
WINTER = Recurring((12, 1), (2, 29))


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        pytest.param(DateSpan(day("2026-12-31"), day("2027-01-02")), ["2026-12-31", "2027-01-01"], ["2026-12-30", "2027-01-02"], id="stored half-open"),
        pytest.param(NEW_YEAR, ["2026-12-31", "2027-01-01", "2030-12-31"], ["2026-12-30", "2027-01-02", "2027-06-01"], id="over New Year, each year"),
        pytest.param(LEAP_DAY, ["2028-02-29", "2027-02-28"], ["2028-02-28", "2027-03-01"], id="29 Feb falls to 28 Feb"),
        pytest.param(WINTER, ["2026-12-01", "2027-02-28", "2028-02-29"], ["2027-03-01", "2026-11-30"], id="over New Year to 29 Feb"),
        pytest.param(Recurring((2, 1), (2, 28)), ["2028-02-28"], ["2028-02-29"], id="28 Feb is not 29 Feb"),
        pytest.param(Recurring((6, 1), (8, 31)), ["2026-06-01", "2026-08-31"], ["2026-05-31", "2026-09-01"], id="a summer"),
    ],
)  # fmt: skip
def test_r12_a_span_covers_its_dates_and_no_others(
    span: DateSpan | Recurring, inside: list[str], outside: list[str]
) -> None:
    assert [text for text in inside if not covers(span, day(text))] == []
    assert [text for text in outside if covers(span, day(text))] == []


@pytest.mark.parametrize(
    ("span", "days"),
    [(NEW_YEAR, 2), (LEAP_DAY, 1), (WINTER, 90), (Recurring((1, 1), (12, 31)), 366), (Recurring((2, 1), (2, 29)), 29)],
)
def test_r12_a_recurring_span_is_measured_in_days(span: Recurring, days: int) -> None:
    assert span_days(span) == days
    assert span_days(DateSpan(day("2026-12-31"), day("2027-01-02"))) == 2


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2026-12-31", DateSpan(day("2026-12-31"), day("2027-01-01"))),
        ("2026-12-31..2027-01-02", DateSpan(day("2026-12-31"), day("2027-01-03"))),
        ("02-14", Recurring((2, 14), (2, 14))),
        ("12-31..01-01", NEW_YEAR),
        ("02-29", LEAP_DAY),
    ],
)
def test_r12_dates_are_inclusive_as_shown_and_half_open_as_stored(text: str, span: DateSpan | Recurring) -> None:
    assert read_span(text) == span
    assert span_text(span) == text
    assert read_span(f" {text.replace('..', ' .. ')} ") == span


@pytest.mark.parametrize(
    "text",
    ["", "..", "31.12.2026", "2026-02-30", "02-30", "2026-12-31..2026-12-30", "12-31..2027-01-01", "2026-12-31..01-01", "1999-12-31", "9999-12-31", "20261231", "2026-12-31...2027-01-01"],
)  # fmt: skip
def test_dates_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(Refusal, match="dates"):
        read_span(text)
