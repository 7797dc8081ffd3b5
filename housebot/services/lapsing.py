"""Owns the end of what is kept: a hold or a proposed change whose time is over, by the sweeper or by whoever takes its dates first (R32)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from housebot.domain import booking as rules
from housebot.domain.catalog import Catalog
from housebot.domain.occupancy import Busy, in_the_way
from housebot.domain.period import Period
from housebot.domain.pricing import Price
from housebot.domain.stay import Stay
from housebot.services import (
    approvals,
    deadlines,
    gift_money,
    limits,
    notices,
    payments,
    promos,
    proposal_notices,
    proposed,
    staff_notices,
    transitions,
)
from housebot.services.ports import SYSTEM, Tx
from housebot.storage import occupancies, proposals
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal


def expire(tx: Tx, booking_id: int, *, now: datetime) -> Booking:
    """The end of a hold, to the second; what is under review is renewed instead, what is not over stays as it is (R32, R35)."""
    booking = transitions.get(tx, booking_id)
    if not booking.is_hold:
        return booking
    if booking.under_review:
        return renew(tx, booking, now=now)
    if not booking.lapsed(now):
        return booking
    was, by_gift = booking.status, gift_money.on_return(tx, booking.id)
    booking = transitions.change(tx, booking, "booking.expire", actor=SYSTEM, now=now, status="expired")
    deadlines.drop(tx, booking, now=now)
    notices.expired(tx, booking, was=was, **by_gift, now=now)
    if was == "awaiting_owner":
        staff_notices.approval_changed(tx, booking, now=now)
    if (paid := payments.money_paid(tx, booking.id)) > 0:
        staff_notices.alert(tx, "money_on_expired", booking=booking, facts={"paid": paid}, now=now)
    return booking


def expire_in_the_way(
    tx: Tx,
    parts: Iterable[str],
    period: Period,
    *,
    before: timedelta = timedelta(0),
    after: timedelta = timedelta(0),
    around: Sequence[Busy] | None = None,
    now: datetime,
) -> list[Booking]:
    """Whoever takes dates first moves the expired holds in their way to `expired`: a trigger knows no clock (R32).

    `around` is what touches the period, for who has just looked.
    """
    if around is None:
        around = occupancies.between(tx, parts, period.start - before, period.end + after)
    dead = [one for one in around if one.kind == "booking" and not one.alive(now)]
    # Judged as if they were alive: what is in the way of the trigger is what has to go.
    in_way = in_the_way(period, before, after, [replace(one, hold_until=None) for one in dead], now)
    for number in sorted({one.proposal for one in in_way if one.proposal is not None}):
        expire_proposal(tx, number, now=now)
    return [expire(tx, one.ref, now=now) for one in in_way if one.ref is not None and one.proposal is None]


def expire_proposal(tx: Tx, proposal_id: int, *, now: datetime) -> Proposal:
    """The end of a proposed change, to the second: the old stay stands, and a booking that waits for the owner waits again.

    One that ends with the hold it would have changed ends with it.
    """
    proposal = proposals.get(tx, proposal_id)
    assert proposal is not None, "proposals are never deleted"
    booking = transitions.get(tx, proposal.booking_id)
    if booking.lapsed(now):
        expire(tx, booking.id, now=now)
    elif proposal.lapsed(now):
        proposal = proposed.expire(tx, proposal, now=now)
        silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
        proposal_notices.answered(tx, booking, proposal, silent=silent, now=now)
        if booking.status == "awaiting_owner":
            approvals.ask_owner(tx, booking, since=now, now=now)
    return proposals.get(tx, proposal_id) or proposal


def make_room(
    tx: Tx,
    catalog: Catalog,
    stay: Stay,
    *,
    before: timedelta,
    after: timedelta,
    around: Sequence[Busy] | None = None,
    now: datetime,
) -> None:
    """Expired holds give up the dates, and the extras of which there are only so many, to whoever takes them first (R32)."""
    expire_in_the_way(tx, stay.unit.parts, stay.period, before=before, after=after, around=around, now=now)
    for booking in limits.lapsed_with_stock(tx, catalog, stay, now=now):
        expire(tx, booking.id, now=now)


def expire_on_promo(tx: Tx, price: Price, *, now: datetime) -> None:
    """An expired hold gives the use of its code up to whoever comes first (R32, R52)."""
    for lapsed in promos.holders_lapsed(tx, price, now=now):
        expire(tx, lapsed.id, now=now)


def renew(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    """A hold whose receipt is being looked at goes on for twelve hours at a time, up to check-in; the review has no end (R46)."""
    until = rules.under_review_until(transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking), now=now)
    if booking.hold_expires_at == until or until <= now:
        return booking
    booking = transitions.change(
        tx, booking, "booking.renew", actor=SYSTEM, now=now, silently=True, hold_expires_at=until
    )
    deadlines.plan_hold(tx, booking, now=now)
    return booking
