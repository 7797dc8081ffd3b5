"""Owns the few facts about the desk itself that are neither settings nor history: keys of its own, marks of things done once."""

from housebot.storage.tx import Tx


def get(tx: Tx, key: str) -> str | None:
    """The stored text, or None where nothing was stored."""
    value: str | None = tx.value("SELECT value FROM meta WHERE key = :key", key=key)
    return value


def put(tx: Tx, key: str, value: str) -> None:
    """Store the text, replacing an earlier one."""
    tx.run(
        """
        INSERT INTO meta (key, value) VALUES (:key, :value)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
        """,
        key=key,
        value=value,
    )


def put_once(tx: Tx, key: str, value: str) -> bool:
    """Store the text unless there is one; True for the one who stored it."""
    return (
        tx.run("INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT DO NOTHING", key=key, value=value) == 1
    )


def sqlite_version(tx: Tx) -> str:
    """The version of SQLite that works on the file."""
    version: str = tx.value("SELECT sqlite_version()")
    return version
