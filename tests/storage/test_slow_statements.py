"""A statement that takes long has one line with its name; its words and values stay out of the log."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from housebot.storage import tx as transactions
from housebot.storage.file import DatabaseFile
from housebot.storage.tx import Tx

SECRET = "375291234567"
SQL = "SELECT :secret"


def read_all(tx: Tx) -> None:
    tx.all(SQL, secret=SECRET)


def read_one(tx: Tx) -> None:
    tx.one(SQL, secret=SECRET)


def read_value(tx: Tx) -> None:
    tx.value(SQL, secret=SECRET)


def change(tx: Tx) -> None:
    tx.run("UPDATE meta SET value = :secret", secret=SECRET)


def add(tx: Tx) -> None:
    tx.insert("INSERT INTO meta (key, value) VALUES ('a', :secret)", secret=SECRET)


def add_many(tx: Tx) -> None:
    tx.many("INSERT INTO meta (key, value) VALUES (:key, :secret)", [{"key": "b", "secret": SECRET}])


@pytest.mark.parametrize("work", [read_all, read_one, read_value, change, add, add_many])
def test_a_slow_statement_is_named_by_its_function_and_nothing_else(
    work: Callable[[Tx], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    try:
        file.write_now(work)
        slow = [one for one in caplog.records if "slow" in one.message]
        if slow:  # this machine may be slow for real
            caplog.clear()
        file.write_now(lambda tx: tx.run("DELETE FROM meta"))
        monkeypatch.setattr(transactions, "SLOW", -1.0)
        file.write_now(work)
    finally:
        file.close()
    lines = [one.message for one in caplog.records if one.message.startswith("slow statement")]
    assert any(line.startswith(f"slow statement in {__name__}.{work.__name__}: ") for line in lines)
    assert SECRET not in caplog.text
    assert "SELECT" not in caplog.text


def test_waiting_for_the_first_row_is_part_of_a_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows are made while they are fetched: a sort, a count."""
    ticks = iter([0.0, 9.0, 9.0])
    monkeypatch.setattr(transactions, "perf_counter", lambda: next(ticks, 9.0))
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    try:
        file.read(lambda tx: tx.all("SELECT 1"))
    finally:
        file.close()
    assert "9000 ms" in caplog.text


def test_the_statement_itself_still_raises_what_it_raised(tmp_path: Path) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    try:
        with pytest.raises(sqlite3.OperationalError):
            file.write_now(lambda tx: tx.run("SELECT nothing FROM nowhere"))
    finally:
        file.close()
