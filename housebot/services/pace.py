"""Owns how fast the desk may speak: token buckets over real time, for a chat, for a group and over all (T2)."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram's own limits with some room; pauses in seconds."""

    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: float = 18.0
    group_burst: int = 5
    all_per_second: float = 25.0
    side_by_side: int = 16  # calls at once
    first_pause: float = 1.0
    longest_pause: float = 60.0

    def bucket_for(self, chat_id: int) -> "Bucket":
        """Groups have negative ids."""
        if chat_id < 0:
            return Bucket(self.group_per_minute / 60, self.group_burst)
        return Bucket(self.chat_per_second, self.chat_burst)


class Bucket:
    """Fills with `rate` tokens a second up to `burst`; may go below zero where more left than was asked for."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = time.monotonic()

    def wait(self) -> float:
        """Seconds until a token is there; 0 when there is one."""
        self._fill()
        return max(0.0, (1 - self._tokens) / self._rate)

    def take(self, count: int = 1) -> None:
        self._fill()
        self._tokens -= count

    @property
    def is_full(self) -> bool:
        self._fill()
        return self._tokens >= self._burst

    def _fill(self) -> None:
        now = time.monotonic()
        self._tokens = min(float(self._burst), self._tokens + (now - self._at) * self._rate)
        self._at = now
