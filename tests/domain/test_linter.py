"""The linter finds what is legal and yet surprises (R30)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from housebot.domain import lint_stays
from housebot.domain.catalog import Catalog, DatedPrice, Question, Recurring, StayRule, Tariff, TimeWindow
from housebot.domain.linter import Finding, lint
from housebot.domain.pricing import price
from tests.factories import guesthouse, salon, secret_house

TODAY = date(2026, 11, 20)


def found(catalog: Catalog, code: str | None = None) -> list[Finding]:
    return [finding for finding in lint(catalog, today=TODAY) if code in {None, finding.code}]


def with_tariff(catalog: Catalog, which: str, /, **changes: Any) -> Catalog:
    return replace(
        catalog, tariffs=tuple(replace(one, **changes) if one.id == which else one for one in catalog.tariffs)
    )


def test_r30_the_eleventh_incognito_day_of_secret_house_is_found() -> None:
    first = lint(secret_house(), today=TODAY)[0]
    assert str(first) == (
        "warning: tariffs (incognito-day) → day_totals[10]: 11 days cost 5100, less than 10 days for 6600; "
        "the cap lowers 8 to 10 days to 5100 [longer_costs_less]"
    )


def test_r30_all_that_is_found_in_secret_house() -> None:
    assert [(finding.code, finding.place, finding.severity) for finding in found(secret_house())] == [
        ("longer_costs_less", "tariffs (incognito-day) → day_totals[10]", "warning"),
        ("longer_costs_less", "tariffs (day) → extra_hour_price", "hint"),
        ("longer_costs_less", "tariffs (couple) → extra_hour_price", "hint"),
        ("longer_costs_less", "tariffs (incognito-day) → extra_hour_price", "hint"),
    ]


def test_r30_39_hours_of_a_day_cost_more_than_40() -> None:
    (finding,) = [one for one in found(secret_house(), "longer_costs_less") if one.place.startswith("tariffs (day)")]
    assert finding.message.startswith("39 hours cost 1150, but 40 hours only 1100")


def test_r30_without_the_cap_a_falling_price_is_a_warning() -> None:
    findings = found(replace(secret_house(), cap_at_longer_stay=False), "longer_costs_less")
    assert {finding.severity for finding in findings} == {"warning"}
    assert all("cap_at_longer_stay would mend it" in finding.message for finding in findings)


@pytest.mark.parametrize("catalog", [guesthouse(), salon()], ids=["guesthouse", "salon"])
def test_r30_the_other_examples_surprise_nobody(catalog: Catalog) -> None:
    assert found(catalog) == []


def test_r30_a_discount_that_makes_one_night_more_cheaper_is_found() -> None:
    steep = with_tariff(guesthouse(), "room", length_discounts=((7, 2000),))
    (finding,) = found(steep, "longer_costs_less")
    assert finding.message.startswith("7 nights cost 448, less than 6 nights for 480")
    assert found(with_tariff(guesthouse(), "room", length_discounts=((7, 1400),)), "longer_costs_less") == []


@pytest.mark.parametrize(
    ("totals", "cliff"),
    [
        pytest.param((700, 1100, 1500, 1900), False, id="even steps"),
        pytest.param((700, 1500, 2300, 2400), True, id="the last step is small"),
        pytest.param((700, 800, 900, 2400), True, id="the last step is large"),
        pytest.param((700, 1100), False, id="one step only"),
    ],
)
def test_r30_a_cliff_at_the_end_of_a_table_is_found(totals: tuple[int, ...], *, cliff: bool) -> None:
    house = with_tariff(secret_house(), "day", day_totals=tuple(total * 100 for total in totals))
    assert [finding.place for finding in found(house, "cliff_after_table")] == ["tariffs (day) → day_totals"] * cliff


def test_r30_a_tariff_dearer_than_another_in_every_case_is_found() -> None:
    # As the incognito day, but dearer, with neither transfer nor photo session and the sauna to be paid.
    house = secret_house()
    day = house.tariff("day")
    assert day is not None
    twin = replace(day, id="twin", aliases=(), price=90000, day_totals=tuple(total + 20000 for total in day.day_totals))
    (finding,) = found(replace(house, tariffs=(*house.tariffs, twin)), "always_dominated")
    assert (finding.place, finding.severity) == ("tariffs (twin) → price", "hint")
    assert "'day' costs less or the same" in finding.message


def test_r30_a_tariff_that_one_or_the_other_always_undercuts_is_found() -> None:
    # For two guests couple is cheaper, for more the day is; what lies between is never the cheapest.
    house = secret_house()
    day = house.tariff("day")
    assert day is not None
    middle = replace(
        day, id="middle", aliases=(), price=71000, day_totals=tuple(total + 100 for total in day.day_totals)
    )
    couple_only = replace(house, tariffs=(*(one for one in house.tariffs if one.id in {"couple", "day"}), middle))
    cheap_for_some = with_tariff(couple_only, "day", min_guests=3)
    (finding,) = found(cheap_for_some, "never_cheapest")
    assert finding.place == "tariffs (middle) → price"
    assert "'couple', 'day'" in finding.message


def test_r30_a_tariff_that_alone_offers_something_is_not_called_dear() -> None:
    house = secret_house()
    assert found(house, "never_cheapest") == found(house, "always_dominated") == []
    dear = with_tariff(house, "incognito-day", price=500000, day_totals=())
    assert found(dear, "always_dominated") == [], "nobody else sells the transfer"


def test_r30_rules_of_equal_precedence_are_found_also_when_set_by_hand() -> None:
    house = secret_house()
    summer = DatedPrice(id="a", name={}, dates=(Recurring((6, 1), (6, 30)),), percent=1000, by_hand=True)
    findings = found(replace(house, dated_prices=(summer, replace(summer, id="b"))), "equal_precedence")
    assert [(finding.place, finding.message) for finding in findings] == [
        ("dated_prices (b)", "on 2024-06-01 it and 'a' have equal right to decide the percent")
    ]
    limit = StayRule(id="x", min_nights=2)
    findings = found(replace(guesthouse(), stay_rules=(limit, replace(limit, id="y"))), "equal_precedence")
    assert [finding.place for finding in findings] == ["stay_rules (y)"]


CLOSED = StayRule(id="closed", dates=(Recurring((12, 20), (12, 31)),), closed_to_arrival=True)


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        pytest.param(lambda house: replace(house, stay_rules=(CLOSED,)), [], id="longer stays still cover the nights"),
        pytest.param(
            lambda house: with_tariff(
                replace(house, stay_rules=(CLOSED, StayRule(id="short", max_nights=2))), "room", length_discounts=()
            ),
            ["nobody can book 2026-12-21..2026-12-31"],
            id="short stays do not",
        ),
        pytest.param(
            lambda house: replace(house, stay_rules=(StayRule(id="no", weekdays=frozenset({0}), min_nights=3, max_nights=2),)),
            ["nobody can book 2026-11-23, 2026-11-30, 2026-12-07 and 49 periods more"],
            id="every Monday",
        ),
    ],
)  # fmt: skip
def test_r30_dates_nobody_can_book_are_found(change: Callable[[Catalog], Catalog], messages: list[str]) -> None:
    room = replace(guesthouse(), units=guesthouse().units[:1], tariffs=guesthouse().tariffs[:1])
    room = with_tariff(room, "room", units=("blue-room",))
    assert [finding.message for finding in found(change(room), "nobody_can_book")] == messages


NEVER: list[tuple[Catalog, str, dict[str, Any]]] = [
    (secret_house(), "worker", {"windows": (TimeWindow(time(11), time(12)),), "min_minutes": 120}),
    (secret_house(), "worker", {"weekdays": frozenset()}),
    (salon(), "coloring", {"minutes": 5 * 60}),
]


@pytest.mark.parametrize(
    ("catalog", "name", "changes"), NEVER, ids=["a window too short", "no weekday", "a slot too long"]
)
def test_r30_a_tariff_nobody_can_book_is_found(catalog: Catalog, name: str, changes: dict[str, Any]) -> None:
    assert [finding.place for finding in found(with_tariff(catalog, name, **changes), "nobody_can_book")] == [
        f"tariffs ({name})"
    ]


def test_r30_missing_translations_are_found_wherever_they_are() -> None:
    house = secret_house()
    texts = {key: words for key, words in house.texts.items() if key != "rules"} | {"about": {"ru": "О доме"}}
    questions = (
        *house.questions,
        Question(id="odd", text={"en": "Odd?"}, kind="choice", options=(("a", {"ru": "А"}),)),
    )
    findings = found(with_tariff(replace(house, texts=texts, questions=questions), "couple", name={"ru": "Двое"}))
    said = {(finding.code, finding.place): finding.message for finding in findings}
    assert said["missing_translation", "tariffs (couple) → name"] == "there are no words in en"
    assert said["missing_translation", "texts → about"] == "there are no words in en"
    assert said["missing_translation", "questions (odd) → text"] == "there are no words in ru"
    assert said["missing_translation", "questions (odd) → options[0][1]"] == "there are no words in en"
    assert said["missing_text", "texts → rules"] == "guests look for it and there is none"
    assert said["not_used", "questions (odd)"] == "no tariff asks it"


def test_r30_what_nobody_sells_is_found() -> None:
    house = guesthouse()
    only_rooms = replace(house, tariffs=tuple(with_no_extras(one) for one in house.tariffs if one.id == "room"))
    assert {finding.place for finding in found(only_rooms, "not_sold")} == {
        "units (attic-room)", "units (whole-house)",
        "extras (breakfast)", "extras (parking)", "extras (dog)", "extras (cleaning-room)", "extras (cleaning-house)",
    }  # fmt: skip
    no_attic = replace(only_rooms, units=house.units[:2])
    assert [finding.place for finding in found(no_attic, "not_used") if "parts" in finding.place] == ["parts (attic)"]


def with_no_extras(tariff: Tariff) -> Tariff:
    return replace(tariff, extras={}, included_extras=frozenset())


def test_r30_an_inactive_tariff_is_not_judged() -> None:
    assert not [
        one for one in found(with_tariff(secret_house(), "incognito-day", active=False)) if "incognito-day" in one.place
    ]


def test_r30_a_long_list_of_like_tariffs_is_not_compared_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    house = secret_house()
    twins = tuple(replace(house.tariffs[0], id=f"twin-{number}", price=house.tariffs[0].price) for number in range(20))
    drawn = 0

    def counted(*words: Any) -> Any:
        nonlocal drawn
        drawn += 1
        return price(*words)

    monkeypatch.setattr(lint_stays, "_MOST_PRICES", 500)
    monkeypatch.setattr(lint_stays, "price", counted)
    found(replace(house, tariffs=(*house.tariffs, *twins)), "always_dominated")
    tariffs = len(house.tariffs) + len(twins)
    assert 0 < drawn <= 500 + tariffs * (tariffs + 1), "each has its share, and comes to the end of the stay at hand"
