"""Owns invoices in Telegram: an order as a message that is paid where it stands, by the guest it was sent to (R47)."""

from datetime import datetime

from housebot.services import addressing, checkouts, outbox, ways
from housebot.services.checkouts import Checkout
from housebot.services.ports import Tx
from housebot.storage import checkouts as rows
from housebot.storage.bookings import Booking

START = "pay"  # where a forwarded copy leads: to the bot, not to a payment


def send(tx: Tx, order: Checkout, booking: Booking, *, now: datetime) -> None:
    """The invoice of an order about a booking into its guest's chat; nothing for an order that is paid elsewhere."""
    if order.provider == ways.TELEGRAM:
        facts = {"checkout": order.id}
        addressing.to_guest(tx, booking, "guest.invoice", facts, priority=outbox.PAYMENT, now=now)


def payload(order: Checkout) -> str:
    """What Telegram brings back with the payment: it says nothing to anybody else."""
    return order.key


def of_payload(tx: Tx, text: str) -> Checkout | None:
    """The order of an invoice of ours."""
    order = rows.by_key(tx, text)
    return order if order is not None and order.provider == ways.TELEGRAM else None


def get(tx: Tx, checkout_id: int) -> Checkout | None:
    """The order of an invoice that is still to be paid."""
    order = rows.get(tx, checkout_id)
    return order if order is not None and order.is_open and order.verdict is None else None


def current(tx: Tx, booking: Booking) -> Checkout | None:
    """The invoice by which money for a booking is wanted, where there is one."""
    order = checkouts.current(tx, booking.id)
    return order if order is not None and order.provider == ways.TELEGRAM else None
