"""Owns the one stay by which a tariff's price is shown: nobody in particular, the shortest its tariff is meant for, its first usual hour."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal

NOON = time(12)


def sample(catalog: Catalog, unit: Unit, tariff: Tariff, days: Iterable[date]) -> Stay | None:
    """The sample that begins on the first of these local dates on which the tariff sells one; None: it sells on none.

    Weekdays, hours and the tariff's windows are kept, so that the stay could be quoted; notice, window and what is taken
    are not looked at, for a price is set long ahead.
    """
    adult = next((band.id for band in catalog.bands if band.adult), catalog.bands[0].id)
    party = {adult: max(tariff.min_guests, 1)}
    for day in days:
        times = _times(catalog, unit, tariff, day)
        if times is None or (tariff.weekdays is not None and day.weekday() not in tariff.weekdays):
            continue
        try:
            return resolve(catalog, StayRequest(unit.id, tariff.id, *times, party))
        except Refusal:  # an hour that a clock change leaves out, a party this unit does not take
            continue
    return None


def _times(catalog: Catalog, unit: Unit, tariff: Tariff, day: date) -> tuple[datetime, datetime] | None:
    if tariff.kind is Kind.NIGHTLY:
        checks_in = datetime.combine(day, tariff.check_in)
        return checks_in, stay_rules.shortest(catalog, unit, tariff, checks_in)
    if tariff.kind is Kind.SLOT:
        length = timedelta(minutes=tariff.minutes)
        starts = [opens for opens, closes in stay_rules.working_spans(unit, day) if opens + length <= closes]
        return (starts[0], starts[0]) if starts else None
    arrival = datetime.combine(day, next(iter(tariff.usual_hours), NOON))
    departure = arrival + timedelta(minutes=tariff.minutes)
    if not tariff.windows:
        return arrival, departure
    spans = stay_rules.windows_around(day, tariff.windows)
    closes = max((until for since, until in spans if since <= arrival < until), default=None)
    return None if closes is None else (arrival, min(departure, closes))
