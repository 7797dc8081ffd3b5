"""Owns whether a stay may be sold at all: notice and window, weekdays and hours, closed days, shortest and longest (R8, R10, R11)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from housebot.domain.catalog import Catalog, Kind, StayRule, Tariff, TimeWindow, Unit, WorkingHours
from housebot.domain.dated import concerns, rank
from housebot.domain.occupancy import Busy, in_the_way
from housebot.domain.period import Period, instant, local, utc_text
from housebot.domain.stay import Stay
from housebot.errors import Refusal

Limit = Literal["min_nights", "max_nights"]
Closing = Literal["closed_to_arrival", "closed_to_departure"]

_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Case:
    """A stay together with everything it is judged by."""

    stay: Stay
    rules: "NightRules"
    now: datetime
    staff: bool
    busy: Sequence[Busy]


def check(
    catalog: Catalog,
    stay: Stay,
    *,
    now: datetime,
    staff: bool = False,
    busy: Sequence[Busy] = (),
    rules: "NightRules | None" = None,
) -> None:
    """Refuse a stay that the rules do not sell, whether or not it is free.

    Refusals: past, too_soon, too_far (R8), weekday, outside_hours, closed_to_arrival, closed_to_departure (R11),
    min_stay, max_stay (R10). Staff pass over the soft ones: length, notice, window (R13). `busy` serves the gap strategy
    alone: a free run shorter than the minimum may be sold whole, if it is known what lies around it. `rules` may be shared
    by many stays of one unit and tariff.
    """
    case = Case(stay, rules or NightRules(catalog, stay.unit, stay.tariff), now, staff, busy)
    for rule in _STAFF_RULES if staff else _RULES:
        rule(case)


def check_under_way(
    catalog: Catalog, stay: Stay, *, ended: datetime, now: datetime, staff: bool = False, busy: Sequence[Busy] = ()
) -> None:
    """As `check`, for a stay that has begun and would end later than at `ended`: there is no arrival to be in time for.

    The notice of its tariff counts from that end, when somebody comes to clean: `too_soon`. Staff pass over the soft rules.
    """
    case = Case(stay, NightRules(catalog, stay.unit, stay.tariff), now, staff, busy)
    limit = ended - timedelta(minutes=stay.tariff.notice_minutes)
    if not staff and now > limit:
        facts = {"reason": "under_way", **_notice_facts(stay.tariff)}
        raise Refusal("too_soon", end=utc_text(ended), booked_before=utc_text(limit), **facts)
    for rule in _STAFF_RULES if staff else _RULES:
        if rule not in _OF_AN_ARRIVAL:
            rule(case)


def shortest(
    catalog: Catalog, unit: Unit, tariff: Tariff, arrival: datetime, *, rules: "NightRules | None" = None
) -> datetime:
    """The local departure of the shortest stay that may be sold from that local arrival, nights by the stay rules."""
    if tariff.kind is Kind.SLOT:
        start, _ = instant(arrival, unit.zone, gap="forward")
        return local(start + timedelta(minutes=tariff.minutes), unit.zone)
    if tariff.kind is Kind.BLOCK:
        return arrival + timedelta(minutes=-(-max(tariff.min_minutes, 1) // 60) * 60)
    rules = rules or NightRules(catalog, unit, tariff)
    nights = fewest_nights(tariff)
    # Later nights may ask for more, and more nights may meet more rules; that ends, as each turn adds a night.
    while nights < (needed := limits(rules, nights_from(arrival.date(), nights))[0]):
        nights = needed
    return datetime.combine(arrival.date() + nights * _DAY, tariff.check_out)


def fewest_nights(tariff: Tariff) -> int:
    """The shortest stay of a nightly tariff by itself, rules for certain nights apart."""
    return max(_tariff_nights(tariff.min_minutes), 1)


class NightRules:
    """The stay rules that speak of one unit and tariff; every date is looked up once, however many stays are judged."""

    __slots__ = ("_closed", "_winners", "rules")

    def __init__(self, catalog: Catalog, unit: Unit, tariff: Tariff) -> None:
        self.rules = [rule for rule in catalog.stay_rules if concerns(rule, unit=unit.id, tariff=tariff.id)]
        self._winners: dict[tuple[date, Limit], StayRule | None] = {}
        self._closed: dict[tuple[date, Closing], bool] = {}

    def winner(self, night: date, what: Limit) -> StayRule | None:
        """The rule that says this about the night and stands before the others that do (R12)."""
        if not self.rules:
            return None
        if (night, what) not in self._winners:
            ranked = [
                (found, rule.id, rule)
                for rule in self.rules
                if getattr(rule, what) and (found := rank(rule, night)) is not None
            ]
            self._winners[night, what] = min(ranked, key=lambda row: row[:2])[2] if ranked else None
        return self._winners[night, what]

    def closed(self, day: date, which: Closing) -> bool:
        """Whether some rule closes that date to arrival or departure; no other rule opens it again."""
        if not self.rules:
            return False
        if (day, which) not in self._closed:
            self._closed[day, which] = any(getattr(rule, which) and rank(rule, day) is not None for rule in self.rules)
        return self._closed[day, which]


def nights_from(arrival: date, nights: int) -> list[date]:
    """So many nights from that date on."""
    return [arrival + night * _DAY for night in range(nights)]


def limits(rules: NightRules, nights: Sequence[date]) -> tuple[int, int | None, bool]:
    """Fewest and most nights that a stay of these nights needs, and whether a free gap may be sold shorter (R10, R12).

    The rule of the first night always speaks; later nights speak where their rule says `through` or `gap`.
    """
    fewest, most, gap = 1, None, False
    for position, night in enumerate(nights):
        if (low := rules.winner(night, "min_nights")) and (position == 0 or low.strategy != "arrival"):
            needed = low.min_nights or 1
            if needed > fewest:
                fewest, gap = needed, low.strategy == "gap"
            elif needed == fewest:
                gap = gap and low.strategy == "gap"
        if (high := rules.winner(night, "max_nights")) and (position == 0 or high.strategy != "arrival"):
            allowed = high.max_nights or 1
            most = allowed if most is None else min(most, allowed)
    return fewest, most, gap


def last_bookable(unit: Unit, now: datetime) -> date:
    """The last local date on which a stay may begin or end (R8)."""
    return months_later(local(now, unit.zone).date(), unit.window_months)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + (day.day - 1) * _DAY, following - _DAY)


def booked_before(tariff: Tariff, unit: Unit, arrival: datetime, start: datetime) -> datetime | None:
    """The first instant at which it is too late to book that arrival; None: check-in itself is the limit (R8)."""
    latest = []
    if tariff.notice_minutes:
        latest.append(start - timedelta(minutes=tariff.notice_minutes) + timedelta(microseconds=1))
    if tariff.same_day_cutoff is not None:
        cutoff, _ = instant(datetime.combine(arrival.date(), tariff.same_day_cutoff), unit.zone, gap="forward")
        latest.append(cutoff + timedelta(minutes=1))  # "until 18:00" still takes a booking made at 18:00
    if (night := tariff.night_arrival_cutoff) is not None and _in_clock(arrival.time(), night.since, night.until):
        # The evening before: of the same date when it is still before midnight.
        evening = (
            arrival.date() if night.since > night.until and arrival.time() >= night.since else arrival.date() - _DAY
        )
        latest.append(instant(datetime.combine(evening, night.book_before), unit.zone, gap="forward")[0])
    return min(latest, default=None)


def lies_in_window(arrival: datetime, departure: datetime, windows: Sequence[TimeWindow]) -> bool:
    """Whether the whole stay lies inside one window; a stay of several days lies in none (R11)."""
    return any(since <= arrival and departure <= until for since, until in windows_around(arrival.date(), windows))


def windows_around(day: date, windows: Sequence[TimeWindow]) -> Iterator[tuple[datetime, datetime]]:
    """The windows that somebody arriving on that date may be in, those of the evening before among them."""
    for window in windows:
        for begins in (day - _DAY, day):
            until_day = begins + _DAY if window.until <= window.since else begins
            yield datetime.combine(begins, window.since), datetime.combine(until_day, window.until)


def working_spans(unit: Unit, day: date) -> list[tuple[datetime, datetime]]:
    """When a specialist works on that local date; no working hours means always."""
    if day in unit.days_off:
        return []
    midnight = datetime.combine(day, _MIDNIGHT)
    if not unit.working_hours:
        return [(midnight, midnight + _DAY)]
    return [_span(hours, midnight) for hours in unit.working_hours if day.weekday() in hours.weekdays]


def _past(case: Case) -> None:
    """A stay begins ahead; tonight's night may be booked until its cut-off; staff may enter a stay that has begun."""
    stay = case.stay
    cutoff = stay.tariff.same_day_cutoff is not None and stay.tariff.kind is Kind.NIGHTLY
    today = local(case.now, stay.unit.zone).date()
    begun = stay.arrival.date() < today if cutoff else stay.start < case.now
    if (case.staff and stay.end <= case.now) or (not case.staff and begun):
        raise Refusal("past", start=utc_text(stay.start), now=utc_text(case.now))


def _notice(case: Case) -> None:
    stay = case.stay
    limit = booked_before(stay.tariff, stay.unit, stay.arrival, stay.start)
    if limit is not None and case.now >= limit:
        raise Refusal(
            "too_soon", start=utc_text(stay.start), booked_before=utc_text(limit), **_notice_facts(stay.tariff)
        )


def _notice_facts(tariff: Tariff) -> dict[str, int]:
    return {"notice_minutes": tariff.notice_minutes} if tariff.notice_minutes else {}


def _window(case: Case) -> None:
    last = last_bookable(case.stay.unit, case.now)
    if max(case.stay.arrival.date(), case.stay.departure.date()) > last:
        raise Refusal("too_far", last=last.isoformat())


def _weekdays(case: Case) -> None:
    stay, tariff = case.stay, case.stay.tariff
    arrives, leaves = stay.arrival.weekday(), stay.departure.weekday()
    if tariff.weekdays is not None and arrives not in tariff.weekdays:
        raise Refusal("weekday", weekday=arrives, allowed=sorted(tariff.weekdays))
    if tariff.weekday_pairs and (arrives, leaves) not in tariff.weekday_pairs:
        raise Refusal("weekday", weekday=arrives, until=leaves, pairs=[list(pair) for pair in tariff.weekday_pairs])


def _hours(case: Case) -> None:
    """Time-of-day limits of each kind: windows, check-in and check-out, working hours and their grid."""
    stay, tariff = case.stay, case.stay.tariff
    if tariff.windows and not lies_in_window(stay.arrival, stay.departure, tariff.windows):
        raise Refusal(
            "outside_hours", windows=[f"{window.since:%H:%M}–{window.until:%H:%M}" for window in tariff.windows]
        )
    if tariff.kind is Kind.NIGHTLY and (
        # By the instants, because a check-in moved out of a DST gap is later than its own clock time.
        stay.start < instant(datetime.combine(stay.arrival.date(), tariff.check_in), stay.unit.zone, gap="forward")[0]
        or stay.end
        > instant(datetime.combine(stay.departure.date(), tariff.check_out), stay.unit.zone, gap="forward")[0]
    ):
        raise Refusal("outside_hours", check_in=f"{tariff.check_in:%H:%M}", check_out=f"{tariff.check_out:%H:%M}")
    if tariff.kind is Kind.SLOT and not fits_working_hours(
        stay.unit, tariff, stay.arrival, stay.departure, grid=not case.staff
    ):
        spans = working_spans(stay.unit, stay.arrival.date())
        raise Refusal(
            "outside_hours",
            working=[f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in spans],
            step=tariff.step_minutes,
        )


def fits_working_hours(
    unit: Unit, tariff: Tariff, arrival: datetime, departure: datetime, *, grid: bool = True
) -> bool:
    """Whether a slot lies inside working hours and, for guests, begins on the grid that starts with them."""
    step = timedelta(minutes=tariff.step_minutes)
    return any(
        opens <= arrival and departure <= closes and not (grid and (arrival - opens) % step)
        for opens, closes in working_spans(unit, arrival.date())
    )


def _closed(case: Case) -> None:
    stay = case.stay
    if case.rules.closed(stay.arrival.date(), "closed_to_arrival"):
        raise Refusal("closed_to_arrival", date=stay.arrival.date().isoformat())
    if case.rules.closed(stay.departure.date(), "closed_to_departure"):
        raise Refusal("closed_to_departure", date=stay.departure.date().isoformat())


def _length(case: Case) -> None:
    if case.stay.tariff.kind is Kind.NIGHTLY:
        _nights(case)
    elif case.stay.tariff.kind is Kind.BLOCK:
        _block_hours(case.stay)


def _nights(case: Case) -> None:
    stay, tariff = case.stay, case.stay.tariff
    asked = len(stay.nights)
    fewest, most, gap = limits(case.rules, stay.nights)
    own = _tariff_nights(tariff.min_minutes)
    if asked < max(fewest, own) and not (gap and asked >= own and fills_a_gap(stay, case.busy, case.now)):
        raise Refusal("min_stay", needs=max(fewest, own), asked=asked, measure="nights")
    if tariff.max_minutes is not None:
        longest = tariff.max_minutes // _DAY_MINUTES
        most = longest if most is None else min(most, longest)
    if most is not None and asked > most:
        raise Refusal("max_stay", most=most, asked=asked, measure="nights")


def _block_hours(stay: Stay) -> None:
    tariff = stay.tariff
    minutes = (stay.departure - stay.arrival) // timedelta(minutes=1)
    if minutes < tariff.min_minutes:
        raise Refusal("min_stay", needs=-(-tariff.min_minutes // 60), asked=minutes // 60, measure="hours")
    # Without a price for extra hours and without a table there is nothing past the tariff's own hours.
    most = tariff.max_minutes
    if tariff.extra_hour_price is None and not tariff.day_totals:
        own = -(-tariff.minutes // 60) * 60
        most = own if most is None else min(most, own)
    if most is not None and minutes > most:
        raise Refusal("max_stay", most=most // 60, asked=stay.hours, measure="hours")


def fills_a_gap(stay: Stay, busy: Sequence[Busy], now: datetime) -> bool:
    """Whether neither the night before nor the night after could be sold with it: the free run is taken whole (R10)."""
    today = local(now, stay.unit.zone).date()
    unit, tariff = stay.unit, stay.tariff

    def taken(arrival: date, departure: date) -> bool:
        start, _ = instant(datetime.combine(arrival, tariff.check_in), unit.zone, gap="forward")
        end, _ = instant(datetime.combine(departure, tariff.check_out), unit.zone, gap="forward")
        return bool(in_the_way(Period(start, end), unit.before, unit.cleaning, busy, now))

    first, last = stay.arrival.date(), stay.departure.date()
    return (first <= today or taken(first - _DAY, last)) and taken(first, last + _DAY) and not taken(first, last)


def _tariff_nights(minutes: int) -> int:
    """A nightly tariff's shortest stay; what is written as hours is rounded up to nights."""
    return -(-minutes // _DAY_MINUTES)


def _in_clock(moment: time, since: time, until: time) -> bool:
    """Whether a time of day lies in hours that may cross midnight."""
    return since <= moment < until if since <= until else moment >= since or moment < until


def _span(hours: WorkingHours, midnight: datetime) -> tuple[datetime, datetime]:
    closes = datetime.combine(midnight, hours.closes)
    return datetime.combine(midnight, hours.opens), closes + _DAY if hours.closes == _MIDNIGHT else closes


Rule = Callable[[Case], None]
_RULES: tuple[Rule, ...] = (_past, _notice, _window, _weekdays, _hours, _closed, _length)
_STAFF_RULES: tuple[Rule, ...] = (_past, _weekdays, _hours, _closed)
_OF_AN_ARRIVAL: tuple[Rule, ...] = (_past, _notice)
