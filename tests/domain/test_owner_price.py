"""The owner's price: one line makes the total, taxes follow, the city tax stays whole (R22, R27)."""

from dataclasses import replace
from datetime import datetime

import pytest

from housebot.domain.catalog import Catalog, CityTax, Tax
from housebot.domain.pricing import Price, owner, price
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal
from tests.factories import guesthouse, secret_house

HOUSE = secret_house()
VAT = Tax("vat", {"en": "VAT"}, 2000)
FEE = Tax("fee", {"en": "Fee"}, 1000, included=False)


def sold(catalog: Catalog) -> tuple[Stay, Price]:
    wish = StayRequest("house", "day", datetime(2026, 12, 5, 16), datetime(2026, 12, 6, 16), {"adult": 4}, {"sauna": 1})
    stay = resolve(catalog, wish)
    return stay, price(catalog, stay)


def amounts(found: Price) -> dict[str, int]:
    return {line.code: line.amount for line in found.lines if line.amount}


@pytest.mark.parametrize(("total", "line"), [(60000, -20000), (90000, 10000), (0, -80000)])
def test_r22_one_line_up_or_down_makes_the_total(total: int, line: int) -> None:
    found = owner.at_total(HOUSE, *sold(HOUSE), total)
    assert (found.total, amounts(found)["owner_price"], owner.difference(found)) == (total, line, line)
    assert found.deposit == min(40000, total)
    assert sum(one.amount for one in found.lines) == total


def test_a_second_price_of_the_owner_takes_the_place_of_the_first() -> None:
    stay, usual = sold(HOUSE)
    twice = owner.at_total(HOUSE, stay, owner.at_total(HOUSE, stay, usual, 60000), 70000)
    assert owner.difference(twice) == -10000
    back = owner.at_total(HOUSE, stay, twice, 80000)
    assert back.lines == usual.lines


@pytest.mark.parametrize("total", [100000, 88000, 5501, 5500, 1, 0, 123457])
def test_r22_taxes_on_top_and_inside_are_those_of_the_new_price(total: int) -> None:
    catalog = replace(HOUSE, taxes=(VAT, FEE))
    stay, usual = sold(catalog)
    assert usual.total == 88000
    found = owner.at_total(catalog, stay, usual, total)
    assert found.total == total
    assert abs(amounts(found).get("tax:fee", 0) * 11 - total) <= 11
    (vat,) = found.taxes
    assert abs(vat.amount * 6 - (total - amounts(found).get("tax:fee", 0))) <= 6


def test_r27_the_city_tax_is_never_touched() -> None:
    catalog = replace(HOUSE, city_tax=CityTax({"en": "City tax"}, 300))
    stay, usual = sold(catalog)
    assert usual.city_tax == 1200
    found = owner.at_total(catalog, stay, usual, 1200)
    assert (found.total, found.city_tax, found.deposit, amounts(found)["city_tax"]) == (1200, 1200, 0, 1200)
    with pytest.raises(Refusal) as refused:
        owner.at_total(catalog, stay, usual, 1199)
    assert (refused.value.code, refused.value.facts["least"]) == ("amount_invalid", 1200)


@pytest.mark.parametrize(("amount", "total"), [(-20000, 60000), (5000, 85000), (-90000, 0)])
def test_what_the_owner_granted_goes_along_with_another_price(amount: int, total: int) -> None:
    assert owner.with_difference(HOUSE, *sold(HOUSE), amount).total == total


def test_rooms_with_their_own_taxes_come_to_the_total_too() -> None:
    catalog = guesthouse()
    wish = StayRequest("blue", "room", datetime(2026, 12, 8), datetime(2026, 12, 11), {"adult": 2})
    stay = resolve(catalog, wish)
    found = owner.at_total(catalog, stay, price(catalog, stay), 31415)
    assert (found.total, sum(line.amount for line in found.lines)) == (31415, 31415)
