"""UX 2d "repairs" and check 34: `/block` in the chat: stays are listed, never cancelled; a stopped service is nowhere on sale."""

from datetime import datetime, timedelta

import pytest

from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import availability, blocks, quotes
from housebot.services.ports import Tx
from housebot.simulator.client import Seen
from tests.journeys.afterwards import newcomer
from tests.journeys.house import House
from tests.journeys.staffroom import held, present, stay, texts_of, waiting
from tests.journeys.test_price_wizard import december
from tests.journeys.walking import ACCEPT, NOTHING, press, say, toast

SATURDAY = datetime(2026, 12, 5, 16)
STOPPED = "extra_sold_out"


def closed(house: House) -> list[tuple[str | None, str, str]]:
    """What stands: the extra, from, to."""
    found = house.read(lambda tx: blocks.listing(tx, since=house.now))
    return [(one.extra, one.start, one.end) for one in found]


def is_free(house: House, arrival: datetime) -> bool:
    """Whether a day could be sold from that hour on."""
    wish = StayRequest("house", "day", arrival, arrival + timedelta(hours=24), {"adult": 4})

    def look(tx: Tx) -> bool:
        return not availability.conflicts(tx, quotes.draw_up(tx, wish, now=house.now).stay, now=house.now)

    return house.read(look)


def refusal(house: House, arrival: datetime, *extras: str) -> str:
    """The code with which a day is refused; nothing where it is sold."""
    wish = StayRequest("house", "day", arrival, arrival + timedelta(hours=24), {"adult": 4}, dict.fromkeys(extras, 1))
    try:
        house.read(lambda tx: quotes.draw_up(tx, wish, now=house.now))
    except Refusal as refused:
        return refused.code
    return ""


async def whole_days(house: House, first: int, last: int, what: str) -> Seen:
    """As far as the look at what it would mean."""
    await december(house, house.owner, "/block", first, last)
    await press(house, house.owner, "Целыми днями")
    await press(house, house.owner, what)
    return await press(house, house.owner, "Без причины")


async def test_check_34_a_block_over_a_stay_is_refused_with_the_list_and_closes_around_it_when_asked(
    house: House,
) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    look = await whole_days(house, 4, 8, "Целиком: Secret House")
    assert "Целиком закрыть нельзя" in look.text
    assert f"{booking.code} · сб 5 дек 16:00 → вс 6 дек 16:00 · Мария" in look.text
    assert "🔒 Закрыть" not in look.buttons
    assert [f"💬 Написать {booking.code}", f"Открыть {booking.code}"] in look.rows
    around = await press(house, house.owner, "Закрыть вокруг")
    assert "· пт 4 дек 00:00 → сб 5 дек 16:00" in around.text
    assert "· вс 6 дек 18:00 → ср 9 дек 00:00" in around.text, "the cleaning after the stay is kept"
    assert closed(house) == []
    done = await press(house, house.owner, "🔒 Закрыть вокруг: 2")
    assert done.text.count("· Secret House · ") == 2
    assert closed(house) == [
        (None, "2026-12-03T21:00:00Z", "2026-12-05T13:00:00Z"),
        (None, "2026-12-06T15:00:00Z", "2026-12-08T21:00:00Z"),
    ]
    assert present(house, booking) == booking
    assert not is_free(house, datetime(2026, 12, 7, 10))
    undone = await press(house, house.owner, "🔓 Открыть снова")
    assert undone.text.startswith("↩️ Отменено")
    assert closed(house) == []
    assert is_free(house, datetime(2026, 12, 7, 10))


async def test_check_34_writing_from_the_list_reaches_the_guest_inside(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await whole_days(house, 4, 8, "Целиком: Secret House")
    await press(house, house.owner, f"💬 Написать {booking.code}")
    prompt = await house.owner.last()
    await house.owner.send("Сломалась печь, перенесём?", reply_to=prompt.id)
    await house.settle()
    assert any("Сломалась печь" in text for text in await texts_of(guest))
    assert closed(house) == []


async def test_check_34_the_sauna_stopped_for_a_week_leaves_options_quotes_and_offers_while_the_house_sells(
    house: House,
) -> None:
    booking = await held(house, await newcomer(house))
    assert await _walk_finds_the_sauna(house, "Пётр")
    look = await whole_days(house, 1, 7, "Услуга: Сауна")
    assert "Продажа продолжится" in look.text
    assert booking.code in look.text
    assert [f"💬 Написать {booking.code}", f"Открыть {booking.code}"] in look.rows
    done = await press(house, house.owner, "🔒 Закрыть")
    assert "🔒 Закрыто. услуга «Сауна» · вт 1 дек – пн 7 дек" in done.text
    assert closed(house) == [("sauna", "2026-11-30T21:00:00Z", "2026-12-07T21:00:00Z")]
    assert present(house, booking) == booking
    free = datetime(2026, 12, 2, 16)
    assert (
        refusal(house, free),
        refusal(house, free, "sauna"),
        refusal(house, datetime(2026, 12, 8, 16), "sauna"),
    ) == (
        "",
        STOPPED,
        "",
    )
    assert not await _walk_finds_the_sauna(house, "Ольга")
    await press(house, house.owner, "🔓 Открыть снова")
    assert refusal(house, free, "sauna") == ""


async def test_hours_are_pressed_or_typed_and_a_reason_is_kept_from_guests(house: House) -> None:
    await december(house, house.owner, "/block", 9, 9)
    await press(house, house.owner, "10:00")
    refused = await say(house, house.owner, "9:00")
    assert any("Конец не может быть раньше начала" in text for text in (await texts_of(house.owner))[-3:])
    assert "До какого часа ср 9 дек?" in refused.text
    await say(house, house.owner, "18:30")
    await press(house, house.owner, "Часть: Сауна")
    look = await say(house, house.owner, "красим <b>стены</b>")
    assert "Ср 9 дек 10:00 → ср 9 дек 18:30 · Сауна · красим <b>стены</b>" in look.text
    await press(house, house.owner, "🔒 Закрыть")
    (block,) = house.read(lambda tx: blocks.listing(tx, since=house.now))
    assert (block.start, block.end, block.parts, block.reason) == (
        "2026-12-09T07:00:00Z",
        "2026-12-09T15:30:00Z",
        ("sauna",),
        "красим <b>стены</b>",
    )
    await say(house, house.owner, "/block")
    listed = await press(house, house.owner, "Что закрыто · 1")
    assert "1. Сауна · ср 9 дек 10:00 → ср 9 дек 18:30" in listed.text
    opened = await press(house, house.owner, "🔓 Открыть снова 1")
    assert "Снова открыто" in opened.text
    assert closed(house) == []
    await house.advance(minutes=1)
    assert "Отменено" in (await say(house, house.owner, "/undo")).text
    assert closed(house) == [(None, "2026-12-09T07:00:00Z", "2026-12-09T15:30:00Z")]


async def test_days_and_hours_in_one_message_skip_the_questions_about_hours(house: House) -> None:
    await say(house, house.owner, "/block")
    asked = await say(house, house.owner, "5.12 14:00 – 7.12 10:00")
    assert "Сб 5 дек 14:00 → пн 7 дек 10:00" in asked.text
    assert "Что закрываем?" in asked.text


async def test_what_was_sold_between_the_look_and_the_press_is_found_and_nothing_is_closed(house: House) -> None:
    await whole_days(house, 4, 8, "Целиком: Secret House")
    booking = await held(house, await newcomer(house))
    assert await toast(house, house.owner, "🔒 Закрыть") == "Эти даты уже заняты."
    look = await house.owner.last()
    assert booking.code in look.text
    assert "Закрыть вокруг" in look.buttons
    await press(house, house.owner, "Закрыть вокруг")
    second = await held(house, await newcomer(house, "Ольга"), stay(datetime(2026, 12, 7, 16)))
    changed = await toast(house, house.owner, "🔒 Закрыть вокруг")
    assert changed.startswith("За это время что-то забронировали")
    assert closed(house) == []
    await press(house, house.owner, "🔒 Закрыть вокруг: 3")
    assert len(closed(house)) == 3
    for one in (booking, second):
        assert present(house, one).blocks


async def test_a_time_taken_since_cannot_be_closed_again_by_undo(house: House) -> None:
    await whole_days(house, 4, 8, "Целиком: Secret House")
    await press(house, house.owner, "🔒 Закрыть")
    await say(house, house.owner, "/block")
    await press(house, house.owner, "Что закрыто · 1")
    await press(house, house.owner, "🔓 Открыть снова 1")
    booking = await held(house, await newcomer(house))
    assert (await say(house, house.owner, "/undo")).text == "Эти даты уже заняты."
    assert closed(house) == []
    assert present(house, booking).blocks


@pytest.mark.parametrize("command", ["/price", "/block", "/promo", "/undo"])
async def test_the_wizards_are_the_leaders_and_work_in_private(house: House, command: str) -> None:
    stranger = await house.guest("Чужой")
    before = len(await texts_of(stranger))
    await say(house, stranger, command)
    assert not [text for text in (await texts_of(stranger))[before:] if "Цена на даты" in text or "Промокоды" in text]
    group = await house.sim.group("Брони", house.owner, house.second_owner)
    await house.owner.send(command, chat=group)
    await house.settle()
    assert "в личном чате" in (await house.owner.last(group)).text


async def test_check_32_words_for_a_guest_after_the_wizard_went_on_are_neither_sent_nor_a_reason(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    look = await whole_days(house, 4, 8, "Целиком: Secret House")
    await press(house, house.owner, f"💬 Написать {booking.code}")
    prompt = await house.owner.last()
    await press(house, house.owner, "← Назад", message_id=look.id)
    before = await texts_of(guest)
    await house.owner.send("Сломалась печь", reply_to=prompt.id)
    await house.settle()
    assert await texts_of(guest) == before
    assert not [text for text in await texts_of(house.owner) if "· Сломалась печь" in text]


async def _walk_finds_the_sauna(house: House, name: str) -> bool:
    """Whether a newcomer who asks for 2 December is offered the sauna on any screen up to the summary."""
    guest = await newcomer(house, name)
    shown, found = await say(house, guest, "на 2 декабря сутки 4 чел"), False
    for _ in range(8):
        found = found or any("Сауна" in one for one in shown.buttons) or "ауна" in shown.text
        forward = next((one for one in shown.buttons if one.startswith(("Сутки", "Дальше", "Без", "Ничего"))), None)
        if forward is None or forward == NOTHING:
            break
        shown = await press(house, guest, forward)
    assert NOTHING in shown.buttons or ACCEPT in shown.buttons, (shown.text, shown.buttons)
    return found


async def test_check_34_other_dates_are_offered_to_a_guest_inside_from_the_list(house: House) -> None:
    guest = await newcomer(house)
    booking = await waiting(house, guest)
    await house.confirm(booking, received=booking.deposit)
    look = await whole_days(house, 4, 8, "Целиком: Secret House")
    await press(house, house.owner, f"🗓 Предложить другие даты {booking.code}", message_id=look.id)
    offer = await house.owner.last()
    assert offer.id != look.id
    assert booking.code in offer.text
    assert present(house, booking).status == "confirmed"
    assert closed(house) == []
