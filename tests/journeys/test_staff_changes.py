"""What staff do with a booking they opened: cancel with the refund of their choice, nobody came, left early; and why (R35, R38, R53)."""

import asyncio
from datetime import datetime

import pytest

from housebot.bot.actions import act
from housebot.services import bookkeeping, tasks
from housebot.services.bookings import Booking
from housebot.simulator.client import Person, Seen
from tests.journeys.house import House
from tests.journeys.staffroom import card, ledger, present, rang, texts_of
from tests.journeys.test_staff_desk import confirmed, owner_of


async def opened(house: House, person: Person, booking: Booking) -> None:
    """The booking opened anew from the list."""
    await person.send(f"/bookings {booking.code}")
    await person.wait_for(booking.code)
    await person.press(booking.code)
    await house.settle()


async def asked(house: House, person: Person, booking: Booking, reason: str = "прорвало трубу") -> Seen:
    """The question before a cancellation."""
    await opened(house, person, booking)
    await person.press("↩️ Отменить бронь")
    await person.wait_for("почему отменяем")
    await person.send(reason)
    await house.settle()
    return await card(person, booking)


async def test_r53_staff_choose_what_goes_back_and_see_the_sum_before_the_button(house: House) -> None:
    guest = await house.guest()
    booking = await confirmed(house, guest)
    question = await asked(house, house.owner, booking)
    assert "Гостю вернём 400 BYN.\nОплачено 400 BYN, удержим 0 BYN." in question.text
    assert question.buttons == [
        "Да, отменить · вернём 400",
        "По условиям отмены · 0",
        "Другая сумма",
        "❓ Почему такой возврат",
        "← Не отменять",
    ]
    await house.owner.press("По условиям отмены · 0")
    shown = await house.owner.wait_for("Гостю вернём 0 BYN")
    assert "удержим 400 BYN" in shown.text
    assert shown.buttons[:3] == ["Да, отменить · вернём 0", "Вернуть всё · 400", "Другая сумма"]
    assert present(house, booking).status == "confirmed"
    await house.owner.press("Да, отменить · вернём 0")
    await house.settle()
    assert present(house, booking).status == "cancelled_by_owner"
    assert house.read(tasks.listing) == []
    assert ledger(house, booking) == [("payment", 40000)]


async def test_r53_a_sum_of_their_own_is_shown_before_it_is_done(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await asked(house, house.owner, booking)
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("сколько вернуть гостю")
    for wrong, said in (("много", "Не похоже на сумму"), ("400,01", "Вернуть можно не больше")):
        await house.owner.send(wrong)
        await house.settle()
        assert [text for text in await texts_of(house.owner) if said in text], wrong
    await house.owner.send("123,45")
    shown = await house.owner.wait_for("Гостю вернём 123.45 BYN")
    assert "удержим 276.55 BYN" in shown.text
    await house.settle()
    buttons = [one for one in await house.owner.messages() if any("Да, отменить" in label for label in one.buttons)]
    assert len(buttons) == 1, "the question above has no buttons left"
    await house.owner.press("Да, отменить · вернём 123.45")
    await house.settle()
    (task,) = house.read(tasks.listing)
    assert (task.kind, task.facts["amount"]) == ("refund", 12345)


async def test_r53_a_sum_that_is_no_longer_true_is_shown_anew_and_nothing_is_done(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await asked(house, house.owner, booking)
    await house.write(
        lambda tx: bookkeeping.record(tx, booking.id, 10000, method="cash", actor=owner_of(house), now=house.now)
    )
    press = await house.owner.press("Да, отменить · вернём 400")
    assert "старая кнопка" in press.toast
    await house.settle()
    assert present(house, booking).status == "confirmed"
    await house.owner.press("Да, отменить · вернём 500")
    await house.settle()
    assert present(house, booking).status == "cancelled_by_owner"


async def test_r33_two_staff_cancel_at_once_and_the_second_is_told_who_was_first(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    for person in (house.owner, house.second_owner):
        await asked(house, person, booking)
    presses = await asyncio.gather(house.owner.press("Да, отменить"), house.second_owner.press("Да, отменить"))
    await house.settle()
    told = [press.toast for press in presses if press.toast]
    assert len(told) == 1
    by = present(house, booking).decided_by
    assert told[0].startswith(f"Уже решено: {by}")
    assert [one.kind for one in house.read(tasks.listing)] == ["refund"]


async def test_r53_why_this_refund_is_told_in_the_preview_and_after_the_decision(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    question = await asked(house, house.owner, booking)
    await house.owner.press("❓ Почему такой возврат")
    seen = await house.owner.wait_for("Почему такой возврат")
    assert "Если отменить сейчас (пт 27 ноя 12:00): вернём 400 BYN из 400 BYN, удержим 0 BYN." in seen.text
    assert "не позже сб 5 дек 16:00 (до заезда: удерживаем предоплату) — вернём 0 BYN ← этот срок" in seen.text
    none = act("sz", booking.code, booking.version, "as:none")  # the terms may keep less than everything
    await house.owner.press(data=none, message_id=question.id)
    await house.settle()
    await house.owner.press("Да, отменить · вернём 0")
    await house.settle()
    await opened(house, house.second_owner, booking)
    await house.second_owner.press("❓ Почему такой возврат")
    seen = await house.second_owner.wait_for("Почему такой возврат")
    for line in (
        "Отмена пт 27 ноя 12:00: к возврату 0 BYN из 400 BYN, удержано 400 BYN.",
        "Хозяин решил не возвращать.",
        "Решение: Анна, пт 27 ноя 12:00.",
        "Причина: прорвало трубу.",
    ):
        assert line in seen.text


async def test_r22_why_this_price_is_told_from_the_opened_booking(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await opened(house, house.owner, booking)
    await house.owner.press("❓ Почему такая цена")
    seen = await house.owner.wait_for("Почему такая цена")
    for line in (
        "Сутки, от 3 человек: один раз — 700",
        "Сауна: один раз — 100",
        "Итого 800 BYN",
        "Предоплата 400 BYN: 50 %.",
    ):
        assert line in seen.text


async def test_r35_staff_say_the_guests_left_early_and_the_rest_of_the_time_is_free(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await house.advance(days=8, hours=10)  # Saturday 22:00
    await opened(house, house.owner, booking)
    await house.owner.press("Уехали раньше")
    await house.owner.wait_for("Гости уже уехали?")
    assert present(house, booking).status == "in_house"
    await house.owner.press("← Назад")
    await house.settle()
    await house.owner.press("Уехали раньше")
    await house.settle()
    press = await house.owner.press("Да, уехали")
    assert press.toast == f"{booking.code}: выезд 22:00. Остаток времени снова свободен."
    await house.settle()
    after = present(house, booking)
    assert (after.status, after.departure) == ("completed", datetime(2026, 12, 5, 22))
    assert "Уехали раньше" not in (await card(house.owner, booking)).buttons


@pytest.mark.parametrize("button", ["Не приехал", "Уехали раньше"])
async def test_r33_two_staff_say_it_at_once_and_one_is_believed(house: House, button: str) -> None:
    booking = await confirmed(house, await house.guest())
    await house.advance(days=8, hours=10)
    for person in (house.owner, house.second_owner):
        await opened(house, person, booking)
        await person.press(button)
        await house.settle()
    yes = "Да, не приехал" if button == "Не приехал" else "Да, уехали"
    presses = await asyncio.gather(house.owner.press(yes), house.second_owner.press(yes))
    await house.settle()
    assert sum(press.toast.startswith("Уже решено:") for press in presses) == 1
    assert present(house, booking).status == ("no_show" if button == "Не приехал" else "completed")


async def test_build_8_a_refund_by_hand_from_the_question_where_to_until_done(house: House) -> None:
    """A task until Done, the guest asked where to, the details deleted after it, told when done, the owner reminded every day."""
    guest = await house.guest()
    booking = await confirmed(house, guest)
    await asked(house, house.owner, booking)
    await house.owner.press("Да, отменить · вернём 400")
    await house.settle()
    task = await house.owner.wait_for("Вернуть 400 BYN", fresh=False)
    assert rang(task)
    assert "спросили гостя" in task.text
    told = await guest.wait_for("Вернём 400 BYN. Куда вернуть?", fresh=False)
    assert booking.code in told.text
    await guest.press("↩️ Куда вернуть")
    prompt = await guest.wait_for("400 BYN")
    await guest.send("карта 4255 0000 1111 2222, Мария", reply_to=prompt.id)
    await house.settle()
    where = [text for text in await texts_of(house.second_owner) if "4255 0000 1111 2222" in text]
    assert where, "both owners read where the money goes"
    for day in (1, 2):
        await house.advance(hours=25)
        assert len([text for text in await texts_of(house.owner) if "Вернуть 400 BYN" in text]) >= day + 1
    await house.second_owner.press("✅ Вернули")
    await house.settle()
    assert house.read(tasks.listing) == []
    assert ledger(house, booking) == [("payment", 40000), ("refund", 40000)]
    assert [text for text in await texts_of(guest) if "Вернули 400 BYN" in text and "удалили" in text]
    assert not [
        text for person in (house.owner, house.second_owner) for text in await texts_of(person) if "4255 0000" in text
    ]
    assert not house.read(lambda tx: tx.all("SELECT 1 FROM tasks WHERE facts LIKE '%4255 0000%'"))
    rung = len([text for text in await texts_of(house.owner) if "Вернуть 400 BYN" in text])
    await house.advance(hours=73)
    assert len([text for text in await texts_of(house.owner) if "Вернуть 400 BYN" in text]) == rung
