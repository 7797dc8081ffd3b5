"""Owns time: half-open UTC periods, the way between wall clock and instants, and which dates a stay or a rule covers (R1–R5)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from housebot.domain.instants import from_utc_text, instant, local, must_be_aware, utc_text
from housebot.domain.spans import DateSpan, Recurring
from housebot.errors import Refusal

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "Period",
    "any_covers",
    "covers",
    "from_utc_text",
    "instant",
    "local",
    "night_dates",
    "read_span",
    "span_days",
    "span_text",
    "stay_dates",
    "utc_text",
    "whole_hours",
]

FIRST_YEAR, LAST_YEAR = 2000, 2200  # a year outside is a slip of the finger
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}")
_LEAP_YEAR = 2024  # a recurring period is measured in a year that has all its days


@dataclass(frozen=True, slots=True)
class Period:
    """The instants from `start` up to, not including, `end`, both aware UTC (R1).

    A zero or negative length is `Refusal("invalid")`; a naive instant is a mistake of the caller and a ValueError.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse what is not a period."""
        must_be_aware(self.start)
        must_be_aware(self.end)
        if self.end <= self.start:
            raise Refusal("invalid", reason="period_empty", start=utc_text(self.start), end=utc_text(self.end))

    def overlaps(self, other: "Period") -> bool:
        """Whether some instant belongs to both; one may begin where the other ends (R1)."""
        return self.start < other.end and other.start < self.end


def night_dates(arrival: date, departure: date) -> list[date]:
    """The local dates whose nights are slept, counted by the calendar and never by hours (R2)."""
    if departure <= arrival:
        raise Refusal("invalid", reason="period_empty", start=arrival.isoformat(), end=departure.isoformat())
    return [arrival + timedelta(days=day) for day in range((departure - arrival).days)]


def stay_dates(arrival: datetime, departure: datetime) -> list[date]:
    """The dates of a stay: from the arrival date up to, not including, the departure date; one date if they are the same (R2).

    Within one date the hands may stand still or go back: a slot that lasts through a DST fold (R5).
    """
    days = (departure.date() - arrival.date()).days
    if days < 0:
        raise Refusal("invalid", reason="period_empty", start=arrival.isoformat(), end=departure.isoformat())
    return [arrival.date() + timedelta(days=day) for day in range(max(days, 1))]


def whole_hours(since: datetime, until: datetime) -> int:
    """The length rounded up to whole hours: of wall clock times for a block stay, of instants for a slot (R2)."""
    if until <= since:
        raise Refusal("invalid", reason="period_empty", start=since.isoformat(), end=until.isoformat())
    return -((since - until) // timedelta(hours=1))


def covers(span: DateSpan | Recurring, day: date) -> bool:
    """Whether the local date lies in the span; a recurring one may cross New Year, its 29 Feb falls to 28 Feb (R12)."""
    if isinstance(span, DateSpan):
        return span.since <= day < span.until
    since, until = _in_year(span.since, day.year), _in_year(span.until, day.year)
    today = (day.month, day.day)
    if span.since <= span.until:
        return since <= today <= until
    return today >= since or today <= until


def any_covers(spans: Iterable[DateSpan | Recurring], day: date) -> bool:
    """Whether one of the spans covers the date; no spans cover nothing."""
    return any(covers(span, day) for span in spans)


def span_days(span: DateSpan | Recurring) -> int:
    """How many days the span is long; a recurring one as counted in a leap year."""
    if isinstance(span, DateSpan):
        return (span.until - span.since).days
    until_year = _LEAP_YEAR if span.since <= span.until else _LEAP_YEAR + 1
    return (date(until_year, *_in_year(span.until, until_year)) - date(_LEAP_YEAR, *span.since)).days + 1


def read_span(text: str) -> DateSpan | Recurring:
    """A span from `2026-12-31`, `2026-12-31..2027-01-02`, `02-14` or `12-31..01-01`, all inclusive; else `Refusal("invalid")`."""
    since, dots, until = (part.strip() for part in text.partition(".."))
    until = until if dots else since
    try:
        if _YEARLY.fullmatch(since):
            return Recurring(_month_day(since), _month_day(until))
        first, last = _day(since), _day(until)
        if not (first.year >= FIRST_YEAR and last.year <= LAST_YEAR and first <= last):
            raise ValueError
    except ValueError:
        raise Refusal("invalid", reason="dates", value=text[:40]) from None
    return DateSpan(first, last + timedelta(days=1))


def span_text(span: DateSpan | Recurring) -> str:
    """The span as people write it, both ends inclusive: `2026-12-31..2027-01-02`, a single date alone."""
    if isinstance(span, DateSpan):
        first, last = span.since.isoformat(), (span.until - timedelta(days=1)).isoformat()
    else:
        first, last = ("{:02d}-{:02d}".format(*month_day) for month_day in (span.since, span.until))
    return first if first == last else f"{first}..{last}"


def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _month_day(text: str) -> tuple[int, int]:
    if not _YEARLY.fullmatch(text):
        raise ValueError(text)
    day = date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    return day.month, day.day


def _in_year(month_day: tuple[int, int], year: int) -> tuple[int, int]:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (2, 28) if month_day == (2, 29) and not leap else month_day
