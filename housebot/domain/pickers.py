"""Owns what a guest may press next: hours to arrive, times to leave, slots, and the lowest price of a day (UX 5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from housebot.domain import stay_rules
from housebot.domain.availability import month_dates
from housebot.domain.catalog import Catalog, DatedPrice, Kind, Tariff, Unit
from housebot.domain.market import Market
from housebot.domain.occupancy import Busy, Timeline, timeline
from housebot.domain.period import instant, local
from housebot.domain.pricing import Price, PriceDays, price
from housebot.domain.stay import WHATEVER_THE_TIME, Stay, StayRequest, resolve
from housebot.errors import Refusal

EXTRA_HOURS_SHOWN = 3
DAYS_SHOWN = 7
NIGHTS_SHOWN = 31

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_NEVER = datetime(2000, 1, 1)  # noqa: DTZ001  a wall clock time that every price replaces


@dataclass(frozen=True, slots=True)
class HourChoice:
    """A local time on a keyboard; hours the tariff does not know are left out."""

    at: datetime
    state: Literal["free", "taken"]


@dataclass(frozen=True, slots=True)
class Departure:
    """A departure with the price of the whole stay: `extra_hours` past the tariff's hours, whole `days`, or `nights`."""

    request: StayRequest
    price: Price
    hours: int
    days: int = 0
    extra_hours: int = 0
    nights: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What is already known of a stay when prices are shown for many days."""

    party: Mapping[str, int] = field(default_factory=dict)
    extras: Mapping[str, int] = field(default_factory=dict)


def start_hours(
    catalog: Catalog, unit: Unit, tariff: Tariff, day: date, busy: Sequence[Busy], now: datetime
) -> list[HourChoice]:
    """The whole hours of a local date at which a block stay may begin; free when the shortest stay from there is free."""
    market = Market(catalog, unit, tariff, busy, now)
    return [HourChoice(hour, "free" if free else "taken") for hour, free in market.hours(day)]


def departures(
    catalog: Catalog,
    draft: StayRequest,
    busy: Sequence[Busy],
    now: datetime,
    *,
    hand_prices: Sequence[DatedPrice] = (),
) -> list[Departure]:
    """The departures worth a row: the tariff's hours, a few hours more, whole days; for nights every date in reach (R3).

    The departure of the draft is not looked at. Each passes the stay rules and lies before the next occupied moment; where
    the tariff's own hours do not fit any more, the longest stay that does comes first.
    """
    unit, tariff = _named(catalog, draft)
    line = timeline(unit, busy, now)
    found = []
    seen: set[datetime] = set()
    for leaves in _worth_a_row(unit, tariff, draft.arrival, line):
        if leaves in seen:
            continue
        seen.add(leaves)
        request = replace(draft, departure=leaves)
        stay = _sold(catalog, request, line, busy, now)
        if stay is not None:
            found.append(_departure(request, stay, price(catalog, stay, hand_prices=hand_prices)))
    return found


def departure_hours(
    catalog: Catalog, draft: StayRequest, day: date, busy: Sequence[Busy], now: datetime
) -> list[HourChoice]:
    """Every whole hour of a local date at which the drafted block stay may end; taken when somebody is in the way."""
    unit, _ = _named(catalog, draft)
    line = timeline(unit, busy, now)
    choices = []
    minutes = timedelta(minutes=draft.arrival.minute)  # whole hours after an arrival at half past end at half past
    for hour in range(24):
        request = replace(draft, departure=datetime.combine(day, _MIDNIGHT) + hour * _HOUR + minutes)
        try:
            stay = resolve(catalog, request)
            stay_rules.check(catalog, stay, now=now, busy=busy)
        except Refusal:
            continue
        choices.append(HourChoice(request.departure, "free" if line.free(stay.start, stay.end) else "taken"))
    return choices


def slot_times(
    catalog: Catalog,
    tariff: Tariff,
    units: Sequence[Unit],
    day: date,
    busy_by_unit: Mapping[str, Sequence[Busy]],
    now: datetime,
) -> list[tuple[datetime, list[str]]]:
    """The local times of a date at which a service may begin, each with the ids of the units that are free then (UX 2e)."""
    times: dict[datetime, list[str]] = {}
    for unit in units:
        if unit.id in tariff.units:
            for start, free in Market(catalog, unit, tariff, busy_by_unit.get(unit.id, ()), now).slots(day):
                if free:
                    times.setdefault(start, []).append(unit.id)
    return sorted(times.items())


def least_busy(units: Sequence[Unit], day: date, busy_by_unit: Mapping[str, Sequence[Busy]], now: datetime) -> Unit:
    """Who has the least to do on that local date; the first of equals."""

    def occupied(unit: Unit) -> timedelta:
        since, _ = instant(datetime.combine(day, _MIDNIGHT), unit.zone, gap="forward")
        until, _ = instant(datetime.combine(day + _DAY, _MIDNIGHT), unit.zone, gap="forward")
        spans = [min(one.end, until) - max(one.start, since) for one in busy_by_unit.get(unit.id, ()) if one.alive(now)]
        return sum((span for span in spans if span > timedelta(0)), timedelta(0))

    return min(units, key=occupied)


def lowest_price(
    catalog: Catalog,
    unit: Unit,
    tariffs: Sequence[Tariff] | None,
    day: date,
    busy: Sequence[Busy],
    now: datetime,
    *,
    draft: Draft | None = None,
    hand_prices: Sequence[DatedPrice] = (),
) -> int | None:
    """The total of the cheapest stay that may begin on that date at its shortest sellable length; None: none may."""
    return next(iter(_lowest(catalog, unit, tariffs, [day], busy, now, draft or Draft(), hand_prices).values()), None)


def lowest_prices(
    catalog: Catalog,
    unit: Unit,
    tariffs: Sequence[Tariff] | None,
    year: int,
    month: int,
    busy: Sequence[Busy],
    now: datetime,
    *,
    draft: Draft | None = None,
    hand_prices: Sequence[DatedPrice] = (),
) -> dict[date, int]:
    """`lowest_price` of each date of a month on which a stay may begin."""
    return _lowest(catalog, unit, tariffs, month_dates(year, month), busy, now, draft or Draft(), hand_prices)


def _lowest(
    catalog: Catalog,
    unit: Unit,
    tariffs: Sequence[Tariff] | None,
    days: Sequence[date],
    busy: Sequence[Busy],
    now: datetime,
    draft: Draft,
    hand_prices: Sequence[DatedPrice],
) -> dict[date, int]:
    line = timeline(unit, busy, now)
    stays: dict[object, dict[date, tuple[datetime, datetime] | None]] = {}
    lowest: dict[date, int] = {}
    for tariff in catalog.tariffs_of(unit.id) if tariffs is None else tariffs:
        market = Market(catalog, unit, tariff, busy, now, line=line)
        first = stays.setdefault(market.alike(), {})
        till = _Till(catalog, unit, tariff, draft, hand_prices)
        for day in days:
            if day not in first:
                first[day] = market.first_stay(day)
            times = first[day]
            try:
                total = None if times is None else till.total(*times)
            except Refusal as refusal:
                if refusal.code in WHATEVER_THE_TIME:
                    break  # this tariff is not for this party, or does not offer what is wished for
                continue
            if total is not None:
                lowest[day] = min(total, lowest.get(day, total))
    return dict(sorted(lowest.items()))


class _Till:
    """Totals of one tariff for one draft; stays that differ in nothing a price looks at are priced once."""

    def __init__(
        self, catalog: Catalog, unit: Unit, tariff: Tariff, draft: Draft, hand_prices: Sequence[DatedPrice]
    ) -> None:
        self._catalog = catalog
        self._days = PriceDays(catalog, unit, tariff, hand_prices)
        party = dict(draft.party) or {_adult(catalog): max(tariff.min_guests, 1)}
        self._request = StayRequest(unit.id, tariff.id, _NEVER, _NEVER, party, dict(draft.extras))
        self._reach = max([len(tariff.day_totals), *(nights for nights, _ in tariff.length_discounts)], default=0) + 1
        self._extras_stop = bool(catalog.stops) or any(extra.stop_dates for extra in catalog.extras)
        self._known: dict[object, int] = {}

    def total(self, arrival: datetime, departure: datetime) -> int:
        """The total of the draft at these local times."""
        nights = max(self._reach, (departure.date() - arrival.date()).days)
        special = [self._days.on(arrival.date() + night * _DAY) for night in range(nights)]
        # Length, time of day and the dated prices ahead: a stay's price looks at no other property of its dates.
        alike = (departure - arrival, arrival.time(), *(day and day.rule for day in special))
        if alike not in self._known or self._extras_stop:
            stay = resolve(self._catalog, replace(self._request, arrival=arrival, departure=departure))
            self._known[alike] = price(self._catalog, stay, days=self._days).total
        return self._known[alike]


def _worth_a_row(unit: Unit, tariff: Tariff, arrival: datetime, line: Timeline) -> Iterator[datetime]:
    """Departures in the order they are shown; whether they are sold is judged by the caller."""
    if tariff.kind is Kind.SLOT:
        yield arrival  # a slot has the length of its service
        return
    if tariff.kind is Kind.NIGHTLY:
        for nights in range(1, NIGHTS_SHOWN + 1):
            yield datetime.combine(arrival.date() + nights * _DAY, tariff.check_out)
        return
    usual = arrival + timedelta(minutes=tariff.minutes)
    if (shorter := _longest_before(unit, tariff, arrival, usual, line)) < usual:
        yield shorter
        return
    yield usual
    if tariff.extra_hour_price is not None:
        for hours in range(1, EXTRA_HOURS_SHOWN + 1):
            yield usual + hours * _HOUR
    if tariff.day_totals:
        for days in range(2, DAYS_SHOWN + 1):
            yield arrival + days * _DAY


def _longest_before(unit: Unit, tariff: Tariff, arrival: datetime, usual: datetime, line: Timeline) -> datetime:
    """The tariff's own hours, cut in whole hours to the window it is sold in and to the next occupied moment."""
    longest = usual
    if tariff.windows:
        spans = stay_rules.windows_around(arrival.date(), tariff.windows)
        longest = min(longest, max((until for since, until in spans if since <= arrival < until), default=longest))
    start, _ = instant(arrival, unit.zone, gap="forward")
    closes = line.closes_after(start)
    if closes is not None and closes > start:
        fitting = (local(closes, unit.zone) - arrival) // _HOUR
        longest = min(longest, arrival + max(fitting, 1) * _HOUR)
    return longest


def _departure(request: StayRequest, stay: Stay, found: Price) -> Departure:
    if stay.tariff.kind is Kind.NIGHTLY:
        return Departure(request, found, hours=stay.hours, nights=len(stay.nights))
    own = -(-stay.tariff.minutes // 60)
    days, rest = divmod(stay.hours, 24)
    if rest == 0 and days > 1 and stay.tariff.day_totals:
        return Departure(request, found, hours=stay.hours, days=days)
    return Departure(request, found, hours=stay.hours, extra_hours=max(stay.hours - own, 0))


def _sold(catalog: Catalog, request: StayRequest, line: Timeline, busy: Sequence[Busy], now: datetime) -> Stay | None:
    try:
        stay = resolve(catalog, request)
        stay_rules.check(catalog, stay, now=now, busy=busy)
    except Refusal as refusal:
        if refusal.code in WHATEVER_THE_TIME:
            raise  # what is wrong with one departure leaves it out, what is wrong with the draft is said
        return None
    return stay if line.free(stay.start, stay.end) else None


def _named(catalog: Catalog, draft: StayRequest) -> tuple[Unit, Tariff]:
    unit, tariff = catalog.unit(draft.unit), catalog.tariff(draft.tariff)
    if unit is None:
        raise Refusal("unknown_unit", unit=draft.unit[:40])
    if tariff is None:
        raise Refusal("unknown_tariff", tariff=draft.tariff[:40], unit=unit.id)
    return unit, tariff


def _adult(catalog: Catalog) -> str:
    return next((band.id for band in catalog.bands if band.adult), catalog.bands[0].id)
