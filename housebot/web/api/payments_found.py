"""Owns how the ledger is read by other programs: page by page, oldest first, and row by row (A3)."""

from typing import Any

from housebot.services import bookings, payments
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.operation import Call, Operation
from housebot.web.api.payments import ROW, Payment, Payments, Wanted
from housebot.web.api.shapes import ById


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of the ledger, oldest first."""
    query: Wanted = call.query
    found = payments.listing(
        tx,
        booking_id=None if query.booking is None else bookings.get(tx, query.booking).id,
        since=None if query.since is None else asked.an_instant(query.since),
        updated_since=None if query.updated_since is None else asked.an_instant(query.updated_since),
        after=pages.behind(query),
        limit=query.limit + 1,
    )
    shown, more = pages.page(found, query, number=lambda one: one.id)
    return {"items": [payments.as_json(tx, one) for one in shown], "next_cursor": more}


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One row."""
    return payments.as_json(tx, payments.get(tx, call.path.id))


OPERATIONS = [
    Operation(
        "GET",
        "/payments",
        name="listPayments",
        summary="Rows of the ledger, page by page",
        tag="payments",
        description="Oldest first; nothing in it is ever changed or deleted, a correction is a row of its own.",
        scope="read",
        query=Wanted,
        answers=Payments,
        example={"items": [ROW], "next_cursor": None},
        reads=listing,
        refusals=("not_found",),
    ),
    Operation(
        "GET",
        "/payments/{id}",
        name="getPayment",
        summary="One row of the ledger",
        tag="payments",
        scope="read",
        in_path=ById,
        answers=Payment,
        example=ROW,
        reads=show,
        refusals=("not_found",),
    ),
]
