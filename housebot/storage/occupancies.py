"""Owns which parts are taken and when: rows exist only for what blocks, and the schema refuses two that overlap (R6, R31)."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from housebot.domain.occupancy import Busy
from housebot.domain.period import Period, from_utc_text, utc_text
from housebot.errors import Refusal
from housebot.storage.tx import Tx

# A row that is not long spans 60 days at most, so it cannot reach back from later than this after the end of a window.
REACH = timedelta(days=61)

# A hold under review has no end: a person decides (R35). A proposal ends by its own clock, or with the hold it would change.
_COLUMNS = """
    o.kind, COALESCE(o.booking_id, o.block_id), o.start, o.end, o.busy_from, o.busy_until,
        CASE WHEN b.status IN ('held', 'awaiting_payment', 'awaiting_owner') AND b.under_review = 0 THEN b.hold_expires_at END,
        CASE WHEN p.under_review = 0 THEN p.expires_at END, o.proposal_id
    FROM occupancies AS o LEFT JOIN bookings AS b ON b.id = o.booking_id LEFT JOIN proposals AS p ON p.id = o.proposal_id
"""
_WINDOW = f"""
    SELECT {_COLUMNS}
    WHERE o.part_id = :part AND o.long = 0
        AND o.busy_until > :since AND o.busy_until < :reach AND o.busy_from < :until
    UNION ALL
    SELECT {_COLUMNS}
    WHERE o.part_id = :part AND o.long = 1
        AND o.busy_until > :since AND o.busy_from < :until
"""


def between(tx: Tx, parts: Iterable[str], since: datetime, until: datetime) -> list[Busy]:
    """What touches these parts between two instants, buffers included, in order of start; one row a booking, block or event.

    Expired holds are among them with their `hold_until`: who reads knows what time it is.
    """
    window = {"since": utc_text(since), "until": utc_text(until), "reach": utc_text(_later(until))}
    # Of the parts of one booking the rows are equal but for the part; by their values they fall together.
    found = {tuple(row) for part in parts for row in tx.all(_WINDOW, part=part, **window)}
    return [_busy(*row) for row in sorted(found, key=_in_order)]


def put(
    tx: Tx,
    *,
    parts: Iterable[str],
    kind: Literal["booking", "block", "feed"],
    period: Period,
    ref: int | None,
    before: timedelta = timedelta(0),
    after: timedelta = timedelta(0),
    proposal_id: int | None = None,
) -> None:
    """Take the parts for a booking or a block, or raise `Refusal("dates_taken")`: the schema's own word, whoever asks.

    With `proposal_id` beside what the booking has: for a change of it that waits.
    """
    row = {
        "kind": kind,
        "proposal_id": proposal_id,
        "booking_id": ref if kind == "booking" else None,
        "block_id": ref if kind == "block" else None,
        "start": utc_text(period.start),
        "end": utc_text(period.end),
        "busy_from": utc_text(period.start - before),
        "busy_until": utc_text(period.end + after),
    }
    try:
        for part in parts:
            tx.add("occupancies", {"part_id": part, **row})
    except sqlite3.IntegrityError as problem:
        raise _said(problem) from problem


def change(tx: Tx, *, booking_id: int, period: Period, before: timedelta, after: timedelta) -> None:
    """Give the parts of a booking another period, or raise `Refusal("dates_taken")`."""
    try:
        tx.run(
            """
            UPDATE occupancies SET start = :start, end = :end, busy_from = :busy_from, busy_until = :busy_until
            WHERE booking_id = :booking_id AND proposal_id IS NULL
            """,
            booking_id=booking_id,
            start=utc_text(period.start),
            end=utc_text(period.end),
            busy_from=utc_text(period.start - before),
            busy_until=utc_text(period.end + after),
        )
    except sqlite3.IntegrityError as problem:
        raise _said(problem) from problem


def remove_booking(tx: Tx, booking_id: int) -> int:
    """Give back the parts of a booking; how many rows there were. What a proposal keeps beside them is the proposal's."""
    return tx.run(
        "DELETE FROM occupancies WHERE booking_id = :booking_id AND proposal_id IS NULL", booking_id=booking_id
    )


def remove_proposal(tx: Tx, proposal_id: int) -> int:
    """Give back what a proposal keeps; how many rows there were."""
    return tx.run("DELETE FROM occupancies WHERE proposal_id = :proposal_id", proposal_id=proposal_id)


def remove_block(tx: Tx, block_id: int) -> int:
    """Give back the parts of a block; how many rows there were."""
    return tx.run("DELETE FROM occupancies WHERE block_id = :block_id", block_id=block_id)


def parts_of_booking(tx: Tx, booking_id: int) -> list[str]:
    rows = tx.all(
        "SELECT part_id FROM occupancies WHERE booking_id = :booking_id AND proposal_id IS NULL ORDER BY id",
        booking_id=booking_id,
    )
    return [row["part_id"] for row in rows]


def parts_of_block(tx: Tx, block_id: int) -> list[str]:
    rows = tx.all("SELECT part_id FROM occupancies WHERE block_id = :block_id ORDER BY id", block_id=block_id)
    return [row["part_id"] for row in rows]


def everything(tx: Tx) -> list[sqlite3.Row]:
    """All rows, for the checks of `db check`; not for a request."""
    return tx.all("SELECT * FROM occupancies ORDER BY part_id, start, id")


def _later(moment: datetime) -> datetime:
    try:
        return moment + REACH
    except OverflowError:
        return moment


def _in_order(row: tuple[Any, ...]) -> tuple[str, str, int, int]:
    return row[2], row[0], row[1] or 0, row[-1] or 0


@lru_cache(maxsize=32_768)  # the same stays are looked at for every page of a calendar
def _busy(
    kind: Literal["booking", "block", "feed"],
    ref: int | None,
    start: str,
    end: str,
    busy_from: str,
    busy_until: str,
    hold_until: str | None,
    proposed_until: str | None,
    proposal: int | None,
) -> Busy:
    ends = [from_utc_text(end) for end in (hold_until, proposed_until) if end]
    return Busy(
        start=from_utc_text(start),
        end=from_utc_text(end),
        busy_from=from_utc_text(busy_from),
        busy_until=from_utc_text(busy_until),
        kind=kind,
        ref=ref,
        hold_until=min(ends, default=None),
        proposal=proposal,
    )


def _said(problem: sqlite3.IntegrityError) -> Exception:
    return Refusal("dates_taken") if str(problem) == "dates_taken" else problem
