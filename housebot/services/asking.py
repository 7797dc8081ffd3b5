"""Owns what a guest is asked to pay through a provider: for which purpose, how much of it is missing, and in which words."""

from dataclasses import dataclass, replace
from typing import Any

from housebot.services import face, payments
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking
from housebot.storage.gift_orders import Order as GiftOrder


@dataclass(frozen=True, slots=True)
class Asked:
    """One sum for one purpose, of a booking or of a gift that is being bought. Nothing is asked where it is zero or less."""

    purpose: str  # deposit, balance, change, gift
    code: str  # what people call it; comes back with the payment
    amount: int
    currency: str
    description: str
    booking_id: int | None = None
    gift_order_id: int | None = None
    proposal_id: int | None = None
    phone: str | None = None  # where a receipt may go
    whole: bool = False  # the whole price at once, not a part of it

    @property
    def subject(self) -> str:
        """What the audit log calls it."""
        return f"booking:{self.booking_id}" if self.gift_order_id is None else f"gift_order:{self.gift_order_id}"

    def facts(self, tx: Tx) -> dict[str, Any]:
        """The rest of the order, as it is said to the provider."""
        username = face.username(tx)
        return {
            "booking": self.code,
            "description": self.description,
            "return_url": f"https://t.me/{username}" if username else "https://t.me/",
            "phone": self.phone,
            "whole": self.whole,
        }


def deposit(tx: Tx, booking: Booking) -> Asked:
    """What is missing of the prepayment."""
    return _of(booking, "deposit", booking.deposit - payments.paid(tx, booking.id))


def balance(tx: Tx, booking: Booking) -> Asked:
    """All that is left to pay of a stay that is booked."""
    return _of(booking, "balance", booking.total - payments.paid(tx, booking.id))


def change(booking: Booking, proposal_id: int, amount: int) -> Asked:
    """What has to come before a change of a booked stay is made."""
    return replace(_of(booking, "change", amount), proposal_id=proposal_id, whole=False)


def gift(order: GiftOrder, amount: int, *, contact: str | None) -> Asked:
    """What is missing of the price of a gift that is being bought."""
    return Asked(
        "gift",
        order.code,
        amount,
        order.currency,
        order.code,
        gift_order_id=order.id,
        phone=contact if contact and contact.startswith("+") else None,
        whole=amount == order.total,
    )


def phone_of(booking: Booking) -> str | None:
    """Where a receipt may go; a guest known by a name alone has none."""
    return booking.contact if booking.contact and booking.contact.startswith("+") else None


def _of(booking: Booking, purpose: str, amount: int) -> Asked:
    return Asked(
        purpose,
        booking.code,
        amount,
        booking.currency,
        f"{booking.code} · {booking.arrival:%d.%m.%Y %H:%M}",
        booking_id=booking.id,
        phone=phone_of(booking),
        whole=amount == booking.total,
    )
