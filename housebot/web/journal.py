"""Owns what is written down of every request: one line, and its place in the figures. By route template, never by path."""

import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from housebot.measures import Measures

log = logging.getLogger(__name__)

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)  # a client may make up others without end

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def logged(measures: Measures) -> Middleware:
    """The outermost middleware: paths carry tokens, contacts and secret addresses, so the template of the route stands for them."""

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.monotonic()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            seconds = time.monotonic() - began
            resource = request.match_info.route.resource
            template = "(unknown)" if resource is None else resource.canonical
            method = request.method if request.method in _METHODS else "OTHER"
            measures.requests.add(method, template, str(status))
            measures.request_seconds.observe(seconds, method, template)
            log.info("%s %s %d %.0f ms", method, template, status, seconds * 1000)

    return note
