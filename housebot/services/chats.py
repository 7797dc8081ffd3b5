"""Owns where the desk speaks to its staff: a connected group or topic, else the owners' private chats (T6)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit, links, staff
from housebot.services.ports import SYSTEM, Actor
from housebot.storage import chats as rows
from housebot.storage import meta
from housebot.storage.chats import Chat
from housebot.storage.tx import Tx

__all__ = [
    "Chat",
    "Recipient",
    "approvals",
    "connect",
    "connected",
    "disconnect",
    "facts",
    "invite",
    "join",
    "lost",
    "migrated",
    "seed",
]

Purpose = Literal["approvals", "facts"]

INVITATION = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message for staff goes, and in which language."""

    chat_id: int
    thread_id: int | None
    language: str


def approvals(tx: Tx) -> list[Recipient]:
    """Who decides on bookings: the connected group, else every owner in private."""
    return _connected(tx, "approvals") or [
        Recipient(owner.telegram_id, None, owner.language) for owner in staff.owners(tx)
    ]


def facts(tx: Tx) -> list[Recipient]:
    """Who is told of confirmed stays: the connected group. Without one nobody, for the owners have seen the card."""
    return _connected(tx, "facts")


def connected(tx: Tx) -> list[Chat]:
    """Every connected chat."""
    return rows.listing(tx)


def invite(tx: Tx, purpose: Purpose, *, actor: Actor, now: datetime) -> str:
    """A token for `chat_<token>`, by which a group is connected: good for an hour and once. For owners and managers."""
    _must_lead(actor)
    return links.issue(tx, "chat", {"purpose": purpose}, by=actor, now=now, ttl=INVITATION)


def join(tx: Tx, token: str, *, chat_id: int, thread_id: int | None, title: str, actor: Actor, now: datetime) -> Chat:
    """Connect the group in which somebody of the staff used the link; `not_found`, or `forbidden` for anybody else."""
    _must_lead(actor)
    assert actor.id is not None
    purpose = links.use(tx, "chat", token, by=actor.id, now=now)["purpose"]
    return connect(tx, purpose, chat_id=chat_id, thread_id=thread_id, title=title, actor=actor, now=now)


def connect(
    tx: Tx,
    purpose: Purpose,
    *,
    chat_id: int,
    thread_id: int | None = None,
    title: str = "",
    actor: Actor,
    now: datetime,
) -> Chat:
    """Speak to the staff there from now on."""
    before = rows.get(tx, purpose)
    chat = Chat(purpose, chat_id, thread_id, title[:200])
    rows.put(tx, chat, at=utc_text(now), actor=str(actor))
    audit.write(
        tx, actor, "chat.connect", f"chat:{purpose}", None if before is None else asdict(before), asdict(chat), now=now
    )
    return chat


def disconnect(tx: Tx, purpose: Purpose, *, actor: Actor, now: datetime) -> None:
    """Speak to the owners in private again; nothing where nothing was connected."""
    before = rows.get(tx, purpose)
    if before is not None:
        rows.remove(tx, purpose)
        audit.write(tx, actor, "chat.disconnect", f"chat:{purpose}", asdict(before), now=now)


def migrated(tx: Tx, old: int, new: int, *, now: datetime) -> None:
    """A group became a supergroup with another id: what was connected, and what waits to be sent, follows. Twice is once."""
    if rows.move(tx, old, new, at=utc_text(now)):
        audit.write(tx, SYSTEM, "chat.migrate", f"chat:{new}", {"chat_id": old}, {"chat_id": new}, now=now)


def lost(tx: Tx, chat_id: int, *, now: datetime) -> list[Chat]:
    """A group has thrown the bot out: what it was connected for, and is no more. Empty for any other chat."""
    gone = [chat for chat in rows.listing(tx) if chat.chat_id == chat_id]
    if gone:
        rows.forget(tx, chat_id)
    for chat in gone:
        audit.write(tx, SYSTEM, "chat.lost", f"chat:{chat.purpose}", asdict(chat), now=now)
    return gone


def seed(tx: Tx, *, approvals_chat: int | None, facts_chat: int | None, now: datetime) -> None:
    """The chats named in the settings, at the first start alone."""
    if not meta.put_once(tx, "chats_seeded", utc_text(now)):
        return
    if approvals_chat is not None:
        connect(tx, "approvals", chat_id=approvals_chat, actor=SYSTEM, now=now)
    if facts_chat is not None:
        connect(tx, "facts", chat_id=facts_chat, actor=SYSTEM, now=now)


def _connected(tx: Tx, purpose: Purpose) -> list[Recipient]:
    chat = rows.get(tx, purpose)
    if chat is None:
        return []
    owners = staff.owners(tx)
    return [Recipient(chat.chat_id, chat.thread_id, owners[0].language if owners else "en")]


def _must_lead(actor: Actor) -> None:
    if actor.kind not in {"shell", "system"} and actor.role not in {"owner", "manager"}:
        raise Refusal("forbidden", reason="role")
