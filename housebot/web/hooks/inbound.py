"""Owns what other programs send by themselves: the word in the address is checked, the body is stored, and that is answered (A5)."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Hook:
    """One provider's way in. `store` keeps a body; it is worked through later, by somebody who asks the provider."""

    token: str = field(repr=False)
    most_bytes: int
    store: Callable[[bytes], Awaitable[object]]


def route(hooks: Mapping[str, Hook]) -> web.RouteDef:
    """`POST /hooks/{provider}/{token}`: 404 for a provider the desk has not, 401 for a wrong word, of which nothing is stored."""

    async def take(request: web.Request) -> web.StreamResponse:
        hook = hooks.get(request.match_info["provider"])
        if hook is None:
            raise web.HTTPNotFound
        if request.method != "POST":
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        if not hmac.compare_digest(request.match_info["token"].encode(), hook.token.encode()):
            raise web.HTTPUnauthorized
        body = await request.read()
        if len(body) > hook.most_bytes:
            raise web.HTTPRequestEntityTooLarge(hook.most_bytes, len(body))
        await hook.store(body)
        return web.json_response({"status": "ok"})

    return web.route("*", "/hooks/{provider}/{token}", take)
