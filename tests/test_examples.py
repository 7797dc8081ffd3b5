"""The shipped catalogs say exactly what they are meant to say."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest

from housebot.domain.catalog import CancellationTier, Kind, NightArrival, Recurring, TimeWindow, say
from housebot.domain.catalog_document import to_document
from housebot.domain.dated import rank
from housebot.domain.period import any_covers
from tests.factories import example, guesthouse, salon, secret_house

EXAMPLES = pytest.mark.parametrize("name", ["secret-house", "guesthouse", "salon"])


def texts(json: Any, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every table of words in a document, with its place."""
    if isinstance(json, dict):
        if json and set(json) <= {"ru", "en"}:
            yield place, json
        for key, value in json.items():
            yield from texts(value, f"{place}.{key}")
    elif isinstance(json, list):
        for index, value in enumerate(json):
            yield from texts(value, f"{place}[{index}]")


@EXAMPLES
def test_every_text_is_there_in_both_languages(name: str) -> None:
    found = list(texts(to_document(example(name))))
    assert len(found) > 20
    assert [place for place, words in found if set(words) != {"ru", "en"} or not all(words.values())] == []


@EXAMPLES
def test_an_example_says_that_it_is_one(name: str) -> None:
    catalog = example(name)
    assert catalog.desk.example
    assert all("Пример" in unit.address["ru"] and "Example" in unit.address["en"] for unit in catalog.units)
    assert "Пример" in catalog.texts["route"]["ru"]


# ---- Secret House, figure by figure


def test_secret_house_limits() -> None:
    house = secret_house()
    (unit,) = house.units
    assert (unit.id, unit.noun, unit.capacity, unit.window_months) == ("house", "house", 6, 6)
    assert (unit.before, unit.cleaning) == (timedelta(0), timedelta(hours=2))
    assert (house.currency, house.zone.key, unit.zone.key) == ("BYN", "Europe/Minsk", "Europe/Minsk")
    assert [part.id for part in house.parts] == ["white-bedroom", "green-bedroom", "secret-room", "sauna"]
    assert unit.parts == tuple(part.id for part in house.parts)
    assert [extra.id for extra in house.extras] == [
        "sauna", "secret-room", "second-bedroom", "photo-session", "transfer",
    ]  # fmt: skip
    assert house.gift_months == 3
    assert house.cap_at_longer_stay
    assert (house.desk.approval, house.desk.payment_methods) == ("after_payment", ("bank",))


NONE = "not offered"
# id, hours, price, sauna, secret room, second bedroom, photo session, extra hour, guests included, extra guest, transfer
TARIFFS: list[tuple[Any, ...]] = [
    ("day", 24, 700, 100, 0, 0, 100, 30, 6, 0, NONE),
    ("couple", 24, 500, 100, 0, 0, 100, 30, 2, 200, NONE),
    ("half-day", 12, 250, 100, 70, 70, NONE, 30, 2, 70, NONE),
    ("worker", 11, 180, 100, 50, 50, NONE, 30, 2, 100, NONE),
    ("incognito-day", 24, 900, 0, 0, 0, 0, 30, 6, 0, 0),
    ("incognito-half-day", 12, 600, 0, 0, 0, NONE, 30, 6, 0, 0),
    ("incognito-worker", 11, 450, 0, 0, 0, NONE, 30, 6, 0, 0),
]


@pytest.mark.parametrize("row", TARIFFS, ids=[row[0] for row in TARIFFS])
def test_secret_house_tariffs(row: tuple[Any, ...]) -> None:
    name, hours, price, sauna, secret, second, photo, hour, included, extra_guest, transfer = row
    tariff = secret_house().tariff(name)
    assert tariff is not None
    assert (tariff.kind, tariff.minutes, tariff.price, tariff.extra_hour_price) == (
        Kind.BLOCK, hours * 60, price * 100, hour * 100,
    )  # fmt: skip
    assert (tariff.guests_included, tariff.extra_guest_price, tariff.extra_guest_per) == (
        included, extra_guest * 100, "stay",
    )  # fmt: skip
    expected = {
        "sauna": sauna,
        "secret-room": secret,
        "second-bedroom": second,
        "photo-session": photo,
        "transfer": transfer,
    }
    assert tariff.extras == {extra: amount * 100 for extra, amount in expected.items() if amount != NONE}
    assert tariff.included_extras == {extra for extra, amount in expected.items() if amount == 0}
    assert (tariff.min_minutes, tariff.notice_minutes) == (60, 180)
    assert tariff.night_arrival_cutoff == NightArrival(time(23), time(9), time(21))
    assert tariff.giftable is (name != "incognito-worker")
    wanted = ("comment", "wine", "transfer-address") if name.startswith("incognito") else ("comment",)
    assert tariff.questions == wanted


def test_secret_house_tables_of_days() -> None:
    totals = {
        tariff.id: [amount // 100 for amount in tariff.day_totals]
        for tariff in secret_house().tariffs
        if tariff.day_totals
    }
    assert totals == {
        "day": [700, 1100, 1500, 1900, 2300, 2700, 3100, 3500, 3900, 4300, 4700, 5100, 5500, 5900],
        "couple": [500, 900, 1200, 1600, 2000, 2400, 2800, 3100, 3500, 3900, 4300, 4600, 4900, 5200],
        "incognito-day": [900, 1600, 2300, 3000, 3700, 4400, 5000, 5500, 6100, 6600, 5100, 5600, 6200, 6500],
    }  # fmt: skip
    assert {tariff.day_rounds_up_from for tariff in secret_house().tariffs} == {16}


def test_secret_house_guests() -> None:
    house = secret_house()
    assert {tariff.id: tariff.meant_from for tariff in house.tariffs if tariff.meant_from} == {"day": 3}
    assert {tariff.min_guests for tariff in house.tariffs} == {1}, "fewer may take it"


def test_r11_secret_house_worker_hours() -> None:
    house = secret_house()
    for name in ("worker", "incognito-worker"):
        tariff = house.tariff(name)
        assert tariff is not None
        assert tariff.weekdays == frozenset({0, 1, 2, 3})
        assert tariff.windows == (TimeWindow(time(11), time(20)), TimeWindow(time(22), time(9)))
    assert [one.id for one in house.tariffs if one.weekdays or one.windows] == ["worker", "incognito-worker"]


def test_secret_house_aliases() -> None:
    house = secret_house()
    aliases = ["DAY", "COUPLE", "12H", "WORKER", "INCOGNITO_DAY", "INCOGNITO_12H", "INCOGNITO_WORKER"]
    assert [getattr(house.tariff(alias), "id", None) for alias in aliases] == [tariff.id for tariff in house.tariffs]
    words = ("баня", "сауна", "парилка", "Sauna")
    assert {getattr(house.extra(word), "id", None) for word in words} == {"sauna"}  # noqa: S610  no Django here


def test_secret_house_new_year_and_holidays() -> None:
    house = secret_house()
    (price,) = house.dated_prices
    assert (price.per_date, price.amount, price.percent) == (300000, None, None)
    assert price.dates == (Recurring((12, 31), (1, 1)),)
    (deposit,) = house.deposits
    assert deposit.percent == 5000
    holidays = "12-31 01-01 01-02 01-07 02-14 02-23 03-08 05-01 05-09 07-03 11-07 12-25".split()  # noqa: SIM905
    year = [date(2027, 1, 1) + timedelta(days=day) for day in range(365)]
    assert sorted(holidays) == [f"{day:%m-%d}" for day in year if any_covers(deposit.holidays, day)]
    assert len(deposit.holiday_names) == len(deposit.holidays)


def test_secret_house_cancellation() -> None:
    policy = secret_house().cancellation
    assert policy.tiers == (CancellationTier(0, "deposit"),)
    assert policy.moves_allowed == 1
    assert policy.words["ru"] == "Предоплата не возвращается; один раз можно сдвинуть даты."


def test_secret_house_questions() -> None:
    house = secret_house()
    wine, address = house.question("wine"), house.question("transfer-address")
    assert wine is not None
    assert address is not None
    colours = [f"{colour}-{kind}" for colour in ("white", "red") for kind in ("sweet", "semi-sweet", "semi-dry", "dry")]
    assert [option for option, _ in wine.options] == ["none", *colours]
    assert (address.min_length, address.max_length) == (5, 500)


def test_the_hours_offered_first_are_those_of_the_walk_through() -> None:
    house = secret_house()
    first = {tariff.id: f"{tariff.usual_hours[0]:%H:%M}" for tariff in house.tariffs}
    assert {first[name] for name in ("day", "couple", "incognito-day")} == {"16:00"}
    assert {first[name] for name in ("half-day", "incognito-half-day")} == {"20:00"}
    for name in ("worker", "incognito-worker"):
        assert first[name] == "11:00"


# ---- The guesthouse and the salon show what else there is


def test_the_guesthouse_sells_rooms_and_the_whole_house() -> None:
    house = guesthouse()
    rooms = [unit for unit in house.units if unit.noun == "room"]
    (whole,) = (unit for unit in house.units if unit.noun == "house")
    assert len(rooms) == 3
    assert set(whole.parts) == {part for room in rooms for part in room.parts}
    assert {tariff.kind for tariff in house.tariffs} == {Kind.NIGHTLY}


def test_the_guesthouse_shows_every_kind_of_rule() -> None:
    house = guesthouse()
    assert {rule.strategy for rule in house.stay_rules} == {"arrival", "through", "gap"}
    assert any(rule.closed_to_arrival for rule in house.stay_rules)
    assert [price.id for price in house.dated_prices if price.percent and price.weekdays == frozenset({4, 5})] == [
        "weekend"
    ]
    assert [(band.id, band.counts, band.adult, band.city_tax) for band in house.bands] == [
        ("adult", True, True, True),
        ("child", True, False, False),
        ("infant", False, False, False),
    ]
    assert house.city_tax is not None
    assert house.city_tax.amount == 250
    assert {extra.id for extra in house.extras if extra.mandatory} == {"cleaning-room", "cleaning-house"}
    charged = {
        tariff.id: [extra for extra in tariff.extras if extra.startswith("cleaning")] for tariff in house.tariffs
    }
    assert charged == {"room": ["cleaning-room"], "attic": ["cleaning-room"], "house": ["cleaning-house"]}


def test_r12_the_new_year_comes_before_a_weekend() -> None:
    prices = {price.id: price for price in guesthouse().dated_prices}
    friday = date(2027, 1, 1)
    new_year, weekend = rank(prices["new-year"], friday), rank(prices["weekend"], friday)
    assert new_year is not None
    assert weekend is not None
    assert new_year < weekend


def test_the_salon_sells_services_of_three_specialists() -> None:
    desk = salon()
    assert [unit.noun for unit in desk.units] == ["specialist"] * 3
    assert {tariff.kind for tariff in desk.tariffs} == {Kind.SLOT}
    assert {tariff.step_minutes for tariff in desk.tariffs} == {30}
    assert len({tariff.minutes for tariff in desk.tariffs}) >= 4
    assert {(tariff.max_guests, tariff.notice_minutes) for tariff in desk.tariffs} == {(1, 60)}
    assert {(unit.window_months, unit.capacity) for unit in desk.units} == {(2, 1)}
    assert (desk.desk.approval, desk.desk.max_future_visits) == ("none", 2)
    assert desk.deposits == ()
    assert desk.cancellation.tiers == (CancellationTier(180, "percent", 0),)


def test_every_specialist_has_a_lunch_break_and_some_have_days_off() -> None:
    desk = salon()
    for unit in desk.units:
        weekday = min(unit.working_hours[0].weekdays)
        rows = [row for row in unit.working_hours if weekday in row.weekdays]
        assert rows[0].closes < rows[1].opens
    assert any(unit.days_off for unit in desk.units)


def test_the_words_of_the_salon_are_not_those_of_a_house() -> None:
    for place, words in texts(to_document(salon())):
        said = " ".join(words.values()).lower()
        assert not any(word in said for word in ("ночь", "ночи", "заезд", "stay", "night", "гост", "guest")), place


@EXAMPLES
def test_names_of_tariffs_fit_a_button(name: str) -> None:
    for tariff in example(name).tariffs:
        for language in ("ru", "en"):
            assert len(say(tariff.short or tariff.name, language)) <= 20, tariff.id
