"""Owns what is counted over many rows: stays of a time, money of a time, queues, and what each day came to."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class StayRow:
    """What figures need of a booking; times of the unit's wall clock as they are stored."""

    unit: str
    status: str
    arrival: str
    departure: str
    start: str
    end: str
    created_at: str
    source: str
    total: int
    currency: str


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One sum that came (above nothing) or went back (below), and when."""

    unit: str  # empty: no booking of ours, such as the sale of a gift
    amount: int
    currency: str
    at: str


@dataclass(frozen=True, slots=True)
class DayFigure:
    """One number of one day."""

    day: str
    name: str
    unit: str
    currency: str
    value: int


def stays(tx: Tx, *, since: str, until: str, unit: str | None = None) -> list[StayRow]:
    """Bookings whose time touches that between two instants, tests left out."""
    rows = tx.all(
        """
        SELECT unit, status, arrival, departure, start, end, created_at, source, total, currency FROM bookings
        WHERE end > :since AND start < :until AND test = 0 AND (:unit IS NULL OR unit = :unit) ORDER BY start, id
        """,
        since=since,
        until=until,
        unit=unit,
    )
    return [StayRow(*row) for row in rows]


def blocks(tx: Tx, *, since: str, until: str) -> list[tuple[frozenset[str], str, str]]:
    """(parts, start, end) of what is closed by hand and touches that time."""
    rows = tx.all(
        """
        SELECT group_concat(part_id, char(10)), start, end FROM occupancies
        WHERE kind = 'block' AND end > :since AND start < :until GROUP BY block_id, start, end
        """,
        since=since,
        until=until,
    )
    return [(frozenset(row[0].split("\n")), row[1], row[2]) for row in rows]


def money(tx: Tx, *, since: str, until: str, unit: str | None = None) -> list[MoneyRow]:
    """Done payments, corrections and refunds between two instants. What a gift pays came when the gift was bought; money of
    test bookings is none.
    """
    rows = tx.all(
        """
        SELECT coalesce(b.unit, ''), CASE p.kind WHEN 'refund' THEN -p.amount ELSE p.amount END, p.currency, p.updated_at
        FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
        WHERE p.state = 'done' AND p.updated_at >= :since AND p.updated_at < :until AND p.method <> 'gift'
            AND coalesce(b.test, 0) = 0 AND (:unit IS NULL OR b.unit = :unit)
        """,
        since=since,
        until=until,
        unit=unit,
    )
    return [MoneyRow(*row) for row in rows]


def money_of_all_time(tx: Tx) -> dict[str, int]:
    """The same from the first day on, by currency."""
    rows = tx.all(
        """
        SELECT p.currency, sum(CASE p.kind WHEN 'refund' THEN -p.amount ELSE p.amount END)
        FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
        WHERE p.state = 'done' AND p.method <> 'gift' AND coalesce(b.test, 0) = 0 GROUP BY p.currency
        """
    )
    return {row[0]: row[1] for row in rows}


def bookings_by_state(tx: Tx) -> dict[tuple[str, str], int]:
    """(status, source) of everything ever booked, tests left out."""
    rows = tx.all("SELECT status, source, count(*) FROM bookings WHERE test = 0 GROUP BY status, source")
    return {(row[0], row[1]): row[2] for row in rows}


def holds_alive(tx: Tx, *, now: str) -> int:
    """Holds whose dates are kept at that instant (R32)."""
    found: int = tx.value(
        """
        SELECT count(*) FROM bookings
        WHERE status IN ('held', 'awaiting_payment', 'awaiting_owner') AND test = 0
            AND (under_review = 1 OR hold_expires_at IS NULL OR hold_expires_at > :now)
        """,
        now=now,
    )
    return found


def queues(tx: Tx, *, now: str) -> list[tuple[str, str, int, str | None]]:
    """(queue, class, how many, since when the oldest waits) of what came in, goes out, is due, was notified, or is to be told to
    other programs and in other messengers; endpoints that are switched off wait for nothing.
    """
    rows = tx.all(
        """
        SELECT 'inbox', '', count(*), min(received_at) FROM inbox WHERE state = 'new'
        UNION ALL
        SELECT 'notifications', '', count(*), min(received_at) FROM notifications WHERE state = 'new'
        UNION ALL
        SELECT 'webhooks', '', count(*), min(d.since) FROM webhook_deliveries AS d
            JOIN webhook_endpoints AS e ON e.id = d.endpoint_id WHERE d.due_at IS NOT NULL AND e.state = 'active'
        UNION ALL
        SELECT 'answers', '', count(*), min(created_at) FROM contact_answers WHERE state IN ('new', 'sending')
        UNION ALL
        SELECT 'due', '', count(*), min(due_at) FROM due WHERE done_at IS NULL AND due_at <= :now
        UNION ALL
        SELECT 'outbox', class, count(*), min(created_at) FROM outbox WHERE state = 'queued' GROUP BY class
        """,
        now=now,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def made(tx: Tx, *, since: str, until: str) -> list[tuple[str, str]]:
    """(unit, instant) of every booking made in that time, tests left out."""
    rows = tx.all(
        "SELECT unit, created_at FROM bookings WHERE created_at >= :since AND created_at < :until AND test = 0",
        since=since,
        until=until,
    )
    return [(row[0], row[1]) for row in rows]


def turns(tx: Tx, *, since: str, until: str) -> list[tuple[str, str, str]]:
    """(unit, status, instant) of every change of a booking into another state, as the audit log remembers it."""
    rows = tx.all(
        """
        SELECT b.unit, json_extract(a.after, '$.status'), a.at
        FROM audit AS a JOIN bookings AS b ON b.id = CAST(substr(a.subject, 9) AS INTEGER)
        WHERE a.at >= :since AND a.at < :until AND a.subject LIKE 'booking:%' AND b.test = 0
            AND json_extract(a.after, '$.status') IS NOT json_extract(a.before, '$.status')
        """,
        since=since,
        until=until,
    )
    return [(row[0], row[1], row[2]) for row in rows if row[1] is not None]


def ended_messages(tx: Tx, *, since: str, until: str) -> list[tuple[str, str]]:
    """(state, instant) of messages that came to their end in that time."""
    rows = tx.all(
        "SELECT state, done_at FROM outbox WHERE done_at >= :since AND done_at < :until AND state IN ('sent', 'failed')",
        since=since,
        until=until,
    )
    return [(row[0], row[1]) for row in rows]


def updates(tx: Tx, *, since: str, until: str) -> list[tuple[str, str]]:
    """(state, instant) of updates received in that time; older ones are forgotten after six days."""
    rows = tx.all(
        "SELECT state, received_at FROM inbox WHERE received_at >= :since AND received_at < :until",
        since=since,
        until=until,
    )
    return [(row[0], row[1]) for row in rows]


def first_booking(tx: Tx) -> str | None:
    """When the first booking was made."""
    found: str | None = tx.value("SELECT created_at FROM bookings ORDER BY id LIMIT 1")
    return found


def last_day(tx: Tx) -> str | None:
    """The newest day that has its figures."""
    found: str | None = tx.value("SELECT max(day) FROM daily_figures")
    return found


def put_days(tx: Tx, figures: Iterable[DayFigure]) -> None:
    """Store them; a day that is counted again has its new numbers."""
    tx.many(
        """
        INSERT INTO daily_figures (day, name, unit, currency, value) VALUES (:day, :name, :unit, :currency, :value)
        ON CONFLICT (day, name, unit, currency) DO UPDATE SET value = excluded.value
        """,
        [
            {"day": one.day, "name": one.name, "unit": one.unit, "currency": one.currency, "value": one.value}
            for one in figures
        ],
    )


def days(tx: Tx, *, since: str, until: str, unit: str | None = None) -> list[DayFigure]:
    """Stored figures of those days, the last one included, in order."""
    rows: list[sqlite3.Row] = tx.all(
        """
        SELECT day, name, unit, currency, value FROM daily_figures
        WHERE day >= :since AND day <= :until AND (:unit IS NULL OR unit = :unit) ORDER BY day, name, unit, currency
        """,
        since=since,
        until=until,
        unit=unit,
    )
    return [DayFigure(*row) for row in rows]
