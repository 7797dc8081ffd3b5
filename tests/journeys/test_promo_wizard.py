"""`/promo` in the chat (R51, R52): a code is made step by step, looked at before it is there, listed with what it gave, switched off."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from housebot.domain.stay import StayRequest
from housebot.services import promos, quotes
from housebot.simulator.client import Seen
from tests import factories
from tests.journeys.afterwards import newcomer
from tests.journeys.house import House
from tests.journeys.staffroom import held, stay, texts_of
from tests.journeys.test_price_wizard import day
from tests.journeys.walking import press, say, toast


def codes(house: House) -> list[dict[str, Any]]:
    """As scripts see them, newest first."""
    catalog = factories.secret_house()
    return house.read(lambda tx: [promos.as_json(tx, catalog, one) for one in promos.listing(tx)])


async def named(house: House, code: str, kind: str = "Процент") -> Seen:
    """As far as the question how much."""
    await say(house, house.owner, "/promo")
    await press(house, house.owner, "➕ Новый код")
    await say(house, house.owner, code)
    return await press(house, house.owner, kind)


async def made(house: House, code: str, value: str, kind: str = "Процент") -> Seen:
    """A code without limits."""
    await named(house, code, kind)
    await say(house, house.owner, value)
    await press(house, house.owner, "Готово")
    return await press(house, house.owner, "✅ Создать код")


async def test_r51_a_code_is_made_with_every_limit_and_looked_at_before_it_is_there(house: House) -> None:
    await named(house, " весна ")
    limits = await say(house, house.owner, "15")
    assert "ВЕСНА" in limits.text
    assert "−15 %" in limits.text
    await press(house, house.owner, "Сколько раз всего")
    await say(house, house.owner, "10")
    await press(house, house.owner, "Раз на гостя")
    await say(house, house.owner, "1")
    await press(house, house.owner, "На какие дни")
    await say(house, house.owner, "1.12–20.12")
    await press(house, house.owner, "Когда бронировать")
    await day(house, house.owner, 28)
    await day(house, house.owner, 30)
    await press(house, house.owner, "Готово · 28–30 ноя")
    await press(house, house.owner, "Тарифы")
    await press(house, house.owner, "Сутки")
    limits = await press(house, house.owner, "Готово")
    assert {"✓ Сколько раз всего", "✓ На какие дни", "✓ Тарифы"} <= set(limits.buttons)
    look = await press(house, house.owner, "Готово")
    assert "Сутки · вт 16:00 24 ч: 700 → 595" in look.text
    assert "Пока ничего не изменилось" in look.text
    for said in (
        "всего не больше 10 раз",
        "вт 1 дек 2026 – вс 20 дек 2026",
        "сб 28 ноя 2026 – пн 30 ноя 2026",
        "только: Сутки",
    ):
        assert said in look.text
    assert codes(house) == []
    done = await press(house, house.owner, "✅ Создать код")
    assert done.text == "✅ Промокод создан. ВЕСНА · −15 %"
    (one,) = codes(house)
    assert {name: one[name] for name in ("code", "max_total", "max_per_guest", "stay_from", "stay_to", "book_from", "book_to", "tariffs")} == {
        "code": "ВЕСНА",
        "max_total": 10,
        "max_per_guest": 1,
        "stay_from": "2026-12-01",
        "stay_to": "2026-12-20",
        "book_from": "2026-11-28",
        "book_to": "2026-11-30",
        "tariffs": ["day"],
    }  # fmt: skip
    assert one["discount"] == {"kind": "percent", "basis_points": 1500}


async def test_r29_a_hundred_percent_is_accepted_and_the_quote_is_nothing(house: House) -> None:
    await made(house, "ДАРОМ", "100")
    arrival = datetime(2026, 12, 5, 16)
    wish = StayRequest("house", "day", arrival, arrival + timedelta(hours=24), {"adult": 3}, promo="даром")
    assert house.read(lambda tx: quotes.draw_up(tx, wish, now=house.now)).price.total == 0


async def test_r51_a_service_may_be_free_with_a_code(house: House) -> None:
    await named(house, "БАНЯ", "Услуга в подарок")
    await press(house, house.owner, "Сауна")
    look = await press(house, house.owner, "Готово")
    assert "Сауна бесплатно" in look.text
    await press(house, house.owner, "✅ Создать код")
    assert codes(house)[0]["discount"] == {"kind": "extra", "extra": "sauna"}
    arrival = datetime(2026, 12, 5, 16)
    wish = StayRequest("house", "day", arrival, arrival + timedelta(hours=24), {"adult": 3}, {"sauna": 1}, promo="баня")
    assert house.read(lambda tx: quotes.draw_up(tx, wish, now=house.now)).price.total == 70_000


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("Процент", "0", "больше нуля и не больше 100 %"),
        ("Процент", "101", "больше нуля и не больше 100 %"),
        ("Процент", "-5", "Не похоже на процент"),
        ("Процент", "пять", "Не похоже на процент"),
        ("Процент", "1000000000000", "Не похоже на процент"),
        ("Сумма", "0", "Сумма должна быть больше нуля"),
        ("Сумма", "-50", "Не похоже на сумму"),
        ("Сумма", "1,000,000", "Не похоже на сумму"),
        ("Сумма", "1000000000000", "Не похоже на сумму"),
        ("Сумма", "пятьдесят", "Не похоже на сумму"),
        ("Цена", "-1", "Не похоже на сумму"),
    ],
    ids=lambda value: value.replace(" ", "_")[:20],
)
async def test_a_value_that_cannot_be_meant_is_told_why_and_asked_again_with_the_code_kept(
    house: House, kind: str, typed: str, said: str
) -> None:
    asked = await named(house, "ВЕСНА", kind)
    again = await say(house, house.owner, typed)
    assert any(said in text for text in (await texts_of(house.owner))[-3:])
    assert again.text == asked.text
    assert "ВЕСНА" in (await say(house, house.owner, "50")).text
    assert codes(house) == []


@pytest.mark.parametrize(
    ("typed", "amount"), [("50", 5000), ("1 200,50", 120_050), (" 75.5 BYN", 7550)], ids=["plain", "spaces", "currency"]
)
async def test_amounts_are_read_as_people_write_them(house: House, typed: str, amount: int) -> None:
    await made(house, "СУММА", typed, "Сумма")
    assert codes(house)[0]["discount"] == {"kind": "amount", "amount": {"amount": amount, "currency": "BYN"}}


@pytest.mark.parametrize(
    ("opened", "typed", "said", "then"),
    [
        ("На какие дни", "20.12 – 1.12", "Конец не может быть раньше начала", "1.12 – 20.12"),
        ("Когда бронировать", "когда-нибудь", "Не похоже на даты", "завтра"),
        ("Сколько раз всего", "0", "Не похоже на число", "5"),
        ("Раз на гостя", "-1", "Не похоже на число", "1"),
        ("Раз на гостя", "1000000", "Не похоже на число", "2"),
    ],
)
async def test_a_limit_that_cannot_be_meant_is_asked_again_and_nothing_is_lost(
    house: House, opened: str, typed: str, said: str, then: str
) -> None:
    await named(house, "ВЕСНА")
    await say(house, house.owner, "15")
    asked = await press(house, house.owner, opened)
    again = await say(house, house.owner, typed)
    assert any(said in text for text in (await texts_of(house.owner))[-3:])
    assert again.text == asked.text
    limits = await say(house, house.owner, then)
    assert f"✓ {opened}" in limits.buttons
    assert "−15 %" in limits.text
    await press(house, house.owner, f"✓ {opened}")
    assert f"✓ {opened}" not in (await press(house, house.owner, "Без этого ограничения")).buttons


@pytest.mark.parametrize("typed", ["BECHA", " в е с н а ", "весна"], ids=["look-alikes", "spaces", "small"])
async def test_r51_a_code_that_is_there_however_it_is_typed_is_refused_and_asked_again(
    house: House, typed: str
) -> None:
    await made(house, "ВЕСНА", "15")
    await say(house, house.owner, "/promo")
    await press(house, house.owner, "➕ Новый код")
    await say(house, house.owner, typed)
    assert any("Такой промокод уже есть" in text for text in (await texts_of(house.owner))[-3:])
    assert "Что он даёт?" in (await say(house, house.owner, "ЛЕТО")).text
    assert len(codes(house)) == 1


@pytest.mark.parametrize(
    "typed", ["я", "ю" * 33, "<b>x</b>", "🎉🎉", "a.b"], ids=["short", "long", "markup", "emoji", "dot"]
)
async def test_what_is_no_code_is_refused_and_asked_again(house: House, typed: str) -> None:
    await say(house, house.owner, "/promo")
    await press(house, house.owner, "➕ Новый код")
    again = await say(house, house.owner, typed)
    assert any("В промокоде от 2 до 32" in text for text in (await texts_of(house.owner))[-3:])
    assert "Новый промокод" in again.text


async def test_r52_the_list_and_the_card_say_what_a_code_gave_and_it_is_switched_off_and_back_on(house: House) -> None:
    await made(house, "ВЕСНА", "15")
    first = await held(house, await newcomer(house), _with_code(datetime(2026, 12, 5, 16)))
    await held(house, await newcomer(house, "Ольга"), _with_code(datetime(2026, 12, 8, 16)))
    await house.confirm(first, received=first.deposit)
    listed = await say(house, house.owner, "/promo")
    assert "ВЕСНА · −15 % · ждут оплаты 1, использовано 1, скидок на 120 BYN" in listed.text
    card = await press(house, house.owner, "ВЕСНА")
    assert "скидок на 120 BYN" in card.text
    off = await press(house, house.owner, "Выключить")
    assert off.text == "Промокод выключен. ВЕСНА · −15 %"
    assert codes(house)[0]["active"] is False
    await house.advance(minutes=1)
    await press(house, house.owner, "↩️ Отменить действие", message_id=off.id)
    assert codes(house)[0]["active"] is True


async def test_two_who_switch_a_code_off_the_second_is_told_and_the_card_shows_it(house: House) -> None:
    await made(house, "ВЕСНА", "15")
    for owner in (house.owner, house.second_owner):
        await say(house, owner, "/promo")
        await press(house, owner, "ВЕСНА")
    await press(house, house.owner, "Выключить")
    told = await toast(house, house.second_owner, "Выключить")
    assert told == "Этот код уже выключен."
    assert "выключен" in (await house.second_owner.last()).text


async def test_undo_of_a_new_code_switches_it_off(house: House) -> None:
    await made(house, "ВЕСНА", "15")
    assert "Промокод создан. ВЕСНА" in (await say(house, house.owner, "/undo")).text
    assert codes(house)[0]["active"] is False


def _with_code(arrival: datetime) -> StayRequest:
    wish = stay(arrival)
    return StayRequest(wish.unit, wish.tariff, wish.arrival, wish.departure, wish.party, wish.extras, promo="весна")
