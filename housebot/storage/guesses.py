"""Owns the rows of wrong codes: who typed one, and when (R49)."""

from datetime import datetime

from housebot.domain.period import utc_text
from housebot.storage.tx import Tx


def add(tx: Tx, who: str, *, now: datetime) -> None:
    tx.run("INSERT INTO guesses (who, at) VALUES (:who, :at)", who=who, at=utc_text(now))


def since(tx: Tx, moment: datetime, *, who: str | None = None, kind: str = "") -> int:
    """How many wrong codes since then, by one or by all of a kind."""
    count: int = tx.value(
        "SELECT count(*) FROM guesses WHERE at > :since AND (:who IS NULL OR who = :who) AND substr(who, 1, length(:kind)) = :kind",
        since=utc_text(moment),
        who=who,
        kind=kind and f"{kind}:",
    )
    return count


def forget(tx: Tx, before: datetime) -> None:
    tx.run("DELETE FROM guesses WHERE at <= :before", before=utc_text(before))
