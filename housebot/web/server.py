"""Owns the HTTP server: one port, one envelope for errors, patience with nobody who is slow on purpose."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import HttpVersion11, web

from housebot.errors import Refusal
from housebot.measures import Measures
from housebot.services.ports import Clock, Database
from housebot.web import answers, journal
from housebot.web.addresses import Network, networks
from housebot.web.api import serving
from housebot.web.api.routes import api_routes, with_large_bodies
from housebot.web.connections import (
    LONGEST_FIELD,
    LONGEST_LINE,
    MOST_FIELDS,
    Connection,
    Connections,
    Patience,
    Phase,
    entered,
)
from housebot.web.cors import shared_with
from housebot.web.door import Door
from housebot.web.health import Health
from housebot.web.health import routes as health_routes
from housebot.web.hooks import inbound
from housebot.web.hooks.inbound import Hook
from housebot.web.insiders import insiders
from housebot.web.metrics import Metrics

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
BODY_WITHIN = 15.0
BACKLOG = 512  # connections the kernel keeps while we are busy
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
        door: Door | None = None,
        patience: Patience | None = None,
        measures: Measures | None = None,
    ) -> None:
        """`hooks` is looked into at each request: a provider may be mounted once its secret word is known. `trusted`: the
        proxies of ours, whose word is taken for where a request comes from. `desk`: what the API
        stands on; without it there is none. `door`: the limits of its clients. `health` is given its checks, and `metrics` its reading,
        once there is something behind the port.
        """
        measures = measures or Measures()
        self.health = Health()
        self.metrics = Metrics(measures, insiders(desk))
        self.port: int | None = None
        self._host = host
        self._wanted = port
        self._runner = web.AppRunner(
            make_app(
                {} if hooks is None else hooks,
                trusted=networks(trusted),
                desk=desk,
                door=door,
                measures=measures,
                health=self.health,
                metrics=self.metrics,
            ),
            access_log=None,
            shutdown_timeout=GOODBYE,
        )
        self._patience = patience or Patience()
        self.connections = Connections(self._patience, trusted=networks(trusted))
        self._listener: asyncio.Server | None = None

    async def open(self) -> bool:
        """Whether it listens. A busy port is said, and the bot goes on without the web."""
        await self._runner.setup()
        try:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._connection, self._host, self._wanted, backlog=BACKLOG)
        except OSError as problem:
            log.error(
                "the web cannot listen on %s:%d (%s): the bot goes on without it; set another [web] port",
                self._host,
                self._wanted,
                problem.strerror,
            )
            return False
        self.port = self._listener.sockets[0].getsockname()[1]
        log.info("the web listens on %s:%d", self._host, self.port)
        return True

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self.connections.stop()
        await self._runner.cleanup()

    def _connection(self) -> Connection:
        manager = self._runner.server
        assert manager is not None, "it was set up before anybody could come"
        return Connection(
            self.connections,
            manager,
            loop=asyncio.get_running_loop(),
            access_log=None,
            keepalive_timeout=self._patience.idle,
            lingering_time=GOODBYE,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_FIELD,
            max_headers=MOST_FIELDS,
        )


def make_app(
    hooks: Mapping[str, Hook],
    *,
    trusted: Sequence[Network] = (),
    desk: tuple[Database, Clock] | None = None,
    door: Door | None = None,
    measures: Measures | None = None,
    health: Health | None = None,
    metrics: Metrics | None = None,
) -> web.Application:
    """Every route of the desk. `/hooks/…` answers 404 until a provider is mounted there. Without a `door` nobody is limited."""
    measures = measures or Measures()
    door = door or Door(trusted=trusted)
    app = web.Application(
        client_max_size=BODY_LIMIT,
        middlewares=[_at_work, journal.logged(measures), shared_with(door.origins), _in_envelope, _body_in_time],
    )
    served = [
        *health_routes(health or Health(), insiders(desk)),
        *(metrics or Metrics(measures, insiders(desk))).routes(),
        inbound.route(hooks, trusted=trusted),
        *(() if desk is None else api_routes(*desk, door=door)),
    ]
    app.add_routes(
        web.route(one.method, one.path, one.handler, **one.kwargs, expect_handler=_not_yet_called_for) for one in served
    )
    return app


async def _not_yet_called_for(request: web.Request) -> None:
    """A body is called for where it is read, once it is wanted. What else a client may expect is ignored (RFC 9110, 10.1.1)."""


@web.middleware
async def _at_work(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever is at work here is not sent away to make room for others."""
    entered(request, Phase.WORK)
    try:
        return await handler(request)
    finally:
        entered(request, Phase.IDLE)


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
    longest = _longest_body(request)
    if (request.content_length or 0) > longest:  # not one byte of it is waited for
        raise Refusal("body_too_large", limit=longest)
    if request.can_read_body:
        entered(request, Phase.BODY)
        # Counted while it is read, whatever its head says: what comes packed may not say so (a trailer of the request before did).
        request = request.clone(client_max_size=longest)
        try:
            # What has been read is kept by the request: handlers read it again at no cost.
            if request.content.is_eof():  # it came with the head
                await request.read()
            else:
                if request.version >= HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
                    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    request.writer.output_size = 0  # of the answer nothing is sent yet
                async with asyncio.timeout(BODY_WITHIN):
                    await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise Refusal("body_too_large", limit=longest) from None
        except web.RequestPayloadError:
            return _unfinished("the body is not encoded as its head says")
        except ConnectionError:  # whoever has hung up reads no answer; the log is to say whose doing it was
            return _unfinished("the body did not come whole")
        entered(request, Phase.WORK)
    return await handler(request)


def _longest_body(request: web.Request) -> int:
    """What is kept of a body is kept for every connection there may be: where little is asked, little is read."""
    small = request.path.startswith(f"{serving.PREFIX}/")
    return serving.BODY_LIMIT if small and request.match_info.route.name not in with_large_bodies() else BODY_LIMIT


def _unfinished(why: str) -> web.StreamResponse:
    """Nothing more can be read of that connection."""
    answer = answers.broken(why, status=400)
    answer.force_close()
    return answer
