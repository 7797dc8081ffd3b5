"""Closing the free time around stays: cleaning kept, parts that are free stay together, nothing sold is touched (R6, R39)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.period import Period
from housebot.errors import Refusal
from housebot.services import blocks, closing
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk

WEEK = Period(factories.at("2026-12-04T00:00:00Z"), factories.at("2026-12-09T00:00:00Z"))


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[Catalog], Desk]]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield lambda catalog: Desk(file, catalog)
    file.close()


def gaps(desk: Desk, unit: str, period: Period = WEEK, now: datetime | None = None) -> list[tuple[str, str, int]]:
    found = desk.read(lambda tx: closing.gaps(tx, unit=unit, period=period, now=now or desk.now))
    return [(f"{one.period.start:%d %H:%M}", f"{one.period.end:%d %H:%M}", len(one.parts)) for one in found]


def close(desk: Desk, unit: str) -> list[blocks.Block]:
    return desk.write(
        lambda tx: closing.close_around(tx, unit=unit, period=WEEK, reason="paint", actor=OWNER, now=desk.now)
    )


def test_r6_the_gap_after_a_stay_begins_when_its_cleaning_is_done(open_desk: Callable[[Catalog], Desk]) -> None:
    desk = open_desk(factories.secret_house())
    desk.hold("2026-12-05T16:00", "2026-12-06T16:00")
    assert gaps(desk, "house") == [("04 00:00", "05 13:00", 4), ("06 15:00", "09 00:00", 4)]
    made = close(desk, "house")
    assert [(one.start, one.end) for one in made] == [
        ("2026-12-04T00:00:00Z", "2026-12-05T13:00:00Z"),
        ("2026-12-06T15:00:00Z", "2026-12-09T00:00:00Z"),
    ]
    assert gaps(desk, "house") == []
    with pytest.raises(Refusal, match="dates_taken"):
        close(desk, "house")


def test_an_expired_hold_is_no_stay_and_what_is_past_is_not_closed(open_desk: Callable[[Catalog], Desk]) -> None:
    desk = open_desk(factories.secret_house())
    lapsed = desk.hold("2026-12-05T16:00", "2026-12-06T16:00")
    desk.write(lambda tx: tx.run("UPDATE bookings SET hold_expires_at = created_at WHERE id = :id", id=lapsed.id))
    assert gaps(desk, "house") == [("04 00:00", "09 00:00", 4)]
    assert gaps(desk, "house", now=factories.at("2026-12-05T10:00:00Z")) == [("05 10:00", "09 00:00", 4)]
    assert gaps(desk, "house", now=factories.at("2026-12-09T00:00:00Z")) == []
    assert len(close(desk, "house")) == 1


def test_r39_around_the_stay_of_one_room_the_other_rooms_are_closed_for_the_whole_time(
    open_desk: Callable[[Catalog], Desk],
) -> None:
    catalog = factories.guesthouse()
    desk = open_desk(catalog)
    whole = max(catalog.units, key=lambda unit: len(unit.parts))
    room = next(unit for unit in catalog.units if len(unit.parts) == 1 and set(unit.parts) <= set(whole.parts))
    tariff = catalog.tariffs_of(room.id)[0]
    desk.hold("2026-12-05", "2026-12-07", unit=room.id, tariff=tariff.id, party={"adult": 1})
    found = gaps(desk, whole.id)
    assert [one[2] for one in found] == [1, len(whole.parts) - 1, 1]
    assert found[1][:2] == ("04 00:00", "09 00:00")
    made = close(desk, whole.id)
    assert len(made) == 3
    assert {part for one in made for part in one.parts} == set(whole.parts)
