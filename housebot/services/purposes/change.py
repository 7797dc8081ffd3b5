"""Owns what has to come first for a change of a booked stay: its dates are kept already, and with the money the change is made (R36, R37)."""

from datetime import datetime, timedelta

from housebot.domain import booking as rules
from housebot.services import (
    change_receipts,
    payments,
    proposal_effects,
    proposal_money,
    proposal_notices,
    proposed,
    staff_notices,
    transitions,
)
from housebot.services.ports import SYSTEM, ProviderPayment, Tx
from housebot.services.proposed import Proposal
from housebot.services.purposes.stays import booking_of, came_odd, code_of, guest_of, has_room, let_go
from housebot.storage import proposals as rows
from housebot.storage.checkouts import Checkout

__all__ = [
    "agreed",
    "booking_of",
    "came",
    "came_odd",
    "claim",
    "code_of",
    "gone",
    "guest_of",
    "is_wanted",
    "let_go",
    "opened",
    "still_claimed",
]


def is_wanted(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    one = _proposal(tx, order)
    return one.is_open and not one.lapsed(now) and order.amount == proposed.missing(tx, one)


def opened(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The card shows the page."""
    if order.verdict is None and order.state == "created":
        proposal_notices.changed(tx, booking_of(tx, order), _proposal(tx, order), now=now)


def agreed(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """Five minutes more, as for a hold (UX 6)."""
    one, booking = _proposal(tx, order), booking_of(tx, order)
    if not one.is_open or one.lapsed(now):
        return
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    until = rules.invoice_extended(catalog, stay, one.expires_at, now=now)
    one = proposed.change(tx, one, "proposal.extend", actor=SYSTEM, now=now, expires_at=max(one.expires_at, until))
    proposed.plan(tx, one, now=now)
    proposal_notices.changed(tx, booking, one, now=now)


def claim(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    one = _standing(tx, order, now=now)
    if one is None or order.amount > proposed.missing(tx, one):
        return False  # gone, or written down by other means since the page was opened
    _keep(tx, order, one, now=now)
    return True


def still_claimed(tx: Tx, order: Checkout, *, now: datetime) -> bool:
    one = _proposal(tx, order)
    if not one.is_open:
        return False  # called off while the money was being taken
    _keep(tx, order, one, now=now)
    return True


def came(tx: Tx, order: Checkout, seen: ProviderPayment, *, now: datetime) -> None:
    """One row of the booking, also where the change is over: it counts toward the balance. More than that is owed goes back."""
    booking = booking_of(tx, order)
    one = None if order.verdict == "cancel" else _standing(tx, order, now=now)
    if one is not None:
        _keep(tx, order, one, now=now)  # it came in time, or late for dates that are still free
        one = _present(tx, one, now=now)
    if one is None and not has_room(tx, booking, seen.amount):
        facts = {"reason": "overpaid", "amount": seen.amount, "currency": seen.currency}
        staff_notices.alert(tx, "card_odd", booking=booking, facts=facts, now=now)
        came_odd(tx, order, seen, now=now)
        return
    payment_id = payments.record(
        tx, booking, seen.amount, method=order.provider, provider_id=seen.id, actor=SYSTEM, twice=True, now=now
    )
    proposal_money.came(tx, one or _proposal(tx, order), payment_id, now=now)


def gone(tx: Tx, order: Checkout, *, now: datetime) -> None:
    """The change still waits, for money by another way."""
    one = _proposal(tx, order)
    if one.is_open and not one.lapsed(now) and one.payment_method == order.provider:
        one = proposed.change(tx, one, "proposal.card_failed", actor=SYSTEM, now=now, payment_method=None)
        proposal_notices.changed(tx, booking_of(tx, order), one, now=now)


def _standing(tx: Tx, order: Checkout, *, now: datetime) -> Proposal | None:
    """The change with its dates kept; one whose end was noticed comes back while they are free."""
    one = _proposal(tx, order)
    if one.state == "expired":
        one = change_receipts.again(tx, booking_of(tx, order), one, actor=SYSTEM, now=now)
    return one if one.is_open and one.awaits == "money" and proposal_effects.is_to_be_had(tx, one, now=now) else None


def _present(tx: Tx, one: Proposal, *, now: datetime) -> Proposal | None:
    found = rows.get(tx, one.id)
    return None if found is None or found.lapsed(now) else found


def _keep(tx: Tx, order: Checkout, one: Proposal, *, now: datetime) -> None:
    """A change on whose money somebody waits does not end meanwhile."""
    booking = booking_of(tx, order)
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    until = rules.under_review_until(catalog, stay, now=now)
    if one.under_review or until - one.expires_at < timedelta(hours=1):
        return
    one = proposed.change(tx, one, "proposal.claim", actor=SYSTEM, now=now, expires_at=until)
    proposed.plan(tx, one, now=now)
    proposal_notices.changed(tx, booking, one, now=now)


def _proposal(tx: Tx, order: Checkout) -> Proposal:
    found = rows.get(tx, order.proposal_id) if order.proposal_id is not None else None
    assert found is not None, "an order for a change names it"
    return found
