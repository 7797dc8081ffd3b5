"""Cancelling in the chat: the sum before the button is the sum that is booked, and why (R53, M11, check 27)."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from housebot.bot.actions import act
from housebot.domain.catalog import CancellationTier, Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.gift import Gift
from housebot.services import audit, catalogs, gifts, tasks
from housebot.services.bookings import Booking
from housebot.services.ports import SYSTEM
from housebot.simulator.client import Person
from tests import factories
from tests.journeys.afterwards import at_local, newcomer, rows, said
from tests.journeys.house import House
from tests.journeys.test_changing import booked
from tests.journeys.walking import press, say

CANCEL, YES, NO, WHY = "↩️ Отменить", "Да, отменить", "← Не отменять", "❓ Почему столько"
MOVE = "🗓 Сдвинуть даты вместо отмены"


def tiered() -> Catalog:
    """Free until 7 days before, half of the price until 2 days before, all of it later."""
    tiers = (CancellationTier(7 * 1440, "percent", 0), CancellationTier(2 * 1440, "percent", 5000))
    catalog = factories.secret_house()
    return replace(catalog, cancellation=replace(catalog.cancellation, tiers=tiers))


async def with_tiers(house: House) -> None:
    await house.write(lambda tx: catalogs.apply(tx, to_document(tiered()), actor=SYSTEM, now=house.now))


def refund_booked(house: House, booking: Booking) -> dict[str, int]:
    history = house.read(lambda tx: audit.history(tx, booking.subject))
    (found,) = [one.after for one in history if one.action == "booking.refund"]
    return {name: found[name] for name in ("paid", "fee", "refund")}


async def test_check_27_the_sum_that_is_shown_is_the_sum_that_is_booked_and_no_changes_nothing(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    shown = await press(house, maria, CANCEL)
    assert shown.text == (
        f"Отменить {booking.code}? сб 5 дек 16:00 → вс 6 дек 16:00\n"
        "Вернём 0 из 400 BYN, потому что «до заезда: удерживаем предоплату»."
    )
    assert shown.rows == [[MOVE], [YES], [WHY], [NO]]
    await press(house, maria, NO)
    assert house.booking(booking.code) == booking
    await press(house, maria, CANCEL)
    done = await press(house, maria, YES)
    assert house.booking(booking.code).status == "cancelled_by_guest"
    assert refund_booked(house, booking) == {"paid": 40000, "fee": 40000, "refund": 0}
    assert f"Бронь {booking.code} отменена" in done.text
    assert house.read(lambda tx: tasks.find_open(tx, "refund", booking.id)) is None
    assert rows(house, "staff.cancelled") == 2


async def test_check_27_a_doubled_yes_is_silence_and_the_same_card(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    asked = await press(house, maria, CANCEL)
    data = asked.button(YES)["callback_data"]
    await press(house, maria, YES)
    before = [(one.id, one.text) for one in await maria.messages()]
    again = await maria.press(data=data, message_id=asked.id)
    await house.settle()
    assert not again.toast
    assert [(one.id, one.text) for one in await maria.messages()] == before
    assert house.booking(booking.code).status == "cancelled_by_guest"
    assert refund_booked(house, booking) == {"paid": 40000, "fee": 40000, "refund": 0}


@pytest.mark.parametrize(
    ("day", "refund"), [("2026-11-28T15:59", 80000), ("2026-11-28T16:00", 80000), ("2026-11-28T16:01", 40000)]
)
async def test_check_27_to_the_minute_of_a_tier(house: House, day: str, refund: int) -> None:
    await with_tiers(house)
    maria = await newcomer(house)
    booking = await booked(house, maria, received=80000)
    await at_local(house, day)
    shown = await press(house, maria, CANCEL)
    (amount,) = re.findall(r"Вернём (\d+) из 800 BYN", shown.text)
    assert int(amount) * 100 == refund
    await press(house, maria, YES)
    assert refund_booked(house, booking)["refund"] == refund
    task = house.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    assert task.facts["amount"] == refund


async def test_r53_a_tier_that_ended_between_reading_and_pressing_is_shown_and_nothing_is_cancelled(
    house: House,
) -> None:
    await with_tiers(house)
    maria = await newcomer(house)
    booking = await booked(house, maria, received=80000)
    await at_local(house, "2026-11-28T15:59")
    await press(house, maria, CANCEL)
    await house.advance(minutes=5)
    again = await press(house, maria, YES)
    assert again.text.startswith(
        "Пока вы смотрели, срок изменил сумму: было 800, стало 400 BYN. Бронь ещё не отменена."
    )
    assert house.booking(booking.code).status == "confirmed"
    await press(house, maria, YES)
    assert refund_booked(house, booking) == {"paid": 80000, "fee": 40000, "refund": 40000}
    asked = await maria.last()
    assert "Вернём 400 BYN. Куда вернуть?" in asked.text
    assert asked.buttons == ["↩️ Куда вернуть", WHY]


async def test_why_this_refund_names_each_deadline_and_marks_the_one_that_counts(house: House) -> None:
    await with_tiers(house)
    maria = await newcomer(house)
    booking = await booked(house, maria, received=80000)
    await press(house, maria, CANCEL)
    why = await press(house, maria, WHY)
    assert why.text.startswith("Почему такой возврат\nЕсли отменить сейчас")
    assert (
        "не позже сб 28 ноя 16:00 (за 7 дн. до заезда и раньше: возвращаем всё) — вернём 800 BYN ← этот срок"
        in why.text
    )
    assert "не позже чт 3 дек 16:00" in why.text
    await press(house, maria, YES)
    await say(house, maria, "/my")
    page = await press(house, maria, f"{booking.code} · сб 5 дек")
    assert WHY in page.buttons
    after = await press(house, maria, WHY)
    assert "к возврату 800 BYN из 800 BYN" in after.text


async def test_instead_of_cancelling_the_dates_are_moved_while_a_move_is_left(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await press(house, maria, CANCEL)
    calendar = await press(house, maria, MOVE)
    assert "Декабрь 2026" in calendar.buttons
    await press(house, maria, "12")
    await press(house, maria, "16:00")
    await press(house, maria, "✅ Изменить")
    assert house.booking(booking.code).moves == 1
    again = await press(house, maria, CANCEL)
    assert MOVE not in again.buttons


async def test_doubled_yes_and_an_old_yes_cancel_once_and_kindly(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    shown = await press(house, maria, CANCEL)
    yes = shown.button(YES)["callback_data"]
    for _ in range(2):
        await maria.press(data=yes, message_id=shown.id)
    await house.settle()
    assert rows(house, "guest.cancelled") == 1
    older = act("gd", booking.code, booking.version - 1, yes.rpartition(":")[2])
    pressed = await maria.press(data=older, message_id=shown.id)
    await house.settle()
    assert pressed.toast.startswith("Это старая кнопка.")
    assert house.booking(booking.code).status == "cancelled_by_guest"


@pytest.mark.parametrize("arg", ["yes", "yes-000000000-40000", "yes-999"])
async def test_a_yes_to_something_else_shows_what_it_is(house: House, arg: str) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    shown = await press(house, maria, CANCEL)
    await maria.press(data=act("gd", booking.code, booking.version, arg), message_id=shown.id)
    await house.settle()
    assert house.booking(booking.code).status == "confirmed"


async def test_t4_nobody_cancels_or_reads_the_refund_of_somebody_else(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    eve = await newcomer(house, "Ева")
    seen = await say(house, eve, "/my")
    for action, arg in (("gc", ""), ("gc", "why"), ("gd", "yes"), ("gm", "why")):
        for code in (booking.code, "HB-ZZZZ"):
            pressed = await eve.press(data=act(action, code, booking.version, arg), message_id=seen.id)
            await house.settle()
            assert pressed.toast == "Не нашли такую бронь."
    assert house.booking(booking.code).status == "confirmed"
    assert rows(house, "guest.refund_why") == rows(house, "guest.price_why") == 0


async def test_why_this_price_stands_on_the_page_of_a_booking_in_both_languages(house: House) -> None:
    for name, language, title, line in (
        ("Мария", "ru", "Почему такая цена", "Сауна: один раз — 100"),
        ("John", "en", "Why this price", "Sauna: once — 100"),
    ):
        guest: Person = await newcomer(house, name, language=language)
        arrival = "2026-12-05T16:00" if language == "ru" else "2026-12-12T16:00"
        booking = await booked(house, guest, arrival)
        await say(house, guest, "/my")
        day = "сб 5 дек" if language == "ru" else "Sat 12 Dec"
        page = await press(house, guest, f"{booking.code} · {day}")
        button = next(one for one in page.buttons if one.startswith("❓"))
        why = await press(house, guest, button)
        assert why.text.startswith(title)
        assert line in why.text
        assert "800 BYN" in why.text


async def test_english_names_the_sum_the_same(house: House) -> None:
    john = await newcomer(house, "John", language="en")
    booking = await booked(house, john)
    shown = await press(house, john, "↩️ Cancel")
    assert shown.text == (
        f"Cancel {booking.code}? Sat 5 Dec 16:00 → Sun 6 Dec 16:00\n"
        "We give back 0 of 400 BYN, because “until arrival: the prepayment is kept”."
    )
    assert shown.rows == [["🗓 Move the dates instead"], ["Yes, cancel"], ["❓ Why this refund"], ["← Do not cancel"]]


# Gifts


async def given(house: House, kind: str, **more: int | str) -> str:
    """The code of a gift that was sold."""
    draft = Gift(0, "", kind, "BYN", date(2027, 2, 1), **more)  # type: ignore[arg-type]
    catalog = factories.secret_house()
    return (await house.write(lambda tx: gifts.issue(tx, catalog, draft, actor=SYSTEM, now=house.now))).code


async def test_r48_what_a_card_paid_is_named_and_goes_back_on_it_first(house: House) -> None:
    await with_tiers(house)
    code = await given(house, "money", amount=50000)
    maria = await newcomer(house)
    booking = await booked(house, maria, gift=code, received=30000)
    shown = await press(house, maria, CANCEL)
    assert "Вернём 800 из 800 BYN" in shown.text
    assert "Из них на сертификат вернутся 500 BYN." in shown.text
    done = await press(house, maria, YES)
    assert "На сертификат вернулись 500 BYN." in done.text
    assert "Вернём 300 BYN. Куда вернуть?" in done.text
    assert refund_booked(house, booking)["refund"] == 80000


async def test_r49_a_certificate_is_good_again_and_no_money_is_asked_where_to(house: House) -> None:
    await with_tiers(house)
    code = await given(house, "stay", tariff="day", visits=1)
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00", gift=code)
    assert booking.status == "confirmed"  # nothing is left to pay
    shown = await press(house, maria, CANCEL)
    assert shown.text.endswith("Сертификат снова будет действовать.")
    await press(house, maria, YES)
    assert len(await said(maria, "Сертификат снова действует.")) == 1
    assert house.booking(booking.code).status == "cancelled_by_guest"
    assert house.read(lambda tx: tasks.find_open(tx, "refund", booking.id)) is None


async def test_r27_a_prepayment_holds_no_city_tax_and_why_does_not_promise_it_back(guesthouse: House) -> None:
    maria = await newcomer(guesthouse)
    room: Any = {"hours": 44, "tariff": "room", "unit": "blue-room", "party": {"adult": 2}, "extras": {}}
    await booked(
        guesthouse, maria, "2026-12-09T15:00", **room
    )  # 55.50 of 195, 10 of it the tax, half of the price is kept
    assert "Вернём 0 из 55.50 EUR" in (await press(guesthouse, maria, CANCEL)).text
    reasons = await press(guesthouse, maria, WHY)
    assert "вернём 0 EUR ← этот срок" in reasons.text
    assert "Городской сбор" not in reasons.text


async def test_r53_where_nothing_was_paid_there_is_no_why(salon: House) -> None:
    maria = await newcomer(salon)
    visit: Any = {"hours": 1, "tariff": "haircut", "unit": "anna", "party": {"adult": 1}, "extras": {}, "method": None}
    await salon.hold(maria, "2026-12-01T13:00", **visit)
    await press(salon, maria, CANCEL)
    assert (await press(salon, maria, YES)).buttons == ["💬 Написать нам"]


async def test_r36_a_change_that_waits_for_money_ends_with_its_booking_and_asks_for_none(house: House) -> None:
    maria = await newcomer(house)
    await booked(house, maria, tariff="couple", party={"adult": 2}, extras={}, received=50000)
    for button in ("✏️ Изменить", "👥 Гости и услуги", "+", "Дальше →", "✅ Изменить"):
        await press(house, maria, button)
    await press(house, maria, CANCEL)
    await press(house, maria, YES)
    assert await said(maria, "Это изменение больше не действует, доплачивать не нужно")


async def test_check_27_money_that_is_still_looked_for_is_named_before_the_yes(house: House) -> None:
    maria = await newcomer(house)
    await booked(house, maria)
    await at_local(house, "2026-12-02T12:00")
    await maria.photo()
    await house.settle()
    shown = await press(house, maria, CANCEL)
    assert "Вернём 0 из 400 BYN" in shown.text
    assert shown.text.endswith("Чек на доплату ещё проверяем: если отмените, эти деньги вернём полностью.")
