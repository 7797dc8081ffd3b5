"""The running desk and its door: limits come from the settings, last uses are written down, a lost key file keeps nobody out (A4)."""

from pathlib import Path

import aiohttp
import pytest

from housebot.config import Config
from housebot.services import hooks, keys
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.test_app import config, desk
from tests.web.serving import OWNER

DATES = "/api/v1/availability/dates?start_date=2030-12-01&end_date=2030-12-31"
MADE = factories.at("2026-11-20T12:00:00Z")


def settings(folder: Path, base: str, **sections: dict[str, object]) -> Config:
    made = config(folder, base)
    raw = {name: dict(section) for name, section in made.raw.items()}
    for name, section in sections.items():
        raw.setdefault(name.replace("__", "."), {}).update(section)
    return Config(file=None, raw=raw)


async def statuses(port: int | None, times: int, **headers: str) -> list[int]:
    found = []
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession(headers=said) as client:
        for _ in range(times):
            async with client.get(f"http://127.0.0.1:{port}{DATES}") as answer:
                found.append(answer.status)
    return found


async def test_a4_the_limits_are_those_of_the_settings_and_uses_outlive_the_desk(
    tmp_path: Path, simulator: Simulator
) -> None:
    db = Database.open(tmp_path / "desk.db", create=True)
    _, key = await db.write(lambda tx: keys.add(tx, name="t", scopes=["read"], actor=OWNER, now=MADE))
    await db.aclose()
    web = {"rate_per_address": 2, "rate_per_minute": 3, "cors_origins": ["https://a.example"]}
    async with desk(settings(tmp_path, simulator.url, web=web)) as app:
        assert [status == 429 for status in await statuses(app.web.port, 3)] == [False, False, True]
        assert [status == 429 for status in await statuses(app.web.port, 4, X_API_Key=key)] == [False] * 3 + [True]
        async with aiohttp.ClientSession() as client:
            asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
            async with client.options(f"http://127.0.0.1:{app.web.port}{DATES}", headers=asked) as answer:
                assert answer.status == 204
    file = DatabaseFile.open(tmp_path / "desk.db")
    (kept,) = file.read(keys.listing)
    assert kept.last_used_at is not None
    file.close()


async def test_a_desk_that_lost_its_key_file_opens_and_asks_for_payments_instead(
    tmp_path: Path, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    db = DatabaseFile.open(tmp_path / "desk.db", create=True)
    word = db.write_now(lambda tx: hooks.ensure_token(tx, "yookassa"))
    kept = db.key_file.path.rename(tmp_path / "kept")
    db.close()
    shop = {"shop_id": 1, "secret_key": "live_x", "api_base": "http://127.0.0.1:1"}
    wanted = settings(tmp_path, simulator.url, payments__yookassa=shop)

    async def notified() -> int:
        async with (
            desk(wanted) as app,
            aiohttp.ClientSession() as client,
            client.post(f"http://127.0.0.1:{app.web.port}/hooks/yookassa/{word}", data=b"{}") as answer,
        ):
            return answer.status

    assert await notified() == 404
    assert "desk.db.key is missing" in caplog.text
    assert word not in caplog.text
    kept.rename(tmp_path / "desk.db.key")
    assert await notified() == 200
