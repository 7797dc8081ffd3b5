"""A promo code in a guest's hands: on the summary, in the price, taken away, and no way to guess one."""

from typing import Any

import pytest

from housebot.domain.promo import Promo
from housebot.services import promos
from housebot.services.ports import SYSTEM, Tx
from housebot.simulator.client import Person, Seen
from tests import factories
from tests.journeys.house import House
from tests.journeys.test_summary import to_summary
from tests.journeys.walking import ACCEPT, SHARE, bookings, press, say

ASK = "🎟 Промокод или сертификат"


async def add(house: House, code: str = "ВЕСНА", value: int = 1500, **more: Any) -> None:
    def work(tx: Tx) -> None:
        draft = Promo(id=0, code=code, kind="percent", value=value, **more)
        promos.add(tx, factories.secret_house(), draft, actor=SYSTEM, now=house.now)

    await house.write(work)


async def booked(house: House, guest: Person) -> Seen:
    await press(house, guest, ACCEPT)
    await guest.press(SHARE)
    await house.settle()
    return await guest.last()


async def test_r51_a_code_typed_in_small_letters_is_a_line_of_the_price_and_of_the_booking(house: House) -> None:
    maria = await house.guest()
    await add(house, max_total=1)
    shown = await to_summary(house, maria)
    assert ASK in shown.buttons
    asked = await press(house, maria, ASK)
    assert {"← Назад", "☰ Меню"} <= set(asked.buttons)
    summary = await say(house, maria, " весна ")
    assert "Промокод ВЕСНА — −120" in summary.text
    assert "Итого 680 BYN" in summary.text
    held = await booked(house, maria)
    assert "340 BYN" in held.text
    (row,) = bookings(house)
    assert (row["total"], row["deposit"]) == (68_000, 34_000)
    shown_promo = house.read(lambda tx: promos.as_json(tx, factories.secret_house(), promos.get(tx, "весна")))
    assert (shown_promo["reserved"], shown_promo["left"]) == (1, 0)


@pytest.mark.parametrize(
    "typed", ["ЗИМА", "я" * 5000, "🎉🎉", "<b>жирно</b>", "ЛЕТО"], ids=["unknown", "long", "emoji", "markup", "off"]
)
async def test_r49_a_wrong_code_and_one_that_is_over_look_the_same(house: House, typed: str) -> None:
    maria = await house.guest()
    await add(house)
    await add(house, "ЛЕТО")
    await house.write(lambda tx: promos.disable(tx, "лето", actor=SYSTEM, now=house.now))
    await to_summary(house, maria)
    await press(house, maria, ASK)
    said = await say(house, maria, typed)
    assert "Этот код не подходит" in said.text
    back = await press(house, maria, "← Назад")
    assert "Итого 800 BYN" in back.text


async def test_r49_after_five_wrong_codes_even_the_right_one_waits_an_hour(house: House) -> None:
    maria = await house.guest()
    await add(house)
    await to_summary(house, maria)
    await press(house, maria, ASK)
    for number in range(5):
        await say(house, maria, f"КОД{number}")
    assert "Слишком много попыток" in (await say(house, maria, "ВЕСНА")).text
    await house.advance(hours=1)
    assert "Итого 680 BYN" in (await say(house, maria, "ВЕСНА")).text


async def test_a_code_is_taken_away_again_and_falls_away_by_itself_when_it_no_longer_fits(house: House) -> None:
    maria = await house.guest()
    await add(house, tariffs=frozenset({"day"}))
    await to_summary(house, maria)
    await press(house, maria, ASK)
    await say(house, maria, "ВЕСНА")
    await press(house, maria, "🎟 ВЕСНА")
    assert "Итого 800 BYN" in (await press(house, maria, "✖️ Убрать промокод")).text
    await press(house, maria, ASK)
    await say(house, maria, "ВЕСНА")
    await house.write(lambda tx: promos.disable(tx, "ВЕСНА", actor=SYSTEM, now=house.now))
    await house.advance(minutes=16)
    fallen = await press(house, maria, ACCEPT)
    await guest_shares(house, maria)
    assert "посчитали без него" in (fallen.text + (await maria.last()).text)
    assert bookings(house) == []


async def guest_shares(house: House, guest: Person) -> None:
    if SHARE in await guest.keyboard():
        await guest.press(SHARE)
        await house.settle()


async def test_a_desk_without_codes_asks_for_none(house: House) -> None:
    maria = await house.guest()
    assert ASK not in (await to_summary(house, maria)).buttons


async def test_a_use_that_somebody_else_took_meanwhile_is_said_and_nothing_is_lost(house: House) -> None:
    maria = await house.guest()
    await add(house, max_total=1)
    await to_summary(house, maria)
    await press(house, maria, ASK)
    await say(house, maria, "ВЕСНА")
    other = await house.guest("Ольга", phone="+375291114455")
    await to_summary(house, other, day="12")
    await press(house, other, ASK)
    await say(house, other, "ВЕСНА")
    await booked(house, other)
    assert [row["total"] for row in bookings(house)] == [68_000]
    said = await booked(house, maria)
    assert "посчитали без него" in said.text
    assert "Итого 800 BYN" in said.text
    assert len(bookings(house)) == 1
    assert "Держим" in (await press(house, maria, ACCEPT)).text or "Держим" in (await maria.last()).text
