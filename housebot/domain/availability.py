"""Owns what a calendar shows: the state of each day of a month for a draft (R3).

Whether a stay is free is judged in `occupancy`, whether it may be sold in `stay_rules`; a `market` asks both for a day. The
words of this room that other rooms use are named here.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from housebot.domain import stay_rules
from housebot.domain.alternatives import alternatives
from housebot.domain.catalog import Catalog, Tariff, Unit
from housebot.domain.market import Day, Market, State
from housebot.domain.occupancy import (
    Busy,
    Timeline,
    free_ranges,
    in_the_way,
    last_departure,
    next_occupied,
    timeline,
)

__all__ = [
    "Busy",
    "Day",
    "Market",
    "State",
    "Timeline",
    "alternatives",
    "day_states",
    "free_ranges",
    "in_the_way",
    "last_departure",
    "month_dates",
    "next_occupied",
    "timeline",
]

_DAY = timedelta(days=1)
_BEST_FIRST: tuple[State, ...] = ("free", "partial", "arrive_only", "leave_only", "full", "closed", "past")


def day_states(
    catalog: Catalog,
    unit: Unit,
    tariffs: Sequence[Tariff] | None,
    year: int,
    month: int,
    busy: Sequence[Busy],
    now: datetime,
) -> list[Day]:
    """Every day of a month for a draft: for these tariffs, or for all that sell the unit; the best state of them counts (R3).

    `busy` must hold whatever touches the month and its neighbours by the length of a stay. `past` covers what is past, before
    notice and beyond the window; `reason` tells them apart.
    """
    line = timeline(unit, busy, now)
    chosen = catalog.tariffs_of(unit.id) if tariffs is None else tariffs
    markets = [Market(catalog, unit, tariff, busy, now, line=line) for tariff in chosen]
    dates = month_dates(year, month)
    different = list({market.alike(): market for market in reversed(markets)}.values())
    if len(different) == 1:
        return different[0].days(dates)
    return [_best(day, different) for day in dates]


@lru_cache(maxsize=256)
def month_dates(year: int, month: int) -> tuple[date, ...]:
    """The dates of a month."""
    first = date(year, month, 1)
    days = (stay_rules.months_later(first, 1) - first).days
    return tuple(first + offset * _DAY for offset in range(days))


def _best(day: date, markets: Sequence[Market]) -> Day:
    best: Day | None = None
    for market in markets:
        found = market.day(day)
        if best is None or _BEST_FIRST.index(found.state) < _BEST_FIRST.index(best.state):
            best = found
        if best.state == "free":
            break
    return best or Day(day, "closed", "unknown_tariff")
