"""Orders of Bukza over real HTTP, copied, shuffled, replayed and forged: one effect each, and of a forgery nothing is stored (A5).

The truth is computed from what was sent, by rules of its own: of each order the newest counts, cancelled is final, nobody is paid
twice. The desk is the real app on a real file; its Telegram is the simulator.
"""

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from housebot import app as application
from housebot.config import Config
from housebot.domain.catalog_document import to_document
from housebot.integrations import bukza
from housebot.services import bookings, bukza_stays, catalogs, hooks, payments
from housebot.services.ports import SYSTEM
from housebot.simulator.clock import Clock
from housebot.simulator.server import Simulator
from housebot.storage.db import Database
from tests import factories

TOKEN = "700000002:" + "S" * 35
OPENED = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT_ONCE = 32
NAMES = ["Анна", 'Ваня "Гроза"', "back\\slash", "two\nlines", 'x", "status": "Отменён', "O'Brien", "ёж 🦔"]


@dataclass(slots=True)
class Report:
    """What was sent, how it was answered, and what was found wrong."""

    sent: int = 0
    orders: int = 0
    events: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one order, as Bukza would tell it."""

    order: str
    minute: int
    day: int
    status: str
    total: int
    paid: int

    def body(self, name: str) -> bytes:
        start = date(2026, 12, 1) + timedelta(days=self.day)
        facts = {
            "order": self.order,
            "reservation": f"R{self.order}",
            "status": self.status,
            "changed": (datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(minutes=self.minute)).isoformat(),
            "resource": "Дом",
            "start": f"{start}T16:00",
            "end": f"{start + timedelta(days=1)}T14:00",
            "total": str(self.total),
            "paid": str(self.paid) if self.paid else "",
            "phone": "",
            "first_name": name,
            "last_name": "",
            "comment": "",
        }
        text = bukza.template()
        for key, placeholder in bukza.FIELDS:
            text = text.replace(f'"{key}": "{placeholder}"', f'"{key}": "{facts[key]}"')
        return text.encode()


class Desk:
    """The running desk, seen from outside by its address and from inside by its file."""

    def __init__(self, app: application.App, word: str, secret: str) -> None:
        self.app, self.word, self.secret = app, word, secret
        self.address = f"http://127.0.0.1:{app.web.port}/hooks"

    async def post(
        self, client: aiohttp.ClientSession, body: bytes, *, path: str | None = None, secret: str | None = None
    ) -> int:
        headers = {bukza.HEADER: self.secret if secret is None else secret}
        where = f"bukza/{self.word}" if path is None else path
        async with client.post(f"{self.address}/{where}", data=body, headers=headers) as answer:
            return answer.status

    async def rest(self) -> None:
        while self.app.db.read(lambda tx: tx.value("SELECT count(*) FROM notifications WHERE state = 'new'")):
            await self.app.hear()

    def order(self, number: str) -> sqlite3.Row | None:
        return self.app.db.read(lambda tx: tx.one("SELECT * FROM bukza_orders WHERE number = :n", n=number))

    def stored(self) -> int:
        return int(self.app.db.read(lambda tx: tx.value("SELECT count(*) FROM notifications")))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Desk]:
    clock = Clock(OPENED, running=False)
    simulator = Simulator(clock=clock, tokens=[TOKEN])
    await simulator.start()
    Database.open(folder / "desk.db", create=True).close()
    raw: dict[str, dict[str, Any]] = {
        "telegram": {"token": TOKEN, "api_base": simulator.url, "owners": []},
        "database": {"path": str(folder / "desk.db")},
        "web": {"port": 0},
        "bukza": {"resources": ["Дом=house/day"], "guests": 4},
    }
    try:
        async with application.running(Config(file=None, raw=raw), clock=clock, long_poll=1) as app:
            document = to_document(factories.secret_house())
            await app.db.write(lambda tx: catalogs.apply(tx, document, actor=SYSTEM, now=OPENED))
            await app.ready.wait()
            word = app.db.read(lambda tx: hooks.token(tx, "bukza"))
            secret = app.db.read(lambda tx: hooks.token(tx, "bukza" + hooks.HEADER))
            assert word
            assert secret
            yield Desk(app, word, secret)
    finally:
        await simulator.stop()


def plan(events: int, chance: random.Random) -> dict[str, list[Event]]:
    """Orders on days of their own, changed, paid and cancelled, one event after the other."""
    orders: dict[str, list[Event]] = {}
    while sum(map(len, orders.values())) < events:
        number = str(1000 + len(orders))
        # Two days of its own, one to come to and one to be moved to: whoever comes first never stands in another's way.
        day, total = len(orders) * 2, chance.randrange(300, 900)
        told = [Event(number, 0, day, "Новый", total, 0)]
        for minute in range(1, chance.randint(1, 5)):
            last, change = told[-1], chance.choice(["move", "price", "paid", "part", "cancel"])
            if last.status == "Отменён":
                break
            if change == "move":
                told.append(
                    Event(
                        number,
                        minute,
                        day * 2 + 1 - last.day if last.day in {day, day + 1} else day,
                        last.status,
                        last.total,
                        last.paid,
                    )
                )
            elif change == "price":
                told.append(Event(number, minute, last.day, last.status, last.total + 10, last.paid))
            elif change == "paid":
                told.append(Event(number, minute, last.day, "Оплачен", last.total, last.total))
            elif change == "part":
                told.append(Event(number, minute, last.day, last.status, last.total, max(last.paid, last.total // 2)))
            else:
                told.append(Event(number, minute, last.day, "Отменён", last.total, last.paid))
        orders[number] = told
    return orders


async def storm(folder: Path, *, events: int = 1000, copies: int = 5, replayed: float = 0.1, seed: int = 1) -> Report:
    """Every event one to `copies` times, shuffled, some again afterwards; then the desk is compared with the truth."""
    chance = random.Random(seed)
    orders = plan(events, chance)
    report = Report(orders=len(orders), events=sum(map(len, orders.values())))
    bodies = [one.body(chance.choice(NAMES)) for told in orders.values() for one in told]
    heap = [body for body in bodies for _ in range(chance.randint(1, copies))]
    chance.shuffle(heap)
    again = chance.sample(bodies, int(len(bodies) * replayed))
    async with opened(folder) as desk, aiohttp.ClientSession() as client:
        await _send(desk, client, heap, report)
        await desk.rest()
        await _send(desk, client, again, report)
        await desk.rest()
        _compare(desk, orders, report)
    return report


async def forgeries(folder: Path, *, count: int = 10_000, seed: int = 1) -> Report:
    """Wrong words, wrong headers, foreign providers, bodies too large or cut off: none is accepted, none stored."""
    chance = random.Random(seed)
    report = Report(events=count)
    async with opened(folder) as desk, aiohttp.ClientSession() as client:
        before = desk.stored()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(kind: int) -> None:
            body = Event(str(chance.randrange(10**6)), 0, chance.randrange(200), "Новый", 500, 0).body("Zoe")
            guess = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=len(desk.word)))
            async with gate:
                match kind:
                    case 0:
                        status = await desk.post(client, body, path=f"bukza/{guess}")
                    case 1:
                        status = await desk.post(client, body, secret=guess)
                    case 2:
                        status = await desk.post(client, body, path=f"bukza/{desk.word[:-1]}")
                    case 3:
                        status = await desk.post(
                            client, body, path=f"{chance.choice(['paypal', 'yookassa', 'sendpulse'])}/{desk.word}"
                        )
                    case 4:
                        status = await desk.post(client, body + b" " * 70_000)
                    case 5:
                        status = await desk.post(client, body, path=f"bukza/{desk.word}?phone=375291112233")
                    case 6:
                        status = await desk.post(client, body, secret="")
                    case _:
                        status = await _cut_off(desk, body)
            report.sent += 1
            report.answers[status] = report.answers.get(status, 0) + 1

        await asyncio.gather(*(one(number % 8) for number in range(count)))
        await desk.rest()
        accepted = report.answers.get(200, 0)
        if accepted:
            report.faults.append(f"{accepted} forgeries were accepted")
        if others := {status for status in report.answers if status >= 500}:
            report.faults.append(f"answered {others}")
        if desk.stored() != before:
            report.faults.append(f"{desk.stored() - before} forgeries were stored")
        if desk.app.db.read(bookings.listing).items:
            report.faults.append("a forgery became a booking")
    return report


async def _cut_off(desk: Desk, body: bytes) -> int:
    """An authentic request that ends half-way; 0: nobody waits for an answer."""
    _, writer = await asyncio.open_connection("127.0.0.1", desk.app.web.port)
    head = f"POST /hooks/bukza/{desk.word} HTTP/1.1\r\nHost: x\r\n{bukza.HEADER}: {desk.secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[: len(body) // 2])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    return 0


async def _send(desk: Desk, client: aiohttp.ClientSession, bodies: list[bytes], report: Report) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(body: bytes) -> None:
        async with gate:
            status = await desk.post(client, body)
        report.sent += 1
        report.answers[status] = report.answers.get(status, 0) + 1
        if status != 200:
            report.faults.append(f"answered {status}")

    await asyncio.gather(*(one(body) for body in bodies))


def _compare(desk: Desk, orders: dict[str, list[Event]], report: Report) -> None:
    """One booking for each order that stands, as it was told last; for a cancelled one at most one that is over."""
    everything = desk.app.db.read(lambda tx: bookings.listing(tx, limit=10**6)).items
    made = {one.id: one for one in everything if one.source == bukza_stays.SOURCE}
    counts = {"booked": 0, "cancelled": 0}
    seen: set[int] = set()
    for number, told in orders.items():
        row = desk.order(number)
        if row is None:
            report.faults.append(f"{number} was lost")
            continue
        cancelled, newest = any(one.status == "Отменён" for one in told), max(told, key=lambda one: one.minute)
        state = "cancelled" if cancelled else "booked"
        counts[state] += 1
        if row["state"] != state:
            report.faults.append(f"{number} is {row['state']} ({row['problem']}), not {state}")
        if row["booking_id"] is None:
            if not cancelled:
                report.faults.append(f"{number} has no booking")
            continue
        seen.add(row["booking_id"])
        booking = made[row["booking_id"]]
        paid = desk.app.db.read(lambda tx, booking=booking: payments.paid(tx, booking.id))  # type: ignore[misc]
        if cancelled:
            if booking.blocks:
                report.faults.append(f"{number} was cancelled and blocks")
            continue
        day = date(2026, 12, 1) + timedelta(days=newest.day)
        found = (booking.status, booking.arrival.date(), booking.total, paid)
        expected = ("confirmed", day, newest.total * 100, newest.paid * 100)
        if found != expected:
            report.faults.append(f"{number} is {found}, not {expected}")
    if extra := set(made) - seen:
        report.faults.append(f"{len(extra)} bookings of no order")
    report.answers = dict(sorted(report.answers.items()))


def main(*, small: bool, seed: int) -> int:
    """1 when an event had another effect than one, or a forgery any."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "storm").mkdir()
        (Path(folder) / "forged").mkdir()
        found = asyncio.run(storm(Path(folder) / "storm", events=100 if small else 1000, seed=seed))
        print(f"{found.events} events of {found.orders} orders, sent {found.sent} times: {found.answers}")
        forged = asyncio.run(forgeries(Path(folder) / "forged", count=800 if small else 10_000, seed=seed))
        print(
            f"{forged.sent} forgeries: {forged.answers} (0: cut off), none stored" if not forged.faults else "forged!"
        )
    for fault in [*found.faults, *forged.faults][:40]:
        print(f"FAULT {fault}")
    return int(bool(found.faults or forged.faults))
