"""Owns how often a wrong code may be tried, whether it was meant for a discount or for a gift: nobody guesses one (R49)."""

from datetime import datetime, timedelta

from housebot.errors import Refusal
from housebot.services.ports import Tx
from housebot.storage import guesses as rows

WINDOW = timedelta(hours=1)
MOST, MOST_OF_ALL = 5, 100  # wrong codes within the window
MOST_OF_KEY = 60  # a program asks for many people, and was let in by the owner
# What is refused because of a code: somebody who tries learns only that it does not fit.
OF_PROMO, OF_GIFT = frozenset({"promo_invalid", "promo_used_up"}), frozenset({"gift_invalid", "gift_insufficient"})


def limit(tx: Tx, who: str, *, now: datetime) -> None:
    """`rate_limited` for whoever tried too many wrong codes within an hour, and for all of their kind while they together do.

    `who` is a kind and which of them: `guest:5`, `address:…`, `key:3`. What strangers try keeps no guest from typing a code,
    and keys are limited each for itself.
    """
    rows.forget(tx, now - WINDOW)
    kind, _, _ = who.partition(":")
    tried = rows.since(tx, now - WINDOW, who=who)
    if kind == "key":
        too_many = tried >= MOST_OF_KEY
    else:
        too_many = tried >= MOST or rows.since(tx, now - WINDOW, kind=kind) >= MOST_OF_ALL
    if too_many:
        raise Refusal("rate_limited", what="codes", retry_after=int(WINDOW.total_seconds()))


def wrong(tx: Tx, who: str, *, now: datetime) -> None:
    """Remember a wrong code."""
    rows.add(tx, who, now=now)
