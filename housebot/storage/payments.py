"""Owns the ledger: rows of money in and out; a correction is a new row, nothing is deleted (R44)."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.ledger import NET
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Payment:
    """One row. Unapplied money belongs to a guest and waits for a choice (R36)."""

    id: int
    booking_id: int | None
    guest_id: int | None
    kind: str  # payment, refund, adjustment
    method: str
    amount: int
    currency: str
    state: str  # pending, done, failed, unapplied
    receipt_id: int | None
    refunds: int | None  # the payment that a refund gives back
    provider_id: str | None  # what the provider calls it; one row each
    comment: str
    actor: str
    created_at: datetime
    gift_order_id: int | None = None  # it was paid, or went back, for a gift


def add(
    tx: Tx,
    *,
    booking_id: int | None,
    guest_id: int | None,
    kind: str,
    method: str,
    amount: int,
    currency: str,
    state: str,
    receipt_id: int | None,
    refunds: int | None = None,
    comment: str,
    actor: str,
    provider_id: str | None = None,
    gift_order_id: int | None = None,
    now: datetime,
) -> int:
    return tx.insert(
        """
        INSERT INTO payments (
            booking_id, gift_order_id, guest_id, kind, method, amount, currency, state, receipt_id, refunds, provider_id, comment,
            actor, created_at, updated_at
        ) VALUES (
            :booking_id, :gift_order_id, :guest_id, :kind, :method, :amount, :currency, :state, :receipt_id, :refunds, :provider_id,
            :comment, :actor, :now, :now
        )
        """,
        booking_id=booking_id,
        gift_order_id=gift_order_id,
        guest_id=guest_id,
        kind=kind,
        method=method,
        amount=amount,
        currency=currency,
        state=state,
        receipt_id=receipt_id,
        refunds=refunds,
        provider_id=provider_id,
        comment=comment,
        actor=actor,
        now=utc_text(now),
    )


def net(tx: Tx, booking_id: int) -> int:
    """Confirmed payments and corrections less done refunds."""
    amount: int = tx.value(NET.format(booking=":booking_id"), booking_id=booking_id)
    return amount


def refunded(tx: Tx, payment_id: int) -> int:
    """How much of a payment has gone back, or is on its way."""
    amount: int = tx.value(
        "SELECT coalesce(sum(amount), 0) FROM payments WHERE refunds = :id AND state IN ('pending', 'done')",
        id=payment_id,
    )
    return amount


def on_its_way(tx: Tx, payment_id: int) -> int:
    """How much of one payment goes back and has not got there yet."""
    amount: int = tx.value(
        "SELECT coalesce(sum(amount), 0) FROM payments WHERE refunds = :id AND state = 'pending'", id=payment_id
    )
    return amount


def on_their_way(tx: Tx, booking_id: int) -> int:
    """How much of a booking's money goes back and has not got there yet."""
    amount: int = tx.value(
        "SELECT coalesce(sum(amount), 0) FROM payments WHERE booking_id = :booking_id AND kind = 'refund' AND state = 'pending'",
        booking_id=booking_id,
    )
    return amount


def net_of_gifts(tx: Tx, booking_id: int) -> int:
    """The same of what gifts have paid."""
    amount: int = tx.value(NET.format(booking=":booking_id") + " AND method = 'gift'", booking_id=booking_id)
    return amount


def of_booking(tx: Tx, booking_id: int) -> list[Payment]:
    """What has come and gone for one booking, oldest first."""
    rows = tx.all("SELECT * FROM payments WHERE booking_id = :id AND state = 'done' ORDER BY id", id=booking_id)
    return [_payment(row) for row in rows]


def of_gift_order(tx: Tx, order_id: int) -> list[Payment]:
    """What has come and gone for one gift that was bought, oldest first; of what waits to be sent back nothing."""
    rows = tx.all(
        """
        SELECT * FROM payments AS p WHERE gift_order_id = :id AND state = 'done'
            AND NOT EXISTS (SELECT 1 FROM payments WHERE id = p.refunds AND state = 'unapplied')
        ORDER BY id
        """,
        id=order_id,
    )
    return [_payment(row) for row in rows]


def get(tx: Tx, payment_id: int) -> Payment | None:
    row = tx.one("SELECT * FROM payments WHERE id = :id", id=payment_id)
    return None if row is None else _payment(row)


def by_provider_id(tx: Tx, provider_id: str) -> Payment | None:
    row = tx.one("SELECT * FROM payments WHERE provider_id = :provider_id", provider_id=provider_id)
    return None if row is None else _payment(row)


def settle(tx: Tx, payment_id: int, *, state: str, comment: str, booking_id: int | None = None, now: datetime) -> bool:
    """Give unapplied money its end, with `booking_id` in a booking; False when somebody has done so already."""
    changed = tx.run(
        """
        UPDATE payments SET state = :state, comment = :comment, booking_id = coalesce(:booking_id, booking_id), updated_at = :now
        WHERE id = :id AND state = 'unapplied'
        """,
        id=payment_id,
        state=state,
        comment=comment,
        booking_id=booking_id,
        now=utc_text(now),
    )
    if changed and booking_id is not None:  # what has gone back of it is the booking's as well
        tx.run("UPDATE payments SET booking_id = :booking_id WHERE refunds = :id", booking_id=booking_id, id=payment_id)
    return changed == 1


def finish(tx: Tx, payment_id: int, *, state: str, now: datetime) -> bool:
    """What was pending has come to its end; False when it had already."""
    changed = tx.run(
        "UPDATE payments SET state = :state, updated_at = :now WHERE id = :id AND state = 'pending'",
        id=payment_id,
        state=state,
        now=utc_text(now),
    )
    return changed == 1


def listing(
    tx: Tx,
    *,
    booking_id: int | None = None,
    state: str | None = None,
    since: datetime | None = None,
    updated_since: datetime | None = None,
    after: int = 0,
    limit: int | None = 100,
) -> list[Payment]:
    """Rows of the ledger, oldest first, those behind the row `after`; `since` by when they were written."""
    rows = tx.all(
        """
        SELECT * FROM payments
        WHERE (:booking_id IS NULL OR booking_id = :booking_id) AND (:state IS NULL OR state = :state)
            AND (:since IS NULL OR created_at >= :since) AND (:updated_since IS NULL OR updated_at >= :updated_since)
            AND id > :after
        ORDER BY id LIMIT :limit
        """,
        booking_id=booking_id,
        state=state,
        since=None if since is None else utc_text(since),
        updated_since=None if updated_since is None else utc_text(updated_since),
        after=after,
        limit=-1 if limit is None else limit,
    )
    return [_payment(row) for row in rows]


def by_method(tx: Tx, method: str) -> list[Payment]:
    """Everything that came and went in one way, oldest first; for the checks of `db check`."""
    return [_payment(row) for row in tx.all("SELECT * FROM payments WHERE method = :method ORDER BY id", method=method)]


def _payment(row: sqlite3.Row) -> Payment:
    return Payment(
        id=row["id"],
        booking_id=row["booking_id"],
        guest_id=row["guest_id"],
        kind=row["kind"],
        method=row["method"],
        amount=row["amount"],
        currency=row["currency"],
        state=row["state"],
        receipt_id=row["receipt_id"],
        refunds=row["refunds"],
        provider_id=row["provider_id"],
        comment=row["comment"],
        actor=row["actor"],
        created_at=from_utc_text(row["created_at"]),
        gift_order_id=row["gift_order_id"],
    )
