"""Promo codes at the desk: reserved with the hold, spent at confirmation, free again when it ends, never beyond their limits (R51, R52)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.services import promos, quotes
from housebot.services.bookings import Booking
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, Desk, request

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
SUNDAY = ("2026-12-06T18:00", "2026-12-07T18:00")
MONDAY = ("2026-12-07T20:00", "2026-12-08T20:00")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file)
    file.close()


def add(desk: Desk, code: str = "SPRING", kind: Any = "percent", value: int = 1500, **more: Any) -> Promo:
    draft = Promo(id=0, code=code, kind=kind, value=value, **more)
    return desk.write(lambda tx: promos.add(tx, factories.secret_house(), draft, actor=OWNER, now=desk.now))


def held(desk: Desk, dates: tuple[str, str], *, guest: int, promo: str | None = "spring", **more: Any) -> Booking:
    wish = replace(request(*dates), promo=promo)
    return desk.hold(*dates, wish=wish, guest=desk.guest(guest), method="bank", **more)


def shown(desk: Desk, code: str = "SPRING") -> dict[str, Any]:
    return desk.read(lambda tx: promos.as_json(tx, factories.secret_house(), promos.get(tx, code)))


def counts(desk: Desk) -> tuple[int, int, int | None]:
    item = shown(desk)
    return item["reserved"], item["consumed"], item["left"]


async def test_r52_of_two_guests_who_reach_for_the_last_use_one_gets_it_and_the_other_when_the_hold_ends(
    desk: Desk,
) -> None:
    add(desk, max_total=1)
    first = held(desk, SATURDAY, guest=1)
    assert (first.total, counts(desk)) == (59_500, (1, 0, 0))
    with pytest.raises(Refusal, match="promo_used_up"):
        held(desk, SUNDAY, guest=2)
    assert first.hold_expires_at is not None
    await desk.until(first.hold_expires_at)
    assert counts(desk) == (0, 0, 1)
    second = held(desk, SUNDAY, guest=2)
    desk.confirm(second, received=29_750)
    assert counts(desk) == (0, 1, 0)
    assert desk.findings() == []


def test_r32_whoever_comes_first_expires_a_hold_that_stands_on_the_last_use(desk: Desk) -> None:
    add(desk, max_total=1)
    first = held(desk, SATURDAY, guest=1)
    desk.pass_time(hours=3)  # nobody has swept
    second = held(desk, SUNDAY, guest=2)
    assert (desk.look(first).status, second.total) == ("expired", 59_500)
    assert len(desk.said("guest.expired")) == 1
    assert desk.findings() == []


def test_r36_late_money_does_not_take_a_use_that_somebody_else_has(desk: Desk) -> None:
    add(desk, max_total=1)
    first = held(desk, SATURDAY, guest=1)
    desk.pass_time(hours=3)
    held(desk, SUNDAY, guest=2)
    assert desk.receipt(first).kind == "late_sold"
    assert counts(desk) == (1, 0, 0)


def test_r36_late_money_takes_its_use_again_while_it_is_free(desk: Desk) -> None:
    add(desk, max_total=1)
    first = held(desk, SATURDAY, guest=1)
    desk.pass_time(hours=3)
    held(desk, SUNDAY, guest=2, promo=None)
    assert desk.receipt(first).kind == "revived"
    assert counts(desk) == (1, 0, 0)
    assert desk.findings() == []


@pytest.mark.parametrize(
    ("ending", "left"),
    [("declined", 1), ("released", 1), ("cancelled by the owner", 1), ("cancelled by the guest", 0)],
)
def test_r52_a_use_goes_where_its_booking_goes(desk: Desk, ending: str, left: int) -> None:
    add(desk, max_total=1)
    booking = held(desk, SATURDAY, guest=1)
    if ending == "declined":
        desk.decline(booking, "other")
    elif ending == "released":
        desk.release(booking)
    else:
        desk.confirm(booking, received=29_750)
        desk.cancel(desk.look(booking), by=ending.rpartition(" ")[2], reason="x")
    assert counts(desk)[2] == left
    assert [one for one in desk.findings() if one.status == "fail"] == []


def test_r51_limits_for_one_guest_and_for_money_are_kept(desk: Desk) -> None:
    add(desk, "MINE", max_per_guest=1)
    held(desk, SATURDAY, guest=1, promo="mine")
    with pytest.raises(Refusal) as refused:
        held(desk, SUNDAY, guest=1, promo="mine")
    assert refused.value.facts["reason"] == "max_per_guest"
    held(desk, SUNDAY, guest=2, promo="mine")
    add(desk, "BUDGET", budget=15_000)
    held(desk, MONDAY, guest=3, promo="budget")  # 10,500 of it
    with pytest.raises(Refusal) as refused:
        held(desk, ("2026-12-10T16:00", "2026-12-11T16:00"), guest=4, promo="budget")
    assert refused.value.facts["reason"] == "budget"


def test_r51_a_code_for_one_guest_is_no_code_for_another(desk: Desk) -> None:
    add(desk, guest=f"guest:{desk.guest(1)}")
    with pytest.raises(Refusal, match="promo_invalid"):
        held(desk, SATURDAY, guest=2)
    assert held(desk, SATURDAY, guest=1).total == 59_500


def test_r29_a_code_that_gives_the_stay_away_confirms_it_at_once(desk: Desk) -> None:
    add(desk, value=10_000)
    booking = held(desk, SATURDAY, guest=1)
    assert (booking.total, booking.status) == (0, "confirmed")
    assert counts(desk) == (0, 1, None)


def test_r23_a_quote_keeps_its_code_for_its_time_also_when_it_is_switched_off(desk: Desk) -> None:
    add(desk)
    wish = desk.write(
        lambda tx: quotes.make(tx, replace(request(*SATURDAY), promo="spring"), guest_id=None, now=desk.now)
    )
    desk.write(lambda tx: promos.disable(tx, "spring", actor=OWNER, now=desk.now))
    assert desk.hold(*SATURDAY, wish=wish).total == 59_500
    with pytest.raises(Refusal, match="promo_invalid"):
        held(desk, SUNDAY, guest=2)
    with pytest.raises(Refusal, match="already_decided"):
        desk.write(lambda tx: promos.disable(tx, "SPRING", actor=OWNER, now=desk.now))


@pytest.mark.parametrize(
    ("code", "more", "refusal"),
    [
        ("OK", {"value": 0}, "amount_invalid"),
        ("OK", {"value": 10_100}, "amount_invalid"),
        ("OK", {"kind": "amount", "value": 0}, "amount_invalid"),
        ("OK", {"kind": "extra", "value": 0, "extra": "pool"}, "unknown_extra"),
        ("OK", {"tariffs": frozenset({"nope"})}, "unknown_tariff"),
        ("OK", {"units": frozenset({"nope"})}, "unknown_unit"),
        (
            "OK",
            {
                "stay_from": factories.at("2026-12-05T00:00:00Z").date(),
                "stay_to": factories.at("2026-12-04T00:00:00Z").date(),
            },
            "invalid",
        ),
        ("SРRING", {}, "already_decided"),
        ("!", {}, "promo_invalid"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_stored(desk: Desk, code: str, more: dict[str, Any], refusal: str) -> None:
    add(desk)
    with pytest.raises(Refusal, match=refusal):
        add(desk, code, **more)
    assert len(desk.read(promos.listing)) == 1


def test_the_report_counts_what_was_really_given(desk: Desk) -> None:
    add(desk)
    desk.confirm(held(desk, SATURDAY, guest=1), received=29_750)
    held(desk, SUNDAY, guest=2)
    desk.confirm(held(desk, MONDAY, guest=3, test=True), received=29_750)
    (row,) = desk.read(lambda tx: promos.report(tx, factories.secret_house()))
    assert (row["bookings"], row["discount"]["amount"], row["revenue"]["amount"]) == (1, 10_500, 59_500)
