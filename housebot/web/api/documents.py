"""Owns where the document of the API is found: `/openapi.json`, written at the first need, and `/docs`, a page that shows it."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from pathlib import Path

import orjson
from aiohttp import web

from housebot.web.api.openapi import document
from housebot.web.api.operation import Operation

# What the page is made of, beside the files that carry the licences of Swagger UI.
ASSETS = ("docs.css", "docs.js", "swagger-ui.css", "swagger-ui-bundle.js")
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
# Swagger UI sets style attributes and draws its icons from data: addresses; it needs nothing from elsewhere and no eval.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # kept by the browser, and asked about by its ETag: an update of the desk shows at once
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """The document for programs, and the page for people."""
    return [
        web.get("/openapi.json", _openapi(operations), name="openapi"),
        web.get("/docs", _asset("index.html"), name="docs"),
        *(web.get(f"/docs/{name}", _asset(name), name=f"docs-{name}") for name in ASSETS),
    ]


def _openapi(operations: Sequence[Operation]) -> Handler:
    written: list[tuple[bytes, str]] = []

    async def openapi(request: web.Request) -> web.StreamResponse:
        if not written:
            content = orjson.dumps(document(operations))
            written.append((content, hashlib.sha256(content).hexdigest()[:32]))
        content, mark = written[0]
        response = web.Response(status=304) if _is_known(request, mark) else web.Response(body=content)
        if response.status == 200:
            response.content_type = "application/json"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-cache"
        response.etag = mark
        return response

    return openapi


def _asset(name: str) -> Handler:
    """A file of the page, sent from the disk each time: an idle desk holds none of them."""
    file = Path(str(files("housebot.web.api").joinpath("docs", name)))

    async def asset(_: web.Request) -> web.StreamResponse:
        response = web.FileResponse(file, headers=_PAGE_HEADERS)
        response.content_type = _TYPES[file.suffix]
        response.charset = "utf-8"
        return response

    return asset


def _is_known(request: web.Request, mark: str) -> bool:
    return any(one.value in {mark, "*"} for one in request.if_none_match or ())
