"""The hold card, the call before its end, more time, letting go, and whose buttons they are (UX 13, 14)."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

from housebot.bot.actions import act
from housebot.domain.period import utc_text
from housebot.services import settings
from housebot.services.ports import SYSTEM
from housebot.services.settings import BankData
from tests import factories
from tests.journeys.afterwards import ZONE, at_local, newcomer, rows, said, theirs
from tests.journeys.house import House, open_house


async def test_check_13_hold_card_is_true_from_its_first_to_its_last_minute(house: House) -> None:
    maria = await newcomer(house)
    await at_local(house, "2026-11-27T19:30")
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    assert booking.hold_expires_at is not None
    assert f"{booking.hold_expires_at.astimezone(ZONE):%H:%M}" == "21:30"
    card = await maria.last()
    assert "Держим для вас до 21:30 сегодня (ещё 2 ч на 19:30)" in card.text
    assert f"{booking.code} · сб 5 дек 16:00 → вс 6 дек 16:00" in card.text
    assert "Переведите 400 BYN: Беларусбанк, карта 4255 1234 5678 9012, получатель АННА КОВАЛЬ." in card.text
    assert "Предоплата не возвращается" in card.text
    assert card["rang"]
    await at_local(house, "2026-11-27T21:29")
    card = next(one for one in await maria.messages() if one.id == card.id)
    assert "до 21:30 сегодня (ещё 1 мин на 21:29)" in card.text
    await at_local(house, "2026-11-27T21:30")
    card = next(one for one in await maria.messages() if one.id == card.id)
    assert card.text.startswith("Время вышло, даты свободны")
    assert card.buttons == []
    assert 1 <= card["edits"] <= 6


async def test_check_13_an_unedited_card_says_when_its_minutes_were_counted(house: House) -> None:
    maria = await newcomer(house)
    await at_local(house, "2026-11-27T22:30")
    await house.hold(maria, "2026-12-05T16:00")
    text = (await maria.last()).text
    # It will be read tomorrow too: the day is named, not called "tomorrow".
    assert "Держим для вас до 09:00 сб 28 ноя (ещё 10 ч 30 мин на 22:30)" in text
    assert "завтра" not in text


async def test_check_13_a_deadline_after_midnight_names_its_night(house: House) -> None:
    maria = await newcomer(house)
    await at_local(house, "2026-11-27T23:15")
    await house.hold(maria, "2026-11-28T16:00")
    assert "до 00:00 в ночь на сб 28 ноя" in (await maria.last()).text


async def test_m4_buttons_copy_the_number_and_the_sum(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    card = await maria.last()
    assert card.rows == [
        ["📋 Номер карты", "📋 400"],
        ["📎 Отправить чек"],
        ["💬 Вопрос", "✖️ Отказаться от брони"],
    ]
    assert (await maria.press("📋 Номер карты")).value == {"text": "4255 1234 5678 9012"}
    assert (await maria.press("📋 400")).value == {"text": "400"}


async def test_check_14_last_call_rings_once_and_gives_thirty_minutes(house: House) -> None:
    maria = await newcomer(house)
    await at_local(house, "2026-11-27T19:30")
    booking = await house.hold(maria, "2026-12-05T16:00")
    await at_local(house, "2026-11-27T21:20")
    (call,) = await said(maria, "Через 10 минут, в 21:30, освободим сб 5 дек")
    assert call["rang"]
    assert call.rows == [["⏳ Оплачиваю, ещё 30 мин"], ["📎 Отправить чек"], ["✖️ Отказаться"]]
    press = await maria.press("⏳ Оплачиваю")
    await house.settle()
    assert press.toast == "Держим до 22:00 сегодня"
    until = house.booking(booking.code).hold_expires_at
    assert until is not None
    assert utc_text(until) == "2026-11-27T19:00:00Z"
    again = await maria.press("⏳ Оплачиваю", message_id=call.id)
    await house.settle()
    assert "больше не получится" in again.toast
    assert house.booking(booking.code).hold_expires_at == until
    await at_local(house, "2026-11-27T21:55")
    assert rows(house, "guest.last_call") == 1
    assert house.booking(booking.code).status == "awaiting_payment"


async def test_check_14_send_receipt_counts_as_paying_now(house: House) -> None:
    maria = await newcomer(house)
    await at_local(house, "2026-11-27T19:30")
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.press("📎 Отправить чек")
    await house.settle()
    assert not house.booking(booking.code).hold_extended  # two hours ahead there is nothing to hurry about
    await at_local(house, "2026-11-27T21:20")
    press = await maria.press("📎 Отправить чек")
    await house.settle()
    assert press.toast == "Держим до 22:00 сегодня"
    assert house.booking(booking.code).hold_extended


async def test_release_asks_first_and_frees_the_dates(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.press("✖️ Отказаться от брони")
    await house.settle()
    assert house.booking(booking.code).status == "awaiting_payment"
    question = await maria.last()
    assert question.text.startswith("Отказаться от сб 5 дек 16:00")
    await maria.press("← Оставить бронь")
    await house.settle()
    assert house.booking(booking.code).status == "awaiting_payment"
    await maria.press("✖️ Отказаться от брони")
    await house.settle()
    await maria.press("Да, отказаться")
    await house.settle()
    assert house.booking(booking.code).status == "cancelled_by_guest"
    assert "даты снова свободны" in (await maria.last()).text
    press = await maria.press(data=act("gy", booking.code, booking.version), message_id=question.id)
    assert press.toast.startswith("Это старая кнопка")
    assert rows(house, "guest.cancelled") == 1
    olga = await newcomer(house, "Ольга")
    assert (await house.hold(olga, "2026-12-05T16:00")).status == "awaiting_payment"


async def test_t3_a_foreign_and_a_missing_booking_are_answered_alike(house: House) -> None:
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    booking = await house.hold(maria, "2026-12-05T16:00")
    mark = (await olga.last()).id
    answers = set()
    for action in ("gy", "gx", "gs", "gm", "gc", "gd", "gb", "gk", "gf", "ge", "gh", "gq", "gr", "gp"):
        arg = "2612051600-80000" if action == "gb" else "bank" if action == "gp" else ""
        for code in (booking.code, "HB-ZZZZ"):
            data = act(action, code, booking.version, arg)
            press = await olga.press(data=data, message_id=mark)
            answers.add((press.toast, press.alert))
    await house.settle()
    assert answers == {("Не нашли такую бронь.", True)}
    assert house.booking(booking.code) == booking
    assert await theirs(olga, booking.code) == []


def open_with(folder: Path, **desk: object) -> AbstractAsyncContextManager[House]:
    """Secret House with another way of deciding or paying."""
    catalog = factories.secret_house()
    return open_house(folder, replace(catalog, desk=replace(catalog.desk, **desk)))  # type: ignore[arg-type]


async def test_where_there_are_two_ways_to_pay_the_guest_chooses_one(tmp_path: Path) -> None:
    async with open_with(tmp_path, payment_methods=("bank", "cash")) as house:
        maria = await newcomer(house)
        booking = await house.hold(maria, "2026-12-05T16:00", method=None)
        card = await maria.last()
        assert card.rows == [["🏦 Переводом", "💵 На месте"], ["💬 Вопрос", "✖️ Отказаться от брони"]]
        assert "Переведите" not in card.text
        await maria.press("💵 На месте")
        await house.settle()
        present = house.booking(booking.code)
        assert (present.status, present.payment_method) == ("awaiting_owner", "cash")
        card = next(one for one in await theirs(maria, booking.code) if "Держим для вас" in one.text)
        assert "Оплата на месте: 700 BYN. Ждём ответа хозяина." in card.text
        press = await maria.press(data=act("gp", booking.code, booking.version, "bank"), message_id=card.id)
        assert press.alert
        assert house.booking(booking.code).payment_method == "cash"


async def test_where_the_owner_agrees_first_payment_comes_with_a_new_card(tmp_path: Path) -> None:
    async with open_with(tmp_path, approval="before_payment") as house:
        maria = await newcomer(house)
        booking = await house.hold(maria, "2026-12-05T16:00", method=None)
        card = await maria.last()
        assert booking.status == "awaiting_owner"
        assert "Хозяин отвечает с 08:00 до 23:00" in card.text
        assert "Переведите" not in card.text
        await house.confirm(booking)
        card = await maria.last()
        assert card["rang"]
        assert card.text.startswith("Хозяин согласен. Осталось внести предоплату.\nДержим для вас до")
        assert "Переведите 350 BYN" in card.text


async def test_where_the_owner_does_not_answer_in_time_it_is_not_the_guest_who_was_late(tmp_path: Path) -> None:
    async with open_with(tmp_path, approval="before_payment") as house:
        maria = await newcomer(house)
        booking = await house.hold(maria, "2026-12-05T16:00", method=None)
        await house.advance(hours=24)
        assert house.booking(booking.code).status == "expired"
        told = await maria.last()
        assert "Не смогли подтвердить сб 5 дек: не успели ответить вовремя." in told.text
        assert len([label for label in told.buttons if label.startswith("🗓")]) == 3
        assert "Время вышло" not in told.text


async def test_bank_data_of_the_example_are_sent_to_nobody(house: House) -> None:
    await house.write(
        lambda tx: settings.set_bank(tx, BankData("Банк", "0000 0000 0000 0000", "A"), actor=SYSTEM, now=house.now)
    )
    maria = await newcomer(house)
    await house.hold(maria, "2026-12-05T16:00")
    card = await maria.last()
    assert "0000" not in card.text
    assert "Реквизиты пришлём сюда" in card.text
    assert card.rows[0] == ["📎 Отправить чек"]


async def test_check_5_every_keyboard_after_the_hold_keeps_its_limits(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(maria, "2026-12-05T16:00")
    for word in ("/my", "/dates", "/prices", "/about", "/language"):
        await maria.send(word)
        await house.settle()
    await house.advance(hours=2)
    shown = [
        one["markup"]["inline_keyboard"] for one in await house.sim.keyboards() if "inline_keyboard" in one["markup"]
    ]
    assert len(shown) >= 7
    for keyboard in shown:
        assert sum(len(row) for row in keyboard) <= 100
        assert all(0 < len(row) <= 8 for row in keyboard)
        for button in (button for row in keyboard for button in row):
            assert button["text"]
            assert len(button.get("callback_data", "").encode()) <= 64
