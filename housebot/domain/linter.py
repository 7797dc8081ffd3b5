"""Owns what is legal in a catalog and yet surprises: prices that fall, tariffs nobody needs, dates nobody can book, missing words (R30).

Each look is a small function over the values; `lint` runs them all. Nothing here refuses a document.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from housebot.domain import lint_stays
from housebot.domain.catalog import Catalog, Kind, Tariff
from housebot.domain.catalog_document import to_document
from housebot.domain.dated import ties
from housebot.domain.money import half_up, plain
from housebot.domain.pricing import block

Severity = Literal["warning", "hint"]
_SHOWN = 3  # examples of a kind of finding that are told one by one
_WANTED_TEXTS = ("welcome", "about", "rules")


@dataclass(frozen=True, slots=True)
class Finding:
    """One surprise: a stable code, where it is, what happens there, and whether it is likely a mistake."""

    code: str
    place: str
    message: str
    severity: Severity = "warning"

    def __str__(self) -> str:
        """One line for the shell."""
        return f"{self.severity}: {self.place}: {self.message} [{self.code}]"


Found = Iterator[Finding]


def lint(catalog: Catalog, *, today: date) -> list[Finding]:
    """Every surprise in the catalog, warnings first. Codes:

    longer_costs_less, cliff_after_table, never_cheapest, always_dominated, equal_precedence, nobody_can_book,
    missing_translation, missing_text, not_sold, not_used.
    """
    found = [finding for look in _LOOKS for finding in look(catalog, today)]
    return sorted(found, key=lambda finding: finding.severity != "warning")


def _longer_costs_less(catalog: Catalog, today: date) -> Found:
    for tariff in _active(catalog):
        if tariff.kind is Kind.BLOCK:
            yield from _falling_days(catalog, tariff)
            yield from _falling_hours(catalog, tariff)
        elif tariff.kind is Kind.NIGHTLY:
            yield from _falling_nights(catalog, tariff)


def _falling_days(catalog: Catalog, tariff: Tariff) -> Found:
    """A total in the table of days below that of fewer days."""
    for index, total in enumerate(tariff.day_totals):
        dearer = [days for days, other in enumerate(tariff.day_totals[:index], 1) if other > total]
        if not dearer or tariff.day_totals[index - 1] <= total:
            continue  # told once, where the fall is
        before = tariff.day_totals[index - 1]
        yield Finding(
            "longer_costs_less",
            f"tariffs ({tariff.id}) → day_totals[{index}]",
            f"{index + 1} days cost {_money(catalog, total)}, less than {index} days for {_money(catalog, before)}; "
            + _what_the_cap_does(catalog, f"{dearer[0]} to {dearer[-1]} days", total),
        )


def _falling_hours(catalog: Catalog, tariff: Tariff) -> Found:
    """Hours of an unfinished day that together cost more than the whole day they would round up to."""
    if not tariff.day_totals or tariff.extra_hour_price is None:
        return
    falls = []
    for days in range(1, len(tariff.day_totals)):
        hours = block.DAY * days + tariff.day_rounds_up_from
        before, after = _raw(tariff, hours - 1), _raw(tariff, hours)
        if before > after and tariff.day_totals[days] >= tariff.day_totals[days - 1]:
            falls.append((hours, before, after))
    if falls:
        hours, before, after = falls[0]
        more = f" (and {len(falls) - 1} times more up to {falls[-1][0]} hours)" if len(falls) > 1 else ""
        yield Finding(
            "longer_costs_less",
            f"tariffs ({tariff.id}) → extra_hour_price",
            f"{hours - 1} hours cost {_money(catalog, before)}, but {hours} hours only {_money(catalog, after)}{more}; "
            + _what_the_cap_does(catalog, "the shorter stay", after),
            "hint" if catalog.cap_at_longer_stay else "warning",
        )


def _falling_nights(catalog: Catalog, tariff: Tariff) -> Found:
    """A discount for long stays so large that one night more makes the stay cheaper."""
    previous = 0
    for nights, percent in sorted(tariff.length_discounts):
        before = half_up((nights - 1) * tariff.price * (10_000 - previous), 10_000)
        after = half_up(nights * tariff.price * (10_000 - percent), 10_000)
        if nights > 1 and after < before:
            yield Finding(
                "longer_costs_less",
                f"tariffs ({tariff.id}) → length_discounts",
                f"{nights} nights cost {_money(catalog, after)}, less than {nights - 1} nights for "
                f"{_money(catalog, before)}; " + _what_the_cap_does(catalog, "the shorter stay", after),
            )
        previous = percent


def _cliff_after_table(catalog: Catalog, today: date) -> Found:
    """Past the table each day costs the mean step (R24); a last step far from it makes the next day a surprise."""
    for tariff in _active(catalog):
        if tariff.kind is not Kind.BLOCK or len(tariff.day_totals) < 3:
            continue
        length = len(tariff.day_totals)
        last = tariff.day_totals[-1] - tariff.day_totals[-2]
        after = block.day_total(tariff, length + 1) - tariff.day_totals[-1]
        if not 2 * last >= after >= last // 2:
            yield Finding(
                "cliff_after_table",
                f"tariffs ({tariff.id}) → day_totals",
                f"day {length} adds {_money(catalog, last)}, but day {length + 1}, past the table, adds "
                f"{_money(catalog, after)}, the mean step; make the last steps more even or the table longer",
            )


def _never_cheapest(catalog: Catalog, today: date) -> Found:
    """Compared at the tariff's own hours and usual lengths, for every number of guests, with the same extras."""
    for tariff in _active(catalog):
        rivals = lint_stays.cheaper_rivals(catalog, tariff, today)
        place = f"tariffs ({tariff.id}) → price"
        if rivals is None:
            continue
        only_here = " (what it includes beside the extras is not compared)" if tariff.included_texts else ""
        if len(rivals) == 1:
            (rival,) = rivals
            words = f"{rival!r} costs less or the same in every case where this can be booked, with the same extras"
            yield Finding("always_dominated", place, words + only_here, "hint")
        else:
            names = ", ".join(map(repr, sorted(rivals)))
            words = f"it is never the cheapest: with the same extras there is always less to pay with one of {names}"
            yield Finding("never_cheapest", place, words + only_here, "hint")


def _equal_precedence(catalog: Catalog, today: date) -> Found:
    """Also among prices set by hand, which no document refuses."""
    for kind in ("amount", "percent", "per_date"):
        rules = [rule for rule in catalog.dated_prices if getattr(rule, kind) is not None]
        for first, second, night in ties(rules):
            words = f"on {night.isoformat()} it and {rules[first].id!r} have equal right to decide the {kind}"
            yield Finding("equal_precedence", f"dated_prices ({rules[second].id})", words)
    for kind in ("min_nights", "max_nights"):
        limits = [rule for rule in catalog.stay_rules if getattr(rule, kind) is not None]
        for first, second, night in ties(limits):
            words = f"on {night.isoformat()} it and {limits[first].id!r} have equal right to decide {kind}"
            yield Finding("equal_precedence", f"stay_rules ({limits[second].id})", words)


def _nobody_can_book(catalog: Catalog, today: date) -> Found:
    for tariff, unit in lint_stays.never_bookable(catalog, today):
        yield Finding(
            "nobody_can_book",
            f"tariffs ({tariff.id})",
            f"on {unit.id!r} no stay at all fits its weekdays, hours and shortest length in the year ahead",
        )
    for unit, dates in lint_stays.unbookable_dates(catalog, today):
        yield Finding("nobody_can_book", f"units ({unit.id})", f"nobody can book {_ranges(dates)}")


def _missing_translation(catalog: Catalog, today: date) -> Found:
    for place, words in _texts(to_document(catalog), ""):
        missing = [language for language in catalog.languages if language not in words]
        if missing:
            yield Finding("missing_translation", place, f"there are no words in {', '.join(missing)}")


def _missing_text(catalog: Catalog, today: date) -> Found:
    for key in _WANTED_TEXTS:
        if key not in catalog.texts:
            yield Finding("missing_text", f"texts → {key}", "guests look for it and there is none", "hint")


def _not_sold(catalog: Catalog, today: date) -> Found:
    tariffs = list(_active(catalog))
    sold = {unit for tariff in tariffs for unit in tariff.units}
    offered = {extra for tariff in tariffs for extra in tariff.extras}
    asked = {question for tariff in tariffs for question in tariff.questions}
    used = {part for unit in catalog.units for part in unit.parts}
    for unit in catalog.units:
        if unit.id not in sold:
            yield Finding("not_sold", f"units ({unit.id})", "no tariff sells it")
    for extra in catalog.extras:
        if extra.id not in offered:
            yield Finding("not_sold", f"extras ({extra.id})", "no tariff offers it")
    for question in catalog.questions:
        if question.id not in asked:
            yield Finding("not_used", f"questions ({question.id})", "no tariff asks it", "hint")
    for part in catalog.parts:
        if part.id not in used:
            yield Finding("not_used", f"parts ({part.id})", "no unit has it", "hint")


_LOOKS: tuple[Callable[[Catalog, date], Iterable[Finding]], ...] = (
    _longer_costs_less,
    _cliff_after_table,
    _equal_precedence,
    _nobody_can_book,
    _not_sold,
    _missing_translation,
    _missing_text,
    _never_cheapest,
)


def _active(catalog: Catalog) -> Iterator[Tariff]:
    return (tariff for tariff in catalog.tariffs if tariff.active)


def _raw(tariff: Tariff, hours: int) -> int:
    """The price of so many hours without dated prices and cap."""
    _, base, extra = block.undated(tariff, hours)
    return base + extra * (tariff.extra_hour_price or 0)


def _what_the_cap_does(catalog: Catalog, stays: str, price: int) -> str:
    if catalog.cap_at_longer_stay:
        return f"the cap lowers {stays} to {_money(catalog, price)}"
    return "cap_at_longer_stay would mend it"


def _money(catalog: Catalog, amount: int) -> str:
    return plain(amount, catalog.currency)


def _ranges(dates: list[date]) -> str:
    """`2026-12-24..2026-12-25, 2027-02-01`, the first few of them."""
    periods: list[tuple[date, date]] = []
    for day in dates:
        first = periods.pop()[0] if periods and (day - periods[-1][1]).days == 1 else day
        periods.append((first, day))
    shown = [f"{first}" if first == last else f"{first}..{last}" for first, last in periods]
    rest = f" and {len(shown) - _SHOWN} periods more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + rest


def _texts(json: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every table of words in a document, with its place as an owner sees it."""
    if isinstance(json, dict):
        if json and all(isinstance(words, str) for words in json.values()) and set(json) <= {"ru", "en"}:
            yield place, json
            return
        for key, value in json.items():
            yield from _texts(value, f"{place} → {key}" if place else key)
    elif isinstance(json, list):
        for index, value in enumerate(json):
            name = f"({value['id']})" if isinstance(value, dict) and "id" in value else f"[{index}]"
            yield from _texts(value, f"{place} {name}" if name.startswith("(") else place + name)
