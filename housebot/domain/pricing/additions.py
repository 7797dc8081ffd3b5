"""Owns what comes on top of the roof: guests beyond those included, extras and fees, taxes (R25–R27)."""

from collections.abc import Iterator

from housebot.domain.catalog import Basis, Extra, Text
from housebot.domain.money import half_up, percent_of
from housebot.domain.pricing.lines import Line, Sale

EXTRA_GUESTS: Text = {"ru": "Дополнительные гости", "en": "Extra guests"}


def extra_guests(sale: Sale) -> Iterator[Line]:
    """Guests beyond those the tariff includes, by band, once per stay or per night; adults are included first (R25)."""
    stay, tariff = sale.stay, sale.stay.tariff
    if not tariff.guests_included:
        return
    included = tariff.guests_included
    times = max(len(stay.nights), 1) if tariff.extra_guest_per == "night" else 1
    for band in sorted(sale.catalog.bands, key=lambda band: not band.adult):
        coming = stay.party.get(band.id, 0) if band.counts else 0
        extra = max(coming - included, 0)
        included = max(included - coming, 0)
        each = tariff.extra_guest_price if band.extra_price is None else band.extra_price
        if extra and each:
            quantity = extra * times
            label = EXTRA_GUESTS if len(sale.catalog.bands) == 1 else _with(EXTRA_GUESTS, band.name)
            yield Line("extra_guests", label, quantity, each, quantity * each, tariff.id)


def extras_and_fees(sale: Sale) -> Iterator[Line]:
    """What was asked for, what is included (a line of 0), and the fees of this tariff, in the order of the catalog (R26)."""
    stay, tariff = sale.stay, sale.stay.tariff
    wanted = stay.all_extras()
    accommodation = sale.accommodation
    for extra in sale.catalog.extras:
        if extra.mandatory and extra.id in tariff.extras:
            quantity, code = 1, f"fee:{extra.id}"
        elif extra.id in wanted:
            quantity, code = wanted[extra.id], f"extra:{extra.id}"
        else:
            continue
        each = 0 if extra.id in tariff.included_extras else tariff.extras[extra.id]
        if extra.basis is Basis.PERCENT:
            line = Line(code, extra.name, quantity, None, percent_of(accommodation, each) * quantity, extra.id)
        else:
            quantity *= multiplier(extra, sale)
            line = Line(code, extra.name, quantity, each, quantity * each, extra.id)
        if not extra.taxable:
            sale.untaxed += line.amount
        yield line


def multiplier(extra: Extra, sale: Sale) -> int:
    """How many times one of it is charged; a stay within one day counts as one night."""
    stay = sale.stay
    nights = max(len(stay.nights), 1)
    return {
        Basis.STAY: 1,
        Basis.PIECE: 1,
        Basis.NIGHT: nights,
        Basis.GUEST: stay.guests,
        Basis.GUEST_NIGHT: stay.guests * nights,
        Basis.HOUR: stay.hours,
    }[extra.basis]


def exclusive_taxes(sale: Sale) -> Iterator[Line]:
    """Taxes that are added to the price, each on the price before taxes (R22)."""
    taxable = _taxable(sale)
    for tax in sale.catalog.taxes:
        if not tax.included:
            yield Line(f"tax:{tax.id}", tax.name, 1, None, percent_of(taxable, tax.percent), tax.id)


def included_taxes(sale: Sale) -> Iterator[Line]:
    """Taxes that are inside the price, shown beside the lines (R22)."""
    taxable = _taxable(sale)
    for tax in sale.catalog.taxes:
        if tax.included:
            amount = half_up(taxable * tax.percent, 10_000 + tax.percent)
            yield Line(f"tax:{tax.id}", tax.name, 1, None, amount, tax.id)


def city_tax(sale: Sale) -> Iterator[Line]:
    """Per guest and night, exempt bands apart, for so many nights at most (R27)."""
    tax, stay = sale.catalog.city_tax, sale.stay
    if tax is None:
        return
    nights = len(stay.nights) if tax.max_nights is None else min(len(stay.nights), tax.max_nights)
    payers = sum(stay.party.get(band.id, 0) for band in sale.catalog.bands if band.city_tax)
    if quantity := payers * nights:
        yield Line("city_tax", tax.name, quantity, tax.amount, quantity * tax.amount, "city_tax")


def _taxable(sale: Sale) -> int:
    untaxed_codes = ("tax:", "city_tax")
    return max(sum(line.amount for line in sale.lines if not line.code.startswith(untaxed_codes)) - sale.untaxed, 0)


def _with(label: Text, addition: Text) -> Text:
    return {language: f"{words}: {addition.get(language, '')}" for language, words in label.items()}
