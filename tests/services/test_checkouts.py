"""Money by card against a strict provider: one payment whatever is lost or comes twice, and never a stay on taken dates (R36, R45)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.errors import Refusal
from housebot.integrations.yookassa import YooKassa
from housebot.services import bookings, checkouts, collecting, inbound, late_money, payments, tasks, ways
from housebot.services.bookings import Booking
from housebot.services.checkouts import Checkout
from housebot.services.ports import SYSTEM, Order, ProviderPayment, Tx
from housebot.services.purposes import deposit
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import AsyncDatabase, Desk
from tests.yookassa import SECRET, SHOP, YooKassaDouble

WHEN = ("2026-12-05T16:00", "2026-12-06T16:00")


class Till:
    """A desk that takes cards, and the provider it takes them by."""

    def __init__(self, desk: Desk, shop: YooKassaDouble, port: YooKassa) -> None:
        self.desk, self.shop, self.port = desk, shop, port

    async def round(self) -> int:
        return await collecting.collect(AsyncDatabase(self.desk.file), self.port, now=self.desk.now)

    async def later(self, **length: float) -> None:
        """Time passes, what is due is done, the provider is asked."""
        await self.desk.until(self.desk.now + timedelta(**length))
        await self.round()

    async def waiting(self, *, guest: int | None = None) -> Booking:
        """A hold whose guest has the page open."""
        booking = self.desk.pay_way(self.desk.hold(*WHEN, method="bank", guest=guest), "yookassa")
        await self.round()
        return booking

    def order(self, booking: Booking) -> Checkout:
        return self.desk.read(lambda tx: checkouts.listing(tx, booking.id))[-1]

    def paid(self, booking: Booking) -> int:
        return self.desk.read(lambda tx: payments.paid(tx, booking.id))

    def ledger(self) -> list[tuple[str, int, str]]:
        rows = self.desk.rows("SELECT kind, amount, state FROM payments ORDER BY id")
        return [(row["kind"], row["amount"], row["state"]) for row in rows]

    def alerts(self) -> list[str]:
        found = [row["facts"] for row in self.desk.said("staff.alert")]
        return list(dict.fromkeys(":".join(filter(None, (one["code"], one.get("reason")))) for one in found))

    def agrees(self) -> None:
        """What the ledger says came and went is what the provider says."""
        signed = "CASE kind WHEN 'refund' THEN -amount ELSE amount END"
        row = self.desk.rows(
            f"SELECT coalesce(sum({signed}), 0) AS net FROM payments WHERE method = 'yookassa' AND state IN ('done', 'unapplied')"
        )[0]
        assert row["net"] == int(self.shop.taken() * 100)
        assert [one for one in self.desk.findings() if one.status == "fail"] == []


@asynccontextmanager
async def opened(folder: Path, catalog: Catalog | None = None) -> AsyncIterator[Till]:
    file = DatabaseFile.open(folder / "desk.db", create=True)
    desk = Desk(file, catalog)
    desk.write(lambda tx: ways.remember(tx, ["yookassa"]))
    async with YooKassaDouble() as shop, YooKassa(SHOP, SECRET, base=shop.url) as port:
        yield Till(desk, shop, port)
    file.close()


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


async def test_the_deposit_by_card_confirms_without_a_person(till: Till) -> None:
    booking = await till.waiting()
    assert (booking.status, booking.payment_method) == ("awaiting_payment", "yookassa")
    assert till.order(booking).confirmation_url is not None
    await till.shop.pay()
    await till.later(seconds=15)
    now = till.desk.look(booking)
    assert (now.status, now.decided_by) == ("confirmed", str(SYSTEM))
    assert till.ledger() == [("payment", booking.deposit, "done")]
    assert [call[:2] for call in till.shop.calls if call[0] == "POST"] == [
        ("POST", "payments"),
        ("POST", "payments/capture"),
    ]
    assert len(till.desk.said("guest.confirmed")) == 1
    assert len(till.desk.said("staff.booked")) == 2, "nobody of the staff has seen it: both owners are told"
    till.agrees()


async def test_defect_15_a_double_tap_is_one_order_and_one_payment(till: Till) -> None:
    booking = till.desk.hold(*WHEN, method="bank")
    first, again = till.desk.pay_way(booking, "yookassa"), till.desk.pay_way(booking, "yookassa")
    assert first == again
    await till.round()
    till.desk.pay_way(booking, "yookassa")
    await till.round()
    till.desk.pay_way(booking, "bank")
    till.desk.pay_way(booking, "yookassa")
    await till.round()
    assert len(till.shop.payments) == 1
    assert len(till.desk.read(lambda tx: checkouts.listing(tx, booking.id))) == 1


async def test_a_desk_without_a_provider_offers_no_card(till: Till) -> None:
    booking = till.desk.hold(*WHEN, method="bank")
    till.desk.write(lambda tx: ways.remember(tx, []))
    with pytest.raises(Refusal, match="invalid"):
        till.desk.pay_way(booking, "yookassa")


async def test_r45_a_lost_notification_is_found_by_polling_and_two_are_one_row(till: Till) -> None:
    booking = await till.waiting()
    await till.shop.pay()
    body = b'{"type": "notification", "event": "payment.succeeded", "object": {"id": "%s"}}'
    named = body % till.shop.newest()["id"].encode()
    for sent in (named, named, named.replace(b"succeeded", b"canceled")):
        till.desk.write(lambda tx, sent=sent: inbound.keep(tx, "yookassa", sent, now=till.desk.now))  # type: ignore[misc]
    assert till.desk.rows("SELECT count(*) AS n FROM notifications")[0]["n"] == 2
    await till.round()
    assert till.desk.look(booking).status == "confirmed"
    till.desk.write(lambda tx: inbound.keep(tx, "yookassa", named + b" ", now=till.desk.now))
    await till.later(hours=30)
    assert till.ledger() == [("payment", booking.deposit, "done")]


async def test_r45_two_rounds_that_hear_the_same_write_one_row(till: Till) -> None:
    booking = await till.waiting()
    await till.shop.pay(at_once=True)
    till.desk.pass_time(seconds=15)
    await asyncio.gather(till.round(), till.round())
    assert till.desk.look(booking).status == "confirmed"
    assert till.ledger() == [("payment", booking.deposit, "done")]
    till.agrees()


@pytest.mark.parametrize("lie", [b"succeeded", b"waiting_for_capture"])
async def test_defect_15_a_notification_that_lies_changes_nothing(till: Till, lie: bytes) -> None:
    booking = await till.waiting()
    body = b'{"event": "payment.%s", "object": {"id": "%s", "status": "%s", "paid": true}}'
    told = body % (lie, till.shop.newest()["id"].encode(), lie)
    till.desk.write(lambda tx: inbound.keep(tx, "yookassa", told, now=till.desk.now))
    await till.round()
    assert till.desk.look(booking).status == "awaiting_payment"
    assert till.ledger() == []


@pytest.mark.parametrize("body", [b"\xff", b"{}", b"[]", b'{"object": {"id": 7}}'])
async def test_a5_what_nobody_can_read_is_set_aside_and_told_once(till: Till, body: bytes) -> None:
    for _ in range(2):
        till.desk.write(lambda tx: inbound.keep(tx, "yookassa", body, now=till.desk.now))
        await till.round()
    assert till.alerts() == ["notification_aside"]
    assert till.desk.rows("SELECT state FROM notifications") == [{"state": "aside"}]


class Killed(Exception):  # noqa: N818
    """The machine stops here."""


STEPS = ["create", "created", "get", "learned", "capture", "captured"]


@pytest.mark.parametrize("step", STEPS)
async def test_killed_between_any_two_steps_it_is_the_same_payment(
    till: Till, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = till.desk.pay_way(till.desk.hold(*WHEN, method="bank"), "yookassa")
    dead: list[str] = []

    def dies(name: str, real: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        async def call(*arguments: Any, **more: Any) -> Any:
            told = await real(*arguments, **more) if after else None
            if not dead:
                dead.append(name)
                raise Killed
            return told if after else await real(*arguments, **more)

        return call

    target = {"create": "create", "created": "create", "get": "get", "learned": "capture", "capture": "capture"}
    name = target.get(step, "capture")
    monkeypatch.setattr(till.port, name, dies(name, getattr(till.port, name), after=step in {"created", "captured"}))
    for tick in range(8):
        try:
            await till.later(seconds=15)
        except Killed:
            assert till.ledger() == []
        if tick >= 2 and till.shop.payments and till.shop.newest()["status"] == "pending":
            await till.shop.pay()
    assert dead
    assert till.desk.look(booking).status == "confirmed"
    assert len(till.shop.payments) == 1
    assert till.ledger() == [("payment", booking.deposit, "done")]
    till.agrees()


@pytest.mark.parametrize("call", ["POST payments", "POST capture", "202"])
async def test_an_answer_lost_on_the_way_is_asked_for_again_with_the_same_key(till: Till, call: str) -> None:
    booking = till.desk.pay_way(till.desk.hold(*WHEN, method="bank"), "yookassa")
    if call == "202":
        till.shop.busy = 1
    elif call == "POST payments":
        till.shop.lost_answers = 1
    await till.round()
    await till.later(seconds=15)
    await till.shop.pay()
    if call == "POST capture":
        till.shop.lost_answers = 1
    await till.later(seconds=15)
    await till.later(seconds=15)
    assert till.desk.look(booking).status == "confirmed"
    assert len(till.shop.payments) == 1
    for path in ("payments", "payments/capture"):
        assert len({key for method, asked, key in till.shop.calls if (method, asked) == ("POST", path)}) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": {"value": "1.00", "currency": "BYN"}}, "amount"),
        ({"amount": {"value": "350.00", "currency": "RUB"}}, "currency"),
        ({"metadata": {"booking": "HB-ELSE"}}, "booking"),
        ({"metadata": {}}, "booking"),
        ({"test": True}, "test"),
    ],
    ids=["less", "currency", "foreign", "nobodys", "test-money"],
)
@pytest.mark.parametrize("at_once", [False, True], ids=["authorised", "taken"])
async def test_r45_money_that_is_not_what_was_asked_for_never_confirms(
    till: Till, change: dict[str, Any], reason: str, at_once: bool
) -> None:
    booking = await till.waiting()
    till.shop.newest().update(change)
    await till.shop.pay(at_once=at_once)
    for _ in range(3):
        await till.later(seconds=15)
    assert till.desk.look(booking).status == "awaiting_payment"
    assert till.paid(booking) == 0
    assert till.alerts() == [f"card_odd:{reason}"]
    if at_once:
        assert [row[2] for row in till.ledger()] == ["unapplied"]
        assert till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id)) is not None
    else:
        assert till.shop.newest()["status"] == "canceled"
        assert till.ledger() == []


async def test_twenty_minutes_and_ten_more_while_the_page_is_open(till: Till) -> None:
    booking = till.desk.hold(*WHEN, method="bank")
    promised = booking.hold_expires_at
    booking = till.desk.pay_way(booking, "yookassa")
    begun = till.desk.now
    assert booking.hold_expires_at == begun + timedelta(minutes=20)
    await till.round()
    for _ in range(24):
        await till.later(seconds=50)
    assert till.desk.look(booking).hold_expires_at == begun + timedelta(minutes=30)
    for _ in range(24):
        await till.later(seconds=50)
    assert till.desk.look(booking).status == "expired"
    assert promised is not None


async def test_going_back_to_a_transfer_keeps_what_was_promised_and_pressing_to_and_fro_gives_no_more(
    till: Till,
) -> None:
    booking = till.desk.hold(*WHEN, method="bank")
    promised = booking.hold_expires_at
    till.desk.pay_way(booking, "yookassa")
    assert till.desk.pay_way(booking, "bank").hold_expires_at == promised
    till.desk.pass_time(minutes=10)
    assert till.desk.pay_way(booking, "yookassa").hold_expires_at == promised
    assert len(till.desk.read(lambda tx: checkouts.listing(tx, booking.id))) == 1


async def expired(till: Till) -> Booking:
    booking = await till.waiting()
    await till.later(minutes=50)
    assert till.desk.look(booking).status == "expired"
    return booking


async def test_r36_late_money_revives_the_booking_while_it_is_free(till: Till) -> None:
    booking = await expired(till)
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.desk.look(booking).status == "confirmed"
    assert till.ledger() == [("payment", booking.deposit, "done")]
    till.agrees()


async def test_r36_authorised_money_for_taken_dates_is_let_go(till: Till) -> None:
    booking = await expired(till)
    other = till.desk.hold(*WHEN, method="bank", guest=till.desk.guest(2))
    await till.shop.pay()
    await till.later(minutes=2)
    assert till.shop.newest()["status"] == "canceled"
    assert (till.desk.look(booking).status, till.desk.look(other).status) == ("expired", "awaiting_payment")
    assert till.ledger() == []
    (told,) = till.desk.said("guest.card_let_go")
    assert told["facts"]["amount"] == booking.deposit


async def sold_and_taken(till: Till) -> Booking:
    booking = await expired(till)
    till.desk.hold(*WHEN, method="bank", guest=till.desk.guest(2))
    await till.shop.pay(at_once=True)
    await till.later(minutes=2)
    assert till.ledger() == [("payment", booking.deposit, "unapplied")]
    assert till.alerts() == ["late_money"]
    return booking


async def test_r36_taken_money_for_taken_dates_waits_for_a_choice_and_goes_back_by_card(till: Till) -> None:
    booking = await sold_and_taken(till)
    task = till.desk.read(lambda tx: late_money.waiting(tx, booking))
    assert task is not None
    till.desk.write(lambda tx: late_money.choose_refund(tx, task.id, actor=till.desk.actor(booking), now=till.desk.now))
    await till.round()
    assert till.ledger() == [("payment", booking.deposit, "done"), ("refund", booking.deposit, "done")]
    assert till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id)) is None
    till.agrees()
    assert till.shop.taken() == 0


async def test_r36_taken_money_goes_to_other_dates_and_confirms_them(till: Till) -> None:
    booking = await sold_and_taken(till)
    task = till.desk.read(lambda tx: late_money.waiting(tx, booking))
    assert task is not None
    assert task.facts["alternatives"]
    new = till.desk.write(
        lambda tx: late_money.choose_dates(tx, task.id, 0, actor=till.desk.actor(booking), now=till.desk.now)
    )
    assert (till.desk.look(new).status, till.paid(new)) == ("confirmed", booking.deposit)
    till.agrees()


async def test_dates_are_claimed_before_money_is_taken(till: Till) -> None:
    """The provider is away between the yes of the bank and the taking, for longer than the hold had left."""
    booking = await till.waiting()
    await till.shop.pay()
    till.desk.pass_time(minutes=19)
    real = till.port.capture

    async def away(payment: ProviderPayment, *, key: str) -> ProviderPayment:
        till.shop.down = True
        return await real(payment, key=key)

    till.port.capture = away  # type: ignore[method-assign]
    await till.round()
    till.port.capture = real  # type: ignore[method-assign]
    for _ in range(5):
        await till.later(hours=1)
    assert till.ledger() == []
    with pytest.raises(Refusal, match="dates_taken"):
        till.desk.hold(*WHEN, method="bank", guest=till.desk.guest(2))
    with pytest.raises(Refusal, match="stale"):
        till.desk.pay_way(till.desk.look(booking), "bank")
    till.shop.down = False
    await till.later(minutes=11)
    assert till.desk.look(booking).status == "confirmed"
    till.agrees()


async def test_who_let_the_dates_go_and_pays_all_the_same_keeps_the_money(till: Till) -> None:
    booking = await till.waiting()
    till.desk.release(till.desk.look(booking))
    await till.shop.pay()
    await till.later(seconds=15)
    assert till.shop.newest()["status"] == "canceled"
    assert till.desk.look(booking).status == "cancelled_by_guest"
    assert till.ledger() == []


@pytest.mark.parametrize("taken", [False, True])
async def test_r36_money_taken_of_a_hold_the_guest_let_go_says_the_dates_are_gone_only_where_they_are(
    till: Till, taken: bool
) -> None:
    booking = await till.waiting()
    till.desk.release(till.desk.look(booking))
    if taken:
        till.desk.hold(*WHEN, method="bank", guest=till.desk.guest(2))
    await till.shop.pay(at_once=True)
    await till.later(seconds=15)
    assert till.ledger() == [("payment", booking.deposit, "unapplied")]
    task = till.desk.read(lambda tx: late_money.waiting(tx, booking))
    assert task is not None
    (told,) = till.desk.said("guest.late_sold")
    alert = till.desk.said("staff.alert")[-1]
    assert [bool(one.get("off")) for one in (task.facts, told["facts"], alert["facts"])] == [not taken] * 3
    assert bool(task.facts["alternatives"]) == taken


async def test_a_card_that_is_declined_opens_the_other_ways_again(till: Till) -> None:
    booking = till.desk.hold(*WHEN, method="bank")
    promised = booking.hold_expires_at
    till.desk.pay_way(booking, "yookassa")
    await till.round()
    till.shop.give_up(reason="insufficient_funds")
    await till.later(seconds=15)
    now = till.desk.look(booking)
    assert (now.status, now.payment_method, now.hold_expires_at) == ("awaiting_payment", "bank", promised)
    assert len(till.desk.said("guest.card_failed")) == 1
    till.desk.pay_way(now, "yookassa")
    await till.round()
    assert len(till.shop.payments) == 2


async def test_a_provider_that_will_not_begin_is_told_to_the_owner_and_the_guest_pays_otherwise(till: Till) -> None:
    till.shop.refuses = "invalid_request"
    booking = till.desk.pay_way(till.desk.hold(*WHEN, method="bank"), "yookassa")
    await till.round()
    assert till.desk.look(booking).payment_method == "bank"
    assert till.alerts() == ["card_refused:invalid_request"]


async def test_wrong_credentials_alarm_once_and_lose_nothing(till: Till) -> None:
    booking = await till.waiting()
    await till.shop.pay()
    till.shop.locked = True
    for _ in range(4):
        await till.later(minutes=2)
    assert till.alerts() == ["card_locked"]
    till.shop.locked = False
    await till.later(minutes=2)
    assert till.desk.look(booking).status == "confirmed"


@pytest.mark.parametrize("trouble", ["locked", "down"])
async def test_a_page_that_does_not_come_leaves_the_other_ways(till: Till, trouble: str) -> None:
    setattr(till.shop, trouble, True)
    booking = till.desk.pay_way(till.desk.hold(*WHEN, method="bank"), "yookassa")
    for _ in range(18):
        await till.later(seconds=10)
    assert till.desk.look(booking).payment_method == "bank"
    assert till.alerts()[0].split(":")[0] == {"locked": "card_locked", "down": "card_refused"}[trouble]
    assert len(till.desk.said("guest.card_failed")) == 1


async def paid_booking(till: Till) -> Booking:
    booking = await till.waiting()
    await till.shop.pay()
    await till.later(seconds=15)
    return till.desk.look(booking)


@pytest.mark.parametrize("lost", [0, 1], ids=["answered", "answer-lost"])
async def test_a_cancelled_stay_goes_back_to_the_card_once(till: Till, lost: int) -> None:
    booking = await paid_booking(till)
    till.desk.cancel(booking, by="owner", reason="the boiler")
    assert till.paid(booking) == booking.deposit, "it is on its way, not gone"
    till.shop.lost_answers = lost
    await till.round()
    await till.later(seconds=15)
    assert till.paid(booking) == 0
    assert len(till.shop.refunds) == 1
    assert till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id)) is None
    (told,) = till.desk.said("guest.refund_done")
    assert told["facts"]["by_card"]
    till.agrees()


async def test_r48_card_money_goes_back_by_card_and_the_rest_by_hand(till: Till) -> None:
    booking = await paid_booking(till)
    till.desk.write(
        lambda tx: payments.record(tx, booking, 10000, method="cash", actor=till.desk.actor(booking), now=till.desk.now)
    )
    till.desk.cancel(booking, by="owner", reason="the boiler")
    await till.round()
    assert till.paid(booking) == 10000
    task = till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    assert task.facts["amount"] == 10000


async def test_a_slow_refund_is_asked_about_until_it_is_there(till: Till) -> None:
    booking = await paid_booking(till)
    till.shop.slow_refunds = True
    till.desk.cancel(booking, by="owner", reason="the boiler")
    await till.round()
    assert till.paid(booking) == booking.deposit
    for refund in till.shop.refunds.values():
        refund["status"] = "succeeded"
    await till.later(minutes=11)
    assert till.paid(booking) == 0
    assert len(till.shop.refunds) == 1


@pytest.mark.parametrize("why", ["poor", "silent"])
async def test_a_refund_the_provider_does_not_make_becomes_a_task(till: Till, why: str) -> None:
    booking = await paid_booking(till)
    till.desk.cancel(booking, by="owner", reason="the boiler")
    if why == "poor":
        till.shop.poor = True
        await till.round()
    else:
        till.shop.down = True
        await till.later(hours=21)
        await till.later(hours=1)
    task = till.desk.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert task is not None
    assert (task.facts["amount"], task.facts["seen"]) == (booking.deposit, why == "poor")
    till.shop.poor = till.shop.down = False
    await till.later(hours=2)
    assert till.shop.refunds == {} or why == "poor", "a day later the same key would be a second refund"


async def test_approval_before_money_was_given_before_and_is_not_asked_again(tmp_path: Path) -> None:
    catalog = factories.secret_house()
    catalog = replace(catalog, desk=replace(catalog.desk, approval="before_payment"))
    async with opened(tmp_path, catalog) as till:
        booking = till.desk.hold(*WHEN)
        with pytest.raises(Refusal, match="stale"):
            till.desk.pay_way(booking, "yookassa")
        till.desk.confirm(booking)
        till.desk.pay_way(booking, "yookassa")
        await till.round()
        await till.shop.pay()
        await till.later(seconds=15)
        assert till.desk.look(booking).status == "confirmed"


async def test_a_receipt_under_review_beside_the_card_is_told(till: Till) -> None:
    booking = await till.waiting()
    till.desk.receipt(booking)
    await till.shop.pay()
    await till.later(seconds=15)
    assert till.desk.look(booking).status == "confirmed"
    assert "card_beside_receipt" in till.alerts()


async def test_an_order_is_the_same_words_each_time(till: Till) -> None:
    booking = till.desk.pay_way(till.desk.hold(*WHEN, method="bank"), "yookassa")
    order = checkouts.order_of(till.order(booking))
    assert isinstance(order, Order)
    assert (order.amount, order.currency, order.booking) == (booking.deposit, "BYN", booking.code)
    assert till.desk.read(lambda tx: bookings.get(tx, booking.code)).code in order.description


async def test_r45_an_order_our_own_rules_refuse_does_not_stop_the_others_and_is_tried_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await till.waiting()
    other = till.desk.pay_way(
        till.desk.hold("2026-12-12T16:00", "2026-12-13T16:00", method="bank", guest=till.desk.guest(2)), "yookassa"
    )
    await till.round()
    for page in list(till.shop.payments.values()):
        await till.shop.pay(page)
    real = deposit.came

    def refuses(tx: Tx, order: Checkout, *more: Any, **facts: Any) -> None:
        if order.booking_id == first.id:
            raise Refusal("invalid", reason="nobody thought of it")
        real(tx, order, *more, **facts)

    monkeypatch.setattr(deposit, "came", refuses)
    for _ in range(3):
        await till.later(minutes=2)
    assert (till.desk.look(first).status, till.desk.look(other).status) == ("awaiting_payment", "confirmed")
    assert till.alerts() == ["card_odd:amount"], "said once"
    monkeypatch.undo()
    await till.later(minutes=2)
    assert till.desk.look(first).status == "confirmed"
    till.agrees()


async def test_r45_the_file_itself_refuses_a_second_open_order_of_one_booking(till: Till) -> None:
    booking = await till.waiting()
    order = till.order(booking)

    def twice(tx: Any) -> None:
        tx.run(
            """
            INSERT INTO checkouts (booking_id, provider, idempotence_key, amount, currency, facts, created_at, updated_at)
            SELECT booking_id, provider, 'another', amount, currency, facts, created_at, updated_at FROM checkouts WHERE id = :id
            """,
            id=order.id,
        )

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        till.desk.write(twice)
    till.desk.write(lambda tx: tx.run("UPDATE checkouts SET verdict = 'cancel' WHERE id = :id", id=order.id))
    till.desk.write(twice)  # what is let go is in nobody's way
