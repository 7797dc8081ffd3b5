"""The ledger: paid is what its rows say, a correction is a new row, and it never goes below nothing (R44)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import audit, payments
from housebot.services.bookings import Booking
from housebot.storage.file import DatabaseFile
from tests.desk import OWNER, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file)
    file.close()


@pytest.fixture
def booking(desk: Desk) -> Booking:
    return desk.hold("2026-12-05T16:00", "2026-12-06T16:00", method="bank")


def record(desk: Desk, booking: Booking, amount: int, **more: Any) -> int:
    return desk.write(lambda tx: payments.record(tx, booking, amount, actor=OWNER, now=desk.now, **more))


def paid(desk: Desk, booking: Booking) -> int:
    return desk.read(lambda tx: payments.paid(tx, booking.id))


def test_r44_paid_is_payments_less_refunds_with_corrections(desk: Desk, booking: Booking) -> None:
    record(desk, booking, 35000)
    record(desk, booking, 10000, method="cash")
    record(desk, booking, 5000, kind="refund", comment="late check-in")
    record(desk, booking, -1000, kind="adjustment", comment="miscounted")
    assert paid(desk, booking) == 39000
    assert desk.read(lambda tx: payments.balance(tx, booking)) == 31000


def test_r44_an_overpayment_needs_a_second_word(desk: Desk, booking: Booking) -> None:
    with pytest.raises(Refusal) as refused:
        record(desk, booking, 70001)
    assert (refused.value.code, refused.value.facts["overpaid"]) == ("amount_invalid", 1)
    record(desk, booking, 70001, twice=True)
    assert desk.read(lambda tx: payments.balance(tx, booking)) == 0


@pytest.mark.parametrize(("amount", "kind"), [(35001, "refund"), (-35001, "adjustment")])
def test_r44_the_net_is_never_negative(desk: Desk, booking: Booking, amount: int, kind: str) -> None:
    record(desk, booking, 35000)
    with pytest.raises(Refusal, match="amount_invalid"):
        record(desk, booking, amount, kind=kind)
    assert paid(desk, booking) == 35000


@pytest.mark.parametrize(("amount", "kind"), [(0, "payment"), (-1, "payment"), (0, "adjustment"), (0, "refund")])
def test_nothing_is_no_payment(desk: Desk, booking: Booking, amount: int, kind: str) -> None:
    with pytest.raises(Refusal, match="amount_invalid"):
        record(desk, booking, amount, kind=kind)


def test_a7_money_is_in_the_log_with_what_was_paid_before_and_after(desk: Desk, booking: Booking) -> None:
    record(desk, booking, 35000)
    entry = desk.read(lambda tx: audit.history(tx, booking.subject))[-1]
    assert (entry.action, entry.before, entry.after["paid"]) == ("payment.record", {"paid": 0}, 35000)


def test_late_money_finds_its_end_once(desk: Desk, booking: Booking) -> None:
    desk.receipt(booking)
    receipt = desk.rows("SELECT id FROM receipts")[0]["id"]
    late = desk.write(
        lambda tx: payments.add_unapplied(tx, booking, 35000, receipt_id=receipt, actor=OWNER, now=desk.now)
    )
    assert paid(desk, booking) == 0

    def settle() -> None:
        desk.write(
            lambda tx: payments.settle_unapplied(tx, late, state="failed", comment="x", actor=OWNER, now=desk.now)
        )

    settle()
    with pytest.raises(Refusal, match="already_decided"):
        settle()
