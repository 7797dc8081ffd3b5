"""Owns looking bookings up as rows: one set of filters for lists, and beside each row its guest and what was paid.

Light on purpose: `housebot bookings list` makes no values of what it only prints.
"""

import json
from datetime import datetime
from typing import Any

from housebot.domain.instants import utc_text
from housebot.storage.ledger import NET
from housebot.storage.tx import Tx, by_name

_BESIDE = f"""
    (SELECT name FROM guests WHERE guests.id = {{guest}}) AS known_name,
    (SELECT telegram_id FROM guests WHERE guests.id = {{guest}}) AS known_telegram_id,
    ({NET}) AS paid,
    (SELECT max(updated_at) FROM payments WHERE payments.booking_id = {{booking}}) AS paid_at
"""  # noqa: S608  put together from our own words
_SHOWN = "bookings.*, " + _BESIDE.format(booking="bookings.id", guest="bookings.guest_id")
_OF_WRITTEN = "SELECT" + _BESIDE.format(booking=":booking", guest=":guest")
_WRITTEN = "booking"  # by this piece of work


def remember(tx: Tx, booking_id: int, row: dict[str, Any]) -> None:
    """What was just written down of a booking, as `one` would read it: whoever made it shows it next."""
    tx.read_before[_WRITTEN, booking_id] = {"id": booking_id, **row}


def forget(tx: Tx, booking_id: int) -> None:
    """It is written anew."""
    tx.read_before.pop((_WRITTEN, booking_id), None)


def one(tx: Tx, booking_id: int) -> dict[str, Any] | None:
    """The row of one booking."""
    known: dict[str, Any] | None = tx.read_before.get((_WRITTEN, booking_id))
    if known is not None:
        beside = tx.one(_OF_WRITTEN, booking=booking_id, guest=known["guest_id"])
        assert beside is not None, "one row, whatever is in it"
        return known | by_name(beside)
    row = tx.one(f"SELECT {_SHOWN} FROM bookings WHERE id = :id", id=booking_id)  # noqa: S608
    return None if row is None else by_name(row)


def select(
    tx: Tx,
    *,
    ends_after: datetime | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    unit: str | None = None,
    statuses: tuple[str, ...] = (),
    guest_id: int | None = None,
    guest: str | None = None,
    contact: str | None = None,
    guest_ids: tuple[int, ...] = (),
    updated_since: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    after_number: int | None = None,
    limit: int | None = 50,
) -> list[dict[str, Any]]:
    """Bookings in order of start, those after a place in that order; `guest` is part of a name, a contact or a code.

    `since` and `until` keep what touches that time; with `contact` also what these guests have booked. With `after_number` they
    come in the order in which they were made, which no move changes. Each row also knows its guest and what was paid; money that
    came or went is a change of it, for `updated_since` too.
    """
    order = "start, id" if after_number is None else "id"
    latest_end = max((moment for moment in (ends_after, since) if moment is not None), default=None)
    rows = tx.all(
        f"""
        SELECT {_SHOWN} FROM bookings
        WHERE (:ends_after IS NULL OR end > :ends_after)
            AND (:until IS NULL OR start < :until)
            AND (:unit IS NULL OR unit = :unit)
            AND (:any_status OR status IN (SELECT value FROM json_each(:statuses)))
            AND (:guest_id IS NULL OR guest_id = :guest_id)
            AND (:contact IS NULL OR contact = :contact OR guest_id IN (SELECT value FROM json_each(:guest_ids)))
            AND (:guest IS NULL OR instr(guest_name || ' ' || coalesce(contact, '') || ' ' || code, :guest) > 0
                OR instr(guest_name, :guest_capital) > 0 OR code = :guest_upper)
            AND (:updated_since IS NULL OR updated_at >= :updated_since OR EXISTS
                (SELECT 1 FROM payments WHERE payments.booking_id = bookings.id AND payments.updated_at >= :updated_since))
            AND (:after_start IS NULL OR (start, id) > (:after_start, :after_id))
            AND (:after_number IS NULL OR id > :after_number)
        ORDER BY {order} LIMIT :limit
        """,  # noqa: S608
        ends_after=_text(latest_end),
        until=_text(until),
        unit=unit,
        any_status=not statuses,
        statuses=json.dumps(statuses),
        guest_id=guest_id,
        contact=contact,
        guest_ids=json.dumps(guest_ids),
        guest=guest or None,
        guest_capital=guest.capitalize() if guest else None,
        guest_upper=guest.upper() if guest else None,
        updated_since=_text(updated_since),
        after_start=_text(after[0]) if after else None,
        after_id=after[1] if after else None,
        after_number=after_number,
        limit=-1 if limit is None else limit,
    )
    return [by_name(row) for row in rows]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
