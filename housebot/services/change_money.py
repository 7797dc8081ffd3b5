"""Owns how staff judge a receipt for a change: the sum that came makes it, or stays with the booking where it is over (R44, R46)."""

from datetime import datetime

from housebot.errors import Refusal
from housebot.services import (
    change_receipts,
    due,
    payment_notices,
    payments,
    proposal_money,
    proposal_notices,
    proposed,
    receipts,
    tasks,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.storage import receipts as receipt_rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

_NUDGES = ("proposal.ring", "proposal.nudge")


def confirm(
    tx: Tx, code: str, received: int, *, version: int | None = None, twice: bool = False, actor: Actor, now: datetime
) -> Booking:
    """That much came, seen by staff: a row of the ledger, and with enough of it the change is made.

    Who is second gets `already_decided`. With `twice` unset more than was asked for is `amount_invalid` with `overpaid`, and a
    doubtful receipt `stale` with `flags`; both carry `ask_again`. Less than asked for is kept, and the rest is awaited for an
    hour at least. Of a change that is over the money stays with its booking, or is a task to send back where that is over too.
    """
    one, booking = _to_judge(tx, code, version, actor)
    if received <= 0:
        raise Refusal("amount_invalid", value=str(received))
    if not twice:
        _ask_again(tx, one, booking, received)
    file = next(file for file in receipt_rows.of_proposal(tx, one.id) if file.state == "open")
    payment_id = payments.record(
        tx, booking, received, method="bank", receipt_id=file.id, actor=actor, twice=True, now=now
    )
    receipt_rows.settle_of_proposal(tx, one.id, state="accepted")
    _stop_nudging(tx, one)
    if not one.is_open:
        return _came_too_late(tx, one, booking, received, actor=actor, now=now)
    if proposed.missing(tx, one) > 0:
        one = _clock_again(tx, one, "proposal.part", actor=actor, now=now)
        proposal_notices.part_came(tx, booking, one, now=now)
        proposal_notices.judged(tx, booking, one, now=now)
        payment_notices.money_changed(tx, booking, now=now)
        return booking
    booking = proposal_money.came(tx, one, payment_id, actor=actor, now=now)
    proposal_notices.judged(tx, booking, one, now=now)
    return booking


def reject(tx: Tx, code: str, reason: str, *, version: int | None = None, actor: Actor, now: datetime) -> Booking:
    """The receipt is no proof: the guest may send another for an hour at least; the present stay stands in any case."""
    one, booking = _to_judge(tx, code, version, actor)
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    receipt_rows.settle_of_proposal(tx, one.id, state="refused")
    _stop_nudging(tx, one)
    if one.is_open:
        one = _clock_again(tx, one, "proposal.refuse_receipt", actor=actor, now=now)
    proposal_notices.receipt_refused(tx, booking, one, reason=reason.strip()[:500], now=now)
    proposal_notices.judged(tx, booking, one, now=now)
    return booking


def expected(tx: Tx, one: Proposal) -> int:
    """What should have come; of a change that is over what it asked for."""
    return proposed.missing(tx, one) if one.is_open else one.amount


def _to_judge(tx: Tx, code: str, version: int | None, actor: Actor) -> tuple[Proposal, Booking]:
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    one = proposed.get(tx, code)
    booking = transitions.get(tx, one.booking_id)
    if not change_receipts.waits_for_person(tx, one):
        raise Refusal("already_decided", what="proposal", proposal=one.code, by=one.decided_by, status=one.state)
    if version is not None and version != one.version:
        raise Refusal("stale", proposal=one.code, state=one.state)
    return one, booking


def _ask_again(tx: Tx, one: Proposal, booking: Booking, received: int) -> None:
    due_now = expected(tx, one)
    if received > due_now:
        facts = {"received": received, "expected": due_now, "overpaid": received - due_now}
        raise Refusal("amount_invalid", ask_again=True, booking=booking.code, currency=booking.currency, **facts)
    if flags := receipts.flags(tx, booking):
        raise Refusal("stale", ask_again=True, booking=booking.code, flags=flags)


def _clock_again(tx: Tx, one: Proposal, action: str, *, actor: Actor, now: datetime) -> Proposal:
    until = change_receipts.until_after_refusal(tx, one, now=now)
    one = proposed.change(tx, one, action, actor=actor, now=now, under_review=False, expires_at=until)
    proposed.plan(tx, one, now=now)
    return one


def _came_too_late(tx: Tx, one: Proposal, booking: Booking, received: int, *, actor: Actor, now: datetime) -> Booking:
    """The change is over: the money is the booking's, or goes back where that is over as well."""
    if booking.blocks and booking.status != "completed":
        payment_notices.money_changed(tx, booking, now=now)
        proposed.say_overpaid(tx, booking, now=now)
    else:
        owed = tasks.find_open(tx, "refund", booking.id, payment_id=None)  # one task a booking: what it asks for grows
        known = 0 if owed is None else owed.facts.get("amount")
        amount = None if known is None else known + received
        facts = (owed.facts if owed is not None else {}) | {
            "amount": amount,
            "currency": booking.currency,
            "seen": True,
        }
        tasks.open_task(tx, "refund", booking=booking, facts=facts, now=now)
    proposal_notices.changed(tx, booking, one, now=now)
    proposal_notices.judged(tx, booking, one, now=now)
    return booking


def _stop_nudging(tx: Tx, one: Proposal) -> None:
    for kind in _NUDGES:
        due.drop(tx, kind, one.subject)
