"""Owns the rows of Bukza's orders: what was told last, and which booking it became."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `said` is all that was told last, `applied` what of it the booking was made of last."""

    number: str
    reservation: str
    said: dict[str, str] = field(repr=False)
    applied: dict[str, str] = field(repr=False)
    changed_at: datetime | None
    rank: int
    state: str  # new, booked, conflict, refused, cancelled
    booking_id: int | None
    collides: list[int]
    problem: str
    paid: int
    retry_at: datetime | None


def get(tx: Tx, number: str) -> Order | None:
    row = tx.one("SELECT * FROM bukza_orders WHERE number = :number", number=number)
    return None if row is None else _order(row)


def of_booking(tx: Tx, booking_id: int) -> Order | None:
    row = tx.one("SELECT * FROM bukza_orders WHERE booking_id = :booking_id", booking_id=booking_id)
    return None if row is None else _order(row)


def in_conflict(tx: Tx) -> list[Order]:
    """Orders that have no room, the oldest first."""
    return [
        _order(row) for row in tx.all("SELECT * FROM bukza_orders WHERE state = 'conflict' ORDER BY created_at, number")
    ]


def unbooked(tx: Tx) -> list[Order]:
    """Orders that are not here as Bukza has them, and are still tried, the oldest first."""
    rows = tx.all(
        """
        SELECT * FROM bukza_orders WHERE state IN ('conflict', 'refused') AND retry_at IS NOT NULL ORDER BY created_at, number
        """
    )
    return [_order(row) for row in rows]


def due(tx: Tx, *, now: datetime, limit: int) -> list[str]:
    """Numbers of orders whose dates are to be asked for again."""
    rows = tx.all(
        "SELECT number FROM bukza_orders WHERE retry_at <= :now ORDER BY retry_at LIMIT :limit",
        now=utc_text(now),
        limit=limit,
    )
    return [row["number"] for row in rows]


def tell(
    tx: Tx,
    number: str,
    *,
    reservation: str,
    said: Mapping[str, str],
    changed_at: datetime | None,
    rank: int,
    now: datetime,
) -> None:
    """What is told now takes the place of what was told before."""
    tx.run(
        """
        INSERT INTO bukza_orders (number, reservation, said, changed_at, rank, created_at, updated_at)
        VALUES (:number, :reservation, :said, :changed_at, :rank, :now, :now)
        ON CONFLICT (number) DO UPDATE SET said = excluded.said, changed_at = coalesce(excluded.changed_at, changed_at),
            rank = excluded.rank, updated_at = excluded.updated_at,
            reservation = CASE reservation WHEN '' THEN excluded.reservation ELSE reservation END
        """,
        number=number,
        reservation=reservation,
        said=orjson.dumps(dict(said)).decode(),
        changed_at=None if changed_at is None else utc_text(changed_at),
        rank=rank,
        now=utc_text(now),
    )


def settle(
    tx: Tx,
    order: Order,
    *,
    state: str,
    booking_id: int | None,
    applied: Mapping[str, str],
    collides: list[int],
    problem: str,
    retry_at: datetime | None,
    now: datetime,
) -> None:
    """What became of it here."""
    tx.run(
        """
        UPDATE bukza_orders SET state = :state, booking_id = :booking_id, applied = :applied, collides = :collides,
            problem = :problem, retry_at = :retry_at, updated_at = :now
        WHERE number = :number
        """,
        number=order.number,
        state=state,
        booking_id=booking_id,
        applied=orjson.dumps(dict(applied)).decode(),
        collides=orjson.dumps(collides).decode(),
        problem=problem,
        retry_at=None if retry_at is None else utc_text(retry_at),
        now=utc_text(now),
    )


def put_off(tx: Tx, number: str, until: datetime) -> None:
    """It is not asked for again before that."""
    tx.run("UPDATE bukza_orders SET retry_at = :until WHERE number = :number", number=number, until=utc_text(until))


def set_paid(tx: Tx, number: str, paid: int) -> None:
    """So much of its money is in the ledger."""
    tx.run("UPDATE bukza_orders SET paid = :paid WHERE number = :number", number=number, paid=paid)


def _order(row: sqlite3.Row) -> Order:
    return Order(
        number=row["number"],
        reservation=row["reservation"],
        said=orjson.loads(row["said"]),
        applied=orjson.loads(row["applied"]),
        changed_at=_instant(row["changed_at"]),
        rank=row["rank"],
        state=row["state"],
        booking_id=row["booking_id"],
        collides=orjson.loads(row["collides"]),
        problem=row["problem"],
        paid=row["paid"],
        retry_at=_instant(row["retry_at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)
