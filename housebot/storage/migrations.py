"""Owns the way from any earlier version of the file, or from no file, to the present one."""

import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from housebot.errors import DatabaseProblem
from housebot.storage.connection import APPLICATION_ID, begin_write, connect, damaged, explain, foreign, make_writer
from housebot.storage.copies import discard, new_draft, put_in_place, verified_copy
from housebot.storage.tx import Tx


class Migration(NamedTuple):
    """One step that is never changed once released: SQL text, or a function for what SQL alone cannot say."""

    name: str
    step: str | Callable[[Tx], None]


def current_steps() -> Sequence[Migration]:
    """The released steps; `PRAGMA user_version` counts those a file has taken."""
    from housebot.storage.schema import MIGRATIONS

    return [Migration(name, step) for name, step in MIGRATIONS]


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """How many steps the file has taken; a file that is not ours is refused before anything is asked of it."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise foreign(path)
    connection.execute(
        "SELECT count(*) FROM sqlite_master"
    ).fetchone()  # a malformed schema is found here, not at midnight
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def require_current(version: int, steps: Sequence[Migration], path: Path) -> None:
    """Refuse a file that this code is too old, or too new, to work with."""
    if version > len(steps):
        raise DatabaseProblem(
            f"{path} has version {version}, this housebot knows versions up to {len(steps)}",
            fix="install the newer housebot again, or restore a backup made before the update",
        )
    if version < len(steps):
        raise DatabaseProblem(
            f"{path} has version {version}, this housebot needs version {len(steps)}",
            fix="restart the service, or run: housebot db migrate",
        )


def create(path: Path, steps: Sequence[Migration]) -> None:
    """Make a new database, complete or not at all; one that is there already stays untouched."""
    try:
        with _alone(path):
            if _has_content(path):
                return
            draft = new_draft(path)
            try:
                with closing(connect(draft)) as connection:
                    # Before WAL, so that the mark stands in the file itself and not in a WAL that may get lost.
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    _take(connection, steps, since=0)
                put_in_place(draft, path)
            finally:
                discard(draft)
    except OSError as problem:
        raise DatabaseProblem(
            f"{path} cannot be created: {problem.strerror}",
            fix=f"create the folder {path.parent} and make it writable for this user",
        ) from problem
    except sqlite3.Error as problem:
        raise explain(problem, path) from problem


def migrate(path: Path, steps: Sequence[Migration]) -> list[str]:
    """Bring an existing database to the present version and name the steps taken; a verified copy is made first.

    Two processes may start at once: the second waits for the first and finds nothing to do.
    """
    require_file(path)
    try:
        with _alone(path), closing(connect(path)) as connection:
            version = version_of(connection, path)
            if version > len(steps):
                require_current(version, steps, path)
            if version == len(steps):
                return []
            if version > 0:
                verified_copy(path, path.with_name(f"{path.name}.before-{version}-to-{len(steps)}.db"))
            _take(connection, steps, since=version)
            return [migration.name for migration in steps[version:]]
    except sqlite3.Error as problem:
        raise explain(problem, path) from problem


def quick_check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a damaged file before the desk writes into it."""
    findings = [row[0] for row in connection.execute("PRAGMA quick_check")]
    if findings != ["ok"]:
        raise damaged(path, findings[0])


def require_file(path: Path) -> None:
    """Refuse a path with nothing to open: an empty file may be what is left of a database, so it is not taken for a new one."""
    try:
        if path.is_file() and path.stat().st_size > 0:
            return
        exists, empty = path.exists(), path.is_file()
    except OSError as problem:
        raise DatabaseProblem(
            f"{path} cannot be reached: {problem.strerror}", fix="let this user enter its folder"
        ) from problem
    if empty:
        raise DatabaseProblem(f"{path} is empty", fix="restore a backup, or delete it and run: housebot init")
    if exists:
        raise DatabaseProblem(f"{path} is not a file", fix="set [database] path to a file")
    raise DatabaseProblem(f"there is no database at {path}", fix="set [database] path, or run: housebot init")


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one; SQLite's own `executescript` would commit before the first."""
    statement = ""
    for part in re.split(r"(?<=;)", script):
        statement += part
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _take(connection: sqlite3.Connection, steps: Sequence[Migration], *, since: int) -> None:
    make_writer(connection)
    # Rebuilding a table drops the old one, which must not take the rows that point at it along; each step is checked instead.
    connection.execute("PRAGMA foreign_keys = OFF")
    for number, migration in enumerate(steps[since:], start=since + 1):
        begin_write(connection)
        try:
            _apply(connection, migration)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException as problem:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            problem.add_note(f"in migration {number}, {migration.name}; nothing of it was kept")
            raise


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    tx = Tx(connection, {})
    if isinstance(migration.step, str):
        for statement in statements(migration.step):
            tx.run(statement)
    else:
        migration.step(tx)
    orphan = tx.one("PRAGMA foreign_key_check")
    if orphan is not None:
        raise sqlite3.IntegrityError(
            f"row {orphan['rowid']} of {orphan['table']} points at nothing in {orphan['parent']}"
        )


def _has_content(path: Path) -> bool:
    return path.exists() and (not path.is_file() or path.stat().st_size > 0)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    # The folder is locked and not the file: opening and closing the file would drop SQLite's own locks on it.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
