"""Which dated rule wins on a night (R12)."""

from datetime import date

import pytest

from housebot.domain.catalog import DatedPrice, DateSpan, Recurring, StayRule
from housebot.domain.dated import concerns, rank, ties

SATURDAY = date(2026, 6, 20)
SUMMER = Recurring((6, 1), (8, 31))
JUNE = DateSpan(date(2026, 6, 1), date(2026, 7, 1))
THE_DAY = DateSpan(SATURDAY, date(2026, 6, 21))
WEEKEND = frozenset({4, 5})


def price(
    *dates: DateSpan | Recurring, weekdays: frozenset[int] | None = None, priority: int = 0, by_hand: bool = False
) -> DatedPrice:
    return DatedPrice(id="p", name={}, dates=dates, weekdays=weekdays, amount=1, priority=priority, by_hand=by_hand)


# Each comes before the next.
ORDER = [
    price(SUMMER, by_hand=True),
    price(THE_DAY, weekdays=WEEKEND),
    price(THE_DAY),
    price(JUNE, weekdays=WEEKEND),
    price(SUMMER, weekdays=WEEKEND),
    price(weekdays=WEEKEND),
    price(JUNE, priority=1),
    price(JUNE),
    price(SUMMER, priority=9),
    price(SUMMER),
    price(),
]


@pytest.mark.parametrize("position", range(len(ORDER) - 1))
def test_r12_each_rule_comes_before_the_next(position: int) -> None:
    first, second = (rank(rule, SATURDAY) for rule in ORDER[position : position + 2])
    assert first is not None
    assert second is not None
    assert first < second


def test_r12_of_several_periods_the_shortest_that_covers_the_night_counts() -> None:
    both = price(SUMMER, THE_DAY)
    assert rank(both, SATURDAY) == rank(price(THE_DAY), SATURDAY)
    assert rank(both, date(2026, 6, 21)) == rank(price(SUMMER), date(2026, 6, 21))


def test_a_rule_says_nothing_on_other_nights() -> None:
    assert rank(price(THE_DAY), date(2026, 6, 21)) is None
    assert rank(price(JUNE, weekdays=WEEKEND), date(2026, 6, 21)) is None
    assert rank(StayRule(id="r", min_nights=2), SATURDAY) is not None


def test_a_rule_concerns_its_units_and_tariffs_or_all() -> None:
    rule = DatedPrice(id="p", name={}, units=frozenset({"house"}), tariffs=frozenset({"day"}))
    assert concerns(rule, unit="house", tariff="day")
    assert not concerns(rule, unit="hut", tariff="day")
    assert not concerns(rule, unit="house", tariff="couple")
    assert concerns(price(), unit="hut", tariff="couple")


def test_r12_a_tie_names_the_first_night_on_which_both_would_decide() -> None:
    later = price(Recurring((6, 20), (9, 19)))
    assert list(ties([price(SUMMER), price(JUNE), later])) == [(0, 2, date(2024, 6, 20))]
    assert list(ties([price(SUMMER), price(Recurring((6, 20), (9, 19)), priority=1)])) == []
