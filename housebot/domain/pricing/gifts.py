"""Owns what a gift pays of a price: the lines and the total stay as they are, the deposit is that of the rest (R48, R49)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from housebot.domain import policy
from housebot.domain.catalog import Catalog, DatedPrice, Kind, Tariff
from housebot.domain.gift import Gift, Share
from housebot.domain.period import any_covers, instant
from housebot.domain.pricing import accommodation, additions
from housebot.domain.pricing.days import PriceDays
from housebot.domain.pricing.lines import Line, Price, Sale
from housebot.domain.stay import Stay
from housebot.errors import Refusal

# What a certificate is worth: the roof, its extras and the fees that come with them. Guests beyond those included, and the
# city tax, are paid by whoever comes.
STEPS: tuple[Callable[[Sale], Iterable[Line]], ...] = (
    accommodation.base,
    accommodation.length,
    accommodation.cap,
    additions.extras_and_fees,
    additions.exclusive_taxes,
)


def pay_with(
    catalog: Catalog, stay: Stay, price: Price, gift: Gift, *, left: int, hand_prices: Sequence[DatedPrice] = ()
) -> Price:
    """The same price with what the gift pays of it; `left` is its balance, money or visits.

    An empty gift is `gift_insufficient`; one that has nothing to pay is `gift_invalid`, so that no visit is spent for it.
    """
    if left <= 0:
        raise Refusal("gift_insufficient", reason="empty", gift=gift.code, left=left)
    if gift.kind == "money":
        amount = min(left, price.total)
    else:
        amount = min(worth(catalog, stay, gift, hand_prices=hand_prices), price.total - price.city_tax)
    if amount <= 0:
        raise Refusal("gift_invalid", reason="nothing_to_pay", gift=gift.code)
    rest = price.total - amount
    deposit, reason = policy.deposit(catalog, stay, total=rest, city_tax=min(price.city_tax, rest), nights=price.nights)
    share = Share(gift.id, gift.code, gift.kind, amount, price.deposit)
    return replace(price, deposit=amount + deposit, deposit_reason=reason, gift=share)


def still_pays(catalog: Catalog, stay: Stay, price: Price, was: Price, amount: int, *, agreed: bool) -> Price:
    """A new price, drawn without a gift, of a stay sold with one that pays `amount`: as much of it as there is a price for.

    What was agreed keeps its prepayment, never less than the gift pays of it; else the deposit is that of the rest.
    """
    share = was.gift
    amount = min(amount, price.total - (price.city_tax if share is not None and share.kind == "stay" else 0))
    if share is None or amount <= 0:
        return price
    deposit, reason = max(min(was.deposit, price.total - price.city_tax), amount), was.deposit_reason
    if not agreed:
        rest = price.total - amount
        city_tax = min(price.city_tax, rest)
        deposit, reason = policy.deposit(catalog, stay, total=rest, city_tax=city_tax, nights=price.nights)
        deposit += amount
    share = replace(share, amount=amount, deposit_without=price.deposit)
    return replace(price, deposit=deposit, deposit_reason=reason, gift=share)


def worth(catalog: Catalog, stay: Stay, gift: Gift, *, hand_prices: Sequence[DatedPrice] = ()) -> int:
    """What the stay of a certificate costs if it begins when this one does, by this catalog (R49).

    `gift_invalid` when its tariff is no longer in the catalog; max_stay, where the tariff has no price for its length.
    """
    tariff = catalog.tariff(gift.tariff)
    if tariff is None:
        raise Refusal("gift_invalid", reason="tariff", gift=gift.code, tariff=gift.tariff)
    entitled = _entitled(catalog, stay, tariff, gift)
    sale = Sale(catalog, entitled, PriceDays(catalog, entitled.unit, tariff, hand_prices))
    for step in STEPS:
        sale.lines.extend(step(sale))
    return sum(line.amount for line in sale.lines)


def list_price(catalog: Catalog, stay: Stay, gift: Gift) -> int:
    """What its stay costs on an ordinary day, which is what a certificate is sold for: dated prices have no say, its day is not known."""
    return worth(replace(catalog, dated_prices=()), stay, gift)


def _entitled(catalog: Catalog, stay: Stay, tariff: Tariff, gift: Gift) -> Stay:
    """The stay the certificate is for, at the arrival of the one it is used for."""
    unit = stay.unit if stay.unit.id in tariff.units else (catalog.unit(tariff.units[0]) or stay.unit)
    arrival, departure = _times(tariff, stay.arrival, gift.length)
    offered = {one for one in gift.extras if one in tariff.extras or one in tariff.included_extras}
    whole = replace(
        stay,
        unit=unit,
        tariff=tariff,
        start=instant(arrival, unit.zone, gap="forward")[0],
        end=instant(departure, unit.zone, gap="forward")[0],
        arrival=arrival,
        departure=departure,
    )
    stopped = {one.id for one in catalog.extras if any(any_covers(one.stop_dates, day) for day in whole.dates)}
    return replace(
        whole,
        extras=dict.fromkeys(sorted(offered - stopped), 1),
        included=tuple(sorted(tariff.included_extras - stopped)),
    )


def _times(tariff: Tariff, arrival: datetime, length: int | None) -> tuple[datetime, datetime]:
    if tariff.kind is Kind.NIGHTLY:
        last = arrival.date() + timedelta(days=length or 1)
        return datetime.combine(arrival.date(), tariff.check_in), datetime.combine(last, tariff.check_out)
    if tariff.kind is Kind.BLOCK and length is not None:
        return arrival, arrival + timedelta(hours=length)
    return arrival, arrival + timedelta(minutes=tariff.minutes)
