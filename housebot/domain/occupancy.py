"""Owns what is in the way of a stay: one rule about gaps between neighbours, by comparisons alone (R6, R7)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from housebot.domain.catalog import Unit
from housebot.domain.period import Period

NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Busy:
    """Something that occupies a part: `busy_from` = start − before, `busy_until` = end + after, all UTC."""

    start: datetime
    end: datetime
    busy_from: datetime
    busy_until: datetime
    kind: Literal["booking", "block", "feed"] = "booking"
    ref: int | None = None
    hold_until: datetime | None = None
    proposal: int | None = None  # kept for a change of that booking which is not agreed yet

    def alive(self, now: datetime) -> bool:
        """Whether it still counts: a hold that ends now has ended (R32)."""
        return self.hold_until is None or self.hold_until > now

    def earliest_neighbour(self, before: timedelta) -> datetime:
        """From when somebody who needs `before` to prepare may come after it: the larger of the two buffers, not their sum."""
        return max(self.busy_until, self.end + before)

    def latest_neighbour(self, after: timedelta) -> datetime:
        """Until when somebody who needs `after` to clean up may stay in front of it."""
        return min(self.busy_from, self.start - after)


def in_the_way(period: Period, before: timedelta, after: timedelta, busy: Iterable[Busy], now: datetime) -> list[Busy]:
    """What stands in the way of a stay with these buffers; an empty list means it is free (R6, R7).

    Two neighbours need a gap of max(previous.after, next.before); exactly that gap is enough. Expired holds are ignored.
    """
    busy_from, busy_until = period.start - before, period.end + after
    return [
        one
        for one in busy
        if not (
            (one.busy_until <= period.start and one.end <= busy_from)
            or (busy_until <= one.start and period.end <= one.busy_from)
        )
        and one.alive(now)
    ]


class Timeline:
    """The same question as `in_the_way`, sorted once for many stays that have the same buffers.

    Each busy row becomes the open stretch between the last moment a stay may end before it and the first moment one may
    begin after it: a stay is free exactly when it touches no stretch.
    """

    __slots__ = ("_closes", "_opens")

    def __init__(self, busy: Iterable[Busy], before: timedelta, after: timedelta, now: datetime) -> None:
        stretches = sorted(
            (one.latest_neighbour(after), one.earliest_neighbour(before)) for one in busy if one.alive(now)
        )
        self._closes: list[datetime] = []  # where free time ends
        self._opens: list[datetime] = []  # where it begins again
        for closes, opens in stretches:
            if self._opens and closes < self._opens[-1]:
                self._opens[-1] = max(self._opens[-1], opens)
            else:
                self._closes.append(closes)
                self._opens.append(opens)

    def free(self, start: datetime, end: datetime) -> bool:
        """Whether a stay from start to end is in nobody's way."""
        position = bisect_right(self._opens, start)
        return position == len(self._closes) or end <= self._closes[position]

    def free_each(self, periods: Iterable[tuple[datetime, datetime]]) -> list[bool]:
        """`free` of each of these, which begin one after another: one walk instead of a search for each."""
        closes, opens = self._closes, self._opens
        position, count = 0, len(opens)
        found = []
        for start, end in periods:
            while position < count and opens[position] <= start:
                position += 1
            found.append(position == count or end <= closes[position])
        return found

    def closes_after(self, start: datetime) -> datetime | None:
        """Until when a stay that begins then may last; None: no end in sight. Earlier than `start` when it may not begin."""
        position = bisect_right(self._opens, start)
        return self._closes[position] if position < len(self._closes) else None

    def stretches(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches that touch the time from since to until, in order."""
        first = bisect_right(self._opens, since)
        found = []
        for position in range(first, len(self._closes)):
            if self._closes[position] >= until:
                break
            found.append((self._closes[position], self._opens[position]))
        return found


def timeline(unit: Unit, busy: Iterable[Busy], now: datetime) -> Timeline:
    """The timeline for stays of this unit."""
    return Timeline(busy, unit.before, unit.cleaning, now)


def next_occupied(moment: datetime, busy: Iterable[Busy], now: datetime) -> datetime | None:
    """When the next stay or block begins at or after the moment; None: never."""
    return min((one.start for one in busy if one.start >= moment and one.alive(now)), default=None)


def last_departure(arrival: datetime, unit: Unit, busy: Iterable[Busy], now: datetime) -> datetime | None:
    """Until when a stay that begins at that instant may last, cleaning included; None: no end in sight (R3).

    A moment at or before `arrival` says that nobody may begin then.
    """
    return timeline(unit, busy, now).closes_after(arrival)


def free_ranges(unit: Unit, since: datetime, until: datetime, busy: Sequence[Busy], now: datetime) -> list[Period]:
    """When the unit may be occupied between two instants, buffers respected."""
    ranges, free_from = [], since
    for closes, opens in timeline(unit, busy, now).stretches(since, until):
        if closes > free_from:
            ranges.append(Period(free_from, closes))
        free_from = max(free_from, opens)
    if free_from < until:
        ranges.append(Period(free_from, until))
    return ranges
