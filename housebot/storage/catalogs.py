"""Owns the rows of catalog versions: documents as they were applied, and from which local day each is in force."""

import sqlite3
from typing import NamedTuple

from housebot.storage.tx import Tx

_IN_FORCE = "catalogs in force"  # read before, by this piece of work


class Version(NamedTuple):
    """One applied document without its text."""

    version: int
    digest: str
    zone: str
    from_date: str
    created_at: str
    actor: str
    note: str


class InForce(NamedTuple):
    """What is needed to choose a version: read from the index alone."""

    version: int
    digest: str
    zone: str
    from_date: str


def in_force(tx: Tx) -> tuple[InForce, ...]:
    """Every version, the one whose day came last first; of one day the newest first."""
    known: tuple[InForce, ...] | None = tx.read_before.get(_IN_FORCE)
    if known is None:
        rows = tx.all(
            """
            SELECT version, digest, zone, from_date FROM catalog_versions INDEXED BY catalog_versions_in_force
            ORDER BY from_date DESC, version DESC
            """
        )
        known = tx.read_before[_IN_FORCE] = tuple(InForce(*row) for row in rows)
    return known


def document(tx: Tx, version: int) -> str | None:
    """The JSON text of a version, or None where there is none."""
    text: str | None = tx.value("SELECT document FROM catalog_versions WHERE version = :version", version=version)
    return text


def digest(tx: Tx, version: int) -> str | None:
    """The digest of a version, or None where there is none."""
    return next((row.digest for row in in_force(tx) if row.version == version), None)


def ever_sold(tx: Tx, unit: str) -> bool:
    """Whether any version knows that unit."""
    found = tx.value(
        """
        SELECT 1 FROM catalog_versions, json_each(document, '$.units') AS units
        WHERE json_extract(units.value, '$.id') = :unit LIMIT 1
        """,
        unit=unit,
    )
    return found is not None


def newest(tx: Tx) -> int:
    """The highest version there is; 0 for a desk without a catalog."""
    version: int = tx.value("SELECT COALESCE(MAX(version), 0) FROM catalog_versions")
    return version


def insert(
    tx: Tx, version: int, text: str, *, digest: str, zone: str, from_date: str, created_at: str, actor: str, note: str
) -> None:
    """Store a document as that version."""
    tx.read_before.pop(_IN_FORCE, None)
    tx.run(
        """
        INSERT INTO catalog_versions (version, document, digest, zone, from_date, created_at, actor, note)
        VALUES (:version, :document, :digest, :zone, :from_date, :created_at, :actor, :note)
        """,
        version=version,
        document=text,
        digest=digest,
        zone=zone,
        from_date=from_date,
        created_at=created_at,
        actor=actor,
        note=note,
    )


def listing(tx: Tx) -> list[Version]:
    """Every version, the newest first."""
    rows = tx.all(
        """
        SELECT version, digest, zone, from_date, created_at, actor, note FROM catalog_versions ORDER BY version DESC
        """
    )
    return [_version(row) for row in rows]


def _version(row: sqlite3.Row) -> Version:
    return Version(*row)
