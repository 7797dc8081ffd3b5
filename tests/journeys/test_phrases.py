"""Choosing by words: what is typed is understood at the start, in the middle of a step, and refused with kindness."""

from datetime import date

import pytest

from housebot.domain.spans import DateSpan
from housebot.services import blocks
from housebot.services.ports import SYSTEM
from housebot.simulator.client import Person
from tests.journeys.house import House
from tests.journeys.walking import ACCEPT, HELP, NOTHING, began, bookings, press, say

PHRASE = "на субботу 4 чел с баней"
FIVE_THOUSAND = "а" * 4096
TYPED = ["🙂🙂🙂", '<b>x</b> & "y"', "\u202eשלום עולם\u202c", FIVE_THOUSAND, "     .", "%s {draft} {0}", "-1"]


async def test_check_2_a_phrase_at_the_start_opens_offers_with_totals(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    offers = await say(house, guest, PHRASE)
    assert offers.text.startswith("Сб 28 ноя, 4 гостя, сауна. Подходит:")
    assert offers.buttons[:4] == ["12 часов · 490", "Инкогнито 12 ч · 600", "Сутки · 800", "Инкогнито сутки · 900"]
    assert "для двоих" not in offers.text
    assert "20:00 → вс 08:00 — 490 BYN (122.50 с человека), одна спальня, тайная комната +70, вторая" in offers.text
    assert "16:00 → вс 16:00 — 800 BYN (200 с человека), все комнаты" in offers.text


async def test_check_34_a_stopped_sauna_is_absent_from_wishes_options_and_offers_while_the_house_is_sold(
    house: House,
) -> None:
    week = DateSpan(date(2026, 11, 23), date(2026, 11, 30))
    await house.write(
        lambda tx: blocks.stop_extra(tx, extra="sauna", dates=week, reason="stove", actor=SYSTEM, now=house.now)
    )
    guest = await house.guest()
    await began(house, guest)
    refused = await say(house, guest, PHRASE)
    assert "недоступна" in refused.text
    await began(house, guest)
    offers = await say(house, guest, "на субботу 4 чел")
    assert not any("Сауна" in text for text in offers.buttons)
    assert "ауна" not in offers.text
    adding = await press(house, guest, next(text for text in offers.buttons if text.startswith("Сутки ·")))
    assert not any("ауна" in text for text in [*adding.buttons, adding.text])
    assert any("отосессия" in text for text in adding.buttons)


async def test_check_3_the_same_phrase_in_the_calendar_is_taken_as_its_day_and_no_step_is_lost(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    shape = await say(house, guest, PHRASE)
    assert "Сколько времени?" in shape.text
    assert "Понято: сб 28 ноя, 4 гостя, сауна." in shape.text
    offers = await press(house, guest, "Сутки")
    assert "Сб 28 ноя, 4 гостя, сауна. Подходит:" in offers.text
    assert offers.buttons[:2] == ["Сутки · 800", "Инкогнито сутки · 900"]


async def test_a_night_that_may_be_two_is_asked_once(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    asked = await say(house, guest, "ночь субботы, нас четверо")
    assert "Какая ночь?" in asked.text
    assert [text.split(" · ")[0] for text in asked.buttons[:2]] == ["🌙 Ночь пт→сб", "🌙 Ночь сб→вс"]
    offers = await press(house, guest, "🌙 Ночь сб→вс")
    assert "Что нужно?" in offers.text
    assert "Сб 28 ноя · 4 гостя" in offers.text


async def test_typing_is_allowed_wherever_a_button_would_be(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, "📅 Забронировать")
    await press(house, guest, "Сутки · 700")
    await press(house, guest, "Ничего, дальше")
    await say(house, guest, "4 чел")
    hours = await say(house, guest, "5.12")
    assert "Во сколько приедете?" in hours.text
    until = await say(house, guest, "в 16")
    assert "вс 6 16:00 · 24 ч · 700" in until.buttons
    adding = await say(house, guest, "17")
    assert "сб 5 дек 16:00 → сб 5 дек 17:00" in adding.text
    await press(house, guest, "← Назад")
    await press(house, guest, "вс 6 17:00 · +1 ч · 730")
    summary = await press(house, guest, NOTHING)
    assert "Итого 730 BYN" in summary.text
    await press(house, guest, ACCEPT)
    await say(house, guest, "8 029 111-22-33")
    [booking] = bookings(house)
    assert (booking["contact"], booking["total"], booking["departure"]) == ("+375291112233", 73000, "2026-12-06T17:00")


async def test_nonsense_without_a_journey_gets_kind_help_with_two_buttons(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    for text in ("абвгд", "🙂", "?"):
        helped = await say(house, guest, text)
        assert "Не разобрали" in helped.text
        assert helped.buttons == [HELP, "💬 Написать нам"]
    await guest.sticker()
    await house.settle()
    assert "Не разобрали" in (await guest.last()).text


async def test_a_day_that_no_calendar_has_and_a_wrong_weekday_are_asked_back(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    assert "Такого дня в календаре нет" in (await say(house, guest, "31.02 вдвоем")).text
    assert "Не сошлось" in (await say(house, guest, "5.12 пятница")).text
    assert bookings(house) == []


async def _to_step(house: House, guest: Person, step: str) -> None:
    """Bring a guest to a step where text may be typed."""
    await press(house, guest, "📅 Забронировать")
    buttons = {
        "tariff": [],
        "guests": ["Сутки · 700", "Ничего, дальше"],
        "day": ["Сутки · 700", "Ничего, дальше", "4"],
        "hours": ["Сутки · 700", "Ничего, дальше", "4", "30"],
        "until": ["Сутки · 700", "Ничего, дальше", "4", "30", "16:00"],
        "adding": ["Сутки · 700", "Ничего, дальше", "4", "30", "16:00", "вт 1 16:00"],
        "answer": ["Сутки · 700", "Ничего, дальше", "4", "30", "16:00", "вт 1 16:00", "➕ Комментарий"],
        "summary": ["Сутки · 700", "Ничего, дальше", "4", "30", "16:00", "вт 1 16:00", NOTHING],
        "contact": ["Сутки · 700", "Ничего, дальше", "4", "30", "16:00", "вт 1 16:00", NOTHING, ACCEPT],
    }[step]
    for button in buttons:
        await press(house, guest, button)


@pytest.mark.parametrize(
    "step", ["tariff", "guests", "day", "hours", "until", "adding", "answer", "summary", "contact"]
)
async def test_check_42_whatever_is_typed_is_escaped_cut_or_refused_with_words(house: House, step: str) -> None:
    guest = await house.guest()
    await began(house, guest)
    await _to_step(house, guest, step)
    for text in TYPED:
        answered = await say(house, guest, text)
        assert answered.text
        assert "{" not in answered.text or "{draft}" in text
        assert "<b>x" not in answered.text or step == "answer"
    failed = house.read(
        lambda tx: tx.all("SELECT kind, error FROM outbox WHERE state IN ('failed', 'dropped') AND error <> 'replaced'")
    )
    assert [dict(row) for row in failed if row["error"]] == []
    assert house.read(lambda tx: tx.value("SELECT COUNT(*) FROM inbox WHERE state <> 'done'")) == 0
    assert bookings(house) == []


async def test_check_42_a_comment_with_markup_reaches_the_owner_as_it_was_typed(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await _to_step(house, guest, "answer")
    long = await say(house, guest, "а" * 4000)
    assert "уместите, пожалуйста, в 500 знаков" in long.text
    await say(house, guest, "<b>Приедем</b> & с собакой 🐕")
    summary = await press(house, guest, "Показать итог")
    assert "Комментарий: «<b>Приедем</b> & с собакой 🐕»" in summary.text
    await press(house, guest, ACCEPT)
    await guest.share_contact()
    await house.settle()
    [booking] = bookings(house)
    assert booking["comment"] == "<b>Приедем</b> & с собакой 🐕"


async def test_half_past_is_not_called_taken_and_the_whole_hours_around_it_are_named(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await _to_step(house, guest, "hours")
    hours = await say(house, guest, "16:30")
    assert hours.text.startswith("Часы у нас целые, ближе всего 16:00 / 17:00.")
    assert "занято" not in hours.text
    assert "16:30" not in hours.text.split("?")[1], "what cannot be had is no example either"
    assert "вт 1 16:00 · 24 ч · 700" in (await say(house, guest, "16")).buttons


async def test_half_past_in_a_phrase_or_under_the_offers_is_not_sold_by_the_back_door(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    offers = await say(house, guest, "5.12 4 чел сутки в 15:30")
    assert "ближе всего 15:00 / 16:00" in offers.text
    assert "Сутки 16:00 → вс 16:00" in offers.text
    assert "ближе всего 12:00 / 13:00" in (await say(house, guest, "12:30")).text


@pytest.mark.parametrize(
    ("typed", "told", "month"),
    [
        ("5 июля 4 чел", "Бронируем до 27 мая 2027.", "Май 2027"),
        ("01.01.2020 4 чел", "1 января 2020 уже прошло.", "Ноябрь 2026"),
    ],
    ids=["too far", "past"],
)
async def test_a_day_that_does_not_do_is_explained_over_the_month_at_the_border_and_forgotten(
    house: House, typed: str, told: str, month: str
) -> None:
    guest = await house.guest()
    await began(house, guest)
    calendar = await say(house, guest, typed)
    assert calendar.text.startswith(told)
    assert calendar.rows[0][1] == month
    assert "4 гостя" in calendar.text
    assert "июл" not in calendar.text
    assert "1 янв" not in calendar.text.split("\n", 1)[1]
    offers = await say(house, guest, "5.12")
    assert "Сб 5 дек, 4 гостя. Подходит:" in offers.text


async def test_the_day_chosen_before_outlives_one_that_does_not_do(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await say(house, guest, "2.1 4 чел сутки")
    await press(house, guest, "Дата")
    calendar = await say(house, guest, "5 июля")
    assert "Сб 2 янв 2027 · 24 ч · 4 гостя" in calendar.text, "another year than this one is named"
    assert "Сб 2 янв 2027, 4 гостя. Подходит:" in (await press(house, guest, "← Назад")).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [("5.12 99 чел", "не больше 6"), ("100 гостей", "не больше 6"), ("5.12 0 гостей", "Нужен хотя бы один гость.")],
)
async def test_a_party_that_does_not_fit_is_told_at_once_and_asked_again(house: House, typed: str, told: str) -> None:
    guest = await house.guest()
    await began(house, guest)
    asked = await say(house, guest, typed)
    assert told in asked.text
    assert "Понято" not in asked.text
    assert "Сколько вас?" in asked.text
    assert ("Сб 5 дек" in asked.text) == ("5.12" in typed)
    assert told in (await say(house, guest, typed.removeprefix("5.12 "))).text, "the same words in the step itself"
    after = await say(house, guest, "4")
    assert "4 гостя" in after.text


async def test_yesterday_is_a_day_and_it_is_past(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    assert (await say(house, guest, "вчера вдвоем")).text.startswith("26 ноября уже прошло. Рядом: пт 27, сб 28")
    assert "Сб 5 дек, 2 гостя" in (await say(house, guest, "писали вчера, хотим 5.12 на несколько часов")).text


async def test_a_command_nobody_knows_is_no_phrase_and_changes_no_draft(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    helped = await say(house, guest, "/today")
    assert helped.text == "Такой команды нет. Что есть: /help"
    assert helped.buttons == [HELP, "💬 Написать нам"]
    await say(house, guest, "5.12 4 чел сутки")
    offers = await say(house, guest, "/today")
    assert offers.text.startswith("Такой команды нет.")
    assert "Сб 5 дек, 4 гостя. Подходит:" in offers.text
    for button in ("Сутки · 700", NOTHING, "➕ Комментарий"):
        await press(house, guest, button)
    assert (await say(house, guest, "/завтра")).text.startswith("Такой команды нет."), "nor is it a comment"
