"""Buying a gift in the chat: from the first button to the picture in the recipient's hands, and every way it can go wrong (R46, R49)."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from housebot.bot.actions import act
from housebot.errors import Refusal
from housebot.services import gift_orders, gift_sales, gifts, guests, invariants, payments, receipt_desk, tasks
from housebot.services.gift_orders import Order
from housebot.simulator import pictures
from housebot.simulator.client import Person, Seen
from tests.journeys.afterwards import content, newcomer, said
from tests.journeys.house import House
from tests.journeys.staffroom import held as stay_held
from tests.journeys.test_gifts import balance
from tests.journeys.walking import SHARE, press, say

BUY = "✅ Принимаю и покупаю"
CONFIRM = "✅ Подтвердить · пришло 200"


async def to_summary(house: House, guest: Person, *, what: str = "200", name: str = "Маша", words: str = "") -> Seen:
    """Up to the summary, delivered at once to who buys."""
    await say(house, guest, "🎁 Сертификат")
    await press(house, guest, "🎁 Купить сертификат")
    await (say(house, guest, what) if what.isdecimal() else press(house, guest, what))
    if "Что добавить?" in (await guest.last()).text:
        await press(house, guest, "Дальше →")
    await (say(house, guest, name) if name else press(house, guest, "Без имени"))
    await (say(house, guest, words) if words else press(house, guest, "Без пожелания"))
    await press(house, guest, "Сразу после оплаты")
    return await press(house, guest, "Мне, передам сам")


async def ordered(house: House, guest: Person, **wish: str) -> Order:
    await to_summary(house, guest, **wish)
    await press(house, guest, BUY)
    if SHARE in await guest.keyboard():
        await guest.press(SHARE)
        await house.settle()
    return newest(house)


def newest(house: House) -> Order:
    number = house.read(lambda tx: tx.value("SELECT max(id) FROM gift_orders"))
    return house.read(lambda tx: gift_orders.get(tx, number))


def money(house: House, order: Order) -> list[tuple[str, int]]:
    return [(one.kind, one.amount) for one in house.read(lambda tx: gift_sales.listing(tx, order.id))]


async def waiting(house: House, guest: Person, **wish: str) -> Order:
    """An order whose receipt waits for a decision."""
    await ordered(house, guest, **wish)
    await guest.photo()
    await house.settle()
    return newest(house)


async def test_a_money_gift_is_bought_by_bank_transfer_given_and_paid_with(house: House) -> None:
    maria = await newcomer(house)
    summary = await to_summary(house, maria, words="С днём рождения! 🎉")
    for line in (
        "сертификат на 200 BYN",
        "Кому: Маша.",
        "«С днём рождения! 🎉»",
        "К оплате 200 BYN.",
        "Действует по сб 27 фев 2027",
    ):
        assert line in summary.text
    order = await ordered_from_summary(house, maria)
    to_pay = await maria.last()
    assert "Ждём оплату до 14:00 сегодня" in to_pay.text
    assert "Переведите 200 BYN" in to_pay.text
    assert to_pay.rows == [["📋 Номер карты", "📋 200"], ["📎 Отправить чек"], ["💬 Написать нам", "✖️ Не покупать"]]
    await maria.photo()
    await house.settle()
    assert "Чек получили, спасибо" in (await said(maria, order.code))[-1].text
    assert newest(house).under_review
    card = await house.owner.last()
    assert card["photo"]
    assert "Покупают сертификат на 200 BYN · 200 BYN" in card.text
    assert card.rows == [[CONFIRM], ["Другая сумма", "❌ Отклонить"]]
    await house.owner.press(CONFIRM)
    await house.settle()
    assert newest(house).status == "paid"
    assert money(house, order) == [("payment", 20_000)]
    (gift,) = house.read(gifts.listing)
    assert (gift.amount, gift.recipient, gift.buyer) == (20_000, "Маша", "Мария")
    (sent,) = [one for one in await maria.messages() if one.get("photo") and not one["mine"]]
    assert gift.code in sent.text
    assert f"start=gift_{gift.code}" in sent.text
    assert Image.open(BytesIO(content(house, sent))).size[0] == 1080
    masha = await house.guest("Маша", phone="+375291114455")
    await masha.start(f"gift_{gift.code}")
    await house.settle()
    for button in (
        "📅 Забронировать с ним",
        "›",
        "5",
        "Сутки",
        "4",
        "Сауна",
        "Дальше →",
        "Сутки · 800",
        "Ничего, показать итог",
    ):
        await press(house, masha, button)
    assert "Сертификат −200 BYN" in (await masha.last()).text
    await press(house, masha, "✅ Принимаю правила и бронирую")
    await masha.press(SHARE)
    await house.settle()
    assert "300 BYN" in (await masha.last()).text  # half of the rest
    await masha.photo()
    await house.settle()
    await house.owner.press("✅ Подтвердить · пришло 300")
    await house.settle()
    assert "Забронировано" in (await masha.last()).text
    assert balance(house, gift) == 0
    assert [one for one in house.read(lambda tx: invariants.check(tx, house.now)) if one.status == "fail"] == []


async def ordered_from_summary(house: House, guest: Person) -> Order:
    await press(house, guest, BUY)
    await guest.press(SHARE)
    await house.settle()
    return newest(house)


@pytest.mark.parametrize("typed", ["0", "-5", "1000000000000", "много", "10^12", "0,5", "1e3"])
async def test_a_sum_that_is_none_is_asked_for_again(house: House, typed: str) -> None:
    maria = await newcomer(house)
    await say(house, maria, "🎁 Сертификат")
    await press(house, maria, "🎁 Купить сертификат")
    again = await say(house, maria, typed)
    assert "Что подарить?" in again.text
    assert "Кому?" in (await say(house, maria, "150,50")).text


async def test_a_stay_is_given_at_its_ordinary_price_with_what_is_added(house: House) -> None:
    maria = await newcomer(house)
    await say(house, maria, "🎁 Сертификат")
    shop = await press(house, maria, "🎁 Купить сертификат")
    assert "Сутки · 700" in shop.buttons
    await press(house, maria, "Сутки · 700")
    added = await press(house, maria, "Сауна")
    assert "Сутки, сауна — 800 BYN" in added.text
    await press(house, maria, "Дальше →")
    for button in ("Без имени", "Без пожелания", "Сразу после оплаты"):
        await press(house, maria, button)
    summary = await press(house, maria, "Мне, передам сам")
    assert "сертификат на отдых: Сутки, сауна" in summary.text
    assert "К оплате 800 BYN." in summary.text
    assert "что не потрачено" not in summary.text  # it is a stay, no purse
    assert "Если бронь по нему отменить вовремя" in summary.text


async def test_a_gift_straight_to_a_guest_comes_at_ten_of_its_day_once(house: House) -> None:
    maria, masha = await newcomer(house), await newcomer(house, "Маша", username="masha_k")
    await say(house, maria, "🎁 Сертификат")
    await press(house, maria, "🎁 Купить сертификат")
    await say(house, maria, "200")
    for button in ("Без имени", "Без пожелания"):
        await press(house, maria, button)
    assert "Какое у получателя @имя?" in (await press_after(house, maria, "1.12", "Прямо получателю")).text
    unknown = await say(house, maria, "@nobody_here")
    assert "бот не пишет первым" in unknown.text
    await press(house, maria, "Прямо получателю")
    summary = await say(house, maria, "@Masha_K")
    assert "Пришлём прямо получателю вт 1 дек 2026 в 10:00" in summary.text
    await ordered_from_summary(house, maria)
    await maria.photo()
    await house.settle()
    await house.owner.press(CONFIRM)
    await house.settle()
    assert not [one for one in await masha.messages() if one.get("photo")]
    mine = await say(house, maria, "🎁 Сертификат")
    await press(house, maria, f"{newest(house).code} · 200 BYN")
    assert "📨 Прислать сейчас" in str([one.buttons for one in await maria.messages()])
    assert mine.buttons[2].startswith("GO-"), "what is paid and not sent yet is found again"
    await house.advance(days=3, hours=21, minutes=59)  # 1 December, 09:59
    assert not [one for one in await masha.messages() if one.get("photo")]
    await house.advance(minutes=1)
    await house.advance(days=2)
    assert len([one for one in await masha.messages() if one.get("photo")]) == 1
    assert await said(maria, "Отправили ваш сертификат")
    shown = await press(house, maria, "🎁 Показать сертификат")
    assert shown["photo"]


async def press_after(house: House, guest: Person, text: str, button: str) -> Seen:
    await say(house, guest, text)
    return await press(house, guest, button)


async def test_r33_two_owners_at_once_issue_one_gift_and_the_second_learns_who_was_first(house: House) -> None:
    maria = await newcomer(house)
    order = await waiting(house, maria)
    presses = await asyncio.gather(house.owner.press(CONFIRM), house.second_owner.press(CONFIRM))
    await house.settle()
    assert len(house.read(gifts.listing)) == 1
    assert money(house, order) == [("payment", 20_000)]
    assert sorted("Уже решено: " in one.toast for one in presses) == [False, True]


async def test_t3_double_taps_make_one_order(house: House) -> None:
    maria = await newcomer(house)
    await ordered(house, maria)
    await maria.press("✖️ Не покупать")
    await house.settle()
    await press(house, maria, "Да, не покупать")
    assert newest(house).status == "cancelled"
    await to_summary(house, maria)
    await asyncio.gather(maria.press(BUY), maria.press(BUY), return_exceptions=True)
    await house.settle()
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM gift_orders")) == 2


async def test_r36_a_receipt_after_the_end_makes_the_order_valid_again(house: House) -> None:
    maria = await newcomer(house)
    order = await ordered(house, maria)
    await house.advance(hours=2, minutes=4)
    assert newest(house).status == "expired"
    assert await said(maria, f"Время на оплату {order.code} вышло")
    await maria.photo()
    await house.settle()
    assert await said(maria, "Чек пришёл после срока, но это не страшно")
    assert "чек пришёл на 4 мин позже срока" in (await house.owner.last()).text
    sure = await press(house, house.owner, CONFIRM)
    assert sure.buttons[0] == "Да, подтвердить · пришло 200"
    await press(house, house.owner, "Да, подтвердить · пришло 200")
    assert newest(house).status == "paid"
    assert len(house.read(gifts.listing)) == 1


async def test_r36_too_little_is_kept_and_the_rest_makes_the_gift(house: House) -> None:
    maria = await newcomer(house)
    order = await waiting(house, maria)
    await press(house, house.owner, "Другая сумма")
    asked = await say(house, house.owner, "150")
    assert "Пришло меньше, чем нужно: 150 BYN из 200 BYN" in asked.text
    assert asked.buttons[:2] == ["✅ Оформить на 150", "⏳ Ждём ещё 50"]
    await press(house, house.owner, "⏳ Ждём ещё 50")
    assert money(house, order) == [("payment", 15_000)]
    assert await said(maria, "не хватает 50 BYN")
    await maria.photo()
    await house.settle()
    await press(house, house.owner, "✅ Подтвердить · пришло 50")
    (gift,) = house.read(gifts.listing)
    assert gift.amount == 20_000
    assert money(house, order) == [("payment", 15_000), ("payment", 5_000)]


async def test_the_buyer_reads_what_is_on_the_card_though_another_sum_was_ordered(house: House) -> None:
    maria = await newcomer(house)
    await waiting(house, maria)
    (card,) = await said(house.owner, "🎁 Ждёт вас")
    assert "Уйдёт покупателю сразу после оплаты." in card.text
    await press(house, house.owner, "Другая сумма")
    await say(house, house.owner, "150")
    await press(house, house.owner, "✅ Оформить на 150")
    (paid,) = await said(maria, "Оплачено ✅")
    assert paid.text == "Оплачено ✅ сертификат на 150 BYN. Он в следующем сообщении."
    assert await said(maria, "сертификат на 150 BYN: оплачено и отправлено")
    assert await said(house.owner, "сертификат на 150 BYN · пришло 150")
    assert not await said(maria, "сертификат на 200 BYN: оплачено")


async def test_r36_too_much_is_a_larger_gift_or_goes_back(house: House) -> None:
    maria = await newcomer(house)
    order = await waiting(house, maria)
    await press(house, house.owner, "Другая сумма")
    asked = await say(house, house.owner, "250")
    assert asked.buttons[:2] == ["✅ Оформить на 250", "✅ На 200, вернуть 50"]
    await press(house, house.owner, "✅ На 200, вернуть 50")
    (gift,) = house.read(gifts.listing)
    assert gift.amount == 20_000
    (task,) = house.read(tasks.listing)
    assert (task.kind, task.facts["amount"]) == ("gift_refund", 5_000)
    await press(house, house.owner, "✅ Вернули")
    assert money(house, order) == [("payment", 25_000), ("refund", 5_000)]
    assert await said(maria, "50 BYN")


async def test_check_22_unreadable_is_sent_again_and_a_decline_of_money_is_a_task_until_done(house: House) -> None:
    maria = await newcomer(house)
    order = await waiting(house, maria)
    await press(house, house.owner, "❌ Отклонить")
    await press(house, house.owner, "Чек не читается, пусть пришлёт ещё")
    assert "Гость прочтёт:\n\nНе смогли прочитать чек" in (await house.owner.last()).text
    assert newest(house).under_review, "nothing is said before it was seen"
    await press(house, house.owner, "Отправить гостю")
    assert newest(house).status == "awaiting_payment"
    assert await said(maria, "Не смогли прочитать чек")
    await maria.photo(pictures.receipt(7, at="27.11.2026 12:01"))
    await house.settle()
    await press(house, house.owner, "❌ Отклонить")
    shown = await press(house, house.owner, "Другое…")
    assert f"Гость прочтёт:\n\nНе смогли подтвердить {order.code}" in shown.text
    assert "Вернём 200 BYN" in shown.text
    assert shown.buttons == ["Отправить гостю", "← Назад"]
    assert newest(house).under_review
    await press(house, house.owner, "← Назад")
    await press(house, house.owner, "❌ Отклонить")
    await press(house, house.owner, "Другое…")
    await press(house, house.owner, "Отправить гостю")
    assert newest(house).status == "declined"
    told = (await said(maria, f"Не смогли подтвердить {order.code}"))[-1]
    assert "Вернём 200 BYN" in told.text
    await press(house, maria, "↩️ Куда вернуть")
    asked = await maria.last()
    await maria.send("карта 1234", reply_to=asked.id)
    await house.settle()
    assert "куда: карта 1234" in (await house.owner.last()).text
    await press(house, house.owner, "✅ Вернули")
    assert house.read(tasks.listing) == []
    assert house.read(gifts.listing) == []


async def test_check_23_the_same_picture_for_a_stay_and_for_a_gift_is_flagged(house: House) -> None:
    maria, picture = await newcomer(house), pictures.receipt(3, at="27.11.2026 12:00")
    order = await ordered(house, maria)
    await maria.photo(picture)
    await house.settle()
    olga = await newcomer(house, "Ольга", phone="+375291114455")
    booking = await stay_held(house, olga)
    await olga.photo(picture)
    await house.settle()
    assert f"такой же чек был в {order.code}" in (await house.owner.last()).text
    assert booking.code in (await house.owner.last()).text


async def test_check_16_a_stay_and_a_gift_wait_and_one_photo_is_asked_about(house: House) -> None:
    maria = await newcomer(house)
    await stay_held(house, maria)
    order = await ordered(house, maria)
    await maria.photo()
    await house.settle()
    which = await maria.last()
    assert which.text == "К чему этот чек: к брони или к заказу?"
    assert len(which.buttons) == 2
    await press(house, maria, f"{order.code} · 200 BYN")
    assert newest(house).under_review
    assert await said(maria, f"Приложили чек к заказу {order.code}.")
    assert house.read(lambda tx: tx.value("SELECT under_review FROM bookings")) == 0


async def test_check_16_of_two_gift_orders_it_is_asked_which_order(house: House) -> None:
    maria = await newcomer(house)
    first = await ordered(house, maria)
    second = await ordered(house, maria, what="150")
    await maria.photo()
    await house.settle()
    which = await maria.last()
    assert which.text == "К какому заказу этот чек?"
    assert len(which.buttons) == 2
    await press(house, maria, f"{first.code} · 200 BYN")
    assert await said(maria, f"Приложили чек к заказу {first.code}.")
    assert first.code != second.code


async def test_t3_a_receipt_for_a_foreign_or_missing_order_finds_no_such_order(house: House) -> None:
    maria = await newcomer(house)
    order = await ordered(house, maria)
    olga = await newcomer(house, "Ольга", phone="+375291114455")
    seen = await say(house, olga, "/my")
    for code in (order.code, "GO-ZZZZ"):
        pressed = await olga.press(data=act("cw", code, 0, "1"), message_id=seen.id)
        assert pressed.toast == "Не нашли такой заказ."


async def test_r46_no_money_for_a_gift_is_no_sum_and_it_is_the_order_that_is_declined(house: House) -> None:
    maria = await newcomer(house)
    await waiting(house, maria)
    await press(house, house.owner, "Другая сумма")
    await say(house, house.owner, "0")
    refused, asked = (await house.owner.messages())[-2:]
    assert refused.text == "Сумма должна быть больше нуля. Если деньги не пришли, отклоните заказ."
    assert "какая сумма пришла" in asked.text
    assert newest(house).under_review


async def test_a_long_name_and_a_wish_with_emoji_do_not_break_the_card(house: House) -> None:
    maria = await newcomer(house)
    await to_summary_long(house, maria)
    await ordered_from_summary(house, maria)
    await maria.photo()
    await house.settle()
    await house.owner.press(CONFIRM)
    await house.settle()
    (sent,) = [one for one in await maria.messages() if one.get("photo") and not one["mine"]]
    assert len(sent.text) <= 1024
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM outbox WHERE state = 'failed'")) == 0


async def to_summary_long(house: House, guest: Person) -> None:
    await say(house, guest, "🎁 Сертификат")
    await press(house, guest, "🎁 Купить сертификат")
    await say(house, guest, "200")
    assert "Кому?" in (await say(house, guest, "я" * 129)).text
    await say(house, guest, "Александра-Пантелеймона 🎉" * 4)
    assert "Пожелание?" in (await say(house, guest, "я" * 301)).text
    await say(house, guest, ("🎉" * 20 + "<b>шш</b> ") * 8)
    await press(house, guest, "Сразу после оплаты")
    await press(house, guest, "Мне, передам сам")


async def test_a_foreign_order_and_a_missing_one_look_the_same(house: House) -> None:
    maria = await newcomer(house)
    order = await ordered(house, maria)
    olga = await newcomer(house, "Ольга", phone="+375291114455")
    foreign = house.read(lambda tx: guests.by_telegram(tx, olga.id))
    assert foreign is not None
    for code in (order.code, "GO-ZZZZ"):
        with pytest.raises(Refusal) as refused:
            house.read(lambda tx, code=code: receipt_desk.theirs(tx, code, guest_id=foreign.id))  # type: ignore[misc]
        assert refused.value.code == "not_found"


async def test_payments_list_shows_the_sale(house: House) -> None:
    maria = await newcomer(house)
    order = await waiting(house, maria)
    await house.owner.press(CONFIRM)
    await house.settle()
    shown = house.read(lambda tx: [payments.as_json(tx, one) for one in payments.listing(tx)])
    assert [(one["gift_order"], one["amount"]["amount"]) for one in shown] == [(order.code, 20_000)]
