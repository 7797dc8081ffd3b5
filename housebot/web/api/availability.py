"""Owns what the API says about free dates: occupied dates, one wish, a month (R3, R13)."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from housebot.domain import stay_rules
from housebot.domain.catalog import Catalog
from housebot.domain.period import FIRST_YEAR, LAST_YEAR
from housebot.domain.stay import Stay, resolve
from housebot.errors import Refusal
from housebot.services import availability, catalogs, day_prices, limits, quotes
from housebot.services.availability import MOST_MONTHS, Busy
from housebot.services.day_prices import PricedMonth
from housebot.services.ports import Reader, Tx
from housebot.web.api import asked, wishes
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.shapes import Day, Money, Name, Params, Shown

MOST_DAYS = 400
_MONTHS = "api.months"  # of the reader's cache: (data version, answers by what was asked)
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


class WhichMonth(Params):
    """A month of the calendar."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
    month: Annotated[int, Field(ge=1, le=12)]


class OfUnit(Params):
    """A unit; it may be left out where there is one."""

    unit: Name | None = None


class PricedDay(Shown):
    """A local date; its price is null where no stay may begin."""

    date: str
    state: Literal["free", "partial", "full", "arrive_only", "leave_only", "past"]
    lowest_price: Annotated[
        Money | None, Field(description="The cheapest stay that may begin that day at its shortest length.")
    ]


class Month(Shown):
    """The days of a month as a calendar shows them."""

    unit: str
    year: int
    month: int
    days: list[PricedDay]


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


def month(reader: Reader, call: Call) -> Answer:
    """A month, as it was sent before unless anybody has committed since or the clock alone could change it."""
    version = reader.data_version()
    cached = reader.cache.get(_MONTHS)
    if cached is None or cached[0] != version:
        cached = reader.cache[_MONTHS] = (version, {})
    kept: dict[Any, tuple[datetime, datetime, bytes]] = cached[1]
    wanted = (call.query.unit, call.path.year, call.path.month)
    known = kept.get(wanted)
    if known is None or not known[0] <= call.now < known[1]:
        found = reader.read(lambda tx: _month(tx, call))
        known = (found.month.judged_at, found.month.valid_until, orjson.dumps(_month_json(found)))
        if len(kept) >= MOST_MONTHS:
            kept.clear()
        kept[wanted] = known
    return Answer(known[2])


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


def _month(tx: Tx, call: Call) -> PricedMonth:
    unit = asked.the_unit(catalogs.current(tx, now=call.now), call.query.unit)
    return day_prices.of_month(tx, unit=unit.id, year=call.path.year, month=call.path.month, now=call.now)


def _month_json(found: PricedMonth) -> dict[str, Any]:
    def price(amount: int | None) -> Any:
        return None if amount is None else {"amount": amount, "currency": found.currency}

    return {
        "unit": found.month.unit,
        "year": found.month.year,
        "month": found.month.month,
        "days": [
            {
                "date": day.date.isoformat(),
                "state": "full" if day.state == "closed" else day.state,
                "lowest_price": price(found.lowest.get(day.date)),
            }
            for day in found.month.days
        ],
    }


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
    Operation(
        "GET",
        "/availability/month/{year}/{month}",
        name="getMonth",
        summary="A month: the state of each day and its lowest price",
        tag="availability",
        in_path=WhichMonth,
        query=OfUnit,
        answers=Month,
        example={
            "unit": "house",
            "year": 2026,
            "month": 12,
            "days": [
                {"date": "2026-12-05", "state": "partial", "lowest_price": {"amount": 25000, "currency": "BYN"}},
                {"date": "2026-12-06", "state": "full", "lowest_price": None},
            ],
        },
        looks=month,
        refusals=("unknown_unit", "not_found", "temporarily_unavailable"),
    ),
]
