"""Owns the rows of damage deposits: what was taken, given back and kept, never changed and never deleted (R54)."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from housebot.domain.damage import Kind
from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """One row; `amount` is above zero, `kind` says which way it went."""

    id: int
    booking_id: int
    at: datetime
    kind: Kind
    amount: int
    currency: str
    method: str
    comment: str
    actor: str


def add(
    tx: Tx,
    booking_id: int,
    *,
    kind: Kind,
    amount: int,
    currency: str,
    method: str,
    comment: str,
    actor: str,
    now: datetime,
) -> int:
    """The schema refuses a row that takes more than there is."""
    return tx.insert(
        """
        INSERT INTO damage_deposits (booking_id, at, kind, amount, currency, method, comment, actor)
        VALUES (:booking_id, :at, :kind, :amount, :currency, :method, :comment, :actor)
        """,
        booking_id=booking_id,
        at=utc_text(now),
        kind=kind,
        amount=amount,
        currency=currency,
        method=method,
        comment=comment,
        actor=actor,
    )


def of_booking(tx: Tx, booking_id: int) -> list[Entry]:
    """Oldest first."""
    return [
        _entry(row) for row in tx.all("SELECT * FROM damage_deposits WHERE booking_id = :id ORDER BY id", id=booking_id)
    ]


def everything(tx: Tx) -> list[Entry]:
    """By booking, oldest first; for the checks of `db check`."""
    return [_entry(row) for row in tx.all("SELECT * FROM damage_deposits ORDER BY booking_id, id")]


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        booking_id=row["booking_id"],
        at=from_utc_text(row["at"]),
        kind=row["kind"],
        amount=row["amount"],
        currency=row["currency"],
        method=row["method"],
        comment=row["comment"],
        actor=row["actor"],
    )
