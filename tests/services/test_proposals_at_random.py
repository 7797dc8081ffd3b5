"""Changes that wait among everything else guests, staff and the clock do, in any order: the file is sound after every step (R31, R32, R37)."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import bookings, change_money, payments, proposal_answers, proposals, proposed
from housebot.services import bookkeeping as books
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor
from housebot.services.proposed import Proposal
from housebot.storage.file import DatabaseFile
from tests.desk import OWNER, SECOND, Desk

FIRST = datetime(2026, 12, 1, 16)
STEPS = 60


class Driver:
    """Picks what happens next; a Refusal is an answer, anything else a fault."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.random, self.guests = desk, random.Random(seed), 0
        self.changed = 0

    def step(self) -> str:
        work = self.random.choice(
            2 * [self.hold, self.receipt, self.confirm, self.offer, self.propose, self.accept, self.judge]
            + [self.accept, self.refuse, self.withdraw, self.reject]
            + [self.cancel, self.move, self.price, self.record, self.pass_time]
        )
        try:
            work()
        except Refusal as refusal:
            return f"{work.__name__}: {refusal.code}"
        return work.__name__

    def write(self, work: Callable[[Any], Any]) -> Any:
        return self.desk.write(work)

    def booking(self) -> Booking:
        found = self.desk.read(lambda tx: bookings.listing(tx, limit=100)).items
        if not found:
            raise Refusal("not_found")
        return self.random.choice(found)

    def proposal(self, awaits: str = "%") -> Proposal:
        """One of the last; half the time one that still waits."""
        still = " AND state = 'open'" if self.random.random() < 0.5 else ""
        rows = self.desk.rows(
            f"SELECT code FROM proposals WHERE awaits LIKE :awaits{still} ORDER BY id DESC LIMIT 6", awaits=awaits
        )
        codes = [row["code"] for row in rows]
        if not codes:
            raise Refusal("not_found")
        code = self.random.choice(codes)
        return self.desk.read(lambda tx: proposed.get(tx, code))

    def arrival(self) -> datetime:
        return FIRST + timedelta(days=self.random.randrange(10), hours=self.random.choice([-4, 0, 0, 4]))

    def change(self) -> Change:
        arrival = self.arrival()
        kinds = [
            Change(arrival=arrival),
            Change(arrival=arrival, departure=arrival + timedelta(hours=self.random.choice([24, 26, 48, 72]))),
            Change(extras={"sauna": self.random.randrange(2)}),
            Change(party={"adult": self.random.randrange(1, 7)}),
        ]
        return self.random.choice(kinds)

    def hold(self) -> None:
        self.guests += 1
        arrival = self.arrival()
        ends = (arrival.isoformat(), (arrival + timedelta(hours=24)).isoformat())
        self.desk.hold(*ends, guest=self.desk.guest(self.guests), method=self.random.choice([None, "bank"]))

    def receipt(self) -> None:
        booking = self.booking()
        if self.random.random() < 0.5:
            one = self.proposal("money")
            booking = self.desk.read(lambda tx: bookings.get(tx, one.booking_id))
        sent = self.desk.now - timedelta(minutes=self.random.choice([0, 0, 10, 200]))
        self.desk.receipt(booking, sent_at=max(sent, booking.created_at), booking_id=booking.id)

    def confirm(self) -> None:
        booking = self.booking()
        self.desk.confirm(booking, received=self.random.choice([booking.deposit, booking.total, None]), twice=True)

    def offer(self) -> None:
        price = self.random.choice([None, 60000, 90000])
        change = self.random.choice([self.change(), Change()]) if price else self.change()
        booking = self.booking()
        self.write(
            lambda tx: proposals.propose(
                tx, booking, change, awaits="guest", price=price, reason="так лучше", actor=OWNER, now=self.desk.now
            )
        )

    def propose(self) -> None:
        booking, change = self.booking(), self.change()
        actor = self.random.choice([OWNER, self.desk.actor(booking)])
        self.write(lambda tx: proposals.propose(tx, booking, change, awaits="money", actor=actor, now=self.desk.now))

    def guest_of(self, one: Proposal) -> Actor:
        booking = self.desk.read(lambda tx: bookings.get(tx, one.booking_id))
        return self.desk.actor(booking)

    def accept(self) -> None:
        one = self.proposal()
        booking = self.write(
            lambda tx: proposal_answers.accept(tx, one.code, actor=self.guest_of(one), now=self.desk.now)
        )
        self.changed += booking.quote_id == one.quote_id

    def refuse(self) -> None:
        one = self.proposal()
        self.write(lambda tx: proposal_answers.refuse(tx, one.code, actor=self.guest_of(one), now=self.desk.now))

    def withdraw(self) -> None:
        booking = self.booking()
        self.write(lambda tx: proposal_answers.withdraw(tx, booking, actor=SECOND, now=self.desk.now))

    def judge(self) -> None:
        one = self.proposal("money")
        received = self.random.choice([one.amount, one.amount // 2, 26000])
        self.write(lambda tx: change_money.confirm(tx, one.code, received, twice=True, actor=OWNER, now=self.desk.now))

    def reject(self) -> None:
        one = self.proposal("money")
        self.write(lambda tx: change_money.reject(tx, one.code, "не читается", actor=SECOND, now=self.desk.now))

    def cancel(self) -> None:
        self.desk.cancel(self.booking(), by=self.random.choice(["guest", "owner"]), reason="планы")

    def move(self) -> None:
        booking, change = self.booking(), self.change()
        self.write(lambda tx: bookings.move(tx, booking.id, change, actor=OWNER, now=self.desk.now))

    def price(self) -> None:
        booking, total = self.booking(), self.random.choice([50000, 77700])
        self.write(lambda tx: bookings.set_price(tx, booking.id, total, reason="цена", actor=OWNER, now=self.desk.now))

    def record(self) -> None:
        booking = self.booking()
        self.write(
            lambda tx: books.record(tx, booking.id, 5000, method="cash", twice=True, actor=OWNER, now=self.desk.now)
        )

    def pass_time(self) -> None:
        self.desk.pass_time(minutes=self.random.choice([1, 20, 119, 240, 1440]))


@pytest.mark.parametrize("seed", range(24))
async def test_r37_whatever_happens_in_whatever_order_the_file_is_sound(tmp_path: Path, seed: int) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    driver = Driver(Desk(file), seed)
    done: list[str] = []
    for _ in range(STEPS):
        done.append(driver.step())
        if driver.random.random() < 0.5:
            await driver.desk.tick()
        wrong = [one for one in driver.desk.findings() if one.status == "fail"]
        assert wrong == [], done
    for row in driver.desk.rows("SELECT id FROM bookings"):
        assert driver.desk.read(lambda tx, number=row["id"]: payments.paid(tx, number)) >= 0  # type: ignore[misc]
    file.close()
