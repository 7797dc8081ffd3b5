"""Offers for somebody who knows when and how many (UX 2a, M2)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from housebot.domain.occupancy import Busy
from housebot.domain.offers import Offer, Shape, best, offers
from housebot.domain.period import instant
from housebot.domain.stay import resolve
from housebot.errors import Refusal
from tests.factories import at, guesthouse, salon, secret_house

HOUSE = secret_house()
NOW = at("2026-11-20T12:00:00Z")
SATURDAY = date(2026, 12, 5)


def offered(**what: Any) -> list[Offer]:
    usual: dict[str, Any] = {
        "unit": "house",
        "day": SATURDAY,
        "shape": Shape.EVENING,
        "party": {"adult": 4},
        "wishes": ["sauna"],
        "busy": [],
        "now": NOW,
    }
    return offers(HOUSE, **(usual | what))


def shown(found: list[Offer]) -> list[tuple[str, str, str, int]]:
    return [
        (
            offer.tariff.id,
            f"{offer.request.arrival:%d %H:%M}",
            f"{offer.request.departure:%d %H:%M}",
            offer.price.total // 100,
        )
        for offer in found
    ]


def taken(arrival: str, departure: str) -> Busy:
    unit = HOUSE.units[0]
    start, _ = instant(datetime.fromisoformat(arrival), unit.zone, gap="refuse")
    end, _ = instant(datetime.fromisoformat(departure), unit.zone, gap="refuse")
    return Busy(start, end, start - unit.before, end + unit.cleaning)


@pytest.mark.parametrize("shape", [pytest.param(None, id="any"), pytest.param(Shape.EVENING, id="evening")])
def test_ux_2a_saturday_four_guests_and_a_sauna(shape: Shape | None) -> None:
    assert shown(offered(shape=shape)) == [
        ("half-day", "05 20:00", "06 08:00", 490),
        ("incognito-half-day", "05 20:00", "06 08:00", 600),
        ("day", "05 16:00", "06 16:00", 800),
        ("incognito-day", "05 16:00", "06 16:00", 900),
    ]


def test_ux_2a_the_second_bedroom_makes_560() -> None:
    assert offered(wishes=["sauna", "second-bedroom"])[0].price.total == 56000


def test_ux_2a_a_dominated_tariff_is_hidden_and_shown_again_where_it_is_the_cheaper_one() -> None:
    assert "couple" not in {offer.tariff.id for offer in offered(shape=Shape.DAY)}
    assert shown(offered(shape=Shape.DAY, party={"adult": 2}))[0] == ("couple", "05 16:00", "06 16:00", 600)


def test_ux_2a_each_offer_says_in_one_line_what_makes_it_different() -> None:
    notes = {offer.tariff.id: offer.extra_note for offer in offered()}
    assert notes["half-day"]["ru"] == "одна спальня, тайная комната +70, вторая спальня +70"
    assert notes["incognito-half-day"]["en"] == "everything included, wine, transfer"
    assert all("\n" not in note for texts in notes.values() for note in texts.values())


def test_ux_2a_at_most_four_and_the_cheapest_first() -> None:
    found = offered(party={"adult": 2}, wishes=[], day=date(2026, 12, 2))  # a Wednesday sells the worker tariffs too
    assert [offer.price.total // 100 for offer in found] == [180, 250, 450, 500]


def test_ux_2a_a_wish_the_tariff_cannot_fulfil_leaves_it_out() -> None:
    assert {offer.tariff.id for offer in offered(wishes=["photo-session"])} == {"day", "incognito-day"}


def test_ux_2a_several_days_are_two_unless_somebody_says_how_many() -> None:
    assert shown(offered(shape=Shape.DAYS, nights=None))[0] == ("day", "05 16:00", "07 16:00", 1200)
    assert shown(offered(shape=Shape.DAYS, nights=3))[0] == ("day", "05 16:00", "08 16:00", 1600)


def test_ux_2a_a_few_hours_are_by_day() -> None:
    assert shown(offered(shape=Shape.HOURS))[0] == ("half-day", "05 10:00", "05 22:00", 490)
    assert shown(offered(shape=Shape.HOURS, day=date(2026, 12, 2)))[0] == (
        "incognito-worker",
        "02 11:00",
        "02 20:00",
        450,
    )


def test_ux_2a_a_named_hour_is_kept() -> None:
    assert shown(offered(at=time(21)))[0] == ("half-day", "05 21:00", "06 09:00", 490)


def test_r6_an_offer_moves_to_an_hour_that_is_free_and_is_gone_where_none_is() -> None:
    before = taken("2026-12-04T16:00", "2026-12-05T18:30")  # cleaning until 20:30
    assert shown(offered(busy=[before])) == [
        ("half-day", "05 21:00", "06 09:00", 490),
        ("incognito-half-day", "05 21:00", "06 09:00", 600),
    ]
    assert offered(busy=[taken("2026-12-04T16:00", "2026-12-08T16:00")]) == []


def test_r8_what_is_too_soon_is_not_offered() -> None:
    assert offered(day=date(2026, 11, 20), now=at("2026-11-20T19:30:00Z")) == []


def test_every_offer_may_be_booked_as_it_is() -> None:
    for offer in offered():
        stay = resolve(HOUSE, offer.request)
        assert (stay.arrival, stay.departure) == (offer.request.arrival, offer.request.departure)


def test_nights_are_offered_by_the_nights() -> None:
    house = guesthouse()
    unit = house.units[0]
    found = offers(
        house, unit=unit.id, day=SATURDAY, shape=Shape.DAYS, party={"adult": 2}, wishes=[], busy=[], now=NOW, nights=3
    )
    assert [offer.request.departure.date() - offer.request.arrival.date() for offer in found] == [timedelta(days=3)]


def test_offers_of_several_units_are_merged_and_none_hides_another_room() -> None:
    house = guesthouse()
    found = [
        offer
        for unit in house.units
        for offer in offers(
            house, unit=unit.id, day=date(2026, 12, 1), shape=Shape.DAY, party={"adult": 2}, wishes=[], busy=[], now=NOW
        )
    ]
    merged = best(found, house)
    assert len(merged) == min(len(found), 4)
    assert [offer.price.total for offer in merged] == sorted(offer.price.total for offer in merged)


def test_ux_2e_services_are_offered_at_their_first_free_time() -> None:
    desk = salon()
    friday = date(2026, 12, 4)

    def first(busy: list[Busy]) -> Offer:
        found = offers(desk, unit="anna", day=friday, shape=None, party={"adult": 1}, wishes=[], busy=busy, now=NOW)
        return found[0]

    chosen = first([])
    assert chosen.request.arrival.time() == time(10)
    assert chosen.stay is not None
    later = first([Busy(chosen.stay.start, chosen.stay.end, chosen.stay.start, chosen.stay.end)])
    assert (later.tariff, later.request.arrival) == (chosen.tariff, chosen.request.departure)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(Refusal, match="unknown_unit"):
        offered(unit="castle")


@pytest.mark.parametrize(
    ("what", "code"),
    [
        pytest.param({"party": {"adult": 0}}, "min_guests", id="nobody"),
        pytest.param({"party": {"dog": 2}}, "invalid", id="no-such-band"),
        pytest.param({"wishes": ["pool"]}, "unknown_extra", id="no-such-extra"),
    ],
)
def test_what_no_tariff_could_mend_is_refused(what: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        offered(**what)


def test_equal_twins_are_shown_once() -> None:
    twin = replace(HOUSE.tariffs[0], id="twin", aliases=())
    catalog = replace(HOUSE, tariffs=(*HOUSE.tariffs, twin))
    found = offers(
        catalog, unit="house", day=SATURDAY, shape=Shape.DAY, party={"adult": 4}, wishes=[], busy=[], now=NOW
    )
    assert [offer.tariff.id for offer in found] == ["day", "incognito-day"]
