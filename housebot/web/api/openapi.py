"""Owns the OpenAPI 3.1 document: written from the operations themselves, so that it cannot say anything else than the code."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from housebot import __version__
from housebot.errors import CODES
from housebot.web.api.operation import Operation
from housebot.web.api.serving import LONGEST_KEY, PREFIX, WORD
from housebot.web.api.shapes import Error

_REF = "#/components/schemas/{model}"
_SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"bearer": []}]
_WORDS = {
    304: "what the client has is still right",
    400: "the body is no JSON that could be meant",
    401: "no key, or one that opens nothing",
    403: "the key has not the scope for it",
    404: "there is no such thing",
    408: "the request came too slowly",
    409: "a conflict: the code says which",
    412: "it has changed since",
    413: "the body is too large",
    422: "a rule or a field says no: the code and the details say which",
    428: "say with `If-Match` what you have seen",
    429: "too many requests; `Retry-After` says when to come again",
}
INTRODUCTION = """Everything the desk can do, for other programs. Keys are made with `housebot keys add`.

Errors are always `{"error": {"code", "message", "details"}}`; `code` is stable. A `POST` or `PATCH` with an `Idempotency-Key` has its
effect once: for 24 hours the same request is given the same answer. Lists are `{"items", "next_cursor"}`.
Money is minor units. Times without an offset are local to the unit; instants in answers are UTC."""


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document, ready to be dumped."""
    models = list(dict.fromkeys(_models(operations)))
    names, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    schemas = {model: names[model, "validation"] for model in models}
    definitions = {**_of_parameters(operations), **definitions.get("$defs", {})}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "housebot",
            "version": __version__,
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "this desk"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def statuses(one: Operation) -> list[int]:
    """Every status that is no good answer and that this operation may give."""
    found = (
        {CODES[code] for code in one.refusals} | {401, 404, 429} | set(one.also)
    )  # 404 too where nothing is sold yet
    if one.scope is not None:
        found.add(403)
    if one.takes is not None:
        found |= {400, 408, 413}
    if _may_be_unavailable(one):
        found.add(409)  # temporarily_unavailable: the disk is full, another program writes, the desk is closing
    return sorted(found | {422})


def _of_parameters(operations: Iterable[Operation]) -> dict[str, Any]:
    """What parameters refer to (enumerations, for the most part), where the references look for it."""
    found: dict[str, Any] = {}
    for one in operations:
        for model in (one.in_path, one.query):
            if model is not None:
                found |= model.model_json_schema(ref_template=_REF).get("$defs", {})
    return found


def _models(operations: Iterable[Operation]) -> Iterator[type[BaseModel]]:
    yield Error
    for one in operations:
        yield from (model for model in (one.takes, one.answers) if model is not None)


def _operation(one: Operation, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "security": [*_SECURITY] if one.scope else [{}, *_SECURITY],
        "parameters": [*_parameters(one)],
        "responses": _responses(one, schemas),
    }
    description = " ".join(part for part in (one.description, _scope(one)) if part)
    if description:
        said["description"] = description
    if one.takes is not None:
        content: dict[str, Any] = {"schema": schemas[one.takes]}
        if one.body_example is not None:
            content["example"] = one.body_example
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    return said


def _scope(one: Operation) -> str:
    return f"Scope: `{one.scope}`." if one.scope else "Needs no key."


def _parameters(one: Operation) -> Iterator[dict[str, Any]]:
    for place, model in (("path", one.in_path), ("query", one.query)):
        if model is None:
            continue
        schema = model.model_json_schema(ref_template=_REF)
        for name, field in schema.get("properties", {}).items():
            shown = {key: value for key, value in field.items() if key not in {"title", "description"}}
            yield {
                "name": name,
                "in": place,
                "required": name in schema.get("required", ()),
                "schema": _without_null(shown),
                **({"description": field["description"]} if "description" in field else {}),
            }
    if _is_once(one):
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A word of yours for this request; sent again within 24 hours it is answered as before.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": f"^{WORD.pattern}$"},
        }
    for name, what in one.headers.items():
        yield {"name": name, "in": "header", "required": False, "description": what, "schema": {"type": "string"}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not: there is no null in a query."""
    kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if not kinds:
        return schema
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _responses(one: Operation, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": one.summary}
    if one.answers is not None:
        content: dict[str, Any] = {"schema": schemas[one.answers]}
        if one.example is not None:
            content["example"] = one.example
        good["content"] = {"application/json": content}
    told = dict(one.answer_headers)
    if _is_once(one):
        told["Idempotent-Replayed"] = "`true` where this is the answer of an earlier request"
    if told:
        good["headers"] = {name: _header(what) for name, what in told.items()}
    return {str(one.status): good, **{str(status): _bad(one, status, schemas) for status in statuses(one)}}


def _bad(one: Operation, status: int, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    if status < 400:
        return {"description": _WORDS[status]}
    codes = _codes(one, status)
    example = {"error": {"code": codes[0], "message": _WORDS[status].partition(":")[0], "details": {}}}
    listed = ", ".join(f"`{code}`" for code in codes)
    said: dict[str, Any] = {
        "description": f"{_WORDS[status]} ({listed})",
        "content": {"application/json": {"schema": schemas[Error], "example": example}},
    }
    if status in _TOLD_WITH:
        said["headers"] = _TOLD_WITH[status]
    return said


def _codes(one: Operation, status: int) -> list[str]:
    """Which refusals come with that status; `invalid` for what no refusal says."""
    own = [code for code in one.refusals if CODES[code] == status]
    always = [code for code in _ALWAYS if CODES[code] == status and (code not in _OF_ONCE or _is_once(one))]
    if status == 409 and not _may_be_unavailable(one):
        always.remove("temporarily_unavailable")
    return list(dict.fromkeys([*always, *own])) or ["invalid"]


def _may_be_unavailable(one: Operation) -> bool:
    """Whether it waits for somebody else: the writer, or a thread."""
    return one.writes is not None or one.aside is not None


def _is_once(one: Operation) -> bool:
    """Whether an Idempotency-Key is heard (A1)."""
    return one.writes is not None and one.method in {"POST", "PATCH"}


def _header(what: str, *, kind: str = "string") -> dict[str, Any]:
    return {"description": what, "schema": {"type": kind}}


# Codes that need not be named by an operation, and those of them that only an Idempotency-Key can bring.
_ALWAYS = (
    "unauthorized", "forbidden", "not_found", "rate_limited", "body_too_large", "invalid",
    "temporarily_unavailable", "in_flight", "idempotency_mismatch",
)  # fmt: skip
_OF_ONCE = frozenset({"in_flight", "idempotency_mismatch"})
_TOLD_WITH = {
    401: {"WWW-Authenticate": _header("how a key is shown")},
    409: {"Retry-After": _header("seconds, where the same request may succeed later", kind="integer")},
    429: {"Retry-After": _header("seconds", kind="integer")},
}
