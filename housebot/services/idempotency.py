"""Owns that a request sent twice has its effect once: its answer is kept for a day, in the transaction of the effect (A1)."""

import hashlib
from datetime import datetime, timedelta

from housebot.errors import Refusal
from housebot.services.ports import Tx
from housebot.storage import idempotent_answers as rows
from housebot.storage.idempotent_answers import Kept

__all__ = ["KEPT_FOR", "Kept", "digest", "earlier", "forget", "is_final", "keep"]

KEPT_FOR = timedelta(hours=24)
_PASSING = frozenset({409, 429})


def digest(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same one."""
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


def earlier(tx: Tx, credential: str, key: str, asked: str, *, now: datetime) -> Kept | None:
    """The answer given before to the same request; `idempotency_mismatch` when that key came with another one."""
    kept = rows.get(tx, credential, key, since=now - KEPT_FOR)
    if kept is not None and kept.digest != asked:
        raise Refusal("idempotency_mismatch")
    return kept


def is_final(status: int) -> bool:
    """Whether asking again would be answered the same: a conflict, a limit and a fault of ours may pass."""
    return status not in _PASSING and status < 500


def keep(tx: Tx, credential: str, key: str, answer: Kept, *, now: datetime) -> None:
    """Give this answer from now on."""
    rows.put(tx, credential, key, answer, now=now)


def forget(tx: Tx, *, now: datetime) -> None:
    """Answers whose day is over."""
    rows.forget(tx, now - KEPT_FOR)
