"""Owns where else a sold stay of the same length would fit, itself not in the way: the days of a month, the hours of a day (R37)."""

from collections.abc import Iterator
from dataclasses import replace
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
from housebot.domain.occupancy import Busy, timeline
from housebot.domain.pickers import slot_times
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import availability, catalogs, quotes

REACH = 45  # days around a wish in which something near is looked for


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
            busy = self._busy(found[0].date, len(found))
            self._months[year, number] = [self._judged(day, busy) for day in found]
        return self._months[year, number]

    def _judged(self, day: Day, busy: list[Busy]) -> Day:
        if day.state not in market.OPEN:
            return day
        if self.tariff.kind is Kind.SLOT:
            times = self._slots(day.date, busy)
            return replace(day, state="free", reason="") if times else Day(day.date, "full", "dates_taken")
        own = datetime.combine(day.date, self._told.booking.arrival.time())
        if (reason := self._reason(own, busy)) == "":
            return Day(day.date, "free", "")
        if self.tariff.kind is Kind.BLOCK and any(free for _, free in self._hours(day.date, busy)):
            return Day(day.date, "partial", "")
        return Day(day.date, "full", reason)

    def hours(self, day: date) -> list[tuple[datetime, bool]]:
        """The local times of that day at which the stay may begin, and whether it is free then."""
        busy = self._busy(day, 1)
        if self.tariff.kind is Kind.SLOT:
            return [(at, True) for at in self._slots(day, busy)]
        if self.tariff.kind is Kind.NIGHTLY:
            own = datetime.combine(day, self._told.booking.arrival.time())
            return [(own, True)] if self._reason(own, busy) == "" else []
        return list(self._hours(day, busy))

    def _hours(self, day: date, busy: list[Busy]) -> Iterator[tuple[datetime, bool]]:
        for hour in range(24):
            at = datetime.combine(day, time(hour))
            if (reason := self._reason(at, busy)) in ("", "dates_taken"):
                yield at, reason == ""

    def _slots(self, day: date, busy: list[Busy]) -> list[datetime]:
        found = slot_times(self.catalog, self.tariff, [self.unit], day, {self.unit.id: busy}, self._told.now)
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

    def _busy(self, day: date, days: int) -> list[Busy]:
        told = self._told
        length = told.booking.end - told.booking.start + timedelta(days=3)
        since = market.moment(self.unit, day) - length
        until = market.moment(self.unit, day + days * DAY) + length
        return availability.busy(told.tx, self.unit, since, until, now=told.now, exclude=told.booking.id)

    def _reason(self, arrival: datetime, busy: list[Busy]) -> str:
        """The code of what stands in the way of the stay from then on, "" for nothing."""
        try:
            stay = resolve(self.catalog, self._request(arrival))
            stay_rules.check(self.catalog, stay, now=self._told.now, busy=busy)
        except Refusal as refusal:
            return refusal.code
        return "" if timeline(self.unit, busy, self._told.now).free(stay.start, stay.end) else "dates_taken"

    def _request(self, arrival: datetime) -> StayRequest:
        booking, told = self._told.booking, self._told
        asked = quotes.load(told.tx, booking.quote_id).request
        change = change_of(told.tx, booking, self._draft)
        return replace(
            asked,
            unit=self.unit.id,
            tariff=self.tariff.id,
            arrival=arrival,
            departure=arrival + (booking.departure - booking.arrival),
            party=dict(change.party or asked.party),
            extras={name: count for name, count in ({**asked.extras, **change.extras}).items() if count},
        )
