"""Rooms by the night: a room or the whole house, ages, the calendar of departures, shortest stays."""

import json
from datetime import datetime

from housebot.domain.stay import StayRequest
from housebot.services import bookings
from housebot.services.ports import Actor, Tx
from tests.journeys.house import House
from tests.journeys.walking import ACCEPT, HELP, NOTHING, began, press, say, toast
from tests.journeys.walking import bookings as rows

SHELL = Actor("shell", None, "test", "shell")


async def sell(house: House, unit: str, tariff: str, arrival: str, departure: str) -> None:
    wish = StayRequest(unit, tariff, datetime.fromisoformat(arrival), datetime.fromisoformat(departure), {"adult": 2})

    def work(tx: Tx) -> None:
        bookings.hold(tx, wish, guest_id=None, contact="+375291234567", source="shell", actor=SHELL, now=house.now)

    await house.write(work)


async def test_presses_alone_lead_to_a_room_by_nights(guesthouse: House) -> None:
    guest = await guesthouse.guest()
    await began(guesthouse, guest)
    await press(guesthouse, guest, HELP)
    await press(guesthouse, guest, "›")
    departure = await press(guesthouse, guest, "9")
    assert departure.text.startswith("Выезд · Ср 9 дек")
    guests = await press(guesthouse, guest, "11")
    assert "Ср 9 дек → пт 11 дек · 2 ночи" in guests.text, "both ends, as soon as they are known"
    for button in ("Дальше →", "Завтрак", "Дальше →"):
        await press(guesthouse, guest, button)
    offers = await guest.last()
    assert offers.buttons[:4] == ["Синяя комната · 243", "Зелёная комната · 243", "Мансарда · 303", "Весь дом · 628"]
    await press(guesthouse, guest, "Синяя комната · 243")
    summary = await press(guesthouse, guest, NOTHING)
    assert "Синяя комната · ср 9 дек 15:00 → пт 11 дек 11:00 (2 ночи, время местное) · 2 гостя" in summary.text
    await press(guesthouse, guest, ACCEPT)
    await guest.share_contact()
    await guesthouse.settle()
    [booking] = rows(guesthouse)
    assert (booking["unit"], booking["arrival"], booking["departure"], booking["total"]) == (
        "blue-room",
        "2026-12-09T15:00",
        "2026-12-11T11:00",
        24300,
    )


async def test_r10_a_departure_that_is_too_early_names_the_shortest_stay(guesthouse: House) -> None:
    guest = await guesthouse.guest()
    await began(guesthouse, guest)
    await press(guesthouse, guest, HELP)
    await press(guesthouse, guest, "›")
    screen = await press(guesthouse, guest, "5")
    assert "×6" in screen.buttons
    assert await toast(guesthouse, guest, "×6") == "6 декабря слишком рано: самый короткий срок 2 ночи."
    assert "Сколько вас?" in (await press(guesthouse, guest, "7")).text


async def test_the_calendar_of_departures_opens_on_the_month_one_can_leave_in(guesthouse: House) -> None:
    guest = await guesthouse.guest()
    await began(guesthouse, guest)
    departure = await say(guesthouse, guest, "31 декабря")
    assert departure.text.startswith("Понято: чт 31 дек.\n\nВыезд")
    assert departure.rows[0][1] == "Январь 2027"


async def test_r39_the_whole_house_is_not_offered_while_a_room_is_taken_and_the_other_rooms_are(
    guesthouse: House,
) -> None:
    await sell(guesthouse, "blue-room", "room", "2026-12-09T00:00", "2026-12-11T00:00")
    guest = await guesthouse.guest()
    await began(guesthouse, guest)
    await say(guesthouse, guest, "9-11 декабря вдвоем")
    offers = await guest.last()
    names = [text.split(" · ")[0] for text in offers.buttons]
    assert "Зелёная комната" in names
    assert "Синяя комната" not in names
    assert "Весь дом" not in names


async def test_r25_ages_are_counted_apart_and_somebody_has_to_be_grown_up(guesthouse: House) -> None:
    guest = await guesthouse.guest()
    await began(guesthouse, guest)
    for button in ("📅 Забронировать", "Мансарда", "Ничего, дальше"):
        await press(guesthouse, guest, button)
    screen = await guest.last()
    for row, col in ((1, 2), (2, 2), (0, 0), (0, 0)):  # a child, an infant, one grown-up less, and none
        await guest.press(None, row=row, col=col, message_id=screen.id)
        await guesthouse.settle()
    counted = await guest.last()
    assert [row[1] for row in counted.rows[:3]] == ["взрослый: 1", "ребёнок: 1", "младенец: 1"]
    for button in ("Дальше →", "›", "9", "10", NOTHING, ACCEPT):
        await press(guesthouse, guest, button)
    await guest.share_contact()
    await guesthouse.settle()
    [booking] = rows(guesthouse)
    assert json.loads(booking["party"]) == {"adult": 1, "child": 1, "infant": 1}
    assert (booking["unit"], booking["departure"]) == ("attic-room", "2026-12-10T11:00")


async def test_a_link_to_a_room_opens_choosing_for_that_room(guesthouse: House) -> None:
    guest = await guesthouse.guest()
    await began(guesthouse, guest, "book_attic-room")
    await press(guesthouse, guest, "›")
    for button in ("9", "11", "Дальше →", "Ничего, дальше"):
        await press(guesthouse, guest, button)
    offers = await guest.last()
    assert [text for text in offers.buttons if " · " in text] == ["Мансарда · 255"]


async def test_each_price_says_what_it_is_multiplied_by_and_each_fee_for_what_it_is(guesthouse: House) -> None:
    guest = await guesthouse.guest()
    await began(guesthouse, guest)
    prices = (await say(guesthouse, guest, "/prices")).text
    assert "завтрак 12 EUR с человека за ночь, парковка 8 EUR за ночь, с собакой 20 EUR\n" in prices
    assert (
        "Обязательно: уборка (Комната, Мансарда) 25 EUR, уборка (Весь дом) 90 EUR, "
        "курортный сбор 2.50 EUR с человека за ночь, самое большее за 21 ночь\n"
    ) in prices
    await say(guesthouse, guest, "9-11 декабря вдвоем")
    adding = await press(guesthouse, guest, "Мансарда")
    assert adding.buttons[1:4] == ["Завтрак · 12 с человека за ночь", "Парковка · 8 за ночь", "С собакой · 20"]
