"""Owns what the desk's own absence costs nobody: a heartbeat, and the time it was away added to the holds that were alive (R32)."""

from datetime import datetime, timedelta

from housebot.domain.period import from_utc_text, utc_text
from housebot.services import deadlines, notices, proposal_notices, proposed, transitions
from housebot.services.ports import SYSTEM, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import meta
from housebot.storage import proposals as proposal_rows

HEARTBEAT = "heartbeat"
MOST = timedelta(hours=12)
LEAST = timedelta(seconds=30)  # between two beats of a desk that runs


def beat(tx: Tx, now: datetime) -> None:
    """The desk is alive; called every few seconds while it is."""
    meta.put(tx, HEARTBEAT, utc_text(now))


def last_beat(tx: Tx) -> datetime | None:
    """When the desk was last known to be alive."""
    text = meta.get(tx, HEARTBEAT)
    return None if text is None else from_utc_text(text)


def at_start(tx: Tx, now: datetime) -> int:
    """Give the outage, at most 12 hours, back to the holds that were alive when it began; how many there were.

    Called once at a start, after the backlog of updates is stored and before anything is expired. No hold ends later than
    check-in, and one whose check-in passed meanwhile keeps its end.
    """
    before = last_beat(tx)
    beat(tx, now)
    if before is None or now - before <= LEAST:
        return 0
    moved = 0
    for booking in booking_rows.holds_alive_at(tx, before):
        assert booking.hold_expires_at is not None
        # A hold made or given its end by the shell meanwhile has lost no more than the time since.
        lost = min(now - max(before, booking.updated_at), MOST)
        until = min(booking.hold_expires_at + lost, max(booking.start, booking.hold_expires_at))
        if until == booking.hold_expires_at:
            continue
        reason = f"the desk was away from {utc_text(before)} to {utc_text(now)}"
        longer = transitions.change(
            tx, booking, "booking.outage", actor=SYSTEM, now=now, reason=reason, silently=True, hold_expires_at=until
        )
        deadlines.plan_hold(tx, longer, now=now)
        notices.hold_changed(tx, longer, now=now)
        moved += 1
    return moved + _proposals(tx, before, now=now)


def _proposals(tx: Tx, before: datetime, *, now: datetime) -> int:
    """The same for changes that wait for money or for an answer."""
    moved = 0
    for one in proposal_rows.all_open(tx):
        if one.under_review or one.expires_at <= before:
            continue
        booking = transitions.get(tx, one.booking_id)
        lost = min(now - max(before, one.created_at), MOST)
        until = min(one.expires_at + lost, max(booking.start, one.expires_at))
        if until == one.expires_at:
            continue
        longer = proposed.change(tx, one, "proposal.outage", actor=SYSTEM, now=now, expires_at=until)
        proposed.plan(tx, longer, now=now)
        proposal_notices.changed(tx, booking, longer, now=now)
        moved += 1
    return moved
