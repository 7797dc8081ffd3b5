"""Owns the orders a guest pays by card: one open order a booking or gift, with the key of its calls stored before the first of them (R45)."""

import uuid
from datetime import datetime

from housebot.errors import Refusal
from housebot.services import asking, audit, transitions, ways
from housebot.services.asking import Asked
from housebot.services.ports import Actor, Order, Tx
from housebot.storage import checkouts as rows
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout

__all__ = [
    "Checkout",
    "begin",
    "current",
    "current_of_gift",
    "follow",
    "is_being_taken",
    "let_go",
    "listing",
    "must_not_be_taken",
    "open_orders",
    "order_of",
]


def begin(tx: Tx, wanted: Asked, *, provider: str = ways.CARDS, actor: Actor, now: datetime) -> Checkout:
    """The order for what is asked; a second press gets the same one, and so the same payment.

    A booking, or a gift that is being bought, has one open order, whatever it is for. Where another sum is asked by now, or
    for something else: a new one, and the old one is let go should it still be paid. `stale` when nothing is missing,
    `in_flight` while money is being taken by the old one.
    """
    if wanted.amount <= 0:
        raise Refusal("stale", booking=wanted.code, reason="nothing_to_pay")
    open_one = _current(tx, booking_id=wanted.booking_id, gift_order_id=wanted.gift_order_id)
    if open_one is not None and open_one.provider == provider and _is_right(open_one, wanted):
        return open_one
    if open_one is not None and not rows.decide(tx, open_one.id, "cancel", now=now):
        raise Refusal("in_flight", reason="card", booking=wanted.code)
    checkout_id = rows.add(
        tx,
        purpose=wanted.purpose,
        booking_id=wanted.booking_id,
        gift_order_id=wanted.gift_order_id,
        proposal_id=wanted.proposal_id,
        provider=provider,
        key=str(uuid.uuid4()),
        amount=wanted.amount,
        currency=wanted.currency,
        facts=wanted.facts(tx),
        due_at=now if provider == ways.CARDS else None,
        now=now,
    )
    after = {"checkout": checkout_id, "amount": wanted.amount} | (
        {} if wanted.purpose == "deposit" else {"purpose": wanted.purpose}
    )
    audit.write(tx, actor, "checkout.begin", wanted.subject, None, after, now=now)
    return _get(tx, checkout_id)


def must_not_be_taken(tx: Tx, booking: Booking) -> None:
    """`in_flight` while the money of a hold is being taken: it takes seconds, and what was agreed to may not change under it."""
    if booking.is_hold and is_being_taken(tx, booking.id):
        raise Refusal("in_flight", reason="card", booking=booking.code)


def follow(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """What a stay costs, or what is paid of it, has changed: an open page that asks for another sum is let go. Of a hold the
    next one asks for what is missing now, and where nothing is, every other way to pay is open again.
    """
    order = current(tx, booking.id)
    if order is None or order.verdict == "capture":
        return booking  # of what is being taken the sum is judged when it comes
    if order.purpose == "balance":
        if not _is_right(order, asking.balance(tx, booking)):
            rows.decide(tx, order.id, "cancel", now=now)
        return booking
    if order.purpose != "deposit" or not booking.is_hold:
        return booking  # and so is a prepayment of what is booked by now
    missing = asking.deposit(tx, booking)
    if _is_right(order, missing):
        return booking
    rows.decide(tx, order.id, "cancel", now=now)
    if booking.payment_method != order.provider:
        return booking
    if missing.amount > 0:
        begin(tx, missing, provider=order.provider, actor=actor, now=now)
        return booking
    return transitions.change(tx, booking, "booking.card_off", actor=actor, now=now, silently=True, payment_method=None)


def let_go(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """Nobody wants its money any more: what is still authorised by it is not taken."""
    rows.decide(tx, order.id, "cancel", now=now)


def current(tx: Tx, booking_id: int) -> Checkout | None:
    """The order of a booking by which money may still come and is wanted."""
    return _current(tx, booking_id=booking_id)


def current_of_gift(tx: Tx, gift_order_id: int) -> Checkout | None:
    """The same of a gift that is being bought."""
    return _current(tx, gift_order_id=gift_order_id)


def listing(tx: Tx, booking_id: int) -> list[Checkout]:
    """Every order of a booking, oldest first."""
    return rows.of_booking(tx, booking_id)


def open_orders(tx: Tx) -> int:
    """By how many orders of the whole desk money may still come."""
    return rows.count_open(tx)


def is_being_taken(tx: Tx, booking_id: int) -> bool:
    """Whether the guest's bank has said yes and the money is on its way to us."""
    order = current(tx, booking_id)
    return order is not None and order.verdict == "capture"


def order_of(checkout: Checkout) -> Order:
    """What the provider is asked, word for word as the first time."""
    return Order(checkout.amount, checkout.currency, **checkout.facts)


def _current(tx: Tx, *, booking_id: int | None = None, gift_order_id: int | None = None) -> Checkout | None:
    if booking_id is not None:
        found = rows.of_booking(tx, booking_id)
    else:
        found = [] if gift_order_id is None else rows.of_gift_order(tx, gift_order_id)
    wanted = [one for one in found if one.is_open and one.verdict != "cancel"]
    return wanted[-1] if wanted else None


def _is_right(order: Checkout, wanted: Asked) -> bool:
    """Whether it still asks for what is missing, and calls it what it is: a part of the price, or all of it."""
    same = (order.purpose, order.proposal_id, order.amount) == (wanted.purpose, wanted.proposal_id, wanted.amount)
    return same and order.facts["whole"] == wanted.whole


def _get(tx: Tx, checkout_id: int) -> Checkout:
    found = rows.get(tx, checkout_id)
    assert found is not None, "it was just written"
    return found
