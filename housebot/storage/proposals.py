"""Owns the rows of proposals: a change of a booking that waits for money or for a yes, changed only while it is open (R33)."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx

Awaits = Literal["money", "guest"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change as it stands. `arrival` and `departure` are local times of the stay it would become."""

    id: int
    code: str
    booking_id: int
    awaits: Awaits
    was_quote_id: int
    quote_id: int
    change: dict[str, Any]
    spends_move: bool
    arrival: datetime
    departure: datetime
    extras: dict[str, int]
    amount: int  # what has to come before it is made
    paid_before: int  # what had come for the booking when that was asked for
    under_review: bool  # a receipt for it waits for a person: it has no end (R46)
    payment_method: str | None
    state: str  # open, accepted, refused, expired, withdrawn
    reason: str
    actor: str
    expires_at: datetime
    created_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    version: int

    @property
    def subject(self) -> str:
        """Its name in the audit log and in due work."""
        return f"proposal:{self.id}"

    @property
    def is_open(self) -> bool:
        """Not answered, and its end was not noticed yet."""
        return self.state == "open"

    def lapsed(self, now: datetime) -> bool:
        """Whether its time is over, whether or not somebody has already noticed (R32)."""
        return self.is_open and not self.under_review and self.expires_at <= now


def add(tx: Tx, draft: Proposal) -> Proposal:
    """Store a new one; its code must be free, and none be open for its booking."""
    proposal_id = tx.insert(
        """
        INSERT INTO proposals (code, booking_id, awaits, was_quote_id, quote_id, change, spends_move, arrival, departure, extras,
            amount, paid_before, under_review, payment_method, state, reason, actor, expires_at, created_at, decided_by,
            decided_at, version)
        VALUES (:code, :booking_id, :awaits, :was_quote_id, :quote_id, :change, :spends_move, :arrival, :departure, :extras,
            :amount, :paid_before, :under_review, :payment_method, :state, :reason, :actor, :expires_at, :created_at, :decided_by,
            :decided_at, :version)
        """,
        **_columns(draft),
    )
    found = get(tx, proposal_id)
    assert found is not None, "it was just written"
    return found


def swap(tx: Tx, old: Proposal, new: Proposal) -> bool:
    """Put `new` in the place of `old` if that is still how it stands; False when somebody was faster (R33).

    What was proposed is not touched here.
    """
    changed = tx.run(
        """
        UPDATE proposals SET awaits = :awaits, amount = :amount, paid_before = :paid_before, under_review = :under_review,
            payment_method = :payment_method, state = :state, expires_at = :expires_at, decided_by = :decided_by,
            decided_at = :decided_at, version = :version
        WHERE id = :id AND state = :old_state AND version = :old_version
        """,
        **_columns(new) | {"id": old.id, "old_state": old.state, "old_version": old.version},
    )
    return changed == 1


def get(tx: Tx, proposal_id: int) -> Proposal | None:
    row = tx.one("SELECT * FROM proposals WHERE id = :id", id=proposal_id)
    return None if row is None else _proposal(row)


def by_code(tx: Tx, code: str) -> Proposal | None:
    row = tx.one("SELECT * FROM proposals WHERE code = :code", code=code)
    return None if row is None else _proposal(row)


def open_of(tx: Tx, booking_id: int) -> Proposal | None:
    """The one of that booking that has no answer yet."""
    row = tx.one("SELECT * FROM proposals WHERE booking_id = :booking_id AND state = 'open'", booking_id=booking_id)
    return None if row is None else _proposal(row)


def of_booking(tx: Tx, booking_id: int) -> list[Proposal]:
    """All that were ever made of that booking, newest first."""
    rows = tx.all("SELECT * FROM proposals WHERE booking_id = :booking_id ORDER BY id DESC", booking_id=booking_id)
    return [_proposal(row) for row in rows]


def of_guest(tx: Tx, guest_id: int) -> list[Proposal]:
    """All that were ever made of that guest's bookings, newest first."""
    rows = tx.all(
        """
        SELECT p.* FROM proposals AS p JOIN bookings AS b ON b.id = p.booking_id
        WHERE b.guest_id = :guest_id ORDER BY p.id DESC
        """,
        guest_id=guest_id,
    )
    return [_proposal(row) for row in rows]


def all_open(tx: Tx) -> list[Proposal]:
    """Every one without an answer; there are never many."""
    return [_proposal(row) for row in tx.all("SELECT * FROM proposals WHERE state = 'open' ORDER BY id")]


def with_extras_on(tx: Tx, first: date, last: date) -> list[Proposal]:
    """Open ones whose stay has extras, and local dates that touch those from first to last, both inclusive."""
    return [one for one in all_open(tx) if one.extras and one.arrival.date() <= last and one.departure.date() >= first]


def attach(tx: Tx, receipt_id: int, *, proposal_id: int) -> None:
    """That file was handed in for this proposal."""
    tx.run(
        """
        INSERT INTO proposal_receipts (receipt_id, proposal_id) VALUES (:receipt_id, :proposal_id)
        ON CONFLICT (receipt_id) DO UPDATE SET proposal_id = excluded.proposal_id
        """,
        receipt_id=receipt_id,
        proposal_id=proposal_id,
    )


def of_receipt(tx: Tx, receipt_id: int) -> int | None:
    """For which proposal that file was handed in; None: for the booking itself."""
    found: int | None = tx.value(
        "SELECT proposal_id FROM proposal_receipts WHERE receipt_id = :receipt_id", receipt_id=receipt_id
    )
    return found


def _columns(one: Proposal) -> dict[str, Any]:
    return {
        "code": one.code,
        "booking_id": one.booking_id,
        "awaits": one.awaits,
        "was_quote_id": one.was_quote_id,
        "quote_id": one.quote_id,
        "change": _json(one.change),
        "spends_move": int(one.spends_move),
        "arrival": one.arrival.isoformat(timespec="minutes"),
        "departure": one.departure.isoformat(timespec="minutes"),
        "extras": _json(one.extras),
        "amount": one.amount,
        "paid_before": one.paid_before,
        "under_review": int(one.under_review),
        "payment_method": one.payment_method,
        "state": one.state,
        "reason": one.reason,
        "actor": one.actor,
        "expires_at": utc_text(one.expires_at),
        "created_at": utc_text(one.created_at),
        "decided_by": one.decided_by,
        "decided_at": None if one.decided_at is None else utc_text(one.decided_at),
        "version": one.version,
    }


def _proposal(row: sqlite3.Row) -> Proposal:
    return Proposal(
        id=row["id"],
        code=row["code"],
        booking_id=row["booking_id"],
        awaits=row["awaits"],
        was_quote_id=row["was_quote_id"],
        quote_id=row["quote_id"],
        change=json.loads(row["change"]),
        spends_move=bool(row["spends_move"]),
        arrival=datetime.fromisoformat(row["arrival"]),
        departure=datetime.fromisoformat(row["departure"]),
        extras=json.loads(row["extras"]),
        amount=row["amount"],
        paid_before=row["paid_before"],
        under_review=bool(row["under_review"]),
        payment_method=row["payment_method"],
        state=row["state"],
        reason=row["reason"],
        actor=row["actor"],
        expires_at=from_utc_text(row["expires_at"]),
        created_at=from_utc_text(row["created_at"]),
        decided_by=row["decided_by"],
        decided_at=None if row["decided_at"] is None else from_utc_text(row["decided_at"]),
        version=row["version"],
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
