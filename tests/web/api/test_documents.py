"""The page that shows the API: whole, locked down, and asking nobody but the desk; in a real browser too."""

import zipfile
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from playwright.async_api import Page, Request, async_playwright, expect

from housebot.web.api import documents
from tests.web.serving import Served, serving

ROOT = Path(__file__).parents[3]
LICENCES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def test_the_page_is_served_whole_locked_down_and_names_no_other_host(desk: Served) -> None:
    status, html, headers = await desk.ask("GET", "/docs")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert b"://" not in html
    assert b"<script>" not in html
    for name in documents.ASSETS:
        status, content, headers = await desk.ask("GET", f"/docs/{name}")
        assert (status, bool(content), headers["X-Content-Type-Options"]) == (200, True, "nosniff"), name
        assert b"sourceMappingURL" not in content, name
    for name in ("", "LICENSE", "../routes.py", "..%2froutes.py", "none.js"):
        assert (await desk.ask("GET", f"/docs/{name}"))[0] == 404, name


@pytest.mark.parametrize("path", ["/docs", "/docs/swagger-ui-bundle.js", "/openapi.json"])
async def test_what_a_browser_has_already_is_not_sent_again(desk: Served, path: str) -> None:
    _, _, headers = await desk.ask("GET", path)
    assert headers["Cache-Control"] == "no-cache"
    status, content, _ = await desk.ask("GET", path, If_None_Match=headers["Etag"])
    assert (status, content) == (304, b"")
    assert (await desk.ask("GET", path, If_None_Match='"another"'))[0] == 200


def test_the_wheel_carries_the_page_and_the_licences_of_what_is_in_it(tmp_path: Path) -> None:
    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])))
    with zipfile.ZipFile(wheel) as archive:
        inside = {one.filename: one.compress_size for one in archive.infolist()}
    folder = "housebot/web/api/docs/"
    docs = {name.removeprefix(folder): size for name, size in inside.items() if name.startswith(folder)}
    assert set(docs) == {"index.html", *documents.ASSETS, *LICENCES}
    assert sum(docs.values()) < 600_000
    assert all(files("housebot.web.api").joinpath("docs", name).is_file() for name in docs)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield await browser.new_page()
        await browser.close()


@pytest.mark.system
async def test_a_browser_shows_every_operation_tries_one_and_asks_nobody_but_the_desk(desk: Served, page: Page) -> None:
    asked: list[str] = []
    said: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("data:"):
            asked.append(request.url)

    page.on("request", note)
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda problem: said.append(str(problem)))
    await page.goto(desk.base + "/docs")
    _, document, _ = await desk.ask("GET", "/openapi.json")
    await expect(page.locator(".opblock")).to_have_count(sum(len(one) for one in document["paths"].values()))
    operation = page.locator("#operations-availability-listOccupiedDates")
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Try it out").click()
    for name in ("start_date", "end_date"):
        await operation.locator(f'tr[data-param-name="{name}"] input').fill("2026-12-01")
    await operation.get_by_role("button", name="Execute").click()
    await expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert {one for one in asked if not one.startswith(desk.base + "/")} == set()
    assert any("/api/v1/availability/dates" in one for one in asked)
    assert said == []


@pytest.mark.system
async def test_the_page_is_no_wider_than_a_phone(desk: Served, page: Page) -> None:
    await page.set_viewport_size({"width": 375, "height": 700})
    await page.goto(desk.base + "/docs")
    await page.locator(".opblock-summary-control").first.click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
