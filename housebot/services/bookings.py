"""Owns the bookings as everybody else sees them: one namespace for keeping, deciding, looking up, listing and showing them."""

from dataclasses import dataclass
from datetime import datetime

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit
from housebot.services.choosing import choose_payment
from housebot.services.deciding import (
    DECLINE_KINDS,
    cancel,
    confirm,
    decline,
)
from housebot.services.holding import extend, hold
from housebot.services.lapsing import expire, expire_in_the_way
from housebot.services.limits import open_holds
from housebot.services.moving import move
from housebot.services.ports import Actor, Tx
from housebot.services.refunds import refund_now
from housebot.services.releasing import release
from housebot.services.repricing import set_price
from housebot.services.staying import begin_stay, check_out, end_stay, no_show
from housebot.services.transitions import catalog_of, get, stay_of
from housebot.services.views import as_json, cursor_at, place
from housebot.storage import bookings as rows
from housebot.storage.bookings import Booking, Note

__all__ = [
    "DECLINE_KINDS", "Booking", "Note", "Page", "as_json", "begin_stay", "cancel", "catalog_of", "check_out", "choose_payment", "confirm",
    "decline", "end_stay", "expire", "expire_in_the_way", "extend", "get", "hold", "listing", "move", "no_show", "note", "notes", "notes_json",
    "of_guest", "open_holds", "refund_now", "release", "set_price", "stay_of",
]  # fmt: skip

LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_cursor` is None on the last."""

    items: list[Booking]
    next_cursor: str | None


def of_guest(tx: Tx, guest_id: int) -> list[Booking]:
    """All of one guest's bookings, newest first."""
    return rows.of_guest(tx, guest_id)


def note(tx: Tx, booking_id: int | str, text: str, *, actor: Actor, now: datetime) -> None:
    """Staff write something down for themselves; `invalid` for nothing, or for a novel."""
    booking = get(tx, booking_id)
    words = text.strip()
    if not 1 <= len(words) <= LONGEST_NOTE:
        raise Refusal("invalid", reason="note_length", most=LONGEST_NOTE)
    note_id = rows.add_note(tx, booking.id, at=now, actor=str(actor), text=words)
    audit.write(tx, actor, "booking.note", booking.subject, None, {"note": note_id}, now=now)


def notes(tx: Tx, booking_id: int) -> list[Note]:
    """What staff wrote about it, oldest first."""
    return rows.notes(tx, booking_id)


def notes_json(tx: Tx, booking_id: int) -> list[dict[str, str]]:
    """The same as scripts see it."""
    return [{"at": utc_text(one.at), "actor": one.actor, "text": one.text} for one in notes(tx, booking_id)]


def listing(
    tx: Tx,
    *,
    ends_after: datetime | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    unit: str | None = None,
    statuses: tuple[str, ...] = (),
    guest_id: int | None = None,
    guest: str | None = None,
    contact: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Bookings in order of start (A3): those that end after a moment, touch a time, or are of a unit, statuses or a guest.

    `guest` is part of a name, of a contact, or a code.
    """
    found = rows.listing(
        tx,
        ends_after=ends_after,
        since=since,
        until=until,
        unit=unit,
        statuses=statuses,
        guest_id=guest_id,
        guest=guest,
        contact=contact,
        updated_since=updated_since,
        after=place(cursor) if cursor else None,
        limit=limit + 1,
    )
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], None if last is None else cursor_at(utc_text(last.start), last.id))
