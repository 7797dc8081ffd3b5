"""Owns the kill rig (T1, T2, R31–R36, R45, R48): twenty guests fight for one week, and the desk is killed with -9 again and again.

The simulator and the bank live here, the desk is a process of its own. Guests type wishes, press through offers to a hold, send
receipts, pay by card, let go or forget; two owners confirm and decline on their cards; a clerk sells and redeems gifts by the
shell; the clock jumps, so that holds run out; Telegram and the bank misbehave. After each kill and at the end `judging` holds the
file, the chats and the bank's books against each other. What is confirmed is cancelled again by the rig itself with everything
sent back, straight on the file as the shell does, or the week would soon be full.
"""

import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from housebot.errors import Refusal
from housebot.services import bookings, late_money
from housebot.services.ports import Actor
from housebot.simulator.server import Simulator
from housebot.storage.file import DatabaseFile
from housebot.storage.tx import Tx
from rigs import truth
from rigs.bank import Bank
from rigs.clerk import Clerk
from rigs.judging import Judge
from rigs.people import PATIENCE, Guest, Notebook, Owner
from rigs.place import OPENED, OWNER_ID, SECOND_OWNER_ID, TOKEN, Place, prepare
from rigs.visitor import NearClient

GUESTS = 20
BOOKINGS_A_KILL = 5
LEAST_BUSY = 0.25  # of the kills must hit work in flight
MOST_CONFIRMED = 2  # stand at a time; the oldest is cancelled to make room
EARLY = 10  # one life of so many ends at any instant from the first, starting up included
OUTAGE = 20  # one life of so many sees Telegram away, and ends before it is back
LONGEST_LIFE = 120.0
MOST_LIVES = 2  # times those asked for, while something is missed
JUMP = timedelta(minutes=130)  # longer than a hold lasts
SETTLING, SETTLES_IN = 4, 60.0  # jumps of the clock at the end, and seconds after each
NEEDED = (
    "payments seen by owners",
    "receipts",
    "`once` rows",
    "payments by card",
    "refunds by card",
    "payments by gift",
    "returns to gifts",
    "payments nobody told the desk of",
)
PROGRESS = 10  # kills between two words about it
MOST_TROUBLES = 3  # wait at a time
RIG = Actor("shell", None, "rig", "shell", "owner")
TROUBLES: tuple[dict[str, object], ...] = (
    {"kind": "429", "method": "sendMessage", "times": 2, "retry_after": 1},
    {"kind": "lose_reply", "method": "sendMessage", "times": 1},
    {"kind": "lose_reply", "method": "editMessageText", "times": 1},
    {"kind": "lose_reply", "method": "getUpdates", "times": 1},
    {"kind": "502", "method": "getUpdates", "times": 2},
    {"kind": "502", "method": "sendMessage", "times": 2},
    {"kind": "timeout", "method": "sendMessage", "times": 1},
    {"kind": "timeout", "method": "answerCallbackQuery", "times": 1},
    {"kind": "drop_connection", "times": 2},
)


@dataclass
class Report:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    busy: int = 0  # kills with work in flight
    early: int = 0  # kills before the desk was open
    outages: int = 0
    notebook: Notebook = field(default_factory=Notebook)
    faults: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    def fault(self, text: str) -> None:
        if text not in self.faults:
            self.faults.append(text)
            print(f"FAULT  {text}", flush=True)

    def lines(self) -> list[str]:
        named = {
            "kills": self.kills,
            "  with work in flight": self.busy,
            "  before the desk was open": self.early,
            "  with a long outage of Telegram": self.outages,
        }
        visits = {f"  visits: {name}": count for name, count in self.notebook.visits.most_common()}
        return [f"{count:>8}  {name}" for name, count in (named | visits | dict(self.figures)).items()]


class KillRig:
    """One run in one folder."""

    def __init__(self, folder: Path, *, kills: int, seed: int) -> None:
        self.report = Report()
        self.kills = kills
        self.chance = random.Random(seed)
        self.simulator = Simulator(tokens=[TOKEN])
        self.bank = Bank(self._another_chance())
        self.place = Place(folder)
        self._guests: list[Guest] = []
        self._opened = asyncio.Event()  # set while a desk is open to people

    async def run(self) -> Report:
        await self.simulator.start()
        await self.bank.open()
        self.place = prepare(self.place.folder, self.simulator.url, cards=self.bank.shop.url)
        self.bank.listens_at(self.place)
        self.simulator.clock.set(OPENED)
        self.judge = Judge(self.place, self.simulator, self.bank, self.report.notebook, fault=self.report.fault)
        self.clerk = Clerk(self.place, self._another_chance())
        guests_stop, stopped = asyncio.Event(), asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                owners = await self._people()
                living = [tasks.create_task(one.live(guests_stop)) for one in self._guests]
                others = [tasks.create_task(one.live(stopped)) for one in owners]
                beside = self._trouble, self._housekeeping, self.bank.trouble, self.clerk.work
                others += [tasks.create_task(work(stopped)) for work in beside]
                await self._lives()
                guests_stop.set()
                await self._rest(living, others, stopped)
            self.judge.at_the_end(self._guests, self.clerk)
            for counted in (self.judge, self.bank, self.clerk):
                self.report.figures |= counted.figures
            for missed in self._missed():
                self.report.fault(f"vacuous: {missed}")
        finally:
            await self.bank.close()
            await self.simulator.stop()
        return self.report

    async def _people(self) -> list[Owner]:
        sim, notebook = NearClient(self.simulator), self.report.notebook
        owners: list[Owner] = []
        for number, owner in enumerate((OWNER_ID, SECOND_OWNER_ID)):
            known = await sim.user(f"Owner {number}", id=owner, language_code="ru")
            await known.start()
            owners.append(Owner(known, notebook, self._another_chance(), declines=0.3 * (number == 0)))
        for number in range(GUESTS):
            person = await sim.user(f"Guest {number}", language_code="ru", phone=f"+37529{2_000_000 + number}")
            notebook.started[person.id] += 1
            await person.start()
            self._guests.append(Guest(person, notebook, self._another_chance(), bank=self.bank))
        return owners

    def _another_chance(self) -> random.Random:
        return random.Random(self.chance.random())

    def _made(self) -> int:
        """How many bookings guests have made."""
        return int(truth.rows(self.place.database, "SELECT count(*) AS n FROM bookings WHERE guest_id > 0")[0]["n"])

    # The lives of the desk.

    async def _lives(self) -> None:
        """As many as were asked for, then more until there was everything without which they would prove little."""
        for number in range(MOST_LIVES * self.kills):
            if number >= self.kills and not self._missed():
                return
            await self._life(number)

    def _missed(self) -> list[str]:
        """What has not yet happened, or too seldom."""
        report, made, seen = self.report, self._made(), self.judge.seen() | self.bank.figures
        missed = [f"no {name}" for name in NEEDED if not seen.get(name)]
        if made < BOOKINGS_A_KILL * self.kills:
            missed.append(f"{made} bookings for {report.kills} kills")
        if report.busy < LEAST_BUSY * report.kills:
            missed.append(f"{report.busy} of {report.kills} kills hit work in flight")
        return missed

    async def _life(self, number: int) -> None:
        desk = await self._started()
        try:
            if number % EARLY == EARLY // 2:
                await asyncio.sleep(self.chance.uniform(0.0, 3.0))
                self.report.early += 1
            else:
                await self._open(desk)
                if number % 3 == 1:
                    self._jump()
                await self._worked(number + 1)
                if number % OUTAGE == OUTAGE // 2:
                    await self._outage()
                await asyncio.sleep(self.chance.uniform(0.0, 0.7))
        finally:
            self._opened.clear()
            with suppress(ProcessLookupError):
                desk.send_signal(signal.SIGKILL)
            _, errors = await desk.communicate()
        self._after_a_kill(desk.returncode, errors.decode())
        if (number + 1) % PROGRESS == 0:
            busy, paid = self.report.busy, self.bank.figures["paid by card"]
            print(
                f"   {number + 1} kills, {busy} with work in flight, {self._made()} bookings, {paid} cards", flush=True
            )

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rigs.served", str(self.place.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _open(self, desk: asyncio.subprocess.Process) -> None:
        assert desk.stdout is not None
        began = time.monotonic()
        async with asyncio.timeout(300):
            if await desk.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the desk did not start: {(await desk.communicate())[1].decode()[-3000:]}")
        self._opened.set()
        took = round(time.monotonic() - began)
        self.report.figures["seconds the slowest opening took"] = max(
            took, self.report.figures["seconds the slowest opening took"]
        )

    async def _worked(self, lives: int) -> None:
        """Until there are as many bookings as so many lives owe."""
        deadline = time.monotonic() + LONGEST_LIFE
        while self._made() < BOOKINGS_A_KILL * lives:
            if time.monotonic() > deadline:
                return  # too few in all is a fault at the end
            await asyncio.sleep(0.03)

    def _jump(self) -> None:
        """While the desk is there: time that passes without it is given back to the holds."""
        self.place.clock.move(JUMP)
        self.simulator.clock.set(self.place.clock.now())

    async def _outage(self) -> None:
        self.report.outages += 1
        self.simulator.control.down(seconds=6)
        await asyncio.sleep(4)

    def _after_a_kill(self, code: int | None, errors: str) -> None:
        self.report.kills += 1
        if code != -signal.SIGKILL:
            self.report.fault(f"the desk ended by itself with {code}: {errors[-2000:]}")
        if "Traceback" in errors:
            self.report.fault(f"the desk said: {errors[:3000]}")
        self.report.busy += bool(
            truth.rows(
                self.place.database,
                """
                SELECT 1 FROM inbox WHERE state = 'new'
                UNION ALL SELECT 1 FROM outbox WHERE state IN ('queued', 'sending') AND ambiguous = 0 LIMIT 1
                """,
            )
        )
        self.judge.file_is_true()

    # Beside the guests.

    async def _trouble(self, stopped: asyncio.Event) -> None:
        """Something goes wrong on Telegram's side all the time.

        Nothing new while a desk opens: it meets what was left, and each new refusal would double its patience.
        """
        while not stopped.is_set():
            await asyncio.sleep(self.chance.uniform(0.5, 2.0))
            if not self._opened.is_set():
                continue
            if len(self.simulator.control.rules()) >= MOST_TROUBLES:  # while the desk is down nobody runs into them
                continue
            trouble = self.chance.choice(TROUBLES)
            self.simulator.control.misbehave(str(trouble["kind"]), **{k: v for k, v in trouble.items() if k != "kind"})
            self.report.figures["troubles of Telegram"] += 1

    async def _housekeeping(self, stopped: asyncio.Event) -> None:
        """As another process on the file: the oldest confirmed stays are called off, and money that came too late goes back."""
        while not stopped.is_set():
            await asyncio.sleep(0.3)
            confirmed = truth.rows(
                self.place.database,
                "SELECT id, code FROM bookings WHERE status = 'confirmed' AND guest_id > 0 ORDER BY decided_at, id",
            )
            for row in confirmed[: max(0, len(confirmed) - MOST_CONFIRMED)]:
                self.report.notebook.let_go.add(row["code"])
                if await self._decided(self._call_off(row["id"])):
                    self.report.figures["cancelled by the rig, to make room"] += 1
            late = truth.rows(
                self.place.database, "SELECT id FROM tasks WHERE kind = 'late_money' AND done_at IS NULL ORDER BY id"
            )
            for row in late:
                if await self._decided(self._send_back(row["id"])):
                    self.report.figures["late money sent back by the rig"] += 1

    def _call_off(self, booking_id: int) -> Callable[[Tx], object]:
        now = self.place.clock.now()
        return lambda tx: bookings.cancel(tx, booking_id, by="owner", reason="rig", actor=RIG, now=now)

    def _send_back(self, task_id: int) -> Callable[[Tx], object]:
        now = self.place.clock.now()
        return lambda tx: late_money.choose_refund(tx, task_id, actor=RIG, now=now)

    async def _decided(self, work: Callable[[Tx], object]) -> bool:
        """Done straight on the file; False where somebody else had decided before."""
        return await asyncio.to_thread(self._decide, work)

    def _decide(self, work: Callable[[Tx], object]) -> bool:
        file = DatabaseFile.open(self.place.database)
        try:
            file.write_now(work)
        except Refusal as refusal:
            if refusal.code != "already_decided":
                self.report.fault(f"the rig could not decide: {refusal}")
            return False
        finally:
            file.close()
        return True

    # The end.

    async def _rest(
        self, living: list[asyncio.Task[None]], others: list[asyncio.Task[None]], stopped: asyncio.Event
    ) -> None:
        """One last life: guests end what they began, then Telegram behaves and nothing waits any more."""
        self.simulator.control.behave()
        desk = await self._started()
        try:
            await self._open(desk)
            await asyncio.wait(living, timeout=PATIENCE)
            stopped.set()
            await asyncio.wait(others, timeout=PATIENCE)
            self.simulator.control.behave()
            self.bank.behave()
            for one in (*living, *others):
                one.cancel()
            await asyncio.wait([*living, *others])
            await self._heard_everything()
        finally:
            desk.terminate()
            await desk.communicate()
        if desk.returncode:
            self.report.fault(f"told to stop, the desk ended with {desk.returncode}")

    async def _heard_everything(self) -> None:
        """Until nothing waits any more. What the desk asks the bank about seldom by now, it asks when the clock jumps."""
        for _ in range(SETTLING):
            self._jump()
            deadline = time.monotonic() + SETTLES_IN
            while time.monotonic() < deadline:
                await asyncio.sleep(0.2)  # another process works it off
                if not self.judge.is_waiting():
                    return


def run(*, kills: int, seed: int) -> Report:
    """The rig in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="housebot-rig-") as folder:
        return asyncio.run(KillRig(Path(folder), kills=kills, seed=seed).run())


def main(*, small: bool, seed: int) -> int:
    report = run(kills=20 if small else 200, seed=seed)
    print("\n".join(report.lines()))
    return int(bool(report.faults))
