"""Owns what other programs send by themselves: kept once as it came, read later, put aside where nobody can read it (A5)."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from housebot.errors import Refusal, Unreadable
from housebot.services import audit, staff_notices
from housebot.services.ports import Actor, Database, Tx
from housebot.storage import notifications
from housebot.storage.notifications import Aside, Notification

__all__ = [
    "BODY_LIMIT",
    "Aside",
    "Notification",
    "done",
    "keep",
    "last_of",
    "new",
    "passes",
    "put_aside",
    "seen",
    "set_aside",
    "take",
]

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024  # bytes
REMEMBERED = timedelta(days=7)  # how long the body of what was worked through is kept


def keep(tx: Tx, provider: str, body: bytes, *, event: str | None = None, now: datetime) -> bool:
    """Store what came, once; False for what came before, by the provider's own name of the event where it has one."""
    notifications.forget(tx, now - REMEMBERED)
    digest = event or hashlib.sha256(body).hexdigest()
    return notifications.add(tx, provider=provider, digest=digest, body=body, now=now)


def new(tx: Tx, provider: str, *, limit: int) -> list[Notification]:
    """What nobody has looked into yet, in the order it came."""
    return notifications.new(tx, provider=provider, limit=limit)


def done(tx: Tx, notification_id: int) -> bool:
    """It had its effect, in the piece of that effect; False for what had it before."""
    return notifications.set_state(tx, notification_id, "done")


def put_aside(tx: Tx, provider: str, notification_id: int, *, why: str = "", now: datetime) -> None:
    """It is authentic and cannot be read: kept for a person, who is told once."""
    if notifications.set_state(tx, notification_id, "aside"):
        facts = {"provider": provider, "number": notification_id} | ({"why": why} if why else {})
        staff_notices.alert(tx, "notification_aside", facts=facts, now=now)


def last_of(tx: Tx, provider: str) -> datetime | None:
    """When that provider was heard of last."""
    return notifications.last_of(tx, provider)


def set_aside(tx: Tx) -> list[Aside]:
    """What waits for a person."""
    return notifications.aside(tx)


def seen(tx: Tx, notification_id: int, *, actor: Actor, now: datetime) -> None:
    """A person has dealt with what was put aside: its words go with the others of its age. `not_found` for what was not."""
    if not notifications.seen(tx, notification_id):
        raise Refusal("not_found", what="notification", id=notification_id)
    audit.write(tx, actor, "notification.seen", f"notification:{notification_id}", now=now)


def passes(refusal: Refusal) -> bool:
    """Whether it is the desk that cannot just now: it is busy, or has no catalog yet."""
    catalog = refusal.code == "not_found" and refusal.facts.get("what") == "catalog"
    return catalog or refusal.code == "temporarily_unavailable"


async def take(
    db: Database, provider: str, one: Notification, effect: Callable[[Tx, bytes], object], *, now: datetime
) -> None:
    """The effect of one of them and its done-mark, in one piece. What cannot be read, or breaks us, is put aside and stops no other;
    a Refusal that passes is raised, and nothing of it was done.
    """

    def piece(tx: Tx) -> None:
        if done(tx, one.id):  # of two rounds at once the second finds nothing left to do
            effect(tx, one.body)

    try:
        await db.write(piece)
    except Unreadable as problem:
        why = str(problem)
    except Refusal as refusal:
        if passes(refusal):
            raise
        why = refusal.code
    except Exception as problem:  # a fault of ours: its words may repeat what was sent
        why = type(problem).__name__
        log.error("what %s sent could not be taken: %s", provider, why, extra={"notification": one.id})
    else:
        return
    await db.write(lambda tx: put_aside(tx, provider, one.id, why=why, now=now))
