"""Owns how a hold is going to be paid, and what follows: an order, the wait for its money, or the wait for the owner (R32)."""

from datetime import datetime

from housebot.domain import booking as rules
from housebot.domain.catalog import Catalog
from housebot.errors import Refusal
from housebot.services import (
    approvals,
    asking,
    checkouts,
    deadlines,
    due,
    invoices,
    notices,
    payments,
    transitions,
    ways,
)
from housebot.services.checkouts import Checkout
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage.bookings import Booking


def choose_payment(tx: Tx, booking_id: int | str, method: str, *, actor: Actor, now: datetime) -> Booking:
    """The guest says how to pay: `bank` waits for the money, `cash` (and anything when nothing is due now) for the owner.

    The way may be changed while nothing has been handed in. A hold that is over is `stale`. `yookassa`, where the desk takes
    cards, makes an order for what is missing of the prepayment; the same press again is the same order.
    """
    booking = transitions.get(tx, booking_id)
    catalog = transitions.catalog_of(tx, booking)
    must_be_offered(tx, catalog, method)
    transitions.must_be_open(booking, now)
    if booking.payment_method == method and (
        method not in ways.PROVIDERS or checkouts.current(tx, booking.id) is not None
    ):
        return booking
    if booking.status == "awaiting_owner" or checkouts.is_being_taken(tx, booking.id):
        raise Refusal("stale", booking=booking.code, status=booking.status)
    return choose(tx, catalog, booking, method, actor=actor, now=now)


def choose(
    tx: Tx, catalog: Catalog, booking: Booking, method: str, *, actor: Actor, now: datetime, first: bool = False
) -> Booking:
    """Make it the way of an open hold that may have it; with `first` its guest has no card of the hold yet."""
    nothing_now = payments.paid(tx, booking.id) >= booking.deposit and catalog.desk.approval != "before_payment"
    owner_decides = method == "cash" or (nothing_now and method not in ways.PROVIDERS)
    until, kept_until = booking.hold_expires_at, booking.kept_until
    rung = due.is_done(tx, "hold.last_call", booking.subject)
    order: Checkout | None = None
    if owner_decides:
        until = rules.hold_until(catalog, transitions.stay_of(tx, booking), method="cash", now=now)
    elif method in ways.PROVIDERS:
        first_time = not checkouts.listing(tx, booking.id)
        order = checkouts.begin(tx, asking.deposit(tx, booking), provider=method, actor=actor, now=now)
        kept_until = _later_of(until, kept_until)
        if first_time:  # a page is paid at once or not at all; pressing to and fro does not keep the dates for ever
            page: rules.Method = "card" if method == ways.CARDS else "invoice"
            until = rules.hold_until(catalog, transitions.stay_of(tx, booking), method=page, now=now)
    elif booking.payment_method in ways.PROVIDERS:
        until = _later_of(until, kept_until)  # what was promised before is still true
    booking = transitions.change(
        tx,
        booking,
        "booking.payment_method",
        actor=actor,
        now=now,
        payment_method=method,
        status="awaiting_owner" if owner_decides else "awaiting_payment",
        hold_expires_at=until,
        kept_until=kept_until,
    )
    if owner_decides:
        return wait_for_owner(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, call=not rung and method not in ways.PROVIDERS, now=now)
    if first:
        notices.held(tx, booking, now=now)
    else:
        notices.hold_changed(tx, booking, now=now)
    if order is not None:
        invoices.send(tx, order, booking, now=now)
    return booking


def wait_for_owner(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    """Both sides are told, and by when the owner has promised to answer."""
    promised = deadlines.promise(transitions.catalog_of(tx, booking), booking, now=now)
    booking = transitions.change(tx, booking, "booking.ask_owner", actor=SYSTEM, now=now, promised_by=promised)
    deadlines.plan_hold(tx, booking, now=now)
    notices.held(tx, booking, now=now)
    return approvals.ask_owner(tx, booking, since=now, now=now)


def must_be_offered(tx: Tx, catalog: Catalog, method: str) -> None:
    """`invalid` with the ways there are, for one that the desk does not take."""
    if method not in (allowed := ways.offered(tx, catalog)):
        raise Refusal("invalid", reason="payment_method", allowed=list(allowed))


def _later_of(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
