"""Measures the API from outside: 64 connections book and look at months, beside the same server's `/health/live` and a FastAPI twin.

Each server is a process of its own on one core, the client is this process on another; every booking is durable.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench import house
from bench.figures import Figure, Size, interleaved, ratio
from housebot.services import keys
from housebot.services.ports import SYSTEM
from rigs import venvs

CONNECTIONS = 64
TWIN = ("fastapi==0.121.3", "sqlalchemy==2.0.44", "uvicorn==0.38.0", "phonenumberslite==9.0.42")
PATIENCE = 60.0


def measure(size: Size) -> list[Figure]:
    python = venvs.python_with("twin", *TWIN)
    with tempfile.TemporaryDirectory() as folder, _on_one_core(0):
        return _measure(Path(folder), python, size)


def _measure(folder: Path, python: Path, size: Size) -> list[Figure]:
    path = folder / "desk.db"
    with closing(house.new_desk(path)) as db:
        key = db.write_now(
            lambda tx: keys.add(tx, name="bench", scopes=["book"], per_minute=0, actor=SYSTEM, now=house.NOW)
        )[1]
    bookings, looks = size.of(1000, 128), size.of(4000, 256)
    with (
        _serving([sys.executable, "-m", "bench.server", str(path)]) as ours,
        _serving([str(python), str(Path(__file__).with_name("twin.py")), str(folder / "twin.db"), key]) as theirs,
    ):
        asked = {"ours": 0, "theirs": 0}
        statuses: Counter[int] = Counter()

        def book(port: int, name: str) -> float:
            first = asked[name]
            asked[name] += bookings
            load = [_booking(number, key) for number in range(first, first + bookings)]
            speed, seen = asyncio.run(_press(port, load))
            if name == "ours":
                statuses.update(seen)
            elif set(seen) != {201}:
                raise RuntimeError(f"the twin answers {dict(seen)}")
            return speed

        def look(port: int, request: bytes) -> float:
            speed, seen = asyncio.run(_press(port, [request] * looks))
            if set(seen) != {200}:
                raise RuntimeError(f"{request[:60]!r} is answered {dict(seen)}")
            return speed

        month = _get("/api/v1/availability/month/2026/12?unit=u100", key)
        speeds = interleaved(
            size.of(9, size.rounds),  # on a machine with neighbours five of them differ by a tenth from run to run
            live=lambda: look(ours, _get("/health/live")),
            month=lambda: look(ours, month),
            book=lambda: book(ours, "ours"),
            twin_month=lambda: look(theirs, month),
            twin_book=lambda: book(theirs, "theirs"),
        )
    per_second = {name: f"{statistics.median(found):,.0f}/s" for name, found in speeds.items()}

    def figure(what: str, over: str, under: str, target: float) -> Figure:
        detail = f"{per_second[over]} : {per_second[under]}"
        return Figure(what, ratio(speeds[over], speeds[under]), "≥", target, detail=detail)

    share = 100 * statuses[201] / statuses.total()
    return [
        figure("POST /bookings, 64 connections : /health/live", "book", "live", 0.1),
        Figure("  answers 201", share, "≥", 99, unit=" %", detail=f"of {statuses.total():,}"),
        figure("  : the FastAPI twin", "book", "twin_book", 5),
        figure("availability of a month : /health/live", "month", "live", 0.35),
        figure("  : the FastAPI twin", "month", "twin_month", 5),
    ]


def _get(path: str, key: str | None = None) -> bytes:
    shown = "" if key is None else f"X-API-Key: {key}\r\n"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{shown}\r\n".encode()


def _booking(number: int, key: str) -> bytes:
    """A night nobody else wishes for, for a contact nobody else has."""
    wish = house.wish(number)
    body = orjson.dumps(
        {
            "unit": wish.unit,
            "tariff": wish.tariff,
            "start_date": wish.arrival.date().isoformat(),
            "end_date": wish.departure.date().isoformat(),
            "number_of_guests": 2,
            "user_contact": f"+37529{1_000_000 + number}",
        }
    )
    head = (
        f"POST /api/v1/bookings HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class _Round:
    """Requests that are left, and what was answered."""

    left: list[bytes]
    seen: Counter[int]
    open: int
    done: asyncio.Future[None]


class _Client(asyncio.Protocol):
    """One connection kept alive: the next request is sent when the answer is whole. As little work as there can be."""

    def __init__(self, turn: _Round) -> None:
        self._turn = turn
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n")
        if end >= 0:
            at = got.lower().find(b"content-length:", 0, end)
            length = int(got[at + 15 : got.find(b"\r\n", at)]) if at >= 0 else 0
            if len(got) >= end + 4 + length:
                self._turn.seen[int(got[9:12])] += 1
                self._got = b""
                self._next()
                return
        self._got = got

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._turn.done.done() and self._turn.left:
            self._turn.done.set_exception(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        if self._turn.left:
            self._transport.write(self._turn.left.pop())
            return
        self._transport.close()
        self._turn.open -= 1
        if not self._turn.open and not self._turn.done.done():
            self._turn.done.set_result(None)


async def _press(port: int, load: list[bytes]) -> tuple[float, Counter[int]]:
    """Requests a second over all connections, and what they were answered."""
    loop = asyncio.get_running_loop()
    turn = _Round(load[::-1], Counter(), CONNECTIONS, loop.create_future())
    began = time.perf_counter()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: _Client(turn), "127.0.0.1", port)
    async with asyncio.timeout(PATIENCE * 5):
        await turn.done
    return len(load) / (time.perf_counter() - began), turn.seen


@contextmanager
def _serving(command: list[str]) -> Iterator[int]:
    """The port of that server, which has the last core to itself."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    server = subprocess.Popen([*command, str(port)], preexec_fn=_to_last_core)  # noqa: PLW1509  before it has threads
    try:
        began = time.monotonic()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() - began > PATIENCE:
                    raise RuntimeError(f"{command[0]} does not serve") from None
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def _on_one_core(core: int) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[core]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _to_last_core() -> None:
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
