"""What is in the way: the gap between two stays, proven against its definition (R1, R6, R7, R32)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from housebot.domain.occupancy import (
    Busy,
    Timeline,
    free_ranges,
    in_the_way,
    last_departure,
    next_occupied,
)
from housebot.domain.period import Period
from tests.factories import secret_house

NOON = datetime(2026, 12, 5, 12, tzinfo=UTC)
NOTHING = timedelta(0)
UNIT = secret_house().units[0]


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def stay(start: float, end: float, *, before: float = 0, after: float = 0, hold: datetime | None = None) -> Busy:
    begins, ends = NOON + hours(start), NOON + hours(end)
    return Busy(begins, ends, begins - hours(before), ends + hours(after), hold_until=hold)


def period(start: float, end: float) -> Period:
    return Period(NOON + hours(start), NOON + hours(end))


def free(new: Period, *busy: Busy, before: float = 0, after: float = 0, now: datetime = NOON) -> bool:
    return not in_the_way(new, hours(before), hours(after), busy, now)


@pytest.mark.parametrize(
    ("cleaning", "expected"), [pytest.param(2, True, id="two-hours"), pytest.param(4, False, id="four-hours")]
)
def test_r6_check_out_at_noon_and_check_in_at_three(cleaning: float, expected: bool) -> None:
    assert free(period(3, 24), stay(-24, 0, after=cleaning), after=cleaning) is expected


def test_r6_exact_equality_is_allowed_and_a_second_less_is_not() -> None:
    leaves = stay(-24, 0, after=2)
    assert free(period(2, 10), leaves, after=2)
    assert not free(Period(NOON + hours(2) - timedelta(seconds=1), NOON + hours(10)), leaves, after=2)


def test_r6_one_cleaning_serves_both_neighbours() -> None:
    # The cleaning of the one before and the preparation of the next may be the same two hours.
    assert free(period(2, 10), stay(-24, 0, after=2), before=2, after=2)
    assert free(period(-10, 0), stay(2, 24, before=2, after=2), before=2, after=2)


def test_r6_a_block_right_at_check_out_needs_the_cleaning_too() -> None:
    block = stay(10, 20)
    assert not free(period(0, 10), block, after=2)
    assert free(period(0, 8), block, after=2)
    assert free(period(20, 30), block, after=2)  # nobody cleans up after a block


def test_r1_the_moment_one_leaves_another_may_arrive() -> None:
    assert free(period(0, 5), stay(5, 9), stay(-3, 0))
    assert not free(period(0, 5), stay(4, 9))


def test_r7_a_stay_that_began_last_month_is_seen() -> None:
    assert not free(period(0, 5), stay(-24 * 40, 24 * 3))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [pytest.param(1, False, id="alive"), pytest.param(0, True, id="ends-now"), pytest.param(-1, True, id="expired")],
)
def test_r32_a_hold_that_ends_now_is_not_in_the_way(seconds: int, expected: bool) -> None:
    hold = stay(0, 5, hold=NOON + timedelta(seconds=seconds))
    assert free(period(0, 5), hold) is expected
    assert Timeline([hold], NOTHING, NOTHING, NOON).free(NOON, NOON + hours(5)) is expected


def _by_definition(new: Period, before: int, after: int, one: tuple[int, int, int, int]) -> bool:
    """R6 word for word: the gap between two neighbours is at least max(previous.after, next.before)."""
    start, end, one_before, one_after = one
    new_start = (new.start - NOON) / hours(1)
    new_end = (new.end - NOON) / hours(1)
    if end <= new_start:
        return new_start - end >= max(one_after, before)
    if new_end <= start:
        return start - new_end >= max(after, one_before)
    return False


SPANS = st.tuples(st.integers(-30, 30), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))
BUFFERS = st.integers(0, 6)


@settings(max_examples=400, deadline=None)
@given(
    span=SPANS,
    before=BUFFERS,
    after=BUFFERS,
    others=st.lists(st.tuples(SPANS, BUFFERS, BUFFERS).map(lambda row: (*row[0], row[1], row[2])), max_size=6),
)
def test_r6_comparisons_alone_are_the_definition(
    span: tuple[int, int], before: int, after: int, others: list[tuple[int, int, int, int]]
) -> None:
    new = period(*span)
    busy = [stay(start, end, before=one_before, after=one_after) for start, end, one_before, one_after in others]
    expected = all(_by_definition(new, before, after, one) for one in others)
    assert free(new, *busy, before=before, after=after) is expected
    line = Timeline(busy, hours(before), hours(after), NOON)
    assert line.free(new.start, new.end) is expected
    closes = line.closes_after(new.start)
    assert (closes is None or new.end <= closes) is expected
    # The walk through many periods in order answers as the search for each does; some begin together.
    walk = sorted((one.start, one.end) for one in (new, *(Period(each.start, each.end) for each in busy)))
    assert line.free_each(walk) == [line.free(*one) for one in walk]


@settings(max_examples=200, deadline=None)
@given(others=st.lists(SPANS, max_size=6), span=SPANS)
def test_r3_free_ranges_are_exactly_what_may_be_occupied(others: list[tuple[int, int]], span: tuple[int, int]) -> None:
    busy = [stay(start, end, after=2) for start, end in others]
    ranges = free_ranges(UNIT, NOON - hours(60), NOON + hours(60), busy, NOON)
    new = period(*span)
    inside = any(one.start <= new.start and new.end <= one.end for one in ranges)
    assert inside is free(new, *busy, after=2)
    assert all(one.end < two.start for one, two in pairwise(ranges))


def test_r3_nobody_leaves_later_than_the_next_guest_and_the_cleaning_allow() -> None:
    busy = [stay(20, 40, after=2), stay(60, 70, after=2)]
    assert last_departure(NOON, UNIT, busy, NOON) == NOON + hours(18)
    assert last_departure(NOON + hours(42), UNIT, busy, NOON) == NOON + hours(58)
    assert last_departure(NOON + hours(72), UNIT, busy, NOON) is None


def test_r3_the_next_occupied_moment_ignores_what_is_over_and_expired() -> None:
    busy = [stay(-10, -5), stay(8, 9, hold=NOON), stay(20, 40), stay(60, 70)]
    assert next_occupied(NOON, busy, NOON) == NOON + hours(20)
    assert next_occupied(NOON + hours(61), busy, NOON) is None
