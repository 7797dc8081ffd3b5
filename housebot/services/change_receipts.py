"""Owns receipts for a change that has to be paid first: the clock stops, late ones bring it back while its dates are free (R36, R46)."""

from datetime import datetime, timedelta

from housebot.domain import proposal as rules
from housebot.errors import Refusal
from housebot.services import (
    audit,
    availability,
    catalogs,
    deadlines,
    due,
    lapsing,
    limits,
    proposal_notices,
    proposed,
    quotes,
    reviving,
    staff_notices,
    taking,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.storage import occupancies
from housebot.storage import proposals as rows
from housebot.storage import receipts as receipt_rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

STANDING = frozenset({"confirmed", "in_house"})
REMEMBERED = timedelta(hours=2)  # how long after its end a change is still meant by a late receipt


def wanting(tx: Tx, booking: Booking, *, now: datetime) -> Proposal | None:
    """The change of a booking that a receipt may be for: one that waits for money, or whose time ran out a moment ago.

    Later a file is for the balance: nobody's stay is changed by a receipt that means something else.
    """
    if booking.status not in STANDING:
        return None
    newest = next((one for one in rows.of_booking(tx, booking.id) if one.awaits == "money"), None)
    if newest is None or newest.state not in {"open", "expired"}:
        return None
    return newest if newest.is_open or newest.expires_at > now - REMEMBERED else None


def take(
    tx: Tx, booking: Booking, one: Proposal, *, receipt_id: int, late: int, actor: Actor, now: datetime
) -> Proposal:
    """A file for the change: it waits for a person from now on and has no end (R46).

    One whose end was noticed comes back while its dates are free; else the file is looked at all the same, and what came
    belongs to the booking.
    """
    rows.attach(tx, receipt_id, proposal_id=one.id)
    if one.state == "expired":
        one = again(tx, booking, one, actor=actor, now=now)
    if one.is_open and not one.under_review:
        one = proposed.change(
            tx, one, "proposal.receipt", actor=actor, now=now, under_review=True, payment_method="bank"
        )
        proposed.plan(tx, one, now=now)
    catalog = transitions.catalog_of(tx, booking)
    promised = deadlines.promise(catalog, booking, now=now)
    audit.write(tx, actor, "proposal.file", one.subject, None, {"receipt": receipt_id, "late": late}, now=now)
    proposal_notices.receipt_received(tx, booking, one, promised_by=promised, now=now)
    rings = deadlines.may_ring(catalog, booking, now)
    if not rings:
        due.plan(tx, "proposal.ring", one.subject, deadlines.next_opening(catalog, now), now=now)
    plan_nudge(tx, booking, one, step=0, since=now, now=now)
    proposal_notices.to_judge(tx, booking, one, silent=not rings, now=now)
    return one


def add(tx: Tx, booking: Booking, one: Proposal, *, receipt_id: int, actor: Actor, now: datetime) -> None:
    """One more file of a case that a person has before them."""
    rows.attach(tx, receipt_id, proposal_id=one.id)
    audit.write(tx, actor, "proposal.file", one.subject, None, {"receipt": receipt_id}, now=now)
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    staff_notices.receipt_added(tx, booking, receipt_id=receipt_id, silent=silent, now=now)
    proposal_notices.judged(tx, booking, one, now=now)


def plan_nudge(tx: Tx, booking: Booking, one: Proposal, *, step: int, since: datetime, now: datetime) -> None:
    """As somebody is nudged about a receipt for a booking: 15 minutes, 1 hour, then every 2 hours in desk hours (UX 6)."""
    at = deadlines.nudge_at(transitions.catalog_of(tx, booking), step=step, since=since, now=now)
    due.plan(tx, "proposal.nudge", one.subject, at, {"step": step, "since": since.isoformat()}, now=now)


def waits_for_person(tx: Tx, one: Proposal) -> bool:
    """Whether a file for it has not been judged: also of a change that is over."""
    return any(file.state == "open" for file in receipt_rows.of_proposal(tx, one.id))


def until_after_refusal(tx: Tx, one: Proposal, *, now: datetime) -> datetime:
    """Until when the change waits if the receipt is sent back now."""
    stay = quotes.load(tx, one.quote_id).stay
    booking = transitions.get(tx, one.booking_id)
    holds = transitions.catalog_of(tx, booking).holds
    return rules.after_refused_receipt(holds, one.expires_at, check_in=min(booking.start, stay.start), now=now)


def again(tx: Tx, booking: Booking, one: Proposal, *, actor: Actor, now: datetime) -> Proposal:
    """Open once more, with its dates, if the stay is still what it was made of and nobody has them; else as it is."""
    if (
        booking.status != "confirmed"
        or booking.quote_id != one.was_quote_id
        or rows.open_of(tx, booking.id) is not None
    ):
        return one
    quote = quotes.load(tx, one.quote_id)
    catalog, stay = catalogs.version(tx, quote.catalog_version), taking.with_every_part(tx, quote.stay, now)
    if stay.start <= now:
        return one
    try:
        with tx.attempt():
            availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
            limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)
            before, after = stay.unit.before, stay.unit.cleaning
            lapsing.make_room(tx, catalog, stay, before=before, after=after, now=now)
            again = proposed.change(
                tx, one, "proposal.revive", actor=actor, now=now, state="open", decided_by=None, decided_at=None
            )
            if stay.period != booking.period or stay.unit.id != booking.unit:
                occupancies.put(
                    tx,
                    parts=stay.unit.parts,
                    kind="booking",
                    period=stay.period,
                    ref=booking.id,
                    before=before,
                    after=after,
                    proposal_id=one.id,
                )
    except Refusal as refusal:
        if refusal.code not in reviving.GONE:
            raise
        return one
    return again
