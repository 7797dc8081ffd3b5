"""Owns the rows of promo codes and of their uses, one use a booking (R51, R52)."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from housebot.domain.period import utc_text
from housebot.domain.promo import Promo
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Use:
    """What one booking took of a code, in minor units."""

    booking_id: int
    promo_id: int
    guest_id: int | None
    contact: str | None
    amount: int
    state: str  # reserved, consumed, released


def insert(tx: Tx, promo: Promo, *, key: str, actor: str, now: datetime) -> int:
    return tx.insert(
        """
        INSERT INTO promos (code, key, kind, value, extra, stay_from, stay_to, book_from, book_to, tariffs, units, weekdays,
            min_nights, min_sum, max_total, max_per_guest, budget, guest, created_at, actor)
        VALUES (:code, :key, :kind, :value, :extra, :stay_from, :stay_to, :book_from, :book_to, :tariffs, :units, :weekdays,
            :min_nights, :min_sum, :max_total, :max_per_guest, :budget, :guest, :now, :actor)
        """,
        code=promo.code,
        key=key,
        kind=promo.kind,
        value=promo.value,
        extra=promo.extra,
        stay_from=_text(promo.stay_from),
        stay_to=_text(promo.stay_to),
        book_from=_text(promo.book_from),
        book_to=_text(promo.book_to),
        tariffs=_json(promo.tariffs),
        units=_json(promo.units),
        weekdays=_json(promo.weekdays),
        min_nights=promo.min_nights,
        min_sum=promo.min_sum,
        max_total=promo.max_total,
        max_per_guest=promo.max_per_guest,
        budget=promo.budget,
        guest=promo.guest,
        actor=actor,
        now=utc_text(now),
    )


def by_key(tx: Tx, key: str) -> Promo | None:
    row = tx.one("SELECT * FROM promos WHERE key = :key", key=key)
    return None if row is None else _promo(row)


def get(tx: Tx, promo_id: int) -> Promo | None:
    row = tx.one("SELECT * FROM promos WHERE id = :id", id=promo_id)
    return None if row is None else _promo(row)


def listing(tx: Tx) -> list[Promo]:
    """All codes, newest first."""
    return [_promo(row) for row in tx.all("SELECT * FROM promos ORDER BY id DESC")]


def any_active(tx: Tx) -> bool:
    return tx.one("SELECT 1 FROM promos WHERE active = 1 LIMIT 1") is not None


def disable(tx: Tx, promo_id: int) -> bool:
    return tx.run("UPDATE promos SET active = 0 WHERE id = :id AND active = 1", id=promo_id) == 1


def enable(tx: Tx, promo_id: int) -> bool:
    return tx.run("UPDATE promos SET active = 1 WHERE id = :id AND active = 0", id=promo_id) == 1


def uses(tx: Tx, promo_id: int) -> list[Use]:
    """Every use there ever was, by booking."""
    rows = tx.all("SELECT * FROM promo_uses WHERE promo_id = :id ORDER BY booking_id", id=promo_id)
    return [_use(row) for row in rows]


def use_of(tx: Tx, booking_id: int) -> Use | None:
    row = tx.one("SELECT * FROM promo_uses WHERE booking_id = :id", id=booking_id)
    return None if row is None else _use(row)


def put_use(tx: Tx, use: Use, *, now: datetime) -> None:
    """The booking's use as it stands from now on."""
    tx.run(
        """
        INSERT INTO promo_uses (booking_id, promo_id, guest_id, contact, amount, state, updated_at)
        VALUES (:booking_id, :promo_id, :guest_id, :contact, :amount, :state, :now)
        ON CONFLICT (booking_id) DO UPDATE SET state = excluded.state, amount = excluded.amount, promo_id = excluded.promo_id,
            updated_at = excluded.updated_at
        """,
        booking_id=use.booking_id,
        promo_id=use.promo_id,
        guest_id=use.guest_id,
        contact=use.contact,
        amount=use.amount,
        state=use.state,
        now=utc_text(now),
    )


def drop_use(tx: Tx, booking_id: int) -> None:
    """The booking has no code any more."""
    tx.run("DELETE FROM promo_uses WHERE booking_id = :id", id=booking_id)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _json(values: Iterable[str] | Iterable[int] | None) -> str | None:
    return None if values is None else json.dumps(sorted(values))


def _set(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def _use(row: sqlite3.Row) -> Use:
    return Use(
        booking_id=row["booking_id"],
        promo_id=row["promo_id"],
        guest_id=row["guest_id"],
        contact=row["contact"],
        amount=row["amount"],
        state=row["state"],
    )


def _promo(row: sqlite3.Row) -> Promo:
    return Promo(
        id=row["id"],
        code=row["code"],
        kind=row["kind"],
        value=row["value"],
        extra=row["extra"],
        stay_from=_date(row["stay_from"]),
        stay_to=_date(row["stay_to"]),
        book_from=_date(row["book_from"]),
        book_to=_date(row["book_to"]),
        tariffs=_set(row["tariffs"]),
        units=_set(row["units"]),
        weekdays=None if row["weekdays"] is None else frozenset(json.loads(row["weekdays"])),
        min_nights=row["min_nights"],
        min_sum=row["min_sum"],
        max_total=row["max_total"],
        max_per_guest=row["max_per_guest"],
        budget=row["budget"],
        guest=row["guest"],
        active=bool(row["active"]),
    )
