"""Orders of Bukza and talks at SendPulse through the whole desk: sent over HTTP, told in the chat (A5, I8, T4)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from housebot.services import bookings, bukza
from housebot.services.bookings import Booking
from tests import factories
from tests.bukza import said as order
from tests.journeys.afterwards import newcomer, said
from tests.journeys.house import House, open_house
from tests.sendpulse import CLIENT, SECRET, SendPulseDouble

PHONE = "+375291112277"
SETTINGS = '[bukza]\nresources = ["Дом=house/day"]\nguests = 4\n'


class Site:
    """The widget on the owner's site, with the request as the owner pasted it into Bukza."""

    def __init__(self, house: House, port: int, pasted: dict[str, Any]) -> None:
        self.house = house
        self.address = f"http://127.0.0.1:{port}" + "/hooks/" + pasted["address"].partition("/hooks/")[2]
        self.headers = pasted["headers"]

    async def sends(self, **facts: Any) -> None:
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.address, data=order(**facts), headers=self.headers) as answer,
        ):
            assert answer.status == 200
        await heard(self.house)


async def heard(house: House) -> None:
    assert house.app is not None
    while await house.app.hear():
        pass
    await house.settle()


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    async with open_house(folder, factories.secret_house(), more_settings=SETTINGS) as house:
        text = (folder / "config.toml").read_text(encoding="utf-8")
        public = text.replace("[web]\n", '[web]\npublic_url = "https://book.example.com"\n')
        (folder / "config.toml").write_text(public, encoding="utf-8")
        code, pasted, err = await house.shell("hooks", "template", "bukza")
        assert code == 0, err
        assert house.app is not None
        assert house.app.web.port is not None
        yield Site(house, house.app.web.port, pasted)


def the_one(house: House) -> Booking:
    (booking,) = house.read(bookings.listing).items
    return booking


async def test_ms3_template_order_booking_then_the_guest_shares_the_phone_and_is_told(tmp_path: Path) -> None:
    async with site(tmp_path) as bukza_site:
        house = bukza_site.house
        await bukza_site.sends(first_name='Валя "Тётя"', status="Оплачен", changed="2026-11-27T11:00:00")
        booking = the_one(house)
        assert (booking.status, booking.total, booking.source) == ("confirmed", 65_000, "bukza")
        (told,) = await said(house.owner, "Новая бронь")
        assert booking.code in told.text
        assert 'Валя "Тётя"' in told.text
        valya = await newcomer(house, "Валя", phone=PHONE)
        assert not await said(valya, booking.code)
        await valya.share_contact()
        await house.settle()
        (found,) = await said(valya, "Мы нашли вашу бронь")
        assert booking.code in found.text
        assert the_one(house).guest_id is not None
        await valya.send("/my")
        await house.settle()
        assert booking.code in (await valya.last()).text
        _, shown, _ = await house.shell("bookings", "show", booking.code, "--history")
        assert "booking.claim" in str(shown)


async def test_ms3_a_cancellation_that_comes_before_its_order_leaves_no_booking(tmp_path: Path) -> None:
    async with site(tmp_path) as bukza_site:
        await bukza_site.sends(status="Отменён", changed="2026-11-27T11:30:00")
        await bukza_site.sends(changed="2026-11-27T11:00:00")
        await bukza_site.sends(changed="2026-11-27T11:10:00", total="700")
        house = bukza_site.house
        assert house.read(bookings.listing).items == []
        assert not await said(house.owner, "Новая бронь")
        assert not await said(house.owner, "Bukza")


async def test_ms3_a_conflict_is_paged_once_with_what_is_in_the_way(tmp_path: Path) -> None:
    async with site(tmp_path) as bukza_site:
        house = bukza_site.house
        maria = await newcomer(house)
        mine = await house.hold(maria, "2026-12-05T18:00")
        await house.confirm(mine)
        for minute in range(3):
            await bukza_site.sends(changed=f"2026-11-27T11:{minute:02}:00")
        await house.advance(minutes=5)
        await heard(house)
        for owner in (house.owner, house.second_owner):
            (page,) = await said(owner, "Заказ Bukza 1001")
            assert mine.code in page.text
            assert "занято" in page.text
        assert [one.number for one in house.read(bukza.in_conflict)] == ["1001"]
        assert "1001" in house.read(lambda tx: bookings.notes(tx, mine.id))[0].text
        assert house.booking(mine.code).status == "confirmed"


async def test_a5_staff_read_both_sums_where_bukza_has_less_money_than_before(tmp_path: Path) -> None:
    async with site(tmp_path) as bukza_site:
        await bukza_site.sends(changed="2026-11-27T11:00:00", paid="650")
        await bukza_site.sends(changed="2026-11-27T11:10:00", paid="325,50")
        (page,) = await said(bukza_site.house.owner, "Bukza говорит")
        assert "325.50 BYN" in page.text
        assert "650 BYN" in page.text


@pytest.fixture
async def sendpulse() -> AsyncIterator[SendPulseDouble]:
    async with SendPulseDouble() as double:
        yield double


async def test_a5_who_writes_at_sendpulse_gets_the_link_that_leads_into_the_bot(
    tmp_path: Path, sendpulse: SendPulseDouble
) -> None:
    settings = f'[sendpulse]\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\napi_base = "{sendpulse.url}"\n'
    async with open_house(tmp_path, factories.secret_house(), more_settings=settings) as house:
        text = (tmp_path / "config.toml").read_text(encoding="utf-8")
        public = text.replace("[web]\n", '[web]\npublic_url = "https://book.example.com"\n')
        (tmp_path / "config.toml").write_text(public, encoding="utf-8")
        _, found, _ = await house.shell("hooks", "address", "sendpulse")
        assert house.app is not None
        sendpulse.hook = f"http://127.0.0.1:{house.app.web.port}/hooks/" + found["address"].partition("/hooks/")[2]
        event = sendpulse.event("Свободно 5 декабря?", date=int(house.now.timestamp()))
        assert await sendpulse.tell(event, copies=3) == [200] * 3
        await heard(house)
        ((_, _, answer),) = sendpulse.sent
        payload = answer.partition("?start=")[2].split()[0]
        guest = await house.guest("Мария")
        await guest.start(payload)
        await house.settle()
        assert house.read(lambda tx: tx.value("SELECT source FROM guests WHERE name = 'Мария'")) == "sendpulse"
