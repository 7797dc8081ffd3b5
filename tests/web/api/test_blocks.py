"""Closed times and stopped extras by API (R6, R7, R39, A1, A3)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.serving import Served, serving

BLOCKS = "/api/v1/blocks"
DAY = {"start_date": "2026-12-05", "end_date": "2026-12-05", "reason": "repairs"}
STAY = {
    "tariff": "day",
    "start_date": "2026-12-05T14:00",
    "end_date": "2026-12-06T14:00",
    "number_of_guests": 4,
    "user_contact": "+375291234567",
    "extras": ["sauna"],
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def blocks(desk: Served, query: str = "") -> list[dict[str, Any]]:
    return list((await desk.ask("GET", BLOCKS + query, key=await desk.key("read")))[1]["items"])


async def test_r7_a_closed_time_cannot_be_booked_until_it_is_opened_again(desk: Served) -> None:
    key = await desk.key()
    status, made, headers = await desk.ask("POST", BLOCKS, key=key, json=DAY)
    assert (status, made["unit"], made["start"], made["end"]) == (
        201,
        "house",
        "2026-12-04T21:00:00Z",
        "2026-12-05T21:00:00Z",
    )
    assert headers["Location"] == f"{BLOCKS}/{made['id']}"
    assert (await desk.ask("POST", "/api/v1/bookings", key=key, json=STAY))[1]["error"]["code"] == "dates_taken"
    assert [(await desk.ask("DELETE", f"{BLOCKS}/{made['id']}", key=key))[0] for _ in range(2)] == [204, 404]
    assert (await desk.ask("POST", "/api/v1/bookings", key=key, json=STAY))[0] == 201


async def test_r6_a_stay_in_the_way_refuses_the_block_and_is_named(desk: Served) -> None:
    key = await desk.key()
    _, booking, _ = await desk.ask("POST", "/api/v1/bookings", key=key, json=STAY)
    status, said, _ = await desk.ask("POST", BLOCKS, key=key, json=DAY)
    assert (status, said["error"]["code"]) == (409, "dates_taken")
    assert [one["code"] for one in said["error"]["details"]["stays"]] == [booking["code"]]
    assert await blocks(desk) == []


async def test_r39_an_extra_is_stopped_and_who_has_it_is_named(desk: Served) -> None:
    key = await desk.key()
    _, booking, _ = await desk.ask("POST", "/api/v1/bookings", key=key, json=STAY)
    status, made, _ = await desk.ask("POST", BLOCKS, key=key, json=DAY | {"extra": "sauna"})
    assert (status, made["extra"], made["parts"], [one["code"] for one in made["stays"]]) == (
        201,
        "sauna",
        [],
        [booking["code"]],
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"unit": "moon"}, "unknown_unit"),
        ({"parts": ["moon"]}, "invalid"),
        ({"extra": "elephant"}, "unknown_extra"),
        ({"extra": "sauna", "parts": ["house"]}, "invalid"),
        ({"extra": "sauna", "start_date": "2026-12-05T10:00"}, "invalid"),
        ({"extra": "sauna", "end_date": "2026-12-04"}, "invalid"),
        ({"end_date": "2026-12-03"}, "invalid"),
        ({"start_date": "2026-11-01", "end_date": "2026-11-02"}, "past"),
        ({"start_date": "2026-13-01"}, "invalid"),
        ({"reason": None}, "invalid"),
    ],
)
async def test_a2_nonsense_closes_nothing(desk: Served, body: dict[str, Any], code: str) -> None:
    status, said, _ = await desk.ask("POST", BLOCKS, key=await desk.key(), json=DAY | body)
    assert (status, said["error"]["code"]) == (422, code), said
    assert await blocks(desk, "?past=true") == []


async def test_a1_a4_closed_once_by_one_request_and_by_nobody_who_may_not(desk: Served) -> None:
    key = await desk.key()
    answers = [await desk.ask("POST", BLOCKS, key=key, json=DAY, Idempotency_Key="x") for _ in range(2)]
    assert answers[0][:2] == answers[1][:2]
    assert len(await blocks(desk)) == 1
    number = answers[0][1]["id"]
    for scope in ("read", "book"):
        weak = await desk.key(scope)
        assert (
            await desk.ask("POST", BLOCKS, key=weak, json=DAY | {"start_date": "2026-12-07", "end_date": "2026-12-07"})
        )[0] == 403
        assert (await desk.ask("DELETE", f"{BLOCKS}/{number}", key=weak))[0] == 403
    assert (await desk.ask("GET", f"{BLOCKS}/{number}", key=await desk.key("read")))[1]["reason"] == "repairs"
    assert len(await blocks(desk)) == 1


async def test_a3_pages_of_what_is_closed(desk: Served) -> None:
    for day in (9, 5, 7):
        dates = {"start_date": f"2026-12-{day:02}", "end_date": f"2026-12-{day:02}"}
        assert (await desk.ask("POST", BLOCKS, key=await desk.key(), json=DAY | dates))[0] == 201
    _, first, _ = await desk.ask("GET", f"{BLOCKS}?limit=2", key=await desk.key("read"))
    rest = await blocks(desk, f"?cursor={first['next_cursor']}")
    assert [one["id"] for one in first["items"] + rest] == [1, 2, 3]
