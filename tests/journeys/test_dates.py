"""Free dates to look at: the month with all five states, its picture, prices, paging, and what a press on a day does (UX 5, 6, 7)."""

import json
from datetime import date
from io import BytesIO

from PIL import Image

from housebot.bot.pictures import drawing
from housebot.services import availability, catalogs, settings
from housebot.services.ports import SYSTEM, Tx
from housebot.simulator.client import Person, Seen
from tests.journeys.afterwards import content, newcomer, rows
from tests.journeys.house import House


async def opened(house: House, guest: Person, *months: str) -> Seen:
    """/dates, turned by these presses; the live message."""
    await guest.send("/dates")
    await house.settle()
    for press in months:
        await guest.press(press)
        await house.settle()
    return await guest.last()


async def test_dates_say_the_free_ranges_and_show_the_month(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(await newcomer(house, "Ольга"), "2026-12-05T16:00", hours=48)
    page = await opened(house, maria, "›")
    assert "Свободно: 1–4 дек, 8–31 дек. Свободна часть дня: 5 дек, 7 дек." in page.text
    assert page.rows[0] == ["‹", "Декабрь 2026", "›"]
    assert page.rows[2] == [" ", "1", "2", "3", "4", "◐5", "×6"]
    assert page.rows[3][0] == "◐7"
    assert page["edits"] >= 1  # turned in place


async def test_dates_picture_is_drawn_with_the_states_and_turns(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(await newcomer(house, "Ольга"), "2026-12-05T16:00", hours=48)
    await opened(house, maria, "›")
    await maria.press("🖼 Картинкой")
    await house.settle()
    picture = await maria.last()
    assert picture.text.startswith("Декабрь 2026 · Secret House\nСвободно: 1–4 дек, 8–31 дек.")
    december = content(house, picture)
    with Image.open(BytesIO(december)) as sent:
        assert sent.width >= 1000  # as wide as a phone shows it
    month = house.read(lambda tx: availability.compute_month(tx, unit="house", year=2026, month=12, now=house.now))
    drawn = {one.day: one for one in drawing(month.days)}
    assert drawn[date(2026, 12, 5)].split == "level"
    assert drawn[date(2026, 12, 6)].first == "taken"
    await maria.press("›")
    await house.settle()
    turned = await maria.last()
    assert turned.id == picture.id
    assert turned.text.startswith("Январь 2027")
    assert content(house, turned) != december
    await maria.press("К календарю")
    await house.settle()
    calendar = await maria.last()
    assert not calendar.get("photo")
    assert calendar.rows[0][1] == "Январь 2027"


async def test_dates_of_rooms_have_arrive_only_and_leave_only_days(guesthouse: House) -> None:
    maria = await newcomer(guesthouse)
    unit = guesthouse.read(lambda tx: _first_room(tx, guesthouse))
    olga = await newcomer(guesthouse, "Ольга")
    await guesthouse.hold(
        olga, "2026-12-08T15:00", hours=68, unit=unit, tariff="room", party={"adult": 2}
    )  # to Friday 11:00
    page = await opened(guesthouse, maria, "›")
    week = page.rows[3]
    assert week[:5] == ["7", "8›", "×9", "×10", "›11"]
    leave_only = await maria.press("8›")
    assert "можно только выехать" in leave_only.toast
    other = await maria.press("Зелёная комната")
    assert other.toast == ""
    await guesthouse.settle()
    assert (await maria.last()).rows[3][:5] == ["7", "8", "9", "10", "11"]


def _first_room(tx: Tx, house: House) -> str:
    return catalogs.current(tx, now=house.now).units[0].id


async def test_check_7_turning_dates_quickly_never_becomes_an_old_button(house: House) -> None:
    maria = await newcomer(house)
    page = await opened(house, maria)
    data = page.button("›")["callback_data"]
    toasts = [(await maria.press(data=data, message_id=page.id)).toast for _ in range(5)]
    await house.settle()
    assert toasts == [""] * 5
    assert (await maria.last()).rows[0][1] == "Декабрь 2026"


async def test_a_free_day_begins_the_journey_and_a_taken_one_says_what_is_near(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(await newcomer(house, "Ольга"), "2026-12-05T16:00", hours=48)
    page = await opened(house, maria, "›")
    before = rows(house, "screen.dates")
    taken = await maria.press("×6")
    await house.settle()
    assert taken.toast.startswith("6 декабря занято. Рядом:")
    assert rows(house, "screen.dates") == before
    gone = await maria.press("·", message_id=(await opened(house, maria)).id)
    assert gone.toast
    await maria.press("›")
    await house.settle()
    await maria.press("12")
    await house.settle()
    step = await maria.last()
    assert "сб 12 дек" in step.text.lower()
    assert step["buttons"]
    assert page.id


async def test_prices_view_and_months_lead_back_to_the_calendar(house: House) -> None:
    maria = await newcomer(house)
    prices = await opened(house, maria, "›", "Показать цены")
    assert "сб 5 · 250" in prices.buttons
    assert all(len(label) <= 13 for row in prices.rows[1:-2] for label in row)
    months = await opened(house, maria, "Ноябрь 2026")
    assert "Дек · 31 св." in months.buttons
    await maria.press("Дек")
    await house.settle()
    assert (await maria.last()).rows[0][1] == "Декабрь 2026"
    edge = await maria.press("·", message_id=(await opened(house, maria)).id, row=0, col=0)
    assert edge.toast.startswith("Раньше 27 ноября 2026")
    back = await maria.press("☰ Меню")
    assert back.toast == ""
    await house.settle()
    assert "🧾 Мои брони" in (await maria.last()).buttons


async def test_prices_about_and_help_open_by_word_and_by_command(house: House) -> None:
    maria = await newcomer(house)
    for said, expected in (
        ("💰 Цены", "Сутки для двоих — 500 BYN за 24 ч"),
        ("/prices", "Предоплата 50 %"),
        ("🏡 О доме и фото", "Правила"),
        ("/about", "В доме не курим"),
        ("/help", "/dates — свободные даты"),
    ):
        await maria.send(said, reply_to=0)
        await house.settle()
        assert expected in (await maria.last()).text


async def test_about_sends_the_album_that_was_photographed(house: House) -> None:
    maria = await newcomer(house)
    for _ in range(3):
        await house.owner.photo(fresh=True)
    await house.settle()
    ids = house.read(lambda tx: [row[0] for row in tx.all("SELECT body FROM inbox WHERE body LIKE '%photo%'")])
    for body in ids:
        file_id = json.loads(body)["message"]["photo"][-1]["file_id"]
        await house.write(
            lambda tx, one=file_id: settings.add_photo(tx, "house", one, actor=SYSTEM, now=house.now)  # type: ignore[misc]
        )
    await maria.send("/about")
    await house.settle()
    album = [one for one in await maria.messages() if not one["mine"] and one.get("photo")]
    assert len(album) == 3
    words = await maria.last()
    assert "Фотографии скоро" not in words.text
    await maria.press("📷 Фото")
    await house.settle()
    assert len([one for one in await maria.messages() if not one["mine"] and one.get("photo")]) == 6
