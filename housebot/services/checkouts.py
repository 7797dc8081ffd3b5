"""Owns the orders a guest pays by card: one open order a booking, with the key of its calls stored before the first of them (R45)."""

import hashlib
import uuid
from datetime import datetime, timedelta

from housebot.errors import Refusal
from housebot.services import audit, face, payments, transitions, ways
from housebot.services.ports import Actor, Order, Tx
from housebot.storage import checkouts as rows
from housebot.storage import notifications
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout

__all__ = [
    "BODY_LIMIT",
    "Checkout",
    "begin",
    "current",
    "follow",
    "is_being_taken",
    "listing",
    "must_not_be_taken",
    "notified",
    "open_orders",
    "order_of",
    "phone_of",
]

BODY_LIMIT = 64 * 1024  # bytes of a notification
REMEMBERED = timedelta(days=7)  # how long a notification that was worked through is kept


def begin(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Checkout:
    """The order for what is missing of the prepayment; a second press gets the same one, and so the same payment.

    Where something was paid meanwhile the sum is another: a new order, and the old one is let go should it still be paid.
    `stale` when nothing is missing.
    """
    amount = _missing(tx, booking)
    if amount <= 0:
        raise Refusal("stale", booking=booking.code, reason="nothing_to_pay")
    open_one = current(tx, booking.id)
    if open_one is not None and _is_right(open_one, booking, amount):
        return open_one
    if open_one is not None:
        rows.decide(tx, open_one.id, "cancel", now=now)
    username = face.username(tx)
    facts = {
        "booking": booking.code,
        "description": f"{booking.code} · {booking.arrival:%d.%m.%Y %H:%M}",
        "return_url": f"https://t.me/{username}" if username else "https://t.me/",
        "phone": phone_of(booking),
        "whole": amount == booking.total,
    }
    checkout_id = rows.add(
        tx,
        booking_id=booking.id,
        provider=ways.CARDS,
        key=str(uuid.uuid4()),
        amount=amount,
        currency=booking.currency,
        facts=facts,
        now=now,
    )
    after = {"checkout": checkout_id, "amount": amount}
    audit.write(tx, actor, "checkout.begin", booking.subject, None, after, now=now)
    return _get(tx, checkout_id)


def must_not_be_taken(tx: Tx, booking: Booking) -> None:
    """`in_flight` while the money of a hold is being taken: it takes seconds, and what was agreed to may not change under it."""
    if booking.is_hold and is_being_taken(tx, booking.id):
        raise Refusal("in_flight", reason="card", booking=booking.code)


def follow(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """What a hold costs, or what is paid of it, has changed: an open page that asks for another sum is let go, and the next one
    asks for what is missing now. Where nothing is, every other way to pay is open again.
    """
    order = current(tx, booking.id)
    if order is None or not booking.is_hold or order.verdict == "capture":
        return booking  # of what is being taken, or is to be paid on a booking that stands, the sum is judged when it comes
    amount = _missing(tx, booking)
    if _is_right(order, booking, amount):
        return booking
    rows.decide(tx, order.id, "cancel", now=now)
    if booking.payment_method != ways.CARDS:
        return booking
    if amount > 0:
        begin(tx, booking, actor=actor, now=now)
        return booking
    return transitions.change(tx, booking, "booking.card_off", actor=actor, now=now, silently=True, payment_method=None)


def current(tx: Tx, booking_id: int) -> Checkout | None:
    """The order by which money may still come and is wanted."""
    wanted = [one for one in rows.of_booking(tx, booking_id) if one.is_open and one.verdict != "cancel"]
    return wanted[-1] if wanted else None


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


def phone_of(booking: Booking) -> str | None:
    """Where a receipt may go; a guest known by a name alone has none."""
    return booking.contact if booking.contact and booking.contact.startswith("+") else None


def notified(tx: Tx, provider: str, body: bytes, *, now: datetime) -> bool:
    """Keep what a provider sent, once; False for what came before. It is read later, and is never more than a hint (R45, A5)."""
    notifications.forget(tx, now - REMEMBERED)
    return notifications.add(tx, provider=provider, digest=hashlib.sha256(body).hexdigest(), body=body, now=now)


def _missing(tx: Tx, booking: Booking) -> int:
    return booking.deposit - payments.paid(tx, booking.id)


def _is_right(order: Checkout, booking: Booking, amount: int) -> bool:
    """Whether it still asks for what is missing, and calls it what it is: a part of the price, or all of it."""
    return order.amount == amount and order.facts["whole"] == (amount == booking.total)


def _get(tx: Tx, checkout_id: int) -> Checkout:
    found = rows.get(tx, checkout_id)
    assert found is not None, "it was just written"
    return found
