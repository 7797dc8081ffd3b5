"""A change that waits, in the chat: the desk's offer of other dates or another price, and a change that is paid first (M9–M11, UX 2b, 2c)."""

from datetime import datetime

import pytest

from housebot.domain.period import local
from housebot.services import bookings, guests, payments, proposal_differences, proposals, proposed
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor
from housebot.services.proposed import Proposal
from housebot.simulator.client import Person, Seen
from tests import factories
from tests.journeys.afterwards import newcomer, said
from tests.journeys.house import House
from tests.journeys.staffroom import present, texts_of, waiting

ZONE = factories.secret_house().zone
SATURDAY = datetime(2026, 12, 5, 16)


def of(house: House, booking: Booking) -> Proposal | None:
    return house.read(lambda tx: proposed.open_of(tx, booking.id))


async def live(person: Person, words: str) -> Seen:
    """The newest message of ours with these words, as it stands now."""
    found = await said(person, words)
    assert found, await texts_of(person)
    return found[-1]


async def booked(house: House, guest: Person, **more: object) -> Booking:
    booking = await house.hold(guest, "2026-12-05T16:00", **more)  # type: ignore[arg-type]
    await house.confirm(booking, received=booking.deposit)
    return present(house, booking)


async def press(house: House, person: Person, button: str, words: str | None = None) -> None:
    message = await live(person, words) if words else None
    await (person.press(button, message_id=message.id) if message else person.press(button))
    await house.settle()


async def buttons(person: Person) -> list[str]:
    """Every label under the newest message that has some."""
    found = [one for one in await person.messages() if one.rows and not one["mine"]]
    return [label for row in found[-1].rows for label in row]


async def offer_dates(house: House, booking: Booking) -> None:
    """From the approval card: the first of the nearest dates, sent as it was shown."""
    await press(house, house.owner, "🗓 Другие даты")
    choice = await live(house.owner, "что предложить")
    await press(house, house.owner, choice.rows[0][0])
    shown = await live(house.owner, "Предложение по брони")
    assert "Ответьте, пожалуйста" in shown.text
    await press(house, house.owner, "Отправить гостю")


async def test_m9_the_owner_offers_other_dates_and_the_guest_agrees(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await offer_dates(house, booking)
    card = await live(guest, "Предложение по брони")
    assert ["✅ Согласиться"] in card.rows
    assert ["← Оставить как есть"] in card.rows
    assert "Когда: сб 5 дек 16:00 → вс 6 дек 16:00 → " in card.text
    assert "прежняя бронь в силе" in card.text
    one = of(house, booking)
    assert one is not None
    await press(house, guest, "✅ Согласиться")
    moved = present(house, booking)
    assert (moved.start, moved.under_review) == (
        house.read(lambda tx: proposal_differences.of(tx, one)).now.stay.start,
        True,
    )
    assert await said(guest, "✅ Изменено")
    assert await said(house.owner, "гость согласился")
    owners = [one for one in await house.owner.messages() if "Ждёт вас" in one.text and booking.code in one.text]
    assert owners[-1].rows[0] == ["✅ Подтвердить · пришло 400"]


async def test_what_the_owner_sees_before_is_what_the_guest_reads(house: House) -> None:
    guest = await newcomer(house)
    await waiting(house, guest)
    await press(house, house.owner, "🗓 Другие даты")
    choice = await live(house.owner, "что предложить")
    await press(house, house.owner, choice.rows[0][0])
    shown = (await live(house.owner, "Предложение по брони")).text
    await press(house, house.owner, "Отправить гостю")
    read = (await live(guest, "Предложение по брони")).text
    assert read in shown


@pytest.mark.parametrize("typed", ["вчера", "сегодня", "сегодня 14:00"])
async def test_t7_a_date_with_no_time_left_to_answer_is_refused_in_words_and_asked_again(
    house: House, typed: str
) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await house.advance(hours=1.5)  # today at 16:00 is less than three hours ahead
    await press(house, house.owner, "🗓 Другие даты")
    await press(house, house.owner, "✏️ Написать дату")
    before = len(await texts_of(house.owner))
    await house.owner.send(typed)
    await house.settle()
    assert len(await texts_of(house.owner)) > before
    assert not await said(house.owner, "Гость прочтёт")
    assert house.read(lambda tx: tx.value("SELECT COUNT(*) FROM outbox WHERE state = 'dropped'")) == 0
    await house.owner.send("12.12")
    await house.settle()
    assert "сб 12 дек 16:00" in (await live(house.owner, "Гость прочтёт")).text
    assert present(house, booking).start == booking.start


async def test_m9_a_refused_offer_brings_the_owners_card_back_with_sound(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await offer_dates(house, booking)
    before = len([one for one in await house.owner.messages() if "Ждёт вас" in one.text])
    await press(house, guest, "← Оставить как есть")
    assert present(house, booking).start == booking.start
    assert await said(guest, "Оставили как есть")
    cards = [one for one in await house.owner.messages() if "Ждёт вас" in one.text and booking.code in one.text]
    assert len(cards) == before + 1
    assert cards[-1]["rang"]
    assert await said(house.owner, "гость оставил всё как есть")


async def test_m9_an_offer_nobody_answers_ends_after_a_day_and_all_is_as_it_was(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await offer_dates(house, booking)
    one = of(house, booking)
    assert one is not None
    await house.advance(seconds=(one.expires_at - house.now).total_seconds())
    assert (of(house, booking), present(house, booking).status) == (None, "awaiting_owner")
    over = await live(guest, "Время для ответа вышло")
    assert over.rows == []
    assert await said(house.owner, "гость не ответил")
    assert present(house, booking).start == booking.start


async def test_m9_the_owner_offers_a_price_with_a_reason_and_the_guest_agrees(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await press(house, house.owner, "💰 Цена")
    await house.owner.send("семьсот")
    await house.settle()
    await house.owner.send("700")
    await house.settle()
    await house.owner.send("Сауна не работает")
    await house.settle()
    shown = await live(house.owner, "Предложение по брони")
    assert "Сауна не работает" in shown.text
    await press(house, house.owner, "Отправить гостю")
    card = await live(guest, "Предложение по брони")
    assert "Было 800, станет 700 BYN" in card.text
    assert "Цена хозяина — −100" in card.text
    assert "Сауна не работает" in card.text
    await press(house, guest, "✅ Согласиться")
    assert present(house, booking).total == 70000


async def test_a_confirmed_stay_is_offered_other_dates_from_its_own_card(house: House) -> None:
    guest = await newcomer(house)
    booking = await booked(house, guest)
    await house.owner.send("/bookings")
    await house.settle()
    await press(house, house.owner, next(one for one in await buttons(house.owner) if booking.code in one))
    opened = await live(house.owner, "Оплачено 350")
    assert ["💬 Гостю", "🗓 Другие даты", "💰 Цена"] in opened.rows
    await offer_dates(house, booking)
    shown = next(one for one in await house.owner.messages() if one.id == opened.id)
    assert "Предложено гостю" in shown.text
    await press(house, guest, "✅ Согласиться")
    assert present(house, booking).start != booking.start
    assert present(house, booking).status == "confirmed"


async def test_the_shell_offers_too_and_the_guest_answers_in_the_chat(house: House) -> None:
    guest = await newcomer(house)
    booking = await booked(house, guest)
    asked = ("bookings", "offer", booking.code, "--from", "2026-12-12T16:00", "--price", "650", "--reason", "ремонт")
    code, item, _ = await house.shell(*asked, "--dry-run")
    assert (code, item["offer"]["change"]["now"]["amount"], of(house, booking)) == (0, 65000, None)
    code, item, said_to = await house.shell(*asked)
    assert code == 0, said_to
    await house.settle()
    card = await live(guest, "Предложение по брони")
    assert "Хозяин: «ремонт»" in card.text
    await press(house, guest, "✅ Согласиться")
    assert (present(house, booking).total, present(house, booking).arrival) == (65000, datetime(2026, 12, 12, 16))
    code, _, refused = await house.shell("bookings", "offer", booking.code, "--price", "650", "--reason", "ещё раз")
    assert code != 0
    assert "nothing_changes" in refused


async def test_a_typed_date_is_understood_and_nonsense_is_asked_again(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await press(house, house.owner, "🗓 Другие даты")
    await press(house, house.owner, "✏️ Написать дату")
    await house.owner.send("когда-нибудь")
    await house.settle()
    assert await said(house.owner, "Не поняли дату")
    await house.owner.send("12.12 в 18")
    await house.settle()
    shown = await live(house.owner, "Предложение по брони")
    assert "сб 12 дек 18:00 → вс 13 дек 18:00" in shown.text
    await press(house, house.owner, "Отправить гостю")
    await press(house, guest, "✅ Согласиться")
    assert local(present(house, booking).start, ZONE).isoformat() == "2026-12-12T18:00:00"


async def test_dates_that_are_taken_are_not_offered_and_the_owner_is_told_why(house: House) -> None:
    guest, other = await newcomer(house), await newcomer(house, "Иван")
    booking = await waiting(house, guest)
    await house.hold(other, "2026-12-12T16:00")
    await press(house, house.owner, "🗓 Другие даты")
    await press(house, house.owner, "✏️ Написать дату")
    await house.owner.send("12.12")
    await house.settle()
    assert of(house, booking) is None
    assert not await said(house.owner, "Предложение по брони")


async def test_r33_the_second_owner_with_an_old_card_is_shown_that_an_offer_is_out(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    theirs = next(one for one in await house.second_owner.messages() if "Ждёт вас" in one.text)
    old = next(one["callback_data"] for row in theirs["buttons"] for one in row if "Подтвердить" in one["text"])
    await offer_dates(house, booking)
    again = next(one for one in await house.second_owner.messages() if one.id == theirs.id)
    assert "Предложено гостю" in again.text
    assert any("Отозвать предложение" in label for row in again.rows for label in row)
    await house.second_owner.press(data=old, message_id=theirs.id)
    await house.settle()
    assert present(house, booking).status == "awaiting_owner"
    assert of(house, booking) is not None


async def test_the_owner_takes_an_offer_back(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await offer_dates(house, booking)
    sent = await live(house.owner, "отправлено гостю")
    await house.owner.press("↩️ Отозвать предложение", message_id=sent.id)
    await house.settle()
    assert of(house, booking) is None
    assert (await live(guest, "больше не действует")).rows == []


async def test_t3_a_button_of_somebody_elses_offer_does_nothing(house: House) -> None:
    guest, stranger = await newcomer(house), await newcomer(house, "Иван")
    booking = await waiting(house, guest)
    await offer_dates(house, booking)
    card = await live(guest, "Предложение по брони")
    forwarded = next(one["callback_data"] for row in card["buttons"] for one in row if "Согласиться" in one["text"])
    await stranger.press(data=forwarded, message_id=(await stranger.last()).id)
    await house.settle()
    assert of(house, booking) is not None
    assert present(house, booking).start == booking.start


# --- A change that is paid first


async def changing(house: House, guest: Person) -> tuple[Booking, Proposal]:
    """A couple, paid; two hours and a guest more."""
    booking = await house.hold(guest, "2026-12-05T16:00", tariff="couple", party={"adult": 2})
    await house.confirm(booking, received=50000)
    change = Change(arrival=datetime(2026, 12, 5, 14), departure=datetime(2026, 12, 6, 16), party={"adult": 3})

    def propose(tx: object) -> Proposal:
        now_booking = bookings.get(tx, booking.id)  # type: ignore[arg-type]
        known = guests.get(tx, now_booking.guest_id)  # type: ignore[arg-type]
        actor = Actor("guest", known.id, known.name, "telegram")
        return proposals.propose(tx, now_booking, change, awaits="money", actor=actor, now=house.now)  # type: ignore[arg-type]

    one = await house.write(propose)
    await house.settle()
    return present(house, booking), one


async def test_check_26_a_dearer_change_is_paid_first_and_made_with_the_sum_on_the_button(house: House) -> None:
    guest = await newcomer(house)
    booking, _one = await changing(house, guest)
    card = await live(guest, "Изменение")
    assert "Было 500, станет 760 BYN" in card.text
    assert "Доплатите 260 BYN до 14:00 сегодня" in card.text
    assert "прежняя бронь в силе" in card.text
    assert card.rows[0] == ["📋 Номер карты", "📋 260"]
    assert ["📎 Отправить чек"] in card.rows
    assert ["← Оставить как есть"] in card.rows
    await guest.photo()
    await house.settle()
    assert await said(guest, "Изменение за вами, отсчёт остановлен")
    judged = await live(house.owner, "Доплата за изменение")
    assert judged.rows[0] == ["✅ Подтвердить · пришло 260"]
    assert judged.rows[1] == ["Другая сумма", "❌ Отклонить"]
    assert judged["photo"]
    await house.owner.press("✅ Подтвердить · пришло 260", message_id=judged.id)
    await house.settle()
    assert present(house, booking).total == 76000
    assert house.read(lambda tx: payments.paid(tx, booking.id)) == 76000
    assert await said(guest, "✅ Изменено")
    theirs = next(one for one in await house.second_owner.messages() if "Подтверждено: Анна" in one.text)
    assert "760 BYN" in theirs.text


async def test_check_24_a_change_that_is_not_paid_in_time_leaves_the_old_stay_and_says_so(house: House) -> None:
    guest = await newcomer(house)
    booking, _one = await changing(house, guest)
    await house.advance(hours=2)
    assert present(house, booking).total == 50000
    over = await live(guest, "изменение не состоялось")
    assert over.rows == []
    assert "Бронь в силе" in over.text


async def test_m10_a_receipt_for_a_change_that_is_not_readable_is_sent_again(house: House) -> None:
    guest = await newcomer(house)
    booking, _one = await changing(house, guest)
    await guest.photo()
    await house.settle()
    for button in ("❌ Отклонить", "Чек не читается, пусть пришлёт ещё", "Отправить гостю"):
        judged = await live(house.owner, "Доплата за изменение")
        await house.owner.press(button, message_id=judged.id)
        await house.settle()
    assert await said(guest, "Не смогли принять чек")
    await guest.photo()
    await house.settle()
    judged = await live(house.owner, "Доплата за изменение")
    await house.owner.press("Другая сумма", message_id=judged.id)
    await house.settle()
    await house.owner.send("260")
    await house.settle()
    assert present(house, booking).total == 76000


async def test_what_waits_is_found_again_from_the_list_of_bookings(house: House) -> None:
    guest = await newcomer(house)
    await changing(house, guest)
    await guest.send("/my")
    await house.settle()
    opener = next(one for one in await buttons(guest) if "HB-" in one)
    await press(house, guest, opener)
    await press(house, guest, "💳 Доплата за изменение")
    newest = await guest.last()
    assert "Доплатите 260 BYN" in newest.text
    assert ["← Оставить как есть"] in newest.rows


async def test_the_guest_leaves_it_as_it_is_instead_of_paying(house: House) -> None:
    guest = await newcomer(house)
    booking, _one = await changing(house, guest)
    await press(house, guest, "← Оставить как есть")
    assert of(house, booking) is None
    assert present(house, booking).total == 50000
    assert await said(guest, "Оставили как есть")


async def test_send_receipt_and_paid_words_lead_to_the_file_for_the_change(house: House) -> None:
    guest = await newcomer(house)
    booking, _one = await changing(house, guest)
    await press(house, guest, "📎 Отправить чек")
    await guest.send("оплатила")
    await house.settle()
    assert await said(guest, "260 BYN")
    await guest.photo()
    await house.settle()
    waiting_one = of(house, booking)
    assert waiting_one is not None
    assert waiting_one.under_review


async def test_more_than_a_fifth_on_top_is_said_in_the_offer_and_asked_for_after_the_yes(house: House) -> None:
    guest = await newcomer(house)
    booking = await booked(house, guest)
    change = Change()
    actor = Actor("staff", 900, "Анна", "telegram", "owner")
    await house.write(
        lambda tx: proposals.propose(
            tx,
            bookings.get(tx, booking.id),
            change,
            awaits="guest",
            price=100000,
            reason="две ночи сауны",
            actor=actor,
            now=house.now,
        )
    )
    await house.settle()
    assert "нужно доплатить сразу" in (await live(guest, "Предложение по брони")).text
    await press(house, guest, "✅ Согласиться")
    assert "Доплатите 300 BYN" in (await live(guest, "Изменение")).text
    assert await said(house.owner, "ждём доплату 300 BYN")
    assert present(house, booking).total == 70000
