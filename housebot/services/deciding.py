"""Owns decisions about a booking: confirmed, declined, cancelled, did not come; each is made once, and who comes second is told (R33, R35)."""

from datetime import datetime
from typing import Literal, NamedTuple

from housebot.domain import booking as rules
from housebot.domain import refund
from housebot.domain.period import utc_text
from housebot.domain.policy import cancellation
from housebot.domain.refund import Part
from housebot.errors import Refusal
from housebot.services import (
    deadlines,
    gifts,
    holding,
    late_money,
    notices,
    payments,
    quotes,
    receipts,
    tasks,
    transitions,
)
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import receipts as receipt_rows
from housebot.storage.bookings import Booking

DECLINE_KINDS = frozenset({"money_not_seen", "unreadable", "wrong_sum", "dates_taken"})
_WITHOUT_MONEY = frozenset({"money_not_seen", "unreadable"})


def confirm(
    tx: Tx,
    booking_id: int | str,
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    received: int | None = None,
    twice: bool = False,
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
        method = booking.payment_method or "bank"
        payments.record(tx, booking, received, method=method, receipt_id=receipt_id, actor=actor, twice=True, now=now)
    receipt_rows.settle(tx, booking.id, state="accepted")
    booking = transitions.change(
        tx,
        booking,
        "booking.confirm",
        actor=actor,
        now=now,
        status="confirmed",
        under_review=False,
        decided_by=actor.name,
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_stay(tx, booking, now=now)
    notices.confirmed(tx, booking, by=actor.name, was=was, now=now)
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
    version: int | None = None,
) -> Booking:
    """Somebody of the staff says no. `reason` is one of DECLINE_KINDS or the staff's own words.

    `unreadable` (or `receipt_only`) refuses the receipt alone: the guest has an hour at least to send another and nothing
    else is lost. Money that has come (`received`, or already in the ledger, or presumed from a receipt that was looked at
    for another reason) becomes a task to send it back, open until Done.
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
        payments.record(
            tx, booking, received, method=booking.payment_method or "bank", actor=actor, twice=True, now=now
        )
    paid, owed = payments.money_paid(tx, booking.id), refund_of_decline(tx, booking, kind=kind)
    was = booking.status
    receipt_rows.settle(tx, booking.id, state="refused")
    booking = transitions.change(
        tx,
        booking,
        "booking.decline",
        actor=actor,
        now=now,
        reason=reason,
        status="declined",
        under_review=False,
        decided_by=actor.name,
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    _owe(tx, booking, owed, seen=paid > 0, now=now)
    notices.declined(tx, booking, reason=reason, kind=kind, refund=owed, was=was, now=now)
    return booking


def cancel(
    tx: Tx,
    booking_id: int | str,
    *,
    by: Literal["guest", "owner"],
    reason: str = "",
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Booking:
    """Give the dates back, with everything that hangs on them, in one transaction (R38).

    By the guest: the refund follows the policy frozen in the quote (R53), gifts first, up to what each paid (R48). By the
    owner: everything paid goes back; a booking that was never confirmed is declined. Money to send back is a task for a
    person.
    """
    booking = transitions.get(tx, booking_id)
    if by == "owner" and booking.is_hold:
        return decline(tx, booking_id, reason=reason or "other", actor=actor, version=version, now=now)
    _must_be_seen(booking, version)
    status = "cancelled_by_guest" if by == "guest" else "cancelled_by_owner"
    if not rules.may(rules.Status(booking.status), rules.Status(status)):
        raise transitions.decided(booking)
    if booking.is_hold and booking.lapsed(now):
        raise Refusal("stale", booking=booking.code, status="expired")
    paid, back = payments.money_paid(tx, booking.id), given_back(tx, booking, by_owner=by == "owner", now=now)
    was = booking.status
    receipt_rows.settle(tx, booking.id, state="refused")
    booking = transitions.change(
        tx,
        booking,
        "booking.cancel",
        actor=actor,
        now=now,
        reason=reason or None,
        status=status,
        under_review=False,
        decided_by=actor.name,
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    gifts.give_back(tx, booking, back.gifts, actor=actor, now=now)
    _owe(tx, booking, back.money, seen=paid > 0, now=now)
    notices.cancelled(
        tx,
        booking,
        was=was,
        refund=back.money,
        to_gift=refund.total(part for part in back.gifts if not part.whole),
        certificate=any(part.whole for part in back.gifts),
        now=now,
    )
    return booking


def free_test(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime) -> Booking:
    """A booking made to look at the desk goes at once: no refund, no message, whatever was written into the ledger stays."""
    booking = transitions.get(tx, booking_id)
    if not booking.test:
        raise Refusal("forbidden", booking=booking.code, reason="not_a_test")
    status = "cancelled_by_guest" if booking.is_hold else "cancelled_by_owner"
    if not rules.may(rules.Status(booking.status), rules.Status(status)):
        raise transitions.decided(booking)
    was = booking.status
    receipt_rows.settle(tx, booking.id, state="refused")
    booking = transitions.change(
        tx,
        booking,
        "booking.free_test",
        actor=actor,
        now=now,
        status=status,
        under_review=False,
        decided_by=actor.name,
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    notices.hold_changed(tx, booking, now=now)
    if was == "awaiting_owner":
        notices.approval_changed(tx, booking, now=now)
    return booking


class Back(NamedTuple):
    """What a cancellation gives back: parts of what gifts paid, and money for a person to send."""

    gifts: tuple[Part, ...]
    money: int


def refund_now(tx: Tx, booking: Booking, *, by_owner: bool = False, now: datetime) -> int:
    """The money that would be sent back if it were cancelled at this minute; shown before the button is pressed (R53)."""
    return given_back(tx, booking, by_owner=by_owner, now=now).money


def given_back(tx: Tx, booking: Booking, *, by_owner: bool = False, now: datetime) -> Back:
    """What would go back, to gifts and in money, if it were cancelled at this minute (R48, R53)."""
    by_gift = tuple(part for _, part in gifts.paid_by(tx, booking.id))
    came = payments.money_paid(tx, booking.id)
    if booking.is_hold:
        return Back(by_gift, came or _presumed(tx, booking))
    if by_owner:
        return Back(by_gift, came)
    paid = payments.paid(tx, booking.id)
    quote = quotes.load(tx, booking.quote_id)
    policy = transitions.catalog_of(tx, booking).cancellation
    price = quote.price
    answer = cancellation(
        policy,
        quote.stay,
        total=price.total,
        deposit=price.deposit_of_policy,
        city_tax=price.city_tax,
        paid=paid,
        nights=price.nights,
        now=now,
    )
    back = refund.split([*by_gift, *payments.in_money(tx, booking.id)], answer.refund)
    money = refund.total(part for part in back if part.method != "gift")
    return Back(tuple(part for part in back if part.method == "gift"), money)


def refund_of_decline(tx: Tx, booking: Booking, *, kind: str) -> int | None:
    """What declining it for that reason promises to send back; shown before the button is pressed.

    None is whatever came: of a wrong sum all that is known is that it is not the one we asked for.
    """
    paid = payments.money_paid(tx, booking.id)
    if paid or kind in _WITHOUT_MONEY:
        return paid
    return None if kind == "wrong_sum" and booking.under_review else _presumed(tx, booking)


def _presumed(tx: Tx, booking: Booking) -> int:
    """What a receipt that nobody has checked is believed to be about: the prepayment, beside what a gift has paid of it."""
    return max(booking.deposit - payments.paid(tx, booking.id), 0) if booking.under_review else 0


def no_show(tx: Tx, booking_id: int | str, *, reason: str = "", actor: Actor, now: datetime) -> Booking:
    """The guest did not come: said by staff, who free the dates with it (R35)."""
    booking = transitions.get(tx, booking_id)
    if booking.status != "confirmed":
        raise transitions.decided(booking)
    booking = transitions.change(
        tx,
        booking,
        "booking.no_show",
        actor=actor,
        now=now,
        reason=reason or None,
        status="no_show",
        decided_by=actor.name,
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    return booking


def begin_stay(tx: Tx, booking_id: int, *, now: datetime) -> None:
    """Check-in time has come."""
    booking = transitions.get(tx, booking_id)
    if booking.status == "confirmed":
        transitions.change(tx, booking, "booking.begin", actor=SYSTEM, now=now, status="in_house")


def end_stay(tx: Tx, booking_id: int, *, now: datetime) -> None:
    """Check-out time has come; after a downtime both ends may be due at once."""
    begin_stay(tx, booking_id, now=now)
    booking = transitions.get(tx, booking_id)
    if booking.status == "in_house":
        transitions.change(tx, booking, "booking.end", actor=SYSTEM, now=now, status="completed")


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
        return holding.revive(tx, booking, actor=actor, now=now)
    if booking.lapsed(now):
        holding.assert_still_free(tx, booking, now=now)
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
    )
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, now=now)
    notices.receipt_refused(tx, booking, reason=reason, kind=kind, now=now)
    return booking


def _owe(tx: Tx, booking: Booking, amount: int | None, *, seen: bool, now: datetime) -> None:
    if amount != 0:
        files = receipt_rows.of_booking(tx, booking.id)
        facts = {"amount": amount, "currency": booking.currency, "seen": seen}
        facts |= {"receipt": files[-1].id} if files else {}
        tasks.open_task(tx, "refund", booking=booking, facts=facts, now=now)
