"""Prices of dates set by hand: above the document, the newest first, never for what is held, undone by taking them back (R12)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.period import read_span
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import audit, catalogs, prices
from housebot.services.prices import Change
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
WEEKEND = "2026-12-04..2026-12-05"  # nights


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[Catalog], Desk]]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield lambda catalog: Desk(file, catalog)
    file.close()


@pytest.fixture
def desk(open_desk: Callable[[Catalog], Desk]) -> Desk:
    return open_desk(factories.secret_house())


def put(desk: Desk, dates: str = WEEKEND, **more: Any) -> Change:
    span = read_span(dates)
    assert isinstance(span, DateSpan)
    return desk.write(lambda tx: prices.put(tx, dates=span, actor=OWNER, now=desk.now, **more))


def remove(desk: Desk, price_id: int) -> Change:
    return desk.write(lambda tx: prices.remove(tx, price_id, actor=OWNER, now=desk.now))


def total(desk: Desk, stay: tuple[str, str], **more: Any) -> int:
    return desk.quote(*stay, **more).price.total


def test_check_33_samples_before_and_after_equal_quotes_an_open_hold_keeps_its_price_and_taking_back_restores(
    desk: Desk,
) -> None:
    held = desk.hold(*SATURDAY)
    lapsed = desk.hold(
        "2026-12-04T10:00", "2026-12-04T20:00", guest=desk.guest(2), tariff="half-day", party={"adult": 2}
    )
    desk.write(lambda tx: tx.run("UPDATE bookings SET hold_expires_at = created_at WHERE id = :id", id=lapsed.id))
    change = put(desk, percent=2000)
    samples = {one.stay.tariff.id: one for one in change.samples}
    assert list(samples) == [one.id for one in factories.secret_house().tariffs if one.weekdays is None]
    day = samples["day"]
    assert (f"{day.stay.arrival:%a %H:%M}", day.stay.hours, day.before, day.after) == ("Fri 16:00", 24, 70_000, 84_000)
    for tariff, one in samples.items():
        times = (one.stay.arrival.isoformat(), one.stay.departure.isoformat())
        assert total(desk, times, tariff=tariff, party=one.stay.party) == one.after != one.before
    assert [one.code for one in change.kept] == [held.code]
    assert desk.look(held).total == 70_000
    assert total(desk, SATURDAY) == 84_000
    back = remove(desk, change.price.id)
    assert [(one.before, one.after) for one in back.samples] == [(one.after, one.before) for one in change.samples]
    assert total(desk, SATURDAY) == 70_000
    with pytest.raises(Refusal, match="not_found"):
        remove(desk, change.price.id)
    assert desk.read(prices.listing) == []


@pytest.mark.parametrize(
    ("set_before", "saturday"),
    [
        pytest.param([{"percent": 1000}, {"percent": 2000}], 84_000, id="the newer of two percents"),
        pytest.param([{"percent": 1000, "dates": "2026-12-05"}, {"percent": 2000}], 77_000, id="a single date, though older"),
        pytest.param([{"amount": 90_000, "tariff": "day"}, {"percent": 1000}], 99_000, id="a percent of the older sum"),
        pytest.param([{"percent": 1000}, {"amount": 90_000, "tariff": "day"}], 90_000, id="a sum over the older percent"),
        pytest.param([{"percent": 1000, "tariff": "couple"}], 70_000, id="of another tariff"),
        pytest.param([{"percent": 1000, "dates": "2026-12-06..2026-12-09"}], 70_000, id="of the day of departure"),
        pytest.param([{"percent": -10_000}], 0, id="for nothing"),
    ],
)  # fmt: skip
def test_r12_which_of_the_prices_counts(desk: Desk, set_before: list[dict[str, Any]], saturday: int) -> None:
    for one in set_before:
        put(desk, **{"dates": WEEKEND, **one})
    assert total(desk, SATURDAY) == saturday


def test_r12_a_price_set_by_hand_stands_above_the_documents_new_year(desk: Desk) -> None:
    new_year = ("2026-12-31T16:00", "2027-01-01T16:00")
    assert total(desk, new_year) == 300_000
    put(desk, "2026-12-31", percent=1000)
    assert total(desk, new_year) == 330_000
    put(desk, "2026-12-31", amount=250_000, tariff="day")
    assert total(desk, new_year) == 250_000


def test_the_sum_of_nightly_tariffs_is_of_each_night_and_stays_with_its_tariff(
    open_desk: Callable[[Catalog], Desk],
) -> None:
    desk = open_desk(factories.guesthouse())
    change = put(desk, "2026-12-08..2026-12-09", unit="attic-room", amount=15_000)  # Tuesday, Wednesday
    assert (change.price.tariff, change.price.amount, change.price.per_date) == ("attic", 15_000, None)
    (sample,) = change.samples
    assert sample.after - sample.before == 15_000 - 11_000
    three_nights = desk.quote(
        "2026-12-07T00:00", "2026-12-10T00:00", unit="attic-room", tariff="attic", party={"adult": 1}
    )
    lines = {line.code: (line.quantity, line.amount) for line in three_nights.price.lines}
    assert (lines["base"], lines["dated"]) == ((1, 11_000), (2, 30_000))


def test_a_sample_of_a_service_begins_when_the_specialist_does(open_desk: Callable[[Catalog], Desk]) -> None:
    desk = open_desk(factories.salon())
    change = put(desk, "2026-12-05..2026-12-13", percent=-1000)
    assert {one.stay.tariff.id for one in change.samples} == {one.id for one in factories.salon().tariffs if one.active}
    assert all(one.after == one.before * 9 // 10 for one in change.samples)


@pytest.mark.parametrize(
    ("wish", "code", "reason"),
    [
        pytest.param({"percent": 0}, "amount_invalid", "percent_range", id="a change of nothing"),
        pytest.param({"percent": -10_001}, "amount_invalid", "percent_range", id="less than nothing"),
        pytest.param({}, "amount_invalid", "percent_range", id="no price"),
        pytest.param({"amount": 0, "tariff": "day"}, "amount_invalid", None, id="a sum of nothing"),
        pytest.param({"amount": 84_000}, "amount_invalid", "one_tariff", id="one sum for seven tariffs"),
        pytest.param({"amount": 30_000, "tariff": "half-day"}, "amount_invalid", "no_day", id="a date for twelve hours"),
        pytest.param({"percent": 2000, "dates": "2026-11-18..2026-11-19"}, "past", None, id="nights that are over"),
        pytest.param({"percent": 2000, "unit": "cellar"}, "unknown_unit", None, id="unit"),
        pytest.param({"percent": 2000, "tariff": "cellar"}, "unknown_tariff", None, id="tariff"),
        pytest.param({"percent": 2000, "name": "x" * 61}, "invalid", "too_long", id="a novel"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_nothing_is_stored(
    desk: Desk, wish: dict[str, Any], code: str, reason: str | None
) -> None:
    with pytest.raises(Refusal, match=code) as refused:
        put(desk, **{"dates": WEEKEND, **wish})
    assert refused.value.facts.get("reason") == reason
    assert desk.read(prices.listing) == []
    assert desk.rows("SELECT * FROM audit WHERE action = 'price.set'") == []


def test_tonight_may_still_be_priced_and_what_is_over_is_listed_no_more(desk: Desk) -> None:
    put(desk, "2026-11-18..2026-11-20", percent=2000)
    assert len(desk.read(lambda tx: prices.listing(tx, since=date(2026, 11, 20)))) == 1
    assert desk.read(lambda tx: prices.listing(tx, since=date(2026, 11, 21))) == []


def test_a7_who_set_a_price_and_took_it_back_is_in_the_log(desk: Desk) -> None:
    price = put(desk, percent=2000, name="Фестиваль").price
    remove(desk, price.id)
    first, second = desk.read(lambda tx: audit.history(tx, f"price:{price.id}"))
    assert (first.action, first.before, first.after["percent"]) == ("price.set", None, 2000)
    assert first.after["dates"] == [{"from": "2026-12-04", "to": "2026-12-05"}]
    assert (second.action, second.before["name"], second.after) == ("price.remove", "Фестиваль", None)
    assert (first.actor, second.actor) == (str(OWNER), str(OWNER))


def test_the_line_of_the_price_bears_its_name_and_its_rule(desk: Desk) -> None:
    price = put(desk, percent=2000, name="Festival").price
    line = desk.quote(*SATURDAY).price.lines[1]
    assert (line.code, line.amount, line.rule, line.label["en"]) == ("dated", 14_000, f"hand-{price.id}", "Festival")


def test_a_price_whose_tariff_has_left_the_document_can_still_be_taken_back(desk: Desk) -> None:
    price = put(desk, percent=2000, tariff="couple").price
    house = factories.secret_house()
    without = replace(house, tariffs=tuple(one for one in house.tariffs if one.id != "couple"))
    desk.write(lambda tx: catalogs.apply(tx, to_document(without), actor=OWNER, now=desk.now))
    assert remove(desk, price.id).samples == ()


def test_r12_of_a_price_by_the_hour_longer_stays_never_cost_less(desk: Desk) -> None:
    put(desk, "2026-12-05", amount=150_000, tariff="day")  # more than two usual days
    assert total(desk, SATURDAY) <= total(desk, ("2026-12-05T16:00", "2026-12-07T16:00"))
