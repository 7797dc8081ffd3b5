"""Owns where else a sold stay of the same length would fit, itself not in the way: the days of a month, the hours of a day (R37)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property

from housebot.bot.guest.changing.wish import DAY, change_of
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.journey import market
from housebot.bot.guest.telling import Told
from housebot.bot.toasts import Near
from housebot.domain import stay_rules
from housebot.domain.availability import Day
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.occupancy import Busy, Timeline, timeline
from housebot.domain.pickers import slot_times
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import availability, catalogs, quotes

REACH = 45  # days around a wish in which something near is looked for


@dataclass(frozen=True, slots=True)
class Around:
    """What is taken near some days, and the same as a line to lay a stay on."""

    busy: list[Busy]
    line: Timeline


class Openings:
    """The catalog in force decides what is sold; the draft says for whom."""

    def __init__(self, told: Told, draft: Draft) -> None:
        self._told, self._draft = told, draft
        self._months: dict[tuple[int, int], list[Day]] = {}

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self._told.tx, now=self._told.now)

    @cached_property
    def unit(self) -> Unit:
        found = self.catalog.unit(self._told.booking.unit)
        if found is None:
            raise Refusal("unknown_unit", unit=self._told.booking.unit)
        return found

    @cached_property
    def tariff(self) -> Tariff:
        found = self.catalog.tariff(self._told.booking.tariff)
        if found is None:
            raise Refusal("unknown_tariff", tariff=self._told.booking.tariff)
        return found

    def month(self, year: int, number: int) -> list[Day]:
        """The days of a month: free where the stay fits at its own hour, partly where it fits at another."""
        if (year, number) not in self._months:
            told = self._told
            found = availability.compute_month(
                told.tx,
                unit=self.unit.id,
                year=year,
                month=number,
                tariff=self.tariff.id,
                exclude=told.booking.id,
                now=told.now,
            ).days
            around = self._around(found[0].date, len(found))
            self._months[year, number] = [self._judged(day, around) for day in found]
        return self._months[year, number]

    def _judged(self, day: Day, around: Around) -> Day:
        if day.state not in market.OPEN:
            return day
        if self.tariff.kind is Kind.SLOT:
            times = self._slots(day.date, around)
            return replace(day, state="free", reason="") if times else Day(day.date, "full", "dates_taken")
        own = datetime.combine(day.date, self._told.booking.arrival.time())
        if (reason := self._reason(own, around)) == "":
            return Day(day.date, "free", "")
        if self.tariff.kind is Kind.BLOCK and any(free for _, free in self._hours(day.date, around)):
            return Day(day.date, "partial", "")
        return Day(day.date, "full", reason)

    def hours(self, day: date) -> list[tuple[datetime, bool]]:
        """The local times of that day at which the stay may begin, and whether it is free then."""
        around = self._around(day, 1)
        if self.tariff.kind is Kind.SLOT:
            return [(at, True) for at in self._slots(day, around)]
        if self.tariff.kind is Kind.NIGHTLY:
            own = datetime.combine(day, self._told.booking.arrival.time())
            return [(own, True)] if self._reason(own, around) == "" else []
        return list(self._hours(day, around))

    def _hours(self, day: date, around: Around) -> Iterator[tuple[datetime, bool]]:
        for hour in range(24):
            at = datetime.combine(day, time(hour))
            if (reason := self._reason(at, around)) in ("", "dates_taken"):
                yield at, reason == ""

    def _slots(self, day: date, around: Around) -> list[datetime]:
        found = slot_times(self.catalog, self.tariff, [self.unit], day, {self.unit.id: around.busy}, self._told.now)
        return [at for at, _ in found if at != self._told.booking.arrival]

    def near(self, day: date) -> list[Near]:
        """The two nearest days that do work."""
        first, last = self.bounds
        found: list[Near] = []
        for distance in range(1, REACH + 1):
            for other in (day + distance * DAY, day - distance * DAY):
                if first <= other <= last and len(found) < 2:
                    state = self.month(other.year, other.month)[other.day - 1].state
                    found += [Near(other)] if state in market.OPEN else []
        return sorted(found, key=lambda one: one.day)

    @property
    def bounds(self) -> tuple[date, date]:
        """Today, and the last day that may be booked."""
        return self._told.local(self._told.now).date(), stay_rules.last_bookable(self.unit, self._told.now)

    def _around(self, day: date, days: int) -> Around:
        told = self._told
        length = told.booking.end - told.booking.start + timedelta(days=3)
        since = market.moment(self.unit, day) - length
        until = market.moment(self.unit, day + days * DAY) + length
        busy = availability.busy(told.tx, self.unit, since, until, now=told.now, exclude=told.booking.id)
        return Around(busy, timeline(self.unit, busy, told.now))

    def _reason(self, arrival: datetime, around: Around) -> str:
        """The code of what stands in the way of the stay from then on, "" for nothing."""
        departure = arrival + (self._told.booking.departure - self._told.booking.arrival)
        try:
            stay = resolve(self.catalog, replace(self._request, arrival=arrival, departure=departure))
            stay_rules.check(self.catalog, stay, now=self._told.now, busy=around.busy)
        except Refusal as refusal:
            return refusal.code
        return "" if around.line.free(stay.start, stay.end) else "dates_taken"

    @cached_property
    def _request(self) -> StayRequest:
        """What is wished for, at whatever time."""
        booking, told = self._told.booking, self._told
        asked = quotes.load(told.tx, booking.quote_id).request
        change = change_of(told.tx, booking, self._draft)
        return replace(
            asked,
            unit=self.unit.id,
            tariff=self.tariff.id,
            party=dict(change.party or asked.party),
            extras={name: count for name, count in ({**asked.extras, **change.extras}).items() if count},
        )
