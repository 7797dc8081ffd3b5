"""Whole journeys in both languages. That every keyboard and text keeps the limits is asked after each journey test (limits.py)."""

import pytest

from tests.journeys.house import House
from tests.journeys.walking import began

WALKS = {
    "ru": {
        "help": (
            "✨ Помочь выбрать",
            "›",
            "5",
            "Сутки",
            "4",
            "Сауна",
            "Дальше →",
            "Сутки · 800",
            "Ничего, показать итог",
        ),
        "book": (
            "📅 Забронировать",
            "Инкогнито 12 ч",
            "3",
            "›",
            "5",
            "20:00",
            "Другое время",
            "08:00",
            "Какое вино",
            "Пропустить",
        ),
        "rest": ("❓ Почему такая цена", "← Назад", "📤 Поделиться", "← Изменить", "☰ Меню"),
        "pages": ("✨ Помочь выбрать", "Показать цены", "К календарю", "Ноябрь 2026", "Дек", "Пн", "☰ Меню"),
        "typed": ("суббота, 5 гостей, баня", "абвг", "в ночь субботы", "31.02", "7 человек на субботу"),
    },
    "en": {
        "help": ("✨ Help me choose", "›", "5", "A full day", "4", "Sauna", "Next", "Full day · 800", "Nothing"),
        "book": ("📅 Book", "Incognito 12 h", "3", "›", "5", "20:00", "Another time", "08:00", "Which wine", "Skip"),
        "rest": ("❓ Why this price", "← Back", "📤 Share", "← Change", "☰ Menu"),
        "pages": ("✨ Help me choose", "Show prices", "To the calendar", "November 2026", "Dec", "☰ Menu"),
        "typed": ("Saturday, 5 people, sauna", "abcd", "31.02", "7 people on Saturday"),
    },
}


async def walk(house: House, language: str) -> None:
    guest = await house.guest("Sam", language=language)
    await began(house, guest)
    walks = WALKS[language]
    for name in ("help", "rest", "book", "pages"):
        for button in walks[name]:
            await guest.press(button)
            await house.settle()
    for text in walks["typed"]:
        await guest.send(text)
        await house.settle()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_checks_5_and_41_every_keyboard_and_text_of_whole_journeys_keeps_the_limits(
    house: House, language: str
) -> None:
    await walk(house, language)
    assert [call for call in await house.sim.journal() if call["status"] >= 400] == []
    assert house.read(lambda tx: tx.value("SELECT COUNT(*) FROM outbox WHERE state = 'failed'")) == 0


async def test_check_5_december_2026_begins_on_tuesday(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await guest.press("✨ Помочь выбрать")
    await house.settle()
    await guest.press("›")
    await house.settle()
    weeks = [row for row in (await guest.last()).rows if len(row) == 7]
    assert weeks[0] == ["Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"]
    assert weeks[1][:2] == [" ", "1"]
