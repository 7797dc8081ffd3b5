"""Promo codes by API: made once, judged without being told, switched off and on (R49, R51, A1, A3)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from housebot.services import guesses
from tests.web.serving import Served, serving

CODES = "/api/v1/promocodes"
SPRING = {"code": "spring", "basis_points": 1500, "tariffs": ["day"], "max_total": 1}
STAY = {
    "tariff": "day",
    "start_date": "2026-12-05T14:00",
    "end_date": "2026-12-06T14:00",
    "number_of_guests": 4,
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def made(desk: Served, **more: Any) -> dict[str, Any]:
    status, one, _ = await desk.ask("POST", CODES, key=await desk.key(), json=SPRING | more)
    assert status == 201, one
    return dict(one)


async def test_r51_a_code_is_made_with_all_its_conditions_and_found_by_number_and_by_word(desk: Served) -> None:
    whole = {
        "stay_from": "2026-12-01",
        "stay_to": "2026-12-31",
        "book_from": "2026-11-01",
        "book_to": "2026-11-30",
        "units": ["house"],
        "weekdays": [4, 5],
        "min_nights": 1,
        "min_sum": {"amount": 10000, "currency": "BYN"},
        "max_per_guest": 1,
        "budget": {"amount": 50000, "currency": "BYN"},
        "guest": "+375 29 123-45-67",
    }
    one = await made(desk, **whole)
    assert (one["code"], one["discount"]) == ("SPRING", {"kind": "percent", "basis_points": 1500})
    assert {name: one[name] for name in whole} == whole | {"guest": "+375291234567"}
    key = await desk.key("read")
    for name in (str(one["id"]), "SPRING", "spring"):
        assert (await desk.ask("GET", f"{CODES}/{name}", key=key))[1] == one
    assert (await desk.ask("GET", f"{CODES}/winter", key=key))[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"basis_points": 0}, 422, "invalid"),
        ({"basis_points": 10001}, 422, "amount_invalid"),
        ({"basis_points": True}, 422, "invalid"),
        ({"basis_points": None}, 422, "invalid"),
        ({"amount": {"amount": 5, "currency": "BYN"}}, 422, "invalid"),
        ({"basis_points": None, "amount": {"amount": 500, "currency": "EUR"}}, 422, "amount_invalid"),
        ({"basis_points": None, "amount": {"amount": 0, "currency": "BYN"}}, 422, "amount_invalid"),
        ({"basis_points": None, "price": {"amount": 10**13, "currency": "BYN"}}, 422, "amount_invalid"),
        ({"basis_points": None, "extra": "elephant"}, 422, "unknown_extra"),
        ({"tariffs": ["moon"]}, 422, "unknown_tariff"),
        ({"units": ["moon"]}, 422, "unknown_unit"),
        ({"stay_from": "2026-12-02", "stay_to": "2026-12-01"}, 422, "invalid"),
        ({"weekdays": [7]}, 422, "invalid"),
        ({"guest": "nobody@@"}, 422, "contact_invalid"),
        ({"guest": "77"}, 404, "not_found"),
        ({"code": "!"}, 422, "promo_invalid"),
        ({"code": "a\u0000b"}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
async def test_a2_nonsense_makes_no_code(desk: Served, body: dict[str, Any], status: int, code: str) -> None:
    answer = await desk.ask("POST", CODES, key=await desk.key(), json=SPRING | body)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code), answer
    assert (await desk.ask("GET", CODES, key=await desk.key("read")))[1]["items"] == []


async def test_a1_a_code_sent_twice_is_made_once_and_the_same_word_again_is_a_conflict(desk: Served) -> None:
    key = await desk.key()
    first = await desk.ask("POST", CODES, key=key, json=SPRING, Idempotency_Key="one")
    again = await desk.ask("POST", CODES, key=key, json=SPRING, Idempotency_Key="one")
    assert (first[0], first[1]) == (again[0], again[1])
    assert (await desk.ask("POST", CODES, key=key, json=SPRING | {"code": "SPRlNG"}))[0] == 201  # a small L is no I
    assert (await desk.ask("POST", CODES, key=key, json=SPRING))[1]["error"]["code"] == "already_decided"


@pytest.mark.parametrize("scope", ["read", "book"])
async def test_a4_who_may_not_manage_makes_and_ends_no_code(desk: Served, scope: str) -> None:
    await made(desk)
    key = await desk.key(scope)
    for method, path, body in (
        ("POST", CODES, SPRING | {"code": "OTHER"}),
        ("PATCH", f"{CODES}/spring", {"active": False}),
        ("DELETE", f"{CODES}/spring", None),
    ):
        assert (await desk.ask(method, path, key=key, json=body))[0] == 403
    assert (await desk.ask("GET", CODES, key=key))[0] == (200 if scope == "read" else 403)
    assert (await desk.ask("GET", f"{CODES}/spring", key=await desk.key("read")))[1]["active"] is True


async def test_a_code_is_ended_softly_once_and_works_again_when_it_is_switched_on(desk: Served) -> None:
    one = await made(desk)
    key = await desk.key()
    assert (await desk.ask("DELETE", f"{CODES}/{one['id']}", key=key))[0] == 204
    assert (await desk.ask("DELETE", f"{CODES}/{one['id']}", key=key))[1]["error"]["code"] == "already_decided"
    assert await listed(desk, "?is_active=true") == []
    assert await listed(desk, "?is_active=false") == ["SPRING"]
    status, again, _ = await desk.ask("PATCH", f"{CODES}/{one['id']}", key=key, json={"active": True})
    assert (status, again) == (200, one)
    assert (await desk.ask("PATCH", f"{CODES}/{one['id']}", key=key, json={"active": True}))[0] == 409


async def listed(desk: Served, query: str) -> list[str]:
    status, found, _ = await desk.ask("GET", CODES + query, key=await desk.key("read"))
    assert status == 200, found
    return [one["code"] for one in found["items"]]


async def test_a3_pages_lose_and_double_no_code_while_others_are_made(desk: Served) -> None:
    for number in range(5):
        await made(desk, code=f"CODE{number}")
    seen, cursor = [], ""
    for _ in range(4):
        _, found, _ = await desk.ask("GET", f"{CODES}?limit=2{cursor}", key=await desk.key("read"))
        seen += [one["code"] for one in found["items"]]
        if found["next_cursor"] is None:
            break
        cursor = f"&cursor={found['next_cursor']}"
        if len(seen) == 2:
            await made(desk, code="LATE")
    assert seen == ["CODE0", "CODE1", "CODE2", "CODE3", "CODE4", "LATE"]
    assert (await desk.ask("GET", f"{CODES}?cursor=zz", key=await desk.key("read")))[0] == 422


async def validated(desk: Served, key: str, **body: Any) -> dict[str, Any]:
    status, said, _ = await desk.ask("POST", f"{CODES}/validate", key=key, json={"code": "SPRING"} | body)
    assert status == 200, said
    return dict(said)


async def test_r51_a_code_is_judged_with_a_stay_and_without(desk: Served) -> None:
    await made(desk)
    key = await desk.key("book")
    bare = {"kind": "percent", "basis_points": 1500, "off": None}
    assert await validated(desk, key) == {"valid": True, "discount": bare, "reason": None}
    said = await validated(desk, key, **STAY)
    assert said["discount"]["off"] == {"amount": 10500, "currency": "BYN"}
    status, said, _ = await desk.ask(
        "POST", f"{CODES}/validate", key=key, json={"code": "SPRING"} | STAY | {"tariff": "moon"}
    )
    assert (status, said["error"]["code"]) == (422, "unknown_tariff")
    assert (await desk.ask("POST", f"{CODES}/validate", key=key, json={"code": "SPRING", "end_date": "2026-12-06"}))[
        0
    ] == 422


async def test_r49_only_staff_learn_why_a_code_does_nothing(desk: Served) -> None:
    await made(desk, tariffs=["worker"])
    await made(desk, code="OLD", book_to="2026-11-01")
    no = {"valid": False, "discount": None, "reason": None}
    key, staff = await desk.key("book"), await desk.key()
    for code, stay, reason in (("SPRING", STAY, "tariff"), ("OLD", {}, "booking_window"), ("NONE", {}, "unknown")):
        assert await validated(desk, key, code=code, **stay) == no
        assert await validated(desk, staff, code=code, **stay) == no | {"reason": reason}


async def test_r49_guessing_is_limited_for_a_key_and_not_for_staff(desk: Served) -> None:
    await made(desk)
    key, staff = await desk.key("book"), await desk.key()
    for number in range(guesses.MOST_OF_KEY):
        assert not (await validated(desk, key, code=f"GUESS{number}"))["valid"]
        assert not (await validated(desk, staff, code=f"GUESS{number}"))["valid"]
    status, said, headers = await desk.ask("POST", f"{CODES}/validate", key=key, json={"code": "SPRING"})
    assert (status, said["error"]["code"]) == (429, "rate_limited")
    assert int(headers["Retry-After"]) > 0
    assert (await validated(desk, staff))["valid"]
    assert (await validated(desk, await desk.key("book")))["valid"]
