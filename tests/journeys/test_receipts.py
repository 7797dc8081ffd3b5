"""The receipt desk in the chat: what is taken, what is helped with, lateness, two holds, and a refused receipt (UX 15–19, 22)."""

from datetime import datetime, timedelta

import pytest

from housebot.services import bookings, tasks
from housebot.services.ports import Actor
from housebot.simulator.client import Person
from tests.journeys.afterwards import at_local, files, newcomer, paid, rows, said
from tests.journeys.house import OWNER_ID, House

OWNER = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")
PDF = b"%PDF-1.4 a receipt"


async def send(guest: Person, how: str) -> None:
    if how == "photo":
        await guest.photo()
    elif how == "pdf":
        await guest.document(PDF, name="receipt.pdf", mime="application/pdf")
    elif how == "image as document":
        await guest.document(name="IMG_1.jpg", mime="image/jpeg")
    elif how == "album":
        await guest.album(3)
    else:
        await guest.forward_foreign("Bank", photo=True)


@pytest.mark.parametrize("how", ["photo", "pdf", "image as document", "album", "forward"])
async def test_check_15_a_file_is_a_receipt_without_any_button(house: House, how: str) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    before = len(await maria.messages())
    await send(maria, how)
    await house.settle()
    present = house.booking(booking.code)
    assert (present.status, present.under_review) == ("awaiting_owner", True)
    assert len(files(house, booking)) == (3 if how == "album" else 1)
    (thanks,) = await said(maria, "Чек получили, спасибо")
    assert "отвечаем с 08:00 до 23:00" in thanks.text
    assert "вам напишем не позже 14:00 сегодня" in thanks.text
    assert thanks.rows == [["📎 Ещё один файл", "💬 Написать нам"], ["🧾 Моя бронь"]]
    own = 3 if how == "album" else 1
    assert len(await maria.messages()) == before + own + 1  # one answer, whatever was sent
    await house.advance(hours=20)
    assert house.booking(booking.code).status == "awaiting_owner"


@pytest.mark.parametrize("how", ["paid", "transferred", "voice", "sticker", "link", "spreadsheet"])
async def test_check_15_what_is_no_receipt_is_told_what_to_send_and_changes_nothing(house: House, how: str) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    if how == "voice":
        await maria.voice()
    elif how == "sticker":
        await maria.sticker()
    elif how == "spreadsheet":
        await maria.document(b"PK", name="pay.xlsx", mime="application/vnd.ms-excel")
    else:
        words = {"paid": "Оплатила", "transferred": "перевела деньги", "link": "https://bank.example/receipt/1"}
        await maria.send(words[how])
    await house.settle()
    help_ = await maria.last()
    assert help_.text.startswith("Чтобы остановить время, нужен чек: снимок экрана перевода, фото или PDF.")
    assert "400 BYN" in help_.text
    assert house.booking(booking.code) == booking
    assert files(house, booking) == []


async def test_check_15_other_words_are_not_taken_for_a_payment(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(maria, "2026-12-05T16:00")
    for words in ("можно оплатить наличными?", "на субботу 12.12 нас 4"):
        await maria.send(words)
        await house.settle()
        assert "нужен чек" not in (await maria.last()).text


async def test_check_15_a_file_too_large_is_told_that_a_screenshot_will_do(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.document(b"0" * (20 * 1024 * 1024 + 1), name="scan.pdf", mime="application/pdf")
    await house.settle()
    assert (await maria.last()).text == "Файл слишком большой, снимка экрана достаточно."
    assert house.booking(booking.code) == booking


async def test_words_instead_of_a_file_go_to_the_owner_too(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.press("📎 Отправить чек")
    await house.settle()
    await maria.send("платила с карты мужа, фамилия другая")
    await house.settle()
    assert (await maria.last()).text == "Нужна картинка или PDF чека. Текст мы передали хозяину."
    relayed = await house.owner.last()
    assert "платила с карты мужа" in relayed.text
    assert booking.code in relayed.text
    assert house.booking(booking.code) == booking


async def test_one_more_file_is_added_and_the_same_one_is_known(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.document(PDF, name="receipt.pdf", mime="application/pdf")
    await house.settle()
    await maria.press("📎 Ещё один файл")
    await house.settle()
    await maria.photo()
    await house.settle()
    assert "Добавили к чеку, спасибо" in (await maria.last()).text
    assert len(files(house, booking)) == 2
    assert rows(house, "guest.receipt_received") == 1


async def test_a_file_nobody_waits_for_goes_to_the_owner(house: House) -> None:
    maria = await newcomer(house)
    await maria.album(3)
    await house.settle()
    assert len(await said(maria, "Передали файл хозяину")) == 1
    relayed = [one for one in await house.owner.messages() if one.get("photo")]
    assert len(relayed) == 3


@pytest.mark.parametrize("how", ["photo", "album"])
async def test_check_16_two_open_holds_are_asked_about_and_the_answer_attaches(house: House, how: str) -> None:
    maria = await newcomer(house)
    first = await house.hold(maria, "2026-12-05T16:00")
    second = await house.hold(maria, "2026-12-08T16:00")
    await send(maria, how)
    await house.settle()
    (question,) = await said(maria, "К какой брони этот чек?")
    assert sorted(question.buttons) == sorted([f"{first.code} · сб 5 дек", f"{second.code} · вт 8 дек"])
    assert {house.booking(one.code).status for one in (first, second)} == {"awaiting_payment"}
    data = question.button(f"{first.code} · сб 5 дек")
    await maria.press(f"{second.code} · вт 8 дек")
    await house.settle()
    assert house.booking(second.code).under_review
    assert len(files(house, second)) == (3 if how == "album" else 1)
    assert house.booking(first.code) == first
    assert len(await said(maria, f"Приложили чек к брони {second.code}.")) == 1
    pressed = await maria.press(data=data["callback_data"], message_id=question.id)
    assert pressed.toast == "Этот чек уже приложен"
    assert files(house, first) == []


async def test_check_16_a_reply_to_the_prompt_says_which(house: House) -> None:
    maria = await newcomer(house)
    await house.hold(maria, "2026-12-05T16:00")
    second = await house.hold(maria, "2026-12-08T16:00")
    await maria.press("📎 Отправить чек")
    await house.settle()
    await maria.photo(reply_to=(await maria.last()).id)
    await house.settle()
    assert house.booking(second.code).under_review


async def asked_after_the_end(house: House, maria: Person) -> tuple[str, int]:
    """A hold whose time ran out, and the question for its receipt that she has opened: its code, the message."""
    booking = await house.hold(maria, "2026-12-05T16:00")
    await house.advance(hours=2)
    await maria.press("📎 У меня есть чек")
    await house.settle()
    return booking.code, (await maria.last()).id


async def test_a_receipt_is_for_the_hold_that_took_the_place_of_the_one_it_was_asked_for(house: House) -> None:
    maria = await newcomer(house)
    old, prompt = await asked_after_the_end(house, maria)
    await maria.press("🔁 Забронировать снова")
    await house.settle()
    await maria.photo(reply_to=prompt)
    await house.settle()
    assert "Чек получили" in (await maria.last()).text
    assert house.booking(old).status == "expired"
    (new,) = [one for one in house.read(bookings.listing).items if one.code != old]
    assert new.under_review
    assert house.read(tasks.listing) == []


async def test_an_old_question_does_not_bring_back_what_was_booked_anew(house: House) -> None:
    maria = await newcomer(house)
    old, prompt = await asked_after_the_end(house, maria)
    await maria.press("🔁 Забронировать снова")
    await house.advance(hours=13)
    await maria.photo(reply_to=prompt)
    await house.settle()
    (new,) = [one for one in house.read(bookings.listing).items if one.code != old]
    assert (house.booking(old).status, new.status) == ("expired", "awaiting_owner")


async def test_a_receipt_asked_for_a_lost_hold_may_be_for_a_live_one_and_she_says_which(house: House) -> None:
    maria = await newcomer(house)
    old, prompt = await asked_after_the_end(house, maria)
    live = await house.hold(maria, "2026-12-08T16:00")
    await maria.photo(reply_to=prompt)
    await house.settle()
    (question,) = await said(maria, "К какой брони этот чек?")
    assert question.buttons == [f"{live.code} · вт 8 дек", f"{old} · сб 5 дек"]
    await maria.press(f"{old} · сб 5 дек")
    await house.settle()
    assert house.booking(old).under_review


async def test_check_17_a_receipt_sent_while_the_desk_was_away_is_on_time(house: House) -> None:
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    await at_local(house, "2026-11-27T23:15")
    booking = await house.hold(maria, "2026-11-28T16:00")
    await at_local(house, "2026-11-27T23:55")
    await house.close()
    house.clock.set(house.clock.now().replace(minute=58))
    await maria.photo()
    house.clock.set(house.clock.now().replace(hour=21, minute=20))  # 00:20 in Minsk
    await house.open()
    await house.settle()
    present = house.booking(booking.code)
    assert (present.status, present.under_review) == ("awaiting_owner", True)
    assert files(house, booking)[0].late_seconds == 0
    assert "Чек получили" in (await maria.last()).text
    assert rows(house, "guest.expired") == 0
    with pytest.raises(Exception, match="dates_taken"):
        await house.hold(olga, "2026-11-28T16:00")


async def late(house: House, *, sold: bool) -> tuple[Person, str]:
    """A hold that ended at midnight, its dates perhaps taken by somebody, and the receipt four minutes late."""
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    await at_local(house, "2026-11-27T23:15")
    booking = await house.hold(maria, "2026-11-28T16:00", extras={"sauna": 1})
    await at_local(house, "2026-11-28T00:01")
    assert house.booking(booking.code).status == "expired"
    if sold:
        await house.hold(olga, "2026-11-28T16:00")
    await at_local(house, "2026-11-28T00:04")
    await maria.photo()
    await house.settle()
    return maria, booking.code


async def test_check_18_late_but_free_is_taken_back_at_once(house: House) -> None:
    maria, code = await late(house, sold=False)
    present = house.booking(code)
    assert (present.status, present.under_review) == ("awaiting_owner", True)
    last = await maria.last()
    assert last.text.startswith("Чек пришёл на 4 минуты позже срока, но даты ещё свободны")
    assert last.rows == [["📎 Ещё один файл", "💬 Написать нам"], ["🧾 Моя бронь"]]


async def test_check_18_late_and_sold_keeps_the_money_and_offers_a_choice(house: House) -> None:
    maria, code = await late(house, sold=True)
    choice = await maria.last()
    assert "Ваши 400 BYN не пропадут, выберите:" in choice.text
    assert choice.buttons[-2:] == ["↩️ Вернуть деньги", "💬 Написать нам"]
    assert len([label for label in choice.buttons if label.startswith("🗓")]) == 2
    assert not any("Сертификат" in label for label in choice.buttons)
    booking = house.booking(code)
    assert booking.status == "expired"
    waiting = house.read(lambda tx: tx.all("SELECT state, amount FROM payments"))
    assert [tuple(row) for row in waiting] == [("unapplied", 40000)]
    assert rows(house, "staff.alert") >= 1


async def test_check_18_other_dates_are_taken_with_the_receipt_once(house: House) -> None:
    maria, code = await late(house, sold=True)
    choice = await maria.last()
    dates = [label for label in choice.buttons if label.startswith("🗓")]
    data = {label: choice.button(label)["callback_data"] for label in choice.buttons}
    await maria.press(dates[0], message_id=choice.id)
    await house.settle()
    old = house.booking(code)
    mine = house.read(lambda tx: bookings.of_guest(tx, old.guest_id or 0))
    new = next(one for one in mine if one.code != code)
    assert (new.status, new.under_review) == ("awaiting_owner", True)
    assert len(files(house, new)) == 1
    choice = next(one for one in await maria.messages() if one.id == choice.id)
    assert choice.buttons == []
    assert f"перенесли на {new.code}" in choice.text
    for label in (dates[0], dates[1], "↩️ Вернуть деньги"):
        pressed = await maria.press(data=data[label], message_id=choice.id)
        assert pressed.toast == "Вы уже выбрали: другие даты"
    await house.settle()
    assert len(house.read(lambda tx: bookings.of_guest(tx, old.guest_id or 0))) == len(mine)
    assert house.read(lambda tx: tasks.find_open(tx, "refund", old.id)) is None


async def test_check_18_money_back_is_a_task_that_knows_where_to(house: House) -> None:
    maria, code = await late(house, sold=True)
    choice = await maria.last()
    await maria.press("↩️ Вернуть деньги")
    await house.settle()
    assert (await maria.last()).text.startswith("Напишите, куда вернуть 400 BYN")
    await maria.send("карта 1111 2222 3333 4444")
    await house.settle()
    assert (await maria.last()).text == "Записали. Напишем, когда вернём 400 BYN."
    booking = house.booking(code)
    task = house.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    assert task.facts["where"] == "карта 1111 2222 3333 4444"
    choice = next(one for one in await maria.messages() if one.id == choice.id)
    assert choice.buttons == []
    await house.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=house.now))
    await house.settle()
    assert (await maria.last()).text.startswith(f"Вернули 400 BYN по брони {code}.")


async def test_check_19_the_guest_is_told_once_that_it_takes_longer(house: House) -> None:
    maria = await newcomer(house)
    await at_local(house, "2026-11-27T22:30")
    booking = await house.hold(maria, "2026-12-05T16:00")
    await at_local(house, "2026-11-27T23:59")
    await maria.photo()
    await house.settle()
    assert "не позже 10:00 сб 28 ноя" in (await maria.last()).text
    for hour in (8, 9, 10, 11, 12):
        await at_local(house, f"2026-11-28T{hour:02d}:01")
    assert house.booking(booking.code).status == "awaiting_owner"
    assert len(await said(maria, "Проверка идёт дольше, чем обещали")) == 1


async def test_check_22_unreadable_is_sent_again_without_starting_over(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    await maria.photo()
    await house.settle()
    await house.write(lambda tx: bookings.decline(tx, booking.id, reason="unreadable", actor=OWNER, now=house.now))
    await house.settle()
    refused = await maria.last()
    assert refused["rang"]
    assert "Не смогли принять чек: чек не читается. Даты держим до 14:00 сегодня." in refused.text
    assert refused.rows == [["📎 Отправить ещё раз", "💬 Написать нам"]]
    assert house.booking(booking.code).status == "awaiting_payment"
    await maria.photo()
    await house.settle()
    assert house.booking(booking.code).under_review
    assert "Чек получили" in (await maria.last()).text


async def test_check_22_declined_after_payment_asks_where_and_offers_other_dates(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    await maria.photo()
    await house.settle()
    await house.write(
        lambda tx: bookings.decline(tx, booking.id, reason="dates_taken", received=40000, actor=OWNER, now=house.now)
    )
    await house.settle()
    declined = await maria.last()
    assert "Не смогли подтвердить сб 5 дек: даты заняты. Вернём 400 BYN полностью. Куда вернуть?" in declined.text
    dates = [label for label in declined.buttons if label.startswith("🗓")]
    assert len(dates) == 2
    assert all(label.endswith("800") for label in dates)
    for label in dates:
        offered = declined.button(label)["callback_data"].split(".")[-1]
        arrival = datetime.strptime(offered.partition("-")[0], "%y%m%d%H%M")  # noqa: DTZ007  local time of the unit
        assert abs(arrival - booking.arrival) >= timedelta(hours=24), (
            "these dates are taken, whatever our calendar says"
        )
    assert paid(house, booking) == 40000
    await maria.press("↩️ Куда вернуть")
    await house.settle()
    await maria.send("+375291234567 ЕРИП")
    await house.settle()
    task = house.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    assert task.facts["where"] == "+375291234567 ЕРИП"
    await maria.press(dates[0], message_id=declined.id)
    await house.settle()
    assert "Держим для вас до" in (await maria.last()).text


async def test_check_18_time_ran_out_and_the_same_dates_are_one_press_away(house: House) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    await house.advance(hours=2)
    over = await maria.last()
    assert over.text.startswith("Время вышло, сб 5 дек снова в продаже. Ничего не списано.")
    assert over.rows == [["🔁 Забронировать снова"], ["🗓 Другие даты", "📎 У меня есть чек"]]
    await maria.press("🔁 Забронировать снова")
    await house.settle()
    again = await maria.last()
    assert "Держим для вас до" in again.text
    mine = house.read(lambda tx: bookings.of_guest(tx, booking.guest_id or 0))
    assert [one.status for one in mine] == ["awaiting_payment", "expired"]
    assert (mine[0].total, mine[0].extras) == (booking.total, booking.extras)


async def test_booking_again_shows_another_price_before_anything_is_taken(house: House) -> None:
    from housebot.bot.actions import act

    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    await house.advance(hours=2)
    over = await maria.last()
    await maria.press(data=act("gb", booking.code, booking.version, "2612051600-70000"), message_id=over.id)
    await house.settle()
    asked = await maria.last()
    assert "теперь 800 BYN" in asked.text
    assert house.read(lambda tx: len(bookings.of_guest(tx, booking.guest_id or 0))) == 1
    await maria.press("🔁 Забронировать за 800 BYN")
    await house.settle()
    assert house.read(lambda tx: len(bookings.of_guest(tx, booking.guest_id or 0))) == 2


@pytest.mark.parametrize("total", [0, 1, 79_999, 99_999_999])
async def test_defect_16_a_total_in_the_data_of_a_button_is_compared_and_never_taken(house: House, total: int) -> None:
    from housebot.bot.actions import act

    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    await house.advance(hours=2)
    over = await maria.last()
    await maria.press(data=act("gb", booking.code, booking.version, f"2612051600-{total}"), message_id=over.id)
    await house.settle()
    assert house.read(lambda tx: len(bookings.of_guest(tx, booking.guest_id or 0))) == 1, "nothing is taken at that"
    await maria.press("🔁 Забронировать за 800 BYN")
    await house.settle()
    mine = house.read(lambda tx: bookings.of_guest(tx, booking.guest_id or 0))
    assert [(one.status, one.total, one.deposit) for one in mine] == [
        ("awaiting_payment", 80_000, 40_000),
        ("expired", 80_000, 40_000),
    ]


async def test_booking_again_what_was_sold_meanwhile_offers_others(house: House) -> None:
    maria, olga = await newcomer(house), await newcomer(house, "Ольга")
    booking = await house.hold(maria, "2026-12-05T16:00")
    await house.advance(hours=2)
    await house.hold(olga, "2026-12-05T16:00")
    await maria.press("🔁 Забронировать снова")
    await house.settle()
    answer = await maria.last()
    assert answer.text == "Эти даты уже заняты."
    assert len([label for label in answer.buttons if "·" in label]) == 2
    assert house.read(lambda tx: len(bookings.of_guest(tx, booking.guest_id or 0))) == 1
