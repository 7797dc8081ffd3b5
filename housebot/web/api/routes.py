"""Owns the list of everything the API does, noun by noun, and mounts it with its document."""

from functools import cache

from aiohttp import web

from housebot.services.ports import Clock, Database
from housebot.web.api import (
    availability,
    blocks,
    bookings,
    bookings_change,
    bookings_end,
    bookings_new,
    catalog,
    catalog_apply,
    damage_deposits,
    documents,
    gifts_change,
    gifts_found,
    gifts_new,
    months,
    payments_found,
    payments_new,
    prices,
    pricing,
    promocodes_found,
    promocodes_new,
    promocodes_switch,
    statistics,
    users_ban,
    users_found,
    users_new,
)
from housebot.web.api.operation import Operation
from housebot.web.api.serving import Api
from housebot.web.door import Door


def all_operations() -> list[Operation]:
    """In the order of the document."""
    return [
        *availability.OPERATIONS,
        *months.OPERATIONS,
        *pricing.OPERATIONS,
        *bookings_new.OPERATIONS,
        *bookings.OPERATIONS,
        *bookings_change.OPERATIONS,
        *bookings_end.OPERATIONS,
        *users_new.OPERATIONS,
        *users_found.OPERATIONS,
        *users_ban.OPERATIONS,
        *promocodes_new.OPERATIONS,
        *promocodes_found.OPERATIONS,
        *promocodes_switch.OPERATIONS,
        *gifts_new.OPERATIONS,
        *gifts_found.OPERATIONS,
        *gifts_change.OPERATIONS,
        *payments_found.OPERATIONS,
        *payments_new.OPERATIONS,
        *damage_deposits.OPERATIONS,
        *blocks.OPERATIONS,
        *prices.OPERATIONS,
        *catalog.OPERATIONS,
        *catalog_apply.OPERATIONS,
        *statistics.OPERATIONS,
    ]


@cache
def with_large_bodies() -> frozenset[str]:
    """Names of the operations whose bodies may be as large as any: they are judged in a thread."""
    return frozenset(one.name for one in all_operations() if one.judges is not None)


def api_routes(db: Database, clock: Clock, *, door: Door) -> list[web.RouteDef]:
    """`/api/v1/…`, `/openapi.json` and `/docs`."""
    operations = all_operations()
    return [*Api(db, clock, operations, door=door).routes(), *documents.routes(operations)]
