"""Owns what must hold between the sections of a catalog file: names that exist, values that fit together, rules that do not tie."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

from housebot import catalog_models as shapes
from housebot.catalog_models import INCLUDED, OFFERED, Shape
from housebot.catalog_problems import Problem, inside
from housebot.domain.catalog import DatedPrice, StayRule
from housebot.domain.dated import ties
from housebot.domain.period import read_span

ShapeType = TypeVar("ShapeType", bound=Shape)
Found = Iterator[Problem]

# Keys of a tariff that mean something for some kinds only.
_KINDS_OF_KEY = {
    "length": ("block", "slot"),
    "windows": ("block", "slot"),
    "usual_hours": ("block", "slot"),
    "extra_hour_price": ("block",),
    "day_totals": ("block",),
    "day_rounds_up_from": ("block",),
    "night_arrivals": ("block",),
    "min_stay": ("block",),
    "max_stay": ("block",),
    "check_in": ("nightly",),
    "check_out": ("nightly",),
    "same_day_cutoff": ("nightly",),
    "length_discounts": ("nightly",),
    "weekday_pairs": ("nightly",),
    "step": ("slot",),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One table of a section: where it stands, its id as written, and its values if they could be read."""

    place: str
    id: str | None
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Sections:
    """All tables of a file, good and broken, by section."""

    items: dict[str, list[Item]]
    tables: dict[str, Shape | None]

    def ids(self, *sections: str) -> set[str]:
        """The ids as written; a broken table still has its name, so that nobody who names it is blamed."""
        return {item.id for section in sections for item in self.items[section] if item.id}

    def good(self, section: str, shape: type[ShapeType]) -> Iterator[tuple[str, ShapeType]]:
        """The tables that could be read, with their places."""
        for item in self.items[section]:
            if isinstance(item.shape, shape):
                yield item.place, item.shape


def suits(key: str, kind: Any) -> bool:
    """Whether a key means something for a tariff of that kind."""
    return key not in _KINDS_OF_KEY or kind in _KINDS_OF_KEY[key]


def check(sections: Sections) -> list[Problem]:
    """Every mistake that only shows when the sections are read together."""
    return [problem for look in _CHECKS for problem in look(sections)]


def _something_is_sold(sections: Sections) -> Found:
    for section in ("units", "tariffs"):
        if not sections.items[section]:
            yield Problem(section, "there is none; a desk needs at least one")


def _ids_are_unique(sections: Sections) -> Found:
    for group in (*(({name}) for name in sections.items if name not in {"extras", "fees"}), {"extras", "fees"}):
        seen: dict[str, str] = {}
        for item in (item for section in sorted(group) for item in sections.items[section]):
            if item.id and (first := seen.setdefault(item.id, item.place)) != item.place:
                yield Problem(inside(item.place, "id"), f"{item.id!r} is the id of {first} already")


def _aliases_are_unique(sections: Sections) -> Found:
    for group in (("units",), ("tariffs",), ("extras", "fees")):
        items = [item for section in group for item in sections.items[section] if item.shape is not None]
        taken = {item.id.casefold(): item for item in items if item.id}
        for item in items:
            for index, alias in enumerate(getattr(item.shape, "aliases", [])):
                first = taken.setdefault(alias.casefold(), item)
                if first is not item:
                    yield Problem(inside(item.place, "aliases", index), f"{alias!r} already means {first.place}")


def _names_exist(sections: Sections) -> Found:
    known = {
        "parts": sections.ids("parts"),
        "units": sections.ids("units"),
        "tariffs": sections.ids("tariffs"),
        "questions": sections.ids("questions"),
        "extras": sections.ids("extras", "fees"),
    }
    for items in sections.items.values():
        for item in items:
            for key, ids in known.items():
                for name in getattr(item.shape, key, None) or ():
                    if isinstance(name, str) and name not in ids:
                        yield Problem(inside(item.place, key), f"there is no {key.removesuffix('s')} {name!r}")


def _tariffs_fit_their_kind(sections: Sections) -> Found:
    for place, tariff in sections.good("tariffs", shapes.Tariff):
        for name in tariff.model_fields_set:
            key = shapes.Tariff.model_fields[name].alias or name
            if not suits(key, tariff.kind):
                kinds = " and ".join(_KINDS_OF_KEY[key])
                yield Problem(inside(place, key), f"this is for {kinds} tariffs, not for {tariff.kind} ones")
        if tariff.kind in {"block", "slot"} and tariff.minutes <= 0:
            yield Problem(inside(place, "length"), 'how long is it? Write a length such as "12h" or "45m"')
        if tariff.kind == "block" and tariff.minutes % 60:
            yield Problem(inside(place, "length"), "a block is sold in whole hours")
        if tariff.kind == "slot" and not 1 <= tariff.step_minutes <= 1440:
            yield Problem(inside(place, "step"), 'write a length from "1m" to "24h"')
        yield from _day_totals_fit(place, tariff)


def _day_totals_fit(place: str, tariff: shapes.Tariff) -> Found:
    if tariff.day_totals is None or tariff.kind != "block":
        return
    if tariff.minutes != 1440:
        yield Problem(inside(place, "day_totals"), "only a tariff of 24 hours is sold for several days")
    if tariff.extra_hour_price is None:
        yield Problem(
            inside(place, "extra_hour_price"), "a tariff with day_totals needs a price of the hours left over"
        )
    if tariff.day_totals[0] != tariff.price:
        yield Problem(inside(place, "day_totals", 0), "the total of one day is not the price above")
    if tariff.day_totals[-1] < tariff.day_totals[0]:
        yield Problem(
            inside(place, "day_totals"), "the last total is below the first: past the table each day would cost less"
        )


def _tariffs_fit_their_guests(sections: Sections) -> Found:
    capacities = {unit.id: unit.capacity for _, unit in sections.good("units", shapes.Unit)}
    for place, tariff in sections.good("tariffs", shapes.Tariff):
        sold = [unit for unit in (tariff.units or capacities) if unit in capacities]
        largest = max((capacities[unit] for unit in sold), default=1000)
        for key in ("min_guests", "max_guests", "guests_included", "meant_from"):
            if (getattr(tariff, key) or 0) > largest:
                yield Problem(inside(place, key), f"its units take at most {largest}")
        if tariff.max_guests is not None and tariff.min_guests > tariff.max_guests:
            yield Problem(inside(place, "min_guests"), "this is more than max_guests")
        if tariff.max_minutes is not None and tariff.min_minutes > tariff.max_minutes:
            yield Problem(inside(place, "min_stay"), "this is longer than max_stay")


def _extras_fit(sections: Sections) -> Found:
    extras = {extra.id: extra for _, extra in sections.good("extras", shapes.Extra)}
    fees = sections.ids("fees")
    for place, tariff in sections.good("tariffs", shapes.Tariff):
        for name, price in tariff.extras.items():
            if name in fees:
                yield Problem(inside(place, "extras", name), "a fee names its tariffs itself, under [[fees]]")
            if (extra := extras.get(name)) is None:
                continue
            if price == OFFERED and extra.price is None:
                yield Problem(
                    inside(place, "extras", name), "the extra has no price of its own; write one here or there"
                )
            if extra.basis == "percent" and price not in {OFFERED, INCLUDED}:
                yield Problem(inside(place, "extras", name), 'a percent stands with the extra; write "offered" here')


def _parts_are_named_once(sections: Sections) -> Found:
    for place, unit in sections.good("units", shapes.Unit):
        if len(set(unit.parts)) != len(unit.parts):
            yield Problem(inside(place, "parts"), "a part is named twice")


def _working_hours_fit(sections: Sections) -> Found:
    for place, unit in sections.good("units", shapes.Unit):
        spans: list[tuple[int, str, str]] = []
        for index, row in enumerate(unit.working_hours):
            closes = "24:00" if row.closes == "00:00" else row.closes
            if closes <= row.opens:
                yield Problem(inside(place, "working_hours", index), "it closes before it opens")
                continue
            if any(day in row.weekdays and opens < closes and row.opens < until for day, opens, until in spans):
                yield Problem(inside(place, "working_hours", index), "these hours overlap those of a row above")
            spans += [(day, row.opens, closes) for day in row.weekdays]


def _bands_fit(sections: Sections) -> Found:
    bands = list(sections.good("age_bands", shapes.AgeBand))
    if bands and not any(band.adult for _, band in bands):
        yield Problem("age_bands", "one of them needs adult = true: a stay has at least one adult")
    for place, band in bands:
        if band.age_until is not None and band.age_until <= band.age_from:
            yield Problem(inside(place, "age_until"), "this must be above age_from")
    for (_, first), (place, second) in combinations(bands, 2):
        if first.age_from < (second.age_until or 999) and second.age_from < (first.age_until or 999):
            yield Problem(place, f"its ages overlap those of {first.id!r}; age_until is the first age not in the band")


def _questions_fit(sections: Sections) -> Found:
    for place, question in sections.good("questions", shapes.Question):
        if question.kind == "choice" and not question.options:
            yield Problem(inside(place, "options"), "a choice needs options")
        if question.kind == "text" and question.options:
            yield Problem(inside(place, "options"), 'options are for kind = "choice"')
        if question.min_length > question.max_length:
            yield Problem(inside(place, "min_length"), "this is more than max_length")
        seen: set[str] = set()
        for index, option in enumerate(question.options):
            if option.id in seen:
                yield Problem(inside(place, "options", index), f"{option.id!r} is there twice")
            seen.add(option.id)


def _deposits_fit(sections: Sections) -> Found:
    for place, deposit in sections.good("deposits", shapes.Deposit):
        ways = [key for key in ("fixed", "percent", "first_nights") if getattr(deposit, key) is not None]
        if len(ways) != 1:
            yield Problem(place, "write exactly one of fixed, percent, first_nights")


def _dated_prices_fit(sections: Sections) -> Found:
    kinds = {tariff.id: tariff.kind for _, tariff in sections.good("tariffs", shapes.Tariff)}
    for place, price in sections.good("dated_prices", shapes.DatedPrice):
        ways = [key for key in ("amount", "percent", "per_date") if getattr(price, key) is not None]
        if len(ways) != 1:
            yield Problem(place, "write exactly one of amount, percent, per_date")
        if not price.dates and price.weekdays is None:
            yield Problem(place, "when? Write dates or weekdays")
        for name in price.tariffs or ():
            if price.per_date is not None and kinds.get(name, "block") != "block":
                yield Problem(inside(place, "per_date"), f"this is for block tariffs, and {name!r} is not one")


def _stay_rules_fit(sections: Sections) -> Found:
    kinds = {tariff.id: tariff.kind for _, tariff in sections.good("tariffs", shapes.Tariff)}
    for place, rule in sections.good("stay_rules", shapes.StayRule):
        nights = rule.min_nights is not None or rule.max_nights is not None
        if not (nights or rule.closed_to_arrival or rule.closed_to_departure):
            yield Problem(
                place, "it says nothing; write min_nights, max_nights, closed_to_arrival or closed_to_departure"
            )
        if rule.min_nights is not None and rule.max_nights is not None and rule.min_nights > rule.max_nights:
            yield Problem(inside(place, "min_nights"), "this is more than max_nights")
        for name in rule.tariffs or ():
            if nights and kinds.get(name, "nightly") != "nightly":
                yield Problem(
                    inside(place, "tariffs"), f"nights are counted for nightly tariffs, and {name!r} is not one"
                )


def _prices_do_not_tie(sections: Sections) -> Found:
    for kind in ("amount", "percent", "per_date"):
        yield from _ties(
            (place, DatedPrice(name={}, **_when_and_where(one)))
            for place, one in sections.good("dated_prices", shapes.DatedPrice)
            if getattr(one, kind) is not None
        )


def _limits_do_not_tie(sections: Sections) -> Found:
    for kind in ("min_nights", "max_nights"):
        yield from _ties(
            (place, StayRule(**_when_and_where(one)))
            for place, one in sections.good("stay_rules", shapes.StayRule)
            if getattr(one, kind) is not None
        )


def _when_and_where(rule: shapes.DatedPrice | shapes.StayRule) -> dict[str, Any]:
    def chosen(values: Iterable[Any] | None) -> frozenset[Any] | None:
        return None if values is None else frozenset(values)

    return {
        "id": rule.id,
        "dates": tuple(map(read_span, rule.dates)),
        "weekdays": chosen(rule.weekdays),
        "units": chosen(rule.units),
        "tariffs": chosen(rule.tariffs),
        "priority": rule.priority,
    }


def _ties(rules: Iterable[tuple[str, DatedPrice | StayRule]]) -> Found:
    listed = list(rules)
    places, values = [place for place, _ in listed], [rule for _, rule in listed]
    for first, second, night in ties(values):
        words = (
            f"on {night.isoformat()} it and {values[first].id!r} have equal right to decide; give one a higher priority"
        )
        yield Problem(places[second], words)


_CHECKS = (
    _something_is_sold,
    _ids_are_unique,
    _aliases_are_unique,
    _names_exist,
    _parts_are_named_once,
    _working_hours_fit,
    _bands_fit,
    _extras_fit,
    _tariffs_fit_their_kind,
    _tariffs_fit_their_guests,
    _dated_prices_fit,
    _prices_do_not_tie,
    _stay_rules_fit,
    _limits_do_not_tie,
    _deposits_fit,
    _questions_fit,
)
