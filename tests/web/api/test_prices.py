"""Prices of dates set by hand, by API: what they do is shown before and after (R12, R23, A1)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.serving import Served, serving

PRICES = "/api/v1/prices"
MORE = {"start_date": "2026-12-08", "percent": 2000, "tariff": "day"}


def byn(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def prices(desk: Served, query: str = "") -> list[dict[str, Any]]:
    return list((await desk.ask("GET", PRICES + query, key=await desk.key("read")))[1]["items"])


async def price_of_day(desk: Served) -> Any:
    stay = {"tariff": "day", "start_date": "2026-12-08T14:00", "end_date": "2026-12-09T14:00", "number_of_guests": 2}
    return (await desk.ask("POST", "/api/v1/pricing/calculate", json=stay))[1]["total"]["amount"]


async def test_r12_a_price_counts_until_it_is_taken_back_and_shows_what_it_does(desk: Served) -> None:
    before = await price_of_day(desk)
    status, made, _ = await desk.ask("POST", PRICES, key=await desk.key(), json=MORE)
    assert (status, made["percent"], made["dates"]) == (200, 2000, [{"from": "2026-12-08", "to": "2026-12-08"}])
    (sample,) = made["samples"]
    assert sample["after"]["amount"] * 10 == sample["before"]["amount"] * 12
    assert await price_of_day(desk) * 10 == before * 12
    assert [one["id"] for one in await prices(desk)] == [made["id"]]
    path = f"{PRICES}/{made['id']}"
    assert [(await desk.ask("DELETE", path, key=await desk.key()))[0] for _ in range(2)] == [204, 404]
    assert await price_of_day(desk) == before


async def test_a_dry_run_shows_the_same_and_does_nothing(desk: Served) -> None:
    _, tried, _ = await desk.ask("POST", PRICES, key=await desk.key(), json=MORE | {"dry_run": True})
    assert await prices(desk) == []
    _, made, _ = await desk.ask("POST", PRICES, key=await desk.key(), json=MORE)
    assert (tried["samples"], tried["dates"]) == (made["samples"], made["dates"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"percent": None}, "invalid"),
        ({"amount": byn(80000)}, "invalid"),
        ({"percent": 0}, "amount_invalid"),
        ({"percent": -10001}, "amount_invalid"),
        ({"percent": 100001}, "invalid"),
        ({"percent": None, "amount": byn(0)}, "amount_invalid"),
        ({"percent": None, "amount": byn(80000), "tariff": None}, "amount_invalid"),
        ({"percent": None, "amount": {"amount": 80000, "currency": "USD"}}, "amount_invalid"),
        ({"tariff": "moon"}, "unknown_tariff"),
        ({"unit": "moon"}, "unknown_unit"),
        ({"start_date": "2026-11-01"}, "past"),
        ({"end_date": "2026-12-07"}, "invalid"),
        ({"name": "x" * 61}, "invalid"),
        ({"start_date": "2026-12-08T10:00"}, "invalid"),
    ],
)
async def test_a2_nonsense_sets_no_price(desk: Served, body: dict[str, Any], code: str) -> None:
    status, said, _ = await desk.ask("POST", PRICES, key=await desk.key(), json=MORE | body)
    assert (status, said["error"]["code"]) == (422, code), said
    assert await prices(desk, "?past=true") == []


async def test_a1_a4_set_once_by_one_request_and_by_nobody_who_may_not(desk: Served) -> None:
    key = await desk.key()
    answers = [await desk.ask("POST", PRICES, key=key, json=MORE, Idempotency_Key="x") for _ in range(2)]
    assert answers[0][:2] == answers[1][:2]
    number = answers[0][1]["id"]
    for scope in ("read", "book"):
        weak = await desk.key(scope)
        assert (await desk.ask("POST", PRICES, key=weak, json=MORE))[0] == 403
        assert (await desk.ask("DELETE", f"{PRICES}/{number}", key=weak))[0] == 403
    assert (await desk.ask("GET", f"{PRICES}/{number}", key=await desk.key("read")))[1]["id"] == number
    assert len(await prices(desk)) == 1
