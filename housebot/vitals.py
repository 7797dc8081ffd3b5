"""Owns what the running desk says of its own state: the checks of `/health`, and the figures `/metrics` reads when asked."""

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from housebot.domain.money import exponent
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.integrations.telegram.poller import Poller
from housebot.measures import Figure, Measures
from housebot.services import statistics
from housebot.services.ports import Clock, Tx
from housebot.storage import statistics as rows
from housebot.storage.db import Database
from housebot.web.health import DEGRADED, DOWN, OK, Check, Found

if TYPE_CHECKING:
    from housebot.scheduler import Scheduler

BEAT = 0.5  # seconds between two looks at the loop
BEATS = 120  # that are remembered: a minute
LATE_LOOP = 1.0  # seconds
LARGE_WAL = 256 * 1024 * 1024  # somebody keeps a read open, or the disk is slow
LITTLE_SPACE = 200 * 1024 * 1024
# Seconds the oldest may wait. A webhook may for days: its receiver is away, and the desk is well.
PATIENCE = {"inbox": 60, "outbox": 300, "due": 300, "notifications": 300, "answers": 900}


class Vitals:
    """Looks at the parts of the desk; `scheduler` is set when the desk is open."""

    def __init__(self, db: Database, poller: Poller, measures: Measures, *, clock: Clock) -> None:
        self.scheduler: Scheduler | None = None
        self._db = db
        self._poller = poller
        self._measures = measures
        self._clock = clock
        self._lags: deque[float] = deque([0.0], maxlen=BEATS)

    async def watch_loop(self) -> None:
        """Measures for ever how late the loop comes back."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(BEAT)
            lag = max(time.monotonic() - began - BEAT, 0.0)
            self._lags.append(lag)
            self._measures.loop_lag.observe(lag)

    # Health.

    def checks(self) -> Sequence[Check]:
        """What `/health` runs."""
        return (
            Check("database", self._read, page="db"),
            Check("writer", self._writer, page="db"),
            Check("disk", self._disk, page="db"),
            Check("telegram", self._telegram, page="telegram"),
            Check("outside", self._outside, page="external"),
            Check("queues", self._queues),
            Check("scheduler", self._ticks),
            Check("loop", self._loop),
        )

    async def _read(self) -> Found:
        if self._db.fatal is not None:
            return Found(DOWN, "the file cannot be trusted any more")
        version = self._db.read(lambda tx: tx.value("PRAGMA user_version"))
        return Found(OK, f"version {version}")

    async def _writer(self) -> Found:
        """A piece that changes nothing: it takes the turn to write, and SQLite puts nothing on the disk for it."""
        if not self._db.alive():
            return Found(DOWN, "the writer does not turn")
        try:
            await self._db.write(lambda _: None)
        except Refusal as refusal:
            return Found(DEGRADED, str(refusal.facts.get("reason", refusal.code)))
        return Found(OK, f"{self._db.stats.commits} commits")

    async def _disk(self) -> Found:
        wal, free = _size(_wal(self._db.path)), shutil.disk_usage(self._db.path.parent).free
        status = DEGRADED if wal > LARGE_WAL or free < LITTLE_SPACE else OK
        return Found(status, f"file {_megabytes(_size(self._db.path))}, WAL {_megabytes(wal)}, free {_megabytes(free)}")

    async def _telegram(self) -> Found:
        now, poller = time.monotonic(), self._poller
        if poller.away_since is not None:
            return Found(DEGRADED, f"not reached for {now - poller.away_since:.0f} s")
        if poller.answered_at is None:
            return Found(DEGRADED, "no poll has been answered yet")
        silence = now - poller.answered_at
        return Found(OK if silence <= poller.longest_silence else DEGRADED, f"last answer {silence:.0f} s ago")

    async def _outside(self) -> Found:
        """From what was noted at work: nobody is called for this page."""
        now, said, status = time.monotonic(), [], OK
        for name, seen in sorted(self._measures.outside.items()):
            reached = "never reached" if seen.reached is None else f"reached {now - seen.reached:.0f} s ago"
            failed = "" if seen.failed is None else f", {seen.fault} {now - seen.failed:.0f} s ago"
            said.append(f"{name}: {reached}{failed}")
            if seen.failed is not None and (seen.reached is None or seen.reached < seen.failed):
                status = DEGRADED
        return Found(status, "; ".join(said) or "nobody has been called yet")

    async def _queues(self) -> Found:
        found = self._db.read(lambda tx: statistics.queues(tx, now=self._clock.now()))
        late = [name for name, most in PATIENCE.items() if found[name]["oldest_seconds"] > most]
        said = (f"{name} {one['depth']} ({one['oldest_seconds']} s)" for name, one in found.items())
        return Found(DEGRADED if late else OK, ", ".join(said))

    async def _ticks(self) -> Found:
        if self.scheduler is None:
            return Found(DEGRADED, "the desk is not open yet")
        late = self.scheduler.late()
        return Found(DEGRADED, "late: " + ", ".join(late)) if late else Found(OK, "ticks")

    async def _loop(self) -> Found:
        worst = max(self._lags)
        return Found(DEGRADED if worst > LATE_LOOP else OK, f"at most {worst * 1000:.0f} ms late in the last minute")

    # Metrics.

    async def read(self) -> list[Figure]:
        """Everything that is not counted while it happens."""
        now = self._clock.now()
        counted = await self._db.aside(lambda tx: _counted(tx, now=utc_text(now)))
        queues = self._db.read(lambda tx: statistics.queues(tx, now=now))
        return [*counted, *_waiting(queues), *self._process()]

    def _process(self) -> list[Figure]:
        path, stats, poller = self._db.path, self._db.stats, self._poller
        unanswered = time.monotonic() - (poller.turned_at if poller.answered_at is None else poller.answered_at)
        return [
            _one("housebot_sqlite_file_bytes", "Size of the database file.", _size(path)),
            _one("housebot_sqlite_wal_bytes", "Size of its write-ahead log.", _size(_wal(path))),
            _one("housebot_disk_free_bytes", "Free on its disk.", shutil.disk_usage(path.parent).free),
            _one("housebot_sqlite_commits", "Groups committed since the start.", stats.commits),
            _one("housebot_sqlite_writes", "Pieces of work in them.", stats.pieces),
            _one("housebot_telegram_silence_seconds", "Since Telegram last answered a poll.", unanswered),
            _one("housebot_telegram_away", "1 while Telegram is not reached.", int(poller.away_since is not None)),
            _one("housebot_loop_worst_lag_seconds", "The worst of the last minute.", max(self._lags)),
            _one("housebot_up_to_work", "1 when the desk is open.", int(self.scheduler is not None)),
        ]


def _counted(tx: Tx, *, now: str) -> list[Figure]:
    money = rows.money_of_all_time(tx)
    return [
        Figure(
            "housebot_bookings",
            "Bookings there are, by state and source; tests left out.",
            ("status", "source"),
            {key: float(count) for key, count in rows.bookings_by_state(tx).items()},
        ),
        _one("housebot_holds", "Holds that keep dates now.", rows.holds_alive(tx, now=now)),
        Figure(
            "housebot_revenue",
            "Money received less money sent back since the first day, in main units.",
            ("currency",),
            {(currency,): amount / 10 ** exponent(currency) for currency, amount in money.items()},
        ),
    ]


def _waiting(queues: dict[str, dict[str, Any]]) -> list[Figure]:
    depth: dict[tuple[str, ...], float] = {}
    age: dict[tuple[str, ...], float] = {}
    for name, found in queues.items():
        kinds: dict[str, dict[str, int]] = {"": found}
        if name == "outbox":
            kinds = {"must": {}, "once": {}, "latest": {}, **found["classes"]}
        for kind, one in kinds.items():
            depth[name, kind] = one.get("depth", 0)
            age[name, kind] = one.get("oldest_seconds", 0)
    labels = ("queue", "class")
    return [
        Figure("housebot_queue_depth", "What waits: of due work, what is overdue.", labels, depth),
        Figure("housebot_queue_oldest_seconds", "How long the oldest of it has waited.", labels, age),
    ]


def _one(name: str, help_: str, value: float) -> Figure:
    return Figure(name, help_, (), {(): value})


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
