"""What the API says about free dates: as the desk itself judges them, and as fresh as the last commit (R3, R7, R13)."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.period import Period
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import availability, blocks, catalogs, quotes
from tests import factories
from tests.web.api.test_bookings import BOOKINGS, STAY, on
from tests.web.serving import OWNER, Served, serving

CHECK = "/api/v1/availability/check"
MONTH = "/api/v1/availability/month/2026/12"
DATES = "/api/v1/availability/dates?start_date=2026-12-01&end_date=2026-12-31"
WISH = {name: STAY[name] for name in ("unit", "tariff", "start_date", "end_date", "number_of_guests")}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def checked(desk: Served, *, key: str | None = None, **changes: Any) -> dict[str, Any]:
    status, found, _ = await desk.ask("POST", CHECK, key=key, json=WISH | changes)
    assert status == 200, found
    return dict(found)


async def of_day(desk: Served, day: int, path: str = MONTH) -> dict[str, Any]:
    status, found, _ = await desk.ask("GET", path)
    assert status == 200, found
    return dict(found["days"][day - 1])


async def test_what_is_free_is_said_to_be_free_and_can_be_booked(desk: Served) -> None:
    assert await checked(desk) == {
        "available": True,
        "reason": None,
        "conflicting_bookings": [],
        "alternatives": [],
    }
    assert (await desk.ask("POST", BOOKINGS, key=await desk.key(), json=STAY))[0] == 201


async def test_what_is_taken_says_by_what_and_what_else_there_is_but_ids_only_to_who_may_read(desk: Served) -> None:
    key = await desk.key()
    _, made, _ = await desk.ask("POST", BOOKINGS, key=key, json=STAY)
    found = await checked(desk)
    assert (found["available"], found["reason"]) == (False, "dates_taken")
    assert found["conflicting_bookings"] == [{"start": made["start"], "end": made["end"], "kind": "booking"}]
    assert 1 <= len(found["alternatives"]) <= 3
    for other in found["alternatives"]:
        offered = {"start_date": other["start"], "end_date": other["end"], "tariff": other["tariff"]}
        assert (await checked(desk, **offered))["available"]
    assert [one["id"] for one in (await checked(desk, key=key))["conflicting_bookings"]] == [made["id"]]


async def test_r6_the_cleaning_is_in_the_way_too(desk: Served) -> None:
    await desk.ask("POST", BOOKINGS, key=await desk.key(), json=STAY)
    after = {"start_date": "2026-12-06T15:00", "end_date": "2026-12-07T15:00"}
    assert not (await checked(desk, **after))["available"]
    after["start_date"], after["end_date"] = "2026-12-06T16:00", "2026-12-07T16:00"
    assert (await checked(desk, **after))["available"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start_date": "2026-11-19T14:00", "end_date": "2026-11-20T14:00"}, "past"),
        ({"start_date": "2027-11-19T14:00", "end_date": "2027-11-20T14:00"}, "too_far"),
        ({"number_of_guests": 40}, "max_guests"),
        ({"tariff": "worker", "end_date": "2026-12-06T01:00"}, "weekday"),
        ({"tariff": "half-day", "end_date": "2026-12-06T02:00", "extras": ["photo-session"]}, "extra_not_offered"),
    ],
)
async def test_a_rule_that_forbids_it_is_an_answer(desk: Served, changes: dict[str, Any], reason: str) -> None:
    found = await checked(desk, **changes)
    assert (found["available"], found["reason"]) == (False, reason)


async def test_without_a_tariff_it_is_asked_whether_any_would_sell_it(desk: Served) -> None:
    assert (await checked(desk, tariff=None, number_of_guests=None))["available"]
    assert (await checked(desk, tariff=None, end_date="2026-12-05T19:00", number_of_guests=None))["available"]
    assert (await checked(desk, tariff=None, number_of_guests=40))["reason"] == "max_guests"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit": "castle"}, "unknown_unit"),
        ({"tariff": "castle"}, "unknown_tariff"),
        ({"extras": ["castle"]}, "unknown_extra"),
        ({"start_date": "2026-12-05"}, "invalid"),
        ({"tariff": None, "start_date": "2026-12-05", "end_date": "2026-12-06"}, "invalid"),
        ({"end_date": "2026-12-05T14:00"}, "invalid"),
        ({"start_date": "0001-01-01T00:00+14:00"}, "invalid"),
        ({"start_date": "9999-12-31T23:00-14:00"}, "invalid"),
        ({"promocode": "SPRING"}, "invalid"),
    ],
)
async def test_words_that_mean_nothing_are_refused(desk: Served, changes: dict[str, Any], code: str) -> None:
    status, said, _ = await desk.ask("POST", CHECK, json=WISH | changes)
    assert (status, said["error"]["code"]) == (422, code)


async def test_r3_a_month_shows_six_states_and_the_lowest_price_of_each_day_to_begin_on(desk: Served) -> None:
    await desk.ask("POST", BOOKINGS, key=await desk.key(), json=STAY)
    status, found, _ = await desk.ask("GET", MONTH)
    assert (status, found["unit"], len(found["days"])) == (200, "house", 31)
    assert {one["state"] for one in found["days"]} <= {"free", "partial", "full", "arrive_only", "leave_only", "past"}
    assert (await of_day(desk, 5))["state"] == "partial"
    _, november, _ = await desk.ask("GET", "/api/v1/availability/month/2026/11?unit=HOUSE")
    assert (november["days"][0]["state"], november["days"][0]["lowest_price"]) == ("past", None)


@pytest.mark.parametrize("example", ["secret_house", "guesthouse", "salon"])
async def test_the_lowest_price_is_that_of_the_cheapest_stay_that_may_begin_that_day(
    tmp_path: Path, example: str
) -> None:
    catalog = getattr(factories, example)()
    async with serving(tmp_path / "other.db", catalog) as desk:
        unit = catalog.units[0]
        closed = Period(factories.at("2026-12-10T09:00:00Z"), factories.at("2026-12-12T09:00:00Z"))
        await desk.db.write(
            lambda tx: blocks.add(tx, unit=unit.id, period=closed, reason="paint", actor=OWNER, now=desk.clock.now())
        )
        _, found, _ = await desk.ask("GET", f"{MONTH}?unit={unit.id}")
        for shown in found["days"][7:13]:
            assert _amount(shown) == cheapest(desk, unit.id, date.fromisoformat(shown["date"])), shown


async def test_a_month_is_as_fresh_as_the_last_commit_and_the_clock(desk: Served) -> None:
    assert (await of_day(desk, 5))["state"] == "free"
    _, made, _ = await desk.ask("POST", BOOKINGS, key=await desk.key(), json=STAY)
    assert (await of_day(desk, 5))["state"] == "partial"
    desk.clock.instant = factories.at(made["hold_expires_at"]) - timedelta(seconds=1)
    assert (await of_day(desk, 5))["state"] == "partial"
    desk.clock.instant += timedelta(seconds=1)  # the hold is over, and nobody has written anything
    assert (await of_day(desk, 5))["state"] == "free"
    desk.clock.instant -= timedelta(seconds=1)
    assert (await of_day(desk, 5))["state"] == "partial"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/availability/month/2026/13", 404),
        ("/api/v1/availability/month/2026/0", 404),
        ("/api/v1/availability/month/1/1", 404),
        ("/api/v1/availability/month/99999999999999999999/1", 404),
        ("/api/v1/availability/month/2026/december", 404),
        (f"{MONTH}?unit=castle", 422),
        (f"{MONTH}?unit=", 422),
        (f"{MONTH}?tariff=day", 422),
        ("/api/v1/availability/month/2200/12", 200),
        ("/api/v1/availability/month/2000/1", 200),
    ],
)
async def test_a_month_that_is_none_is_refused(desk: Served, path: str, status: int) -> None:
    assert (await desk.ask("GET", path))[0] == status


async def test_occupied_dates_are_those_on_which_nobody_can_begin(desk: Served) -> None:
    long = on(8, end_date="2026-12-11T14:00")
    assert (await desk.ask("POST", BOOKINGS, key=await desk.key(), json=long))[0] == 201
    _, found, _ = await desk.ask("GET", DATES)
    assert found == {"unit": "house", "dates": ["2026-12-09", "2026-12-10"]}


def _amount(shown: dict[str, Any]) -> int | None:
    return None if shown["lowest_price"] is None else int(shown["lowest_price"]["amount"])


def cheapest(desk: Served, unit_id: str, day: date) -> int | None:
    """Said otherwise: every tariff and every time of the day, each stay quoted and judged like anybody's."""

    def found(tx: Any) -> int | None:
        catalog = catalogs.current(tx, now=desk.clock.now())
        totals = []
        for tariff in catalog.tariffs_of(unit_id):
            for length, total in _totals(tx, catalog, unit_id, tariff, day):
                totals.append((tariff.id, length, total))
        shortest = {tariff: min(length for other, length, _ in totals if other == tariff) for tariff, _, _ in totals}
        return min((total for tariff, length, total in totals if length == shortest[tariff]), default=None)

    def _totals(tx: Any, catalog: Any, unit_id: str, tariff: Any, day: date) -> list[tuple[timedelta, int]]:
        adult = next(band.id for band in catalog.bands if band.adult)
        totals = []
        for arrival, departure in _times(tariff, day):
            wish = StayRequest(unit_id, tariff.id, arrival, departure, {adult: max(tariff.min_guests, 1)})
            try:
                quote = quotes.draw_up(tx, wish, now=desk.clock.now())
                availability.assert_free(tx, catalog, quote.stay, now=desk.clock.now())
            except Refusal:
                continue
            totals.append((quote.stay.departure - quote.stay.arrival, quote.price.total))
            if tariff.kind == "nightly":
                break
        return totals

    return desk.db.read(found)


def _times(tariff: Any, day: date) -> list[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, datetime.min.time())
    if tariff.kind == "nightly":
        return [(midnight, midnight + timedelta(days=nights)) for nights in range(1, 15)]
    if tariff.kind == "slot":
        return [(midnight + timedelta(minutes=15 * step),) * 2 for step in range(96)]
    hours = [midnight + timedelta(hours=hour) for hour in range(24)]
    return [(hour, hour + timedelta(hours=length)) for hour in hours for length in range(1, 13)]
