"""`/metrics` of a running desk, read by Prometheus' own parser, and the dashboard that stands on it."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from housebot.app import App
from housebot.config import Config
from housebot.domain.catalog_document import to_document
from housebot.errors import ProviderAway, ProviderRefused
from housebot.measures import Histogram, Measures
from housebot.services import catalogs, keys
from housebot.services.ports import SYSTEM
from housebot.simulator.client import SimClient
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from housebot.web.metrics import exposition
from tests import factories
from tests.test_app import config, desk

DASHBOARD = Path(__file__).parents[2] / "systemd" / "grafana-dashboard.json"
_NAME = re.compile(r"\bhousebot_\w+")


@pytest.fixture
async def app(tmp_path: Path, simulator: Simulator) -> AsyncIterator[App]:
    db = Database.open(tmp_path / "desk.db", create=True)
    document = to_document(factories.secret_house())
    db.write_now(lambda tx: catalogs.apply(tx, document, actor=SYSTEM, now=factories.at("2020-01-01T12:00:00Z")))
    db.close()
    settings: Config = config(tmp_path, simulator.url)
    async with desk(settings) as running:
        yield running


async def scrape(app: App, **headers: str) -> tuple[int, str, str]:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{app.web.port}/metrics", headers=headers) as answer,
    ):
        return answer.status, answer.headers["Content-Type"], await answer.text()


def families(text: str) -> dict[str, Metric]:
    return {one.name: one for one in text_string_to_metric_families(text)}


def names(found: dict[str, Metric]) -> set[str]:
    """What a query may ask for; a family without samples yet is there by its HELP."""
    known: set[str] = set()
    for one in found.values():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(one.type, ("",))
        known |= {one.name + ending for ending in endings}
    return known


def asked(dashboard: Any) -> set[str]:
    """Every name in every query of the panels and the variables."""
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [one["query"]["query"] for one in dashboard["templating"]["list"] if isinstance(one.get("query"), dict)]
    return {name for query in queries for name in _NAME.findall(query)}


async def test_ms5_every_query_of_the_dashboard_names_a_metric_of_a_running_desk(app: App) -> None:
    status, kind, text = await scrape(app)
    assert status == 200
    assert kind.startswith("text/plain; version=")
    found = families(text)
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert asked(dashboard) <= names(found)
    assert len(asked(dashboard)) > 20
    broken = json.loads(DASHBOARD.read_text(encoding="utf-8").replace("housebot_queue_depth", "housebot_queue_length"))
    assert not asked(broken) <= names(found), "a wrong name is found"
    ours = [one for one in found.values() if one.name.startswith("housebot_")]
    assert len(ours) > 20
    assert [one.name for one in ours if not one.documentation] == []
    shown = {name.removesuffix("_total").removesuffix("_bucket") for name in asked(dashboard)}
    assert {one.name for one in ours} - shown == set(), "every figure has its place on the dashboard"


def test_ms5_the_dashboard_has_what_grafana_asks_of_one() -> None:
    found = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert found["schemaVersion"] >= 36
    assert any(one["type"] == "datasource" and one["query"] == "prometheus" for one in found["templating"]["list"])
    ids = [panel["id"] for panel in found["panels"]]
    assert len(ids) == len(set(ids))
    for panel in found["panels"]:
        assert {"title", "type", "gridPos", "targets", "datasource"} <= set(panel)
        assert all(target["expr"] and target["refId"] for target in panel["targets"])
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24


async def test_an_update_a_message_and_a_request_are_counted(app: App, sim: SimClient) -> None:
    anna = await sim.user("Anna")
    await anna.start()
    async with asyncio.timeout(60):
        # The last thing that is noted of a message, once the database knows that it is out.
        while ("must",) not in app.measures.delivery_wait_seconds.values:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    found = families((await scrape(app))[2])

    def value(family: str, sample: str, **labels: str) -> float:
        return sum(
            one.value for one in found[family].samples if one.name == sample and labels.items() <= one.labels.items()
        )

    assert value("housebot_updates_handled", "housebot_updates_handled_total", outcome="done") >= 1
    assert value("housebot_update_duration_seconds", "housebot_update_duration_seconds_count", kind="message") >= 1
    assert value("housebot_deliveries", "housebot_deliveries_total", **{"class": "must"}, outcome="sent") >= 1
    assert value("housebot_delivery_wait_seconds", "housebot_delivery_wait_seconds_count") >= 1
    assert value("housebot_sqlite_file_bytes", "housebot_sqlite_file_bytes") > 0
    again = families((await scrape(app))[2])["housebot_http_requests"].samples
    assert any(one.labels == {"method": "GET", "route": "/metrics", "status": "200"} for one in again)


async def test_figures_are_for_this_machine_and_for_keys_that_may_read(app: App) -> None:
    def made(scope: str) -> Any:
        return app.db.write(lambda tx: keys.add(tx, name="p", scopes=[scope], actor=SYSTEM, now=app.clock.now()))

    read, book = (await made("read"))[1], (await made("book"))[1]
    forwarded = {"X-Forwarded-For": "127.0.0.1"}
    assert (await scrape(app))[0] == 200
    assert (await scrape(app, **forwarded))[0] == 401
    assert (await scrape(app, **forwarded, Authorization=f"Bearer {book}"))[0] == 401
    assert (await scrape(app, **forwarded, Authorization=f"Bearer {read}"))[0] == 200


async def test_a2_who_is_refused_for_coming_too_often_is_counted_by_the_limit(
    tmp_path: Path, simulator: Simulator
) -> None:
    Database.open(tmp_path / "desk.db", create=True).close()
    settings = config(tmp_path, simulator.url)
    cast("dict[str, Any]", settings.raw["web"]).update(rate_per_address=2, wrong_keys_per_minute=1)
    async with desk(settings) as app, aiohttp.ClientSession() as client:
        anybody: list[dict[str, str]] = [{}] * 4
        guessers: list[dict[str, str]] = [{"X-API-Key": f"hb_{number}"} for number in range(3)]
        for headers in anybody + guessers:
            async with client.get(f"http://127.0.0.1:{app.web.port}/api/v1/pricing/tariffs", headers=headers):
                pass
        text = (await scrape(app))[2]
    assert 'housebot_rate_limited_total{limit="address"} 2.0' in text
    assert 'housebot_rate_limited_total{limit="wrong_keys"} 2.0' in text
    assert 'housebot_queue_depth{class="",queue="webhooks"} 0.0' in text
    assert 'housebot_queue_depth{class="",queue="answers"} 0.0' in text


async def test_made_up_methods_and_paths_are_one_line_of_the_figures_each(app: App) -> None:
    async with aiohttp.ClientSession() as client:
        for number, method in enumerate(("PROPFIND", "MKCOL", "TRACE", "LOCK", "SEARCH")):
            async with client.request(method, f"http://127.0.0.1:{app.web.port}/secret-{number}"):
                pass
    text = (await scrape(app))[2]
    assert 'housebot_http_requests_total{method="OTHER",route="(unknown)",status="404"} 5.0' in text
    assert "secret-" not in text


def test_a_histogram_puts_a_value_on_a_bound_below_it() -> None:
    one = Histogram("housebot_x_seconds", "X.", bounds=(1.0, 2.0))
    for seconds in (1.0, 1.5, 9.0):
        one.observe(seconds)
    measures = Measures()
    measures.loop_lag = one
    lines = exposition(measures, []).decode().splitlines()
    assert [line for line in lines if line.startswith("housebot_x")] == [
        'housebot_x_seconds_bucket{le="1.0"} 1.0',
        'housebot_x_seconds_bucket{le="2.0"} 2.0',
        'housebot_x_seconds_bucket{le="+Inf"} 3.0',
        "housebot_x_seconds_count 3.0",
        "housebot_x_seconds_sum 11.5",
    ]


def test_a_refusal_of_a_provider_is_an_answer_and_silence_is_none() -> None:
    measures = Measures()
    for problem in (ProviderRefused("no", code="x"), ProviderAway("gone")):
        with pytest.raises(type(problem)), measures.calling("yookassa", "get"):
            raise problem
    seen = measures.outside["yookassa"]
    assert seen.reached is not None
    assert seen.failed is not None
    assert seen.fault == "away"
    assert measures.provider_calls.values == {("yookassa", "get", "refused"): 1, ("yookassa", "get", "away"): 1}


def test_nobody_pays_for_prometheus_before_the_first_scrape() -> None:
    script = "import housebot.app, sys; print('prometheus_client' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
