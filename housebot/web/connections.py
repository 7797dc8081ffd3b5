"""Owns who may hold a connection and for how long: who is slow on purpose is cut, and nobody else waits for it.

aiohttp waits for ever for the rest of a head, and for a client that does not read its answer.
"""

import asyncio
import logging
import resource
import sys
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from housebot.web import addresses, answers
from housebot.web.addresses import Network
from housebot.web.rates import place_of

log = logging.getLogger(__name__)

HEADERS_WITHIN = 15.0  # seconds
LONGEST_LINE, LONGEST_FIELD, MOST_FIELDS = 8190, 4096, 64  # of a head


@dataclass(frozen=True, slots=True)
class Patience:
    """How many connections, and how long in seconds."""

    head: float = field(
        default_factory=lambda: HEADERS_WITHIN
    )  # from the connection, or the first byte of a further request, until its head is whole
    idle: float = 75  # between requests: longer than a web server in front keeps its connections
    answer: float = 30  # for a client that reads nothing of its answer
    most: int = 800
    most_of_address: int = 100  # of one address that is neither this machine nor a proxy of ours


class Phase(Enum):
    """What a connection is at."""

    HEAD = auto()  # nothing, or not all of a head has come
    BODY = auto()
    WORK = auto()
    IDLE = auto()  # answered, and nothing further has come


class Connection(web.RequestHandler):
    """One client's connection, known to the list of all of them."""

    __slots__ = ("_everybody", "_since_stalled", "phase", "place", "since")

    def __init__(self, everybody: "Connections", manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._everybody = everybody
        self._since_stalled: float | None = None
        self.phase = Phase.HEAD
        self.since = self._loop.time()
        self.place: Hashable = None  # None: not counted by address

    def enter(self, phase: Phase) -> None:
        """Go on to that phase now."""
        self.phase = phase
        self.since = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._everybody.join(self, peer[0] if isinstance(peer, tuple) else None)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._everybody.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if data and self.phase is Phase.IDLE:  # aiohttp feeds itself nothing when it goes on reading
            self.enter(Phase.HEAD)
        super().data_received(data)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """What is no HTTP, or too much of it, in our envelope. It may hold a key: nothing of it is repeated, in the log neither."""
        log.info("a request that could not be read was refused: %s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer is on its way already")
        if status >= 500:
            answer = answers.fault()
        elif isinstance(exc, LineTooLong) or "Too many headers" in (message or ""):
            answer = answers.broken("the head of the request is too large", status=431)
        else:
            answer = answers.broken("this is no HTTP request", status=400)
        answer.force_close()
        return answer

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """aiohttp quotes what it stumbled over, with a traceback: of a body that cannot be read its kind is said, and whose doing it is."""
        problem = sys.exception()
        if isinstance(problem, web.RequestPayloadError):
            log.info("a body that could not be read was given up: %s", type(problem).__name__)
        else:
            super().log_exception(*args, **kwargs)

    def is_over(self, now: float, patience: Patience) -> bool:
        """Whether its client has had time enough. Bodies have a limit of their own, and work is ours."""
        if not self.writing_paused:
            self._since_stalled = None
        elif self._since_stalled is None:
            self._since_stalled = now
        elif now - self._since_stalled > patience.answer:
            return True
        limit = {Phase.HEAD: patience.head, Phase.IDLE: patience.idle}.get(self.phase)
        return limit is not None and now - self.since > limit

    def cut(self) -> None:
        """End it without a word, whatever is still in its buffers."""
        if self.transport is not None:
            transport = self.transport
            self.force_close()
            transport.abort()


class Connections:
    """All that are open. Where there are too many, the one goes that has kept us waiting for the longest."""

    def __init__(self, patience: Patience, *, trusted: Sequence[Network] = ()) -> None:
        self._patience = patience
        self._trusted = trusted
        self._open: dict[Connection, None] = {}
        self._of_place: dict[Hashable, dict[Connection, None]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def join(self, new: Connection, peer: str | None) -> None:
        """A new one; another may have to go for it, or itself where all others are at work."""
        new.place = self._place(peer)
        self._open[new] = None
        if new.place is not None:
            near = self._of_place.setdefault(new.place, {})
            near[new] = None
            if len(near) > self._patience.most_of_address:
                _make_room(near)
        if len(self._open) > self._patience.most:
            _make_room(self._open)
        if self._sweeping is None:
            self._plan_sweep()

    def leave(self, gone: Connection) -> None:
        self._open.pop(gone, None)
        near = self._of_place.get(gone.place, {})
        near.pop(gone, None)
        if not near:
            self._of_place.pop(gone.place, None)

    def stop(self) -> None:
        """Look at nobody any more."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    def _plan_sweep(self) -> None:
        pause = min(1.0, self._patience.head / 4)
        self._sweeping = asyncio.get_running_loop().call_later(pause, self._sweep)

    def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        for one in [one for one in self._open if one.is_over(now, self._patience)]:
            one.cut()
        self._sweeping = None
        if self._open:
            self._plan_sweep()

    def _place(self, peer: str | None) -> Hashable:
        address = addresses.client(peer, "", trusted=())
        if address is None or address.is_loopback or addresses.is_in(address, self._trusted):
            return None
        return place_of(address)


def _make_room(near: dict[Connection, None]) -> None:
    waiting = [one for one in near if one.phase is not Phase.WORK]
    if waiting:
        min(waiting, key=lambda one: one.since).cut()
    else:
        next(reversed(near)).cut()


def connections_allowed(wanted: int) -> int:
    """So many as were wanted, and never more than two thirds of the files the system lets this process open."""
    return max(10, min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] * 2 // 3))


def entered(request: web.BaseRequest, phase: Phase) -> None:
    """Note how far the connection of that request is."""
    with suppress(AttributeError):
        connection = request.protocol
        if isinstance(connection, Connection):
            connection.enter(phase)
