"""Owns the rows of blocks: times closed, and extras stopped, by hand. What closed times occupy are rows of occupancies."""

import json
import sqlite3
from dataclasses import dataclass

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Block:
    """A time closed by hand, with the parts it closes or the one extra it stops; instants as UTC text.

    Only what stops an extra may have no unit: it then counts wherever the extra is sold.
    """

    id: int
    unit: str | None
    parts: tuple[str, ...]
    extra: str | None
    start: str
    end: str
    reason: str
    actor: str
    created_at: str


def insert(
    tx: Tx,
    *,
    unit: str | None,
    parts: tuple[str, ...],
    extra: str | None = None,
    start: str,
    end: str,
    reason: str,
    actor: str,
    at: str,
) -> int:
    """A block that stands; its occupancies are put by the caller."""
    return tx.insert(
        """
        INSERT INTO blocks (unit, parts, extra, start, end, reason, actor, created_at)
        VALUES (:unit, :parts, :extra, :start, :end, :reason, :actor, :at)
        """,
        unit=unit,
        parts=json.dumps(parts),
        extra=extra,
        start=start,
        end=end,
        reason=reason,
        actor=actor,
        at=at,
    )


def get(tx: Tx, block_id: int) -> Block | None:
    """A block that still stands."""
    row = tx.one("SELECT * FROM blocks WHERE id = :id AND removed_at IS NULL", id=block_id)
    return None if row is None else _block(row)


def listing(tx: Tx, *, since: str) -> list[Block]:
    """Blocks that stand and end after that instant, in order of time."""
    rows = tx.all("SELECT * FROM blocks WHERE removed_at IS NULL AND end > :since ORDER BY start, id", since=since)
    return [_block(row) for row in rows]


def stops(tx: Tx, *, since: str) -> list[tuple[str, str | None, str, str]]:
    """Extras that are stopped at that instant or later: extra, unit, start, end."""
    rows = tx.all(
        """
        SELECT extra, unit, start, end FROM blocks INDEXED BY blocks_of_extras
        WHERE extra IS NOT NULL AND removed_at IS NULL AND end > :since ORDER BY id
        """,
        since=since,
    )
    return [(row["extra"], row["unit"], row["start"], row["end"]) for row in rows]


def remove(tx: Tx, block_id: int, *, at: str) -> bool:
    """The block no longer stands; False when it did not before. The row stays for history."""
    return tx.run("UPDATE blocks SET removed_at = :at WHERE id = :id AND removed_at IS NULL", id=block_id, at=at) == 1


def _block(row: sqlite3.Row) -> Block:
    return Block(
        id=row["id"],
        unit=row["unit"],
        parts=tuple(json.loads(row["parts"])),
        extra=row["extra"],
        start=row["start"],
        end=row["end"],
        reason=row["reason"],
        actor=row["actor"],
        created_at=row["created_at"],
    )
