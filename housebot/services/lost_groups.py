"""Owns a group of the desk that is closed to us: the owners are told, and get in private what it had not read or left open."""

from datetime import datetime

from housebot.services import addressing, cards, chats, outbox, staff_notices
from housebot.services.ports import Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import tasks as task_rows

_WAITING = ("approval:", "gift-approval:", "task:")  # cards that somebody has to do something with


def group_lost(tx: Tx, chat_id: int, *, failed: int | None = None, now: datetime) -> bool:
    """A group of the desk is closed to us: the owners are told, and read in private what it was to read; False for any other chat.

    Cards that wait there for a decision come anew. `failed` is the row by which it was noticed.
    """
    open_cards = cards.of_chat(tx, chat_id)
    gone = chats.lost(tx, chat_id, now=now)
    if not gone:
        return False
    purposes = [chat.purpose for chat in gone]
    staff_notices.alert(tx, "group_lost", facts={"title": gone[0].title, "purposes": purposes}, now=now)
    unread = outbox.withdraw(tx, chat_id, now=now)
    if failed is not None:
        unread.insert(0, outbox.get(tx, failed))
    if "approvals" in purposes:
        _bring(tx, unread, open_cards, now=now)
    return True


def _bring(tx: Tx, unread: list[outbox.OutboxRow], open_cards: list[str], *, now: datetime) -> None:
    """What a lost group has not read, and what it left open, to whoever decides from now on."""
    again = set(open_cards)
    for row in unread:
        if row.card is not None:
            again.add(row.card)
        elif row.delivery == "must" and row.kind.startswith("staff."):
            for recipient in chats.approvals(tx):
                outbox.put(
                    tx,
                    kind=row.kind,
                    facts=outbox.facts(row),
                    chat_id=recipient.chat_id,
                    priority=row.priority,
                    language=recipient.language,
                    silent=bool(row.silent),
                    booking_id=row.booking_id,
                    now=now,
                )
    for kind, number in sorted({tuple(key.split(":")[:2]) for key in again if key.startswith(_WAITING)}):
        if kind == "approval":
            booking = booking_rows.get(tx, int(number))
            if booking is not None and booking.status == "awaiting_owner":
                staff_notices.approval(tx, booking, silent=False, now=now)
        elif kind == "gift-approval":
            addressing.to_staff(
                tx, None, "staff.gift_order", {"order": int(number), "ring": True}, card=f"{kind}:{number}", now=now
            )
        else:
            open_task = task_rows.get(tx, int(number))
            if open_task is not None and open_task.done_at is None:
                about = open_task.booking_id
                staff_notices.task(tx, open_task.id, None if about is None else booking_rows.get(tx, about), now=now)
