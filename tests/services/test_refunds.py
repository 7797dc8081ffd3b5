"""What a cancellation gives back: the sum that was shown is the sum that is booked, to the minute, by the policy of that day (R53)."""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from housebot.domain.catalog import CancellationPolicy, CancellationTier, Catalog, CityTax
from housebot.domain.catalog_document import to_document
from housebot.errors import Refusal
from housebot.services import audit, bookings, catalogs, payments, quotes, refunds, tasks
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.refunds import Refund
from housebot.storage.file import DatabaseFile, Tx
from tests import factories
from tests.desk import OWNER, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
DAY = 24 * 60
ZONES = {  # with arrivals around the nights in which the clock changes, one tier edge inside the missing hour
    "Europe/Minsk": "2026-12-05T16:00",
    "Europe/Berlin": "2027-03-29T02:30",
    "America/New_York": "2027-03-15T18:00",
    "Asia/Kathmandu": "2027-01-10T10:15",
}
CASES = 520


class UndoneError(Exception):
    """Takes back one case before the next."""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def four_zones() -> Catalog:
    """One house in each zone, with a city tax."""
    house = factories.secret_house()
    units = tuple(
        replace(house.units[0], id=zone.rpartition("/")[2].lower(), zone=ZoneInfo(zone), parts=(part.id,))
        for zone, part in zip(ZONES, house.parts, strict=True)
    )
    tariffs = tuple(replace(tariff, units=tuple(unit.id for unit in units)) for tariff in house.tariffs)
    return replace(house, units=units, tariffs=tariffs, city_tax=CityTax({"en": "City tax"}, 300))


def booked(desk: Desk, *, received: int = 35000) -> Booking:
    return desk.confirm(desk.hold(*SATURDAY, method="bank"), received=received, twice=True)


def terms(desk: Desk, booking: Booking, choice: refunds.Choice) -> Refund:
    return desk.read(lambda tx: refunds.terms(tx, booking, choice, now=desk.now))


# --- 500 policies and instants


def some_policy(dice: random.Random) -> list[CancellationTier]:
    def tier() -> CancellationTier:
        before = dice.choice([0, 1, 30, 90, 180, DAY, 36 * 60, 2 * DAY, 3 * DAY + 125, 7 * DAY, 14 * DAY])
        fee = dice.choice(["percent", "percent", "deposit", "nights"])
        value = {
            "percent": dice.choice([0, 1, 333, 2500, 5000, 9999, 10_000]),
            "deposit": 0,
            "nights": dice.randint(1, 3),
        }
        return CancellationTier(before, fee, value[fee])  # type: ignore[arg-type]

    return [tier() for _ in range(dice.choice([0, 1, 1, 2, 3, 4]))]


def edge(tier: CancellationTier, arrival: datetime, zone: ZoneInfo) -> datetime:
    """The last instant of a tier: whole days on the calendar, the rest in minutes; a missing hour is moved forward."""
    days, minutes = divmod(tier.before_minutes, DAY)
    return (arrival - timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC) - timedelta(minutes=minutes)


def some_instant(dice: random.Random, tiers: list[CancellationTier], booking: Booking, zone: ZoneInfo) -> datetime:
    if tiers and dice.random() < 0.8:
        moment = edge(dice.choice(tiers), booking.arrival, zone) + timedelta(
            seconds=dice.choice([-60, -1, 0, 0, 1, 60])
        )
    else:
        moment = booking.start - timedelta(minutes=dice.randint(0, 20 * DAY))
    return min(max(moment, booking.created_at), booking.start)


@dataclass
class Case:
    """One cancellation: what is asked, and R53 computed anew in a few lines."""

    booking: Booking
    zone: ZoneInfo
    tax: int
    tiers: list[CancellationTier]
    paid: int
    now: datetime
    by: Literal["guest", "owner"]
    choice: refunds.Choice | None

    @property
    def kept_tax(self) -> int:
        """The city tax among what was paid: nobody keeps it."""
        return max(self.paid - (self.booking.total - self.tax), 0)

    @property
    def by_policy(self) -> int:
        """The lowest fee of the tiers that still hold, never more than was paid, never the city tax."""
        if not self.tiers:
            return self.paid
        price = self.booking.total - self.tax
        # A block stay has no nights with a price of their own: it is one whole.
        fees = [
            {"percent": (price * tier.value * 2 + 10_000) // 20_000, "deposit": self.booking.deposit, "nights": price}[
                tier.fee
            ]
            for tier in self.tiers
            if self.now <= edge(tier, self.booking.arrival, self.zone)
        ]
        return self.paid - min([*fees, price, self.paid])

    @property
    def expected(self) -> int | None:
        """What should go back; None for a sum that may not be chosen."""
        if isinstance(self.choice, int):
            return self.choice if self.kept_tax <= self.choice <= self.paid else None
        usual = self.by_policy if self.by == "guest" else self.paid
        return {None: usual, "policy": self.by_policy, "none": self.kept_tax, "all": self.paid}[self.choice]

    def play(self, tx: Tx) -> int | None:
        """Set the scene, look, cancel, compare; the refund, or None for a refusal."""
        booking, now = self.booking, self.now
        policy = {**asdict(CancellationPolicy()), "tiers": [asdict(tier) for tier in self.tiers]}
        tx.run(
            "UPDATE quotes SET price = json_set(price, '$.policy', json(:policy)) WHERE id = :id",
            policy=json.dumps(policy),
            id=booking.quote_id,
        )
        if self.paid:
            payments.record(tx, booking, self.paid, actor=OWNER, twice=True, now=now)
        assert bookings.refund_now(tx, booking, now=now) == self.by_policy
        cancel = partial(bookings.cancel, tx, booking.id, by=self.by, reason="x", actor=OWNER, now=now)
        usual: refunds.Choice = "policy" if self.by == "guest" else "all"
        choice = usual if self.choice is None else self.choice
        if self.expected is None:
            with pytest.raises(Refusal) as refused:
                refunds.terms(tx, booking, choice, now=now)
            assert (refused.value.facts["least"], refused.value.facts["most"]) == (self.kept_tax, self.paid)
            with pytest.raises(Refusal, match="amount_invalid"):
                cancel(refund=self.choice)
            return None
        shown = refunds.terms(tx, booking, choice, now=now)
        assert (shown.refund, shown.fee, shown.paid) == (self.expected, self.paid - self.expected, self.paid)
        assert shown.refund >= self.kept_tax, "city tax of nights not stayed always comes back"
        cancel(refund=self.choice)
        task = tasks.find_open(tx, "refund", booking.id)
        assert (task.facts["amount"] if task is not None else 0) == shown.refund
        told = json.loads(tx.value("SELECT facts FROM outbox WHERE kind = 'guest.cancelled'"))
        assert told["refund"] == shown.refund
        return shown.refund


def test_check_27_the_refund_that_is_shown_is_the_refund_that_is_booked_for_500_policies_and_instants(
    file: DatabaseFile,
) -> None:
    desk, dice = Desk(file, four_zones()), random.Random(27)
    stays = []
    for number, (name, arrival) in enumerate(ZONES.items()):
        leaves = (datetime.fromisoformat(arrival) + timedelta(hours=24)).isoformat(timespec="minutes")
        unit = name.rpartition("/")[2].lower()
        hold = desk.hold(arrival, leaves, unit=unit, guest=desk.guest(number), extras={"sauna": 1}, method="bank")
        stays.append((desk.confirm(hold), ZoneInfo(name)))
    tax = desk.read(lambda tx: quotes.load(tx, stays[0][0].quote_id)).price.city_tax
    assert tax == 1200
    partly = 0
    for _ in range(CASES):
        case = some_case(dice, *dice.choice(stays), tax=tax)
        refund = undone(file, case)
        partly += refund is not None and 0 < refund < case.paid
    assert partly > 60, "the cases are worth something"


def some_case(dice: random.Random, booking: Booking, zone: ZoneInfo, *, tax: int) -> Case:
    tiers = some_policy(dice)
    price = booking.total - tax
    by: Literal["guest", "owner"] = dice.choice(["guest", "guest", "owner"])
    return Case(
        booking,
        zone,
        tax,
        tiers,
        paid=dice.choice([0, 1, booking.deposit, booking.deposit, price, booking.total, booking.total + 777]),
        now=some_instant(dice, tiers, booking, zone),
        by=by,
        choice=None if by == "guest" else dice.choice([None, "policy", "none", dice.randint(0, 90000)]),
    )


def undone(file: DatabaseFile, case: Case) -> int | None:
    """Play it and take it back."""
    found: list[int | None] = []

    def piece(tx: Tx) -> None:
        found.append(case.play(tx))
        raise UndoneError

    with pytest.raises(UndoneError):
        file.write_now(piece)
    return found[0]


# --- What the owner chooses


def test_r53_the_owner_gives_everything_back_unless_another_sum_is_chosen(desk: Desk) -> None:
    booking = booked(desk)
    shown = {choice: terms(desk, booking, choice) for choice in ("all", "policy", "none", 12345)}
    assert {choice: (one.fee, one.refund) for choice, one in shown.items()} == {
        "all": (0, 35000), "policy": (35000, 0), "none": (35000, 0), 12345: (22655, 12345),
    }  # fmt: skip
    assert shown["policy"].why == {
        "ru": "до заезда: удерживаем предоплату",
        "en": "until arrival: the prepayment is kept",
    }
    assert shown["policy"].tier == CancellationTier(0, "deposit")
    desk.cancel(booking, by="owner", reason="x", refund=12345)
    assert [task.facts["amount"] for task in desk.read(tasks.listing)] == [12345]
    (entry,) = [
        one for one in desk.read(lambda tx: audit.history(tx, booking.subject)) if one.action == "booking.refund"
    ]
    assert entry.after == {"choice": 12345, "paid": 35000, "fee": 22655, "refund": 12345}


def test_r53_nothing_given_back_asks_nobody_to_send_money(desk: Desk) -> None:
    booking = booked(desk)
    desk.cancel(booking, by="owner", reason="x", refund="none")
    assert desk.read(tasks.listing) == []


@pytest.mark.parametrize("choice", [-1, 35001])
def test_r53_a_sum_is_at_most_what_was_paid(desk: Desk, choice: int) -> None:
    booking = booked(desk)
    with pytest.raises(Refusal) as refused:
        desk.cancel(booking, by="owner", reason="x", refund=choice)
    assert (refused.value.code, refused.value.facts["most"]) == ("amount_invalid", 35000)
    assert desk.look(booking).status == "confirmed"


def test_a_guest_does_not_choose_the_refund(desk: Desk) -> None:
    booking = booked(desk)
    with pytest.raises(Refusal, match="forbidden"):
        desk.cancel(booking, by="guest", actor=desk.actor(booking), refund="all")


def test_a_hold_with_its_receipt_under_review_owes_what_the_owner_chooses_of_what_it_says(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    desk.receipt(hold)
    hold = desk.look(hold)
    assert [terms(desk, hold, choice).refund for choice in ("all", "policy", "none")] == [35000, 35000, 0]
    assert not terms(desk, hold, "all").seen
    assert desk.cancel(hold, by="owner", reason="x", refund=10000).status == "declined"
    assert [(task.facts["amount"], task.facts["seen"]) for task in desk.read(tasks.listing)] == [(10000, False)]
    assert desk.said("guest.declined")[0]["facts"]["refund"] == 10000


# --- Which policy


def test_r53_the_policy_frozen_in_the_quote_decides_also_after_a_move_under_another_catalog(desk: Desk) -> None:
    booking = booked(desk)
    generous = CancellationPolicy((CancellationTier(0, "percent", 0),), 9, {"en": "All of it"})
    changed = replace(factories.secret_house(), cancellation=generous)
    desk.write(lambda tx: catalogs.apply(tx, to_document(changed), actor=OWNER, now=desk.now))
    assert terms(desk, booking, "policy").refund == 0
    wish = Change(arrival=datetime(2026, 12, 12, 16))
    moved = desk.write(lambda tx: bookings.move(tx, booking.id, wish, actor=OWNER, now=desk.now))
    assert moved.catalog_version == 2
    assert terms(desk, moved, "policy").refund == 0
    new = desk.confirm(desk.hold(*SATURDAY, guest=desk.guest(2), method="bank"), received=35000)
    assert terms(desk, new, "policy").refund == 35000
