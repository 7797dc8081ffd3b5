"""Owns the rules of the house that a machine can hold: what may be imported, said in SQL, or awaited, and where."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import housebot

PACKAGE = Path(housebot.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

# A conflict or a trigger that rolls the whole transaction back takes the neighbours in the group along; a deferred key fails
# at COMMIT, when it is too late to tell whose fault it was.
LOSES_THE_GROUP = re.compile(
    r"RAISE\s*\(\s*ROLLBACK"
    r"|\bOR\s+ROLLBACK\b"
    r"|\bON\s+CONFLICT\s+ROLLBACK\b"
    r"|(?<!NOT )\bDEFERRABLE\b"
    r"|\bdefer_foreign_keys\b",
    re.IGNORECASE,
)


def group_losing(source: str) -> list[str]:
    return [found.group() for found in LOSES_THE_GROUP.finditer(source)]


def asynchronous_with_tx(source: str) -> list[str]:
    """Functions that could talk to the network, or be cancelled, in the middle of a transaction."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AsyncFunctionDef) and "tx" in {argument.arg for argument in _arguments(node.args)}
    ]


def imported(source: str) -> set[str]:
    """Top-level names of everything imported, at the top of the module or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_no_sql_can_lose_the_whole_group() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".sql"}]
    assert {str(path.relative_to(PACKAGE)): found for path in files if (found := group_losing(path.read_text()))} == {}


def test_no_coroutine_holds_a_transaction() -> None:
    assert {
        str(path.relative_to(PACKAGE)): found for path in SOURCES if (found := asynchronous_with_tx(path.read_text()))
    } == {}


def test_sqlite_is_imported_by_storage_alone() -> None:
    outside = [path for path in SOURCES if "storage" not in path.relative_to(PACKAGE).parts[:1]]
    assert [
        str(path.relative_to(PACKAGE))
        for path in outside
        if imported(path.read_text()) & {"sqlite3", "aiosqlite", "_sqlite3"}
    ] == []


@pytest.mark.parametrize(
    "violation",
    [
        "SELECT RAISE(ROLLBACK, 'dates_taken')",
        "select raise ( rollback, 'x')",
        "INSERT OR ROLLBACK INTO bookings",
        "code TEXT UNIQUE ON CONFLICT ROLLBACK",
        "REFERENCES guests (id) DEFERRABLE INITIALLY DEFERRED",
        "PRAGMA defer_foreign_keys = ON",
    ],
)
def test_the_ban_on_losing_the_group_finds_a_violation(violation: str) -> None:
    assert group_losing(violation)


@pytest.mark.parametrize(
    "violation",
    [
        "async def f(tx): ...",
        "async def f(*, tx): ...",
        "async def f(tx, /): ...",
        "class A:\n async def f(self, tx=None): ...",
    ],
)
def test_the_ban_on_coroutines_with_a_transaction_finds_a_violation(violation: str) -> None:
    assert asynchronous_with_tx(violation) == ["f"]


@pytest.mark.parametrize(
    "violation", ["import sqlite3", "from sqlite3 import Row", "def f():\n import sqlite3.dbapi2 as db"]
)
def test_the_list_of_imports_finds_a_violation(violation: str) -> None:
    assert "sqlite3" in imported(violation)


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
