"""Owns the keys of other programs: made once, shown once, scoped, ending, revoked (A4)."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from functools import cache

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit
from housebot.services.ports import Actor, Tx
from housebot.storage import keys as rows
from housebot.storage.keys import Key

__all__ = ["SCOPES", "Key", "add", "authenticate", "get", "listing", "may", "revoke", "state", "used"]

SCOPES = ("read", "book", "manage", "admin")
# What a scope brings with it.
_IMPLIED: dict[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "book": frozenset({"book"}),
    "manage": frozenset({"read", "book", "manage"}),
    "admin": frozenset({"read", "book", "manage", "admin"}),
}
_PREFIX = "hb"
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


def add(
    tx: Tx,
    *,
    name: str,
    scopes: Collection[str],
    actor: Actor,
    now: datetime,
    per_minute: int | None = None,
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """A new key and its text `hb_<id>_<secret>`, which nobody can be shown again.

    `invalid` for no name, no or an unknown scope, or an end that is over.
    """
    name = name.strip()
    if not 1 <= len(name) <= 64:
        raise Refusal("invalid", reason="name")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise Refusal("invalid", reason="scope", allowed=list(SCOPES), unknown=[one[:40] for one in unknown])
    if expires_at is not None and expires_at <= now:
        raise Refusal("invalid", reason="expires_past", expires_at=utc_text(expires_at))
    secret = secrets.token_urlsafe(32)
    key_id = rows.insert(
        tx,
        name=name,
        digest=_digest(secret),
        scopes=[scope for scope in SCOPES if scope in scopes],
        per_minute=per_minute,
        expires_at=expires_at,
        by=str(actor),
        now=now,
    )
    made = get(tx, key_id)
    audit.write(tx, actor, "key.add", made.subject, None, _snapshot(made), now=now)
    return made, f"{_PREFIX}_{key_id}_{secret}"


def authenticate(tx: Tx, text: str, *, now: datetime) -> Key:
    """Whose key it is; `unauthorized` for one that is malformed, unknown, revoked or over: they look alike."""
    prefix, _, rest = text.partition("_")
    number, _, secret = rest.partition("_")
    known = None
    if prefix == _PREFIX and number.isascii() and number.isdigit() and len(number) < 16:
        known = rows.get(tx, int(number))
    right = hmac.compare_digest(_digest(secret), _NOBODY if known is None else known.digest)
    if known is None or not right or state(known, now=now) != "active":
        raise Refusal("unauthorized")
    return known


def may(key: Key | None, scope: str) -> bool:
    """Whether it has that scope, by itself or through a wider one."""
    return key is not None and scope in _with_implied(key.scopes)


@cache
def _with_implied(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(_IMPLIED[own] for own in scopes))


def actor_of(key: Key) -> Actor:
    """Who acts when a program does: with `manage` it may what a manager may, with `admin` what the owner may (R13)."""
    role = "owner" if may(key, "admin") else "manager" if may(key, "manage") else ""
    return Actor("key", key.id, key.name, "api", role)


def get(tx: Tx, key_id: int) -> Key:
    """By its number; `not_found`."""
    found = rows.get(tx, key_id)
    if found is None:
        raise Refusal("not_found", what="key")
    return found


def listing(tx: Tx) -> list[Key]:
    """All of them, those that work no more too, in the order in which they were made."""
    return rows.all_of(tx)


def revoke(tx: Tx, key_id: int, *, actor: Actor, now: datetime) -> Key:
    """From now on it opens nothing; `already_decided` for one that was revoked before."""
    before = get(tx, key_id)
    if not rows.revoke(tx, key_id, now=now):
        assert before.revoked_at is not None
        raise Refusal("already_decided", what="key", since=utc_text(before.revoked_at))
    after = get(tx, key_id)
    audit.write(tx, actor, "key.revoke", after.subject, _snapshot(before), _snapshot(after), now=now)
    return after


def state(key: Key, *, now: datetime) -> str:
    """Whether it works: `active`, `expired` or `revoked`."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def used(tx: Tx, uses: dict[int, datetime]) -> None:
    """Note when keys were used last, several at a time: no request waits for it."""
    for key_id, at in uses.items():
        rows.set_last_used(tx, key_id, at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()  # a header may be no text at all


def _snapshot(key: Key) -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": [scope for scope in SCOPES if scope in key.scopes],
        "per_minute": key.per_minute,
        "expires_at": None if key.expires_at is None else utc_text(key.expires_at),
        "revoked": key.revoked_at is not None,
    }
