"""Figures by API: of every unit or one, for keys that may read."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from housebot.services import statistics
from tests.web.api.test_catalog import desk  # noqa: F401  the fixture
from tests.web.serving import Served

STATISTICS = "/api/v1/statistics"


async def test_figures_are_told_to_who_may_read_and_for_known_units(desk: Served, tmp_path: Path) -> None:  # noqa: F811
    key = await desk.key("read")
    status, said, _ = await desk.ask(
        "GET", f"{STATISTICS}?start_date=2026-11-01&end_date=2026-12-31&unit=house", key=key
    )
    assert (status, said["since"], said["until"], [one["unit"] for one in said["units"]]) == (
        200,
        "2026-11-01",
        "2026-12-31",
        ["house"],
    )
    assert set(said["queues"]) == {"inbox", "outbox", "due", "notifications", "webhooks", "answers"}
    assert (await desk.ask("GET", f"{STATISTICS}?unit=moon", key=key))[1]["error"]["code"] == "unknown_unit"
    assert (await desk.ask("GET", f"{STATISTICS}?start_date=2026-12-02&end_date=2026-12-01", key=key))[0] == 422
    assert (await desk.ask("GET", f"{STATISTICS}?start_date=2000-01-01&end_date=2200-12-31", key=key))[0] in {200, 422}
    assert (await desk.ask("GET", STATISTICS, key=await desk.key("book")))[0] == 403
    assert (await desk.ask("GET", STATISTICS))[0] == 401


async def test_the_loop_turns_while_figures_of_years_are_read(desk: Served, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    turned, as_json = threading.Event(), statistics.as_json

    def slow(tx: Any, **asked: Any) -> Any:
        assert turned.wait(60), "somebody else was answered meanwhile"
        return as_json(tx, **asked)

    monkeypatch.setattr(statistics, "as_json", slow)
    figures = asyncio.create_task(desk.ask("GET", STATISTICS, key=await desk.key("read")))
    await asyncio.sleep(0)
    assert (await desk.ask("GET", "/health/live"))[0] == 200
    turned.set()
    assert (await figures)[0] == 200
