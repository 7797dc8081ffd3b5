"""Owns the way to an open desk: configuration, database file and clock; it imports nothing heavy, for the shell stands on it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from housebot import config as settings
from housebot.config import Config
from housebot.storage.file import DatabaseFile


class SystemClock:
    """The time of this machine; a demo's may have been moved."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


class FixedClock:
    """The time somebody set by hand, in test mode."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


class Desk:
    """One desk, open: what a command needs to run a use case."""

    def __init__(self, db: DatabaseFile, clock: SystemClock | FixedClock, config: Config) -> None:
        self.db = db
        self.clock = clock
        self.config = config

    def now(self) -> datetime:
        """The desk's time."""
        return self.clock.now()

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_desk(config_path: Path | None = None, *, create: bool = False, at: datetime | None = None) -> Desk:
    """Open the desk a configuration describes; `at` stops its clock (test mode). Close it, or use it in a `with`.

    Raises ConfigProblem or DatabaseProblem, and then nothing was changed. With `create` a database that is not there yet is made.
    """
    config = settings.load(config_path)
    db = DatabaseFile.open(config.database_path, create=create, key_file=config.key_file)
    clock = SystemClock(timedelta(seconds=config.clock_shift)) if at is None else FixedClock(at)
    return Desk(db, clock, config)
