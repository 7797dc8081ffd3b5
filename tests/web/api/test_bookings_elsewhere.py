"""Bookings through the API where nights, rooms and services are sold: the same fields, understood by what is sold there."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import factories
from tests.web.api.test_bookings import BOOKINGS, STAY
from tests.web.serving import serving

CONTACT = {"user_contact": "+375291234567"}


async def test_r2_nights_are_booked_by_dates_and_a_room_takes_the_whole_house_away(tmp_path: Path) -> None:
    async with serving(tmp_path / "rooms.db", factories.guesthouse()) as desk:
        key = await desk.key("book")
        wish = {"unit": "GREEN-ROOM", "start_date": "2026-12-05", "end_date": "2026-12-08", "number_of_guests": 2}
        _, sold, _ = await desk.ask("GET", "/api/v1/pricing/tariffs")
        tariffs = {unit: one["id"] for one in sold["tariffs"] for unit in one["units"]}
        status, made, _ = await desk.ask(
            "POST", BOOKINGS, key=key, json=wish | CONTACT | {"tariff": tariffs["green-room"]}
        )
        assert status == 201, made
        assert (made["arrival"][:10], made["departure"][:10]) == ("2026-12-05", "2026-12-08")
        whole = next(
            unit["id"] for unit in sold["units"] if unit["capacity"] == max(u["capacity"] for u in sold["units"])
        )
        status, said, _ = await desk.ask(
            "POST", BOOKINGS, key=key, json=wish | CONTACT | {"unit": whole, "tariff": tariffs[whole]}
        )
        assert (status, said["error"]["code"]) == (409, "dates_taken")
        status, moved, _ = await desk.ask(
            "PATCH",
            f"{BOOKINGS}/{made['code']}",
            key=await desk.key(),
            json={"start_date": "2026-12-12", "end_date": "2026-12-15"},
        )
        assert (status, moved["arrival"], moved["departure"]) == (
            200,
            made["arrival"].replace("12-05", "12-12"),
            made["departure"].replace("12-08", "12-15"),
        )


async def test_a_service_needs_neither_an_end_nor_a_number_of_guests(tmp_path: Path) -> None:
    async with serving(tmp_path / "salon.db", factories.salon()) as desk:
        key = await desk.key("book")
        wish = {"unit": "anna", "tariff": "haircut", "start_date": "2026-11-24T12:00"}
        status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish | CONTACT)
        assert (status, made["departure"], made["guests"]) == (201, "2026-11-24T13:00", 1)
        status, found, _ = await desk.ask("POST", "/api/v1/availability/check", json=wish)
        assert (status, found["available"], found["reason"]) == (200, False, "dates_taken")
        assert found["alternatives"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"unit": None}, "unit"), ({"tariff": None}, "tariff"), ({"start_date": "2026-11-24"}, "start_date")],
)
async def test_what_may_be_left_out_where_there_is_one_is_asked_for_where_there_are_several(
    tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    async with serving(tmp_path / "salon.db", factories.salon()) as desk:
        wish = {"unit": "anna", "tariff": "haircut", "start_date": "2026-11-24T12:00"} | CONTACT | changes
        status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=wish)
        assert (status, list(said["error"]["details"]["fields"])) == (422, [field])


@pytest.mark.parametrize("field", ["has_sauna", "has_green_bedroom", "has_photoshoot"])
async def test_an_older_clients_words_mean_nothing_where_there_is_no_such_thing(tmp_path: Path, field: str) -> None:
    async with serving(tmp_path / "salon.db", factories.salon()) as desk:
        wish = {"unit": "anna", "tariff": "haircut", "start_date": "2026-11-24T12:00", field: True} | CONTACT
        status, said, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=wish)
        assert (status, said["error"]["code"]) == (422, "unknown_extra")
        assert (await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=wish | {field: False}))[0] == 201


async def test_answers_to_the_questions_of_a_tariff_are_judged_and_kept(tmp_path: Path) -> None:
    async with serving(tmp_path / "house.db") as desk:
        key = await desk.key("book")
        wish = STAY | {"tariff": "incognito-day", "extras": [], "number_of_guests": 2}
        for answers in ({"wine": "beer"}, {"transfer-address": "x"}, {"wine": ""}, {"wine": None}, {"wine": 1}):
            status, said, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish | {"answers": answers})
            expected = 201 if answers == {"wine": ""} else 422
            assert status == expected, (answers, said)
            if status == 201:
                await desk.ask("DELETE", f"{BOOKINGS}/{said['id']}", key=await desk.key())
        answers = {"wine": "red-dry", "transfer-address": "Minsk, Lesnaya 1"}
        status, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=wish | {"answers": answers})
        assert (status, made["answers"]) == (201, answers)


async def test_r29_with_nothing_left_to_pay_a_booking_is_confirmed_at_once(tmp_path: Path) -> None:
    free = factories.secret_house()
    free = replace(free, tariffs=tuple(replace(one, price=0, day_totals=()) for one in free.tariffs))
    async with serving(tmp_path / "free.db", free) as desk:
        wish = STAY | {"extras": [], "number_of_guests": 2}
        status, made, _ = await desk.ask("POST", BOOKINGS, key=await desk.key("book"), json=wish)
        assert (status, made["status"], made["hold_expires_at"]) == (201, "confirmed", None)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),  # the first of the two
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:30:00Z", None),  # the second, which no clock on a wall can say
        ("2026-03-29T00:30:00Z", "2026-03-29T00:30:00Z"),
    ],
)
async def test_r5_an_instant_is_that_instant_or_refused_where_the_clocks_go_back(
    tmp_path: Path, start: str, said: str | None
) -> None:
    house = factories.secret_house()
    units = tuple(replace(unit, zone=ZoneInfo("Europe/Berlin")) for unit in house.units)
    end = f"{start[:8]}{int(start[8:10]) + 1}T14:00"
    async with serving(
        tmp_path / "berlin.db", replace(house, units=units), at=factories.at("2026-03-01T12:00:00Z")
    ) as desk:
        wish = {"tariff": "day", "start_date": start, "end_date": end, "number_of_guests": 4} | CONTACT
        body = wish | {"override": "a test of clocks"}
        status, found, _ = await desk.ask("POST", BOOKINGS, key=await desk.key(), json=body)
        assert (status, found.get("start")) == ((201, said) if said else (422, None)), found
        if said is None:
            assert "the clocks go back" in found["error"]["details"]["fields"]["start_date"]
