"""The arrows of the architecture: each contract of pyproject.toml holds, and each is proven by a violation put in on purpose."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# contract -> (a module of the package, an import that must not stand there)
VIOLATIONS = {
    "Each layer stands on those below it; bot, web, integrations and scheduler do not know each other": [
        ("storage/bookings.py", "housebot.services"),
        ("services/bookings.py", "housebot.app"),
        ("bot/calendar.py", "housebot.web"),
        ("web/server.py", "housebot.bot"),
        ("bot/dispatch.py", "housebot.integrations"),
        ("scheduler.py", "housebot.integrations"),
        ("errors.py", "housebot.domain"),
    ],
    "The domain knows the domain and errors alone": [
        ("domain/stay.py", "housebot.words"),
        ("domain/money.py", "pydantic"),
    ],
    "Services do not read the settings": [("services/guests.py", "housebot.config")],
    "Bot, web, scheduler and integrations reach the database through services": [
        ("bot/turn.py", "housebot.storage.file"),
        ("web/health.py", "housebot.storage"),
        ("integrations/telegram/poller.py", "housebot.storage.inbox"),
    ],
    "sqlite3 and aiosqlite are storage's": [("services/quotes.py", "sqlite3"), ("cli/outbox.py", "aiosqlite")],
    "sqlite_utils is for migrations and `housebot db`": [("storage/guests.py", "sqlite_utils")],
    "aiogram is for the bot, the Telegram provider and the composition root": [("services/inbox.py", "aiogram")],
    "Nothing imports the shell": [("desk.py", "housebot.cli")],
    "The shell stands on the desk; run, demo and doctor alone start the app": [("cli/bookings.py", "housebot.app")],
    "The simulator knows nothing of the rest": [("simulator/server.py", "housebot.errors")],
    "Only the demo knows the simulator": [
        ("bot/renderer.py", "housebot.simulator"),
        ("cli/run.py", "housebot.simulator.server"),
    ],
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Judge the package that stands in this folder."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def violated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a copy of the package into which every violation has been put."""
    folder = tmp_path_factory.mktemp("violated")
    shutil.copytree(ROOT / "housebot", folder / "housebot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for module, imported in (violation for violations in VIOLATIONS.values() for violation in violations):
        file = folder / "housebot" / module
        file.write_text(file.read_text(encoding="utf-8") + f"\nimport {imported}\n", encoding="utf-8")
    report = lint(folder)
    assert report.returncode == 1, report.stdout + report.stderr
    return report.stdout


def test_every_contract_is_kept() -> None:
    report = lint(ROOT)
    assert report.returncode == 0, report.stdout


def test_every_contract_has_a_violation() -> None:
    names = re.findall(
        r'^name = "(.+)"$',
        (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.importlinter]")[1],
        re.MULTILINE,
    )
    assert set(names) == set(VIOLATIONS)


@pytest.mark.parametrize("contract", VIOLATIONS, ids=lambda name: name.split(";")[0][:40])
def test_a_violation_breaks_its_contract(violated: str, contract: str) -> None:
    details = violated.split("Broken contracts", 1)[1].split(contract + "\n", 1)[1]
    for module, imported in VIOLATIONS[contract]:
        importer = "housebot." + module.removesuffix(".py").replace("/", ".")
        target = imported if imported.startswith("housebot") else imported.split(".", maxsplit=1)[0]
        assert re.search(rf"{re.escape(importer)} -> {re.escape(target)}\b", details), (
            f"{importer} -> {target} was not noticed"
        )
