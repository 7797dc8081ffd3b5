"""Owns what the API says of figures: what each unit came to, and how much waits."""

from typing import Annotated, Any

from pydantic import Field

from housebot.services import statistics
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import Day, Money, Name, Params, Shown


class Wanted(Params):
    """Local days, both included; without them the desk's usual span."""

    start_date: Day | None = None
    end_date: Day | None = None
    unit: Name | None = None


class OfUnit(Shown):
    """What one unit came to."""

    unit: str


class Waiting(Shown):
    depth: int
    oldest_seconds: int


class Statistics(Shown):
    """Figures of units by the dates of stays, money by the day on which it came, and what waits now."""

    since: str
    until: str
    zone: str
    units: list[OfUnit]
    received: list[Money]
    queues: Annotated[
        dict[str, Waiting],
        Field(
            description="Inbox, outbox, due work, notifications of other programs, webhooks to them, answers in other messengers."
        ),
    ]


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """The figures."""
    query: Wanted = call.query
    found = statistics.as_json(
        tx,
        since=None if query.start_date is None else asked.day(query.start_date),
        until=None if query.end_date is None else asked.day(query.end_date),
        unit=query.unit,
        now=call.now,
    )
    return found | {"queues": statistics.queues(tx, now=call.now)}


_QUIET = {"depth": 0, "oldest_seconds": 0}

OPERATIONS = [
    Operation(
        "GET",
        "/statistics",
        name="getStatistics",
        summary="Figures of units, and what waits",
        tag="statistics",
        scope="read",
        query=Wanted,
        answers=Statistics,
        example={
            "since": "2026-11-01",
            "until": "2026-11-30",
            "zone": "Europe/Minsk",
            "units": [{"unit": "house"}],
            "received": [{"amount": 40000, "currency": "BYN"}],
            "queues": dict.fromkeys(statistics.QUEUES, _QUIET),
        },
        aside=show,
        refusals=("unknown_unit", "not_found"),
    ),
]
