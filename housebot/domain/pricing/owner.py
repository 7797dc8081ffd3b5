"""Owns the owner's price: one line that makes the sum what somebody decided, with the taxes that follow from it (R22, R23)."""

from dataclasses import replace

from housebot.domain.catalog import Catalog, Text
from housebot.domain.money import half_up, percent_of
from housebot.domain.pricing import additions
from housebot.domain.pricing.days import PriceDays
from housebot.domain.pricing.lines import Line, Price, Sale
from housebot.domain.stay import Stay
from housebot.errors import Refusal

OWNER_PRICE = "owner_price"
LABEL: Text = {"ru": "Цена хозяина", "en": "The owner's price"}
_TAXES = ("tax:", "city_tax")


def at_total(catalog: Catalog, stay: Stay, price: Price, total: int) -> Price:
    """The price with one line, up or down, that makes it that total; never less than the city tax (R27), else `amount_invalid`.

    An earlier line of the owner's is replaced. Taxes that are added to the price are those of the new one. The deposit
    stays, as far as there is a price for it (R28).
    """
    if total < price.city_tax:
        raise Refusal("amount_invalid", reason="below_city_tax", least=price.city_tax, currency=price.currency)
    sale = _without_taxes(catalog, stay, price)
    rates = [tax.percent for tax in catalog.taxes if not tax.included]
    # What is taxed and the taxes on it together are the total: solved for what is taxed, rounded once.
    taxed = max(half_up((total - price.city_tax - sale.untaxed) * 10_000, 10_000 + sum(rates)), 0)
    taxes = [percent_of(taxed, rate) for rate in rates]
    return _priced(sale, price, total - price.city_tax - sum(taxes) - sum(line.amount for line in sale.lines), taxes)


def difference(price: Price) -> int:
    """What the owner has put on the price, or taken off it; 0 where nobody has."""
    return sum(line.amount for line in price.lines if line.code == OWNER_PRICE)


def with_difference(catalog: Catalog, stay: Stay, price: Price, amount: int) -> Price:
    """The price with the same line as another had: what somebody was granted goes with the stay, down to the city tax."""
    found = _priced(_without_taxes(catalog, stay, price), price, amount)
    return found if found.total >= price.city_tax else at_total(catalog, stay, price, price.city_tax)


def _without_taxes(catalog: Catalog, stay: Stay, price: Price) -> Sale:
    """The sale again as it was before the owner's line and the taxes."""
    untaxed = {extra.id for extra in catalog.extras if not extra.taxable}
    lines = [line for line in price.lines if line.code != OWNER_PRICE and not line.code.startswith(_TAXES)]
    without_tax = sum(line.amount for line in lines if line.code.partition(":")[2] in untaxed)
    days = PriceDays(catalog, stay.unit, stay.tariff, ())
    return Sale(catalog, stay, days, None, lines, list(price.nights), without_tax)


def _priced(sale: Sale, price: Price, amount: int, taxes: list[int] | None = None) -> Price:
    """With the owner's line, and the taxes on top: those given, or what the lines come to."""
    if amount:
        sale.lines.append(Line(OWNER_PRICE, LABEL, 1, None, amount, OWNER_PRICE))
    added = list(additions.exclusive_taxes(sale))
    if taxes is not None:
        added = [replace(line, amount=tax) for line, tax in zip(added, taxes, strict=True)]
    lines = (*sale.lines, *added, *(line for line in price.lines if line.code == "city_tax"))
    total = sum(line.amount for line in lines)
    deposit = max(min(price.deposit, total - price.city_tax), 0)
    included = tuple(additions.included_taxes(sale))
    return replace(price, lines=lines, total=total, deposit=deposit, taxes=included)
