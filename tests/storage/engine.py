"""Owns the small schema and the openers that the tests of the storage engine share."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, Tx
from housebot.storage.migrations import Migration

STEPS = [
    Migration(
        "rows and what guards them",
        """
        CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE filling (id INTEGER PRIMARY KEY, body BLOB) STRICT;
        -- Three ways to lose more than one statement, each banned from the real schema; a comment may hold a ; and a 'quote.
        CREATE TABLE rude (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK) STRICT;
        CREATE TABLE late (row_id INTEGER REFERENCES rows (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
        CREATE TRIGGER no_bad_names BEFORE INSERT ON rows WHEN NEW.name = 'bad'
        BEGIN SELECT RAISE(ABORT, 'bad name'); SELECT 1; END;
        """,
    )
]


def add(tx: Tx, name: str) -> int:
    return tx.insert("INSERT INTO rows (name) VALUES (:name)", name=name)


def names(tx: Tx) -> list[str]:
    return [row["name"] for row in tx.all("SELECT name FROM rows ORDER BY id")]


def files_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def fill_disk(tx: Tx) -> None:
    """Run into the end of a disk: the limit of pages is SQLite's own way to be full, and it stays until `free_disk`."""
    tx.value(f"PRAGMA max_page_count = {tx.value('PRAGMA page_count') + 5}")
    for _ in range(100):
        tx.run("INSERT INTO filling (body) VALUES (zeroblob(3000))")


def free_disk(tx: Tx) -> None:
    tx.value("PRAGMA max_page_count = 1073741823")


@asynccontextmanager
async def server(path: Path) -> AsyncIterator[Database]:
    database = Database.open(path, create=True, steps=STEPS)
    try:
        yield database
    finally:
        await database.aclose()


@contextmanager
def shell(path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(path, create=True, steps=STEPS)
    try:
        yield file
    finally:
        file.close()


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may do anything to any file: permissions are tried as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
