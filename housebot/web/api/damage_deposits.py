"""Owns what the API does with damage deposits: taken, returned and kept; they pay nothing of a stay (R54)."""

from typing import Annotated, Any

from pydantic import Field

from housebot.services import bookings, damage
from housebot.services.bookings import Booking
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.bookings import Which
from housebot.web.api.operation import Call, Operation
from housebot.web.api.payments import Method, Twice, Why
from housebot.web.api.shapes import Body, Line, Money, Shown, Sum


class Entry(Shown):
    """One thing that happened to a deposit."""

    id: int
    at: str
    kind: str
    amount: Money
    method: str
    comment: str
    actor: str


class Deposit(Shown):
    """Where the deposit of one booking is."""

    booking: str
    asked: Money
    taken: Money
    returned: Money
    kept: Money
    left: Money
    entries: list[Entry]


class Moved(Body):
    """A sum; without one what is asked for is taken, and all that is left goes back."""

    amount: Sum | None = None
    method: Method = "cash"
    comment: Line = ""


class Taken(Moved):
    twice: Twice = False


class Kept(Body):
    amount: Sum | None = None
    reason: Annotated[Why, Field(description="The guest reads it.")]


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """Where it is."""
    return _shown(tx, bookings.get(tx, call.path.id))


def take(tx: Tx, call: Call) -> dict[str, Any]:
    """It came."""
    body, one = call.body, bookings.get(tx, call.path.id)
    damage.take(
        tx,
        one.id,
        _sum(body.amount, one),
        method=body.method,
        comment=body.comment,
        twice=body.twice,
        actor=call.actor,
        now=call.now,
    )
    return _shown(tx, one)


def give_back(tx: Tx, call: Call) -> dict[str, Any]:
    """The guest has it back."""
    body, one = call.body, bookings.get(tx, call.path.id)
    damage.give_back(
        tx,
        one.id,
        _sum(body.amount, one),
        method=body.method,
        comment=body.comment,
        actor=call.actor,
        now=call.now,
    )
    return _shown(tx, one)


def keep(tx: Tx, call: Call) -> dict[str, Any]:
    """It stays with the desk."""
    one = bookings.get(tx, call.path.id)
    damage.keep(tx, one.id, _sum(call.body.amount, one), reason=call.body.reason, actor=call.actor, now=call.now)
    return _shown(tx, one)


def _sum(amount: Sum | None, one: Booking) -> int | None:
    return None if amount is None else asked.amount(amount, one.currency)


def _shown(tx: Tx, one: Booking) -> dict[str, Any]:
    return {"booking": one.code} | damage.as_json(tx, one)


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


_EXAMPLE = {
    "booking": "HB-7KWQ",
    "asked": _money(20000),
    "taken": _money(20000),
    "returned": _money(0),
    "kept": _money(0),
    "left": _money(20000),
    "entries": [
        {
            "id": 1,
            "at": "2026-12-05T11:00:00Z",
            "kind": "taken",
            "amount": _money(20000),
            "method": "cash",
            "comment": "",
            "actor": "key:3",
        }
    ],
}
_PLACE = "/bookings/{id}/damage-deposit"
_REFUSALS = ("not_found", "amount_invalid", "already_decided", "stale")

OPERATIONS = [
    Operation(
        "GET",
        _PLACE,
        name="getDamageDeposit",
        summary="The damage deposit of a booking",
        tag="payments",
        scope="read",
        in_path=Which,
        answers=Deposit,
        example=_EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
    *(
        Operation(
            "POST",
            _PLACE + place,
            name=name,
            summary=summary,
            tag="payments",
            scope="manage",
            in_path=Which,
            takes=takes,
            body_example=body,
            answers=Deposit,
            example=_EXAMPLE,
            writes=work,
            refusals=_REFUSALS,
        )
        for place, name, summary, takes, body, work in (
            ("", "takeDamageDeposit", "Write down a damage deposit that came", Taken, {"method": "cash"}, take),
            ("/return", "returnDamageDeposit", "Write down that the guest has it back", Moved, {}, give_back),
            ("/keep", "keepDamageDeposit", "Keep some or all of it for a reason", Kept, {"reason": "a window"}, keep),
        )
    ),
]
