"""Owns what else would do when a stay is refused: other times, other tariffs, each judged like any request (R13)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.occupancy import Busy, Timeline, timeline
from housebot.domain.period import instant, utc_text
from housebot.domain.stay import WHATEVER_THE_TIME, Stay, StayRequest, resolve
from housebot.errors import Refusal

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_FAR, _NEAR = timedelta(days=45), timedelta(days=14)  # other nights, other hours: further away they help nobody
_MOST_ALTERNATIVES = 3


def alternatives(catalog: Catalog, request: StayRequest, busy: Sequence[Busy], now: datetime) -> list[dict[str, str]]:
    """At most three stays that do work, nearest first, as `{start, end, tariff}` in UTC (R13).

    First the same tariff and length at other times, earlier and later, on other dates at the wished hour or a usual one
    where that is free; then other tariffs on the same dates. Each passes
    `resolve`, the stay rules and the occupancies.
    """
    unit, tariff = catalog.unit(request.unit), catalog.tariff(request.tariff)
    if unit is None or tariff is None:
        return []
    line = timeline(unit, busy, now)
    found: list[Stay] = []
    for candidate in _other_times(catalog, unit, tariff, request) if _makes_sense(catalog, request) else ():
        if len(found) == _MOST_ALTERNATIVES:
            break
        if any(_too_alike(tariff, request, candidate, stay) for stay in found):
            continue
        if (works := _works(catalog, unit, tariff, candidate, line, busy, now)) is not None:
            tried = (
                _works(catalog, unit, tariff, wish, line, busy, now) for wish in _kinder(tariff, request, candidate)
            )
            found.append(next((stay for stay in tried if stay is not None), works))
    for other in catalog.tariffs_of(unit.id):
        if len(found) < _MOST_ALTERNATIVES and other.id != tariff.id and other.kind is tariff.kind is Kind.BLOCK:
            works = _works(catalog, unit, other, replace(request, tariff=other.id), line, busy, now)
            found.extend([] if works is None else [works])
    return [{"start": utc_text(stay.start), "end": utc_text(stay.end), "tariff": stay.tariff.id} for stay in found]


def _might_fit(unit: Unit, request: StayRequest, line: Timeline) -> bool:
    """A first look that costs little, for most hours near a taken one are taken too; what it lets through is judged in full."""
    start, _ = instant(request.arrival, unit.zone, gap="forward")
    closes = line.closes_after(start)
    # A change of the clock may make the elapsed time shorter than the wall shows, by hours at most.
    elapsed = request.departure - request.arrival - 2 * _HOUR
    return closes is None or (closes > start and closes >= start + elapsed)


def _makes_sense(catalog: Catalog, request: StayRequest) -> bool:
    """Whether another time could mend the request at all."""
    try:
        resolve(catalog, request)
    except Refusal as refusal:
        return refusal.code not in WHATEVER_THE_TIME
    return True


def _works(
    catalog: Catalog,
    unit: Unit,
    tariff: Tariff,
    request: StayRequest,
    line: Timeline,
    busy: Sequence[Busy],
    now: datetime,
) -> Stay | None:
    # Nightly requests may give dates without their check-in, and there are few of them.
    if tariff.kind is not Kind.NIGHTLY and not _might_fit(unit, request, line):
        return None
    try:
        stay = resolve(catalog, request)
        if not line.free(stay.start, stay.end):
            return None
        stay_rules.check(catalog, stay, now=now, busy=busy)
    except Refusal:
        return None
    return stay


def _other_times(catalog: Catalog, unit: Unit, tariff: Tariff, request: StayRequest) -> Iterator[StayRequest]:
    """The request moved step by step away from what was asked, with the lengths that the tariff sells."""
    step = {
        Kind.NIGHTLY: _DAY,
        Kind.BLOCK: _HOUR,
        Kind.SLOT: timedelta(minutes=tariff.step_minutes),
    }[tariff.kind]
    arrival, departure = request.arrival, request.departure
    if tariff.kind is Kind.SLOT:
        # On the grid of the hour, so that a time between two steps finds its neighbours.
        arrival -= timedelta(minutes=arrival.minute % tariff.step_minutes)
        departure = arrival
    for number in range((_FAR if tariff.kind is Kind.NIGHTLY else _NEAR) // step):
        for offset in (number * step, -number * step) if number else (number * step,):
            moved = arrival + offset
            for end in _lengths(catalog, unit, tariff, moved, departure + offset):
                yield replace(request, arrival=moved, departure=end)


def _lengths(
    catalog: Catalog, unit: Unit, tariff: Tariff, arrival: datetime, departure: datetime
) -> Iterator[datetime]:
    """The asked length, else the nearest one that the limits of the tariff allow from there."""
    yield departure
    if tariff.kind is Kind.NIGHTLY:
        begins = datetime.combine(arrival.date(), tariff.check_in)
        shortest = stay_rules.shortest(catalog, unit, tariff, begins)
        asked = max((departure.date() - arrival.date()).days, 1)
        rules = stay_rules.NightRules(catalog, unit, tariff)
        _, most, _ = stay_rules.limits(rules, stay_rules.nights_from(arrival.date(), asked))
        if shortest.date() > departure.date():
            yield shortest
        elif most is not None and most < asked:
            yield datetime.combine(arrival.date() + most * _DAY, tariff.check_out)
    elif tariff.windows:
        for since, until in stay_rules.windows_around(arrival.date(), tariff.windows):
            # Only a length that this window could never hold is cut.
            if since <= arrival < until and departure - arrival > until - since:
                yield until


def _kinder(tariff: Tariff, request: StayRequest, candidate: StayRequest) -> Iterator[StayRequest]:
    """On another date than the wished one: the wished hour, then a usual one, rather than the first that happens to be free."""
    if tariff.kind is Kind.BLOCK and candidate.arrival.date() != request.arrival.date():
        for hour in (request.arrival.time(), *tariff.usual_hours):
            arrival = datetime.combine(candidate.arrival.date(), hour)
            yield replace(candidate, arrival=arrival, departure=arrival + (candidate.departure - candidate.arrival))


def _too_alike(tariff: Tariff, request: StayRequest, candidate: StayRequest, stay: Stay) -> bool:
    """Neighbouring hours are one answer: of block stays one earlier and one later is kept for the wished date, one for another."""
    if tariff.kind is not Kind.BLOCK or candidate.arrival.date() != stay.arrival.date():
        return False
    wished = candidate.arrival.date() == request.arrival.date()
    return not wished or abs(candidate.arrival - stay.arrival) < timedelta(hours=6)
