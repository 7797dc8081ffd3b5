"""What every wizard of the staff chat keeps: hostile texts (UX 7.42), restarts (T8), doubled presses (T3), roles (T6), the guest's view."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from housebot.services import blocks, prices, promos, staff
from housebot.simulator.client import Seen
from tests.journeys.house import House
from tests.journeys.staffroom import texts_of
from tests.journeys.test_price_wizard import december
from tests.journeys.test_staff_desk import colleague
from tests.journeys.walking import press, say

HOSTILE = [
    "а" * 4096,
    "🎉" * 500,
    "\u202eцены",
    "<b>жирно</b> & <script>",
    "'; DROP TABLE promos; --",
    "0",
    "-1",
    "1e9",
    "٣",
]


def standing(house: House) -> tuple[int, int, int]:
    """How many prices, blocks and codes there are."""
    return house.read(
        lambda tx: (len(prices.listing(tx)), len(blocks.listing(tx, since=house.now)), len(promos.listing(tx)))
    )


async def at_days(house: House) -> None:
    await say(house, house.owner, "/price")


async def at_value(house: House) -> None:
    await december(house, house.owner, "/price", 4, 5)
    await press(house, house.owner, "Для всех")


async def at_hour(house: House) -> None:
    await december(house, house.owner, "/block", 4, 5)


async def at_what(house: House) -> None:
    await at_hour(house)
    await press(house, house.owner, "Целыми днями")


async def at_code(house: House) -> None:
    await say(house, house.owner, "/promo")
    await press(house, house.owner, "➕ Новый код")


async def at_percent(house: House) -> None:
    await at_code(house)
    await say(house, house.owner, "ВЕСНА")
    await press(house, house.owner, "Процент")


async def at_uses(house: House) -> None:
    await at_percent(house)
    await say(house, house.owner, "15")
    await press(house, house.owner, "Сколько раз всего")


STEPS = [at_days, at_value, at_hour, at_what, at_code, at_percent, at_uses]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_check_42_whatever_is_typed_at_a_step_is_refused_with_words_or_shown_escaped(
    house: House, step: Callable[[House], Awaitable[None]]
) -> None:
    for text in HOSTILE:
        await step(house)
        before = len(await texts_of(house.owner))
        answer = await say(house, house.owner, text)
        said = (await texts_of(house.owner))[before:]
        assert len(said) >= 1, text
        assert answer.buttons, "the step is asked again, or the next one is"
        assert not [one for one in said if "не получилось с нашей стороны" in one.casefold()], text
    assert standing(house) == (0, 0, 0)


@pytest.mark.parametrize("step", [at_value, at_what, at_percent], ids=lambda step: step.__name__)
async def test_t8_a_wizard_goes_on_after_a_restart(house: House, step: Callable[[House], Awaitable[None]]) -> None:
    await step(house)
    shown = await house.owner.last()
    await house.close()
    await house.open()
    await house.settle()
    if step is at_value:
        assert "+20 %" in (await press(house, house.owner, "+20 %")).text
    elif step is at_what:
        assert "Сауна" in (await press(house, house.owner, "Часть: Сауна")).text
    else:
        assert "−15 %" in (await say(house, house.owner, "15")).text
    assert shown.buttons


async def test_t3_apply_pressed_twice_sets_one_price(house: House) -> None:
    await at_value(house)
    looked = await press(house, house.owner, "+20 %")
    data = looked.button("✅ Применить")["callback_data"]
    presses = await asyncio.gather(*(house.owner.press(data=data, message_id=looked.id) for _ in range(3)))
    await house.settle()
    assert standing(house) == (1, 0, 0)
    assert sorted(one.toast[:14] for one in presses) == ["", "Это старая кно", "Это старая кно"]


async def test_t6_a_colleague_who_was_let_go_in_the_middle_of_a_wizard_sets_nothing(house: House) -> None:
    manager = await colleague(house, "Ольга", "manager")
    await say(house, manager, "/price")
    await say(house, manager, "4.12")
    await press(house, manager, "Для всех")
    looked = await press(house, manager, "+20 %")
    gone = house.read(lambda tx: staff.role_of(tx, manager.id))
    assert gone is not None
    await house.write(
        lambda tx: tx.run("UPDATE staff SET removed_at = '2026-11-27T09:00:00Z' WHERE id = :id", id=gone.id)
    )
    pressed = await manager.press("✅ Применить", message_id=looked.id)
    await house.settle()
    assert pressed.toast == "Не нашли такую бронь."
    assert standing(house) == (0, 0, 0)


@pytest.mark.parametrize("who", ["cleaner", "specialist"])
@pytest.mark.parametrize("command", ["/price", "/block", "/promo", "/undo"])
async def test_t6_the_commands_of_the_wizards_are_nothing_for_other_roles(house: House, who: str, command: str) -> None:
    person = await colleague(
        house, "Работник", "cleaner" if who == "cleaner" else "specialist", unit=None if who == "cleaner" else "house"
    )
    before = len(await texts_of(person))
    await say(house, person, command)
    said: list[str] = (await texts_of(person))[before:]
    for words in ("Цена на даты", "Закрыть время", "Промокод", "отменять нечего"):
        assert not [one for one in said if words in one]


async def test_in_the_guests_view_what_is_typed_is_the_guests(house: House) -> None:
    await say(house, house.owner, "/price")
    await say(house, house.owner, "/guest")
    answer: Seen = await say(house, house.owner, "на субботу 4 чел")
    assert "ночи" not in answer.text
    assert "Цена на даты" not in answer.text
    await say(house, house.owner, "/guest")
    await say(house, house.owner, "/price")
    assert "ночь сб 5, до вс 6 дек" in (await say(house, house.owner, "5.12")).text


async def test_a_button_of_the_guests_keyboard_is_no_answer_to_a_wizard(house: House) -> None:
    await say(house, house.owner, "/price")
    await say(house, house.owner, "🗓 Свободные даты")
    assert not any("Не похоже на даты" in text for text in await texts_of(house.owner))
