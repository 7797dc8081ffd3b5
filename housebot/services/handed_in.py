"""Owns what a guest hands in: the file as Telegram names it, whether it came in time, and what became of it (R46)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from housebot.services.ports import Tx
from housebot.storage import receipts as rows
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


def seconds_late(end: datetime | None, sent_at: datetime) -> int:
    """To the second: a file sent at the end itself is late (R32); 0 in time, or where there is no end."""
    if end is None or sent_at < end:
        return 0
    return max(int((sent_at - end).total_seconds()), 1)


def store(
    tx: Tx, what: Booking | Order, file: ReceiptFile, sent_at: datetime, *, late: int, now: datetime
) -> int | None:
    """The number of the file's row, or None when what it is for has this very file already."""
    is_order = isinstance(what, Order)
    return rows.add(
        tx,
        booking_id=None if is_order else what.id,
        gift_order_id=what.id if is_order else None,
        guest_id=what.guest_id,
        kind=file.kind,
        file_id=file.file_id,
        file_unique_id=file.file_unique_id,
        file_name=file.file_name[:200],
        media_group_id=file.media_group_id,
        sent_at=sent_at,
        late_seconds=late,
        now=now,
    )
