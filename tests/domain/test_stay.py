"""What a request means: names, times, party, extras (R2, R5, R25, R26)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from housebot.domain.catalog import Catalog, DateSpan, Kind
from housebot.domain.stay import Stay, StayRequest, parse_guests, parse_local, resolve
from housebot.errors import Refusal
from tests.factories import guesthouse, salon, secret_house

HOUSE, INN, SALON = secret_house(), guesthouse(), salon()
BERLIN = ZoneInfo("Europe/Berlin")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def asked(catalog: Catalog = HOUSE, **what: Any) -> Stay:
    usual: dict[str, Any] = {
        "unit": "house",
        "tariff": "day",
        "arrival": "2026-12-05T16:00",
        "departure": "2026-12-06T16:00",
        "party": {"adult": 2},
    }
    given = usual | what
    given |= {"arrival": wall(given["arrival"]), "departure": wall(given["departure"])}
    return resolve(catalog, StayRequest(**given))


def by_hours_in_berlin() -> Catalog:
    return replace(HOUSE, units=(replace(HOUSE.units[0], zone=BERLIN),))


def a_night(arrival: str, departure: str, *, check_in: str = "15:00") -> Stay:
    tariff = next(tariff for tariff in INN.tariffs if tariff.kind is Kind.NIGHTLY)
    tariff = replace(tariff, check_in=time.fromisoformat(check_in))
    unit = replace(INN.units[0], zone=BERLIN)
    catalog = replace(INN, tariffs=(tariff,), units=(unit,))
    return asked(catalog, unit=unit.id, tariff=tariff.id, arrival=arrival, departure=departure)


def a_slot(arrival: str, departure: str | None = None, *, minutes: int = 120) -> Stay:
    tariff = replace(SALON.tariffs[0], minutes=minutes, kind=Kind.SLOT)
    unit = replace(next(unit for unit in SALON.units if unit.id in tariff.units), zone=BERLIN)
    catalog = replace(SALON, tariffs=(tariff,), units=(unit,))
    return asked(
        catalog, unit=unit.id, tariff=tariff.id, arrival=arrival, departure=departure or arrival, party={"adult": 1}
    )


def test_a_request_becomes_instants_of_the_unit() -> None:
    stay = asked()
    assert (stay.start, stay.end) == (datetime(2026, 12, 5, 13, tzinfo=UTC), datetime(2026, 12, 6, 13, tzinfo=UTC))
    assert (stay.hours, stay.guests, stay.dates, stay.nights) == (24, 2, (date(2026, 12, 5),), (date(2026, 12, 5),))


def test_ids_are_case_folded_and_have_aliases() -> None:
    stay = asked(unit="HOUSE", tariff="12H", extras={"Баня": 1})
    assert (stay.unit.id, stay.tariff.id, stay.extras) == ("house", "half-day", {"sauna": 1})


@pytest.mark.parametrize(
    ("what", "code"),
    [
        pytest.param({"unit": "castle"}, "unknown_unit", id="unit"),
        pytest.param({"tariff": "week"}, "unknown_tariff", id="tariff"),
        pytest.param({"extras": {"pool": 1}}, "unknown_extra", id="extra"),
        pytest.param({"extras": {"transfer": 1}}, "extra_not_offered", id="extra-of-another-tariff"),
        pytest.param({"extras": {"sauna": 2}}, "invalid", id="two-saunas"),
        pytest.param({"extras": {"sauna": -1}}, "invalid", id="less-than-no-sauna"),
        pytest.param({"extras": {"sauna": 1, "баня": 1}}, "invalid", id="the-same-extra-twice"),
        pytest.param({"party": {}}, "min_guests", id="nobody"),
        pytest.param({"party": {"adult": 0}}, "min_guests", id="zero-guests"),
        pytest.param({"party": {"adult": -1}}, "invalid", id="fewer-than-nobody"),
        pytest.param({"party": {"adult": 7}}, "max_guests", id="more-than-the-house-holds"),
        pytest.param({"party": {"dog": 1}}, "invalid", id="unknown-band"),
        pytest.param({"departure": "2026-12-05T16:00"}, "invalid", id="no-length"),
        pytest.param({"departure": "2026-12-05T15:00"}, "invalid", id="leaves-before-arriving"),
        pytest.param({"arrival": "2026-12-05T16:00:30"}, "invalid", id="seconds"),
        pytest.param({"arrival": "1026-12-05T16:00"}, "invalid", id="year-1026"),
        pytest.param({"departure": "9999-12-31T23:59"}, "invalid", id="year-9999"),
        pytest.param({"arrival": "2026-12-05T16:00+03:00"}, "invalid", id="offset"),
    ],
)
def test_r13_what_makes_no_sense_is_refused_with_its_code(what: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        asked(**what)
    assert refused.value.code == code


def test_r25_a_refusal_says_how_many_may_come() -> None:
    with pytest.raises(Refusal) as refused:
        asked(party={"adult": 7})
    assert refused.value.facts == {"most": 6, "asked": 7}


def test_an_inactive_tariff_keeps_its_words_but_is_not_sold() -> None:
    catalog = replace(HOUSE, tariffs=tuple(replace(tariff, active=False) for tariff in HOUSE.tariffs))
    with pytest.raises(Refusal, match="unknown_tariff"):
        asked(catalog)


def test_r25_infants_are_outside_capacity_and_children_do_not_come_alone() -> None:
    room = INN.units[0]
    tariff = next(tariff for tariff in INN.tariffs if room.id in tariff.units)
    nights = {"unit": room.id, "tariff": tariff.id, "arrival": "2026-12-07T00:00", "departure": "2026-12-09T00:00"}
    assert asked(INN, party={"adult": room.capacity, "infant": 1}, **nights).guests == room.capacity
    with pytest.raises(Refusal, match="no_adult"):
        asked(INN, party={"child": 1}, **nights)
    with pytest.raises(Refusal, match="no_adult"):
        asked(INN, party={"infant": 1}, **nights)


def test_r26_what_is_included_is_part_of_the_stay_and_asking_is_harmless() -> None:
    stay = asked(extras={"secret-room": 1, "sauna": 1})
    assert stay.included == ("secret-room", "second-bedroom")
    assert stay.extras == {"sauna": 1, "secret-room": 1}
    assert stay.all_extras() == {"sauna": 1, "secret-room": 1, "second-bedroom": 1}


def test_ux_2d_an_extra_that_is_stopped_is_refused_or_left_out_with_a_note() -> None:
    span = DateSpan(date(2026, 12, 5), date(2026, 12, 12))
    extras = tuple(replace(extra, stop_dates=(span,)) if extra.id == "sauna" else extra for extra in HOUSE.extras)
    catalog = replace(HOUSE, extras=extras)
    with pytest.raises(Refusal, match="extra_sold_out"):
        asked(catalog, extras={"sauna": 1})
    assert asked(catalog).all_extras() == {"secret-room": 1, "second-bedroom": 1}
    included = asked(catalog, tariff="incognito-day")
    assert "sauna" not in included.included
    assert included.notes == ("without:sauna",)
    asked(catalog, extras={"sauna": 1}, arrival="2026-12-12T16:00", departure="2026-12-13T16:00")


# --- The wall clock (R2, R5). Berlin: 29 Mar 2026 02:00 → 03:00, 25 Oct 2026 03:00 → 02:00 ------------------------------


def test_r5_an_hourly_stay_in_the_gap_is_refused() -> None:
    with pytest.raises(Refusal, match="dst_gap"):
        asked(by_hours_in_berlin(), arrival="2026-03-29T02:30", departure="2026-03-29T12:00")
    with pytest.raises(Refusal, match="dst_gap"):
        asked(by_hours_in_berlin(), arrival="2026-03-28T20:00", departure="2026-03-29T02:30")


def test_r5_a_check_in_in_the_gap_moves_forward_and_says_so() -> None:
    stay = a_night("2026-03-29", "2026-03-30", check_in="02:30")
    assert stay.arrival == wall("2026-03-29T03:30")
    assert stay.start == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert stay.notes == ("moved_by_dst",)


def test_r5_in_a_fold_the_first_time_is_meant() -> None:
    stay = asked(by_hours_in_berlin(), arrival="2026-10-25T02:30", departure="2026-10-25T12:00")
    assert stay.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_r2_a_block_is_as_long_as_the_wall_clock_says() -> None:
    stay = asked(by_hours_in_berlin(), arrival="2026-10-24T16:00", departure="2026-10-25T16:00")
    assert stay.hours == 24
    assert stay.end - stay.start == timedelta(hours=25)


def test_r5_a_two_hour_slot_lasts_two_elapsed_hours() -> None:
    stay = a_slot("2026-03-29T01:00")
    assert stay.end - stay.start == timedelta(hours=2)
    assert stay.departure == wall("2026-03-29T04:00")
    assert a_slot("2026-10-25T01:00").departure == wall("2026-10-25T02:00")


def test_r5_a_slot_that_lasts_through_a_fold_is_sold_and_counts_elapsed_hours() -> None:
    hour = a_slot("2026-10-25T02:30", minutes=60)
    assert (hour.departure, hour.hours, hour.dates) == (wall("2026-10-25T02:30"), 1, (date(2026, 10, 25),))
    half = a_slot("2026-10-25T02:45", minutes=30)
    assert (half.departure, half.hours) == (wall("2026-10-25T02:15"), 1)
    assert a_slot("2026-10-25T02:45", "2026-10-25T02:15", minutes=30).period == half.period


def test_r2_a_slot_over_a_change_of_clocks_is_as_long_as_any_other() -> None:
    assert [a_slot(f"{day}T01:00").hours for day in ("2026-03-29", "2026-10-25", "2026-12-05")] == [2, 2, 2]


def test_a_slot_has_the_length_of_its_service() -> None:
    assert a_slot("2026-12-05T12:00", "2026-12-05T14:00").departure == wall("2026-12-05T14:00")
    with pytest.raises(Refusal, match="slot_length"):
        a_slot("2026-12-05T12:00", "2026-12-05T13:00")


def test_r2_nightly_dates_get_the_check_in_and_check_out_of_the_tariff() -> None:
    stay = a_night("2026-12-07", "2026-12-09")
    assert (stay.arrival.time(), stay.departure.time()) == (stay.tariff.check_in, stay.tariff.check_out)
    assert stay.nights == (date(2026, 12, 7), date(2026, 12, 8))


def test_r2_a_stay_of_no_night_is_too_short() -> None:
    with pytest.raises(Refusal) as refused:
        a_night("2026-12-07", "2026-12-07")
    assert (refused.value.code, refused.value.facts) == ("min_stay", {"needs": 1, "asked": 0, "measure": "nights"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-12-01T14:00", ("2026-12-01T14:00", True), id="time"),
        pytest.param("2026-12-01 14:00", ("2026-12-01T14:00", True), id="space"),
        pytest.param("2026-12-01T14:00:00", ("2026-12-01T14:00", True), id="no-seconds"),
        pytest.param(" 2026-12-01 ", ("2026-12-01T00:00", False), id="date"),
        pytest.param("2026-12-01T00:00", ("2026-12-01T00:00", True), id="midnight-is-a-time"),
        *(
            pytest.param(text, None, id=f"not-{text or 'nothing'}")
            for text in (
                "",
                "2026-13-01",
                "2026-02-29",
                "20261201",
                "2026-W01-1",
                "2026-12-01T24:00",
                "2026-12-01T14:00:30",
                "2026-12-01T14:00Z",
                "2026-12-01T14:00+03:00",
                "0026-12-01",
                "9999-12-31",
                "завтра",
                "2026-12-01T14",
                "２０２６-12-01",
            )
        ),
    ],
)
def test_a_local_time_is_read_or_refused(text: str, expected: tuple[str, bool] | None) -> None:
    if expected is None:
        with pytest.raises(Refusal, match="invalid"):
            parse_local(text)
        return
    assert parse_local(text) == (wall(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("3", {"adult": 3}, id="number"),
        pytest.param("adult=2,child=1", {"adult": 2, "child": 1}, id="bands"),
        pytest.param(" Adult = 2 , infant=1 ", {"adult": 2, "infant": 1}, id="spaces-and-case"),
        pytest.param("0", {"adult": 0}, id="zero-is-for-the-rules-to-refuse"),
        *(
            pytest.param(text, None, id=f"not-{text or 'nothing'}")
            for text in ("", "many", "-1", "2.5", "adult=2,adult=1", "dog=1", "adult=", "100", "2,3")
        ),
    ],
)
def test_guests_are_read_or_refused(text: str, expected: dict[str, int] | None) -> None:
    if expected is None:
        with pytest.raises(Refusal, match="invalid"):
            parse_guests(text, INN)
        return
    assert parse_guests(text, INN) == expected
