"""UX 7.35, 7.36 and the day's work: lists, what may be done with a booking, a guest on the phone, the guest's view, and who may what."""

import asyncio
from datetime import datetime, timedelta

import pytest

from housebot.bot.actions import ACTS, act
from housebot.domain.stay import StayRequest
from housebot.services import bookings, catalogs, claims, gifts, guests, payments, staff, tasks
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.staff import Role
from housebot.simulator.client import Person
from tests.journeys.afterwards import content
from tests.journeys.house import House
from tests.journeys.staffroom import card, held, ledger, paid, present, rang, stay, texts_of, waiting
from tests.journeys.walking import ACCEPT, NOTHING


async def colleague(house: House, name: str, role: Role, *, unit: str | None = None) -> Person:
    """Somebody who has joined by a link."""
    person = await house.guest(name)
    token = await house.write(lambda tx: staff.invite(tx, role, unit=unit, actor=SYSTEM, now=house.now))
    await person.start(f"staff_{token}")
    await house.settle()
    return person


def owner_of(house: House) -> Actor:
    """The owner as the one who acts."""
    return Actor("staff", house.owner.id, "Анна", "telegram", "owner")


async def confirmed(house: House, guest: Person) -> bookings.Booking:
    """A booking that the owner has confirmed by pressing."""
    booking = await waiting(house, guest)
    await house.owner.press("✅ Подтвердить · пришло 400")
    await house.settle()
    return present(house, booking)


# --- lists


async def test_today_shows_who_comes_and_who_waits_and_bookings_what_is_ahead(house: House) -> None:
    first = await confirmed(house, await house.guest())
    second = await waiting(house, await house.guest("Ольга"), stay(datetime(2026, 12, 8, 16)))
    await house.owner.send("/today")
    seen = await house.owner.wait_for("Сегодня")
    assert "Ждут вас" in seen.text
    assert second.code in seen.text
    assert first.code not in seen.text
    await house.owner.send("/bookings")
    listed = await house.owner.wait_for("Ближайшие брони")
    assert listed.text.index(first.code) < listed.text.index(second.code)
    assert "подтверждена" in listed.text
    assert "ждёт вас" in listed.text
    await house.owner.send("/bookings ольга")
    found = await house.owner.wait_for(second.code)
    assert first.code not in found.text
    await house.advance(days=8, hours=1)
    await house.owner.send("/today")
    seen = await house.owner.wait_for("Сегодня, сб 5 дек")
    assert f"16:00 · {first.code} · Мария" in seen.text


async def test_the_list_is_turned_page_by_page_and_every_booking_is_on_one(house: House) -> None:
    codes = []
    for number in range(10):
        guest = await house.guest(f"Гость{number}", phone=None)
        codes.append((await held(house, guest, stay(datetime(2026, 12, 1 + 2 * number, 16)))).code)
    await house.owner.send("/bookings")
    first = await house.owner.wait_for("Ближайшие брони")
    await house.owner.press("Ещё ›")
    second = await house.owner.wait_for(codes[-1])
    assert all((code in first.text) != (code in second.text) for code in codes)
    assert "Ещё ›" not in second.buttons


async def test_a_note_and_a_cancellation_by_the_owner_with_its_refund(house: House) -> None:
    guest = await house.guest()
    booking = await confirmed(house, guest)
    await house.owner.press("Открыть")
    await house.owner.wait_for("подтверждена")
    await house.owner.press("📝 Заметка")
    await house.owner.wait_for("напишите заметку")
    await house.owner.send("аллергия на кошек <b>")
    noted = await house.owner.wait_for("📝 Анна: аллергия на кошек <b>")
    assert booking.code in noted.text
    assert not [text for text in await texts_of(guest) if "аллергия" in text]
    await house.owner.press("↩️ Отменить бронь")
    await house.owner.wait_for("почему отменяем")
    await house.owner.send("прорвало трубу")
    sure = await house.owner.wait_for("Гостю вернём 400 BYN")
    assert "прорвало трубу" in sure.text
    assert present(house, booking).status == "confirmed"
    await house.owner.press("Да, отменить")
    await house.settle()
    for message in await house.owner.messages():
        assert "Да, отменить" not in message.buttons
        assert "✅ Подтверждено" not in message.text
    for owner in (house.owner, house.second_owner):
        turned = [text for text in await texts_of(owner) if text.startswith("↩️ Отменено нами: Анна")]
        assert len(turned) == (2 if owner is house.owner else 1), "the card, and the question where it was asked"
    after = present(house, booking)
    assert (after.status, after.reason) == ("cancelled_by_owner", "прорвало трубу")
    assert [task.kind for task in house.read(tasks.listing)] == ["refund"]
    press = await house.second_owner.press("💬 Гостю")
    assert press.toast == ""


async def test_a_cancellation_thought_better_of_leaves_no_button_to_cancel(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await house.owner.press("Открыть")
    await house.settle()
    await house.owner.press("↩️ Отменить бронь")
    await house.settle()
    await house.owner.send("прорвало трубу")
    question = await house.owner.wait_for("Гостю вернём 400 BYN")
    before = len(await house.owner.messages())
    await house.owner.press("← Не отменять")
    await house.settle()
    answered = await house.owner.last()
    assert (answered.id, len(await house.owner.messages())) == (question.id, before)
    assert answered.text == f"Бронь {booking.code} остаётся в силе."
    late = question.button("Да, отменить")["callback_data"]
    toast = (await house.owner.press(data=late, message_id=answered.id)).toast
    assert toast.startswith("Это старая кнопка")
    assert present(house, booking).status == "confirmed"


async def test_what_does_not_fit_under_the_receipt_follows_an_opened_booking_once(house: House) -> None:
    booking = await waiting(house, await house.guest(), comment="Приедем поздно, " * 50)
    await house.write(lambda tx: bookings.note(tx, booking.id, "кошка " * 60, actor=owner_of(house), now=house.now))
    await house.confirm(booking, received=40000)
    await house.owner.press("Открыть")
    await house.settle()
    opened, follows = (await house.owner.messages())[-2:]
    assert opened["photo"]
    assert "Оплачено 400" in opened.text
    assert "↩️ Отменить бронь" in opened.buttons
    for words in ("Приедем поздно", "кошка"):
        assert words not in opened.text
        assert words in follows.text


async def test_a_guest_who_does_not_come_is_asked_about_once_more(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await house.owner.press("Открыть")
    assert "Не приехал" not in (await house.owner.wait_for("подтверждена")).buttons
    await house.advance(days=8)
    await house.owner.send("/bookings")
    await house.owner.wait_for("Ближайшие брони")
    await house.owner.press(booking.code)
    await house.owner.wait_for("подтверждена")
    await house.owner.press("Не приехал")
    await house.owner.wait_for("Даты освободятся")
    assert present(house, booking).status == "confirmed"
    await house.owner.press("← Назад")
    await house.settle()
    await house.owner.press("Не приехал")
    await house.settle()
    await house.owner.press("Да, не приехал")
    await house.owner.wait_for("не приехал")
    assert present(house, booking).status == "no_show"
    press = await house.owner.press("📝 Заметка")
    assert press.toast == ""


async def held_by_phone(house: House) -> bookings.Booking:
    """What the owner keeps for a day for somebody without Telegram."""

    def by_phone(tx: Tx) -> bookings.Booking:
        guest = guests.by_phone(tx, name="Тётя Валя", contact="+375291112277", language="ru", now=house.now)
        return bookings.hold(
            tx, stay(), guest_id=guest.id, name="Тётя Валя", source="phone", actor=owner_of(house), now=house.now
        )

    return await house.write(by_phone)


async def test_a_hold_by_phone_that_a_guest_took_over_calls_the_guest_ten_minutes_before_its_end(house: House) -> None:
    booking = await held_by_phone(house)
    token = await house.write(lambda tx: claims.invite(tx, booking.id, actor=owner_of(house), now=house.now))
    valya = await house.guest("Валя")
    await valya.start(f"claim_{token}")
    await house.settle()
    await house.advance(hours=23, minutes=1)
    for person in (valya, house.owner):
        assert not [text for text in await texts_of(person) if text.startswith(("Через", "⏳ Через"))]
    await house.advance(minutes=49)
    called = await valya.last()
    assert called.text.startswith("Через 10 минут")
    assert rang(called)
    press = await valya.press("⏳ Оплачиваю, ещё 30 мин")
    await house.settle()
    assert present(house, booking).hold_extended, press.toast


async def test_a_hold_by_phone_that_ends_tells_staff_whom_to_call_and_what_to_send(house: House) -> None:
    booking = await held_by_phone(house)
    await house.advance(hours=23, minutes=1)
    told = await house.owner.wait_for("Через час закончится бронь по телефону", fresh=False)
    assert rang(told)
    assert "+375291112277" in told.text
    assert booking.code in (await house.owner.press("📋 Скопировать текст")).value["text"]


async def test_late_money_may_be_decided_by_staff_once(house: House) -> None:
    guest, other = await house.guest(), await house.guest("Ольга")
    booking = await held(house, guest)
    await house.advance(hours=3)
    assert present(house, booking).status == "expired"
    await held(house, other)
    await paid(house, guest, booking)
    task = await house.owner.wait_for("Деньги после срока: 400 BYN", fresh=False)
    assert rang(task)
    receipt = content(house, task)
    assert any("Деньги пришли после срока" in text for text in await texts_of(house.second_owner))
    both = await asyncio.gather(house.owner.press("↩️ Вернуть деньги"), house.second_owner.press("↩️ Вернуть деньги"))
    await house.settle()
    assert sorted(press.toast.partition(":")[0] for press in both) == ["", "Уже решено"]
    assert [one.kind for one in house.read(tasks.listing)] == ["refund"]
    assert content(house, await house.owner.wait_for("Вернуть 400 BYN", fresh=False)) == receipt
    await house.owner.press("Открыть")
    opened = await house.owner.wait_for("истекла")
    assert content(house, opened) == receipt
    await house.owner.press("✅ Вернули")
    await house.settle()
    assert house.read(tasks.listing) == []
    assert [row.state for row in house.read(payments.listing)] == ["failed"]


async def test_late_money_becomes_a_gift_card_whose_code_the_guest_reads(house: House) -> None:
    guest, other = await house.guest(), await house.guest("Ольга")
    booking = await held(house, guest)
    await house.advance(hours=3)
    await held(house, other)
    await paid(house, guest, booking)
    await house.owner.wait_for("Деньги после срока: 400 BYN", fresh=False)
    await house.owner.press("🎁 Сертификат")
    await house.settle()
    (gift,) = house.read(gifts.listing)
    told = await guest.last()
    assert told.text.startswith(f"🎁 Ваш сертификат на 400 BYN: {gift.code}. Действует по ")
    assert "включительно" in told.text
    assert house.read(tasks.listing) == []
    assert [row.state for row in house.read(payments.listing)] == ["done"]


async def test_check_41_an_english_colleague_reads_english_everywhere(house: House) -> None:
    await house.write(lambda tx: staff.set_language(tx, house.second_owner.id, "en"))
    guest = await house.guest()
    booking = await waiting(house, guest, comment="Слово")
    shown = await card(house.second_owner, booking)
    assert "Needs you" in shown.text
    assert "Sat 5 Dec 16:00 → Sun 6 Dec 16:00" in shown.text
    for label in ("Decline", "Receipt unreadable", "Back", "Other sum"):
        found = next((one for one in (await card(house.second_owner, booking)).buttons if label in one), None)
        if found is not None:
            await house.second_owner.press(found)
            await house.settle()
    await house.advance(hours=1)
    for command in ("/today", "/bookings", "/settings"):
        await house.second_owner.send(command)
        await house.settle()
    said = await house.second_owner.messages()
    for message in said[1:]:
        assert "{" not in message.text
        assert len(message.text) <= 4096


@pytest.mark.parametrize("chosen", [None, "en"], ids=["nothing chosen", "English chosen"])
async def test_an_owner_named_in_the_settings_is_spoken_to_as_their_telegram_speaks_unless_they_chose(
    house: House, chosen: str | None
) -> None:
    owner = house.second_owner
    if chosen:
        await owner.send("/language")
        await house.settle()
        await owner.press("English")
        await house.settle()
    # As a desk's first start leaves them.
    await house.write(
        lambda tx: tx.run("UPDATE staff SET name = '', language = 'en' WHERE telegram_id = :id", id=owner.id)
    )
    await owner.start()
    await house.settle()
    greeting = (await texts_of(owner))[-1]
    assert ("Здравствуйте" in greeting) is (chosen is None)
    person = house.read(lambda tx: staff.role_of(tx, owner.id))
    assert person is not None
    assert (person.name, person.language) == (owner.name, chosen or "ru")


# --- a guest on the phone


async def test_check_35_a_guest_on_the_phone_gets_a_text_and_a_link_that_works_once(house: House) -> None:
    await house.owner.send("/new")
    await house.owner.wait_for("Записываем гостя по телефону")
    await house.settle()
    await house.owner.send("5.12 сутки 4 чел")
    await house.settle()
    for wanted in ("Сутки", NOTHING, ACCEPT):
        for _ in range(4):
            shown = (await house.owner.last()).buttons
            if any(button.startswith(wanted) for button in shown):
                break
            forward = next((one for one in shown if one.startswith(("Дальше", "Ничего", "Готово", "Без"))), None)
            assert forward, (wanted, (await house.owner.last()).text, shown)
            await house.owner.press(forward)
            await house.settle()
        shown = (await house.owner.last()).buttons
        if wanted == "Сутки" and not any(button.startswith(wanted) for button in shown):
            continue
        await house.owner.press(wanted)
        await house.settle()
    assert "/cancel" in (await house.owner.wait_for("Как зовут гостя", fresh=False)).text
    await house.owner.send("Тётя Валя")
    await house.owner.wait_for("Телефон гостя")
    await house.owner.send("позвоню сама")
    await house.owner.wait_for("Не похоже")
    await house.owner.send("8 029 111-22-77")
    paid = await house.owner.wait_for("Как с оплатой")
    assert [button.partition(" до ")[0] for button in paid.buttons] == [
        "Ждём предоплату",
        "Оплатит на месте",
        "Уже оплачено · 350",
        "Уже оплачено · 700",
    ]
    await house.owner.press("Уже оплачено · 350")
    done = await house.owner.wait_for("Текст для SMS")
    await house.settle()
    booking = house.read(bookings.listing).items[0]
    assert (booking.status, booking.source, booking.guest_name, booking.contact) == (
        "confirmed",
        "phone",
        "Тётя Валя",
        "+375291112277",
    )
    assert ledger(house, booking) == [("payment", 35000)]
    copied = (await house.owner.press("📋 Скопировать текст")).value["text"]
    assert len(copied) <= 256
    assert booking.code in copied
    assert copied in done.text
    again = await house.owner.press("Уже оплачено · 700")
    assert again.toast.startswith("Это старая кнопка")
    payload = copied.partition("start=")[2].split()[0]
    valya, other = await house.guest("Валя"), await house.guest("Чужой")
    await valya.start(payload)
    await valya.wait_for(booking.code)
    await other.start(payload)
    await other.wait_for("уже использована")
    claimed = present(house, booking)
    assert claimed.guest_id != booking.guest_id
    assert len(ledger(house, booking)) == 1


# --- the guest's view


async def test_check_36_a_booking_made_in_the_guests_view_is_a_test_and_goes_in_one_tap(house: House) -> None:
    await house.owner.send("/guest")
    await house.owner.wait_for("Вы смотрите как гость")
    assert house.read(lambda tx: [one.guest_view for one in staff.listing(tx)]) == [True, False]
    booking = await held(house, house.owner, test=True)
    await house.settle()
    await house.owner.send("/guest")
    back = await house.owner.wait_for("Вы снова хозяин")
    assert booking.code in back.text
    press = await house.owner.press("Освободить тестовую бронь")
    await house.settle()
    assert booking.code in press.toast
    assert not present(house, booking).blocks
    assert house.read(tasks.listing) == []


# --- who may what


COMMANDS = ("/today", "/bookings", "/new", "/settings", "/price", "/block", "/promo", "/undo", "/guest")


@pytest.mark.parametrize("who", ["cleaner", "specialist", "stranger", "guest"])
async def test_roles_no_command_shows_others_what_is_the_owners(house: House, who: str) -> None:
    booking = await confirmed(house, await house.guest())
    if who == "stranger":
        person = await house.guest("Чужой")
    elif who == "guest":
        person = await house.guest("Другая")
        await held(house, person, stay(datetime(2026, 12, 8, 16)))
    else:
        role: Role = "cleaner" if who == "cleaner" else "specialist"
        person = await colleague(house, "Работник", role, unit="house" if who == "specialist" else None)
    await house.advance(days=8)
    for command in COMMANDS:
        await person.send(command)
        await house.settle()
    said = "\n".join(await texts_of(person))
    for secret in ("800", "400", "+375", "4255"):
        assert secret not in "\n".join(line for line in said.splitlines() if booking.code in line)
    assert "Настройки" not in said
    assert "Ближайшие брони" not in said
    assert "Записываем гостя" not in said
    assert "Вы смотрите как гость" not in said
    assert (booking.code in said) == (who in {"cleaner", "specialist"})
    if who == "cleaner":
        assert "Мария" not in said


@pytest.mark.parametrize("who", ["cleaner", "specialist", "stranger"])
async def test_roles_no_button_of_the_staff_works_for_others(house: House, who: str) -> None:
    """Every act of the staff, sent as a press with its real data by somebody who may not."""
    first = await house.guest()
    booking = await waiting(house, first)
    if who == "stranger":
        person = await house.guest("Чужой")
        await person.start()
    else:
        role: Role = "cleaner" if who == "cleaner" else "specialist"
        person = await colleague(house, "Работник", role, unit="house" if who == "specialist" else None)
    await house.settle()
    before = house.read(_everything)
    arguments = {
        "sc": "40000",
        "sy": "40000",
        "sr": "wrong_sum",
        "sx": "wrong_sum",
        "st": "1",
        "sl": "1:refund",
        "sh": "yes",
        "se": "rmy:1",
        "sw": "wait",
    }
    message = await person.last()
    for action in sorted(name for name in ACTS if name.startswith("s")):
        data = act(action, booking.code, booking.version, arguments.get(action, ""))
        toast = (await person.press(data=data, message_id=message.id)).toast
        expected = "Не нашли такую бронь." if who == "stranger" else "Эта кнопка не для вашей роли."
        assert toast == expected, action
    await house.settle()
    assert house.read(_everything) == before
    assert not [text for text in await texts_of(person) if booking.code in text]


def _everything(tx: Tx) -> list[object]:
    """What a press could have changed."""
    rows = tx.all("SELECT id, status, version FROM bookings ORDER BY id")
    people = tx.all("SELECT id, role, removed_at FROM staff ORDER BY id")
    money = tx.all("SELECT id, amount FROM payments")
    links = tx.all("SELECT digest FROM links")
    return [[tuple(row) for row in part] for part in (rows, people, money, links)]


async def test_roles_a_manager_decides_but_bank_data_are_the_owners(house: House) -> None:
    manager = await colleague(house, "Ольга", "manager")
    booking = await waiting(house, await house.guest())
    await manager.send("/today")
    await manager.wait_for(booking.code)
    await manager.press(booking.code)
    await manager.wait_for("Ждёт вас")
    await manager.send("/settings")
    await manager.wait_for("Настройки")
    press = await manager.press("🏦 Реквизиты")
    assert press.toast == "Эта кнопка не для вашей роли."
    assert not [text for text in await texts_of(manager) if "4255" in text]
    await manager.press("✅ Подтвердить · пришло 400")
    await house.settle()
    assert present(house, booking).decided_by == "Ольга"
    assert "✅ Подтверждено: Ольга" in (await card(house.owner, booking)).text


async def test_a_specialist_sees_their_own_day_alone(salon: House) -> None:
    catalog = salon.read(lambda tx: catalogs.current(tx, now=salon.now))
    mine, other = catalog.units[0], catalog.units[1]
    person = await colleague(salon, "Мастер", "specialist", unit=mine.id)
    made = {}
    hours = {one.id: {day for row in one.working_hours for day in row.weekdays} for one in (mine, other)}
    ahead = next(days for days in range(1, 8) if all((4 + days) % 7 in hours[one.id] for one in (mine, other)))
    begins = datetime(2026, 11, 27, 12) + timedelta(days=ahead)
    for unit, name in ((mine, "Анна"), (other, "Ира")):
        tariff = next(one for one in catalog.tariffs if unit.id in one.units)
        guest = await salon.guest(name)
        request = StayRequest(unit.id, tariff.id, begins, begins + timedelta(minutes=tariff.minutes), {"adult": 1})
        made[unit.id] = await held(salon, guest, request, method=None)
    await salon.advance(days=ahead)
    await person.send("/today")
    seen = await person.wait_for("Сегодня")
    assert made[mine.id].code in seen.text
    assert made[other.id].code not in seen.text
    assert "+375" not in "\n".join(await texts_of(person))


async def test_the_clock_says_in_house_and_staff_may_still_say_that_nobody_came(house: House) -> None:
    booking = await confirmed(house, await house.guest())
    await house.advance(days=8, hours=7)
    assert present(house, booking).status == "in_house"
    await house.owner.send("/bookings")
    await house.owner.wait_for("Ближайшие брони")
    await house.owner.press(booking.code)
    await house.owner.press("Не приехал")
    await house.owner.press("Да, не приехал")
    await house.settle()
    assert present(house, booking).status == "no_show"
