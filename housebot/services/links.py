"""Owns one-time links: a token is shown once, only its digest is kept, it ends by itself and works for one person."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Literal

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit
from housebot.services.ports import Actor
from housebot.storage import links as rows
from housebot.storage.tx import Tx

Purpose = Literal["owner", "staff", "chat", "claim"]

KEPT = timedelta(days=30)  # after its end; then even the digest goes


def issue(tx: Tx, purpose: Purpose, facts: dict[str, Any], *, by: Actor, now: datetime, ttl: timedelta) -> str:
    """A new token for `t.me/bot?start=<purpose>_<token>`; what it stands for comes back from `use`."""
    token = secrets.token_urlsafe(16)
    rows.forget_old(tx, utc_text(now - KEPT))
    rows.insert(
        tx,
        _digest(purpose, token),
        purpose=purpose,
        facts=facts,
        created_at=utc_text(now),
        created_by=str(by),
        expires_at=utc_text(now + ttl),
    )
    audit.write(tx, by, "link.issue", f"link:{purpose}", after={**facts, "expires_at": utc_text(now + ttl)}, now=now)
    return token


def use(tx: Tx, purpose: Purpose, token: str, *, by: int, now: datetime) -> dict[str, Any]:
    """Use the token up and give its facts. An unknown, used or ended one is `not_found`: they look alike to a stranger."""
    facts = rows.claim(tx, _digest(purpose, token), purpose=purpose, by=by, at=utc_text(now))
    if facts is None:
        raise Refusal("not_found", what="link")
    return facts


def _digest(purpose: str, token: str) -> str:
    return hashlib.sha256(f"{purpose}:{token}".encode()).hexdigest()
