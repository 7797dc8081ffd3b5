"""Owns who is told what about money: receipts, what came late or by card, what goes back, and the cards that show it (T2)."""

from datetime import datetime
from typing import Any

from housebot.domain.period import utc_text
from housebot.services import addressing, notices, outbox, staff_notices
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking


def receipt_received(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M6: the clock has stopped."""
    addressing.to_guest(
        tx,
        booking,
        "guest.receipt_received",
        {"promised_by": _instant(booking.promised_by)},
        priority=outbox.PAYMENT,
        now=now,
    )
    notices.hold_changed(tx, booking, now=now)


def revived(tx: Tx, booking: Booking, *, late_seconds: int, now: datetime) -> None:
    """M7b: late, but the dates were still free."""
    facts = {"late_seconds": late_seconds, "promised_by": _instant(booking.promised_by)}
    addressing.to_guest(tx, booking, "guest.revived", facts, priority=outbox.PAYMENT, now=now)
    notices.hold_changed(tx, booking, now=now)


def late_sold(tx: Tx, booking: Booking, facts: dict[str, Any], *, now: datetime) -> None:
    """M7c: the money is safe, the guest chooses; staff are alarmed. `facts`: payment, task, amount, alternatives, perhaps off."""
    addressing.to_guest(
        tx, booking, "guest.late_sold", facts, card=f"late:{facts['task']}:guest", priority=outbox.PAYMENT, now=now
    )
    staff_notices.alert(tx, "late_money", booking=booking, facts=facts, now=now)


def gift_issued(tx: Tx, booking: Booking, *, gift_id: int, now: datetime) -> None:
    """The late money is a gift card now, and this is its code."""
    addressing.to_guest(tx, booking, "guest.gift", {"gift": gift_id}, priority=outbox.PAYMENT, now=now)


def still_checking(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """We are later than we promised."""
    addressing.to_guest(tx, booking, "guest.still_checking", {"promised_by": _instant(booking.promised_by)}, now=now)


def receipt_refused(tx: Tx, booking: Booking, *, reason: str, kind: str, now: datetime) -> None:
    """M10: send it again, everything else is kept."""
    facts = {"reason": reason, "kind": kind, "until": _instant(booking.hold_expires_at)}
    addressing.to_guest(tx, booking, "guest.receipt_refused", facts, priority=outbox.PAYMENT, now=now)
    notices.hold_changed(tx, booking, now=now)
    staff_notices.approval_changed(tx, booking, now=now)


def refund_done(
    tx: Tx, booking: Booking, *, amount: int | None, asked_where: bool = True, by_card: bool = False, now: datetime
) -> None:
    """The money is on its way back; `asked_where`: where it goes to was asked, and is deleted now."""
    facts = {"amount": amount, "asked_where": asked_where} | ({"by_card": True} if by_card else {})
    addressing.to_guest(tx, booking, "guest.refund_done", facts, priority=outbox.PAYMENT, now=now)


def damage_ended(tx: Tx, booking: Booking, *, kind: str, amount: int, left: int, reason: str, now: datetime) -> None:
    """Of the damage deposit so much is `returned`, or `kept` for a reason; `left` is still to be decided."""
    facts = {"kind": kind, "amount": amount, "left": left, "reason": reason}
    addressing.to_guest(tx, booking, "guest.damage", facts, priority=outbox.PAYMENT, now=now)


def money_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The ledger moved: cards that show what is paid and due show it as it is now, without ringing."""
    if booking.is_hold:
        if addressing.stands(tx, booking, notices.hold_card(booking)):
            notices.hold_changed(tx, booking, now=now)
        if booking.status == "awaiting_owner":
            staff_notices.approval_changed(tx, booking, now=now)
    elif booking.status in {"confirmed", "in_house"}:
        notices.changed(tx, booking, "guest.confirmed", card=notices.booked_card(booking), now=now)
        notices.balance_changed(tx, booking, now=now)


def card_failed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Nothing was charged, and the dates are still kept: pay another way, or try again."""
    addressing.to_guest(tx, booking, "guest.card_failed", priority=outbox.PAYMENT, now=now)
    notices.hold_changed(tx, booking, now=now)


def card_let_go(tx: Tx, booking: Booking, *, amount: int, now: datetime) -> None:
    """The guest's bank said yes when the dates were gone: nothing is taken."""
    addressing.to_guest(tx, booking, "guest.card_let_go", {"amount": amount}, priority=outbox.PAYMENT, now=now)


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
