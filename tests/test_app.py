"""The running desk: opens quickly, says what is wrong, survives a kill at any instant, and stops when told to."""

import ast
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from housebot import app as application
from housebot.config import Config
from housebot.sd_notify import watchdog_interval
from housebot.services import face, outages
from housebot.simulator.client import SimClient
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from housebot.storage.lock import AlreadyRunning
from tests.wire import QUICK, TOKEN, MovedClock, rows

ROOT = Path(__file__).parent.parent
OWNER = 900


def config(folder: Path, base: str, *, port: int = 0) -> Config:
    raw: dict[str, dict[str, Any]] = {
        "telegram": {"token": TOKEN, "api_base": base, "owners": [OWNER]},
        "database": {"path": str(folder / "desk.db")},
        "web": {"port": port},
    }
    return Config(file=None, raw=raw)


@pytest.fixture
def settings(tmp_path: Path, simulator: Simulator) -> Config:
    Database.open(tmp_path / "desk.db", create=True).close()
    return config(tmp_path, simulator.url)


@asynccontextmanager
async def desk(settings: Config, **options: object) -> AsyncIterator[application.App]:
    async with application.running(settings, limits=QUICK, long_poll=5, **options) as app:  # type: ignore[arg-type]
        await asyncio.wait_for(app.ready.wait(), 60)
        yield app


async def get(port: int | None, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


async def test_health_is_answered_and_an_unknown_hook_is_not_found(settings: Config) -> None:
    async with desk(settings) as app:
        assert await get(app.web.port, "/health/live") == (200, '{"status": "ok"}')
        status, body = await get(app.web.port, "/hooks/yookassa/secret-token")
        assert (status, json.loads(body)["error"]["code"]) == (404, "not_found")
        assert (await get(app.web.port, "/nothing"))[0] == 404


async def test_the_access_log_shows_the_route_and_never_the_path(
    settings: Config, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with desk(settings) as app:
        await get(app.web.port, "/hooks/yookassa/secret-token?phone=375291234567")
    assert "/hooks/{provider}/{token} 404" in caplog.text
    assert "secret-token" not in caplog.text
    assert "375291234567" not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text


async def test_a_busy_port_is_said_and_the_bot_goes_on(
    tmp_path: Path, settings: Config, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with desk(config(tmp_path, simulator.url, port=port)) as app:
            assert app.web.port is None
            assert app.poller.is_turning()
    assert f"cannot listen on 127.0.0.1:{port}" in caplog.text


async def test_a_client_that_is_slow_on_purpose_is_hung_up_on(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("housebot.web.connections.HEADERS_WITHIN", 1)
    monkeypatch.setattr("housebot.web.server.BODY_WITHIN", 0.5)
    async with desk(settings) as app:
        for words in (
            b"GET /health/live HTTP/1.1\r\nHost: x\r\n",
            b"POST /hooks/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", app.web.port)
            writer.write(words)
            await asyncio.wait_for(reader.read(), 60)
            writer.close()


async def test_a_second_instance_touches_nothing(settings: Config) -> None:
    async with desk(settings):
        with pytest.raises(AlreadyRunning):
            async with application.running(settings):
                pass


async def test_commands_are_set_for_guests_staff_chats_and_the_owner_in_both_languages_and_once(
    settings: Config, sim: SimClient
) -> None:
    owner = await sim.user("Owner", id=OWNER)
    await owner.start()
    async with desk(settings) as app:
        await asyncio.wait_for(commands_told(app), 60)
        for scope in ({"type": "default"}, {"type": "chat", "chat_id": OWNER}):
            said = [
                await app._api.call("getMyCommands", scope=scope, language_code=language) for language in ("ru", "en")
            ]
            assert len(said[0]) == len(said[1]) > 3
            assert said[0] != said[1]
        assert app.db.read(face.username)
    calls = len(await sim.journal("setMyCommands"))
    async with desk(settings):
        await asyncio.sleep(0.5)
    assert len(await sim.journal("setMyCommands")) == calls


async def commands_told(app: application.App) -> None:
    while len(app.db.read(face.told)) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_the_outage_is_taken_note_of_only_when_the_backlog_is_in(settings: Config, sim: SimClient) -> None:
    clock = MovedClock()
    async with desk(settings, clock=clock) as app:
        assert app.db.read(outages.last_beat) == clock.instant
    clock.advance(hours=1)
    await sim.down()
    async with application.running(settings, clock=clock, limits=QUICK, long_poll=5) as app:
        await asyncio.wait_for(app.poller.begun.wait(), 60)
        await asyncio.sleep(0.5)
        before = app.db.read(outages.last_beat)
        assert before is not None
        assert before < clock.instant
        await sim.behave()
        await asyncio.wait_for(app.ready.wait(), 60)
        assert app.db.read(outages.last_beat) == clock.instant


async def test_who_uses_the_desk_gets_his_own_error_back(settings: Config) -> None:
    with pytest.raises(ZeroDivisionError):
        async with desk(settings):
            raise ZeroDivisionError


def test_the_watchdog_is_fed_twice_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert watchdog_interval() is None
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert watchdog_interval() == 15.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog_interval() is None


def test_every_task_has_an_owner() -> None:
    """Nobody waits for a bare task, and nobody hears it fail: tasks come from a TaskGroup."""
    banned = {"asyncio.create_task", "asyncio.ensure_future", "loop.create_task", "asyncio.get_event_loop"}
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (ROOT / "housebot").rglob("*.py")
        if "simulator" not in file.parts
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in banned
    ]
    assert found == []


# In a process of its own.

RUN = "import sys; from housebot.cli import main; sys.exit(main(['--config', sys.argv[1], 'run', *sys.argv[2:]]))"


def write_config(folder: Path, base: str) -> Path:
    file = folder / "config.toml"
    file.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\napi_base = "{base}"\nowners = [{OWNER}]\n'
        f'[database]\npath = "{folder / "desk.db"}"\n[web]\nport = 0\n[log]\nlevel = "info"\n',
        encoding="utf-8",
    )
    return file


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("away", [False, True], ids=["telegram answers", "telegram is away"])
async def test_systemd_is_told_and_sigterm_ends_it_in_order(
    tmp_path: Path, settings: Config, simulator: Simulator, sim: SimClient, away: bool
) -> None:
    if away:
        await sim.down()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        process = start(
            "-c",
            RUN,
            str(write_config(tmp_path, simulator.url)),
            NOTIFY_SOCKET=str(tmp_path / "notify"),
            WATCHDOG_USEC="1000000",
        )
        try:
            assert await asyncio.to_thread(systemd.recv, 100) == b"READY=1"
            assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"
            assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 60) == 0
            assert application.DRAIN < 10, "systemd and people wait ten seconds"
            systemd.setblocking(False)
            said = [systemd.recv(100)]
            while said[-1] != b"STOPPING=1":
                said.append(systemd.recv(100))
        finally:
            process.kill()
            _, errors = process.communicate()
    assert TOKEN.partition(":")[2] not in errors


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["in words", "as one JSON document"])
async def test_another_instance_exits_75(
    tmp_path: Path, settings: Config, simulator: Simulator, more: tuple[str, ...]
) -> None:
    async with desk(settings):
        process = start("-c", RUN, str(write_config(tmp_path, simulator.url)), *more)
        _, errors = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 75
    assert "already serves" in (json.loads(errors)["error"]["message"] if more else errors)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1])
async def test_t1_t2_killed_at_any_instant_nothing_is_lost_and_nothing_is_done_twice(
    tmp_path: Path, simulator: Simulator, sim: SimClient, seed: int
) -> None:
    """Kill -9 in the middle of work, again and again: every text has one effect, must arrives, once at most once."""
    dice, path = random.Random(seed), tmp_path / "desk.db"
    anna, boris = await sim.user("Anna"), await sim.user("Boris")
    texts = {anna: [], boris: []}  # type: ignore[var-annotated]
    busy = 0
    for life in range(25):
        if life >= 5 and busy >= 2:
            break
        process = start("-m", "tests.echoing", str(path), simulator.url)
        try:
            await at_work(sim, process)
            for number in range(12):
                for person, written in texts.items():
                    written.append(f"{life}.{number}")
                    await person.send(written[-1])
            await stored(path, 24 * life)
            await asyncio.sleep(dice.uniform(0.0, 0.15))
        finally:
            process.kill()
            process.communicate()
        busy += bool(rows(path, "SELECT 1 FROM inbox WHERE state = 'new' UNION ALL SELECT 1 FROM outbox WHERE state IN ('queued', 'sending')"))  # fmt: skip
    assert busy >= 2, "nothing was in flight at the kills: this proves nothing"
    process = start("-m", "tests.echoing", str(path), simulator.url)
    try:
        for person, written in texts.items():
            await person.wait_for(f"must {written[-1]} {len(written)}", 60, fresh=False)
        async with asyncio.timeout(60):
            while rows(path, "SELECT 1 FROM outbox WHERE state IN ('queued', 'sending')"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        process.communicate()
    for person, written in texts.items():
        seen = Counter(one.text for one in await person.messages() if not one["mine"])
        must = [f"must {text} {number}" for number, text in enumerate(written, 1)]
        assert [text for text in must if not seen[text]] == []
        assert [text for text in seen if text.startswith("must") and text not in must] == []
        assert [text for text, count in seen.items() if text.startswith("once") and count > 1] == []
        effects = rows(
            path, f"SELECT json_extract(facts, '$.text') FROM outbox WHERE class = 'once' AND chat_id = {person.id}"
        )
        assert Counter(effects) == Counter((f"once {text}",) for text in written)
    lost = rows(path, "SELECT kind FROM outbox WHERE class = 'once' AND state NOT IN ('sent', 'ambiguous')")
    assert lost == []


async def stored(path: Path, more_than: int) -> None:
    """Returns when more updates than that have come in."""
    async with asyncio.timeout(60):
        while rows(path, "SELECT COUNT(*) FROM inbox")[0][0] <= more_than:  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def at_work(sim: SimClient, process: "subprocess.Popen[str]") -> None:
    """Returns when the process polls."""
    before = len(await sim.journal("getUpdates"))
    async with asyncio.timeout(60):
        while len(await sim.journal("getUpdates")) <= before:
            assert process.poll() is None, "it ended by itself"
            await asyncio.sleep(0.02)
