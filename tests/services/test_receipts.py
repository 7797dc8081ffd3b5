"""The receipt desk: on time by Telegram's date, one case for an album, late money never lost, a file known again elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.services import bookings, gifts, late_money, outages, payments, receipts, tasks
from housebot.services.bookings import Booking
from housebot.services.receipts import Outcome, ReceiptFile
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OPENED, OWNER, AsyncDatabase, Desk, request

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
SUNDAY = ("2026-12-06T18:00", "2026-12-07T18:00")
MONDAY = ("2026-12-07T20:00", "2026-12-08T20:00")
NIGHT = factories.at("2026-11-20T20:15:00Z")  # 23:15 in Minsk


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield file
    file.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def waiting(desk: Desk, dates: tuple[str, str] = SATURDAY, **more: Any) -> Booking:
    return desk.hold(*dates, method="bank", **more)


def expired(desk: Desk) -> Booking:
    """Its end has come and gone four minutes ago, and somebody noticed."""
    booking = waiting(desk)
    desk.pass_time(hours=2, minutes=4)
    return desk.write(lambda tx: bookings.expire(tx, booking.id, now=desk.now))


def flags(desk: Desk, booking: Booking) -> dict[str, Any]:
    return desk.read(lambda tx: receipts.flags(tx, booking))


def sold(desk: Desk) -> tuple[Booking, Outcome]:
    """The receipt came four minutes late, and somebody else has the dates."""
    booking = expired(desk)
    desk.hold(*SATURDAY, guest=desk.guest(2), method="bank")
    return booking, desk.receipt(booking)


def _local(offer: dict[str, str]) -> tuple[str, str]:
    """The offered times as the clock of the house shows them."""
    zone = factories.secret_house().zone
    start, end = (factories.at(offer[name]).astimezone(zone) for name in ("start", "end"))
    return f"{start:%Y-%m-%dT%H:%M}", f"{end:%Y-%m-%dT%H:%M}"


def choice(desk: Desk, booking: Booking) -> int:
    task = desk.read(lambda tx: late_money.waiting(tx, booking))
    assert task is not None
    return task.id


# --- In time


def test_r46_a_receipt_stops_the_clock_and_nothing_has_to_be_pressed_before(desk: Desk) -> None:
    booking = waiting(desk)
    desk.pass_time(minutes=119)
    outcome = desk.receipt(booking)
    assert outcome.kind == "taken"
    seen = desk.look(booking)
    assert (seen.status, seen.under_review) == ("awaiting_owner", True)
    assert seen.hold_expires_at == desk.now + timedelta(hours=12)
    cards = desk.said("staff.approval")
    assert [(row["chat_id"], row["card"], row["silent"], row["priority"]) for row in cards] == [
        (900, "approval:1", 0, 1), (901, "approval:1", 0, 1),
    ]  # fmt: skip
    received = desk.said("guest.receipt_received")
    assert [(row["class"], row["facts"]["promised_by"]) for row in received] == [("must", "2026-11-20T15:59:00Z")]
    assert desk.findings() == []


def test_a_receipt_before_a_way_to_pay_was_chosen_counts_too(desk: Desk) -> None:
    booking = desk.hold(*SATURDAY)
    assert desk.receipt(booking).kind == "taken"
    assert desk.look(booking).payment_method == "bank"


def test_ux_15_an_album_of_three_is_one_case(desk: Desk) -> None:
    booking = waiting(desk)
    kinds = [desk.receipt(booking, album="album-1").kind for _ in range(3)]
    assert kinds == ["taken", "added", "added"]
    assert len(desk.said("guest.receipt_received")) == 1
    assert [row["silent"] for row in desk.said("staff.receipt_added")] == [1, 1, 1, 1]
    assert len([row for row in desk.said("staff.approval") if row["class"] == "must"]) == 2


def test_the_very_same_file_again_changes_nothing(desk: Desk) -> None:
    booking = waiting(desk)
    file = ReceiptFile("photo", "f", "u")
    assert [desk.receipt(booking, file=file).kind for _ in range(2)] == ["taken", "again"]
    assert desk.said("staff.receipt_added") == []


def test_the_same_file_after_it_was_refused_is_looked_at_again(desk: Desk) -> None:
    booking = waiting(desk)
    file = ReceiptFile("photo", "f", "u")
    desk.receipt(booking, file=file)
    desk.decline(booking, "unreadable")
    assert desk.receipt(booking, file=file).kind == "taken"
    assert [one.state for one in desk.read(lambda tx: receipts.of_booking(tx, booking.id))] == ["open"]


def test_ux_16_with_two_open_bookings_the_guest_is_asked_which(desk: Desk) -> None:
    first, second = waiting(desk), waiting(desk, SUNDAY)
    outcome = desk.receipt(guest=first.guest_id)
    assert outcome.kind == "which"
    assert {one.id for one in outcome.bookings} == {first.id, second.id}
    assert desk.rows("SELECT 1 FROM receipts") == []
    assert desk.receipt(guest=first.guest_id, booking_id=second.id).kind == "taken"
    assert desk.look(first).status == "awaiting_payment"
    assert desk.look(second).status == "awaiting_owner"


def test_t3_another_guests_booking_is_answered_like_a_missing_one(desk: Desk) -> None:
    booking = waiting(desk)
    stranger = desk.guest(2)
    answers = []
    for number in (booking.id, 999):
        with pytest.raises(Refusal) as refused:
            desk.receipt(guest=stranger, booking_id=number)
        answers.append(refused.value.code)
    assert answers == ["not_found", "not_found"]


def test_a_picture_when_nothing_waits_for_money_belongs_to_no_booking(desk: Desk) -> None:
    assert desk.receipt(guest=desk.guest(1)).kind == "nothing"
    booking = waiting(desk)
    desk.release(booking)
    assert desk.receipt(booking).kind == "nothing"
    assert desk.rows("SELECT 1 FROM receipts") == []


# --- Late


def test_ux_17_on_time_is_judged_by_telegrams_date_and_not_by_ours(desk: Desk) -> None:
    booking = waiting(desk)
    sent = desk.now + timedelta(hours=1, minutes=58)
    desk.pass_time(hours=2, minutes=20)
    desk.write(lambda tx: bookings.expire(tx, booking.id, now=desk.now))
    assert desk.receipt(booking, sent_at=sent).kind == "taken"
    assert flags(desk, booking) == {}


def test_r32_a_receipt_sent_at_the_very_end_is_late(desk: Desk) -> None:
    booking = waiting(desk)
    end = booking.hold_expires_at
    assert end is not None
    desk.now = end
    assert desk.receipt(booking, sent_at=end).kind == "revived"


async def test_ux_17_an_outage_costs_the_guest_nothing(desk: Desk) -> None:
    booking = waiting(desk)
    desk.pass_time(minutes=115)
    desk.write(lambda tx: outages.beat(tx, desk.now))
    desk.pass_time(minutes=3)
    sent = desk.now
    desk.pass_time(minutes=22)  # the desk comes back 20 minutes after the hold's end
    desk.write(lambda tx: outages.at_start(tx, desk.now))
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold(*SATURDAY, guest=desk.guest(2))
    await desk.tick()
    assert desk.receipt(booking, sent_at=sent).kind == "taken"


def test_ux_18_late_and_still_free_is_hers_again_without_a_question(desk: Desk) -> None:
    booking = expired(desk)
    outcome = desk.receipt(booking)
    assert (outcome.kind, outcome.late_seconds) == ("revived", 240)
    assert desk.look(booking).status == "awaiting_owner"
    assert [row["facts"]["late_seconds"] for row in desk.said("guest.revived")] == [240]
    assert flags(desk, booking) == {"late_minutes": 4}
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold(*SATURDAY, guest=desk.guest(2))
    assert desk.findings() == []


def test_late_but_unnoticed_is_hers_all_the_same(desk: Desk) -> None:
    booking = waiting(desk)
    desk.pass_time(hours=2, minutes=4)
    assert desk.receipt(booking).kind == "revived"
    assert desk.findings() == []


def test_a_late_receipt_is_confirmed_only_when_asked_twice(desk: Desk) -> None:
    booking = expired(desk)
    desk.receipt(booking)
    with pytest.raises(Refusal) as refused:
        desk.confirm(booking, received=35000)
    assert (refused.value.code, refused.value.facts["ask_again"]) == ("stale", True)
    assert refused.value.facts["flags"] == {"late_minutes": 4}
    assert desk.confirm(booking, received=35000, twice=True).status == "confirmed"


def test_r36_late_and_sold_is_unapplied_money_an_alert_and_a_choice(desk: Desk) -> None:
    booking, outcome = sold(desk)
    assert outcome.kind == "late_sold"
    assert desk.look(booking).status == "expired"
    money = desk.read(payments.unapplied)
    assert [(one.booking_id, one.guest_id, one.amount) for one in money] == [(None, booking.guest_id, 35000)]
    asked = desk.said("guest.late_sold")
    assert (asked[0]["priority"], asked[0]["facts"]["amount"]) == (0, 35000)
    assert 1 <= len(asked[0]["facts"]["alternatives"]) <= 2
    assert {row["facts"]["code"] for row in desk.said("staff.alert")} == {"late_money"}
    assert {finding.check for finding in desk.findings()} == {"late money", "tasks"}


def test_one_more_picture_of_late_money_is_not_more_money(desk: Desk) -> None:
    booking, _ = sold(desk)
    assert desk.receipt(booking).kind == "again"
    assert len(desk.read(payments.unapplied)) == 1


def test_one_more_picture_does_not_bring_the_booking_back_beside_the_choice(desk: Desk) -> None:
    booking, _ = sold(desk)
    desk.pass_time(hours=3)
    assert desk.receipt(booking).kind == "again"
    assert desk.look(booking).status == "expired"


def test_ux_18_the_money_goes_to_other_dates_once(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    new = desk.write(lambda tx: late_money.choose_dates(tx, task, 0, actor=desk.actor(booking), now=desk.now))
    assert (new.status, new.under_review, new.guest_id) == ("awaiting_owner", True, booking.guest_id)
    assert new.start != booking.start
    assert desk.read(payments.unapplied) == []
    assert flags(desk, new) == {}
    confirmed = desk.confirm(new, received=new.deposit)
    assert desk.json(confirmed)["paid"]["amount"] == new.deposit
    _nothing_is_left_to_choose(desk, booking, task)
    assert desk.findings() == []


def test_ux_18_the_money_becomes_a_gift_once_and_the_guest_reads_its_code(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    gift = desk.write(lambda tx: late_money.choose_gift(tx, task, actor=OWNER, now=desk.now))
    assert gift is not None
    assert (gift.kind, gift.amount, gift.recipient) == ("money", 35000, booking.guest_name)
    assert [(row["chat_id"], row["facts"]["gift"]) for row in desk.said("guest.gift")] == [(101, gift.id)]
    assert (desk.read(payments.unapplied), desk.read(tasks.listing)) == ([], [])
    assert [one.state for one in desk.read(payments.listing)] == ["done"]
    _nothing_is_left_to_choose(desk, booking, task)
    wish = replace(request(*MONDAY), gift=gift.code)
    assert desk.hold(*MONDAY, wish=wish, guest=booking.guest_id, method="bank").deposit == 35000 + 17500
    assert desk.findings() == []


def test_a_picture_that_nobody_has_looked_at_is_no_gift_card_yet(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    desk.write(lambda tx: late_money.choose_gift(tx, task, actor=desk.actor(booking), now=desk.now))
    assert desk.read(gifts.listing) == []
    (asked,) = desk.read(tasks.listing)
    assert (asked.kind, asked.facts["amount"]) == ("gift", 35000)
    _nothing_is_left_to_choose(desk, booking, task)
    desk.write(lambda tx: tasks.done(tx, asked.id, actor=OWNER, now=desk.now))
    assert [gift.amount for gift in desk.read(gifts.listing)] == [35000]
    assert len(desk.said("guest.gift")) == 1
    with pytest.raises(Refusal, match="already_decided"):
        desk.write(lambda tx: tasks.done(tx, asked.id, actor=OWNER, now=desk.now))
    assert desk.findings() == []


def test_ux_18_the_money_is_sent_back_once(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    refund = desk.write(lambda tx: late_money.choose_refund(tx, task, actor=desk.actor(booking), now=desk.now))
    assert refund is not None, "a transfer is sent back by a person"
    _nothing_is_left_to_choose(desk, booking, task)
    desk.write(lambda tx: tasks.done(tx, refund, actor=OWNER, now=desk.now))
    assert desk.read(payments.unapplied) == []
    assert [row["facts"]["amount"] for row in desk.said("guest.refund_done")] == [35000]
    assert desk.findings() == []


def test_late_money_that_went_its_way_does_not_bring_the_booking_back(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    desk.write(lambda tx: late_money.choose_refund(tx, task, actor=desk.actor(booking), now=desk.now))
    desk.pass_time(hours=3)  # the other hold is over: the dates are free again
    assert desk.receipt(booking).kind == "nothing"
    assert desk.look(booking).status == "expired"
    assert [one.facts["amount"] for one in desk.read(tasks.listing)] == [35000]


def test_late_money_is_not_paid_out_beside_a_booking_that_staff_confirmed(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    desk.pass_time(hours=3)  # the other hold is over: the owner gives the dates back
    desk.confirm(booking, received=35000, twice=True)
    _nothing_is_left_to_choose(desk, booking, task)
    assert desk.read(payments.unapplied) == []
    assert desk.json(booking)["paid"]["amount"] == 35000
    assert desk.findings() == []


def test_the_file_that_was_refused_still_counts_as_late_money(desk: Desk) -> None:
    booking = waiting(desk)
    file = ReceiptFile("photo", "f", "u")
    desk.receipt(booking, file=file)
    desk.decline(booking, "unreadable")
    desk.pass_time(hours=3)
    desk.hold(*SATURDAY, guest=desk.guest(2), method="bank")
    assert desk.receipt(booking, file=file).kind == "late_sold"
    assert [one.amount for one in desk.read(payments.unapplied)] == [35000]


def test_a_choice_of_dates_that_are_gone_leaves_the_choice_open(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    offered = desk.said("guest.late_sold")[0]["facts"]["alternatives"][0]
    local = [(factories.at(offered[name]) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M") for name in ("start", "end")]
    desk.hold(local[0], local[1], tariff=offered["tariff"], guest=desk.guest(3))
    with pytest.raises(Refusal, match="dates_taken"):
        desk.write(lambda tx: late_money.choose_dates(tx, task, 0, actor=desk.actor(booking), now=desk.now))
    assert choice(desk, booking) == task
    assert len(desk.read(payments.unapplied)) == 1


def test_t3_a_stranger_cannot_choose(desk: Desk) -> None:
    booking, _ = sold(desk)
    task = choice(desk, booking)
    other = desk.hold(*SUNDAY, guest=desk.guest(7))
    with pytest.raises(Refusal, match="not_found"):
        desk.write(lambda tx: late_money.choose_refund(tx, task, actor=desk.actor(other), now=desk.now))


def _nothing_is_left_to_choose(desk: Desk, booking: Booking, task: int) -> None:
    actor = desk.actor(booking)
    for again in (late_money.choose_gift, late_money.choose_refund):
        with pytest.raises(Refusal, match="already_decided"):
            desk.write(lambda tx, again=again: again(tx, task, actor=actor, now=desk.now))  # type: ignore[misc]
    with pytest.raises(Refusal, match="already_decided"):
        desk.write(lambda tx: late_money.choose_dates(tx, task, 0, actor=actor, now=desk.now))


# --- Waiting for a person


async def test_ux_19_at_night_the_card_is_silent_rings_at_eight_and_nothing_ever_expires(desk: Desk) -> None:
    desk.now = NIGHT
    booking = waiting(desk)
    desk.now = factories.at("2026-11-20T20:59:00Z")  # 23:59
    desk.receipt(booking)
    assert {row["silent"] for row in desk.said("staff.approval")} == {1}
    assert desk.look(booking).promised_by == factories.at("2026-11-21T07:00:00Z")  # 10:00
    await desk.until("2026-11-21T08:00:00Z")  # 11:00
    assert desk.look(booking).status == "awaiting_owner"
    nudges = [
        (row["created_at"][11:16], row["facts"]["why"]) for row in desk.said("staff.nudge") if row["chat_id"] == 900
    ]
    assert nudges == [("05:00", "morning"), ("05:15", "waiting"), ("07:15", "waiting")]
    assert {row["silent"] for row in desk.said("staff.nudge")} == {0}
    told = desk.said("guest.still_checking")
    assert [row["created_at"] for row in told] == ["2026-11-21T07:00:00Z"]
    await desk.until("2026-11-22T08:00:00Z")
    assert len(desk.said("guest.still_checking")) == 1
    assert desk.findings() == []


async def test_by_day_the_owner_is_nudged_after_15_minutes_an_hour_and_every_two(desk: Desk) -> None:
    desk.receipt(waiting(desk))
    await desk.until(OPENED + timedelta(hours=6))
    mine = [row["created_at"][11:16] for row in desk.said("staff.nudge") if row["chat_id"] == 900]
    assert mine == ["12:15", "13:00", "15:00", "17:00"]


async def test_nobody_is_nudged_after_the_decision(desk: Desk) -> None:
    booking = waiting(desk)
    desk.receipt(booking)
    desk.confirm(booking, received=35000)
    await desk.until(OPENED + timedelta(hours=30))
    assert desk.said("staff.nudge") == []
    assert desk.said("guest.still_checking") == []


async def test_three_hours_before_check_in_the_owner_is_rung_whatever_the_hour(desk: Desk) -> None:
    desk.now = factories.at("2026-11-20T17:30:00Z")  # 20:30, before the cut-off of night arrivals
    booking = waiting(desk, ("2026-11-21T09:00", "2026-11-22T09:00"))
    desk.pass_time(minutes=15)
    desk.receipt(booking)
    await desk.until("2026-11-21T03:30:00Z")
    why = [(row["created_at"][11:16], row["facts"]["why"]) for row in desk.said("staff.nudge") if row["chat_id"] == 900]
    assert ("03:00", "arrival_near") in why


def test_a_card_for_a_stay_within_twelve_hours_rings_in_the_middle_of_the_night(desk: Desk) -> None:
    booking = waiting(desk, ("2026-11-22T12:00", "2026-11-23T12:00"))
    sent = desk.now
    desk.now = factories.at("2026-11-22T00:30:00Z")  # 03:30; the desk was down since
    desk.receipt(booking, sent_at=sent)
    assert [row["silent"] for row in desk.said("staff.approval")] == [0, 0]


def test_with_a_receipt_under_review_a_hold_never_expires_and_nobody_can_take_it(desk: Desk) -> None:
    booking = waiting(desk)
    desk.receipt(booking)
    desk.pass_time(days=3)  # the desk was down: nobody renewed anything
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold(*SATURDAY, guest=desk.guest(2))
    desk.write(lambda tx: bookings.expire(tx, booking.id, now=desk.now))
    assert desk.look(booking).status == "awaiting_owner"


# --- Known again


def test_ux_23_the_same_file_in_another_booking_is_flagged_and_asked_twice(desk: Desk) -> None:
    first = waiting(desk)
    second = waiting(desk, SUNDAY, guest=desk.guest(2))
    desk.receipt(first, file=ReceiptFile("photo", "f1", "same"))
    desk.receipt(second, file=ReceiptFile("photo", "f2", "same"))
    with pytest.raises(Refusal) as refused:
        desk.confirm(second, received=35000)
    assert refused.value.facts["flags"] == {"same_receipt": [first.code]}
    assert desk.confirm(second, received=35000, twice=True).status == "confirmed"


class Files:
    """What Telegram would give for a file id."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.asked: list[str] = []

    async def download(self, file_id: str) -> bytes:
        self.asked.append(file_id)
        return self.contents[file_id]


async def test_r46_the_same_picture_sent_anew_is_known_by_its_content_and_the_card_is_edited(desk: Desk) -> None:
    first = waiting(desk)
    second = waiting(desk, SUNDAY, guest=desk.guest(2))
    desk.receipt(first, file=ReceiptFile("photo", "f1", "one"))
    desk.receipt(second, file=ReceiptFile("document", "f2", "two"))
    assert flags(desk, second) == {}
    files: Any = Files({"f1": b"picture", "f2": b"picture"})
    before = len(desk.said("staff.approval"))
    assert await receipts.hash_new(AsyncDatabase(desk.file), files, now=desk.now) == 2
    assert flags(desk, second) == {"same_receipt": [first.code]}
    edits = desk.said("staff.approval")[before:]
    assert {(row["class"], row["facts"]["booking"]) for row in edits} == {("latest", second.id)}
    assert await receipts.hash_new(AsyncDatabase(desk.file), files, now=desk.now) == 0
    assert files.asked == ["f1", "f2"]


async def test_a_file_that_cannot_be_fetched_is_tried_again_and_stops_nobody(desk: Desk) -> None:
    desk.receipt(waiting(desk), file=ReceiptFile("photo", "gone", "one"))
    desk.receipt(waiting(desk, SUNDAY, guest=desk.guest(2)), file=ReceiptFile("photo", "f2", "two"))
    files: Any = Files({"f2": b"picture"})
    assert await receipts.hash_new(AsyncDatabase(desk.file), files, now=desk.now) == 1
    files.contents["gone"] = b"back"
    assert await receipts.hash_new(AsyncDatabase(desk.file), files, now=desk.now) == 0
    desk.pass_time(seconds=2)
    assert await receipts.hash_new(AsyncDatabase(desk.file), files, now=desk.now) == 1


async def test_r46_twenty_files_that_cannot_be_had_do_not_hide_a_receipt_that_was_seen_before(desk: Desk) -> None:
    first = waiting(desk)
    for number in range(20):
        desk.receipt(first, file=ReceiptFile("document", f"gone-{number}", f"gone-{number}"))
    second, third = (waiting(desk, dates, guest=desk.guest(n)) for n, dates in ((2, SUNDAY), (3, MONDAY)))
    desk.receipt(second, file=ReceiptFile("photo", "f2", "two"))
    desk.receipt(third, file=ReceiptFile("photo", "f3", "three"))
    files: Any = Files({"f2": b"picture", "f3": b"picture"})
    for _ in range(2):
        await receipts.hash_new(AsyncDatabase(desk.file), files, now=desk.now)
    assert flags(desk, third) == {"same_receipt": [second.code]}


def test_r36_a_receipt_for_a_stay_that_is_over_brings_nothing_back(desk: Desk) -> None:
    booking = expired(desk)
    desk.pass_time(days=60)
    with pytest.raises(Refusal, match="past"):
        desk.confirm(booking)
    assert desk.look(booking).status == "expired"


def test_r26_two_lapsed_holds_do_not_come_back_for_places_that_were_sold_since(file: DatabaseFile) -> None:
    desk = Desk(file, factories.guesthouse())
    wish: dict[str, Any] = {"party": {"adult": 2}, "extras": {"parking": 1}}
    dates = ("2026-12-08", "2026-12-10")
    first = desk.hold(*dates, unit="blue-room", tariff="room", guest=desk.guest(1), method="bank", **wish)
    second = desk.hold(*dates, unit="green-room", tariff="room", guest=desk.guest(2), method="bank", **wish)
    desk.pass_time(hours=30)  # nobody has swept them yet
    third = desk.hold(*dates, unit="attic-room", tariff="attic", guest=desk.guest(3), **wish)
    assert [desk.look(one).status for one in (first, second, third)] == ["expired", "expired", "held"]
    assert [desk.receipt(first).kind, desk.receipt(second).kind] == ["revived", "late_sold"]


def test_r36_a_picture_that_is_known_at_the_chosen_dates_is_no_obstacle(desk: Desk) -> None:
    booking, _ = sold(desk)
    offered = desk.said("guest.late_sold")[-1]["facts"]["alternatives"][0]
    mine = desk.hold(*_local(offered), method="bank")
    file = desk.rows("SELECT * FROM receipts")[0]
    desk.receipt(mine, file=ReceiptFile("photo", file["file_id"], file["file_unique_id"]), booking_id=mine.id)
    taken = desk.write(
        lambda tx: late_money.choose_dates(tx, choice(desk, booking), 0, actor=desk.actor(booking), now=desk.now)
    )
    assert taken.id == mine.id


def test_r36_who_has_paid_is_not_refused_other_dates_for_having_two_holds(desk: Desk) -> None:
    booking, _ = sold(desk)
    desk.hold("2026-12-20T16:00", "2026-12-21T16:00")
    desk.hold("2026-12-22T16:00", "2026-12-23T16:00")
    taken = desk.write(
        lambda tx: late_money.choose_dates(tx, choice(desk, booking), 0, actor=desk.actor(booking), now=desk.now)
    )
    assert taken.under_review


async def test_r26_late_money_does_not_sell_the_third_of_two_parking_places(file: DatabaseFile) -> None:
    desk = Desk(file, factories.guesthouse())
    wish: dict[str, Any] = {"party": {"adult": 2}, "extras": {"parking": 1}}
    dates = ("2026-12-08", "2026-12-10")
    first = desk.hold(*dates, unit="blue-room", tariff="room", guest=desk.guest(1), method="bank", **wish)
    desk.pass_time(hours=30)
    await desk.tick()
    desk.hold(*dates, unit="green-room", tariff="room", guest=desk.guest(2), **wish)
    desk.hold(*dates, unit="attic-room", tariff="attic", guest=desk.guest(3), **wish)
    assert desk.receipt(first).kind == "late_sold"
    assert desk.look(first).status == "expired"


def test_r44_what_is_owed_twice_is_asked_for_twice(desk: Desk) -> None:
    booking, _ = sold(desk)
    desk.write(lambda tx: late_money.choose_refund(tx, choice(desk, booking), actor=desk.actor(booking), now=desk.now))
    (other,) = [one for one in desk.read(bookings.listing).items if one.id != booking.id and one.is_hold]
    desk.release(other)
    desk.confirm(booking, received=35_000, twice=True)
    desk.cancel(desk.look(booking), by="owner", reason="x")
    owed = [one for one in desk.read(tasks.listing) if one.kind == "refund"]
    assert sorted(one.payment_id is None for one in owed) == [False, True]
    desk.write(lambda tx: tasks.set_where(tx, booking.id, "card 1234", actor=desk.actor(booking), now=desk.now))
    for task in owed:
        desk.write(lambda tx, one=task: tasks.done(tx, one.id, actor=OWNER, now=desk.now))  # type: ignore[misc]
    assert desk.read(payments.unapplied) == []
    assert desk.read(lambda tx: payments.paid(tx, booking.id)) == 0
    assert desk.findings() == []


def test_r36_late_money_that_became_a_certificate_waits_for_nobody_any_more(desk: Desk) -> None:
    booking, _ = sold(desk)
    desk.write(lambda tx: late_money.choose_gift(tx, choice(desk, booking), actor=desk.actor(booking), now=desk.now))
    (task,) = desk.read(tasks.listing)
    desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=desk.now))
    assert desk.read(payments.unapplied) == []
