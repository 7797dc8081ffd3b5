"""Owns the rows of settings: what people change from day to day, as JSON under a key."""

import json
from typing import Any

from housebot.storage.tx import Tx


def get(tx: Tx, key: str) -> Any:
    """The stored value, or None where nothing is stored."""
    text = tx.value("SELECT value FROM settings WHERE key = :key", key=key)
    return None if text is None else json.loads(text)


def put(tx: Tx, key: str, value: Any, *, actor: str, at: str) -> None:
    """Store the value, replacing an earlier one."""
    tx.run(
        """
        INSERT INTO settings (key, value, updated_at, actor) VALUES (:key, :value, :at, :actor)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, actor = excluded.actor
        """,
        key=key,
        value=json.dumps(value, ensure_ascii=False),
        at=at,
        actor=actor,
    )


def remove(tx: Tx, key: str) -> bool:
    """Forget the value; False where there was none."""
    return tx.run("DELETE FROM settings WHERE key = :key", key=key) == 1


def keys(tx: Tx, prefix: str) -> list[str]:
    """The keys that begin so, in order."""
    rows = tx.all(
        "SELECT key FROM settings WHERE substr(key, 1, length(:prefix)) = :prefix ORDER BY key", prefix=prefix
    )
    return [row["key"] for row in rows]
