"""The ledger by API: rows are added, never changed; too much is asked about; doubled requests are one (R44, R54, A1, A3)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.web.serving import Served, serving

PAYMENTS = "/api/v1/payments"
BOOKINGS = "/api/v1/bookings"


def byn(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def booked(desk: Served, day: int = 5, *, confirmed: bool = False) -> dict[str, Any]:
    stay = {
        "tariff": "day",
        "start_date": f"2026-12-{day:02}T14:00",
        "end_date": f"2026-12-{day + 1:02}T14:00",
        "number_of_guests": 4,
        "user_contact": f"+3752912345{day:02}",
    }
    key = await desk.key()
    status, one, _ = await desk.ask("POST", BOOKINGS, key=key, json=stay)
    assert status == 201, one
    if confirmed:
        assert (await desk.ask("PATCH", f"{BOOKINGS}/{one['id']}", key=key, json={"confirm": True}))[0] == 200
    return dict(one)


async def say(desk: Served, path: str, body: Any) -> tuple[int, Any]:
    status, said, _ = await desk.ask("POST", path, key=await desk.key(), json=body)
    return status, said


async def paid(desk: Served, booking: dict[str, Any], amount: int = 40000, **more: Any) -> dict[str, Any]:
    status, row = await say(
        desk, PAYMENTS, {"booking_id": booking["code"], "amount": byn(amount), "method": "bank"} | more
    )
    assert status == 201, row
    return dict(row)


async def rows(desk: Served, query: str = "") -> list[dict[str, Any]]:
    status, said, _ = await desk.ask("GET", PAYMENTS + query, key=await desk.key("read"))
    assert status == 200, said
    return list(said["items"])


async def test_r44_money_that_came_is_a_row_and_says_what_is_due(desk: Served) -> None:
    booking = await booked(desk)
    row = await paid(desk, booking, comment="by transfer")
    assert (row["kind"], row["amount"], row["paid"]) == ("payment", byn(40000), byn(40000))
    assert row["due"] == byn(booking["total"]["amount"] - 40000)
    assert (await desk.ask("GET", f"{PAYMENTS}/{row['id']}", key=await desk.key("read")))[1] == (await rows(desk))[0]


async def test_r44_more_than_is_owed_needs_a_second_word(desk: Served) -> None:
    booking = await booked(desk)
    much = {"booking_id": booking["id"], "amount": byn(booking["total"]["amount"] + 1), "method": "cash"}
    status, said = await say(desk, PAYMENTS, much)
    assert (status, said["error"]["code"], said["error"]["details"]["overpaid"]) == (422, "amount_invalid", 1)
    assert await rows(desk) == []
    assert (await say(desk, PAYMENTS, much | {"twice": True}))[0] == 201


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"amount": byn(0)}, 422, "amount_invalid"),
        ({"amount": byn(-5)}, 422, "invalid"),
        ({"amount": byn(10**12), "twice": True}, 422, "amount_invalid"),
        ({"amount": byn(2**63)}, 422, "invalid"),
        ({"amount": {"amount": 5, "currency": "EUR"}}, 422, "amount_invalid"),
        ({"amount": 5}, 422, "invalid"),
        ({"amount": {"amount": 5.5, "currency": "BYN"}}, 422, "invalid"),
        ({"method": "gift"}, 422, "invalid"),
        ({"booking_id": "HB-NONE"}, 404, "not_found"),
        ({"booking_id": 2**70}, 404, "not_found"),
        ({"booking_id": -1}, 404, "not_found"),
        ({"booking_id": ""}, 404, "not_found"),
        ({"comment": "x" * 201}, 422, "invalid"),
    ],
)
async def test_a2_nonsense_writes_no_row(desk: Served, more: dict[str, Any], status: int, code: str) -> None:
    booking = await booked(desk)
    body = {"booking_id": booking["code"], "amount": byn(100), "method": "bank"} | more
    answer = await say(desk, PAYMENTS, body)
    assert (answer[0], answer[1]["error"]["code"]) == (status, code), answer
    assert await rows(desk) == []


async def test_a1_money_written_down_twice_by_one_request_came_once(desk: Served) -> None:
    booking, key = await booked(desk), await desk.key()
    body = {"booking_id": booking["code"], "amount": byn(100), "method": "bank"}
    answers = [await desk.ask("POST", PAYMENTS, key=key, json=body, Idempotency_Key="x") for _ in range(2)]
    assert answers[0][:2] == answers[1][:2]
    assert len(await rows(desk)) == 1


async def test_r44_a_payment_goes_back_in_parts_and_never_more_than_is_left(desk: Served) -> None:
    row = await paid(desk, await booked(desk))
    path = f"{PAYMENTS}/{row['id']}/refund"
    status, part = await say(desk, path, {"amount": byn(10000), "reason": "ill"})
    assert (status, part["kind"], part["refunds"], part["paid"]) == (201, "refund", row["id"], byn(30000))
    status, said = await say(desk, path, {"amount": byn(30001), "reason": "ill"})
    assert (status, said["error"]["details"]["left"]) == (422, 30000)
    assert (await say(desk, path, {"reason": "ill"}))[1]["paid"] == byn(0)
    assert (await say(desk, path, {"reason": "ill"}))[1]["error"]["code"] == "already_decided"
    assert (await say(desk, path, {"reason": ""}))[0] == 422
    assert (await say(desk, f"{PAYMENTS}/{part['id']}/refund", {"reason": "x"}))[1]["error"]["code"] == "invalid"
    assert (await say(desk, f"{PAYMENTS}/999/refund", {"reason": "x"}))[0] == 404
    assert (await say(desk, path, {"amount": {"amount": 1, "currency": "USD"}, "reason": "x"}))[0] == 422
    assert [one["kind"] for one in await rows(desk)] == ["payment", "refund", "refund"]


async def test_r44_what_a_gift_has_paid_is_not_sent_back_as_money(desk: Served) -> None:
    booking, key = await booked(desk), await desk.key()
    _, gift, _ = await desk.ask("POST", "/api/v1/gifts", key=key, json={"amount": byn(5000)})
    await desk.ask("PATCH", f"/api/v1/gifts/{gift['id']}/redeem", key=key, json={"booking_id": booking["id"]})
    (row,) = await rows(desk)
    status, said = await say(desk, f"{PAYMENTS}/{row['id']}/refund", {"reason": "x"})
    assert (status, said["error"]["code"], said["error"]["details"]["reason"]) == (403, "forbidden", "gift")


async def test_r44_a_correction_is_a_row_with_its_reason_and_the_net_is_never_below_nothing(desk: Served) -> None:
    booking = await booked(desk)
    await paid(desk, booking)
    body = {"booking_id": booking["code"], "amount": byn(-5000), "reason": "typed wrongly"}
    status, row = await say(desk, f"{PAYMENTS}/adjust", body)
    assert (status, row["kind"], row["amount"], row["paid"]) == (201, "adjustment", byn(-5000), byn(35000))
    assert (await say(desk, f"{PAYMENTS}/adjust", body | {"amount": byn(-35001)}))[1]["error"][
        "code"
    ] == "amount_invalid"
    assert (await say(desk, f"{PAYMENTS}/adjust", body | {"amount": byn(0)}))[0] == 422
    assert (await say(desk, f"{PAYMENTS}/adjust", body | {"reason": "   "}))[0] == 422
    assert len(await rows(desk)) == 2


async def test_r44_a_bank_takes_money_back(desk: Served) -> None:
    row = await paid(desk, await booked(desk, confirmed=True))
    status, back = await say(desk, f"{PAYMENTS}/{row['id']}/chargeback", {"reason": "card stolen"})
    assert (status, back["comment"], back["paid"]) == (201, "chargeback: card stolen", byn(0))
    status, said = await say(desk, f"{PAYMENTS}/{row['id']}/chargeback", {"reason": "again"})
    assert (status, said["error"]["code"]) == (409, "already_decided")


@pytest.mark.parametrize("scope", ["read", "book"])
async def test_a4_who_may_not_manage_moves_no_money(desk: Served, scope: str) -> None:
    booking = await booked(desk)
    row = await paid(desk, booking)
    key = await desk.key(scope)
    for path, body in (
        (PAYMENTS, {"booking_id": booking["id"], "amount": byn(1), "method": "cash"}),
        (f"{PAYMENTS}/adjust", {"booking_id": booking["id"], "amount": byn(1), "reason": "x"}),
        (f"{PAYMENTS}/{row['id']}/refund", {"reason": "x"}),
        (f"{PAYMENTS}/{row['id']}/chargeback", {"reason": "x"}),
        (f"{BOOKINGS}/{booking['id']}/damage-deposit", {}),
    ):
        assert (await desk.ask("POST", path, key=key, json=body))[0] == 403
    assert (await desk.ask("GET", PAYMENTS, key=key))[0] == (200 if scope == "read" else 403)
    assert (await desk.ask("GET", PAYMENTS))[0] == 401
    assert len(await rows(desk)) == 1


async def test_a3_the_ledger_is_read_by_booking_by_time_and_page_by_page(desk: Served) -> None:
    first, second = await booked(desk), await booked(desk, 8)
    one = await paid(desk, first, 100)
    two = await paid(desk, second, 100)
    desk.clock.instant = factories.at("2026-11-20T13:00:00Z")
    three = await paid(desk, first, 100)
    assert [row["id"] for row in await rows(desk, f"?booking={first['code']}")] == [one["id"], three["id"]]
    assert [row["id"] for row in await rows(desk, "?since=2026-11-20T13:00:00Z")] == [three["id"]]
    assert [row["id"] for row in await rows(desk, "?updated_since=2026-11-20T16:00:00%2B03:00")] == [three["id"]]
    _, page, _ = await desk.ask("GET", f"{PAYMENTS}?limit=2", key=await desk.key("read"))
    four = await paid(desk, second, 100)
    rest = await rows(desk, f"?limit=2&cursor={page['next_cursor']}")
    assert [row["id"] for row in page["items"] + rest] == [one["id"], two["id"], three["id"], four["id"]]
    assert (await desk.ask("GET", f"{PAYMENTS}?booking=HB-NONE", key=await desk.key("read")))[0] == 404


async def test_r54_a_damage_deposit_is_taken_kept_and_returned_beside_the_price(desk: Served) -> None:
    booking = await booked(desk, confirmed=True)
    place = f"{BOOKINGS}/{booking['code']}/damage-deposit"
    assert (await say(desk, f"{place}/return", {}))[1]["error"]["code"] == "invalid"
    status, said = await say(desk, place, {"amount": byn(20000), "twice": True})
    assert (status, said["taken"], said["left"]) == (200, byn(20000), byn(20000))
    assert (await say(desk, f"{place}/keep", {"amount": byn(5000), "reason": "a window"}))[1]["left"] == byn(15000)
    assert (await say(desk, f"{place}/return", {"amount": byn(15001)}))[1]["error"]["code"] == "amount_invalid"
    assert (await say(desk, f"{place}/return", {}))[1]["left"] == byn(0)
    assert (await say(desk, f"{place}/return", {}))[1]["error"]["code"] == "already_decided"
    _, said, _ = await desk.ask("GET", place, key=await desk.key("read"))
    assert [one["kind"] for one in said["entries"]] == ["taken", "kept", "returned"]
    assert await rows(desk) == []
