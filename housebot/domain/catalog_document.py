"""Owns the canonical document of a catalog: plain JSON in a stable form, to and from the values of `housebot.domain.catalog`.

Names are those of the values. Money is minor units, percents basis points, lengths and buffers minutes, times `14:00`,
weekdays 0–6 from Monday, dates inclusive as people write them (`2026-12-31..2027-01-02`, `12-31..01-01`). What has its
default value is left out. Nothing is judged here: a document comes from `housebot.catalog_file`, which judges it.
"""

import types
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from housebot.domain import catalog as values
from housebot.domain.catalog import Catalog, DateSpan, Recurring
from housebot.domain.period import read_span, span_text

Document = dict[str, Any]
Coder = Callable[[Any], Any]


def to_catalog(document: Document, *, version: int) -> Catalog:
    """The values of a document that has been judged before; an unknown name or a missing one is a KeyError."""
    return cast(Catalog, _decoder(Catalog)({**document, "version": version}))


def to_document(catalog: Catalog) -> Document:
    """The canonical document of these values; `to_catalog` gives them back."""
    document = cast(Document, _encoder(Catalog)(catalog))
    del document["version"]
    return document


def misfits(document: Document) -> list[str]:
    """Places of a document that are nothing a catalog has, or cannot be read as what stands there: `tariffs[3]`, `zone`."""
    hints = _hints(Catalog)
    found = [name for name in document if name == "version" or name not in hints]
    required = {one.name for one in fields(Catalog) if _default(one) is MISSING} - {"version"}
    found += sorted(required - set(document))
    wrong = frozenset(found)
    for name in (name for name in document if name not in wrong):
        hint, value = hints[name], document[name]
        arguments = get_args(hint)
        if get_origin(hint) is tuple and arguments[-1] is Ellipsis and isinstance(value, list):
            found += [f"{name}[{index}]" for index, one in enumerate(value) if not _fits(arguments[0], one)]
        elif not _fits(hint, value):
            found.append(name)
    return [place[:80] for place in found]


def _fits(hint: Any, value: Any) -> bool:
    try:
        _decoder(hint)(value)
    except Exception:  # names nobody knows, words for numbers, zones that are none: any of them
        return False
    return True


@cache
def _decoder(hint: Any) -> Coder:
    """What turns JSON into a value of this type; made once per type."""
    if (simple := _SIMPLE.get(hint)) is not None:
        return simple[0]
    if is_dataclass(hint):
        return _object_decoder(cast(type, hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        inner = _decoder(_without_none(hint))
        return lambda json: None if json is None else inner(json)
    if origin is dict:
        item = _decoder(arguments[1])
        return lambda json: {key: item(value) for key, value in json.items()}
    if origin is frozenset:
        return frozenset
    if origin is tuple and arguments[-1] is Ellipsis:
        item = _decoder(arguments[0])
        return lambda json: tuple(map(item, json))
    if origin is tuple:
        items = tuple(map(_decoder, arguments))
        return lambda json: tuple(item(value) for item, value in zip(items, json, strict=True))
    return _same


@cache
def _encoder(hint: Any) -> Coder:
    """What turns a value of this type into JSON; made once per type."""
    if (simple := _SIMPLE.get(hint)) is not None:
        return simple[1]
    if is_dataclass(hint):
        return _object_encoder(cast(type, hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        inner = _encoder(_without_none(hint))
        return lambda value: None if value is None else inner(value)
    if origin is dict:
        item = _encoder(arguments[1])
        return lambda value: {key: item(one) for key, one in value.items()}
    if origin is frozenset:
        return sorted
    if origin is tuple and arguments[-1] is Ellipsis:
        item = _encoder(arguments[0])
        return lambda value: [item(one) for one in value]
    if origin is tuple:
        items = tuple(map(_encoder, arguments))
        return lambda value: [item(one) for item, one in zip(items, value, strict=True)]
    return _same


def _object_decoder(cls: type) -> Coder:
    decoders = {name: _decoder(hint) for name, hint in _hints(cls).items()}

    def decode(json: Document) -> Any:
        return cls(**{name: decoders[name](value) for name, value in json.items()})

    return decode


def _object_encoder(cls: type) -> Coder:
    rows = [(one.name, _encoder(_hints(cls)[one.name]), _default(one)) for one in fields(cls)]

    def encode(value: Any) -> Document:
        present = ((name, encoder, getattr(value, name), default) for name, encoder, default in rows)
        return {name: encoder(one) for name, encoder, one, default in present if one != default}

    return encode


def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, vars(values))


def _default(of: "Field[Any]") -> Any:
    return of.default_factory() if of.default_factory is not MISSING else of.default


def _without_none(hint: Any) -> Any:
    """The type of an optional value; DateSpan | Recurring is the one true union and has a text of its own."""
    arguments = [argument for argument in get_args(hint) if argument is not types.NoneType]
    (only,) = arguments
    return only


def _same(value: Any) -> Any:
    return value


def _clock(value: time) -> str:
    return value.strftime("%H:%M")


def _minutes(value: timedelta) -> int:
    return value // timedelta(minutes=1)


_SIMPLE: dict[Any, tuple[Coder, Coder]] = {
    DateSpan | Recurring: (read_span, span_text),
    DateSpan: (read_span, span_text),
    ZoneInfo: (ZoneInfo, str),
    date: (date.fromisoformat, date.isoformat),
    time: (time.fromisoformat, _clock),
    timedelta: (lambda minutes: timedelta(minutes=minutes), _minutes),
}
