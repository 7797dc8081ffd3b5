"""Staying longer while in the house: a later end and nothing else, the next guests and their cleaning respected (R37, Build 7)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from housebot.errors import Refusal
from housebot.services import bookings
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.storage.file import DatabaseFile
from tests.desk import OWNER, Desk
from tests.services.test_moving import booked, move, preview

NOON = "2026-12-06T09:00:00Z"  # Sunday 12:00 in Minsk, four hours before check-out


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Desk(file)
    file.close()


async def under_way(desk: Desk, now: str = NOON, *, received: int | None = None) -> Booking:
    """Saturday 16:00 to Sunday 16:00, and it is Sunday."""
    stay = booked(desk, received=received)
    await desk.until(now)
    stay = desk.look(stay)
    assert stay.status == "in_house"
    return stay


def until(text: str, **more: object) -> Change:
    return Change(departure=datetime.fromisoformat(text), **more)  # type: ignore[arg-type]


async def test_a_guest_in_the_house_stays_two_hours_longer_and_pays_it_with_the_balance(desk: Desk) -> None:
    stay = await under_way(desk)
    found = preview(desk, stay, until("2026-12-06T18:00"))
    assert (found.amount, found.spends_move, found.pays_first) == (6000, False, False)
    longer = move(desk, stay, until("2026-12-06T18:00"))
    assert (longer.status, longer.total, longer.start) == ("in_house", 76000, stay.start)
    facts = desk.said("facts.moved")
    assert facts == [] or facts[-1]["facts"]["before"]["departure"] == "2026-12-06T16:00"
    await desk.until("2026-12-06T14:59:00Z")
    assert desk.look(stay).status == "in_house"  # the end by the clock went along
    await desk.until("2026-12-06T15:00:00Z")
    assert desk.look(stay).status == "completed"
    assert desk.findings() == []


async def test_a_whole_day_more_is_no_new_prepayment_for_somebody_who_is_here(desk: Desk) -> None:
    stay = await under_way(desk)
    found = preview(desk, stay, until("2026-12-07T16:00"))
    assert (found.amount, found.pays_first) == (40000, False)
    assert move(desk, stay, until("2026-12-07T16:00")).total == 110000


async def test_r6_the_next_guests_and_their_cleaning_are_respected(desk: Desk) -> None:
    desk.hold("2026-12-06T20:00", "2026-12-07T20:00", guest=desk.guest(2))
    next_one = desk.rows("SELECT id FROM bookings")[0]["id"]
    desk.confirm(desk.write(lambda tx: bookings.get(tx, next_one)), received=0, twice=True)
    stay = await under_way(desk)
    with pytest.raises(Refusal, match="dates_taken") as refused:
        move(desk, stay, until("2026-12-06T19:00"))
    (nearest,) = refused.value.facts["alternatives"]
    assert nearest["end"] == "2026-12-06T15:00:00Z"  # 18:00, two hours of cleaning before the next
    with pytest.raises(Refusal, match="dates_taken"):
        move(desk, stay, until("2026-12-06T19:00", override="очень просят"), by=OWNER)
    assert move(desk, stay, until("2026-12-06T18:00")).end > stay.end


@pytest.mark.parametrize(
    "change",
    [
        Change(arrival=datetime(2026, 12, 5, 14)),
        Change(departure=datetime(2026, 12, 6, 15)),
        Change(departure=datetime(2026, 12, 6, 18), party={"adult": 5}),
        Change(departure=datetime(2026, 12, 6, 18), extras={"sauna": 1}),
        Change(departure=datetime(2026, 12, 6, 18), tariff="incognito-day"),
    ],
    ids=["arrival", "shorter", "guests", "extras", "tariff"],
)
async def test_of_a_stay_under_way_only_the_end_may_change_whoever_asks(desk: Desk, change: Change) -> None:
    stay = await under_way(desk)
    for by in (desk.actor(stay), OWNER):
        with pytest.raises(Refusal, match="forbidden") as refused:
            move(desk, stay, change, by=by)
        assert refused.value.facts["reason"] == "under_way"
    assert desk.look(stay) == stay


async def test_too_late_for_the_notice_is_staffs_to_allow(desk: Desk) -> None:
    stay = await under_way(desk, "2026-12-06T10:00:00Z")  # three hours before the end, to the minute
    assert preview(desk, stay, until("2026-12-06T17:00")).amount == 3000
    await desk.until("2026-12-06T10:01:00Z")
    with pytest.raises(Refusal, match="too_soon"):
        move(desk, stay, until("2026-12-06T17:00"))
    with pytest.raises(Refusal, match="too_soon"):
        move(desk, stay, until("2026-12-06T17:00"), by=OWNER)
    assert move(desk, stay, until("2026-12-06T17:00", override="уборщица не против"), by=OWNER).total == 73000


async def test_a_stay_that_is_over_is_not_prolonged(desk: Desk) -> None:
    stay = await under_way(desk)
    await desk.until("2026-12-06T13:00:00Z")
    with pytest.raises(Refusal, match="already_decided"):
        move(desk, desk.look(stay), until("2026-12-06T18:00"))
