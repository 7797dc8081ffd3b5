"""Owns what is on sale as a gift, and for how much: sums of money, and stays at their ordinary price (R49)."""

from dataclasses import dataclass
from datetime import date, datetime

from housebot.domain import gift_order as rules
from housebot.domain.catalog import Catalog, Kind, Tariff
from housebot.domain.gift import Gift
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import gifts, settings, ways
from housebot.services.ports import Tx


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to give: `amount` minor units, or a stay of a tariff; and how it is handed over."""

    amount: int = 0
    tariff: str = ""
    extras: tuple[str, ...] = ()
    recipient: str = ""
    wish: str = ""
    deliver_on: date | None = None  # None: as soon as it is paid
    deliver_to: int | None = None  # a guest; None: to who buys, to hand it over

    @property
    def kind(self) -> str:
        """`money` or `stay`."""
        return "stay" if self.tariff else "money"


def is_open(tx: Tx, catalog: Catalog) -> bool:
    """Whether gifts can be bought without a person: there is a way to pay that needs none on the spot."""
    return bool(offered(tx, catalog))


def offered(tx: Tx, catalog: Catalog) -> tuple[str, ...]:
    """The ways to pay for a gift: those of a stay, but for cash on arrival."""
    bank = "bank" in catalog.desk.payment_methods and settings.payable_bank(tx) is not None
    return (*(["bank"] if bank else []), *ways.providers(tx))


def stays(catalog: Catalog) -> list[Tariff]:
    """What can be given as a stay."""
    return [one for one in catalog.tariffs if one.active and one.giftable and one.units]


def extras_of(catalog: Catalog, tariff: Tariff) -> list[str]:
    """What may be given with it."""
    return [
        one.id
        for one in catalog.extras
        if not one.mandatory and one.id in tariff.extras and one.id not in tariff.included_extras
    ]


def length_of(tariff: Tariff) -> int:
    """How long a stay of the tariff is where nothing else is said: hours, or nights."""
    return 1 if tariff.kind is Kind.NIGHTLY else -(-tariff.minutes // 60)


def price_of(catalog: Catalog, wish: Wish, *, now: datetime) -> int:
    """What the gift costs now.

    `amount_invalid` for a sum below one whole unit, or above what ten stays cost; of a stay the refusals of `gifts.issue`.
    """
    if wish.kind == "money":
        least, most = rules.least_sum(catalog), rules.most_sum(catalog)
        if not least <= wish.amount <= most:
            facts = {"least": least, "most": most, "currency": catalog.currency}
            raise Refusal("amount_invalid", reason="gift_sum", value=str(wish.amount), **facts)
        return wish.amount
    return gifts.price_of(catalog, draft_of(catalog, wish, now=now), now=now)


def draft_of(catalog: Catalog, wish: Wish, *, buyer: str = "", now: datetime) -> Gift:
    """The gift it would become, without a code."""
    return Gift(
        id=0,
        code="",
        kind="stay" if wish.tariff else "money",
        currency=catalog.currency,
        valid_until=valid_until(catalog, wish.deliver_on, now=now),
        amount=wish.amount,
        tariff=wish.tariff,
        extras=wish.extras,
        visits=1 if wish.tariff else 0,
        buyer=buyer,
        recipient=wish.recipient,
    )


def valid_until(catalog: Catalog, deliver_on: date | None, *, now: datetime) -> date:
    """Its last day: as long as the catalog says, from the day it is handed over."""
    day = local(now, catalog.zone).date()
    return gifts.last_day(catalog, max(day, deliver_on or day))
