"""Orders of Bukza: each has one effect, wins its dates or is kept as a conflict, and is never made of what a guest has typed (A5, I8)."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.errors import Refusal
from housebot.integrations.bukza import Bukza
from housebot.services import audit, bookings, bukza, bukza_stays, claims, guests, inbound, payments, webhook_endpoints
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.storage import bukza_orders
from housebot.storage.bukza_orders import Order
from housebot.storage.file import DatabaseFile
from tests.bukza import said
from tests.desk import OWNER, AsyncDatabase, Desk

PHONE = "+375291112277"
TERMS = bukza.Terms({"дом": ("house", "day")}, guests=4)


class House(Desk):
    """A desk that hears of Bukza."""

    terms = TERMS

    def keep(self, **facts: Any) -> None:
        self.write(lambda tx: inbound.keep(tx, "bukza", said(**facts), now=self.now))

    async def hear(self, **facts: Any) -> None:
        self.keep(**facts)
        await self.work()

    async def work(self) -> None:
        await bukza.work(AsyncDatabase(self.file), Bukza(), self.terms, now=self.now)

    def order(self, number: str = "1001") -> Order:
        found = self.read(lambda tx: bukza_orders.get(tx, number))
        assert found is not None
        return found

    def booked(self, number: str = "1001") -> Booking:
        found = self.order(number).booking_id
        assert found is not None
        return self.read(lambda tx: bookings.get(tx, found))

    def all(self) -> list[Booking]:
        return self.read(bookings.listing).items

    def pages(self) -> list[str]:
        """What one of the owners was paged about."""
        return [row["facts"]["what"] for row in self.said("staff.bukza") if row["chat_id"] == 900]

    def aside(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM notifications WHERE state = 'aside'")

    def paid(self, number: str = "1001") -> int:
        booking = self.booked(number)
        return self.read(lambda tx: payments.paid(tx, booking.id))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk = House(file)
    yield desk
    assert [one for one in desk.findings() if one.status == "fail"] == []
    file.close()


async def test_a5_a_new_order_is_a_confirmed_booking_at_the_price_of_bukza_and_staff_are_told(house: House) -> None:
    await house.hear()
    booking = house.booked()
    assert (booking.status, booking.unit, booking.tariff, booking.source) == ("confirmed", "house", "day", "bukza")
    assert (booking.total, booking.contact, booking.guest_id) == (65_000, PHONE, None)
    assert (booking.arrival.isoformat(), booking.guest_name) == ("2026-12-05T16:00:00", "Валентина Коваль")
    assert len(house.said("staff.booked")) == 2
    assert house.pages() == []


async def test_a5_copies_and_replays_have_one_effect(house: House) -> None:
    for _ in range(3):
        await house.hear()
    house.pass_time(days=10)
    await house.hear(order="1002", start="2026-12-15T16:00", end="2026-12-16T16:00")  # old bodies are forgotten now
    await house.hear()
    assert len(house.all()) == 2
    assert len(house.said("staff.booked")) == 4
    assert house.rows("SELECT count(*) AS n FROM notifications WHERE body = x''")[0]["n"] == 1


async def test_a5_a_change_moves_the_booking_and_its_price_and_an_older_one_that_comes_later_does_nothing(
    house: House,
) -> None:
    await house.hear()
    newer = {"changed": "2026-11-20T14:20:00", "start": "2026-12-06T16:00", "end": "2026-12-07T16:00", "total": "700"}
    await house.hear(**newer)
    await house.hear(changed="2026-11-20T14:10:00", start="2026-12-08T16:00", end="2026-12-09T16:00")
    booking = house.booked()
    assert (booking.arrival.isoformat(), booking.total) == ("2026-12-06T16:00:00", 70_000)
    assert len(house.all()) == 1
    assert len(house.said("staff.moved")) == 2
    assert booking.moves == 0, "Bukza spends none of the guest's moves"


async def test_a5_where_bukza_tells_no_time_what_comes_later_counts_whatever_it_is_called(house: House) -> None:
    await house.hear(changed="", status="Оплачен")
    await house.hear(changed="", status="Изменён", start="2026-12-08T16:00", end="2026-12-09T16:00")
    booking = house.booked()
    assert (booking.arrival.day, house.paid()) == (8, 65_000), "moved, and the money stays"
    await house.hear(changed="", status="Отменён")
    await house.hear(changed="", status="Новый", start="2026-12-10T16:00", end="2026-12-11T16:00")
    assert house.booked().status == "cancelled_by_guest", "cancelled is final"


async def test_a5_a_cancellation_that_comes_before_its_order_is_final(house: House) -> None:
    await house.hear(status="Отменён", changed="2026-11-20T14:30:00")
    await house.hear()
    assert house.all() == []
    assert house.order().state == "cancelled"
    assert house.pages() == []


async def test_a5_a_cancellation_frees_the_dates_and_what_was_paid_is_a_task_by_the_policy(house: House) -> None:
    await house.hear(paid="650")
    await house.hear(status="отменен", changed="2026-11-20T14:30:00", paid="650")
    assert house.booked().status == "cancelled_by_guest"
    assert house.rows("SELECT count(*) AS n FROM occupancies")[0]["n"] == 0
    assert [row["kind"] for row in house.rows("SELECT kind FROM tasks")] == ["refund"]
    await house.hear(status="Новый", changed="2026-11-20T14:40:00")
    await house.hear(status="Новый", changed="2026-11-20T14:50:00")
    assert house.booked().status == "cancelled_by_guest"
    assert house.pages() == ["revived"], "it is told, once"


@pytest.mark.parametrize(
    ("events", "money"),
    [
        ([{"status": "Оплачен"}], 65_000),
        ([{"status": "Оплачен"}, {"status": "Оплачен", "comment": "again"}], 65_000),
        ([{"paid": "325"}, {"paid": "650", "status": "Оплачен"}], 65_000),
        ([{"status": "Оплачен", "paid": "650"}, {"paid": "325"}], 65_000),
        ([{"paid": "325,50"}], 32_550),
        ([{}], 0),
    ],
    ids=["paid", "twice", "in-parts", "less-later", "a-part", "nothing"],
)
async def test_a5_money_of_an_order_is_in_the_ledger_once(
    house: House, events: list[dict[str, str]], money: int
) -> None:
    for minute, event in enumerate(events):
        await house.hear(changed=f"2026-11-20T14:{minute:02}:00", **event)
    assert house.paid() == money


async def test_a5_a_paid_sum_that_became_less_is_told_once_and_the_ledger_stays(house: House) -> None:
    await house.hear(paid="650")
    for minute in (10, 20):
        await house.hear(changed=f"2026-11-20T14:{minute}:00", paid="325", comment=str(minute))
    assert (house.paid(), house.pages()) == (65_000, ["less_paid"])
    (facts, _) = [row["facts"] for row in house.said("staff.bukza")]
    assert (facts["paid"], facts["known"], facts["currency"]) == (32_500, 65_000, "BYN")


async def test_i8_an_order_whose_dates_are_taken_is_kept_both_are_flagged_and_the_owner_is_paged_once(
    house: House,
) -> None:
    mine = house.confirm(house.hold("2026-12-05T18:00", "2026-12-06T18:00", method="bank"))
    await house.hear()
    order = house.order()
    assert (order.state, order.booking_id, order.collides) == ("conflict", None, [mine.id])
    assert house.pages() == ["conflict"]
    (note,) = house.read(lambda tx: bookings.notes(tx, mine.id))
    assert "1001" in note.text
    assert house.look(mine).status == "confirmed", "overlap never"
    assert [one.number for one in house.read(bukza.in_conflict)] == ["1001"]
    for _ in range(3):
        house.pass_time(minutes=2)
        await house.work()
    await house.hear(changed="2026-11-20T14:05:00", comment="a word more")
    assert house.pages() == ["conflict"], "unchanged repeats stay silent"


async def test_a6_programs_are_told_of_a_conflict_with_bukza_once_by_the_booking_that_has_the_dates(
    house: House,
) -> None:
    mine = house.confirm(house.hold("2026-12-05T18:00", "2026-12-06T18:00", method="bank"))
    wanted = ["feed.*"]
    url = "https://books.example.com/in"
    house.write(lambda tx: webhook_endpoints.add(tx, url, wanted, private=False, actor=OWNER, now=house.now))
    await house.hear()
    house.pass_time(minutes=2)
    await house.work()
    (body,) = [json.loads(row["body"]) for row in house.rows("SELECT body FROM webhook_events")]
    assert body["type"] == "feed.conflict"
    assert body["data"]["feed"] == {"name": "bukza", "event": "1001"}
    assert (body["data"]["booking"]["code"], set(body["data"])) == (mine.code, {"booking", "feed"})
    assert PHONE[-9:] not in json.dumps(body)


async def test_i8_a_conflict_ends_by_itself_when_the_dates_come_free(house: House) -> None:
    mine = house.confirm(house.hold("2026-12-05T18:00", "2026-12-06T18:00", method="bank"))
    await house.hear(status="Оплачен")
    house.cancel(mine, by="owner", reason="ill")
    house.pass_time(minutes=2)
    await house.work()
    assert (house.order().state, house.order().collides, house.booked().status) == ("booked", [], "confirmed")
    assert house.paid() == 65_000
    assert house.pages() == ["conflict", "settled"]
    actions = [one.action for one in house.read(lambda tx: audit.history(tx, mine.subject))]
    assert actions.count("booking.conflict") == actions.count("booking.conflict_over") == 1


async def test_i8_a_move_onto_taken_dates_leaves_the_old_booking_and_flags_both(house: House) -> None:
    mine = house.confirm(house.hold("2026-12-08T16:00", "2026-12-09T16:00", method="bank"))
    await house.hear()
    moved = {"start": "2026-12-08T16:00", "end": "2026-12-09T16:00"}
    await house.hear(changed="2026-11-20T14:30:00", **moved)
    booking, order = house.booked(), house.order()
    assert (booking.arrival.day, order.state, order.collides) == (5, "conflict", [mine.id])
    for one in (booking, mine):
        assert len(house.read(lambda tx, one=one: bookings.notes(tx, one.id))) == 1  # type: ignore[misc]
    house.cancel(mine, by="owner", reason="ill")
    house.pass_time(minutes=2)
    await house.work()
    assert (house.booked().arrival.day, house.order().state) == (8, "booked")


async def test_a5_what_staff_have_moved_by_hand_is_not_moved_back_by_a_word_about_money(house: House) -> None:
    await house.hear()
    change = Change(house.booked().arrival + timedelta(days=2), override="asked by phone")
    booking = house.booked()
    house.write(lambda tx: bookings.move(tx, booking.id, change, actor=OWNER, now=house.now))
    await house.hear(changed="2026-11-20T14:30:00", status="Оплачен")
    assert (house.booked().arrival.day, house.paid()) == (7, 65_000)


@pytest.mark.parametrize(
    ("facts", "state", "code"),
    [
        ({"resource": "Сауна"}, "refused", "unknown_unit"),
        ({"end": "2026-12-05T15:00"}, "refused", "invalid"),
        ({"start": "2026-11-01T16:00", "end": "2026-11-02T16:00"}, "refused", None),
    ],
    ids=["resource", "ends-before", "over"],
)
async def test_a5_an_order_that_cannot_be_booked_is_kept_and_told_once(
    house: House, facts: dict[str, str], state: str, code: str | None
) -> None:
    await house.hear(**facts)
    await house.hear(**facts, changed="2026-11-20T14:01:00")
    assert (house.order().state, house.all()) == (state, [])
    assert house.pages() == (["refused"] if code else [])
    assert code is None or house.order().problem.startswith(code)


async def test_a5_an_order_of_an_unknown_resource_is_booked_once_the_settings_name_it(house: House) -> None:
    await house.hear(resource="Баня")
    house.terms = bukza.Terms({"баня": ("house", "day")}, guests=4)
    house.pass_time(hours=1)
    await house.work()
    assert (house.booked().status, house.pages()) == ("confirmed", ["refused", "settled"])


@pytest.mark.parametrize("total", ["0", "0,00", "1 200,50", ""], ids=["free", "free-too", "typed", "untold"])
async def test_a5_the_price_of_bukza_counts_and_none_told_is_ours(house: House, total: str) -> None:
    await house.hear(total=total)
    expected = {"1 200,50": 120_050, "": None}.get(total, 0)
    assert house.booked().status == "confirmed"
    assert house.booked().total == expected if expected is not None else house.booked().total > 0


async def test_a5_a_desk_that_is_busy_loses_nothing_and_does_it_once_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise Refusal("temporarily_unavailable")

    house.keep(status="Оплачен")
    with monkeypatch.context() as patch:
        patch.setattr(payments, "record", busy)
        with pytest.raises(Refusal):
            await house.work()
    assert house.all() == []
    assert house.aside() == []
    await house.work()
    assert (len(house.all()), house.paid()) == (1, 65_000)


async def test_a5_two_rounds_at_once_have_one_effect(house: House) -> None:
    house.keep(status="Оплачен")
    (one,) = house.read(lambda tx: inbound.new(tx, "bukza", limit=10))
    for _ in range(2):
        await inbound.take(
            AsyncDatabase(house.file),
            "bukza",
            one,
            lambda tx, body: bukza.hear(tx, TERMS, Bukza().read(body), now=house.now),
            now=house.now,
        )
    assert (len(house.all()), house.paid(), len(house.said("staff.booked"))) == (1, 65_000, 2)


async def test_a5_a_fault_of_ours_over_one_order_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = bukza_stays.settle

    def broken(tx: Any, terms: Any, number: str, **more: Any) -> None:
        if number == "666":
            raise KeyError(PHONE)
        real(tx, terms, number, **more)

    monkeypatch.setattr(bukza_stays, "settle", broken)
    house.keep(order="666")
    await house.hear()
    assert house.booked().status == "confirmed"
    assert len(house.aside()) == 1
    assert PHONE not in caplog.text


async def test_a5_a_fault_of_ours_over_an_order_that_waits_stops_no_other_and_is_tried_again_later(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine = house.confirm(house.hold("2026-12-05T18:00", "2026-12-06T18:00", method="bank"))
    await house.hear(order="666")
    await house.hear(order="1001", start="2026-12-05T16:00", end="2026-12-06T18:00")
    house.cancel(mine, by="owner", reason="ill")
    real = bukza_stays.settle

    def broken(tx: Any, terms: Any, number: str, **more: Any) -> None:
        if number == "666":
            raise ZeroDivisionError(PHONE)
        real(tx, terms, number, **more)

    house.pass_time(minutes=2)
    with monkeypatch.context() as patch:
        patch.setattr(bukza_stays, "settle", broken)
        await house.work()
        await house.work()
    assert (house.booked("1001").status, house.order("666").state) == ("confirmed", "conflict")
    assert PHONE not in caplog.text
    assert caplog.text.count("could not be tried again") == 1
    house.cancel(house.booked("1001"), by="owner", reason="ill")
    house.pass_time(hours=2)
    await house.work()
    assert house.booked("666").status == "confirmed"


async def test_a5_a_stay_that_is_called_off_here_is_not_brought_back_by_a_change_there(house: House) -> None:
    await house.hear()
    house.cancel(house.booked(), by="owner", reason="ill")
    await house.hear(changed="2026-11-20T14:30:00", start="2026-12-08T16:00", end="2026-12-09T16:00")
    assert house.booked().status == "cancelled_by_owner"
    assert house.pages() == ["refused"]


@pytest.mark.parametrize(
    "facts",
    [
        {"order": ""},
        {"start": "tomorrow"},
        {"end": "[bukza_end]"},
        {"end": "9999-12-31T23:59-14:00"},
        {"changed": "0001-01-01T00:00+14:00"},
        {"total": "-5"},
        {"total": "a lot"},
        {"paid": "1e9"},
        {"order": "7" * 65},
    ],
    ids=[
        "no-number",
        "no-time",
        "unknown-placeholder",
        "end-of-time",
        "beginning-of-time",
        "negative",
        "words",
        "float",
        "long",
    ],
)
async def test_a5_what_cannot_be_read_is_put_aside_and_the_owner_is_told_once(
    house: House, facts: dict[str, str]
) -> None:
    await house.hear(**facts)
    await house.work()
    assert (house.all(), len(house.aside())) == ([], 1)
    alerts = [row for row in house.said("staff.alert") if row["chat_id"] == 900]
    assert [row["facts"]["code"] for row in alerts] == ["notification_aside"]
    assert "Error" not in alerts[0]["facts"]["why"], "it is a word for people"
    await house.hear()
    assert house.booked().status == "confirmed", "the next one is heard"


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"[" * 5000, said()[:-20], said()[:200]])
async def test_a5_garbage_and_what_is_cut_off_is_put_aside(house: House, body: bytes) -> None:
    house.write(lambda tx: inbound.keep(tx, "bukza", body, now=house.now))
    await house.work()
    assert (house.all(), len(house.aside())) == ([], 1)


async def test_a5_a_second_stay_of_one_order_is_for_a_person(house: House) -> None:
    await house.hear()
    await house.hear(reservation="OTHER1", start="2026-12-15T16:00", end="2026-12-16T16:00")
    assert len(house.all()) == len(house.aside()) == 1


async def test_a5_a_phone_that_is_none_is_kept_for_a_person(house: House) -> None:
    await house.hear(phone="звоните жене")
    assert house.booked().contact is None
    assert "звоните жене" in house.booked().comment


async def test_t4_a_verified_contact_makes_the_stay_theirs_a_typed_one_does_not(house: House) -> None:
    await house.hear()
    thief, guest = house.guest(1), house.guest(2)
    house.write(lambda tx: guests.set_contact(tx, thief, PHONE, shared=False, now=house.now))
    assert house.booked().guest_id is None
    share(house, guest, PHONE, 102)
    assert house.booked().guest_id == guest
    assert [row["chat_id"] for row in house.said("guest.recognised")] == [102]
    assert [row["chat_id"] for row in house.said("guest.confirmed")] == [102]
    subject = house.booked().subject
    (claim,) = [one for one in house.read(lambda tx: audit.history(tx, subject)) if one.action == "booking.claim"]
    assert claim.reason == "verified contact"
    share(house, guest, PHONE, 102)
    assert len(house.said("guest.recognised")) == 1, "told once"


async def test_t4_who_has_verified_the_contact_before_has_the_stay_at_once(house: House) -> None:
    guest = house.guest(2)
    share(house, guest, PHONE, 102)
    await house.hear()
    assert house.booked().guest_id == guest
    assert len(house.said("guest.recognised")) == 1


async def test_t4_a_phone_that_is_corrected_in_bukza_is_the_bookings_and_whoever_has_verified_it_gets_the_stay(
    house: House,
) -> None:
    other = "+375295554433"
    await house.hear(phone="")
    assert house.booked().contact is None
    await house.hear(changed="2026-11-20T14:10:00", phone=PHONE)
    assert (house.booked().contact, house.booked().guest_id) == (PHONE, None)
    guest = house.guest(2)
    share(house, guest, other, 102)
    await house.hear(changed="2026-11-20T14:20:00", phone="")
    assert house.booked().contact == PHONE, "no phone is no correction"
    await house.hear(changed="2026-11-20T14:30:00", phone=other)
    assert (house.booked().contact, house.booked().guest_id) == (other, guest)
    await house.hear(changed="2026-11-20T14:40:00", phone=PHONE)
    assert (house.booked().contact, house.booked().guest_id) == (other, guest), "it has its guest"
    assert PHONE[-9:] not in repr(house.order())


async def test_t4_who_has_only_typed_the_contact_before_gets_nothing_of_an_order_that_comes(house: House) -> None:
    thief = house.guest(1)
    house.write(lambda tx: guests.set_contact(tx, thief, PHONE, shared=False, now=house.now))
    await house.hear()
    assert house.booked().guest_id is None
    assert house.said("guest.recognised") == []


async def test_t4_only_stays_of_bukza_ahead_or_under_way_that_nobody_has_are_handed_over(house: House) -> None:
    house.hold("2026-12-10T16:00", "2026-12-11T16:00", contact=PHONE, source="phone")
    await house.hear()
    await house.hear(order="1002", start="2026-12-15T16:00", end="2026-12-16T16:00")
    house.cancel(house.booked("1002"), by="owner", reason="ill")
    guest = house.guest(2)
    share(house, guest, PHONE, 102)
    theirs = house.read(lambda tx: bookings.of_guest(tx, guest))
    assert [one.id for one in theirs] == [house.booked().id]
    other = house.guest(3)
    share(house, other, PHONE, 103)
    assert house.booked().guest_id == guest, "who was first"


@pytest.mark.parametrize("seed", range(12))
async def test_a5_any_order_and_number_of_copies_ends_alike(house: House, seed: int) -> None:
    chance, cancelled = random.Random(seed), seed % 3 == 0
    later = {"start": "2026-12-06T16:00", "end": "2026-12-07T16:00", "total": "700"}
    plan = [
        {"changed": "2026-11-20T14:00:00"},
        {"changed": "2026-11-20T14:10:00"} | later,
        {"changed": "2026-11-20T14:20:00", "status": "Оплачен"} | later,
        *([{"changed": "2026-11-20T14:30:00", "status": "Отменён"} | later] if cancelled else []),
    ]
    heard = [event for event in plan for _ in range(chance.randint(1, 3))]
    chance.shuffle(heard)
    for event in heard:
        await house.hear(**event)
    assert house.order().state == ("cancelled" if cancelled else "booked")
    if cancelled:
        assert all(one.status == "cancelled_by_guest" for one in house.all())
    else:
        assert (house.booked().arrival.day, house.booked().total, house.paid()) == (6, 70_000, 70_000)


def share(house: House, guest: int, phone: str, telegram_id: int) -> None:
    house.write(lambda tx: claims.share_contact(tx, guest, phone, contact_user_id=telegram_id, now=house.now))
