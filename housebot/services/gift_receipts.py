"""Owns the files by which somebody says they have paid for a gift: they stop its clock, late or not, and are known again elsewhere (R46)."""

from datetime import datetime, timedelta
from typing import Any

from housebot.domain.gift_order import Status
from housebot.services import audit, catalogs, deadlines, due, gift_notices, gift_orders
from housebot.services.gift_orders import Order
from housebot.services.handed_in import Outcome, ReceiptFile, seconds_late, store
from housebot.services.ports import Actor, Tx
from housebot.storage import gift_orders as order_rows
from housebot.storage import receipts as rows
from housebot.storage.receipts import Receipt

REMEMBERED = timedelta(days=14)  # how long after its end an order is still meant by a late receipt
RING, NUDGE = "gift_order.ring", "gift_order.nudge"


def may_be_for(tx: Tx, guest_id: int, *, now: datetime) -> tuple[list[Order], list[Order]]:
    """The orders a file may be for: those that wait for money or are looked at, and those whose time is over lately."""
    theirs = order_rows.of_guest(tx, guest_id)
    over = {Status.EXPIRED, Status.CANCELLED}
    return (
        [one for one in theirs if one.waits],
        [one for one in theirs if one.status in over and one.updated_at > now - REMEMBERED],
    )


def of_album(tx: Tx, guest_id: int, file: ReceiptFile) -> int | None:
    """The order to which an earlier picture of the same album went."""
    if file.media_group_id is None:
        return None
    return rows.gift_order_of_album(tx, guest_id=guest_id, media_group_id=file.media_group_id)


def hand_in(tx: Tx, order: Order, file: ReceiptFile, *, sent_at: datetime, actor: Actor, now: datetime) -> Outcome:
    """A file for an order. Late it is as good as in time, for no dates are at stake: that it was late is said (R36)."""
    if order.under_review:
        return _add(tx, order, file, sent_at, actor=actor, now=now)
    late = seconds_late(order.expires_at, sent_at)
    if store(tx, order, file, sent_at, late=late, now=now) is None:
        rows.reopen(tx, gift_order_id=order.id, file_unique_id=file.file_unique_id)
    order = gift_orders.change(
        tx,
        order,
        "gift_order.receipt",
        actor=actor,
        now=now,
        status=Status.AWAITING_OWNER,
        under_review=True,
        payment_method=order.payment_method or "bank",
        expires_at=None,
    )
    catalog = catalogs.current(tx, now=now)
    rings = deadlines.desk_open(catalog, now)
    if not rings:
        due.plan(tx, RING, order.subject, deadlines.next_opening(catalog, now), now=now)
    plan_nudge(tx, order, step=0, since=now, now=now)
    gift_notices.approval(tx, order, silent=not rings, now=now)
    promised = deadlines.answered_by(catalog, now=now)
    gift_notices.receipt_received(tx, order, promised_by=promised, late=late > 0, now=now)
    return Outcome("revived" if late else "taken", order=order, late_seconds=late)


def plan_nudge(tx: Tx, order: Order, *, step: int, since: datetime, now: datetime) -> None:
    """Whoever decides is reminded as they are of a booking."""
    at = deadlines.nudge_at(catalogs.current(tx, now=now), step=step, since=since, now=now)
    due.plan(tx, NUDGE, order.subject, at, {"step": step, "since": since.isoformat()}, now=now)


def settle(tx: Tx, order: Order, *, state: str) -> None:
    """Somebody has looked: nothing rings any more, and the open files are judged."""
    rows.settle_gift_order(tx, order.id, state=state)
    for kind in (RING, NUDGE):
        due.drop(tx, kind, order.subject)


def of_order(tx: Tx, order_id: int) -> list[Receipt]:
    """Every file handed in for it, oldest first."""
    return rows.of_gift_order(tx, order_id)


def flags(tx: Tx, order: Order) -> dict[str, Any]:
    """What is odd about the open files: `late_minutes`, `same_receipt` with the codes of other bookings and gifts."""
    found: dict[str, Any] = {}
    late = max((one.late_seconds for one in rows.of_gift_order(tx, order.id) if one.state == "open"), default=0)
    if late:
        found["late_minutes"] = -(-late // 60)
    if codes := rows.codes_with_same_file(tx, gift_order_id=order.id):
        found["same_receipt"] = codes
    return found


def digested(tx: Tx, receipt: Receipt, digest: str, *, now: datetime) -> None:
    """The content of a file is known: where it was seen before, the card says so."""
    assert receipt.gift_order_id is not None, "a receipt is of a booking or of an order"
    order = gift_orders.get(tx, receipt.gift_order_id)
    before = flags(tx, order)
    rows.set_digest(tx, receipt.id, digest)
    if order.under_review and flags(tx, order) != before:
        gift_notices.approval_changed(tx, order, now=now)


def _add(tx: Tx, order: Order, file: ReceiptFile, sent_at: datetime, *, actor: Actor, now: datetime) -> Outcome:
    album = file.media_group_id is not None and any(
        one.media_group_id == file.media_group_id for one in rows.of_gift_order(tx, order.id)
    )
    receipt_id = store(tx, order, file, sent_at, late=0, now=now)
    if receipt_id is None:
        return Outcome("again", order=order)
    audit.write(tx, actor, "gift_order.receipt_added", order.subject, None, {"receipt": receipt_id}, now=now)
    silent = album or not deadlines.desk_open(catalogs.current(tx, now=now), now)
    gift_notices.receipt_added(tx, order, receipt_id=receipt_id, silent=silent, now=now)
    gift_notices.approval_changed(tx, order, now=now)
    return Outcome("added", order=order)
