"""Every way into a booking in any order, against a model in plain Python: nothing overlaps, nothing that fits is refused, money is right."""

import asyncio
import atexit
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from housebot.domain.catalog import Catalog
from housebot.domain.period import Period
from housebot.errors import Refusal
from housebot.services import blocks, bookings
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk

HOUR = timedelta(hours=1)
FIRST = datetime(2027, 2, 1)
WAITING = ("held", "awaiting_payment", "awaiting_owner")
PLACES = {  # parts, preparation before, cleaning after
    "house": ({"white-bedroom", "green-bedroom", "secret-room", "sauna"}, 0 * HOUR, 2 * HOUR),
    "white": ({"white-bedroom"}, 0 * HOUR, 1 * HOUR),
    "green": ({"green-bedroom"}, 3 * HOUR, 0 * HOUR),
}


def three_units() -> Catalog:
    """The house, and two of its rooms with buffers of their own."""
    catalog = factories.secret_house()
    house = catalog.units[0]
    units = tuple(
        replace(house, id=name, parts=tuple(sorted(parts)), before=before, cleaning=after)
        for name, (parts, before, after) in PLACES.items()
    )
    tariffs = tuple(replace(tariff, units=tuple(PLACES)) for tariff in catalog.tariffs)
    return replace(catalog, units=units, tariffs=tariffs)


@cache
def template() -> Path:
    """A desk that has just opened; copied for every run."""
    folder = Path(tempfile.mkdtemp(prefix="housebot-test-"))
    atexit.register(shutil.rmtree, folder)
    path = folder / "template.db"
    file = DatabaseFile.open(path, create=True)
    Desk(file, three_units())
    file.close()
    return path


@dataclass
class Known:
    """What the model believes about one booking or block."""

    parts: set[str]
    start: datetime
    end: datetime
    before: timedelta
    after: timedelta
    booking: Booking | None = None
    status: str = "block"
    ends: datetime | None = None
    under_review: bool = False
    extended: bool = False
    paid: int = 0
    rest_shown: bool = False  # a receipt for the rest of the price waits for a person
    late_money: bool = False

    def takes(self, now: datetime) -> bool:
        return self.status in {"block", "confirmed"} or (self.status in WAITING and not self.lapsed(now))

    def lapsed(self, now: datetime) -> bool:
        return self.status in WAITING and not self.under_review and self.ends is not None and self.ends <= now

    def touches(self, other: "Known") -> bool:
        """R6 as a sentence: between two stays the larger of the buffers that face each other."""
        if not self.parts & other.parts:
            return False
        first, second = sorted((self, other), key=lambda one: one.start)
        return second.start - first.end < max(first.after, second.before)


class DeskMachine(RuleBasedStateMachine):
    """Rules are what guests, staff and the clock can do."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="housebot-test-"))
        path = self.folder / "desk.db"
        shutil.copy(template(), path)
        self.file = DatabaseFile.open(path)
        self.desk = Desk.__new__(Desk)
        self.desk.file = self.file
        self.desk.now = factories.at("2026-11-20T12:00:00Z")
        self.desk._files = 0
        self.known: list[Known] = []
        self.closed: list[tuple[Known, int]] = []
        self.guests = 0

    def teardown(self) -> None:
        self.file.close()
        shutil.rmtree(self.folder)

    # What happens

    @rule(
        unit=st.sampled_from(sorted(PLACES)),
        start=st.integers(0, 160),
        hours=st.sampled_from([24, 25, 27, 48]),
        method=st.sampled_from([None, "bank"]),
        staff=st.booleans(),
    )
    def hold(self, unit: str, start: int, hours: int, method: str | None, staff: bool) -> None:
        arrival = FIRST + start * HOUR
        self.guests += 1
        guest = self.desk.guest(self.guests)
        more: dict[str, Any] = {"actor": OWNER, "source": "phone"} if staff else {}
        wish = (_text(arrival), _text(arrival + hours * HOUR))
        parts, before, after = PLACES[unit]
        since = factories.at(f"{_text(arrival)}:00Z") - 3 * HOUR
        new = Known(parts, since, since + hours * HOUR, before, after)
        booking = self._refused_or(
            lambda: self.desk.hold(*wish, unit=unit, guest=guest, method=method, **more),
            "dates_taken" if self._in_the_way(new) else None,
        )
        if booking is None:
            return
        self._expire_in_the_way(new)
        new.booking, new.status, new.ends = booking, booking.status, booking.hold_expires_at
        assert new.status == ("awaiting_payment" if method else "held")
        self.known.append(new)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9))
    def choose_bank(self, pick: int) -> None:
        one = self._pick(pick)
        allowed = one.status in {"held", "awaiting_payment"} and not one.lapsed(self.now)
        if one.status == "awaiting_owner":
            return
        booking = self._refused_or(lambda: self.desk.pay_way(_of(one)), None if allowed else "stale")
        if booking is not None:
            one.status, one.ends = "awaiting_payment", booking.hold_expires_at

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), hurry=st.booleans())
    def extend(self, pick: int, hurry: bool) -> None:
        one = self._pick(pick)
        assert one.ends is not None
        if hurry:
            self.desk.now = max(self.now, one.ends - timedelta(minutes=10))
        allowed = (
            one.status in {"held", "awaiting_payment"}
            and not one.lapsed(self.now)
            and not one.extended
            and one.ends - self.now <= timedelta(minutes=15)
        )
        if self._refused_or(lambda: self.desk.extend(_of(one)), None if allowed else "stale"):
            one.ends, one.extended = one.ends + timedelta(minutes=30), True

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9))
    def release(self, pick: int) -> None:
        one = self._pick(pick)
        if one.status == "cancelled_by_guest":
            return
        allowed = one.status in WAITING and not one.lapsed(self.now) and not one.under_review
        if self._refused_or(lambda: self.desk.release(_of(one)), None if allowed else "stale"):
            one.status = "cancelled_by_guest"

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), sent_before=st.sampled_from([0, 0, 5, 30, 180]))
    def receipt(self, pick: int, sent_before: int) -> None:
        one = self._pick(pick)
        sent = max(self.now - timedelta(minutes=sent_before), _of(one).created_at)
        outcome = self.desk.receipt(_of(one), sent_at=sent, booking_id=_of(one).id)
        late = one.ends is not None and sent >= one.ends
        if one.status in {"confirmed", "in_house"} and one.paid < _of(one).total:
            assert outcome.kind == ("added" if one.rest_shown else "taken")
            one.rest_shown = True
        elif one.status not in {*WAITING, "expired"}:
            assert outcome.kind == "nothing"
        elif one.under_review:
            assert outcome.kind == "added"
        elif one.late_money:
            assert outcome.kind == "again"
        elif one.status == "expired" and self._in_the_way(one):
            assert outcome.kind == "late_sold"
            one.late_money = True
        else:
            assert outcome.kind == ("revived" if late else "taken")
            if one.status == "expired":
                self._expire_in_the_way(one)
            one.status, one.under_review = "awaiting_owner", True

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), received=st.sampled_from([None, 10000, 35000]))
    def confirm(self, pick: int, received: int | None) -> None:
        one = self._pick(pick)
        expected = None
        if one.status not in {*WAITING, "expired"}:
            expected = "already_decided"
        elif one.status == "expired" and self._in_the_way(one):
            expected = "dates_taken"
        if self._refused_or(lambda: self.desk.confirm(_of(one), received=received, twice=True), expected):
            if one.status == "expired":
                self._expire_in_the_way(one)
            one.status, one.under_review = "confirmed", False
            one.paid += received or 0

    @precondition(lambda self: self.some)
    @rule(
        pick=st.integers(5, 9),
        reason=st.sampled_from(["money_not_seen", "unreadable", "wrong_sum", "no"]),
        received=st.sampled_from([None, 500]),
    )
    def decline(self, pick: int, reason: str, received: int | None) -> None:
        one = self._pick(pick)
        expected = None
        if one.status not in WAITING:
            expected = "already_decided"
        elif reason == "unreadable" and not one.under_review:
            expected = "stale"
        booking = self._refused_or(lambda: self.desk.decline(_of(one), reason, received=received), expected)
        if booking is None:
            return
        one.under_review = False
        if reason == "unreadable":
            assert one.ends is not None
            one.status, one.ends = "awaiting_payment", max(one.ends, self.now + HOUR)
        else:
            one.status, one.paid = "declined", one.paid + (received or 0)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(6, 9), by=st.sampled_from(["guest", "owner"]))
    def cancel(self, pick: int, by: str) -> None:
        one = self._pick(pick)
        expected = None
        if one.status not in {*WAITING, "confirmed"}:
            expected = "already_decided"
        elif by == "guest" and one.lapsed(self.now):
            expected = "stale"
        if self._refused_or(lambda: self.desk.cancel(_of(one), by=by, reason="no"), expected):
            if one.status == "confirmed":
                one.status = f"cancelled_by_{by}"
            else:
                one.status = "declined" if by == "owner" else "cancelled_by_guest"
            one.under_review = False

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), by=st.sampled_from([-30, -3, 1, 2, 26, 100]), longer=st.sampled_from([0, 0, 1, 24]))
    def move(self, pick: int, by: int, longer: int) -> None:
        one = self._pick(pick)
        arrival, departure = (moment + by * HOUR for moment in (_of(one).arrival, _of(one).departure + longer * HOUR))
        new = replace(one, start=one.start + by * HOUR, end=one.end + (by + longer) * HOUR)
        expected = None
        if one.lapsed(self.now) or one.status == "expired":
            expected = "stale"
        elif one.status not in {*WAITING, "confirmed"}:
            expected = "already_decided"
        elif any(other is not one and other.takes(self.now) and other.touches(new) for other in self.known):
            expected = "dates_taken"
        wish = Change(arrival=arrival, departure=departure, override="a friend")
        moved = self._refused_or(
            lambda: self.desk.write(lambda tx: bookings.move(tx, _of(one).id, wish, actor=OWNER, now=self.now)),
            expected,
        )
        if moved is not None:
            self._expire_in_the_way(new, besides=one)
            one.booking, one.start, one.end = moved, new.start, new.end
            assert (moved.start, moved.end) == (one.start, one.end)

    @precondition(lambda self: len(self.closed) < 2)
    @rule(unit=st.sampled_from(sorted(PLACES)), start=st.integers(0, 160), hours=st.integers(1, 30))
    def block(self, unit: str, start: int, hours: int) -> None:
        since = factories.at(f"{_text(FIRST + start * HOUR)}:00Z") - 3 * HOUR
        new = Known(PLACES[unit][0], since, since + hours * HOUR, 0 * HOUR, 0 * HOUR)
        period = Period(new.start, new.end)
        block = self._refused_or(
            lambda: self.desk.write(
                lambda tx: blocks.add(tx, unit=unit, period=period, reason="paint", actor=OWNER, now=self.now)
            ),
            "dates_taken" if self._in_the_way(new) else None,
        )
        if block is not None:
            self._expire_in_the_way(new)
            self.known.append(new)
            self.closed.append((new, block.id))

    @precondition(lambda self: self.closed)
    @rule()
    def open_again(self) -> None:
        one, block_id = self.closed.pop()
        self.desk.write(lambda tx: blocks.remove(tx, block_id, actor=OWNER, now=self.now))
        one.status = "gone"

    @initialize()
    def two_guests_come_first(self) -> None:
        self.hold(unit="house", start=0, hours=24, method="bank", staff=False)
        self.hold(unit="white", start=48, hours=24, method=None, staff=False)

    @rule(minutes=st.sampled_from([1, 15, 120, 600]))
    def clock(self, minutes: int) -> None:
        self.desk.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 2), minutes=st.sampled_from([-10, 0, 4, 130]))
    def around_the_end_of_a_hold(self, pick: int, minutes: int) -> None:
        ends = self._pick(pick).ends
        assert ends is not None
        self.desk.now = max(self.now, ends + timedelta(minutes=minutes))

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 2))
    def somebody_else_wants_the_same(self, pick: int) -> None:
        one = self._pick(pick)
        first = (one.start + 3 * HOUR - factories.at(f"{_text(FIRST)}:00Z")) // HOUR
        hours = (one.end - one.start) // HOUR
        self.hold(unit=_of(one).unit, start=first, hours=hours, method="bank", staff=False)

    @rule()
    def sweep(self) -> None:
        asyncio.run(self.desk.tick())
        for one in self.known:
            if one.lapsed(self.now):
                one.status = "expired"

    # What must always be true

    @invariant()
    def the_file_is_as_the_model(self) -> None:
        for one in self.known:
            if one.booking is None:
                continue
            stored = self.desk.look(one.booking)
            assert (stored.status, stored.under_review) == (one.status, one.under_review), stored.code
            assert self.desk.json(stored)["paid"]["amount"] == one.paid
            if one.status in WAITING and not one.under_review:
                assert stored.hold_expires_at == one.ends

    @invariant()
    def nothing_overlaps(self) -> None:
        taken = [one for one in self.known if one.takes(self.now)]
        for number, one in enumerate(taken):
            assert not any(one.touches(other) for other in taken[:number])

    @invariant()
    def db_check_finds_nothing_wrong(self) -> None:
        assert [finding for finding in self.desk.findings() if finding.status == "fail"] == []

    @property
    def some(self) -> list[Known]:
        """Bookings, those that may still change before those that may not."""
        return sorted(
            (one for one in self.known if one.booking), key=lambda one: one.status not in {*WAITING, "expired"}
        )

    def _pick(self, pick: int) -> Known:
        """One that may still change while the number is small; the larger numbers mean any."""
        alive = [one for one in self.some if one.status in {*WAITING, "expired"}]
        among = alive if alive and pick < 7 else self.some
        return among[pick % len(among)]

    @property
    def now(self) -> datetime:
        return self.desk.now

    def _in_the_way(self, new: Known) -> bool:
        return any(one is not new and one.takes(self.now) and one.touches(new) for one in self.known)

    def _expire_in_the_way(self, new: Known, *, besides: Known | None = None) -> None:
        for one in self.known:
            if one is not new and one is not besides and one.lapsed(self.now) and one.touches(new):
                one.status = "expired"

    def _refused_or(self, act: Any, expected: str | None) -> Any:
        """The answer, or None for the refusal that the model foretold."""
        code = None
        answer = None
        try:
            answer = act()
        except Refusal as refusal:
            code = refusal.code
        assert code == expected, f"the desk says {code}, the model says {expected}"
        return answer


def _of(one: Known) -> Booking:
    assert one.booking is not None
    return one.booking


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


DeskMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDesk = DeskMachine.TestCase
