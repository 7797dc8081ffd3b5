"""Owns the rows of guests: people by Telegram id, or by contact alone when they booked by phone."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from housebot.storage.tx import Tx

_GUEST = "guest"  # read before, by this piece of work


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who books. `contact_shared` is true only for the phone they shared by Telegram's own button (T4)."""

    id: int
    telegram_id: int | None
    name: str
    username: str | None
    contact: str | None
    contact_shared: bool
    language: str
    language_chosen: bool
    source: str
    created_at: str
    seen_at: str
    unreachable_at: str | None
    banned_at: str | None
    ban_reason: str | None

    @property
    def banned(self) -> bool:
        return self.banned_at is not None


def get(tx: Tx, guest_id: int) -> Guest | None:
    """By id; whoever is asked for again by the same piece of work was read before."""
    known: Guest | None = tx.read_before.get((_GUEST, guest_id))
    if known is None:
        known = _first(tx.one("SELECT * FROM guests WHERE id = :id", id=guest_id))
        if known is not None:
            tx.read_before[_GUEST, guest_id] = known
    return known


def by_telegram(tx: Tx, telegram_id: int) -> Guest | None:
    """By Telegram id."""
    return _first(tx.one("SELECT * FROM guests WHERE telegram_id = :telegram_id", telegram_id=telegram_id))


def by_contact(tx: Tx, contact: str) -> list[Guest]:
    """Everybody who gave this contact, shared or typed."""
    rows = tx.all(
        "SELECT * FROM guests INDEXED BY guests_contact WHERE contact = :contact ORDER BY id DESC", contact=contact
    )
    return [_guest(row) for row in rows]


def without_telegram(tx: Tx, contact: str) -> Guest | None:
    """The guest who booked by phone with this contact and has no Telegram."""
    return _first(
        tx.one(
            # Left alone it walks through everybody by id, to be spared the sorting of one or two.
            """
            SELECT * FROM guests INDEXED BY guests_contact
            WHERE contact = :contact AND telegram_id IS NULL ORDER BY id LIMIT 1
            """,
            contact=contact,
        )
    )


def by_username(tx: Tx, username: str) -> list[Guest]:
    """By Telegram name without the @, whatever its case."""
    rows = tx.all("SELECT * FROM guests WHERE username = :username COLLATE NOCASE ORDER BY id DESC", username=username)
    return [_guest(row) for row in rows]


def insert(
    tx: Tx,
    *,
    telegram_id: int | None,
    name: str,
    username: str | None,
    language: str,
    source: str,
    at: str,
    contact: str | None = None,
) -> Guest:
    """A new guest; a contact in its normal form, as somebody typed it."""
    row: dict[str, Any] = {
        "telegram_id": telegram_id,
        "name": name,
        "username": username,
        "contact": contact,
        "language": language,
        "source": source,
        "created_at": at,
        "seen_at": at,
    }
    guest_id = tx.add("guests", row)
    guest = tx.read_before[_GUEST, guest_id] = Guest(
        id=guest_id,
        **row,
        contact_shared=False,
        language_chosen=False,
        unreachable_at=None,
        banned_at=None,
        ban_reason=None,
    )
    return guest


def touch(tx: Tx, guest_id: int, *, name: str, username: str | None, language: str, at: str) -> None:
    """The guest wrote: what Telegram says of them now; they can be reached again."""
    tx.read_before.pop((_GUEST, guest_id), None)
    tx.run(
        """
        UPDATE guests SET name = :name, username = :username, language = :language, seen_at = :at, unreachable_at = NULL
        WHERE id = :id
        """,
        id=guest_id,
        name=name,
        username=username,
        language=language,
        at=at,
    )


def set_language(tx: Tx, guest_id: int, language: str) -> None:
    """The language the guest chose, for ever."""
    tx.read_before.pop((_GUEST, guest_id), None)
    tx.run("UPDATE guests SET language = :language, language_chosen = 1 WHERE id = :id", id=guest_id, language=language)


def set_contact(tx: Tx, guest_id: int, contact: str, *, shared: bool) -> None:
    """The contact in its normal form."""
    tx.read_before.pop((_GUEST, guest_id), None)
    tx.run(
        "UPDATE guests SET contact = :contact, contact_shared = :shared WHERE id = :id",
        id=guest_id,
        contact=contact,
        shared=int(shared),
    )


def set_name(tx: Tx, guest_id: int, name: str) -> None:
    """How staff call a guest who has no Telegram."""
    tx.read_before.pop((_GUEST, guest_id), None)
    tx.run("UPDATE guests SET name = :name WHERE id = :id", id=guest_id, name=name)


def set_ban(tx: Tx, guest_id: int, *, at: str | None, reason: str | None) -> None:
    """Banned from that instant with a reason, or no longer with None."""
    tx.read_before.pop((_GUEST, guest_id), None)
    tx.run("UPDATE guests SET banned_at = :at, ban_reason = :reason WHERE id = :id", id=guest_id, at=at, reason=reason)


def set_unreachable(tx: Tx, telegram_id: int, *, at: str) -> bool:
    """They blocked the bot; False when that was known or they are no guest."""
    tx.begin_anew()  # by another number than that under which they were read
    return (
        tx.run(
            "UPDATE guests SET unreachable_at = :at WHERE telegram_id = :telegram_id AND unreachable_at IS NULL",
            telegram_id=telegram_id,
            at=at,
        )
        == 1
    )


def listing(tx: Tx, *, limit: int, before: int | None = None) -> list[Guest]:
    """The newest first, `limit` of them, those with an id below `before`."""
    rows = tx.all(
        "SELECT * FROM guests WHERE (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit",
        before=before,
        limit=limit,
    )
    return [_guest(row) for row in rows]


def steady_page(tx: Tx, *, after: int, limit: int, since: str | None) -> list[Guest]:
    """The oldest first, those with an id above `after`; who was seen, or of whom something was noted, since that instant."""
    rows = tx.all(
        """
        SELECT * FROM guests
        WHERE id > :after AND (:since IS NULL OR seen_at >= :since OR unreachable_at >= :since
            OR EXISTS (SELECT 1 FROM audit WHERE subject = 'guest:' || guests.id AND at >= :since))
        ORDER BY id LIMIT :limit
        """,
        after=after,
        since=since,
        limit=limit,
    )
    return [_guest(row) for row in rows]


def _first(row: sqlite3.Row | None) -> Guest | None:
    return None if row is None else _guest(row)


def _guest(row: sqlite3.Row) -> Guest:
    return Guest(
        id=row["id"],
        telegram_id=row["telegram_id"],
        name=row["name"],
        username=row["username"],
        contact=row["contact"],
        contact_shared=bool(row["contact_shared"]),
        language=row["language"],
        language_chosen=bool(row["language_chosen"]),
        source=row["source"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        unreachable_at=row["unreachable_at"],
        banned_at=row["banned_at"],
        ban_reason=row["ban_reason"],
    )
