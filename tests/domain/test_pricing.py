"""Prices: every figure of the reference house, the caps, dated prices, guests, extras, taxes (R20–R29)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from housebot.domain.catalog import (
    AgeBand,
    Basis,
    Catalog,
    CityTax,
    DatedPrice,
    DateSpan,
    DepositPolicy,
    Extra,
    Kind,
    Recurring,
    Tax,
)
from housebot.domain.period import read_span
from housebot.domain.pricing import Price, price
from housebot.domain.pricing.block import cheapest_longer, sums
from housebot.domain.pricing.days import PriceDays
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import Refusal
from tests.factories import guesthouse, salon, secret_house

JANUARY = datetime(2027, 1, 9, 14)  # neither a holiday nor a dated price near
HOUSE = secret_house()
RAW = replace(HOUSE, cap_at_longer_stay=False)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def priced(catalog: Catalog, tariff: str, arrival: datetime, hours: float, *, guests: int = 2, **options: Any) -> Price:
    request = StayRequest("house", tariff, arrival, arrival + timedelta(hours=hours), {"adult": guests}, **options)
    return price(catalog, resolve(catalog, request))


def roubles(found: Price) -> float:
    assert sum(line.amount for line in found.lines) == found.total
    return found.total / 100


DAYS_RAW: dict[str, list[float]] = {
    "day": [700, 1100, 1500, 1900, 2300, 2700, 3100, 3500, 3900, 4300, 4700, 5100, 5500, 5900, 6300],
    "couple": [500, 900, 1200, 1600, 2000, 2400, 2800, 3100, 3500, 3900, 4300, 4600, 4900, 5200, 5561.54],
    "incognito-day": [900, 1600, 2300, 3000, 3700, 4400, 5000, 5500, 6100, 6600, 5100, 5600, 6200, 6500, 6930.77],
}
DAYS_CAPPED: dict[str, list[float]] = DAYS_RAW | {
    "incognito-day": [900, 1600, 2300, 3000, 3700, 4400, 5000, 5100, 5100, 5100, 5100, 5600, 6200, 6500, 6930.77]
}


@pytest.mark.parametrize(
    ("catalog", "tariff", "days", "expected"),
    [
        pytest.param(catalog, tariff, days, total, id=f"{name}-{tariff}-{days}d")
        for name, catalog, table in (("raw", RAW, DAYS_RAW), ("capped", HOUSE, DAYS_CAPPED))
        for tariff, totals in table.items()
        for days, total in enumerate(totals, start=1)
    ],
)
def test_r24_whole_days_cost_what_the_reference_says(catalog: Catalog, tariff: str, days: int, expected: float) -> None:
    assert roubles(priced(catalog, tariff, JANUARY, 24 * days)) == expected


@pytest.mark.parametrize(
    ("catalog", "tariff", "hours", "guests", "expected"),
    [
        pytest.param(RAW, "day", 1, 2, 700, id="raw-day-1h"),
        pytest.param(RAW, "day", 24, 6, 700, id="raw-day-24h-six-guests"),
        pytest.param(RAW, "day", 25, 2, 730, id="raw-day-25h"),
        pytest.param(RAW, "day", 39, 2, 1150, id="raw-day-39h"),
        pytest.param(RAW, "day", 40, 2, 1100, id="raw-day-40h"),
        pytest.param(RAW, "day", 48, 2, 1100, id="raw-day-48h"),
        pytest.param(HOUSE, "day", 25, 2, 730, id="capped-day-25h"),
        pytest.param(HOUSE, "day", 39, 2, 1100, id="capped-day-39h"),
        pytest.param(HOUSE, "day", 40, 2, 1100, id="capped-day-40h"),
        pytest.param(RAW, "couple", 25, 2, 530, id="raw-couple-25h"),
        pytest.param(RAW, "couple", 168, 2, 2800, id="raw-couple-168h"),
        pytest.param(RAW, "couple", 24, 3, 700, id="raw-couple-three-guests"),
        pytest.param(RAW, "half-day", 12, 2, 250, id="raw-half-day"),
        pytest.param(RAW, "half-day", 13, 2, 280, id="raw-half-day-13h"),
        pytest.param(RAW, "half-day", 12, 4, 390, id="raw-half-day-four-guests"),
        pytest.param(RAW, "worker", 11, 2, 180, id="raw-worker"),
        pytest.param(RAW, "worker", 9, 2, 180, id="raw-worker-9h"),
        pytest.param(RAW, "worker", 9, 3, 280, id="raw-worker-three-guests"),
        pytest.param(RAW, "incognito-day", 24, 6, 900, id="raw-incognito-day"),
        pytest.param(RAW, "incognito-half-day", 12, 6, 600, id="raw-incognito-half-day"),
        pytest.param(RAW, "incognito-worker", 11, 6, 450, id="raw-incognito-worker"),
        pytest.param(RAW, "day", 24.5, 2, 730, id="half-an-hour-counts-as-an-hour"),
    ],
)
def test_r22_hours_cost_what_the_reference_says(
    catalog: Catalog, tariff: str, hours: float, guests: int, expected: float
) -> None:
    assert roubles(priced(catalog, tariff, JANUARY, hours, guests=guests)) == expected


@pytest.mark.parametrize(
    ("tariff", "extra", "expected"),
    [
        pytest.param(tariff, extra, amount, id=f"{tariff}-{extra}")
        for tariff, amounts in {
            "day": (100, 0, 0, 100, None),
            "couple": (100, 0, 0, 100, None),
            "half-day": (100, 70, 70, None, None),
            "worker": (100, 50, 50, None, None),
            "incognito-day": (0, 0, 0, 0, 0),
            "incognito-half-day": (0, 0, 0, None, 0),
            "incognito-worker": (0, 0, 0, None, 0),
        }.items()
        for extra, amount in zip(
            ("sauna", "secret-room", "second-bedroom", "photo-session", "transfer"), amounts, strict=True
        )
    ],
)
def test_r26_an_extra_costs_what_its_tariff_says_or_is_not_offered(
    tariff: str, extra: str, expected: int | None
) -> None:
    without = roubles(priced(HOUSE, tariff, JANUARY, 9))
    if expected is None:
        with pytest.raises(Refusal, match="extra_not_offered"):
            priced(HOUSE, tariff, JANUARY, 9, extras={extra: 1})
        return
    asked = priced(HOUSE, tariff, JANUARY, 9, extras={extra: 1})
    assert roubles(asked) - without == expected
    (line,) = [line for line in asked.lines if line.code == f"extra:{extra}"]
    assert (line.amount, line.quantity) == (expected * 100, 1)


def test_r26_what_is_included_is_a_line_of_nothing_without_asking() -> None:
    free = {line.code for line in priced(HOUSE, "incognito-day", JANUARY, 24).lines if line.amount == 0}
    assert free == {f"extra:{one}" for one in ("sauna", "secret-room", "second-bedroom", "photo-session", "transfer")}


@pytest.mark.parametrize(
    ("tariff", "arrival", "departure", "expected"),
    [
        pytest.param("couple", "2026-12-30T14:00", "2026-12-31T12:00", 500, id="leaves-before-it-begins"),
        pytest.param("couple", "2026-12-30T23:00", "2027-01-01T01:00", 3500, id="one-date-and-two-hours"),
        pytest.param("couple", "2026-12-31T14:00", "2027-01-01T20:00", 3180, id="one-date-and-extra-hours"),
        pytest.param("couple", "2026-12-31T14:00", "2027-01-02T12:00", 6000, id="both-dates"),
        pytest.param("couple", "2026-12-30T14:00", "2027-01-02T14:00", 6500, id="both-dates-and-a-day"),
        pytest.param("half-day", "2026-12-31T20:00", "2027-01-01T08:00", 3000, id="half-day"),
    ],
)
@pytest.mark.parametrize("catalog", [pytest.param(HOUSE, id="capped"), pytest.param(RAW, id="raw")])
def test_r22_new_year_costs_a_sum_for_each_of_its_dates(
    catalog: Catalog, tariff: str, arrival: str, departure: str, expected: int
) -> None:
    length = (wall(departure) - wall(arrival)) / timedelta(hours=1)
    assert roubles(priced(catalog, tariff, wall(arrival), length)) == expected


def test_r24_the_cap_is_a_negative_line_of_its_own() -> None:
    lines = {line.code: line for line in priced(HOUSE, "day", JANUARY, 39).lines if line.amount}
    assert {code: line.amount for code, line in lines.items()} == {"base": 70000, "extra_hours": 45000, "cap": -5000}
    assert (lines["extra_hours"].quantity, lines["extra_hours"].unit_price) == (15, 3000)
    assert lines["cap"].unit_price is None


@pytest.mark.parametrize("catalog", [pytest.param(HOUSE, id="capped"), pytest.param(RAW, id="raw")])
def test_r24_past_a_table_that_falls_no_day_costs_less_than_its_last(catalog: Catalog) -> None:
    fallen = replace(catalog.tariffs[0], price=70000, day_totals=(70000, 60000, 45000))
    sold = replace(catalog, tariffs=(fallen,))
    totals = [roubles(priced(sold, fallen.id, JANUARY, 24 * days)) for days in range(3, 15)]
    assert totals == [450] * 12


def test_r24_the_cap_concerns_the_roof_and_not_the_extras() -> None:
    assert roubles(priced(HOUSE, "day", JANUARY, 39, extras={"sauna": 1, "photo-session": 1})) == 1300


HOURS = st.integers(1, 14 * 24)


@settings(max_examples=150, deadline=None)
@given(
    tariff=st.sampled_from(["day", "couple", "incognito-day", "half-day"]),
    arrival=st.datetimes(wall("2026-12-10T00:00"), wall("2027-01-20T00:00")).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
    length=HOURS,
    longer=HOURS,
)
def test_r24_a_longer_stay_never_costs_less(tariff: str, arrival: datetime, length: int, longer: int) -> None:
    short, long = sorted((length, longer))
    assert roubles(priced(HOUSE, tariff, arrival, short)) <= roubles(priced(HOUSE, tariff, arrival, long))


def _every_hour(tariff: Any, arrival: datetime, hours: int, days: PriceDays) -> int | None:
    """The cap by its definition: every longer length, hour by hour, to the end of the table."""
    totals = []
    for longer in range(hours + 1, 24 * len(tariff.day_totals) + 1):
        departure = arrival + timedelta(hours=longer)
        nights = max((departure.date() - arrival.date()).days, 1)
        totals.append(
            sums(tariff, longer, [days.on(arrival.date() + timedelta(days=day)) for day in range(nights)]).total
        )
    return min(totals, default=None)


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    arrival=st.datetimes(wall("2027-01-10T00:00"), wall("2027-01-20T00:00")).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
    table=st.lists(st.integers(0, 500), min_size=1, max_size=6),
    rounds_up_from=st.integers(1, 24),
    hour_price=st.one_of(st.none(), st.integers(0, 60)),
)
def test_r24_looking_at_the_turning_points_finds_what_every_hour_would(
    data: st.DataObject, arrival: datetime, table: list[int], rounds_up_from: int, hour_price: int | None
) -> None:
    covered = data.draw(st.integers(1, 24))
    tariff = replace(
        HOUSE.tariffs[0],
        price=table[0],
        minutes=60 * covered,
        day_totals=tuple(table),
        day_rounds_up_from=rounds_up_from,
        extra_hour_price=hour_price,
    )
    spans = data.draw(st.lists(st.integers(10, 26), unique=True, max_size=4))
    kinds = data.draw(st.lists(st.sampled_from(["per_date", "percent"]), min_size=len(spans), max_size=len(spans)))
    rules = [
        rule(f"r{day}", f"2027-01-{day}", **{kind: data.draw(st.integers(0, 900))})
        for day, kind in zip(spans, kinds, strict=True)
    ]
    days = PriceDays(replace(HOUSE, dated_prices=()), HOUSE.units[0], tariff, rules)
    hours = data.draw(st.integers(1, 24 * len(table)))
    assert cheapest_longer(tariff, arrival, hours, days) == _every_hour(tariff, arrival, hours, days)


def test_r21_percents_that_take_everything_away_leave_nothing_and_not_less() -> None:
    free = [rule(name, f"2027-01-{day:02}", percent=-10_000) for name, day in (("a", 9), ("b", 10))]
    tariff = replace(HOUSE.tariffs[0], price=70001, day_totals=(70001, 110001))
    days = PriceDays(replace(HOUSE, dated_prices=()), HOUSE.units[0], tariff, free)
    assert sums(tariff, 48, [days.on(date(2027, 1, 9)), days.on(date(2027, 1, 10))]).total == 0


@settings(max_examples=60, deadline=None)
@given(order=st.randoms(use_true_random=False), tariff=st.sampled_from([one.id for one in HOUSE.tariffs]))
def test_the_price_does_not_depend_on_the_order_of_the_document(order: Any, tariff: str) -> None:
    def shuffled(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(order.sample(things, len(things)))

    other = replace(
        HOUSE, tariffs=shuffled(HOUSE.tariffs), parts=shuffled(HOUSE.parts), dated_prices=shuffled(HOUSE.dated_prices)
    )
    arrival = wall("2026-12-31T11:00")
    assert priced(HOUSE, tariff, arrival, 9) == priced(other, tariff, arrival, 9)


# --- Dated prices (R12) -------------------------------------------------------------------------------------------------


def rule(rule_id: str, dates: str, **what: Any) -> DatedPrice:
    return DatedPrice(rule_id, {"en": rule_id}, (read_span(dates),), **what)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([], 700, id="none"),
        pytest.param([rule("a", "2027-01-09", percent=2000)], 840, id="percent-of-the-tariff"),
        pytest.param([rule("a", "2027-01-09", percent=-1000)], 630, id="a-percent-may-lower"),
        pytest.param([rule("a", "2027-01-09", amount=90000)], 900, id="amount"),
        pytest.param(
            [rule("a", "2027-01-01..2027-01-31", amount=90000), rule("b", "2027-01-09", percent=1000)],
            990,
            id="percent-applies-to-what-the-next-rule-gives",
        ),
        pytest.param(
            [rule("a", "2027-01-09", amount=90000), rule("b", "2027-01-01..2027-01-31", percent=1000)],
            900,
            id="a-percent-below-an-amount-has-no-say",
        ),
        pytest.param(
            [rule("a", "2027-01-09", percent=1000), rule("b", "2027-01-08..2027-01-10", percent=5000)],
            770,
            id="one-percent-at-most",
        ),
        pytest.param(
            [rule("a", "2027-01-09", amount=90000), rule("b", "2027-01-01..2027-03-31", amount=10000, by_hand=True)],
            100,
            id="by-hand-before-the-document",
        ),
        pytest.param(
            [
                rule("a", "2027-01-08..2027-01-10", amount=90000),
                rule("b", "2027-01-01..2027-01-31", amount=10000, weekdays=frozenset({5})),
            ],
            100,
            id="weekdays-before-none",
        ),
        pytest.param(
            [
                rule("a", "2027-01-01..2027-01-31", amount=90000, priority=9),
                rule("b", "2027-01-08..2027-01-10", amount=10000),
            ],
            100,
            id="shorter-before-priority",
        ),
        pytest.param(
            [rule("a", "2027-01-09", amount=90000), rule("b", "2027-01-09", amount=10000, priority=1)],
            100,
            id="then-priority",
        ),
        pytest.param([rule("a", "2027-01-09", amount=90000, tariffs=frozenset({"couple"}))], 700, id="other-tariff"),
    ],
)
def test_r12_dated_prices_stand_in_their_order(rules: list[DatedPrice], expected: int) -> None:
    assert roubles(priced(replace(HOUSE, dated_prices=tuple(rules)), "day", JANUARY, 24)) == expected


def test_r12_a_percent_on_one_of_two_dates_changes_half_of_the_stay() -> None:
    catalog = replace(RAW, dated_prices=(rule("saturday", "2027-01-09", percent=2000),))
    found = priced(catalog, "day", JANUARY, 48)
    assert [(line.code, line.quantity, line.amount) for line in found.lines if line.amount] == [
        ("base", 2, 110000),
        ("dated", 1, 11000),
    ]


def test_r12_hand_prices_lie_above_the_document() -> None:
    stay = resolve(
        HOUSE, StayRequest("house", "couple", wall("2026-12-31T14:00"), wall("2027-01-01T12:00"), {"adult": 2})
    )
    by_hand = rule("hand", "2026-12-31", amount=100000, by_hand=True)
    assert price(HOUSE, stay, hand_prices=[by_hand]).total == 100000


# --- Guests, fees, taxes: a small inn by night --------------------------------------------------------------------------


def inn(**changes: Any) -> Catalog:
    """Two nights at 100.00 for two, bands, a cleaning fee, a breakfast, city tax: figures small enough to check by hand."""
    nightly = replace(
        HOUSE.tariffs[0],
        id="night",
        kind=Kind.NIGHTLY,
        aliases=(),
        price=10000,
        minutes=0,
        day_totals=(),
        extra_hour_price=None,
        guests_included=2,
        extra_guest_price=2000,
        extra_guest_per="night",
        notice_minutes=0,
        night_arrival_cutoff=None,
        extras={"cleaning": 5000, "breakfast": 700, "late": 1250},
        included_extras=frozenset(),
    )
    tariff = replace(nightly, **changes.pop("tariff", {}))
    usual: dict[str, Any] = {
        "tariffs": (tariff,),
        "dated_prices": (),
        "deposits": (),
        "bands": (
            AgeBand("adult", {}, 16, None, adult=True),
            AgeBand("child", {}, 3, 16, extra_price=1000, city_tax=False),
            AgeBand("infant", {}, 0, 3, counts=False, city_tax=False),
        ),
        "extras": (
            Extra("cleaning", {}, Basis.STAY, mandatory=True, taxable=False),
            Extra("breakfast", {}, Basis.GUEST_NIGHT),
            Extra("late", {}, Basis.PERCENT),
        ),
        "city_tax": CityTax({}, 150, max_nights=3),
    }
    return replace(HOUSE, **(usual | changes))


def nights(catalog: Catalog, count: int, party: dict[str, int] | None = None, **options: Any) -> Price:
    arrival = wall("2027-06-10T00:00")
    request = StayRequest("house", "night", arrival, arrival + timedelta(days=count), party or {"adult": 2}, **options)
    return price(catalog, resolve(catalog, request))


def amounts(found: Price) -> dict[str, int]:
    return {line.code: line.amount for line in found.lines}


def test_r2_nights_are_counted_by_dates() -> None:
    assert amounts(nights(inn(), 2)) == {"base": 20000, "fee:cleaning": 5000, "city_tax": 600}


def test_r25_adults_are_included_first_and_each_band_has_its_price() -> None:
    found = nights(inn(), 2, {"adult": 3, "child": 2, "infant": 1})
    extra = [(line.quantity, line.amount) for line in found.lines if line.code == "extra_guests"]
    assert extra == [(2, 4000), (4, 4000)]


def test_r25_extra_guests_may_be_charged_once_per_stay() -> None:
    catalog = inn(tariff={"extra_guest_per": "stay"})
    assert amounts(nights(catalog, 2, {"adult": 3}))["extra_guests"] == 2000


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        pytest.param(Basis.STAY, 700, id="stay"),
        pytest.param(Basis.NIGHT, 1400, id="night"),
        pytest.param(Basis.GUEST, 1400, id="guest"),
        pytest.param(Basis.GUEST_NIGHT, 2800, id="guest-night"),
        pytest.param(Basis.HOUR, 31500, id="hour"),
        pytest.param(Basis.PIECE, 700, id="piece"),
        pytest.param(Basis.PERCENT, 1400, id="percent-of-the-roof"),
    ],
)
def test_r26_a_basis_multiplies_the_price_of_an_extra(basis: Basis, expected: int) -> None:
    catalog = inn(extras=(Extra("breakfast", {}, basis),))
    assert amounts(nights(catalog, 2, extras={"breakfast": 1}))["extra:breakfast"] == expected


def test_r26_pieces_are_counted_and_nothing_else_is() -> None:
    catalog = inn(extras=(Extra("breakfast", {}, Basis.PIECE), Extra("late", {}, Basis.STAY)))
    assert amounts(nights(catalog, 2, extras={"breakfast": 3}))["extra:breakfast"] == 2100
    with pytest.raises(Refusal, match="invalid"):
        nights(catalog, 2, extras={"late": 2})


def test_r27_city_tax_is_per_guest_and_night_with_exemptions_and_a_cap() -> None:
    assert nights(inn(), 5, {"adult": 2, "child": 1}).city_tax == 2 * 3 * 150


def test_r22_an_exclusive_tax_is_added_to_what_is_taxable() -> None:
    catalog = inn(taxes=(Tax("vat", {}, 2000, included=False),))
    assert amounts(nights(catalog, 2))["tax:vat"] == 4000  # neither the cleaning nor the city tax


def test_r22_an_included_tax_is_shown_beside_the_lines() -> None:
    found = nights(inn(taxes=(Tax("vat", {}, 2000),)), 2)
    assert [line.amount for line in found.taxes] == [3333]
    assert found.total == 25600


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(1, 10000, id="no-discount"),
        pytest.param(3, 27000, id="ten-percent"),
        pytest.param(4, 36000, id="still-ten"),
        pytest.param(6, 49000, id="capped-at-the-week"),
        pytest.param(7, 49000, id="thirty-percent-not-forty"),
    ],
)
def test_r24_length_discounts_are_exclusive_and_capped(count: int, expected: int) -> None:
    catalog = inn(tariff={"length_discounts": ((3, 1000), (7, 3000))}, extras=(), city_tax=None)
    assert nights(catalog, count).total == expected


@settings(max_examples=80, deadline=None)
@given(
    steps=st.dictionaries(st.integers(2, 12), st.integers(0, 9000), max_size=3),
    dated=st.dictionaries(st.integers(10, 27), st.integers(0, 40000), max_size=4),
    length=st.integers(1, 12),
    longer=st.integers(1, 12),
)
def test_r24_more_nights_never_cost_less(
    steps: dict[int, int], dated: dict[int, int], length: int, longer: int
) -> None:
    rules = tuple(rule(f"r{day}", f"2027-06-{day}", amount=amount) for day, amount in dated.items())
    catalog = inn(
        tariff={"length_discounts": tuple(sorted(steps.items()))}, dated_prices=rules, extras=(), city_tax=None
    )
    short, long = sorted((length, longer))
    assert nights(catalog, short).total <= nights(catalog, long).total


def test_r12_dated_nights_have_lines_of_their_own() -> None:
    weekend = DatedPrice("weekend", {}, (), weekdays=frozenset({4, 5}), percent=2500)
    season = DatedPrice("season", {}, (Recurring((6, 1), (8, 31)),), amount=12000)
    found = nights(inn(dated_prices=(weekend, season)), 4)  # Thu, Fri, Sat, Sun
    assert [(line.code, line.quantity, line.amount) for line in found.lines[:2]] == [
        ("dated", 2, 24000),
        ("dated", 2, 30000),
    ]
    assert found.nights == (12000, 15000, 15000, 12000)


def test_r21_a_line_is_rounded_once() -> None:
    odd = DatedPrice("odd", {}, (), percent=333)
    found = nights(inn(dated_prices=(odd,), tariff={"price": 101}), 3)
    assert found.lines[0].amount == 313  # 3 × 104.3633 and not 3 × 104
    assert found.lines[0].unit_price is None


# --- Deposit (R28) ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "expected", "words"),
    [
        pytest.param(DepositPolicy(percent=5000), 12500, "50 %", id="percent-without-city-tax"),
        pytest.param(DepositPolicy(fixed=7000), 7000, "fixed", id="fixed"),
        pytest.param(DepositPolicy(fixed=99999), 25000, "fixed", id="never-more-than-the-total"),
        pytest.param(DepositPolicy(first_nights=1), 10000, "first night", id="first-night"),
        pytest.param(DepositPolicy(), 0, "no prepayment", id="none"),
        pytest.param(
            DepositPolicy(percent=5000, holidays=(Recurring((6, 11), (6, 11)),), holiday_names=({"en": "Midsummer"},)),
            25000,
            "100 %: Midsummer",
            id="holiday",
        ),
        pytest.param(
            DepositPolicy(percent=5000, holidays=(Recurring((6, 12), (6, 12)),)),
            12500,
            "50 %",
            id="departure-is-no-date",
        ),
        pytest.param(DepositPolicy(percent=5000, units=frozenset({"other"})), 0, "no prepayment", id="other-unit"),
    ],
)
def test_r28_the_deposit_follows_its_policy(policy: DepositPolicy, expected: int, words: str) -> None:
    found = nights(inn(deposits=(policy,)), 2)
    assert found.deposit == expected
    assert words in found.deposit_reason["en"]


def test_r28_a_half_kopeck_is_rounded_up() -> None:
    catalog = inn(tariff={"price": 42515, "extras": {}}, city_tax=None, deposits=(DepositPolicy(percent=5000),))
    assert (nights(catalog, 1).total, nights(catalog, 1).deposit) == (42515, 21258)


@pytest.mark.parametrize(
    "date",
    [
        "2026-12-31",
        "2027-01-01",
        "2027-01-02",
        "2027-01-07",
        "2027-02-14",
        "2027-02-23",
        "2027-03-08",
        "2027-05-01",
        "2027-05-09",
        "2027-07-03",
        "2026-11-07",
        "2026-12-25",
    ],
)
def test_r28_holidays_of_the_house_are_paid_in_full_and_say_why(date: str) -> None:
    found = priced(HOUSE, "day", wall(f"{date}T12:00"), 12)
    assert found.deposit == found.total
    assert found.deposit_reason["ru"].startswith("100 %: ")


def test_r28_a_usual_date_of_the_house_is_paid_by_half() -> None:
    assert priced(HOUSE, "day", wall("2026-12-30T12:00"), 24).deposit == 35000


@settings(max_examples=80, deadline=None)
@given(
    catalog=st.sampled_from([HOUSE, guesthouse(), salon()]),
    data=st.data(),
    day=st.dates(wall("2026-11-21").date(), wall("2027-04-01").date()),
)
def test_the_lines_are_the_total_and_the_deposit_lies_within(catalog: Catalog, data: st.DataObject, day: Any) -> None:
    tariff = data.draw(st.sampled_from(catalog.tariffs))
    unit = catalog.unit(data.draw(st.sampled_from(tariff.units)))
    assert unit is not None
    arrival = wall(f"{day.isoformat()}T00:00") + timedelta(hours=12 if tariff.kind is not Kind.NIGHTLY else 0)
    departure = {
        Kind.NIGHTLY: arrival + timedelta(days=data.draw(st.integers(1, 40))),
        Kind.BLOCK: arrival + timedelta(hours=data.draw(st.integers(1, 500))),
        Kind.SLOT: arrival,
    }[tariff.kind]
    adult = next(band.id for band in catalog.bands if band.adult)
    found = price(
        catalog,
        resolve(catalog, StayRequest(unit.id, tariff.id, arrival, departure, {adult: max(tariff.min_guests, 1)})),
    )
    assert sum(line.amount for line in found.lines) == found.total
    assert 0 <= found.deposit <= found.total - found.city_tax
    assert all(line.unit_price is None or line.unit_price * line.quantity == line.amount for line in found.lines)


def test_a_catalog_span_is_half_open_as_stored() -> None:
    """The helper above writes inclusive dates; what it makes must be what the rules look at."""
    span = read_span("2027-01-09")
    assert isinstance(span, DateSpan)
    assert (span.until - span.since).days == 1
