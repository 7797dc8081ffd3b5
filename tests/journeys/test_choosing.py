"""Choosing by presses: from the welcome to the dates being kept."""

import json

from housebot.simulator.client import Seen
from tests.journeys.house import House
from tests.journeys.walking import ACCEPT, HELP, NOTHING, began, bookings, press

WAY = ("5", "Сутки", "4", "Сауна", "Дальше →", "Сутки · 800", NOTHING, ACCEPT)


async def test_check_1_presses_alone_lead_to_the_hold_within_nine_screens(house: House) -> None:
    guest = await house.guest()
    welcome = await began(house, guest)
    assert welcome.text.startswith("Secret House. Дом с сауной под Минском")
    assert (await guest.keyboard())[0] == HELP
    screens: list[Seen] = [await press(house, guest, HELP)]
    await press(house, guest, "›")
    screens += [await press(house, guest, button) for button in WAY]
    assert "Как с вами связаться?" in screens[-1].text
    for screen in screens[:-1]:
        assert screen.rows[-1] == ["← Назад", "☰ Меню"], screen.text
    assert (await guest.keyboard())[-2:] == ["← Назад", "☰ Меню"]
    steps = {screen.text.split("\n")[0].split("?")[0] for screen in screens}
    assert len(steps) + 1 <= 9, steps  # the welcome is the first
    assert len({screen.id for screen in screens[:-1]}) == 1, "one live message, edited in place"

    await guest.share_contact()
    await house.settle()
    card = await guest.last()
    assert card.text.startswith("Держим для вас до 14:00 сегодня")
    assert (await guest.keyboard())[0] == HELP, "the menu is back"
    [booking] = bookings(house)
    assert (booking["tariff"], booking["arrival"], booking["departure"]) == (
        "day",
        "2026-12-05T16:00",
        "2026-12-06T16:00",
    )
    assert (booking["total"], booking["deposit"], booking["status"]) == (80000, 40000, "held")
    assert json.loads(booking["party"]) == {"adult": 4}
    assert "sauna" in json.loads(booking["extras"])
    assert booking["contact"] == "+375291112233"


async def test_a_known_contact_is_not_asked_again(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    await press(house, guest, HELP)
    await press(house, guest, "›")
    for button in WAY:
        await press(house, guest, button)
    await guest.share_contact()
    await house.settle()
    await press(house, guest, HELP)
    await press(house, guest, "›")
    for button in ("12", *WAY[1:]):
        last = await press(house, guest, button)
    assert last.text.startswith("Держим для вас")
    assert [one["arrival"] for one in bookings(house)] == ["2026-12-05T16:00", "2026-12-12T16:00"]
