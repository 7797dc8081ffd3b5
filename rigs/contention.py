"""Owns the fight of many processes for one week (R31, R34): nothing overlaps, and nobody is refused what was free.

Six processes loop on the use cases, two drive the bot of a running desk through the simulator, and real `housebot bookings
create` commands come in between; the clock jumps meanwhile, so that holds lapse and are taken over. A house and two of its rooms
are sold, so that requests share some parts and not others. That this rig would find a race is shown by `controls`.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from housebot.errors import Refusal
from housebot.services import bookings
from housebot.services.ports import Actor
from housebot.simulator.server import Simulator
from housebot.storage.file import DatabaseFile
from housebot.storage.tx import Tx
from rigs import truth
from rigs.contender import asked, of_words, unfounded, wish, words
from rigs.place import TOKEN, Place, prepare

PROCESSES, VISITORS = 6, 2
JUMP = timedelta(hours=3)  # longer than a hold lasts
OWNER = Actor("staff", 1, "Анна", "telegram", "owner")


@dataclass
class Report:
    """What was seen; `faults` must stay empty."""

    outcomes: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        counted = Counter(_name(one) for one in self.outcomes)
        figures = {"attempts": len(self.outcomes)} | dict(counted.most_common()) | self.figures
        return [f"{number:>7}  {name}" for name, number in figures.items()]


def _name(seen: dict[str, Any]) -> str:
    if "by bot" in seen:
        return f"by bot: {seen['by bot']}"
    return str(seen.get("refused", "held")) + (" (shell)" if "by shell" in seen else "")


async def fight(folder: Path, *, attempts: int, shells: int, visits: int, seed: int) -> Report:
    """Run the whole rig in an empty folder: so many attempts in all, among them shells and visits of the bot."""
    report = Report()
    simulator = Simulator(tokens=[TOKEN])
    await simulator.start()
    try:
        place = prepare(folder, simulator.url, rooms=True)
        async with _desk(place, report):
            await _crowd(place, simulator.url, report, attempts=attempts, shells=shells, visits=visits, seed=seed)
    finally:
        await simulator.stop()
    _judge(place, report)
    _retry(place, report)
    return report


@asynccontextmanager
async def _desk(place: Place, report: Report) -> AsyncIterator[None]:
    """The running desk beside everybody else: bot, due work and checkpoints."""
    process = await _started(sys.executable, "-m", "rigs.served", str(place.folder))
    assert process.stdout is not None
    if await process.stdout.readline() != b"ready\n":
        raise RuntimeError((await process.communicate())[1].decode())
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await _ended(process, "the desk", report)


async def _crowd(place: Place, url: str, report: Report, *, attempts: int, shells: int, visits: int, seed: int) -> None:
    each = -(-(attempts - shells - visits) // PROCESSES)
    async with asyncio.TaskGroup() as crowd:
        for number in range(PROCESSES):
            line: tuple[str, ...] = ("rigs.contender", str(place.folder), str(seed * 100 + number), str(each))
            crowd.create_task(_listen(line, report))
        for number in range(VISITORS if visits else 0):
            line = ("rigs.visitor", url, str(place.folder), str(seed * 100 + number), str(visits // VISITORS))
            crowd.create_task(_listen(line, report))
        crowd.create_task(_shells(place, report, count=shells, seed=seed))
        crowd.create_task(_jumps(place, report, attempts=attempts))


async def _listen(line: tuple[str, ...], report: Report) -> None:
    """One process that says a JSON object for each attempt."""
    process = await _started(sys.executable, "-m", *line)
    assert process.stdout is not None
    async for said in process.stdout:
        seen = json.loads(said)
        if "trouble" in seen:
            report.faults.append(f"{line[0]} {line[-2]}: {seen['trouble']}")
        if "wish" in seen:
            report.outcomes.append(seen)
    await _ended(process, f"{line[0]} {line[-2]}", report)


async def _jumps(place: Place, report: Report, *, attempts: int) -> None:
    """Twice in the first half everybody's holds run out at once."""
    for share in (0.2, 0.45):
        while len(report.outcomes) < attempts * share:  # noqa: ASYNC110  they come from other processes
            await asyncio.sleep(0.05)
        place.clock.move(JUMP)


async def _shells(place: Place, report: Report, *, count: int, seed: int) -> None:
    """The real command, one after another, each a process of its own."""
    chance = random.Random(seed)
    for number in range(count):
        request = wish(chance)
        unit, tariff, since, until = words(request)
        began = place.clock.now()
        process = await _started(
            *place.command("bookings", "create", "--from", since, "--to", until, "--tariff", tariff, "--unit", unit),
            *("--guests", "2", "--contact", f"+37529{2000000 + number}"),
        )
        out, err = await process.communicate()
        seen: dict[str, Any] = {"wish": words(request), "by shell": number}
        if process.returncode == 0:
            seen |= {"held": json.loads(out)["id"]}
        elif process.returncode == 1:
            seen |= _answered(place, json.loads(err)["error"], asked(request), since=began)
        else:
            report.faults.append(f"shell {number}: exit {process.returncode}: {err.decode()}")
        _no_lock_shown(err.decode(), f"shell {number}", report)
        report.outcomes.append(seen)


def _answered(place: Place, error: dict[str, Any], mine: truth.Stay, *, since: datetime) -> dict[str, Any]:
    """A refusal from another process: whom it blames must be among the stays that were there while the command ran."""
    if error["code"] != "dates_taken":
        return {"refused": error["code"], "facts": str(error["details"])}
    there = truth.there_since(place.database, mine, since=since)
    return {"refused": "dates_taken", "by": [one.id for one in there], "unfounded": unfounded(error["details"], there)}


def _judge(place: Place, report: Report) -> None:
    """What must be true of the file and of every answer."""
    for one, other in truth.overlaps(truth.known_stays(place.database)):
        report.faults.append(f"{one.code} and {other.code} are in the same place at the same time")
    for seen in report.outcomes:
        report.faults += _untrue(seen)
    report.faults += _untrue_in_chats(place)
    exit_code, findings, err = place.shell("db", "check")
    if exit_code:
        report.faults.append(f"db check: {[one for one in findings or [] if one['status'] == 'fail']} {err}")
    made = [seen["held"] for seen in report.outcomes if "held" in seen]
    stored = {row["id"] for row in truth.rows(place.database, "SELECT id FROM bookings")}
    if len(set(made)) != len(made) or set(made) - stored:
        report.faults.append("a booking was promised twice or never stored")
    if report.faults:
        return
    counted = Counter(_name(one) for one in report.outcomes)
    if min(counted["held"], counted["dates_taken"]) < PROCESSES:
        report.faults.append("vacuous: there was no fight")


def _untrue(seen: dict[str, Any]) -> list[str]:
    """What one answer said that was not so at that moment."""
    if seen.get("over"):
        return [f"booking {seen['held']} was made over {seen['over']}"]
    if seen.get("refused") in {None, "already_taken"}:
        return []
    if seen["refused"] != "dates_taken":
        return [f"{seen['wish']}: {seen['refused']} {seen.get('facts', '')}"]
    if not seen["by"]:
        return [f"{seen['wish']} was refused and nobody stood in its way"]
    if seen.get("unfounded"):
        return [f"{seen['wish']} was refused for {seen['unfounded']}, in its way stood {seen['by']}"]
    return []


def _untrue_in_chats(place: Place) -> list[str]:
    """What the bot told as taken, to the second: somebody must have stood there then."""
    told = truth.rows(
        place.database,
        "SELECT created_at, json_extract(facts, '$.notice') AS notice FROM outbox WHERE kind = 'screen.refused'",
    )
    untrue = []
    for row in told:
        notice = json.loads(row["notice"] or "{}")
        if notice.get("refusal") != "dates_taken":
            continue
        facts, moment = notice["facts"], datetime.fromisoformat(row["created_at"])
        start, end = (datetime.fromisoformat(facts[name]) for name in ("start", "end"))
        before, after = (timedelta(minutes=minutes) for minutes in truth.BUFFERS[facts["unit"]])
        mine = truth.Stay(0, "", facts["unit"], "held", start, end, before, after, None, False)
        if not truth.there_since(place.database, mine, since=moment):
            untrue.append(f"the bot said {start} in {facts['unit']} is taken, and nobody was there")
    return untrue


class _Fits(Exception):  # noqa: N818  carries the news out of a transaction that is rolled back
    pass


def _retry(place: Place, report: Report) -> None:
    """Nobody was refused for nothing: what was refused is refused still, unless whoever stood in the way has gone since."""
    blockers: dict[tuple[str, ...], list[set[int]]] = {}
    for seen in report.outcomes:
        if seen.get("refused") == "dates_taken":
            blockers.setdefault(tuple(seen["wish"]), []).append(set(seen["by"]))
    now = place.clock.now()
    standing = {one.id for one in truth.known_stays(place.database) if one.alive(now)}
    still, freed = 0, 0
    file = DatabaseFile.open(place.database)
    for said, times in blockers.items():
        if not _fits(file, list(said), now):
            still += 1
            continue
        freed += 1
        if any(blocked & standing for blocked in times):
            report.faults.append(f"{said} was refused, and would fit although nobody has left")
    file.close()
    report.figures |= {"distinct wishes refused still": still, "distinct wishes free since: their holder left": freed}
    if not still:
        report.faults.append("vacuous: at the end the week is empty")


def _fits(file: DatabaseFile, said: list[str], now: datetime) -> bool:
    def tried(tx: Tx) -> None:
        request = of_words(said)
        bookings.hold(tx, request, guest_id=None, contact="+375291112233", source="phone", actor=OWNER, now=now)
        raise _Fits

    try:
        file.write_now(tried)
    except _Fits:
        return True
    except Refusal as refusal:
        if refusal.code != "dates_taken":
            raise
    return False


async def _started(*line: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)


async def _ended(process: asyncio.subprocess.Process, name: str, report: Report) -> None:
    _, err = await process.communicate()
    if process.returncode:
        report.faults.append(f"{name}: exit {process.returncode}: {err.decode()[-2000:]}")
    _no_lock_shown(err.decode(), name, report)


def _no_lock_shown(text: str, name: str, report: Report) -> None:
    if "locked" in text:
        report.faults.append(f"{name} was shown a lock: {text[-500:]}")


def run(*, small: bool, seed: int) -> Report:
    """The rig at its full or small size, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="housebot-rig-") as folder:
        size = (
            {"attempts": 400, "shells": 4, "visits": 20} if small else {"attempts": 4000, "shells": 20, "visits": 180}
        )
        return asyncio.run(fight(Path(folder), **size, seed=seed))


def main(*, small: bool, seed: int) -> int:
    report = run(small=small, seed=seed)
    print("\n".join(report.lines()))
    for fault in report.faults[:20]:
        print(f"FAULT  {fault}")
    return int(bool(report.faults))
