"""Owns what other programs send by themselves: where from, the word in the address, the body stored, and that is answered (A5)."""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from housebot.web import addresses
from housebot.web.addresses import Network

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """One provider's way in. `store` keeps a body; it is worked through later, by somebody who asks the provider."""

    token: str = field(repr=False)
    most_bytes: int
    store: Callable[[bytes], Awaitable[object]]
    senders: tuple[Network, ...] = ()  # where it sends from; nothing: from anywhere


def route(hooks: Mapping[str, Hook], *, trusted: Sequence[Network] = ()) -> web.RouteDef:
    """`POST /hooks/{provider}/{token}`: 404 for a provider the desk has not, 401 for a wrong word or a foreign sender, of which
    nothing is stored.
    """

    async def take(request: web.Request) -> web.StreamResponse:
        hook = hooks.get(request.match_info["provider"])
        if hook is None:
            raise web.HTTPNotFound
        if request.method != "POST":
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        if not _may_send(hook, request, trusted):
            log.info("a notification from an address that is not the provider's was refused")
            raise web.HTTPUnauthorized
        if not hmac.compare_digest(request.match_info["token"].encode(), hook.token.encode()):
            raise web.HTTPUnauthorized
        body = await request.read()
        if len(body) > hook.most_bytes:
            raise web.HTTPRequestEntityTooLarge(hook.most_bytes, len(body))
        await hook.store(body)
        return web.json_response({"status": "ok"})

    return web.route("*", "/hooks/{provider}/{token}", take)


def _may_send(hook: Hook, request: web.Request, trusted: Sequence[Network]) -> bool:
    """A first filter: the word in the address is what counts. Of a proxy on this machine that we were not told of, its own
    address is all there is to see.
    """
    if not hook.senders:
        return True
    came_from = addresses.client(request.remote, addresses.forwarded(request.headers), trusted=trusted)
    return came_from is not None and (came_from.is_loopback or addresses.is_in(came_from, hook.senders))
