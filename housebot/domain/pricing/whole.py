"""Owns the price of a stay that is booked when its balance is due already: the same sum, all of it before arrival (R28)."""

from dataclasses import replace
from datetime import datetime

from housebot.domain import policy
from housebot.domain.catalog import Catalog
from housebot.domain.pricing.lines import Price
from housebot.domain.stay import Stay


def at_once(catalog: Catalog, stay: Stay, price: Price, *, now: datetime) -> Price:
    """The price as it is paid now: unchanged before the balance date; the city tax is never in the prepayment (R27)."""
    reason = policy.all_at_once(catalog, stay, now=now)
    if reason is None:
        return price
    most = max(price.total - price.city_tax, 0)
    if price.gift is None:
        return replace(price, deposit=most, deposit_reason=reason)
    deposit = max(price.gift.amount, most)
    return replace(price, deposit=deposit, deposit_reason=reason, gift=replace(price.gift, deposit_without=most))
