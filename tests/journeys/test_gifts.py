"""Gifts in guests' hands: a code on the summary, the page of a gift, its link, and what a stranger learns (R48, R49)."""

from datetime import date
from typing import Any

import pytest

from housebot.domain.gift import Gift
from housebot.services import bookings as bookings_of
from housebot.services import gifts, payments
from housebot.services.ports import SYSTEM, Actor
from housebot.simulator.client import Person, Seen
from housebot.storage import gifts as rows
from tests import factories
from tests.journeys.afterwards import said
from tests.journeys.house import OWNER_ID, House
from tests.journeys.test_promo import ASK, booked
from tests.journeys.test_summary import to_summary
from tests.journeys.walking import began, bookings, press, say

OWNER = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")
LAST_DAY = date(2027, 2, 20)
WRONG = "Этот код не подходит"


async def issued(house: House, *, amount: int = 10_000, tariff: str = "", **more: Any) -> Gift:
    """A gift that staff have sold."""
    last = more.pop("valid_until", LAST_DAY)
    if tariff:
        draft = Gift(0, "", "stay", "BYN", last, tariff=tariff, visits=1, **more)
    else:
        draft = Gift(0, "", "money", "BYN", last, amount=amount, **more)
    catalog = factories.secret_house()
    return await house.write(lambda tx: gifts.issue(tx, catalog, draft, actor=SYSTEM, now=house.now))


async def cancelled(house: House, code: str) -> None:
    await house.write(lambda tx: bookings_of.cancel(tx, code, by="owner", reason="x", actor=OWNER, now=house.now))
    await house.settle()


def balance(house: House, gift: Gift) -> int:
    return house.read(lambda tx: rows.balance(tx, gift.id))


def by_gift(house: House) -> list[tuple[str, int]]:
    return [(one.kind, one.amount) for one in house.read(payments.by_gifts)]


async def with_code(house: House, guest: Person, code: str) -> Seen:
    await press(house, guest, ASK)
    return await say(house, guest, code)


async def test_r48_a_money_gift_is_a_payment_under_the_total_and_the_deposit_is_that_of_the_rest(house: House) -> None:
    maria, gift = await house.guest(), await issued(house)
    assert ASK in (await to_summary(house, maria)).buttons
    summary = await with_code(house, maria, gift.code.lower().replace("-", " "))
    assert "Итого 800 BYN" in summary.text
    assert "Сертификат −100 BYN" in summary.text
    assert "К оплате сейчас 350 BYN, при заезде — 350 BYN." in summary.text
    held = await booked(house, maria)
    assert "350 BYN" in held.text
    assert balance(house, gift) == 0
    assert by_gift(house) == [("payment", 10_000)]


async def test_r48_look_alike_cyrillic_letters_in_a_code_are_recognised(house: House) -> None:
    maria, gift = await house.guest(), await issued(house)
    await to_summary(house, maria)
    summary = await with_code(house, maria, gift.code.translate(str.maketrans("ABCEKMPTX", "АВСЕКМРТХ")))
    assert "Сертификат −100 BYN" in summary.text


async def test_r48_promo_and_gift_are_used_together_and_each_is_taken_away_alone(house: House) -> None:
    from tests.journeys.test_promo import add

    maria, gift = await house.guest(), await issued(house)
    await add(house)
    await to_summary(house, maria)
    await with_code(house, maria, "весна")
    await press(house, maria, "🎟 ВЕСНА")
    both = await say(house, maria, gift.code)
    assert "Промокод ВЕСНА — −120" in both.text
    assert "Сертификат −100 BYN" in both.text
    await press(house, maria, f"🎟 ВЕСНА + {gift.code}")
    without = await press(house, maria, "✖️ Без сертификата")
    assert "Сертификат" not in without.text
    assert "Итого 680 BYN" in without.text


@pytest.mark.parametrize("typed", ["ZZZZZ-ZZZZZ-ZZZZZ", "voided", "expired", "empty", "😀" * 40])
async def test_r49_every_wrong_gift_code_gets_the_one_answer(house: House, typed: str) -> None:
    maria, gift = await house.guest(), await issued(house)
    await issued(house)
    if typed == "voided":
        await house.write(lambda tx: gifts.void(tx, gift.code, reason="x", actor=SYSTEM, now=house.now))
    elif typed == "expired":
        gift = await issued(house, valid_until=date(2026, 11, 27))
        await house.advance(hours=12)  # yesterday 23:59 was its last minute
    elif typed == "empty":
        other = await house.guest("Ольга", phone="+375291114455")
        await to_summary(house, other, day="12")
        await with_code(house, other, gift.code)
        await booked(house, other)
    await to_summary(house, maria)
    shown = await with_code(house, maria, gift.code if typed in {"voided", "expired", "empty"} else typed)
    assert WRONG in shown.text
    assert gift.code not in shown.text


async def test_r49_a_gift_of_yesterday_works_until_2359_and_not_a_minute_longer(house: House) -> None:
    maria = await house.guest()
    gift = await issued(house, valid_until=date(2026, 11, 27))
    await house.advance(hours=11, minutes=59)  # 23:59 of its last day
    await to_summary(house, maria)
    assert "Сертификат −100 BYN" in (await with_code(house, maria, gift.code)).text
    await house.advance(minutes=1)
    shown = await booked(house, maria)
    assert "Сертификат для этой брони больше не подходит" in shown.text
    assert bookings(house) == []


async def test_r49_guessing_gift_codes_is_limited_wherever_they_are_typed(house: House) -> None:
    maria, gift = await house.guest(), await issued(house)
    await began(house, maria)
    for number in range(5):
        assert WRONG in (await say(house, maria, f"/gift ABCDE-ABCDE-ABCD{'ABCDE'[number]}")).text
    assert "Слишком много попыток" in (await say(house, maria, f"/gift {gift.code}")).text
    await house.advance(hours=1)
    assert "Осталось 100 BYN" in (await say(house, maria, f"/gift {gift.code}")).text


async def test_r48_two_people_with_one_code_at_once_and_the_second_sees_what_is_left(house: House) -> None:
    maria, gift = await house.guest(), await issued(house)
    olga = await house.guest("Ольга", phone="+375291114455")
    for guest, day in ((maria, "5"), (olga, "12")):
        await to_summary(house, guest, day=day)
        assert "Сертификат −100 BYN" in (await with_code(house, guest, gift.code)).text
    await booked(house, olga)
    late = await booked(house, maria)
    assert "Сертификат для этой брони больше не подходит" in late.text
    assert len(bookings(house)) == 1
    assert by_gift(house) == [("payment", 10_000)]


async def test_r48_the_money_of_a_gift_is_back_on_its_code_and_the_messages_say_so(house: House) -> None:
    maria, gift = await house.guest(), await issued(house)
    await to_summary(house, maria)
    await with_code(house, maria, gift.code)
    await booked(house, maria)
    await house.advance(hours=2, minutes=1)
    assert balance(house, gift) == 10_000
    told = (await said(maria, "Время вышло"))[-1]
    assert "На сертификат вернулись 100 BYN." in told.text
    again = await press(house, maria, "🔁 Забронировать снова")
    assert "350 BYN" in again.text, "the gift pays again"
    assert balance(house, gift) == 0
    await press(house, maria, "✖️ Отказаться от брони")
    await press(house, maria, "Да, отказаться")
    assert balance(house, gift) == 10_000
    assert "На сертификат вернулись 100 BYN." in (await maria.last()).text


async def test_r49_a_certificate_by_link_asks_only_for_guests_day_and_hour_and_comes_back_when_cancelled(
    house: House,
) -> None:
    gift = await issued(house, tariff="day", extras=("sauna",))
    for attempt in range(2):  # defect 1: redeemed, un-redeemed, redeemed again
        maria = await house.guest(f"Мария {attempt}", phone=f"+37529111223{attempt}")
        await maria.start(f"gift_{gift.code}")
        await house.settle()
        assert await said(maria, "сертификат на отдых: Сутки, сауна")
        await press(house, maria, "4")
        await press(house, maria, "›")
        await press(house, maria, "5")
        summary = await press(house, maria, "16:00")
        assert "Сауна — 100" in summary.text
        assert "Сертификат на отдых −800 BYN" in summary.text
        assert "Доплачивать ничего не нужно." in summary.text
        await booked(house, maria)
        (row,) = [one for one in bookings(house) if one["status"] == "confirmed"]
        assert balance(house, gift) == 0
        await say(house, maria, "/my")
        if attempt == 0:
            await cancelled(house, row["code"])
            assert balance(house, gift) == 1
            assert await said(maria, "Сертификат снова действует.")


async def test_r49_a_longer_stay_with_a_certificate_pays_the_difference(house: House) -> None:
    maria, gift = await house.guest(), await issued(house, tariff="day", extras=("sauna",))
    await maria.start(f"gift_{gift.code}")
    await house.settle()
    for button in ("4", "›", "5", "16:00", "← Изменить", "До какого времени"):
        await press(house, maria, button)
    summary = await press(house, maria, next(one for one in (await maria.last()).buttons if "18:00" in one))
    assert "Сертификат на отдых −800 BYN" in summary.text
    assert "60 BYN" in summary.text


async def test_a_money_gift_by_link_is_remembered_in_the_draft_and_pays_on_the_summary(house: House) -> None:
    maria, gift = await house.guest(), await issued(house)
    await maria.start(f"gift_{gift.code}")
    await house.settle()
    page = await maria.last()
    assert "сертификат на 100 BYN" in page.text
    assert "Осталось 100 BYN." in page.text
    assert "Действует по сб 20 фев 2027 включительно." in page.text
    assert "27 ноя: оформлен, 100 BYN" in page.text
    await press(house, maria, "📅 Забронировать с ним")
    for button in ("›", "5", "Сутки", "4", "Сауна", "Дальше →", "Сутки · 800"):
        await press(house, maria, button)
    assert "Сертификат −100 BYN" in (await press(house, maria, "Ничего, показать итог")).text


async def test_a_gift_is_handed_on_by_whoever_knows_its_code(house: House) -> None:
    maria, gift = await house.guest(), await issued(house, recipient="Мария")
    await began(house, maria)
    await say(house, maria, f"/gift {gift.code}")
    await press(house, maria, "🤝 Передать")
    shown = await say(house, maria, "Пётр <b>и Ко</b>")
    assert "теперь это сертификат для Пётр <b>и Ко</b>" in shown.text
    assert house.read(lambda tx: gifts.by_id(tx, gift.id)).recipient == "Пётр <b>и Ко</b>"


async def test_m1_the_menu_has_gifts_and_its_page_two_ways(house: House) -> None:
    maria = await house.guest()
    await began(house, maria)
    assert "🎁 Сертификат" in await maria.keyboard()
    page = await say(house, maria, "🎁 Сертификат")
    assert page.buttons[:2] == ["🎟 У меня есть сертификат", "🎁 Купить сертификат"]
    await press(house, maria, "🎟 У меня есть сертификат")
    gift = await issued(house)
    assert WRONG in (await say(house, maria, "НЕТТАКОГО")).text
    assert "Осталось 100 BYN" in (await say(house, maria, gift.code)).text


async def test_r49_after_too_many_codes_words_mean_again_what_they_always_mean(house: House) -> None:
    maria = await house.guest()
    await began(house, maria)
    await say(house, maria, "🎁 Сертификат")
    await press(house, maria, "🎟 У меня есть сертификат")
    for number in range(5):
        assert WRONG in (await say(house, maria, f"ABCDE-ABCDE-ABCD{'ABCDE'[number]}")).text
    assert "Слишком много попыток" in (await say(house, maria, "ABCDE-ABCDE-ABCDF")).text
    assert "Подходит:" in (await say(house, maria, "на 5.12 4 чел с сауной")).text


async def test_r48_a_second_gift_takes_the_place_of_the_first_and_says_so(house: House) -> None:
    maria, first, second = await house.guest(), await issued(house), await issued(house, amount=20_000)
    await to_summary(house, maria)
    assert (await with_code(house, maria, first.code)).text.startswith("Код учтён, он в расчёте.")
    await press(house, maria, f"🎟 {first.code}")
    replaced = await say(house, maria, second.code)
    assert replaced.text.startswith(f"Код учтён вместо {first.code}: в одной брони один промокод и один сертификат.")
    assert "Сертификат −200 BYN" in replaced.text
