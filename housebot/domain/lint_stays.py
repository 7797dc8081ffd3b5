"""Owns trying stays out for the linter: which a tariff sells, on which dates nobody can book, and where others cost less (R30)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import product

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.dated import concerns
from housebot.domain.pricing import price
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal

_DAY = timedelta(days=1)
_YEAR = 366  # days looked ahead
_LONGER = 14  # nights past the shortest stay that are tried, to step over closed days
_MOST_PRICES = 20_000  # that are drawn to compare tariffs with each other: some seconds
_SOON = timedelta(days=3)  # tried as if booked so long before, because notice and window are no fault of a date


def never_bookable(catalog: Catalog, today: date) -> Iterator[tuple[Tariff, Unit]]:
    """Active tariffs that sell no stay at all on one of their units in the year ahead."""
    for unit in catalog.units:
        for tariff in catalog.tariffs_of(unit.id):
            days = (today + day * _DAY for day in range(_YEAR))
            if not any(next(_stays(catalog, unit, tariff, day), None) for day in days):
                yield tariff, unit


def unbookable_dates(catalog: Catalog, today: date) -> Iterator[tuple[Unit, list[date]]]:
    """For each rented unit the dates of the year ahead that no stay of any of its tariffs covers.

    Units sold by the same tariffs and rules are looked at once; days off of a specialist are no surprise.
    """
    seen: set[tuple[object, ...]] = set()
    for unit in catalog.units:
        tariffs = [tariff for tariff in catalog.tariffs_of(unit.id) if tariff.kind is not Kind.SLOT]
        rules = [
            rule.id
            for tariff in tariffs
            for rule in catalog.stay_rules
            if concerns(rule, unit=unit.id, tariff=tariff.id)
        ]
        key = (unit.zone, *(tariff.id for tariff in tariffs), *rules)
        if not tariffs or key in seen:
            continue
        seen.add(key)
        days = [today + offset * _DAY for offset in range(_YEAR)]
        if missing := _uncovered(catalog, unit, tariffs, days):
            yield unit, missing


def _uncovered(catalog: Catalog, unit: Unit, tariffs: list[Tariff], days: list[date]) -> list[date]:
    """The dates on which no stay is sold that covers them: one of that day, or one that began some days before."""
    covered: set[date] = set()
    for day in days:
        arrivals = [day - before * _DAY for before in range(_LONGER)]
        stays = (
            stay for arrival, tariff in product(arrivals, tariffs) for stay in _stays(catalog, unit, tariff, arrival)
        )
        if day not in covered and (stay := next((stay for stay in stays if day in stay.dates), None)) is not None:
            covered.update(stay.dates)
    # A tariff that is never sold is told by itself, not as a year of dates.
    return [day for day in days if day not in covered] if covered else []


def cheaper_rivals(catalog: Catalog, tariff: Tariff, today: date) -> set[str] | None:
    """Who undercuts the tariff in every case tried; None where it is the cheapest, or the only one, at least once.

    One name: that tariff never costs more, and once less. Several: no single one, but always one of them costs less.
    Nothing is said of a tariff that has more cases than its share of the prices that are drawn for the whole catalog.
    """
    if tariff.kind is Kind.SLOT:
        return None  # another service is not the same thing for less
    never_dearer: set[str] | None = None
    beaten_by: set[str] = set()
    left = _MOST_PRICES // sum(one.active for one in catalog.tariffs)
    for stay in _cases(catalog, tariff, today):
        if left < 0:
            return None
        own = price(catalog, stay).total
        rivals = _rival_prices(catalog, stay)
        left -= 1 + len(rivals)
        cheaper = {name for name, total in rivals.items() if total < own}
        if not cheaper and own not in rivals.values():
            return None
        never_dearer = {name for name, total in rivals.items() if total <= own} & (
            set(rivals) if never_dearer is None else never_dearer
        )
        beaten_by |= cheaper
    if not beaten_by:
        return None  # never tried, or always a draw
    dominating = (never_dearer or set()) & beaten_by
    return {min(dominating)} if dominating else beaten_by


def _cases(catalog: Catalog, tariff: Tariff, today: date) -> Iterator[Stay]:
    """Stays this tariff sells: a weekday and a weekend arrival, its usual lengths, every number of guests, extras."""
    unit = next(unit for unit in catalog.units if unit.id in tariff.units)
    choosable = [name for name in tariff.extras if not _is_fee(catalog, name)]
    wishes = [(), *((name,) for name in choosable), tuple(choosable)]
    most = min(tariff.max_guests or unit.capacity, unit.capacity)
    party = next((band.id for band in catalog.bands if band.adult), "adult")
    arrivals = []
    for weekdays in (range(4), range(4, 7)):
        days = (today + offset * _DAY for offset in range(14, 60))
        stays = (stay for day in days if day.weekday() in weekdays for stay in _stays(catalog, unit, tariff, day))
        arrivals += [stay] if (stay := next(stays, None)) else []
    for shortest, guests, wish in product(arrivals, range(max(tariff.min_guests, 1), most + 1), wishes):
        for departure in _usual_departures(tariff, shortest):
            stay = _sold(
                catalog,
                StayRequest(unit.id, tariff.id, shortest.arrival, departure, {party: guests}, dict.fromkeys(wish, 1)),
            )
            if stay is not None:
                yield stay


def _usual_departures(tariff: Tariff, shortest: Stay) -> list[datetime]:
    """When stays of this tariff usually end: after its own hours and some days, or after some nights."""
    if tariff.kind is Kind.NIGHTLY:
        nights = sorted({len(shortest.nights), 2, 3, 7, 14})
        return [shortest.departure + (count - len(shortest.nights)) * _DAY for count in nights]
    days = sorted({2, 3, 7, len(tariff.day_totals)}) if tariff.day_totals else []
    own = [shortest.arrival + timedelta(minutes=tariff.minutes)]
    if tariff.windows:
        inside = stay_rules.windows_around(shortest.arrival.date(), tariff.windows)
        own += [until for since, until in inside if since <= shortest.arrival < until]
    return own + [shortest.arrival + count * _DAY for count in days]


def _rival_prices(catalog: Catalog, stay: Stay) -> dict[str, int]:
    """What the same stay costs under the unit's other tariffs that sell it with the same extras."""
    prices = {}
    for rival in catalog.tariffs_of(stay.unit.id):
        if rival.id == stay.tariff.id or rival.kind is not stay.tariff.kind:
            continue
        request = StayRequest(stay.unit.id, rival.id, stay.arrival, stay.departure, stay.party, stay.extras)
        if (same := _sold(catalog, request)) is not None:
            prices[rival.id] = price(catalog, same).total
    return prices


def _stays(catalog: Catalog, unit: Unit, tariff: Tariff, day: date) -> Iterator[Stay]:
    """Stays of the tariff that begin on that date: the shortest at each likely hour, and for nights some longer ones."""
    party = {next((band.id for band in catalog.bands if band.adult), "adult"): max(tariff.min_guests, 1)}
    for clock in _likely_hours(unit, tariff, day):
        arrival = datetime.combine(day, clock)
        try:
            shortest = stay_rules.shortest(catalog, unit, tariff, arrival)
        except Refusal:
            continue
        for longer in range(_LONGER if tariff.kind is Kind.NIGHTLY else 1):
            stay = _sold(catalog, StayRequest(unit.id, tariff.id, arrival, shortest + longer * _DAY, party))
            if stay is not None:
                yield stay


def _likely_hours(unit: Unit, tariff: Tariff, day: date) -> list[time]:
    if tariff.kind is Kind.NIGHTLY:
        return [tariff.check_in]
    if tariff.kind is Kind.SLOT:
        return [opens.time() for opens, _ in stay_rules.working_spans(unit, day)]
    return list(dict.fromkeys([*tariff.usual_hours, *(window.since for window in tariff.windows)])) or [time(14)]


def _sold(catalog: Catalog, request: StayRequest) -> Stay | None:
    """The stay, if the rules sell it to somebody who asks in good time."""
    try:
        stay = resolve(catalog, request)
        stay_rules.check(catalog, stay, now=stay.start - _SOON)
    except Refusal:
        return None
    return stay


def _is_fee(catalog: Catalog, name: str) -> bool:
    return any(extra.id == name and extra.mandatory for extra in catalog.extras)
