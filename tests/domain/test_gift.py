"""Gifts: known however they are typed, good to the last minute of their last day, worth what they were sold for (R48, R49)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from housebot.domain import gift as rules
from housebot.domain.catalog import Catalog
from housebot.domain.gift import Gift
from housebot.domain.pricing import Price, gifts, price
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal
from tests import factories

DAY = ("2026-12-05T16:00", "2026-12-06T16:00")


def stay(catalog: Catalog, days: tuple[str, str] = DAY, *, tariff: str = "day", **more: Any) -> Stay:
    arrival, departure = (datetime.fromisoformat(one) for one in days)
    party = more.get("party", {"adult": 4})
    return resolve(
        catalog, StayRequest(more.get("unit", "house"), tariff, arrival, departure, party, more.get("extras", {}))
    )


def card(**more: Any) -> Gift:
    return Gift(1, "ABCDE-FGKMN-PRSTW", "money", "BYN", date(2027, 2, 20), amount=10_000, **more)


def certificate(tariff: str = "day", **more: Any) -> Gift:
    return Gift(1, "ABCDE-FGKMN-PRSTW", "stay", "BYN", date(2027, 2, 20), tariff=tariff, visits=1, **more)


def paid(catalog: Catalog, wish: Stay, gift: Gift, left: int = 1) -> Price:
    return gifts.pay_with(catalog, wish, price(catalog, wish), gift, left=left)


@pytest.mark.parametrize(
    "typed",
    [
        "ABCDE-FGKMN-PRSTW",
        "abcdefgkmnprstw",
        " abcde fgkmn prstw ",
        "АВСDЕ—FGКМN—РRSТW",
        "ＡＢＣＤＥＦＧＫＭＮＰＲＳＴＷ",
    ],
    ids=["as shown", "small", "spaces", "cyrillic and long dashes", "wide"],
)
def test_r49_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert rules.key(typed) == "ABCDEFGKMNPRSTW"


@pytest.mark.parametrize("typed", ["", "---", "abc", "x" * 33, "<b>code</b>", "🎁🎁🎁🎁"])
def test_r49_what_is_no_code_is_refused_like_a_wrong_one(typed: str) -> None:
    with pytest.raises(Refusal, match="gift_invalid"):
        rules.key(typed)


def test_r49_no_two_letters_of_a_code_look_alike_and_none_is_a_booking() -> None:
    assert not set(rules.ALPHABET) & set("HIJLOQUV0123456789")
    assert rules.key(rules.ALPHABET) == rules.ALPHABET
    assert len(rules.ALPHABET) ** rules.LENGTH > 2**60


@pytest.mark.parametrize(("on", "good"), [(date(2027, 2, 20), True), (date(2027, 2, 21), False)])
def test_r48_the_last_day_is_inside(on: date, good: bool) -> None:
    if good:
        rules.check(card(), on=on)
        return
    with pytest.raises(Refusal) as refused:
        rules.check(card(), on=on)
    assert (refused.value.code, refused.value.facts["reason"]) == ("gift_invalid", "expired")


@pytest.mark.parametrize(
    ("left", "pays", "due_now"),
    [(10_000, 10_000, 30_000), (70_000, 70_000, 0), (99_999, 70_000, 0), (1, 1, 35_000)],
    ids=["a part", "to the kopeck", "more than it costs", "almost nothing"],
)
def test_r48_a_card_pays_first_and_the_deposit_is_that_of_the_rest(left: int, pays: int, due_now: int) -> None:
    house = factories.secret_house()
    wish = stay(house)
    priced = paid(house, wish, card(), left)
    assert (priced.lines, priced.total) == (price(house, wish).lines, 70_000)
    assert (priced.by_gift, priced.due_now, priced.rest) == (pays, due_now, 70_000 - pays)
    assert priced.deposit_of_policy == 35_000


def test_r27_r28_the_city_tax_is_not_in_the_deposit_of_the_rest_and_no_certificate_pays_it() -> None:
    rooms = factories.guesthouse()
    wish = stay(rooms, ("2026-12-08T00:00", "2026-12-10T00:00"), tariff="room", unit="blue-room", party={"adult": 2})
    whole = price(rooms, wish)
    assert whole.city_tax > 0
    almost = paid(rooms, wish, card(), whole.total - whole.city_tax - 1000)
    assert almost.due_now == 300
    all_of_it = paid(rooms, wish, card(), whole.total)
    assert (all_of_it.rest, all_of_it.due_now) == (0, 0)
    by_certificate = paid(rooms, wish, certificate("room", length=2))
    assert (by_certificate.rest, by_certificate.due_now) == (whole.city_tax, 0)


@pytest.mark.parametrize(
    ("gift", "wish", "pays", "total"),
    [
        (certificate(), {}, 70_000, 70_000),
        (certificate(extras=("sauna",)), {"extras": {"sauna": 1}}, 80_000, 80_000),
        (certificate(), {"extras": {"sauna": 1}}, 70_000, 80_000),
        (certificate(), {"days": ("2026-12-05T16:00", "2026-12-06T18:00")}, 70_000, 76_000),
        (certificate("couple"), {}, 50_000, 70_000),
        (certificate("couple"), {"tariff": "couple", "party": {"adult": 3}}, 50_000, 70_000),
        (certificate(), {"tariff": "half-day", "days": ("2026-12-05T20:00", "2026-12-06T08:00"), "party": {"adult": 2}}, 25_000, 25_000),
        (certificate(length=48), {"days": ("2026-12-05T16:00", "2026-12-07T16:00")}, 110_000, 110_000),
        (certificate(), {"days": ("2026-12-31T14:00", "2027-01-01T14:00")}, 300_000, 300_000),
    ],
    ids=["its own", "with its extra", "an extra is paid up", "longer", "dearer tariff", "extra guest", "cheaper", "two days", "New Year"],
)  # fmt: skip
def test_r49_a_certificate_covers_its_stay_on_those_dates_and_the_difference_up_is_payable(
    gift: Gift, wish: dict[str, Any], pays: int, total: int
) -> None:
    house = factories.secret_house()
    priced = paid(house, stay(house, **wish), gift)
    assert (priced.by_gift, priced.total) == (pays, total)


@pytest.mark.parametrize(
    ("gift", "left", "code", "reason"),
    [
        (card(), 0, "gift_insufficient", "empty"),
        (certificate(), 0, "gift_insufficient", "empty"),
        (certificate("gone"), 1, "gift_invalid", "tariff"),
    ],
)
def test_r49_what_pays_nothing_is_refused(gift: Gift, left: int, code: str, reason: str) -> None:
    house = factories.secret_house()
    with pytest.raises(Refusal) as refused:
        paid(house, stay(house), gift, left)
    assert (refused.value.code, refused.value.facts["reason"]) == (code, reason)


def test_no_visit_is_spent_for_a_stay_that_costs_nothing() -> None:
    house = factories.secret_house()
    wish = stay(house)
    with pytest.raises(Refusal, match="gift_invalid"):
        gifts.pay_with(house, wish, replace(price(house, wish), total=0, lines=()), certificate(), left=1)
