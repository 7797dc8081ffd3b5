"""Owns how another program ends a booking, as staff do it: what goes back, cancelled, declined, nobody came, they have left."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.services import bookings, refunds, transitions
from housebot.services.ports import Tx
from housebot.web.api import stays
from housebot.web.api.bookings import DECIDED, Version, Which, in_full, seen
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.shapes import MOST_MINOR_UNITS, Body, Line, Money, Params, Reason, Shown


class Declined(Body):
    """No, and why: the guest is told."""

    reason: Annotated[
        Reason,
        Field(description="Own words, or money_not_seen, unreadable, wrong_sum, dates_taken.", examples=["wrong_sum"]),
    ]
    receipt_only: Annotated[bool, Field(description="Refuse the receipt; the guest may send another.")] = False
    version: Version = None


class NoShow(Body):
    """The guest did not come."""

    reason: Line = ""
    version: Version = None


class CheckOut(Body):
    """The guests have left."""

    version: Version = None


class WhatGoesBack(Params):
    """Who cancels, and what goes back."""

    by: Annotated[
        Literal["owner", "guest"],
        Field(description="`owner`: everything paid goes back. `guest`: what the policy of the booking gives."),
    ] = "owner"
    refund: Annotated[
        Literal["all", "none", "policy"] | Annotated[int, Field(ge=0, le=MOST_MINOR_UNITS)] | None,
        Field(description="Instead: all, none (but city tax), policy, or a sum in minor units."),
    ] = None


class HowCancelled(WhatGoesBack):
    """The same, and why."""

    reason: Annotated[Line, Field(description="The guest is told.")] = ""
    version: Version = None


class Cancellation(Shown):
    """What cancelling at this minute gives back, and why."""

    paid: Money
    fee: Annotated[Money, Field(description="What is kept.")]
    refund: Money
    to_gift: Annotated[Money, Field(description="What of it is on the gift again.")]
    to_send: Annotated[Money, Field(description="What of it goes back in money.")]
    seen: Annotated[bool, Field(description="False: it is presumed from a receipt that nobody has judged yet.")]
    why: str


def cancellation(tx: Tx, call: Call) -> dict[str, Any]:
    """What would go back now."""
    query: WhatGoesBack = call.query
    one = bookings.get(tx, call.path.id)
    if not (query.by == "owner" and one.is_hold):  # the owner may still say no to a hold whose time is over
        transitions.must_stand(one, "confirmed", "in_house", now=call.now)
    choice = query.refund if query.refund is not None else "policy" if query.by == "guest" else "all"
    return refunds.as_json(refunds.terms(tx, one, choice, now=call.now), call.language)


def cancel(tx: Tx, call: Call) -> Answer:
    """The dates are free again, with everything that hangs on them."""
    query: HowCancelled = call.query
    bookings.cancel(
        tx,
        call.path.id,
        by=query.by,
        reason=query.reason.strip(),
        refund=query.refund,
        actor=call.actor,
        now=call.now,
        version=query.version,
    )
    return Answer(None)


def decline(tx: Tx, call: Call) -> dict[str, Any]:
    """No to a stay that waits, or to its receipt."""
    body: Declined = call.body
    one = bookings.decline(
        tx,
        call.path.id,
        reason=body.reason.strip(),
        receipt_only=body.receipt_only,
        actor=call.actor,
        now=call.now,
        version=body.version,
    )
    return in_full(tx, one, language=call.language)


def no_show(tx: Tx, call: Call) -> dict[str, Any]:
    """Nobody came."""
    one = seen(bookings.get(tx, call.path.id), call.body.version)
    one = bookings.no_show(tx, one.id, reason=call.body.reason, actor=call.actor, now=call.now)
    return in_full(tx, one, language=call.language)


def check_out(tx: Tx, call: Call) -> dict[str, Any]:
    """They left before their time."""
    one = bookings.check_out(tx, call.path.id, actor=call.actor, now=call.now, version=call.body.version)
    return in_full(tx, one, language=call.language)


OPERATIONS = [
    Operation(
        "GET",
        "/bookings/{id}/cancellation",
        name="previewCancellation",
        summary="What cancelling a booking now would give back",
        tag="bookings",
        description="Exactly this is booked by `DELETE` with the same words within the same minute.",
        scope="read",
        in_path=Which,
        query=WhatGoesBack,
        answers=Cancellation,
        example={
            **{name: {"amount": 40000, "currency": "BYN"} for name in ("paid", "refund", "to_send")},
            **{name: {"amount": 0, "currency": "BYN"} for name in ("fee", "to_gift")},
            "seen": True,
            "tier": None,
            "why": "the owner cancels, everything is given back",
        },
        reads=cancellation,
        refusals=("not_found", "stale", "already_decided", "amount_invalid"),
    ),
    Operation(
        "DELETE",
        "/bookings/{id}",
        name="cancelBooking",
        summary="Cancel a booking",
        tag="bookings",
        description=(
            "By the owner everything paid goes back, by the guest what the policy gives; `refund` chooses otherwise. A hold is let go. "
            "One that is over or cancelled already is 409 `already_decided`, with who and when."
        ),
        scope="manage",
        in_path=Which,
        query=HowCancelled,
        answers=None,
        writes=cancel,
        status=204,
        refusals=(*DECIDED, "in_flight", "amount_invalid"),
    ),
    Operation(
        "POST",
        "/bookings/{id}/decline",
        name="declineBooking",
        summary="Say no to a booking that waits, or to its receipt",
        tag="bookings",
        scope="manage",
        in_path=Which,
        takes=Declined,
        body_example={"reason": "money_not_seen"},
        answers=stays.BookingInFull,
        example={**stays.IN_FULL, "status": "declined", "hold_expires_at": None, "version": 2},
        writes=decline,
        refusals=(*DECIDED, "in_flight", "amount_invalid"),
    ),
    Operation(
        "POST",
        "/bookings/{id}/no-show",
        name="noteNoShow",
        summary="The guest did not come",
        tag="bookings",
        description="From the day of arrival until check-out. The dates are free again, what was paid stays.",
        scope="manage",
        in_path=Which,
        takes=NoShow,
        body_example={"reason": "nobody answered"},
        answers=stays.BookingInFull,
        example={**stays.IN_FULL, "status": "no_show", "hold_expires_at": None, "version": 3},
        writes=no_show,
        refusals=(*DECIDED, "past"),
    ),
    Operation(
        "POST",
        "/bookings/{id}/check-out",
        name="checkOutBooking",
        summary="The guests have left before their time",
        tag="bookings",
        description="The rest of the time is free after the cleaning. Nothing is given back by itself.",
        scope="manage",
        in_path=Which,
        takes=CheckOut,
        body_example={},
        answers=stays.BookingInFull,
        example={**stays.IN_FULL, "status": "completed", "hold_expires_at": None, "version": 4},
        writes=check_out,
        refusals=DECIDED,
    ),
]
