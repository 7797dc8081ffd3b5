"""Owns the price of the roof alone: base with dated prices and extra hours, length-of-stay discounts, and the cap (R22, R24)."""

from collections.abc import Iterator

from housebot.domain.catalog import Kind, Tariff, Text
from housebot.domain.money import half_up, percent_of
from housebot.domain.pricing import block
from housebot.domain.pricing.days import DayPrice
from housebot.domain.pricing.lines import Line, Sale

EXTRA_HOURS: Text = {"ru": "Дополнительные часы", "en": "Extra hours"}
LENGTH: Text = {"ru": "Скидка за долгое проживание", "en": "Long stay discount"}
CAP: Text = {"ru": "Не дороже более долгого проживания", "en": "Never dearer than a longer stay"}


def base(sale: Sale) -> Iterator[Line]:
    """The price of the stay's hours, of its nights, or of its slot, with the dates that have a price of their own."""
    stay = sale.stay
    dates = [sale.days.on(day) for day in stay.dates]
    if stay.tariff.kind is Kind.BLOCK:
        yield from _block(sale, block.sums(stay.tariff, stay.hours, dates))
        return
    if stay.tariff.kind is Kind.SLOT:
        dates = dates[:1]
    sale.nights.extend(_nights(stay.tariff, dates))
    yield from _by_date(stay.tariff, dates)


def length(sale: Sale) -> Iterator[Line]:
    """The one discount of a nightly tariff that fits the number of nights (R24: exclusive, not a stack)."""
    tariff = sale.stay.tariff
    if tariff.kind is Kind.NIGHTLY and (percent := _length_percent(tariff, len(sale.stay.dates))):
        yield Line("length", LENGTH, 1, None, -percent_of(sale.accommodation, percent), tariff.id)


def cap(sale: Sale) -> Iterator[Line]:
    """What is over the price of a longer stay with the same check-in, as a negative line of its own (R24)."""
    if not sale.catalog.cap_at_longer_stay:
        return
    longer = _cheapest_longer(sale)
    if longer is not None and longer < sale.accommodation:
        yield Line("cap", CAP, 1, None, longer - sale.accommodation, "cap_at_longer_stay")


def _block(sale: Sale, sums: block.BlockSums) -> Iterator[Line]:
    tariff = sale.stay.tariff
    if sums.base is not None:
        days = max(sums.days, 1)
        yield Line("base", tariff.name, days, sums.base if days == 1 else None, sums.base, tariff.id)
    for day, count, amount in sums.dated:
        yield _dated(day, count, day.amount, amount)
    if sums.extra_hours:
        yield Line("extra_hours", EXTRA_HOURS, sums.extra_hours, tariff.extra_hour_price, sums.extra, tariff.id)
    for day, count, amount in sums.percents:
        yield _dated(day, count, None, amount)


def _by_date(tariff: Tariff, dates: list[DayPrice | None]) -> Iterator[Line]:
    """A line for the usual nights and one for each kind of dated night; rounded once per line (R21)."""
    if usual := dates.count(None):
        yield Line("base", tariff.name, usual, tariff.price, usual * tariff.price, tariff.id)
    groups: dict[str, list[DayPrice]] = {}
    for day in dates:
        if day is not None:
            groups.setdefault(day.rule, []).append(day)
    for days in groups.values():
        yield _dated(days[0], len(days), _own_price(tariff, days[0]), _amount(tariff, days[0], len(days)))


def _dated(day: DayPrice, quantity: int, unit_price: int | None, amount: int) -> Line:
    exact = unit_price is not None and quantity * unit_price == amount
    return Line("dated", day.label, quantity, unit_price if exact else None, amount, day.rule)


def _own_price(tariff: Tariff, day: DayPrice) -> int:
    return _amount(tariff, day, 1)


def _amount(tariff: Tariff, day: DayPrice, nights: int) -> int:
    price = tariff.price if day.amount is None else day.amount
    return half_up(nights * price * (10_000 + day.percent), 10_000)


def _nights(tariff: Tariff, dates: list[DayPrice | None]) -> list[int]:
    return [tariff.price if day is None else _own_price(tariff, day) for day in dates]


def _length_percent(tariff: Tariff, nights: int) -> int:
    fitting = [step for step in tariff.length_discounts if step[0] <= nights]
    return max(fitting)[1] if fitting else 0


def _cheapest_longer(sale: Sale) -> int | None:
    stay, tariff = sale.stay, sale.stay.tariff
    if tariff.kind is Kind.BLOCK:
        return block.cheapest_longer(tariff, stay.arrival, stay.hours, sale.days)
    if tariff.kind is Kind.SLOT or not tariff.length_discounts:
        return None
    # Each night adds to the sum, so a longer stay is cheaper only where a larger discount begins.
    nights = list(stay.dates)
    longer = sorted(step for step, _ in tariff.length_discounts if step > len(nights))
    dates = [sale.days.on(nights[0] + offset * block.ONE_DAY) for offset in range(max(longer, default=0))]
    return min((_discounted(tariff, dates[:step]) for step in longer), default=None)


def _discounted(tariff: Tariff, dates: list[DayPrice | None]) -> int:
    before = sum(line.amount for line in _by_date(tariff, dates))
    return before - percent_of(before, _length_percent(tariff, len(dates)))
