"""Owns decisions about a booking: confirmed, declined, cancelled; each is made once, and who comes second is told (R33, R35)."""

from datetime import datetime
from typing import Literal

from housebot.domain import booking as rules
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import (
    audit,
    card_refunds,
    checkouts,
    damage,
    deadlines,
    gift_money,
    late_money,
    notices,
    payment_notices,
    payments,
    quotes,
    receipts,
    refunds,
    reviving,
    staff_notices,
    tasks,
    transitions,
    ways,
)
from housebot.services.ports import Actor, Tx
from housebot.storage import receipts as receipt_rows
from housebot.storage.bookings import Booking

DECLINE_KINDS = frozenset({"money_not_seen", "unreadable", "wrong_sum", "dates_taken"})


def confirm(
    tx: Tx,
    booking_id: int | str,
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    received: int | None = None,
    twice: bool = False,
    unseen: bool = False,
) -> Booking:
    """Somebody of the staff says yes; money they saw arrive is written into the ledger in the same piece.

    Who is second gets `already_decided` with who and when. With `twice` unset, more money than is asked for is
    `amount_invalid` with `overpaid`, and a doubtful receipt is `stale` with `flags`; both carry `ask_again`. A hold that
    lapsed while the owner read is judged again: `dates_taken` when somebody else has the dates (R33). Where approval comes
    before money, a yes without money begins the hold for the payment.
    """
    booking = transitions.get(tx, booking_id)
    _must_be_undecided(booking)
    _must_be_seen(booking, version)
    if received is not None and received < 0:
        raise Refusal("amount_invalid", value=str(received))
    if not twice:
        _ask_again(tx, booking, received, now=now)
    was = booking.status
    booking = _dates_again(tx, booking, actor=actor, now=now)
    late_money.came_to_its_booking(tx, booking, actor=actor, now=now)
    if _only_approved(tx, booking, received, was=was):
        return _await_payment(tx, booking, actor=actor, now=now)
    if received:
        receipt_id = next((one.id for one in receipt_rows.of_booking(tx, booking.id) if one.state == "open"), None)
        _write_down(tx, booking, received, receipt_id=receipt_id, actor=actor, now=now)
    receipt_rows.settle(tx, booking.id, state="accepted")
    booking = _decide(tx, booking, "booking.confirm", status="confirmed", actor=actor, now=now)
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_stay(tx, booking, now=now)
    silent = unseen and not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    notices.confirmed(tx, booking, by=actor.name, was=was, unseen=unseen, silent=silent, now=now)
    return booking


def decline(
    tx: Tx,
    booking_id: int | str,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    receipt_only: bool = False,
    received: int | None = None,
    refund: refunds.Choice | None = None,
    version: int | None = None,
) -> Booking:
    """Somebody of the staff says no. `reason` is one of DECLINE_KINDS or the staff's own words.

    `unreadable` (or `receipt_only`) refuses the receipt alone: the guest has an hour at least to send another and nothing
    else is lost. Money that has come (`received`, or already in the ledger, or presumed from a receipt that was looked at
    for another reason) becomes a task to send it back, open until Done; `refund` says another sum than all of it.
    """
    booking = transitions.get(tx, booking_id)
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    if not booking.is_hold:
        raise transitions.decided(booking)
    _must_be_seen(booking, version)
    kind = reason if reason in DECLINE_KINDS else "other"
    if receipt_only or kind == "unreadable":
        return _refuse_receipt(tx, booking, kind=kind, reason=reason, actor=actor, now=now)
    if received:
        _write_down(tx, booking, received, receipt_id=None, actor=actor, now=now)
    paid, owed = payments.money_kept(tx, booking.id), refunds.refund_of_decline(tx, booking, kind=kind)
    if refund is not None:
        owed = _booked(tx, booking, refund, actor=actor, now=now).money
    was, by_gift = booking.status, gift_money.on_return(tx, booking.id)
    receipt_rows.settle(tx, booking.id, state="refused")
    booking = _decide(tx, booking, "booking.decline", status="declined", reason=reason, actor=actor, now=now)
    deadlines.drop(tx, booking, now=now)
    by_card = _owe(tx, booking, owed, seen=paid > 0, actor=actor, now=now)
    notices.declined(tx, booking, reason=reason, kind=kind, refund=owed, by_card=by_card, **by_gift, was=was, now=now)
    return booking


def cancel(
    tx: Tx,
    booking_id: int | str,
    *,
    by: Literal["guest", "owner"],
    reason: str = "",
    refund: refunds.Choice | None = None,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Booking:
    """Give the dates back, with everything that hangs on them, in one transaction (R38).

    By the guest: the refund follows the policy frozen in the quote (R53), gifts first, up to what each paid (R48). By the
    owner: everything paid goes back; a booking that was never confirmed is declined. Staff may choose another `refund`
    (`refunds.terms`, which also shows it before). Money to send back is a task for a person.
    """
    booking = transitions.get(tx, booking_id)
    if refund is not None and not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    if by == "owner" and booking.is_hold:
        return decline(tx, booking_id, reason=reason or "other", refund=refund, actor=actor, version=version, now=now)
    _must_be_seen(booking, version)
    status = "cancelled_by_guest" if by == "guest" else "cancelled_by_owner"
    if not rules.may(rules.Status(booking.status), rules.Status(status)):
        raise transitions.decided(booking)
    if booking.is_hold and booking.lapsed(now):
        raise Refusal("stale", booking=booking.code, status="expired")
    choice = refund if refund is not None else "policy" if by == "guest" else "all"
    owed = _booked(tx, booking, choice, actor=actor, now=now)
    was = booking.status
    if booking.is_hold:  # one for the rest of a booked stay still speaks of money that somebody has to look for
        receipt_rows.settle(tx, booking.id, state="refused")
    booking = _decide(tx, booking, "booking.cancel", status=status, reason=reason or None, actor=actor, now=now)
    deadlines.drop(tx, booking, now=now)
    gift_money.give_back(tx, booking, owed.gifts, actor=actor, now=now)
    by_card = _owe(tx, booking, owed.money, seen=owed.seen, actor=actor, now=now)
    damage.follow(tx, booking, now=now)
    notices.cancelled(
        tx,
        booking,
        was=was,
        refund=owed.money,
        by_card=by_card,
        to_gift=owed.to_card,
        certificate=owed.certificate,
        now=now,
    )
    return booking


def free_test(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """A booking made to look at the desk goes at once: no refund but to gifts, no message, what else is in the ledger stays."""
    booking = transitions.get(tx, booking_id)
    if not booking.test:
        raise Refusal("forbidden", booking=booking.code, reason="not_a_test")
    status = "cancelled_by_guest" if booking.is_hold else "cancelled_by_owner"
    if not rules.may(rules.Status(booking.status), rules.Status(status)):
        raise transitions.decided(booking)
    was = booking.status
    receipt_rows.settle(tx, booking.id, state="refused")
    booking = _decide(tx, booking, "booking.free_test", status=status, actor=actor, now=now)
    gift_money.give_back(tx, booking, [part for _, part in gift_money.paid_by(tx, booking.id)], actor=actor, now=now)
    damage.follow(tx, booking, now=now)
    deadlines.drop(tx, booking, now=now)
    notices.hold_changed(tx, booking, now=now)
    if was == "awaiting_owner":
        staff_notices.approval_changed(tx, booking, now=now)
    return booking


def _decide(
    tx: Tx, booking: Booking, action: str, *, status: str, reason: str | None = None, actor: Actor, now: datetime
) -> Booking:
    """The booking as it was decided, by whom and when; nobody needs to look at a receipt any more."""
    return transitions.change(
        tx,
        booking,
        action,
        actor=actor,
        now=now,
        reason=reason,
        status=status,
        under_review=False,
        decided_by=actor.name,
        decided_at=now,
    )


def _write_down(
    tx: Tx, booking: Booking, received: int, *, receipt_id: int | None, actor: Actor, now: datetime
) -> None:
    """Money that the one who decides saw arrive, by the way it was awaited, however much it is."""
    method = payments.by_hand(booking.payment_method or "bank")
    payments.record(tx, booking, received, method=method, receipt_id=receipt_id, actor=actor, twice=True, now=now)


def _must_be_undecided(booking: Booking) -> None:
    """An expired booking may still be confirmed, if its dates are free."""
    if not booking.is_hold and booking.status != "expired":
        raise transitions.decided(booking)


def _must_be_seen(booking: Booking, version: int | None) -> None:
    """A card drawn before the last change is answered with the present one, not obeyed."""
    if version is not None and version != booking.version:
        raise Refusal("stale", booking=booking.code, status=booking.status, version=booking.version)


def _ask_again(tx: Tx, booking: Booking, received: int | None, *, now: datetime) -> None:
    paid = payments.paid(tx, booking.id)
    expected = payments.expected(tx, booking)
    if received and received > expected:
        raise Refusal(
            "amount_invalid",
            ask_again=True,
            booking=booking.code,
            received=received,
            expected=expected,
            overpaid=received - expected,
            due=booking.total - paid - received,
            currency=booking.currency,
        )
    flags = receipts.flags(tx, booking)
    if flags:
        raise Refusal("stale", ask_again=True, booking=booking.code, flags=flags)


def _dates_again(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """What does not block, or no longer had to, is judged again before it is confirmed (R33)."""
    if booking.status == "expired":
        return reviving.revive(tx, booking, actor=actor, now=now)
    if booking.lapsed(now):
        reviving.assert_still_free(tx, booking, now=now)
    return booking


def _only_approved(tx: Tx, booking: Booking, received: int | None, *, was: str) -> bool:
    """Where approval comes before money, the first yes is not the last word; a request that lapsed unread is still one."""
    if (
        was not in {"awaiting_owner", "expired"}
        or booking.payment_method is not None
        or booking.under_review
        or received
    ):
        return False
    catalog = transitions.catalog_of(tx, booking)
    owes = payments.paid(tx, booking.id) < booking.deposit
    return catalog.desk.approval == "before_payment" and owes


def _await_payment(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    catalog = transitions.catalog_of(tx, booking)
    until = rules.hold_until(catalog, transitions.stay_of(tx, booking), method="bank", now=now)
    booking = transitions.change(
        tx,
        booking,
        "booking.approve",
        actor=actor,
        now=now,
        status="awaiting_payment",
        payment_method="bank",
        hold_expires_at=until,
        promised_by=None,
    )
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, now=now)
    notices.approved(tx, booking, now=now)
    return booking


def until_after_refusal(tx: Tx, booking: Booking, *, now: datetime) -> datetime:
    """Until when the dates are kept if the receipt is sent back now; shown before the button is pressed."""
    stay, catalog = transitions.stay_of(tx, booking), transitions.catalog_of(tx, booking)
    # The renewals of the review are not the guest's: she has what she was promised before it, and an hour at least.
    return rules.after_refused_receipt(catalog, stay, booking.kept_until or now, now=now)


def _refuse_receipt(tx: Tx, booking: Booking, *, kind: str, reason: str, actor: Actor, now: datetime) -> Booking:
    if not booking.under_review:
        raise Refusal("stale", booking=booking.code, status=booking.status, reason="no_receipt")
    until = until_after_refusal(tx, booking, now=now)
    if until <= now:
        raise Refusal("past", booking=booking.code, end=utc_text(booking.end))
    receipt_rows.settle(tx, booking.id, state="refused")
    page_is_gone = booking.payment_method in ways.PROVIDERS and checkouts.current(tx, booking.id) is None
    booking = transitions.change(
        tx,
        booking,
        "booking.refuse_receipt",
        actor=actor,
        now=now,
        reason=reason,
        status="awaiting_payment",
        under_review=False,
        promised_by=None,
        hold_expires_at=until,
        payment_method="bank" if page_is_gone else booking.payment_method,  # what a receipt was sent for
    )
    if (
        quotes.load(tx, booking.quote_id).price.rest == 0
    ):  # a gift pays it all, since the price was changed under review (R29)
        return confirm(tx, booking.id, actor=actor, now=now)
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, now=now)
    payment_notices.receipt_refused(tx, booking, reason=reason, kind=kind, now=now)
    return booking


def _booked(tx: Tx, booking: Booking, choice: refunds.Choice, *, actor: Actor, now: datetime) -> refunds.Refund:
    """The refund that was shown, and who chose it on which ground, remembered (A7)."""
    found = refunds.terms(tx, booking, choice, now=now)
    if found.paid > 0:
        after = {"choice": choice, "paid": found.paid, "fee": found.fee, "refund": found.refund}
        after |= {"to_gift": found.refund - found.money} if found.gifts else {}
        audit.write(tx, actor, "booking.refund", booking.subject, None, after, now=now)
    return found


def _owe(tx: Tx, booking: Booking, amount: int | None, *, seen: bool, actor: Actor, now: datetime) -> int:
    """What came by card goes back by itself, the rest is a task for a person; how much goes back by card."""
    by_card = card_refunds.plan(tx, booking, amount, actor=actor, now=now) if amount else 0
    if amount is not None:
        amount -= by_card
    if by_card:
        tasks.refunded(tx, booking, by_card, actor=actor, now=now)
    if amount != 0:
        files = receipt_rows.of_booking(tx, booking.id)
        facts = {"amount": amount, "currency": booking.currency, "seen": seen}
        facts |= {"receipt": files[-1].id} if files else {}
        tasks.open_task(tx, "refund", booking=booking, facts=facts, now=now)
    return by_card
