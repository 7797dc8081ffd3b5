"""Owns the table of what orders are for: a module each."""

from collections.abc import Mapping

from housebot.services.purposes import balance, change, deposit, gift
from housebot.services.purposes.purpose import Purpose
from housebot.storage.checkouts import Checkout

__all__ = ["Purpose", "of"]

_TABLE: Mapping[str, Purpose] = {"deposit": deposit, "balance": balance, "change": change, "gift": gift}


def of(order: Checkout) -> Purpose:
    """What answers for the order."""
    return _TABLE[order.purpose]
