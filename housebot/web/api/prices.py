"""Owns what the API does with prices of dates set by hand: what a usual stay costs before and after is in every answer (R12, R23)."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from housebot.domain.money import LARGEST_PERCENT
from housebot.domain.period import local
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import catalogs, prices
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.operation import Call, Operation
from housebot.web.api.rehearsal import tried
from housebot.web.api.shapes import Body, ById, Day, Line, Money, Name, Shown, Sum


class Span(Shown):
    """Local dates, both included."""

    since: Annotated[str, Field(alias="from")]
    to: str


class Price(Shown):
    """A sum for each night or date, or a change in basis points of what else would count."""

    id: int
    dates: list[Span]
    amount: Money | None
    percent: int | None
    unit: str | None
    tariff: str | None
    name: str
    created_at: str
    actor: str


class Sample(Shown):
    """A usual stay, before and after."""

    unit: str
    tariff: str
    arrival: str
    departure: str
    hours: int
    before: Money
    after: Money


class KeptHold(Shown):
    """A hold that keeps the price it was made at."""

    code: str
    unit: str
    tariff: str
    arrival: str
    departure: str
    total: Money


class Change(Price):
    """The price that was set or taken back, and what it does."""

    samples: list[Sample]
    kept: list[KeptHold]


class Prices(Shown):
    items: list[Price]
    next_cursor: str | None
    removed: Annotated[list[int], Field(description="With `updated_since`: the numbers of those that are gone since.")]


class NewPrice(Body):
    """Exactly one of `amount` and `percent`. A sum needs a tariff where there are several."""

    start_date: Day
    end_date: Annotated[Day | None, Field(description="The last date, included; else one date alone.")] = None
    amount: Sum | None = None
    percent: Annotated[
        int | None, Field(ge=-LARGEST_PERCENT, le=LARGEST_PERCENT, description="Basis points: 2000 is +20 %.")
    ] = None
    unit: Name | None = None
    tariff: Name | None = None
    name: Annotated[Line, Field(description="What guests read on the line of the price.")] = ""
    dry_run: Annotated[bool, Field(description="Show what it would do, and do nothing.")] = False


def put(tx: Tx, call: Call) -> dict[str, Any]:
    """Say what dates cost; the newest counts."""
    body: NewPrice = call.body
    if (body.amount is None) == (body.percent is None):
        raise Refusal("invalid", reason="fields", fields={"amount": "either amount or percent"})
    catalog = catalogs.current(tx, now=call.now)
    first = asked.day(body.start_date)
    last = first if body.end_date is None else asked.day(body.end_date)
    if last < first:
        raise Refusal("invalid", reason="period_empty", start=first.isoformat(), end=last.isoformat())
    with tried(tx, dry_run=body.dry_run):
        change = prices.put(
            tx,
            dates=DateSpan(first, last + timedelta(days=1)),
            amount=None if body.amount is None else asked.amount(body.amount, catalog.currency),
            percent=body.percent,
            unit=body.unit,
            tariff=body.tariff,
            name=body.name,
            actor=call.actor,
            now=call.now,
        )
        return prices.change_json(catalog, change)


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of prices, in the order in which they were set: the last one counts."""
    query: pages.Standing = call.query
    catalog = catalogs.current(tx, now=call.now)
    since = None if query.whole else local(call.now, catalog.zone).date()
    page = pages.changed(tx, "price", query, prices.listing(tx, since=since))
    return {
        "items": [prices.as_json(catalog, one) for one in page.rows],
        "next_cursor": page.next_cursor,
        "removed": page.gone,
    }


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One of them."""
    return prices.as_json(catalogs.current(tx, now=call.now), prices.get(tx, call.path.id))


def remove(tx: Tx, call: Call) -> None:
    """What lies under it counts again."""
    prices.remove(tx, call.path.id, actor=call.actor, now=call.now)


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


_EXAMPLE = {
    "id": 5,
    "dates": [{"from": "2026-12-05", "to": "2026-12-06"}],
    "amount": None,
    "percent": 2000,
    "unit": None,
    "tariff": "day",
    "name": "",
    "created_at": "2026-11-20T12:00:00Z",
    "actor": "key:3",
}
_SAMPLE = {
    "unit": "house",
    "tariff": "day",
    "arrival": "2026-12-05T14:00",
    "departure": "2026-12-06T14:00",
    "hours": 24,
    "before": _money(70000),
    "after": _money(84000),
}

OPERATIONS = [
    Operation(
        "POST",
        "/prices",
        name="setPrice",
        summary="Set the price of some dates above the catalog",
        tag="prices",
        description="The newest counts; what is held or quoted already keeps its price. `samples` show a usual stay before and after.",
        scope="manage",
        takes=NewPrice,
        body_example={"start_date": "2026-12-05", "end_date": "2026-12-06", "percent": 2000, "tariff": "day"},
        answers=Change,
        example=_EXAMPLE | {"samples": [_SAMPLE], "kept": []},
        writes=put,
        refusals=("not_found", "past", "unknown_unit", "unknown_tariff", "amount_invalid"),
    ),
    Operation(
        "GET",
        "/prices",
        name="listPrices",
        summary="Prices set by hand, page by page",
        tag="prices",
        scope="read",
        query=pages.Standing,
        answers=Prices,
        example={"items": [_EXAMPLE], "next_cursor": None, "removed": []},
        reads=listing,
        refusals=("not_found",),
    ),
    Operation(
        "GET",
        "/prices/{id}",
        name="getPrice",
        summary="One price set by hand",
        tag="prices",
        scope="read",
        in_path=ById,
        answers=Price,
        example=_EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
    Operation(
        "DELETE",
        "/prices/{id}",
        name="removePrice",
        summary="Take a price back",
        tag="prices",
        scope="manage",
        in_path=ById,
        answers=None,
        writes=remove,
        status=204,
        refusals=("not_found",),
    ),
]
