"""Owns what must always be true of the file: each rule computed anew here, independent of the guards that keep it (`db check`)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from housebot.domain.money import plain
from housebot.domain.period import from_utc_text
from housebot.services import catalogs, due, gift_checks, payments, quotes
from housebot.services.ports import Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import damage_deposits as deposit_rows
from housebot.storage import gifts as gift_rows
from housebot.storage import occupancies
from housebot.storage import outbox as outbox_rows
from housebot.storage import promos as promo_rows
from housebot.storage import proposals as proposal_rows
from housebot.storage import tasks as task_rows
from housebot.storage.bookings import Booking


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `fix` says what to do when it is not ok."""

    check: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    fix: str = ""


def check(tx: Tx, now: datetime) -> list[Finding]:
    """Every question with its answer; one finding for each thing that is wrong, or one `ok`."""
    known = booking_rows.everything(tx)
    answers: list[Finding] = []
    questions: tuple[tuple[str, str, Callable[[], Iterator[tuple[Literal["warn", "fail"], str]]]], ...] = (
        ("overlap", "cancel or move one of the two", lambda: _overlaps(tx)),
        ("occupancies", "report this; nobody should be let in before it is mended", lambda: _occupied(tx, known)),
        ("sums", "report this; compare the quote with the booking", lambda: _sums(tx)),
        (
            "ledger",
            "look who wrote what: housebot bookings show CODE --history; what is too much goes back to the guest",
            lambda: _ledger(tx, known),
        ),
        ("refunds", "report this; look at the payment and what went back", lambda: _refunds(tx)),
        ("proposals", "report this; withdraw the proposal", lambda: _proposals(tx, known)),
        ("promo codes", "report this; a code was used more often than it may be", lambda: _promo_uses(tx, known)),
        ("gifts", "report this; what gifts paid and what bookings got of them must agree", lambda: _gifts(tx, known)),
        (
            "damage deposits",
            "look who wrote what: housebot bookings show CODE --history; what is left goes back, or is kept with a reason",
            lambda: _damage_deposits(tx, known),
        ),
        (
            "gift orders",
            "report this; compare the order with its payments and its gift",
            lambda: gift_checks.orders(tx, now),
        ),
        ("late money", "ask the guest what should become of it: open tasks", lambda: _unapplied(tx)),
        ("deadlines", "restart the desk; if it stays, report this", lambda: _deadlines(tx, known, now)),
        ("due work", "see that the desk is running: housebot doctor", lambda: _overdue(tx, now)),
        ("outbox", "look at it: housebot outbox list", lambda: _outbox(tx)),
        ("tasks", "do them and say Done", lambda: _tasks(tx)),
        ("foreign keys", "restore a backup", lambda: _foreign_keys(tx)),
    )
    for name, fix, find in questions:
        found = [Finding(name, status, detail, fix) for status, detail in find()]
        answers += found or [Finding(name, "ok", "")]
    return answers


Found = Iterator[tuple[Literal["warn", "fail"], str]]


def _overlaps(tx: Tx) -> Found:
    """R6 in Python, over all rows: independent of the triggers that should have kept it."""
    for part, group in groupby(occupancies.everything(tx), key=lambda row: row["part_id"]):
        near: list[Any] = []
        for row in sorted(group, key=lambda one: one["busy_from"]):
            # The schema's text order is time order; parsed all the same, so that a broken instant is found here.
            start, end = from_utc_text(row["start"]), from_utc_text(row["end"])
            busy_from, busy_until = from_utc_text(row["busy_from"]), from_utc_text(row["busy_until"])
            near = [one for one in near if one[3] > busy_from]
            for other_start, other_end, other_from, other_until, other in near:
                if _keeps_for_itself(row, other):
                    continue
                before = other_until <= start and other_end <= busy_from
                after = busy_until <= other_start and end <= other_from
                if not before and not after:
                    yield _verdict(row, other, part)
            near.append((start, end, busy_from, busy_until, row))


def _keeps_for_itself(row: Any, other: Any) -> bool:
    """A booking and the change proposed of it: the two never stand in each other's way (R37)."""
    same = row["booking_id"] is not None and row["booking_id"] == other["booking_id"]
    return same and (row["proposal_id"] is None) != (other["proposal_id"] is None)


def _proposals(tx: Tx, known: list[Booking]) -> Found:
    """R37 anew: what waits is of a stay that stands as it was then, keeps its dates, and somebody will notice its end."""
    by_id = {booking.id: booking for booking in known}
    kept: dict[int, list[Any]] = {}
    for row in occupancies.everything(tx):
        if row["proposal_id"] is not None:
            kept.setdefault(row["proposal_id"], []).append(row)
    for one in proposal_rows.all_open(tx):
        booking, stay, mine = by_id[one.booking_id], quotes.load(tx, one.quote_id).stay, kept.pop(one.id, [])
        if not (booking.is_hold or booking.status == "confirmed") or booking.quote_id != one.was_quote_id:
            yield "fail", f"proposal {one.id} of {booking.code} outlived what it was made of"
        if not one.under_review and due.find(tx, "proposal.expire", one.subject) is None:
            yield "fail", f"proposal {one.id} of {booking.code} will never end"
        moves = stay.period != booking.period or stay.unit.id != booking.unit
        times = {(from_utc_text(row["start"]), from_utc_text(row["end"])) for row in mine}
        parts = {row["part_id"] for row in mine}
        if moves != bool(mine) or (moves and (times != {(stay.start, stay.end)} or set(stay.unit.parts) - parts)):
            yield "fail", f"proposal {one.id} of {booking.code} does not keep the dates it promises"
    for proposal_id in kept:
        yield "fail", f"proposal {proposal_id} is over and still keeps dates"


def _promo_uses(tx: Tx, known: list[Booking]) -> Found:
    """R52 anew: no code over its limits, and each use where its booking is."""
    by_id = {booking.id: booking for booking in known}
    for promo in promo_rows.listing(tx):
        taken = [use for use in promo_rows.uses(tx, promo.id) if use.state != "released"]
        if promo.max_total is not None and len(taken) > promo.max_total:
            yield "fail", f"{promo.code}: {len(taken)} uses, {promo.max_total} allowed"
        if promo.budget is not None and sum(use.amount for use in taken) > promo.budget:
            yield "fail", f"{promo.code}: more given away than its budget"
        for use in taken:
            booking = by_id[use.booking_id]
            if (use.state == "reserved") != booking.is_hold:
                yield "fail", f"{promo.code}: {use.state} for {booking.code}, which is {booking.status}"


def _gifts(tx: Tx, known: list[Booking]) -> Found:
    """R48 anew: no balance was ever below nothing, and every payment by gift is one entry of a gift, of the same money."""
    entered: dict[int, tuple[str, int | None]] = {}  # payment: kind of the entry, booking
    for gift in gift_rows.listing(tx):
        balance = 0
        for entry in gift_rows.entries(tx, gift.id):
            balance += entry.amount
            if balance < 0:
                yield "fail", f"gift {gift.id}: its balance was {balance} after entry {entry.id}"
            if entry.kind in {"redeem", "return"}:
                assert entry.payment_id is not None, "the schema sees to it"
                entered[entry.payment_id] = entry.kind, entry.booking_id
                if gift.kind == "money" and abs(entry.amount) != entry.paid:
                    yield "fail", f"gift {gift.id}: entry {entry.id} and payment {entry.payment_id} differ"
    kinds = {"payment": "redeem", "refund": "return"}
    for payment in payments.by_gifts(tx):
        if entered.pop(payment.id, None) != (kinds.get(payment.kind), payment.booking_id):
            yield "fail", f"payment {payment.id} by gift is in no gift's ledger"
    for payment_id in entered:
        yield "fail", f"payment {payment_id} is in a gift's ledger and not by gift"
    for booking in known:
        kept = payments.paid(tx, booking.id) - payments.money_paid(tx, booking.id)
        if kept < 0 or (kept > 0 and booking.status in {"expired", "declined"}):
            yield "fail", f"{booking.code} is {booking.status} and keeps {kept} of a gift"


def _verdict(row: Any, other: Any, part: str) -> tuple[Literal["warn", "fail"], str]:
    # An event of a foreign calendar is a fact, and may lie on a booking (I8).
    status: Literal["warn", "fail"] = "warn" if "feed" in {row["kind"], other["kind"]} else "fail"
    return status, f"{part}: {_name(other)} {other['start']} and {_name(row)} {row['start']}"


def _name(row: Any) -> str:
    return f"{row['kind']} {row['booking_id'] or row['block_id'] or row['id']}"


def _occupied(tx: Tx, known: list[Booking]) -> Found:
    """Rows exist exactly for what blocks, for every part, with the booking's own times and buffers."""
    rows: dict[int, list[Any]] = {}
    for row in occupancies.everything(tx):
        if row["booking_id"] is not None and row["proposal_id"] is None:
            rows.setdefault(row["booking_id"], []).append(row)
    for booking in known:
        mine = rows.get(booking.id, [])
        if booking.blocks != bool(mine):
            yield "fail", f"{booking.code} is {booking.status} and has {len(mine)} occupancies"
        missing = _parts_of(tx, booking) - {row["part_id"] for row in mine} if mine else set()
        if missing:
            yield "fail", f"{booking.code} does not occupy {', '.join(sorted(missing))}"
        for row in mine:
            expected = (booking.start, booking.end, booking.start - booking.before, booking.end + booking.after)
            stored = tuple(from_utc_text(row[name]) for name in ("start", "end", "busy_from", "busy_until"))
            if stored != expected:
                yield "fail", f"{booking.code} occupies {row['part_id']} at other times than its own"
    blocks = {row["id"]: row for row in tx.all("SELECT * FROM blocks")}
    standing = {
        row["block_id"] for row in tx.all("SELECT DISTINCT block_id FROM occupancies WHERE block_id IS NOT NULL")
    }
    for block_id, block in blocks.items():
        if block["extra"] is not None:
            continue  # it closes nothing
        if (block["removed_at"] is None) != (block_id in standing):
            yield "fail", f"block {block_id} and what it occupies do not agree"


def _parts_of(tx: Tx, booking: Booking) -> set[str]:
    """The parts the booking was sold with; a later catalog may have added some (R39)."""
    unit = catalogs.version(tx, booking.catalog_version).unit(booking.unit)
    return set(unit.parts) if unit is not None else set()


def _sums(tx: Tx) -> Found:
    """The lines of a quote sum to its total, and a booking was sold at its quote's (R21, R23)."""
    for row in tx.all(
        """
        SELECT b.code, b.total, b.deposit, b.currency, q.total AS quoted, q.deposit AS quoted_deposit,
            q.currency AS quoted_currency, q.price
        FROM bookings AS b JOIN quotes AS q ON q.id = b.quote_id
        """
    ):
        lines = sum(line["amount"] for line in json.loads(row["price"])["lines"])
        if lines != row["quoted"]:
            yield "fail", f"{row['code']}: the lines of its quote sum to {lines}, its total is {row['quoted']}"
        if (row["total"], row["deposit"], row["currency"]) != (
            row["quoted"],
            row["quoted_deposit"],
            row["quoted_currency"],
        ):
            yield "fail", f"{row['code']}: sold at {row['total']}, quoted {row['quoted']}"


def _ledger(tx: Tx, known: list[Booking]) -> Found:
    """Net is never negative (R44); more than the total is said."""
    for booking in known:
        paid = payments.paid(tx, booking.id)
        if paid < 0:
            yield "fail", f"{booking.code}: more was refunded than paid, by {_money(-paid, booking)}"
        elif paid > booking.total:
            yield "warn", f"{booking.code}: overpaid by {_money(paid - booking.total, booking)}"


def _money(amount: int, booking: Booking) -> str:
    return f"{plain(amount, booking.currency)} {booking.currency}"


def _refunds(tx: Tx) -> Found:
    """R44: of a payment never more goes back than came, and to the booking it came for."""
    for row in tx.all(
        """
        SELECT p.id, p.kind, p.amount, p.booking_id, sum(r.amount) AS back, max(r.booking_id IS NOT p.booking_id) AS elsewhere
        FROM payments AS r JOIN payments AS p ON p.id = r.refunds
        WHERE r.state IN ('pending', 'done') GROUP BY p.id ORDER BY p.id
        """
    ):
        if row["kind"] != "payment" or row["elsewhere"]:
            yield "fail", f"payment {row['id']}: a refund names it and is not of it"
        if row["back"] > row["amount"]:
            yield "fail", f"payment {row['id']} of {row['amount']}: {row['back']} was refunded"


def _damage_deposits(tx: Tx, known: list[Booking]) -> Found:
    """R54 anew: never more went back or was kept than was there, and after the stay somebody is asked about the rest."""
    by_id = {booking.id: booking for booking in known}
    for booking_id, entries in groupby(deposit_rows.everything(tx), key=lambda entry: entry.booking_id):
        booking, left = by_id[booking_id], 0
        for entry in entries:
            left += entry.amount if entry.kind == "taken" else -entry.amount
            if left < 0:
                yield "fail", f"{booking.code}: its damage deposit was {_money(left, booking)} after entry {entry.id}"
            if entry.currency != booking.currency:
                yield "fail", f"{booking.code}: entry {entry.id} of its damage deposit is in {entry.currency}"
        planned = any(row.kind == "damage.return" for row in due.waiting(tx, f"damage:{booking_id}"))
        if left > 0 and not planned and not task_rows.find_open(tx, kind="damage", booking_id=booking_id):
            yield (
                "fail",
                f"{booking.code}: nobody will be asked to give back {_money(left, booking)} of its damage deposit",
            )


def _unapplied(tx: Tx) -> Found:
    for payment in payments.unapplied(tx):
        amount = plain(payment.amount, payment.currency)
        yield "warn", f"payment {payment.id} of {amount} {payment.currency}: {payment.comment}"


def _deadlines(tx: Tx, known: list[Booking], now: datetime) -> Found:
    """A hold has an end and somebody who will notice it; a stay has its beginning and end; nothing else is planned."""
    planned: dict[str, set[str]] = {}
    for row in due.waiting(tx):
        planned.setdefault(row.subject, set()).add(row.kind)
    for booking in known:
        kinds = planned.get(booking.subject, set())
        if booking.is_hold and "hold.expire" not in kinds and booking.start > now:
            yield "fail", f"{booking.code} is {booking.status} and nothing will end it"
        if booking.is_hold and booking.hold_expires_at is None:
            yield "fail", f"{booking.code} is {booking.status} without an end"
        if booking.status == "confirmed" and "stay.begin" not in kinds:
            yield "fail", f"{booking.code} is confirmed and will never begin"
        if booking.status == "in_house" and "stay.end" not in kinds:
            yield "fail", f"{booking.code} is in house and will never end"
        stray = {kind for kind in kinds if kind.startswith(("hold.", "approval."))}
        if not booking.is_hold and stray:
            yield "fail", f"{booking.code} is {booking.status} and still has {', '.join(sorted(stray))}"


def _overdue(tx: Tx, now: datetime) -> Found:
    for row in due.waiting(tx):
        if due.is_overdue(row, now):
            yield "warn", f"{row.kind} of {row.subject} was due at {row.due_at:%Y-%m-%d %H:%M} UTC"


def _outbox(tx: Tx) -> Found:
    counts = outbox_rows.counts(tx)
    for state in ("failed", "ambiguous"):
        if counts.get(state):
            yield "warn", f"{counts[state]} messages are {state}"
    for row in tx.all("SELECT key, count(*) AS n FROM cards GROUP BY key, chat_id HAVING n > 1"):
        yield "fail", f"card {row['key']} stands twice in one chat"


def _tasks(tx: Tx) -> Found:
    for task in task_rows.listing(tx, open_only=True):
        about = f"booking {task.booking_id}" if task.booking_id is not None else f"gift order {task.facts.get('order')}"
        yield "warn", f"{task.kind} of {about} is open since {task.created_at:%Y-%m-%d}"


def _foreign_keys(tx: Tx) -> Found:
    for row in tx.all("PRAGMA foreign_key_check"):
        yield "fail", f"row {row['rowid']} of {row['table']} points at nothing in {row['parent']}"
