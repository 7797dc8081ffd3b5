"""Owns the receipt desk: a file from the guest stops the clock, is judged by Telegram's date, and is known again elsewhere (R46, UX 2b)."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from housebot.domain import booking as rules
from housebot.errors import Refusal
from housebot.services import (
    approvals,
    audit,
    balances,
    change_receipts,
    deadlines,
    gift_receipts,
    late_money,
    payment_notices,
    proposal_notices,
    reviving,
    staff_notices,
    transitions,
)
from housebot.services.handed_in import Outcome, ReceiptFile, seconds_late, store
from housebot.services.ports import Actor, Database, Messenger, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import receipts as rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal
from housebot.storage.receipts import Receipt
from housebot.storage.tasks import Task

__all__ = [
    "Outcome",
    "Receipt",
    "ReceiptFile",
    "flags",
    "hand_in",
    "hash_new",
    "is_awaited",
    "may_be_for",
    "of_booking",
    "of_proposal",
    "of_task",
    "waits",
]

REMEMBERED = timedelta(days=14)  # how long after its end a hold is still meant by a late receipt
AT_ONCE = 20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
MOST_TRIES = 100  # some four days


def hand_in(
    tx: Tx,
    *,
    guest_id: int,
    file: ReceiptFile,
    sent_at: datetime,
    booking_id: int | None = None,
    asked_for: int | None = None,
    now: datetime,
) -> Outcome:
    """A guest sends a file. On time is judged by `sent_at`, Telegram's own date, not by when it is processed.

    With `booking_id` it is the guest's answer to "which"; a foreign one is `not_found`, as if it did not exist (T3).
    `asked_for` is the booking of the question the file replies to: a phone keeps a reply open long after its time, so it
    counts only while that booking could still take the file.
    """
    if booking_id is not None:
        candidates = _chosen(tx, guest_id, booking_id, now=now)
    else:
        candidates = may_be_for(tx, guest_id, file, asked_for=asked_for, now=now)
    if not candidates:
        return Outcome("nothing")
    if len(candidates) > 1:
        return Outcome("which", bookings=tuple(candidates))
    booking = candidates[0]
    actor = _guest(booking, guest_id)
    if not booking.is_hold and (change := _change_of(tx, booking, now=now)) is not None:
        return _for_change(tx, booking, change, file, sent_at, actor=actor, now=now)
    if booking.under_review:
        return _add(tx, booking, file, sent_at, actor=actor, now=now)
    if balances.is_owed(tx, booking):
        return _for_balance(tx, booking, file, sent_at, actor=actor, now=now)
    late = seconds_late(booking.hold_expires_at, sent_at)
    if late_money.waiting(tx, booking) is not None:
        # The choice is already hers; one more picture of the same transfer must not bring the booking back beside it.
        store(tx, booking, file, sent_at, late=late, now=now)
        return Outcome("again", booking, late_seconds=late)
    if booking.status == "expired":
        try:
            with tx.attempt():
                booking = reviving.revive(tx, booking, actor=actor, now=now)
        except Refusal as refusal:
            if refusal.code not in reviving.GONE:
                raise
            return _sold(tx, booking, file, sent_at, late=late, refusal=refusal, actor=actor, now=now)
    booking = _review(tx, booking, file, sent_at, late=late, actor=actor, now=now)
    if late:
        payment_notices.revived(tx, booking, late_seconds=late, now=now)
        return Outcome("revived", booking, late_seconds=late)
    payment_notices.receipt_received(tx, booking, now=now)
    return Outcome("taken", booking)


def flags(tx: Tx, booking: Booking) -> dict[str, Any]:
    """What is odd about the open receipts: `late_minutes`, `same_receipt` with the codes of the other bookings (M9)."""
    found: dict[str, Any] = {}
    late = max((one.late_seconds for one in rows.of_booking(tx, booking.id) if one.state == "open"), default=0)
    if late:
        found["late_minutes"] = -(-late // 60)
    if codes := rows.codes_with_same_file(tx, booking_id=booking.id):
        found["same_receipt"] = codes
    return found


def of_booking(tx: Tx, booking_id: int) -> list[Receipt]:
    """Every file handed in for it, oldest first."""
    return rows.of_booking(tx, booking_id)


def of_proposal(tx: Tx, proposal_id: int) -> list[Receipt]:
    """Every file handed in for a proposed change, oldest first."""
    return rows.of_proposal(tx, proposal_id)


def of_task(tx: Tx, task: Task) -> list[Receipt]:
    """The file by which the money of a task came, where there was one; it may speak for another booking by now."""
    found = rows.get(tx, int(task.facts["receipt"])) if "receipt" in task.facts else None
    return [] if found is None else [found]


async def hash_new(db: Database, messenger: Messenger, *, now: datetime) -> int:
    """Download what nobody has looked into, remember its content, and edit the owner's card where it was seen before.

    A file that cannot be fetched is tried again later, less and less often, and behind all others; how many were done.
    """
    done = 0
    for receipt in db.read(lambda tx: rows.without_digest(tx, now=now, most_tries=MOST_TRIES, limit=AT_ONCE)):
        try:
            content = await messenger.download(receipt.file_id)
        except Exception:  # whatever the network says, a later tick asks again
            pause = min(FIRST_PAUSE * 2**receipt.digest_tries, LONGEST_PAUSE)
            await db.write(lambda tx, one=receipt, after=now + pause: rows.digest_failed(tx, one.id, next_try=after))  # type: ignore[misc]
            continue
        digest = hashlib.sha256(content).hexdigest()
        await db.write(lambda tx, one=receipt, found=digest: _digested(tx, one, found, now=now))  # type: ignore[misc]
        done += 1
    return done


def _digested(tx: Tx, receipt: Receipt, digest: str, *, now: datetime) -> None:
    if receipt.booking_id is None:
        gift_receipts.digested(tx, receipt, digest, now=now)
        return
    booking = booking_rows.get(tx, receipt.booking_id)
    assert booking is not None, "bookings are never deleted"
    before = flags(tx, booking)
    rows.set_digest(tx, receipt.id, digest)
    if flags(tx, booking) == before:
        return
    if booking.under_review:
        staff_notices.approval_changed(tx, booking, now=now)
    elif (change := _change_of(tx, booking, now=now)) is not None:
        proposal_notices.judged(tx, booking, change, now=now)
    else:
        balances.doubted(tx, booking, now=now)


def _chosen(tx: Tx, guest_id: int, booking_id: int, *, now: datetime) -> list[Booking]:
    theirs = booking_rows.of_guest(tx, guest_id)
    chosen = [one for one in theirs if one.id == booking_id]
    if not chosen:
        raise Refusal("not_found", booking=str(booking_id))
    present = [_present(tx, one, theirs) for one in chosen]
    return [
        one
        for one in present
        if one.is_hold or _may_come_back(tx, one) or _change_of(tx, one, now=now) or balances.is_owed(tx, one)
    ]


def may_be_for(tx: Tx, guest_id: int, file: ReceiptFile, *, asked_for: int | None, now: datetime) -> list[Booking]:
    """The bookings a file may be for: those that wait for money, else those whose time is over lately."""
    theirs = booking_rows.of_guest(tx, guest_id)
    # A hold whose end has passed unnoticed is still hers: the dates are, until somebody takes them.
    waiting = [one for one in theirs if (one.is_hold and not _for_cash(one)) or _is_changing(tx, one, now=now)]
    over = [one for one in theirs if one not in waiting and _change_of(tx, one, now=now)]  # a change whose time ran out
    late = [one for one in theirs if _is_late(tx, one, now=now) and _present(tx, one, theirs) is one]
    owing = [one for one in theirs if balances.is_owed(tx, one)]
    for meant in [_present(tx, one, theirs) for one in theirs if one.id == asked_for]:
        if meant.is_hold or meant in owing or _change_of(tx, meant, now=now):
            return [meant]
        if meant in late:  # the money may as well be for what she keeps now: she knows
            return [*(one for one in waiting if not one.under_review), meant]
    if file.media_group_id is not None:
        earlier = rows.booking_of_album(tx, guest_id=guest_id, media_group_id=file.media_group_id)
        if (album := [one for one in theirs if one.id == earlier and (one.under_review or one in waiting)]) or (
            album := [one for one in theirs if one.id == earlier and late_money.waiting(tx, one)]
        ):
            return album
    return waiting or [*late, *over, *(one for one in owing if one not in over)]


def waits(tx: Tx, booking: Booking, *, now: datetime) -> bool:
    """Whether money for it, or for a change of it, is awaited now; a file may be for others too."""
    return booking.is_hold or _is_changing(tx, booking, now=now)


def is_awaited(tx: Tx, booking: Booking, *, now: datetime) -> bool:
    """Whether a file would be taken for a change of this booking that has to be paid first, or for the rest of its price."""
    return _change_of(tx, booking, now=now) is not None or balances.is_owed(tx, booking)


def _change_of(tx: Tx, booking: Booking, *, now: datetime) -> Proposal | None:
    return change_receipts.wanting(tx, booking, now=now)


def _is_changing(tx: Tx, booking: Booking, *, now: datetime) -> bool:
    """Whether a change of it waits for money now."""
    change = _change_of(tx, booking, now=now)
    return change is not None and change.is_open


def _for_change(
    tx: Tx, booking: Booking, change: Proposal, file: ReceiptFile, sent_at: datetime, *, actor: Actor, now: datetime
) -> Outcome:
    """A file for a change that has to be paid first, by the same rules: the clock stops, one more file is of the same case."""
    late = 0 if change.under_review else seconds_late(change.expires_at, sent_at)
    receipt_id = store(tx, booking, file, sent_at, late=late, now=now)
    if receipt_id is None:
        receipt_id = rows.reopen(tx, booking_id=booking.id, file_unique_id=file.file_unique_id)
    if receipt_id is None:
        return Outcome("again", booking)
    if change_receipts.waits_for_person(tx, change):
        change_receipts.add(tx, booking, change, receipt_id=receipt_id, actor=actor, now=now)
        return Outcome("added", booking)
    change = change_receipts.take(tx, booking, change, receipt_id=receipt_id, late=late, actor=actor, now=now)
    return Outcome("taken", booking, late_seconds=late)


def _present(tx: Tx, booking: Booking, theirs: list[Booking]) -> Booking:
    """The booking, or what stands in its place: whose time ran out often books the same dates once more."""
    if booking.status != "expired":
        return booking
    dates = (booking.unit, booking.start, booking.end)
    newer = [one for one in theirs if one.id > booking.id and (one.unit, one.start, one.end) == dates]
    return next((one for one in newer if one.is_hold or _may_come_back(tx, one)), booking)


def _is_late(tx: Tx, booking: Booking, *, now: datetime) -> bool:
    """Whether a receipt without a word about it may be for this one, whose time is over."""
    return _may_come_back(tx, booking) and booking.start > now and _ended(booking) > now - REMEMBERED


def _may_come_back(tx: Tx, booking: Booking) -> bool:
    """An expired booking, unless its money has gone another way: one more picture is no more money."""
    return booking.status == "expired" and not late_money.went_its_way(tx, booking)


def _for_cash(booking: Booking) -> bool:
    return booking.status == "awaiting_owner" and not booking.under_review and booking.payment_method == "cash"


def _ended(booking: Booking) -> datetime:
    return booking.hold_expires_at or booking.updated_at


def _review(
    tx: Tx, booking: Booking, file: ReceiptFile, sent_at: datetime, *, late: int, actor: Actor, now: datetime
) -> Booking:
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    if store(tx, booking, file, sent_at, late=late, now=now) is None:
        rows.reopen(tx, booking_id=booking.id, file_unique_id=file.file_unique_id)
    booking = transitions.change(
        tx,
        booking,
        "booking.receipt",
        actor=actor,
        now=now,
        status="awaiting_owner",
        under_review=True,
        payment_method=booking.payment_method or "bank",
        kept_until=booking.hold_expires_at,
        hold_expires_at=rules.under_review_until(catalog, stay, now=now),
        promised_by=deadlines.promise(catalog, booking, now=now),
    )
    deadlines.drop(tx, booking, now=now)
    deadlines.plan_hold(tx, booking, now=now)
    return approvals.ask_owner(tx, booking, since=now, now=now)


def _add(tx: Tx, booking: Booking, file: ReceiptFile, sent_at: datetime, *, actor: Actor, now: datetime) -> Outcome:
    album = file.media_group_id is not None and any(
        one.media_group_id == file.media_group_id for one in rows.of_booking(tx, booking.id)
    )
    receipt_id = store(tx, booking, file, sent_at, late=0, now=now)
    if receipt_id is None:
        return Outcome("again", booking)
    audit.write(tx, actor, "booking.receipt_added", booking.subject, None, {"receipt": receipt_id}, now=now)
    catalog = transitions.catalog_of(tx, booking)
    silent = album or not deadlines.may_ring(catalog, booking, now)
    staff_notices.receipt_added(tx, booking, receipt_id=receipt_id, silent=silent, now=now)
    if booking.under_review:
        staff_notices.approval_changed(tx, booking, now=now)
    return Outcome("added", booking)


def _for_balance(
    tx: Tx, booking: Booking, file: ReceiptFile, sent_at: datetime, *, actor: Actor, now: datetime
) -> Outcome:
    """The stay is booked: nothing stops and nothing waits, a person looks whether the rest has come."""
    if balances.open_files(tx, booking):
        return _add(tx, booking, file, sent_at, actor=actor, now=now)
    kept = store(tx, booking, file, sent_at, late=0, now=now) or rows.reopen(
        tx, booking_id=booking.id, file_unique_id=file.file_unique_id
    )
    if kept is None:
        return Outcome("again", booking)
    audit.write(tx, actor, "balance.receipt", booking.subject, None, {"receipt": kept}, now=now)
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    balances.handed_in(tx, booking, silent=silent, now=now)
    return Outcome("taken", booking)


def _sold(
    tx: Tx,
    booking: Booking,
    file: ReceiptFile,
    sent_at: datetime,
    *,
    late: int,
    refusal: Refusal,
    actor: Actor,
    now: datetime,
) -> Outcome:
    receipt_id = store(tx, booking, file, sent_at, late=late, now=now) or rows.reopen(
        tx, booking_id=booking.id, file_unique_id=file.file_unique_id
    )
    if receipt_id is None:
        return Outcome("again", booking, late_seconds=late)
    late_money.open_choice(
        tx, booking, receipt_id=receipt_id, alternatives=refusal.facts.get("alternatives", []), actor=actor, now=now
    )
    return Outcome("late_sold", booking, late_seconds=late)


def _guest(booking: Booking, guest_id: int) -> Actor:
    return Actor("guest", guest_id, booking.guest_name, "telegram")
