"""A draft holds nothing and loses nothing: it waits, survives a restart, and old buttons do it no harm."""

from datetime import datetime

import pytest

from housebot.domain.stay import StayRequest
from housebot.services import bookings
from housebot.services.ports import Actor, Tx
from housebot.simulator.client import Person
from tests.journeys.afterwards import rows as kinds
from tests.journeys.house import House
from tests.journeys.walking import ACCEPT, HELP, NOTHING, began, press, say, toast
from tests.journeys.walking import bookings as rows

SHELL = Actor("shell", None, "test", "shell")
WAY = (HELP, "›", "5", "Сутки", "4", "Сауна", "Дальше →", "Сутки · 800", NOTHING, ACCEPT)


async def sell(house: House, arrival: str, departure: str) -> None:
    wish = StayRequest("house", "day", datetime.fromisoformat(arrival), datetime.fromisoformat(departure), {"adult": 2})

    def work(tx: Tx) -> None:
        bookings.hold(tx, wish, guest_id=None, contact="+375291234567", source="shell", actor=SHELL, now=house.now)

    await house.write(work)


async def test_check_4_an_abandoned_draft_is_offered_again_and_continues_where_it_was(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in WAY[:-1]:
        await press(house, guest, button)
    await house.advance(hours=20)
    resumed = await began(house, guest)
    assert resumed.buttons[0] == "▶️ Продолжить: сб 5 дек, 4 гостя"
    assert "Черновик даты не держит" in resumed.text
    summary = await press(house, guest, "▶️ Продолжить")
    assert "Итого 800 BYN" in summary.text
    await press(house, guest, ACCEPT)
    await guest.share_contact()
    await house.settle()
    assert [row["total"] for row in rows(house)] == [80000]


async def test_check_4_a_draft_whose_dates_were_sold_says_so_and_offers_others(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in WAY[:-1]:
        await press(house, guest, button)
    await house.advance(hours=20)
    await sell(house, "2026-12-05T10:00", "2026-12-07T10:00")
    told = await began(house, guest)
    assert told.text == (
        "Вы выбирали сб 5 дек, 4 гостя, но эти даты уже забронировали.\n\nВот ближайшее, что подходит:"
    )
    near = [text for text in told.buttons if text.startswith("🗓")]
    assert near == ["🗓 чт 3 дек · 800", "🗓 пн 7 дек · 800"]
    offers = await press(house, guest, near[1])
    assert "Пн 7 дек, 4 гостя, сауна. Подходит:" in offers.text


@pytest.mark.parametrize("after", range(1, len(WAY)))
async def test_check_43_a_restart_between_any_two_presses_loses_nothing(house: House, after: int) -> None:
    guest = await house.guest()
    await began(house, guest)
    for number, button in enumerate(WAY):
        if number == after:
            await house.close()
            await house.open()
            await house.settle()
        await press(house, guest, button)
    await guest.share_contact()
    await house.settle()
    [booking] = rows(house)
    assert (booking["tariff"], booking["arrival"], booking["total"]) == ("day", "2026-12-05T16:00", 80000)


async def test_check_43_a_restart_while_the_contact_is_asked_loses_nothing(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in WAY:
        await press(house, guest, button)
    await house.close()
    await guest.share_contact()
    await house.open()
    await house.settle()
    assert [row["total"] for row in rows(house)] == [80000]


async def test_t3_the_same_button_twice_is_kind_and_counts_once(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    calendar = await press(house, guest, "›")
    five = calendar.button("5")["callback_data"]
    await press(house, guest, "5")
    shape = await guest.last()
    said = await toast(house, guest, None, data=five, message_id=calendar.id)  # type: ignore[arg-type]
    assert said == "Это старая кнопка. Вот как сейчас:"
    assert (await guest.last()).text == shape.text


async def test_t3_accepting_twice_makes_one_booking(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in WAY:
        summary = await guest.last() if button == ACCEPT else None
        await press(house, guest, button)
    assert summary is not None
    await guest.share_contact()
    await house.settle()
    accept = summary.button(ACCEPT)["callback_data"]
    said = await toast(house, guest, None, data=accept, message_id=summary.id)  # type: ignore[arg-type]
    assert said == "Уже готово"
    assert len(rows(house)) == 1


async def test_a_doubled_tap_on_accepting_is_silence(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in WAY[:-1]:
        summary = await press(house, guest, button)
    taps = [await guest.press(ACCEPT, wait=False, message_id=summary.id) for _ in range(3)]
    await house.settle()
    assert kinds(house, "reply.contact") == 1
    assert [(await guest.answer(one.query_id))["text"] for one in taps] == ["", "", ""]
    await press(house, guest, "☰ Меню", keyboard=True)
    await guest.press(ACCEPT, message_id=summary.id)
    await house.settle()
    assert kinds(house, "reply.contact") == 2, "whoever comes back from the menu is asked again"


async def test_t3_a_button_of_last_week_is_answered_kindly_and_changes_nothing(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    old = await press(house, guest, "›")
    await house.advance(days=7)
    await press(house, guest, HELP)
    said = await toast(house, guest, None, data=old.button("5")["callback_data"], message_id=old.id)  # type: ignore[arg-type]
    assert said == "Это старая кнопка. Вот как сейчас:"
    assert "Когда?" in (await guest.last()).text
    assert rows(house) == []


async def test_t3_another_guests_button_touches_neither_draft(house: House) -> None:
    anna, boris = await house.guest("Анна"), await house.guest("Борис", phone="+375297654321")
    for guest in (anna, boris):
        await began(house, guest)
        await press(house, guest, HELP)
        await press(house, guest, "›")
    theirs = (await boris.last()).button("5")["callback_data"]
    mine = await anna.last()
    pressed = await house.sim.call("press", user=anna.id, data=theirs, message_id=mine.id)
    answer = await anna.answer(pressed["query_id"])
    await house.settle()
    assert answer["text"] == "Это старая кнопка. Вот как сейчас:"
    assert "Когда?" in (await boris.last()).text
    assert "Когда?" in (await anna.last()).text


async def test_a_menu_word_in_mid_journey_keeps_the_draft(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in (HELP, "›", "5", "Сутки"):
        await press(house, guest, button)
    menu = await press(house, guest, "☰ Меню")
    assert menu.buttons[0] == "▶️ Продолжить: сб 5 дек"
    guests = await press(house, guest, "▶️ Продолжить")
    assert "Сколько вас?" in guests.text


async def test_back_leads_through_every_step_to_the_menu_and_keeps_what_was_chosen(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for button in WAY[:-1]:
        await press(house, guest, button)
    heads = [(await press(house, guest, "← Назад")).text.split("?")[0].split(".")[0] for _ in range(7)]
    assert heads == [
        "Что-нибудь добавить",
        "Сб 5 дек, 4 гостя, сауна",
        "Что нужно",
        "Сколько вас",
        "Сколько времени",
        "Когда",
        "Чем помочь",
    ]
    await press(house, guest, "▶️ Продолжить: сб 5 дек, 4 гостя")
    offers = await press(house, guest, "12")
    assert "Сб 12 дек, 4 гостя, сауна. Подходит:" in offers.text, "nothing is asked a second time"


async def heads(house: House, guest: Person, *buttons: str) -> list[str]:
    """Press through, and how each screen begins."""
    return [
        (await press(house, guest, button)).text.split("?")[0].split(". ")[0].split(" · ")[0].rstrip(".")
        for button in buttons
    ]


async def test_back_leads_to_the_screen_she_came_from_not_along_the_way(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await say(house, guest, "5.12 4 чел сутки сауна")
    assert await heads(house, guest, "Время", "← Назад", "Гости", "← Назад", "Дата", "← Назад", "← Назад") == [
        *("Сколько времени", "Сб 5 дек, 4 гостя, сауна"),
        *("Сколько вас", "Сб 5 дек, 4 гостя, сауна"),
        *("Когда", "Сб 5 дек, 4 гостя, сауна"),
        "Что нужно",
    ]
    await heads(house, guest, "Дальше →", "Сутки · 800", NOTHING)
    change = ("← Изменить", "Дата", "← Назад", "Время", "← Назад", "← Назад", "← Назад")
    assert await heads(house, guest, *change) == [
        *("Что меняем", "Когда", "Что меняем", "Во сколько приедете", "Что меняем", "Проверьте"),
        "Что-нибудь добавить",
    ]


async def test_a_comment_begun_on_the_summary_ends_on_the_summary(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await say(house, guest, "5.12 4 чел сутки сауна")
    await heads(house, guest, "Сутки · 800", NOTHING)
    assert await heads(house, guest, "➕ Комментарий", "← Назад", "➕ Комментарий") == [
        "Напишите комментарий для хозяина одним сообщением",
        "Проверьте",
        "Напишите комментарий для хозяина одним сообщением",
    ]
    summary = await say(house, guest, "Приедем с собакой")
    assert summary.text.startswith("Проверьте")
    assert "Комментарий: «Приедем с собакой»" in summary.text


async def test_back_from_a_page_within_a_step_leads_to_the_steps_first_page(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await heads(house, guest, HELP, "›")
    for page in ("Декабрь 2026", "Показать цены"):
        await press(house, guest, page)
        calendar = await press(house, guest, "← Назад")
        assert calendar.text.startswith("Когда?")
        assert calendar.rows[0] == ["‹", "Декабрь 2026", "›"]
    await heads(house, guest, "📅 Забронировать", "Сутки · 700", "Ничего, дальше", "4", "30", "16:00")
    assert "‹" not in (await press(house, guest, "Другое время")).rows[0]
    assert "вт 1 16:00 · 24 ч · 700" in (await press(house, guest, "← Назад")).buttons


async def test_the_draft_of_a_day_that_is_past_is_not_offered(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await say(house, guest, "завтра вдвоем")
    await house.advance(days=3)
    welcome = await began(house, guest)
    assert welcome.text.startswith("Secret House.")
