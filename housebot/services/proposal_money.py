"""Owns what money does to a proposed change: enough of it makes it, and what comes too late stays with the booking (R36)."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import (
    checkouts,
    lapsing,
    payment_notices,
    payments,
    proposal_effects,
    proposal_notices,
    proposed,
    staff_notices,
    transitions,
)
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import proposals as rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal


def came(tx: Tx, one: Proposal, payment_id: int, *, actor: Actor = SYSTEM, now: datetime) -> Booking:
    """A payment of its booking was written down: when enough is there the change is made, at the price it was proposed at.

    Money for what is over stays with the booking, toward its balance, and staff are told. Nothing is written twice.
    """
    one, booking = proposed.by_id(tx, one.id), transitions.get(tx, one.booking_id)
    payment = payments.get(tx, payment_id)
    if one.state == "accepted" or payment.booking_id != booking.id:
        return booking
    if not one.is_open:
        proposed.say_overpaid(tx, booking, now=now)  # of one that ends with this money its end says so
    if one.lapsed(now):
        one = lapsing.expire_proposal(tx, one.id, now=now)
    if one.is_open and one.awaits == "money" and proposed.missing(tx, one) == 0:
        try:
            return _paid_for(tx, one, actor=actor, now=now)
        except Refusal as refusal:
            one = _not_to_be_had(tx, one, refusal, now=now)
    if not one.is_open:
        _stays_with_booking(tx, booking, payment.amount, now=now)
        return booking
    payment_notices.money_changed(tx, booking, now=now)
    proposal_notices.changed(tx, booking, one, now=now)
    return booking


def may_do(tx: Tx, proposal_id: int, *, now: datetime) -> None:
    """Somebody wrote money down for the booking, whatever it was meant for: with enough of it the change is made."""
    one = rows.get(tx, proposal_id)
    if one is None or not one.is_open or one.lapsed(now) or one.awaits != "money":
        return
    booking = transitions.get(tx, one.booking_id)
    if proposed.missing(tx, one) > 0:
        proposal_notices.changed(tx, booking, one, now=now)
        return
    try:
        _paid_for(tx, one, actor=SYSTEM, now=now)
    except Refusal as refusal:
        _not_to_be_had(tx, one, refusal, now=now)
        _stays_with_booking(tx, booking, one.amount, now=now)


def must_not_be_on_its_way(tx: Tx, one: Proposal, booking: Booking) -> None:
    """`in_flight` while its money is on the way: what was agreed to may not go away under it."""
    if one.under_review:
        raise Refusal("in_flight", reason="receipt", booking=booking.code)
    order = checkouts.current(tx, booking.id)
    if order is not None and order.proposal_id == one.id and order.verdict == "capture":
        raise Refusal("in_flight", reason="card", booking=booking.code)


def _paid_for(tx: Tx, one: Proposal, *, actor: Actor, now: datetime) -> Booking:
    """As `proposal_effects.make`; where it refuses nothing is written, and the money that was recorded stays."""
    with tx.attempt():
        return proposal_effects.make(tx, one, actor=actor, now=now)


def _not_to_be_had(tx: Tx, one: Proposal, refusal: Refusal, *, now: datetime) -> Proposal:
    """What it needs went to somebody else, or is not sold any more: it is over, although its money is here."""
    if refusal.code not in proposal_effects.LOST:
        raise refusal
    return proposed.close(tx, one, "withdrawn", actor=SYSTEM, now=now)


def _stays_with_booking(tx: Tx, booking: Booking, amount: int, *, now: datetime) -> None:
    """Money for a change that is over counts toward the balance, and staff learn it (R36)."""
    staff_notices.alert(tx, "change_late_money", booking=booking, facts={"amount": amount}, now=now)
    payment_notices.money_changed(tx, booking, now=now)
