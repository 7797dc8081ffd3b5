"""Owns who is told what becomes of a booking: one function for each event, called by the use case that causes it, and its live cards (T2)."""

from datetime import datetime
from typing import Any

from housebot.domain.period import utc_text
from housebot.services import addressing, cards, chats, outbox, staff_notices
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking


def hold_card(booking: Booking) -> str:
    """The key of the guest's live card while the dates are kept."""
    return f"hold:{booking.id}:guest"


def booked_card(booking: Booking) -> str:
    """The key of the guest's card of a stay that is booked."""
    return f"booking:{booking.id}:guest"


def balance_card(booking: Booking) -> str:
    """The key of the guest's message that asks for the rest of the price."""
    return f"balance:{booking.id}:guest"


def held(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M4: the dates are kept."""
    addressing.to_guest(tx, booking, "guest.hold", card=hold_card(booking), now=now)


def hold_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The live card shows how things stand now."""
    addressing.to_guest(tx, booking, "guest.hold", delivery="latest", card=hold_card(booking), now=now)


def last_call(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M5: rings once before the dates go back on sale."""
    ends = booking.hold_expires_at and utc_text(booking.hold_expires_at)
    addressing.to_guest(tx, booking, "guest.last_call", {"ends": ends}, now=now)


def expired(tx: Tx, booking: Booking, *, was: str, to_gift: int = 0, certificate: bool = False, now: datetime) -> None:
    """M7a, at most once, with what is back on a gift; the cards tell the same."""
    facts = {"was": was} | _by_itself(0, to_gift, certificate=certificate)
    addressing.to_guest(tx, booking, "guest.expired", facts, delivery="once", priority=outbox.REMINDER, now=now)
    hold_changed(tx, booking, now=now)


def confirmed(
    tx: Tx, booking: Booking, *, by: str, was: str, unseen: bool = False, silent: bool = False, now: datetime
) -> None:
    """M8 to the guest, the fact to its chat, and the cards turn; what nobody of the staff has seen is told to them."""
    card = booked_card(booking)
    addressing.to_guest(tx, booking, "guest.confirmed", {"ring": True}, card=card, priority=outbox.PAYMENT, now=now)
    if addressing.stands(tx, booking, hold_card(booking)):
        hold_changed(tx, booking, now=now)
    if unseen:
        addressing.to_staff(tx, booking, "staff.booked", silent=silent, now=now)
    addressing.to_facts(
        tx, booking, "facts.confirmed", {"by": by}, besides=chats.approvals(tx) if unseen else [], now=now
    )
    if was == "awaiting_owner":
        staff_notices.approval_changed(tx, booking, now=now)


def recognised(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """A stay booked elsewhere was found by the contact the guest has just verified: here it is."""
    addressing.to_guest(tx, booking, "guest.recognised", priority=outbox.PAYMENT, now=now)
    addressing.to_guest(
        tx, booking, "guest.confirmed", {"ring": True}, card=booked_card(booking), priority=outbox.PAYMENT, now=now
    )


def moved(
    tx: Tx, booking: Booking, before: dict[str, Any], *, unseen: bool = False, silent: bool = False, now: datetime
) -> None:
    """What was is now otherwise: the guest and whoever makes the beds read both, every card shows the present (R37).

    What a guest changed alone, `unseen`, is told to whoever decides too."""
    addressing.to_guest(tx, booking, "guest.moved", {"before": before}, priority=outbox.PAYMENT, now=now)
    sold_otherwise(tx, booking, now=now)
    if booking.status in {"confirmed", "in_house"}:
        if unseen:
            addressing.to_staff(tx, booking, "staff.moved", {"before": before}, silent=silent, now=now)
        addressing.to_facts(
            tx, booking, "facts.moved", {"before": before}, besides=chats.approvals(tx) if unseen else [], now=now
        )


def left_early(tx: Tx, booking: Booking, before: dict[str, Any], *, now: datetime) -> None:
    """Whoever cleans may come sooner."""
    sold_otherwise(tx, booking, now=now)
    addressing.to_facts(tx, booking, "facts.moved", {"before": before}, now=now)


def no_show(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Nobody came, so nobody needs to clean."""
    sold_otherwise(tx, booking, now=now)
    addressing.to_facts(tx, booking, "facts.cancelled", {}, now=now)


def as_it_was(booking: Booking, extras: dict[str, int]) -> dict[str, Any]:
    """How a booking was, for whoever is told that it is otherwise now; extras as they were asked for."""
    return {
        "arrival": booking.arrival.isoformat(timespec="minutes"),
        "departure": booking.departure.isoformat(timespec="minutes"),
        "unit": booking.unit,
        "guests": booking.guests,
        "extras": extras,
        "total": booking.total,
    }


def priced(tx: Tx, booking: Booking, *, before: int, now: datetime) -> None:
    """The owner has set another price."""
    addressing.to_guest(tx, booking, "guest.priced", {"price_before": before}, priority=outbox.PAYMENT, now=now)
    sold_otherwise(tx, booking, now=now)


def sold_otherwise(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The cards that stand show the booking as it is sold from now on."""
    if addressing.stands(tx, booking, hold_card(booking)):
        hold_changed(tx, booking, now=now)
    changed(tx, booking, "guest.confirmed", card=booked_card(booking), now=now)
    balance_changed(tx, booking, now=now)
    if booking.status == "awaiting_owner":
        staff_notices.approval_changed(tx, booking, now=now)


def arrival(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M12: the stay is near, here is how to get there and in."""
    addressing.to_guest(tx, booking, "guest.arrival", priority=outbox.REMINDER, now=now)


def approved(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The owner said yes before money: a new card rings, with how to pay and until when."""
    addressing.to_guest(tx, booking, "guest.hold", {"ring": True, "approved": True}, card=hold_card(booking), now=now)
    staff_notices.approval_changed(tx, booking, now=now)


def declined(
    tx: Tx,
    booking: Booking,
    *,
    reason: str,
    kind: str,
    refund: int | None,
    by_card: int = 0,
    to_gift: int = 0,
    certificate: bool = False,
    was: str,
    now: datetime,
) -> None:
    """M10: the whole booking was not accepted; what goes back as with `cancelled`."""
    facts: dict[str, Any] = {"reason": reason, "kind": kind, "refund": refund}
    facts |= _by_itself(by_card, to_gift, certificate=certificate)
    addressing.to_guest(tx, booking, "guest.declined", facts, priority=outbox.PAYMENT, now=now)
    hold_changed(tx, booking, now=now)
    if was == "awaiting_owner":
        staff_notices.approval_changed(tx, booking, now=now)


def cancelled(
    tx: Tx,
    booking: Booking,
    *,
    was: str,
    refund: int,
    by_card: int = 0,
    to_gift: int = 0,
    certificate: bool = False,
    now: datetime,
) -> None:
    """Whoever cancelled, guest, staff and the facts chat learn it at once (R38).

    `refund` is money to send, `by_card` of it goes by itself; `to_gift` is back on a card of money already, a `certificate`
    is good again.
    """
    facts: dict[str, Any] = {"was": was, "refund": refund} | _by_itself(by_card, to_gift, certificate=certificate)
    addressing.to_guest(tx, booking, "guest.cancelled", facts, priority=outbox.PAYMENT, now=now)
    sold_otherwise(tx, booking, now=now)
    if was in {"awaiting_owner", "confirmed"}:
        addressing.to_staff(tx, booking, "staff.cancelled", facts, now=now)
    if was == "awaiting_owner" or cards.chats(tx, staff_notices.approval_card(booking)):
        staff_notices.approval_changed(tx, booking, now=now)
    if was == "confirmed":
        addressing.to_facts(tx, booking, "facts.cancelled", facts, now=now)


def balance_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The message that asks for the rest of the price shows how things stand, where it was sent."""
    changed(tx, booking, "guest.balance", card=balance_card(booking), now=now)


def changed(tx: Tx, booking: Booking, kind: str, *, card: str, now: datetime) -> None:
    """The guest's message under that key shows how things stand now, where there is one; nothing rings."""
    if addressing.stands(tx, booking, card):
        addressing.to_guest(tx, booking, kind, delivery="latest", card=card, now=now)


def _by_itself(by_card: int, to_gift: int, *, certificate: bool) -> dict[str, Any]:
    """What nobody has to send; only what there is."""
    found = {"by_card": by_card, "to_gift": to_gift, "certificate": certificate}
    return {name: value for name, value in found.items() if value}
