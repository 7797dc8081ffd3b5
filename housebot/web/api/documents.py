"""Owns where the document of the API is found: `/openapi.json`, written at the first need."""

from collections.abc import Sequence

import orjson
from aiohttp import web

from housebot.web.api.openapi import document
from housebot.web.api.operation import Operation


def routes(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """The document for programs."""
    written: list[bytes] = []

    async def openapi(_: web.Request) -> web.Response:
        if not written:
            written.append(orjson.dumps(document(operations)))
        return web.Response(
            body=written[0], content_type="application/json", headers={"Access-Control-Allow-Origin": "*"}
        )

    return [web.get("/openapi.json", openapi, name="openapi")]
