"""Owns what another program may do to a booking, as staff do it: change, confirm, decline, cancel, no-show, check-out, offer."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.domain.stay import MOST
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, moving, proposals, refunds, transitions
from housebot.services.bookings import Booking
from housebot.services.moving import Change
from housebot.services.ports import Tx
from housebot.web.api import asked, stays, wishes
from housebot.web.api.bookings import Which, in_full
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.shapes import (
    MOST_ID,
    MOST_MINOR_UNITS,
    Body,
    Count,
    Line,
    Moment,
    Money,
    Name,
    Params,
    Reason,
    Shown,
    Sum,
    Text,
)

Version = Annotated[
    int | None, Field(ge=1, le=MOST_ID, description="Only if nobody has changed it since; else `stale`.")
]
_OF_A_MOVE = (
    "start_date", "end_date", "unit", "tariff", "number_of_guests", "party", "extras", "without_promo", "override",
)  # fmt: skip


class ExtraSet(Body):
    """An extra with the quantity it shall have."""

    id: Name
    quantity: Annotated[int, Field(ge=0, le=MOST, description="0 takes it away.")] = 1


class Move(Body):
    """What shall be otherwise; what is not named stays. A start alone shifts the stay as it is."""

    start_date: Moment | None = None
    end_date: Moment | None = None


class BookingChange(Move):
    """One of: another stay (the first nine fields), `confirm` (with `received`), or `price` with a `reason`. `notes` may come beside."""

    unit: Name | None = None
    tariff: Name | None = None
    number_of_guests: Count | None = None
    party: Annotated[dict[Name, Annotated[int, Field(ge=0, le=MOST)]] | None, Field(max_length=20)] = None
    extras: Annotated[
        list[Name | ExtraSet],
        Field(default_factory=list, max_length=50, description="Those to set; the others stay as they are."),
    ]
    without_promo: Annotated[bool, Field(description="Leave the code behind where it does not fit any more.")] = False
    override: Annotated[Line, Field(description="Why notice, length, window and moves are passed over.")] = ""
    confirm: Annotated[bool, Field(description="Say yes to a stay that waits.")] = False
    received: Annotated[Sum | None, Field(description="The money that came, written into the ledger.")] = None
    twice: Annotated[bool, Field(description="Yes, although something about the sum or the receipt is odd.")] = False
    price: Annotated[Sum | None, Field(description="The owner's price of the whole stay.")] = None
    reason: Annotated[Reason | None, Field(description="Why it costs that.")] = None
    notes: Annotated[Text | None, Field(min_length=1, description="Written down for the staff.")] = None
    version: Version = None


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


class Offer(Move):
    """Other dates, another price, or both, for the guest to agree to in Telegram."""

    price: Sum | None = None
    reason: Annotated[Reason, Field(description="The guest reads it.")]
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


class Changed(stays.BookingInFull):
    """The booking as it stands now; `change` says what a move or an offer changes, line by line."""


def change(tx: Tx, call: Call) -> dict[str, Any]:
    """Do what the body says, all of it or nothing."""
    body: BookingChange = call.body
    work = _which_work(body)
    one = _seen(bookings.get(tx, call.path.id), body.version)
    beside: dict[str, Any] = {}
    if work is not None:
        one, beside = work(tx, call, one, body)
    if body.notes is not None:
        bookings.note(tx, one.id, body.notes, actor=call.actor, now=call.now)
    return in_full(tx, one, language=call.language) | beside


def cancellation(tx: Tx, call: Call) -> dict[str, Any]:
    """What would go back now."""
    query: WhatGoesBack = call.query
    one = bookings.get(tx, call.path.id)
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
    one = _seen(bookings.get(tx, call.path.id), call.body.version)
    one = bookings.no_show(tx, one.id, reason=call.body.reason, actor=call.actor, now=call.now)
    return in_full(tx, one, language=call.language)


def check_out(tx: Tx, call: Call) -> dict[str, Any]:
    """They left before their time."""
    one = bookings.check_out(tx, call.path.id, actor=call.actor, now=call.now, version=call.body.version)
    return in_full(tx, one, language=call.language)


def offer(tx: Tx, call: Call) -> dict[str, Any]:
    """Put it before the guest."""
    body: Offer = call.body
    one = _seen(bookings.get(tx, call.path.id), body.version)
    made = proposals.propose(
        tx,
        one,
        Change(**_times(tx, call, one, body)),
        awaits="guest",
        price=_minor(body.price, one),
        reason=body.reason.strip(),
        actor=call.actor,
        now=call.now,
    )
    return in_full(tx, bookings.get(tx, one.id), language=call.language) | {
        "offer": proposals.as_json(tx, made, language=call.language)
    }


_Done = tuple[Booking, dict[str, Any]]
_Work = Callable[[Tx, Call, Booking, BookingChange], _Done]


def _which_work(body: BookingChange) -> _Work | None:
    """The one thing that is wanted, whose fields belong together; None for a note alone."""
    said = body.model_fields_set
    moves = any(name in said and getattr(body, name) not in (None, "", False, []) for name in _OF_A_MOVE)
    wanted: list[tuple[str, _Work]] = []
    if moves:
        wanted.append((next(name for name in _OF_A_MOVE if name in said), _move))
    if body.confirm:
        wanted.append(("confirm", _confirm))
    if body.price is not None:
        wanted.append(("price", _price))
    if len(wanted) > 1:
        raise _wrong(wanted[1][0], f"not together with {wanted[0][0]}: a change, confirm or price, one at a time")
    if (body.received is not None or body.twice) and not body.confirm:
        raise _wrong("received" if body.received is not None else "twice", "it belongs to confirm")
    if (body.reason is None) is not (body.price is None):
        raise _wrong("reason", "price and reason belong together")
    if not wanted and body.notes is None:
        raise _wrong("", "nothing is to be changed")
    return wanted[0][1] if wanted else None


def _move(tx: Tx, call: Call, one: Booking, body: BookingChange) -> _Done:
    wish = Change(
        **_times(tx, call, one, body),
        unit=body.unit,
        tariff=body.tariff,
        party=wishes.party_of(catalogs.current(tx, now=call.now), body.number_of_guests, body.party),
        extras=_quantities(tx, call, body),
        without_promo=body.without_promo,
        override=body.override.strip(),
    )
    difference = moving.preview(tx, one, wish, actor=call.actor, now=call.now)
    moved = bookings.move(tx, one.id, wish, actor=call.actor, now=call.now)
    return moved, {"change": moving.as_json(difference, call.language)}


def _confirm(tx: Tx, call: Call, one: Booking, body: BookingChange) -> _Done:
    received = _minor(body.received, one)
    return bookings.confirm(tx, one.id, actor=call.actor, now=call.now, received=received, twice=body.twice), {}


def _price(tx: Tx, call: Call, one: Booking, body: BookingChange) -> _Done:
    total = _minor(body.price, one)
    assert total is not None
    assert body.reason is not None
    return bookings.set_price(tx, one.id, total, reason=body.reason, actor=call.actor, now=call.now), {}


def _times(tx: Tx, call: Call, one: Booking, wish: Move) -> dict[str, Any]:
    """The ends that were said, by the clock of the unit it shall be in."""
    catalog = catalogs.current(tx, now=call.now)
    unit = catalog.unit(getattr(wish, "unit", None) or one.unit)
    tariff = catalog.tariff(getattr(wish, "tariff", None) or one.tariff)
    zone = bookings.stay_of(tx, one).unit.zone if unit is None else unit.zone
    kind = None if tariff is None else tariff.kind
    said = {"arrival": ("start_date", wish.start_date), "departure": ("end_date", wish.end_date)}
    return {
        end: asked.wall_clock(text, field, zone=zone, kind=kind)
        for end, (field, text) in said.items()
        if text is not None
    }


def _quantities(tx: Tx, call: Call, body: BookingChange) -> dict[str, int]:
    catalog = catalogs.current(tx, now=call.now)
    found: dict[str, int] = {}
    for number, one in enumerate(body.extras):
        name, quantity = (one, 1) if isinstance(one, str) else (one.id, one.quantity)
        known = catalog.extra(name)  # noqa: S610  no Django here
        if known is None:
            raise Refusal("unknown_extra", extra=name[:40])
        if known.id in found:
            raise _wrong(f"extras.{number}", "it was named before")
        found[known.id] = quantity
    return found


def _minor(sent: Sum | None, one: Booking) -> int | None:
    if sent is None:
        return None
    if sent.currency != one.currency:
        raise Refusal("amount_invalid", reason="currency", currency=one.currency)
    return sent.amount


def _seen(one: Booking, version: int | None) -> Booking:
    if version is not None and version != one.version:
        raise Refusal("stale", booking=one.code, status=one.status, version=one.version)
    return one


def _wrong(field: str, how: str) -> Refusal:
    return Refusal("invalid", reason="fields", fields={field: how})


_DECIDED = ("not_found", "stale", "already_decided", "forbidden")
_RECEIVED = {"amount": 40000, "currency": "BYN"}

OPERATIONS = [
    Operation(
        "PATCH",
        "/bookings/{id}",
        name="changeBooking",
        summary="Move, confirm, price or note a booking",
        tag="bookings",
        description=(
            "One transaction: all of it or nothing. One of three may be wanted at a time, with `notes` beside it: another stay (dates, "
            "unit, tariff, guests, extras), `confirm`, or the owner's `price` with its `reason`; two of them at once are refused. "
            "With `version` it happens only to what you have seen."
        ),
        scope="manage",
        in_path=Which,
        takes=BookingChange,
        body_example={"confirm": True, "received": _RECEIVED, "version": 1},
        answers=Changed,
        example={**stays.IN_FULL, "status": "confirmed", "hold_expires_at": None, "version": 2},
        writes=change,
        refusals=(*wishes.REFUSALS, *_DECIDED, "dates_taken", "in_flight", "amount_invalid"),
    ),
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
        refusals=(*_DECIDED, "in_flight", "amount_invalid"),
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
        refusals=(*_DECIDED, "in_flight", "amount_invalid"),
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
        refusals=(*_DECIDED, "past"),
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
        refusals=_DECIDED,
    ),
    Operation(
        "POST",
        "/bookings/{id}/offer",
        name="offerChange",
        summary="Offer the guest other dates or another price",
        tag="bookings",
        description="The guest agrees in Telegram or keeps the stay as it is; until then it stands, and the dates offered are kept too.",
        scope="manage",
        in_path=Which,
        takes=Offer,
        body_example={"start_date": "2026-12-12T14:00", "reason": "the boiler is being mended"},
        answers=Changed,
        example=stays.IN_FULL,
        writes=offer,
        refusals=(*wishes.REFUSALS, *_DECIDED, "dates_taken", "in_flight", "amount_invalid"),
    ),
]
