"""Owns what a journey asks of the desk: which units and days are open to a draft, the offers on a day, and the nearest days that do work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from housebot.bot.guest.draft import Draft, Near
from housebot.bot.toasts import Near as NearDay
from housebot.domain import offers as proposing
from housebot.domain import stay_rules
from housebot.domain.availability import Day
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.occupancy import Busy, free_ranges, timeline
from housebot.domain.offers import Offer, Shape
from housebot.domain.period import instant, local
from housebot.domain.pricing import price
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import availability, catalogs
from housebot.services.ports import Tx

_DAY = timedelta(days=1)
_BEST = ("free", "partial", "arrive_only", "leave_only", "full", "closed", "past")
OPEN = frozenset({"free", "partial", "arrive_only"})
SATURDAY = 5
REACH = 45  # days around a wish in which something near is looked for
WHOLE_MONTHS = timedelta(days=62)  # as far as a rule on gaps looks


def units_for(catalog: Catalog, draft: Draft) -> list[Unit]:
    """The units the draft may still end in."""
    if draft.unit is not None and not draft.any_unit:
        found = catalog.unit(draft.unit)
        return [found] if found is not None else []
    tariff = catalog.tariff(draft.tariff) if draft.tariff else None
    kinds = {Kind.SLOT} if draft.way == "slot" else {Kind.BLOCK, Kind.NIGHTLY}
    return [
        unit
        for unit in catalog.units
        if any((tariff is None or one.id == tariff.id) and one.kind in kinds for one in catalog.tariffs_of(unit.id))
    ]


def first_and_last(catalog: Catalog, draft: Draft, now: datetime) -> tuple[date, date]:
    """Today, and the last day that may be booked in any of the draft's units."""
    units = units_for(catalog, draft) or list(catalog.units)
    return local(now, units[0].zone).date(), max(stay_rules.last_bookable(unit, now) for unit in units)


def month(tx: Tx, catalog: Catalog, draft: Draft, year: int, number: int, now: datetime) -> list[Day]:
    """The days of a month for this draft: the best state of any unit counts."""
    months = [
        availability.compute_month(tx, unit=unit.id, year=year, month=number, tariff=draft.tariff, now=now).days
        for unit in units_for(catalog, draft)
    ]
    if not months:
        raise Refusal("unknown_tariff", tariff=draft.tariff or "")
    return [min(days, key=lambda day: _BEST.index(day.state)) for days in zip(*months, strict=True)]


def day_of(tx: Tx, catalog: Catalog, draft: Draft, day: date, now: datetime) -> Day:
    """What that date is for this draft."""
    return month(tx, catalog, draft, day.year, day.month, now)[day.day - 1]


def days_around(tx: Tx, catalog: Catalog, draft: Draft, day: date, now: datetime) -> Iterator[Day]:
    """Days that are open, the nearest first, later before earlier; the day itself left out."""
    months: dict[tuple[int, int], list[Day]] = {}
    first, last = first_and_last(catalog, draft, now)
    for distance in range(1, REACH + 1):
        for other in (day + distance * _DAY, day - distance * _DAY):
            if not first <= other <= last:
                continue
            place = (other.year, other.month)
            if place not in months:
                months[place] = month(tx, catalog, draft, *place, now)
            if months[place][other.day - 1].state in OPEN:
                yield months[place][other.day - 1]


def next_weekend(tx: Tx, catalog: Catalog, draft: Draft, today: date, now: datetime) -> date | None:
    """The next Saturday a stay may begin on, which is what «на выходные» means too; None where none is near."""
    around = days_around(tx, catalog, draft, today - _DAY, now)
    return next((day.date for day in around if day.date >= today and day.date.weekday() == SATURDAY), None)


def near_days(tx: Tx, catalog: Catalog, draft: Draft, day: date, now: datetime) -> list[NearDay]:
    """The two nearest days that do work, with the hours they are free from or until."""
    found = []
    for other in days_around(tx, catalog, draft, day, now):
        found.append(_free_hours(tx, catalog, draft, other, now))
        if len(found) == 2:
            break
    return sorted(found, key=lambda near: near.day)


def _free_hours(tx: Tx, catalog: Catalog, draft: Draft, day: Day, now: datetime) -> NearDay:
    units = units_for(catalog, draft)
    if day.state != "partial" or len(units) != 1:
        return NearDay(day.date)
    unit = units[0]
    since, until = moment(unit, day.date), moment(unit, day.date + _DAY)
    ranges = free_ranges(unit, since, until, around(tx, unit, day.date, now=now), now)
    if len(ranges) != 1:
        return NearDay(day.date)
    if ranges[0].start > since and ranges[0].end == until:
        return NearDay(day.date, since=local(ranges[0].start, unit.zone).time())
    if ranges[0].start == since and ranges[0].end < until:
        return NearDay(day.date, until=local(ranges[0].end, unit.zone).time())
    return NearDay(day.date)


def moment(unit: Unit, day: date) -> datetime:
    """The midnight a local date begins with, as an instant."""
    return instant(datetime.combine(day, time()), unit.zone, gap="forward")[0]


def around(tx: Tx, unit: Unit, day: date, *, now: datetime, days: int = 1) -> list[Busy]:
    """What is taken near a stay of so many days that begins on that date."""
    reach = (
        WHOLE_MONTHS if any(rule.strategy == "gap" for rule in catalogs.current(tx, now=now).stay_rules) else 3 * _DAY
    )
    until = moment(unit, day + (days + 1) * _DAY) + reach
    return availability.busy(tx, unit, moment(unit, day) - reach, until, now=now)


def offers(tx: Tx, catalog: Catalog, draft: Draft, day: date, now: datetime) -> list[Offer]:
    """What may be booked on that day for this draft's party and wishes, of any unit, at most four."""
    found: list[Offer] = []
    for unit in units_for(catalog, draft):
        found += proposing.offers(
            catalog,
            unit=unit.id,
            day=day,
            shape=Shape(draft.shape) if draft.shape else None,
            party=draft.party,
            wishes=draft.extras,
            busy=around(tx, unit, day, now=now, days=draft.length or 2),
            now=now,
            hand_prices=catalogs.hand_prices(tx),
            nights=draft.length,
            at=draft.at,
        )
    return proposing.best(found, catalog)


def near_offers(tx: Tx, catalog: Catalog, draft: Draft, now: datetime) -> list[tuple[Near, Offer]]:
    """The cheapest offer of each of the two nearest days that have one."""
    assert draft.day is not None
    found: list[tuple[Near, Offer]] = []
    for day in days_around(tx, catalog, draft, draft.day, now):
        here = offers(tx, catalog, draft, day.date, now)
        if here:
            found.append((Near(day.date), here[0]))
        if len(found) == 2:
            break
    return sorted(found, key=lambda one: one[0].day)


def why_none(tx: Tx, catalog: Catalog, draft: Draft, now: datetime) -> Refusal:
    """The reason a guest is given when nothing fits: of the party, of the day, else what stands in the way of most."""
    assert draft.day is not None
    units = units_for(catalog, draft)
    most = max((unit.capacity for unit in units), default=0)
    counting = {band.id for band in catalog.bands if band.counts}
    guests = sum(count for band, count in draft.party.items() if band in counting)
    if guests > most:
        return Refusal("max_guests", most=most, asked=guests)
    day = day_of(tx, catalog, draft, draft.day, now)
    if day.state not in OPEN:
        return Refusal(day.reason or "dates_taken")
    refusals = [
        refusal
        for unit in units
        for tariff in catalog.tariffs_of(unit.id)
        if (refusal := _refusal(tx, catalog, unit, tariff, draft, now)) is not None
    ]
    codes = [refusal.code for refusal in refusals]
    for code in ("dates_taken", "min_stay", "extra_sold_out", "extra_not_offered", "too_soon", "outside_hours"):
        if code in codes:
            return refusals[codes.index(code)]
    return refusals[0] if refusals else Refusal("dates_taken")


def _refusal(tx: Tx, catalog: Catalog, unit: Unit, tariff: Tariff, draft: Draft, now: datetime) -> Refusal | None:
    assert draft.day is not None
    begins = next(iter(tariff.usual_hours), time(16)) if tariff.kind is Kind.BLOCK else time()
    arrival = datetime.combine(draft.day, draft.at or begins)
    length = timedelta(days=draft.length or 1)
    if tariff.kind is Kind.BLOCK and not draft.length:
        length = timedelta(minutes=tariff.minutes)
    request = StayRequest(
        unit.id, tariff.id, arrival, arrival + length, dict(draft.party), dict.fromkeys(draft.extras, 1)
    )
    try:
        stay = resolve(catalog, request)
        busy = around(tx, unit, draft.day, now=now, days=draft.length or 2)
        stay_rules.check(catalog, stay, now=now, busy=busy)
    except Refusal as refusal:
        return refusal
    return None if timeline(unit, busy, now).free(stay.start, stay.end) else Refusal("dates_taken")


def alternatives(catalog: Catalog, draft: Draft, found: Sequence[Mapping[str, str]]) -> list[Near]:
    """What a refusal names as the nearest that does work, as stays of the wall clock."""
    if draft.unit is None or (unit := catalog.unit(draft.unit)) is None:
        return []
    near = []
    for one in found:
        arrival, departure = (local(datetime.fromisoformat(one[end]), unit.zone) for end in ("start", "end"))
        near.append(Near(arrival.date(), unit.id, one["tariff"], arrival, departure))
    return near


def in_the_way(tx: Tx, catalog: Catalog, draft: Draft, now: datetime) -> Refusal | None:
    """Why the stay the draft has come to cannot be had now; None: it is free."""
    assert draft.request is not None
    try:
        availability.assert_free(tx, catalog, resolve(catalog, draft.request), now=now)
    except Refusal as refusal:
        return refusal
    return None


def moved(catalog: Catalog, draft: Draft, near: Near) -> Draft:
    """The draft at that other stay, which may be of another tariff."""
    other = replace(
        draft, day=near.day, unit=near.unit, tariff=near.tariff, arrival=near.arrival, departure=near.departure
    )
    return dropped_extras(catalog, other)


def total(tx: Tx, catalog: Catalog, draft: Draft) -> int:
    """What the stay the draft has come to costs; refusals as of a quote."""
    assert draft.request is not None
    return price(catalog, resolve(catalog, draft.request), hand_prices=catalogs.hand_prices(tx)).total


def dropped_extras(catalog: Catalog, draft: Draft) -> Draft:
    """The draft without extras its tariff does not sell: they were wished for when there was another."""
    tariff = catalog.tariff(draft.tariff) if draft.tariff else None
    if tariff is None:
        return draft
    kept = tuple(extra for extra in draft.extras if extra in tariff.extras or extra in tariff.included_extras)
    return replace(draft, extras=kept)
