"""Owns the rows of staff: one living row a person, roles by Telegram id."""

import sqlite3
from dataclasses import dataclass

from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works at the desk now."""

    id: int
    telegram_id: int
    role: str  # owner, manager, cleaner, specialist
    unit: str | None  # specialist: whose own list it is
    name: str
    language: str
    guest_view: bool  # sees the bot as a guest; bookings made so are tests
    added_at: str
    added_by: str


def by_telegram(tx: Tx, telegram_id: int) -> Staff | None:
    """The person with that id, or None for a stranger."""
    row = tx.one("SELECT * FROM staff WHERE telegram_id = :telegram_id AND removed_at IS NULL", telegram_id=telegram_id)
    return None if row is None else _staff(row)


def get(tx: Tx, staff_id: int) -> Staff | None:
    """The living row with that id."""
    row = tx.one("SELECT * FROM staff WHERE id = :id AND removed_at IS NULL", id=staff_id)
    return None if row is None else _staff(row)


def listing(tx: Tx, *, role: str | None = None) -> list[Staff]:
    """Everybody, or everybody of one role, the longest-serving first."""
    rows = tx.all(
        "SELECT * FROM staff WHERE removed_at IS NULL AND (:role IS NULL OR role = :role) ORDER BY id",
        role=role,
    )
    return [_staff(row) for row in rows]


def ever(tx: Tx) -> bool:
    """Whether anybody was ever on the staff, removed ones too."""
    return bool(tx.value("SELECT EXISTS (SELECT 1 FROM staff)"))


def insert(
    tx: Tx, telegram_id: int, *, role: str, unit: str | None, name: str, language: str, added_at: str, added_by: str
) -> int:
    """A new living row."""
    return tx.insert(
        """
        INSERT INTO staff (telegram_id, role, unit, name, language, added_at, added_by)
        VALUES (:telegram_id, :role, :unit, :name, :language, :added_at, :added_by)
        """,
        telegram_id=telegram_id,
        role=role,
        unit=unit,
        name=name,
        language=language,
        added_at=added_at,
        added_by=added_by,
    )


def set_role(tx: Tx, staff_id: int, *, role: str, unit: str | None) -> None:
    """Another role for the same person."""
    tx.run("UPDATE staff SET role = :role, unit = :unit WHERE id = :id", id=staff_id, role=role, unit=unit)


def set_view(tx: Tx, staff_id: int, *, guest_view: bool) -> None:
    """See the bot as a guest, or as staff again."""
    tx.run("UPDATE staff SET guest_view = :view WHERE id = :id", id=staff_id, view=int(guest_view))


def set_person(tx: Tx, staff_id: int, *, name: str, language: str) -> None:
    """How the person is called and spoken to."""
    tx.run(
        "UPDATE staff SET name = :name, language = :language WHERE id = :id", id=staff_id, name=name, language=language
    )


def remove(tx: Tx, staff_id: int, *, at: str) -> None:
    """The person no longer works here; the row stays for history."""
    tx.run("UPDATE staff SET removed_at = :at WHERE id = :id AND removed_at IS NULL", id=staff_id, at=at)


def _staff(row: sqlite3.Row) -> Staff:
    return Staff(
        id=row["id"],
        telegram_id=row["telegram_id"],
        role=row["role"],
        unit=row["unit"],
        name=row["name"],
        language=row["language"],
        guest_view=bool(row["guest_view"]),
        added_at=row["added_at"],
        added_by=row["added_by"],
    )
