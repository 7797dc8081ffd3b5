"""Bookings through the API: taken once, at the desk's own price, and told to nobody whom they do not concern."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.gift import Gift
from housebot.domain.promo import Promo
from housebot.domain.stay import StayRequest
from housebot.services import bookings, gifts, guesses, guests, outbox, promos
from housebot.services.ports import Tx
from tests import factories
from tests.web.serving import OWNER, Served, serving

BOOKINGS = "/api/v1/bookings"
STAY: dict[str, Any] = {
    "unit": "house",
    "tariff": "day",
    "start_date": "2026-12-05T14:00",
    "end_date": "2026-12-06T14:00",
    "number_of_guests": 4,
    "extras": ["sauna"],
    "user_contact": "+375 29 123-45-67",
    "name": "Мария",
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


def on(day: int, **others: Any) -> dict[str, Any]:
    """The stay on another day of December, for another contact."""
    dates = {"start_date": f"2026-12-{day:02}T14:00", "end_date": f"2026-12-{day + 1:02}T14:00"}
    return STAY | dates | others


async def test_a_booking_holds_the_dates_and_says_what_it_costs_and_until_when(desk: Served) -> None:
    key = await desk.key("book")
    status, made, headers = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    assert status == 201
    assert (made["status"], made["start"], made["end"]) == ("held", "2026-12-05T11:00:00Z", "2026-12-06T11:00:00Z")
    assert (made["contact"], made["source"], made["guest"]["name"]) == ("+375291234567", "api", "Мария")
    assert made["hold_expires_at"] == "2026-11-20T14:00:00Z"
    lines = made["quote"]["lines"]
    assert made["total"] == made["quote"]["total"] == {"amount": sum(_sums(lines)), "currency": "BYN"}
    assert headers["Location"] == f"/api/v1/bookings/{made['id']}"


async def test_names_times_and_extras_are_understood_as_people_write_them(desk: Served) -> None:
    key = await desk.key("book")
    wish = {
        "tariff": "DAY",
        "start_date": "2026-12-05T11:00:00.000Z",
        "end_date": "2026-12-06T14:00:00+03:00",
        "party": {"adult": 4},
        "extras": [{"id": "баня", "quantity": 1}],
        "user_contact": "8 029 123 45 67",
    }
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish)
    assert status == 201, made
    assert (made["unit"], made["tariff"], made["arrival"]) == ("house", "day", "2026-12-05T14:00")
    assert made["contact"] == "+375291234567"
    assert "sauna" in [one["id"] for one in made["extras"]]


@pytest.mark.parametrize(
    ("words", "extras"),
    [
        (
            {"has_sauna": True, "has_photoshoot": True, "tariff": "COUPLE", "end_date": "2026-12-06T14:00"},
            ["sauna", "photo-session"],
        ),
        ({"has_secret_room": True, "has_sauna": False}, ["secret-room"]),
        ({"has_white_bedroom": True}, []),
        ({"has_white_bedroom": True, "has_green_bedroom": True}, ["second-bedroom"]),
        ({"has_sauna": True, "extras": ["sauna"]}, ["sauna"]),
        ({"has_sauna": None, "has_green_bedroom": None}, []),
    ],
)
async def test_an_older_client_names_its_extras_as_it_always_did(
    desk: Served, words: dict[str, Any], extras: list[str]
) -> None:
    key = await desk.key("book")
    wish = STAY | {"tariff": "12H", "end_date": "2026-12-06T02:00", "number_of_guests": 2, "extras": []} | words
    status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish)
    assert status == 201, made
    assert [one["id"] for one in made["extras"] if not one["included"]] == extras


async def test_defect_16_a_price_of_the_client_is_no_field_at_all(desk: Served) -> None:
    key = await desk.key("admin")
    for field in ("price", "total", "total_price", "deposit"):
        status, said, _ = await desk.ask(
            "POST", BOOKINGS, key=key, json=STAY | {field: {"amount": 1, "currency": "BYN"}}
        )
        assert (status, said["error"]["code"], list(said["error"]["details"]["fields"])) == (422, "invalid", [field])
    assert desk.db.read(lambda tx: bookings.listing(tx).items) == []


async def test_r40_r13_the_same_dates_again_are_taken_and_come_with_alternatives_that_work(desk: Served) -> None:
    key = await desk.key("book")
    assert (await desk.ask("POST", BOOKINGS, key=key, json=STAY))[0] == 201
    status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    assert (status, said["error"]["code"]) == (409, "dates_taken")
    offered = said["error"]["details"]["alternatives"]
    assert 1 <= len(offered) <= 3
    for number, other in enumerate(offered):
        wish = STAY | {"start_date": other["start"], "end_date": other["end"], "tariff": other["tariff"]}
        status, made, _ = await desk.ask("POST", BOOKINGS, key=await desk.key(), json=wish)
        assert status == (201 if number == 0 else status), made  # one may stand in the way of the next


async def test_r40_a_contact_keeps_two_stays_at_a_time_and_staff_as_many_as_they_like(desk: Served) -> None:
    book, manage = await desk.key("book"), await desk.key("manage")
    made = [await desk.ask("POST", BOOKINGS, key=book, json=on(day)) for day in (5, 8)]
    assert [status for status, _, _ in made] == [201, 201]
    status, said, _ = await desk.ask("POST", BOOKINGS, key=book, json=on(11))
    assert (status, said["error"]["code"]) == (409, "holds_limit")
    assert "bookings" not in said["error"]["details"]  # whoever types a phone learns no codes of its bookings
    assert (await desk.ask("POST", BOOKINGS, key=manage, json=on(11)))[0] == 201


async def test_t4_who_types_a_phone_learns_nothing_of_its_owner_and_renames_nobody(desk: Served) -> None:
    entered = {"contact": "+375291234567", "name": "Мария"}
    assert (await desk.ask("POST", "/api/v1/users", key=await desk.key(), json=entered))[0] == 200
    stranger = await desk.key("book")
    status, made, _ = await desk.ask("POST", BOOKINGS, key=stranger, json=on(8, name=""))
    assert (status, made["guest"]) == (201, {"id": None, "name": "", "telegram_id": None})
    assert (await desk.ask("POST", BOOKINGS, key=stranger, json=on(11, name="Кто-то")))[0] == 201
    assert desk.db.read(lambda tx: guests.find(tx, "+375291234567")).name == "Мария"


async def test_t4_a_telegram_guest_is_believed_from_manage_alone_and_told_as_by_the_bot(desk: Served) -> None:
    await desk.db.write(
        lambda tx: guests.seen(tx, telegram_id=77, name="Олег", username=None, language_code="ru", now=desk.clock.now())
    )
    status, made, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=STAY | {"chat_id": 77})
    assert (status, made["guest"]["telegram_id"]) == (201, None)
    status, made, _ = await desk.ask("POST", BOOKINGS, key=await desk.key(), json=on(8, chat_id=77))
    assert (status, made["guest"]["telegram_id"]) == (201, 77)
    told = [row for row in desk.db.read(outbox.listing) if row.kind == "guest.hold"]
    assert [row.chat_id for row in told] == [77]


async def test_t4_without_manage_a_contact_is_needed_or_nobody_could_be_counted(desk: Served) -> None:
    wish = {name: value for name, value in STAY.items() if name != "user_contact"}
    status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=wish)
    assert (status, list(said["error"]["details"]["fields"])) == (422, ["user_contact"])
    assert (await desk.ask("POST", BOOKINGS, key=await desk.key(), json=wish))[0] == 201


async def test_r40_a_contact_is_counted_through_whichever_door_it_came(desk: Served) -> None:
    book = await desk.key("book")
    for day in (5, 8):  # by somebody who wrote down the contact alone
        wish = StayRequest("house", "day", datetime(2026, 12, day, 14), datetime(2026, 12, day + 1, 14), {"adult": 4})
        await desk.db.write(
            lambda tx, wish=wish: bookings.hold(  # type: ignore[misc]
                tx, wish, guest_id=None, contact="+375291234567", source="shell", actor=OWNER, now=desk.clock.now()
            )
        )
    status, said, _ = await desk.ask("POST", BOOKINGS, key=book, json=on(11))
    assert (status, said["error"]["code"]) == (409, "holds_limit")


async def test_r49_who_may_only_read_sees_of_a_gift_code_what_cannot_be_spent(desk: Served) -> None:
    manage = await desk.key()
    draft = Gift(id=0, code="", kind="money", amount=10_000, currency="BYN", valid_until=date(2027, 6, 1))
    made = await desk.db.write(
        lambda tx: gifts.issue(tx, factories.secret_house(), draft, actor=OWNER, now=desk.clock.now())
    )
    _, booked, _ = await desk.ask("POST", BOOKINGS, key=manage, json=STAY | {"gift_code": made.code})
    shown = [
        (await desk.ask("GET", f"{BOOKINGS}/{booked['id']}", key=key))[1]["quote"]["gift"]["code"]
        for key in (manage, await desk.key("read"))
    ]
    assert shown == [made.code, f"{made.code[:5]}…"]


async def test_a_ban_in_telegram_keeps_the_same_phone_out_here_too(desk: Served) -> None:
    def work(tx: Tx) -> None:
        now = desk.clock.now()
        one = guests.seen(tx, telegram_id=77, name="Олег", username=None, language_code="ru", now=now)
        guests.share_contact(tx, one.id, "+375291234567", contact_user_id=77, now=now)
        guests.ban(tx, one.id, reason="broke a door", actor=OWNER, now=now)

    await desk.db.write(work)
    status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=STAY)
    assert (status, said["error"]["details"]) == (403, {"reason": "banned"})


async def test_r13_soft_rules_are_passed_over_by_manage_with_a_reason_alone(desk: Served) -> None:
    far = on(5) | {"start_date": "2027-09-01T14:00", "end_date": "2027-09-02T14:00"}
    manage = await desk.key()
    status, said, _ = await desk.ask("POST", BOOKINGS, key=manage, json=far)
    assert (status, said["error"]["code"]) == (422, "too_far")
    status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=far | {"override": "a wedding"})
    assert (status, said["error"]["code"]) == (403, "forbidden")
    status, made, _ = await desk.ask("POST", BOOKINGS, key=manage, json=far | {"override": "a wedding"})
    assert status == 201
    assert "a wedding" in desk.db.read(lambda tx: bookings.notes(tx, made["id"]))[0].text


async def test_r49_without_manage_every_wrong_code_is_refused_alike_and_guessing_is_limited(desk: Served) -> None:
    over = Promo(id=0, code="OLD", kind="percent", value=1500, book_to=date(2026, 11, 1))
    await desk.db.write(lambda tx: promos.add(tx, factories.secret_house(), over, actor=OWNER, now=desk.clock.now()))
    key = await desk.key("book")
    said = [
        (await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"promocode": code}))[:2] for code in ("OLD", "NEVER")
    ]
    assert said[0] == said[1]
    assert (said[0][0], said[0][1]["error"]["code"], said[0][1]["error"]["details"]) == (422, "promo_invalid", {})
    for number in range(guesses.MOST_OF_KEY - 2):
        await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"gift_code": f"GUESS{number}"})
    status, content, headers = await desk.ask("POST", BOOKINGS, key=key, json=STAY | {"promocode": "NEVER"})
    assert (status, content["error"]["code"], int(headers["Retry-After"]) > 0) == (429, "rate_limited", True)
    _, content, _ = await desk.ask("POST", BOOKINGS, key=await desk.key(), json=STAY | {"promocode": "OLD"})
    assert content["error"]["details"]  # staff are told the true reason


async def test_a_banned_guest_is_not_kept_dates_by_a_key_that_may_only_book(desk: Served) -> None:
    manage = await desk.key()
    _, made, _ = await desk.ask("POST", BOOKINGS, key=manage, json=STAY)
    await desk.db.write(
        lambda tx: guests.ban(tx, made["guest"]["id"], reason="broke a door", actor=OWNER, now=desk.clock.now())
    )
    status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=on(8))
    assert (status, said["error"]["code"]) == (403, "forbidden")
    assert (await desk.ask("POST", BOOKINGS, key=manage, json=on(8)))[0] == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"number_of_guests": 0}, "number_of_guests"),
        ({"number_of_guests": "4"}, "number_of_guests"),
        ({"number_of_guests": 4.0}, "number_of_guests"),
        ({"number_of_guests": None}, "number_of_guests"),
        ({"party": {"adult": 4}}, "party"),
        ({"number_of_guests": None, "party": {"dogs": 2}}, "party"),
        ({"start_date": "2026-12-05"}, "start_date"),
        ({"start_date": "tomorrow"}, "start_date"),
        ({"start_date": 1765000000}, "start_date"),
        ({"end_date": None}, "end_date"),
        ({"extras": "sauna"}, "extras"),
        ({"extras": ["sauna", {"id": "SAUNA"}]}, "extras.1"),
        ({"answers": {"shoe-size": "43"}}, "answers.shoe-size"),
        ({"has_sauna": "yes"}, "has_sauna"),
        ({"comment": "x" * 4001}, "comment"),
        ({"name": "a\x00b"}, "name"),
        ({"chat_id": 10**30}, "chat_id"),
        ({"quote_token": 5}, "quote_token"),
    ],
)
async def test_a2_a_field_that_is_wrong_is_named_and_nothing_is_kept(
    desk: Served, wrong: dict[str, Any], field: str
) -> None:
    status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=STAY | wrong)
    assert (status, said["error"]["code"]) == (422, "invalid"), said
    assert list(said["error"]["details"]["fields"]) == [field]
    assert desk.db.read(lambda tx: bookings.listing(tx).items) == []


def _sums(lines: list[dict[str, Any]]) -> list[int]:
    return [one["amount"]["amount"] for one in lines]
