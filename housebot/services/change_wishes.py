"""Owns what is wanted otherwise of a stay that was sold, and the stay that comes of it (R37)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from housebot.domain.catalog import Kind
from housebot.domain.stay import Stay, StayRequest
from housebot.services import (
    catalogs,
    quotes,
)
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking

_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted otherwise; what is None stays. An arrival alone shifts the stay, its length unchanged.

    `extras` are quantities to set, 0 takes one away. `override` is the reason for which staff pass over soft rules.
    """

    arrival: datetime | None = None
    departure: datetime | None = None
    unit: str | None = None
    tariff: str | None = None
    party: Mapping[str, int] | None = None
    extras: Mapping[str, int] = field(default_factory=dict)
    without_promo: bool = False
    override: str = ""


def request(tx: Tx, booking: Booking, change: Change, *, now: datetime) -> StayRequest:
    """What is asked for from now on: the old request at the times it came to, with what is wanted otherwise."""
    asked = quotes.load(tx, booking.quote_id).request
    tariff = catalogs.current(tx, now=now).tariff(change.tariff or booking.tariff)
    kind = tariff.kind if tariff is not None else None
    extras = {name: count for name, count in ({**asked.extras, **change.extras}).items() if count}
    return replace(
        asked,
        unit=change.unit or booking.unit,
        tariff=change.tariff or booking.tariff,
        arrival=change.arrival or booking.arrival,
        departure=change.departure or _departure(booking, change.arrival, kind),
        party=dict(change.party) if change.party is not None else asked.party,
        extras=extras,
        promo=None if change.without_promo else asked.promo,
    )


def _departure(booking: Booking, arrival: datetime | None, kind: Kind | None) -> datetime:
    """The end that goes with a new arrival when none is said: as long as before, by the wall clock or in nights."""
    if kind is Kind.SLOT:
        return arrival or booking.arrival
    if arrival is None:
        return booking.departure
    if kind is Kind.NIGHTLY:
        nights = booking.departure.date() - booking.arrival.date()
        return datetime.combine(arrival.date() + max(nights, timedelta(days=1)), _MIDNIGHT)
    return arrival + (booking.departure - booking.arrival)


def same(booking: Booking, stay: Stay) -> bool:
    return (booking.unit, booking.tariff, booking.start, booking.end, booking.party, booking.extras) == (
        stay.unit.id,
        stay.tariff.id,
        stay.start,
        stay.end,
        stay.party,
        stay.all_extras(),
    )
