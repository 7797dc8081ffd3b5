"""Owns what is asked for against damage, and how much of it is where: a purse beside the price, never part of it (R54)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from housebot.domain.catalog import Tariff, Unit

Kind = Literal["taken", "returned", "kept"]


def asked(unit: Unit, tariff: Tariff) -> int:
    """The damage deposit of a stay: the tariff's where it says one (0: none), else the unit's."""
    return unit.damage_deposit if tariff.damage_deposit is None else tariff.damage_deposit


@dataclass(frozen=True, slots=True)
class Purse:
    """What came, what went back and what was kept for a reason; `left` is still the guest's and is to be decided."""

    asked: int
    taken: int = 0
    returned: int = 0
    kept: int = 0

    @property
    def left(self) -> int:
        return self.taken - self.returned - self.kept

    @property
    def missing(self) -> int:
        """What is asked for and has not come. Nothing more is asked for once something went back or was kept."""
        return 0 if self.returned or self.kept else max(self.asked - self.taken, 0)


def purse(asked: int, entries: Iterable[tuple[Kind, int]]) -> Purse:
    """The purse that these entries make."""
    sums = dict.fromkeys(("taken", "returned", "kept"), 0)
    for kind, amount in entries:
        sums[kind] += amount
    return Purse(asked, **sums)
