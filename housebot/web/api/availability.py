"""Owns what the API says about free dates: occupied dates, one wish, a month (R3, R13)."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from housebot.errors import Refusal
from housebot.services import availability, catalogs
from housebot.services.ports import Reader
from housebot.web.api import asked
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import Day, Name, Params, Shown

MOST_DAYS = 400


class DatesQuery(Params):
    start_date: Day
    end_date: Annotated[Day, Field(description="The last date, included.")]
    unit: Name | None = None


class Dates(Shown):
    unit: str
    dates: Annotated[list[str], Field(description="Local dates on which nobody can begin or pass a stay.")]


def dates(reader: Reader, call: Call) -> dict[str, Any]:
    """The occupied dates of a unit."""
    first, last = asked.day(call.query.start_date), asked.day(call.query.end_date)
    if not timedelta() <= last - first <= timedelta(days=MOST_DAYS):
        raise Refusal("invalid", reason="fields", fields={"end_date": f"from start_date to {MOST_DAYS} days later"})
    unit = reader.read(lambda tx: asked.the_unit(catalogs.current(tx, now=call.now), call.query.unit)).id
    found: list[str] = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        days = availability.month(reader, unit=unit, year=year, month=month, now=call.now).days
        found += [one.date.isoformat() for one in days if one.state in {"full", "closed"} and first <= one.date <= last]
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return {"unit": unit, "dates": found}


OPERATIONS = [
    Operation(
        "GET",
        "/availability/dates",
        name="listOccupiedDates",
        summary="Occupied dates of a unit",
        tag="availability",
        query=DatesQuery,
        answers=Dates,
        example={"unit": "house", "dates": ["2026-12-05", "2026-12-06"]},
        looks=dates,
        refusals=("unknown_unit",),
    ),
]
