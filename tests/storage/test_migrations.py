"""Owns the promises of migrations: all of a step or nothing, a copy before, and the same schema whichever way a file came to it."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from housebot.errors import DatabaseProblem
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, Tx
from housebot.storage.migrations import Migration, current_steps, migrate, statements
from tests.storage.engine import files_in

FIRST = Migration(
    "guests",
    """
    CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
    CREATE TABLE stays (id INTEGER PRIMARY KEY, guest_id INTEGER NOT NULL REFERENCES guests (id) ON DELETE CASCADE) STRICT;
    CREATE TRIGGER guests_have_names BEFORE INSERT ON guests WHEN NEW.name = ''
    BEGIN SELECT RAISE(ABORT, 'a guest; has a name'); END;
    """,
)
SECOND = Migration("phones", "ALTER TABLE guests ADD COLUMN phone TEXT NOT NULL DEFAULT '';")


def capitals(tx: Tx) -> None:
    for row in tx.all("SELECT id, name FROM guests"):
        tx.run("UPDATE guests SET name = :name WHERE id = :id", name=row["name"].upper(), id=row["id"])


def capitals_and_a_fault(tx: Tx) -> None:
    capitals(tx)
    raise LookupError("a fault of ours")


THIRD = Migration("names in capitals", capitals)


def old_desk(path: Path, steps: Sequence[Migration] = (FIRST,)) -> Path:
    file = DatabaseFile.open(path, create=True, steps=steps)
    file.write_now(lambda tx: tx.run("INSERT INTO guests (id, name) VALUES (1, 'anna')"))
    file.write_now(lambda tx: tx.run("INSERT INTO stays (guest_id) VALUES (1)"))
    file.close()
    return path


def schema_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT sql FROM sqlite_master ORDER BY name")]


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


def test_an_old_database_takes_the_steps_it_lacks_and_keeps_its_rows(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    assert migrate(path, [FIRST, SECOND, THIRD]) == ["phones", "names in capitals"]
    assert migrate(path, [FIRST, SECOND, THIRD]) == []
    file = DatabaseFile.open(path, steps=[FIRST, SECOND, THIRD])
    assert [tuple(row) for row in file.read(lambda tx: tx.all("SELECT name, phone FROM guests"))] == [("ANNA", "")]
    file.close()


def test_an_old_and_a_new_database_end_with_one_schema(tmp_path: Path) -> None:
    old = old_desk(tmp_path / "old.db")
    migrate(old, [FIRST, SECOND])
    new = old_desk(tmp_path / "new.db", [FIRST, SECOND])
    assert schema_of(old) == schema_of(new)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Migration("broken", "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);"), id="sql"),
        pytest.param(Migration("broken", "CREATE TABLE half (id INTEGER); DELETE FROM guests;"), id="orphans"),
        pytest.param(Migration("broken", capitals_and_a_fault), id="code"),
    ],
)
def test_a_step_that_fails_leaves_nothing_of_itself_and_all_before_it(tmp_path: Path, broken: Migration) -> None:
    path = old_desk(tmp_path / "desk.db")
    with pytest.raises(Exception) as shown:
        migrate(path, [FIRST, SECOND, broken])
    assert "in migration 3, broken; nothing of it was kept" in (shown.value.__cause__ or shown.value).__notes__
    assert version_of(path) == 2
    assert schema_of(path) == schema_of(old_desk(tmp_path / "twin.db", [FIRST, SECOND]))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM guests").fetchall() == [("anna",)]
        assert connection.execute("SELECT count(*) FROM stays").fetchone() == (1,)


def test_a_new_database_whose_steps_fail_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatabaseProblem):
        DatabaseFile.open(tmp_path / "desk.db", create=True, steps=[FIRST, Migration("broken", "SELECT nothing;")])
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("opener", [DatabaseFile, Database])
def test_a_database_newer_than_the_code_is_refused_with_both_numbers(
    tmp_path: Path, opener: type[DatabaseFile]
) -> None:
    path = old_desk(tmp_path / "desk.db", [FIRST, SECOND])
    before = path.read_bytes()
    with pytest.raises(DatabaseProblem, match=r"has version 2, this housebot knows versions up to 1"):
        opener.open(path, steps=[FIRST])
    assert path.read_bytes() == before


def test_the_shell_does_not_migrate_under_a_running_desk_but_says_how(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    with pytest.raises(DatabaseProblem, match=r"has version 1, this housebot needs version 2") as shown:
        DatabaseFile.open(path, steps=[FIRST, SECOND])
    assert "housebot db migrate" in shown.value.fix
    assert version_of(path) == 1


async def test_the_server_migrates_when_it_starts(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    database = Database.open(path, steps=[FIRST, SECOND])
    assert database.read(lambda tx: tx.value("SELECT phone FROM guests")) == ""
    await database.aclose()


def test_a_verified_copy_is_made_before_migrating(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    migrate(path, [FIRST, SECOND, THIRD])
    copy = tmp_path / "desk.db.before-1-to-3.db"
    assert version_of(copy) == 1
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT name FROM guests").fetchall() == [("anna",)]
    assert files_in(tmp_path) == ["desk.db", copy.name]


def test_no_copy_no_migration(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    content = bytearray(path.read_bytes())
    content[2 * 4096 : 2 * 4096 + 200] = b"\xa5" * 200
    path.write_bytes(content)
    with pytest.raises(DatabaseProblem, match="damaged"):
        migrate(path, [FIRST, SECOND])
    assert path.read_bytes() == content


def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    old_desk(tmp_path / "desk.db", [FIRST, SECOND])
    assert files_in(tmp_path) == ["desk.db"]


def test_two_that_migrate_at_once_take_every_step_once(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    once = Migration("once", "INSERT INTO guests (name, phone) VALUES ('boris', '');")
    gate, taken = threading.Barrier(4), []

    def start() -> None:
        gate.wait()
        taken.append(migrate(path, [FIRST, SECOND, once]))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [[], [], [], ["phones", "once"]]
    file = DatabaseFile.open(path, steps=[FIRST, SECOND, once])
    assert file.read(lambda tx: tx.value("SELECT count(*) FROM guests")) == 2
    file.close()
    assert version_of(tmp_path / "desk.db.before-1-to-3.db") == 1


def test_rebuilding_a_table_keeps_the_rows_that_point_at_it(tmp_path: Path) -> None:
    path = old_desk(tmp_path / "desk.db")
    rebuild = Migration(
        "rebuilt",
        """
        CREATE TABLE guests_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT) STRICT;
        INSERT INTO guests_new (id, name) SELECT id, name FROM guests;
        DROP TABLE guests;
        ALTER TABLE guests_new RENAME TO guests;
        """,
    )
    migrate(path, [FIRST, rebuild])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM stays JOIN guests ON guests.id = guest_id").fetchone() == (1,)


def test_a_script_is_cut_into_its_statements() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;"
    script = f"SELECT ';';-- a; comment\n{trigger}\nSELECT 3"
    assert list(statements(script)) == ["SELECT ';';", f"-- a; comment\n{trigger}", "\nSELECT 3"]


def test_the_released_schema_can_be_created_and_stands_strict(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    file = DatabaseFile.open(path, create=True)
    tables = file.read(
        lambda tx: tx.all(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
        )
    )
    file.close()
    assert tables
    assert [table["name"] for table in tables if not table["strict"]] == []
    assert version_of(path) == len(current_steps())


def test_closed_times_are_kept_when_their_table_learns_to_stop_extras(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    steps = list(current_steps())
    before = next(number for number, step in enumerate(steps) if step.name == "extras stopped for dates")
    DatabaseFile.open(path, create=True, steps=steps[:before]).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            """
            INSERT INTO blocks (id, unit, parts, start, end, reason, actor, created_at)
            VALUES (7, 'house', '["sauna"]', '2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z', 'paint', 'staff:1', '2026-11-20T00:00:00Z')
            """
        )
        connection.execute(
            """
            INSERT INTO occupancies (part_id, block_id, kind, start, end, busy_from, busy_until)
            VALUES ('sauna', 7, 'block', '2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z', '2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z')
            """
        )
    migrate(path, steps)
    file = DatabaseFile.open(path)
    row = file.read(
        lambda tx: tx.one("SELECT b.reason, b.extra FROM blocks AS b JOIN occupancies AS o ON o.block_id = b.id")
    )
    assert row is not None
    assert tuple(row) == ("paint", None)
    assert file.read(lambda tx: tx.all("PRAGMA foreign_key_check")) == []
    file.close()


def test_receipts_orders_and_refunds_are_kept_when_their_tables_learn_of_gifts(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    steps = list(current_steps())
    before = next(number for number, step in enumerate(steps) if step.name == "proposals")
    DatabaseFile.open(path, create=True, steps=steps[:before]).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            """
            INSERT INTO catalog_versions (version, document, digest, zone, from_date, created_at, actor)
            VALUES (1, '{}', 'x', 'UTC', '2026-11-01', '2026-11-01T00:00:00Z', 'test');
            INSERT INTO quotes (id, code, catalog_version, request, price, total, deposit, currency, created_at, expires_at)
            VALUES (1, 'Q1', 1, '{}', '{}', 800, 400, 'BYN', '2026-11-01T00:00:00Z', '2026-11-01T00:15:00Z');
            INSERT INTO bookings (id, code, unit, tariff, status, start, end, arrival, departure, guests, party, source, quote_id,
                catalog_version, total, deposit, currency, created_at, updated_at)
            VALUES (1, 'HB-AAAA', 'house', 'day', 'confirmed', '2026-12-05T13:00:00Z', '2026-12-06T13:00:00Z', '2026-12-05T16:00',
                '2026-12-06T16:00', 4, '{}', 'telegram', 1, 1, 800, 400, 'BYN', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z');
            INSERT INTO receipts (id, booking_id, kind, file_id, file_unique_id, digest, sent_at, received_at, state)
            VALUES (5, 1, 'photo', 'f', 'u', 'd', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', 'accepted');
            INSERT INTO payments (id, booking_id, kind, method, amount, currency, state, receipt_id, actor, created_at, updated_at)
            VALUES (9, 1, 'payment', 'bank', 400, 'BYN', 'done', 5, 'staff:1', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z');
            INSERT INTO checkouts (id, booking_id, provider, provider_id, idempotence_key, amount, currency, facts, state, verdict,
                created_at, updated_at)
            VALUES (3, 1, 'yookassa', 'p', 'k', 400, 'BYN', '{}', 'succeeded', 'capture', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z');
            INSERT INTO provider_refunds (payment_id, booking_id, provider, idempotence_key, facts, created_at, updated_at)
            VALUES (9, 1, 'yookassa', 'r', '{}', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z');
            """
        )
    migrate(path, steps)
    file = DatabaseFile.open(path)
    row = file.read(
        lambda tx: tx.one(
            """
            SELECT r.digest, r.state, r.gift_order_id, c.purpose, c.verdict, back.idempotence_key
            FROM payments AS p JOIN receipts AS r ON r.id = p.receipt_id JOIN checkouts AS c ON c.booking_id = p.booking_id
                JOIN provider_refunds AS back ON back.payment_id = p.id
            """
        )
    )
    assert row is not None
    assert tuple(row) == ("d", "accepted", None, "deposit", "capture", "r")
    assert file.read(lambda tx: tx.all("PRAGMA foreign_key_check")) == []
    file.close()
