"""Owns what rigs believe without asking the package: rows read by plain sqlite3, overlaps computed anew from the sentence of R6."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

Rows = Callable[[str], list[dict[str, Any]]]
BLOCKING = ("held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house")
WAITING = BLOCKING[:3]
PARTS = {
    "house": {"white-bedroom", "green-bedroom", "secret-room", "sauna"},
    "white": {"white-bedroom"},
    "green": {"green-bedroom"},
}
BUFFERS = {  # minutes: preparation before, cleaning after
    "house": (0, 120),
    "white": (0, 60),
    "green": (180, 0),
}


@dataclass(frozen=True, slots=True)
class Stay:
    """Who is where and when, as the table of bookings says; occupancies are not asked."""

    id: int
    code: str
    unit: str
    status: str
    start: datetime
    end: datetime
    before: timedelta
    after: timedelta
    hold_expires_at: datetime | None
    under_review: bool

    def alive(self, now: datetime) -> bool:
        """Whether its dates are taken at that moment: a hold whose end has come no longer counts (R32)."""
        if self.status not in BLOCKING:
            return False
        open_end = self.status not in WAITING or self.under_review or self.hold_expires_at is None
        return open_end or (self.hold_expires_at or now) > now

    def touches(self, other: "Stay") -> bool:
        """R6 as a sentence: between two stays of one part the larger of the buffers that face each other must fit."""
        if not PARTS[self.unit] & PARTS[other.unit]:
            return False
        first, second = sorted((self, other), key=lambda one: one.start)
        return second.start - first.end < max(first.after, second.before)


def stays(rows: Iterable[Any]) -> list[Stay]:
    """Rows of `bookings` as stays."""
    return [
        Stay(
            id=row["id"],
            code=row["code"],
            unit=row["unit"],
            status=row["status"],
            start=datetime.fromisoformat(row["start"]),
            end=datetime.fromisoformat(row["end"]),
            before=timedelta(minutes=row["before_minutes"]),
            after=timedelta(minutes=row["after_minutes"]),
            hold_expires_at=datetime.fromisoformat(row["hold_expires_at"]) if row["hold_expires_at"] else None,
            under_review=bool(row["under_review"]),
        )
        for row in rows
    ]


def overlaps(known: Iterable[Stay]) -> list[tuple[Stay, Stay]]:
    """Pairs that take dates and stand in each other's way. A hold that lapsed counts too: whoever takes its dates ends it first."""
    taking = [one for one in known if one.status in BLOCKING]
    return [(one, other) for one, other in combinations(taking, 2) if one.touches(other)]


def rows(database: Path, sql: str, **params: Any) -> list[dict[str, Any]]:
    """A query on a connection that cannot write, as dicts."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, params)]


@contextmanager
def snapshot(database: Path) -> Iterator[Rows]:
    """Several queries on the file as it stood at one instant, whoever writes meanwhile."""
    with closing(
        sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10, isolation_level=None)
    ) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        yield lambda sql: [dict(row) for row in connection.execute(sql)]


def known_stays(database: Path) -> list[Stay]:
    return stays(rows(database, "SELECT * FROM bookings ORDER BY id"))


def repeated(values: Iterable[Any]) -> Iterator[Any]:
    """What occurs more than once."""
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            yield value
        seen.add(value)


def there_since(database: Path, mine: Stay, *, since: datetime) -> list[Stay]:
    """Who stood in the way of that stay at any time since then, to the second; who left before is not among them."""
    gone = rows(
        database,
        """
        SELECT id FROM bookings WHERE updated_at < :moment
            AND status NOT IN ('held', 'awaiting_payment', 'awaiting_owner', 'confirmed', 'in_house')
        """,
        moment=f"{since:%Y-%m-%dT%H:%M:%SZ}",
    )
    before = {row["id"] for row in gone}
    return [one for one in known_stays(database) if one.touches(mine) and one.id not in before]


def count(database: Path, table: str) -> int:
    found: int = rows(database, f"SELECT COUNT(*) AS n FROM {table}")[0]["n"]
    return found
