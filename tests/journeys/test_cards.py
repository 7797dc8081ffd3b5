"""A guest pays by card: the button where the desk takes cards, the page, and M8 without anybody's help (M4, M8; R36, R45)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from housebot.bot.actions import act
from housebot.domain.catalog import Catalog
from housebot.services import hooks
from housebot.simulator.client import Person
from tests import factories
from tests.journeys.afterwards import newcomer, paid, rows, said
from tests.journeys.house import House, open_house
from tests.journeys.walking import press, toast
from tests.yookassa import SECRET, SHOP, YooKassaDouble

ONLINE, TRANSFER = "💳 Картой онлайн", "🏦 Переводом"
SATURDAY = "2026-12-05T16:00"


@asynccontextmanager
async def taking_cards(folder: Path, **desk: Any) -> AsyncIterator[tuple[House, YooKassaDouble]]:
    catalog: Catalog = factories.secret_house()
    catalog = replace(catalog, desk=replace(catalog.desk, **desk))
    async with YooKassaDouble() as shop:
        settings = f'[payments.yookassa]\nshop_id = {SHOP}\nsecret_key = "{SECRET}"\napi_base = "{shop.url}"\n'
        async with open_house(folder, catalog, more_settings=settings) as house:
            yield house, shop


@pytest.fixture
async def cards(tmp_path: Path) -> AsyncIterator[tuple[House, YooKassaDouble]]:
    async with taking_cards(tmp_path) as made:
        yield made


async def card_of(maria: Person, code: str) -> Any:
    """The live card of the hold."""
    return next(one for one in await maria.messages() if not one["mine"] and code in one.text)


async def test_m4_without_a_shop_there_is_no_button(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(maria, SATURDAY, method=None)
    assert ONLINE not in str((await maria.last()).rows)


async def test_m4_to_m8_a_card_confirms_by_itself(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY, method=None)
    card = await maria.last()
    assert "Переведите 350 BYN" in card.text
    assert card.rows[-2:] == [[ONLINE], ["💬 Вопрос", "✖️ Отказаться от брони"]]
    await press(house, maria, ONLINE)
    await house.settle()
    card = await card_of(maria, booking.code)
    assert "до 12:20 сегодня" in card.text
    assert "Оплатите 350 BYN картой" in card.text
    assert "Предоплата не возвращается" in card.text
    assert card.rows == [["💳 Оплатить 350 BYN"], [TRANSFER], ["💬 Вопрос", "✖️ Отказаться от брони"]]
    link = await maria.press("💳 Оплатить 350 BYN")
    assert (link.kind, link.value) == ("url", shop.newest()["confirmation"]["confirmation_url"])
    await shop.pay()
    await house.advance(seconds=15)
    assert house.booking(booking.code).status == "confirmed"
    assert paid(house, booking) == booking.deposit
    told = await maria.last()
    assert told.text.startswith("Забронировано ✅")
    assert "Оплачено 350, осталось 350 BYN при заезде" in told.text
    assert told["rang"]
    assert rows(house, "guest.confirmed") == 1
    assert (await said(house.owner, booking.code))[-1].buttons, "nobody of the staff has seen it: the owner is told"


async def test_defect_15_two_taps_are_one_payment(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    card = await maria.last()
    data = act("gp", booking.code, house.booking(booking.code).version, "yookassa")
    for _ in range(3):
        await maria.press(data=data, message_id=card.id)
    await house.settle()
    assert len(shop.payments) == 1


async def test_back_to_a_transfer_the_old_deadline_is_true_again(cards: tuple[House, YooKassaDouble]) -> None:
    house, _ = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY, method=None)
    promised = house.booking(booking.code).hold_expires_at
    await press(house, maria, ONLINE)
    await press(house, maria, TRANSFER)
    assert house.booking(booking.code).hold_expires_at == promised
    assert "Переведите 350 BYN" in (await card_of(maria, booking.code)).text


async def test_where_several_ways_are_open_the_card_is_one_of_them(tmp_path: Path) -> None:
    async with taking_cards(tmp_path, payment_methods=("bank", "cash")) as (house, _):
        maria = await newcomer(house)
        booking = await house.hold(maria, SATURDAY, method=None)
        assert (await maria.last()).rows[:2] == [[TRANSFER, "💵 На месте"], [ONLINE]]
        await press(house, maria, ONLINE)
        await house.settle()
        assert "Оплатите 350 BYN картой" in (await card_of(maria, booking.code)).text


async def test_a_card_that_did_not_go_through_leaves_every_way_open(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    shop.give_up()
    await house.advance(seconds=15)
    failed = await maria.last()
    assert failed.text.startswith("Оплата картой не прошла, ничего не списано. Даты держим до 14:00 сегодня")
    assert failed.rows == [[ONLINE], [TRANSFER], ["💬 Вопрос"]]
    await press(house, maria, ONLINE)
    await house.settle()
    assert len(shop.payments) == 2


async def test_r36_a_late_card_for_sold_dates_is_not_charged_and_other_dates_are_offered(
    cards: tuple[House, YooKassaDouble],
) -> None:
    house, shop = cards
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    booking = await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    await house.advance(minutes=50)
    assert house.booking(booking.code).status == "expired"
    await house.hold(olga, SATURDAY)
    await shop.pay()
    await house.advance(minutes=2)
    told = await maria.last()
    assert told.text.startswith("Оплата 350 BYN прошла после срока, а сб 5 дек уже забронировали. Деньги не списали")
    assert any(label.startswith("🗓") for label in told.buttons)
    assert shop.newest()["status"] == "canceled"
    assert paid(house, booking) == 0


async def test_r36_a_card_paid_after_she_let_the_hold_go_never_says_that_somebody_took_the_dates(
    cards: tuple[House, YooKassaDouble],
) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    await maria.press("✖️ Отказаться от брони")
    await house.settle()
    await press(house, maria, "Да, отказаться")
    await shop.pay(at_once=True)
    await house.advance(seconds=15)
    asked = await maria.last()
    assert asked.text == "Оплата пришла, когда бронь уже была снята. Ваши 350 BYN не пропадут, выберите:"
    assert asked.buttons == ["↩️ Вернуть деньги", "💬 Написать нам"]
    (alert,) = await said(house.owner, "Пришли деньги, а бронь уже снята")
    assert booking.code in alert.text
    await press(house, maria, "↩️ Вернуть деньги")
    assert "забронировали" not in (await maria.last()).text


async def test_a_stay_the_owner_cancels_goes_back_to_the_card(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    await shop.pay()
    await house.advance(seconds=15)
    code, _, _ = await house.shell("bookings", "cancel", booking.code, "--reason", "котёл")
    assert code == 0
    await house.settle()
    texts = [one.text for one in await maria.messages() if not one["mine"]]
    assert any("Вернём 350 BYN на карту, с которой платили" in text for text in texts)
    assert any(text.startswith("Вернули 350 BYN на карту") for text in texts)
    assert shop.taken() == 0


async def test_a5_the_hook_is_a_trigger_behind_a_secret_word(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    word = house.read(lambda tx: hooks.token(tx, "yookassa"))
    assert house.app is not None
    base = f"http://127.0.0.1:{house.app.web.port}/hooks/yookassa"
    body = {"event": "payment.waiting_for_capture", "object": {"id": shop.newest()["id"]}}
    async with aiohttp.ClientSession() as client:
        for address, sent, status in (
            (f"{base}/wrong", {"json": body}, 401),
            (f"{base}/{word}x", {"json": body}, 401),
            (f"{base}/{word}", {"data": b"x" * 70_000}, 413),
            (f"{base.replace('yookassa', 'bukza')}/{word}", {"json": body}, 404),
        ):
            async with client.post(address, **sent) as answer:
                assert answer.status == status
        async with client.get(f"{base}/{word}") as answer:
            assert answer.status == 405
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM notifications")) == 0
    shop.hook = f"{base}/{word}"
    await shop.pay(notify=2)
    await house.settle()  # the clock stands still: nobody would have asked yet
    assert house.booking(booking.code).status == "confirmed"
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM notifications")) == 1
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM payments")) == 1


async def test_defect_15_neither_an_address_somebody_claims_nor_what_a_body_says_is_believed(
    cards: tuple[House, YooKassaDouble],
) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    word = house.read(lambda tx: hooks.token(tx, "yookassa"))
    assert house.app is not None
    base = f"http://127.0.0.1:{house.app.web.port}/hooks/yookassa"
    claimed = "185.71.76.1"  # one of the provider's own
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")
    headers = {name: f"for={claimed}" if name == "Forwarded" else claimed for name in names}
    lie = {"event": "payment.succeeded", "object": {**shop.newest(), "status": "succeeded", "paid": True}}
    async with aiohttp.ClientSession(headers=headers) as client:
        async with client.post(f"{base}/wrong", json=lie) as answer:
            assert answer.status == 401
        assert house.read(lambda tx: tx.value("SELECT count(*) FROM notifications")) == 0
        async with client.post(f"{base}/{word}", json=lie) as answer:
            assert answer.status == 200
    await house.advance(seconds=15)
    assert house.booking(booking.code).status == "awaiting_payment"
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM payments")) == 0
    assert shop.newest()["status"] == "pending"


async def test_a_desk_stopped_between_the_page_and_the_money_finds_it(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    await press(house, maria, ONLINE)
    await house.settle()
    await house.close()
    await shop.pay()
    house.clock.set(house.clock.now().replace(hour=20))
    await house.open()
    await house.settle()
    assert house.booking(booking.code).status == "confirmed"
    assert len(shop.payments) == 1


async def test_an_old_card_button_is_answered_kindly(cards: tuple[House, YooKassaDouble]) -> None:
    house, shop = cards
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY)
    card = await maria.last()
    data = act("gp", booking.code, house.booking(booking.code).version, "yookassa")
    await house.advance(hours=3)
    assert await toast(house, maria, "", data=data, message_id=card.id)
    assert shop.payments == {}
