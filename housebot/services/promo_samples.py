"""Owns what a promo code would do: the price of one usual stay of each tariff, without the code and with it."""

from datetime import datetime, timedelta
from typing import Any

from housebot.domain import promo as rules
from housebot.domain.catalog import Catalog, Tariff, Unit
from housebot.domain.money import Money
from housebot.domain.period import local
from housebot.domain.pricing import price
from housebot.domain.promo import Promo
from housebot.domain.samples import sample
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Tx

LOOKED_AHEAD = 60  # days, from the first on which the code counts
ONE_DAY = timedelta(days=1)


def samples(tx: Tx, catalog: Catalog, promo: Promo, *, now: datetime) -> list[dict[str, Any]]:
    """One stay a tariff, on the first day the code counts: `{unit, tariff, arrival, hours, before, after}`.

    `after` is None where the code takes nothing off, or does not fit. What it asks of the day of booking is not looked at.
    """
    shown: dict[str, tuple[Unit, Tariff]] = {}
    for unit in catalog.units:
        for tariff in catalog.tariffs_of(unit.id):
            shown.setdefault(tariff.id, (unit, tariff))
    hand = catalogs.hand_prices(tx)
    found = []
    for unit, tariff in shown.values():
        stay = _stay(catalog, unit, tariff, promo, now)
        if stay is None:
            continue
        before = price(catalog, stay, hand_prices=hand).total
        found.append(
            {
                "unit": unit.id,
                "tariff": tariff.id,
                "arrival": stay.arrival.isoformat(timespec="minutes"),
                "hours": stay.hours,
                "before": Money(before, catalog.currency).json(),
                "after": _with_code(catalog, stay, promo, hand, now),
            }
        )
    return found


def _stay(catalog: Catalog, unit: Unit, tariff: Tariff, promo: Promo, now: datetime) -> Stay | None:
    today = local(now, unit.zone).date()
    first = max(promo.stay_from or today, today)
    days = (first + ahead * ONE_DAY for ahead in range(LOOKED_AHEAD))
    return sample(catalog, unit, tariff, days)


def _with_code(catalog: Catalog, stay: Stay, promo: Promo, hand: Any, now: datetime) -> Any:
    booked_on = max(promo.book_from or local(now, stay.unit.zone).date(), local(now, stay.unit.zone).date())
    try:
        rules.check(promo, stay, booked_on=min(booked_on, promo.book_to or booked_on))
        return Money(price(catalog, stay, hand_prices=hand, promo=promo).total, catalog.currency).json()
    except Refusal:
        return None
