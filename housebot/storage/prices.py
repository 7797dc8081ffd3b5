"""Owns the rows of prices set by hand: what some dates cost above the document, each with who set it and when (R12)."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from housebot.domain.period import from_utc_text, utc_text
from housebot.domain.spans import DateSpan
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class HandPrice:
    """One price. Of `amount` (a night, a slot), `per_date` (a date of a stay by hours) and `percent` (basis points) one is set."""

    id: int
    name: str
    dates: DateSpan
    unit: str | None
    tariff: str | None
    amount: int | None
    per_date: int | None
    percent: int | None
    actor: str
    created_at: datetime


def insert(tx: Tx, price: HandPrice) -> int:
    """A price that stands; its number is given here."""
    return tx.insert(
        """
        INSERT INTO hand_prices (name, since, until, unit, tariff, amount, per_date, percent, actor, created_at)
        VALUES (:name, :since, :until, :unit, :tariff, :amount, :per_date, :percent, :actor, :created_at)
        """,
        name=price.name,
        since=price.dates.since.isoformat(),
        until=price.dates.until.isoformat(),
        unit=price.unit,
        tariff=price.tariff,
        amount=price.amount,
        per_date=price.per_date,
        percent=price.percent,
        actor=price.actor,
        created_at=utc_text(price.created_at),
    )


def get(tx: Tx, price_id: int) -> HandPrice | None:
    """A price that still stands."""
    row = tx.one("SELECT * FROM hand_prices WHERE id = :id AND removed_at IS NULL", id=price_id)
    return None if row is None else _price(row)


def standing(tx: Tx, *, since: date | None = None) -> list[HandPrice]:
    """Prices that stand, the newest first; with `since` those alone that still speak of that date or a later one."""
    rows = tx.all(
        """
        SELECT * FROM hand_prices WHERE removed_at IS NULL AND (:since IS NULL OR until > :since) ORDER BY id DESC
        """,
        since=since.isoformat() if since else None,
    )
    return [_price(row) for row in rows]


def remove(tx: Tx, price_id: int, *, now: datetime) -> bool:
    """The price no longer stands; False when it did not before. The row stays for history."""
    removed = tx.run(
        "UPDATE hand_prices SET removed_at = :now WHERE id = :id AND removed_at IS NULL", id=price_id, now=utc_text(now)
    )
    return removed == 1


def restore(tx: Tx, price_id: int) -> bool:
    """A price that was removed stands again, in its old place among the others; False when it stood."""
    return (
        tx.run("UPDATE hand_prices SET removed_at = NULL WHERE id = :id AND removed_at IS NOT NULL", id=price_id) == 1
    )


def _price(row: sqlite3.Row) -> HandPrice:
    return HandPrice(
        id=row["id"],
        name=row["name"],
        dates=DateSpan(date.fromisoformat(row["since"]), date.fromisoformat(row["until"])),
        unit=row["unit"],
        tariff=row["tariff"],
        amount=row["amount"],
        per_date=row["per_date"],
        percent=row["percent"],
        actor=row["actor"],
        created_at=from_utc_text(row["created_at"]),
    )
