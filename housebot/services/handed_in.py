"""Owns what a guest hands in: the file as Telegram names it, and what became of it (R46)."""

from dataclasses import dataclass
from typing import Literal

from housebot.storage.bookings import Booking
from housebot.storage.gift_orders import Order


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """What Telegram says about the file."""

    kind: Literal["photo", "document"]
    file_id: str
    file_unique_id: str
    file_name: str = ""
    media_group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, which was for a booking or for the order of a gift.

    `taken`: the clock stopped. `added`: one more file of the same case. `again`: this very file is known here. `revived`:
    late, and nothing was lost by it. `late_sold`: late and sold, the money waits for a choice. `which`: several could be
    meant, ask. `nothing`: nothing waits for money.
    """

    kind: Literal["taken", "added", "again", "revived", "late_sold", "which", "nothing"]
    booking: Booking | None = None
    bookings: tuple[Booking, ...] = ()
    late_seconds: int = 0
    order: Order | None = None
    orders: tuple[Order, ...] = ()
