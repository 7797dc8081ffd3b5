"""Owns the rows of answers that are given again to the same request (A1)."""

import json
from datetime import datetime
from typing import NamedTuple

from housebot.domain.period import utc_text
from housebot.storage.tx import Tx


class Kept(NamedTuple):
    """What was answered, and to what."""

    digest: str
    status: int
    headers: dict[str, str]
    body: bytes


def get(tx: Tx, credential: str, key: str, *, since: datetime) -> Kept | None:
    row = tx.one(
        """
        SELECT digest, status, headers, body FROM idempotent_answers
        WHERE credential = :credential AND key = :key AND at > :since
        """,
        credential=credential,
        key=key,
        since=utc_text(since),
    )
    return None if row is None else Kept(row["digest"], row["status"], json.loads(row["headers"]), bytes(row["body"]))


def put(tx: Tx, credential: str, key: str, kept: Kept, *, now: datetime) -> None:
    """Keep it, in the place of one whose day is over."""
    tx.run(
        """
        INSERT OR REPLACE INTO idempotent_answers (credential, key, digest, status, headers, body, at)
        VALUES (:credential, :key, :digest, :status, :headers, :body, :now)
        """,
        credential=credential,
        key=key,
        digest=kept.digest,
        status=kept.status,
        headers=json.dumps(kept.headers),
        body=kept.body,
        now=utc_text(now),
    )


def forget(tx: Tx, before: datetime) -> None:
    tx.run("DELETE FROM idempotent_answers WHERE at <= :before", before=utc_text(before))
