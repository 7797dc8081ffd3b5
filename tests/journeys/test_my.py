"""A guest's own bookings, what a confirmed one can do, cancelling, claiming, and words to the owner and back."""

from datetime import datetime, timedelta

import pytest

from housebot.bot.actions import act
from housebot.bot.renderer import TableRenderer
from housebot.bot.staff import alerts
from housebot.domain.stay import StayRequest
from housebot.services import bookings, claims, guests, relaying, settings, tasks
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import SYSTEM, Actor, Outgoing, Tx
from housebot.simulator.client import Person
from tests.journeys.afterwards import at_local, content, newcomer, paid, rows, said, theirs
from tests.journeys.house import OWNER_ID, House

OWNER = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")


async def booked(house: House, guest: Person, *, received: int | None = 40000) -> str:
    """A confirmed stay for four with the sauna."""
    booking = await house.hold(guest, "2026-12-05T16:00", extras={"sauna": 1})
    await guest.photo()
    await house.settle()
    await house.confirm(booking, received=received)
    return booking.code


async def test_m8_says_what_is_paid_what_is_left_and_when_the_address_comes(house: House) -> None:
    maria = await newcomer(house)
    code = await booked(house, maria)
    card = await maria.last()
    assert card["rang"]
    assert paid(house, house.booking(code)) == 40000
    assert card.text == (
        f"Забронировано ✅ {code} · сб 5 дек 16:00 → вс 6 дек 16:00 · 4 гостя, сауна. Оплачено 400, осталось 400 BYN при заезде. "
        "Адрес и код от дома пришлём утром в день заезда."
    )
    assert card.rows == [
        ["📅 В календарь", "📤 Друзьям"],
        ["✏️ Изменить", "💬 Написать нам"],
        ["↩️ Отменить"],
    ]
    (hold_card,) = [one for one in await theirs(maria, code) if one.text.startswith(code)]
    assert hold_card.buttons == []  # nobody is asked for money any more


@pytest.mark.parametrize(("received", "said_so"), [(80000, "Оплачено полностью, 800 BYN"), (None, "Оплата 800 BYN")])
async def test_m8_paid_in_full_and_not_at_all(house: House, received: int | None, said_so: str) -> None:
    maria = await newcomer(house)
    await booked(house, maria, received=received)
    assert said_so in (await maria.last()).text


async def test_calendar_file_holds_the_stay_in_utc(house: House) -> None:
    maria = await newcomer(house)
    code = await booked(house, maria)
    await maria.press("📅 В календарь")
    await house.settle()
    sent = await maria.last()
    text = content(house, sent).decode()
    assert "DTSTART:20261205T130000Z\r\nDTEND:20261206T130000Z" in text
    assert f"UID:{code}@housebot" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


async def test_text_for_friends_names_nobody(house: House) -> None:
    maria = await newcomer(house)
    await booked(house, maria)
    await maria.press("📤 Друзьям")
    await house.settle()
    text = (await maria.last()).text
    assert text.startswith("Мы едем: Secret House, сб 5 дек 16:00 → вс 6 дек 16:00.")
    assert not any(private in text for private in ("Мария", "+375", "400", "HB-"))


async def test_an_unpaid_booking_is_cancelled_after_a_question(house: House) -> None:
    maria = await newcomer(house)
    code = await booked(house, maria, received=None)
    await maria.press("↩️ Отменить")
    await house.settle()
    await maria.press("← Не отменять")
    await house.settle()
    assert house.booking(code).status == "confirmed"
    await maria.press("↩️ Отменить")
    await house.settle()
    assert "Денег вы не вносили" in (await maria.last()).text
    await maria.press("Да, отменить")
    await house.settle()
    assert house.booking(code).status == "cancelled_by_guest"
    assert f"Бронь {code} отменена" in (await maria.last()).text
    assert rows(house, "guest.cancelled") == 1


async def test_cancelled_by_the_owner_says_why_and_asks_where_the_money_goes(house: House) -> None:
    maria = await newcomer(house)
    code = await booked(house, maria)
    await house.write(
        lambda tx: bookings.cancel(tx, code, by="owner", reason="прорвало трубу", actor=OWNER, now=house.now)
    )
    await house.settle()
    told = await maria.last()
    assert f"Хозяин отменил бронь {code}" in told.text
    assert "прорвало трубу" in told.text
    assert "Вернём 400 BYN. Куда вернуть?" in told.text
    await maria.press("↩️ Куда вернуть")
    await house.settle()
    await maria.send("на ту же карту")
    await house.settle()
    booking = house.booking(code)
    task = house.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    assert task.facts["where"] == "на ту же карту"


async def test_my_lists_what_is_ahead_first_with_its_live_state(house: House) -> None:
    maria = await newcomer(house)
    await maria.send("🧾 Мои брони", reply_to=0)
    await house.settle()
    assert (await maria.last()).text.startswith("Броней пока нет.")
    later = await house.hold(maria, "2026-12-12T16:00")
    sooner = await house.hold(maria, "2026-12-05T16:00")
    await maria.send("/my")
    await house.settle()
    shown = await maria.last()
    lines = shown.text.split("\n")
    assert lines[0] == "Мои брони"
    assert lines[1].startswith(f"{sooner.code} · сб 5 дек 16:00")
    assert lines[2].startswith(f"{later.code} · сб 12 дек 16:00")
    assert lines[1].endswith("ждём оплату до 14:00 сегодня")
    await maria.press(f"{sooner.code} · сб 5 дек")
    await house.settle()
    card = next(one for one in await maria.messages() if one.id == shown.id)
    assert "Переведите" in card.text  # edited in place
    assert card.rows[-1] == ["← Назад", "☰ Меню"]
    await house.advance(hours=2)
    await maria.press(data=act("gm", sooner.code, 1), message_id=shown.id)
    await house.settle()
    card = next(one for one in await maria.messages() if one.id == shown.id)
    assert "время вышло" in card.text
    assert "🔁 Забронировать снова" in card.buttons


async def test_t4_a_booking_made_by_phone_is_claimed_once(house: House) -> None:
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    booking = await house.hold(maria, "2026-12-05T16:00")
    by_phone = await house.write(lambda tx: _by_phone(tx, house))
    token = await house.write(lambda tx: claims.invite(tx, by_phone.id, actor=OWNER, now=house.now))
    await maria.start(f"claim_{token}")
    await house.settle()
    assert house.booking(by_phone.code).guest_id == booking.guest_id
    assert await said(maria, f"Бронь {by_phone.code} теперь ваша")
    await olga.start(f"claim_{token}")
    await house.settle()
    assert "уже использована" in (await olga.last()).text
    assert house.booking(by_phone.code).guest_id == booking.guest_id


def _by_phone(tx: Tx, house: House) -> Booking:
    guest = guests.by_phone(tx, name="Тётя", contact="+375291110000", language="ru", now=house.now)
    arrival = datetime(2026, 12, 19, 16)
    wish = StayRequest("house", "day", arrival, arrival + timedelta(hours=24), {"adult": 4})
    return bookings.hold(
        tx, wish, guest_id=guest.id, contact="+375291110000", source="phone", actor=OWNER, now=house.now
    )


async def test_a_question_reaches_the_owner_and_the_answer_comes_back(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.press("💬 Вопрос")
    await house.settle()
    await maria.send("Можно с собакой? <b>маленькой</b>")
    await house.settle()
    answer = await maria.last()
    assert answer.text == "Передали хозяину. Отвечаем с 08:00 до 23:00."
    assert "🧾 Мои брони" in await maria.keyboard()
    relayed = await house.owner.last()
    assert "Можно с собакой? <b>маленькой</b>" in relayed.text
    assert booking.code in relayed.text
    guest_id = booking.guest_id or 0
    await house.write(
        lambda tx: relaying.to_guest(tx, guest_id=guest_id, text="Можно", booking=booking, actor=OWNER, now=house.now)
    )
    await house.settle()
    came = await maria.last()
    assert came.text == "💬 Хозяин: Можно"
    assert came.buttons == ["💬 Ответить"]
    before = rows(house, "staff.relay")
    await maria.send("Спасибо", reply_to=came.id)
    await house.settle()
    assert rows(house, "staff.relay") > before
    assert "Спасибо" in (await house.owner.last()).text


async def test_words_that_are_no_reply_reach_nobody(house: House) -> None:
    maria = await newcomer(house)
    await maria.send("💬 Написать нам", reply_to=0)
    await house.settle()
    await maria.send("5.12", reply_to=0)
    await house.settle()
    assert rows(house, "staff.relay") == 0


async def test_nobody_can_reply_in_the_place_of_another_guest(house: House) -> None:
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    await maria.send("💬 Написать нам", reply_to=0)
    await olga.send("💬 Написать нам", reply_to=0)
    await house.settle()
    prompt = (await olga.last()).id
    # As if a row of Maria's stood for a message of Olga's chat: the row decides nothing against who speaks (T3).
    await house.write(lambda tx: _mislead(tx, maria.id, olga.id, prompt))
    await olga.send("чужой ответ", reply_to=prompt)
    await house.settle()
    assert rows(house, "staff.relay") == 0


def _mislead(tx: Tx, whose: int, chat_id: int, message_id: int) -> None:
    tx.run(
        """
        UPDATE relays SET guest_id = (SELECT id FROM guests WHERE telegram_id = :whose)
        WHERE chat_id = :chat_id AND message_id = :message_id
        """,
        whose=whose,
        chat_id=chat_id,
        message_id=message_id,
    )


async def test_language_is_chosen_for_ever_and_the_menu_follows(house: House) -> None:
    maria = await newcomer(house)
    await maria.send("/language")
    await house.settle()
    await maria.press("English")
    await house.settle()
    assert "My bookings" in " ".join(await maria.keyboard())
    booking = await house.hold(maria, "2026-12-05T16:00")
    assert "Kept for you until" in (await maria.last()).text
    await maria.start()  # Telegram still says ru
    await house.settle()
    await maria.photo()
    await house.settle()
    assert "Got the receipt" in (await maria.last()).text
    assert house.booking(booking.code).under_review


async def test_early_arrival_hears_the_evening_before_and_a_late_booking_the_address_now(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T06:00", tariff="couple", party={"adult": 2})
    await house.confirm(booking, received=25000)
    assert "накануне вечером" in (await maria.last()).text
    other = await newcomer(house, "Ольга")
    await at_local(house, "2026-11-27T12:01")
    soon = await house.hold(other, "2026-11-27T16:00")
    await house.confirm(soon, received=35000)
    assert "Адрес" in (await other.last()).text
    assert "пришлём утром" not in (await other.last()).text


async def test_check_28_how_to_get_in_comes_that_morning_the_evening_before_or_at_once_and_never_twice(
    house: House,
) -> None:
    await house.write(lambda tx: settings.set_text(tx, "address.house", "ru", "Лесная, 7", actor=SYSTEM, now=house.now))
    await house.write(
        lambda tx: settings.set_text(tx, "arrival", "ru", "Код от ключей 4711", actor=SYSTEM, now=house.now)
    )
    maria, early, soon = [await newcomer(house, name) for name in ("Мария", "Ольга", "Нина")]
    await house.confirm(await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1}), received=40000)
    await house.confirm(
        await house.hold(early, "2026-12-08T06:00", tariff="couple", party={"adult": 2}), received=25000
    )
    await at_local(house, "2026-12-05T07:59")
    assert await said(maria, "ждём вас") == []
    await at_local(house, "2026-12-05T08:01")
    (told,) = await said(maria, "Сегодня ждём вас в 16:00.")
    assert "Лесная, 7" in told.text
    assert "Осталось 400 BYN при заезде" in told.text
    assert "Код от ключей 4711" in told.text
    assert "Пример" not in told.text, "directions of the example lead nowhere"
    assert await said(early, "Ждём вас") == []
    await at_local(house, "2026-12-07T20:01")
    assert len(await said(early, "Ждём вас вт 8 дек в 06:00.")) == 1
    await at_local(house, "2026-12-12T12:00")
    await house.confirm(await house.hold(soon, "2026-12-12T16:00"), received=35000)
    await house.advance(minutes=1)
    assert len(await said(soon, "Сегодня ждём вас в 16:00.")) == 1
    await house.close()
    await house.open()
    await house.advance(minutes=1)
    assert len(await said(maria, "Сегодня ждём вас в 16:00.")) == 1


async def test_the_map_and_address_of_the_example_reach_nobody_in_any_language(house: House) -> None:
    await house.write(lambda tx: settings.set_text(tx, "address.house", "ru", "Лесная, 7", actor=SYSTEM, now=house.now))
    john = await house.guest("John", language="en")
    await john.start()
    await house.settle()
    await john.send("/about")
    await house.settle()
    shown = await john.last()
    assert "Лесная, 7" in shown.text
    assert "Example address" not in shown.text
    assert "📍" not in str(shown.buttons)


async def test_the_command_to_change_opens_the_one_booking_and_asks_which_of_several(house: House) -> None:
    maria = await newcomer(house)
    await maria.send("/change")
    await house.settle()
    assert (await maria.last()).buttons == ["📅 Забронировать", "☰ Меню"]
    code = await booked(house, maria)
    await maria.send("/change")
    await house.settle()
    assert (await maria.last()).text.startswith(f"Что меняем?\n{code} · сб 5 дек")
    other = await house.hold(maria, "2026-12-12T16:00")
    await house.confirm(other, received=35000)
    await maria.send("/change")
    await house.settle()
    asked = await maria.last()
    assert asked.text.startswith("Какую бронь меняем?")
    assert asked.buttons[:2] == [f"{code} · сб 5 дек", f"{other.code} · сб 12 дек"]
    await maria.press(f"{other.code} · сб 12 дек")
    await house.settle()
    assert (await maria.last()).text.startswith(f"Что меняем?\n{other.code}")


async def test_r44_a_stay_that_is_over_says_what_is_still_owed(house: House) -> None:
    maria = await newcomer(house)
    code = await booked(house, maria)
    await at_local(house, "2026-12-08T12:00")
    assert house.booking(code).status == "completed"
    await maria.send("/my")
    await house.settle()
    await maria.press(f"{code} · сб 5 дек")
    await house.settle()
    assert "Оплачено 400 BYN, осталось доплатить 400 BYN." in (await maria.last()).text


async def test_nothing_is_left_to_pay_for_a_booking_that_is_over(house: House) -> None:
    maria = await newcomer(house)
    lapsed = await house.hold(maria, "2026-12-12T16:00")
    await house.advance(hours=12)
    paid_code = await booked(house, maria)
    cards = []
    for code in (lapsed.code, paid_code):
        await maria.send("/my")
        await house.settle()
        await maria.press(code)
        await house.settle()
        cards.append((await maria.last()).text.splitlines()[-1])
    await house.write(
        lambda tx: bookings.cancel(
            tx, bookings.get(tx, paid_code).id, by="owner", reason="other", actor=OWNER, now=house.now
        )
    )
    await house.settle()
    await maria.send("/my")
    await house.settle()
    await maria.press(paid_code)
    await house.settle()
    assert [*cards, (await maria.last()).text.splitlines()[-1]] == [
        "сб 12 дек 16:00 → вс 13 дек 16:00 · Сутки, от 3 человек, 4 гостя",
        "Итого 800 BYN, оплачено 400 BYN, осталось доплатить 400 BYN.",
        "Оплачено 400 BYN.",
    ]


async def test_a_move_by_the_owner_is_told_as_was_and_now_and_the_booked_card_turns(house: House) -> None:
    maria = await newcomer(house)
    code = await booked(house, maria)
    wish = Change(arrival=datetime(2026, 12, 5, 14), departure=datetime(2026, 12, 6, 16), party={"adult": 5})
    await house.write(lambda tx: bookings.move(tx, code, wish, actor=OWNER, now=house.now))
    await house.settle()
    card, told = await said(maria, "Забронировано")
    assert told.text == (
        f"Забронировано ✅ {code} · сб 5 дек 14:00 → вс 6 дек 16:00 · 5 гостей, сауна. Оплачено 400, осталось 460 BYN при заезде. "
        "Адрес и код от дома пришлём утром в день заезда.\n"
        "Изменилось: заезд 16:00 → 14:00 · гости 4 → 5 · цена 800 → 860 BYN"
    )
    assert "сб 5 дек 14:00" in card.text
    facts = {"booking": house.booking(code).id, "before": {"arrival": "2026-12-05T16:00", "departure": "2026-12-06T16:00", "guests": 4}}  # fmt: skip
    row = Outgoing(1, "facts.moved", facts, 1, None, "ru", False, None)
    cleaner = house.read(lambda tx: TableRenderer([alerts.texts]).render(tx, row, now=house.now)).text
    assert cleaner == (
        f"🔁 Изменено · {code}\nБыло: сб 5 дек 16:00 → вс 6 дек 16:00 · 4 гостя\n"
        "Стало: <b>сб 5 дек 14:00 → вс 6 дек 16:00</b> · Сутки · 5 гостей · Тайная комната, Вторая спальня, Сауна"
    )
