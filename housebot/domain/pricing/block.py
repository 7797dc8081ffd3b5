"""Owns the price of hours: a tariff's hours, extra hours, the table of whole days, and dates that have a price of their own (R24)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from housebot.domain.catalog import Tariff
from housebot.domain.money import half_up
from housebot.domain.pricing.days import DayPrice, PriceDays
from housebot.errors import Refusal

DAY = 24  # hours
_HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BlockSums:
    """What a block stay is made of, in minor units, still without words."""

    dated: tuple[tuple[DayPrice, int, int], ...]  # dates that have a sum of their own: which, how many, amount
    days: int  # whole days the base stands for; 0 for a stay no longer than the tariff's hours, or no base at all
    base: int | None  # None: every hour lies on dated dates
    extra_hours: int
    extra: int
    percents: tuple[tuple[DayPrice, int, int], ...]  # dates that change the base: which, how many, amount

    @property
    def total(self) -> int:
        """The accommodation price before the cap."""
        return (
            (self.base or 0)
            + self.extra
            + sum(amount for _, _, amount in self.dated)
            + sum(amount for _, _, amount in self.percents)
        )


def covered_hours(tariff: Tariff) -> int:
    """The hours the tariff's price covers."""
    return -(-tariff.minutes // 60)


def day_total(tariff: Tariff, days: int) -> int:
    """The price of so many whole days; past the table each day more costs the mean step, the sum rounded once (R24).

    A table whose last total is below its first has no step to go on with: past it, every day costs what the last one did.
    """
    table = tariff.day_totals
    if days <= len(table):
        return table[days - 1]
    if len(table) == 1:
        return table[0] * days
    steps = len(table) - 1
    if table[-1] < table[0]:
        return table[-1]
    return half_up(table[-1] * steps + (days - len(table)) * (table[-1] - table[0]), steps)


def undated(tariff: Tariff, hours: int) -> tuple[int, int, int]:
    """Whole days, their price and the extra hours beside them for a stay of so many hours; max_stay where more are not sold."""
    covered = covered_hours(tariff)
    if hours <= covered:
        return 0, tariff.price, 0
    days = rest = 0
    if tariff.day_totals:
        days, rest = divmod(hours, DAY)
        if rest >= tariff.day_rounds_up_from or (rest and tariff.extra_hour_price is None):
            days, rest = days + 1, 0
    if days:
        return days, day_total(tariff, days), rest
    if tariff.extra_hour_price is None:
        raise Refusal("max_stay", most=covered, asked=hours, measure="hours")
    return 0, tariff.price, hours - covered


def sums(tariff: Tariff, hours: int, dates: Sequence[DayPrice | None]) -> BlockSums:
    """The parts of the price of a stay of so many hours on these dates.

    n dates with a sum of their own cost that sum each; the rest, hours − 24 n and not below 0, is priced as a stay of
    that length, or as extra hours where no other date is left. A percent changes the share of its dates in that rest.
    """
    special = _counted([day for day in dates if day is not None and day.amount is not None])
    own = sum(count for _, count in special)
    dated = tuple(
        (day, count, half_up(count * (day.amount or 0) * (10_000 + day.percent), 10_000)) for day, count in special
    )
    others = len(dates) - own
    rest = max(hours - DAY * own, 0) if own else hours
    hour_price = tariff.extra_hour_price
    if not rest:
        return BlockSums(dated, 0, None, 0, 0, ())
    if not others and hour_price is not None:
        return BlockSums(dated, 0, None, rest, rest * hour_price, ())
    days, base, extra_hours = undated(tariff, rest)
    extra = extra_hours * (hour_price or 0)
    changed = _counted([day for day in dates if day is not None and day.amount is None and day.percent])
    percents, left = [], base + extra
    for day, count in changed:
        # Each is rounded for itself; two that take everything away would take a unit more than there is.
        amount = max(half_up((base + extra) * count * day.percent, max(others, 1) * 10_000), -left)
        percents.append((day, count, amount))
        left += amount
    return BlockSums(dated, days, base, extra_hours, extra, tuple(percents))


def cheapest_longer(tariff: Tariff, arrival: datetime, hours: int, days: PriceDays) -> int | None:
    """The lowest accommodation price of any longer stay with the same check-in, to the end of the table (R24); None: none longer.

    Hour by hour the price only rises, save where an unfinished day begins to count as a whole one and where the stay
    reaches a new date; so those hours are looked at, and no others.
    """
    end = _end_of_table(tariff, hours)
    if end <= hours:
        return None
    dates = [days.on(arrival.date() + offset * ONE_DAY) for offset in range(_midnights(arrival, end) or 1)]
    if not any(dates):
        # Without dated prices the turning points are the whole days, after the hours that cost what the tariff costs.
        whole_days = range(DAY * -(-(hours + 1) // DAY), end + 1, DAY)
        return min(_undated_total(tariff, longer) for longer in (hours + 1, *whole_days))
    lowest: int | None = None
    for departs, longer in _turning_points(tariff, arrival, hours, end):
        slept = dates[: max(departs, 1)]
        if (
            lowest is not None
            and sum(day.amount or 0 for day in slept if day is not None and day.percent >= 0) >= lowest
        ):
            break  # dates that have a sum of their own only gather from here on
        total = sums(tariff, longer, slept).total if any(slept) else _undated_total(tariff, longer)
        lowest = total if lowest is None else min(lowest, total)
    return lowest


def _undated_total(tariff: Tariff, hours: int) -> int:
    _, base, extra_hours = undated(tariff, hours)
    return base + extra_hours * (tariff.extra_hour_price or 0)


def _end_of_table(tariff: Tariff, hours: int) -> int:
    """Where looking for a cheaper longer stay ends; past the table that is the next whole day, as only steps upward follow."""
    if not tariff.day_totals:
        return covered_hours(tariff)
    return max(DAY * len(tariff.day_totals), DAY * -(-hours // DAY))


def _midnights(arrival: datetime, hours: int) -> int:
    return ((arrival + hours * _HOUR).date() - arrival.date()).days


def _turning_points(tariff: Tariff, arrival: datetime, hours: int, end: int) -> Iterator[tuple[int, int]]:
    """The longer lengths at which the price may have fallen, each after the midnights slept through."""
    since_midnight = arrival - datetime.combine(arrival.date(), time(0))
    # A day begins to count as whole at this hour; without a price for extra hours it does so at once.
    turns = (0, 1, tariff.day_rounds_up_from) if tariff.extra_hour_price is None else (0, tariff.day_rounds_up_from)
    for departs in range(_midnights(arrival, hours), end // DAY + 2):
        # The whole-hour lengths that depart on that date, the first one at or after its midnight.
        begins = max(-((since_midnight - departs * ONE_DAY) // _HOUR), hours + 1)
        ends = min(-((since_midnight - (departs + 1) * ONE_DAY) // _HOUR) - 1, end)
        if begins <= ends:
            yield departs, begins
            yield from (
                (departs, longer) for turn in turns if begins < (longer := begins + (turn - begins) % DAY) <= ends
            )


def _counted(days: list[DayPrice]) -> list[tuple[DayPrice, int]]:
    """Equal day prices together with how many there are, in the order they come."""
    counts: dict[str, tuple[DayPrice, int]] = {}
    for day in days:
        counts[day.rule] = (day, counts.get(day.rule, (day, 0))[1] + 1)
    return list(counts.values())
