"""Owns what the dated prices say about one date for one unit and tariff (R12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from housebot.domain.catalog import Catalog, DatedPrice, Tariff, Text, Unit
from housebot.domain.dated import concerns, rank


@dataclass(frozen=True, slots=True)
class DayPrice:
    """The rules that win on a date: one amount at most, changed by one percent at most."""

    amount: int | None  # None: the tariff's own price
    percent: int  # basis points added to what the next rule gives
    rule: str
    label: Text


class PriceDays:
    """Looks every date up once, however many stays are priced."""

    __slots__ = ("_known", "_rules")

    def __init__(self, catalog: Catalog, unit: Unit, tariff: Tariff, hand_prices: Sequence[DatedPrice] = ()) -> None:
        self._rules = [
            rule for rule in (*hand_prices, *catalog.dated_prices) if concerns(rule, unit=unit.id, tariff=tariff.id)
        ]
        self._known: dict[date, DayPrice | None] = {}

    def on(self, day: date) -> DayPrice | None:
        """What is special about the price of that date; None: nothing."""
        if not self._rules:
            return None
        if day not in self._known:
            self._known[day] = self._look_up(day)
        return self._known[day]

    def _look_up(self, day: date) -> DayPrice | None:
        ranked = [(found, rule.id, rule) for rule in self._rules if (found := rank(rule, day)) is not None]
        if not ranked:
            return None
        ranked.sort(
            key=lambda row: row[:2]
        )  # the document refuses ties, and of prices set by hand the newest has priority
        percent = amount = None
        for _, _, rule in ranked:
            if rule.percent is None:
                amount = rule
                break  # what lies below a replaced price has no say
            percent = percent or rule
        winners = [rule for rule in (percent, amount) if rule is not None]
        return DayPrice(
            amount=None if amount is None else amount.amount if amount.per_date is None else amount.per_date,
            percent=0 if percent is None or percent.percent is None else percent.percent,
            rule="+".join(rule.id for rule in winners),
            label=winners[0].name,
        )
