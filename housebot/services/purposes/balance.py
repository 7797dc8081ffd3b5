"""Owns the rest of the price of a stay that is booked: its dates are kept already, only too much is not taken."""

from datetime import datetime

from housebot.services import addressing, balances, notices, payments
from housebot.services.ports import ProviderPayment, Tx
from housebot.services.purposes.stays import (
    STANDING,
    booking_of,
    came_for_nothing,
    came_odd,
    code_of,
    guest_of,
    has_room,
    let_go,
    written,
)
from housebot.storage.checkouts import Checkout

__all__ = [
    "agreed",
    "booking_of",
    "came",
    "came_odd",
    "claim",
    "code_of",
    "gone",
    "guest_of",
    "is_wanted",
    "let_go",
    "opened",
    "still_claimed",
]


def is_wanted(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    booking = booking_of(tx, order)
    return booking.status in STANDING and order.amount == booking.total - payments.paid(tx, booking.id)


def opened(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The message that asks for it shows the page; a booked stay has no deadline."""
    if order.verdict is None and order.state == "created":
        notices.balance_changed(tx, booking_of(tx, order), now=now)


def agreed(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """A booked stay has no deadline."""


def claim(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    return has_room(tx, booking_of(tx, order), order.amount)


def still_claimed(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    return booking_of(tx, order).status in STANDING


def came(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
    booking = booking_of(tx, order)
    if order.verdict == "cancel" or booking.status not in STANDING:
        came_for_nothing(tx, order, booking, seen, now=now)
        return
    written(tx, order, booking, seen, now=now)
    balances.came(tx, booking, amount=seen.amount, now=now)
    facts = {"amount": seen.amount}
    addressing.to_staff(tx, booking, "staff.balance_came", facts, silent=True, now=now)


def gone(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The stay is booked all the same, and the balance still to pay."""
    notices.balance_changed(tx, booking_of(tx, order), now=now)
