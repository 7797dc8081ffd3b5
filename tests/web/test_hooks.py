"""Who may send a notification: the provider's own addresses, as the proxies we know tell them; whatever is refused stores nothing (A5)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from housebot.integrations.yookassa import SENDERS
from housebot.web import addresses
from housebot.web.hooks.inbound import Hook
from housebot.web.server import make_app

THEIRS, SOMEBODY = "185.71.76.10", "203.0.113.9"
PROXY = "127.0.0.1"


@asynccontextmanager
async def serving(*, trusted: tuple[str, ...] = ()) -> AsyncIterator[tuple[str, list[bytes]]]:
    kept: list[bytes] = []

    async def store(body: bytes) -> None:
        kept.append(body)

    hook = Hook(lambda: "word", 1000, store, addresses.networks(SENDERS))
    runner = web.AppRunner(make_app({"yookassa": hook}, trusted=addresses.networks(trusted)))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/yookassa", kept
    finally:
        await runner.cleanup()


async def send(address: str, *, forwarded: str | None = None) -> int:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    async with aiohttp.ClientSession() as client, client.post(address, data=b"{}", headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        (THEIRS, 200),
        (SOMEBODY, 401),
        (f"{THEIRS}, {SOMEBODY}", 401),
        (f"{SOMEBODY}, {THEIRS}", 200),
        (f"{THEIRS}, {PROXY}", 200),
        ("nonsense", 401),
        ("2a02:5180::1", 200),
        ("::ffff:185.71.76.10", 200),
    ],
    ids=["theirs", "foreign", "claimed-by-a-foreigner", "the-last-hop", "two-proxies", "nonsense", "ipv6", "mapped"],
)
async def test_a5_behind_a_known_proxy_only_the_providers_addresses_are_heard(forwarded: str, status: int) -> None:
    async with serving(trusted=(PROXY,)) as (address, kept):
        assert await send(f"{address}/word", forwarded=forwarded) == status
        assert len(kept) == (status == 200)


async def test_defect_15_a_forwarded_header_of_a_stranger_is_not_believed() -> None:
    trusted = addresses.networks(["10.0.0.1"])
    assert str(addresses.client(SOMEBODY, THEIRS, trusted=trusted)) == SOMEBODY
    assert str(addresses.client("10.0.0.1", THEIRS, trusted=trusted)) == THEIRS
    assert addresses.client(None, THEIRS, trusted=trusted) is None


async def test_a5_a_proxy_of_this_machine_that_nobody_named_is_let_through_to_the_secret_word() -> None:
    async with serving() as (address, kept):
        assert await send(f"{address}/word", forwarded=SOMEBODY) == 200
        assert await send(f"{address}/guess") == 401
        assert len(kept) == 1
