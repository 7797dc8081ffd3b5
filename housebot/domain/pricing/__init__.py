"""Owns the price of a stay: one fixed pipeline of named steps, each adding lines that explain themselves (R20–R29)."""

from collections.abc import Callable, Iterable, Sequence

from housebot.domain import policy
from housebot.domain.catalog import Catalog, DatedPrice
from housebot.domain.pricing import accommodation, additions, discounts
from housebot.domain.pricing.days import PriceDays
from housebot.domain.pricing.lines import Line, Price, Sale
from housebot.domain.promo import Promo
from housebot.domain.stay import Stay

__all__ = ["STEPS", "Line", "Price", "PriceDays", "price"]

Step = Callable[[Sale], Iterable[Line]]

# R22. Each step sees the lines of the steps before it and adds its own; the total is their sum.
STEPS: tuple[Step, ...] = (
    accommodation.base,  # per stay, per night or per slot, with dated prices and extra hours
    accommodation.length,  # discounts for a long stay
    accommodation.cap,  # never dearer than a longer stay (R24)
    additions.extra_guests,
    additions.extras_and_fees,
    discounts.promo,  # after everything that may be discounted, before the taxes (R52)
    additions.exclusive_taxes,
    additions.city_tax,
)


def price(
    catalog: Catalog,
    stay: Stay,
    *,
    hand_prices: Sequence[DatedPrice] = (),
    days: PriceDays | None = None,
    promo: Promo | None = None,
) -> Price:
    """What the stay costs, line by line, with its deposit; `hand_prices` lie above the document (R12).

    Amounts are minor units of the catalog's currency. `days` may be shared by many stays of one unit and tariff.
    Refusals: max_stay, where the tariff has no price for more hours; promo_invalid, where the code takes nothing off.
    """
    sale = Sale(catalog, stay, days or PriceDays(catalog, stay.unit, stay.tariff, hand_prices), promo)
    for step in STEPS:
        sale.lines.extend(step(sale))
    total = sum(line.amount for line in sale.lines)
    city_tax = sum(line.amount for line in sale.lines if line.code == "city_tax")
    deposit, reason = policy.deposit(catalog, stay, total=total, city_tax=city_tax, nights=sale.nights)
    return Price(
        lines=tuple(sale.lines),
        total=total,
        currency=catalog.currency,
        deposit=deposit,
        deposit_reason=reason,
        city_tax=city_tax,
        taxes=tuple(additions.included_taxes(sale)),
        notes=stay.notes,
        nights=tuple(sale.nights),
    )
