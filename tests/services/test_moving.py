"""Changing a stay: one atomic step that excludes itself, keeps what was agreed, and says what it costs (R37, M11, UX c)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.changes import Dates
from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.services import audit, bookings, catalogs, chats, moving, promos, quotes, transitions
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.differences import Difference
from housebot.services.ports import Actor
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, SHELL, Desk, request

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
NEXT_SATURDAY = datetime(2026, 12, 12, 16)
HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def to(arrival: str | datetime, departure: str | datetime | None = None, **more: Any) -> Change:
    ends = [datetime.fromisoformat(end) if isinstance(end, str) else end for end in (arrival, departure)]
    return Change(arrival=ends[0], departure=ends[1], **more)


def move(desk: Desk, booking: Booking, change: Change, *, by: Actor | None = None, **more: Any) -> Booking:
    """By its guest, unless somebody else is named."""
    actor = by or desk.actor(booking)
    return desk.write(lambda tx: bookings.move(tx, booking.id, change, actor=actor, now=desk.now, **more))


def preview(desk: Desk, booking: Booking, change: Change, *, by: Actor | None = None) -> Difference:
    actor = by or desk.actor(booking)
    return desk.read(lambda tx: moving.preview(tx, bookings.get(tx, booking.id), change, actor=actor, now=desk.now))


def booked(desk: Desk, dates: tuple[str, str] = SATURDAY, *, received: int | None = None, **more: Any) -> Booking:
    held = desk.hold(*dates, method="bank", **more)
    return desk.confirm(held, received=held.deposit if received is None else received, twice=True)


def lines(difference: Difference) -> dict[str, tuple[str, int]]:
    return {one.line.code: (one.kind, one.amount) for one in difference.lines}


def apply(desk: Desk, catalog: Catalog) -> None:
    desk.write(lambda tx: catalogs.apply(tx, to_document(catalog), actor=OWNER, now=desk.now))


def dearer() -> Catalog:
    house = factories.secret_house()
    tariffs = tuple(
        replace(one, price=one.price + 1000, day_totals=tuple(total + 1000 for total in one.day_totals))
        for one in house.tariffs
    )
    return replace(house, tariffs=tariffs)


def add_promo(desk: Desk, code: str = "SPRING", **more: Any) -> None:
    draft = Promo(id=0, code=code, kind="percent", value=1500, **more)
    desk.write(lambda tx: promos.add(tx, factories.secret_house(), draft, actor=OWNER, now=desk.now))


def with_promo(desk: Desk, *, guest: int = 1, dates: tuple[str, str] = SATURDAY, **more: Any) -> Booking:
    return desk.hold(
        *dates, wish=replace(request(*dates, **more), promo="spring"), guest=desk.guest(guest), method="bank"
    )


def used(desk: Desk, code: str = "SPRING") -> tuple[int, int, int | None]:
    item = desk.read(lambda tx: promos.as_json(tx, factories.secret_house(), promos.get(tx, code)))
    return item["reserved"], item["consumed"], item["left"]


def occupied(desk: Desk, booking: Booking) -> set[tuple[str, str, str]]:
    rows = desk.rows("SELECT start, end, busy_until FROM occupancies WHERE booking_id = :id", id=booking.id)
    return {(row["start"], row["end"], row["busy_until"]) for row in rows}


# --- What is kept and what is new


def test_check_24_two_hours_earlier_and_one_guest_more_is_one_change_that_spends_no_move(desk: Desk) -> None:
    booking = booked(desk, extras={"sauna": 1})
    change = to("2026-12-05T14:00", SATURDAY[1], party={"adult": 5})
    told = preview(desk, booking, change)
    assert (told.was.price.total, told.now.price.total, told.amount, told.due) == (80000, 86000, 6000, 46000)
    assert lines(told) == {"extra_hours": ("added", 6000)}
    assert (told.spends_move, told.moves_left) == (False, 1)
    assert desk.look(booking) == booking, "until somebody agrees the present booking stands"
    moved = move(desk, booking, change)
    assert (moved.total, moved.deposit, moved.guests, moved.moves) == (86000, 40000, 5, 0)
    assert moved.version == booking.version + 1
    assert desk.findings() == []


def test_check_26_a_couple_with_one_guest_and_two_hours_more(desk: Desk) -> None:
    booking = booked(desk, tariff="couple", party={"adult": 2}, received=50000)
    change = to("2026-12-05T14:00", SATURDAY[1], party={"adult": 3})
    told = preview(desk, booking, change)
    assert (told.was.price.total, told.now.price.total) == (50000, 76000)
    assert lines(told) == {"extra_hours": ("added", 6000), "extra_guests": ("added", 20000)}
    assert told.pays_first, "more than a fifth"
    with pytest.raises(Refusal) as refused:
        move(desk, booking, change)
    assert (refused.value.code, refused.value.facts["reason"]) == ("forbidden", "prepayment")
    moved = move(desk, booking, change, by=OWNER)
    assert (moved.total, moved.deposit) == (76000, 25000)


def test_check_25_earlier_than_the_neighbour_allows_is_refused_with_the_earliest_hour_there_is(desk: Desk) -> None:
    desk.hold("2026-12-04T11:00", "2026-12-05T11:00", guest=desk.guest(2))
    booking = booked(desk)
    with pytest.raises(Refusal) as refused:
        move(desk, booking, to("2026-12-05T12:00", SATURDAY[1]))
    assert refused.value.code == "dates_taken"
    assert refused.value.facts["alternatives"][0] == {
        "start": "2026-12-05T10:00:00Z", "end": "2026-12-06T13:00:00Z", "tariff": "day",
    }  # fmt: skip
    assert move(desk, booking, to("2026-12-05T13:00", SATURDAY[1])).total == 79000
    assert desk.findings() == []


def test_defect_5_a_move_keeps_cleaning_and_promo_and_adds_no_extra_that_nobody_asked_for(desk: Desk) -> None:
    add_promo(desk, max_total=1)
    booking = desk.confirm(with_promo(desk, extras={"sauna": 1}), received=34000)
    neighbour = booked(desk, ("2026-12-13T18:00", "2026-12-14T18:00"), guest=desk.guest(2))
    with pytest.raises(Refusal, match="dates_taken"):
        move(desk, booking, to("2026-12-12T17:00"))  # would leave an hour for the cleaning
    moved = move(desk, booking, to(NEXT_SATURDAY))
    assert occupied(desk, moved) == {("2026-12-12T13:00:00Z", "2026-12-13T13:00:00Z", "2026-12-13T15:00:00Z")}
    assert (moved.total, moved.extras) == (68000, booking.extras)
    assert used(desk) == (0, 1, 0)
    assert desk.look(neighbour) == neighbour
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold("2026-12-11T16:00", "2026-12-12T15:00", tariff="half-day", party={"adult": 2}, guest=desk.guest(3))
    assert desk.hold(*SATURDAY, guest=desk.guest(3)).status == "held", "the old dates are free at once"
    assert desk.findings() == []


def test_defect_5_another_tariff_takes_along_what_was_asked_for_and_not_what_was_included(desk: Desk) -> None:
    booking = booked(desk, extras={"sauna": 1}, party={"adult": 2})
    moved = move(desk, booking, Change(tariff="half-day", departure=datetime(2026, 12, 6, 4), override="x"), by=OWNER)
    assert (moved.extras, moved.total) == ({"sauna": 1}, 35000)
    assert moved.deposit == 35000, "what was agreed stays, as far as there is a price for it"


def test_defect_3_what_was_switched_on_can_be_switched_off_and_on_again(desk: Desk) -> None:
    add_promo(desk, max_total=1)
    booking = with_promo(desk)
    for sauna, total in ((1, 68000), (0, 59500), (1, 68000)):
        booking = move(desk, booking, Change(extras={"sauna": sauna}))
        assert (booking.extras.get("sauna", 0), booking.total) == (sauna, total)
    booking = move(desk, booking, Change(without_promo=True))
    assert (booking.total, used(desk)) == (80000, (0, 0, 1))
    other = with_promo(desk, guest=2, dates=("2026-12-08T16:00", "2026-12-09T16:00"))
    assert (other.total, used(desk)) == (59500, (1, 0, 0))
    desk.confirm(booking, received=40000)
    assert used(desk) == (1, 0, 0), "a code that was left behind is not spent by the confirmation"
    desk.release(other)
    assert used(desk) == (0, 0, 1)
    assert desk.findings() == []


def test_r37_the_price_is_of_the_catalog_in_force_and_says_so(desk: Desk) -> None:
    booking = booked(desk)
    assert preview(desk, booking, Change(party={"adult": 5}), by=OWNER) is not None
    apply(desk, dearer())
    desk.pass_time(minutes=1)
    moved = move(desk, booking, to(NEXT_SATURDAY))
    assert (moved.total, moved.deposit, moved.catalog_version) == (71000, 35000, 2)
    quote = desk.read(lambda tx: quotes.load(tx, moved.quote_id))
    assert quote.price.notes == ("repriced:2",)
    old = desk.read(lambda tx: quotes.load(tx, booking.quote_id))
    assert (old.price.total, old.catalog_version) == (70000, 1), "R23: the old quote is kept"
    (entry,) = [one for one in desk.read(lambda tx: audit.history(tx, moved.subject)) if one.action == "booking.move"]
    assert (entry.before["quote_id"], entry.after["quote_id"]) == (booking.quote_id, moved.quote_id)
    assert (entry.before["start"], entry.after["start"]) == ("2026-12-05T13:00:00Z", "2026-12-12T13:00:00Z")
    assert desk.findings() == []


def test_r53_a_moved_stay_keeps_the_policy_it_was_booked_under(desk: Desk) -> None:
    booking = booked(desk)
    strict = replace(factories.secret_house().cancellation, moves_allowed=0, words={"ru": "Нет", "en": "No"})
    apply(desk, replace(factories.secret_house(), cancellation=strict))
    moved = move(desk, booking, to(NEXT_SATURDAY))
    assert moved.moves == 1
    quote = desk.read(lambda tx: quotes.load(tx, moved.quote_id))
    assert quote.cancellation == factories.secret_house().cancellation


def test_the_promo_of_a_disabled_code_or_of_a_booking_window_that_is_over_is_kept(desk: Desk) -> None:
    add_promo(desk, book_to=desk.now.date(), max_total=1)
    booking = desk.confirm(with_promo(desk), received=29750)
    desk.write(lambda tx: promos.disable(tx, "spring", actor=OWNER, now=desk.now))
    desk.pass_time(days=3)
    assert move(desk, booking, to(NEXT_SATURDAY)).total == 59500


def test_a_promo_that_does_not_fit_the_new_dates_is_never_dropped_silently(desk: Desk) -> None:
    add_promo(desk, stay_to=datetime(2026, 12, 7).date())
    booking = desk.confirm(with_promo(desk), received=29750)
    with pytest.raises(Refusal) as refused:
        move(desk, booking, to(NEXT_SATURDAY))
    assert (refused.value.code, refused.value.facts["reason"]) == ("promo_invalid", "stay_window")
    assert move(desk, booking, to(NEXT_SATURDAY, without_promo=True)).total == 70000


def test_a_promo_takes_off_the_new_amount_within_its_budget(desk: Desk) -> None:
    add_promo(desk, budget=11000)
    booking = with_promo(desk)
    with pytest.raises(Refusal, match="promo_used_up"):
        move(desk, booking, Change(extras={"sauna": 1}))
    assert desk.look(booking) == booking
    apply(desk, dearer())
    assert move(desk, booking, Change(party={"adult": 5})).total == 71000 - 10650
    assert desk.rows("SELECT amount FROM promo_uses") == [{"amount": 10650}]


# --- Who may


def test_r37_a_guest_moves_once_and_a_longer_stay_or_more_guests_spend_nothing(desk: Desk) -> None:
    booking = booked(desk, received=70000)
    booking = move(desk, booking, to(NEXT_SATURDAY))
    assert booking.moves == 1
    booking = move(desk, booking, to(NEXT_SATURDAY, NEXT_SATURDAY + 26 * HOUR))
    booking = move(desk, booking, Change(party={"adult": 6}))
    assert booking.moves == 1
    with pytest.raises(Refusal) as refused:
        move(desk, booking, to("2026-12-19T16:00"))
    assert (refused.value.code, refused.value.facts["reason"]) == ("forbidden", "moves_used")


def test_an_hour_more_does_not_make_a_move_something_else(desk: Desk) -> None:
    booking = move(
        desk,
        booked(desk, tariff="half-day", dates=(SATURDAY[0], "2026-12-05T20:00"), party={"adult": 2}),
        to("2026-12-12T16:00", "2026-12-12T21:00"),
    )
    assert booking.moves == 1


def test_r37_a_moved_stay_is_no_longer_than_it_was_or_than_its_tariff(desk: Desk) -> None:
    short = booked(desk, ("2026-12-05T16:00", "2026-12-06T02:00"))
    assert move(desk, short, to(NEXT_SATURDAY, NEXT_SATURDAY + 24 * HOUR)).moves == 1
    long = booked(desk, ("2026-12-15T16:00", "2026-12-17T16:00"), guest=desk.guest(2))
    with pytest.raises(Refusal) as refused:
        move(desk, long, to("2026-12-22T16:00", "2026-12-24T17:00"))
    assert (refused.value.code, refused.value.facts["most"]) == ("max_stay", 48)
    assert move(desk, long, to("2026-12-14T16:00", "2026-12-18T16:00"), by=OWNER).total == 190000, (
        "only a move is limited"
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(to("2026-12-05T18:00", SATURDAY[1]), id="shorter"),
        pytest.param(to("2026-12-12T16:00", "2026-12-13T10:00"), id="moved-and-shorter"),
        pytest.param(Change(tariff="couple", party={"adult": 2}), id="another-tariff"),
    ],
)
def test_what_gives_time_back_or_changes_the_tariff_is_agreed_with_the_owner(desk: Desk, change: Change) -> None:
    booking = booked(desk)
    with pytest.raises(Refusal) as refused:
        move(desk, booking, change)
    assert (refused.value.code, refused.value.facts["reason"]) == ("forbidden", "with_owner")
    assert move(desk, booking, change, by=OWNER).version == booking.version + 1


def test_a_guest_changes_alone_until_the_notice_of_the_house(desk: Desk) -> None:
    booking = booked(desk)
    desk.now = booking.start - timedelta(hours=3)
    assert preview(desk, booking, Change(party={"adult": 5})).amount == 0
    desk.pass_time(seconds=1)
    with pytest.raises(Refusal, match="too_soon"):
        move(desk, booking, Change(party={"adult": 5}))
    assert move(desk, booking, Change(party={"adult": 5}), by=OWNER).guests == 5


def test_r13_staff_pass_over_soft_rules_with_a_reason_alone_and_spend_no_move(desk: Desk) -> None:
    booking = move(desk, booked(desk), to(NEXT_SATURDAY))
    far, near = to("2027-08-07T16:00"), to("2026-11-20T16:00")
    for change, code in ((far, "too_far"), (near, "too_soon"), (to("2026-12-19T16:00"), "forbidden")):
        with pytest.raises(Refusal, match=code):
            move(desk, booking, change, by=SHELL)
        moved = move(desk, booking, replace(change, override="burst pipe"), by=SHELL)
        assert moved.moves == 1
    (entry, *_) = [one for one in desk.read(lambda tx: audit.history(tx, booking.subject)) if one.reason]
    assert entry.reason == "burst pipe"
    desk.hold("2026-12-26T16:00", "2026-12-27T16:00", guest=desk.guest(2))
    with pytest.raises(Refusal, match="dates_taken"):
        move(desk, booking, to("2026-12-26T20:00", override="anyway"), by=OWNER)


def test_r13_a_guest_cannot_give_a_reason_of_their_own(desk: Desk) -> None:
    booking = move(desk, booked(desk), to(NEXT_SATURDAY))
    with pytest.raises(Refusal, match="forbidden"):
        move(desk, booking, to("2026-12-19T16:00", override="because I want it"))


def test_rules_made_since_do_not_forbid_what_was_sold(desk: Desk) -> None:
    booking = booked(desk)
    closed = tuple(replace(one, weekdays=frozenset({0})) for one in factories.secret_house().tariffs)
    apply(desk, replace(factories.secret_house(), tariffs=closed))
    assert move(desk, booking, Change(party={"adult": 6})).guests == 6
    with pytest.raises(Refusal, match="weekday"):
        move(desk, booking, to("2026-12-05T14:00", SATURDAY[1]))


# --- States


async def test_only_what_waits_or_is_confirmed_may_change(desk: Desk) -> None:
    lapsed = desk.hold(*SATURDAY, method="bank")
    desk.pass_time(hours=2)
    with pytest.raises(Refusal, match="stale"):
        move(desk, lapsed, to(NEXT_SATURDAY))
    await desk.tick()
    with pytest.raises(Refusal, match="stale"):
        move(desk, lapsed, to(NEXT_SATURDAY))
    declined = desk.hold(*SATURDAY, method="bank")
    desk.decline(declined, "no")
    with pytest.raises(Refusal, match="already_decided"):
        move(desk, declined, to(NEXT_SATURDAY))
    stayed = booked(desk)
    await desk.until(stayed.start)
    with pytest.raises(Refusal, match="under_way"):
        move(desk, stayed, to(NEXT_SATURDAY), by=OWNER)
    await desk.until(stayed.end)
    with pytest.raises(Refusal, match="already_decided"):
        move(desk, stayed, to(NEXT_SATURDAY), by=OWNER)


def test_r37_a_stay_changed_between_reading_and_moving_is_not_overwritten(desk: Desk) -> None:
    booking = booked(desk)

    def late(tx: Any) -> None:
        bookings.cancel(tx, booking.id, by="owner", reason="x", actor=OWNER, now=desk.now)
        # The move of somebody who still looks at the old booking.
        transitions.change(
            tx, booking, "booking.move", actor=OWNER, now=desk.now, swap=transitions.reallocate, total=booking.total
        )

    with pytest.raises(Refusal, match="stale"):
        desk.write(late)
    assert desk.look(booking).status == "confirmed"


def test_r33_a_change_of_what_somebody_else_changed_is_stale(desk: Desk) -> None:
    booking = booked(desk)
    move(desk, booking, Change(party={"adult": 5}))
    with pytest.raises(Refusal, match="stale"):
        move(desk, booking, to(NEXT_SATURDAY), version=booking.version)
    assert move(desk, booking, to(NEXT_SATURDAY), version=booking.version + 1).moves == 1


def test_nothing_to_change_is_said(desk: Desk) -> None:
    booking = booked(desk, extras={"sauna": 1})
    for change in (Change(), to(*SATURDAY), Change(party={"adult": 4}), Change(extras={"sauna": 1})):
        with pytest.raises(Refusal) as refused:
            move(desk, booking, change)
        assert (refused.value.code, refused.value.facts["reason"]) == ("invalid", "nothing_changes")


def test_a_hold_nobody_paid_for_has_the_deposit_of_its_new_price_and_moves_freely(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    moved = move(desk, hold, to(NEXT_SATURDAY, extras={"sauna": 1}))
    assert (moved.total, moved.deposit, moved.moves, moved.status) == (80000, 40000, 0, "awaiting_payment")
    assert moved.hold_expires_at == hold.hold_expires_at
    holiday = move(desk, moved, to("2026-12-25T16:00"))
    assert holiday.deposit == 80000
    assert desk.findings() == []


def test_with_a_receipt_under_review_what_was_asked_for_stays_asked_for(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, method="bank")
    desk.receipt(hold)
    moved = move(desk, hold, to(NEXT_SATURDAY, extras={"sauna": 1}))
    assert (moved.total, moved.deposit, moved.moves, moved.under_review) == (80000, 35000, 1, True)
    assert desk.said("staff.approval")[-1]["class"] == "latest", "the card that stands turns"
    assert desk.findings() == []


def test_r32_no_hold_ends_after_its_new_check_in(desk: Desk) -> None:
    hold = desk.hold(*SATURDAY, guest=None, contact="+375291234567", source="phone", actor=OWNER)
    assert hold.hold_expires_at == desk.now + timedelta(days=1)
    moved = move(desk, hold, to("2026-11-21T10:00"), by=OWNER)
    assert moved.hold_expires_at == moved.start
    assert desk.findings() == []


def test_r32_whoever_moves_first_expires_the_dead_hold_in_the_way(desk: Desk) -> None:
    dead = desk.hold("2026-12-12T16:00", "2026-12-13T16:00", guest=desk.guest(2), method="bank")
    booking = booked(desk)
    with pytest.raises(Refusal, match="dates_taken"):
        move(desk, booking, to(NEXT_SATURDAY))
    desk.pass_time(hours=2)
    move(desk, booking, to(NEXT_SATURDAY))
    assert desk.look(dead).status == "expired"
    assert desk.findings() == []


def test_r26_an_extra_is_counted_without_the_booking_itself(file: DatabaseFile) -> None:
    house = factories.secret_house()
    one_sauna = tuple(replace(extra, stock_per_day=1) if extra.id == "sauna" else extra for extra in house.extras)
    rooms = [replace(house.units[0], id=name, parts=(name,)) for name in ("white-bedroom", "green-bedroom")]
    units = tuple(replace(room, id=room.id.removesuffix("-bedroom")) for room in rooms)
    tariffs = tuple(replace(tariff, units=("white", "green")) for tariff in house.tariffs)
    desk = Desk(file, replace(house, extras=one_sauna, units=units, tariffs=tariffs))
    first = booked(desk, unit="white", extras={"sauna": 1})
    second = booked(desk, unit="green", guest=desk.guest(2))
    assert move(desk, first, Change(party={"adult": 5})).extras["sauna"] == 1
    with pytest.raises(Refusal, match="extra_sold_out"):
        move(desk, second, Change(extras={"sauna": 1}))
    other = move(desk, second, Change(unit="white", arrival=NEXT_SATURDAY, extras={"sauna": 1}), by=OWNER)
    assert (other.unit, desk.findings()) == ("white", [])


# --- What follows


async def test_deadlines_of_the_stay_go_with_it(desk: Desk) -> None:
    booking = booked(desk)
    await desk.until("2026-12-05T05:00:00Z")  # 08:00 in Minsk: the arrival message is out
    assert len(desk.said("guest.arrival")) == 1
    moved = move(desk, booking, to("2026-12-12T10:00", override="storm"), by=OWNER)
    due = {row["kind"]: row["due_at"] for row in desk.rows("SELECT kind, due_at FROM due WHERE done_at IS NULL")}
    assert due == {
        "stay.balance": "2026-12-09T09:00:00Z",
        "stay.arrival": "2026-12-11T17:00:00Z",  # early, so the evening before
        "stay.begin": "2026-12-12T07:00:00Z",
        "stay.end": "2026-12-13T07:00:00Z",
    }
    await desk.until("2026-12-12T07:00:00Z")
    assert len(desk.said("guest.arrival")) == 2
    assert desk.look(moved).status == "in_house"


async def test_one_more_guest_brings_no_second_arrival_message(desk: Desk) -> None:
    booking = booked(desk)
    await desk.until("2026-12-05T05:00:00Z")
    move(desk, booking, Change(party={"adult": 5}))
    await desk.until(booking.end)
    assert len(desk.said("guest.arrival")) == 1
    assert desk.look(booking).status == "completed"


def test_guest_and_facts_chat_read_what_was_and_what_is(desk: Desk) -> None:
    desk.write(
        lambda tx: chats.connect(tx, "facts", chat_id=-500, thread_id=None, title="Cleaners", actor=OWNER, now=desk.now)
    )
    hold = desk.hold(*SATURDAY, method="bank", extras={"sauna": 1})
    move(desk, hold, Change(party={"adult": 5}))
    assert [row["class"] for row in desk.said("guest.hold")] == ["must", "latest"], "the card of the hold turns"
    assert desk.said("facts.moved") == [], "nobody makes beds for a hold"
    booking = desk.confirm(hold, received=40000)
    move(desk, booking, to("2026-12-05T14:00", SATURDAY[1]))
    told = [row["facts"]["before"] for row in desk.said("guest.moved")]
    assert told[1] == {
        "arrival": "2026-12-05T16:00", "departure": "2026-12-06T16:00", "unit": "house", "guests": 5,
        "extras": {"sauna": 1}, "total": 80000,
    }  # fmt: skip
    (fact,) = desk.said("facts.moved")
    assert (fact["chat_id"], fact["facts"]["before"]) == (-500, told[1])
    assert [row["class"] for row in desk.said("guest.confirmed")] == ["must", "latest"]


def test_nights_move_with_their_check_in(file: DatabaseFile) -> None:
    desk = Desk(file, factories.guesthouse())
    stay = desk.hold(
        "2026-12-08T00:00", "2026-12-11T00:00", unit="blue", tariff="room", party={"adult": 2}, method="bank"
    )
    booking = desk.confirm(stay, received=stay.deposit)
    moved = move(desk, booking, to("2026-12-09T00:00"))
    assert (moved.arrival, moved.departure, moved.moves) == (datetime(2026, 12, 9, 15), datetime(2026, 12, 12, 11), 1)
    longer = preview(desk, moved, Change(departure=datetime(2026, 12, 13)), by=OWNER)
    assert (longer.dates, longer.spends_move) == (Dates.LONGER, False)
    with pytest.raises(Refusal) as refused:
        move(desk, moved, to("2026-12-15T00:00", "2026-12-19T00:00"), by=SHELL)
    assert refused.value.facts["reason"] == "moves_used"
    assert desk.findings() == []


def test_an_appointment_moves_to_another_hour_and_specialist(file: DatabaseFile) -> None:
    desk = Desk(file, factories.salon())
    booking = desk.hold("2026-12-08T12:00", "2026-12-08T12:00", unit="anna", tariff="haircut", party={"adult": 1})
    moved = move(desk, booking, to("2026-12-08T15:00"))
    assert (moved.arrival, moved.end - moved.start) == (datetime(2026, 12, 8, 15), booking.end - booking.start)
    assert moved.moves == 1
    assert desk.findings() == []
