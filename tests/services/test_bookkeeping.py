"""What staff write into the ledger: refunds that name their payment, corrections, overpayment, and who is told (R44)."""

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import audit, bookkeeping, payments, tasks
from housebot.services.bookings import Booking
from housebot.services.payments import Payment
from housebot.storage.file import DatabaseFile
from tests.desk import OWNER, SECOND, Desk

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file)
    file.close()


@pytest.fixture
def booking(desk: Desk) -> Booking:
    return desk.hold(*SATURDAY, method="bank")


def record(desk: Desk, booking: Booking, amount: int, method: str = "cash", **more: Any) -> Payment:
    return desk.write(
        lambda tx: bookkeeping.record(tx, booking.id, amount, method=method, actor=OWNER, now=desk.now, **more)
    )


def refund(desk: Desk, payment: int, amount: int | None = None, *, reason: str = "cold sauna", **more: Any) -> Payment:
    return desk.write(
        lambda tx: bookkeeping.refund(tx, payment, amount, reason=reason, **{"actor": OWNER, **more}, now=desk.now)
    )


def adjust(desk: Desk, booking: Booking, amount: int, *, reason: str = "miscounted", **more: Any) -> Payment:
    return desk.write(
        lambda tx: bookkeeping.adjust(tx, booking.id, amount, reason=reason, actor=OWNER, now=desk.now, **more)
    )


def paid(desk: Desk, booking: Booking) -> int:
    return desk.read(lambda tx: payments.paid(tx, booking.id))


def test_r44_a_refund_names_its_payment_and_takes_what_is_left_of_it(desk: Desk, booking: Booking) -> None:
    first, second = record(desk, booking, 30_000), record(desk, booking, 40_000, "bank")
    part = refund(desk, first.id, 10_000)
    assert (part.kind, part.refunds, part.amount, part.method, part.comment) == (
        "refund", first.id, 10_000, "cash", "cold sauna",
    )  # fmt: skip
    assert refund(desk, first.id).amount == 20_000
    assert paid(desk, booking) == 40_000
    assert desk.read(lambda tx: [payments.left(tx, one) for one in (first, second, part)]) == [0, 40_000, 0]
    assert [one for one in desk.findings() if one.status == "fail"] == []


@pytest.mark.parametrize(
    ("before", "asked", "code", "facts"),
    [
        pytest.param([], 30_001, "amount_invalid", {"reason": "refund_above", "left": 30_000}, id="above the payment"),
        pytest.param([10_000], 20_001, "amount_invalid", {"left": 20_000}, id="above what is left of it"),
        pytest.param([30_000], None, "already_decided", {"what": "refund"}, id="twice in full"),
        pytest.param([30_000], 1, "already_decided", {"what": "refund"}, id="of nothing left"),
        pytest.param([], 0, "amount_invalid", {}, id="nothing"),
        pytest.param([], -5, "amount_invalid", {}, id="less than nothing"),
    ],
)
def test_r44_never_more_goes_back_than_is_left(
    desk: Desk, booking: Booking, before: list[int], asked: int | None, code: str, facts: dict[str, Any]
) -> None:
    payment = record(desk, booking, 30_000)
    record(desk, booking, 40_000)
    for amount in before:
        refund(desk, payment.id, amount)
    stood = paid(desk, booking)
    with pytest.raises(Refusal, match=code) as refused:
        refund(desk, payment.id, asked)
    assert facts.items() <= refused.value.facts.items()
    assert paid(desk, booking) == stood


def test_r44_two_who_refund_at_once_refund_once(desk: Desk, booking: Booking, tmp_path: Path) -> None:
    payment = record(desk, booking, 30_000)
    gate, said = Barrier(2), list[str]()

    def press(actor: Any) -> None:
        file = DatabaseFile.open(tmp_path / "desk.db")
        gate.wait()
        try:
            file.write_now(lambda tx: bookkeeping.refund(tx, payment.id, 20_000, reason="x", actor=actor, now=desk.now))
            said.append("done")
        except Refusal as refusal:
            said.append(refusal.code)
        file.close()

    threads = [Thread(target=press, args=(actor,)) for actor in (OWNER, SECOND)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["amount_invalid", "done"]
    assert paid(desk, booking) == 10_000


def test_the_schema_itself_refuses_a_refund_above_its_payment(desk: Desk, booking: Booking) -> None:
    payment = record(desk, booking, 30_000)
    with pytest.raises(Exception, match="more is refunded than was paid"):
        desk.write(
            lambda tx: tx.run(
                """
                INSERT INTO payments (booking_id, kind, method, amount, currency, state, refunds, actor, created_at, updated_at)
                VALUES (:booking, 'refund', 'bank', 30001, 'BYN', 'done', :payment, 'x', '', '')
                """,
                booking=booking.id,
                payment=payment.id,
            )
        )


def test_r44_db_check_finds_a_payment_that_was_refunded_beyond_itself(desk: Desk, booking: Booking) -> None:
    payment = record(desk, booking, 30_000)
    record(desk, booking, 40_000)
    refund(desk, payment.id, 30_000)
    assert "refunds" not in {one.check for one in desk.findings()}
    desk.write(lambda tx: tx.run("UPDATE payments SET amount = 30001 WHERE refunds IS NOT NULL"))
    assert [(one.check, one.status) for one in desk.findings() if one.status == "fail"] == [("refunds", "fail")]


def test_r44_db_check_finds_a_refund_of_somebody_elses_payment(desk: Desk, booking: Booking) -> None:
    payment = record(desk, booking, 30_000)
    refund(desk, payment.id, 10_000)
    other = desk.hold("2026-12-08T16:00", "2026-12-09T16:00", guest=desk.guest(2), method="bank")
    record(desk, other, 30_000)
    desk.write(lambda tx: tx.run("UPDATE payments SET booking_id = :id WHERE refunds IS NOT NULL", id=other.id))
    assert [one.check for one in desk.findings() if one.status == "fail"] == ["refunds"]


def test_only_a_payment_of_a_booking_can_be_refunded(desk: Desk, booking: Booking) -> None:
    payment = record(desk, booking, 30_000)
    back, corrected = refund(desk, payment.id, 10_000), adjust(desk, booking, -5_000)
    for row in (back, corrected):
        with pytest.raises(Refusal, match="invalid") as refused:
            refund(desk, row.id)
        assert refused.value.facts["reason"] == "no_payment"
    with pytest.raises(Refusal, match="not_found"):
        refund(desk, 99)
    assert refund(desk, payment.id).amount == 15_000  # never below nothing, whatever the payment says


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_refund_and_a_correction_say_why(desk: Desk, booking: Booking, reason: str) -> None:
    payment = record(desk, booking, 30_000)
    with pytest.raises(Refusal, match="invalid"):
        refund(desk, payment.id, reason=reason)
    with pytest.raises(Refusal, match="invalid"):
        adjust(desk, booking, 100, reason=reason)
    assert paid(desk, booking) == 30_000


def test_r44_an_overpayment_and_a_correction_beyond_the_total_are_said_twice(desk: Desk, booking: Booking) -> None:
    for write in (record, adjust):
        with pytest.raises(Refusal, match="amount_invalid") as refused:
            write(desk, booking, 70_001)
        assert refused.value.facts["overpaid"] == 1
    record(desk, booking, 70_001, twice=True)
    assert adjust(desk, booking, -1).amount == -1  # what only mends is not asked about
    with pytest.raises(Refusal, match="amount_invalid"):
        adjust(desk, booking, -70_001)
    with pytest.raises(Refusal, match="amount_invalid"):
        adjust(desk, booking, 0)


def test_a_refund_from_the_shell_does_the_task_and_the_guest_is_told_once(desk: Desk, booking: Booking) -> None:
    desk.receipt(booking)
    desk.confirm(booking, received=35_000)
    desk.cancel(desk.look(booking), by="owner", reason="boiler")
    desk.write(lambda tx: tasks.set_where(tx, booking.id, "card 4242", actor=desk.actor(booking), now=desk.now))
    (payment,) = desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))
    refund(desk, payment.id, 10_000)
    (task,) = desk.read(tasks.listing)
    assert (task.facts["amount"], task.facts["where"]) == (25_000, "card 4242")
    refund(desk, payment.id)
    assert desk.read(tasks.listing) == []
    assert [(row["facts"]["amount"], row["facts"]["asked_where"]) for row in desk.said("guest.refund_done")] == [
        (10_000, False),
        (25_000, True),
    ]
    assert "4242" not in str(desk.rows("SELECT facts FROM tasks"))
    with pytest.raises(Refusal, match="already_decided"):
        desk.write(lambda tx: tasks.done(tx, task.id, actor=SECOND, now=desk.now))
    assert paid(desk, booking) == 0


def test_r48_a_refund_by_hand_names_the_newest_payment_first(desk: Desk, booking: Booking) -> None:
    first, second = record(desk, booking, 30_000), record(desk, booking, 10_000, "bank")
    adjust(desk, booking, 1_000)
    desk.confirm(desk.look(booking))
    desk.cancel(desk.look(booking), by="owner", reason="boiler")
    (task,) = desk.read(tasks.listing)
    desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=desk.now))
    rows = desk.read(lambda tx: payments.listing(tx, booking_id=booking.id))
    assert [(one.refunds, one.amount, one.method) for one in rows if one.kind == "refund"] == [
        (second.id, 10_000, "bank"),
        (first.id, 30_000, "cash"),
        (None, 1_000, "bank"),
    ]
    assert paid(desk, booking) == 0


def test_the_cards_show_what_the_ledger_says_without_ringing(desk: Desk, booking: Booking) -> None:
    def edits(kind: str) -> int:
        return sum(1 for row in desk.said(kind) if row["class"] == "latest")

    before = edits("guest.hold")
    payment = record(desk, booking, 30_000)
    assert edits("guest.hold") == before + 1
    desk.confirm(desk.look(booking))
    refund(desk, payment.id, 10_000)
    assert edits("guest.confirmed") == 1


def test_r36_money_on_a_booking_that_ran_out_is_a_row_and_an_alarm(desk: Desk, booking: Booking) -> None:
    desk.write(lambda tx: tx.run("UPDATE bookings SET status = 'expired' WHERE id = :id", id=booking.id))
    record(desk, booking, 30_000)
    assert {row["facts"]["code"] for row in desk.said("staff.alert")} == {"money_on_expired"}
    assert desk.look(booking).status == "expired"


def test_a7_every_row_is_in_the_log_with_its_actor_and_reason(desk: Desk, booking: Booking) -> None:
    payment = record(desk, booking, 30_000, comment="in an envelope")
    back = refund(desk, payment.id, 10_000, actor=SECOND)
    adjust(desk, booking, -1_000)
    entries = [
        one for one in desk.read(lambda tx: audit.history(tx, booking.subject)) if one.action == "payment.record"
    ]
    assert [(one.actor, one.after["paid"], one.reason) for one in entries] == [
        (str(OWNER), 30_000, "in an envelope"),
        (str(SECOND), 20_000, "cold sauna"),
        (str(OWNER), 19_000, "miscounted"),
    ]
    assert entries[1].after["refunds"] == payment.id
    assert back.actor == str(SECOND)
