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

    token: Callable[[], str] = field(repr=False)  # the word as it is now; an empty one opens nothing
    most_bytes: int
    store: Callable[[bytes], Awaitable[object]]
    senders: tuple[Network, ...] = ()  # where it sends from; nothing: from anywhere
    header: str | None = None  # one that must carry the secret as well
    secret: Callable[[], str] = field(default=str, repr=False)
    may_query: bool = True  # False: an address with a query string is refused, what stands there is read by every proxy


def route(hooks: Mapping[str, Hook], *, trusted: Sequence[Network] = ()) -> web.RouteDef:
    """`POST /hooks/{provider}/{token}`: 404 for a provider the desk has not, 401 for a wrong word or header or a foreign sender,
    413 for a body that is too large; of all of them nothing is stored.
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
        if not _knows_the_word(hook, request):
            raise web.HTTPUnauthorized
        if request.query_string and not hook.may_query:
            raise web.HTTPBadRequest(reason="put it into the body: an address is read by every server on the way")
        body = await request.read()
        if len(body) > hook.most_bytes:
            raise web.HTTPRequestEntityTooLarge(hook.most_bytes, len(body))
        await hook.store(body)
        return web.json_response({"status": "ok"})

    return web.route("*", "/hooks/{provider}/{token}", take)


def _knows_the_word(hook: Hook, request: web.Request) -> bool:
    """Both are compared in constant time, and both are compared whatever the first says."""
    word = hook.token()
    in_path = hmac.compare_digest(_bytes(request.match_info["token"]), _bytes(word))
    if hook.header is None:
        return in_path and bool(word)
    secret = hook.secret()
    given = request.headers.getall(hook.header, [])
    in_header = hmac.compare_digest(_bytes(given[0] if len(given) == 1 else ""), _bytes(secret))
    return in_path and in_header and bool(word) and bool(secret)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _may_send(hook: Hook, request: web.Request, trusted: Sequence[Network]) -> bool:
    """A first filter: the word in the address is what counts. Of a proxy on this machine that we were not told of, its own
    address is all there is to see.
    """
    if not hook.senders:
        return True
    came_from = addresses.client(request.remote, addresses.forwarded(request.headers), trusted=trusted)
    return came_from is not None and (came_from.is_loopback or addresses.is_in(came_from, hook.senders))
