"""Changing a booking in the chat: four verbs, one wish, M11 to the letter, and a yes that does what was read (R37, UX 2c)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from housebot.bot.actions import act
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.services import bookings, bookkeeping, catalogs, chats, due
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor
from housebot.simulator.client import Person, Seen
from tests import factories
from tests.journeys.afterwards import at_local, newcomer, paid, rows, said
from tests.journeys.house import OWNER_ID, House
from tests.journeys.test_appointments import BANNED
from tests.journeys.walking import press, say, toast

OWNER = Actor("staff", OWNER_ID, "Анна", "telegram", "owner")
CHANGE, SHIFT, LONGER, PARTY = "✏️ Изменить", "🗓 Сдвинуть даты", "⏰ Приехать раньше / уехать позже", "👥 Гости и услуги"
YES, MORE, KEEP = "✅ Изменить", "➕ Изменить ещё", "← Оставить как есть"
STANDS = "Пока не подтвердите, прежняя бронь в силе."


async def booked(house: House, guest: Person, arrival: str = "2026-12-05T16:00", **more: object) -> Booking:
    """A confirmed stay, half of it paid: four with the sauna unless something else is said."""
    wish = {"extras": {"sauna": 1}} | more
    received = wish.pop("received", None)
    booking = await house.hold(guest, arrival, **wish)  # type: ignore[arg-type]
    await house.confirm(booking, received=booking.deposit if received is None else int(str(received)))
    return house.booking(booking.code)


async def opened(house: House, guest: Person, *verbs: str) -> Seen:
    """From the card of the booking to a page of the change."""
    seen = await press(house, guest, CHANGE)
    for verb in verbs:
        seen = await press(house, guest, verb)
    return seen


def due_at(house: House, booking: Booking, kind: str) -> str:
    (found,) = [one for one in house.read(lambda tx: due.waiting(tx, booking.subject)) if one.kind == kind]
    return found.due_at.strftime("%m-%d %H:%M")


async def test_check_24_two_hours_earlier_and_one_guest_more_are_one_change_with_one_price(house: House) -> None:
    cleaners = await house.sim.group("Уборка", house.owner)
    await house.write(
        lambda tx: chats.connect(
            tx, "facts", chat_id=cleaners, thread_id=None, title="Уборка", actor=OWNER, now=house.now
        )
    )
    maria = await newcomer(house)
    booking = await booked(house, maria)
    code = booking.code
    menu = await opened(house, maria)
    assert menu.text == f"Что меняем?\n{code} · сб 5 дек 16:00 → вс 6 дек 16:00\nСдвинуть даты можно ещё 1 раз."
    assert menu.buttons[:4] == [SHIFT, LONGER, PARTY, "✍️ Контакт и комментарий"]
    await press(house, maria, LONGER)
    await press(house, maria, "с 14:00 · +2 ч · 60")
    await press(house, maria, MORE)
    await press(house, maria, PARTY)
    await press(house, maria, "+")
    preview = await press(house, maria, "Дальше →")
    assert preview.text == (
        f"Изменение {code} · Заезд: 16:00 → 14:00 (+2 ч — 60) · Гости: 4 → 5 (до 6 включено — 0)\n"
        f"Было 800, станет 860 BYN. Оплачено 400, при заезде 460 BYN. Перенос не тратится. {STANDS}"
    )
    assert preview.rows == [[YES], ["Только время", "Только гости"], [KEEP]]
    assert {"strikethrough", "bold"} <= {one["type"] for one in preview["entities"]}
    assert house.booking(code) == booking  # nothing has happened yet
    told = await press(house, maria, YES)
    now = house.booking(code)
    assert (now.total, now.guests, now.moves, now.arrival.hour) == (86000, 5, 0, 14)
    assert told.text.endswith("Изменилось: заезд 16:00 → 14:00 · гости 4 → 5 · цена 800 → 860 BYN")
    assert told.text.startswith(f"Забронировано ✅ {code} · сб 5 дек 14:00 → вс 6 дек 16:00 · 5 гостей, сауна.")
    assert due_at(house, now, "stay.begin") == "12-05 11:00"
    assert due_at(house, now, "stay.arrival") == "12-05 05:00"
    (done,) = await said(maria, f"Изменение {code} принято")
    assert done.buttons == []
    (seen,) = await said(house.owner, "изменил(а) бронь")
    assert seen.text == (
        f"🔁 Мария изменил(а) бронь {code}\nБыло: сб 5 дек 16:00 → вс 6 дек 16:00 · 4 гостя\n"
        "Стало: сб 5 дек 14:00 → вс 6 дек 16:00 · 5 гостей · Тайная комната, Вторая спальня, Сауна\n"
        "Цена: было 800, стало 860 BYN, оплачено 400"
    )
    (fact,) = [one for one in await house.owner.messages(cleaners) if "🔁 Изменено" in one.text]
    assert "Было: сб 5 дек 16:00 → вс 6 дек 16:00 · 4 гостя\nСтало: сб 5 дек 14:00" in fact.text


async def test_check_24_either_of_two_wishes_may_be_left_out_and_nothing_agreed_leaves_the_old_stay(
    house: House,
) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await opened(house, maria, LONGER, "с 14:00 · +2 ч · 60", MORE, PARTY, "+", "Дальше →")
    only = await press(house, maria, "Только гости")
    assert "Гости: 4 → 5 (до 6 включено — 0)\nЦена прежняя, 800 BYN." in only.text
    assert "Заезд" not in only.text
    await press(house, maria, MORE)
    await press(house, maria, LONGER)
    await press(house, maria, "до 18:00 · +2 ч · 60")
    only = await press(house, maria, "Только время")
    assert "Выезд: 16:00 → 18:00 (+2 ч — 60)" in only.text
    assert "Гости" not in only.text
    kept = await press(house, maria, KEEP)
    assert kept.text == f"Оставили как есть: {booking.code} · сб 5 дек 16:00 → вс 6 дек 16:00."
    assert house.booking(booking.code) == booking


async def test_check_25_earlier_than_the_neighbour_allows_is_refused_with_the_earliest_hour(house: House) -> None:
    pavel = await newcomer(house, "Павел")
    await booked(house, pavel, "2026-12-04T11:00", extras={})  # leaves at 11:00 on Saturday, two hours of cleaning
    maria = await newcomer(house)
    booking = await booked(house, maria)
    shown = await opened(house, maria, LONGER)
    assert [one for one in shown.buttons if one.startswith("с ")] == [
        "с 15:00 · +1 ч · 30",
        "с 14:00 · +2 ч · 60",
        "с 13:00 · +3 ч · 90",
    ]
    refused = await say(house, maria, "с 12")
    assert refused.text.startswith("Эти даты уже заняты.")
    assert refused.buttons[0] == "сб 5 дек 13:00 → вс 6 дек 16:00 · 90"
    assert "🙏 Попросить хозяина" not in refused.buttons  # an overlap is nobody's to allow
    preview = await press(house, maria, refused.buttons[0])
    assert "Заезд: 16:00 → 13:00 (+3 ч — 90)" in preview.text
    await press(house, maria, YES)
    assert house.booking(booking.code).arrival == datetime(2026, 12, 5, 13)


async def test_check_26_a_couple_with_a_third_and_two_hours_more_reads_both_lines(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria, tariff="couple", party={"adult": 2}, extras={}, received=50000)
    preview = await opened(house, maria, LONGER, "до 18:00 · +2 ч · 60", MORE, PARTY, "+", "Дальше →")
    assert "Выезд: 16:00 → 18:00 (+2 ч — 60) · Гости: 2 → 3 (+1 гость — 200)\nБыло 500, станет 760 BYN." in preview.text
    assert "Доплатить сейчас 260 BYN" in preview.text
    assert house.booking(booking.code) == booking


# Moving the dates


async def test_the_dates_are_moved_by_the_calendar_and_the_one_move_is_named_before_it_is_spent(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    calendar = await opened(house, maria, SHIFT)
    assert "Декабрь 2026" in calendar.buttons
    assert "5" in calendar.buttons  # the booking itself is not in the way
    hours = await press(house, maria, "12")
    assert hours.text.startswith("Во сколько приедете сб 12 дек?")
    preview = await press(house, maria, "16:00")
    assert "Заезд: сб 5 дек 16:00 → сб 12 дек 16:00 · Выезд: вс 6 дек 16:00 → вс 13 дек 16:00\n" in preview.text
    assert "Цена прежняя, 800 BYN. Оплачено 400, при заезде 400 BYN. Это ваш единственный перенос." in preview.text
    await press(house, maria, YES)
    assert (house.booking(booking.code).arrival, house.booking(booking.code).moves) == (datetime(2026, 12, 12, 16), 1)
    again = await opened(house, maria)
    assert SHIFT not in again.buttons
    assert "Перенос по этой брони уже использован. Напишите нам, обсудим." in again.text
    assert LONGER in again.buttons


async def test_a_day_that_is_taken_is_told_with_the_nearest_and_nothing_is_lost(house: House) -> None:
    pavel = await newcomer(house, "Павел")
    await booked(house, pavel, "2026-12-12T16:00", extras={})
    maria = await newcomer(house)
    booking = await booked(house, maria)
    calendar = await opened(house, maria, SHIFT)
    assert {"◐11", "×12", "◐13"} <= set(calendar.buttons)
    assert await toast(house, maria, "×12") == "12 декабря занято. Рядом: пт 11, вс 13"
    hours = await press(house, maria, "◐11")
    assert "×16:00" in hours.buttons
    assert await toast(house, maria, "×16:00") == "16:00 занято, выберите другое время"
    refused = await say(house, maria, "17")
    assert refused.text.startswith("17:00 занято, выберите другое время")
    assert house.booking(booking.code) == booking


async def test_pages_turn_as_often_as_they_are_tapped(house: House) -> None:
    maria = await newcomer(house)
    await booked(house, maria)
    page = await opened(house, maria, SHIFT)
    forward = page.button("›")["callback_data"]
    for _ in range(3):
        await maria.press(data=forward, message_id=page.id)
    await house.settle()
    assert "Март 2027" in (await maria.last()).buttons
    await press(house, maria, "Март 2027")
    months = await maria.last()
    assert any(one.startswith("Дек · ") for one in months.buttons)


async def test_dates_taken_between_reading_and_agreeing_change_nothing(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await opened(house, maria, SHIFT, "12", "16:00")
    pavel = await newcomer(house, "Павел")
    await booked(house, pavel, "2026-12-12T16:00", extras={})
    refused = await press(house, maria, YES)
    assert refused.text.startswith("Эти даты уже заняты.")
    assert house.booking(booking.code) == booking
    assert (await say(house, maria, "19.12")).text.startswith(
        "Во сколько приедете сб 19 дек?"
    )  # another day to move to


async def test_a_price_that_moved_is_shown_and_only_the_second_yes_pays_it(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await opened(house, maria, LONGER, "с 14:00 · +2 ч · 60")
    await house.write(lambda tx: catalogs.apply(tx, to_document(dearer_hours()), actor=OWNER, now=house.now))
    shown = await press(house, maria, YES)
    assert shown.text.startswith("Пока вы смотрели, цена изменилась: было 860, стало 880 BYN. Ничего ещё не сделано.")
    assert "(+2 ч — 80)" in shown.text
    assert house.booking(booking.code) == booking
    await press(house, maria, YES)
    assert house.booking(booking.code).total == 88000


def dearer_hours() -> Catalog:
    catalog = factories.secret_house()
    return replace(catalog, tariffs=tuple(replace(one, extra_hour_price=4000) for one in catalog.tariffs))


async def test_a_booking_that_staff_changed_meanwhile_is_not_changed_by_an_old_yes(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    preview = await opened(house, maria, PARTY, "+", "Дальше →")
    more = Change(extras={"photo-session": 1})
    await house.write(lambda tx: bookings.move(tx, booking.code, more, actor=OWNER, now=house.now))
    await house.settle()
    await press(house, maria, YES)
    shown = next(one for one in await maria.messages() if one.id == preview.id)
    assert shown.text.startswith("Пока вы смотрели, цена изменилась: было 800, стало 900 BYN.")
    assert "Фотосессия" not in shown.text  # what staff added is not taken back by it
    assert house.booking(booking.code).guests == 4
    await press(house, maria, YES)
    changed = house.booking(booking.code)
    assert (changed.guests, changed.total, "photo-session" in changed.extras) == (5, 90000, True)


# Guests and extras


async def test_an_extra_goes_on_and_off_and_nothing_changed_is_said(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    page = await opened(house, maria, PARTY)
    assert page.rows[0] == ["−", "4 гостя", "+"]
    page = await press(house, maria, "✓ Сауна · 100")
    assert "Разница: −100 BYN" in page.text
    await press(house, maria, "Фотосессия · 100")
    preview = await press(house, maria, "Дальше →")
    assert "Сауна: убрать (−100)" in preview.text
    assert "Фотосессия: добавить (100)" in preview.text
    await press(house, maria, YES)
    assert set(house.booking(booking.code).extras) == {"photo-session", "secret-room", "second-bedroom"}
    same = await opened(house, maria, PARTY, "Дальше →")
    assert same.text.startswith("Так уже и есть, менять нечего.")


async def test_more_guests_than_the_house_takes_and_none_at_all(house: House) -> None:
    maria = await newcomer(house)
    await booked(house, maria, party={"adult": 6})
    await opened(house, maria, PARTY)
    assert await toast(house, maria, "+") == "Гостей помещается не больше 6."
    for text in ("40", "40 человек"):
        assert (await say(house, maria, text)).text.startswith("Гостей помещается не больше 6.")
    assert (await maria.last()).rows[0][1] == "6 гостей"
    assert (await say(house, maria, "нас 5")).text.startswith("Изменение")


# Soft rules: the owner is asked


async def test_a_soft_rule_in_the_way_is_the_owners_to_pass_over(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria, "2026-12-05T21:00")
    await at_local(house, "2026-12-05T17:30")
    # It may still be changed alone until 18:00; coming at 20:00 would be less than three hours from now.
    refused = await say_at_longer(house, maria, "с 20")
    assert refused.text.startswith("До начала осталось слишком мало времени")
    assert "🙏 Попросить хозяина" in refused.buttons
    answer = await press(house, maria, "🙏 Попросить хозяина")
    assert answer.text.startswith("Передали хозяину.")
    assert house.booking(booking.code) == booking
    (wish,) = await said(house.owner, "просит изменить")
    assert f"{booking.code}\nСейчас: сб 5 дек 21:00 → вс 6 дек 21:00 · 4 гостя" in wish.text
    assert "Просит: сб 5 дек 20:00 → вс 6 дек 21:00 · 4 гостя · +30 BYN, станет 830 BYN" in wish.text
    assert rows(house, "staff.change_asked") == 2  # each of the owners


async def say_at_longer(house: House, guest: Person, text: str) -> Seen:
    await opened(house, guest, LONGER)
    return await say(house, guest, text)


async def test_after_the_last_moment_the_button_is_a_message_to_us(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await at_local(house, "2026-12-05T13:01")
    old = await press(house, maria, CHANGE)
    assert old.text.endswith("До начала осталось слишком мало времени, не успеем подготовиться.")
    assert old.buttons == ["💬 Написать нам", "← Назад", "☰ Меню"]
    card = await press(house, maria, "← Назад")
    card = await press(house, maria, f"{booking.code} · сб 5 дек")
    assert CHANGE not in card.buttons
    assert "💬 Написать нам" in card.buttons


# Staying longer


async def test_a_guest_in_the_house_stays_longer_from_the_card(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await at_local(house, "2026-12-06T10:00")
    await say(house, maria, "/my")
    card = await press(house, maria, f"{booking.code} · сб 5 дек")
    shown = await press(house, maria, "⏰ Продлить")
    assert shown.text.startswith("До какого времени останетесь?")
    assert [one for one in shown.buttons if one.startswith("с ")] == []
    assert shown.text.endswith("Можно написать: «до 18».")
    preview = await press(house, maria, "до 18:00 · +2 ч · 60")
    assert preview.text == (
        f"Изменение {booking.code} · Выезд: 16:00 → 18:00 (+2 ч — 60)\n"
        f"Было 800, станет 860 BYN. Оплачено 400, останется доплатить 460 BYN. {STANDS}"
    )
    told = await press(house, maria, YES)
    assert "Оплачено 400, осталось доплатить 460 BYN." in told.text  # not «при заезде»: they are here
    longer = house.booking(booking.code)
    assert (longer.status, longer.departure) == ("in_house", datetime(2026, 12, 6, 18))
    assert card.buttons.count("⏰ Продлить") == 1
    await at_local(house, "2026-12-06T15:30")  # less than three hours before the new end
    asked = await opened_longer(house, maria, booking)
    assert asked.buttons[0] == "🙏 Попросить: до 19:00 · +1 ч · 30"
    await press(house, maria, asked.buttons[0])
    assert len(await said(house.owner, "просит изменить")) == 1


async def test_staff_prolong_a_stay_under_way_in_the_shell(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await at_local(house, "2026-12-06T14:00")  # less than three hours before the end
    longer = ("bookings", "move", booking.code, "--to", "2026-12-06T18:00")
    code, _, refused = await house.shell(*longer)
    assert (code, "too_soon" in refused) == (1, True)
    code, item, _ = await house.shell(*longer, "--override", "гости просили")
    assert (code, item["status"], item["total"]["amount"]) == (0, "in_house", 86000)
    code, _, refused = await house.shell("bookings", "move", booking.code, "--guests", "5", "--override", "x")
    assert (code, "under_way" in refused) == (1, True)
    await house.settle()
    assert (await maria.last()).text.endswith("Изменилось: выезд 16:00 → 18:00 · цена 800 → 860 BYN")


async def opened_longer(house: House, guest: Person, booking: Booking) -> Seen:
    await say(house, guest, "/my")
    await press(house, guest, f"{booking.code} · сб 5 дек")
    return await press(house, guest, "⏰ Продлить")


# Contact and comment


async def test_contact_and_comment_are_told_to_staff(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    page = await opened(house, maria, "✍️ Контакт и комментарий")
    assert "Контакт: +375291112233\nКомментарий: нет" in page.text
    await press(house, maria, "✍️ Комментарий")
    assert (await say(house, maria, "х" * 501)).text.startswith("Слишком длинно")
    done = await say(house, maria, "Приедем с <b>собакой</b>")
    assert done.text.startswith("Записали и сказали хозяину.")
    assert house.booking(booking.code).comment == "Приедем с <b>собакой</b>"
    (told,) = await said(house.owner, "комментарий")
    assert told.text == f"✍️ {booking.code} · Мария: комментарий «Приедем с <b>собакой</b>»"
    await press(house, maria, "📱 Другой контакт")
    await maria.send("абв")
    await house.settle()
    assert house.booking(booking.code).contact == "+375291112233"
    await maria.send("@masha_minsk")
    await house.settle()
    assert house.booking(booking.code).contact == "@masha_minsk"
    assert len(await said(house.owner, "новый контакт @masha_minsk")) == 1


async def test_a_shared_number_counts_only_when_it_is_the_own(house: House) -> None:
    maria = await newcomer(house, phone="+375297654321")
    booking = await booked(house, maria)
    await opened(house, maria, "✍️ Контакт и комментарий", "📱 Другой контакт")
    await maria.send_contact("+375290000000", "Друг", 12345)
    await house.settle()
    assert house.booking(booking.code).contact == "+375291112233"
    await maria.share_contact()
    await house.settle()
    assert house.booking(booking.code).contact == "+375297654321"


# A guest in a hurry, old buttons, foreign ones, nonsense


async def test_doubled_taps_open_one_page_and_change_once(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    before = len(await maria.messages())
    for _ in range(3):
        await maria.press(CHANGE)
    await house.settle()
    assert len(await maria.messages()) == before + 1
    preview = await opened_here(house, maria, LONGER, "с 14:00 · +2 ч · 60")
    yes = preview.button(YES)["callback_data"]
    for _ in range(3):
        pressed = await maria.press(data=yes, message_id=preview.id)
    await house.settle()
    assert pressed.toast == "Уже готово"
    assert house.booking(booking.code).total == 86000
    assert rows(house, "guest.moved") == 1


async def opened_here(house: House, guest: Person, *verbs: str) -> Seen:
    for verb in verbs:
        seen = await press(house, guest, verb)
    return seen


async def test_t3_an_old_yes_and_an_old_day_do_nothing(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    calendar = await opened(house, maria, SHIFT)
    day = calendar.button("12")["callback_data"]
    preview = await opened_here(house, maria, "12", "16:00")
    yes = preview.button(YES)["callback_data"]
    await press(house, maria, KEEP)
    for data in (yes, day):
        pressed = await maria.press(data=data, message_id=preview.id)
        await house.settle()
        assert pressed.toast.startswith("Это старая кнопка.")
    assert house.booking(booking.code) == booking


@pytest.mark.parametrize(
    "arg",
    ["", "shift", "at-2612121600-2612131600", "ask-2612121600-2612131600", "yes-123456789-80000", "keep", "contact"],
)
async def test_t4_the_button_of_somebody_elses_booking_and_of_none_answer_alike(house: House, arg: str) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    eve = await newcomer(house, "Ева")
    seen = await say(house, eve, "/my")
    for code in (booking.code, "HB-ZZZZ"):
        pressed = await eve.press(data=act("ge", code, booking.version, arg), message_id=seen.id)
        await house.settle()
        assert pressed.toast == "Не нашли такую бронь."
    assert house.booking(booking.code) == booking


@pytest.mark.parametrize("arg", ["at-99-99", "at-2613991600-2612131600", "what", "yes", "at-2612061600-2612051600"])
async def test_nonsense_in_a_button_changes_nothing(house: House, arg: str) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    page = await opened(house, maria)
    await maria.press(data=act("ge", booking.code, booking.version, arg), message_id=page.id)
    await house.settle()
    assert house.booking(booking.code) == booking


@pytest.mark.parametrize(
    "verbs", [(SHIFT,), (SHIFT, "12"), (LONGER,), (PARTY,), ()], ids=["day", "hour", "longer", "party", "menu"]
)
async def test_nonsense_typed_at_each_step_is_answered_and_the_step_stays(house: House, verbs: tuple[str, ...]) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    before = await opened(house, maria, *verbs)
    for text in ("абракадабра", "<b>&", "🏡" * 50, "31.02", "-5", "25:99", "9" * 300, "يوم"):
        answer = await say(house, maria, text)
        assert not answer["mine"], text
    assert (await maria.last()).buttons == before.buttons
    assert house.booking(booking.code) == booking


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("14", "Заезд: 16:00 → 14:00"),
        ("на 2 часа раньше", "Заезд: 16:00 → 14:00"),
        ("до 18", "Выезд: 16:00 → 18:00"),
        ("18:00", "Выезд: 16:00 → 18:00"),
        ("на 3 часа позже", "Выезд: 16:00 → 19:00"),
        ("7.12", "Выезд: вс 6 дек 16:00 → пн 7 дек 16:00"),
        ("с 23 до", "Заезд: сб 5 дек 16:00 → пт 4 дек 23:00"),
    ],
)
async def test_what_is_typed_at_longer_is_understood(house: House, text: str, end: str) -> None:
    maria = await newcomer(house)
    await booked(house, maria)
    await opened(house, maria, LONGER)
    assert end in (await say(house, maria, text)).text


async def test_the_menu_closes_the_change_and_what_is_typed_then_is_not_for_it(house: House) -> None:
    maria = await newcomer(house)
    booking = await booked(house, maria)
    await opened(house, maria, LONGER, "☰ Меню")
    answer = await say(house, maria, "на субботу 12 декабря 4 чел")
    assert "Изменение" not in answer.text
    assert house.booking(booking.code) == booking


async def test_english_reads_the_same(house: House) -> None:
    john = await newcomer(house, "John", language="en")
    booking = await booked(house, john)
    await opened_here(house, john, "✏️ Change", "⏰ Come earlier / leave later", "from 14:00 · +2 h · 60")
    await opened_here(house, john, "➕ Change more", "👥 Guests and extras", "+")
    preview = await press(house, john, "Next →")
    assert preview.text == (
        f"Change to {booking.code} · Arrival 16:00 → 14:00 (+2 h — 60) · Guests 4 → 5 (up to 6 included — 0)\n"
        "Was 800, becomes 860 BYN. Paid 400, on arrival 460 BYN. Your move is not used. Until you agree the present booking stands."
    )
    told = await press(house, john, "✅ Change")
    assert told.text.endswith("Changed: arrival 16:00 → 14:00 · guests 4 → 5 · price 800 → 860 BYN")


# Money first


async def couple_three(house: House, maria: Person) -> Booking:
    booking = await booked(house, maria, tariff="couple", party={"adult": 2}, extras={}, received=50000)
    await opened(house, maria, LONGER, "до 18:00 · +2 ч · 60", MORE, PARTY, "+", "Дальше →")
    return booking


async def test_check_26_a_change_that_costs_much_more_waits_for_its_money_and_the_old_stay_stands(house: House) -> None:
    maria = await newcomer(house)
    booking = await couple_three(house, maria)
    card = await press(house, maria, YES)
    (page,) = await said(maria, "и изменение состоится")
    stands = f"Прежняя бронь {booking.code} остаётся в силе."
    assert page.text == f"Доплатите 260 BYN до 14:00 сегодня, и изменение состоится. {stands}"
    assert "260 BYN" in card.text
    standing = house.booking(booking.code)
    assert (standing.total, standing.departure, standing.status) == (50000, booking.departure, "confirmed")
    await house.write(
        lambda tx: bookkeeping.record(tx, standing.id, 26000, method="bank", twice=True, actor=OWNER, now=house.now)
    )
    await house.settle()
    changed = house.booking(booking.code)
    assert (changed.total, changed.guests, changed.departure.hour, changed.moves) == (76000, 3, 18, 0)
    assert paid(house, changed) == 76000


async def test_check_24_an_expired_change_leaves_the_old_stay_and_says_so(house: House) -> None:
    maria = await newcomer(house)
    booking = await couple_three(house, maria)
    await press(house, maria, YES)
    await house.advance(hours=2, minutes=1)
    standing = house.booking(booking.code)
    assert (standing.total, standing.departure, standing.guests) == (50000, booking.departure, 2)
    pavel = await newcomer(house, "Павел")
    assert (await house.hold(pavel, "2026-12-06T18:00")).status == "awaiting_payment"  # its two hours are free again


async def test_check_24_the_end_of_a_change_that_was_not_paid_rings(house: House) -> None:
    maria = await newcomer(house)
    await couple_three(house, maria)
    card = await press(house, maria, YES)
    await house.advance(hours=2, minutes=1)
    told = await maria.last()
    assert told.id > card.id, "an edit does not ring"
    assert told["rang"]
    assert "Доплата не пришла в срок, изменение не состоялось" in told.text
    assert (await said(maria, "изменение не состоялось"))[0].id == card.id, "the older card has no buttons left either"


async def test_t3_the_same_change_may_be_wished_again_after_the_first_one_ran_out(house: House) -> None:
    maria = await newcomer(house)
    booking = await couple_three(house, maria)
    await press(house, maria, YES)
    await house.advance(hours=2, minutes=1)
    await say(house, maria, "/my")
    await press(house, maria, f"{booking.code} · сб 5 дек")
    await opened(house, maria, LONGER, "до 18:00 · +2 ч · 60", MORE, PARTY, "+", "Дальше →")
    card = await press(house, maria, YES)
    assert "Доплатите 260 BYN до 16:01 сегодня" in card.text
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM proposals WHERE state = 'open'")) == 1


async def test_doubled_yes_to_a_change_that_waits_proposes_once(house: House) -> None:
    maria = await newcomer(house)
    await couple_three(house, maria)
    preview = await maria.last()
    yes = preview.button(YES)["callback_data"]
    for _ in range(3):
        await maria.press(data=yes, message_id=preview.id)
    await house.settle()
    assert house.read(lambda tx: tx.value("SELECT count(*) FROM proposals")) == 1


# Rooms and appointments


async def test_nights_are_moved_and_prolonged_by_days(guesthouse: House) -> None:
    maria = await newcomer(guesthouse)
    room = {"hours": 44, "tariff": "room", "unit": "blue-room", "party": {"adult": 2}, "extras": {}}
    booking = await booked(guesthouse, maria, "2026-12-09T15:00", **room)
    shown = await opened(guesthouse, maria, LONGER)
    assert shown.buttons[:2] == ["с вт 8 дек · +1 ночь · 85", "до сб 12 дек · +1 ночь · 97"]
    assert (await say(guesthouse, maria, "бла")).text.startswith("Не разобрали день.")
    preview = await press(guesthouse, maria, shown.buttons[0])
    assert "Заезд: ср 9 дек 15:00 → вт 8 дек 15:00 (+1 ночь — 80) · Курортный сбор: +5" in preview.text
    await press(guesthouse, maria, KEEP)
    await opened(guesthouse, maria, SHIFT)
    preview = await press(guesthouse, maria, "16")
    assert "Выезд: пт 11 дек 11:00 → пт 18 дек 11:00\nЦена прежняя, 195 EUR." in preview.text
    await press(guesthouse, maria, YES)
    moved = guesthouse.booking(booking.code)
    assert (moved.arrival, moved.departure) == (datetime(2026, 12, 16, 15), datetime(2026, 12, 18, 11))


async def test_an_appointment_moves_to_another_time_and_nothing_speaks_of_a_stay(salon: House) -> None:
    maria = await newcomer(salon)
    visit: Any = {"hours": 1, "tariff": "haircut", "unit": "anna", "party": {"adult": 1}, "extras": {}, "method": None}
    booking = await salon.hold(maria, "2026-12-01T13:00", **visit)
    assert booking.status == "confirmed"
    await opened(salon, maria, "👥 Услуги")
    assert (await say(salon, maria, "бла")).text.startswith("Не получилось прочитать.")  # a visit counts no guests
    await press(salon, maria, "← Назад")
    texts = [await opened(salon, maria)]
    assert LONGER not in texts[0].buttons
    texts.append(await press(salon, maria, "🗓 Другое время"))
    texts.append(await press(salon, maria, "8"))
    texts.append(await press(salon, maria, "10:30"))
    texts.append(await press(salon, maria, YES))
    assert salon.booking(booking.code).arrival == datetime(2026, 12, 8, 10, 30)
    assert texts[-1].text.endswith("Изменилось: визит вт 1 дек 13:00–14:00 → вт 8 дек 10:30–11:30")
    assert not [one.text for one in texts if BANNED.search(one.text)]
