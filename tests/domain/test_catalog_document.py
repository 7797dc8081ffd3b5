"""The canonical document: stable, complete, quick."""

import json
from dataclasses import replace
from datetime import date, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from housebot.domain.catalog import Catalog, DatedPrice, DateSpan, Kind, NightArrival, Recurring, StayRule, WorkingHours
from housebot.domain.catalog_document import misfits, to_catalog, to_document
from tests.factories import guesthouse, salon, secret_house

EXAMPLES = pytest.mark.parametrize(
    "catalog", [secret_house(), guesthouse(), salon()], ids=["secret-house", "guesthouse", "salon"]
)


@EXAMPLES
def test_a_catalog_comes_back_from_its_document_as_it_was(catalog: Catalog) -> None:
    through_json = json.loads(json.dumps(to_document(catalog), ensure_ascii=False))
    assert to_catalog(through_json, version=1) == catalog
    assert to_document(to_catalog(through_json, version=7)) == through_json


def test_the_version_is_not_part_of_the_document() -> None:
    catalog = secret_house()
    assert to_document(replace(catalog, version=99)) == to_document(catalog)
    assert to_catalog(to_document(catalog), version=99).version == 99


def test_a_document_is_plain_json_in_minor_units_minutes_and_iso() -> None:
    document = to_document(secret_house())
    day = document["tariffs"][0]
    assert (day["price"], day["minutes"], day["notice_minutes"], day["usual_hours"][0]) == (70000, 1440, 180, "16:00")
    assert document["units"][0]["cleaning"] == 120
    assert document["dated_prices"][0]["dates"] == ["12-31..01-01"]
    assert document["tariffs"][3]["weekdays"] == [0, 1, 2, 3]
    assert "capacity" in document["units"][0]
    assert "active" not in day, "what has its default value is left out"


def test_values_have_their_types() -> None:
    house = secret_house()
    day = house.tariffs[0]
    assert day.kind is Kind.BLOCK
    assert day.usual_hours == (time(16), time(14), time(18))
    assert day.night_arrival_cutoff == NightArrival(time(23), time(9), time(21))
    assert house.units[0].zone == ZoneInfo("Europe/Minsk")
    assert house.units[0].cleaning == timedelta(hours=2)
    assert house.dated_prices[0].dates == (Recurring((12, 31), (1, 1)),)
    assert house.deposits[0].holidays[0] == Recurring((12, 31), (1, 2))
    assert salon().units[0].working_hours[0] == WorkingHours(frozenset(range(5)), time(10), time(14))
    assert salon().units[0].days_off == (date(2026, 12, 25), date(2026, 12, 31))


def test_what_the_examples_do_not_use_comes_back_too() -> None:
    price = DatedPrice(
        id="odd",
        name={"en": "Odd"},
        dates=(DateSpan(date(2026, 12, 31), date(2027, 1, 1)), Recurring((2, 29), (2, 29))),
        weekdays=frozenset({6, 0}),
        units=frozenset({"house"}),
        percent=-1000,
        priority=-3,
        by_hand=True,
    )
    rule = StayRule(id="r", tariffs=frozenset({"b", "a"}), max_nights=3, strategy="gap")
    day = replace(secret_house().tariffs[0], weekday_pairs=((4, 6),), length_discounts=((7, 1000),), min_guests=2)
    catalog = replace(secret_house(), dated_prices=(price,), stay_rules=(rule,), tariffs=(day,), gift_months=3)
    assert to_catalog(json.loads(json.dumps(to_document(catalog))), version=1) == catalog


def test_a_document_with_a_name_nobody_knows_is_not_read_as_if_it_were_not_there() -> None:
    with pytest.raises(KeyError, match="colour"):
        to_catalog({**to_document(secret_house()), "colour": "red"}, version=1)


def test_sets_are_written_in_one_order() -> None:
    worker = secret_house().tariffs[3]
    for weekdays in (frozenset([3, 1, 2]), frozenset([1, 2, 3])):
        catalog = replace(secret_house(), tariffs=(replace(worker, weekdays=weekdays),))
        assert to_document(catalog)["tariffs"][0]["weekdays"] == [1, 2, 3]


def test_a_document_of_keys_nobody_knows_is_judged_in_time_that_grows_with_it() -> None:
    def seconds(keys: int) -> float:
        wrong = {f"k{number}": 1 for number in range(keys)}
        began = perf_counter()
        assert len(misfits(wrong)) > keys
        return perf_counter() - began

    few = min(seconds(2_000) for _ in range(10))
    assert min(seconds(20_000) for _ in range(5)) < 40 * few, "each key was compared with each: a hundred times"
