"""The rigs at their small size, seeded: what `make rigs` does for half an hour, in a minute or two."""

from pathlib import Path

import pytest

from housebot.web.api.routes import all_operations
from rigs import api_session, contention, controls, fuzz, hooks_storm, kill, money_script, script_journey
from rigs.controls import CONTROLS, Control

pytestmark = pytest.mark.timeout(1800)  # a busy machine starts the desk slowly, and the rigs start it often


def test_t1_t2_twenty_kills_while_twenty_guests_fight_for_a_week_lose_and_double_nothing() -> None:
    report = kill.run(kills=20, seed=1)
    assert report.faults == []
    assert report.kills >= 20


def test_r31_many_processes_on_one_week_never_overlap_and_nobody_is_refused_what_is_free() -> None:
    report = contention.run(small=True, seed=1)
    assert report.faults == []
    assert len(report.outcomes) >= 400


def test_t8_the_journey_by_script_goes_on_where_a_killed_desk_was() -> None:
    assert script_journey.run(seed=1, restarts=2) == []


def test_r44_r45_one_stay_and_all_its_money_agree_with_the_bank_and_with_telegram_after_every_step() -> None:
    assert money_script.run() == []


def test_a1_a_session_with_curl_from_an_empty_folder_ends_as_the_shell_sees_it() -> None:
    assert api_session.run() == []


async def test_a5_a_hundred_events_copied_shuffled_and_replayed_have_one_effect_each(tmp_path: Path) -> None:
    report = await hooks_storm.storm(tmp_path, events=100, seed=1)
    assert report.faults == []
    assert report.sent > 2 * report.events >= 200


async def test_a5_of_forgeries_none_is_accepted_and_none_stored(tmp_path: Path) -> None:
    report = await hooks_storm.forgeries(tmp_path, count=400, seed=1)
    assert report.faults == []
    assert report.sent == 400
    assert set(report.answers) == {0, 400, 401, 404, 413}


def test_a2_a_thousand_requests_by_the_document_get_no_answer_that_is_not_in_it() -> None:
    report = fuzz.run(small=True, seed=1)
    assert report.faults == []
    assert report.cases >= 1_000
    assert report.operations == {f"{one.method} /api/v1{one.path}" for one in all_operations()}
    assert set(report.checks) >= {"not_a_server_error", "response_schema_conformance", "negative_data_rejection"}
    assert report.statuses["200"]
    assert report.statuses["422"]


@pytest.mark.parametrize("control", [one for one in CONTROLS if one.tests], ids=lambda control: control.guard)
def test_a_guard_that_is_taken_out_is_missed_by_a_test(tmp_path: Path, control: Control) -> None:
    copy = controls.copy_to(tmp_path / "copy")
    assert controls.judge(copy, control, seed=1) == "found"
