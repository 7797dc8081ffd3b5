"""Closed times and stopped extras: overlap refused with the list, one extra gone while the house is sold (R6, R39)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain import offers
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.period import Period
from housebot.domain.pickers import Draft, lowest_price
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import audit, blocks, bookings, catalog_versions, catalogs, quote_tokens, quotes
from housebot.services.blocks import Block
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk, request

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
BEFORE = ("2026-11-29T16:00", "2026-11-30T16:00")
WEEK = DateSpan(date(2026, 12, 1), date(2026, 12, 8))
SAUNA = {"sauna": 1}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    opened = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield opened
    opened.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def stop(desk: Desk, extra: str = "sauna", dates: DateSpan = WEEK, **more: Any) -> Block:
    return desk.write(
        lambda tx: blocks.stop_extra(tx, extra=extra, dates=dates, reason="stove", actor=OWNER, now=desk.now, **more)
    )


def catalog(desk: Desk) -> Catalog:
    return desk.read(lambda tx: catalogs.current(tx, now=desk.now))


def offered(desk: Desk, day: date, *, wishes: tuple[str, ...] = ()) -> list[offers.Offer]:
    return offers.offers(
        catalog(desk), unit="house", day=day, shape=None, party={"adult": 4}, wishes=wishes, busy=[], now=desk.now
    )


def test_check_34_a_block_over_a_stay_is_refused_with_the_list_and_nothing_is_cancelled(desk: Desk) -> None:
    booking = desk.confirm(desk.hold(*SATURDAY), received=35_000)
    with pytest.raises(Refusal) as refused:
        desk.write(
            lambda tx: blocks.add(
                tx, unit="house", period=booking.period, reason="paint", parts=["sauna"], actor=OWNER, now=desk.now
            )
        )
    assert refused.value.code == "dates_taken"
    assert [(one["code"], one["status"]) for one in refused.value.facts["stays"]] == [(booking.code, "confirmed")]
    assert desk.look(booking).status == "confirmed"
    assert desk.read(lambda tx: blocks.listing(tx, since=desk.now)) == []


def test_check_34_sauna_stopped_for_a_week_house_sells_sauna_absent_from_quotes_and_offers(desk: Desk) -> None:
    stop(desk)
    with pytest.raises(Refusal) as refused:
        desk.quote(*SATURDAY, extras=SAUNA)
    assert (refused.value.code, refused.value.facts["extra"]) == ("extra_sold_out", "sauna")
    assert desk.quote(*SATURDAY).price.total == 70_000
    assert desk.quote(*BEFORE, extras=SAUNA).price.total == 80_000
    day = date(2026, 12, 5)
    sold = offered(desk, day)
    assert sold
    for offer in sold:
        assert offer.stay is not None
        assert "sauna" not in offer.stay.all_extras()
        assert "sauna" not in dict(offer.additions)
        assert "Sauna" not in offer.extra_note["en"]
    assert offered(desk, day, wishes=("sauna",)) == []
    assert offered(desk, date(2026, 11, 29), wishes=("sauna",))
    house = catalog(desk).units[0]
    wished = Draft(party={"adult": 4}, extras=SAUNA)
    assert lowest_price(catalog(desk), house, None, day, [], desk.now, draft=wished) is None
    assert lowest_price(catalog(desk), house, None, day, [], desk.now) is not None
    assert [one for one in desk.findings() if one.status == "fail"] == []


def test_what_a_tariff_includes_is_left_out_said_so_and_kept_so(desk: Desk) -> None:
    block = stop(desk)
    booking = desk.hold(*SATURDAY, tariff="incognito-day")
    assert "sauna" not in booking.extras
    assert "transfer" in booking.extras
    desk.write(lambda tx: blocks.remove(tx, block.id, actor=OWNER, now=desk.now))
    stay = desk.read(lambda tx: bookings.stay_of(tx, booking))
    assert "sauna" not in stay.all_extras()
    assert "without:sauna" in stay.notes
    assert "sauna" in desk.quote(*SATURDAY, tariff="incognito-day").stay.included


def test_an_open_quote_with_the_extra_is_not_sold_any_more(desk: Desk) -> None:
    asked = desk.quote(*SATURDAY, extras=SAUNA)
    included = desk.quote(*SATURDAY, tariff="incognito-day")
    plain = desk.quote(*SATURDAY)
    stop(desk)
    with pytest.raises(Refusal, match="extra_sold_out"):
        desk.hold(*SATURDAY, wish=asked)
    with pytest.raises(Refusal) as refused:
        desk.hold(*SATURDAY, wish=included)
    assert (refused.value.code, refused.value.facts["quote"]["notes"]) == ("stale", ["without:sauna"])
    assert desk.hold(*SATURDAY, wish=plain).total == 70_000


def test_a_signed_quote_with_the_extra_is_not_sold_any_more(desk: Desk) -> None:
    token = desk.read(
        lambda tx: quote_tokens.sign(tx, quotes.draw_up(tx, request(*SATURDAY, extras=SAUNA), now=desk.now))
    )
    stop(desk)
    signed = desk.read(lambda tx: quote_tokens.opened(tx, token, now=desk.now))
    with pytest.raises(Refusal, match="extra_sold_out"):
        desk.hold(*SATURDAY, wish=signed)


def test_stays_that_have_the_extra_keep_it_and_are_named(desk: Desk) -> None:
    booking = desk.confirm(desk.hold(*SATURDAY, extras=SAUNA), received=40_000)
    until_the_first = ("2026-11-30T16:00", "2026-12-01T12:00")  # leaves on the first date that is stopped
    desk.hold(*until_the_first, extras=SAUNA, guest=desk.guest(2))
    stop(desk)
    named = desk.read(lambda tx: blocks.stays_with_extra(tx, extra="sauna", dates=WEEK, now=desk.now))
    assert [one.code for one in named] == [booking.code]
    assert desk.look(booking).extras["sauna"] == 1
    assert (
        desk.read(lambda tx: blocks.stays_with_extra(tx, extra="sauna", dates=WEEK, unit="other", now=desk.now)) == []
    )


def test_r33_a_hold_that_lapsed_does_not_come_back_with_an_extra_that_was_stopped(desk: Desk) -> None:
    booking = desk.hold(*SATURDAY, extras=SAUNA, method="bank")
    desk.pass_time(hours=3)
    stop(desk)
    with pytest.raises(Refusal, match="extra_sold_out"):
        desk.confirm(booking, received=40_000)
    assert desk.receipt(booking).kind == "late_sold"


@pytest.mark.parametrize(
    ("first", "last", "sold"),
    [
        pytest.param("2026-12-05", "2026-12-05", False, id="the date of arrival"),
        pytest.param("2026-12-06", "2026-12-06", True, id="the date of departure"),
        pytest.param("2026-12-04", "2026-12-04", True, id="the date before"),
    ],
)
def test_r2_the_dates_of_a_stay_decide(desk: Desk, first: str, last: str, sold: bool) -> None:
    stop(desk, dates=DateSpan(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)))
    if sold:
        assert desk.quote(*SATURDAY, extras=SAUNA).price.total == 80_000
    else:
        with pytest.raises(Refusal, match="extra_sold_out"):
            desk.quote(*SATURDAY, extras=SAUNA)


def test_an_extra_may_be_stopped_in_one_unit_alone(file: DatabaseFile) -> None:
    desk = Desk(file, factories.guesthouse())
    house = catalog(desk)
    tariff = next(one for one in house.tariffs if len(one.units) > 1)
    extra = next(one for one in house.extras if one.id in tariff.extras and not one.mandatory)
    here, there = tariff.units[:2]
    stop(desk, extra.id, unit=here)
    asked: dict[str, Any] = {"tariff": tariff.id, "party": {"adult": 2}, "extras": {extra.id: 1}}
    nights = ("2026-12-02T00:00", "2026-12-04T00:00")
    with pytest.raises(Refusal, match="extra_sold_out"):
        desk.quote(*nights, unit=here, **asked)
    assert desk.quote(*nights, unit=there, **asked).stay.extras == {extra.id: 1}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        pytest.param({"extra": "pool"}, "unknown_extra", id="extra"),
        pytest.param({"unit": "cellar"}, "unknown_unit", id="unit"),
        pytest.param({"dates": DateSpan(date(2026, 11, 1), date(2026, 11, 20))}, "past", id="over"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_stored(desk: Desk, wish: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        stop(desk, **wish)
    assert desk.rows("SELECT * FROM blocks") == []


def test_a_fee_cannot_be_stopped_nor_an_extra_that_is_not_sold_there(file: DatabaseFile) -> None:
    desk = Desk(file, factories.guesthouse())
    fee = next(one.id for one in catalog(desk).extras if one.mandatory)
    with pytest.raises(Refusal) as refused:
        stop(desk, fee)
    assert (refused.value.code, refused.value.facts["reason"]) == ("invalid", "fee")
    nowhere = [
        (unit.id, extra.id)
        for unit in catalog(desk).units
        for extra in catalog(desk).extras
        if not extra.mandatory and all(extra.id not in one.extras for one in catalog(desk).tariffs_of(unit.id))
    ]
    for unit, extra in nowhere:
        with pytest.raises(Refusal, match="extra_not_offered"):
            stop(desk, extra, unit=unit)


def test_a7_stopping_and_selling_again_is_in_the_log(desk: Desk) -> None:
    block = stop(desk, unit="house")
    desk.write(lambda tx: blocks.remove(tx, block.id, actor=OWNER, now=desk.now))
    first, second = desk.read(lambda tx: audit.history(tx, f"block:{block.id}"))
    assert (first.action, first.after["extra"], first.reason) == ("block.add", "sauna", "stove")
    assert (second.action, second.before["unit"]) == ("block.remove", "house")
    assert desk.quote(*SATURDAY, extras=SAUNA).price.total == 80_000


def test_apply_lists_an_extra_that_is_stopped_and_does_not_touch_it(desk: Desk) -> None:
    stop(desk)
    applied = desk.write(
        lambda tx: catalogs.apply(tx, to_document(factories.secret_house()), actor=OWNER, now=desk.now)
    )
    assert "stop of sauna" in applied.covered
    assert desk.read(lambda tx: catalog_versions.document(tx, 1)).get("stops") is None


def test_a_closed_part_and_a_stopped_extra_of_one_name_are_two_things(desk: Desk) -> None:
    stop(desk)
    period = Period(factories.at("2026-12-01T00:00:00Z"), factories.at("2026-12-02T00:00:00Z"))
    closed = desk.write(
        lambda tx: blocks.add(tx, unit="house", period=period, reason="", parts=["sauna"], actor=OWNER, now=desk.now)
    )
    assert (closed.parts, closed.extra) == (("sauna",), None)
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold("2026-12-01T10:00", "2026-12-01T20:00", tariff="half-day", party={"adult": 2})
