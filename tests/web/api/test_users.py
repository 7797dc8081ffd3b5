"""People by API: entered, found and counted, and never opened by a typed contact (T4)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from housebot.services import audit, guests
from tests import factories
from tests.web.api.test_bookings import BOOKINGS, STAY, on
from tests.web.serving import Served, serving

USERS = "/api/v1/users"
PHONE = "+375291234567"
PATH = f"{USERS}/%2B375291234567"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


@pytest.fixture
async def key(desk: Served) -> str:
    return await desk.key()


async def shared(desk: Served, number: int = 77) -> None:
    """A guest in Telegram who has pressed the button that shares their phone."""

    def work(tx: Any) -> None:
        now = desk.clock.now()
        one = guests.seen(tx, telegram_id=number, name="Олег", username="Oleg_N", language_code="ru", now=now)
        guests.share_contact(tx, one.id, PHONE, contact_user_id=number, now=now)

    await desk.db.write(work)


async def test_somebody_is_entered_once_and_changed_by_entering_them_again(desk: Served, key: str) -> None:
    status, made, _ = await desk.ask("POST", USERS, key=key, json={"contact": "8 029 123-45-67", "name": "Мария"})
    assert (status, made["contact"], made["name"], made["contact_verified"]) == (200, PHONE, "Мария", False)
    _, again, _ = await desk.ask("POST", USERS, key=key, json={"contact": PHONE, "language": "en"})
    assert (again["id"], again["name"], again["language"]) == (made["id"], "Мария", "en")
    actions = [one.actor for one in desk.db.read(lambda tx: audit.history(tx, f"guest:{made['id']}"))]
    assert [one.partition(":")[0] for one in actions] == ["key", "key"]
    await desk.ask("POST", USERS, key=key, json={"contact": PHONE, "language": "en"})
    assert (
        len(desk.db.read(lambda tx: audit.history(tx, f"guest:{made['id']}"))) == 2
    )  # nothing changed, nothing is noted


async def test_t4_a_typed_contact_neither_opens_nor_changes_a_telegram_guest(desk: Served, key: str) -> None:
    await shared(desk)
    _, typed, _ = await desk.ask("POST", USERS, key=key, json={"contact": PHONE, "name": "Кто-то"})
    assert typed["chat_id"] is None
    _, guest, _ = await desk.ask("GET", f"{USERS}/chat/77", key=key)
    assert (guest["name"], guest["contact"], guest["contact_verified"]) == ("Олег", PHONE, True)
    status, said, _ = await desk.ask("POST", USERS, key=key, json={"chat_id": 77, "contact": "+375297654321"})
    assert (status, said["error"]["code"], said["error"]["details"]["reason"]) == (422, "contact_invalid", "verified")


async def test_a_chat_is_entered_before_its_guest_has_written_and_is_the_same_guest_then(
    desk: Served, key: str
) -> None:
    _, made, _ = await desk.ask("POST", USERS, key=key, json={"chat_id": 78, "contact": PHONE})
    assert (made["chat_id"], made["language"]) == (78, "ru")
    await shared(desk, 78)
    _, found, _ = await desk.ask("GET", f"{USERS}/chat/78", key=key)
    assert (found["id"], found["name"], found["contact_verified"]) == (made["id"], "Олег", True)


async def test_what_somebody_has_booked_is_counted_under_their_contact(desk: Served, key: str) -> None:
    codes = []
    for day in (5, 8, 11, 14):
        _, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=on(day, test=day == 14))
        codes.append(made["code"])
    for code in (codes[0], codes[1], codes[3]):
        body = {"confirm": True, "received": {"amount": 10_000, "currency": "BYN"}}
        assert (await desk.ask("PATCH", f"{BOOKINGS}/{code}", key=key, json=body))[0] == 200
    await desk.ask("DELETE", f"{BOOKINGS}/{codes[2]}?by=guest", key=key)
    desk.clock.instant = factories.at("2026-12-06T20:00:00Z")
    status, found, _ = await desk.ask("GET", PATH, key=key)
    assert status == 200
    assert found["statistics"] == {
        "stays": 1,
        "nights": 1,
        "hours": 24,
        "upcoming": 1,
        "cancelled": 1,
        "no_shows": 0,
        "paid": {"amount": 20_000, "currency": "BYN"},
        "last_stay": {"code": codes[0], "start": "2026-12-05T11:00:00Z", "end": "2026-12-06T11:00:00Z"},
    }


async def test_a_name_of_telegram_is_a_contact_in_any_case(desk: Served, key: str) -> None:
    await shared(desk)
    await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"chat_id": 77})
    for name in ("@oleg_n", "%40OLEG_N", "Oleg_N"):
        status, found, _ = await desk.ask("GET", f"{USERS}/{name}", key=key)
        assert (status, found["chat_id"]) == (200, 77)
        _, theirs, _ = await desk.ask("GET", f"{BOOKINGS}/user/{name}", key=key)
        assert len(theirs["items"]) == 1


async def test_a_ban_is_seen_keeps_bookings_away_and_is_taken_back(desk: Served, key: str) -> None:
    await desk.ask("POST", USERS, key=key, json={"contact": PHONE, "name": "Мария"})
    status, found, _ = await desk.ask("POST", f"{PATH}/ban", key=key, json={"reason": "broke a door"})
    assert (status, found["banned"]["reason"]) == (200, "broke a door")
    status, said, _ = await desk.ask("POST", f"{PATH}/ban", key=key, json={"reason": "again"})
    assert (status, said["error"]["code"]) == (409, "already_decided")
    book = await desk.key("book")
    assert (await desk.ask("POST", BOOKINGS, key=book, json=STAY))[0] == 403
    status, found, _ = await desk.ask("DELETE", f"{PATH}/ban", key=key)
    assert (status, found["banned"]) == (200, None)
    assert (await desk.ask("POST", BOOKINGS, key=book, json=STAY))[0] == 201


@pytest.mark.parametrize("scope", [None, "book"])
async def test_a4_people_are_shown_only_to_who_may_read(desk: Served, key: str, scope: str | None) -> None:
    await desk.ask("POST", USERS, key=key, json={"contact": PHONE})
    stranger = None if scope is None else await desk.key(scope)
    for path in (PATH, USERS, f"{USERS}/chat/77", BOOKINGS, f"{BOOKINGS}/1", f"{BOOKINGS}/user/%2B375291234567"):
        status, said, _ = await desk.ask("GET", path, key=stranger)
        assert (status, said["error"]["code"]) == ((401, "unauthorized") if scope is None else (403, "forbidden"))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", USERS, {}, 422),
        ("POST", USERS, {"name": "x"}, 422),
        ("POST", USERS, {"contact": "nobody@example.org"}, 422),
        ("POST", USERS, {"contact": "123"}, 422),
        ("POST", USERS, {"contact": PHONE, "language": "fr"}, 422),
        ("POST", USERS, {"chat_id": 0}, 422),
        ("POST", USERS, {"chat_id": "77"}, 422),
        ("POST", USERS, {"chat_id": 10**19}, 422),
        ("POST", USERS, {"contact": PHONE, "is_admin": True}, 422),
        ("POST", f"{PATH}/ban", {"reason": "  "}, 422),
        ("POST", f"{PATH}/ban", {"reason": "x"}, 404),
        ("DELETE", f"{PATH}/ban", None, 404),
        ("GET", PATH, None, 404),
        ("GET", f"{USERS}/1", None, 422),
        ("GET", f"{USERS}/chat/0", None, 404),
        ("GET", f"{USERS}/chat/x", None, 404),
        ("GET", f"{USERS}/chat/99999999999999999999", None, 404),
        ("GET", f"{USERS}/%00", None, 404),
        ("GET", f"{USERS}?cursor=xyz", None, 422),
        ("GET", f"{USERS}?cursor=2339393939393939393939393939393939393939393939", None, 422),
        ("GET", f"{USERS}?limit=0", None, 422),
    ],
)
async def test_a2_who_is_nobody_is_refused(
    desk: Served, key: str, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = await desk.ask(method, path, key=key, json=body)
    assert answer[0] == status, answer[1]
    assert set(answer[1]["error"]) == {"code", "message", "details"}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("users/+375291110000", "There is no such guest."),
        ("gifts/999", "There is no such gift."),
        ("payments/999", "There is no such payment."),
        ("bookings/999", "We found no such booking."),
        ("availability/month/2026/13", "There is nothing by that name."),
    ],
)
async def test_a2_what_is_not_found_is_called_what_it_is(desk: Served, path: str, said: str) -> None:
    status, content, _ = await desk.ask("GET", f"/api/v1/{path}", key=await desk.key("read"))
    assert (status, content["error"]["message"]) == (404, said)
