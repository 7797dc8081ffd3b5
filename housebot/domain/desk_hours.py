"""Owns when somebody answers at the desk: its hours by the wall clock, which may run past midnight (UX 6)."""

from datetime import date, datetime, timedelta

from housebot.domain.catalog import Desk

_DAY = timedelta(days=1)


def open_span(desk: Desk, day: date) -> tuple[datetime, datetime]:
    """When the desk opens on that date and when it closes after that: on the next date, unless later on the same one."""
    opens, closes = datetime.combine(day, desk.opens), datetime.combine(day, desk.closes)
    return opens, closes if closes > opens else closes + _DAY


def is_open(desk: Desk, moment: datetime) -> bool:
    """Whether somebody answers at that wall clock time."""
    spans = (open_span(desk, moment.date() - _DAY), open_span(desk, moment.date()))
    return any(opens <= moment < closes for opens, closes in spans)


def hours_later(desk: Desk, moment: datetime, length: timedelta) -> datetime:
    """The wall clock time at which so much of the desk's open time has passed."""
    left, day = length, moment.date() - _DAY  # what began on the evening before may still run
    while True:
        opens, closes = open_span(desk, day)
        begins = max(moment, opens)
        if begins < closes:
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        day += _DAY
