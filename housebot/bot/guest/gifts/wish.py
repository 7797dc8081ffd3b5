"""Owns the wish of somebody who buys a gift: what they have chosen so far, and the steps that ask for it."""

import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from housebot.domain.catalog import Catalog
from housebot.services import codes, gift_shop
from housebot.services.gift_shop import Wish

KEY = "gift_wish"  # where it stands in the conversation's data
_SIGNS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Buying:
    """`to` is the guest it goes straight to. `passed` are the steps that are answered."""

    code: str
    version: int = 1
    step: str = "what"
    passed: tuple[str, ...] = ()
    amount: int = 0
    tariff: str = ""
    extras: tuple[str, ...] = ()
    recipient: str = ""
    wish: str = ""
    deliver_on: str = ""
    to: int | None = None

    @property
    def ordered(self) -> Wish:
        """As the desk takes it."""
        day = date.fromisoformat(self.deliver_on) if self.deliver_on else None
        return Wish(self.amount, self.tariff, self.extras, self.recipient, self.wish, day, self.to)


def begin() -> Buying:
    """A wish under a code of its own: buttons of other wishes do not fit it."""
    return Buying(codes.random(_SIGNS, 6))


def steps(buying: Buying, catalog: Catalog) -> list[str]:
    """The screens in order; those with nothing to ask are not among them."""
    tariff = catalog.tariff(buying.tariff) if buying.tariff else None
    extras = ["extras"] if tariff is not None and gift_shop.extras_of(catalog, tariff) else []
    return ["what", *extras, "name", "words", "when", "whom", "summary"]


def answered(buying: Buying, catalog: Catalog, **choice: Any) -> Buying:
    """The wish with the answer of its step, at the next step that is not answered."""
    done = replace(
        buying, **choice, passed=tuple(dict.fromkeys((*buying.passed, buying.step))), version=buying.version + 1
    )
    left = [step for step in steps(done, catalog) if step not in done.passed]
    return replace(done, step=left[0] if left else "summary")


def back(buying: Buying, catalog: Catalog) -> Buying | None:
    """At the step before; None: out of it."""
    if buying.step in {"username", "contact"}:
        before = "whom" if buying.step == "username" else "summary"
    else:
        way = steps(buying, catalog)
        place = way.index(buying.step) if buying.step in way else 0
        before = way[place - 1] if place else ""
    if not before:
        return None
    passed = tuple(step for step in buying.passed if step != before)
    return replace(buying, step=before, passed=passed, version=buying.version + 1)


def to_json(buying: Buying) -> dict[str, Any]:
    """JSON values only."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(buying).items()}


def from_json(stored: Mapping[str, Any] | None) -> Buying | None:
    """The wish that was stored; None for none."""
    if not stored:
        return None
    known: dict[str, Any] = {one.name: stored[one.name] for one in fields(Buying) if one.name in stored}
    for name in ("passed", "extras"):
        known[name] = tuple(known.get(name, ()))
    return Buying(**known)
