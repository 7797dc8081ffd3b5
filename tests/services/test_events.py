"""What is told of bookings, money and gifts: each thing that happens once, by whichever door, and nothing that opens anything (A6)."""

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import housebot
from housebot.domain.gift import Gift
from housebot.services import bookings, events, gifts, moving, payments, staying, webhook_endpoints
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.ports import SYSTEM
from housebot.storage import webhook_endpoints as endpoint_rows
from housebot.storage.file import DatabaseFile, Tx
from tests import factories
from tests.desk import OWNER, SHELL, Desk, request

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
LAST_DAY = date(2027, 2, 20)
SERVICES = Path(housebot.__file__).parent / "services"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    made = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield made
    made.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    """Somebody listens to everything."""
    made = Desk(file)
    made.write(
        lambda tx: webhook_endpoints.add(
            tx, "https://books.example.com/", ["*"], private=False, actor=SHELL, now=made.now
        )
    )
    return made


def told(desk: Desk, *, since: int = 0) -> list[dict[str, Any]]:
    rows = desk.rows("SELECT body FROM webhook_events WHERE id > :since ORDER BY id", since=since)
    return [json.loads(row["body"]) for row in rows]


def kinds(desk: Desk) -> list[str]:
    """What has been told, with the status or state it names."""
    return [
        f"{one['type']} {one['data'].get('payment', {}).get('state') or one['data']['booking']['status']}"
        if "gift" not in one["data"]
        else one["type"]
        for one in told(desk)
    ]


def money_gift(desk: Desk, amount: int = 10_000) -> Gift:
    draft = Gift(0, "", "money", "BYN", LAST_DAY, amount=amount)
    return desk.write(lambda tx: gifts.issue(tx, factories.secret_house(), draft, actor=SHELL, now=desk.now))


async def test_a6_a_stay_from_the_hold_to_the_end_is_told_step_by_step(desk: Desk) -> None:
    booking = desk.pay_way(desk.hold(*SATURDAY))
    desk.confirm(booking, received=booking.deposit)
    await desk.until("2026-12-08T12:00:00Z")
    assert kinds(desk) == [
        "booking.held held",
        "booking.changed awaiting_payment",
        "payment.recorded done",
        "booking.confirmed confirmed",
        "booking.changed in_house",
        "booking.completed completed",
    ]
    versions = [one["data"]["booking"]["version"] for one in told(desk)]
    assert versions == sorted(versions)


async def test_a6_whatever_ends_a_booking_is_told_as_cancelled_with_the_status_that_says_how(desk: Desk) -> None:
    days = iter(range(4, 30, 3))

    def one(number: int) -> Booking:
        day = next(days)
        return desk.hold(f"2026-12-{day:02}T16:00", f"2026-12-{day + 1:02}T16:00", guest=desk.guest(number))

    desk.decline(one(1), "full")
    desk.release(one(2))
    desk.cancel(desk.confirm(one(3)), by="owner", reason="ill")
    desk.cancel(desk.confirm(one(4)), by="guest")
    nobody = desk.confirm(one(5))
    one(6)
    await desk.until("2026-11-21T12:00:00Z")
    desk.now = nobody.start
    desk.write(lambda tx: staying.no_show(tx, nobody.id, actor=OWNER, now=desk.now))
    assert [one for one in kinds(desk) if "cancelled" in one.split()[0]] == [
        "booking.cancelled declined",
        "booking.cancelled cancelled_by_guest",
        "booking.cancelled cancelled_by_owner",
        "booking.cancelled cancelled_by_guest",
        "booking.cancelled expired",
        "booking.cancelled no_show",
    ]


def test_a6_a_hold_that_somebody_else_sweeps_out_of_the_way_is_told_before_the_one_that_takes_its_place(
    desk: Desk,
) -> None:
    first = desk.hold(*SATURDAY)
    desk.pass_time(days=1)
    second = desk.hold(*SATURDAY, guest=desk.guest(2))
    assert [(one["type"], one["data"]["booking"]["id"]) for one in told(desk)] == [
        ("booking.held", first.id),
        ("booking.cancelled", first.id),
        ("booking.held", second.id),
    ]


def test_a6_a_move_is_one_change_with_the_new_version(desk: Desk) -> None:
    booking = desk.confirm(desk.hold(*SATURDAY))
    before = len(told(desk))
    wish = Change(
        arrival=datetime.fromisoformat("2026-12-08T16:00"), departure=datetime.fromisoformat("2026-12-09T16:00")
    )
    desk.write(lambda tx: moving.move(tx, booking.id, wish, actor=SHELL, now=desk.now))
    (one,) = told(desk)[before:]
    assert one["type"] == "booking.changed"
    assert one["data"]["booking"]["version"] == desk.look(booking).version


def test_a6_money_is_told_by_what_the_ledger_calls_it(desk: Desk) -> None:
    booking = desk.confirm(desk.hold(*SATURDAY))
    before = len(told(desk))

    def record(amount: int, kind: str, **more: Any) -> int:
        return desk.write(
            lambda tx: payments.record(
                tx, desk.look(booking), amount, kind=kind, actor=OWNER, now=desk.now, twice=True, **more
            )
        )

    paid = record(10_000, "payment")
    record(3_000, "refund", refunds=paid)
    record(-500, "adjustment", comment="a mistake")
    late = desk.write(lambda tx: payments.add_unapplied(tx, booking, 7_000, actor=SYSTEM, now=desk.now))
    other = desk.write(lambda tx: payments.add_unapplied(tx, booking, 8_000, actor=SYSTEM, now=desk.now))
    desk.write(lambda tx: payments.apply_unapplied(tx, late, desk.look(booking), actor=OWNER, now=desk.now))
    desk.write(lambda tx: payments.settle_unapplied(tx, other, state="failed", comment="", actor=OWNER, now=desk.now))
    found = told(desk)[before:]
    assert [(one["type"], one["data"]["payment"]["state"]) for one in found] == [
        ("payment.recorded", "done"),
        ("payment.refunded", "done"),
        ("payment.adjusted", "done"),
        ("payment.unapplied", "unapplied"),
        ("payment.unapplied", "unapplied"),
        ("payment.applied", "done"),
        ("payment.settled", "failed"),
    ]
    assert found[1]["data"]["payment"]["refunds"] == paid
    assert found[0]["data"]["booking"]["code"] == booking.code
    assert "amount" not in found[0]["data"]["payment"], "what it was worth is read where one has to show a key"


def test_a6_a_gift_is_told_without_its_code_which_is_money(desk: Desk) -> None:
    gift = money_gift(desk)
    wish = replace(request(*SATURDAY), gift=gift.code)
    booking = desk.write(
        lambda tx: bookings.hold(
            tx, wish, guest_id=None, contact="+375291234567", source="phone", actor=SHELL, now=desk.now
        )
    )  # fmt: skip
    desk.decline(booking, "full")
    catalog = factories.secret_house()
    desk.write(lambda tx: gifts.extend(tx, catalog, gift.code, date(2027, 5, 1), actor=SHELL, now=desk.now))
    desk.write(lambda tx: gifts.transfer(tx, gift.code, "Ира", actor=SHELL, now=desk.now))
    desk.write(lambda tx: gifts.void(tx, gift.code, reason="lost", actor=SHELL, now=desk.now))
    found = [one for one in told(desk) if "gift" in one["data"]]
    assert [one["type"] for one in found] == [
        "gift.issued",
        "gift.redeemed",
        "gift.returned",
        "gift.extended",
        "gift.transferred",
        "gift.voided",
    ]
    assert {one["data"]["gift"]["id"] for one in found} == {gift.id}
    assert found[1]["data"]["booking"]["code"] == booking.code
    everything = json.dumps(told(desk))
    assert gift.code not in everything
    assert "375291234567" not in everything
    assert ("payment.recorded", "gift") in [
        (one["type"], one["data"]["payment"]["method"]) for one in told(desk) if "payment" in one["data"]
    ]


def test_a6_a_conflict_of_a_feed_can_be_asked_for_and_told(desk: Desk) -> None:
    booking = desk.hold(*SATURDAY)
    facts = {"booking": events.booking_facts(booking)}
    desk.write(lambda tx: events.emit(tx, "feed.conflict", facts, now=desk.now))
    assert told(desk)[-1]["type"] == "feed.conflict"


@pytest.mark.parametrize(
    ("kind", "wanted", "covered"),
    [
        ("booking.held", ["booking.held"], True),
        ("booking.held", ["booking.*"], True),
        ("booking.held", ["*"], True),
        ("booking.held", ["payment.*", "gift.*"], False),
        ("booking.held", ["booking.confirmed"], False),
        ("bookings.held", ["booking.*"], False),
        ("ping", ["booking.*"], False),
    ],
)
def test_a6_an_event_is_for_whoever_named_it_or_its_group(kind: str, wanted: list[str], covered: bool) -> None:
    assert events.is_wanted(kind, wanted) is covered


def test_a6_where_nobody_listens_a_hold_asks_once_and_writes_nothing(
    file: DatabaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(file)
    asked: list[Tx] = []

    def listening(tx: Tx) -> list[Any]:
        asked.append(tx)
        return endpoint_rows.listening(tx)

    monkeypatch.setattr(events, "endpoints", SimpleNamespace(listening=listening))
    desk.hold(*SATURDAY)
    assert len(asked) == 1
    assert desk.rows("SELECT 1 FROM webhook_events") == []


def writes_of_the_ledger(source: str) -> set[str]:
    """What a module does to rows of money past `services.ledger`, by the names under which it imports their storage."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "housebot.storage"
        for alias in node.names
        if alias.name == "payments"
    }
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
        and node.attr in {"add", "settle", "finish"}
    }


def test_a6_no_row_of_money_is_written_past_the_one_place_that_tells_of_it() -> None:
    found = {path.name: writes_of_the_ledger(path.read_text()) for path in SERVICES.rglob("*.py")}
    assert {name: what for name, what in found.items() if what} == {"ledger.py": {"add", "settle", "finish"}}


def test_the_ban_on_silent_money_finds_a_violation() -> None:
    assert writes_of_the_ledger("from housebot.storage import payments as rows\ndef f(tx): rows.add(tx)") == {"add"}
