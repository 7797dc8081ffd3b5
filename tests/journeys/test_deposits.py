"""The damage deposit through the chat: asked for, received, returned or kept, by staff who may be two at once (R54)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from housebot.services import damage, tasks
from housebot.services.bookings import Booking
from housebot.services.damage import Purse
from housebot.simulator.client import Person
from tests import factories
from tests.journeys.house import House, open_house
from tests.journeys.staffroom import card, ledger, present, rang, texts_of
from tests.journeys.test_staff_desk import confirmed
from tests.journeys.test_summary import to_summary


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Secret House, which asks for 200 BYN against damage."""
    catalog = factories.secret_house()
    units = tuple(replace(unit, damage_deposit=20000) for unit in catalog.units)
    async with open_house(tmp_path, replace(catalog, units=units)) as opened:
        yield opened


def purse(house: House, booking: Booking) -> Purse:
    return house.read(lambda tx: damage.purse(tx, booking))


async def opened(house: House, person: Person, booking: Booking) -> None:
    """The booking opened anew from the list."""
    await person.send(f"/bookings {booking.code}")
    await person.wait_for(booking.code)
    await person.press(booking.code)
    await house.settle()


async def received(house: House, booking: Booking, way: str = "Наличными") -> None:
    await opened(house, house.owner, booking)
    await house.owner.press("Залог получен · 200")
    await house.settle()
    await house.owner.press(way)
    await house.settle()


async def test_r54_the_guest_reads_of_it_before_and_after_booking_apart_from_the_price(house: House) -> None:
    guest = await house.guest()
    booking = await confirmed(house, guest)
    m8 = [text for text in await texts_of(guest) if "Забронировано" in text][-1]
    assert "Оплачено 400, осталось 400 BYN при заезде" in m8
    assert m8.endswith("Отдельно залог 200 BYN (вернём).")
    await received(house, booking)
    assert [text for text in await texts_of(guest) if "Залог 200 BYN у нас" in text]
    assert ledger(house, booking) == [("payment", 40000)]


async def test_r54_the_summary_names_it_and_the_total_does_not(house: House) -> None:
    guest = await house.guest()
    summary = await to_summary(house, guest)
    assert "Отдельно залог 200 BYN (вернём)." in summary.text
    assert "Итого 800 BYN" in summary.text


async def test_r54_staff_receive_it_and_return_it_from_the_task_and_the_guest_is_told(house: House) -> None:
    guest = await house.guest()
    booking = await confirmed(house, guest)
    await opened(house, house.owner, booking)
    assert "Залог 200 BYN: ещё не получен" in (await card(house.owner, booking)).text
    await house.owner.press("Залог получен · 200")
    question = await house.owner.wait_for("как получили?")
    assert "Наличными" in question.buttons
    press = await house.owner.press("Переводом")
    assert press.toast == f"{booking.code}: залог 200 BYN записан."
    await house.settle()
    (entry,) = house.read(lambda tx: damage.entries(tx, booking.id))
    assert (entry.kind, entry.amount, entry.method, entry.actor) == ("taken", 20000, "bank", "staff:900")
    await house.advance(days=9, hours=5)
    assert not [text for text in await texts_of(house.owner) if "Вернуть залог" in text]
    await house.advance(hours=1, minutes=1)
    task = await house.second_owner.wait_for(f"Вернуть залог 200 BYN · {booking.code}", fresh=False)
    assert rang(task)
    assert {"Вернул · 200", "Удержать…"} <= set(task.buttons)
    await house.advance(hours=25)
    assert len([text for text in await texts_of(house.owner) if "Вернуть залог 200" in text]) == 2
    await house.second_owner.press("Вернул · 200")
    await house.settle()
    assert purse(house, booking).left == 0
    assert f"Вернули залог 200 BYN по брони {booking.code}." in await texts_of(guest)
    assert [
        text for text in await texts_of(house.owner) if text.startswith("✅ Сделано: Пётр") and "Вернуть залог" in text
    ]
    await house.advance(hours=49)
    assert len([text for text in await texts_of(house.owner) if "Вернуть залог 200" in text]) == 2
    assert house.read(tasks.listing) == []


async def test_r54_two_staff_return_it_at_once_and_the_second_learns_who_was_first(house: House) -> None:
    guest = await house.guest()
    booking = await confirmed(house, guest)
    await received(house, booking)
    await house.advance(days=10)
    presses = await asyncio.gather(house.owner.press("Вернул · 200"), house.second_owner.press("Вернул · 200"))
    await house.settle()
    told = [press.toast for press in presses if press.toast.startswith("Уже решено:")]
    first = "Анна" if presses[1].toast in told else "Пётр"
    assert len(told) == 1
    assert told[0].startswith(f"Уже решено: {first}")
    assert purse(house, booking) == Purse(20000, taken=20000, returned=20000)
    assert len([text for text in await texts_of(guest) if "Вернули залог" in text]) == 1


async def test_r54_a_button_drawn_before_changes_nothing_and_shows_the_card_as_it_is(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await opened(house, house.owner, booking)
    await opened(house, house.second_owner, booking)
    for person in (house.owner, house.second_owner):
        await person.press("Залог получен · 200")
        await house.settle()
    presses = await asyncio.gather(house.owner.press("Наличными"), house.second_owner.press("Наличными"))
    await house.settle()
    assert sum(press.toast.startswith("Уже решено:") for press in presses) == 1
    assert purse(house, booking).taken == 20000
    for person in (house.owner, house.second_owner):
        assert "Вернул · 200" in (await card(person, booking)).buttons


async def test_r54_a_part_is_kept_with_a_reason_that_the_guest_reads(house: House) -> None:
    guest = await house.guest()
    booking = await confirmed(house, guest)
    await received(house, booking)
    await house.owner.press("Удержать…")
    await house.owner.wait_for("сколько удержать из залога 200 BYN")
    for wrong, said in (
        ("ваза", "Не похоже на сумму"),
        ("50", "причин"),
        ("201 ваза", "больше, чем осталось от залога"),
        ("5 2 стакана", "Не похоже на сумму"),
    ):
        await house.owner.send(wrong)
        await house.settle()
        assert [text for text in await texts_of(house.owner) if said in text], wrong
        assert purse(house, booking).kept == 0
    await house.owner.send("50,50 разбита <b>ваза</b>")
    done = await house.owner.wait_for("удержали из залога 50.50 BYN")
    assert "Осталось вернуть 149.50 BYN" in done.text
    assert "Вернул · 149.50" in done.buttons
    expected = (
        f"Из залога по брони {booking.code} удержали 50.50 BYN: разбита <b>ваза</b>. Остальные 149.50 BYN вернём."
    )
    assert expected in await texts_of(guest)


async def test_r54_who_writes_a_reason_for_what_is_settled_learns_who_was_first(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await received(house, booking)
    await opened(house, house.second_owner, booking)
    await house.second_owner.press("Удержать…")
    await house.second_owner.wait_for("сколько удержать")
    await house.owner.press("Вернул · 200")
    await house.settle()
    await house.second_owner.send("50 разбита ваза")
    told = await house.second_owner.wait_for("с залогом уже решено: Анна")
    assert "вернули 200, удержали 0, у нас 0 BYN" in told.text
    assert purse(house, booking) == Purse(20000, taken=20000, returned=20000)


async def test_r54_a_cancelled_stay_asks_for_it_at_once(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await received(house, booking)
    await house.owner.press("↩️ Отменить бронь")
    await house.owner.wait_for("почему отменяем")
    await house.owner.send("ремонт")
    await house.owner.wait_for("Гостю вернём 400 BYN")
    await house.owner.press("Да, отменить")
    await house.settle()
    assert present(house, booking).status == "cancelled_by_owner"
    await house.owner.wait_for(f"Вернуть залог 200 BYN · {booking.code}", fresh=False)
    assert {one.kind for one in house.read(tasks.listing)} == {"refund", "damage"}
