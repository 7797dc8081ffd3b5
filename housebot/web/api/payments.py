"""Owns what the API does with the ledger: its rows, and those that staff add; nothing in it is ever changed (R44)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.services import bookings, bookkeeping, chargebacks, payments
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.bookings import OnePage
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import Body, ById, Instant, Line, Money, Shown, SignedSum, Sum

BookingId = Annotated[int | str, Field(description="The number or the code.")]
Method = Annotated[Literal["bank", "cash"], Field(description="How the money moved.")]
Twice = Annotated[bool, Field(description="Yes, although it is more than is owed.")]
Why = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Payment(Shown):
    """A row of the ledger. `booking` is null for money that waits for a choice and for what was paid for a gift."""

    id: int
    booking: str | None
    gift_order: str | None
    kind: Literal["payment", "refund", "adjustment"]
    method: str
    amount: Money
    state: Literal["pending", "done", "failed", "unapplied"]
    refunds: Annotated[int | None, Field(description="The payment that a refund gives back.")]
    left: Annotated[Money, Field(description="What may still go back.")]
    comment: str
    actor: str
    created_at: str


class Booked(Payment):
    """The new row, and how its booking stands with it."""

    paid: Money
    due: Money


class Payments(Shown):
    items: list[Payment]
    next_cursor: str | None


class Wanted(OnePage):
    booking: Annotated[
        str | None,
        Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$", description="Its number or code."),
    ] = None
    since: Annotated[Instant | None, Field(description="Rows written from then on.")] = None


class Received(Body):
    """Money that somebody saw arrive. It confirms nothing."""

    booking_id: BookingId
    amount: Sum
    method: Method
    comment: Line = ""
    twice: Twice = False


class Back(Body):
    """Some of a payment, or all that is left of it."""

    amount: Sum | None = None
    reason: Why


class Refund(Back):
    """Money that goes back: by card where it came by card, unless it has gone back another way already."""

    by_hand: Annotated[bool, Field(description="Only write it down.")] = False


class Adjustment(Body):
    """A correction, with its reason, as a row of its own."""

    booking_id: BookingId
    amount: SignedSum
    reason: Why
    method: Method = "bank"
    twice: Twice = False


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


def record(tx: Tx, call: Call) -> Answer:
    """Write down money that came."""
    body: Received = call.body
    booking = bookings.get(tx, body.booking_id)
    return _made(
        tx,
        bookkeeping.record(
            tx,
            booking.id,
            asked.amount(body.amount, booking.currency),
            method=body.method,
            comment=body.comment,
            twice=body.twice,
            actor=call.actor,
            now=call.now,
        ),
    )


def refund(tx: Tx, call: Call) -> Answer:
    """Send some of a payment back, or write down that it has gone."""
    body: Refund = call.body
    amount = _of_payment(tx, call.path.id, body.amount)
    row = bookkeeping.refund(
        tx, call.path.id, amount, reason=body.reason, by_hand=body.by_hand, actor=call.actor, now=call.now
    )
    return _made(tx, row)


def chargeback(tx: Tx, call: Call) -> Answer:
    """Write down what the payer's bank has taken back."""
    amount = _of_payment(tx, call.path.id, call.body.amount)
    return _made(
        tx, chargebacks.record(tx, call.path.id, amount, reason=call.body.reason, actor=call.actor, now=call.now)
    )


def adjust(tx: Tx, call: Call) -> Answer:
    """Correct the ledger."""
    body: Adjustment = call.body
    booking = bookings.get(tx, body.booking_id)
    return _made(
        tx,
        bookkeeping.adjust(
            tx,
            booking.id,
            asked.amount(body.amount, booking.currency),
            reason=body.reason,
            method=body.method,
            twice=body.twice,
            actor=call.actor,
            now=call.now,
        ),
    )


def _of_payment(tx: Tx, payment_id: int, amount: Sum | None) -> int | None:
    return None if amount is None else asked.amount(amount, payments.get(tx, payment_id).currency)


def _made(tx: Tx, row: payments.Payment) -> Answer:
    return Answer(bookkeeping.with_balance(tx, row), headers={"Location": f"{PREFIX}/payments/{row.id}"})


_BYN = "BYN"
_ROW = {
    "id": 12,
    "booking": "HB-7KWQ",
    "gift_order": None,
    "kind": "payment",
    "method": "bank",
    "amount": {"amount": 40000, "currency": _BYN},
    "state": "done",
    "refunds": None,
    "left": {"amount": 40000, "currency": _BYN},
    "comment": "",
    "actor": "key:3",
    "created_at": "2026-11-20T12:05:00Z",
}
_BOOKED = _ROW | {"paid": {"amount": 40000, "currency": _BYN}, "due": {"amount": 40000, "currency": _BYN}}
_BACK = _BOOKED | {
    "id": 13,
    "kind": "refund",
    "refunds": 12,
    "left": {"amount": 0, "currency": _BYN},
    "comment": "ill",
}
_LOCATION = {"Location": "Where the row is found."}
_REASON = {"reason": "ill"}

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
        example={"items": [_ROW], "next_cursor": None},
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
        example=_ROW,
        reads=show,
        refusals=("not_found",),
    ),
    Operation(
        "POST",
        "/payments",
        name="recordPayment",
        summary="Write down money that came",
        tag="payments",
        description="It does not confirm a stay. More than is owed is `amount_invalid` (`overpaid`) unless it is said `twice`.",
        scope="manage",
        takes=Received,
        body_example={"booking_id": "HB-7KWQ", "amount": {"amount": 40000, "currency": _BYN}, "method": "bank"},
        answers=Booked,
        example=_BOOKED,
        writes=record,
        status=201,
        answer_headers=_LOCATION,
        refusals=("not_found", "amount_invalid"),
    ),
    Operation(
        "POST",
        "/payments/adjust",
        name="adjustPayments",
        summary="Correct the ledger by a row of its own",
        tag="payments",
        scope="manage",
        takes=Adjustment,
        body_example={
            "booking_id": "HB-7KWQ",
            "amount": {"amount": -5000, "currency": _BYN},
            "reason": "typed wrongly",
        },
        answers=Booked,
        example=_BOOKED
        | {"id": 14, "kind": "adjustment", "amount": {"amount": -5000, "currency": _BYN}, "comment": "typed wrongly"},
        writes=adjust,
        status=201,
        answer_headers=_LOCATION,
        refusals=("not_found", "amount_invalid"),
    ),
    Operation(
        "POST",
        "/payments/{id}/refund",
        name="refundPayment",
        summary="Send a payment back, or write down that it has gone back",
        tag="payments",
        description="What came by card is sent to the card; its row is `pending` until it is there. The guest is told.",
        scope="manage",
        in_path=ById,
        takes=Refund,
        body_example=_REASON,
        answers=Booked,
        example=_BACK,
        writes=refund,
        status=201,
        answer_headers=_LOCATION,
        refusals=("not_found", "amount_invalid", "already_decided", "forbidden"),
    ),
    Operation(
        "POST",
        "/payments/{id}/chargeback",
        name="recordChargeback",
        summary="Write down money that the payer's bank has taken back",
        tag="payments",
        description="The stay owes it again, and staff are told.",
        scope="manage",
        in_path=ById,
        takes=Back,
        body_example=_REASON,
        answers=Booked,
        example=_BACK | {"comment": "chargeback: ill"},
        writes=chargeback,
        status=201,
        answer_headers=_LOCATION,
        refusals=("not_found", "amount_invalid", "already_decided"),
    ),
]
