"""The calendar in a journey: cells, toasts, pages turned in a hurry, days sold meanwhile, prices."""

import re
from datetime import datetime

from housebot.domain.period import Period
from housebot.domain.stay import StayRequest
from housebot.services import blocks, bookings, quotes
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.simulator.client import Person, Seen
from tests.journeys.house import House
from tests.journeys.walking import HELP, began, press, say, toast
from tests.journeys.walking import bookings as rows

SHELL = Actor("shell", None, "test", "shell")


async def sell(house: House, arrival: str, departure: str, *, tariff: str = "day", unit: str = "house") -> None:
    """Somebody else takes these dates."""
    wish = StayRequest(unit, tariff, datetime.fromisoformat(arrival), datetime.fromisoformat(departure), {"adult": 2})

    def work(tx: Tx) -> None:
        bookings.hold(tx, wish, guest_id=None, contact="+375291234567", source="shell", actor=SHELL, now=house.now)

    await house.write(work)


def day_rows(screen: Seen) -> list[list[str]]:
    return [row for row in screen.rows if len(row) == 7 and not row[0][:1].isalpha()]


async def december(house: House, guest: Person) -> Seen:
    await began(house, guest)
    await press(house, guest, HELP)
    return await press(house, guest, "›")


async def test_check_6_each_cell_says_its_state_and_a_closed_one_says_why_and_changes_nothing(house: House) -> None:
    await sell(house, "2026-12-14T00:00", "2026-12-16T00:00")
    guest = await house.guest()
    screen = await december(house, guest)
    cells = [text for row in day_rows(screen) for text in row]
    assert cells[0] == " "
    assert cells[1:5] == ["1", "2", "3", "4"]
    assert {"×14", "×15", "◐13", "◐16"} <= set(cells)
    before = await guest.last()
    said = await toast(house, guest, "×14")
    assert said.startswith("14 декабря занято. Рядом:")
    assert await guest.last() == before, "nothing is sent for a day that cannot be picked"
    assert await toast(house, guest, " ") == "Здесь пусто, нажмите число"
    assert await toast(house, guest, "Пн") == "Это названия дней, нажмите число"
    await press(house, guest, "‹")
    calendar = await guest.last()
    assert (
        await toast(house, guest, "·", row=calendar.rows.index(day_rows(calendar)[0]), col=6)
        == "1 ноября уже прошло. Рядом: пт 27, сб 28"
    )
    assert [row["contact"] for row in rows(house)] == ["+375291234567"]


async def test_check_6_the_border_is_told_by_its_arrow(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    assert await toast(house, guest, "·", row=0, col=0) == "Раньше 27 ноября 2026 уже не забронировать."


async def test_check_7_five_taps_in_a_second_turn_five_months_or_stop_at_the_edge(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    presses = [await guest.press("›", wait=False) for _ in range(5)]
    await house.settle()
    screen = await guest.last()
    assert screen.rows[0] == ["‹", "Апрель 2027", "›"]
    await guest.press("›", wait=False)
    await guest.press("›", wait=False)
    await house.settle()
    assert (await guest.last()).rows[0] == ["‹", "Май 2027", "·"]
    answers = [(await guest.answer(one.query_id))["text"] for one in presses]
    assert answers == [""] * 5, "no old button"
    assert [one for one in await house.sim.journal() if one["status"] >= 400] == []


async def test_check_7_taps_on_a_page_that_is_one_behind_still_count_and_back_is_back(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    november = await press(house, guest, HELP)
    forward = november.button("›")["callback_data"]
    await guest.press(data=forward, message_id=november.id)
    await house.settle()
    december = await guest.last()
    await guest.press(data=forward, message_id=november.id)  # drawn before the first edit arrived
    await guest.press(
        data=december.button("›")["callback_data"], message_id=november.id
    )  # and one drawn before the second
    await house.settle()
    assert (await guest.last()).rows[0][1] == "Февраль 2027"
    assert (await press(house, guest, "‹")).rows[0][1] == "Январь 2027"
    assert (await press(house, guest, "‹")).rows[0][1] == "Декабрь 2026"


async def test_check_7_a_page_that_looks_the_same_is_not_sent_again(house: House) -> None:
    guest = await house.guest()
    await december(house, guest)
    edits = len(await house.sim.journal(method="editMessageText"))
    for button in ("Пн", " ", "Декабрь 2026", "Дек", "Показать цены", "К календарю"):
        await press(house, guest, button)
    assert len(await house.sim.journal(method="editMessageText")) == edits + 4
    await press(house, guest, "Пн")
    assert len(await house.sim.journal(method="editMessageText")) == edits + 4


async def test_check_8_a_day_sold_since_the_page_was_drawn_is_told_and_the_page_redrawn(house: House) -> None:
    guest = await house.guest()
    await december(house, guest)
    await sell(house, "2026-12-14T00:00", "2026-12-16T00:00")
    said = await toast(house, guest, "14")
    assert said.startswith("14 декабря занято.")
    screen = await guest.last()
    assert "×14" in screen.buttons
    assert screen.rows[0][1] == "Декабрь 2026"
    assert len(rows(house)) == 1


async def test_check_9_the_worker_tariff_shows_its_days_and_hours_alone(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in ("📅 Забронировать", "Рабочий · 180", "Ничего, дальше", "2"):
        await press(house, guest, button)
    screen = await press(house, guest, "›")
    for week in day_rows(screen):
        assert all(cell.startswith("×") or cell == " " for cell in week[4:])
        assert all(not cell.startswith("×") for cell in week[:4])
    assert "только пн–чт" in await toast(house, guest, "×5")
    hours = await press(house, guest, "3")
    shown = {re.match(r"×?(\d\d)", text)[1] for text in hours.buttons[:-2]}  # type: ignore[index]
    assert {"20", "21", "09", "10"} & shown == set()
    assert {"11", "22", "23"} <= shown


async def test_check_10_prices_fit_their_buttons_and_equal_the_quote(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in ("📅 Забронировать", "Сутки для двоих · 500", "Сауна · 100", "Дальше →", "2"):
        await press(house, guest, button)
    await press(house, guest, "›")
    prices = await press(house, guest, "Показать цены")
    cells = [text for text in prices.buttons if "·" in text and text != "·"]
    assert len(cells) == 31
    assert all(len(text) <= 13 for text in cells)

    def quoted(tx: Tx, day: int) -> int:
        arrival = datetime(2026, 12, day, 0)
        wish = StayRequest("house", "couple", arrival, arrival.replace(hour=1), {"adult": 2}, {"sauna": 1})
        return quotes.draw_up(tx, wish, now=house.now).price.total

    for day in (1, 5, 30, 31):
        amount = house.read(lambda tx, day=day: quoted(tx, day)) // 100  # type: ignore[misc]
        text = next(cell for cell in cells if re.search(rf"(^| ){day} ?·", cell))
        assert text.endswith(str(amount)), (text, amount)
    back = await press(house, guest, "К календарю")
    assert back.rows[0][1] == "Декабрь 2026"


async def test_the_nearest_weekend_is_one_press(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    shape = await press(house, guest, "Ближайшие выходные")
    assert "Сб 28 ноя" in shape.text
    assert "Сб 28 ноя" in (await say(house, guest, "на выходные")).text, "the same day as the words mean"


async def test_a_broken_house_is_closed_and_another_month_is_found(house: House) -> None:
    def close(tx: Tx) -> None:
        closed = Period(house.now, house.now.replace(month=12, day=31))
        blocks.add(tx, unit="house", period=closed, reason="repair", actor=SYSTEM, now=house.now)

    await house.write(close)
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    december = await press(house, guest, "›") if "Ноябрь" in (await guest.last()).rows[0][1] else await guest.last()
    assert "×28" in december.buttons
    assert (await toast(house, guest, "×28")).startswith("28 декабря занято. Рядом: чт 31 с 12:00, пт 1 янв")
