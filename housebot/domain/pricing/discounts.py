"""Owns what a promo code takes off: never more than there is to discount, and never of a tax (R51, R52)."""

from collections.abc import Iterator

from housebot.domain.catalog import Text
from housebot.domain.money import percent_of
from housebot.domain.pricing.lines import Line, Sale
from housebot.domain.promo import Promo
from housebot.errors import Refusal

PROMO = "promo"
LABEL: Text = {"ru": "Промокод {}", "en": "Promo code {}"}


def promo(sale: Sale) -> Iterator[Line]:
    """The discount as a negative line. A code that would change nothing is `promo_invalid`: nobody's use is spent for it."""
    found = sale.promo
    if found is None:
        return
    base = _discountable(sale)
    if base < found.min_sum:
        raise Refusal("promo_invalid", reason="min_sum", promo=found.code, needs=found.min_sum, asked=base)
    amount = min(_taken_off(found, sale, base), base)
    if amount <= 0:
        raise Refusal("promo_invalid", reason="nothing_to_discount", promo=found.code)
    label = {language: words.format(found.code) for language, words in LABEL.items()}
    yield Line(PROMO, label, 1, None, -amount, f"promo:{found.id}")


def _taken_off(promo: Promo, sale: Sale, base: int) -> int:
    match promo.kind:
        case "percent":
            return percent_of(base, promo.value)
        case "amount":
            return promo.value
        case "price":
            return sale.accommodation - promo.value
        case "extra":
            return sum(line.amount for line in sale.lines if line.code == f"extra:{promo.extra}")


def _discountable(sale: Sale) -> int:
    """Everything so far but the extras and fees that are never discounted; the taxes come later."""
    kept = {extra.id for extra in sale.catalog.extras if not extra.discountable}
    return sum(line.amount for line in sale.lines if line.code.partition(":")[2] not in kept)
