"""Owns what other programs are told: an event is stored in the transaction of its cause, for whoever asked for it (A6).

An event names its subject and how that stood then; the rest is fetched by whoever is interested. It never carries what opens
something: no gift code, no contact, no link.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from housebot.domain.period import utc_text
from housebot.domain.status import HOLDING, Status
from housebot.services.ports import Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import payments as payment_rows
from housebot.storage import webhook_deliveries as deliveries
from housebot.storage import webhook_endpoints as endpoints
from housebot.storage.bookings import Booking

__all__ = ["KINDS", "PING", "booking", "booking_facts", "emit", "gift", "is_wanted", "money", "send"]

KINDS = (
    "booking.held", "booking.confirmed", "booking.changed", "booking.cancelled", "booking.completed",
    "payment.recorded", "payment.refunded", "payment.adjusted", "payment.pending", "payment.failed",
    "payment.unapplied", "payment.applied", "payment.settled",
    "gift.issued", "gift.redeemed", "gift.returned", "gift.extended", "gift.transferred", "gift.voided",
    "feed.conflict",
)  # fmt: skip
PING = "ping"

_BY_STATUS = {
    Status.HELD: "booking.held",
    Status.CONFIRMED: "booking.confirmed",
    Status.COMPLETED: "booking.completed",
    **dict.fromkeys(
        (
            Status.EXPIRED,
            Status.DECLINED,
            Status.CANCELLED_BY_GUEST,
            Status.CANCELLED_BY_OWNER,
            Status.NO_SHOW,
        ),
        "booking.cancelled",
    ),
}
_BY_ENTRY = {
    "issue": "gift.issued",
    "redeem": "gift.redeemed",
    "return": "gift.returned",
    "extend": "gift.extended",
    "transfer": "gift.transferred",
    "void": "gift.voided",
}
_BY_KIND = {"payment": "payment.recorded", "refund": "payment.refunded", "adjustment": "payment.adjusted"}


def emit(tx: Tx, kind: str, facts: dict[str, Any], *, now: datetime) -> None:
    """Tell everybody who asked for it; where nobody did, one look at a short list is all it costs.

    `facts` are by subject and JSON-ready: `{"booking": {"id": …, "code": …, "status": …, "version": …}}`.
    """
    assert kind in KINDS, kind
    if asking := [number for number, wanted in endpoints.listening(tx) if is_wanted(kind, wanted)]:
        send(tx, kind, facts, asking, now=now)


def send(tx: Tx, kind: str, facts: dict[str, Any], to: Iterable[int], *, now: datetime) -> list[int]:
    """Store the event for these endpoints, whatever they asked for; the numbers of its deliveries."""
    code = f"evt_{secrets.token_hex(12)}"
    body = {"id": code, "type": kind, "created_at": utc_text(now), "data": facts}
    return deliveries.add(tx, code=code, kind=kind, body=orjson.dumps(body).decode(), endpoints=to, now=now)


def is_wanted(kind: str, wanted: Iterable[str]) -> bool:
    """Whether one of `*`, `booking.*` and plain names covers the kind."""
    return any(one in {"*", kind} or (one.endswith(".*") and kind.startswith(one[:-1])) for one in wanted)


def booking(tx: Tx, old: Booking | None, new: Booking, *, now: datetime) -> None:
    """A booking was made, or has changed: what it came to where its status says so, else that it is otherwise than before."""
    status = Status(new.status)
    kind = "booking.changed"
    if old is None:
        kind = "booking.held" if status in HOLDING else _BY_STATUS.get(status, kind)
    elif old.status != new.status:
        kind = _BY_STATUS.get(status, kind)
    emit(tx, kind, {"booking": booking_facts(new)}, now=now)


def booking_facts(one: Booking) -> dict[str, Any]:
    """What an event says of a booking."""
    return {"id": one.id, "code": one.code, "status": str(one.status), "version": one.version, "test": one.test}


def money(tx: Tx, payment_id: int, kind: str | None = None, *, now: datetime) -> None:
    """A row of the ledger was written, or has come to its end; `kind` where its present state does not say what has happened."""
    row = payment_rows.get(tx, payment_id) if endpoints.listening(tx) else None
    if row is None:
        return
    if kind is None:
        kind = _BY_KIND[row.kind] if row.state == "done" else f"payment.{row.state}"
    of = booking_rows.get(tx, row.booking_id) if row.booking_id is not None else None
    facts = {"id": row.id, "kind": row.kind, "state": row.state, "method": row.method, "refunds": row.refunds}
    about = {} if of is None else {"booking": booking_facts(of)}
    emit(tx, kind, {"payment": facts} | about, now=now)


def gift(tx: Tx, gift_id: int, entry: str, *, booking_id: int | None, now: datetime) -> None:
    """A gift's ledger has one line more. Its code is money and is not told."""
    if not endpoints.listening(tx):
        return
    of = booking_rows.get(tx, booking_id) if booking_id is not None else None
    about = {} if of is None else {"booking": booking_facts(of)}
    emit(tx, _BY_ENTRY[entry], {"gift": {"id": gift_id}} | about, now=now)
