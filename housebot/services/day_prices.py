"""Owns a month with its prices: the state of each day, and the cheapest stay that may begin on it at its shortest length (UX 5)."""

from dataclasses import dataclass
from datetime import date, datetime

from housebot.domain import pickers
from housebot.services import availability, catalogs
from housebot.services.availability import Month
from housebot.services.ports import Tx


@dataclass(frozen=True, slots=True)
class PricedMonth:
    """A month, and the lowest total of each day on which a stay may begin; days without one are not in `lowest`."""

    month: Month
    lowest: dict[date, int]
    currency: str


def of_month(tx: Tx, *, unit: str, year: int, month: int, now: datetime) -> PricedMonth:
    """By the price engine itself, prices set by hand included; for the smallest party that may come. `unknown_unit`."""
    found = availability.compute_month(tx, unit=unit, year=year, month=month, now=now)
    known = catalogs.lookup(tx, now=now)
    place = known.units[found.unit]
    around = availability.around_month(tx, known, place, year, month, now=now)
    hand = catalogs.hand_prices(tx)
    lowest = pickers.lowest_prices(known.catalog, place, None, year, month, around, now, hand_prices=hand)
    return PricedMonth(found, lowest, known.catalog.currency)
