"""Owns how rows of the ledger look to other programs: what is sent and what is answered, with examples; services write the JSON."""

from typing import Annotated, Literal

from pydantic import Field

from housebot.web.api.bookings import OnePage
from housebot.web.api.shapes import Body, BookingId, Instant, Line, Money, Shown, SignedSum, Sum

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


ROW = {
    "id": 12,
    "booking": "HB-7KWQ",
    "gift_order": None,
    "kind": "payment",
    "method": "bank",
    "amount": {"amount": 40000, "currency": "BYN"},
    "state": "done",
    "refunds": None,
    "left": {"amount": 40000, "currency": "BYN"},
    "comment": "",
    "actor": "key:3",
    "created_at": "2026-11-20T12:05:00Z",
}
BOOKED = ROW | {"paid": {"amount": 40000, "currency": "BYN"}, "due": {"amount": 40000, "currency": "BYN"}}
BACK = BOOKED | {
    "id": 13,
    "kind": "refund",
    "refunds": 12,
    "left": {"amount": 0, "currency": "BYN"},
    "comment": "ill",
}
