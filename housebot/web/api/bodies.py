"""Owns how words of a request become values: JSON that is whole and says nothing twice, and which field is wrong where one is."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from housebot.errors import Refusal

DEEPEST = 32
M = TypeVar("M", bound=BaseModel)


class BrokenJson(Exception):  # noqa: N818  it is an answer, not a fault
    """The body is no JSON that could be meant."""


def read(raw: bytes, model: type[M]) -> M:
    """The body as that model. BrokenJson for what is no JSON (400); `invalid` with `fields` for what does not fit (422)."""
    content = plain(raw)
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        raise refused(problem) from None


def plain(raw: bytes) -> dict[str, Any]:
    """The body as an object of JSON; refused as by `read`."""
    try:
        text = raw.decode("utf-8")
        _shallow(text)
        content = _STRICT.decode(text)
        if "\\u" in text:  # half of a pair is no text: it could neither be kept nor answered
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BrokenJson("the body holds half a sign") from None
    except UnicodeDecodeError:
        raise BrokenJson("the body is not UTF-8") from None
    except RecursionError:
        raise BrokenJson("the body is nested too deeply") from None
    except ValueError as problem:
        raise BrokenJson(str(problem) if isinstance(problem, _Said) else "the body is not JSON") from None
    if not isinstance(content, dict):
        raise Refusal("invalid", reason="fields", fields={"": "an object is expected"})
    return content


def words(found: Iterable[tuple[str, str]], model: type[M]) -> M:
    """Words of the query as that model; one that comes twice is refused unless the model has a list there."""
    values: dict[str, Any] = {}
    several = _lists_of(model)
    for name, value in found:
        if name in values and not isinstance(values[name], list):
            raise Refusal("invalid", reason="fields", fields={name[:64]: "it was given twice"})
        if name in several:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return _fitting(values, model)


def path(found: Mapping[str, str], model: type[M]) -> M:
    """Words of the path as that model. What cannot be the name of anything is `not_found`."""
    try:
        return _fitting(dict(found), model)
    except Refusal:
        raise Refusal("not_found", what="path") from None


def refused(problem: ValidationError) -> Refusal:
    """Which fields are wrong, and how; what was sent is not repeated."""
    fields: dict[str, str] = {}
    for one in problem.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(part) for part in one["loc"])[:120]
        fields.setdefault(place, one["msg"].removeprefix("Value error, "))
    return Refusal("invalid", reason="fields", fields=fields)


@cache
def _lists_of(model: type[BaseModel]) -> frozenset[str]:
    """Words that may come several times."""
    return frozenset(name for name, field in model.model_fields.items() if "list" in str(field.annotation))


def _fitting(values: dict[str, Any], model: type[M]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        raise refused(problem) from None


class _Said(ValueError):  # noqa: N818  it is an answer, not a fault
    """Words of ours, fit to be shown."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Said("the body names a key twice")
    return found


def _no_number(_: str) -> Any:
    raise _Said("the body holds something that is no number")


_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


def _shallow(text: str) -> None:
    """Refuse depth before the parser has to climb down; brackets inside words do not count."""
    if text.count("{") + text.count("[") <= DEEPEST:
        return
    depth = deepest = 0
    inside = escaped = False
    for sign in text:
        if inside:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                inside = False
        elif sign == '"':
            inside = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    if deepest > DEEPEST:
        raise _Said("the body is nested too deeply")
