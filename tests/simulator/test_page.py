"""The chat page: what is served, what it hears, and a guest and an owner using it in a real browser."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import StreamReader
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from housebot.simulator.client import Person, SimClient
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from tests.simulator.conftest import START
from tests.simulator.pagebot import answer
from tests.simulator.rawbot import TOKEN, RawBot


async def test_the_page_is_served_whole_and_locked_down(simulator: Simulator, bot: RawBot) -> None:
    async with bot.session.get(simulator.url) as response:
        html = await response.text()
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "http://" not in html
    assert "https://" not in html
    assert " on" not in html.replace(" only", "")
    for name in (
        "page.js",
        "phone.js",
        "acts.js",
        "message.js",
        "sheets.js",
        "dom.js",
        "words.js",
        "api.js",
        "style.css",
        "chat.css",
    ):
        async with bot.session.get(f"{simulator.url}/{name}") as response:
            assert response.status == 200, name
            text = await response.text()
        assert "innerHTML" not in text
        assert "insertAdjacentHTML" not in text
    for name in ("none.js", "../server.py", "server.py"):
        async with bot.session.get(f"{simulator.url}/{name}") as response:
            assert response.status == 404, name


async def test_a_guests_file_is_never_opened_on_the_pages_origin(
    simulator: Simulator, bot: RawBot, anna: Person
) -> None:
    sent = await anna.document(b"<script>alert(1)</script>", name="a.html", mime="text/html")
    async with bot.session.get(f"{simulator.url}/{sent['document']['url']}") as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.content_type == "application/octet-stream"


async def test_events_stream_and_resume_where_they_broke_off(simulator: Simulator, bot: RawBot, anna: Person) -> None:
    before = simulator.world.events.last
    await anna.send("one")
    async with bot.session.get(f"{simulator.url}/sim/events", headers={"Last-Event-ID": str(before)}) as stream:
        assert (await event_in(stream.content))["kind"] == "message"
        await anna.send("two")
        event = await event_in(stream.content)
        assert (event["kind"], event["chat_id"], event["number"]) == ("message", anna.id, before + 2)
    async with bot.session.get(f"{simulator.url}/sim/events", headers={"Last-Event-ID": "999999"}) as stream:
        assert (await event_in(stream.content))["kind"] == "reset"


async def event_in(lines: StreamReader) -> dict[str, object]:
    async for line in lines:
        if line.startswith(b"data: "):
            return dict(json.loads(line[6:]))
    raise AssertionError("the stream ended")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        expect.set_options(timeout=30_000)  # milliseconds
        yield made
        await made.close()


class Stage:
    """A simulator with the scripted bot, a guest, an owner and a group, and the page open in a browser."""

    def __init__(self, simulator: Simulator, bot: RawBot, sim: SimClient, moves: list[datetime]) -> None:
        self.simulator, self.bot, self.sim, self.moves = simulator, bot, sim, moves
        self.errors: list[str] = []
        self.anna: Person
        self.maria: Person
        self.page: Page

    @property
    def guest(self) -> Locator:
        return self.page.locator("#guest")

    @property
    def owner(self) -> Locator:
        return self.page.locator("#owner")


@pytest.fixture
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    moves: list[datetime] = []
    page: dict[str, object] = {
        "title": {"ru": "Демо", "en": "Demo"},
        "zone": "Europe/Minsk",
        "language": "ru",
        "tries": {"ru": ["Раз"], "en": ["One"]},
    }
    simulator = Simulator(clock=Clock(START), tokens=[TOKEN], page=page, on_clock=moves.append)
    await simulator.start()
    async with RawBot(simulator.url, TOKEN) as bot, SimClient(simulator.url) as sim:
        serving = asyncio.create_task(bot.serve(answer))
        made = Stage(simulator, bot, sim, moves)
        made.anna = await sim.user("Anna", language_code="ru", phone="+375290000001")
        made.maria = await sim.user("Maria", language_code="ru")
        page |= {"guests": [made.anna.id], "owners": [made.maria.id]}
        await sim.group("Approvals", made.maria, bot_admin=True)
        context = await browser.new_context(viewport={"width": 1280, "height": 860}, locale="ru-RU")
        made.page = await context.new_page()
        made.page.on("pageerror", lambda error: made.errors.append(str(error)))
        made.page.on("console", lambda said: made.errors.append(said.text) if said.type == "error" else None)
        await made.page.goto(simulator.url)
        yield made
        await context.close()
        assert not serving.done(), "the scripted bot fell over"
        serving.cancel()
    await made.simulator.stop()
    assert made.errors == []


@pytest.mark.system
async def test_a_guest_writes_presses_and_is_answered(stage: Stage) -> None:
    guest = stage.guest
    await guest.get_by_role("button", name="НАЧАТЬ").click()
    await expect(guest.get_by_text("Скажите, когда и сколько вас")).to_be_visible()
    await guest.get_by_label("Сообщение").fill("<img src=x onerror=alert(1)> & <b>x</b>")
    await guest.get_by_label("Сообщение").press("Enter")
    await expect(guest.locator(".row.mine .text").last).to_have_text("<img src=x onerror=alert(1)> & <b>x</b>")
    await expect(guest.get_by_text("Вы написали: <img src=x onerror=alert(1)>")).to_be_visible()
    await guest.get_by_role("button", name="📱 Поделиться номером").click()
    await guest.get_by_role("dialog").get_by_role("button", name="Поделиться").click()
    await expect(guest.get_by_text("Спасибо, +375290000001")).to_be_visible()
    await guest.locator(".keyboard").get_by_role("button", name="💰 Цены").click()
    await guest.get_by_role("button", name="⏳ Оплачиваю").click()
    await expect(guest.get_by_role("status").filter(has_text="Добавили 30 минут")).to_be_visible()
    card = guest.locator(".row").filter(has_text="Держим для вас до 22:00")
    await expect(card.locator(".stamp")).to_contain_text("изм.")
    await expect(card.locator(".stamp .bell")).to_have_count(1)
    await guest.get_by_role("button", name="✖️ Отказаться").click()
    alert = guest.get_by_role("alertdialog")
    await expect(alert).to_contain_text("Даты сразу станут свободны")
    await stage.page.keyboard.press("Escape")
    await expect(alert).to_have_count(0)


@pytest.mark.system
async def test_a_receipt_is_sent_shown_large_and_answered_silently(stage: Stage) -> None:
    guest = stage.guest
    await guest.get_by_role("button", name="НАЧАТЬ").click()
    await guest.get_by_label("Прикрепить").click()
    await guest.get_by_role("menuitem", name="Отправить чек").click()
    await expect(guest.get_by_text("Чек получили, спасибо")).to_be_visible()
    silent = guest.locator(".row").filter(has_text="Напомним утром")
    await expect(silent.locator(".stamp svg[aria-label='без звука']")).to_have_count(1)
    await expect(silent.locator(".bell")).to_have_count(0)
    await guest.get_by_role("button", name="Увеличить картинку").first.click()
    await expect(stage.page.locator("#light img")).to_be_visible()
    await stage.page.keyboard.press("Escape")
    await expect(stage.page.locator("#light img")).to_be_hidden()
    await guest.locator("input[type=file]").set_input_files(
        {"name": "чек.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await expect(guest.get_by_text("чек.pdf")).to_be_visible()


@pytest.mark.system
async def test_the_owners_phone_has_groups_and_shows_where_it_rang(stage: Stage) -> None:
    owner, group = stage.owner, next(iter(stage.simulator.world.groups))
    tab = owner.get_by_role("tab", name="Approvals")
    await expect(tab).to_be_visible()
    buttons = {"inline_keyboard": [[{"text": "Открыть", "callback_data": "d.7"}]]}
    await stage.bot.ok("sendMessage", chat_id=group, text="Новая заявка", reply_markup=buttons)
    await expect(owner.locator(".chats .dot")).to_have_text("Approvals")
    await tab.click()
    await expect(owner.locator(".chats .dot")).to_have_count(0)
    await owner.get_by_role("button", name="Открыть").click()
    await expect(owner.get_by_role("status").filter(has_text="7 декабря занято")).to_be_visible()


@pytest.mark.system
async def test_the_clock_the_languages_and_new_guests(stage: Stage) -> None:
    page, guest = stage.page, stage.guest
    await expect(page.locator("#clock b")).to_have_text("15:00")
    await page.get_by_role("button", name="Вперёд на час").click()
    await expect(page.locator("#clock b")).to_have_text("16:00")
    await page.get_by_role("button", name="К ближайшим 8 утра").click()
    await expect(page.locator("#clock b")).to_have_text("08:00")
    assert len(stage.moves) == 2
    assert stage.moves[-1].isoformat() == "2026-11-21T05:00:00+00:00"
    await page.get_by_role("button", name="EN", exact=True).click()
    await expect(page.get_by_text("One", exact=True)).to_be_visible()
    await expect(guest.get_by_role("button", name="START")).to_be_visible()
    users = stage.simulator.world.users
    assert (users[stage.anna.id].language_code, users[stage.maria.id].language_code) == ("en", "en")
    await guest.get_by_role("button", name="New person").first.click()
    await expect(guest.locator(".people button[aria-pressed=true]")).to_have_text("BBen")
    await guest.get_by_role("button", name="START").click()
    await expect(guest.get_by_text("Secret House. Дом с сауной")).to_be_visible()
    await guest.locator(".people button").filter(has_text="Anna").click()
    await expect(guest.get_by_role("button", name="START")).to_be_visible()


@pytest.mark.system
async def test_the_people_it_was_given_speak_as_the_page_does_and_strangers_as_they_did(stage: Stage) -> None:
    users = stage.simulator.world.users
    stranger = await stage.sim.user("Zoe", language_code="de")
    for known in (stage.anna, stage.maria):
        await stage.sim.call("user", id=known.id, language_code="en")
    await stage.page.reload()
    await expect(stage.guest.get_by_role("button", name="НАЧАТЬ")).to_be_visible()
    await stage.sim.until(lambda: spoken(stage, "ru", "ru"))
    assert users[stranger.id].language_code == "de"


async def spoken(stage: Stage, *languages: str) -> bool:
    users = stage.simulator.world.users
    return (users[stage.anna.id].language_code, users[stage.maria.id].language_code) == languages


@pytest.mark.system
async def test_a_tall_message_gets_the_room_of_the_buttons_under_the_field(stage: Stage) -> None:
    guest, pad = stage.guest, stage.guest.locator(".keyboard")
    await guest.get_by_role("button", name="НАЧАТЬ").click()
    await expect(pad).to_be_visible()
    rows = [[{"text": f"{row}", "callback_data": f"{row}"}] for row in range(14)]
    await stage.bot.ok("sendMessage", chat_id=stage.anna.id, text="высокое", reply_markup={"inline_keyboard": rows})
    await expect(pad).to_be_hidden()
    await guest.get_by_label("Кнопки бота").first.click()
    await expect(pad).to_be_visible()
    await stage.bot.ok("sendMessage", chat_id=stage.anna.id, text="высокое", reply_markup={"inline_keyboard": rows})
    await expect(pad).to_be_hidden()
    await stage.bot.ok("sendMessage", chat_id=stage.anna.id, text="низкое")
    await expect(pad).to_be_visible()


@pytest.mark.system
async def test_the_page_comes_back_by_itself_after_a_restart(stage: Stage, tmp_path: Path) -> None:
    guest, old = stage.guest, stage.simulator
    await guest.get_by_role("button", name="НАЧАТЬ").click()
    await expect(guest.locator(".keyboard")).to_be_visible()
    old.save(tmp_path / "world.json")
    await old.stop()
    await expect(stage.page.locator("#offline")).to_be_visible()
    stage.simulator = Simulator(clock=Clock(START), tokens=[TOKEN], page=old.page)
    stage.simulator.load(tmp_path / "world.json")
    await stage.simulator.start(port=int(old.url.rpartition(":")[2]))
    await stage.bot.ok("sendMessage", chat_id=stage.anna.id, text="пока вас не было")
    await expect(guest.get_by_text("пока вас не было")).to_be_visible()
    await expect(stage.page.locator("#offline")).to_be_hidden()
    stage.errors.clear()


@pytest.mark.system
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_one_column_with_tabs_on_a_narrow_screen(stage: Stage, scheme: str) -> None:
    page = stage.page
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    await expect(stage.guest).to_be_visible()
    await expect(stage.owner).to_be_hidden()
    await page.get_by_role("tab", name="Хозяин").click()
    await expect(stage.owner.get_by_role("button", name="НАЧАТЬ")).to_be_visible()
    await expect(stage.guest).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
