"""Webhooks as their receivers see them: over a real socket, from a running desk, verified by the examples of the README (A6)."""

import asyncio
import json
import os
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from housebot.config import Config
from housebot.domain import signature
from housebot.integrations.guarded import Guarded
from housebot.integrations.webhooks import WebhookClient
from housebot.services import webhook_endpoints, webhook_log, webhooks
from housebot.simulator.server import Simulator
from housebot.storage.file import DatabaseFile
from tests.desk import SHELL, AsyncDatabase, Desk
from tests.test_app import config, desk

README = Path(__file__).parent.parent.parent / "README.md"
CODE = "evt_0123456789abcdef01234567"
BODY = '{"id": "x", "name": "Ира"}'.encode()
SECRET = "whsec_the-secret"


def example(language: str) -> str:
    """The verifying example of that language, as it stands in the README."""
    section = README.read_text(encoding="utf-8").partition("**Is it from my desk?**")[2]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file)
    file.close()


def listen(house: Desk, url: str) -> str:
    """The secret under which that address is told everything."""
    return house.write(lambda tx: webhook_endpoints.add(tx, url, ["*"], private=True, actor=SHELL, now=house.now))[1]


async def send_a_ping(house: Desk, *, now: datetime) -> list[dict[str, Any]]:
    """One real round over the wire; every try of the newest delivery."""
    number = house.write(lambda tx: webhook_endpoints.ping(tx, 1, now=house.now))
    async with Guarded(private=True) as guarded:
        await webhooks.deliver(AsyncDatabase(house.file), WebhookClient(guarded), now=now)
    (found,) = house.read(
        lambda tx: [webhook_log.as_json(tx, one) for one in webhook_log.listing(tx) if one.id == number]
    )
    tries: list[dict[str, Any]] = found["tries"]
    return tries


@asynccontextmanager
async def receiving(status: int = 204) -> AsyncIterator[tuple[str, asyncio.Queue[tuple[dict[str, str], bytes]]]]:
    got: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        got.put_nowait((dict(request.headers), await request.read()))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/in", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/in", got
    finally:
        await runner.cleanup()


async def test_a6_a_running_desk_tells_a_real_program_what_another_process_does(
    tmp_path: Path, simulator: Simulator
) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    house = Desk(file)
    async with receiving() as (url, got):
        secret = listen(house, url)
        raw = config(tmp_path, simulator.url).raw
        settings = Config(file=None, raw={**raw, "web": {"port": 0, "webhooks_to_private": True}})
        async with desk(settings):
            booking = house.hold("2026-12-05T16:00", "2026-12-06T16:00")  # the shell's own connection
            headers, body = await asyncio.wait_for(got.get(), 60)
        told = json.loads(body)
        assert (told["type"], told["data"]["booking"]["code"]) == ("booking.held", booking.code)
        sent_at = datetime.fromtimestamp(int(headers["Housebot-Timestamp"]), UTC)
        right = signature.headers(told["id"], body, [secret], now=sent_at)
        assert {name: headers[name] for name in right} == right
        assert headers["Content-Type"] == "application/json"
        assert headers["User-Agent"].startswith("housebot/")
    assert [one.state for one in house.read(webhook_log.listing)] == ["done"], "what was on its way is written down"
    file.close()


async def test_i10_a_desk_whose_owner_allowed_nothing_does_not_call_a_program_inside(house: Desk) -> None:
    async with receiving() as (url, got):
        listen(house, url)  # allowed once, and no longer
        house.write(lambda tx: webhook_endpoints.ping(tx, 1, now=house.now))
        async with Guarded() as guarded:
            await webhooks.deliver(AsyncDatabase(house.file), WebhookClient(guarded), now=house.now)
        assert got.empty()
    assert house.rows("SELECT problem FROM webhook_tries") == [{"problem": "address_scheme"}]


async def test_ms4_a_real_410_switches_a_real_program_off(house: Desk) -> None:
    async with receiving(status=410) as (url, _):
        listen(house, url)
        assert [one["status"] for one in await send_a_ping(house, now=house.now)] == [410]
    assert house.read(lambda tx: webhook_endpoints.get(tx, 1)).state == "off"


def letter(*, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    return signature.headers(CODE, BODY, [secret], now=at or datetime.now(UTC))


STRANGE: list[tuple[str, Callable[[], dict[str, str]], bytes, bool]] = [
    ("right", letter, BODY, True),
    ("tampered body", letter, BODY.replace(b"x", b"y"), False),
    ("an hour old", lambda: letter(at=datetime.now(UTC) - timedelta(hours=1)), BODY, False),
    ("an hour ahead", lambda: letter(at=datetime.now(UTC) + timedelta(hours=1)), BODY, False),
    ("old, made young again", lambda: letter(at=datetime.now(UTC) - timedelta(hours=1)) | {"Housebot-Timestamp": letter()["Housebot-Timestamp"]}, BODY, False),
    ("another secret", lambda: letter(secret="whsec_other"), BODY, False),
    ("another id", lambda: letter() | {"Housebot-Id": "evt_other"}, BODY, False),
    ("no signature", lambda: letter() | {"Housebot-Signature": ""}, BODY, False),
    ("another algorithm", lambda: letter() | {"Housebot-Signature": letter()["Housebot-Signature"].replace("v1=", "v0=")}, BODY, False),
    ("letters that are none", lambda: letter() | {"Housebot-Signature": "é" * 67}, BODY, False),
    ("no number", lambda: letter() | {"Housebot-Timestamp": "a[$(exit)]"}, BODY, False),
    ("the older secret", lambda: signature.headers(CODE, BODY, ["whsec_new", SECRET], now=datetime.now(UTC)), BODY, True),
]  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@asynccontextmanager
async def node(folder: Path, *, secret: str, port: int) -> AsyncIterator[str]:
    """The receiver of the README, running."""
    script = folder / "receiver.js"
    script.write_text(example("js"), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        "node", str(script), env=os.environ | {"HOUSEBOT_SECRET": secret, "PORT": str(port)}
    )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
        writer.close()
        yield f"http://127.0.0.1:{port}/in"
    finally:
        process.kill()
        await process.wait()


@pytest.mark.system
async def test_ms4_the_receiver_of_the_readme_in_node_takes_a_real_delivery_and_no_forged_one(
    house: Desk, tmp_path: Path
) -> None:
    port = free_port()
    secret = listen(house, f"http://127.0.0.1:{port}/in")
    async with node(tmp_path, secret=secret, port=port):
        assert [one["status"] for one in await send_a_ping(house, now=datetime.now(UTC))] == [204]
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        house.now = hour_ago
        assert [one["status"] for one in await send_a_ping(house, now=hour_ago)] == [401], "it refuses old ones"
    async with node(tmp_path, secret=SECRET, port=free_port()) as url, aiohttp.ClientSession() as client:
        found = {}
        for name, headers, body, _ in STRANGE:
            async with client.post(url, data=body, headers=headers()) as answer:
                found[name] = answer.status == 204
        assert found == {name: good for name, _, _, good in STRANGE}
        async with client.post(url, data=BODY) as answer:
            assert answer.status == 401, "nothing of it at all, and it still stands"


@pytest.mark.system
@pytest.mark.parametrize(("name", "headers", "body", "good"), STRANGE, ids=[one[0] for one in STRANGE])
def test_ms4_the_example_of_the_readme_for_a_shell_with_openssl_verifies_the_same(
    name: str, headers: Any, body: bytes, good: bool, tmp_path: Path
) -> None:
    script = tmp_path / "verify.sh"
    script.write_text(example("sh"), encoding="utf-8")
    said = headers()
    words = [said["Housebot-Id"], said["Housebot-Timestamp"], said["Housebot-Signature"]]
    ran = subprocess.run(
        ["sh", str(script), *words], input=body, env=os.environ | {"HOUSEBOT_SECRET": SECRET}, check=False
    )
    assert (ran.returncode == 0) is good, name


def test_a6_the_events_of_the_readme_are_those_that_exist() -> None:
    from housebot.services import events

    section = (
        README.read_text(encoding="utf-8").partition("### Webhooks to your own programs")[2].partition("\n### ")[0]
    )
    written: set[str] = set()
    for line in section.splitlines():
        if line.startswith("| `"):
            first, *rest = re.findall(r"`([a-z._]+)`", line.split("|")[1])
            written |= {first} | {one if "." in one.lstrip(".") else first.partition(".")[0] + one for one in rest}
    assert written == set(events.KINDS)
