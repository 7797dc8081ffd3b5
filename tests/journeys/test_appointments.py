"""A salon: service, specialist, day, time; nothing there speaks of stays."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from housebot.domain.catalog import WorkingHours
from housebot.services import chats
from housebot.services.ports import SYSTEM, Tx
from housebot.simulator.client import Person, Seen
from tests import factories
from tests.journeys.house import House, open_house
from tests.journeys.walking import began, bookings, press, say

EVERY_DAY = (WorkingHours(frozenset(range(7)), time(10), time(18)),)
BANNED = re.compile(r"ноч(ь|и|ей)|заезд|выезд|суток|сутки|\bstay|\bnight|arrival|check-in|гост(ь|я|ей)", re.IGNORECASE)


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[House]:
    """A salon where all three cut hair, with equal hours."""
    catalog = factories.salon()
    units = tuple(replace(unit, working_hours=EVERY_DAY, days_off=()) for unit in catalog.units)
    tariffs = tuple(
        replace(one, units=tuple(unit.id for unit in units)) if one.id == "haircut" else one for one in catalog.tariffs
    )
    async with open_house(tmp_path, replace(catalog, units=units, tariffs=tariffs)) as opened:
        yield opened


async def to_summary(house: House, guest: Person, at: str = "13:00") -> Seen:
    await began(house, guest)
    for button in ("📅 Записаться", "Стрижка · 60", "Любой свободный", "28"):
        await press(house, guest, button)
    return await press(house, guest, at)


async def book(house: House, guest: Person, at: str = "13:00") -> Seen:
    await to_summary(house, guest, at)
    await press(house, guest, "✅ Записаться")
    await guest.share_contact()
    await house.settle()
    return await guest.last()


async def test_check_37_anybody_means_the_one_who_is_free(three: House) -> None:
    one, two, last = [await three.guest(name, phone=f"+37529111220{n}") for n, name in enumerate(("А", "Б", "В"))]
    await book(three, one)
    await book(three, two)
    busy = {row["unit"] for row in bookings(three)}
    assert len(busy) == 2
    free = ({"anna", "olga", "maria"} - busy).pop()
    summary = await to_summary(three, last)
    assert {"anna": "Анна", "olga": "Ольга", "maria": "Мария"}[free] in summary.text
    await press(three, last, "✅ Записаться")
    await last.share_contact()
    await three.settle()
    assert bookings(three)[-1]["unit"] == free
    assert bookings(three)[-1]["status"] == "confirmed"


async def test_check_37_three_clients_at_once_get_three_specialists_and_the_fourth_the_nearest_times(
    three: House,
) -> None:
    guests = [await three.guest(f"Гость{n}", phone=f"+37529111220{n}") for n in range(4)]
    for guest in guests:
        summary = await to_summary(three, guest)
        assert "Стрижка" in summary.text
        await press(three, guest, "✅ Записаться")
    await asyncio.gather(*(guest.share_contact() for guest in guests))
    await three.settle()
    made = bookings(three)
    assert sorted(row["unit"] for row in made) == ["anna", "maria", "olga"]
    assert {row["start"] for row in made} == {"2026-11-28T10:00:00Z"}
    screens = [await guest.last() for guest in guests]
    [fourth] = [screen for screen in screens if "Вот ближайшее" in screen.text]
    assert "Это время уже занято." in fourth.text
    near = [text for text in fourth.buttons if text.startswith("сб 28 ноя")]
    assert len(near) == 3
    assert {text.split(" · ")[0] for text in near[:2]} == {"сб 28 ноя 12:00", "сб 28 ноя 14:00"}


async def test_a_visit_booked_at_once_is_told_by_one_card(three: House) -> None:
    guest = await three.guest()
    await book(three, guest)
    code = bookings(three)[0]["code"]
    told = [
        one for one in await guest.messages() if not one["mine"] and (code in one.text or "Вы записаны" in one.text)
    ]
    assert len(told) == 1, [one.text for one in told]


@pytest.mark.parametrize("facts", [False, True], ids=["private", "the chat of facts is the same"])
async def test_a_visit_booked_at_once_is_told_to_staff_by_one_message(three: House, facts: bool) -> None:
    group = await three.sim.group("Салон", three.owner)
    if facts:

        def connect(tx: Tx) -> None:
            chats.connect(tx, "approvals", chat_id=group, thread_id=None, title="Салон", actor=SYSTEM, now=three.now)
            chats.connect(tx, "facts", chat_id=group, thread_id=None, title="Салон", actor=SYSTEM, now=three.now)

        await three.write(connect)
    guest = await three.guest()
    await book(three, guest)
    code, chat = bookings(three)[0]["code"], group if facts else None
    (told,) = [one for one in await three.owner.messages(chat) if code in one.text]
    assert told["rang"]
    for words in ("Новая запись", "Стрижка", "Сб 28 ноя 13:00–14:00", guest.name, "+375291112233"):
        assert words in told.text
    assert told.buttons == ["💬 Гостю", "Открыть"]


async def test_check_37_no_text_of_a_salon_speaks_of_stays(three: House) -> None:
    guest = await three.guest()
    await book(three, guest)
    english = await three.guest("Mary", language="en", phone="+447911123456")
    await began(three, english)
    for button in ("📅 Make an appointment", "Haircut", "Any", "28", "11:00"):
        await press(three, english, button)
    await press(three, english, "← Change")
    for person in (guest, english):
        for message in await person.messages():
            if not message["mine"]:
                assert not BANNED.search(message.text), message.text
                assert not BANNED.search(" ".join(message.buttons)), message.buttons
        assert not BANNED.search(" ".join(await person.keyboard()))


async def test_check_37_the_first_screens_have_service_then_anybody_first(salon: House) -> None:
    guest = await salon.guest()
    await began(salon, guest)
    assert (await guest.keyboard())[0] == "📅 Записаться"
    services = await press(salon, guest, "📅 Записаться")
    assert services.buttons[0] == "Стрижка · 60"
    specialists = await press(salon, guest, "Стрижка · 60")
    assert specialists.buttons[:3] == ["Любой свободный", "Анна", "Ольга"]
    await press(salon, guest, "← Назад")
    day = await press(salon, guest, "Маникюр · 55")
    assert "В какой день?" in day.text, "one specialist alone is not asked for"


async def test_two_visits_ahead_are_the_most(three: House) -> None:
    guest = await three.guest()
    await book(three, guest, "11:00")
    for at in ("13:00", "15:00"):
        await to_summary(three, guest, at)
        last = await press(three, guest, "✅ Записаться")
    assert len(bookings(three)) == 2
    assert "У вас уже есть записи впереди" in last.text
    assert "🧾 Мои записи" in last.buttons


async def test_a_phrase_with_service_day_and_hour_leads_to_the_summary(salon: House) -> None:
    guest = await salon.guest()
    await began(salon, guest)
    summary = await say(salon, guest, "маникюр в понедельник в 10")
    assert "Проверьте · Маникюр · пн 30 ноя 10:00–11:30 (1 ч 30 мин, время местное) · Мария" in summary.text
    assert "Итого 55 BYN" in summary.text


async def test_a_time_nobody_begins_at_is_not_called_taken(three: House) -> None:
    first, second = await three.guest(), await three.guest("Б", phone="+375291112202")
    await book(three, first, "13:00")
    await began(three, second)
    for button in ("📅 Записаться", "Стрижка · 60", "Любой свободный", "28"):
        await press(three, second, button)
    for typed in ("16:15", "03:00"):
        assert f"{typed} не подходит, выберите другое время" in (await say(three, second, typed)).text
    for button in ("← Назад", "← Назад", bookings(three)[0]["unit"]):
        names = {"anna": "Анна", "olga": "Ольга", "maria": "Мария"}
        await press(three, second, names.get(button, button))
    assert "13:00 занято" in (await say(three, second, "13")).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("абвгд", "Не разобрали. Можно написать услугу, день и время"),
        ("31.02", "Такого дня в календаре нет."),
        ("5.12 пятница", "Не сошлось: сб 5 дек, а назван другой день недели."),
        ("4 чел", "Запись — на одного человека, для каждого своя."),
        ("завтра в 16", "Понято: сб 28 ноя, 16:00."),
        ("к Ольге", "Понято: Ольга."),
    ],
)
async def test_whatever_is_typed_at_the_service_is_commented_in_the_words_of_a_salon(
    salon: House, typed: str, told: str
) -> None:
    guest = await salon.guest()
    await began(salon, guest)
    await press(salon, guest, "📅 Записаться")
    answered = await say(salon, guest, typed)
    assert answered.text.startswith(told)
    assert "Какая услуга?" in answered.text
    assert not BANNED.search(answered.text)
    assert "сколько вас" not in answered.text


async def test_the_card_of_a_visit_names_the_specialist_and_its_words_are_not_of_a_stay(three: House) -> None:
    guest = await three.guest()
    await book(three, guest)
    code = bookings(three)[0]["code"]
    await press(three, guest, "📤 Друзьям")
    assert (await guest.last()).text.startswith("Записались: Салон «Три мастера», сб 28 ноя 13:00–14:00.")
    await press(three, guest, "🧾 Мои записи")
    card = await press(three, guest, f"{code} · сб 28 ноя")
    unit = {"anna": "Анна", "olga": "Ольга", "maria": "Мария"}[bookings(three)[0]["unit"]]
    assert f"сб 28 ноя 13:00–14:00 · Стрижка, {unit}" in card.text
    await press(three, guest, "↩️ Отменить")
    assert (await press(three, guest, "← Не отменять")).text == f"Запись {code} остаётся за вами."
    await to_summary(three, guest, "15:00")
    await guest.press("✅ Записаться")
    await three.settle()
    accepted = [one.text for one in await guest.messages() if one.text.startswith("Приняли")]
    assert accepted == [f"Приняли, спасибо. Запись {bookings(three)[1]['code']}, всё о ней в сообщении ниже."]
    await say(three, three.owner, "/new")
    assert [one.text for one in await three.owner.messages() if one.text.startswith("Записываем")] == [
        "Записываем клиента по телефону. Ведём как обычно: услуга, мастер, день, время."
    ]
