"""Owns reading a catalog file: TOML in, the canonical document out, or every mistake at once with its place in words."""

import tomllib
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from housebot import catalog_models as shapes
from housebot.catalog_checks import Item, Sections, check, suits
from housebot.catalog_models import INCLUDED, OFFERED, Context, Shape
from housebot.catalog_problems import CatalogProblems, Problem, explain, id_of, inside, item_place, unknown_key
from housebot.domain.catalog_document import Document, to_catalog, to_document

__all__ = ["CatalogProblems", "Problem", "parse", "read"]

LARGEST_FILE = 2_000_000  # bytes; a catalog of 200 units is a tenth of it

# Sections of tables written [[name]], and those of one table written [name].
_LISTS: dict[str, type[Shape]] = {
    "parts": shapes.Part,
    "units": shapes.Unit,
    "age_bands": shapes.AgeBand,
    "extras": shapes.Extra,
    "fees": shapes.Fee,
    "tariffs": shapes.Tariff,
    "dated_prices": shapes.DatedPrice,
    "stay_rules": shapes.StayRule,
    "taxes": shapes.Tax,
    "deposits": shapes.Deposit,
    "questions": shapes.Question,
}
_TABLES: dict[str, type[Shape]] = {
    "desk": shapes.Desk,
    "holds": shapes.Holds,
    "city_tax": shapes.CityTax,
    "cancellation": shapes.Cancellation,
}
_TEXT = TypeAdapter(shapes.LongText)
ANY_CONTEXT = Context("EUR", shapes.LANGUAGES)  # the head is judged before currency and languages are known
_ADULTS: Document = {"id": "adult", "name": {"ru": "гость", "en": "guest"}, "age_from": 0, "adult": True}

ShapeType = TypeVar("ShapeType", bound=Shape)


def read(path: Path) -> Document:
    """The canonical document of a file; raises `CatalogProblems` with every mistake in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogProblems([Problem(str(path), f"cannot be read: {error.strerror or error}")]) from None
    try:
        return parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CatalogProblems([Problem(f"line {line}", "this is not UTF-8 text; save the file as UTF-8")]) from None


def parse(text: str) -> Document:
    """The canonical document of a TOML text; raises `CatalogProblems` with every mistake in it."""
    raw = _toml(text)
    problems: list[Problem] = []
    known = [*shapes.keys(shapes.Head), *_LISTS, *_TABLES, "tariff_defaults", "texts"]
    problems += [Problem(key, unknown_key(key, known)) for key in raw if key not in known]
    head = _judge(shapes.Head, {key: raw[key] for key in shapes.keys(shapes.Head) if key in raw}, problems=problems)
    context = _context(raw, head)
    sections = _sections(raw, context, problems)
    texts = _texts(raw.get("texts", {}), context, sections, problems)
    problems += check(sections)
    if problems or head is None:
        raise CatalogProblems(problems)
    return _document(head, sections, texts)


def _toml(text: str) -> dict[str, Any]:
    if len(text) > LARGEST_FILE:
        raise CatalogProblems([Problem("file", "this is larger than 2 MB and no catalog")])
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at ")
        raise CatalogProblems([Problem(place.rstrip(")") or "file", f"this is not TOML: {words}")]) from None
    except (ArithmeticError, ValueError, RecursionError):  # digits or brackets without end, the 30th of February
        raise CatalogProblems([Problem("file", "this is not TOML: a value is impossible or nested too deep")]) from None


def _context(raw: dict[str, Any], head: shapes.Head | None) -> Context:
    """What the other sections are read by; under a broken head what is good of it, so that they are judged all the same."""
    if head is not None:
        return Context(head.currency, tuple(head.languages))
    languages, currency = raw.get("languages"), raw.get("currency")
    listed = isinstance(languages, list) and languages and all(one in shapes.LANGUAGES for one in languages)
    return Context(
        str(currency) if shapes.is_currency(currency) else "EUR", tuple(languages or ()) if listed else shapes.LANGUAGES
    )


def _sections(raw: dict[str, Any], context: Context, problems: list[Problem]) -> Sections:
    defaults = _tariff_defaults(raw.get("tariff_defaults", {}), problems)
    items: dict[str, list[Item]] = {}
    for section, shape in _LISTS.items():
        tables = raw.get(section, [])
        if not isinstance(tables, list):
            problems.append(Problem(section, f"write each of these under its own [[{section}]]"))
            tables = []
        items[section] = []
        for index, table in enumerate(tables):
            place = item_place(section, index, table)
            inherited = _inherited(table, defaults) if section == "tariffs" and isinstance(table, dict) else {}
            whole = {**inherited, **table} if inherited else table
            judged = _judge(shape, whole, context, place=place, inherited=inherited, problems=problems)
            items[section].append(Item(place, id_of(table), judged))
    tables = {
        name: _judge(shape, raw[name], context, place=name, problems=problems)
        for name, shape in _TABLES.items()
        if name in raw
    }
    return Sections(items, tables)


def _tariff_defaults(table: Any, problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(table, dict):
        problems.append(Problem("tariff_defaults", "write this as a table: [tariff_defaults]"))
        return {}
    known = [key for key in shapes.keys(shapes.Tariff) if key not in {"id", "name", "aliases"}]
    problems += [Problem(inside("tariff_defaults", key), unknown_key(key, known)) for key in table if key not in known]
    return {key: value for key, value in table.items() if key in known}


def _inherited(tariff: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The defaults that a tariff does not set itself and that mean something for its kind."""
    kind = tariff.get("kind", defaults.get("kind"))
    return {key: value for key, value in defaults.items() if key not in tariff and suits(key, kind)}


def _judge(
    shape: type[ShapeType],
    table: Any,
    context: Context = ANY_CONTEXT,
    *,
    place: str = "",
    inherited: Collection[str] = (),
    problems: list[Problem],
) -> ShapeType | None:
    """The values of a table, or None and its problems added to the list."""
    try:
        return shape.model_validate(table, context=context)
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            path = mistake["loc"]
            origin = "tariff_defaults" if path and path[0] in inherited else place
            problems.append(Problem(inside(origin, *path), explain(mistake, shapes.keys(shape))))
        return None


def _texts(table: Any, context: Context, sections: Sections, problems: list[Problem]) -> dict[str, dict[str, str]]:
    if not isinstance(table, dict):
        problems.append(Problem("texts", "write this as a table: [texts]"))
        return {}
    known = [*shapes.TEXTS, *(f"guide-{extra}" for extra in sorted(sections.ids("extras")))]
    problems += [Problem(inside("texts", key), unknown_key(key, known)) for key in table if key not in known]
    texts: dict[str, dict[str, str]] = {}
    for key, words in table.items():
        try:
            texts[key] = _TEXT.validate_python(words, context=context)
        except ValidationError as error:
            problems += [Problem(inside("texts", key), explain(mistake, known)) for mistake in error.errors()]
    return texts


# ---- From shapes to the canonical document


def _document(head: shapes.Head, sections: Sections, texts: dict[str, dict[str, str]]) -> Document:
    document = head.given()
    document["languages"] = head.languages
    for section in ("dated_prices", "stay_rules", "taxes", "questions"):
        document[section] = [shape.given() for _, shape in sections.good(section, _LISTS[section])]
    for section in ("desk", "holds", "city_tax"):
        if (shape := sections.tables.get(section)) is not None:
            document[section] = shape.given()
    for question in document["questions"]:
        question["options"] = [[option["id"], option["text"]] for option in question.get("options", ())]
    document["units"] = [_unit(unit, head) for _, unit in sections.good("units", shapes.Unit)]
    document["parts"] = _parts(sections)
    document["extras"] = _extras(sections)
    document["tariffs"] = [_tariff(tariff, sections) for _, tariff in sections.good("tariffs", shapes.Tariff)]
    document["bands"] = [band.given() for _, band in sections.good("age_bands", shapes.AgeBand)] or [_ADULTS]
    document["deposits"] = [_deposit(deposit) for _, deposit in sections.good("deposits", shapes.Deposit)]
    cancellation = sections.tables.get("cancellation")
    if isinstance(cancellation, shapes.Cancellation):
        document["cancellation"] = _cancellation(cancellation)
    document["texts"] = texts
    return to_document(to_catalog(document, version=0))  # leaves out what has its default value


def _unit(unit: shapes.Unit, head: shapes.Head) -> Document:
    return {
        **unit.given(),
        "zone": unit.zone or head.zone,
        "parts": unit.parts or [unit.id],
        "before": unit.before,
        "cleaning": unit.cleaning,
        "window_months": unit.window_months,
    }


def _parts(sections: Sections) -> list[Document]:
    """The parts as written, and one more for each unit written without parts: such a unit is a part of its own."""
    parts = [part.given() for _, part in sections.good("parts", shapes.Part)]
    known = {part["id"] for part in parts}
    units = [unit for _, unit in sections.good("units", shapes.Unit)]
    return parts + [{"id": one.id, "name": one.name} for one in units if not one.parts and one.id not in known]


def _extras(sections: Sections) -> list[Document]:
    fees = [{**_without(fee.given(), "tariffs"), "mandatory": True} for _, fee in sections.good("fees", shapes.Fee)]
    return [extra.given() for _, extra in sections.good("extras", shapes.Extra)] + fees


def _tariff(tariff: shapes.Tariff, sections: Sections) -> Document:
    own = {extra.id: extra.price or 0 for _, extra in sections.good("extras", shapes.Extra)}
    prices = {
        name: own[name] if price == OFFERED else 0 if price == INCLUDED else price
        for name, price in tariff.extras.items()
    }
    for _, fee in sections.good("fees", shapes.Fee):
        if fee.tariffs is None or tariff.id in fee.tariffs:
            prices[fee.id] = fee.price
    document = {
        **tariff.given(),
        "units": tariff.units or [unit.id for _, unit in sections.good("units", shapes.Unit)],
        "extras": prices,
        "included_extras": [name for name, price in tariff.extras.items() if price == INCLUDED],
    }
    document["length_discounts"] = [[row.nights, row.percent] for row in tariff.length_discounts]
    return document


def _deposit(deposit: shapes.Deposit) -> Document:
    spans = [(span, holiday.name) for holiday in deposit.full_on for span in holiday.dates]
    return {
        **_without(deposit.given(), "full_on"),
        "holidays": [span for span, _ in spans],
        "holiday_names": [name for _, name in spans],
    }


def _cancellation(cancellation: shapes.Cancellation) -> Document:
    tiers = [{"before_minutes": tier.before_minutes, **tier.fee} for tier in cancellation.tiers]
    return {**cancellation.given(), "tiers": tiers}


def _without(document: Document, key: str) -> Document:
    return {name: value for name, value in document.items() if name != key}
