"""UX 2d "price of one weekend" and check 33: `/price` in the chat, from the calendar to the way back, and `/undo`."""

from datetime import datetime, timedelta

import pytest

from housebot.domain.stay import StayRequest
from housebot.services import prices, quotes, staff
from housebot.simulator.client import Person, Seen
from tests.journeys.house import House
from tests.journeys.staffroom import held, present, stay, texts_of
from tests.journeys.walking import press, say, toast

FRIDAY = datetime(2026, 12, 4, 16)


async def day(house: House, owner: Person, number: int) -> Seen:
    """Press a day of the calendar, whatever sign it carries."""
    shown = (await owner.last()).buttons
    return await press(house, owner, next(one for one in shown if one.strip("◐×✓–·›()") == str(number)))


async def december(house: House, owner: Person, command: str, first: int, last: int) -> Seen:
    """Two days of December, pressed one after the other."""
    await say(house, owner, command)
    await press(house, owner, "›")
    await day(house, owner, first)
    await day(house, owner, last)
    return await press(house, owner, "Дальше")


def total(house: House, arrival: datetime = FRIDAY, tariff: str = "day") -> int:
    """What a guest would be quoted for a day."""
    wish = StayRequest("house", tariff, arrival, arrival + timedelta(hours=24), {"adult": 3})
    return house.read(lambda tx: quotes.draw_up(tx, wish, now=house.now)).price.total


async def test_check_33_weekend_plus_20_percent_samples_equal_quotes_a_hold_keeps_its_price_and_it_goes_back(
    house: House,
) -> None:
    booking = await held(house, await house.guest(), stay(datetime(2026, 12, 5, 18)))
    asked = await december(house, house.owner, "/price", 4, 5)
    assert "ночи пт 4 и сб 5, до вс 6 дек" in asked.text
    await press(house, house.owner, "Для всех")
    looked = await press(house, house.owner, "+20 %")
    assert f"Сутки · пт 16:00 24 ч: {total(house) // 100} → 840" in looked.text
    assert f"Прежнюю цену сохранит 1 бронь: {booking.code}" in looked.text
    assert (house.read(prices.listing), total(house)) == ([], 70_000)
    done = await press(house, house.owner, "✅ Применить")
    assert done.text.startswith("✅ Цена назначена. Ночи пт 4 и сб 5, до вс 6 дек: +20 %")
    assert "Сутки · пт 16:00 24 ч: 700 → 840" in done.text
    assert total(house) == 84_000
    assert total(house, FRIDAY + timedelta(days=2)) == 70_000
    assert present(house, booking).total == booking.total == 80_000
    undone = await press(house, house.owner, "↩️ Вернуть")
    assert undone.text.startswith("↩️ Отменено")
    assert undone.buttons == []
    assert (house.read(prices.listing), total(house)) == ([], 70_000)


async def test_check_33_after_a_day_taking_back_is_refused_on_the_server_and_the_list_still_removes(
    house: House,
) -> None:
    await december(house, house.owner, "/price", 4, 5)
    await press(house, house.owner, "Для всех")
    await press(house, house.owner, "+20 %")
    done = await press(house, house.owner, "✅ Применить")
    await house.advance(hours=24)
    assert (await toast(house, house.owner, "↩️ Вернуть", message_id=done.id)).startswith("Прошло больше суток")
    assert total(house) == 84_000
    await say(house, house.owner, "/price")
    listed = await press(house, house.owner, "Назначенные цены · 1")
    assert "1. Ночи пт 4 и сб 5, до вс 6 дек: +20 %" in listed.text
    removed = await press(house, house.owner, "✖️ Убрать 1")
    assert "Цена убрана" in removed.text
    assert total(house) == 70_000
    await press(house, house.owner, "↩️ Отменить действие")
    assert total(house) == 84_000


async def test_check_33_an_hour_before_the_day_is_over_it_still_goes_back_and_a_second_press_says_so(
    house: House,
) -> None:
    await december(house, house.owner, "/price", 4, 4)
    await press(house, house.owner, "Сутки")
    await say(house, house.owner, "900")
    done = await press(house, house.owner, "✅ Применить")
    assert "Ночь пт 4, до сб 5 дек: 900 BYN · Сутки" in done.text
    data = done.button("↩️ Вернуть")["callback_data"]
    assert total(house) == 90_000
    await house.advance(hours=23)
    await press(house, house.owner, "↩️ Вернуть", message_id=done.id)
    assert total(house) == 70_000
    again = await house.owner.press(data=data, message_id=done.id)
    assert again.toast == "Это уже отменено."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("много", "Не похоже на сумму"),
        ("1,2,3", "Не похоже на сумму"),
        ("1000000000000", "Не похоже на сумму"),
        ("20%", "со знаком"),
        ("-101%", "не меньше −100 %"),
        ("+0%", "не ноль"),
        ("840", "Сумма — для одного тарифа"),
        ("<b>жирно</b>", "Не похоже на сумму"),
    ],
    ids=["letters", "commas", "a trillion", "no sign", "less than nothing", "nothing", "a sum for all", "markup"],
)
async def test_a_price_that_cannot_be_meant_is_told_why_and_asked_again_with_the_days_kept(
    house: House, typed: str, said: str
) -> None:
    await december(house, house.owner, "/price", 4, 5)
    await press(house, house.owner, "Для всех")
    again = await say(house, house.owner, typed)
    assert any(said in text for text in (await texts_of(house.owner))[-3:])
    assert "ночи пт 4 и сб 5" in again.text
    assert "Насколько?" in again.text
    looked = await say(house, house.owner, "−12,5 %")
    assert "−12.5 %" in looked.text
    assert house.read(prices.listing) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("6.12 – 4.12", "Конец не может быть раньше начала"),
        ("потом как-нибудь", "Не похоже на даты"),
        ("31.02", "Не похоже на даты"),
        ("4.12.2030", "от сегодня и на полтора года"),
    ],
    ids=["wrong order", "letters", "no such day", "too far"],
)
async def test_days_that_cannot_be_meant_are_asked_again(house: House, typed: str, said: str) -> None:
    await say(house, house.owner, "/price")
    again = await say(house, house.owner, typed)
    assert any(said in text for text in (await texts_of(house.owner))[-3:])
    assert "Нажмите первый день" in again.text
    assert "ночи пт 4 и сб 5, до вс 6 дек" in (await say(house, house.owner, "с 4 по 5 декабря")).text


async def test_a_last_day_before_the_first_is_a_kind_word_and_the_first_stays(house: House) -> None:
    await say(house, house.owner, "/price")
    await press(house, house.owner, "›")
    await day(house, house.owner, 10)
    assert await toast(house, house.owner, "4") == "Последний день не может быть раньше первого, чт 10 дек."
    assert "✓10" in (await house.owner.last()).buttons


async def test_t3_an_old_button_of_a_wizard_changes_nothing_and_shows_the_open_step(house: House) -> None:
    await december(house, house.owner, "/price", 4, 5)
    shown = await house.owner.last()
    data = shown.button("Для всех")["callback_data"]
    await press(house, house.owner, "Для всех")
    old = await house.owner.press(data=data, message_id=shown.id)
    await house.settle()
    assert old.toast.startswith("Это старая кнопка")
    assert "Насколько?" in (await house.owner.last()).text
    await press(house, house.owner, "✖️ Закрыть окно")
    closed = await house.owner.press(data=data, message_id=shown.id)
    assert closed.toast.startswith("Это старая кнопка")


async def test_undo_takes_the_last_action_back_then_the_one_before_and_then_there_is_nothing(house: House) -> None:
    for percent in ("+10 %", "+20 %"):
        await december(house, house.owner, "/price", 4, 5)
        await press(house, house.owner, "Для всех")
        await press(house, house.owner, percent)
        await press(house, house.owner, "✅ Применить")
        await house.advance(minutes=1)
    assert "+20 %" in (await say(house, house.owner, "/undo")).text
    assert total(house) == 77_000
    assert "+10 %" in (await say(house, house.owner, "/undo")).text
    assert total(house) == 70_000
    assert (await say(house, house.owner, "/undo")).text == "За последние сутки отменять нечего."


async def test_undo_says_what_cannot_be_taken_back_and_never_touches_a_colleagues_work(house: House) -> None:
    await december(house, house.owner, "/price", 4, 5)
    await press(house, house.owner, "Для всех")
    await press(house, house.owner, "+10 %")
    done = await press(house, house.owner, "✅ Применить")
    data = done.button("↩️ Вернуть")["callback_data"]
    assert (await say(house, house.second_owner, "/undo")).text == "За последние сутки отменять нечего."
    foreign = await house.second_owner.press(data=data, message_id=(await house.second_owner.last()).id)
    assert foreign.toast == "Такого действия у вас не нашли."
    assert total(house) == 77_000
    await house.advance(minutes=1)
    booking = await held(house, await house.guest(), stay(datetime(2026, 12, 12, 16)))
    await house.confirm(booking, received=40_000)
    cannot = await say(house, house.owner, "/undo")
    assert "Последнее действие отменить нельзя: " in cannot.text
    assert "+10 %" in cannot.text
    await press(house, house.owner, "↩️ Отменить действие")
    assert total(house) == 70_000
    assert present(house, booking).status == "confirmed"


async def test_t7_a_word_where_a_button_is_meant_gets_help_and_keeps_the_step(house: House) -> None:
    asked = await december(house, house.owner, "/price", 4, 5)
    again = await say(house, house.owner, "для всех")
    assert any("одну из кнопок" in text for text in (await texts_of(house.owner))[-3:])
    assert again.text == asked.text
    assert "Насколько?" in (await press(house, house.owner, "Для всех")).text


async def test_what_is_written_much_later_or_into_another_conversation_is_no_answer_to_a_wizard(house: House) -> None:
    await december(house, house.owner, "/price", 4, 5)
    await press(house, house.owner, "Для всех")
    await house.advance(minutes=11)
    assert "Будет так" not in (await say(house, house.owner, "+20%")).text
    await press(house, house.owner, "← Назад", message_id=await _wizard(house))
    await say(house, house.owner, "/new")
    assert "Будет так" not in (await say(house, house.owner, "5.12")).text


async def _wizard(house: House) -> int:
    """The live message of the wizard."""
    return next(one.id for one in reversed(await house.owner.messages()) if "Цена на даты" in one.text)


async def test_rooms_ask_where_and_a_sum_is_of_each_night_of_one_tariff(guesthouse: House) -> None:
    owner = guesthouse.owner
    await say(guesthouse, owner, "/price")
    where = await say(guesthouse, owner, "4.12–9.12")
    assert "ночи пт 4 дек – ср 9 дек, до чт 10 дек" in where.text
    assert "Где?" in where.text
    shown = await press(guesthouse, owner, where.rows[1][0])
    if "Для какого тарифа?" in shown.text:
        shown = await press(guesthouse, owner, shown.rows[1][0])
    looked = await say(guesthouse, owner, "150")
    assert "150 BYN" in looked.text or "150 " in looked.text
    await press(guesthouse, owner, "✅ Применить")
    (made,) = guesthouse.read(prices.listing)
    assert (made.amount, made.per_date, made.percent) == (15_000, None, None)
    assert made.unit is not None


async def test_check_37_a_salons_price_and_closed_times_never_speak_of_nights_or_stays(salon: House) -> None:
    owner = salon.owner
    await say(salon, owner, "/price")
    await say(salon, owner, "4.12–5.12")
    await press(salon, owner, "Для всех")
    await press(salon, owner, "Для всех")
    looked = await say(salon, owner, "+15")
    assert "Дни пт 4 и сб 5 дек: +15 %" in looked.text
    await press(salon, owner, "✅ Применить")
    await say(salon, owner, "/block")
    await say(salon, owner, "7.12")
    await press(salon, owner, "Целыми днями")
    await press(salon, owner, "Анна")
    await press(salon, owner, "Без причины")
    await press(salon, owner, "🔒 Закрыть")
    await say(salon, owner, "/promo")
    said = "\n".join((await texts_of(owner))[1:]).casefold()
    for word in ("ноч", "заезд", "прожив", "выезд"):
        assert word not in said, word


async def test_check_41_an_english_colleague_walks_through_in_english(house: House) -> None:
    await house.write(lambda tx: staff.set_language(tx, house.owner.id, "en"))
    await say(house, house.owner, "/price")
    await say(house, house.owner, "4.12–5.12")
    await press(house, house.owner, "For all")
    looked = await press(house, house.owner, "+20 %")
    assert "It would be: Nights Fri 4 and Sat 5, until Sun 6 Dec: +20 %" in looked.text
    assert "Fri 16:00 24 h: 700 → 840" in looked.text
    done = await press(house, house.owner, "✅ Apply")
    assert done.text.startswith("✅ The price is set. Nights Fri 4 and Sat 5")
    undone = await press(house, house.owner, "↩️ Put it back")
    assert undone.text.startswith("↩️ Taken back")
