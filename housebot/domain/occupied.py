"""Owns how full a unit is: which nights are sold, which could have been, and what one of them brought.

A *night* is a date of a stay (R2): the local dates from arrival up to, not including, departure, or the arrival date of a stay
that ends on it. *Sellable* is every date, less those that are closed by hand or on which the unit's parts are sold under another
unit's name, unless the unit itself is sold on them: so nothing is fuller than full. A unit sold by appointment alone is measured
in hours: of its working hours those with somebody in the chair.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from housebot.domain.catalog import Catalog, Kind, Unit
from housebot.domain.period import local, stay_dates
from housebot.domain.stay_rules import working_spans


@dataclass(frozen=True, slots=True)
class Sold:
    """One stay that counts: confirmed, under way or over."""

    unit: str
    arrival: datetime  # the unit's wall clock
    departure: datetime
    start: datetime
    end: datetime

    @property
    def dates(self) -> list[date]:
        return stay_dates(self.arrival, self.departure)

    @property
    def minutes(self) -> int:
        """As time passes, not as the hands go."""
        return int((self.end - self.start).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Closed:
    """A time closed by hand; instants."""

    parts: frozenset[str]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Filled:
    """How much of a unit was sold in a time: nights, or minutes of working hours."""

    basis: str  # nights, hours
    sold: int
    sellable: int

    @property
    def basis_points(self) -> int | None:
        """Of what could be sold; None where nothing could."""
        return None if not self.sellable else (self.sold * 20_000 + self.sellable) // (2 * self.sellable)


def filled(
    catalog: Catalog, unit: Unit, days: Iterable[date], sold: Iterable[Sold], closed: Iterable[Closed]
) -> Filled:
    """How full the unit is on those local dates."""
    wanted = set(days)
    stays = list(sold)
    if _by_appointment(catalog, unit):
        worked = sum(_working_minutes(unit, day) for day in wanted)
        busy = sum(stay.minutes for stay in stays if stay.unit == unit.id and stay.arrival.date() in wanted)
        return Filled("hours", busy, max(worked, busy))
    own = {day for stay in stays if stay.unit == unit.id for day in stay.dates} & wanted
    parts = frozenset(unit.parts)
    relatives = {one.id for one in catalog.units if one.id != unit.id and parts & frozenset(one.parts)}
    gone = {day for stay in stays if stay.unit in relatives for day in stay.dates}
    gone |= {day for one in closed if one.parts & parts for day in _closed_nights(unit, one)}
    return Filled("nights", len(own), len(wanted - (gone - own)))


def _by_appointment(catalog: Catalog, unit: Unit) -> bool:
    tariffs = catalog.tariffs_of(unit.id)
    return bool(tariffs) and all(tariff.kind is Kind.SLOT for tariff in tariffs)


def _working_minutes(unit: Unit, day: date) -> int:
    return sum(int((closes - opens).total_seconds() // 60) for opens, closes in working_spans(unit, day))


def _closed_nights(unit: Unit, closed: Closed) -> list[date]:
    """The dates whose night, the midnight that ends them, lies in the closed time."""
    first, last = local(closed.start, unit.zone), local(closed.end, unit.zone)
    whole = (last.date() - first.date()).days - (last.time() == time())  # an end at midnight leaves that night open
    return [first.date() + timedelta(days=day) for day in range(whole)]
