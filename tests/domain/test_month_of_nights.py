"""A month of plain nights is judged in one pass; it must say what judging each day by itself says."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from housebot.domain.availability import Market, month_dates
from housebot.domain.catalog import Kind, Tariff
from housebot.domain.occupancy import Busy
from tests import factories

START = datetime(2026, 10, 20, tzinfo=UTC)  # the clocks of Europe change within the months looked at


@st.composite
def stays(draw: st.DrawFn) -> list[Busy]:
    found = []
    for _ in range(draw(st.integers(0, 8))):
        start = START + timedelta(hours=draw(st.integers(0, 24 * 60)))
        end = start + timedelta(hours=draw(st.integers(1, 24 * 9)))
        hold = draw(st.sampled_from([None, START, START + timedelta(days=300)]))
        found.append(
            Busy(
                start,
                end,
                start - timedelta(hours=draw(st.sampled_from([0, 3]))),
                end + timedelta(hours=2),
                hold_until=hold,
            )
        )
    return found


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    return Tariff(
        id="night",
        kind=Kind.NIGHTLY,
        name={},
        units=("house",),
        price=1,
        check_in=draw(st.sampled_from([time(15), time(2, 30), time(23)])),
        check_out=draw(st.sampled_from([time(12), time(3), time(22)])),
        min_minutes=draw(st.sampled_from([0, 1440, 2 * 1440, 30 * 60, 9 * 1440])),
        notice_minutes=draw(st.sampled_from([0, 180, 5 * 1440])),
        same_day_cutoff=draw(st.sampled_from([None, time(18)])),
        weekdays=draw(st.sampled_from([None, frozenset({0, 1, 4}), frozenset()])),
    )


@settings(max_examples=300)
@given(
    stays(),
    tariffs(),
    st.integers(0, 60 * 24 * 50),
    st.sampled_from([(2026, 10), (2026, 11), (2026, 12), (2027, 4)]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Africa/Casablanca"]),
    st.sampled_from([1, 5]),
)
def test_r3_a_month_in_one_pass_says_what_each_day_says(
    busy: list[Busy], tariff: Tariff, minutes: int, month: tuple[int, int], zone: str, window: int
) -> None:
    from zoneinfo import ZoneInfo

    catalog = factories.secret_house()
    unit = replace(catalog.units[0], zone=ZoneInfo(zone), window_months=window)
    market = Market(catalog, unit, tariff, busy, START + timedelta(minutes=minutes))
    dates = month_dates(*month)
    assert market.days(dates) == [market.day(day) for day in dates]
