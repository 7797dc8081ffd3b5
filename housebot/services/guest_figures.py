"""Owns what is known of somebody by their stays: how many, how long, what was paid, and the last one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from housebot.domain.money import Money
from housebot.domain.period import from_utc_text
from housebot.services.ports import Tx
from housebot.storage import guest_stays as rows

_STAYED = frozenset({"confirmed", "in_house", "completed"})  # of those, what has begun is a stay
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Stays that have begun, with their nights and hours; what is ahead and what came to nothing is counted apart."""

    stays: int
    nights: int
    hours: int
    upcoming: int
    cancelled: int
    no_shows: int
    paid: int
    currency: str
    last_stay: tuple[str, str, str] | None  # code, start, end


def of(tx: Tx, guest_ids: Collection[int], contact: str | None, *, currency: str, now: datetime) -> Figures:
    """Over everything that these guests have booked, or anybody under this contact. `paid` counts that currency alone."""
    found = rows.select(tx, guest_ids=guest_ids, contact=contact)
    begun = [row for row in found if row["status"] in _STAYED and from_utc_text(row["start"]) <= now]
    last = begun[-1] if begun else None
    return Figures(
        stays=len(begun),
        nights=sum(_nights(row["arrival"], row["departure"]) for row in begun),
        hours=sum(-(-(from_utc_text(row["end"]) - from_utc_text(row["start"])) // _HOUR) for row in begun),
        upcoming=sum(1 for row in found if row["status"] in _STAYED and from_utc_text(row["start"]) > now),
        cancelled=sum(1 for row in found if row["status"].startswith("cancelled")),
        no_shows=sum(1 for row in found if row["status"] == "no_show"),
        paid=sum(row["paid"] for row in found if row["currency"] == currency),
        currency=currency,
        last_stay=None if last is None else (last["code"], last["start"], last["end"]),
    )


def as_json(figures: Figures) -> dict[str, Any]:
    """As scripts see it."""
    last = figures.last_stay
    return {
        "stays": figures.stays,
        "nights": figures.nights,
        "hours": figures.hours,
        "upcoming": figures.upcoming,
        "cancelled": figures.cancelled,
        "no_shows": figures.no_shows,
        "paid": Money(figures.paid, figures.currency).json(),
        "last_stay": None if last is None else {"code": last[0], "start": last[1], "end": last[2]},
    }


def _nights(arrival: str, departure: str) -> int:
    """By the calendar of the unit, never by hours (R2)."""
    return (date.fromisoformat(departure[:10]) - date.fromisoformat(arrival[:10])).days
