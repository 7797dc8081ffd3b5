"""Owns the rows of API keys; of a secret only the digest is kept (A4)."""

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Key:
    """One program's way in. `per_minute`: None is the desk's limit, 0 no limit."""

    id: int
    name: str
    scopes: frozenset[str]
    per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    digest: str = field(repr=False)

    @property
    def subject(self) -> str:
        """Its name in the audit log."""
        return f"key:{self.id}"


def insert(
    tx: Tx,
    *,
    name: str,
    digest: str,
    scopes: list[str],
    per_minute: int | None,
    expires_at: datetime | None,
    by: str,
    now: datetime,
) -> int:
    return tx.insert(
        """
        INSERT INTO api_keys (name, digest, scopes, per_minute, created_at, created_by, expires_at)
        VALUES (:name, :digest, :scopes, :per_minute, :now, :by, :expires_at)
        """,
        name=name,
        digest=digest,
        scopes=json.dumps(scopes),
        per_minute=per_minute,
        now=utc_text(now),
        by=by,
        expires_at=None if expires_at is None else utc_text(expires_at),
    )


def get(tx: Tx, key_id: int) -> Key | None:
    row = tx.one("SELECT * FROM api_keys WHERE id = :id", id=key_id)
    return None if row is None else _key(row)


def all_of(tx: Tx) -> list[Key]:
    return [_key(row) for row in tx.all("SELECT * FROM api_keys ORDER BY id")]


def revoke(tx: Tx, key_id: int, *, now: datetime) -> bool:
    """Whether it worked until now."""
    changed = tx.run(
        "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", id=key_id, now=utc_text(now)
    )
    return changed == 1


def set_last_used(tx: Tx, key_id: int, at: datetime) -> None:
    """Never back in time: two processes may tell of it in any order."""
    tx.run(
        "UPDATE api_keys SET last_used_at = :at WHERE id = :id AND coalesce(last_used_at, '') < :at",
        id=key_id,
        at=utc_text(at),
    )


def _key(row: sqlite3.Row) -> Key:
    def when(column: str) -> datetime | None:
        return None if row[column] is None else from_utc_text(row[column])

    return Key(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(json.loads(row["scopes"])),
        per_minute=row["per_minute"],
        created_at=from_utc_text(row["created_at"]),
        created_by=row["created_by"],
        expires_at=when("expires_at"),
        revoked_at=when("revoked_at"),
        last_used_at=when("last_used_at"),
        digest=row["digest"],
    )
