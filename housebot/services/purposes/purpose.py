"""Owns what every purpose of an order answers, so that talking with a provider never needs to know what its money is for."""

from datetime import datetime
from typing import Protocol

from housebot.services.ports import ProviderPayment, Tx
from housebot.storage.bookings import Booking
from housebot.storage.checkouts import Checkout


class Purpose(Protocol):
    """One of deposit, balance, change, gift; a module each. `order` is as it was before the provider's news."""

    def booking_of(self, tx: Tx, order: Checkout) -> Booking | None:
        """The booking an alert about the order is about; None for a gift."""

    def guest_of(self, tx: Tx, order: Checkout) -> int | None:
        """Whose money is asked for."""

    def code_of(self, tx: Tx, order: Checkout) -> str:
        """What its payment has to name."""

    def is_wanted(self, tx: Tx, order: Checkout, *, now: datetime) -> bool:
        """Whether a payment that has not begun should still begin: what it is for is still to be had, for just this sum. Reads only."""

    def opened(self, tx: Tx, order: Checkout, *, now: datetime) -> None:
        """The page is open and nothing is paid yet."""

    def agreed(self, tx: Tx, order: Checkout, *, now: datetime) -> None:
        """The guest said yes to an invoice and the money is seconds away: keep what it is for a little longer."""

    def claim(self, tx: Tx, order: Checkout, *, now: datetime) -> bool:
        """The bank has said yes and nothing is taken: keep what it is for as long as the taking may last, or say no."""

    def still_claimed(self, tx: Tx, order: Checkout, *, now: datetime) -> bool:
        """The same when it was decided before to take it, and that has not been done yet."""

    def let_go(self, tx: Tx, order: Checkout, *, amount: int, now: datetime) -> None:
        """Nothing is taken of what the bank would have given: the guest is told."""

    def came(self, tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
        """The money is ours, and it is what was asked for: one row, where it belongs or unapplied (R36)."""

    def came_odd(self, tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
        """The money is ours and is not what was asked for: unapplied, and somebody sends it back. Staff are alarmed already."""

    def gone(self, tx: Tx, order: Checkout, *, now: datetime) -> None:
        """It will not be paid by this order, which was still wanted."""
