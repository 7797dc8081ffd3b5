"""Owns the OpenAPI 3.1 document: written from the operations themselves, so that it cannot say anything else than the code."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from housebot import __version__
from housebot.errors import CODES
from housebot.web.api.operation import Operation
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import Error

_REF = "#/components/schemas/{model}"
_SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"bearer": []}]
_WORDS = {
    400: "the body is no JSON that could be meant",
    401: "no key, or one that opens nothing",
    403: "the key has not the scope for it",
    404: "there is no such thing",
    408: "the request came too slowly",
    409: "a conflict: the code says which",
    412: "it has changed since",
    413: "the body is too large",
    422: "a rule or a field says no: the code and the details say which",
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
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def statuses(one: Operation) -> list[int]:
    """Every status that is no good answer and that this operation may give."""
    found = {CODES[code] for code in one.refusals} | {401, 429}
    if one.scope is not None:
        found.add(403)
    if one.in_path is not None:
        found.add(404)
    if one.takes is not None:
        found |= {400, 408, 413}
    if one.method in {"POST", "PATCH"} and one.writes is not None:
        found |= {409, 422}
    if one.writes is not None:
        found.add(409)  # temporarily_unavailable: the disk is full, another program writes
    return sorted(found | {422})


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
    if one.writes is not None and one.method in {"POST", "PATCH"}:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A word of yours for this request; sent again within 24 hours it is answered as before.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
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
    if one.answer_headers:
        good["headers"] = {
            name: {"description": what, "schema": {"type": "string"}} for name, what in one.answer_headers.items()
        }
    responses = {str(one.status): good}
    for status in statuses(one):
        bad: dict[str, Any] = {
            "description": _WORDS[status],
            "content": {"application/json": {"schema": schemas[Error]}},
        }
        if status == 429:
            bad["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
        responses[str(status)] = bad
    return responses
