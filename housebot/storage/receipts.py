"""Owns the rows of receipts: which file a guest handed in for which booking, and what it was known by (R46)."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Receipt:
    """One file. `sent_at` is Telegram's own date of the message, by which on time is judged."""

    id: int
    booking_id: int | None
    guest_id: int | None
    kind: str  # photo, document
    file_id: str
    file_unique_id: str
    file_name: str
    media_group_id: str | None
    digest: str | None
    sent_at: datetime
    late_seconds: int
    state: str  # open, accepted, refused
    digest_tries: int
    gift_order_id: int | None = None  # it is for a gift that is being bought


def add(
    tx: Tx,
    *,
    booking_id: int | None = None,
    gift_order_id: int | None = None,
    guest_id: int | None,
    kind: str,
    file_id: str,
    file_unique_id: str,
    file_name: str,
    media_group_id: str | None,
    sent_at: datetime,
    late_seconds: int,
    now: datetime,
) -> int | None:
    """The id of the new row, or None when this booking, or this order, already has this very file."""
    try:
        return tx.insert(
            """
            INSERT INTO receipts (
                booking_id, gift_order_id, guest_id, kind, file_id, file_unique_id, file_name, media_group_id, sent_at, received_at, late_seconds
            ) VALUES (
                :booking_id, :gift_order_id, :guest_id, :kind, :file_id, :file_unique_id, :file_name, :media_group_id, :sent_at, :now,
                :late_seconds
            )
            """,
            booking_id=booking_id,
            gift_order_id=gift_order_id,
            guest_id=guest_id,
            kind=kind,
            file_id=file_id,
            file_unique_id=file_unique_id,
            file_name=file_name,
            media_group_id=media_group_id,
            sent_at=utc_text(sent_at),
            late_seconds=late_seconds,
            now=utc_text(now),
        )
    except sqlite3.IntegrityError as problem:
        if "UNIQUE" in str(problem):
            return None
        raise


def reopen(
    tx: Tx, *, booking_id: int | None = None, gift_order_id: int | None = None, file_unique_id: str
) -> int | None:
    """The same file handed in again after it was refused is looked at again; its id, or None where it was not refused."""
    receipt_id: int | None = tx.value(
        """
        UPDATE receipts SET state = 'open'
        WHERE booking_id IS :booking_id AND gift_order_id IS :gift_order_id AND file_unique_id = :file_unique_id AND state = 'refused'
        RETURNING id
        """,
        booking_id=booking_id,
        gift_order_id=gift_order_id,
        file_unique_id=file_unique_id,
    )
    return receipt_id


def get(tx: Tx, receipt_id: int) -> Receipt | None:
    row = tx.one("SELECT * FROM receipts WHERE id = :id", id=receipt_id)
    return None if row is None else _receipt(row)


def of_booking(tx: Tx, booking_id: int) -> list[Receipt]:
    """Every file handed in for it, oldest first."""
    rows = tx.all("SELECT * FROM receipts WHERE booking_id = :booking_id ORDER BY id", booking_id=booking_id)
    return [_receipt(row) for row in rows]


def of_gift_order(tx: Tx, order_id: int) -> list[Receipt]:
    """The same of a gift that is being bought."""
    rows = tx.all("SELECT * FROM receipts WHERE gift_order_id = :id ORDER BY id", id=order_id)
    return [_receipt(row) for row in rows]


def gift_order_of_album(tx: Tx, *, guest_id: int, media_group_id: str) -> int | None:
    """To which order an earlier picture of the same album went."""
    order_id: int | None = tx.value(
        "SELECT gift_order_id FROM receipts WHERE guest_id = :guest_id AND media_group_id = :group ORDER BY id DESC LIMIT 1",
        guest_id=guest_id,
        group=media_group_id,
    )
    return order_id


def booking_of_album(tx: Tx, *, guest_id: int, media_group_id: str) -> int | None:
    """To which booking an earlier picture of the same album went."""
    booking_id: int | None = tx.value(
        "SELECT booking_id FROM receipts WHERE guest_id = :guest_id AND media_group_id = :group ORDER BY id DESC LIMIT 1",
        guest_id=guest_id,
        group=media_group_id,
    )
    return booking_id


def codes_with_same_file(tx: Tx, *, booking_id: int | None = None, gift_order_id: int | None = None) -> list[str]:
    """Codes of what else one of its files was handed in for, bookings and gifts, by Telegram's id or by content."""
    rows = tx.all(
        """
        WITH mine AS (
            SELECT id, file_unique_id, digest FROM receipts
            WHERE state = 'open' AND (booking_id = :booking_id OR gift_order_id = :gift_order_id)
        ), same AS (
            SELECT other.booking_id, other.gift_order_id FROM mine JOIN receipts AS other ON other.file_unique_id = mine.file_unique_id
            UNION
            SELECT other.booking_id, other.gift_order_id FROM mine JOIN receipts AS other ON other.digest = mine.digest
        )
        SELECT bookings.code FROM same JOIN bookings ON bookings.id = same.booking_id WHERE same.booking_id IS NOT :booking_id
        UNION
        SELECT gift_orders.code FROM same JOIN gift_orders ON gift_orders.id = same.gift_order_id
        WHERE same.gift_order_id IS NOT :gift_order_id
        ORDER BY 1
        """,
        booking_id=booking_id,
        gift_order_id=gift_order_id,
    )
    return [row["code"] for row in rows]


def settle_gift_order(tx: Tx, order_id: int, *, state: str) -> int:
    """Accept or refuse whatever of a gift is still open."""
    return tx.run(
        "UPDATE receipts SET state = :state WHERE gift_order_id = :id AND state = 'open'", id=order_id, state=state
    )


def settle(tx: Tx, booking_id: int, *, state: str) -> int:
    """Accept or refuse whatever is still open; files for a proposed change are judged with it."""
    return tx.run(
        """
        UPDATE receipts SET state = :state
        WHERE booking_id = :booking_id AND state = 'open' AND id NOT IN (SELECT receipt_id FROM proposal_receipts)
        """,
        booking_id=booking_id,
        state=state,
    )


def open_of_stay(tx: Tx, booking_id: int) -> list[Receipt]:
    """What waits to be looked at of a booking itself, oldest first; files for a proposed change are judged with it."""
    rows = tx.all(
        """
        SELECT * FROM receipts
        WHERE booking_id = :booking_id AND state = 'open' AND id NOT IN (SELECT receipt_id FROM proposal_receipts)
        ORDER BY id
        """,
        booking_id=booking_id,
    )
    return [_receipt(row) for row in rows]


def of_proposal(tx: Tx, proposal_id: int) -> list[Receipt]:
    """Every file handed in for a proposed change, oldest first."""
    rows = tx.all(
        """
        SELECT r.* FROM receipts AS r JOIN proposal_receipts AS p ON p.receipt_id = r.id
        WHERE p.proposal_id = :proposal_id ORDER BY r.id
        """,
        proposal_id=proposal_id,
    )
    return [_receipt(row) for row in rows]


def settle_of_proposal(tx: Tx, proposal_id: int, *, state: str) -> int:
    """Accept or refuse whatever is still open of a proposed change."""
    return tx.run(
        """
        UPDATE receipts SET state = :state
        WHERE state = 'open' AND id IN (SELECT receipt_id FROM proposal_receipts WHERE proposal_id = :proposal_id)
        """,
        proposal_id=proposal_id,
        state=state,
    )


def move(tx: Tx, receipt_id: int, *, booking_id: int) -> None:
    """The file now speaks for another booking, and is not late for that one; where it is known there already, it stays."""
    known = tx.one(
        """
        SELECT 1 FROM receipts AS mine JOIN receipts AS theirs ON theirs.file_unique_id = mine.file_unique_id
        WHERE mine.id = :id AND theirs.booking_id = :booking_id
        """,
        id=receipt_id,
        booking_id=booking_id,
    )
    if known is not None:
        return
    tx.run(
        "UPDATE receipts SET booking_id = :booking_id, late_seconds = 0, state = 'open' WHERE id = :id",
        id=receipt_id,
        booking_id=booking_id,
    )


def without_digest(tx: Tx, *, now: datetime, most_tries: int, limit: int) -> list[Receipt]:
    """Files nobody has downloaded yet, those with the fewest failures first: what cannot be had keeps nothing else waiting."""
    rows = tx.all(
        """
        SELECT * FROM receipts
        WHERE digest IS NULL AND digest_tries < :most_tries AND (digest_after IS NULL OR digest_after <= :now)
        ORDER BY digest_tries, id LIMIT :limit
        """,
        now=utc_text(now),
        most_tries=most_tries,
        limit=limit,
    )
    return [_receipt(row) for row in rows]


def digest_failed(tx: Tx, receipt_id: int, *, next_try: datetime) -> None:
    tx.run(
        "UPDATE receipts SET digest_tries = digest_tries + 1, digest_after = :next_try WHERE id = :id",
        id=receipt_id,
        next_try=utc_text(next_try),
    )


def set_digest(tx: Tx, receipt_id: int, digest: str) -> bool:
    return (
        tx.run("UPDATE receipts SET digest = :digest WHERE id = :id AND digest IS NULL", id=receipt_id, digest=digest)
        == 1
    )


def _receipt(row: sqlite3.Row) -> Receipt:
    return Receipt(
        id=row["id"],
        booking_id=row["booking_id"],
        guest_id=row["guest_id"],
        kind=row["kind"],
        file_id=row["file_id"],
        file_unique_id=row["file_unique_id"],
        file_name=row["file_name"],
        media_group_id=row["media_group_id"],
        digest=row["digest"],
        sent_at=from_utc_text(row["sent_at"]),
        late_seconds=row["late_seconds"],
        state=row["state"],
        digest_tries=row["digest_tries"],
        gift_order_id=row["gift_order_id"],
    )
