"""Owns what is paid to book and what a cancellation costs, in numbers and in words (R28, R53)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from housebot.domain.catalog import CancellationPolicy, CancellationTier, Catalog, DepositPolicy, Text
from housebot.domain.money import percent_of
from housebot.domain.period import covers, instant
from housebot.domain.stay import Stay

NO_DEPOSIT: Text = {"ru": "без предоплаты", "en": "no prepayment"}
FIXED: Text = {"ru": "фиксированная сумма", "en": "a fixed sum"}
FIRST_NIGHT: Text = {"ru": "первая ночь", "en": "the first night"}
FIRST_NIGHTS: Text = {"ru": "первые ночи: {}", "en": "the first nights: {}"}
NO_FEE: Text = {"ru": "возвращаем всё", "en": "everything is given back"}
AFTER_ALL: Text = {"ru": "срок бесплатной или частичной отмены прошёл", "en": "the time to cancel for less is over"}
BALANCE_PAST: Text = {"ru": "100 %: до заезда меньше {} дн.", "en": "100 %: arrival is less than {} days away"}
BALANCE_DAYS, BALANCE_AT = 3, time(12)  # when the rest of the price is asked for, by the clock of the house (UX 6)
WHOLE = 10_000  # basis points
HOLIDAY: Text = {"ru": "праздничная дата", "en": "a holiday"}


def deposit(catalog: Catalog, stay: Stay, *, total: int, city_tax: int, nights: Sequence[int]) -> tuple[int, Text]:
    """What is paid to book and why, `0 ≤ deposit ≤ total − city tax` (R27, R28).

    `nights` is what each night costs; where nights have no price of their own, first nights mean the tariff's price each.
    """
    policy = _of(catalog, stay)
    most = max(total - city_tax, 0)
    if policy is None:
        return 0, NO_DEPOSIT
    if (holiday := _holiday(policy, stay)) is not None:
        return most, _full(holiday)
    if policy.fixed is not None:
        return min(policy.fixed, most), FIXED
    if policy.percent is not None:
        return min(percent_of(most, policy.percent), most), percent_words(policy.percent)
    if policy.first_nights is not None:
        first = list(nights) or [stay.tariff.price] * max(len(stay.nights), 1)
        words = FIRST_NIGHT if policy.first_nights == 1 else _say(FIRST_NIGHTS, policy.first_nights)
        return min(sum(first[: policy.first_nights]), most), words
    return 0, NO_DEPOSIT


def balance_date(catalog: Catalog, stay: Stay) -> datetime:
    """When the rest of the price is due: so many days before arrival as the catalog says, at noon by the clock of the house (R5)."""
    policy = _of(catalog, stay)
    days = BALANCE_DAYS if policy is None or policy.balance_days is None else policy.balance_days
    day = stay.arrival.date() - timedelta(days=days)
    return instant(datetime.combine(day, BALANCE_AT), stay.unit.zone, gap="forward")[0]


def is_due_before(catalog: Catalog, stay: Stay) -> bool:
    """Whether the rest has to come before arrival, as the catalog says; else it may be paid there."""
    policy = _of(catalog, stay)
    return policy is not None and policy.balance_days is not None


def all_at_once(catalog: Catalog, stay: Stay, *, now: datetime) -> Text | None:
    """Why a stay that is booked now is paid at once: its balance is due already; None where a prepayment will do.

    Only where the catalog names the days: the default date is one to be reminded on.
    """
    policy = _of(catalog, stay)
    if policy is None or policy.balance_days is None or now < balance_date(catalog, stay):
        return None
    return _say(BALANCE_PAST, policy.balance_days)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling now costs: `refund` = paid − fee; `tier` is the one that decided, None where none was left."""

    fee: int
    refund: int
    tier: CancellationTier | None
    words: Text


def cancellation(
    policy: CancellationPolicy,
    stay: Stay,
    *,
    total: int,
    deposit: int,
    city_tax: int,
    paid: int,
    nights: Sequence[int] = (),
    now: datetime,
    by_owner: bool = False,
) -> Cancellation:
    """The fee and the refund of a cancellation at this minute (R53).

    All tiers that still match are evaluated, the lowest fee applies; after the last of them nothing is refunded but the
    city tax; a policy without tiers refunds everything, and so does the owner's own cancellation. The fee never takes more
    than was paid, and never the city tax.
    """
    without_tax = max(total - city_tax, 0)
    most = min(paid, without_tax)
    if by_owner or not policy.tiers:
        return Cancellation(0, paid, None, policy.words)
    fees = [
        (min(fee_of(tier, without_tax, deposit, nights), most), -tier.before_minutes, tier)
        for tier in policy.tiers
        if now <= tier_ends(tier, stay)
    ]
    if not fees:
        return Cancellation(most, paid - most, None, policy.words)
    fee, _, tier = min(fees, key=lambda row: row[:2])
    return Cancellation(fee, paid - fee, tier, policy.words)


def tier_ends(tier: CancellationTier, stay: Stay) -> datetime:
    """The last minute at which the tier holds: whole days before are counted on the calendar, not in hours (R5)."""
    days, minutes = divmod(tier.before_minutes, 24 * 60)
    same_time = stay.arrival - timedelta(days=days)
    return instant(same_time, stay.unit.zone, gap="forward")[0] - timedelta(minutes=minutes)


def fee_words(policy: CancellationPolicy, tier: CancellationTier | None, *, visit: bool = False) -> Text:
    """Why that fee: the tier that decided, or that none was left. `visit`: an appointment, no word of a stay."""
    if tier is None:
        return AFTER_ALL if policy.tiers else NO_FEE
    what = {"ru": "визита" if visit else "заезда", "en": "the visit" if visit else "arrival"}
    kept, length = _kept_words(tier), _length_words(tier.before_minutes)
    if not tier.before_minutes:
        return {"ru": f"до {what['ru']}: {kept['ru']}", "en": f"until {what['en']}: {kept['en']}"}
    return {
        "ru": f"за {length['ru']} до {what['ru']} и раньше: {kept['ru']}",
        "en": f"{length['en']} before {what['en']} or earlier: {kept['en']}",
    }


def _kept_words(tier: CancellationTier) -> Text:
    if tier.fee == "deposit":
        return {"ru": "удерживаем предоплату", "en": "the prepayment is kept"}
    if tier.fee == "nights":
        return {"ru": f"удерживаем ночей: {tier.value}", "en": f"nights kept: {tier.value}"}
    if tier.value == 0:
        return NO_FEE
    if tier.value == WHOLE:
        return {"ru": "удерживаем всю цену", "en": "the whole price is kept"}
    percent = percent_words(tier.value)
    return {"ru": f"удерживаем {percent['ru']} цены", "en": f"{percent['en']} of the price is kept"}


def _length_words(minutes: int) -> Text:
    """`14 дн.`, `1 дн. 12 ч`, `90 мин` as `1 ч 30 мин`."""
    days, rest = divmod(minutes, 24 * 60)
    steps = ((days, "дн.", "d"), (rest // 60, "ч", "h"), (rest % 60, "мин", "min"))
    return {
        language: " ".join(f"{count} {names[position]}" for count, *names in steps if count)
        for position, language in enumerate(("ru", "en"))
    }


def percent_words(basis_points: int) -> Text:
    """`50 %`, `12,5 %`."""
    whole, rest = divmod(basis_points, 100)
    if not rest:
        return {"ru": f"{whole} %", "en": f"{whole} %"}
    digits = f"{rest:02d}".rstrip("0")
    return {"ru": f"{whole},{digits} %", "en": f"{whole}.{digits} %"}


def fee_of(tier: CancellationTier, total: int, deposit: int, nights: Sequence[int]) -> int:
    """What the tier takes of a price without city tax, before it is judged by what was paid."""
    if tier.fee == "deposit":
        return deposit
    if tier.fee == "percent":
        return percent_of(total, tier.value)
    return sum(nights[: tier.value]) if nights else total  # a stay without nights is one whole


def _of(catalog: Catalog, stay: Stay) -> DepositPolicy | None:
    return next((one for one in catalog.deposits if _fits(one, stay)), None)


def _fits(policy: DepositPolicy, stay: Stay) -> bool:
    return (policy.units is None or stay.unit.id in policy.units) and (
        policy.tariffs is None or stay.tariff.id in policy.tariffs
    )


def _holiday(policy: DepositPolicy, stay: Stay) -> Text | None:
    """The name of the first holiday among the dates of the stay."""
    for day in stay.dates:
        for position, span in enumerate(policy.holidays):
            if covers(span, day):
                names = policy.holiday_names
                return names[position] if position < len(names) and names[position] else HOLIDAY
    return None


def _full(holiday: Text) -> Text:
    return {language: f"100 %: {name}" for language, name in holiday.items()}


def _say(words: Text, number: int) -> Text:
    return {language: text.format(number) for language, text in words.items()}
