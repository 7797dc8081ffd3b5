"""Owns what the API does with closed times and stopped extras (R6, R7, R39)."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from housebot.domain.period import Period, from_utc_text
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import blocks, catalogs
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import Body, ById, Line, Moment, Name, Shown

EVER = from_utc_text("2000-01-01T00:00:00Z")


class Block(Shown):
    """A time that is closed, or an extra that is stopped. Instants; of an extra from the first of its dates to the end of the last."""

    id: int
    unit: str | None
    parts: list[str]
    extra: str | None
    start: str
    end: str
    reason: str
    actor: str
    created_at: str


class Sold(Shown):
    """A stay that was sold with an extra which is stopped now: somebody should write to them."""

    code: str
    status: str
    unit: str
    start: str
    end: str


class Made(Block):
    stays: Annotated[list[Sold], Field(description="Of a stopped extra: who has booked it.")]


class Blocks(Shown):
    items: list[Block]
    next_cursor: str | None
    removed: Annotated[list[int], Field(description="With `updated_since`: the numbers of those that are gone since.")]


class NewBlock(Body):
    """Close a unit or some of its parts, or stop one extra for whole dates: without a unit wherever it is sold."""

    unit: Name | None = None
    parts: Annotated[list[Name], Field(default_factory=list, max_length=50)]
    extra: Name | None = None
    start_date: Moment
    end_date: Annotated[Moment, Field(description="A date alone includes its whole day.")]
    reason: Line


def add(tx: Tx, call: Call) -> Answer:
    """Close a time or stop an extra. Nothing is cancelled by it."""
    body: NewBlock = call.body
    if body.extra is not None and body.parts:
        raise Refusal("invalid", reason="fields", fields={"parts": "either parts of a unit or an extra"})
    made, stays = _close(tx, call, body) if body.extra is None else _stop(tx, call, body, body.extra)
    return Answer(
        blocks.as_json(made) | {"stays": blocks.stays_json(stays)},
        headers={"Location": f"{PREFIX}/blocks/{made.id}"},
    )


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of what is closed or stopped, in the order in which it was."""
    query: pages.Standing = call.query
    page = pages.changed(tx, "block", query, blocks.listing(tx, since=EVER if query.whole else call.now))
    return {
        "items": [blocks.as_json(one) for one in page.rows],
        "next_cursor": page.next_cursor,
        "removed": page.gone,
    }


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One of them."""
    return blocks.as_json(blocks.get(tx, call.path.id))


def remove(tx: Tx, call: Call) -> None:
    """Open the time again, or sell the extra again."""
    blocks.remove(tx, call.path.id, actor=call.actor, now=call.now)


def _close(tx: Tx, call: Call, body: NewBlock) -> tuple[blocks.Block, list[Any]]:
    unit = asked.the_unit(catalogs.current(tx, now=call.now), body.unit)
    period = Period(
        asked.moment(body.start_date, zone=unit.zone),
        asked.moment(body.end_date, zone=unit.zone, end_of_day=True),
    )
    made = blocks.add(
        tx, unit=unit.id, period=period, reason=body.reason, parts=body.parts, actor=call.actor, now=call.now
    )
    return made, []


def _stop(tx: Tx, call: Call, body: NewBlock, extra: str) -> tuple[blocks.Block, list[Any]]:
    fields = {name: "a date, for whole dates" for name in ("start_date", "end_date") if len(getattr(body, name)) > 10}
    if fields:
        raise Refusal("invalid", reason="fields", fields=fields)
    first, last = asked.day(body.start_date), asked.day(body.end_date)
    if last < first:
        raise Refusal("invalid", reason="period_empty", start=first.isoformat(), end=last.isoformat())
    dates = DateSpan(first, last + timedelta(days=1))
    made = blocks.stop_extra(
        tx, extra=extra, dates=dates, unit=body.unit, reason=body.reason, actor=call.actor, now=call.now
    )
    assert made.extra is not None
    return made, blocks.stays_with_extra(tx, extra=made.extra, dates=dates, unit=made.unit, now=call.now)


_EXAMPLE = {
    "id": 3,
    "unit": "house",
    "parts": ["house"],
    "extra": None,
    "start": "2026-12-13T21:00:00Z",
    "end": "2026-12-14T21:00:00Z",
    "reason": "repairs",
    "actor": "key:3",
    "created_at": "2026-11-20T12:00:00Z",
}

OPERATIONS = [
    Operation(
        "POST",
        "/blocks",
        name="createBlock",
        summary="Close a time, or stop an extra",
        tag="blocks",
        description="Nothing is cancelled: bookings in the way of a closed time refuse it and are listed in `details.stays`.",
        scope="manage",
        takes=NewBlock,
        body_example={"unit": "house", "start_date": "2026-12-14", "end_date": "2026-12-14", "reason": "repairs"},
        answers=Made,
        example=_EXAMPLE | {"stays": []},
        writes=add,
        status=201,
        answer_headers={"Location": "Where the block is found."},
        refusals=("not_found", "unknown_unit", "unknown_extra", "extra_not_offered", "past", "dates_taken", "dst_gap"),
    ),
    Operation(
        "GET",
        "/blocks",
        name="listBlocks",
        summary="What is closed or stopped, page by page",
        tag="blocks",
        scope="read",
        query=pages.Standing,
        answers=Blocks,
        example={"items": [_EXAMPLE], "next_cursor": None, "removed": []},
        reads=listing,
    ),
    Operation(
        "GET",
        "/blocks/{id}",
        name="getBlock",
        summary="One closed time or stopped extra",
        tag="blocks",
        scope="read",
        in_path=ById,
        answers=Block,
        example=_EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
    Operation(
        "DELETE",
        "/blocks/{id}",
        name="removeBlock",
        summary="Open a time again, or sell an extra again",
        tag="blocks",
        scope="manage",
        in_path=ById,
        answers=None,
        writes=remove,
        status=204,
        refusals=("not_found",),
    ),
]
