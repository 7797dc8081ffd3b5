"""Owns favours: a change that is not for the guest alone is asked of whoever decides, spelled out, and nothing changes by it."""

from datetime import datetime
from typing import Any

from housebot.services import audit, chats, deadlines, outbox, transitions
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking


def ask_owner(tx: Tx, booking: Booking, change: Change, *, actor: Actor, now: datetime) -> None:
    """Tell staff which change is wished for; the booking stays as it is until one of them makes it."""
    facts = {"booking": booking.id, "change": change_json(change)}
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    for recipient in chats.approvals(tx):
        outbox.put(
            tx,
            kind="staff.change_asked",
            facts=facts,
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            priority=outbox.ALERT,
            language=recipient.language,
            silent=silent,
            booking_id=booking.id,
            now=now,
        )
    audit.write(tx, actor, "booking.change_asked", booking.subject, None, facts["change"], now=now)


def change_json(change: Change) -> dict[str, Any]:
    """What is wished for otherwise, and nothing else."""
    return {
        "arrival": change.arrival.isoformat(timespec="minutes") if change.arrival else None,
        "departure": change.departure.isoformat(timespec="minutes") if change.departure else None,
        "party": dict(change.party) if change.party is not None else None,
        "extras": dict(change.extras),
    }


def change_from(stored: dict[str, Any]) -> Change:
    """The change that was asked for."""
    return Change(
        arrival=datetime.fromisoformat(stored["arrival"]) if stored.get("arrival") else None,
        departure=datetime.fromisoformat(stored["departure"]) if stored.get("departure") else None,
        party=stored.get("party"),
        extras=stored.get("extras") or {},
    )
