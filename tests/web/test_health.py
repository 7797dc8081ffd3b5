"""`/health`: worst of its parts, each within its time, little for strangers, nothing secret for anybody."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from housebot import vitals
from housebot.config import Config
from housebot.desk import FixedClock
from housebot.measures import Measures
from housebot.simulator.client import SimClient
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from housebot.vitals import Vitals
from housebot.web import health
from housebot.web.health import DEGRADED, DOWN, OK, Check, Found, Health
from housebot.web.server import make_app
from tests.test_app import config, desk
from tests.web.serving import OPENED, serving
from tests.wire import TOKEN

FORWARDED = {"X-Forwarded-For": "127.0.0.1"}


@pytest.fixture
def settings(tmp_path: Path, simulator: Simulator) -> Config:
    Database.open(tmp_path / "desk.db", create=True).close()
    return config(tmp_path, simulator.url)


async def ask(base: str, path: str, **headers: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as client, client.get(base + path, headers=headers) as answer:
        return answer.status, json.loads(await answer.text())


@asynccontextmanager
async def page(*checks: Check) -> AsyncIterator[str]:
    looked = Health()
    looked.checks = checks
    runner = web.AppRunner(make_app({}, health=looked))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def says(name: str, status: str, *, page: str = "") -> Check:
    async def run() -> Found:
        return Found(status, "words")

    return Check(name, run, page=page)


def hangs(name: str = "stuck", *, within: float = 0.05) -> tuple[Check, list[int]]:
    begun: list[int] = []

    async def run() -> Found:
        begun.append(1)
        await asyncio.Event().wait()
        raise AssertionError

    return Check(name, run, within=within), begun


@pytest.mark.parametrize(
    ("statuses", "status", "code"),
    [([], OK, 200), ([OK, OK], OK, 200), ([OK, DEGRADED], DEGRADED, 200), ([DOWN, DEGRADED, OK], DOWN, 503)],
    ids=["nothing", "ok", "degraded", "down"],
)
async def test_the_worst_part_is_the_whole_and_down_is_503(statuses: Sequence[str], status: str, code: int) -> None:
    async with page(*(says(f"part {number}", one) for number, one in enumerate(statuses))) as base:
        got, body = await ask(base, "/health")
        assert (got, body["status"]) == (code, status)
        assert all(set(one) == {"status", "latency_ms", "detail"} for one in body["checks"].values())


async def test_a_check_that_hangs_is_degraded_and_the_page_comes_all_the_same() -> None:
    stuck, begun = hangs()
    async with page(stuck, says("other", OK)) as base, asyncio.timeout(60):
        answers = await asyncio.gather(*(ask(base, "/health") for _ in range(20)))
    for status, body in answers:
        assert (status, body["status"], body["checks"]["other"]["status"]) == (200, DEGRADED, OK)
        assert body["checks"]["stuck"]["status"] == DEGRADED
    assert len(begun) == 1, "twenty who ask cost one check"


async def test_a_check_that_raises_is_degraded_and_its_words_stay_inside() -> None:
    async def run() -> Found:
        raise RuntimeError("secret-words")

    async with page(Check("broken", run)) as base:
        status, body = await ask(base, "/health")
    assert (status, body["checks"]["broken"]["status"]) == (200, DEGRADED)
    assert "secret-words" not in json.dumps(body)


async def test_each_part_has_a_page_of_its_own() -> None:
    async with page(says("database", DOWN, page="db"), says("telegram", DEGRADED, page="telegram")) as base:
        assert (await ask(base, "/health/db"))[0] == 503
        assert (await ask(base, "/health/telegram"))[1]["status"] == DEGRADED
        assert (await ask(base, "/health/external"))[1] == {"status": OK, "checks": {}}
        assert (await ask(base, "/health/live")) == (200, {"status": "ok"})


async def test_details_are_for_this_machine_and_for_keys_that_may_read(tmp_path: Path) -> None:
    async with serving(tmp_path / "desk.db") as desk:
        key, book = await desk.key("read"), await desk.key("book")
        looked = Health()
        looked.checks = (says("part", OK),)
        runner = web.AppRunner(make_app({}, desk=(desk.db, desk.clock), health=looked))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"

        async def detail(**headers: str) -> str:
            status, body = await ask(base, "/health", **headers)
            assert (status, body["checks"]["part"]["status"]) == (200, OK)
            return str(body["checks"]["part"]["detail"])

        try:
            assert await detail() == "words"
            assert await detail(**FORWARDED) == "", "a proxy on this machine speaks for strangers"
            assert await detail(**FORWARDED, Authorization=f"Bearer {key}") == "words"
            assert await detail(**FORWARDED, Authorization=f"Bearer {book}") == ""
            assert await detail(**FORWARDED, Authorization="Bearer hb_1_wrong") == ""
        finally:
            await runner.cleanup()


async def test_a_running_desk_is_well_and_says_why_it_is_not(
    settings: Config, sim: SimClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        vitals, "LATE_LOOP", 60.0
    )  # a machine that is busy with other tests is not well, and rightly says so
    monkeypatch.setattr(health, "SLOW", 60.0)
    async with desk(settings) as app:
        base = f"http://127.0.0.1:{app.web.port}"
        status, body = await ask(base, "/health")
        assert (status, body["status"]) == (200, OK), body
        assert set(body["checks"]) == {
            "database", "writer", "disk", "telegram", "outside", "queues", "scheduler", "loop",
        }  # fmt: skip
        assert TOKEN.partition(":")[2] not in json.dumps(body)
        await sim.down()
        async with asyncio.timeout(60):
            while app.poller.away_since is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (await app.vitals._telegram()).status == DEGRADED


async def test_the_look_at_the_writer_takes_its_turn_and_puts_nothing_on_the_disk(settings: Config) -> None:
    db = Database.open(settings.database_path)
    try:
        await db.write(lambda tx: tx.run("INSERT INTO meta (key, value) VALUES ('a', 'b')"))
        wal = settings.database_path.with_name("desk.db-wal")
        before = wal.read_bytes()
        looked = await Vitals(db, None, Measures(), clock=FixedClock(OPENED))._writer()  # type: ignore[arg-type]
        assert looked.status == OK
        assert wal.read_bytes() == before
    finally:
        await db.aclose()


async def test_a_loop_that_came_back_late_is_degraded_for_a_minute(settings: Config) -> None:
    db = Database.open(settings.database_path)
    try:
        looked = Vitals(db, None, Measures(), clock=FixedClock(OPENED))  # type: ignore[arg-type]
        assert (await looked._loop()).status == OK
        looked._lags.append(vitals.LATE_LOOP + 0.1)
        looked._lags.extend([0.0] * (vitals.BEATS - 1))
        assert (await looked._loop()).status == DEGRADED
        looked._lags.append(0.0)
        assert (await looked._loop()).status == OK
    finally:
        await db.aclose()


async def test_a_file_that_cannot_be_trusted_is_down(settings: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(settings) as app:
        monkeypatch.setattr(app.db, "fatal", OSError("disk"))
        status, body = await ask(f"http://127.0.0.1:{app.web.port}", "/health/db")
        monkeypatch.undo()
        assert (status, body["status"], body["checks"]["writer"]["status"]) == (503, DOWN, DOWN)
