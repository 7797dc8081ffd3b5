"""What a guest may press next: hours, departures, slots, lowest prices (R3, R24, UX 2e, UX 5)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from housebot.domain.catalog import DatedPrice, StayRule, Unit
from housebot.domain.occupancy import Busy
from housebot.domain.period import instant, read_span
from housebot.domain.pickers import (
    Draft,
    departure_hours,
    departures,
    least_busy,
    lowest_price,
    lowest_prices,
    slot_times,
    start_hours,
)
from housebot.domain.pricing import price
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import Refusal
from tests.factories import at, guesthouse, salon, secret_house

HOUSE, INN, SALON = secret_house(), guesthouse(), salon()
UNIT, ROOM = HOUSE.units[0], INN.units[0]
NOW = at("2026-11-20T12:00:00Z")
SATURDAY = date(2026, 12, 5)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def taken(unit: Unit, arrival: str, departure: str) -> Busy:
    start, _ = instant(wall(arrival), unit.zone, gap="refuse")
    end, _ = instant(wall(departure), unit.zone, gap="refuse")
    return Busy(start, end, start - unit.before, end + unit.cleaning)


def draft(arrival: str, tariff: str = "day", **extras: int) -> StayRequest:
    return StayRequest("house", tariff, wall(arrival), wall(arrival), {"adult": 4}, extras)


def hours(day: date, *busy: Busy, tariff: str = "day", now: datetime = NOW) -> dict[str, str]:
    sold = next(one for one in HOUSE.tariffs if one.id == tariff)
    return {f"{one.at:%H}": one.state for one in start_hours(HOUSE, UNIT, sold, day, busy, now)}


def test_ux_5_all_hours_of_a_free_day() -> None:
    assert list(hours(SATURDAY)) == [f"{hour:02d}" for hour in range(24)]
    assert set(hours(SATURDAY).values()) == {"free"}


def test_ux_5_taken_hours_are_told_from_free_ones() -> None:
    found = hours(SATURDAY, taken(UNIT, "2026-12-05T10:00", "2026-12-05T16:00"))
    assert [hour for hour, state in found.items() if state == "free"] == [
        *(f"{hour:02d}" for hour in range(8)),  # an hour's stay and two hours of cleaning before 10:00
        *(f"{hour:02d}" for hour in range(18, 24)),
    ]


def test_ux_5_hours_outside_the_tariff_are_not_drawn() -> None:
    assert list(hours(date(2026, 12, 3), tariff="worker")) == [
        *(f"{hour:02d}" for hour in range(9)),  # the night that began on Wednesday, an hour at least
        *(f"{hour:02d}" for hour in range(11, 20)),
        "22",
        "23",
    ]
    assert hours(date(2026, 12, 4), tariff="worker") == {}


def test_r8_hours_that_are_too_soon_are_not_drawn() -> None:
    assert list(hours(date(2026, 11, 20))) == ["18", "19", "20", "21", "22", "23"]  # 15:00 and three hours
    assert next(iter(hours(date(2026, 11, 21), now=at("2026-11-20T18:00:00Z")))) == "09"  # 21:00: the night is closed


def test_ux_5_departures_are_the_tariffs_hours_then_more_hours_then_days() -> None:
    found = departures(HOUSE, draft("2026-12-05T16:00", sauna=1), [], NOW)
    assert [(f"{one.request.departure:%d %H}", one.price.total // 100, one.days, one.extra_hours) for one in found] == [
        ("06 16", 800, 0, 0),
        ("06 17", 830, 0, 1),
        ("06 18", 860, 0, 2),
        ("06 19", 890, 0, 3),
        ("07 16", 1200, 2, 0),
        ("08 16", 1600, 3, 0),
        ("09 16", 2000, 4, 0),
        ("10 16", 2400, 5, 0),
        ("11 16", 2800, 6, 0),
        ("12 16", 3200, 7, 0),
    ]


def test_r3_no_departure_is_later_than_the_next_occupied_moment_and_its_cleaning() -> None:
    found = departures(HOUSE, draft("2026-12-05T16:00"), [taken(UNIT, "2026-12-06T20:00", "2026-12-07T12:00")], NOW)
    assert [f"{one.request.departure:%d %H}" for one in found] == ["06 16", "06 17", "06 18"]


def test_r3_where_the_tariffs_hours_do_not_fit_the_longest_stay_that_does_is_offered() -> None:
    found = departures(HOUSE, draft("2026-12-05T16:00"), [taken(UNIT, "2026-12-06T12:30", "2026-12-07T12:00")], NOW)
    assert [(f"{one.request.departure:%d %H}", one.hours, one.price.total) for one in found] == [("06 10", 18, 70000)]


@pytest.mark.parametrize("day", ["2026-10-25", "2027-03-28"], ids=["fold", "gap"])
def test_r3_r5_the_longest_stay_that_fits_is_measured_by_the_wall_clock(day: str) -> None:
    unit = replace(UNIT, zone=ZoneInfo("Europe/Berlin"), cleaning=timedelta(hours=2))
    catalog, busy = replace(HOUSE, units=(unit,)), [taken(unit, f"{day}T08:00", f"{day}T20:00")]
    now = instant(wall(f"{day}T00:00"), unit.zone, gap="refuse")[0] - timedelta(days=2)
    found = departures(catalog, draft(f"{day}T01:00"), busy, now)
    assert [one.request.departure for one in found] == [wall(f"{day}T06:00")]


def test_r11_departures_of_a_worker_end_with_the_window() -> None:
    thursday = departures(HOUSE, draft("2026-12-03T11:00", "worker"), [], NOW)
    assert [(f"{one.request.departure:%d %H}", one.hours) for one in thursday] == [("03 20", 9)]
    night = departures(HOUSE, draft("2026-12-03T22:00", "worker"), [], NOW)
    assert [(f"{one.request.departure:%d %H}", one.hours) for one in night] == [("04 09", 11)]


def test_ux_5_values_equal_the_quote_of_the_same_draft() -> None:
    for one in departures(HOUSE, draft("2026-12-29T16:00", "couple", sauna=1), [], NOW):
        assert one.price == price(HOUSE, resolve(HOUSE, one.request))


def test_departures_say_what_is_wrong_with_the_draft_itself() -> None:
    with pytest.raises(Refusal, match="max_guests"):
        departures(HOUSE, replace(draft("2026-12-05T16:00"), party={"adult": 9}), [], NOW)
    with pytest.raises(Refusal, match="unknown_tariff"):
        departures(HOUSE, draft("2026-12-05T16:00", "week"), [], NOW)


def test_r3_nightly_departures_are_every_date_in_reach() -> None:
    catalog = replace(INN, stay_rules=(StayRule("two", (), min_nights=2),))
    room = catalog.tariffs_of(ROOM.id)[0]
    request = StayRequest(ROOM.id, room.id, wall("2026-12-07T00:00"), wall("2026-12-07T00:00"), {"adult": 2})
    found = departures(catalog, request, [taken(ROOM, "2026-12-11T15:00", "2026-12-14T11:00")], NOW)
    assert [(one.request.departure.day, one.nights) for one in found] == [(9, 2), (10, 3), (11, 4)]


def test_ux_5_another_time_offers_every_whole_hour_of_a_date() -> None:
    busy = [taken(UNIT, "2026-12-06T20:00", "2026-12-07T12:00")]
    found = departure_hours(HOUSE, draft("2026-12-05T16:00"), date(2026, 12, 6), busy, NOW)
    assert len(found) == 24
    assert [f"{one.at:%H}" for one in found if one.state == "taken"] == ["19", "20", "21", "22", "23"]
    assert next(f"{one.at:%H}" for one in departure_hours(HOUSE, draft("2026-12-05T16:00"), SATURDAY, [], NOW)) == "17"


# --- Slots (UX 2e) ------------------------------------------------------------------------------------------------------

FRIDAY = date(2026, 12, 4)
HAIRCUT = next(tariff for tariff in SALON.tariffs if {"anna", "olga"} <= set(tariff.units))


def unit(name: str) -> Unit:
    found = SALON.unit(name)
    assert found is not None
    return found


def slots(**busy: list[Busy]) -> dict[str, list[str]]:
    return {f"{start:%H:%M}": free for start, free in slot_times(SALON, HAIRCUT, SALON.units, FRIDAY, busy, NOW)}


def test_ux_2e_any_specialist_is_the_union_of_their_free_times() -> None:
    found = slots()
    assert (found["10:00"], found["11:00"], found["19:00"]) == (["anna"], ["anna", "olga"], ["olga"])
    assert "14:00" in found  # Anna's break, Olga works
    assert found["14:00"] == ["olga"]


def test_ux_2e_a_time_stays_while_one_of_them_is_free() -> None:
    anna = [taken(unit("anna"), "2026-12-04T11:00", "2026-12-04T12:00")]
    olga = [taken(unit("olga"), "2026-12-04T11:00", "2026-12-04T12:00")]
    assert slots(anna=anna)["11:00"] == ["olga"]
    assert "11:00" not in slots(anna=anna, olga=olga)


def test_ux_2e_a_slot_ends_before_the_break() -> None:
    length = timedelta(minutes=HAIRCUT.minutes)
    for start, free in slot_times(SALON, HAIRCUT, [unit("anna")], FRIDAY, {}, NOW):
        assert free == ["anna"]
        assert start + length <= wall("2026-12-04T14:00") or wall("2026-12-04T15:00") <= start
        assert start.minute % HAIRCUT.step_minutes == 0


def test_ux_2e_nothing_on_a_day_off_or_in_the_past() -> None:
    assert slot_times(SALON, HAIRCUT, [unit("anna")], date(2026, 12, 25), {}, NOW) == []
    assert slot_times(SALON, HAIRCUT, [unit("anna")], date(2026, 11, 19), {}, NOW) == []


def test_ux_2e_the_least_busy_of_the_day_is_assigned() -> None:
    both = [unit("anna"), unit("olga")]
    anna = [taken(unit("anna"), "2026-12-04T11:00", "2026-12-04T12:00")]
    assert least_busy(both, FRIDAY, {}, NOW).id == "anna"
    assert least_busy(both, FRIDAY, {"anna": anna}, NOW).id == "olga"
    assert least_busy(both, date(2026, 12, 5), {"anna": anna}, NOW).id == "anna"
    assert least_busy(both, FRIDAY, {"anna": [replace(anna[0], hold_until=NOW)]}, NOW).id == "anna"


# --- Lowest prices ------------------------------------------------------------------------------------------------------


def test_the_lowest_price_of_a_day_is_the_cheapest_stay_that_may_begin() -> None:
    prices = lowest_prices(HOUSE, UNIT, None, 2026, 12, [], NOW)
    assert [prices[date(2026, 12, day)] // 100 for day in (3, 4, 30, 31)] == [180, 250, 180, 3000]
    assert len(prices) == 31


def test_the_lowest_price_is_of_this_draft() -> None:
    day = next(one for one in HOUSE.tariffs if one.id == "day")
    sauna = Draft({"adult": 4}, {"sauna": 1})
    assert lowest_price(HOUSE, UNIT, [day], SATURDAY, [], NOW, draft=sauna) == 80000
    assert lowest_price(HOUSE, UNIT, None, SATURDAY, [], NOW, draft=sauna) == 49000
    assert lowest_price(HOUSE, UNIT, None, SATURDAY, [], NOW, draft=Draft({"adult": 4}, {"photo-session": 1})) == 80000


def test_a_day_nobody_may_begin_on_has_no_price() -> None:
    busy = [taken(UNIT, "2026-12-04T16:00", "2026-12-06T12:00")]
    prices = lowest_prices(HOUSE, UNIT, None, 2026, 12, busy, NOW)
    assert SATURDAY not in prices
    assert date(2026, 12, 4) in prices
    assert lowest_price(HOUSE, UNIT, None, SATURDAY, busy, NOW) is None
    assert lowest_price(HOUSE, UNIT, None, date(2026, 11, 1), [], NOW) is None


def test_hand_set_prices_are_in_the_lowest_price() -> None:
    hand = DatedPrice("hand", {}, (read_span("2026-12-05"),), percent=2000, by_hand=True)
    assert lowest_price(HOUSE, UNIT, None, SATURDAY, [], NOW, hand_prices=[hand]) == 30000


def test_the_lowest_price_of_a_night_is_its_shortest_stay() -> None:
    catalog = replace(INN, stay_rules=(StayRule("two", (), min_nights=2),))
    room = catalog.tariffs_of(ROOM.id)[0]
    monday = date(2026, 12, 7)
    request = StayRequest(
        ROOM.id, room.id, wall("2026-12-07T00:00"), wall("2026-12-09T00:00"), {"adult": room.min_guests}
    )
    assert lowest_price(catalog, ROOM, [room], monday, [], NOW) == price(catalog, resolve(catalog, request)).total


def test_the_lowest_price_of_a_service_is_its_price() -> None:
    assert lowest_price(SALON, unit("anna"), [HAIRCUT], FRIDAY, [], NOW) == HAIRCUT.price
