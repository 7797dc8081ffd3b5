"""Owns how a proposed change stands and ends: its dates are free the moment it does, and nothing outlives what it was made of (R32, R37)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from housebot.errors import Refusal
from housebot.services import audit, due, payments, proposal_notices, staff_notices
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import checkouts as checkout_rows
from housebot.storage import occupancies
from housebot.storage import proposals as rows
from housebot.storage import receipts as receipt_rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

__all__ = [
    "Proposal",
    "by_id",
    "change",
    "close",
    "expire",
    "get",
    "missing",
    "missing_of",
    "of_guest",
    "open_of",
    "plan",
    "say_overpaid",
    "withdraw",
]

DUE_KINDS = ("proposal.expire", "proposal.ring", "proposal.nudge", "proposal.paid")


def get(tx: Tx, code: str) -> Proposal:
    """By its code; `not_found`."""
    found = rows.by_code(tx, code)
    if found is None:
        raise Refusal("not_found", what="proposal")
    return found


def by_id(tx: Tx, proposal_id: int) -> Proposal:
    """By its number, as messages name it; `not_found`."""
    found = rows.get(tx, proposal_id)
    if found is None:
        raise Refusal("not_found", what="proposal")
    return found


def of_guest(tx: Tx, code: str, *, guest_id: int) -> Proposal:
    """By its code, if it is about a booking of theirs; a foreign one and a missing one are the same `not_found` (T3)."""
    found = get(tx, code)
    if _booking(tx, found).guest_id != guest_id:
        raise Refusal("not_found", what="proposal")
    return found


def open_of(tx: Tx, booking_id: int) -> Proposal | None:
    """The one of that booking that waits; its time may be over without anybody having noticed (`Proposal.lapsed`)."""
    return rows.open_of(tx, booking_id)


def missing(tx: Tx, proposal: Proposal) -> int:
    """How much is still to come before it is made: whatever is paid for the booking since counts."""
    return max(proposal.paid_before + proposal.amount - payments.paid(tx, proposal.booking_id), 0)


def missing_of(tx: Tx, booking_id: int) -> int:
    """The same of the one that waits for money for that booking; 0 where none does."""
    found = rows.open_of(tx, booking_id)
    return missing(tx, found) if found is not None and found.awaits == "money" and not found.under_review else 0


def plan(tx: Tx, proposal: Proposal, *, now: datetime) -> None:
    """Its end is due; an earlier plan is forgotten. What is under review has none (R46)."""
    due.drop(tx, "proposal.expire", proposal.subject)
    if not proposal.under_review:
        due.plan(tx, "proposal.expire", proposal.subject, proposal.expires_at, now=now)


def change(tx: Tx, old: Proposal, action: str, *, actor: Actor, now: datetime, **changes: Any) -> Proposal:
    """Swap it for itself with the changes; `stale` when somebody changed it first (R33)."""
    new = replace(old, **changes, version=old.version + 1)
    if not rows.swap(tx, old, new):
        raise Refusal("stale", proposal=old.code)
    before, after = _watched(old), _watched(new)
    audit.write(tx, actor, action, old.subject, before, after, now=now)
    return new


def close(tx: Tx, proposal: Proposal, state: str, *, actor: Actor, now: datetime) -> Proposal:
    """It has its end: what it kept is free, nothing more is due, and its card says so.

    Money for it that nobody has looked at stays on staff's card, and they are told: it belongs to the booking now. So are they
    of a part of its money that is more than the stay costs without it. A page that is open still brings a change back whose
    time ran out, while its dates are free (R36); of any other end it is not taken.
    """
    unseen = any(file.state == "open" for file in receipt_rows.of_proposal(tx, proposal.id))
    closed = change(
        tx,
        proposal,
        f"proposal.{state}",
        actor=actor,
        now=now,
        state=state,
        under_review=False,
        decided_by=str(actor),
        decided_at=now,
    )
    occupancies.remove_proposal(tx, closed.id)
    for order in [] if state == "expired" else checkout_rows.of_booking(tx, closed.booking_id):
        if order.proposal_id == closed.id and order.is_open and order.verdict is None:
            checkout_rows.decide(tx, order.id, "cancel", now=now)  # what its page would still bring is not taken
    for kind in DUE_KINDS:
        due.drop(tx, kind, closed.subject)
    booking = _booking(tx, closed)
    (proposal_notices.over if state == "expired" else proposal_notices.changed)(tx, booking, closed, now=now)
    proposal_notices.judged(tx, booking, closed, now=now)
    if unseen and state != "accepted":
        staff_notices.alert(tx, "change_money_unseen", booking=booking, facts={"amount": closed.amount}, now=now)
    if state != "accepted" and payments.paid(tx, booking.id) > closed.paid_before:
        say_overpaid(tx, booking, now=now)
    return closed


def say_overpaid(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """More is paid than the stay costs as it stands: somebody has to send it back, or to use it (R36, R44)."""
    over = payments.paid(tx, booking.id) - booking.total
    if booking.status in {"confirmed", "in_house", "completed"} and over > 0:
        staff_notices.alert(tx, "overpaid", booking=booking, facts={"amount": over}, now=now)


def withdraw(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """What waits for this booking is no longer to be had: it was cancelled, moved, repriced or decided otherwise."""
    waiting = rows.open_of(tx, booking.id)
    if waiting is not None:
        close(tx, waiting, "withdrawn", actor=actor, now=now)


def expire(tx: Tx, proposal: Proposal, *, now: datetime) -> Proposal:
    """Its end, to the second: the old stay stands. What is not over stays as it is."""
    return close(tx, proposal, "expired", actor=SYSTEM, now=now) if proposal.lapsed(now) else proposal


def _booking(tx: Tx, proposal: Proposal) -> Booking:
    found = booking_rows.get(tx, proposal.booking_id)
    assert found is not None, "bookings are never deleted"
    return found


def _watched(one: Proposal) -> dict[str, Any]:
    return {"state": one.state, "awaits": one.awaits, "amount": one.amount, "under_review": one.under_review}
