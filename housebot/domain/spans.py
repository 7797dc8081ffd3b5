"""Owns the two ways to say which dates are meant: from date to date, or each year."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Local dates, first inclusive, `until` exclusive."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Recurring:
    """MM-DD to MM-DD each year, both inclusive as written; may cross New Year; 29 Feb falls to 28 Feb (R12)."""

    since: tuple[int, int]
    until: tuple[int, int]
