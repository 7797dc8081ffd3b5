"""Owns the rest of the price of a booked stay: who is asked for it, and receipts for it, which a person judges (R46, UX 6)."""

from datetime import datetime
from typing import Any

from housebot.domain.catalog import Kind
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import (
    addressing,
    asking,
    audit,
    calling,
    checkouts,
    notices,
    outbox,
    payment_notices,
    payments,
    tasks,
    transitions,
    ways,
)
from housebot.services.checkouts import Checkout
from housebot.services.ports import Actor, Tx
from housebot.storage import receipts as receipt_rows
from housebot.storage.bookings import Booking
from housebot.storage.receipts import Receipt

STANDING = frozenset({"confirmed", "in_house"})
ACCEPTED, REFUSED = "balance.accept", "balance.refuse"


def staff_card(booking: Booking) -> str:
    """The key of the card on which staff judge a receipt for it."""
    return f"balance:{booking.id}"


def is_owed(tx: Tx, booking: Booking) -> bool:
    """Whether something is left to pay of a stay that is booked."""
    return booking.status in STANDING and payments.balance(tx, booking) > 0


def order_of(tx: Tx, booking: Booking) -> Checkout | None:
    """The open order for it, where there is one."""
    order = checkouts.current(tx, booking.id)
    return order if order is not None and order.purpose == "balance" else None


def pay(tx: Tx, booking: Booking, provider: str, *, actor: Actor, now: datetime) -> Checkout:
    """All that is left, by a provider the desk has; a second press is the same order. `stale` when nothing is left."""
    if provider not in ways.providers(tx):
        raise Refusal("invalid", reason="payment_method", allowed=list(ways.providers(tx)))
    if not is_owed(tx, booking):
        raise Refusal("stale", booking=booking.code, status=booking.status, reason="nothing_to_pay")
    return checkouts.begin(tx, asking.balance(tx, booking), provider=provider, actor=actor, now=now)


def remind(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The balance date has come; nothing where it is paid, or the stay is not to be. Whoever has no Telegram is called."""
    if booking.status != "confirmed" or not is_owed(tx, booking) or not _is_for_ever(tx, booking):
        return
    if not calling.instead(tx, booking, "balance", now=now):
        facts = {"ring": True, "reminder": True}
        card, priority = notices.balance_card(booking), outbox.REMINDER
        addressing.to_guest(tx, booking, "guest.balance", facts, delivery="once", priority=priority, card=card, now=now)


def asked(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The guest wants to pay it: how, in a message of its own."""
    addressing.to_guest(
        tx,
        booking,
        "guest.balance",
        {"ring": True},
        priority=outbox.PAYMENT,
        card=notices.balance_card(booking),
        now=now,
    )


def came(tx: Tx, booking: Booking, *, amount: int, now: datetime) -> None:
    """Money for it has come: the guest is thanked, the cards show what is left."""
    addressing.to_guest(tx, booking, "guest.balance_came", {"amount": amount}, priority=outbox.PAYMENT, now=now)
    payment_notices.money_changed(tx, booking, now=now)


def handed_over(tx: Tx, booking_id: int | str, amount: int, *, method: str, actor: Actor, now: datetime) -> Booking:
    """Staff have taken it themselves: a row of the ledger, never more than is left to pay, and the guest is thanked (R44)."""
    booking = transitions.get(tx, booking_id)
    payments.record(tx, booking, amount, method=method, actor=actor, now=now)
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    came(tx, booking, amount=amount, now=now)
    return booking


# Receipts


def open_files(tx: Tx, booking: Booking) -> list[Receipt]:
    """What waits to be looked at, oldest first."""
    return receipt_rows.open_of_stay(tx, booking.id)


def handed_in(tx: Tx, booking: Booking, *, silent: bool, now: datetime) -> None:
    """A file was kept for it: the booking stays as it is, a person looks."""
    addressing.to_guest(tx, booking, "guest.balance_receipt", priority=outbox.PAYMENT, now=now)
    facts = {"ring": True, "alone": True}
    addressing.to_staff(tx, booking, "staff.balance", facts, silent=silent, card=staff_card(booking), now=now)


def doubted(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Something odd is known of an open file by now."""
    if open_files(tx, booking):
        _staff_card(tx, booking, now=now)


def accept(tx: Tx, booking_id: int | str, amount: int, *, twice: bool = False, actor: Actor, now: datetime) -> Booking:
    """Somebody saw so much arrive: a row of the ledger, the booking stays what it is.

    `already_decided` for the second who says so; with `twice` unset `amount_invalid` for more than is owed and `stale` with
    `flags` for a file that is known elsewhere, both with `ask_again`. Of a stay that is off by now the money goes back.
    """
    booking = transitions.get(tx, booking_id)
    files = _undecided(tx, booking)
    if (same := receipt_rows.codes_with_same_file(tx, booking_id=booking.id)) and not twice:
        raise Refusal("stale", ask_again=True, booking=booking.code, flags={"same_receipt": same})
    if not booking.blocks or booking.is_hold:
        payment_id = payments.add_unapplied(tx, booking, amount, receipt_id=files[-1].id, actor=actor, now=now)
        owed = {"amount": amount, "currency": booking.currency, "seen": True, "receipt": files[-1].id}
        tasks.open_task(tx, "refund", booking=booking, payment_id=payment_id, facts=owed, now=now)
    else:
        payments.record(tx, booking, amount, receipt_id=files[-1].id, twice=twice, actor=actor, now=now)
        checkouts.follow(tx, booking, actor=actor, now=now)
    _decide(tx, booking, "accepted", {"amount": amount}, actor=actor, now=now)
    came(tx, booking, amount=amount, now=now)
    return booking


def refuse(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """The money was not seen: the guest is told, and the balance is still to pay."""
    booking = transitions.get(tx, booking_id)
    _undecided(tx, booking)
    _decide(tx, booking, "refused", {}, actor=actor, now=now)
    addressing.to_guest(tx, booking, "guest.balance_refused", priority=outbox.PAYMENT, now=now)
    return booking


def decision(tx: Tx, booking: Booking) -> audit.Entry | None:
    """What was last said about a receipt for it, and by whom."""
    said = [one for one in audit.history(tx, booking.subject) if one.action in {ACCEPTED, REFUSED}]
    return said[-1] if said else None


def _undecided(tx: Tx, booking: Booking) -> list[Receipt]:
    files = open_files(tx, booking)
    if files:
        return files
    last = decision(tx, booking)
    by = {} if last is None else {"by": last.actor, "at": utc_text(last.at)}
    raise Refusal("already_decided", booking=booking.code, **by)


def _decide(tx: Tx, booking: Booking, state: str, after: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    receipt_rows.settle(tx, booking.id, state=state)
    audit.write(tx, actor, ACCEPTED if state == "accepted" else REFUSED, booking.subject, None, after, now=now)
    _staff_card(tx, booking, now=now)


def _staff_card(tx: Tx, booking: Booking, *, now: datetime) -> None:
    card = staff_card(booking)
    addressing.to_staff(tx, booking, "staff.balance", delivery="latest", silent=True, card=card, now=now)


def _is_for_ever(tx: Tx, booking: Booking) -> bool:
    """Whoever has an appointment pays when they come."""
    return transitions.stay_of(tx, booking).tariff.kind is not Kind.SLOT
