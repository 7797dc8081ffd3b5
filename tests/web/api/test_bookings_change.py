"""What another program does to a booking: once, all of it or nothing, only to what it has seen, and told to who must know."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from housebot.services import bookings, tasks
from tests import factories
from tests.web.api.test_bookings import BOOKINGS, STAY, on
from tests.web.serving import Served, serving


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


class Stay:
    """One booking and a key that may change it."""

    def __init__(self, desk: Served, key: str, made: dict[str, Any]) -> None:
        self.desk, self.key, self.made = desk, key, made
        self.path = f"{BOOKINGS}/{made['code']}"

    async def patch(self, **body: Any) -> tuple[int, Any]:
        return (await self.desk.ask("PATCH", self.path, key=self.key, json=body))[:2]

    async def post(self, verb: str, **body: Any) -> tuple[int, Any]:
        return (await self.desk.ask("POST", f"{self.path}/{verb}", key=self.key, json=body))[:2]

    async def delete(self, **query: Any) -> tuple[int, Any]:
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return (await self.desk.ask("DELETE", f"{self.path}?{words}" if words else self.path, key=self.key))[:2]

    async def shown(self) -> dict[str, Any]:
        status, found, _ = await self.desk.ask("GET", self.path, key=self.key)
        assert status == 200
        return dict(found)


@pytest.fixture
async def stay(desk: Served) -> Stay:
    key = await desk.key()
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    assert status == 201
    return Stay(desk, key, made)


async def test_a_stay_is_confirmed_with_the_money_that_came(stay: Stay) -> None:
    status, found = await stay.patch(confirm=True, received=stay.made["deposit"])
    assert (status, found["status"], found["paid"]) == (200, "confirmed", stay.made["deposit"])
    status, said = await stay.patch(confirm=True)
    assert (status, said["error"]["code"], said["error"]["details"]["status"]) == (409, "already_decided", "confirmed")


async def test_r44_more_money_than_is_asked_for_is_asked_about_and_taken_when_said_twice(stay: Stay) -> None:
    much = {"amount": stay.made["total"]["amount"] + 1, "currency": "BYN"}
    status, said = await stay.patch(confirm=True, received=much)
    assert (status, said["error"]["code"]) == (422, "amount_invalid")
    assert (await stay.shown())["paid"]["amount"] == 0
    status, found = await stay.patch(confirm=True, received=much, twice=True)
    assert (status, found["paid"]) == (200, much)


async def test_r37_a_move_keeps_guests_and_extras_and_says_the_difference(stay: Stay) -> None:
    status, found = await stay.patch(start_date="2026-12-12T14:00", notes="asked by mail", version=1)
    assert status == 200, found
    assert (found["start"], found["end"]) == ("2026-12-12T11:00:00Z", "2026-12-13T11:00:00Z")
    assert (found["guests"], found["extras"]) == (stay.made["guests"], stay.made["extras"])
    assert found["change"]["difference"] == {"amount": 0, "currency": "BYN"}
    assert [note["text"] for note in found["notes"]] == ["asked by mail"]
    status, found = await stay.patch(extras=[{"id": "sauna", "quantity": 0}, "photo-session"], number_of_guests=3)
    assert [one["id"] for one in found["extras"] if not one["included"]] == ["photo-session"]
    assert (status, found["party"]) == (200, {"adult": 3})


async def test_r37_a_move_onto_taken_dates_changes_nothing_at_all(stay: Stay) -> None:
    await stay.desk.ask("POST", BOOKINGS, key=stay.key, json=on(12))
    status, said = await stay.patch(start_date="2026-12-12T14:00", notes="this must not stay either")
    assert (status, said["error"]["code"]) == (409, "dates_taken")
    assert said["error"]["details"]["alternatives"]
    found = await stay.shown()
    assert (found["start"], found["version"], found["notes"]) == (stay.made["start"], 1, [])


async def test_the_owners_price_needs_its_reason_and_the_currency_of_the_house(stay: Stay) -> None:
    price = {"amount": 50_000, "currency": "BYN"}
    assert (await stay.patch(price=price))[0] == 422
    status, said = await stay.patch(price=price | {"currency": "USD"}, reason="friends")
    assert (status, said["error"]["code"]) == (422, "amount_invalid")
    status, said = await stay.patch(price=price | {"amount": 10**12}, reason="a slip of the finger")
    assert (status, said["error"]["code"]) == (422, "amount_invalid")
    status, found = await stay.patch(price=price, reason="friends")
    assert (status, found["total"]) == (200, price)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"confirm": False}, ""),
        ({"extras": []}, ""),
        ({"confirm": True, "start_date": "2026-12-12T14:00"}, "confirm"),
        ({"confirm": True, "price": {"amount": 1, "currency": "BYN"}, "reason": "x"}, "price"),
        ({"notes": "x", "received": {"amount": 1, "currency": "BYN"}}, "received"),
        ({"notes": "x", "twice": True}, "twice"),
        ({"notes": "x", "reason": "x"}, "reason"),
        ({"notes": ""}, "notes"),
        ({"price": {"amount": -1, "currency": "BYN"}, "reason": "x"}, "price.amount"),
        ({"total": {"amount": 1, "currency": "BYN"}}, "total"),
        ({"version": 0, "confirm": True}, "version"),
        ({"number_of_guests": 3, "party": {"adult": 3}}, "party"),
    ],
)
async def test_a2_what_cannot_be_wanted_at_once_is_named_and_nothing_is_done(
    stay: Stay, body: dict[str, Any], field: str
) -> None:
    status, said = await stay.patch(**body)
    assert (status, list(said["error"]["details"]["fields"])) == (422, [field])
    found = await stay.shown()
    assert (found["version"], found["notes"], found["status"]) == (1, [], "held")


async def test_r33_only_what_was_seen_is_changed(stay: Stay) -> None:
    await stay.patch(confirm=True, version=1)
    for answer in (
        await stay.patch(start_date="2026-12-12T14:00", version=1),
        await stay.patch(notes="late", version=1),
        await stay.delete(version=1),
        await stay.post("check-out", version=1),
        await stay.post("no-show", version=1),
        await stay.post("offer", version=1, reason="x", start_date="2026-12-12T14:00"),
    ):
        assert (answer[0], answer[1]["error"]["code"]) == (409, "stale"), answer
        assert answer[1]["error"]["details"]["version"] == 2


@pytest.mark.parametrize(
    ("query", "status", "back"),
    [
        ({"by": "owner", "reason": "flood"}, "cancelled_by_owner", 40_000),
        ({"by": "owner", "refund": "none"}, "cancelled_by_owner", 0),
        ({"by": "owner", "refund": "15000"}, "cancelled_by_owner", 15_000),
        ({"by": "guest"}, "cancelled_by_guest", 0),
    ],
)
async def test_r53_who_cancels_decides_what_goes_back_and_a_second_time_is_told_when(
    stay: Stay, query: dict[str, Any], status: str, back: int
) -> None:
    await stay.patch(confirm=True, received={"amount": 40_000, "currency": "BYN"})
    stay.desk.clock.instant = factories.at(
        "2026-12-05T08:00:00Z"
    )  # an hour or two before check-in the policy keeps all of it
    words = "&".join(f"{name}={value}" for name, value in query.items() if name != "reason")
    _, terms, _ = await stay.desk.ask("GET", f"{stay.path}/cancellation?{words}", key=stay.key)
    assert (terms["refund"]["amount"], terms["fee"]["amount"]) == (back, 40_000 - back)
    assert (await stay.delete(**query))[0] == 204
    found = await stay.shown()
    owed = [one.facts["amount"] for one in stay.desk.db.read(tasks.listing) if one.kind == "refund"]
    assert (found["status"], sum(owed)) == (status, back)
    again, said = await stay.delete(**query)
    assert (again, said["error"]["code"]) == (409, "already_decided")


async def test_a_hold_is_let_go_and_its_dates_are_free_at_once(stay: Stay) -> None:
    assert (await stay.delete(by="guest"))[0] == 204
    assert (await stay.shown())["status"] == "cancelled_by_guest"
    assert (await stay.desk.ask("POST", BOOKINGS, key=stay.key, json=STAY))[0] == 201


@pytest.mark.parametrize("words", ["", "refund=none"])
async def test_r53_what_a_hold_that_is_over_gives_back_is_shown_as_it_is_booked(stay: Stay, words: str) -> None:
    body = {"booking_id": stay.made["code"], "amount": stay.made["deposit"], "method": "bank"}
    assert (await stay.desk.ask("POST", "/api/v1/payments", key=stay.key, json=body))[0] == 201
    stay.desk.clock.instant = factories.at(stay.made["hold_expires_at"])
    for by, answer in (("guest", 409), ("owner", 200)):
        status, shown, _ = await stay.desk.ask("GET", f"{stay.path}/cancellation?by={by}&{words}", key=stay.key)
        assert status == answer, shown
        status, _, _ = await stay.desk.ask("DELETE", f"{stay.path}?by={by}&{words}", key=stay.key)
        assert status == (409 if by == "guest" else 204)
    owed = stay.desk.db.read(lambda tx: [int(one.facts["amount"]) for one in tasks.listing(tx)])
    assert owed == ([shown["to_send"]["amount"]] if shown["to_send"]["amount"] else [])


@pytest.mark.parametrize(
    "query", ["by=nobody", "refund=-1", "refund=half", "refund=99999999999999999999", "version=x", "price=1"]
)
async def test_a2_a_cancellation_that_makes_no_sense_cancels_nothing(stay: Stay, query: str) -> None:
    status, said, _ = await stay.desk.ask("DELETE", f"{stay.path}?{query}", key=stay.key)
    assert (status, said["error"]["code"]) == (422, "invalid")
    assert (await stay.shown())["status"] == "held"


async def test_what_staff_decide_elsewhere_another_program_decides_too(desk: Served) -> None:
    key = await desk.key()
    stays = []
    for day in (5, 8, 11, 14):
        _, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=on(day))
        stays.append(Stay(desk, key, made))
    declined, absent, left, _ = stays
    assert (await declined.post("decline", reason="dates_taken"))[1]["status"] == "declined"
    for one in (absent, left):
        await one.patch(confirm=True)
    status, said = await absent.post("no-show")
    assert (status, said["error"]["details"]["reason"]) == (422, "not_yet")
    desk.clock.instant = factories.at("2026-12-08T20:00:00Z")
    assert (await absent.post("no-show", reason="nobody answered"))[1]["status"] == "no_show"
    desk.clock.instant = factories.at("2026-12-11T20:00:00Z")
    status, found = await left.post("check-out")
    assert (status, found["status"], found["end"]) == (200, "completed", "2026-12-11T20:00:00Z")


async def test_other_dates_are_offered_to_a_guest_in_telegram_and_the_stay_stands_meanwhile(desk: Served) -> None:
    key = await desk.key()
    _, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"chat_id": 77})
    stay = Stay(desk, key, made)
    await stay.patch(confirm=True)
    status, found = await stay.post("offer", start_date="2026-12-12T14:00", reason="the boiler is being mended")
    assert (status, found["start"]) == (200, made["start"])
    assert found["offer"]["change"]["difference"]["amount"] == 0
    assert (await desk.ask("POST", BOOKINGS, key=key, json=on(12)))[0] == 409


async def test_a7_the_history_names_the_key_the_door_and_the_reason(stay: Stay) -> None:
    await stay.patch(confirm=True)
    await stay.patch(price={"amount": 50_000, "currency": "BYN"}, reason="friends")
    await stay.delete(by="owner", reason="flood")
    _, found, _ = await stay.desk.ask("GET", f"{stay.path}/history", key=stay.key)
    actions = [one["action"] for one in found["items"]]
    assert actions[0] == "booking.hold"
    assert [one for one in actions if one in {"booking.confirm", "booking.set_price", "booking.cancel"}] == [
        "booking.confirm",
        "booking.set_price",
        "booking.cancel",
    ]
    by_key = [one for one in found["items"] if one["action"] == "booking.cancel"]
    assert [(one["channel"], one["reason"]) for one in by_key] == [("api", "flood")]
    assert by_key[0]["actor"].startswith("key:")


async def test_a4_who_may_only_read_or_book_changes_nothing(stay: Stay) -> None:
    for scope in ("read", "book"):
        stay.key = await stay.desk.key(scope)
        for answer in (await stay.patch(confirm=True), await stay.delete(), await stay.post("decline", reason="x")):
            assert (answer[0], answer[1]["error"]["code"]) == (403, "forbidden")
    assert stay.desk.db.read(lambda tx: bookings.get(tx, stay.made["id"])).status == "held"


@pytest.mark.parametrize("name", ["999", "HB-NONE", "9999999999999999999999", "%D0%96", "%FF", "a%00b", "x" * 41])
async def test_what_is_not_there_is_not_found_whatever_it_is_called(desk: Served, name: str) -> None:
    key = await desk.key()
    for method, path in (("GET", ""), ("GET", "/history"), ("DELETE", "")):
        status, said, _ = await desk.ask(method, f"{BOOKINGS}/{name}{path}", key=key)
        assert (status, said["error"]["code"]) == (404, "not_found")
