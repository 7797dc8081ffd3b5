"""Owns looking up what one person has booked, by who they are and by their contact, for figures; tests are left out."""

import json
import sqlite3
from collections.abc import Collection

from housebot.storage.ledger import NET
from housebot.storage.tx import Tx


def select(tx: Tx, *, guest_ids: Collection[int], contact: str | None) -> list[sqlite3.Row]:
    """Oldest arrival first, each with what was paid for it."""
    return tx.all(
        f"""
        SELECT id, code, status, start, end, arrival, departure, guest_name, currency,
            ({NET.format(booking="bookings.id")}) AS paid
        FROM bookings
        WHERE test = 0 AND (contact = :contact OR guest_id IN (SELECT value FROM json_each(:guest_ids)))
        ORDER BY start, id
        """,  # noqa: S608  put together from our own words
        contact=contact,
        guest_ids=json.dumps([*guest_ids]),
    )
