"""The summary, the contact, and what happens when the desk has changed since the summary was shown."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from housebot.domain.catalog_document import to_document
from housebot.domain.stay import StayRequest
from housebot.services import bookings, catalogs, staff
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.simulator.client import Person, Seen
from tests import factories
from tests.journeys.afterwards import rows as kinds
from tests.journeys.house import OWNER_ID, House
from tests.journeys.walking import ACCEPT, HELP, NOTHING, SHARE, began, press, say
from tests.journeys.walking import bookings as rows

SHELL = Actor("shell", None, "test", "shell")


async def to_summary(house: House, guest: Person, *, day: str = "5", month: int = 1) -> Seen:
    await began(house, guest)
    await press(house, guest, HELP)
    for _ in range(month):
        await press(house, guest, "›")
    for button in (day, "Сутки", "4", "Сауна", "Дальше →", "Сутки · 800"):
        await press(house, guest, button)
    return await press(house, guest, NOTHING)


async def sell(house: House, arrival: str, departure: str) -> None:
    wish = StayRequest("house", "day", datetime.fromisoformat(arrival), datetime.fromisoformat(departure), {"adult": 2})

    def work(tx: Tx) -> None:
        bookings.hold(tx, wish, guest_id=None, contact="+375291234567", source="shell", actor=SHELL, now=house.now)

    await house.write(work)


async def dearer(house: House, by: int = 100) -> None:
    """The owner applies a catalog with another price of a day."""
    catalog = factories.secret_house()
    tariffs = tuple(
        replace(one, price=one.price + by * 100, day_totals=(one.day_totals[0] + by * 100, *one.day_totals[1:]))
        if one.id == "day"
        else one
        for one in catalog.tariffs
    )

    def work(tx: Tx) -> None:
        catalogs.apply(tx, to_document(replace(catalog, tariffs=tariffs)), actor=SYSTEM, now=house.now)

    await house.write(work)


async def test_check_11_lines_sum_to_the_total_of_the_stored_quote_and_refund_words_stand_before_the_hold(
    house: House,
) -> None:
    guest = await house.guest()
    summary = await to_summary(house, guest)
    assert "Итого 800 BYN (200 с человека)" in summary.text
    assert "Предоплата не возвращается; один раз можно сдвинуть даты." in summary.text
    assert "Сейчас предоплата 50 % — 400 BYN, при заезде — 400 BYN." in summary.text
    assert "Правила\n• " in summary.text, "a list of rules begins on a line of its own"
    assert "Пока не нажмёте кнопку, даты свободны для всех." in summary.text
    amounts = [
        int(line.rsplit(" — ", 1)[1]) for line in summary.text.splitlines() if line.rsplit(" — ", 1)[-1].isdigit()
    ]
    stored = house.read(lambda tx: dict(tx.one("SELECT total, price FROM quotes ORDER BY id DESC LIMIT 1") or {}))
    assert sum(amounts) * 100 == stored["total"] == 80000
    assert sum(line["amount"] for line in json.loads(stored["price"])["lines"]) == stored["total"]
    assert rows(house) == []
    why = await press(house, guest, "❓ Почему такая цена")
    assert "Сутки, от 3 человек: один раз — 700" in why.text
    await press(house, guest, "← Назад")
    await guest.press("📤 Поделиться")
    await house.settle()
    shared = (await guest.last()).text
    assert shared.startswith(
        "Secret House: Сутки, сб 5 дек 16:00 → вс 6 дек 16:00, 4 гостя. Итого 800 BYN, 200 BYN с человека."
    )
    assert "?start=book_house" in shared
    assert "Мария" not in shared


async def test_check_12_a_number_of_any_country_by_the_button_is_taken_and_the_menu_is_back(house: House) -> None:
    guest = await house.guest(phone="+79161234567")
    await to_summary(house, guest)
    await press(house, guest, ACCEPT)
    await guest.share_contact()
    await house.settle()
    [booking] = rows(house)
    assert booking["contact"] == "+79161234567"
    assert (await guest.keyboard())[0] == HELP


async def test_check_12_somebody_elses_card_is_refused_kindly(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await press(house, guest, ACCEPT)
    await guest.send_contact("+375297777777", "Друг", 12345)
    await house.settle()
    refused = await guest.last()
    assert "Это чужая карточка" in refused.text
    assert rows(house) == []
    assert house.read(lambda tx: tx.value("SELECT contact FROM guests WHERE name = 'Мария'")) is None
    await guest.share_contact()
    await house.settle()
    assert [row["contact"] for row in rows(house)] == ["+375291112233"]


async def test_check_12_a_telegram_name_is_one_press(house: House) -> None:
    guest = await house.guest(username="maria_minsk", phone=None)
    await to_summary(house, guest)
    await press(house, guest, ACCEPT)
    assert "Оставить @maria_minsk" in await guest.keyboard()
    await say(house, guest, "Оставить @maria_minsk")
    assert [row["contact"] for row in rows(house)] == ["@maria_minsk"]
    assert (await guest.keyboard())[0] == HELP


@pytest.mark.parametrize("said", ["/prices", "🧾 Мои брони", "/menu"])
async def test_whoever_leaves_the_contact_by_a_word_of_the_menu_gets_its_keyboard_back_once(
    house: House, said: str
) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await press(house, guest, ACCEPT)
    assert SHARE in await guest.keyboard()
    await say(house, guest, said)
    assert (await guest.keyboard())[0] == HELP
    assert kinds(house, "reply.keyboard") == 1


async def test_back_from_the_contact_brings_the_menu_and_the_summary(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await press(house, guest, ACCEPT)
    summary = await say(house, guest, "← Назад")
    assert "Итого 800 BYN" in summary.text
    assert (await guest.keyboard())[0] == HELP


async def test_r13_dates_taken_while_the_contact_was_asked_lead_to_the_nearest_and_nothing_typed_is_lost(
    house: House,
) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await press(house, guest, "➕ Комментарий")
    assert "Проверьте" in (await say(house, guest, "Будем с собакой")).text
    await press(house, guest, ACCEPT)
    await sell(house, "2026-12-05T16:00", "2026-12-06T16:00")
    await guest.share_contact()
    await house.settle()
    refused = await guest.last()
    assert "Эти даты уже заняты." in refused.text
    near = [text for text in refused.buttons if "🗓" in text and "Другие" not in text]
    assert len(near) >= 2
    assert len(rows(house)) == 1
    summary = await press(house, guest, near[0])
    assert "Проверьте" in summary.text
    assert "Будем с собакой" in summary.text
    await press(house, guest, ACCEPT)
    mine = rows(house)[-1]
    assert (mine["contact"], mine["comment"], mine["guests"]) == ("+375291112233", "Будем с собакой", 4)
    assert mine["start"] != "2026-12-05T13:00:00Z"


async def test_r13_dates_sold_before_she_accepts_are_told_before_her_number_is_asked(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await sell(house, "2026-12-05T16:00", "2026-12-06T16:00")
    refused = await press(house, guest, ACCEPT)
    assert refused.text.startswith("Эти даты уже заняты.")
    assert refused.buttons[:3] == [
        "🗓 вс 6 дек 18:00 → пн 18:00 · 800",
        "🗓 пт 4 дек 14:00 → сб 14:00 · 800",
        "🗓 пн 7 дек 16:00 → вт 16:00 · 800",
    ]
    assert kinds(house, "reply.contact") == 0
    assert "Итого 800 BYN" in (await press(house, guest, "🗓 пн 7 дек 16:00")).text


async def test_r23_a_price_that_moved_is_shown_with_the_difference_and_asked_again(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await dearer(house)
    await house.advance(minutes=16)
    again = await press(house, guest, ACCEPT)
    assert "Как с вами связаться?" in again.text
    await guest.share_contact()
    await house.settle()
    changed = await guest.last()
    assert "Цена изменилась: было 800, стало 900 BYN" in changed.text
    assert "Итого 900 BYN" in changed.text
    assert rows(house) == []
    await press(house, guest, ACCEPT)
    assert [row["total"] for row in rows(house)] == [90000]


async def test_r23_inside_its_time_the_shown_price_is_honoured(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await dearer(house)
    await press(house, guest, ACCEPT)
    await guest.share_contact()
    await house.settle()
    assert [row["total"] for row in rows(house)] == [80000]


async def test_r40_a_third_hold_is_refused_with_words_and_a_way_to_the_others(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest, day="5")
    await press(house, guest, ACCEPT)
    await guest.share_contact()
    await house.settle()
    await to_summary(house, guest, day="12")
    await press(house, guest, ACCEPT)
    await to_summary(house, guest, day="19")
    refused = await press(house, guest, ACCEPT)
    assert "У вас уже есть неоплаченные брони" in refused.text
    assert "🧾 Мои брони" in refused.buttons
    assert len(rows(house)) == 2


async def test_ux_2d_what_an_owner_books_in_guest_view_is_a_test(house: House) -> None:
    await house.write(lambda tx: staff.guest_view(tx, OWNER_ID, True))
    await to_summary(house, house.owner)
    await press(house, house.owner, ACCEPT)
    await say(house, house.owner, "+375291112233")
    assert [row["test"] for row in rows(house)] == [1]


async def test_questions_of_a_tariff_are_answered_by_buttons_and_words(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await say(house, guest, "5.12 4 чел")
    await press(house, guest, "Инкогнито сутки · 900")
    await press(house, guest, "Какое вино поставить?")
    adding = await press(house, guest, "Красное сухое")
    assert "Какое вино поставить: Красное сухое" in adding.text
    await press(house, guest, "Откуда вас забрать?")
    short = await say(house, guest, "тут")
    assert "нужно хотя бы 5 знаков" in short.text
    await say(house, guest, "Минск, пр. Победителей, 7")
    summary = await press(house, guest, "Показать итог")
    assert "Какое вино поставить: Красное сухое\nОткуда вас забрать: Минск, пр. Победителей, 7\n" in summary.text
    await press(house, guest, ACCEPT)
    await guest.share_contact()
    await house.settle()
    [booking] = rows(house)
    assert json.loads(booking["answers"]) == {"wine": "red-dry", "transfer-address": "Минск, пр. Победителей, 7"}


async def test_exact_hours_may_be_changed_from_the_summary(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    await press(house, guest, "← Изменить")
    hours = await press(house, guest, "Время")
    assert "Во сколько приедете?" in hours.text
    await press(house, guest, "14:00")
    summary = await press(house, guest, "вс 6 15:00 · +1 ч · 830")
    assert "сб 5 дек 14:00 → вс 6 дек 15:00 (25 ч" in summary.text
    assert "Итого 830 BYN" in summary.text


async def test_check_11_the_share_of_each_is_the_same_rounded_figure_on_offers_summary_and_for_friends(
    house: House,
) -> None:
    guest = await house.guest()
    await began(house, guest)
    offers = await say(house, guest, "5.12 сутки 6 чел")
    assert "Сутки 16:00 → вс 16:00 — 700 BYN (≈ 117 с человека)" in offers.text
    assert "900 BYN (150 с человека)" in offers.text
    await press(house, guest, "Сутки · 700")
    assert "Итого 700 BYN (≈ 117 с человека)" in (await press(house, guest, NOTHING)).text
    await guest.press("📤 Поделиться")
    await house.settle()
    assert "Итого 700 BYN, ≈ 117 BYN с человека." in (await guest.last()).text
