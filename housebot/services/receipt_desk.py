"""Owns what a file that somebody sends is for: a booking or a gift, whichever waits for money; where both do, they are asked (R46)."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import gift_orders, gift_receipts, receipts
from housebot.services.gift_orders import Order
from housebot.services.handed_in import Outcome, ReceiptFile
from housebot.services.ports import Actor, Tx


def hand_in(
    tx: Tx,
    *,
    guest_id: int,
    file: ReceiptFile,
    sent_at: datetime,
    asked_for: int | None = None,
    asked_order: int | None = None,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """A guest sends a file, perhaps as a reply to the question about one booking or one order. On time is judged by `sent_at`."""
    waiting, late = gift_receipts.may_be_for(tx, guest_id, now=now)
    album = gift_receipts.of_album(tx, guest_id, file)
    if answered := [one for one in (*waiting, *late) if one.id == (asked_order or album)]:
        return gift_receipts.hand_in(tx, answered[0], file, sent_at=sent_at, actor=actor, now=now)
    bookings = receipts.may_be_for(tx, guest_id, file, asked_for=asked_for, now=now)
    held = [one for one in bookings if receipts.waits(tx, one, now=now)]
    orders = waiting if held or waiting else late
    if held or not waiting:
        held = bookings
    if not orders or asked_for in {one.id for one in bookings}:
        return receipts.hand_in(tx, guest_id=guest_id, file=file, sent_at=sent_at, asked_for=asked_for, now=now)
    if held or len(orders) > 1:
        return Outcome("which", bookings=tuple(held), orders=tuple(orders))
    return gift_receipts.hand_in(tx, orders[0], file, sent_at=sent_at, actor=actor, now=now)


def for_order(
    tx: Tx, order_id: int, file: ReceiptFile, *, guest_id: int, sent_at: datetime, actor: Actor, now: datetime
) -> Outcome:
    """The answer to "which": for this order, if it is theirs and still takes a file; a foreign one is `not_found` (T3)."""
    order = theirs(tx, order_id, guest_id=guest_id)
    waiting, late = gift_receipts.may_be_for(tx, guest_id, now=now)
    if order.id not in {one.id for one in (*waiting, *late)}:
        return Outcome("nothing")
    return gift_receipts.hand_in(tx, order, file, sent_at=sent_at, actor=actor, now=now)


def theirs(tx: Tx, order_id: int | str, *, guest_id: int) -> Order:
    """The order, if it is that guest's; a foreign and a missing one are `not_found` alike (T3)."""
    order = gift_orders.get(tx, order_id)
    if order.guest_id != guest_id:
        raise Refusal("not_found", what="gift_order", order=str(order_id)[:40])
    return order
