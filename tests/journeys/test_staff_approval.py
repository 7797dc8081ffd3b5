"""UX 7.19–23: the card, and every way to decide on it."""

import asyncio
from datetime import datetime

import pytest

from housebot.simulator import pictures
from tests.journeys.afterwards import content
from tests.journeys.house import House
from tests.journeys.staffroom import CARD, card, ledger, paid, present, rang, stay, texts_of, waiting


async def test_the_card_tells_everything_and_its_receipt_is_the_picture(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest, comment="Приедем с собакой")
    shown = await card(house.owner, booking)
    assert shown["photo"]
    assert CARD in shown.text
    for words in (
        "Сб 5 дек 16:00 → вс 6 дек 16:00",
        "4 гостя",
        "800 BYN, предоплата 400",
        "Мария",
        "впервые",
        "Приедем с собакой",
    ):
        assert words in shown.text
    assert shown.rows == [
        ["✅ Подтвердить · пришло 400"],
        ["Другая сумма", "❌ Отклонить"],
        ["💬 Гостю", "🗓 Другие даты", "💰 Цена"],
    ]
    assert rang(shown)


@pytest.mark.parametrize(
    ("left", "shown"), [("+375291112233", "Мария +375291112233 @masha · "), ("@masha", "Мария @masha · ")]
)
async def test_the_card_shows_the_phone_and_the_name_in_telegram(house: House, left: str, shown: str) -> None:
    guest = await house.guest(username="masha")
    booking = await waiting(house, guest, contact=left)
    assert shown in (await card(house.owner, booking)).text


async def test_the_card_keeps_the_first_receipt_when_more_files_come_and_when_it_is_decided(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest, picture=pictures.receipt(1, at="27.11.2026 12:00"))
    first = await card(house.owner, booking)
    shown = content(house, first)
    await guest.photo(pictures.receipt(2, at="27.11.2026 12:01"))
    await house.settle()
    more = await house.owner.wait_for("Ещё один файл", fresh=False)
    present_card = next(one for one in await house.owner.messages() if one.id == first.id)
    assert "2 файла" in present_card.text
    assert content(house, present_card) == shown
    assert content(house, more) != shown
    await house.owner.press("❌ Отклонить", message_id=first.id)
    await house.settle()
    await house.owner.press("Деньги не пришли")
    await house.settle()
    await house.owner.press("Отправить гостю")
    await house.settle()
    declined = next(one for one in await house.owner.messages() if one.id == first.id)
    assert "❌ Отклонено" in declined.text
    assert content(house, declined) == shown


async def test_a_long_comment_is_cut_on_the_card_and_follows_whole_once(house: House) -> None:
    guest = await house.guest()
    comment = "Приедем поздно, " * 60
    booking = await waiting(house, guest, comment=comment)
    screen = [one for one in await house.owner.messages() if booking.code in one.text or comment.strip() in one.text]
    assert len(screen) == 2
    assert len(screen[0].text) <= 1024
    assert screen[0].rows[0] == ["✅ Подтвердить · пришло 400"]
    assert comment.strip() in screen[1].text
    assert screen[1]["reply_to"]["message_id"] == screen[0].id
    await house.owner.press("❌ Отклонить")
    await house.settle()
    await house.owner.press("← Назад")
    await house.settle()
    assert len([one for one in await texts_of(house.owner) if comment.strip() in one]) == 1


async def test_check_19_a_card_at_night_is_silent_rings_at_eight_and_is_never_lost(house: House) -> None:
    guest = await house.guest()
    await house.advance(hours=11, minutes=59)
    booking = await waiting(house, guest)  # 23:59
    shown = await card(house.owner, booking)
    assert CARD in shown.text
    assert not rang(shown)
    await house.advance(hours=7, minutes=58)
    assert not [one for one in await house.owner.messages() if booking.code in one.text and rang(one)]
    await house.advance(minutes=4)  # 08:01
    nudge = await card(house.owner, booking)
    assert "ждёт вас с ночи" in nudge.text
    assert rang(nudge)
    await house.advance(hours=3)
    assert present(house, booking).status == "awaiting_owner"
    rings = [one for one in await house.owner.messages() if booking.code in one.text and rang(one)]
    assert len(rings) >= 2
    assert "ждёт вас уже" in rings[-1].text
    told = [text for text in await texts_of(guest) if "Проверка идёт дольше, чем обещали, прост" in text]
    assert len(told) == 1
    await house.owner.press("Открыть")
    await house.settle()
    await house.owner.press("✅ Подтвердить · пришло 400")
    await house.settle()
    assert present(house, booking).status == "confirmed"
    assert ledger(house, booking) == [("payment", 40000)]


async def test_check_20_two_owners_at_once_confirm_once_and_the_second_learns_who_was_first(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    presses = await asyncio.gather(
        house.owner.press("✅ Подтвердить · пришло 400"), house.second_owner.press("✅ Подтвердить · пришло 400")
    )
    await house.settle()
    assert ledger(house, booking) == [("payment", 40000)]
    decided = present(house, booking)
    assert decided.status == "confirmed"
    toasts = [press.toast for press in presses]
    assert sorted(bool(toast) for toast in toasts) == [False, True]
    assert max(toasts) == f"Уже решено: {decided.decided_by}, 12:00"
    for owner in (house.owner, house.second_owner):
        shown = await card(owner, booking)
        assert f"✅ Подтверждено: {decided.decided_by}, 12:00" in shown.text
        assert shown.rows == [["💬 Гостю", "Открыть"]]
    assert len([text for text in await texts_of(guest) if "Забронировано" in text]) == 1


async def test_check_21_another_sum_is_what_the_ledger_learns(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("какая сумма пришла")
    await house.owner.send("много")
    await house.owner.wait_for("Не похоже на сумму")
    assert ledger(house, booking) == []
    await house.owner.send("350")
    await house.owner.wait_for("✅ Подтверждено")
    await house.settle()
    assert ledger(house, booking) == [("payment", 35000)]
    assert present(house, booking).status == "confirmed"
    assert any("450" in text for text in await texts_of(guest))
    assert "пришло 350" in (await card(house.second_owner, booking)).text


async def test_no_money_is_no_sum_and_the_question_stands_again(house: House) -> None:
    booking = await waiting(house, await house.guest())
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("какая сумма пришла")
    await house.owner.send("0")
    await house.settle()
    refused, asked = (await house.owner.messages())[-2:]
    assert refused.text.startswith("Сумма должна быть больше нуля")
    assert "какая сумма пришла" in asked.text
    assert (present(house, booking).status, ledger(house, booking)) == ("awaiting_owner", [])
    await house.owner.send("400", reply_to=asked.id)
    await house.settle()
    assert ledger(house, booking) == [("payment", 40000)]


async def test_check_21_more_than_the_prepayment_is_asked_twice(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("какая сумма пришла")
    await house.owner.send("800")
    asked = await house.owner.wait_for("больше предоплаты")
    await house.settle()
    assert ledger(house, booking) == []
    assert present(house, booking).status == "awaiting_owner"
    assert asked.buttons == ["Да, подтвердить · пришло 800", "← Назад"]
    await house.owner.press("Да, подтвердить · пришло 800")
    await house.settle()
    assert ledger(house, booking) == [("payment", 80000)]
    assert present(house, booking).status == "confirmed"


async def test_more_than_all_of_it_is_called_so_to_the_owner_and_to_the_guest(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("Другая сумма")
    await house.owner.wait_for("какая сумма пришла")
    await house.owner.send("1000")
    await house.settle()
    asked = await house.owner.last()
    assert asked.text == "1000 BYN — это больше всей суммы 800, лишних 200. Записать?"
    await house.owner.press("Да, подтвердить · пришло 1000")
    await house.settle()
    assert ledger(house, booking) == [("payment", 100000)]
    (told,) = [text for text in await texts_of(guest) if "Забронировано" in text]
    assert "Оплачено 1000 при сумме 800 BYN: лишние 200 BYN вернём или зачтём" in told
    assert "полностью" not in told


async def test_check_22_an_unreadable_receipt_is_sent_again_without_starting_over(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("❌ Отклонить")
    await house.owner.wait_for("Почему отклоняем")
    await house.owner.press("Чек не читается")
    seen = await house.owner.wait_for("Гость прочтёт")
    assert "Не смогли принять чек: чек не читается" in seen.text
    assert present(house, booking).status == "awaiting_owner"
    await house.owner.press("Отправить гостю")
    await house.settle()
    assert present(house, booking).status == "awaiting_payment"
    preview = seen.text.split("Гость прочтёт:")[1].strip()
    assert preview in await texts_of(guest)
    assert "Ждём новый чек: Анна" in (await card(house.owner, booking)).text
    await paid(house, guest, booking)
    assert present(house, booking).status == "awaiting_owner"
    for owner in (house.owner, house.second_owner):
        shown = await card(owner, booking)
        assert CARD in shown.text
        assert rang(shown)
    await house.second_owner.press("✅ Подтвердить · пришло 400")
    await house.settle()
    assert ledger(house, booking) == [("payment", 40000)]


async def test_check_22_declining_money_that_came_opens_a_refund_until_done(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("❌ Отклонить")
    await house.settle()
    await house.owner.press("Даты заняты")
    seen = await house.owner.wait_for("Гость прочтёт")
    assert "Вернём 400 BYN полностью" in seen.text
    await house.owner.press("Отправить гостю")
    await house.settle()
    assert present(house, booking).status == "declined"
    preview = seen.text.split("Гость прочтёт:")[1].strip()
    assert preview in await texts_of(guest)
    task = await house.owner.wait_for("Вернуть 400 BYN", fresh=False)
    assert rang(task)
    assert "проверьте, что деньги пришли" in task.text
    await house.advance(hours=25)
    assert len([text for text in await texts_of(house.owner) if "Вернуть 400 BYN" in text]) == 2
    presses = await asyncio.gather(house.owner.press("✅ Вернули"), house.second_owner.press("✅ Вернули"))
    await house.settle()
    first = "Пётр" if presses[0].toast else "Анна"
    assert max(press.toast for press in presses).startswith(f"Уже решено: {first}")
    assert f"✅ Сделано: {first}" in (await card(house.owner, booking)).text
    assert any("Вернули 400 BYN" in text for text in await texts_of(guest))
    await house.advance(hours=49)
    assert len([text for text in await texts_of(house.owner) if "Вернуть 400 BYN" in text]) == 2


async def test_a_wrong_sum_is_promised_back_without_a_figure(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    for button in ("❌ Отклонить", "Сумма не та"):
        await house.owner.press(button)
        await house.settle()
    seen = await card(house.owner, booking)
    assert "сумма не та. Вернём всё, что пришло. Куда вернуть?" in seen.text
    await house.owner.press("Отправить гостю")
    await house.settle()
    told = await guest.last()
    assert "сумма не та. Вернём всё, что пришло. Куда вернуть?" in told.text
    task = await house.owner.wait_for("Вернуть всё, что пришло", fresh=False)
    assert "сколько пришло, посмотрите в банке" in task.text
    assert "куда: спросили гостя" in task.text
    await guest.press("↩️ Куда вернуть")
    await house.settle()
    assert "Напишите, куда вернуть всё, что пришло:" in (await guest.last()).text
    await guest.send("карта 1111 2222 3333 4444")
    await house.settle()
    for owner in (house.owner, house.second_owner):
        live = [one for one in await owner.messages() if "✅ Вернули" in one.buttons]
        assert len(live) == 1, "one card can be pressed, however often it rang"
        assert "куда: карта 1111 2222 3333 4444" in live[0].text
        assert len([text for text in await texts_of(owner) if text.startswith("⤵️ Ниже: Вернуть")]) == 1
    await house.owner.press("✅ Вернули")
    await house.settle()
    assert (await card(house.owner, booking)).text.startswith("✅ Сделано: Анна")
    for person in (house.owner, house.second_owner):
        assert not [text for text in await texts_of(person) if "куда" in text or "1111" in text]
    assert (await guest.last()).text.startswith(f"Вернули всё, что пришло по брони {booking.code}.")
    for person, words in ((guest, "Вернём 400"), (guest, "Вернули 400"), (house.owner, "Вернуть 400")):
        assert not [text for text in await texts_of(person) if words in text]
    assert ledger(house, booking) == []


async def test_a_reason_in_own_words_is_shown_as_the_guest_reads_it(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await house.owner.press("❌ Отклонить")
    await house.settle()
    await house.owner.press("Другое…")
    await house.owner.wait_for("напишите причину")
    await house.owner.send("протекла крыша <b>!</b>")
    seen = await house.owner.wait_for("Гость прочтёт")
    assert "протекла крыша <b>!</b>" in seen.text
    await house.owner.press("Отправить гостю")
    await house.settle()
    assert present(house, booking).status == "declined"
    assert any("протекла крыша <b>!</b>" in text for text in await texts_of(guest))


async def test_check_23_the_same_picture_again_is_named_and_asked_about(house: House) -> None:
    picture = pictures.receipt(77, at="27.11.2026 12:00")
    first, second = await house.guest(), await house.guest("Ольга", phone="+375291112244")
    one = await waiting(house, first, picture=picture)
    await house.owner.press("✅ Подтвердить · пришло 400")
    await house.settle()
    other = await waiting(house, second, stay(datetime(2026, 12, 8, 16)), picture=picture)
    await house.owner.wait_for(f"такой же чек был в {one.code}", fresh=False)
    await house.owner.press("✅ Подтвердить")
    asked = await house.owner.wait_for("Точно подтвердить?")
    await house.settle()
    assert present(house, other).status == "awaiting_owner"
    assert ledger(house, other) == []
    assert one.code in asked.text
    await house.owner.press("Да, подтвердить")
    await house.settle()
    assert present(house, other).status == "confirmed"
    assert len(ledger(house, other)) == 1


async def test_an_old_button_shows_the_card_as_it_is_and_changes_nothing(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    old = (await card(house.owner, booking)).button("✅ Подтвердить")["callback_data"]
    await house.owner.press("❌ Отклонить")
    await house.settle()
    await house.owner.press("Чек не читается")
    await house.settle()
    await house.owner.press("Отправить гостю")
    await house.settle()
    shown = await card(house.owner, booking)
    press = await house.owner.press(data=old, message_id=shown.id)
    await house.settle()
    assert press.toast.startswith("Это старая кнопка")
    assert present(house, booking).status == "awaiting_payment"
    assert ledger(house, booking) == []
