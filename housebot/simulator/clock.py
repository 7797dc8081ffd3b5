"""Owns the simulator's time: real time plus an offset, or a time that stands still until it is moved."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """A clock that can be moved. It runs with real time unless `running` is false."""

    def __init__(self, start: datetime | None = None, *, running: bool = True) -> None:
        self._running = running
        self._frozen = start or datetime.now(UTC)
        self._offset = self._frozen - datetime.now(UTC) if start else timedelta()

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        return datetime.now(UTC) + self._offset if self._running else self._frozen

    def timestamp(self) -> int:
        """The present as Telegram writes it: whole seconds since 1970."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> datetime:
        """Moves the clock by so many seconds and answers the new time."""
        return self.set(self.now() + timedelta(seconds=seconds))

    def set(self, instant: datetime) -> datetime:
        """Moves the clock to an aware instant and answers it."""
        if instant.tzinfo is None:
            raise ValueError("the clock needs an aware instant")
        self._frozen = instant.astimezone(UTC)
        self._offset = self._frozen - datetime.now(UTC)
        return self._frozen

    def next_local(self, hour: int, zone: str) -> datetime:
        """The next instant at which it is `hour`:00 in the zone; strictly after now."""
        local = self.now().astimezone(ZoneInfo(zone))
        wanted = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        if wanted <= local:
            wanted = (wanted + timedelta(days=1)).replace(hour=hour)
        return wanted.astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """An instant with its offset, as the command line takes it."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an offset is needed, such as 2026-11-20T12:00:00Z")
    return instant
