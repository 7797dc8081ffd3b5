"""Owns the list of everything the API does, noun by noun, and mounts it with its document."""

from aiohttp import web

from housebot.services.ports import Clock, Database
from housebot.web.api import availability, documents
from housebot.web.api.operation import Operation
from housebot.web.api.serving import Api


def all_operations() -> list[Operation]:
    """In the order of the document."""
    return [*availability.OPERATIONS]


def api_routes(db: Database, clock: Clock) -> list[web.RouteDef]:
    """`/api/v1/…`, `/openapi.json` and `/docs`."""
    operations = all_operations()
    return [*Api(db, clock, operations).routes(), *documents.routes(operations)]
