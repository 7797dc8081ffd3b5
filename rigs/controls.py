"""Owns the proof that rigs and tests would find a fault: each guard is taken out of a copy of the code, and something must fail.

The copy is changed by a text that must occur exactly once, so a control whose guard has moved says so instead of proving nothing.
First everything that is meant to fail later must pass on the untouched copy.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPIED = ("housebot", "tests", "rigs", "pyproject.toml")
FAILED = 1  # the exit code of pytest and of the rigs alike


@dataclass(frozen=True, slots=True)
class Patch:
    """In `file`, `old` becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Control:
    """A guard, how it is taken out, and what finds that it is gone: tests by their ids, or a rig by its words."""

    guard: str
    patches: tuple[Patch, ...]
    tests: tuple[str, ...] = ()
    rig: tuple[str, ...] = ()

    @property
    def finder(self) -> str:
        return ", ".join(test.rpartition("::")[2] for test in self.tests) or f"rig: {' '.join(self.rig)}"


# The triggers were made anew by a later migration: it is the new ones that guard.
ANEW = "DROP TRIGGER occupancies_no_overlap_on_update;\nCREATE TRIGGER occupancies_no_overlap_on_insert"
INSERT = Patch(
    "housebot/storage/schema.py",
    f"{ANEW} BEFORE INSERT ON occupancies\nWHEN NEW.kind <> 'feed'",
    f"{ANEW} BEFORE INSERT ON occupancies\nWHEN NEW.kind = 'never'",
)
UPDATE = Patch(
    "housebot/storage/schema.py",
    "proposal_id, start, end, busy_from, busy_until ON occupancies\nWHEN NEW.kind <> 'feed'",
    "proposal_id, start, end, busy_from, busy_until ON occupancies\nWHEN NEW.kind = 'never'",
)
AVAILABILITY = Patch(
    "housebot/services/availability.py", "    if not taken:\n        return around\n", "    return around\n"
)
SENDING = Patch(
    "housebot/services/delivery.py",
    'if row.delivery == "once" and not await self._db.write(lambda tx: rows.mark_sending(tx, row.id)):',
    "if False:",
)
DONE_MARK = (
    Patch("housebot/bot/turn.py", "            self._mark(tx)\n", ""),
    Patch(
        "housebot/bot/turn.py",
        "        self.committed = True\n",
        "        await self._db.write(self._mark)\n        self.committed = True\n",
    ),
)
STAMPED = "updated_at = :updated_at, version = :version\n        "
SWAPPED = "WHERE id = :id AND status = :old_status AND version = :old_version"
OVERWRITTEN = "WHERE id = :id"
ALREADY_THERE = "            ON CONFLICT (bot_id, update_id) DO NOTHING\n"

ORDER_KEY = Patch("housebot/services/collecting.py", "key=order.key)", "key=__import__('uuid').uuid4().hex)")
REFUND_KEY = Patch("housebot/services/card_refunds.py", "key=refund.key)", "key=__import__('uuid').uuid4().hex)")

CONTROLS = (
    Control(
        "insert trigger",
        (INSERT,),
        tests=(
            "tests/storage/test_overlap.py::test_r6_the_schema_counts_one_cleaning_between_two_stays",
            "tests/services/test_bookings.py::test_r31_the_schema_refuses_by_itself_what_a_broken_rule_would_let_through",
        ),
    ),
    Control(
        "update trigger",
        (UPDATE,),
        tests=("tests/storage/test_overlap.py::test_r31_a_move_onto_a_taken_time_is_refused_by_the_schema",),
    ),
    Control(
        "availability check",
        (AVAILABILITY,),
        tests=(
            "tests/services/test_bookings.py::test_r13_dates_that_are_taken_are_refused_with_what_is_in_the_way_and_what_is_free",
        ),
    ),
    Control(
        "re-check on confirm",
        (
            Patch(
                "housebot/services/deciding.py",
                "        reviving.assert_still_free(tx, booking, now=now)\n",
                "        pass\n",
            ),
        ),
        tests=("tests/services/test_bookings.py::test_r33_the_recheck_stands_by_itself_and_not_on_the_schema_alone",),
    ),
    Control(
        "inbox uniqueness",
        (
            Patch(
                "housebot/storage/schema.py", "    error TEXT,\n    UNIQUE (bot_id, update_id)\n", "    error TEXT\n"
            ),
            Patch("housebot/storage/inbox.py", f":body, :received_at)\n{ALREADY_THERE}", ":body, :received_at)\n"),
            Patch("housebot/storage/inbox.py", f"'done', :received_at)\n{ALREADY_THERE}", "'done', :received_at)\n"),
        ),
        tests=("tests/integrations/test_poller.py::test_t1_the_same_update_twice_is_one",),
    ),
    Control(
        "done-mark in the same piece",
        DONE_MARK,
        tests=("tests/bot/test_dispatch.py::test_t1_a_second_run_of_a_handled_update_changes_nothing",),
    ),
    Control(
        "`sending` mark before the call",
        (SENDING,),
        tests=("tests/services/test_outbox.py::test_t2_once_is_marked_and_committed_before_the_call",),
    ),
    Control(
        "compare-and-swap on (status, version)",
        (
            Patch(
                "housebot/storage/bookings.py", f"            {STAMPED}{SWAPPED}", f"            {STAMPED}{OVERWRITTEN}"
            ),
        ),
        tests=(
            "tests/services/test_bookings.py::test_r33_a_booking_changed_between_reading_and_writing_is_not_overwritten",
        ),
    ),
    Control(
        "compare-and-swap of a move",
        (
            Patch(
                "housebot/storage/bookings.py",
                f"moves = :moves, {STAMPED}{SWAPPED}",
                f"moves = :moves, {STAMPED}{OVERWRITTEN}",
            ),
        ),
        tests=("tests/services/test_moving.py::test_r37_a_stay_changed_between_reading_and_moving_is_not_overwritten",),
    ),
    Control(
        "group-loss handling",
        (
            Patch(
                "housebot/storage/db.py",
                "            if not writer.in_transaction:\n                raise _GroupLostError from problem\n            if problem",
                "            if problem",
            ),
            # The engine's own complaint about the missing savepoint would lead to the same rescue.
            Patch(
                "housebot/storage/db.py",
                "        except sqlite3.Error as engine:\n            raise _GroupLostError from engine\n",
                "        except sqlite3.Error as engine:\n            problem = engine\n",
            ),
        ),
        tests=("tests/storage/test_group_commit.py::test_when_sqlite_loses_the_group_every_piece_runs_again_alone",),
    ),
    Control(
        "one key for all calls of an order",
        (ORDER_KEY,),
        tests=(
            "tests/services/test_checkouts.py::test_killed_between_any_two_steps_it_is_the_same_payment",
            "tests/services/test_checkouts.py::test_an_answer_lost_on_the_way_is_asked_for_again_with_the_same_key",
        ),
    ),
    Control(
        "one key for all calls of a refund",
        (REFUND_KEY,),
        tests=("tests/services/test_checkouts.py::test_a_cancelled_stay_goes_back_to_the_card_once",),
    ),
    Control(
        "one row for each payment of the provider",
        (
            Patch(
                "housebot/storage/schema.py",
                "    provider_id TEXT UNIQUE,\n    comment",
                "    provider_id TEXT,\n    comment",
            ),
            Patch(
                "housebot/services/card_money.py",
                "    if payments.by_provider_id(tx, seen.id) is not None:\n        return\n",
                "",
            ),
            Patch(
                "housebot/services/card_money.py",
                "    if not order.is_open and order.state == seen.state:\n        return None\n",
                "",
            ),
        ),
        tests=("tests/services/test_checkouts.py::test_r45_two_rounds_that_hear_the_same_write_one_row",),
    ),
    Control(
        "keys of orders and refunds, in the rush",
        (ORDER_KEY, REFUND_KEY),
        rig=("--small", "kill"),
    ),
    Control(
        "insert trigger and availability check",
        (INSERT, AVAILABILITY),
        rig=("--small", "contention"),
    ),
)


def main(*, seed: int, only: Sequence[str] = ()) -> int:
    """Print a line for each guard; 1 when one of them is missed by nobody."""
    chosen = [control for control in CONTROLS if not only or any(word in control.guard for word in only)]
    with tempfile.TemporaryDirectory(prefix="housebot-controls-") as folder:
        copy = copy_to(Path(folder, "copy"))
        complaint = baseline(copy, chosen)
        if complaint:
            print(complaint)
            return 1
        print(f"{'guard taken out':<42} {'found':<7} by")
        missed = 0
        for control in chosen:
            began = time.monotonic()
            verdict = judge(copy, control, seed=seed)
            restore(copy, control)
            missed += verdict != "found"
            print(f"{control.guard:<42} {verdict:<7} {control.finder} ({time.monotonic() - began:.0f} s)", flush=True)
    return int(missed > 0)


def baseline(copy: Path, controls: Sequence[Control]) -> str:
    """What is wrong with the untouched code, if anything: a test that fails anyway proves nothing."""
    where = run(copy, "-c", "import housebot, rigs; print(housebot.__file__, rigs.__file__)")
    if where.stdout.count(str(copy)) != 2:
        return f"the copy is not what runs: {where.stdout}{where.stderr}"
    tests = [test for control in controls for test in control.tests]
    if not tests:  # of a rig alone; without names pytest would run everything there is
        return ""
    done = pytest(copy, tests)
    return "" if done.returncode == 0 else f"on the untouched code already:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"


def judge(copy: Path, control: Control, *, seed: int) -> str:
    """`found`, `missed`, or why the control itself is broken."""
    for patch in control.patches:
        apply(copy, patch)
    if control.rig:
        done = run(copy, "-m", "rigs", "--seed", str(seed), *control.rig)
        return {0: "missed", FAILED: "found" if "FAULT" in done.stdout else "broken"}.get(done.returncode, "broken")
    done = pytest(copy, list(control.tests))
    if done.returncode == 0:
        return "missed"
    # Every named test must fail by itself, and by failing: an error at import would prove nothing.
    failed = {
        line.split(" - ")[0].split("[")[0].split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")
    }
    return "found" if done.returncode == FAILED and failed == set(control.tests) else "broken"


def apply(copy: Path, patch: Patch) -> None:
    """Raises when the guard is not where it was: the control must follow the code."""
    file = copy / patch.file
    text = file.read_text(encoding="utf-8")
    if text.count(patch.old) != 1:
        raise LookupError(f"{patch.file}: {text.count(patch.old)} times {patch.old!r}")
    file.write_text(text.replace(patch.old, patch.new), encoding="utf-8")


def restore(copy: Path, control: Control) -> None:
    """As it was, with the time it had: what was compiled of the changed file is not taken for it."""
    for patch in control.patches:
        shutil.copy2(ROOT / patch.file, copy / patch.file)


def copy_to(folder: Path) -> Path:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return folder


def pytest(copy: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    return run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-rf", "--tb=no", *tests)


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python on the copy, which stands before the installed package."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=900
    )
