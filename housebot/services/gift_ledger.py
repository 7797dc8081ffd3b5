"""Owns the ledger of a gift: one line for everything that happens to it, in the log too, and who it has paid for (R48)."""

from datetime import datetime

from housebot.domain.gift import Gift
from housebot.services import audit, events
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import gifts as rows
from housebot.storage.bookings import Booking
from housebot.storage.gifts import Entry

__all__ = ["Entry", "enter", "entries", "holders", "left"]


def entries(tx: Tx, gift_id: int) -> list[Entry]:
    """Everything that has happened to it, oldest first."""
    return rows.entries(tx, gift_id)


def left(tx: Tx, gift_id: int) -> int:
    """Its balance: minor units of money, or visits of a stay."""
    return rows.balance(tx, gift_id)


def holders(tx: Tx, gift_id: int) -> list[Booking]:
    """Every booking it has ever paid for."""
    numbers = {entry.booking_id for entry in rows.entries(tx, gift_id) if entry.booking_id is not None}
    found = [booking_rows.get(tx, number) for number in sorted(numbers)]
    return [one for one in found if one is not None]


def enter(
    tx: Tx,
    gift: Gift,
    *,
    kind: str,
    amount: int = 0,
    booking_id: int | None = None,
    payment_id: int | None = None,
    comment: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """One line of its ledger and of the log; the code stands in neither."""
    before = rows.balance(tx, gift.id)
    rows.enter(
        tx,
        gift.id,
        kind=kind,
        amount=amount,
        booking_id=booking_id,
        payment_id=payment_id,
        actor=str(actor),
        comment=comment,
        now=now,
    )
    after = {"balance": before + amount} | ({} if booking_id is None else {"booking": booking_id})
    audit.write(tx, actor, f"gift.{kind}", f"gift:{gift.id}", {"balance": before}, after, comment or None, now=now)
    events.gift(tx, gift.id, kind, booking_id=booking_id, now=now)
