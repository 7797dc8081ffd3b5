"""Everything that may happen to the money of a desk, in any order: several guests on the same dates, strange payments, trouble, staff in a hurry.

Each history is a desk on a real file beside a strict provider with books of its own. After every step the ledger is held against
them (`books`), and at the end, when the desk has heard everything, the two must be equal.
"""

import asyncio
import atexit
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from housebot.domain.gift import Gift
from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.integrations.yookassa import YooKassa
from housebot.services import bookings, bookkeeping, gifts, inbound, late_money, promos, refunds, tasks, ways
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, SECOND, Desk, request
from tests.histories import books
from tests.histories.books import Books
from tests.histories.mortal import Died, Mortal
from tests.services.test_checkouts import Till
from tests.services.test_gifts import LAST_DAY
from tests.yookassa import SECRET, SHOP, YooKassaDouble

T = TypeVar("T")

FIRST = datetime(2026, 12, 5, 16)
HOUR = timedelta(hours=1)
STARTS = (0, 12, 26, 40, 52, 66, 80)  # hours after the first: of any two neighbours only one can be had
GUESTS = 4
OPEN = ("held", "awaiting_payment", "awaiting_owner", "confirmed")
STRANGE: tuple[dict[str, Any], ...] = (
    {"amount": {"value": "1.00", "currency": "BYN"}},
    {"amount": {"value": "9999.00", "currency": "BYN"}},
    {"amount": {"value": "350.00", "currency": "RUB"}},
    {"metadata": {"booking": "HB-ELSE"}},
    {"test": True},
)
LONGEST_TROUBLE = timedelta(
    hours=12
)  # of the wire: after a day the provider forgets keys, and a person is asked instead
SEEN: Counter[str] = Counter()  # over all histories of this process: what the rig says it has tried


@cache
def template() -> Path:
    """A desk that has just opened, takes cards and has sold its gifts and codes; copied for every history."""
    folder = Path(tempfile.mkdtemp(prefix="housebot-histories-"))
    atexit.register(shutil.rmtree, folder)
    path = folder / "template.db"
    file = DatabaseFile.open(path, create=True)
    catalog = factories.secret_house()
    catalog = replace(catalog, desk=replace(catalog.desk, payment_methods=("bank", "cash")))
    desk = Desk(file, replace(catalog, holds=replace(catalog.holds, new_per_day=1000)))
    desk.write(lambda tx: ways.remember(tx, ["yookassa"]))
    drafts = [Gift(0, "", "money", "BYN", LAST_DAY, amount=amount) for amount in (10_000, 30_000, 200_000)]
    drafts.append(Gift(0, "", "stay", "BYN", LAST_DAY, tariff="day", visits=1))
    for draft in drafts:
        desk.write(lambda tx, draft=draft: gifts.issue(tx, catalog, draft, actor=OWNER, now=desk.now))  # type: ignore[misc]
    code = Promo(id=0, code="SPRING", kind="percent", value=1500, max_total=1)
    desk.write(lambda tx: promos.add(tx, catalog, code, actor=OWNER, now=desk.now))
    file.close()
    return path


class MoneyMachine(RuleBasedStateMachine):
    """Rules are what guests, their banks, the provider, the wire and the staff can do."""

    def __init__(self) -> None:
        super().__init__()
        SEEN["histories"] += 1
        self.folder = Path(tempfile.mkdtemp(prefix="housebot-history-"))
        shutil.copy(template(), self.folder / "desk.db")
        self.file = DatabaseFile.open(self.folder / "desk.db")
        self.desk = Desk.__new__(Desk)
        self.desk.file, self.desk.now, self.desk._files = self.file, factories.at("2026-11-20T12:00:00Z"), 0
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.shop = YooKassaDouble()
        self.wait(self.stack.enter_async_context(self.shop))
        self.port = Mortal(self.wait(self.stack.enter_async_context(YooKassa(SHOP, SECRET, base=self.shop.url))))
        self.till = Till(self.desk, self.shop, self.port)  # type: ignore[arg-type]
        self.untold: list[bytes] = []  # notifications on their way
        self.by_hand = 0  # what people took and sent, by their own word
        self.kept: dict[int, int] = {}  # booking: what a decision left with the desk
        self.agreed: set[int] = set()  # bookings of which staff said that more came, or that they cost less
        self.states: dict[int, str] = {}
        self.troubled_since: datetime | None = None

    def teardown(self) -> None:
        try:
            self.in_the_end_the_books_are_equal()
        finally:
            self.wait(self.stack.aclose())
            self.loop.close()
            self.file.close()
            shutil.rmtree(self.folder)

    # Guests

    @initialize(
        scene=st.sampled_from(["a wish", "a page", "paid", "paid", "called off", "late", "sold"]),
        gift=st.sampled_from([None, None, 0, 1]),
        promo=st.booleans(),
    )
    def somebody_has_begun(self, scene: str, gift: int | None, promo: bool) -> None:
        self.hold(guest=0, start=0, gift=gift, promo=promo, method="yookassa")
        if scene == "a wish":
            return
        self.round()
        if scene in {"late", "sold"}:
            self.time_passes(minutes=45)
        if scene == "sold":
            self.hold(guest=1, start=0, gift=None, promo=False, method="bank")
        if scene != "a page":
            self.pay_by_card(pick=0, at_once=scene == "sold", strange=None, told=1)
            self.time_passes(minutes=1)
        if scene == "called off":
            self.cancel(pick=0, by="owner", refund=None)

    @rule(
        guest=st.integers(0, GUESTS - 1),
        start=st.sampled_from(STARTS),
        gift=st.sampled_from([None, None, 0, 1, 2, 3, 4]),
        promo=st.booleans(),
        method=st.sampled_from([None, "bank", "yookassa", "yookassa"]),
    )
    def hold(self, guest: int, start: int, gift: int | None, promo: bool, method: str | None) -> None:
        arrival = FIRST + start * HOUR
        wish = request(arrival.isoformat(), (arrival + 24 * HOUR).isoformat(), party={"adult": 4})
        sold = sorted(self.desk.read(gifts.listing), key=lambda one: one.id)
        if promo:
            wish = replace(wish, promo="SPRING")
        if gift is not None:
            wish = replace(wish, gift=sold[gift % len(sold)].code)
        self.tried("a hold", lambda: self.desk.hold("", "", wish=wish, guest=self.guests[guest], method=method))

    @rule(
        guest=st.integers(0, GUESTS - 1),
        start=st.sampled_from(STARTS),
        gift=st.sampled_from([None, None, None, 0, 1, 2, 3]),
        at_once=st.booleans(),
        strange=st.sampled_from([None] * 15 + list(range(len(STRANGE)))),
        heard=st.booleans(),
    )
    def book_and_pay(
        self, guest: int, start: int, gift: int | None, at_once: bool, strange: int | None, heard: bool
    ) -> None:
        before = len(self.shop.payments)
        self.hold(guest=guest, start=start, gift=gift, promo=False, method="yookassa")
        self.round()
        if len(self.shop.payments) > before and self.pages:
            self.pay_by_card(pick=0, at_once=at_once, strange=strange, told=0)
        if heard:
            self.round()

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), method=st.sampled_from(["bank", "cash", "yookassa", "yookassa"]))
    def choose_how_to_pay(self, pick: int, method: str) -> None:
        self.tried("a way to pay", lambda: self.desk.pay_way(self.pick(pick), method))

    @precondition(lambda self: len(self.some) > 1)
    @rule(pick=st.integers(0, 9))
    def let_go(self, pick: int) -> None:
        self.tried("let go", lambda: self.desk.release(self.pick(pick)))

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), minutes_ago=st.sampled_from([0, 0, 0, 150]))
    def send_a_receipt(self, pick: int, minutes_ago: int) -> None:
        one = self.pick(pick)
        sent = max(self.desk.now - timedelta(minutes=minutes_ago), one.created_at)
        self.tried("a receipt", lambda: self.desk.receipt(one, sent_at=sent, booking_id=one.id))

    # The provider and the guest's bank

    @precondition(lambda self: self.pages)
    @rule(
        pick=st.integers(0, 9),
        at_once=st.sampled_from([False, False, True]),
        strange=st.sampled_from([None] * 10 + list(range(len(STRANGE)))),
        told=st.integers(0, 2),
    )
    def pay_by_card(self, pick: int, at_once: bool, strange: int | None, told: int) -> None:
        page = self.pages[-1 - pick % len(self.pages)]  # the newest most of the time; old ones are still open somewhere
        if strange is not None:
            page.update(STRANGE[strange])
            SEEN["strange payments"] += 1
        self.wait(self.shop.pay(page, at_once=at_once))
        self.untold += [notice("payment", page)] * told
        SEEN["payments by card"] += 1

    @precondition(lambda self: self.pages)
    @rule(pick=st.integers(0, 9))
    def the_bank_says_no(self, pick: int) -> None:
        self.shop.give_up(self.pages[-1 - pick % len(self.pages)])

    @precondition(lambda self: self.authorised)
    @rule()
    def somebody_captures_it_in_the_cabinet(self) -> None:
        self.shop.captured_by_hand(self.authorised[-1])
        SEEN["captured in the cabinet"] += 1

    @precondition(lambda self: self.slow)
    @rule(arrives=st.booleans())
    def a_slow_refund_ends(self, arrives: bool) -> None:
        refund = self.slow[0]
        refund["status"] = "succeeded" if arrives else "canceled"
        self.untold.append(notice("refund", refund))

    # The wire

    @rule(which=st.integers(0, 9), lie=st.sampled_from(["", "", "succeeded", "canceled", "garbage"]))
    def a_notification_arrives(self, which: int, lie: str) -> None:
        """In any order, doubled, or never; some of them lie."""
        if lie == "garbage":
            body = b'{"object": ' + str(which).encode()
        elif lie and self.shop.payments:
            body = notice("payment", self.shop.newest() | {"status": lie})
        elif self.untold:
            body = self.untold.pop(which % len(self.untold))
        else:
            return
        self.desk.write(lambda tx: inbound.keep(tx, "yookassa", body, now=self.desk.now))
        SEEN["notifications"] += 1

    @rule(
        trouble=st.sampled_from(
            ["answer lost", "busy", "silent", "poor", "slow", "dies before", "dies after", "none", "none"]
        )
    )
    def trouble_with_the_provider(self, trouble: str) -> None:
        self.troubled_since = self.troubled_since or self.desk.now
        match trouble:
            case "answer lost":
                self.shop.lost_answers += 1
            case "busy":
                self.shop.busy += 1
            case "silent":
                self.shop.down = True
            case "poor":
                self.shop.poor = True
            case "slow":
                self.shop.slow_refunds = True
            case "dies before":
                self.port.dies = "before"
            case "dies after":
                self.port.dies = "after"
            case _:
                self.no_trouble()
        SEEN[f"trouble: {trouble}"] += 1

    @rule()
    def round(self) -> None:
        """The desk talks with the provider, and may die of it."""
        with suppress(Died):
            self.wait(self.till.round())

    @rule(minutes=st.sampled_from([1, 12, 25, 45, 130, 800, 4000]))
    def time_passes(self, minutes: int) -> None:
        goal = self.desk.now + timedelta(minutes=minutes)
        while self.desk.now < goal:
            if self.troubled_since is not None and self.desk.now - self.troubled_since > LONGEST_TROUBLE / 2:
                self.no_trouble()
            self.wait(self.desk.until(min(goal, self.desk.now + LONGEST_TROUBLE / 2)))
            self.round()

    # Staff

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), received=st.sampled_from([None, 0, 5_000, 35_000, 40_000, 90_000]))
    def confirm(self, pick: int, received: int | None) -> None:
        one = self.pick(pick)
        if self.tried("a yes", lambda: self.desk.confirm(one, received=received, twice=True)):
            self.took(one, received or 0)

    @precondition(lambda self: self.some)
    @rule(
        pick=st.integers(0, 9),
        reason=st.sampled_from(["money_not_seen", "unreadable", "wrong_sum", "no"]),
        received=st.sampled_from([None, None, 500]),
    )
    def decline(self, pick: int, reason: str, received: int | None) -> None:
        one = self.pick(pick)
        done = self.tried("a no", lambda: self.desk.decline(one, reason, received=received))
        if done is not None and reason != "unreadable":
            self.took(one, received or 0)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), amount=st.sampled_from([1, 5_000, 35_000, 70_000]), twice=st.booleans())
    def write_money_down(self, pick: int, amount: int, twice: bool) -> None:
        one = self.pick(pick)
        more: dict[str, Any] = {"method": "bank", "twice": twice, "actor": OWNER, "now": self.desk.now}
        if self.tried("money seen", lambda: self.desk.write(lambda tx: bookkeeping.record(tx, one.id, amount, **more))):
            self.took(one, amount)
            self.decided(one, amount)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), amount=st.sampled_from([-35_000, -5_000, 5_000]))
    def correct(self, pick: int, amount: int) -> None:
        one = self.pick(pick)
        more: dict[str, Any] = {"reason": "slip", "twice": True, "actor": OWNER, "now": self.desk.now}
        if self.tried(
            "a correction", lambda: self.desk.write(lambda tx: bookkeeping.adjust(tx, one.id, amount, **more))
        ):
            self.took(one, amount)
            self.decided(one, amount)

    @precondition(lambda self: self.refundable)
    @rule(pick=st.integers(0, 9), amount=st.sampled_from([None, 1, 5_000, 35_000]), by_hand=st.booleans())
    def two_of_the_staff_refund_at_once(self, pick: int, amount: int | None, by_hand: bool) -> None:
        row = self.refundable[pick % len(self.refundable)]
        for actor in (OWNER, SECOND):
            more: dict[str, Any] = {"reason": "cold sauna", "by_hand": by_hand, "actor": actor, "now": self.desk.now}
            sent = self.tried(
                "a refund",
                lambda more=more: self.desk.write(lambda tx: bookkeeping.refund(tx, row["id"], amount, **more)),  # type: ignore[misc]
            )
            if sent is not None and sent.method != "yookassa":
                self.by_hand -= sent.amount

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), total=st.sampled_from([0, 6_000, 50_000, 120_000]))
    def name_a_price(self, pick: int, total: int) -> None:
        one = self.pick(pick)
        more: dict[str, Any] = {"reason": "friends", "actor": OWNER, "now": self.desk.now}
        if self.tried("a price", lambda: self.desk.write(lambda tx: bookings.set_price(tx, one.id, total, **more))):
            self.agreed.add(one.id)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), hours=st.sampled_from([-26, -3, 1, 26]), longer=st.sampled_from([0, 0, 3]))
    def move(self, pick: int, hours: int, longer: int) -> None:
        one = self.pick(pick)
        wish = Change(
            arrival=one.arrival + hours * HOUR, departure=one.departure + (hours + longer) * HOUR, override="a friend"
        )
        if self.tried(
            "a move",
            lambda: self.desk.write(lambda tx: bookings.move(tx, one.id, wish, actor=OWNER, now=self.desk.now)),
        ):
            self.agreed.add(one.id)

    @precondition(lambda self: self.some)
    @rule(
        pick=st.integers(0, 9),
        by=st.sampled_from(["guest", "owner"]),
        refund=st.sampled_from([None, None, "all", "policy", "none", 4_000, 15_000]),
    )
    def cancel(self, pick: int, by: str, refund: Any) -> None:
        """What was shown before is what is done (R53)."""
        one = self.pick(pick)
        choice: refunds.Choice = refund if refund is not None else "policy" if by == "guest" else "all"
        with suppress(Refusal):
            shown = self.desk.read(lambda tx: refunds.terms(tx, one, choice, now=self.desk.now))
            before = Books.of(self.desk.rows).in_money(one.id)
            if self.tried("a cancellation", lambda: self.desk.cancel(one, by=by, refund=refund, reason="no")):
                self.kept[one.id] = max(before - shown.money, 0) if shown.seen else 0

    @precondition(lambda self: self.to_do)
    @rule(pick=st.integers(0, 9), choice=st.sampled_from(["gift", "refund", 0, 1]), staff=st.booleans())
    def do_a_task(self, pick: int, choice: Any, staff: bool) -> None:
        """Late money is given its end by its guest or by staff; what a person has to do is done, by two of them."""
        task = self.to_do[pick % len(self.to_do)]
        row = next((one for one in Books.of(self.desk.rows).payments if one["id"] == task.payment_id), None)
        if task.kind == "late_money":
            self.choose(task, row, choice, OWNER if staff else self.actor_of(task))
            return
        assert task.booking_id is not None
        owed = self.owed(task)
        for actor in (OWNER, SECOND):
            if self.tried(
                f"done: {task.kind}",
                lambda actor=actor: self.desk.write(lambda tx: tasks.done(tx, task.id, actor=actor, now=self.desk.now)),  # type: ignore[misc]
            ):
                self.by_hand += owed
            owed = 0

    def choose(self, task: Any, row: Any, choice: Any, actor: Actor) -> None:
        facts: dict[str, Any] = {"actor": actor, "now": self.desk.now}
        match choice:
            case "gift":
                if self.tried(
                    "late: a gift", lambda: self.desk.write(lambda tx: late_money.choose_gift(tx, task.id, **facts))
                ):
                    self.by_hand += row["amount"] if row["method"] != "yookassa" else 0
            case "refund":
                self.tried(
                    "late: back", lambda: self.desk.write(lambda tx: late_money.choose_refund(tx, task.id, **facts))
                )
            case number:
                self.tried(
                    "late: other dates",
                    lambda: self.desk.write(lambda tx: late_money.choose_dates(tx, task.id, number, **facts)),
                )

    # What must always be true

    @invariant()
    def the_books_agree(self) -> None:
        now = Books.of(self.desk.rows)
        hand = now.by_hand()
        wrong = [
            *books.claims_nothing_else(now, self.shop),
            *books.purses_are_never_empty_below(now),
            *books.nobody_is_on_taken_dates(now),
            *books.every_anomaly_has_a_voice(now, agreed=self.agreed),
            *books.nobodys_money_is_forgotten(now, kept=self.kept),
            *books.machines_confirm_for_money_alone(now, self.states),
            *([f"people say they hold {self.by_hand}, the ledger says {hand}"] if hand != self.by_hand else []),
            *books.gifts_add_up(now),
            *(f"{one.check}: {one.detail}" for one in self.desk.findings() if one.status == "fail"),
        ]
        assert wrong == [], "\n".join(wrong)
        self.states = {one["id"]: one["status"] for one in now.bookings}
        SEEN["steps"] += 1

    def in_the_end_the_books_are_equal(self) -> None:
        """The wire is whole again, everything has been heard, and every page that was paid has its end."""
        self.no_trouble()
        for refund in self.slow:
            refund["status"] = "succeeded"
        self.everything_is_told()
        for _ in range(4):
            self.wait(self.desk.until(self.desk.now + timedelta(minutes=61)))
            self.round()
        now = Books.of(self.desk.rows)
        wrong = list(books.leaves_nothing_out(now, self.shop))
        assert wrong == [], "\n".join(wrong)
        self.the_books_agree()
        SEEN["refunds by card"] += sum(one["status"] == "succeeded" for one in self.shop.refunds.values())
        SEEN["payments that were late or strange"] += sum(one["booking_id"] is None for one in now.payments)
        SEEN["confirmed"] += sum(one["status"] == "confirmed" for one in now.bookings)

    def everything_is_told(self) -> None:
        """Whatever the desk could not find by asking."""

    # What the rules ask

    @property
    def guests(self) -> list[int]:
        return [self.desk.guest(number + 1) for number in range(GUESTS)]

    @property
    def some(self) -> list[int]:
        return [row["id"] for row in self.desk.rows("SELECT id FROM bookings ORDER BY id")]

    @property
    def pages(self) -> list[dict[str, Any]]:
        shown = Books.of(self.desk.rows).pages
        return [one for number, one in self.shop.payments.items() if one["status"] == "pending" and number in shown]

    @property
    def authorised(self) -> list[dict[str, Any]]:
        return [one for one in self.shop.payments.values() if one["status"] == "waiting_for_capture"]

    @property
    def slow(self) -> list[dict[str, Any]]:
        return [one for one in self.shop.refunds.values() if one["status"] == "pending"]

    @property
    def refundable(self) -> list[dict[str, Any]]:
        return [one for one in Books.of(self.desk.rows).payments if one["kind"] == "payment"]

    @property
    def to_do(self) -> list[Any]:
        return self.desk.read(tasks.listing)

    def pick(self, number: int) -> Booking:
        """One of the newest of which something may still become, most of the time."""
        open_ones = [row["id"] for row in self.desk.rows(f"SELECT id FROM bookings WHERE status IN {OPEN} ORDER BY id")]
        known = open_ones if open_ones and number < 7 else self.some
        return self.stay_of(known[-1 - number % len(known)])

    def stay_of(self, number: int) -> Booking:
        return self.desk.read(lambda tx: bookings.get(tx, number))

    def actor_of(self, task: Any) -> Actor:
        return self.desk.actor(self.stay_of(task.booking_id))

    def owed(self, task: Any) -> int:
        """What "done" says went by hand: a refund away, late money that becomes a gift in."""
        now = Books.of(self.desk.rows)
        row = next((one for one in now.payments if one["id"] == task.payment_id), None)
        if row is not None:
            sign = {"gift": row["method"] != "yookassa", "refund": -(row["method"] == "yookassa")}[task.kind]
            return int(sign * row["amount"])
        amount, most = task.facts.get("amount"), now.in_money(task.booking_id)
        return -(most if amount is None else min(amount, most))

    def took(self, one: Booking, amount: int) -> None:
        """A person says that it came; more than it costs is theirs to say, too."""
        self.by_hand += amount
        self.agreed.add(one.id)

    def decided(self, one: Booking, amount: int) -> None:
        """Who writes money down on what is over has it before their eyes."""
        if self.desk.look(one).status in books.OVER:
            self.kept[one.id] = max(self.kept.get(one.id, 0) + amount, 0)

    def no_trouble(self) -> None:
        self.shop.lost_answers = self.shop.busy = 0
        self.shop.down = self.shop.poor = self.shop.slow_refunds = False
        self.port.dies, self.troubled_since = "", None

    def tried(self, what: str, act: Callable[[], T]) -> T | None:
        """What came of it; a refusal is an answer too, anything else that is raised is a fault."""
        try:
            done = act()
        except Refusal as refusal:
            SEEN[f"{what}: {refusal.code}"] += 1
            return None
        SEEN[what] += 1
        return done

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)


def notice(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"type": "notification", "event": f"{kind}.{thing['status']}", "object": thing}).encode()
