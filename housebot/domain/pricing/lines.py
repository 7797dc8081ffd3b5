"""Owns what a price is made of: its lines, and the sale they are gathered in while the steps run."""

from dataclasses import dataclass, field

from housebot.domain.catalog import Catalog, Text
from housebot.domain.gift import Share
from housebot.domain.pricing.days import PriceDays
from housebot.domain.promo import Promo
from housebot.domain.stay import Stay


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a price (R22): `amount` is the truth, `unit_price` is None where it is not quantity × price.

    `rule` names what in the catalog made the line: a tariff, a dated price, an extra.
    """

    code: str
    label: Text
    quantity: int
    unit_price: int | None
    amount: int
    rule: str


@dataclass(frozen=True, slots=True)
class Price:
    """What a stay costs, in minor units of `currency`; the total is the sum of the lines (R21)."""

    lines: tuple[Line, ...]
    total: int
    currency: str
    deposit: int
    deposit_reason: Text
    city_tax: int
    taxes: tuple[Line, ...] = ()  # those inside the lines, shown beside them
    notes: tuple[str, ...] = ()
    nights: tuple[int, ...] = ()  # what each night costs, for policies that count nights
    gift: Share | None = None  # pays first: it is part of the deposit, and takes nothing off the total (R48)

    @property
    def by_gift(self) -> int:
        """What a gift pays of it."""
        return 0 if self.gift is None else self.gift.amount

    @property
    def due_now(self) -> int:
        """What is paid to book beside the gift."""
        return self.deposit - self.by_gift

    @property
    def rest(self) -> int:
        """What the gift leaves to pay, now or later."""
        return self.total - self.by_gift

    @property
    def deposit_of_policy(self) -> int:
        """The deposit a cancellation policy means: a gift makes nobody's fee larger."""
        return self.deposit if self.gift is None else self.gift.deposit_without


@dataclass(slots=True)
class Sale:
    """A price in the making."""

    catalog: Catalog
    stay: Stay
    days: PriceDays
    promo: Promo | None = None
    lines: list[Line] = field(default_factory=list)
    nights: list[int] = field(default_factory=list)
    untaxed: int = 0  # the part of the lines that bears no tax

    @property
    def accommodation(self) -> int:
        """What the roof alone costs: base, dated, extra hours, length, cap (R24)."""
        return sum(line.amount for line in self.lines if line.code in ACCOMMODATION)


ACCOMMODATION = frozenset({"base", "dated", "extra_hours", "length", "cap"})
