"""The rest of the price in the hands of staff: taken on the opened booking, written down once, the guest thanked (R44, UX 2d)."""

import asyncio

import pytest

from housebot.bot.actions import act
from housebot.services.bookings import Booking
from housebot.simulator.client import Person
from tests.journeys.afterwards import newcomer, said
from tests.journeys.house import House
from tests.journeys.staffroom import ledger, texts_of, waiting
from tests.journeys.test_deposits import opened
from tests.journeys.test_staff_desk import colleague, confirmed
from tests.journeys.walking import press, say

TAKEN = "💰 Доплата получена · 400"


async def stay(house: House) -> tuple[Person, Booking]:
    """Booked with 400 of 800 paid, and opened by the owner."""
    guest = await newcomer(house)
    booking = await confirmed(house, guest)
    await opened(house, house.owner, booking)
    return guest, booking


@pytest.mark.parametrize(("label", "method"), [("Наличными", "cash"), ("Переводом", "bank")])
async def test_r44_money_taken_at_arrival_is_one_row_and_the_guest_is_thanked(
    house: House, label: str, method: str
) -> None:
    guest, booking = await stay(house)
    asked = await press(house, house.owner, TAKEN)
    assert "Доплата 400 BYN: как получили?" in asked.text
    pressed = await house.owner.press(label)
    await house.settle()
    assert pressed.toast == f"{booking.code}: доплата 400 BYN записана."
    assert ledger(house, booking) == [("payment", 40000), ("payment", 40000)]
    assert house.read(lambda tx: tx.value("SELECT method FROM payments ORDER BY id DESC LIMIT 1")) == method
    assert await said(guest, "Получили 400 BYN")
    card = await house.owner.last()
    assert "Оплачено 800, осталось 0" in card.text
    assert not [one for one in card.buttons if "Доплата получена" in one]


async def test_r44_a_part_of_it_is_typed_and_nonsense_is_asked_for_again(house: House) -> None:
    _, booking = await stay(house)
    await press(house, house.owner, TAKEN)
    await press(house, house.owner, "Другая сумма")
    for nonsense in ("сто", "-5", "0", "401", "1000000000000"):
        assert "не больше 400 BYN" in (await say(house, house.owner, nonsense)).text
    assert ledger(house, booking) == [("payment", 40000)]
    asked = await say(house, house.owner, "150,50")
    assert "Доплата 150.50 BYN: как получили?" in asked.text
    card = await press(house, house.owner, "Наличными")
    assert ledger(house, booking) == [("payment", 40000), ("payment", 15050)]
    assert "💰 Доплата получена · 249.50" in card.buttons


async def test_r44_two_of_the_staff_take_it_at_once_and_it_is_written_down_once(house: House) -> None:
    _, booking = await stay(house)
    await opened(house, house.second_owner, booking)
    people = (house.owner, house.second_owner)
    for person in people:
        await press(house, person, TAKEN)
    toasts = [one.toast for one in await asyncio.gather(*(person.press("Наличными") for person in people))]
    await house.settle()
    assert ledger(house, booking) == [("payment", 40000), ("payment", 40000)]
    assert sum("записана" in one for one in toasts) == 1


async def test_a_receipt_that_waits_is_judged_on_its_card_and_not_taken_twice(house: House) -> None:
    guest, booking = await stay(house)
    await guest.photo()
    await house.settle()
    await opened(house, house.owner, booking)
    assert TAKEN not in (await house.owner.last()).buttons


async def test_t3_a_press_that_was_made_up_or_is_not_theirs_writes_nothing(house: House) -> None:
    guest, booking = await stay(house)
    cleaner = await colleague(house, "Нина", "cleaner")
    await house.settle()
    good = act("sj", booking.code, booking.version, "hand:cash:40000:40000")
    for person in (cleaner, guest):
        message = await person.last()
        await person.press(data=good, message_id=message.id)
    message = await house.owner.last()
    for made_up in (
        "cash:50000:50000",
        "cash:50000:40000",
        "cash:0:40000",
        "card:100:40000",
        "cash:x:40000",
        "cash",
        "cash:1:2:3",
    ):
        data = act("sj", booking.code, booking.version, f"hand:{made_up}")
        await house.owner.press(data=data, message_id=message.id)
    await house.settle()
    assert ledger(house, booking) == [("payment", 40000)]
    assert not [text for text in await texts_of(cleaner) if booking.code in text]


async def test_a_hold_has_its_own_card_and_no_such_button(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await opened(house, house.owner, booking)
    assert not [one for one in (await house.owner.last()).buttons if "Доплата" in one]
