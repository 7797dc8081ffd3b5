"""Promo codes: known however they are typed, kept to their conditions, never below nothing, never from the city tax (R51, R52)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from housebot.domain import promo as rules
from housebot.domain.catalog import Catalog
from housebot.domain.pricing import Price, price
from housebot.domain.promo import Promo
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal
from tests import factories

BOOKED_ON = date(2026, 11, 20)


def stay(
    catalog: Catalog,
    *,
    tariff: str = "day",
    unit: str = "house",
    days: tuple[str, str] = ("2026-12-05T16:00", "2026-12-06T16:00"),
    **more: Any,
) -> Stay:
    arrival, departure = (datetime.fromisoformat(one) for one in days)
    return resolve(
        catalog,
        StayRequest(unit, tariff, arrival, departure, more.get("party", {"adult": 4}), more.get("extras", {})),
    )


def code(kind: Any = "percent", value: int = 1500, **more: Any) -> Promo:
    return Promo(id=1, code="SPRING", kind=kind, value=value, **more)


def discount(priced: Price) -> int:
    return sum(line.amount for line in priced.lines if line.code == "promo")


@pytest.mark.parametrize(
    "typed",
    ["SPRING", "spring", "  Spring ", "SРRING", "sp ring", "ＳＰＲＩＮＧ"],
    ids=["same", "small", "spaces", "cyrillic-р", "parted", "wide"],
)
def test_r51_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert rules.key(typed) == rules.key("SPRING")


@pytest.mark.parametrize("typed", ["", "a", "x" * 33, "<b>", "a;b", "🎉🎉"])
def test_r51_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="promo_invalid"):
        rules.key(typed)


@pytest.mark.parametrize(
    ("promo", "off"),
    [
        (code("percent", 1500), 12_000),
        (code("percent", 10_000), 80_000),
        (code("percent", 333), 2664),
        (code("amount", 5000), 5000),
        (code("amount", 10**9), 80_000),
        (code("price", 50_000), 20_000),
        (code("extra", 0, extra="sauna"), 10_000),
    ],
    ids=["percent", "everything", "half-up", "sum", "more-than-there-is", "set-price", "free-extra"],
)
def test_r51_a_code_takes_off_what_it_says_and_never_more_than_there_is(promo: Promo, off: int) -> None:
    house = factories.secret_house()
    priced = price(house, stay(house, extras={"sauna": 1}), promo=promo)
    assert discount(priced) == -off
    assert priced.total == 80_000 - off == sum(line.amount for line in priced.lines)
    assert priced.deposit == (priced.total + 1) // 2


def test_r52_the_city_tax_and_what_is_never_discounted_stay_whole() -> None:
    rooms = factories.guesthouse()
    wish = stay(
        rooms, tariff="room", unit="blue-room", days=("2026-12-08T00:00", "2026-12-10T00:00"), party={"adult": 2}
    )
    kept = {line.code: line.amount for line in price(rooms, wish).lines}
    given = price(rooms, wish, promo=code("percent", 10_000))
    fees = {extra.id for extra in rooms.extras if not extra.discountable}
    left = kept["city_tax"] + sum(amount for name, amount in kept.items() if name.partition(":")[2] in fees)
    assert given.total == left > 0
    assert {line.code: line.amount for line in given.lines}["city_tax"] == kept["city_tax"]


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ({"active": False}, "disabled"),
        ({"book_from": date(2026, 11, 21)}, "booking_window"),
        ({"book_to": date(2026, 11, 19)}, "booking_window"),
        ({"stay_from": date(2026, 12, 6)}, "stay_window"),
        ({"stay_to": date(2026, 12, 4)}, "stay_window"),
        ({"tariffs": frozenset({"couple"})}, "tariff"),
        ({"units": frozenset({"sauna"})}, "unit"),
        ({"weekdays": frozenset({0, 1})}, "weekday"),
        ({"min_nights": 2}, "min_nights"),
    ],
)
def test_r51_booking_window_and_stay_window_and_every_condition_are_kept(
    conditions: dict[str, Any], reason: str
) -> None:
    house = factories.secret_house()
    with pytest.raises(Refusal) as refused:
        rules.check(code(**conditions), stay(house), booked_on=BOOKED_ON)
    assert (refused.value.code, refused.value.facts["reason"]) == ("promo_invalid", reason)


@pytest.mark.parametrize(
    "conditions",
    [
        {"book_from": BOOKED_ON, "book_to": BOOKED_ON},
        {"stay_from": date(2026, 12, 5), "stay_to": date(2026, 12, 5)},
        {"weekdays": frozenset({5})},
        {"min_nights": 1},
    ],
)
def test_r51_the_last_day_of_a_window_is_inside(conditions: dict[str, Any]) -> None:
    house = factories.secret_house()
    rules.check(code(**conditions), stay(house), booked_on=BOOKED_ON)


def test_r51_a_code_that_would_take_nothing_off_is_not_spent() -> None:
    house = factories.secret_house()
    wish = stay(house)
    for promo in (code("extra", 0, extra="sauna"), code("price", 99_999_00), code("percent", 1000, min_sum=90_000)):
        with pytest.raises(Refusal, match="promo_invalid"):
            price(house, wish, promo=promo)
    assert discount(price(house, wish, promo=replace(code("percent", 1000), min_sum=70_000))) == -7000
