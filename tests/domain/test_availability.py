"""What a calendar shows and what else would do, held against asking for every stay one by one (R3, R7, R13)."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from housebot.domain.availability import Day, Market, alternatives, day_states, in_the_way
from housebot.domain.catalog import Catalog, Kind, StayRule, Tariff, TimeWindow, Unit, WorkingHours
from housebot.domain.occupancy import Busy
from housebot.domain.period import from_utc_text, instant, local, read_span
from housebot.domain.pickers import start_hours
from housebot.domain.stay import StayRequest, resolve
from housebot.domain.stay_rules import NightRules, check, shortest
from housebot.errors import Refusal
from tests.factories import at, guesthouse, salon, secret_house

HOUSE, INN, SALON = secret_house(), guesthouse(), salon()
UNIT = HOUSE.units[0]
NOW = at("2026-11-20T12:00:00Z")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def taken(unit: Unit, arrival: str, departure: str, *, hold: datetime | None = None) -> Busy:
    start, _ = instant(wall(arrival), unit.zone, gap="forward")
    end, _ = instant(wall(departure), unit.zone, gap="forward")
    return Busy(start, end, start - unit.before, end + unit.cleaning, hold_until=hold)


def december(tariff: str | None, *busy: Busy, catalog: Catalog = HOUSE, now: datetime = NOW) -> dict[int, Day]:
    tariffs = None if tariff is None else [one for one in catalog.tariffs if one.id == tariff]
    return {day.date.day: day for day in day_states(catalog, catalog.units[0], tariffs, 2026, 12, busy, now)}


# --- Days of a house by hours -------------------------------------------------------------------------------------------


def test_r3_an_empty_month_is_free() -> None:
    assert {day.state for day in december("day").values()} == {"free"}
    assert len(december("day")) == 31


def test_r3_a_day_with_some_hours_is_partial_and_one_without_is_full() -> None:
    days = december("day", taken(UNIT, "2026-12-04T16:00", "2026-12-06T12:00"))
    assert [days[day].state for day in (3, 4, 5, 6, 7)] == ["free", "partial", "full", "partial", "free"]
    assert days[5].reason == "dates_taken"


def test_r6_the_cleaning_decides_whether_an_hour_is_left() -> None:
    days = december("day", taken(UNIT, "2026-12-04T16:00", "2026-12-05T21:00"))
    assert days[5].state == "partial"  # 23:00 is left
    assert december("day", taken(UNIT, "2026-12-04T16:00", "2026-12-05T21:30"))[5].state == "full"


def test_r7_a_stay_that_began_last_month_is_seen() -> None:
    days = december("day", taken(UNIT, "2026-11-10T16:00", "2026-12-03T12:00"))
    assert [days[day].state for day in (1, 2, 3, 4)] == ["full", "full", "partial", "free"]


def test_r32_an_expired_hold_leaves_the_day_free() -> None:
    hold = taken(UNIT, "2026-12-04T16:00", "2026-12-06T12:00", hold=NOW)
    assert december("day", hold)[5].state == "free"
    assert december("day", replace(hold, hold_until=NOW + timedelta(seconds=1)))[5].state == "full"


def test_r3_past_notice_and_window_are_told_apart() -> None:
    now = at("2026-12-10T20:30:00Z")  # 23:30 in Minsk: today has no hour left, and tonight's small hours neither
    days = december("day", now=now)
    assert [(days[day].state, days[day].reason) for day in (9, 10)] == [("past", "past"), ("past", "too_soon")]
    assert days[11].state == "free"  # from 9:00 on; the hours before had to be booked by the evening
    tariffs = list(HOUSE.tariffs_of("house"))
    may = {day.date.day: day for day in day_states(HOUSE, UNIT, tariffs, 2027, 5, [], NOW)}
    assert (may[20].state, may[21].state, may[21].reason) == ("free", "past", "too_far")


def test_r11_a_weekday_the_tariff_does_not_sell_is_closed() -> None:
    days = december("worker")
    assert [days[day].state for day in (3, 4, 5, 6, 7)] == ["free", "closed", "closed", "closed", "free"]
    assert days[4].reason == "weekday"


def test_r3_without_a_tariff_the_best_state_counts() -> None:
    assert {december(None)[day].state for day in (3, 4, 5, 6)} == {"free"}


def _by_asking(
    catalog: Catalog, unit: Unit, tariff: Tariff, day: date, busy: Sequence[Busy], now: datetime
) -> list[tuple[datetime, bool]]:
    """Every hour or slot that may be sold at all, and whether its shortest stay is free."""
    found = []
    adult = next(band.id for band in catalog.bands if band.adult)
    step = tariff.step_minutes if tariff.kind is Kind.SLOT else 60
    for minute in range(0, 24 * 60, step):
        arrival = datetime.combine(day, time(0)) + timedelta(minutes=minute)
        departure = shortest(catalog, unit, tariff, arrival)
        try:
            stay = resolve(
                catalog, StayRequest(unit.id, tariff.id, arrival, departure, {adult: max(tariff.min_guests, 1)})
            )
            check(catalog, stay, now=now)
        except Refusal:
            continue
        found.append((arrival, not in_the_way(stay.period, unit.before, unit.cleaning, busy, now)))
    return found


STARTS = st.datetimes(wall("2026-11-20T00:00"), wall("2026-12-31T00:00")).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)


@st.composite
def occupied(draw: st.DrawFn, unit: Unit) -> list[Busy]:
    busy = []
    for start in draw(st.lists(STARTS, max_size=8)):
        end = start + timedelta(minutes=draw(st.integers(10, 6000)))
        buffered = draw(st.booleans())  # a block or a feed event has no cleaning of its own
        busy.append(Busy(start, end, start - unit.before * buffered, end + unit.cleaning * buffered))
    return busy


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    tariff=st.sampled_from(["day", "half-day", "worker"]),
    now=STARTS,
    min_minutes=st.sampled_from([0, 60, 180, 1000]),
    zone=st.sampled_from(["Europe/Minsk", "Asia/Kolkata"]),
)
def test_r3_a_day_shows_what_asking_for_every_hour_would_find(
    data: st.DataObject, tariff: str, now: datetime, min_minutes: int, zone: str
) -> None:
    unit = replace(UNIT, zone=ZoneInfo(zone), window_months=1)
    sold = replace(next(one for one in HOUSE.tariffs if one.id == tariff), min_minutes=min_minutes)
    catalog = replace(HOUSE, units=(unit,), tariffs=(sold,))
    busy = data.draw(occupied(unit))
    month = data.draw(st.sampled_from([11, 12]))
    for shown in day_states(catalog, unit, [sold], 2026, month, busy, now):
        _shows_what_asking_finds(catalog, unit, sold, shown, busy, now)


def _shows_what_asking_finds(
    catalog: Catalog, unit: Unit, tariff: Tariff, shown: Day, busy: Sequence[Busy], now: datetime
) -> None:
    times = _by_asking(catalog, unit, tariff, shown.date, busy, now)
    if tariff.kind is Kind.SLOT:
        assert list(Market(catalog, unit, tariff, busy, now).slots(shown.date)) == times
    else:
        hours = start_hours(catalog, unit, tariff, shown.date, busy, now)
        assert [(choice.at, choice.state == "free") for choice in hours] == times
    free = [is_free for _, is_free in times]
    expected = {"past", "closed"} if not free else {"free"} if all(free) else {"partial"} if any(free) else {"full"}
    assert shown.state in expected


def test_r3_on_the_last_day_of_the_window_what_begins_after_the_last_departure_makes_it_no_less_free() -> None:
    unit = replace(UNIT, zone=ZoneInfo("Asia/Kolkata"), window_months=1)
    sold = replace(next(one for one in HOUSE.tariffs if one.id == "day"), min_minutes=0)
    catalog = replace(HOUSE, units=(unit,), tariffs=(sold,))
    now = datetime(2026, 11, 20, tzinfo=UTC)
    start = datetime(
        2026, 12, 20, 20, tzinfo=UTC
    )  # half past one of the next night: cleaning begins when nobody is there
    end = start + timedelta(minutes=10)
    busy = [Busy(start, end, start, end)]
    last = next(day for day in day_states(catalog, unit, [sold], 2026, 12, busy, now) if day.date == date(2026, 12, 20))
    assert last.state == "free"
    _shows_what_asking_finds(catalog, unit, sold, last, busy, now)


def test_r11_an_hour_that_lies_in_two_windows_is_offered_once() -> None:
    worker = next(one for one in HOUSE.tariffs if one.id == "worker")
    sold = replace(worker, windows=(TimeWindow(time(11), time(20)), TimeWindow(time(14), time(23))))
    catalog = replace(HOUSE, tariffs=(sold,))
    now = datetime(2026, 11, 20, tzinfo=UTC)
    hours = [one.at.hour for one in start_hours(catalog, UNIT, sold, date(2026, 12, 1), [], now)]
    once = replace(sold, windows=(TimeWindow(time(11), time(23)),))
    whole = [one.at.hour for one in start_hours(catalog, UNIT, once, date(2026, 12, 1), [], now)]
    assert hours == sorted(set(hours))
    assert set(hours) <= set(whole)
    assert {11, 14, 19} <= set(hours)


CHANGES = {"autumn": date(2026, 10, 25), "spring": date(2027, 3, 28)}  # of the clocks in Berlin, between one and three


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@settings(max_examples=100, deadline=None)
@given(data=st.data(), tariff=st.sampled_from(["day", "half-day", "worker", "slot"]))
def test_r3_r5_a_day_on_which_the_clocks_change_shows_what_asking_would_find(
    change: date, data: st.DataObject, tariff: str
) -> None:
    inside = st.datetimes(datetime.combine(change, time(0)) - timedelta(days=2), datetime.combine(change, time(12)))
    now = data.draw(inside).replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    unit = replace(UNIT, zone=ZoneInfo("Europe/Berlin"))
    slot: dict[str, Any] = {"kind": Kind.SLOT, "windows": (), "night_arrival_cutoff": None}
    slot |= {"minutes": data.draw(st.sampled_from([30, 60, 120])), "step_minutes": data.draw(st.sampled_from([30, 60]))}
    sold = next(one for one in HOUSE.tariffs if one.id == ("day" if tariff == "slot" else tariff))
    if tariff == "slot":
        closes = WorkingHours(frozenset(range(7)), time(0), data.draw(st.sampled_from([time(3), time(4), time(0)])))
        unit, sold = replace(unit, working_hours=(closes,)), replace(sold, **slot)
    catalog = replace(HOUSE, units=(unit,), tariffs=(sold,))
    busy = []
    for since in data.draw(st.lists(inside, max_size=3)):
        start = since.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
        end = start + timedelta(minutes=data.draw(st.integers(10, 600)))
        busy.append(Busy(start, end, start - unit.before, end + unit.cleaning))
    for shown in day_states(catalog, unit, [sold], change.year, change.month, busy, now):
        if abs(shown.date - change) <= timedelta(days=1):
            _shows_what_asking_finds(catalog, unit, sold, shown, busy, now)


# --- Days of rooms by nights --------------------------------------------------------------------------------------------

ROOM = INN.units[0]
BY_NIGHT = INN.tariffs_of(ROOM.id)[0]


def nights(*spans: tuple[str, str], catalog: Catalog = INN, now: datetime = NOW) -> dict[int, Day]:
    busy = [taken(ROOM, f"{since}T{BY_NIGHT.check_in}", f"{until}T{BY_NIGHT.check_out}") for since, until in spans]
    plain = replace(catalog, stay_rules=catalog.stay_rules if catalog is not INN else ())
    return {day.date.day: day for day in day_states(plain, ROOM, [BY_NIGHT], 2026, 12, busy, now)}


def test_r3_five_states_by_night() -> None:
    days = nights(("2026-12-04", "2026-12-07"))
    assert [days[day].state for day in range(3, 9)] == ["free", "leave_only", "full", "full", "arrive_only", "free"]


def test_r1_the_day_one_leaves_another_may_arrive() -> None:
    days = nights(("2026-12-04", "2026-12-07"), ("2026-12-07", "2026-12-09"))
    assert [days[day].state for day in range(4, 10)] == ["leave_only", "full", "full", "full", "full", "arrive_only"]


def test_r10_a_free_night_too_short_for_the_minimum_is_no_arrival() -> None:
    catalog = replace(INN, stay_rules=(StayRule("two", (), min_nights=2),))
    days = nights(("2026-12-01", "2026-12-04"), ("2026-12-05", "2026-12-08"), catalog=catalog)
    assert (days[4].state, days[4].reason) == ("full", "min_stay")
    gap = replace(INN, stay_rules=(StayRule("two", (), min_nights=2, strategy="gap"),))
    assert nights(("2026-12-01", "2026-12-04"), ("2026-12-05", "2026-12-08"), catalog=gap)[4].state == "arrive_only"


def test_r11_closed_days_of_the_inn() -> None:
    days = {day.date.day: day for day in day_states(INN, ROOM, [BY_NIGHT], 2026, 12, [], NOW)}
    assert (days[24].state, days[24].reason) == ("closed", "closed_to_arrival")


def test_r11_a_stay_over_many_closed_departures_may_begin() -> None:
    closed = StayRule("feast", (read_span("2026-12-21..2026-12-30"),), closed_to_departure=True)
    catalog = replace(INN, stay_rules=(closed,))
    days = nights(catalog=catalog)
    assert {days[day].state for day in range(1, 20)} == {"free"}
    assert [days[day].state for day in (20, 21, 30, 31)] == ["free", "arrive_only", "arrive_only", "free"]
    taken_after = nights(("2026-12-30", "2027-01-02"), catalog=catalog)
    assert (taken_after[20].state, taken_after[20].reason) == ("leave_only", "min_stay")
    most = replace(catalog, stay_rules=(closed, StayRule("most", (), max_nights=9)))
    assert [nights(catalog=most)[day].state for day in (20, 21, 22)] == ["leave_only", "full", "arrive_only"]


def test_r8_tonight_is_free_until_its_cut_off() -> None:
    assert nights(now=at("2026-12-10T15:00:00Z"))[10].state == "free"  # 16:00 in Berlin, check-in has passed
    after = nights(now=at("2026-12-10T17:01:00Z"))[10]
    assert (after.state, after.reason) == ("past", "too_soon")


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    now=STARTS,
    minimum=st.integers(1, 4),
    strategy=st.sampled_from(["arrival", "through", "gap"]),
    weekdays=st.one_of(st.none(), st.frozensets(st.integers(0, 6), min_size=1)),
)
def test_r3_nights_show_what_asking_for_every_stay_would_find(
    data: st.DataObject, now: datetime, minimum: int, strategy: str, weekdays: frozenset[int] | None
) -> None:
    rules = (StayRule("min", (), weekdays=weekdays, min_nights=minimum, strategy=strategy),)  # type: ignore[arg-type]
    catalog = replace(INN, stay_rules=(*rules, *INN.stay_rules[-2:]))
    busy = data.draw(occupied(ROOM))

    def sold(arrival: date, count: int) -> bool:
        request = StayRequest(
            ROOM.id,
            BY_NIGHT.id,
            datetime.combine(arrival, time(0)),
            datetime.combine(arrival + timedelta(days=count), time(0)),
            {"adult": BY_NIGHT.min_guests},
        )
        stay = resolve(catalog, request)
        try:
            check(catalog, stay, now=now, busy=busy)
        except Refusal:
            return False
        return not in_the_way(stay.period, ROOM.before, ROOM.cleaning, busy, now)

    today = local(now, ROOM.zone).date()
    for shown in day_states(catalog, ROOM, [BY_NIGHT], 2026, 12, busy, now):
        arrives = any(sold(shown.date, count) for count in range(1, 9))
        assert (shown.state in {"free", "arrive_only"}) is arrives, shown
        if shown.date > today and not arrives:
            night = resolve(
                replace(INN, stay_rules=()),
                StayRequest(
                    ROOM.id,
                    BY_NIGHT.id,
                    datetime.combine(shown.date - timedelta(days=1), time(0)),
                    datetime.combine(shown.date, time(0)),
                    {"adult": BY_NIGHT.min_guests},
                ),
            )
            leaves = not in_the_way(night.period, ROOM.before, ROOM.cleaning, busy, now) and not NightRules(
                catalog, ROOM, BY_NIGHT
            ).closed(shown.date, "closed_to_departure")
            assert (shown.state == "leave_only") is leaves, shown


# --- Slots --------------------------------------------------------------------------------------------------------------


def test_ux_2e_days_of_a_specialist() -> None:
    anna = SALON.units[0]
    tariff = SALON.tariffs_of(anna.id)[0]

    def state(day: int, *busy: Busy) -> str:
        return {one.date.day: one.state for one in day_states(SALON, anna, [tariff], 2026, 12, busy, NOW)}[day]

    assert (state(4), state(5), state(25)) == ("free", "closed", "closed")  # Friday, Saturday, a day off
    assert state(4, taken(anna, "2026-12-04T10:00", "2026-12-04T12:00")) == "partial"
    assert state(4, taken(anna, "2026-12-04T10:00", "2026-12-04T19:00")) == "full"


# --- Alternatives (R13) -------------------------------------------------------------------------------------------------


def proposed(catalog: Catalog, request: StayRequest, *busy: Busy, now: datetime = NOW) -> list[tuple[str, str, str]]:
    unit = catalog.unit(request.unit)
    assert unit is not None
    found = alternatives(catalog, request, busy, now)
    for one in found:  # each passes everything
        stay = resolve(
            catalog,
            replace(
                request,
                tariff=one["tariff"],
                arrival=local(from_utc_text(one["start"]), unit.zone),
                departure=local(from_utc_text(one["end"]), unit.zone),
            ),
        )
        check(catalog, stay, now=now, busy=busy)
        assert not in_the_way(stay.period, unit.before, unit.cleaning, busy, now)
    return [
        (
            one["tariff"],
            f"{local(from_utc_text(one['start']), unit.zone):%d %H:%M}",
            f"{local(from_utc_text(one['end']), unit.zone):%d %H:%M}",
        )
        for one in found
    ]


def asked(arrival: str, departure: str, tariff: str = "day") -> StayRequest:
    return StayRequest("house", tariff, wall(arrival), wall(departure), {"adult": 2})


def test_r13_the_nearest_hours_after_and_before_a_taken_stay() -> None:
    busy = taken(UNIT, "2026-12-04T16:00", "2026-12-05T15:00")
    found = proposed(HOUSE, asked("2026-12-05T16:00", "2026-12-06T16:00"), busy)
    assert found[0] == ("day", "05 17:00", "06 17:00")  # the cleaning ends at 17:00
    assert len(found) == 3


def test_r13_a_wrong_weekday_is_offered_its_nearest_right_one() -> None:
    found = proposed(HOUSE, asked("2026-12-04T11:00", "2026-12-04T20:00", "worker"))
    assert found[0] == ("worker", "03 11:00", "03 20:00")


def test_r13_another_date_is_offered_at_the_wished_hour_or_a_usual_one() -> None:
    busy = taken(UNIT, "2026-12-05T16:00", "2026-12-06T16:00")
    found = proposed(HOUSE, asked("2026-12-05T16:00", "2026-12-06T16:00"), busy)
    assert found == [("day", "06 18:00", "07 18:00"), ("day", "04 14:00", "05 14:00"), ("day", "07 16:00", "08 16:00")]


def test_r13_twelve_hours_of_a_worker_are_cut_to_the_window_or_sold_by_another_tariff() -> None:
    found = proposed(HOUSE, asked("2026-12-03T11:00", "2026-12-03T23:00", "worker"))
    assert found[0] == ("worker", "03 11:00", "03 20:00")


def test_r13_too_soon_is_offered_the_first_hour_that_is_not() -> None:
    found = proposed(HOUSE, asked("2026-11-20T16:00", "2026-11-21T04:00", "half-day"))
    assert found[0] == ("half-day", "20 18:00", "21 06:00")


def test_r13_a_night_too_few_is_offered_with_the_minimum() -> None:
    friday = StayRequest(ROOM.id, BY_NIGHT.id, wall("2026-12-04T00:00"), wall("2026-12-05T00:00"), {"adult": 2})
    catalog = replace(INN, stay_rules=(StayRule("two", (), min_nights=2),))
    spans = [(since, until) for _, since, until in proposed(catalog, friday)]
    assert spans[0] == ("04 15:00", "06 11:00")
    assert len(spans) == 3


def test_ux_2e_a_taken_time_is_offered_the_nearest_ones() -> None:
    anna = SALON.units[0]
    tariff = next(one for one in SALON.tariffs_of(anna.id) if one.minutes == 60)
    request = StayRequest(anna.id, tariff.id, wall("2026-12-04T12:10"), wall("2026-12-04T12:10"), {"adult": 1})
    found = proposed(SALON, request, taken(anna, "2026-12-04T12:00", "2026-12-04T12:30"))
    assert [since for _, since, _ in found] == ["04 12:30", "04 13:00", "04 11:00"]


def test_r13_nothing_is_proposed_for_what_does_not_exist() -> None:
    assert alternatives(HOUSE, asked("2026-12-05T16:00", "2026-12-06T16:00", "castle"), [], NOW) == []


def test_r13_too_many_guests_are_offered_no_other_time() -> None:
    request = replace(asked("2026-12-05T16:00", "2026-12-06T16:00"), party={"adult": 9})
    assert alternatives(HOUSE, request, [], NOW) == []


def test_r13_alternatives_are_three_at_most_and_never_a_taken_one() -> None:
    busy = [taken(UNIT, f"2026-12-{day:02d}T16:00", f"2026-12-{day + 1:02d}T12:00") for day in range(1, 25, 2)]
    assert len(proposed(HOUSE, asked("2026-12-05T16:00", "2026-12-06T16:00"), *busy)) == 3


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_all_its_days(month: int) -> None:
    days = day_states(HOUSE, UNIT, None, 2028, month, [], NOW)
    assert [day.date.day for day in days] == list(range(1, monthrange(2028, month)[1] + 1))
