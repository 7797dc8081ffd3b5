"""Owns a month as the API shows it: the state of each day and its lowest price, kept as it is sent (R3)."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from housebot.domain.period import FIRST_YEAR, LAST_YEAR
from housebot.services import catalogs, day_prices
from housebot.services.availability import MOST_MONTHS
from housebot.services.day_prices import PricedMonth
from housebot.services.ports import Reader, Tx
from housebot.web.api import asked
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.shapes import Money, Name, Params, Shown

_MONTHS = "api.months"  # of the reader's cache: (data version, answers by what was asked)


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
    state: Annotated[
        Literal["free", "partial", "full", "arrive_only", "leave_only", "past"],
        Field(
            description="`past` is what cannot be booked for its time: over, too soon, or further ahead than bookings are open."
        ),
    ]
    lowest_price: Annotated[
        Money | None, Field(description="The cheapest stay that may begin that day at its shortest length.")
    ]


class Month(Shown):
    """The days of a month as a calendar shows them."""

    unit: str
    year: int
    month: int
    days: list[PricedDay]


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
