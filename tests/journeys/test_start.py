"""The beginning: the welcome with its photo, links, and who is not answered."""

import asyncio
import json
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import bookings as service
from housebot.services import claims, inbox, settings
from housebot.services.ports import SYSTEM, Actor
from tests.journeys.house import House
from tests.journeys.test_drafts import sell
from tests.journeys.walking import began, bookings, press, say

OWNER = Actor("staff", 1, "Анна", "telegram", "owner")


async def test_m1_the_welcome_carries_the_photo_that_was_sent_and_the_menu(house: House) -> None:
    await house.owner.photo()
    await house.settle()
    body = house.read(
        lambda tx: tx.value("SELECT body FROM inbox WHERE body LIKE '%\"photo\"%' ORDER BY id DESC LIMIT 1")
    )
    file_id = json.loads(str(body))["message"]["photo"][-1]["file_id"]
    await house.write(lambda tx: settings.add_photo(tx, "house", file_id, actor=SYSTEM, now=house.now))
    guest = await house.guest()
    welcome = await began(house, guest)
    assert welcome.text.startswith("Secret House. Дом с сауной под Минском")
    assert welcome.get("photo")
    assert await guest.keyboard() == [
        "✨ Помочь выбрать",
        "📅 Забронировать",
        "🗓 Свободные даты",
        "💰 Цены",
        "🏡 О доме и фото",
        "🧾 Мои брони",
        "🎁 Сертификат",
        "💬 Написать нам",
    ]


async def test_a_link_with_a_source_is_remembered_once(house: House) -> None:
    guest = await house.guest()
    await began(house, guest, "src_instagram")
    await began(house, guest, "src_booklet")
    assert house.read(lambda tx: tx.value("SELECT source FROM guests WHERE name = 'Мария'")) == "instagram"


async def test_t4_a_claim_link_works_once(house: House) -> None:
    await sell(house, "2026-12-05T16:00", "2026-12-06T16:00")
    [booking] = bookings(house)
    token = await house.write(lambda tx: claims.invite(tx, booking["id"], actor=OWNER, now=house.now))
    guest, other = await house.guest(), await house.guest("Другой", phone="+375297654321")
    await began(house, guest, f"claim_{token}")
    assert any("теперь ваша" in message.text for message in await guest.messages())
    assert "уже использована" in (await began(house, other, f"claim_{token}")).text
    owner = house.read(lambda tx: service.get(tx, booking["id"]).guest_id)
    assert owner == house.read(lambda tx: tx.value("SELECT id FROM guests WHERE name = 'Мария'"))


async def test_a_link_to_nothing_is_a_welcome(house: House) -> None:
    guest = await house.guest()
    for payload in ("book_nowhere", "abc", "claim", "gift_ABC", "x" * 64):
        await began(house, guest, payload)
        texts = [message.text for message in await guest.messages()]
        assert any(text.startswith("Secret House.") for text in texts[-3:]), (payload, texts)


async def test_ux_1_9_menu_words_work_without_their_picture_and_in_the_other_language(house: House) -> None:
    guest = await house.guest()
    await began(house, guest)
    assert "Когда?" in (await say(house, guest, "помочь выбрать")).text
    assert "Выберите вариант" in (await say(house, guest, "Book")).text
    assert "Когда?" in (await press(house, guest, "✨ Помочь выбрать")).text


async def test_what_is_said_in_a_group_is_not_answered_by_the_guests_side(house: House) -> None:
    group = await house.sim.group("Хозяева", house.owner, bot=True, bot_admin=True)
    await house.settle()
    before = len(await house.owner.messages(group))
    await house.owner.send("в субботу 4 человека с баней", chat=group)
    await house.settle()
    assert len(await house.owner.messages(group)) == before + 1


async def test_on_a_full_disk_people_are_told_at_once_and_once_and_nothing_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = False

    def on_that_disk(store: Any) -> Any:
        def stored(*arguments: Any, **named: Any) -> Any:
            if full:
                raise Refusal("temporarily_unavailable", reason="disk_full")
            return store(*arguments, **named)

        return stored

    monkeypatch.setattr(inbox, "store", on_that_disk(inbox.store))
    monkeypatch.setattr(inbox, "store_done", on_that_disk(inbox.store_done))
    anna, boris = await house.guest("Анна"), await house.guest("Boris", language="en")
    assert house.app is not None
    poller = house.app.poller
    for outage in (1, 2):
        await boris.send("/language")
        await house.settle()
        full = True
        await anna.send("на субботу 4 чел")
        await anna.wait_for("Ничего не потеряно")
        assert "Nothing is lost" in (await boris.press("Русский")).toast
        await anna.send("есть кто?")
        before = poller._troubles
        while poller._troubles < before + 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        said = [one.text for one in await anna.messages() if "Ничего не потеряно" in one.text]
        assert len(said) == outage
        assert not [one for one in await boris.messages() if "Nothing is lost" in one.text]
        full = False
        async with asyncio.timeout(60):
            while poller._troubles:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await house.settle()
    typed = house.read(lambda tx: tx.value("SELECT count(*) FROM inbox WHERE body LIKE '%субботу%' AND state = 'done'"))
    assert typed == 2
