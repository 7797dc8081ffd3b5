"""Defects of earlier systems that are about prices and decisions, each shown not to be here (RULES, the last section)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.services import blocks, bookings, promos
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk, request
from tests.services.test_gifts import balance, money
from tests.services.test_prices import put, remove, total

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[[Catalog], Desk]]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield lambda catalog: Desk(file, catalog)
    file.close()


@pytest.fixture
def desk(open_desk: Callable[[Catalog], Desk]) -> Desk:
    return open_desk(factories.secret_house())


# --- 3: flags could never go back to false (un-redeem, un-cancel impossible)


def test_defect_3_an_end_is_not_for_ever(desk: Desk) -> None:
    """Expired, brought back by its money, refused, expired again, brought back once more, and confirmed."""
    booking = desk.hold(*SATURDAY, method="bank")
    for _ in range(3):
        booking = desk.look(booking)
        assert (booking.status, booking.under_review) == ("awaiting_payment", False)
        ends = booking.hold_expires_at
        assert ends is not None
        desk.now = ends
        desk.hold("2026-12-05T20:00", "2026-12-06T20:00", guest=desk.guest(2), test=True)  # whoever comes first
        assert desk.look(booking).status == "expired"
        (other,) = desk.rows("SELECT id FROM bookings WHERE guest_id = :guest AND status = 'held'", guest=desk.guest(2))
        _let_go(desk, other["id"])
        desk.receipt(booking)
        now = desk.look(booking)
        assert (now.status, now.under_review) == ("awaiting_owner", True)
        desk.decline(now, "unreadable")
    desk.receipt(booking)
    desk.confirm(booking, received=35_000, twice=True)
    assert desk.look(booking).under_review is False
    assert [one for one in desk.findings() if one.status == "fail"] == []


@pytest.mark.parametrize("by", ["guest", "owner"])
def test_defect_3_what_was_cancelled_can_be_had_again_with_everything_that_hung_on_it(desk: Desk, by: str) -> None:
    """A cancelled booking stays cancelled in the books: the same wish is a new one, and dates, code and gift are there for it."""
    draft = Promo(id=0, code="SPRING", kind="percent", value=1500, max_total=1)
    desk.write(lambda tx: promos.add(tx, factories.secret_house(), draft, actor=OWNER, now=desk.now))
    gift = money(desk)
    wish = replace(request(*SATURDAY), promo="SPRING", gift=gift.code)
    seen = []
    for _ in range(3):
        booking = desk.hold(*SATURDAY, wish=wish, method="bank")
        seen.append((booking.total, booking.deposit, balance(desk, gift)))
        with pytest.raises(Refusal, match="promo"):
            desk.hold(
                *SATURDAY,
                wish=replace(wish, gift=None, arrival=wish.departure, departure=wish.departure.replace(day=7)),
            )
        if by == "guest":
            desk.release(booking)
        else:
            desk.cancel(booking, by="owner", reason="the boiler")
    assert seen == [(59_500, seen[0][1], 0)] * 3
    assert balance(desk, gift) == 10_000


def test_defect_3_prices_and_closed_times_are_taken_back_and_set_again(desk: Desk) -> None:
    span = desk.read(lambda tx: desk.quote(*SATURDAY).stay.period)
    for _ in range(2):
        price = put(desk, percent=2000).price
        block = desk.write(
            lambda tx: blocks.add(tx, unit="house", period=span, reason="paint", actor=OWNER, now=desk.now)
        )
        with pytest.raises(Refusal, match="dates_taken"):
            desk.hold(*SATURDAY)
        desk.write(lambda tx, number=block.id: blocks.remove(tx, number, actor=OWNER, now=desk.now))  # type: ignore[misc]
        assert total(desk, SATURDAY) == 84_000
        remove(desk, price.id)
        assert total(desk, SATURDAY) == 70_000
        desk.release(desk.hold(*SATURDAY))


def _let_go(desk: Desk, booking_id: int) -> None:
    desk.release(desk.read(lambda tx: bookings.get(tx, booking_id)))


# --- 13: a holiday price was one sum for any length, and a stay that began the day before the holiday avoided it


@pytest.mark.parametrize(
    ("arrival", "departure", "expected"),
    [
        pytest.param("2026-12-31T16:00", "2027-01-01T16:00", 300_000, id="its day"),
        pytest.param("2026-12-31T16:00", "2027-01-02T16:00", 600_000, id="both days cost both"),
        pytest.param("2026-12-31T16:00", "2027-01-03T16:00", 670_000, id="and the day after a day more"),
        pytest.param("2026-12-30T16:00", "2027-01-01T16:00", 370_000, id="begun the day before"),
        pytest.param("2026-12-29T16:00", "2027-01-01T16:00", 410_000, id="begun two days before"),
        pytest.param("2026-12-30T16:00", "2026-12-31T16:00", 70_000, id="gone before its night"),
    ],
)
def test_defect_13_each_holiday_in_a_stay_by_hours_costs_its_sum(
    desk: Desk, arrival: str, departure: str, expected: int
) -> None:
    quote = desk.quote(arrival, departure)
    assert quote.price.total == expected
    holidays = [line for line in quote.price.lines if line.code == "dated"]
    assert sum(line.amount for line in holidays) == 300_000 * sum(int(line.quantity or 0) for line in holidays)


@pytest.mark.parametrize(
    ("arrival", "departure", "nights"),
    [
        pytest.param("2026-12-28", "2026-12-30", (11_000, 11_000), id="gone before"),
        pytest.param("2026-12-28", "2026-12-31", (11_000, 11_000, 16_500), id="begun two days before"),
        pytest.param("2026-12-29", "2027-01-03", (11_000, 16_500, 16_500, 16_500, 12_650), id="all of it inside"),
        pytest.param("2026-12-31", "2027-01-03", (16_500, 16_500, 12_650), id="begun in the middle"),
    ],
)
def test_defect_13_each_holiday_night_is_dearer_and_no_other(
    open_desk: Callable[[Catalog], Desk], arrival: str, departure: str, nights: tuple[int, ...]
) -> None:
    """The guesthouse asks half as much more for the nights of 30 and 31 December and of 1 January; then comes a Saturday."""
    wish: dict[str, Any] = {"unit": "attic-room", "tariff": "attic", "party": {"adult": 1}}
    price = open_desk(factories.guesthouse()).quote(f"{arrival}T00:00", f"{departure}T00:00", **wish).price
    assert price.nights == nights
    assert sum(line.amount for line in price.lines if line.code in {"base", "dated"}) == sum(nights)


@pytest.mark.parametrize(
    ("arrival", "departure", "whole"),
    [
        pytest.param("2026-12-24T16:00", "2026-12-25T16:00", False, id="gone before its night"),
        pytest.param("2026-12-24T16:00", "2026-12-26T16:00", True, id="begun the day before"),
        pytest.param("2026-12-25T12:00", "2026-12-26T00:00", True, id="its day"),
    ],
)
def test_defect_13_a_holiday_anywhere_in_the_stay_is_paid_in_full(
    desk: Desk, arrival: str, departure: str, whole: bool
) -> None:
    price = desk.quote(arrival, departure).price
    assert (price.deposit == price.total) is whole
