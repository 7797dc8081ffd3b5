"""The audit log only grows, whoever writes the SQL (A7)."""

import sqlite3
from pathlib import Path

import pytest

from housebot.services import audit
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.web.serving import OWNER


@pytest.mark.parametrize("sql", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_a7_what_stands_in_the_log_is_neither_changed_nor_taken_out(tmp_path: Path, sql: str) -> None:
    db = DatabaseFile.open(tmp_path / "housebot.db", create=True)
    now = factories.at("2026-11-20T12:00:00Z")
    db.write_now(lambda tx: audit.write(tx, OWNER, "hook.renew", "hook:bukza", now=now))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.write_now(lambda tx: tx.run(sql))
    (entry,) = db.read(lambda tx: audit.history(tx, "hook:bukza"))
    assert entry.actor == str(OWNER)
    db.close()
