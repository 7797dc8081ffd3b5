"""Owns the moment a proposed change is made: judged once more, carried out at the price it was proposed at, and what its booking waits for then (R37)."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import (
    approvals,
    availability,
    catalogs,
    deadlines,
    deciding,
    limits,
    moving,
    promos,
    proposal_holds,
    proposal_notices,
    proposed,
    quotes,
    reviving,
    taking,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

LOST = reviving.GONE | {"promo_invalid"}  # what a change may need that was there when it was proposed


def make(tx: Tx, one: Proposal, *, actor: Actor, now: datetime) -> Booking:
    """The change itself, by the quote that was kept. The dates are its own until this moment; they are judged once more all the same."""
    booking, quote = transitions.get(tx, one.booking_id), quotes.load(tx, one.quote_id)
    transitions.must_stand(booking, "confirmed", now=now)
    if booking.quote_id != one.was_quote_id:
        raise Refusal("stale", proposal=one.code, state="withdrawn")
    _judge(tx, one, booking, quote, now=now)
    one = proposed.close(tx, one, "accepted", actor=actor, now=now)
    booking = moving.carry_out(
        tx,
        booking,
        quote,
        spends_move=one.spends_move,
        action="booking.accept" if one.actor != str(actor) else "booking.move",
        reason=one.reason or None,
        actor=actor,
        now=now,
    )
    tell(tx, booking, one, now=now)
    return _go_on(tx, booking, one, now=now)


def is_to_be_had(tx: Tx, one: Proposal, *, now: datetime) -> bool:
    """Whether it could be made at this moment: its dates are its own, but an extra may have been stopped, a code used up."""
    try:
        _judge(tx, one, transitions.get(tx, one.booking_id), quotes.load(tx, one.quote_id), now=now)
    except Refusal as refusal:
        if refusal.code not in LOST:
            raise
        return False
    return True


def tell(tx: Tx, booking: Booking, one: Proposal, *, now: datetime) -> None:
    """Whoever decides hears how it was answered; by night without a sound."""
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    proposal_notices.answered(tx, booking, one, silent=silent, now=now)


def _judge(tx: Tx, one: Proposal, booking: Booking, quote: Quote, *, now: datetime) -> None:
    """Dates, extras and the code of its price are there for it; else a Refusal of `LOST`."""
    catalog, stay = catalogs.version(tx, quote.catalog_version), taking.with_every_part(tx, quote.stay, now)
    if stay.period != booking.period or stay.unit.id != booking.unit:
        availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
    if stay.period != booking.period or stay.all_extras() != booking.extras:
        limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)
    promos.check_left(tx, booking, quote.price, now=now)


def _go_on(tx: Tx, booking: Booking, one: Proposal, *, now: datetime) -> Booking:
    """What the booking waits for from now on. Whoever offered the stay has said yes to it; a receipt is still to be judged."""
    if not booking.is_hold:
        return booking
    if booking.under_review:
        return approvals.ask_owner(tx, booking, since=now, now=now)
    if booking.status == "awaiting_owner" or booking.total == 0:
        return deciding.confirm(tx, booking.id, actor=_who_offered(one), now=now)
    return proposal_holds.begin_anew(tx, booking, now=now)


def _who_offered(one: Proposal) -> Actor:
    """Whose yes it was: named by the log's own name, which cards know how to read."""
    kind, _, number = one.actor.partition(":")
    return Actor(kind, int(number) if number.isdigit() else None, one.actor, "telegram", "owner")
