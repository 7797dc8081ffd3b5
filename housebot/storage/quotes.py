"""Owns the rows of quotes: immutable snapshots of a price (R23)."""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

import orjson

from housebot.storage import meta
from housebot.storage.tx import Tx

_KEY = "quote_key"


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote as it is stored; `request` and `price` are JSON objects."""

    id: int
    code: str
    guest_id: int | None
    catalog_version: int
    request: dict[str, Any]
    price: dict[str, Any]
    created_at: str
    expires_at: str


def insert(
    tx: Tx,
    *,
    code: str,
    guest_id: int | None,
    catalog_version: int,
    request: dict[str, Any],
    price: dict[str, Any],
    total: int,
    deposit: int,
    currency: str,
    created_at: str,
    expires_at: str,
) -> int | None:
    """Store a snapshot, which is never changed; its number, or None where one of that code is stored already."""
    row = {
        "code": code,
        "guest_id": guest_id,
        "catalog_version": catalog_version,
        "request": orjson.dumps(request).decode(),
        "price": orjson.dumps(price).decode(),
        "total": total,
        "deposit": deposit,
        "currency": currency,
        "created_at": created_at,
        "expires_at": expires_at,
    }
    try:
        return tx.add("quotes", row)
    except sqlite3.IntegrityError as problem:
        if problem.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:  # the code is what is unique
            raise
        return None


def ensure_key(tx: Tx) -> None:
    """Make the secret that signs quotes given to the outside, once for the life of the desk."""
    meta.put_once(tx, _KEY, secrets.token_hex(32))


def key(tx: Tx) -> bytes | None:
    """The secret that signs quotes, or None for a desk that never had a catalog."""
    text = meta.get(tx, _KEY)
    return None if text is None else bytes.fromhex(text)


def id_of(tx: Tx, code: str) -> int:
    """The number of a quote that is stored already."""
    return int(tx.value("SELECT id FROM quotes WHERE code = :code", code=code))


def get(tx: Tx, quote_id: int) -> QuoteRow | None:
    """By id."""
    row = tx.one("SELECT * FROM quotes WHERE id = :id", id=quote_id)
    return None if row is None else _quote(row)


def _quote(row: sqlite3.Row) -> QuoteRow:
    return QuoteRow(
        id=row["id"],
        code=row["code"],
        guest_id=row["guest_id"],
        catalog_version=row["catalog_version"],
        request=orjson.loads(row["request"]),
        price=orjson.loads(row["price"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
