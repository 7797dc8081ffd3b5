"""Owns what the API says about free dates: occupied dates, and whether a stay may be had (R3, R13)."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog
from housebot.domain.stay import Stay, resolve
from housebot.errors import Refusal
from housebot.services import availability, catalogs, limits, quotes
from housebot.services.availability import Busy
from housebot.services.ports import Reader, Tx
from housebot.web.api import asked, wishes
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import Day, Name, Params, Shown

MOST_DAYS = 400
_BAD_WORDS = frozenset(
    {"invalid", "unknown_unit", "unknown_tariff", "unknown_extra", "not_found", "temporarily_unavailable"}
)


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


class Asked(wishes.Stay):
    """A stay that somebody thinks of; without a number of guests the fewest that the tariff takes."""


class Conflict(Shown):
    """What is in the way; `id` only for the scope `read`."""

    start: str
    end: str
    kind: Literal["booking", "block", "feed"]


class Alternative(Shown):
    """A stay that does work."""

    start: str
    end: str
    tariff: str


class Verdict(Shown):
    """Whether the stay may be had, and what else may be."""

    available: bool
    reason: Annotated[str | None, Field(description="The code of the refusal a guest would meet.")]
    conflicting_bookings: list[Conflict]
    alternatives: Annotated[list[Alternative], Field(description="At most three, nearest first.")]


def check(tx: Tx, call: Call) -> dict[str, Any]:
    """Whether a stay may be had; a rule that forbids it is an answer, words that mean nothing are refused."""
    body: Asked = call.body
    catalog = catalogs.current(tx, now=call.now)
    try:
        return _judged(tx, call, catalog, body)
    except Refusal as refusal:
        if refusal.code in _BAD_WORDS:
            raise
        return _verdict(refusal.code, alternatives=refusal.facts.get("alternatives", []))


def _judged(tx: Tx, call: Call, catalog: Catalog, body: Asked) -> dict[str, Any]:
    """By the tariff that was named, or the first that would sell such a stay; else by the time alone."""
    unit = asked.the_unit(catalog, body.unit)
    refused: Refusal | None = None
    tariffs = [body.tariff] if body.tariff is not None else [one.id for one in catalog.tariffs_of(unit.id)]
    for tariff in tariffs:
        try:
            stay = resolve(catalog, wishes.request(catalog, body.model_copy(update={"tariff": tariff}), anybody=True))
            around = quotes.around(tx, catalog, stay, now=call.now)
            stay_rules.check(catalog, stay, now=call.now, busy=around)
        except Refusal as refusal:
            if refused is None or refused.code in _BAD_WORDS:
                refused = refusal
            continue
        return _of_stay(tx, call, catalog, stay)
    assert refused is not None, "a unit is sold by some tariff"
    raise refused


def _of_stay(tx: Tx, call: Call, catalog: Catalog, stay: Stay) -> dict[str, Any]:
    taken = availability.conflicts(tx, stay, now=call.now)
    if not taken:
        limits.check_stock(tx, catalog, stay, now=call.now)
        return _verdict(None)
    near: list[Any] = []
    try:
        availability.assert_free(tx, catalog, stay, now=call.now)
    except Refusal as refusal:
        near = refusal.facts.get("alternatives", [])
    return _verdict("dates_taken", [_conflict(one, call) for one in taken], near)


def _verdict(
    reason: str | None, conflicts: list[dict[str, Any]] | None = None, alternatives: list[Any] | None = None
) -> dict[str, Any]:
    return {
        "available": reason is None,
        "reason": reason,
        "conflicting_bookings": conflicts or [],
        "alternatives": alternatives or [],
    }


def _conflict(one: Busy, call: Call) -> dict[str, Any]:
    (said,) = availability.conflicts_json([one])
    return {**said, "id": one.ref} if call.may("read") else said


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
    Operation(
        "POST",
        "/availability/check",
        name="checkAvailability",
        summary="Whether a stay may be had",
        tag="availability",
        description=(
            "By the rules of the tariff, the occupancies with their cleaning, and the stock of extras. Without a tariff: whether any "
            "tariff would sell it. Nothing is kept by asking."
        ),
        takes=Asked,
        body_example={
            "unit": "house",
            "tariff": "day",
            "start_date": "2026-12-05T14:00",
            "end_date": "2026-12-06T14:00",
            "number_of_guests": 4,
        },
        answers=Verdict,
        example={
            "available": False,
            "reason": "dates_taken",
            "conflicting_bookings": [
                {"start": "2026-12-05T11:00:00Z", "end": "2026-12-06T11:00:00Z", "kind": "booking"}
            ],
            "alternatives": [{"start": "2026-12-06T13:00:00Z", "end": "2026-12-07T13:00:00Z", "tariff": "day"}],
        },
        reads=check,
        refusals=("unknown_unit", "unknown_tariff", "unknown_extra", "not_found", "temporarily_unavailable"),
    ),
]
