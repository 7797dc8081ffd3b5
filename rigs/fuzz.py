"""Fuzzes the API of a real `housebot run` by its own document: schemathesis with all checks, and a key of each reach.

No 5xx, no answer that is not documented, no wrong value accepted and no right one refused but by a rule of the house.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from housebot.services import keys
from housebot.services.ports import SYSTEM
from housebot.storage.file import DatabaseFile, Tx
from rigs import venvs
from rigs.processes import PATIENCE, TOKEN, address_of, init, process

SCHEMATHESIS = "schemathesis==4.32.5"
# Every check is on. What a right value may be answered: a rule of the house (dates taken, too soon, an unknown unit) is no
# fault of the value, and 404, 409, 412 and 304 are about what there is. 429 is the brake on guessing codes (R49), nothing else.
# The catalog alone is asked for its If-Match before its document is read: 428 without one, 412 for another.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "304", "403", "404", "409", "412", "422", "429"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "422"]

[[operations]]
include-name = "PUT /api/v1/catalog"

[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "403", "404", "409", "412", "422", "428"]
negative_data_rejection.expected-statuses = ["400", "403", "404", "405", "409", "412", "422", "428"]
"""
# Cases of one operation by generation at most, full and small; the widest key alone is tried with every edge of every schema.
EXAMPLES = {"admin": (110, 4), "book": (12, 2), "read": (12, 2)}
PHASES = {"admin": "examples,coverage,fuzzing", "book": "examples,fuzzing", "read": "examples,fuzzing"}


# What is slowed down is not tried: the limits have tests of their own, and here 429 would hide every other answer.
_RATES = ("RATE_PER_MINUTE", "RATE_PER_ADDRESS", "WRONG_KEYS_PER_MINUTE", "RATE_OVERALL")
UNLIMITED = {f"HOUSEBOT_WEB__{name}": "0" for name in _RATES}
MOST_SLOWED = 0.01  # of all answers: the brake on guessing codes
MOST_SHOWN = 20


@dataclass(slots=True)
class Report:
    """What was tried and what was found."""

    cases: int = 0
    operations: set[str] = field(default_factory=set)
    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [
            f"{self.cases:>9}  cases on {len(self.operations)} operations, {sum(self.checks.values())} checks, {len(self.faults)} faults",
            "           " + ", ".join(f"{number} × {status}" for status, number in sorted(self.statuses.items())),
            *(f"{number:>9}  {name}" for name, number in sorted(self.checks.items())),
            *(f"  FAULT: {fault}" for fault in self.faults[:MOST_SHOWN]),
        ]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of schemathesis: which Python has it, whose key it shows."""

    python: Path
    folder: Path
    port: int
    key: str = field(repr=False)
    scope: str


def main(*, small: bool, seed: int) -> int:
    report = run(small=small, seed=seed)
    print("\n".join(report.lines()))
    return int(bool(report.faults) or report.cases < (1_000 if small else 10_000))


def run(*, small: bool, seed: int) -> Report:
    """All keys, one desk."""
    python = venvs.python_with("fuzz", SCHEMATHESIS)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(python, Path(folder), small=small, seed=seed))


async def _run(python: Path, folder: Path, *, small: bool, seed: int) -> Report:
    simulator = await process("-m", "housebot.simulator", "--port", "0", "--token", TOKEN)
    report = Report()
    try:
        await init(folder, await address_of(simulator))
        made = _keys(folder / "housebot.db")
        port, log = _free_port(), folder / "desk.log"
        with log.open("wb") as told:
            desk = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "housebot", "--config", str(folder / "config.toml"), "run"),
                env={**os.environ, "HOUSEBOT_WEB__PORT": str(port), **UNLIMITED},
                stdout=told,
                stderr=told,
            )
        try:
            await _answers(port)
            for scope, (many, few) in EXAMPLES.items():
                settings = Run(python, folder, port, made[scope], scope)
                await _fuzz(settings, examples=few if small else many, seed=seed, report=report)
            if desk.returncode is not None:
                report.faults.append(f"the desk has ended with {desk.returncode}")
        finally:
            with suppress(ProcessLookupError):
                desk.terminate()
            await desk.wait()
        if report.statuses["429"] > MOST_SLOWED * report.cases:
            report.faults.append(f"{report.statuses['429']} answers are 429: they hide what else would be said")
        said = log.read_text(encoding="utf-8").splitlines()
        report.faults += [f"the log: {line}" for line in said if "Traceback" in line or " ERROR " in line]
    finally:
        simulator.terminate()
        await simulator.wait()
    return report


def _keys(file: Path) -> dict[str, str]:
    """A key of each scope; none of them is slowed down."""
    now = datetime.now(UTC)
    db = DatabaseFile.open(file)
    with closing(db):
        return {scope: db.write_now(partial(_add, scope, now))[1] for scope in EXAMPLES}


def _add(scope: str, now: datetime, tx: Tx) -> tuple[keys.Key, str]:
    return keys.add(tx, name=scope, scopes=[scope], per_minute=0, actor=SYSTEM, now=now)


async def _fuzz(settings: Run, *, examples: int, seed: int, report: Report) -> None:
    found, config = settings.folder / "found.ndjson", settings.folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    command = [
        *(str(settings.python.with_name("schemathesis")), "--config-file", str(config), "run"),
        *(f"http://127.0.0.1:{settings.port}/openapi.json", "--header", f"X-API-Key:{settings.key}"),
        *("--checks", "all", "--phases", PHASES[settings.scope], "--mode", "all", "--max-examples", str(examples)),
        *("--seed", str(seed), "--continue-on-failure", "--no-shrink", "--request-timeout", "60"),
        *("--report", "ndjson", "--report-ndjson-path", str(found), "--warnings", "off", "--no-color"),
    ]
    running = await asyncio.create_subprocess_exec(
        *command, cwd=settings.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = (await running.communicate())[0].decode()
    if not found.exists():
        raise RuntimeError(said)
    count(found, settings.scope, report)
    if running.returncode and not report.faults:
        report.faults.append(f"schemathesis ends with {running.returncode} for {settings.scope}: {said[-4000:]}")


def count(found: Path, scope: str, report: Report) -> None:
    """Add what was written down there, one event a line."""
    with found.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith('{"ScenarioFinished"'):
                continue
            recorder = json.loads(line)["ScenarioFinished"]["recorder"]
            report.cases += len(recorder.get("interactions", {}))
            report.operations.add(recorder["label"])
            for case, checks in recorder.get("checks", {}).items():
                answer = (recorder.get("interactions", {}).get(case) or {}).get("response") or {}
                report.statuses[str(answer.get("status_code", "none"))] += 1
                for check in checks:
                    report.checks[check["name"]] += 1
                    if check["status"] != "success":
                        report.faults.append(_said(recorder, case, check, scope))


def _said(recorder: dict[str, Any], case: str, check: dict[str, Any], scope: str) -> str:
    value = recorder["cases"][case]["value"]
    asked = {name: value.get(name) for name in ("path_parameters", "query", "headers", "body") if value.get(name)}
    failure = json.dumps(check.get("failure_info") or check, ensure_ascii=False)[:700]
    return (
        f"{recorder['label']} with {scope}: {check['name']}: {failure} :: {json.dumps(asked, ensure_ascii=False)[:900]}"
    )


async def _answers(port: int) -> None:
    """Once the document is there: schemathesis waits for it ten seconds only, and a desk that opens on a busy machine takes longer."""
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as client:
        while True:
            try:
                async with client.get(f"http://127.0.0.1:{port}/openapi.json") as answer:
                    await answer.read()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
                continue
            return


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port
