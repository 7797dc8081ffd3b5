"""One answer to "is it free", for everybody, that never says free when it does not know (R6, R7, R34)."""

import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from housebot.domain.catalog import Catalog, StayRule
from housebot.domain.catalog_document import to_document
from housebot.domain.period import Period, read_span
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import DatabaseProblem, Refusal
from housebot.services import availability, blocks, catalogs
from housebot.storage import occupancies
from housebot.storage.file import DatabaseFile, Tx
from tests import factories
from tests.services.conftest import OPENED, OWNER

CATALOG = factories.secret_house()
HOUSE = CATALOG.units[0]
NOON = factories.at("2026-12-05T12:00:00Z")  # 15:00 in Minsk


def apply(db: DatabaseFile, catalog: Catalog, **more: Any) -> None:
    db.write_now(lambda tx: catalogs.apply(tx, to_document(catalog), actor=OWNER, now=OPENED, **more))


def close(db: DatabaseFile, start: datetime, end: datetime, **more: Any) -> blocks.Block:
    return db.write_now(
        lambda tx: blocks.add(
            tx,
            **{
                "unit": "house",
                "period": Period(start, end),
                "reason": "ремонт",
                "actor": OWNER,
                "now": OPENED,
                **more,
            },
        )
    )


def ask(db: DatabaseFile, arrival: datetime, hours: int = 24, tariff: str = "day") -> None:
    request = StayRequest("house", tariff, arrival, arrival + timedelta(hours=hours), {"adult": 2})
    db.read(lambda tx: availability.assert_free(tx, CATALOG, resolve(CATALOG, request), now=OPENED))


def test_r1_a_stay_may_begin_when_a_block_ends_and_needs_its_own_cleaning_before_one(db: DatabaseFile) -> None:
    close(db, NOON, NOON + timedelta(days=2))
    ask(db, datetime(2026, 12, 7, 15))
    ask(db, datetime(2026, 12, 4, 13))  # out at 13:00, two hours of cleaning
    with pytest.raises(Refusal, match="dates_taken"):
        ask(db, datetime(2026, 12, 4, 14))


def test_r13_taken_dates_name_what_is_in_the_way_and_the_nearest_that_do_work(db: DatabaseFile) -> None:
    close(db, NOON, NOON + timedelta(days=2))
    with pytest.raises(Refusal) as refused:
        ask(db, datetime(2026, 12, 5, 16))
    facts = refused.value.facts
    assert facts["conflicts"] == [{"start": "2026-12-05T12:00:00Z", "end": "2026-12-07T12:00:00Z", "kind": "block"}]
    assert 1 <= len(facts["alternatives"]) <= 3
    for other in facts["alternatives"]:
        start, end = factories.at(other["start"]), factories.at(other["end"])
        arrival = start + timedelta(hours=3)
        ask(db, arrival.replace(tzinfo=None), hours=(end - start) // timedelta(hours=1), tariff=other["tariff"])


def test_r7_a_stay_longer_than_a_month_and_begun_long_ago_is_seen(db: DatabaseFile) -> None:
    close(db, OPENED + timedelta(days=1), OPENED + timedelta(days=100))
    with pytest.raises(Refusal, match="dates_taken"):
        ask(db, datetime(2027, 1, 20, 16))
    month = availability.month(db, unit="house", year=2027, month=1, now=OPENED)
    assert {day.state for day in month.days} == {"full"}


def test_r39_a_closed_part_closes_the_whole_and_once(db: DatabaseFile) -> None:
    close(db, NOON, NOON + timedelta(days=1), parts=("sauna",))
    with pytest.raises(Refusal) as refused:
        ask(db, datetime(2026, 12, 5, 16))
    assert len(refused.value.facts["conflicts"]) == 1


class Broken(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("place", ["between", "in_the_way", "alternatives", "day_states"])
def test_r34_a_fault_is_never_free(db: DatabaseFile, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    close(db, NOON, NOON + timedelta(days=2))

    def broken(*_: Any, **__: Any) -> None:
        raise Broken

    monkeypatch.setattr(occupancies if place == "between" else availability, place, broken)
    question = month if place == "day_states" else partial(ask, arrival=datetime(2026, 12, 5, 16))
    with pytest.raises(Refusal, match="temporarily_unavailable"):
        question(db)


def test_r34_a_damaged_file_is_not_taken_for_a_passing_trouble(
    db: DatabaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any, **__: Any) -> None:
        problem = sqlite3.DatabaseError("database disk image is malformed")
        problem.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise problem

    monkeypatch.setattr(occupancies, "between", damaged)
    with pytest.raises(DatabaseProblem):
        ask(db, datetime(2026, 12, 5, 16))


# The month


def reads(db: DatabaseFile, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    counted: list[int] = []
    real = availability.compute_month

    def counting(tx: Tx, **asked: Any) -> availability.Month:
        counted.append(1)
        return real(tx, **asked)

    monkeypatch.setattr(availability, "compute_month", counting)
    return counted


def month(db: DatabaseFile, now: datetime = OPENED, **more: Any) -> availability.Month:
    return availability.month(db, **{"unit": "house", "year": 2026, "month": 12, "now": now, **more})


def test_a_month_is_kept_until_somebody_commits(db: DatabaseFile, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = reads(db, monkeypatch)
    before = month(db)
    assert month(db) is before
    assert len(counted) == 1
    close(db, NOON, NOON + timedelta(days=2))
    after = month(db)
    assert len(counted) == 2
    assert [day.state for day in before.days[4:7]] == ["free", "free", "free"]
    assert after.days[5].state == "full"
    assert after.days[6].state == "partial"


def test_another_process_is_noticed(db: DatabaseFile) -> None:
    month(db)
    other = DatabaseFile.open(db.path)
    close(other, NOON, NOON + timedelta(days=2))
    other.close()
    assert month(db).days[5].state == "full"


def test_a_kept_month_is_never_older_than_what_the_clock_changes(db: DatabaseFile) -> None:
    today = [
        month(db, month=11, now=OPENED + timedelta(minutes=minutes)).days[19].state for minutes in range(0, 60 * 10, 30)
    ]
    assert today[0] == "free"
    assert today[-1] == "past"
    fresh = DatabaseFile.open(db.path)
    for minutes in range(0, 60 * 10, 7):
        now = OPENED + timedelta(minutes=minutes)
        kept = month(db, month=11, now=now)
        fresh.cache.clear()
        assert kept.days == month(fresh, month=11, now=now).days
    fresh.close()


def test_r32_a_kept_month_ends_with_the_first_hold_in_it(db: DatabaseFile) -> None:
    end = OPENED + timedelta(seconds=20)

    def hold(tx: Tx) -> None:
        tx.run("PRAGMA defer_foreign_keys = ON")
        held = {"end": "2026-11-20T12:00:20Z"}
        tx.run(
            """
            INSERT INTO quotes (code, catalog_version, request, price, total, deposit, currency, created_at, expires_at)
            VALUES ('q', 1, '{}', '{}', 1, 0, 'BYN', :end, :end)
            """,
            **held,
        )
        tx.run(
            """
            INSERT INTO bookings (code, unit, tariff, status, start, end, arrival, departure, guests, party, source, quote_id,
                catalog_version, total, deposit, currency, hold_expires_at, created_at, updated_at)
            VALUES ('HB-1', 'house', 'day', 'held', '2026-12-05T12:00:00Z', '2026-12-07T12:00:00Z', '2026-12-05T15:00',
                '2026-12-07T15:00', 2, '{}', 'telegram', 1, 1, 1, 0, 'BYN', :end, :end, :end)
            """,
            **held,
        )
        occupancies.put(tx, parts=HOUSE.parts, kind="booking", period=Period(NOON, NOON + timedelta(days=2)), ref=1)

    db.write_now(hold)
    assert month(db).valid_until == end
    assert month(db, now=end - timedelta(seconds=1)).days[5].state == "full"
    assert month(db, now=end).days[5].state == "free"


def test_kept_months_are_bounded(db: DatabaseFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "MOST_MONTHS", 3)
    for number in range(1, 9):
        month(db, month=number)
    assert len(db.cache["months"][1]) <= 3


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"unit": "castle"}, "unknown_unit"),
        ({"tariff": "castle"}, "unknown_tariff"),
        ({"month": 13}, "invalid"),
        ({"year": 0}, "invalid"),
        ({"year": 9999, "month": 12}, "invalid"),
    ],
)
def test_a_month_that_makes_no_sense_is_refused(db: DatabaseFile, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        month(db, **asked)


def test_r11_a_month_of_one_tariff_knows_its_weekdays(db: DatabaseFile) -> None:
    worker = month(db, tariff="WORKER")
    assert {day.state for day in worker.days if day.date.weekday() > 3} == {"closed"}
    assert worker.days[0].state == "free"


def test_r7_r39_a_month_knows_the_parts_that_are_planned(empty: DatabaseFile) -> None:
    inn = replace(factories.guesthouse(), stay_rules=())
    apply(empty, inn)
    both = [replace(unit, parts=("blue", "green")) if unit.id == "blue-room" else unit for unit in inn.units]
    apply(empty, replace(inn, units=tuple(both)), from_date=date(2027, 5, 1))
    close(empty, NOON, NOON + timedelta(days=2), unit="green-room")
    shown = month(empty, unit="blue-room").days
    assert [day.state for day in shown[2:7]] == ["free", "free", "leave_only", "full", "arrive_only"]


def test_r7_a_month_looks_past_closed_departures_for_what_is_in_the_way(empty: DatabaseFile) -> None:
    inn = factories.guesthouse()
    closed = StayRule("feast", (read_span("2026-12-21..2027-01-20"),), closed_to_departure=True)
    apply(empty, replace(inn, stay_rules=(closed,)))
    asked: dict[str, Any] = {"unit": "blue-room", "tariff": "room"}
    assert month(empty, **asked).days[30].state == "arrive_only"  # until 21 January
    close(empty, NOON + timedelta(days=45), NOON + timedelta(days=47), unit="blue-room")
    assert month(empty, **asked).days[30].state == "full"


# Blocks


def test_a_block_over_a_stay_is_refused_and_nothing_is_cancelled(db: DatabaseFile) -> None:
    first = close(db, NOON, NOON + timedelta(days=1))
    with pytest.raises(Refusal, match="dates_taken"):
        close(db, NOON + timedelta(hours=5), NOON + timedelta(days=3))
    close(db, NOON + timedelta(days=1), NOON + timedelta(days=2))
    assert [block.id for block in db.read(lambda tx: blocks.listing(tx, since=OPENED))] == [first.id, first.id + 1]


def test_a_block_taken_away_opens_the_dates(db: DatabaseFile) -> None:
    block = close(db, NOON, NOON + timedelta(days=1))
    db.write_now(lambda tx: blocks.remove(tx, block.id, actor=OWNER, now=OPENED))
    ask(db, datetime(2026, 12, 5, 15))
    with pytest.raises(Refusal, match="not_found"):
        db.write_now(lambda tx: blocks.remove(tx, block.id, actor=OWNER, now=OPENED))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"unit": "castle"}, "unknown_unit"),
        ({"parts": ("moat",)}, "invalid"),
        ({"now": NOON + timedelta(days=9)}, "past"),
    ],
)
def test_a_block_that_makes_no_sense_is_refused(db: DatabaseFile, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        close(db, NOON, NOON + timedelta(days=1), **more)
