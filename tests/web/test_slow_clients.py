"""Over raw sockets: who is slow on purpose is cut, who sends rubbish is told so in the envelope, and a good client never waits (A2)."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from housebot.desk import FixedClock
from housebot.domain.catalog_document import to_document
from housebot.services import catalogs, keys
from housebot.storage.db import Database
from housebot.web import connections, server
from housebot.web.api.operation import Operation
from housebot.web.api.serving import Api
from housebot.web.api.shapes import Body
from housebot.web.connections import Connections, Patience, Phase
from housebot.web.server import Server
from tests import factories
from tests.web.serving import OPENED, OWNER

TELL_IT = "/api/v1/tell"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 60  # seconds a test waits at most for what must come


class Client:
    """One raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def answer(self) -> tuple[int, Any, dict[str, str]]:
        """Status, content and headers of the next answer."""
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), SOON)).decode().split("\r\n")
        headers = {
            name.casefold(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), json.loads(body) if body else None, headers

    async def end(self) -> bytes:
        """What still comes until the other side hangs up."""
        try:
            return await asyncio.wait_for(self.reader.read(), SOON)
        except ConnectionError:
            return b""

    def close(self) -> None:
        self.writer.close()


class Raw:
    """A listening desk and raw clients of it."""

    def __init__(self, web: Server, key: str) -> None:
        self.web = web
        self.key = key
        self._clients: list[Client] = []

    async def client(self) -> Client:
        made = Client(*await asyncio.open_connection("127.0.0.1", self.web.port))
        self._clients.append(made)
        return made

    async def post(self, body: bytes, *, length: int | None = None, path: str = TELL_IT, more: str = "") -> Client:
        one = await self.client()
        size = len(body) if length is None else length
        await one.say(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {self.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {size}\r\n{more}\r\n".encode()
            + body
        )
        return one

    async def lives(self) -> bool:
        one = await self.client()
        await one.say(LIVE)
        status, _, _ = await one.answer()
        one.close()
        return status == 200

    def close(self) -> None:
        for one in self._clients:
            one.close()


class Told(Body):
    """Any strict body."""

    start_date: str


TELL = Operation(
    "POST",
    "/tell",
    name="tell",
    summary="Tell",
    tag="test",
    answers=None,
    takes=Told,
    writes=lambda _, call: {"told": call.body.start_date},
)


@asynccontextmanager
async def listening(folder: Path, **patience: Any) -> AsyncIterator[Raw]:
    db = Database.open(folder / "housebot.db", create=True)
    try:
        document = to_document(factories.secret_house())
        await db.write(lambda tx: catalogs.apply(tx, document, actor=OWNER, now=OPENED))
        _, key = await db.write(lambda tx: keys.add(tx, name="t", scopes=["manage"], actor=OWNER, now=OPENED))
        with patch(
            "housebot.web.server.api_routes", lambda db, clock, *, door: Api(db, clock, [TELL], door=door).routes()
        ):
            web = Server("127.0.0.1", 0, desk=(db, FixedClock(OPENED)), patience=Patience(**patience))
        assert await web.open()
        raw = Raw(web, key)
        try:
            yield raw
        finally:
            raw.close()
            await web.close()
    finally:
        await db.aclose()


# Slow on purpose


async def test_a_head_that_drips_is_cut_however_steadily_it_drips(tmp_path: Path) -> None:
    async with listening(tmp_path, head=2) as desk:
        one = await desk.client()
        await one.say(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")

        async def drip() -> None:
            number = 0
            while True:
                number += 1
                await one.say(f"X-Drop-{number}: 1\r\n".encode())
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert await one.end() == b""
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        assert await desk.lives()


async def test_a_connection_that_says_nothing_is_cut(tmp_path: Path) -> None:
    async with listening(tmp_path, head=0.2) as desk:
        assert await (await desk.client()).end() == b""


async def test_a_further_request_has_its_time_from_its_first_byte_and_idleness_another(tmp_path: Path) -> None:
    async with listening(tmp_path, head=2, idle=60) as desk:
        one = await desk.client()
        await one.say(LIVE)
        assert (await one.answer())[0] == 200
        other = await desk.client()
        assert await other.end() == b"", "more time than a head may take has passed"
        await one.say(LIVE)
        assert (await one.answer())[0] == 200, "an idle connection was kept"
        await one.say(b"GET /health/live HTTP/1.1\r\n")
        assert await one.end() == b""


async def test_an_idle_connection_is_let_go(tmp_path: Path) -> None:
    async with listening(tmp_path, head=60, idle=0.2) as desk:
        one = await desk.client()
        await one.say(LIVE)
        await one.answer()
        assert await one.end() == b""


async def test_a_body_that_drips_is_told_408_and_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "BODY_WITHIN", 0.3)
    async with listening(tmp_path) as desk:
        one = await desk.post(b"{", length=1000)
        status, content, _ = await one.answer()
        assert (status, content["error"]["code"]) == (408, "invalid")
        await one.end()
        assert await desk.lives()


async def test_chunks_without_an_end_are_told_408(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "BODY_WITHIN", 0.3)
    async with listening(tmp_path) as desk:
        one = await desk.client()
        await one.say(
            f"POST {TELL_IT} HTTP/1.1\r\nHost: x\r\nX-API-Key: {desk.key}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )

        async def chunks() -> None:
            while True:
                await one.say(b"1\r\n \r\n")
                await asyncio.sleep(0.02)

        sending = asyncio.create_task(chunks())
        assert (await one.answer())[0] == 408
        await one.end()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_chunks_without_an_end_that_come_fast_are_told_413(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        one = await desk.client()
        await one.say(f"POST {TELL_IT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())

        async def chunks() -> None:
            while True:
                await one.say(b"10000\r\n" + b" " * 65536 + b"\r\n")

        sending = asyncio.create_task(chunks())
        status, content, _ = await one.answer()
        assert (status, content["error"]["code"]) == (413, "body_too_large")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_client_that_reads_nothing_of_its_answers_is_cut(tmp_path: Path) -> None:
    async with listening(tmp_path, answer=0.2, head=60) as desk:
        one = await desk.client()
        one.writer.transport.pause_reading()  # type: ignore[attr-defined]
        request = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"

        async def ask_on() -> None:
            while True:
                await one.say(request * 50)

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(ask_on(), SOON)
        assert await desk.lives()


async def test_five_hundred_slow_sockets_keep_no_good_client_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_WITHIN", 60.0)
    async with listening(tmp_path, head=60) as desk:
        slow = [await desk.client() for _ in range(500)]
        for number, one in enumerate(slow):
            await one.say(
                b"GET /health/live HTTP/1.1\r\n"
                if number % 2
                else b"POST /api/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
            )
        for _ in range(50):
            assert await desk.lives()
        assert len(desk.web.connections) >= 500, "they were there all the time"


async def test_over_the_most_the_longest_waiting_goes_and_the_new_one_is_served(tmp_path: Path) -> None:
    async with listening(tmp_path, head=60, most=20) as desk:
        slow = [await desk.client() for _ in range(20)]
        for one in slow:
            await one.say(b"GET /")
        assert await desk.lives()
        assert await slow[0].end() == b"", "the oldest went"
        for _ in range(40):
            await desk.client()
        assert await desk.lives()
        assert len(desk.web.connections) <= 21


# The list of connections, by itself: other addresses than this machine's cannot be tried over a socket here


class Fake:
    """A connection of some address."""

    def __init__(self, since: float, phase: Phase = Phase.HEAD) -> None:
        self.since = since
        self.phase = phase
        self.place: object = None
        self.gone = False

    def cut(self) -> None:
        self.gone = True


async def test_one_address_does_not_take_the_room_of_the_others() -> None:
    everybody = Connections(Patience(most=100, most_of_address=3))
    theirs = [Fake(since) for since in range(5)]
    for one in theirs:
        everybody.join(one, "203.0.113.1")  # type: ignore[arg-type]
        if one.gone or any(other.gone for other in theirs):
            for other in theirs:
                if other.gone:
                    everybody.leave(other)  # type: ignore[arg-type]
    assert [one.gone for one in theirs] == [True, True, False, False, False]
    neighbour = Fake(9)
    everybody.join(neighbour, "203.0.113.2")  # type: ignore[arg-type]
    assert not neighbour.gone
    everybody.stop()


async def test_who_is_at_work_behind_the_same_address_is_not_cut_for_a_new_one() -> None:
    everybody = Connections(Patience(most=100, most_of_address=2))
    working, waiting, new = Fake(0, Phase.WORK), Fake(1), Fake(2)
    for one in (working, waiting, new):
        everybody.join(one, "2001:db8::1")  # type: ignore[arg-type]
    assert [one.gone for one in (working, waiting, new)] == [False, True, False]
    everybody.leave(waiting)  # type: ignore[arg-type]
    new.phase = Phase.WORK
    last = Fake(3, Phase.WORK)
    everybody.join(last, "2001:db8::2")  # type: ignore[arg-type]
    assert last.gone, "of one household"
    everybody.stop()


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.0.0.5", None])
async def test_this_machine_and_our_proxies_are_not_counted_by_address(peer: str | None) -> None:
    from housebot.web.addresses import networks

    everybody = Connections(Patience(most=100, most_of_address=1), trusted=networks(["10.0.0.0/8"]))
    all_of_them = [Fake(number) for number in range(10)]
    for one in all_of_them:
        everybody.join(one, peer)  # type: ignore[arg-type]
    assert not any(one.gone for one in all_of_them)
    everybody.stop()


def test_never_more_connections_than_the_system_lets_a_process_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "resource", SimpleNamespace(getrlimit=lambda _: (300, 300), RLIMIT_NOFILE=7))
    assert connections.connections_allowed(800) == 200
    assert connections.connections_allowed(100) == 100


# Rubbish


DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"a": "\xff\xfe"}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b'{"a": NaN}', 400),
        (DEEP, 400),
        (b"[" * 60_000, 400),
        (b'{"a": "' + b"[" * 60_000 + b'"}', 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"start_date": ' + b"9" * 20_000 + b"}", 400),
        (b" " * 70_000, 413),
        (b'{"start_date": "x", "end": 1}', 422),
        (b'{"start_date": 1}', 422),
        (b'\xef\xbb\xbf{"start_date": "x"}', 400),
        (b'{"start_date": "\\ud800"}', 400),
    ],
    ids=[
        "empty",
        "cut",
        "no-utf8",
        "twice",
        "nan",
        "deep",
        "deeper",
        "brackets-in-a-word",
        "list",
        "null",
        "long-number",
        "large",
        "unknown",
        "kind",
        "bom",
        "half-a-sign",
    ],
)
async def test_a2_a_bad_body_is_told_in_the_envelope(tmp_path: Path, body: bytes, status: int) -> None:
    async with listening(tmp_path) as desk:
        one = await desk.post(body)
        found, content, headers = await one.answer()
        assert found == status
        assert set(content["error"]) == {"code", "message", "details"}
        assert headers["content-type"].startswith("application/json")
        assert await desk.lives()


async def test_a_body_that_ends_too_early_harms_nobody(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        one = await desk.post(b'{"start', length=100)
        one.writer.write_eof()
        one.close()
        assert await desk.lives()


@pytest.mark.parametrize(
    ("path", "length", "limit"),
    [(TELL_IT, 64 * 1024 + 1, 64 * 1024), (TELL_IT, 50_000_000, 64 * 1024), ("/hooks/x", 50_000_000, 1024 * 1024)],
)
async def test_a_body_larger_than_its_path_takes_is_refused_before_it_is_sent(
    tmp_path: Path, path: str, length: int, limit: int
) -> None:
    async with listening(tmp_path) as desk:
        one = await desk.post(b"{", length=length, path=path)
        status, content, _ = await one.answer()
        assert (status, content["error"]["code"]) == (413, "body_too_large")
        assert content["error"]["details"] == {"limit": limit}


async def test_a_body_that_was_packed_small_is_as_large_as_what_is_in_it(tmp_path: Path) -> None:
    packed = gzip.compress(b" " * (64 * 1024 + 1))
    async with listening(tmp_path) as desk:
        one = await desk.client()
        head = f"POST {TELL_IT} HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
        await one.say(head.encode() + packed)
        status, content, _ = await one.answer()
        assert (status, content["error"]["code"]) == (413, "body_too_large")
        assert content["error"]["details"] == {"limit": 64 * 1024}


async def test_a_body_that_only_the_trailer_of_the_request_before_says_is_packed_is_counted_too(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"start_date": "now"}' + b" " * (900 * 1024))
    trailer = b"Content-Encoding: gzip\r\nX-A: b\r\n"  # aiohttp takes it for a word of the next head
    async with listening(tmp_path) as desk:
        one = await desk.client()
        await one.say(f"POST {TELL_IT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        await one.say(b"2\r\n{}\r\n0\r\n" + trailer + b"\r\n")
        assert (await one.answer())[0] == 422
        await one.say(f"POST {TELL_IT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed)
        status, content, _ = await one.answer()
        assert (status, content["error"]["code"]) == (413, "body_too_large")


async def test_a_body_is_called_for_once_it_is_wanted_and_not_when_it_is_too_large_or_here_already(
    tmp_path: Path,
) -> None:
    wanted, body = "Expect: 100-continue\r\n", b'{"start_date": "now"}'
    async with listening(tmp_path) as desk:
        one = await desk.post(b"", length=50_000_000, more=wanted)
        assert (await one.answer())[0] == 413
        one = await desk.post(b"", length=len(body), more=wanted)
        assert (await one.answer())[0] == 100
        await one.say(body)
        assert (await one.answer())[:2] == (200, {"told": "now"})
        one = await desk.post(body, more=wanted)
        assert (await one.answer())[0] == 200


async def test_a2_an_expectation_that_nobody_knows_is_ignored(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        one = await desk.post(b'{"start_date": "now"}', more="Expect: a miracle\r\n")
        assert (await one.answer())[:2] == (200, {"told": "now"})


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nX-API-Key: hb_1_" + b"secret" * 2000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00secret\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: secret\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nsecret", 400),
        (b"POST /api/v1/tell HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n", 400),
    ],
    ids=["line", "field", "fields", "tls", "version", "length", "two-lengths", "smuggling", "chunk"],
)
async def test_a2_what_is_no_http_is_told_in_the_envelope_and_not_repeated_in_the_log(
    tmp_path: Path, words: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(tmp_path) as desk:
        with caplog.at_level(logging.DEBUG):
            one = await desk.client()
            await one.say(words)
            found, content, _ = await one.answer()
            await one.end()
        assert (found, set(content["error"])) == (status, {"code", "message", "details"})
        assert "secret" not in caplog.text
        assert "secret" not in json.dumps(content)
        assert await desk.lives()
