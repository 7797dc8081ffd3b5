"""Owns the rows of API keys; of a secret only the digest is kept (A4)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx

_COLUMNS = "id, name, digest, scopes, per_minute, created_at, created_by, expires_at, revoked_at, last_used_at"


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
    row = tx.one(f"SELECT {_COLUMNS} FROM api_keys WHERE id = :id", id=key_id)  # noqa: S608  ours
    return None if row is None else _key(*row)


def all_of(tx: Tx) -> list[Key]:
    return [_key(*row) for row in tx.all(f"SELECT {_COLUMNS} FROM api_keys ORDER BY id")]  # noqa: S608  ours


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


@lru_cache(maxsize=256)
def _key(
    number: int,
    name: str,
    digest: str,
    scopes: str,
    per_minute: int | None,
    created_at: str,
    created_by: str,
    *ends: str | None,
) -> Key:
    """The same row is the same key: each request asks for one."""
    expires_at, revoked_at, last_used_at = (None if text is None else from_utc_text(text) for text in ends)
    return Key(
        id=number,
        name=name,
        scopes=frozenset(json.loads(scopes)),
        per_minute=per_minute,
        created_at=from_utc_text(created_at),
        created_by=created_by,
        expires_at=expires_at,
        revoked_at=revoked_at,
        last_used_at=last_used_at,
        digest=digest,
    )
