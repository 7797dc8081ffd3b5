"""Gifts by API: sold, masked, judged alike, used to pay once and given back (R48, R49, A1, A3, defects 1 and 3)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from housebot.services import asking, bookings, checkouts, invariants
from housebot.services.ports import Tx
from housebot.storage import checkouts as checkout_rows
from tests import factories
from tests.web.serving import OWNER, Served, serving

GIFTS = "/api/v1/gifts"
BOOKINGS = "/api/v1/bookings"


def byn(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served
        found = served.db.read(lambda tx: list(invariants.check(tx, now=served.clock.now())))
        assert [one for one in found if one.status == "fail"] == []


async def issued(desk: Served, amount: int = 10000, **more: Any) -> dict[str, Any]:
    body = {"amount": byn(amount)} | more
    status, gift, _ = await desk.ask("POST", GIFTS, key=await desk.key(), json=body)
    assert status == 201, gift
    return dict(gift)


async def booked(desk: Served, day: int = 5) -> dict[str, Any]:
    stay = {
        "tariff": "day",
        "start_date": f"2026-12-{day:02}T14:00",
        "end_date": f"2026-12-{day + 1:02}T14:00",
        "number_of_guests": 4,
        "user_contact": f"+3752912345{day:02}",
    }
    status, one, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=stay)
    assert status == 201, one
    return dict(one)


async def redeem(desk: Served, gift: dict[str, Any], booking: dict[str, Any], **more: Any) -> tuple[int, Any]:
    body = {"booking_id": booking["code"]} | more
    status, said, _ = await desk.ask("PATCH", f"{GIFTS}/{gift['id']}/redeem", key=await desk.key(), json=body)
    return status, said


async def left(desk: Served, gift: dict[str, Any]) -> Any:
    return (await desk.ask("GET", f"{GIFTS}/{gift['id']}", key=await desk.key("read")))[1]["balance"]


async def test_r48_a_card_is_sold_with_its_money_in_the_ledger(desk: Served) -> None:
    gift = await issued(desk, paid="cash", recipient="Мария", valid_until="2027-01-31")
    assert (gift["kind"], gift["state"], gift["balance"], gift["valid_until"]) == (
        "money",
        "active",
        byn(10000),
        "2027-01-31",
    )
    _, rows, _ = await desk.ask("GET", "/api/v1/payments", key=await desk.key("read"))
    assert [(one["method"], one["amount"]) for one in rows["items"]] == [("cash", byn(10000))]


async def test_r49_a_certificate_is_sold(desk: Served) -> None:
    status, gift, _ = await desk.ask(
        "POST", GIFTS, key=await desk.key(), json={"tariff": "DAY", "visits": 2, "paid": "bank"}
    )
    assert (status, gift["kind"], gift["tariff"], gift["balance"]) == (201, "stay", "day", 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"amount": byn(0)}, "amount_invalid"),
        ({"amount": byn(10**12)}, "amount_invalid"),
        ({"amount": {"amount": 100, "currency": "EUR"}}, "amount_invalid"),
        ({"amount": byn(100), "tariff": "day"}, "invalid"),
        ({"amount": byn(100), "visits": 2}, "invalid"),
        ({"tariff": "moon"}, "unknown_tariff"),
        ({"tariff": "day", "extras": ["elephant"]}, "unknown_extra"),
        ({"amount": byn(100), "valid_until": "2026-11-19"}, "invalid"),
        ({"amount": byn(100), "paid": "gold"}, "invalid"),
    ],
)
async def test_a2_nonsense_is_not_sold_and_no_money_is_written_down_for_it(desk: Served, body: Any, code: str) -> None:
    status, said, _ = await desk.ask("POST", GIFTS, key=await desk.key(), json={"paid": "cash"} | body)
    assert (status, said["error"]["code"]) == (422, code)
    assert (await desk.ask("GET", "/api/v1/payments", key=await desk.key("read")))[1]["items"] == []


async def test_r49_codes_are_money_and_shown_to_nobody_who_may_only_read(desk: Served) -> None:
    gift = await issued(desk)
    reader = await desk.key("read")
    for path in (GIFTS, f"{GIFTS}/{gift['id']}"):
        _, said, _ = await desk.ask("GET", path, key=reader)
        assert gift["code"] not in str(said)
        assert gift["code"].split("-")[-1] in str(said)
    assert (await desk.ask("GET", f"{GIFTS}/{gift['code']}", key=reader))[0] == 404
    assert (await desk.ask("GET", f"{GIFTS}/{gift['code'].lower()}", key=await desk.key()))[1]["code"] == gift["code"]
    assert (await desk.ask("GET", GIFTS, key=await desk.key()))[1]["items"][0]["code"] == gift["code"]


@pytest.mark.parametrize("scope", ["read", "book"])
async def test_a4_who_may_not_manage_sells_changes_and_uses_no_gift(desk: Served, scope: str) -> None:
    gift, booking, key = await issued(desk), await booked(desk), await desk.key(scope)
    for method, path, body in (
        ("POST", GIFTS, {"amount": byn(100)}),
        ("PATCH", f"{GIFTS}/{gift['id']}", {"valid_until": "2028-01-01"}),
        ("PATCH", f"{GIFTS}/{gift['id']}/redeem", {"booking_id": booking["id"]}),
        ("DELETE", f"{GIFTS}/{gift['id']}?reason=x", None),
    ):
        assert (await desk.ask(method, path, key=key, json=body))[0] == 403
    assert await left(desk, gift) == byn(10000)


async def test_r49_unknown_expired_void_and_used_look_the_same_and_staff_are_told_why(desk: Served) -> None:
    void, ending, good = await issued(desk), await issued(desk, valid_until="2026-11-20"), await issued(desk)
    staff, book = await desk.key(), await desk.key("book")
    assert (await desk.ask("DELETE", f"{GIFTS}/{void['id']}?reason=lost", key=staff))[0] == 204
    desk.clock.instant = factories.at("2026-11-20T21:00:00Z")  # midnight in Minsk
    for code, reason in (
        (void["code"], "voided"),
        (ending["code"], "expired"),
        ("ABCDE-ABCDE-ABCDE", "unknown"),
        ("??", "unknown"),
    ):
        body = {"certificate_number": code}
        answers = [(await desk.ask("POST", f"{GIFTS}/validate", key=key, json=body))[1] for key in (book, staff)]
        assert answers == [
            {"valid": False, "gift": None, "reason": None},
            {"valid": False, "gift": None, "reason": reason},
        ]
    _, said, _ = await desk.ask(
        "POST", f"{GIFTS}/validate", key=book, json={"certificate_number": good["code"].lower()}
    )
    assert (said["valid"], said["gift"]["balance"]) == (True, byn(10000))
    assert not {"code", "buyer", "recipient", "ledger", "id"} & set(said["gift"])


async def test_r49_guessing_is_limited_for_a_key(desk: Served) -> None:
    gift, key = await issued(desk), await desk.key("book")
    for letter in "ABCDE":
        await desk.ask("POST", f"{GIFTS}/validate", key=key, json={"certificate_number": letter * 15})
    body = {"certificate_number": gift["code"]}
    assert (await desk.ask("POST", f"{GIFTS}/validate", key=key, json=body))[0] == 429
    assert (await desk.ask("POST", f"{GIFTS}/validate", key=await desk.key("book"), json=body))[1]["valid"]


async def test_defect_1_a_gift_pays_a_booking_once_and_what_is_left_stays_on_it(desk: Served) -> None:
    gift, booking = await issued(desk), await booked(desk)
    status, said = await redeem(desk, gift, booking, amount=byn(6000))
    assert status == 200, said
    assert (said["gift"]["balance"], said["booking"]["paid"]) == (byn(4000), byn(6000))
    assert said["booking"]["due"]["amount"] == booking["total"]["amount"] - 6000
    status, said = await redeem(desk, gift, booking)
    assert (status, said["error"]["code"]) == (409, "already_decided")
    status, said = await redeem(desk, await issued(desk), booking)
    assert (status, said["error"]["code"]) == (409, "already_decided")
    assert await left(desk, gift) == byn(4000)


async def test_a1_the_same_request_twice_takes_the_money_once(desk: Served) -> None:
    gift, booking, key = await issued(desk), await booked(desk), await desk.key()
    path, body = f"{GIFTS}/{gift['id']}/redeem", {"booking_id": booking["id"], "amount": byn(1000)}
    answers = [await desk.ask("PATCH", path, key=key, json=body, Idempotency_Key="k") for _ in range(2)]
    assert answers[0][:2] == answers[1][:2]
    assert await left(desk, gift) == byn(9000)


async def test_r29_a_hold_with_nothing_left_to_pay_is_confirmed(desk: Served) -> None:
    booking = await booked(desk)
    gift = await issued(desk, booking["total"]["amount"] + 500)
    _, said = await redeem(desk, gift, booking)
    assert (said["booking"]["status"], said["booking"]["due"], said["gift"]["balance"]) == (
        "confirmed",
        byn(0),
        byn(500),
    )


async def test_r49_a_certificate_pays_its_stay(desk: Served) -> None:
    booking = await booked(desk)
    _, gift, _ = await desk.ask("POST", GIFTS, key=await desk.key(), json={"tariff": "day"})
    status, said = await redeem(desk, gift, booking, amount=byn(100))
    assert (status, said["error"]["code"]) == (422, "amount_invalid")
    status, said = await redeem(desk, gift, booking)
    assert (status, said["gift"]["balance"], said["booking"]["status"]) == (200, 0, "confirmed")


async def test_defect_3_what_was_redeemed_goes_back_and_is_redeemed_again(desk: Served) -> None:
    gift = await issued(desk)
    for day in (5, 8):
        booking = await booked(desk, day)
        assert (await redeem(desk, gift, booking))[0] == 200
        assert await left(desk, gift) == byn(0)
        path = f"{BOOKINGS}/{booking['id']}?by=owner&reason=ill"
        assert (await desk.ask("DELETE", path, key=await desk.key()))[0] == 204
        assert await left(desk, gift) == byn(10000)


async def test_r48_money_and_gift_together_pay_no_more_than_is_due(desk: Served) -> None:
    gift, booking, key = await issued(desk, 100_000), await booked(desk), await desk.key()
    body = {"booking_id": booking["code"], "amount": byn(40000), "method": "bank"}
    assert (await desk.ask("POST", "/api/v1/payments", key=key, json=body))[0] == 201
    due = booking["total"]["amount"] - 40000
    status, said = await redeem(desk, gift, booking, amount=byn(due + 1))
    assert (status, said["error"]["code"]) == (422, "amount_invalid")
    _, said = await redeem(desk, gift, booking)
    assert (said["booking"]["due"], said["gift"]["balance"]) == (byn(0), byn(100_000 - due))


async def test_r45_while_the_card_pays_the_rest_of_a_booked_stay_no_gift_pays_it_too(desk: Served) -> None:
    gift, booking = await issued(desk, 100_000), await booked(desk)
    status, _, _ = await desk.ask("PATCH", f"{BOOKINGS}/{booking['id']}", key=await desk.key(), json={"confirm": True})
    assert status == 200

    def taken(tx: Tx) -> None:
        order = checkouts.begin(
            tx, asking.balance(tx, bookings.get(tx, booking["id"])), actor=OWNER, now=desk.clock.now()
        )
        assert checkout_rows.decide(tx, order.id, "capture", now=desk.clock.now())

    await desk.db.write(taken)
    status, said = await redeem(desk, gift, booking)
    assert (status, said["error"]["code"]) == (409, "in_flight")
    assert await left(desk, gift) == byn(100_000)


async def test_what_may_not_pay_pays_nothing(desk: Served) -> None:
    gift, booking = await issued(desk), await booked(desk)
    for more, code in (({"amount": byn(0)}, "amount_invalid"), ({"amount": byn(10001)}, "gift_insufficient")):
        assert (await redeem(desk, gift, booking, **more))[1]["error"]["code"] == code
    assert (await redeem(desk, gift, {"code": "HB-NONE"}))[0] == 404
    assert (await redeem(desk, {"id": 99}, booking))[0] == 404
    assert (await redeem(desk, gift, booking, amount={"amount": 5, "currency": "EUR"}))[1]["error"][
        "code"
    ] == "amount_invalid"
    desk.clock.instant = factories.at("2026-11-20T21:00:00Z")
    status, said = await redeem(desk, gift, booking)
    assert (status, said["error"]["code"]) == (409, "stale")  # the hold is over
    assert await left(desk, gift) == byn(10000)


async def test_defect_1_an_expired_gift_is_refused_with_its_reason(desk: Served) -> None:
    ending = await issued(desk, valid_until="2026-11-20")
    booking = await booked(desk)
    key = await desk.key()
    body = {"confirm": True}
    await desk.ask("PATCH", f"{BOOKINGS}/{booking['id']}", key=key, json=body)
    desk.clock.instant = factories.at("2026-11-20T21:00:00Z")
    status, said = await redeem(desk, ending, booking)
    assert (status, said["error"]["code"], said["error"]["details"]["reason"]) == (422, "gift_invalid", "expired"), said
    assert await left(desk, ending) == byn(10000)


async def test_a_gift_lasts_longer_is_handed_on_and_ends_once(desk: Served) -> None:
    gift, key = await issued(desk), await desk.key()
    path = f"{GIFTS}/{gift['id']}"
    assert (await desk.ask("PATCH", path, key=key, json={}))[0] == 422
    assert (await desk.ask("PATCH", path, key=key, json={"valid_until": "2026-11-21"}))[0] == 422
    status, said, _ = await desk.ask("PATCH", path, key=key, json={"valid_until": "2028-01-01", "recipient": "Ольга"})
    assert (status, said["valid_until"], said["recipient"]) == (200, "2028-01-01", "Ольга")
    half = {"valid_until": "2029-01-01", "recipient": "  "}
    assert (await desk.ask("PATCH", path, key=key, json=half))[0] == 422
    assert (await desk.ask("GET", path, key=key))[1]["valid_until"] == "2028-01-01"
    assert (await desk.ask("DELETE", path, key=key))[0] == 422
    assert [(await desk.ask("DELETE", f"{path}?reason=lost", key=key))[0] for _ in range(2)] == [204, 409]


async def test_a3_gifts_are_listed_by_page_and_by_what_has_changed(desk: Served) -> None:
    gifts = [await issued(desk) for _ in range(3)]
    desk.clock.instant = factories.at("2026-11-20T13:00:00Z")
    key = await desk.key()
    await desk.ask("PATCH", f"{GIFTS}/{gifts[1]['id']}", key=key, json={"recipient": "Ольга"})
    _, changed, _ = await desk.ask("GET", f"{GIFTS}?updated_since=2026-11-20T13:00:00Z", key=key)
    assert [one["id"] for one in changed["items"]] == [gifts[1]["id"]]
    _, first, _ = await desk.ask("GET", f"{GIFTS}?limit=2", key=key)
    _, rest, _ = await desk.ask("GET", f"{GIFTS}?limit=2&cursor={first['next_cursor']}", key=key)
    assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in gifts]
    assert rest["next_cursor"] is None


async def test_r32_what_a_hold_that_is_over_keeps_of_a_gift_pays_whoever_comes_first(desk: Served) -> None:
    gift, key = await issued(desk), await desk.key()
    wish = {"tariff": "day", "start_date": "2026-12-12T14:00", "end_date": "2026-12-13T14:00", "number_of_guests": 4}
    status, over, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish | {"gift_code": gift["code"]})
    assert (status, await left(desk, gift)) == (201, byn(0))
    desk.clock.instant = factories.at(over["hold_expires_at"])
    booking = await booked(desk)
    status, said = await redeem(desk, gift, booking)
    assert (status, said["booking"]["paid"]) == (200, byn(10000))
    assert (await desk.ask("GET", f"{BOOKINGS}/{over['id']}", key=key))[1]["status"] == "expired"
