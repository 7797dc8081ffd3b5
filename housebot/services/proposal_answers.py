"""Owns the answer to a proposed change: the guest agrees, pays for it, or leaves everything as it is, and staff take it back (R36)."""

from datetime import datetime

from housebot.domain import proposal
from housebot.errors import Refusal
from housebot.services import (
    approvals,
    asking,
    catalogs,
    checkouts,
    invoices,
    notices,
    payments,
    proposal_differences,
    proposal_effects,
    proposal_holds,
    proposal_money,
    proposal_notices,
    proposed,
    transitions,
    ways,
)
from housebot.services.differences import Difference
from housebot.services.ports import Actor, Tx
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal


def accept(tx: Tx, code: str, *, actor: Actor, now: datetime) -> Booking:
    """The guest says yes: the stay is what was offered, at that price. More than a fifth on top of a confirmed stay is paid first.

    A foreign proposal is `not_found`; one that is over, or was withdrawn, `stale` with its state. A second yes changes nothing.
    """
    one, booking = _theirs(tx, code, actor)
    if one.state == "accepted" or (one.is_open and one.awaits == "money" and not one.lapsed(now)):
        return booking
    _must_wait(one, now)
    found = proposal_differences.of(tx, one)
    to_come = proposal_differences.comes_first(tx, booking, found)
    if booking.status == "confirmed" and found.pays_first and to_come > 0:
        return _ask_for_money(tx, one, booking, found, to_come, actor=actor, now=now)
    return proposal_effects.make(tx, one, actor=actor, now=now)


def refuse(tx: Tx, code: str, *, actor: Actor, now: datetime) -> Booking:
    """The guest leaves everything as it is: the old stay stands, the other dates are free, staff learn it.

    A second no changes nothing; `stale` for what is over, `in_flight` while money for it is being taken or looked for.
    """
    one, booking = _theirs(tx, code, actor)
    if one.state == "refused":
        return booking
    _must_wait(one, now)
    proposal_money.must_not_be_on_its_way(tx, one, booking)
    return _not_made(tx, one, booking, "refused", actor=actor, now=now)


def withdraw(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """Staff take back what they offered, or what waits for money; `stale` where nothing waits, `in_flight` as with `refuse`."""
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    one = proposed.open_of(tx, booking.id)
    if one is None:
        raise Refusal("stale", booking=booking.code)
    proposal_money.must_not_be_on_its_way(tx, one, booking)
    return _not_made(tx, one, booking, "withdrawn", actor=actor, now=now)


def choose_payment(tx: Tx, code: str, method: str, *, actor: Actor, now: datetime) -> Proposal:
    """The guest says how to pay for the change. `stale` where it does not wait for money, or a receipt is being looked at."""
    one, booking = _theirs(tx, code, actor)
    allowed = [way for way in ways.offered(tx, catalogs.current(tx, now=now)) if way != "cash"]
    if method not in allowed:
        raise Refusal("invalid", reason="payment_method", allowed=allowed)
    _must_wait(one, now)
    if one.awaits != "money":
        raise Refusal("stale", proposal=one.code)
    proposal_money.must_not_be_on_its_way(tx, one, booking)
    if method in ways.PROVIDERS:
        wanted = asking.change(booking, one.id, proposed.missing(tx, one))
        order = checkouts.begin(tx, wanted, provider=method, actor=actor, now=now)
        invoices.send(tx, order, booking, now=now)
    if one.payment_method == method:
        return one
    one = proposed.change(tx, one, "proposal.payment_method", actor=actor, now=now, payment_method=method)
    proposal_notices.changed(tx, booking, one, now=now)
    return one


def _ask_for_money(
    tx: Tx, one: Proposal, booking: Booking, found: Difference, amount: int, *, actor: Actor, now: datetime
) -> Booking:
    """Agreed, and more than may wait for the balance: the same proposal now waits for the difference."""
    holds = catalogs.version(tx, found.now.catalog_version).holds
    check_in = min(booking.start, found.now.stay.start)
    until = proposal.waits_until(holds, awaits="money", check_in=check_in, now=now)
    one = proposed.change(
        tx,
        one,
        "proposal.agree",
        actor=actor,
        now=now,
        awaits="money",
        amount=amount,
        paid_before=payments.paid(tx, booking.id),
        expires_at=until,
    )
    proposed.plan(tx, one, now=now)
    proposal_notices.changed(tx, booking, one, now=now)
    proposal_effects.tell(tx, booking, one, now=now)
    notices.sold_otherwise(tx, booking, now=now)
    return booking


def _not_made(tx: Tx, one: Proposal, booking: Booking, state: str, *, actor: Actor, now: datetime) -> Booking:
    """The old stay stands: whoever decides is told, and what waits for the owner rings again."""
    one = proposed.close(tx, one, state, actor=actor, now=now)
    if state != "withdrawn":
        proposal_effects.tell(tx, booking, one, now=now)
    if booking.is_hold and not booking.under_review:
        booking = proposal_holds.begin_anew(tx, booking, now=now)
    if booking.status == "awaiting_owner":
        return approvals.ask_owner(tx, booking, since=now, now=now)
    notices.sold_otherwise(tx, booking, now=now)
    return booking


def _theirs(tx: Tx, code: str, actor: Actor) -> tuple[Proposal, Booking]:
    """A foreign proposal and a missing one are the same (T3)."""
    one = proposed.get(tx, code)
    booking = transitions.get(tx, one.booking_id)
    if not actor.is_staff and (actor.kind != "guest" or actor.id is None or actor.id != booking.guest_id):
        raise Refusal("not_found", what="proposal")
    return one, booking


def _must_wait(one: Proposal, now: datetime) -> None:
    if not one.is_open or one.lapsed(now):
        raise Refusal("stale", proposal=one.code, state="expired" if one.is_open else one.state)
