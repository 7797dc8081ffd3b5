"""Owns the kill rig (T1, T2, R31–R36): twenty guests fight for one week through the bot, and the desk is killed with -9 again and again.

The simulator lives here, the desk is a process of its own. Guests type wishes, press through offers to a hold, send receipts, let
go or forget; two owners confirm and decline on their cards; the clock jumps, so that holds run out; Telegram misbehaves. After each
kill and at the end the file and the chats are held against what people saw and against the rig's own reading of the rules.
What is confirmed is cancelled again by the rig itself, straight on the file as the shell does, or the week would soon be full.
"""

import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from housebot.errors import Refusal
from housebot.services import bookings
from housebot.services.ports import Actor
from housebot.simulator.server import Simulator
from housebot.storage.file import DatabaseFile
from rigs import truth
from rigs.people import BOOKED, EXPIRED, PATIENCE, Guest, Notebook, Owner
from rigs.place import OPENED, OWNER_ID, SECOND_OWNER_ID, TOKEN, Place, prepare
from rigs.visitor import CODE, NearClient

GUESTS = 20
BOOKINGS_A_KILL = 5
LEAST_BUSY = 0.25  # of the kills must hit work in flight
MOST_CONFIRMED = 2  # stand at a time; the oldest is cancelled to make room
EARLY = 10  # one life of so many ends at any instant from the first, starting up included
OUTAGE = 20  # one life of so many sees Telegram away, and ends before it is back
LONGEST_LIFE = 60.0
JUMP = timedelta(minutes=130)  # longer than a hold lasts
REMINDERS = ("staff.nudge", "guest.still_checking", "guest.last_call")  # nobody needs them once it is decided
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
        self.folder = folder
        self.place = Place(folder)
        self._guests: list[Guest] = []
        self._first_update = 0
        self._opened = asyncio.Event()  # set while a desk is open to people

    async def run(self) -> Report:
        await self.simulator.start()
        self.place = prepare(self.folder, self.simulator.url)
        self.simulator.clock.set(OPENED)
        queue = self.simulator.world.queues[self.simulator.world.bot(TOKEN).id]
        self._first_update = queue.next_id
        guests_stop, stopped = asyncio.Event(), asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                owners = await self._people()
                living = [tasks.create_task(one.live(guests_stop)) for one in self._guests]
                others = [tasks.create_task(one.live(stopped)) for one in owners]
                others += [tasks.create_task(work) for work in (self._trouble(stopped), self._housekeeping(stopped))]
                for number in range(self.kills):
                    await self._life(number)
                guests_stop.set()
                await self._rest(living, others, stopped)
            self._at_the_end()
        finally:
            await self.simulator.stop()
        return self.report

    async def _people(self) -> list[Owner]:
        sim, notebook = NearClient(self.simulator), self.report.notebook
        owners: list[Owner] = []
        for number, owner in enumerate((OWNER_ID, SECOND_OWNER_ID)):
            known = await sim.user(f"Owner {number}", id=owner, language_code="ru")
            await known.start()
            owners.append(Owner(known, notebook, random.Random(self.chance.random()), declines=0.3 * (number == 0)))
        for number in range(GUESTS):
            person = await sim.user(f"Guest {number}", language_code="ru", phone=f"+37529{2_000_000 + number}")
            notebook.started[person.id] += 1
            await person.start()
            self._guests.append(Guest(person, notebook, random.Random(self.chance.random())))
        return owners

    # One life of the desk.

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
            made = truth.count(self.place.database, "bookings")
            print(f"   {number + 1} kills, {self.report.busy} with work in flight, {made} bookings", flush=True)

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rigs.served", str(self.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _open(self, desk: asyncio.subprocess.Process) -> None:
        assert desk.stdout is not None
        began = time.monotonic()
        async with asyncio.timeout(120):
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
        while truth.count(self.place.database, "bookings") < BOOKINGS_A_KILL * lives:
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
        self._file_is_true()

    # What must be true at every instant.

    def _file_is_true(self) -> None:
        database, notebook = self.place.database, self.report.notebook
        for one, other in truth.overlaps(truth.known_stays(database)):
            self.report.fault(f"{one.code} and {other.code} are in the same place at the same time")
        known = {one.code: one.status for one in truth.known_stays(database)}
        for code in notebook.promised:
            if code not in known:
                self.report.fault(f"{code} was promised and is not in the file")
        for code in self._booked():
            if known.get(code) not in {"confirmed", "in_house", "completed"} and code not in notebook.let_go:
                self.report.fault(f"{code} was confirmed to its guest and is {known.get(code)}")
        self._updates_are_stored()

    def _booked(self) -> set[str]:
        """Codes of which a guest read that they are booked."""
        return {code for text in self._read_by_guests() if BOOKED in text for code in CODE.findall(text)}

    def _read_by_guests(self) -> list[str]:
        world = self.simulator.world
        return [
            message.body.get("text") or message.body.get("caption") or ""
            for chat in world.private.values()
            for message in chat.messages.values()
            if message.by_bot and chat.id not in {OWNER_ID, SECOND_OWNER_ID}
        ]

    def _updates_are_stored(self) -> None:
        """Whatever Telegram forgot because it was acknowledged is in the inbox."""
        queue = self.simulator.world.queues[self.simulator.world.bot(TOKEN).id]
        acknowledged = range(self._first_update, queue.next_id - len(queue))
        stored = {row["update_id"] for row in truth.rows(self.place.database, "SELECT update_id FROM inbox")}
        if lost := set(acknowledged) - stored:
            self.report.fault(f"updates {sorted(lost)[:10]} were acknowledged and never stored")

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
        """Cancel the oldest confirmed stays through the use case, as another process on the file."""
        while not stopped.is_set():
            await asyncio.sleep(0.3)
            confirmed = truth.rows(
                self.place.database, "SELECT id, code FROM bookings WHERE status = 'confirmed' ORDER BY decided_at, id"
            )
            for row in confirmed[: max(0, len(confirmed) - MOST_CONFIRMED)]:
                self.report.notebook.let_go.add(row["code"])
                await asyncio.to_thread(self._cancel, row["id"])

    def _cancel(self, booking_id: int) -> None:
        file = DatabaseFile.open(self.place.database)
        try:
            file.write_now(
                lambda tx: bookings.cancel(
                    tx, booking_id, by="owner", reason="rig", actor=RIG, now=self.place.clock.now()
                )
            )
            self.report.figures["cancelled by the rig, to make room"] += 1
        except Refusal as refusal:
            if refusal.code != "already_decided":
                self.report.fault(f"the rig could not cancel: {refusal}")
        finally:
            file.close()

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
            for one in (*living, *others):
                one.cancel()
            await asyncio.wait([*living, *others])
            async with asyncio.timeout(120):
                while self._waiting():  # noqa: ASYNC110  another process works it off
                    await asyncio.sleep(0.1)
        finally:
            desk.terminate()
            await desk.communicate()
        if desk.returncode:
            self.report.fault(f"told to stop, the desk ended with {desk.returncode}")

    def _waiting(self) -> bool:
        queue = self.simulator.world.queues[self.simulator.world.bot(TOKEN).id]
        return bool(len(queue)) or bool(
            truth.rows(
                self.place.database,
                """
                SELECT 1 FROM inbox WHERE state = 'new'
                UNION ALL SELECT 1 FROM outbox WHERE state IN ('queued', 'sending') LIMIT 1
                """,
            )
        )

    def _at_the_end(self) -> None:
        self._file_is_true()
        self._nothing_is_lost_or_doubled()
        self._messages_have_arrived()
        self._was_no_idle_rig()
        exit_code, findings, errors = self.place.shell("db", "check")
        if exit_code:
            self.report.fault(f"db check: {[one for one in findings or [] if one['status'] == 'fail']} {errors}")

    def _nothing_is_lost_or_doubled(self) -> None:
        database, notebook, fault = self.place.database, self.report.notebook, self.report.fault
        queue = self.simulator.world.queues[self.simulator.world.bot(TOKEN).id]
        handled = {row["update_id"] for row in truth.rows(database, "SELECT update_id FROM inbox WHERE state = 'done'")}
        self.report.figures["updates handled"] = len(handled)
        if lost := set(range(self._first_update, queue.next_id)) - handled:
            fault(f"updates {sorted(lost)[:10]} were never handled")
        made = truth.rows(
            database,
            "SELECT b.code, b.status, g.telegram_id AS guest FROM bookings AS b JOIN guests AS g ON g.id = b.guest_id",
        )
        pressed = {one.person.id: one.accepted for one in self._guests}
        for guest, number in Counter(row["guest"] for row in made).items():
            if number > pressed[guest]:
                fault(f"guest {guest} pressed {pressed[guest]} times and has {number} bookings")
        paid = Counter(
            row["code"]
            for row in truth.rows(
                database,
                "SELECT b.code FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id WHERE p.kind = 'payment'",
            )
        )
        for code, number in paid.items():
            if number > 1 or not notebook.confirm_pressed[code]:
                fault(f"{code}: {number} payments for {notebook.confirm_pressed[code]} presses")
        for row in made:
            if row["status"] == "confirmed" and not paid[row["code"]]:
                fault(f"{row['code']} is confirmed and its payment is nowhere")
        receipts = Counter(row["photo"] for row in truth.rows(database, "SELECT file_unique_id AS photo FROM receipts"))
        for photo, code in notebook.photos.items():
            if receipts[photo] != 1:
                fault(f"the receipt for {code} is there {receipts[photo]} times")
        welcomes = Counter(
            row["chat_id"] for row in truth.rows(database, "SELECT chat_id FROM outbox WHERE kind = 'reply.welcome'")
        )
        for guest, number in notebook.started.items():
            if welcomes[guest] != number:
                fault(f"guest {guest} pressed start {number} times and was welcomed {welcomes[guest]} times")
        self.report.figures |= {
            "bookings": len(made),
            "payments": sum(paid.values()),
            "receipts": sum(receipts.values()),
        }

    def _messages_have_arrived(self) -> None:
        """`must` is in the chat, `once` at most once; what may have arrived twice is counted and shown."""
        world, fault = self.simulator.world, self.report.fault
        chats = {chat.id: chat for chat in world.private.values()}
        sent = truth.rows(self.place.database, "SELECT * FROM outbox WHERE class IN ('must', 'once')")
        for row in sent:
            name = f"message {row['id']} of kind {row['kind']}"
            overtaken = row["error"] == "replaced" or (row["error"] == "stale" and row["kind"] in REMINDERS)
            if row["class"] == "must" and row["state"] != "sent" and not overtaken:
                fault(f"{name} is {row['state']}: {row['error']}")
            if row["state"] == "sent" and row["message_id"] not in chats[row["chat_id"]].messages:
                fault(f"{name} is not in the chat")
            if row["class"] == "once" and row["state"] not in {"sent", "ambiguous"}:
                fault(f"{name} is {row['state']}")
        notices = Counter(
            code
            for chat in chats.values()
            for message in chat.messages.values()
            if message.by_bot and str(message.body.get("text", "")).startswith(EXPIRED)
            for code in {self._code_of(message.markup)}
        )
        for code, number in notices.items():
            if code and number > 1:
                fault(f"{code}: its guest was told {number} times that time ran out")
        once = [row for row in sent if row["class"] == "once"]
        self.report.figures |= {
            "`must` rows": len(sent) - len(once),
            "`must` that may have arrived twice": sum(row["ambiguous"] > 0 for row in sent if row["class"] == "must"),
            "`once` rows": len(once),
            "`once` that may not have arrived (listed by `outbox list`)": sum(
                row["state"] == "ambiguous" for row in once
            ),
        }

    @staticmethod
    def _code_of(markup: object) -> str:
        """The booking a message's buttons are about."""
        found = CODE.search(json.dumps(markup))
        return found[0] if found else ""

    def _was_no_idle_rig(self) -> None:
        report = self.report
        if report.figures["bookings"] < BOOKINGS_A_KILL * report.kills:
            report.fault(f"vacuous: {report.figures['bookings']} bookings for {report.kills} kills")
        if report.busy < LEAST_BUSY * report.kills:
            report.fault(f"vacuous: {report.busy} of {report.kills} kills hit work in flight")
        for name in ("payments", "receipts", "`once` rows"):
            if not report.figures[name]:
                report.fault(f"vacuous: no {name}")


def run(*, kills: int, seed: int) -> Report:
    """The rig in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="housebot-rig-") as folder:
        return asyncio.run(KillRig(Path(folder), kills=kills, seed=seed).run())


def main(*, small: bool, seed: int) -> int:
    report = run(kills=20 if small else 200, seed=seed)
    print("\n".join(report.lines()))
    return int(bool(report.faults))
