"""Owns one unit as one tariff sells it: which days, hours, slots and nights somebody may arrive on (R3, R8, R11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.occupancy import Busy, Timeline, timeline
from housebot.domain.period import instant, local
from housebot.domain.stay import Stay
from housebot.errors import Refusal

Nights = tuple[tuple[datetime, datetime], ...]
State = Literal["free", "partial", "full", "arrive_only", "leave_only", "past", "closed"]

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_MIDNIGHT = time(0)
_LAST_HOUR = timedelta(hours=23)
# Where one of these refuses a departure, a few nights more may do; taken dates, a maximum or the window only get worse.
_LONGER_MAY_DO = frozenset({"weekday", "closed_to_departure", "min_stay"})


@dataclass(frozen=True, slots=True)
class Day:
    """A local date in a picker; `reason` is the refusal a guest would meet there, empty where a stay may begin."""

    date: date
    state: State
    reason: str = ""


class Market:
    """One unit as one tariff sells it: rules, occupancies and borders gathered once for many dates."""

    __slots__ = (
        "_earliest",
        "_evening",
        "busy",
        "catalog",
        "last",
        "now",
        "rules",
        "tariff",
        "timeline",
        "today",
        "unit",
    )

    def __init__(
        self,
        catalog: Catalog,
        unit: Unit,
        tariff: Tariff,
        busy: Sequence[Busy],
        now: datetime,
        *,
        line: Timeline | None = None,
    ) -> None:
        self.catalog, self.unit, self.tariff, self.busy, self.now = catalog, unit, tariff, busy, now
        self.timeline = line or timeline(unit, busy, now)
        self.rules = stay_rules.NightRules(catalog, unit, tariff)
        shown = local(now, unit.zone)
        self.today = shown.date()
        self.last = stay_rules.last_bookable(unit, now)
        # Arrivals before this wall clock time are past or come too soon; to the minute, because arrivals are.
        soonest = now + timedelta(minutes=tariff.notice_minutes)
        noticed = local(soonest, unit.zone)
        self._earliest = noticed if noticed == noticed.replace(second=0, microsecond=0) else _next_minute(noticed)
        while self.instant_of(self._earliest) < soonest:
            self._earliest += _MINUTE  # it is the second hour of a fold: an arrival means the first one, which is over
        self._evening = self._night_closed()

    def day(self, day: date) -> Day:
        """What that date is for somebody who wants to arrive on it."""
        if self.tariff.kind is Kind.NIGHTLY:
            return self._night_day(day)
        if day < self.today:
            return Day(day, "past", "past")
        if day > self.last:
            return Day(day, "past", "too_far")
        if closed := self._closed(day):
            return Day(day, "closed", closed)
        if self.tariff.kind is Kind.SLOT:
            return self._judged(day, self.slot_starts(day), working=bool(stay_rules.working_spans(self.unit, day)))
        return self._judged(day, self._hour_ranges(day), working=True)

    def days(self, dates: Sequence[date]) -> list[Day]:
        """Each of these dates, in order and without a gap, as `day` judges it."""
        if not dates or not self._only_nights_matter():
            return [self.day(day) for day in dates]
        return list(self._plain_nights(dates))

    def hours(self, day: date) -> Iterator[tuple[datetime, bool]]:
        """The whole hours of that date at which the tariff lets somebody arrive, and whether the shortest stay is free."""
        if not self.today <= day <= self.last or self._closed(day):
            return
        for first, last in self._hour_ranges(day):
            hour = first
            while hour <= last:
                if (free := self._free_from(hour)) is not None:
                    yield hour, free
                hour += _HOUR

    def slots(self, day: date) -> Iterator[tuple[datetime, bool]]:
        """The slot times of that date within working hours, and whether each is free."""
        if not self.today <= day <= self.last or self._closed(day):
            return
        for start, _ in self.slot_starts(day):
            if (free := self._free_from(start)) is not None:
                yield start, free

    def slot_starts(self, day: date) -> list[tuple[datetime, datetime]]:
        """The times of that date's grid that are not too soon, each as a range of one."""
        step, length = timedelta(minutes=self.tariff.step_minutes), timedelta(minutes=self.tariff.minutes)
        starts = []
        for opens, closes in stay_rules.working_spans(self.unit, day):
            evenly = self._evenly(opens, closes) is not None
            start = opens
            while start < closes:
                leaves = start + length
                if not evenly:
                    leaves = stay_rules.shortest(self.catalog, self.unit, self.tariff, start)
                if start >= self._earliest and leaves <= closes:
                    starts.append((start, start))
                start += step
        return starts

    def first_stay(self, day: date) -> tuple[datetime, datetime] | None:
        """Local arrival and departure of the shortest stay that begins first on that date and is free; None: there is none."""
        if self.tariff.kind is Kind.NIGHTLY:
            leaves = self.sold_from(day)
            return None if leaves is None else (datetime.combine(day, self.tariff.check_in), leaves)
        if not self.today <= day <= self.last or self._closed(day):
            return None
        ranges = self.slot_starts(day) if self.tariff.kind is Kind.SLOT else self._hour_ranges(day)
        for first, last in ranges:
            begins, _ = self._free_between(first, last)
            if begins is not None:
                arrival = local(begins, self.unit.zone)
                return arrival, stay_rules.shortest(self.catalog, self.unit, self.tariff, arrival, rules=self.rules)
        return None

    def alike(self) -> tuple[object, ...]:
        """What its days depend on, prices apart: tariffs that are alike in it share one look at the calendar."""
        tariff = self.tariff
        return (
            tuple(rule.id for rule in self.rules.rules),
            *(tariff.kind, tariff.weekdays, tariff.weekday_pairs, tariff.windows, tariff.notice_minutes),
            *(tariff.min_minutes, tariff.max_minutes, tariff.same_day_cutoff, tariff.night_arrival_cutoff),
            *((tariff.check_in, tariff.check_out) if tariff.kind is Kind.NIGHTLY else ()),
            *((tariff.minutes, tariff.step_minutes) if tariff.kind is Kind.SLOT else ()),
        )

    def sold_from(self, arrival: date) -> datetime | None:
        """The departure of the shortest nightly stay that may begin on that date and is free; None: there is none."""
        if not self.today <= arrival <= self.last or self._night_refusal(arrival):
            return None
        begins = datetime.combine(arrival, self.tariff.check_in)
        shortest = stay_rules.shortest(self.catalog, self.unit, self.tariff, begins, rules=self.rules)
        lengths = (
            range(1, (shortest.date() - arrival).days)
            if any(rule.strategy == "gap" for rule in self.rules.rules)
            else ()
        )
        for nights in lengths:  # a gap shorter than the minimum, sold whole
            departure = datetime.combine(arrival + nights * _DAY, self.tariff.check_out)
            if not self._stay_refusal(begins, departure):
                return departure
        departure = shortest
        while (refusal := self._stay_refusal(begins, departure)) in _LONGER_MAY_DO:
            departure += _DAY
        return None if refusal else departure

    def instant_of(self, wall: datetime) -> datetime:
        """The instant of a wall clock time, moved out of a DST gap."""
        return instant(wall, self.unit.zone, gap="forward")[0]

    def _judged(self, day: date, ranges: list[tuple[datetime, datetime]], *, working: bool) -> Day:
        """Free, partial or full by how many of the day's arrival times are free."""
        if not ranges:
            if not working:
                return Day(day, "closed", "outside_hours")
            return Day(day, "past", "too_soon")
        found = [self._free_between(first, last) for first, last in ranges]
        if not any(begins for begins, _ in found):
            return Day(day, "full", "dates_taken")
        return Day(day, "free" if all(every for _, every in found) else "partial")

    def _free_between(self, first: datetime, last: datetime) -> tuple[datetime | None, bool]:
        """The first free arrival from first to last in whole hours, and whether all of them are free, by comparisons."""
        length = self._shortest_length(first)
        evenly = self._evenly(first, last + length)  # until the last of them leaves
        if evenly is None:
            return self._free_one_by_one(first, last)
        start, end = evenly
        blocked = self.timeline.stretches(start, end)
        if not blocked:
            return start, True
        hour = start  # the first arrival that nothing so far stands in the way of
        for closes, opens in blocked:
            if hour + length <= closes:
                break
            if opens > hour:
                hour += -((hour - opens) // _HOUR) * _HOUR
        return hour if hour <= end - length else None, False

    def _free_one_by_one(self, first: datetime, last: datetime) -> tuple[datetime | None, bool]:
        """The same over a change of clocks: each hour is looked at by itself, one that does not exist is not."""
        hours = [first + hour * _HOUR for hour in range((last - first) // _HOUR + 1)]
        stays = [stay for hour in hours if (stay := self._shortest_stay(hour)) is not None]
        free = [start for start, end in stays if self.timeline.free(start, end)]
        return min(free, default=None), len(free) == len(stays)

    def _free_from(self, arrival: datetime) -> bool | None:
        """Whether the shortest stay that arrives then is free; None where there is none, as the clock skips its times."""
        stay = self._shortest_stay(arrival)
        return None if stay is None else self.timeline.free(*stay)

    def _shortest_stay(self, arrival: datetime) -> tuple[datetime, datetime] | None:
        """The instants of the shortest stay that arrives then; None where the clock skips one of them."""
        zone = self.unit.zone
        try:
            start, _ = instant(arrival, zone, gap="refuse")
            if self.tariff.kind is Kind.SLOT:
                end = start + timedelta(minutes=self.tariff.minutes)
            else:
                end, _ = instant(arrival + self._shortest_length(arrival), zone, gap="refuse")
        except Refusal:
            return None
        return start, end

    def _evenly(self, since: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        """The instants of two wall clock times; None where the clock changes on the way, and hours elapsed are not hours shown."""
        start, skipped = instant(since, self.unit.zone, gap="forward")
        end, cut = instant(until, self.unit.zone, gap="forward")
        return None if skipped or cut or end - start != until - since else (start, end)

    def _shortest_length(self, arrival: datetime) -> timedelta:
        """By the wall clock; a slot's is elapsed time, which is the same wherever the clock is not changed."""
        if self.tariff.kind is Kind.SLOT:
            return timedelta(minutes=self.tariff.minutes)
        return stay_rules.shortest(self.catalog, self.unit, self.tariff, arrival) - arrival

    def _hour_ranges(self, day: date) -> list[tuple[datetime, datetime]]:
        """First and last whole hour of each stretch of that date in which the tariff lets somebody arrive in time."""
        midnight = datetime.combine(day, _MIDNIGHT)
        ranges = [(midnight, midnight + _LAST_HOUR)]
        if self.tariff.windows:
            shortest = self._shortest_length(midnight)
            spans = stay_rules.windows_around(day, self.tariff.windows)
            ranges = [(max(since, midnight), min(until - shortest, midnight + _LAST_HOUR)) for since, until in spans]
        ranges = [part for found in ranges for part in self._without_closed_night(found)]
        if midnight <= self._earliest:
            ranges = [(max(first, self._earliest), last) for first, last in ranges]
        if day == self.last:  # the stay has to end within the window too
            latest = midnight + _DAY - _MINUTE - self._shortest_length(midnight)
            ranges = [(first, min(last, latest)) for first, last in ranges]
        whole = [(_next_hour(first), last.replace(minute=0)) for first, last in ranges]
        return _without_overlaps(sorted((first, last) for first, last in whole if first <= last))

    def _without_closed_night(self, found: tuple[datetime, datetime]) -> list[tuple[datetime, datetime]]:
        """The range without the night hours that had to be booked by the evening before."""
        first, last = found
        if self._evening is None or self._evening[1] <= first or last < self._evening[0]:
            return [found]
        return [(first, self._evening[0] - _MINUTE), (max(first, self._evening[1]), last)]

    def _night_closed(self) -> tuple[datetime, datetime] | None:
        """The coming or present night, when it is too late to book its arrivals."""
        night = self.tariff.night_arrival_cutoff
        if night is None:
            return None
        shown = local(self.now, self.unit.zone)
        crosses = night.since > night.until
        for evening in (shown.date(), shown.date() - _DAY):
            begins = datetime.combine(evening if crosses else evening + _DAY, night.since)
            ends = datetime.combine(evening + _DAY, night.until)
            if shown >= datetime.combine(evening, night.book_before) and shown < ends:
                return begins, ends
        return None

    def _closed(self, day: date) -> str:
        """The refusal of arrivals on that date whatever the hour."""
        weekday, tariff = day.weekday(), self.tariff
        if tariff.weekdays is not None and weekday not in tariff.weekdays:
            return "weekday"
        if tariff.weekday_pairs and all(arrives != weekday for arrives, _ in tariff.weekday_pairs):
            return "weekday"
        if self.rules.closed(day, "closed_to_arrival"):
            return "closed_to_arrival"
        return ""

    def _night_refusal(self, day: date) -> str:
        """Why nobody may arrive for the night of that date, occupancy apart."""
        if closed := self._closed(day):
            return closed
        begins = datetime.combine(day, self.tariff.check_in)
        start = self.instant_of(begins)
        limit = stay_rules.booked_before(self.tariff, self.unit, begins, start)
        if limit is not None and self.now >= limit:
            return "too_soon"
        return "past" if self.tariff.same_day_cutoff is None and start < self.now else ""

    def _night_day(self, day: date) -> Day:
        """Nights: a date is free when one may both arrive on it and leave on it (R3)."""
        if day < self.today:
            return Day(day, "past", "past")
        refusal = self._night_refusal(day) if day <= self.last else "too_far"
        arrives = not refusal and self.sold_from(day) is not None
        leaves = day <= self.last and self._may_leave(day)
        if arrives:
            return Day(day, "free" if leaves else "arrive_only")
        if refusal == "too_far" or (refusal in {"past", "too_soon"} and day == self.today):
            return Day(day, "past", refusal)
        if not refusal:
            refusal = "min_stay" if self._night_free(day) else "dates_taken"
        if leaves:
            return Day(day, "leave_only", refusal)
        return Day(day, "full" if refusal in {"dates_taken", "min_stay"} else "closed", refusal)

    def _only_nights_matter(self) -> bool:
        """Whether a night of this tariff is sold by nothing but weekday, length and whether it is free."""
        tariff = self.tariff
        return (
            tariff.kind is Kind.NIGHTLY
            and not self.rules.rules
            and not tariff.weekday_pairs
            and tariff.max_minutes is None
        )

    def _plain_nights(self, dates: Sequence[date]) -> Iterator[Day]:
        """What `_night_day` says of such a tariff, with each night asked about once: most months are of this kind."""
        tariff = self.tariff
        # Notice and cut-offs reach no further than this; nearer dates are judged one by one.
        near = max(self.today, self._earliest.date()) + 2 * _DAY
        fewest = stay_rules.fewest_nights(tariff)
        nights, shortest = _nights(
            self.unit.zone, tariff.check_in, tariff.check_out, dates[0] - _DAY, len(dates) + 1, fewest
        )
        weekdays, last = tariff.weekdays, self.last
        last_arrival = last - fewest * _DAY
        free = self.timeline.free_each(nights)
        sold = free if fewest == 1 else self.timeline.free_each(shortest)
        for day, was_free, is_free, is_sold in zip(dates, free, free[1:], sold[1:], strict=False):
            if day <= near or day > last:
                yield self._night_day(day)
            elif weekdays is not None and day.weekday() not in weekdays:
                yield _day(day, "leave_only" if was_free else "closed", "weekday")
            elif is_sold and day <= last_arrival:
                yield _day(day, "free" if was_free else "arrive_only", "")
            else:
                yield _day(day, "leave_only" if was_free else "full", "min_stay" if is_free else "dates_taken")

    def _may_leave(self, day: date) -> bool:
        return self._night_free(day - _DAY) and not self.rules.closed(day, "closed_to_departure")

    def _night_free(self, night: date) -> bool:
        start = self.instant_of(datetime.combine(night, self.tariff.check_in))
        return self.timeline.free(start, self.instant_of(datetime.combine(night + _DAY, self.tariff.check_out)))

    def _stay_refusal(self, arrival: datetime, departure: datetime) -> str:
        """Why these nights are not sold; empty where they are."""
        start, end = self.instant_of(arrival), self.instant_of(departure)
        if departure.date() > self.last:
            return "too_far"
        if not self.timeline.free(start, end):
            return "dates_taken"
        if not self.rules.rules and not self.tariff.weekday_pairs and self.tariff.max_minutes is None:
            return ""
        if self.rules.closed(departure.date(), "closed_to_departure"):
            return "closed_to_departure"  # known from a look-up: a season may be closed to the end of the window
        stay = Stay(self.unit, self.tariff, start, end, arrival, departure, {}, 0, {})
        try:
            stay_rules.check(self.catalog, stay, now=self.now, busy=self.busy, rules=self.rules)
        except Refusal as refusal:
            return refusal.code
        return ""


@lru_cache(maxsize=1024)
def _nights(
    zone: ZoneInfo, check_in: time, check_out: time, first: date, count: int, fewest: int
) -> tuple[Nights, Nights]:
    """Check-in and check-out of each night from `first` on, and of the fewest nights that are sold from it on."""
    days = [first + offset * _DAY for offset in range(count)]
    ins = [instant(datetime.combine(day, check_in), zone, gap="forward")[0] for day in days]
    outs = [
        instant(datetime.combine(first + offset * _DAY, check_out), zone, gap="forward")[0]
        for offset in range(1, count + fewest)
    ]
    return tuple(zip(ins, outs[:count], strict=True)), tuple(zip(ins, outs[fewest - 1 :], strict=True))


_day = lru_cache(maxsize=8192)(Day)  # the same few words for the same dates, unit after unit


def _without_overlaps(ranges: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Ranges in order, those of whole hours that two of them share in one alone: windows may overlap."""
    found: list[tuple[datetime, datetime]] = []
    for first, last in ranges:
        since = max(first, found[-1][1] + _HOUR) if found else first
        if since <= last:
            found.append((since, last))
    return found


def _next_hour(moment: datetime) -> datetime:
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole if whole == moment else whole + _HOUR


def _next_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + _MINUTE
