"""Measures a month of one house through the service, beside the bare indexed query; 200 houses, 1,000 and 1,000,000 stays."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import house
from bench.figures import Figure, Size, duration, interleaved, ratio
from housebot.domain.period import utc_text
from housebot.services import availability
from housebot.services.availability import Month
from housebot.storage.file import DatabaseFile

UNIT, PART = "u100", "p100"

# What a desk cannot do without: one seek into the index, for the stays that touch December in one house.
BARE = """
    SELECT start, end FROM occupancies
    WHERE part_id = :part AND long = 0
        AND busy_until > '2026-12-01T00:00:00Z' AND busy_until < '2027-03-03T00:00:00Z' AND busy_from < '2027-01-01T00:00:00Z'
"""


def measure(size: Size) -> list[Figure]:
    calls, many = size.of(300, 20), size.of(1_000_000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        few = fill(Path(folder, "few.db"), 1_000)
        full = fill(Path(folder, "full.db"), many)
        with closing(few), closing(full), closing(sqlite3.connect(few.path, isolation_level=None)) as plain:
            taken = interleaved(
                size.rounds,
                bare=lambda: timed(lambda: plain.execute(BARE, {"part": PART}).fetchall(), calls),
                computed=lambda: timed(lambda: computed(few), calls),
                cached=lambda: timed(lambda: cached(few), calls),
                full=lambda: timed(lambda: computed(full), calls),
            )
    medians = {name: duration(statistics.median(seconds)) for name, seconds in taken.items()}
    return [
        Figure(
            "month through the service, computed : bare indexed query",
            ratio(taken["computed"], taken["bare"]),
            "≤",
            15,
            detail=f"{medians['computed']} : {medians['bare']}",
        ),
        Figure(
            "month, nothing changed since : bare indexed query",
            ratio(taken["cached"], taken["bare"]),
            "≤",
            1,
            detail=f"{medians['cached']} : {medians['bare']}",
        ),
        Figure(
            f"month among {many:,} stays : among 1,000",
            ratio(taken["full"], taken["computed"]),
            "≤",
            1.5,
            detail=f"{medians['full']} : {medians['computed']}",
        ),
    ]


def computed(db: DatabaseFile) -> Month:
    db.cache.pop("months", None)
    return cached(db)


def cached(db: DatabaseFile) -> Month:
    return availability.month(db, unit=UNIT, year=2026, month=12, now=house.NOW)


def timed(work: Callable[[], object], calls: int) -> float:
    """Seconds for one call, of many; the first is not counted."""
    work()
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began) / calls


def fill(path: Path, stays: int) -> DatabaseFile:
    """A desk with so many stays, as many in each house: a fifth of them ahead, from December on, the others past."""
    db = house.new_desk(path)
    rows = [(unit, *period) for unit in range(house.UNITS) for period in _periods(stays // house.UNITS)]
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'occupancies' AND type = 'trigger'"
        )
        guards = triggers.fetchall()
        for name, _ in guards:  # each would look a million times whether what does not overlap overlaps
            connection.execute(f"DROP TRIGGER {name}")
        connection.executemany(
            """
            INSERT INTO blocks (unit, parts, start, end, actor, created_at)
            VALUES ('u' || ?, '[]', ?, ?, 'bench', '2026-01-01T00:00:00Z')
            """,
            [row[:3] for row in rows],
        )
        connection.executemany(
            """
            INSERT INTO occupancies (part_id, block_id, kind, start, end, busy_from, busy_until)
            VALUES ('p' || ?, ?, 'block', ?, ?, ?, ?)
            """,
            [
                (unit, number, start, end, start, until)
                for number, (unit, start, end, until) in enumerate(rows, start=1)
            ],
        )
        for _, sql in guards:
            connection.execute(sql)
        connection.execute("ANALYZE")
        connection.commit()
    return db


def _periods(count: int) -> list[tuple[str, str, str]]:
    """Start, end and end with cleaning: five of them in December whatever the count, a fifth ahead, the others before."""
    first, january = datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2027, 1, 6, 12, tzinfo=UTC)
    ahead = max(0, count // 5 - 5)
    starts = [first + timedelta(days=6 * number) for number in range(5)]
    starts += [january + timedelta(days=6 * number) for number in range(ahead)]
    starts += [first - timedelta(days=6 * number + 6) for number in range(count - len(starts))]
    lengths = timedelta(days=4, hours=-3)
    return [(utc_text(one), utc_text(one + lengths), utc_text(one + lengths + timedelta(hours=2))) for one in starts]
