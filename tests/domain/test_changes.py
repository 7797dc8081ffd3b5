"""What a change of a stay is, and its price line by line (R37, M11)."""

from datetime import timedelta
from typing import Any

import pytest

from housebot.domain.changes import Dates, dates_of, line_changes, needs_prepayment
from housebot.domain.period import Period
from housebot.domain.pricing import Line
from tests.factories import at

HOUR = timedelta(hours=1)
OLD = Period(at("2026-12-05T13:00:00Z"), at("2026-12-06T13:00:00Z"))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0, 0, Dates.SAME, id="as-it-was"),
        pytest.param(-2, 0, Dates.LONGER, id="earlier"),
        pytest.param(0, 3, Dates.LONGER, id="later"),
        pytest.param(-1, 1, Dates.LONGER, id="both"),
        pytest.param(2, 0, Dates.SHORTER, id="shorter"),
        pytest.param(3, 3, Dates.SHIFT, id="three-hours-on"),
        pytest.param(24, 24, Dates.SHIFT, id="the-next-day"),
        pytest.param(168, 169, Dates.SHIFT, id="an-hour-more-hides-no-move"),
        pytest.param(-48, -24, Dates.SHIFT, id="longer-and-elsewhere"),
    ],
)
def test_r37_what_gives_time_back_for_other_time_is_a_move(start: int, end: int, expected: Dates) -> None:
    assert dates_of(OLD, Period(OLD.start + start * HOUR, OLD.end + end * HOUR)) is expected


def line(code: str, amount: int, rule: str = "x", **more: Any) -> Line:
    return Line(code, {"en": code}, more.get("quantity", 1), None, amount, rule)


def test_m11_every_line_that_is_not_as_it_was_is_named_once_and_the_amounts_sum_to_the_difference() -> None:
    was = [
        line("base", 70000),
        line("dated", 300, "new-year"),
        line("dated", 200, "weekend"),
        line("extra:sauna", 10000),
    ]
    now = [
        line("base", 70000),
        line("dated", 300, "new-year"),
        line("extra_hours", 6000, quantity=2),
        line("promo", -500),
    ]
    found = [(one.kind, one.line.code, one.amount) for one in line_changes(was, now)]
    assert found == [
        ("removed", "dated", -200),
        ("added", "extra_hours", 6000),
        ("added", "promo", -500),
        ("removed", "extra:sauna", -10000),
    ]
    assert sum(amount for *_, amount in found) == sum(one.amount for one in now) - sum(one.amount for one in was)


def test_m11_a_line_that_only_changed_its_amount_is_one_line() -> None:
    (only,) = line_changes([line("base", 70000)], [line("base", 50000, "couple")])
    assert (only.kind, only.amount) == ("changed", -20000)


@pytest.mark.parametrize(("new", "expected"), [(96000, False), (96001, True), (70000, False)])
def test_up_to_a_fifth_more_waits_for_the_balance(new: int, expected: bool) -> None:
    assert needs_prepayment(80000, new) is expected
