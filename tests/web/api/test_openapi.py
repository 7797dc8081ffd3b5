"""The document of the API: valid by somebody else's judgement, with an example of everything, and no route of the desk left out."""

from collections.abc import AsyncIterator, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from pydantic import ValidationError

from housebot.web import api
from housebot.web.api import documents
from housebot.web.api.openapi import document
from housebot.web.api.operation import Operation
from housebot.web.api.routes import all_operations
from housebot.web.server import make_app
from tests.web.serving import Served, serving

OPERATIONS = all_operations()
BY_NAME = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)

# Routes that stand outside `/api/v1`: INTERFACE says what they are for, README how they are used.
OUTSIDE = {
    "GET /openapi.json",
    "GET /docs",
    *(f"GET /docs/{name}" for name in documents.ASSETS),
    "GET /health",
    "GET /health/live",
    "GET /health/db",
    "GET /health/telegram",
    "GET /health/external",
    "GET /metrics",
    "* /hooks/{provider}/{token}",
}

# Models that share their name with another one, with their modules.
NAMED_BY_MODULE = {
    "availability__Verdict",
    "bookings__Entry",
    "damage_deposits__Entry",
    "gifts__Change",
    "gifts__Entry",
    "gifts__Verdict",
    "prices__Change",
    "promocodes__Verdict",
    "statistics__Statistics",
    "users__Statistics",
}

# What INTERFACE promises, written off by hand.
PROMISED = {
    "POST /bookings",
    "GET /bookings",
    "GET /bookings/{id}",
    "PATCH /bookings/{id}",
    "DELETE /bookings/{id}",
    "GET /bookings/user/{user_contact}",
    "GET /availability/dates",
    "POST /availability/check",
    "GET /availability/month/{year}/{month}",
    "POST /pricing/calculate",
    "GET /pricing/tariffs",
    "POST /users",
    "GET /users",
    "GET /users/{contact}",
    "GET /users/chat/{chat_id}",
    "POST /gifts",
    "GET /gifts/{id}",
    "POST /gifts/validate",
    "PATCH /gifts/{id}/redeem",
    "POST /promocodes",
    "GET /promocodes",
    "POST /promocodes/validate",
    "DELETE /promocodes/{id}",
    "GET /statistics",
    "GET /catalog",
    "PUT /catalog",
    "GET /payments",
    "POST /payments",
    "GET /blocks",
    "POST /blocks",
    "DELETE /blocks/{id}",
    "GET /prices",
    "POST /prices",
    "DELETE /prices/{id}",
}


@cache
def whole() -> dict[str, Any]:
    return document(OPERATIONS)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def test_an_independent_validator_finds_no_fault_in_the_document(desk: Served) -> None:
    status, content, _ = await desk.ask("GET", "/openapi.json")
    assert (status, content["openapi"]) == (200, "3.1.0")
    validate(content, cls=OpenAPIV31SpecValidator)
    content["paths"]["/api/v1/bookings"]["get"].pop("responses")
    content["paths"]["/api/v1/bookings"]["get"]["parameters"].append({"name": "x"})
    with pytest.raises(OpenAPIValidationError):
        validate(content, cls=OpenAPIV31SpecValidator)


def test_every_reference_leads_somewhere() -> None:
    content = whole()
    found = set(references(content))
    assert found
    assert found <= {f"#/components/schemas/{name}" for name in content["components"]["schemas"]}


def test_schemas_of_one_name_keep_the_names_that_generated_clients_know_them_by() -> None:
    """Such a name holds the module of its model: moving the model would rename it."""
    named = {name for name in whole()["components"]["schemas"] if name.startswith("housebot__")}
    assert named == {f"housebot__web__api__{name}" for name in NAMED_BY_MODULE}


def references(content: Any) -> Iterable[str]:
    if isinstance(content, dict):
        if isinstance(content.get("$ref"), str):
            yield content["$ref"]
        for part in content.values():
            yield from references(part)
    elif isinstance(content, list):
        for part in content:
            yield from references(part)


@BY_NAME
def test_every_operation_has_examples_that_fit_its_models(operation: Operation) -> None:
    if operation.answers is not None:
        assert operation.example is not None
        operation.answers.model_validate(operation.example)
    if operation.takes is not None:
        assert operation.body_example is not None
        operation.takes.model_validate(operation.body_example)


def test_an_example_that_does_not_fit_is_found() -> None:
    operation = next(one for one in OPERATIONS if one.takes is not None)
    assert operation.takes is not None
    with pytest.raises(ValidationError):
        operation.takes.model_validate({**operation.body_example, "colour": "red"})


@BY_NAME
def test_an_operation_says_who_may_call_it_and_every_header_that_comes_with_it(operation: Operation) -> None:
    said = whole()["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
    assert ({} in said["security"]) is (operation.scope is None)
    assert said["responses"]["429"]["headers"]["Retry-After"]
    assert said["responses"]["401"]["headers"]["WWW-Authenticate"]
    if operation.method in {"POST", "PATCH"} and operation.writes is not None:
        assert "Idempotency-Key" in {one["name"] for one in said["parameters"]}
        assert said["responses"][str(operation.status)]["headers"]["Idempotent-Replayed"]
    for name in operation.answer_headers:
        assert said["responses"][str(operation.status)]["headers"][name]["description"]


def test_no_module_lists_operations_that_nobody_serves() -> None:
    modules = [import_module(f"{api.__name__}.{one.name}") for one in iter_modules(api.__path__)]
    listed = [one for module in modules for one in getattr(module, "OPERATIONS", ())]
    assert listed
    assert sorted(one.name for one in listed) == sorted(one.name for one in OPERATIONS)


def test_all_that_interface_promises_is_there_and_what_is_not_served_yet_is_absent() -> None:
    served = {f"{one.method} {one.path}" for one in OPERATIONS}
    assert served >= PROMISED
    assert [one for one in served if "/broadcasts" in one or "/feeds" in one] == []


def undocumented(app: web.Application, operations: Iterable[Operation]) -> list[str]:
    """Routes that are neither in the document nor in the list of those outside it."""
    paths = document([*operations])["paths"]
    known = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
    there = {f"{one.method} {one.resource.canonical}" for one in app.router.routes() if one.resource is not None}
    there -= {f"* {path}" for path in paths if "{" not in path}  # they say 405
    return sorted(one for one in there - known - OUTSIDE if not one.startswith(("HEAD ", "OPTIONS ")))


async def test_no_route_is_served_that_is_not_documented(desk: Served) -> None:
    app = make_app({}, desk=(desk.db, desk.clock))
    assert undocumented(app, OPERATIONS) == []

    async def forgotten(_: web.Request) -> web.Response:
        raise AssertionError

    app.router.add_get("/api/v1/forgotten", forgotten)
    app.router.add_post("/docs", forgotten)
    assert undocumented(app, OPERATIONS) == ["GET /api/v1/forgotten", "POST /docs"]
    assert "GET /api/v1/users" in undocumented(app, [one for one in OPERATIONS if one.path != "/users"])


async def test_a2_a_path_of_words_is_not_taken_for_an_id_by_other_methods(desk: Served) -> None:
    status, content, headers = await desk.ask("GET", "/api/v1/payments/adjust", key=await desk.key("admin"))
    assert (status, content["error"]["code"], headers["Allow"]) == (405, "invalid", "POST")
    assert (await desk.ask("OPTIONS", "/api/v1/gifts/validate"))[2]["Allow"] == "POST"
    assert (await desk.ask("GET", "/api/v1/payments/1", key=await desk.key("read")))[0] == 404
