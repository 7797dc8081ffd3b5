"""Owns what another program may change of a booking, as staff do it: another stay, a yes, a price, a note; or offer to its guest."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from housebot.domain.stay import MOST
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, differences, moving, proposals
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import Tx
from housebot.web.api import asked, stays, wishes
from housebot.web.api.bookings import DECIDED, Version, Which, in_full, seen
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import (
    Body,
    Count,
    Line,
    Moment,
    Name,
    Reason,
    Sum,
    Text,
)

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


class Offer(Move):
    """Other dates, another price, or both, for the guest to agree to in Telegram."""

    price: Sum | None = None
    reason: Annotated[Reason, Field(description="The guest reads it.")]
    version: Version = None


class Changed(stays.BookingInFull):
    """The booking as it stands now; `change` says what a move or an offer changes, line by line."""


def change(tx: Tx, call: Call) -> dict[str, Any]:
    """Do what the body says, all of it or nothing."""
    body: BookingChange = call.body
    work = _which_work(body)
    one = seen(bookings.get(tx, call.path.id), body.version)
    beside: dict[str, Any] = {}
    if work is not None:
        one, beside = work(tx, call, one, body)
    if body.notes is not None:
        bookings.note(tx, one.id, body.notes, actor=call.actor, now=call.now)
    return in_full(tx, one, language=call.language) | beside


def offer(tx: Tx, call: Call) -> dict[str, Any]:
    """Put it before the guest."""
    body: Offer = call.body
    one = seen(bookings.get(tx, call.path.id), body.version)
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
    return moved, {"change": differences.as_json(difference, call.language)}


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
    return None if sent is None else asked.amount(sent, one.currency)


def _wrong(field: str, how: str) -> Refusal:
    return Refusal("invalid", reason="fields", fields={field: how})


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
        refusals=(*wishes.REFUSALS, *DECIDED, "dates_taken", "in_flight", "amount_invalid"),
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
        refusals=(*wishes.REFUSALS, *DECIDED, "dates_taken", "in_flight", "amount_invalid"),
    ),
]
