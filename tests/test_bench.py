"""The measures measure what they say, and do not rot: all of them run, small; how fast anything is is not judged here."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import figures, house, month, write
from bench.figures import Figure, Size, table
from housebot.domain.status import HOLDING
from housebot.services import invariants
from tests.wire import rows


@pytest.mark.parametrize("name", ["write", "hold", "month", "turnaround", "cold", "slow_sockets", "api"])
@pytest.mark.timeout(300)
def test_every_measure_runs_and_gives_ratios_that_can_be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Size, "rounds", 1)
    found = bench.MEASURES[name](Size(quick=True))
    assert any(one.target is not None for one in found)
    assert all(one.value > 0 for one in found)
    assert [one.what for one in found if "commits a booking" in one.what and not one.met] == []


def test_all_measures_are_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(bench.MEASURES) == {"write", "hold", "month", "turnaround", "cold", "slow_sockets", "api"}
    with pytest.raises(SystemExit):
        bench.main(["nonsense"])
    assert "there is no measure nonsense" in capsys.readouterr().err


def test_a_missed_target_is_said_and_ends_with_1_unless_it_was_quick(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Figure("something", 4.5, "≤", 3)
    monkeypatch.setitem(bench.MEASURES, "month", lambda _: [slow])
    assert bench.main(["month"]) == 1
    assert "MISSED" in capsys.readouterr().out
    assert bench.main(["month", "--quick"]) == 0


def test_a_figure_is_met_on_its_own_side_of_the_target() -> None:
    assert Figure("", 4, "≥", 4).met
    assert not Figure("", 3.9, "≥", 4).met
    assert Figure("", 3, "≤", 3).met
    assert not Figure("", 3.1, "≤", 3).met
    assert "met" not in table([Figure("for comparison", 3)])


def test_ways_take_turns_and_the_ratio_is_taken_within_a_round() -> None:
    order: list[str] = []

    def way(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = figures.interleaved(3, a=lambda: way("a"), b=lambda: way("b"))
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert figures.ratio([1, 100, 3], [1, 100, 1]) == 1
    assert len(taken["a"]) == len(taken["b"]) == 3


def test_the_storage_part_of_a_booking_is_what_a_hold_writes(tmp_path: Path) -> None:
    """The same rows in the same tables, value for value, but for the code and what names it."""
    sample = write.sold(tmp_path / "use-case.db")
    with closing(house.new_desk(tmp_path / "storage.db", people=1)) as db:
        db.write_now(lambda tx: write.store(tx, sample, write.drafts(sample, 1)[0]))
        assert {one.status for one in db.read(lambda tx: invariants.check(tx, house.NOW))} == {"ok"}
    theirs, ours = contents(tmp_path / "use-case.db"), contents(tmp_path / "storage.db")
    assert ours == theirs
    assert len(ours["due"]) == 3
    assert sample.booking.status in HOLDING


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        for table_name, without_rowid in tables.fetchall():
            if table_name in {"guests", "catalog_versions", "meta", "settings"}:
                continue
            in_order = "" if without_rowid else " ORDER BY rowid"  # without one they lie in the order of their key
            lines = [dict(row) for row in connection.execute(f"SELECT * FROM {table_name}{in_order}")]
            for line in lines:
                line.pop("code", None)
                for json_column in ("facts", "after", "request", "price", "party", "extras", "answers"):
                    if isinstance(text := line.get(json_column), str):
                        line[json_column] = json.loads(text)
            found[table_name] = lines
    return found


def test_the_two_desks_of_the_month_differ_in_their_stays_alone(tmp_path: Path) -> None:
    """The measured month looks the same in both; past and future lie around it; the triggers are back."""
    few, many = month.fill(tmp_path / "few.db", 1_000), month.fill(tmp_path / "many.db", 20_000)
    with closing(few), closing(many):
        assert month.computed(few).days == month.computed(many).days
        assert {day.state for day in month.computed(few).days} > {"free", "full"}
        with pytest.raises(sqlite3.IntegrityError, match="dates_taken"):
            many.write_now(
                lambda tx: tx.run(
                    """
                    INSERT INTO occupancies (part_id, block_id, kind, start, end, busy_from, busy_until)
                    SELECT part_id, block_id, kind, start, end, busy_from, busy_until FROM occupancies LIMIT 1
                    """
                )
            )
    assert rows(tmp_path / "many.db", "SELECT COUNT(*) FROM occupancies") == [(20_000,)]
    before, after = rows(
        tmp_path / "many.db", "SELECT SUM(start < '2026-12-01'), SUM(start > '2027-01-01') FROM occupancies"
    )[0]
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert before > after > 1_000
