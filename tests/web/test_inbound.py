"""What is sent to the desk over a real socket: stored once and answered at once, and nothing of a forgery is stored (A5)."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from housebot.web.hooks.inbound import Hook
from housebot.web.server import make_app

HEADER, WORD, SECRET = "X-Housebot-Secret", "w0rd", "s3cret"


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, list[bytes]]]:
    kept: list[bytes] = []

    async def store(body: bytes) -> None:
        kept.append(body)

    guarded = Hook(lambda: WORD, 1000, store, header=HEADER, secret=lambda: SECRET, may_query=False)
    unset = Hook(lambda: WORD, 1000, store, header=HEADER)
    runner = web.AppRunner(make_app({"bukza": guarded, "unset": unset}), access_log=None, lingering_time=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks", kept
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        (f"bukza/{WORD}", {HEADER: SECRET}, b"{}", 200),
        (f"bukza/{WORD}", {HEADER: "guess"}, b"{}", 401),
        (f"bukza/{WORD}", {HEADER: ""}, b"{}", 401),
        (f"bukza/{WORD}", {}, b"{}", 401),
        ("bukza/guess", {HEADER: SECRET}, b"{}", 401),
        ("bukza/%D0%B9%FF", {HEADER: SECRET}, b"{}", 401),
        (f"unset/{WORD}", {HEADER: ""}, b"{}", 401),
        (f"nobody/{WORD}", {HEADER: SECRET}, b"{}", 404),
        (f"bukza/{WORD}?phone=375291112277", {HEADER: SECRET}, b"{}", 400),
        ("bukza/guess?phone=375291112277", {HEADER: SECRET}, b"{}", 401),
        (f"bukza/{WORD}", {HEADER: SECRET}, b"x" * 1001, 413),
        (f"bukza/{WORD}", {HEADER: SECRET}, b"x" * 2_000_000, 413),
    ],
    ids=[
        "right", "wrong-header", "empty-header", "no-header", "wrong-word", "no-text", "no-secret-set", "nobody",
        "query", "query-and-wrong-word", "large", "very-large",
    ],
)  # fmt: skip
async def test_a5_only_who_knows_both_secrets_is_stored(
    path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    async with serving() as (address, kept), aiohttp.ClientSession() as client:
        async with client.post(f"{address}/{path}", data=io.BytesIO(body), headers=headers) as answer:
            assert answer.status == status
        assert len(kept) == (status == 200)


async def test_a5_a_header_sent_twice_is_no_way_in() -> None:
    async with serving() as (address, kept), aiohttp.ClientSession() as client:
        headers: Any = [(HEADER, "guess"), (HEADER, SECRET)]
        async with client.post(f"{address}/bukza/{WORD}", data=b"{}", headers=headers) as answer:
            assert answer.status == 401
        assert kept == []


async def test_a5_another_method_stores_nothing() -> None:
    async with serving() as (address, kept), aiohttp.ClientSession() as client:
        for method in ("GET", "PUT", "DELETE"):
            async with client.request(method, f"{address}/bukza/{WORD}", headers={HEADER: SECRET}) as answer:
                assert answer.status == 405
        assert kept == []


async def test_a5_a_body_that_is_cut_off_stores_nothing() -> None:
    async with serving() as (address, kept):
        host, _, port = address.removeprefix("http://").removesuffix("/hooks").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /hooks/bukza/{WORD} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\nContent-Length: 99\r\n\r\nhalf"
        writer.write(head.encode())
        writer.close()
        await writer.wait_closed()
        assert await reader.read() == b""
        assert kept == []


def test_no_secret_is_in_the_words_of_a_hook() -> None:
    async def store(body: bytes) -> None: ...

    said = repr(Hook(lambda: WORD, 1, store, header=HEADER, secret=lambda: SECRET))
    assert WORD not in said
    assert SECRET not in said
