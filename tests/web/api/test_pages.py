"""Lists by API: page by page nothing is lost or comes twice, though others write in between (A3)."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.services import bookings, payments
from housebot.storage.tx import Tx
from tests.web.api.test_bookings import BOOKINGS, on
from tests.web.serving import OWNER, Served, serving

USERS = "/api/v1/users"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


@pytest.fixture
async def key(desk: Served) -> str:
    return await desk.key()


async def book(desk: Served, key: str, day: int, **others: Any) -> dict[str, Any]:
    contact = f"+3752911111{day:02}"
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=on(day, user_contact=contact, **others))
    assert status == 201
    return dict(made)


async def page(desk: Served, key: str, path: str) -> dict[str, Any]:
    status, found, _ = await desk.ask("GET", path, key=key)
    assert status == 200, found
    return dict(found)


async def test_a3_a_stay_that_is_moved_or_made_between_two_pages_is_neither_lost_nor_doubled(
    desk: Served, key: str
) -> None:
    made = [await book(desk, key, day) for day in (21, 3, 12, 6, 9)]
    for one in made:
        await desk.ask("PATCH", f"{BOOKINGS}/{one['id']}", key=key, json={"confirm": True})
    seen: list[int] = []
    cursor: str | None = ""
    turn = 0
    while cursor is not None:
        found = await page(desk, key, f"{BOOKINGS}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [one["id"] for one in found["items"]]
        cursor = found["next_cursor"]
        if turn == 0:  # one that was seen goes to the end of the month, one that was not comes to its beginning
            for number, day in ((made[0]["id"], 27), (made[4]["id"], 1)):
                body = {"start_date": f"2026-12-{day:02}T14:00"}
                assert (await desk.ask("PATCH", f"{BOOKINGS}/{number}", key=key, json=body))[0] == 200
            made.append(await book(desk, key, 15))
        turn += 1
    assert seen == [one["id"] for one in made]


async def test_a3_updated_since_tells_what_has_changed_and_nothing_else(desk: Served, key: str) -> None:
    first, second = await book(desk, key, 3), await book(desk, key, 6)
    desk.clock.instant += timedelta(minutes=5)
    since = "2026-11-20T15:05:00%2B03:00"
    exactly = await page(desk, key, f"{BOOKINGS}?updated_since=2026-11-20T12:05:00.000Z")
    assert exactly["items"] == [], "as JavaScript writes an instant"
    assert (await page(desk, key, f"{BOOKINGS}?updated_since={since}"))["items"] == []
    await desk.ask("PATCH", f"{BOOKINGS}/{second['id']}", key=key, json={"confirm": True})
    found = await page(desk, key, f"{BOOKINGS}?updated_since={since}")
    assert [one["id"] for one in found["items"]] == [second["id"]]
    assert [one["id"] for one in (await page(desk, key, BOOKINGS))["items"]] == [first["id"], second["id"]]


async def test_a3_money_that_came_is_a_change_of_its_booking(desk: Served, key: str) -> None:
    first, second = await book(desk, key, 3), await book(desk, key, 6)
    desk.clock.instant += timedelta(minutes=5)
    body = {"booking_id": second["code"], "amount": {"amount": 1000, "currency": "BYN"}, "method": "cash"}
    assert (await desk.ask("POST", "/api/v1/payments", key=key, json=body))[0] == 201
    found = (await page(desk, key, f"{BOOKINGS}?updated_since=2026-11-20T12:05:00Z"))["items"]
    assert [(one["id"], one["paid"]["amount"]) for one in found] == [(second["id"], 1000)]
    assert found[0]["updated_at"] == "2026-11-20T12:05:00Z", (
        "whoever asks from there on next time is told no more of it"
    )
    assert first["id"] not in [one["id"] for one in found]


@pytest.mark.parametrize("method", ["cash", "bank", "yookassa"])
async def test_a3_r33_money_that_comes_by_another_door_and_goes_back_is_told_and_spoils_nobodys_version(
    desk: Served, key: str, method: str
) -> None:
    booked = await book(desk, key, 3)
    await book(desk, key, 6)

    async def changed(minute: int) -> list[tuple[int, int, int]]:
        path = f"{BOOKINGS}?updated_since=2026-11-20T12:{minute:02}:00Z"
        found = (await page(desk, key, path))["items"]
        return [(one["id"], one["paid"]["amount"], one["version"]) for one in found]

    def written(kind: str, refunds: int | None = None) -> Callable[[Tx], int]:
        def write(tx: Tx) -> int:
            booking = bookings.get(tx, booked["id"])
            now = desk.clock.now()
            return payments.record(tx, booking, 1000, method=method, kind=kind, refunds=refunds, actor=OWNER, now=now)

        return write

    desk.clock.instant += timedelta(minutes=5)
    assert await changed(5) == []
    came = await desk.db.write(written("payment"))
    assert await changed(5) == [(booked["id"], 1000, booked["version"])]
    desk.clock.instant += timedelta(minutes=5)
    assert await changed(10) == []
    await desk.db.write(written("refund", came))
    assert await changed(10) == [(booked["id"], 0, booked["version"])]
    body = {"version": booked["version"], "confirm": True}
    status, said, _ = await desk.ask("PATCH", f"{BOOKINGS}/{booked['id']}", key=key, json=body)
    assert status == 200, said


async def test_filters_say_which_stays_are_meant_and_work_together(desk: Served, key: str) -> None:
    held, confirmed, gone = [await book(desk, key, day) for day in (3, 6, 9)]
    await desk.ask("PATCH", f"{BOOKINGS}/{confirmed['id']}", key=key, json={"confirm": True})
    await desk.ask("DELETE", f"{BOOKINGS}/{gone['id']}?by=guest", key=key)
    wanted = {
        "": [held, confirmed, gone],
        "status=held": [held],
        "status=held&status=cancelled_by_guest": [held, gone],
        "start_date=2026-12-05": [confirmed, gone],
        "end_date=2026-12-06": [held, confirmed],
        "start_date=2026-12-04T14:00&end_date=2026-12-06T14:00": [],
        "start_date=2026-12-04T10:59:00Z&end_date=2026-12-06T14:00": [held],
        "unit=HOUSE&status=confirmed": [confirmed],
        "user_contact=8%20029%20111-11-06": [confirmed],
        "user_contact=%2B375297777777": [],
        "guest=1111106": [confirmed],
        f"guest={gone['code'].lower()}": [gone],
    }
    for words, meant in wanted.items():
        found = await page(desk, key, f"{BOOKINGS}?{words}")
        assert [one["id"] for one in found["items"]] == [one["id"] for one in meant], words
    found = await page(desk, key, f"{BOOKINGS}/user/%2B375291111103")
    assert [one["id"] for one in found["items"]] == [held["id"]]


async def test_a3_people_come_in_pages_too(desk: Served, key: str) -> None:
    for number in range(5):
        await desk.ask("POST", USERS, key=key, json={"contact": f"+3752911111{number:02}"})
    first = await page(desk, key, f"{USERS}?limit=2")
    desk.clock.instant += timedelta(minutes=5)
    await desk.ask("POST", USERS, key=key, json={"contact": "+375291111100", "name": "Мария"})
    rest = await page(desk, key, f"{USERS}?limit=3&cursor={first['next_cursor']}")
    contacts = [one["contact"] for one in first["items"] + rest["items"]]
    assert contacts == [f"+3752911111{number:02}" for number in range(5)]
    assert rest["next_cursor"] is None
    changed = await page(desk, key, f"{USERS}?updated_since=2026-11-20T12:05:00Z")
    assert [one["name"] for one in changed["items"]] == ["Мария"]


@pytest.mark.parametrize(
    "words",
    [
        "cursor=x",
        "cursor=",
        "cursor=31",
        "cursor=2331207c2034",
        "cursor=%00",
        "cursor=239999999999999999999999999999999999999999",
        "cursor=" + "23" + "39" * 30,
        "limit=0",
        "limit=201",
        "limit=two",
        "limit=1&limit=2",
        "status=lost",
        "unit=castle",
        "unit=",
        "start_date=2026-02-30",
        "start_date=9999-12-31T23:59:00-12:00",
        "updated_since=2026-11-20",
        "updated_since=2026-11-20T12:00:00",
        "updated_since=0001-01-01T00:00:00%2B14:00",
        "user_contact=12",
        "user_contact=%FF",
        "guest=",
        "guests=maria",
    ],
)
async def test_a2_words_of_a_query_that_mean_nothing_are_refused(desk: Served, key: str, words: str) -> None:
    status, said, _ = await desk.ask("GET", f"{BOOKINGS}?{words}", key=key)
    assert (status, set(said["error"])) == (422, {"code", "message", "details"}), said


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        ("/api/v1/blocks", [{"start_date": f"2026-12-{day}", "end_date": f"2026-12-{day}", "reason": ""} for day in (10, 12, 14, 16)]),
        ("/api/v1/prices", [{"start_date": f"2026-12-{day}", "percent": 2000} for day in (10, 12, 14, 16)]),
    ],
)  # fmt: skip
async def test_a3_what_was_made_and_what_was_taken_back_since_is_told(
    desk: Served, key: str, path: str, bodies: list[dict[str, Any]]
) -> None:
    made = [(await desk.ask("POST", path, key=key, json=body))[1]["id"] for body in bodies[:3]]
    whole = await page(desk, key, path)
    assert ([one["id"] for one in whole["items"]], whole["removed"]) == (made, [])
    desk.clock.instant += timedelta(hours=1)
    assert (await desk.ask("DELETE", f"{path}/{made[1]}", key=key))[0] == 204
    new = (await desk.ask("POST", path, key=key, json=bodies[3]))[1]["id"]
    later = await page(desk, key, f"{path}?updated_since={desk.clock.instant:%Y-%m-%dT%H:%M:%SZ}")
    assert ([one["id"] for one in later["items"]], later["removed"]) == ([new], [made[1]])
    desk.clock.instant += timedelta(days=60)
    past = await page(desk, key, f"{path}?updated_since=2026-11-20T00:00:00Z")
    assert [one["id"] for one in past["items"]] == [made[0], made[2], new], "past ones too: they are not gone"
    assert (await page(desk, key, path))["items"] == []


async def test_a3_codes_that_were_made_or_switched_and_versions_that_were_applied_since_are_told(
    desk: Served, key: str
) -> None:
    codes = "/api/v1/promocodes"
    made = [
        (await desk.ask("POST", codes, key=key, json={"code": code, "basis_points": 1000}))[1]["id"]
        for code in ("ONE", "TWO", "THREE")
    ]
    desk.clock.instant += timedelta(hours=1)
    since = f"updated_since={desk.clock.instant:%Y-%m-%dT%H:%M:%SZ}"
    assert (await page(desk, key, f"{codes}?{since}"))["items"] == []
    assert (await desk.ask("PATCH", f"{codes}/{made[1]}", key=key, json={"active": False}))[0] == 200
    assert [one["id"] for one in (await page(desk, key, f"{codes}?{since}"))["items"]] == [made[1]]
    versions = "/api/v1/catalog/history"
    assert (await page(desk, key, f"{versions}?{since}"))["items"] == []
    assert len((await page(desk, key, f"{versions}?updated_since=2026-11-20T00:00:00Z"))["items"]) == 1
