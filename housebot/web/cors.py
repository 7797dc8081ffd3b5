"""Owns which pages of other sites may use the API from a browser: those the owner named, and no cookies with it."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Middleware

_API = "/api/"
_MAY_SEND = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key"
_MAY_READ = "ETag, Idempotent-Replayed, Location, Retry-After"
_REMEMBERED = "600"  # seconds

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def shared_with(origins: Sequence[str]) -> Middleware:
    """The middleware. Another origin is answered as if there were no such thing: its browser keeps the answer from the page."""

    @web.middleware
    async def share(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not origins or not request.path.startswith(_API):
            return await handler(request)
        origin = _allowed(request.headers.get("Origin"), origins)
        if origin is not None and (methods := _asked_before(request)):
            response: web.StreamResponse = web.Response(status=HTTPStatus.NO_CONTENT)
            response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
            response.headers["Access-Control-Allow-Headers"] = _MAY_SEND
            response.headers["Access-Control-Max-Age"] = _REMEMBERED
        else:
            response = await handler(request)
        response.headers.add("Vary", "Origin")  # a cache must not show one origin's answer to another
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _MAY_READ
        return response

    return share


def _allowed(origin: str | None, origins: Sequence[str]) -> str | None:
    if origin is None:
        return None
    if "*" in origins:
        return "*"
    return origin if origin.casefold() in origins else None


def _asked_before(request: web.Request) -> list[str]:
    """The methods of the path, where a browser asks before it sends what it wants to send."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return []
    missing = request.match_info.http_exception
    return sorted(missing.allowed_methods) if isinstance(missing, web.HTTPMethodNotAllowed) else []
