"""UX 7.35: a guest without Telegram is booked by staff, and what the desk would write to them becomes a call for staff."""

from typing import Any

import pytest

from housebot.services import bookings, claims, guests, payments, settings, tasks
from housebot.services.bookings import Booking
from housebot.services.ports import Actor, Tx
from housebot.simulator.client import Seen
from tests.journeys.afterwards import at_local, newcomer, said
from tests.journeys.house import OWNER_ID, House
from tests.journeys.staffroom import ledger, present, rang, stay, texts_of
from tests.journeys.walking import ACCEPT, press, say

ACTOR = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")
PHONE = "+375291112277"


async def asked_how_paid(house: House) -> Seen:
    """`/new` as far as the question of money."""
    await say(house, house.owner, "/new")
    shown = await say(house, house.owner, "5.12 сутки 4 чел")
    for _ in range(8):
        wanted = next(
            (one for one in shown.buttons if one.startswith(("Сутки", "Дальше", "Ничего", "Готово", "Без", ACCEPT))),
            None,
        )
        assert wanted, (shown.text, shown.buttons)
        shown = await press(house, house.owner, wanted)
        if wanted.startswith(ACCEPT):
            break
    await say(house, house.owner, "Тётя Валя")
    return await say(house, house.owner, "8 029 111-22-77")


async def by_phone(house: House, *, pay: bool = False) -> Booking:
    """Confirmed for Saturday, for somebody who has no Telegram."""

    def piece(tx: Tx) -> Booking:
        guest = guests.by_phone(tx, name="Тётя Валя", contact=PHONE, language="ru", now=house.now)
        facts: dict[str, Any] = {"guest_id": guest.id, "name": "Тётя Валя", "contact": PHONE, "source": "phone"}
        held = bookings.hold(tx, stay(), actor=ACTOR, now=house.now, **facts)
        received = held.total if pay else None
        return bookings.confirm(tx, held.id, actor=ACTOR, received=received, twice=True, now=house.now)

    return await house.write(piece)


async def link(house: House, booking: Booking) -> str:
    return "claim_" + await house.write(lambda tx: claims.invite(tx, booking.id, actor=ACTOR, now=house.now))


@pytest.mark.parametrize(
    ("choice", "status", "money"),
    [
        ("Ждём предоплату до", "held", []),
        ("Оплатит на месте", "confirmed", []),
        ("Уже оплачено · 350", "confirmed", [("payment", 35_000)]),
        ("Уже оплачено · 700", "confirmed", [("payment", 70_000)]),
    ],
    ids=["waits for the prepayment", "pays on arrival", "prepayment paid", "all paid"],
)
async def test_check_35_each_answer_about_money_is_what_is_written_down(
    house: House, choice: str, status: str, money: list[tuple[str, int]]
) -> None:
    await asked_how_paid(house)
    done = await press(house, house.owner, choice)
    (booking,) = house.read(bookings.listing).items
    assert (str(booking.status), ledger(house, booking)) == (status, money)
    assert (booking.source, booking.contact) == ("phone", PHONE)
    copied = (await house.owner.press("📋 Скопировать текст")).value["text"]
    assert copied in done.text
    assert (booking.code in copied, "start=claim_" in copied) == (True, True)


async def test_check_35_the_text_to_send_says_how_much_is_waited_for_and_until_when(house: House) -> None:
    await asked_how_paid(house)
    await press(house, house.owner, "Ждём предоплату до")
    copied = (await house.owner.press("📋 Скопировать текст")).value["text"]
    assert "700 BYN, из них предоплата 350 BYN до 12:00 сб 28 ноя. " in copied
    assert len(copied) <= 256
    await house.advance(hours=23, minutes=1)
    (alert,) = await said(house.owner, "Через час закончится")
    again = (await house.owner.press("📋 Скопировать текст", message_id=alert.id)).value["text"]
    assert "предоплата 350 BYN до 12:00 сб 28 ноя" in again


async def test_check_35_the_reminder_of_arrival_becomes_a_task_to_call_with_a_text_to_copy(house: House) -> None:
    booking = await by_phone(house)
    address = "Минский район, деревня Лесная, 7"
    await house.write(lambda tx: settings.set_text(tx, "address.house", "ru", address, actor=ACTOR, now=house.now))
    await at_local(house, "2026-12-05T08:00")
    for owner in (house.owner, house.second_owner):
        (task,) = await said(owner, "Ждём вас")
        assert rang(task)
        assert "Позвонить: Тётя Валя" in task.text
        assert PHONE in task.text
        assert "Ждём вас: сб 5 дек 16:00 → вс 6 дек 16:00" in task.text
        assert "При заезде 800 BYN." in task.text
    (task,) = await said(house.owner, "Ждём вас")
    copied = (await house.owner.press("📋 Скопировать текст", message_id=task.id)).value["text"]
    assert len(copied) <= 256
    assert booking.code in copied
    assert address in copied
    assert [one.kind for one in house.read(tasks.listing)] == ["call"]
    await press(house, house.owner, "✅ Сделано", message_id=task.id)
    assert house.read(tasks.listing) == []
    await house.advance(hours=6)
    assert len(await said(house.owner, "Ждём вас")) <= 1


async def test_check_35_whoever_took_the_booking_over_reads_it_themselves_and_nobody_calls(house: House) -> None:
    booking = await by_phone(house, pay=True)
    valya = await newcomer(house, "Валя")
    await valya.start(await link(house, booking))
    await house.settle()
    await at_local(house, "2026-12-05T08:00")
    assert await said(valya, "Сегодня ждём вас в 16:00")
    assert not await said(house.owner, "Позвонить")


async def test_check_35_taking_the_booking_over_after_the_reminder_settles_the_call_and_tells_the_guest(
    house: House,
) -> None:
    booking = await by_phone(house, pay=True)
    await at_local(house, "2026-12-05T08:30")
    valya = await newcomer(house, "Валя")
    await valya.start(await link(house, booking))
    await house.settle()
    assert await said(valya, "Сегодня ждём вас в 16:00")
    assert house.read(tasks.listing) == []
    await house.advance(hours=30)
    assert len(await said(house.owner, "Позвонить")) == 1, "no second ring"


async def test_check_35_a_link_works_once(house: House) -> None:
    booking = await by_phone(house)
    payload = await link(house, booking)
    valya, other = await newcomer(house, "Валя"), await newcomer(house, "Чужой")
    for guest in (valya, other):
        await guest.start(payload)
        await house.settle()
    assert any(booking.code in text for text in await texts_of(valya))
    assert not [text for text in await texts_of(other) if booking.code in text]
    assert present(house, booking).guest_id != booking.guest_id


@pytest.mark.parametrize("ended", ["cancelled", "over"])
async def test_a_call_for_a_stay_that_is_over_or_cancelled_is_not_asked_for_again(house: House, ended: str) -> None:
    booking = await by_phone(house, pay=True)
    await at_local(house, "2026-12-05T08:00")
    if ended == "cancelled":
        await house.write(
            lambda tx: bookings.cancel(tx, booking.id, by="owner", reason="ill", actor=ACTOR, now=house.now)
        )
    await house.advance(days=2)
    assert len([one for one in await said(house.owner, "Позвонить") if rang(one)]) == 1
    assert [one.kind for one in house.read(tasks.listing) if one.kind == "call"] == []


async def test_nothing_is_ever_sent_to_nobody(house: House) -> None:
    await by_phone(house, pay=True)
    await at_local(house, "2026-12-08T08:00")
    kinds = house.read(lambda tx: [row["kind"] for row in tx.all("SELECT kind FROM outbox WHERE kind LIKE 'guest.%'")])
    assert kinds == []


async def test_check_35_the_reminder_of_the_rest_of_the_price_becomes_a_call_until_it_is_paid(house: House) -> None:
    booking = await by_phone(house)
    await at_local(house, "2026-12-02T12:00")
    (task,) = await said(house.owner, "Позвонить: Тётя Валя")
    assert "осталось доплатить 800 BYN" in task.text
    copied = (await house.owner.press("📋 Скопировать текст", message_id=task.id)).value["text"]
    assert copied.startswith(f"Напоминаем: за бронь {booking.code}, сб 5 дек 16:00")
    await house.write(lambda tx: payments.record(tx, booking, booking.total, method="cash", actor=ACTOR, now=house.now))
    await house.advance(hours=25)
    assert [one for one in house.read(tasks.listing) if one.kind == "call"] == []
    assert len([one for one in await said(house.owner, "Позвонить") if rang(one)]) == 1
