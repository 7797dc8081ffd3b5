"""Owns the HTTP server: one port, one envelope for errors, patience with nobody who is slow on purpose."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from housebot.errors import Refusal
from housebot.services.ports import Clock, Database
from housebot.web import answers, health
from housebot.web.addresses import Network, networks
from housebot.web.api.routes import api_routes
from housebot.web.hooks import inbound
from housebot.web.hooks.inbound import Hook

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
HEADERS_WITHIN = 15  # seconds; aiohttp itself would wait for ever
BODY_WITHIN = 15.0
GOODBYE = 2.0  # seconds for requests at hand when the desk stops, and for what a client still sends after its answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Open it early: who asks for the desk's health is answered while the rest is still being loaded."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        hooks: Mapping[str, Hook] | None = None,
        trusted: Sequence[str] = (),
        desk: tuple[Database, Clock] | None = None,
    ) -> None:
        """`hooks` is looked into at each request: a provider may be mounted once its secret word is known. `trusted`: the
        proxies of ours, whose word is taken for where a request comes from. `desk`: what the API stands on; without it there is none.
        """
        self.port: int | None = None
        self._host = host
        self._wanted = port
        self._runner = web.AppRunner(
            make_app({} if hooks is None else hooks, trusted=networks(trusted), desk=desk),
            access_log=None,
            keepalive_timeout=HEADERS_WITHIN,
            lingering_time=GOODBYE,
            shutdown_timeout=GOODBYE,
        )

    async def open(self) -> bool:
        """Whether it listens. A busy port is said, and the bot goes on without the web."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._wanted).start()
        except OSError as problem:
            log.error(
                "the web cannot listen on %s:%d (%s): the bot goes on without it; set another [web] port",
                self._host,
                self._wanted,
                problem.strerror,
            )
            return False
        self.port = self._runner.addresses[0][1]
        log.info("the web listens on %s:%d", self._host, self.port)
        return True

    async def close(self) -> None:
        await self._runner.cleanup()


def make_app(
    hooks: Mapping[str, Hook], *, trusted: Sequence[Network] = (), desk: tuple[Database, Clock] | None = None
) -> web.Application:
    """Every route of the desk. `/hooks/…` answers 404 until a provider is mounted there."""
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_logged, _in_envelope, _body_in_time])
    app.add_routes(health.routes())
    app.add_routes([inbound.route(hooks, trusted=trusted)])
    if desk is not None:
        app.add_routes(api_routes(*desk))
    return app


@web.middleware
async def _logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The template of the route, never the path: paths carry tokens, contacts and secret addresses."""
    began = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        resource = request.match_info.route.resource
        template = "(unknown)" if resource is None else resource.canonical
        log.info("%s %s %d %.0f ms", request.method, template, status, (time.monotonic() - began) * 1000)


@web.middleware
async def _in_envelope(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error looks alike (A2), and says nothing of our insides."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return answers.of_http(answer)
    except Refusal as refusal:
        return answers.refused(refusal)
    except TimeoutError:
        late = answers.broken("the request came too slowly", status=408)
        late.force_close()
        return late
    except Exception as problem:
        log.error("%s: %s", request.match_info.route.name or "a request", type(problem).__name__)
        return answers.fault()


@web.middleware
async def _body_in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.can_read_body:
        async with asyncio.timeout(BODY_WITHIN):
            await request.read()  # kept by the request: handlers read it again at no cost
    return await handler(request)
