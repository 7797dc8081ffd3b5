"""Owns the rows of gifts and of their ledgers: a balance is the sum of its entries, and no entry is ever changed (R48, R49)."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from housebot.domain.gift import Gift
from housebot.domain.period import from_utc_text, utc_text
from housebot.errors import Refusal
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ledger: minor units of money or visits of a stay, what is taken being negative.

    `paid` is the money of the payment it is the other side of, where there is one.
    """

    id: int
    gift_id: int
    at: datetime
    kind: str  # issue, redeem, return, extend, void, transfer
    amount: int
    booking_id: int | None
    payment_id: int | None
    paid: int
    actor: str
    comment: str


def insert(tx: Tx, gift: Gift, *, key: str, actor: str, now: datetime) -> int:
    money = gift.kind == "money"
    return tx.insert(
        """
        INSERT INTO gifts (code, key, kind, currency, amount, tariff, extras, length, visits, valid_until, buyer, recipient, issued_at, actor)
        VALUES (:code, :key, :kind, :currency, :amount, :tariff, :extras, :length, :visits, :valid_until, :buyer, :recipient, :now, :actor)
        """,
        code=gift.code,
        key=key,
        kind=gift.kind,
        currency=gift.currency,
        amount=gift.amount if money else None,
        tariff=None if money else gift.tariff,
        extras=json.dumps(gift.extras),
        length=gift.length,
        visits=None if money else gift.visits,
        valid_until=gift.valid_until.isoformat(),
        buyer=gift.buyer,
        recipient=gift.recipient,
        now=utc_text(now),
        actor=actor,
    )


def get(tx: Tx, gift_id: int) -> Gift | None:
    row = tx.one("SELECT * FROM gifts WHERE id = :id", id=gift_id)
    return None if row is None else _gift(row)


def by_key(tx: Tx, key: str) -> Gift | None:
    row = tx.one("SELECT * FROM gifts WHERE key = :key", key=key)
    return None if row is None else _gift(row)


def listing(tx: Tx) -> list[Gift]:
    """All gifts, newest first."""
    return [_gift(row) for row in tx.all("SELECT * FROM gifts ORDER BY id DESC")]


def any_living(tx: Tx, today: date) -> bool:
    """Whether there is one that may still be used."""
    found = tx.one(
        "SELECT 1 FROM gifts WHERE voided_at IS NULL AND valid_until >= :today LIMIT 1", today=today.isoformat()
    )
    return found is not None


def void(tx: Tx, gift_id: int, *, now: datetime) -> bool:
    return (
        tx.run("UPDATE gifts SET voided_at = :now WHERE id = :id AND voided_at IS NULL", id=gift_id, now=utc_text(now))
        == 1
    )


def set_valid_until(tx: Tx, gift_id: int, day: date) -> None:
    tx.run("UPDATE gifts SET valid_until = :day WHERE id = :id", id=gift_id, day=day.isoformat())


def set_recipient(tx: Tx, gift_id: int, name: str) -> None:
    tx.run("UPDATE gifts SET recipient = :name WHERE id = :id", id=gift_id, name=name)


def enter(
    tx: Tx,
    gift_id: int,
    *,
    kind: str,
    amount: int,
    booking_id: int | None = None,
    payment_id: int | None = None,
    actor: str,
    comment: str = "",
    now: datetime,
) -> int:
    """One more line; what would bring the balance below nothing is `Refusal("gift_insufficient")`, by the schema itself."""
    try:
        return tx.insert(
            """
            INSERT INTO gift_entries (gift_id, at, kind, amount, booking_id, payment_id, actor, comment)
            VALUES (:gift_id, :at, :kind, :amount, :booking_id, :payment_id, :actor, :comment)
            """,
            gift_id=gift_id,
            at=utc_text(now),
            kind=kind,
            amount=amount,
            booking_id=booking_id,
            payment_id=payment_id,
            actor=actor,
            comment=comment,
        )
    except sqlite3.IntegrityError as problem:
        raise _said(problem) from problem


def balance(tx: Tx, gift_id: int) -> int:
    amount: int = tx.value("SELECT coalesce(sum(amount), 0) FROM gift_entries WHERE gift_id = :id", id=gift_id)
    return amount


def entries(tx: Tx, gift_id: int) -> list[Entry]:
    """The ledger of one gift, oldest first."""
    rows = tx.all(f"{_ENTRIES} WHERE gift_id = :id ORDER BY gift_entries.id", id=gift_id)
    return [_entry(row) for row in rows]


def entries_of_booking(tx: Tx, booking_id: int) -> list[Entry]:
    """What gifts paid for one booking and took back, oldest first."""
    rows = tx.all(f"{_ENTRIES} WHERE gift_entries.booking_id = :id ORDER BY gift_entries.id", id=booking_id)
    return [_entry(row) for row in rows]


_ENTRIES = """
    SELECT gift_entries.*, coalesce(payments.amount, 0) AS paid
    FROM gift_entries LEFT JOIN payments ON payments.id = gift_entries.payment_id
"""


def _said(problem: sqlite3.IntegrityError) -> Exception:
    return Refusal("gift_insufficient") if str(problem) == "gift_insufficient" else problem


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        gift_id=row["gift_id"],
        at=from_utc_text(row["at"]),
        kind=row["kind"],
        amount=row["amount"],
        booking_id=row["booking_id"],
        payment_id=row["payment_id"],
        paid=row["paid"],
        actor=row["actor"],
        comment=row["comment"],
    )


def _gift(row: sqlite3.Row) -> Gift:
    return Gift(
        id=row["id"],
        code=row["code"],
        kind=row["kind"],
        currency=row["currency"],
        valid_until=date.fromisoformat(row["valid_until"]),
        amount=row["amount"] or 0,
        tariff=row["tariff"] or "",
        extras=tuple(json.loads(row["extras"])),
        length=row["length"],
        visits=row["visits"] or 0,
        buyer=row["buyer"],
        recipient=row["recipient"],
        voided=row["voided_at"] is not None,
    )
