"""Money: minor units, rounding, and what people type (R20, R21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from housebot.domain.money import Money, exponent, half_up, parse_amount, parse_percent, percent_of, plain, split
from housebot.errors import Refusal


@pytest.mark.parametrize(
    ("currency", "digits"), [("BYN", 2), ("EUR", 2), ("RUB", 2), ("JPY", 0), ("XTR", 0), ("KWD", 3)]
)
def test_r20_every_currency_has_its_exponent(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", ["", "byn", "BYR", "руб", "XXX"])
def test_r20_a_currency_nobody_knows_is_refused(currency: str) -> None:
    with pytest.raises(Refusal, match="currency"):
        exponent(currency)
    with pytest.raises(Refusal, match="currency"):
        Money(100, currency)


def test_r20_money_is_minor_units_and_a_code_in_json() -> None:
    assert Money(12345, "BYN").json() == {"amount": 12345, "currency": "BYN"}


@pytest.mark.parametrize("amount", [1.0, True, "100"], ids=["float", "bool", "text"])
def test_r20_money_is_never_a_float(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "BYN")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("600", "BYN", 60000),
        ("600,50", "BYN", 60050),
        ("600.5", "BYN", 60050),
        (" 1 200 ", "BYN", 120000),
        ("1\u00a0200\u202f300,05", "BYN", 120030005),
        ("0", "BYN", 0),
        ("0,01", "BYN", 1),
        ("007", "BYN", 700),
        ("600", "JPY", 600),
        ("600", "XTR", 600),
        ("1,234", "KWD", 1234),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, amount: int) -> None:
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "BYN"),
        ("   ", "BYN"),
        ("-5", "BYN"),
        ("+5", "BYN"),
        ("10^12", "BYN"),
        ("1000000000000", "BYN"),
        ("1000000000000", "JPY"),
        ("9" * 5000, "BYN"),
        ("1e3", "BYN"),
        ("abc", "BYN"),
        ("600 BYN", "BYN"),
        ("1,2,3", "BYN"),
        ("1,234", "BYN"),
        ("600,", "BYN"),
        (",50", "BYN"),
        ("12 00", "BYN"),
        ("1 2000", "BYN"),
        ("600.5", "JPY"),
        ("٦٠٠", "BYN"),
        ("600\n700", "BYN"),
        ("0x10", "BYN"),
        ("NaN", "BYN"),
    ],
)
def test_an_amount_that_may_mean_something_else_is_refused(text: str, currency: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_amount(text, currency)
    assert refused.value.code == "amount_invalid"
    assert len(refused.value.facts["value"]) <= 40


@pytest.mark.parametrize(
    ("text", "points"),
    [("15", 1500), ("12.5", 1250), ("12,5", 1250), ("50%", 5000), ("50 %", 5000), ("0", 0), ("100", 10000), ("0.01", 1), ("1000", 100_000)],
)  # fmt: skip
def test_a_percent_is_basis_points(text: str, points: int) -> None:
    assert parse_percent(text) == points


@pytest.mark.parametrize("text", ["", "%", "-5", "12.555", "abc", "1001", "1,2,3", "5%%", "٥"])
def test_a_percent_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_percent(text)
    assert refused.value.code == "amount_invalid"


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(1, 2, 1), (3, 2, 2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (0, 7, 0), (-1, 2, -1), (-3, 2, -2), (-1, 3, 0), (42515, 2, 21258)],
)  # fmt: skip
def test_r21_half_goes_up_and_a_discount_rounds_like_its_price(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(), st.integers(min_value=1))
def test_r21_rounding_never_errs_by_more_than_a_half(numerator: int, denominator: int) -> None:
    assert 2 * abs(half_up(numerator, denominator) * denominator - numerator) <= denominator


def test_r28_half_of_an_odd_kopeck_goes_up() -> None:
    assert percent_of(42515, 5000) == 21258


def test_percent_of_is_exact_where_floats_are_not() -> None:
    assert percent_of(100, 110) == 1
    assert percent_of(1050, 1000) == 105
    assert percent_of(10**15 + 5, 1000) == 10**14 + 1


@pytest.mark.parametrize(
    ("amount", "parts", "shares"),
    [(10000, 3, [3333, 3333, 3334]), (10000, 1, [10000]), (2, 3, [0, 0, 2]), (0, 2, [0, 0]), (-10000, 3, [-3333, -3333, -3334])],
)  # fmt: skip
def test_r21_a_split_gives_the_remainder_to_the_last(amount: int, parts: int, shares: list[int]) -> None:
    assert split(amount, parts) == shares


@given(st.integers(), st.integers(min_value=1, max_value=200))
def test_r21_the_parts_of_a_split_sum_to_the_whole(amount: int, parts: int) -> None:
    assert sum(split(amount, parts)) == amount
    assert len(split(amount, parts)) == parts


def test_a_split_into_nothing_and_a_fraction_of_nothing_are_mistakes() -> None:
    with pytest.raises(ValueError, match="one part"):
        split(100, 0)
    with pytest.raises(ValueError, match="positive"):
        half_up(1, 0)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(60000, "BYN", "600"), (60050, "BYN", "600.50"), (5, "BYN", "0.05"), (-3000, "BYN", "-30"), (-5, "BYN", "-0.05"), (600, "JPY", "600"), (1234, "KWD", "1.234"), (0, "BYN", "0")],
)  # fmt: skip
def test_money_is_shown_without_its_zeros_when_whole(amount: int, currency: str, text: str) -> None:
    assert plain(amount, currency) == text


@given(st.integers(min_value=0, max_value=10**12 - 1), st.sampled_from(["BYN", "JPY", "KWD"]))
def test_what_is_shown_can_be_typed_back(amount: int, currency: str) -> None:
    assert parse_amount(plain(amount, currency), currency) == amount
