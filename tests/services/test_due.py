"""Due work: claimed once in the piece of its effect, late once or skipped by kind, and one that fails stops nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from housebot.errors import Refusal
from housebot.services import due
from housebot.services.due import Due, Kind
from housebot.services.ports import Tx
from housebot.storage.file import DatabaseFile
from tests.desk import OPENED, AsyncDatabase


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


class Journal:
    """Kinds of work that write down what they did, into the database itself."""

    def __init__(self, **useful: timedelta | None) -> None:
        self.kinds = {name: Kind(self.note, length) for name, length in useful.items()}

    def note(self, tx: Tx, row: Due, now: datetime) -> None:
        tx.run("INSERT INTO meta (key, value) VALUES (:key, 'done')", key=f"{row.kind} {row.subject} {now:%H:%M}")


def plan(file: DatabaseFile, kind: str, subject: str, at: datetime) -> None:
    file.write_now(lambda tx: due.plan(tx, kind, subject, at, now=OPENED))


def written(file: DatabaseFile) -> list[str]:
    return [row["key"] for row in file.read(lambda tx: tx.all("SELECT key FROM meta ORDER BY rowid"))]


async def run(file: DatabaseFile, kinds: dict[str, Kind], now: datetime) -> int:
    return await due.run_due(AsyncDatabase(file), now=now, kinds=kinds)


async def test_work_is_done_at_its_time_and_once(file: DatabaseFile) -> None:
    journal = Journal(ring=None)
    plan(file, "ring", "booking:1", OPENED + timedelta(minutes=5))
    assert await run(file, journal.kinds, OPENED) == 0
    assert await run(file, journal.kinds, OPENED + timedelta(minutes=5)) == 1
    assert await run(file, journal.kinds, OPENED + timedelta(minutes=6)) == 0
    assert written(file) == ["ring booking:1 12:05"]


async def test_two_who_read_the_same_row_do_it_once(file: DatabaseFile) -> None:
    journal = Journal(ring=None)
    plan(file, "ring", "booking:1", OPENED)
    row = file.read(due.waiting)[0]
    done = [file.write_now(lambda tx: due._do(tx, row, journal.kinds, OPENED)) for _ in range(2)]
    assert done == [1, 0]
    assert len(written(file)) == 1


async def test_a_row_that_was_moved_meanwhile_is_not_done_at_its_old_time(file: DatabaseFile) -> None:
    journal = Journal(ring=None)
    plan(file, "ring", "booking:1", OPENED)
    row = file.read(due.waiting)[0]
    plan(file, "ring", "booking:1", OPENED + timedelta(hours=1))
    assert file.write_now(lambda tx: due._do(tx, row, journal.kinds, OPENED)) == 0
    assert await run(file, journal.kinds, OPENED + timedelta(hours=1)) == 1


async def test_planning_the_same_again_moves_it_and_never_doubles_it(file: DatabaseFile) -> None:
    for minutes in (5, 10, 15):
        plan(file, "ring", "booking:1", OPENED + timedelta(minutes=minutes))
    assert [row.due_at for row in file.read(due.waiting)] == [OPENED + timedelta(minutes=15)]


async def test_after_a_downtime_work_is_late_once_or_skipped_by_kind(file: DatabaseFile) -> None:
    journal = Journal(expire=None, ring=timedelta(hours=1))
    plan(file, "expire", "booking:1", OPENED)
    plan(file, "ring", "booking:1", OPENED)
    assert await run(file, journal.kinds, OPENED + timedelta(hours=5)) == 2
    assert written(file) == ["expire booking:1 17:00"]
    skipped = file.read(lambda tx: due.find(tx, "ring", "booking:1"))
    assert skipped is not None
    assert skipped.outcome == "too late to be of use"


async def test_what_fails_is_tried_again_and_stops_nobody(file: DatabaseFile) -> None:
    journal = Journal(ring=None)
    broken = [True]

    def sometimes(tx: Tx, row: Due, now: datetime) -> None:
        journal.note(tx, row, now)
        if broken[0]:
            raise ValueError("a bug")

    kinds = journal.kinds | {"broken": Kind(sometimes)}
    plan(file, "broken", "booking:1", OPENED)
    plan(file, "ring", "booking:2", OPENED)
    assert await run(file, kinds, OPENED) == 1
    assert written(file) == ["ring booking:2 12:00"]
    broken[0] = False
    assert await run(file, kinds, OPENED + timedelta(minutes=5)) == 1
    assert written(file) == ["ring booking:2 12:00", "broken booking:1 12:05"]


async def test_when_the_database_is_away_the_work_waits_for_it(file: DatabaseFile) -> None:
    def away(tx: Tx, row: Due, now: datetime) -> None:
        raise Refusal("temporarily_unavailable", reason="busy")

    plan(file, "ring", "booking:1", OPENED)
    with pytest.raises(Refusal, match="temporarily_unavailable"):
        await run(file, {"ring": Kind(away)}, OPENED)
    assert [row.due_at for row in file.read(due.waiting)] == [OPENED]


async def test_more_than_a_batch_is_done_to_the_end(file: DatabaseFile) -> None:
    journal = Journal(ring=None)
    for number in range(due.BATCH + 50):
        plan(file, "ring", f"booking:{number}", OPENED)
    assert await run(file, journal.kinds, OPENED) == due.BATCH + 50
    assert file.read(due.waiting) == []


async def test_a_kind_nobody_knows_any_more_is_set_aside(file: DatabaseFile) -> None:
    plan(file, "old.kind", "booking:1", OPENED)
    assert await run(file, {}, OPENED) == 1
    row = file.read(lambda tx: due.find(tx, "old.kind", "booking:1"))
    assert row is not None
    assert row.outcome == "unknown kind"
