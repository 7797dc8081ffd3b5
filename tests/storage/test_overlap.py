"""The schema's own guard over occupancies: what it refuses, that it needs both triggers, and that it stays quick in a full future."""

import random
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.period import Period, utc_text
from housebot.errors import Refusal
from housebot.storage import blocks, occupancies
from housebot.storage.file import DatabaseFile, Tx

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSERT = """
    INSERT INTO occupancies (part_id, block_id, kind, start, end, busy_from, busy_until)
    VALUES (:part, :block, 'block', :start, :end, :busy_from, :busy_until)
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def block(file: DatabaseFile) -> int:
    """A block whose occupancies the tests write themselves."""
    return file.write_now(
        lambda tx: blocks.insert(
            tx,
            unit="house",
            parts=(),
            start=utc_text(NOW),
            end=utc_text(NOW + HOUR),
            reason="",
            actor="test",
            at=utc_text(NOW),
        )
    )


def period(start: float, end: float) -> Period:
    return Period(NOW + start * HOUR, NOW + end * HOUR)


def take(
    file: DatabaseFile, block: int, start: float, end: float, *, before: float = 0, after: float = 0, part: str = "p"
) -> None:
    file.write_now(
        lambda tx: occupancies.put(
            tx,
            parts=[part],
            kind="block",
            period=period(start, end),
            ref=block,
            before=before * HOUR,
            after=after * HOUR,
        )
    )


def between(file: DatabaseFile, start: float, end: float, part: str = "p") -> int:
    wanted = period(start, end)
    return len(file.read(lambda tx: occupancies.between(tx, [part], wanted.start, wanted.end)))


@pytest.mark.parametrize(
    ("second", "fits"),
    [
        ((24, 30), False),  # the cleaning of the first is not over
        ((26, 30), True),  # to the minute
        ((25, 30), False),
        ((-8, -2), True),  # its own two hours fit in front
        ((-8, -1), False),
        ((-8, 40), False),  # around it
        ((2, 3), False),  # inside it
    ],
    ids=[
        "at the end",
        "after the cleaning",
        "in the cleaning",
        "before",
        "its cleaning does not fit",
        "around",
        "inside",
    ],
)
def test_r6_the_schema_counts_one_cleaning_between_two_stays(
    file: DatabaseFile, block: int, second: tuple[int, int], fits: bool
) -> None:
    take(file, block, 0, 24, after=2)
    if fits:
        take(file, block, *second, after=2)
        return
    with pytest.raises(Refusal, match="dates_taken"):
        take(file, block, *second, after=2)


def test_r6_the_larger_of_two_buffers_is_needed_and_not_their_sum(file: DatabaseFile, block: int) -> None:
    take(file, block, 0, 24, after=3)
    with pytest.raises(Refusal, match="dates_taken"):
        take(file, block, 26.5, 30, before=2)
    take(file, block, 27, 30, before=2)


def test_r39_another_part_is_another_place(file: DatabaseFile, block: int) -> None:
    take(file, block, 0, 24)
    take(file, block, 0, 24, part="q")


def test_r31_a_move_onto_a_taken_time_is_refused_by_the_schema(file: DatabaseFile, block: int) -> None:
    take(file, block, 0, 24)
    take(file, block, 48, 72)
    with pytest.raises(sqlite3.IntegrityError, match="dates_taken"):
        file.write_now(
            lambda tx: tx.run(
                "UPDATE occupancies SET start = :start, busy_from = :start WHERE id = 2",
                start=utc_text(NOW + 20 * HOUR),
            )
        )
    file.write_now(
        lambda tx: tx.run(
            "UPDATE occupancies SET start = :start, busy_from = :start WHERE id = 2", start=utc_text(NOW + 24 * HOUR)
        )
    )


def test_i8_a_feed_event_may_land_on_a_stay_and_nothing_may_be_put_on_it(file: DatabaseFile, block: int) -> None:
    take(file, block, 0, 24)
    file.write_now(lambda tx: occupancies.put(tx, parts=["p"], kind="feed", period=period(12, 36), ref=None))
    with pytest.raises(Refusal, match="dates_taken"):
        take(file, block, 30, 40)


@pytest.mark.parametrize(
    ("trigger", "statement"),
    [
        ("occupancies_no_overlap_on_insert", INSERT),
        ("occupancies_no_overlap_on_update", "UPDATE occupancies SET start = :start, end = :end, busy_from = :busy_from, busy_until = :busy_until WHERE id = 2"),
    ],
)  # fmt: skip
def test_each_trigger_is_needed(file: DatabaseFile, block: int, trigger: str, statement: str) -> None:
    """The negative control: with the trigger out, the same statement goes through."""
    take(file, block, 0, 24)
    take(file, block, 48, 72)
    row = {
        "start": utc_text(NOW),
        "end": utc_text(NOW + HOUR),
        "busy_from": utc_text(NOW),
        "busy_until": utc_text(NOW + HOUR),
    }
    if "INSERT" in statement:
        row |= {"part": "p", "block": str(block)}

    def run(tx: Tx) -> int:
        return tx.run(statement, **row)

    with pytest.raises(sqlite3.IntegrityError, match="dates_taken"):
        file.write_now(run)
    file.write_now(lambda tx: tx.run(f"DROP TRIGGER {trigger}"))
    assert file.write_now(run) == 1


def test_the_schema_agrees_with_the_rule_on_random_neighbours(file: DatabaseFile, block: int) -> None:
    """R6 said a second time, as a gap: `max(previous.after, next.before)`."""
    chance = random.Random(6)

    def some() -> tuple[int, int, int, int]:
        start = chance.randrange(0, 40)
        return start, start + chance.randrange(1, 20), chance.randrange(0, 5), chance.randrange(0, 5)

    def gap_is_kept(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
        first, second = sorted((a, b))
        return second[0] - first[1] >= max(first[3], second[2])

    wrong = []
    for number in range(400):
        one, other = some(), some()
        part = f"part-{number}"
        take(file, block, one[0], one[1], before=one[2], after=one[3], part=part)
        try:
            take(file, block, other[0], other[1], before=other[2], after=other[3], part=part)
            fits = True
        except Refusal:
            fits = False
        if fits != gap_is_kept(one, other):
            wrong.append((one, other))
    assert wrong == []


def test_r7_what_began_last_month_and_what_lasts_for_months_is_seen(file: DatabaseFile, block: int) -> None:
    take(file, block, -40 * 24, 24)
    take(file, block, 48, 24 * 100)
    assert between(file, 0, 1) == 1
    assert between(file, 24 * 50, 24 * 51) == 1
    assert between(file, 24 * 99, 24 * 100) == 1
    assert between(file, 24, 48) == 0
    with pytest.raises(Refusal, match="dates_taken"):
        take(file, block, 24 * 60, 24 * 61)
    with pytest.raises(Refusal, match="dates_taken"):
        take(file, block, 2, 3)


@pytest.mark.parametrize("days", [59.9, 60, 60.01, 61, 400])
def test_no_length_falls_between_the_short_and_the_long(file: DatabaseFile, block: int, days: float) -> None:
    take(file, block, 0, 24 * days)
    for at in (0.0, 12 * days, 24 * days - 1):
        assert between(file, at, at + 1) == 1
        with pytest.raises(Refusal, match="dates_taken"):
            take(file, block, at, at + 1)
    assert between(file, -1, 0) == 0
    assert between(file, 24 * days, 24 * days + 1) == 0


def test_the_search_is_bounded_on_both_sides_by_an_index(file: DatabaseFile) -> None:
    """In the query and in both triggers: with a lower bound alone a full future would be read from now on."""
    statement = occupancies._WINDOW
    plan = _plan(file, statement, part="p", since="a", until="b", reach="c")
    assert any("occupancies_short (part_id=? AND busy_until>? AND busy_until<?)" in step for step in plan), plan
    assert any("occupancies_long (part_id=? AND busy_until>?)" in step for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan
    for row in file.read(
        lambda tx: tx.all("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'occupancies_no%'")
    ):
        condition = row["sql"].split("WHEN", 1)[1].rpartition("BEGIN")[0]
        for name in ("kind", "part_id", "id", "booking_id", "proposal_id", "start", "end", "busy_from", "busy_until"):
            condition = condition.replace(f"NEW.{name}", f":{name}")
        values = dict.fromkeys(("kind", "part_id", "start", "end", "busy_from"), "x") | {
            "busy_until": "2026-01-01T00:00:00Z",
            "id": "1",
            "booking_id": "1",
            "proposal_id": "1",
        }
        plan = _plan(file, f"SELECT {condition}", **values)
        assert any("occupancies_short (part_id=? AND busy_until>? AND busy_until<?)" in step for step in plan), plan
        assert any("occupancies_long (part_id=? AND busy_until>?)" in step for step in plan), plan


def test_a_full_past_and_a_full_future_cost_nothing(file: DatabaseFile, block: int) -> None:
    """A ratio inside one run, the best of fifteen: with a lower bound alone it would be twenty."""
    few, many = "few", "many"
    _fill(file, block, few, 1_000)
    _fill(file, block, many, 20_000)
    reads = {part: _best(lambda part=part: between(file, 0, 48, part)) for part in (few, many)}
    writes = {part: _best(lambda part=part: _refused(file, block, part)) for part in (few, many)}
    assert reads[many] < 3 * reads[few], reads
    assert writes[many] < 3 * writes[few], writes


def _fill(file: DatabaseFile, block: int, part: str, rows: int) -> None:
    """Half of them in the past, half in the future."""
    step = timedelta(hours=18)
    first = NOW - rows // 2 * step
    values = [
        {
            "part": part,
            "block": block,
            "start": utc_text(first + number * step),
            "end": utc_text(first + number * step + 12 * HOUR),
            "busy_from": utc_text(first + number * step),
            "busy_until": utc_text(first + number * step + 14 * HOUR),
        }
        for number in range(rows)
    ]
    file.write_now(lambda tx: tx.many(INSERT, values))


def _refused(file: DatabaseFile, block: int, part: str) -> None:
    with pytest.raises(Refusal, match="dates_taken"):
        take(file, block, 0, 48, part=part)


def _best(work: Any) -> float:
    times = []
    for _ in range(50):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _plan(file: DatabaseFile, statement: str, **values: str) -> list[str]:
    return [row["detail"] for row in file.read(lambda tx: tx.all(f"EXPLAIN QUERY PLAN {statement}", **values))]
