"""What a stranger, a double press, forged data, strange words and people who are not meant to be here come to: nothing."""

import asyncio

import pytest

from housebot.bot.actions import ACTS
from housebot.bot.presses import Action
from housebot.services import staff
from housebot.services.ports import SYSTEM
from housebot.simulator.client import Person
from tests.journeys.house import House
from tests.journeys.staffroom import card, ledger, present, texts_of, waiting
from tests.journeys.test_staff_settings import connected
from tests.journeys.test_summary import to_summary
from tests.journeys.walking import ACCEPT, HELP, began, bookings, press, say

STRANGE = (
    "ы" * 4090,
    "😀" * 300,
    "\u202eגר שלום\u202c مرحبا",
    "<b>жирно</b> & <script>",
    "{booking} %s \\n",
    "/nonsense",
    "\u200b",
)


def set_aside(house: House) -> int:
    """Updates that no handler could stand."""
    return int(house.read(lambda tx: tx.value("SELECT COUNT(*) FROM inbox WHERE state NOT IN ('new', 'done')")))


async def ready(house: House, name: str, phone: str) -> Person:
    """A guest with the summary in front of them and a contact the desk knows."""
    guest = await house.guest(name, phone=phone)
    await began(house, guest)
    await guest.share_contact()
    await house.settle()
    await to_summary(house, guest)
    return guest


async def test_t3_the_accept_button_pressed_twice_at_once_makes_one_booking(house: House) -> None:
    guest = await ready(house, "Мария", "+375291112233")
    await asyncio.gather(guest.press(ACCEPT, wait=False), guest.press(ACCEPT, wait=False))
    await house.settle()
    assert len(bookings(house)) == 1
    assert set_aside(house) == 0


async def test_r6_two_guests_accept_the_same_dates_at_once_and_one_is_shown_the_nearest(house: House) -> None:
    one, two = await ready(house, "Мария", "+375291112233"), await ready(house, "Ольга", "+375291112244")
    await asyncio.gather(one.press(ACCEPT, wait=False), two.press(ACCEPT, wait=False))
    await house.settle()
    [made] = bookings(house)
    screens = [(await guest.last()) for guest in (one, two)]
    told = [screen for screen in screens if made["code"] not in screen.text]
    assert len(told) == 1
    assert "занят" in told[0].text
    assert any("дек" in button for button in told[0].buttons), told[0].buttons


async def test_t6_people_in_the_approvals_group_who_do_not_work_here_decide_nothing(house: House) -> None:
    group = await connected(house)
    booking = await waiting(house, await house.guest())
    stranger = await house.guest("Чужой")
    await house.sim.call("member", chat=group, user=stranger.id)
    shown = await card(house.owner, booking, chat=group)
    for text in shown.buttons:
        before = present(house, booking)
        await stranger.press(text, chat=group, message_id=shown.id)
        await house.settle()
        assert present(house, booking) == before, text
    assert ledger(house, booking) == []
    assert not [text for text in await texts_of(stranger) if booking.code in text]


async def test_t4_staff_who_were_removed_decide_nothing_with_the_buttons_they_still_have(house: House) -> None:
    booking = await waiting(house, await house.guest())
    shown = await card(house.second_owner, booking)
    found = house.read(lambda tx: staff.role_of(tx, house.second_owner.id))
    assert found is not None
    await house.write(lambda tx: staff.remove(tx, found.id, actor=SYSTEM, now=house.now))
    for text in shown.buttons:
        await house.second_owner.press(text, message_id=shown.id)
        await house.settle()
    for command in ("/today", "/bookings", "/settings", "/new"):
        await house.second_owner.send(command)
    await house.settle()
    assert present(house, booking) == booking
    assert booking.code not in (await house.second_owner.last()).text
    assert set_aside(house) == 0


@pytest.mark.parametrize("typed", STRANGE, ids=["long", "emoji", "rtl", "markup", "braces", "command", "nothing"])
async def test_t1_strange_words_at_every_step_are_answered_and_nothing_is_set_aside(house: House, typed: str) -> None:
    guest = await house.guest()
    await began(house, guest)
    await say(house, guest, typed)
    await press(house, guest, HELP)
    for button in ("›", "5", "Сутки", "4", "Сауна", "Дальше →", "Сутки · 800"):
        await say(house, guest, typed)
        await press(house, guest, button)
    sent = await guest.send("5 декабря")
    await guest.edit(sent.id, typed)
    await say(house, guest, typed)
    await house.settle()
    assert set_aside(house) == 0
    assert bookings(house) == []
    failed = house.read(lambda tx: [row["error"] for row in tx.all("SELECT error FROM outbox WHERE state = 'failed'")])
    assert failed == []


async def test_t3_presses_a_week_old_are_answered_and_change_nothing(house: House) -> None:
    guest = await house.guest()
    await to_summary(house, guest)
    old = await guest.last()
    await house.advance(days=7)
    for row in old["buttons"]:
        for button in row:
            await guest.press(data=button["callback_data"], message_id=old.id)
            await house.settle()
    assert bookings(house) == []
    assert set_aside(house) == 0


async def test_t2_a_guest_who_has_blocked_the_bot_is_named_to_the_owners_and_stops_nobody(house: House) -> None:
    guest = await house.guest()
    booking = await waiting(house, guest)
    await guest.block()
    await house.settle()
    await house.confirm(booking, received=40000)
    assert present(house, booking).status == "confirmed"
    assert [text for text in await texts_of(house.owner) if "Гость остановил бота" in text]
    other = await house.guest("Ольга")
    assert await began(house, other)


ARGS = ("99999999", "-1", "0", "баня", "a:b:c", "1:gift", "x" * 40, "261399", "9" * 11)


@pytest.mark.parametrize("insider", [False, True], ids=["a stranger", "the owner"])
async def test_t3_forged_data_of_every_button_is_answered_and_changes_nothing_of_anybody(
    house: House, insider: bool
) -> None:
    """The owner forges only what no button carries: with a true argument it would be a true press."""
    booking = await waiting(house, await house.guest())
    person = house.owner if insider else await house.guest("Чужой")
    if not insider:
        await to_summary(house, person, day="12")
    at = (await person.last()).id
    codes = ["HB-0000", "-"] if insider else [booking.code, "-"]
    forged = [
        f"{action}.{code}.{version}.{arg}"
        for number, action in enumerate(ACTS)
        for code in codes
        for version, arg in ((booking.version, ARGS[number % len(ARGS)]), ("9" * 20, "0"))
    ]
    forged += [f"{action}.{code}.{booking.version}" for action in ACTS for code in codes]
    forged += [
        f"{action}.{draft}.{version}.{ARGS[(number + version) % len(ARGS)]}"
        for number, action in enumerate(Action)
        for draft in ("-", "zzzz")
        for version in (0, 9999)
    ]
    forged += ["", ".", "...", "sc", "sc..", "сц.1.1", "d.-.0.", "\x00", "🎁" * 16, "sc." + booking.code + ".-1"]
    for data in forged:
        await person.press(data=data[:64] or "?", message_id=at, wait=False)
    await house.settle()
    assert set_aside(house) == 0
    assert present(house, booking) == booking
    assert len(bookings(house)) == 1
    assert ledger(house, booking) == []
    if not insider:
        assert not [text for text in await texts_of(person) if booking.code in text]
