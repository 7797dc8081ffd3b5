"""Owns the rows of one-time links: only a digest of each is kept."""

import json
from typing import Any

from housebot.storage.tx import Tx


def insert(
    tx: Tx, digest: str, *, purpose: str, facts: dict[str, Any], created_at: str, created_by: str, expires_at: str
) -> None:
    """Store a link that has not been used."""
    tx.run(
        """
        INSERT INTO links (digest, purpose, facts, created_at, created_by, expires_at)
        VALUES (:digest, :purpose, :facts, :created_at, :created_by, :expires_at)
        """,
        digest=digest,
        purpose=purpose,
        facts=json.dumps(facts, ensure_ascii=False),
        created_at=created_at,
        created_by=created_by,
        expires_at=expires_at,
    )


def claim(tx: Tx, digest: str, *, purpose: str, by: int, at: str) -> dict[str, Any] | None:
    """Use the link up and give its facts; None when it is unknown, used or past its end."""
    taken = tx.run(
        """
        UPDATE links SET used_at = :at, used_by = :by
        WHERE digest = :digest AND purpose = :purpose AND used_at IS NULL AND expires_at > :at
        """,
        digest=digest,
        purpose=purpose,
        by=by,
        at=at,
    )
    if not taken:
        return None
    facts: dict[str, Any] = json.loads(tx.value("SELECT facts FROM links WHERE digest = :digest", digest=digest))
    return facts


def forget_old(tx: Tx, before: str) -> int:
    """Delete links that ended before that instant."""
    return tx.run("DELETE FROM links WHERE expires_at < :before", before=before)
