"""Owns the times of a stay in a button of a change, and which other times a refusal leaves (R13)."""

from datetime import datetime

from housebot.bot.guest.telling import Told
from housebot.domain.changes import Dates, dates_of
from housebot.domain.period import Period, from_utc_text
from housebot.errors import Refusal

_MOMENT = "%y%m%d%H%M"
_LENGTH = len("2612051600")

Times = tuple[datetime, datetime]


def times_arg(arrival: datetime, departure: datetime, *, what: str = "at") -> str:
    """The stay between these local times as the argument of a button: to look at ("at"), or to ask the owner for ("ask")."""
    return f"{what}-{arrival:{_MOMENT}}-{departure:{_MOMENT}}"


def read_times(arg: str) -> Times:
    """The times of a button of ours; `stale` for anything else."""
    try:
        _, arrival, departure = arg.split("-")
        if {len(arrival), len(departure)} != {_LENGTH}:
            raise ValueError
        return datetime.strptime(arrival, _MOMENT), datetime.strptime(departure, _MOMENT)  # noqa: DTZ007  local time
    except ValueError:
        raise Refusal("stale") from None


def instead(told: Told, refusal: Refusal, wanted: Dates) -> list[Times]:
    """The nearest times that do work, of the same option; of a stay to be prolonged only those that prolong it."""
    found = []
    for one in refusal.facts.get("alternatives", []):
        start, end = from_utc_text(one["start"]), from_utc_text(one["end"])
        fits = dates_of(told.booking.period, Period(start, end))
        if (
            one.get("tariff") == told.booking.tariff
            and fits is not Dates.SAME
            and (fits is wanted or wanted is Dates.SHIFT)
        ):
            found.append((told.local(start).replace(tzinfo=None), told.local(end).replace(tzinfo=None)))
    return found
