"""Owns the way between instants, their text and the wall clock (R2, R4, R5)."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from housebot.errors import Refusal

_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

_TO_THE_SECOND = len("2026-11-20T12:00:00")


@lru_cache(maxsize=16_384)  # one booking says the same few instants in a dozen columns
def utc_text(instant: datetime) -> str:
    """An instant as it is stored and sent: `2026-11-20T12:00:00Z`; fractions of a second are cut."""
    must_be_aware(instant)
    # strftime("%Y") does not pad early years on Linux, isoformat does; text order must be time order.
    return instant.astimezone(UTC).isoformat()[:_TO_THE_SECOND] + "Z"


def from_utc_text(text: str) -> datetime:
    """The instant written by `utc_text`; anything else is `Refusal("invalid")`."""
    try:
        # `fromisoformat` reads more forms than ours, and is many times as fast as strptime: a full month has many instants.
        if _UTC.fullmatch(text) is None:
            raise ValueError
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("invalid", reason="instant", value=text[:40]) from None
    return moment


@lru_cache(maxsize=16_384)
def local(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the wall clock of that zone shows, as a naive datetime."""
    must_be_aware(instant)
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def instant(wall: datetime, zone: ZoneInfo, *, gap: Literal["refuse", "forward"]) -> tuple[datetime, bool]:
    """The UTC instant of a wall clock time, and whether the time had to be moved (R5).

    A time that occurs twice means its first occurrence. A time that never occurs is `Refusal("dst_gap")`, or with
    `gap="forward"` is moved forward by the width of the gap: 02:30 becomes 03:30.
    """
    moment, shown = _first_instant(wall, zone)
    moved = shown != wall
    if moved and gap == "refuse":
        raise Refusal("dst_gap", local=wall.isoformat(timespec="minutes"), next=shown.isoformat(timespec="minutes"))
    return moment, moved


@lru_cache(maxsize=16_384)  # a calendar asks for the same check-in times again and again
def _first_instant(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of that wall clock time, and what the clock shows then."""
    if wall.tzinfo is not None:
        raise ValueError("a wall clock time carries no zone")
    try:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        return moment, local(moment, zone)
    except OverflowError:
        raise Refusal("invalid", reason="date", value=wall.isoformat()) from None


def must_be_aware(instant: datetime) -> None:
    """A naive instant is a mistake of the caller."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a zone: {instant!r}")
