"""The rest of the price: asked for on its day, paid by card, or shown to be paid by a receipt that a person judges (R46, UX 6)."""

from pathlib import Path
from typing import Any

from housebot.bot.actions import act
from housebot.services import bookings, tasks
from housebot.services.bookings import Booking
from housebot.services.ports import Actor
from housebot.simulator.client import Person, Seen
from tests.journeys.afterwards import at_local, newcomer, paid, rows, said
from tests.journeys.house import OWNER_ID, House
from tests.journeys.test_cards import taking_cards
from tests.journeys.walking import press

SATURDAY = "2026-12-05T16:00"
PAY = "💳 Доплатить 350"


async def booked(house: House, *, received: int | None = 35000, **wish: Any) -> tuple[Person, Booking]:
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY, **wish)
    await house.confirm(booking, received=received)
    return maria, house.booking(booking.code)


async def test_m8_a_booked_stay_with_something_due_has_a_button_where_a_provider_is(
    tmp_path: Path, house: House
) -> None:
    maria, _ = await booked(house)
    assert PAY not in str((await maria.last()).rows), "nobody collects for this desk"
    folder = tmp_path / "cards"
    folder.mkdir()
    async with taking_cards(folder) as (other, shop):
        maria, booking = await booked(other)
        assert (await maria.last()).rows[0] == [PAY]
        await press(other, maria, PAY)
        await other.settle()
        asked = await maria.last()
        assert "Осталось доплатить 350 BYN" in asked.text
        assert asked.rows[0] == ["💳 Оплатить 350 BYN"]
        await shop.pay()
        await other.advance(seconds=15)
        assert paid(other, booking) == booking.total
        assert "всё оплачено" in (await maria.last()).text
        assert PAY not in str([one.rows for one in await said(maria, "Забронировано")])
        assert await said(other.owner, "доплата 350 BYN пришла сама")


async def test_ux6_three_days_before_at_noon_the_guest_is_asked_for_the_rest_once(house: House) -> None:
    maria, booking = await booked(house)
    await at_local(house, "2026-12-02T11:59")
    assert rows(house, "guest.balance") == 0
    await at_local(house, "2026-12-02T12:00")
    asked = await maria.last()
    assert booking.code in asked.text
    assert "Осталось доплатить 350 BYN" in asked.text
    assert "4255 1234 5678 9012" in asked.text
    assert asked.rows[0][:2] == ["📋 Номер карты", "📋 350"]
    await at_local(house, "2026-12-03T12:00")
    assert rows(house, "guest.balance") == 1


async def test_ux6_what_is_paid_or_cancelled_is_not_asked_for(house: House) -> None:
    await booked(house, received=70000)
    await at_local(house, "2026-12-02T13:00")
    assert rows(house, "guest.balance") == 0


async def shown(house: House) -> tuple[Person, Booking, Seen]:
    maria, booking = await booked(house)
    await maria.photo(fresh=True)
    await house.settle()
    card = next(one for one in reversed(await house.owner.messages()) if "Чек на доплату" in one.text)
    return maria, booking, card


async def test_r46_a_receipt_for_the_rest_is_judged_by_a_person_and_the_stay_stays_booked(house: House) -> None:
    maria, booking, card = await shown(house)
    assert card.rows[:2] == [["✅ Пришло 350"], ["Другая сумма", "❌ Не пришло"]]
    assert "Бронь в силе" in (await maria.last()).text
    assert house.booking(booking.code).status == "confirmed"
    await house.owner.press("✅ Пришло 350", message_id=card.id)
    await house.settle()
    assert paid(house, booking) == booking.total
    assert "всё оплачено" in (await maria.last()).text
    theirs = next(one for one in reversed(await house.second_owner.messages()) if booking.code in one.text)
    data = act("sj", booking.code, booking.version, "came:35000")
    again = await house.second_owner.press(data=data, message_id=theirs.id)
    await house.settle()
    assert "Анна" in again.toast, "the second is told who was first"
    assert paid(house, booking) == booking.total


async def test_r46_a_refused_receipt_is_told_to_the_guest_and_the_rest_is_still_due(house: House) -> None:
    maria, booking, card = await shown(house)
    await house.owner.press("❌ Не пришло", message_id=card.id)
    await house.settle()
    told = await maria.last()
    assert "пока не видим, осталось 350 BYN" in told.text
    assert "Бронь в силе" in told.text
    assert paid(house, booking) == booking.deposit
    await maria.photo(fresh=True)
    await house.settle()
    assert rows(house, "guest.balance_receipt") == 2, "a new picture is looked at again"


async def test_r46_another_sum_is_typed_and_too_much_is_asked_once_more(house: House) -> None:
    _, booking, card = await shown(house)
    await house.owner.press("Другая сумма", message_id=card.id)
    await house.settle()
    await house.owner.send("500")
    await house.settle()
    sure = await house.owner.last()
    assert "больше остатка 350" in sure.text
    assert paid(house, booking) == booking.deposit
    await house.owner.press("Да, записать 500", message_id=sure.id)
    await house.settle()
    assert paid(house, booking) == booking.deposit + 50000


async def test_r46_no_money_for_the_rest_is_no_sum_and_the_words_are_about_the_receipt(house: House) -> None:
    _, booking, card = await shown(house)
    await house.owner.press("Другая сумма", message_id=card.id)
    await house.settle()
    await house.owner.send("0")
    await house.settle()
    refused = (await house.owner.messages())[-2]
    assert refused.text.startswith("Сумма должна быть больше нуля. Если деньги не пришли, нажмите «❌ Не пришло»")
    assert paid(house, booking) == 35000


async def test_r46_money_shown_for_a_stay_that_is_off_by_now_is_sent_back_by_a_person(house: House) -> None:
    maria, booking, card = await shown(house)
    owner = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")
    await house.write(
        lambda tx: bookings.cancel(tx, booking.id, by="owner", reason="boiler", actor=owner, now=house.now)
    )
    await house.settle()
    await house.owner.press("✅ Пришло 350", message_id=card.id)
    await house.settle()
    owed = [one for one in house.read(tasks.listing) if one.kind == "refund"]
    assert 35000 in [one.facts["amount"] for one in owed if one.payment_id is not None]
    asked = await maria.last()
    assert "Эта бронь уже не в силе: вернём эти деньги. Куда вернуть?" in asked.text
    await press(house, maria, "↩️ Куда вернуть", message_id=asked.id)
    assert "Напишите, куда вернуть 350 BYN" in (await maria.last()).text
