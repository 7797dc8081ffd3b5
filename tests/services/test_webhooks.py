"""Events on their way to other programs: stored with their cause, signed, tried for three days, at least once (A6)."""

import asyncio
import hmac
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from housebot.errors import KeyProblem, Refusal
from housebot.measures import Measures
from housebot.services import audit, statistics, vault, webhook_endpoints, webhook_log, webhooks
from housebot.services.ports import Answered
from housebot.services.watched import WatchedPrograms
from housebot.services.webhook_endpoints import Endpoint
from housebot.services.webhooks import Webhooks
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile, Tx
from tests.desk import SHELL, AsyncDatabase, Desk
from tests.wire import MovedClock

SATURDAY = ("2026-12-05T16:00", "2026-12-06T16:00")
URL = "https://books.example.com/in?key=very-secret"
GOOD = Answered(200, "", 12)
DOWN = Answered(503, "status", 9)
SILENT = Answered(None, "timeout", 10_000)
GONE = Answered(410, "status", 5)
T = TypeVar("T")


class Programs:
    """Programs of others: they answer what they are told to, and remember what they were sent."""

    def __init__(self, answer: Callable[[str], Answered] = lambda _: GOOD) -> None:
        self.answer = answer
        self.got: list[tuple[str, bytes, dict[str, str]]] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        self.got.append((url, body, dict(headers)))
        return self.answer(url)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body, _ in self.got]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    made = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield made
    made.close()


@pytest.fixture
def desk(file: DatabaseFile) -> Desk:
    return Desk(file)


def listen(desk: Desk, *wanted: str, url: str = URL) -> tuple[Endpoint, str]:
    return desk.write(
        lambda tx: webhook_endpoints.add(tx, url, wanted or ("*",), private=False, actor=SHELL, now=desk.now)
    )


def test_a_webhook_that_waits_is_a_queue_and_one_of_an_endpoint_that_is_off_is_none(desk: Desk) -> None:
    endpoint, _ = listen(desk, "booking.held")
    desk.hold(*SATURDAY)
    desk.pass_time(minutes=10)
    found = desk.read(lambda tx: statistics.queues(tx, now=desk.now))["webhooks"]
    assert found == {"depth": 1, "oldest_seconds": 600}
    desk.write(lambda tx: webhook_endpoints.switch_off(tx, endpoint.id, now=desk.now))
    found = desk.read(lambda tx: statistics.queues(tx, now=desk.now))["webhooks"]
    assert found == {"depth": 0, "oldest_seconds": 0}


async def test_calls_to_programs_are_counted_and_one_that_is_away_is_no_fault_of_the_desk() -> None:
    measures, answers = Measures(), iter([GOOD, DOWN, SILENT])
    watched = WatchedPrograms(Programs(lambda _: next(answers)), measures)
    assert [await watched.post(URL, b"{}", {}) for _ in range(3)] == [GOOD, DOWN, SILENT]
    assert measures.provider_calls.values == {("webhooks", "post", one): 1 for one in ("ok", "refused", "away")}
    assert measures.outside == {}, "the page of health does not ask for it"


async def deliver(desk: Desk, programs: Programs) -> int:
    return await webhooks.deliver(AsyncDatabase(desk.file), programs, now=desk.now)


def deliveries(desk: Desk, **which: Any) -> list[dict[str, Any]]:
    return desk.read(lambda tx: [webhook_log.as_json(tx, one) for one in webhook_log.listing(tx, **which)])


def next_try(desk: Desk) -> timedelta | None:
    """How long until something is to be tried."""
    found = desk.read(lambda tx: [one.due_at for one in webhook_log.listing(tx, state="waiting")])
    return min(one for one in found if one is not None) - desk.now if found else None


def alerts(desk: Desk) -> list[str]:
    """One a trouble, for the first of the owners."""
    return [row["facts"]["code"] for row in desk.said("staff.alert") if row["chat_id"] == 900]


# Told, and told what.


async def test_a6_a_booking_is_told_to_whoever_asked_and_the_letter_holds_no_more_than_which_and_how(
    desk: Desk,
) -> None:
    _, secret = listen(desk, "booking.*")
    booking = desk.hold(*SATURDAY)
    programs = Programs()
    assert await deliver(desk, programs) == 1
    ((url, body, headers),) = programs.got
    assert url == URL
    told = json.loads(body)
    assert told == {
        "id": headers["Housebot-Id"],
        "type": "booking.held",
        "created_at": "2026-11-20T12:00:00Z",
        "data": {
            "booking": {
                "id": booking.id,
                "code": booking.code,
                "status": "held",
                "version": booking.version,
                "test": False,
            }
        },
    }
    signed = f"{told['id']}.{int(desk.now.timestamp())}.".encode() + body
    assert headers["Housebot-Timestamp"] == str(int(desk.now.timestamp()))
    assert headers["Housebot-Signature"] == f"v1={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"
    assert await deliver(desk, programs) == 0, "once it arrived it is not sent again"


async def test_a6_nobody_asked_nothing_is_stored(desk: Desk) -> None:
    listen(desk, "payment.recorded")
    desk.hold(*SATURDAY)
    assert desk.rows("SELECT * FROM webhook_events") == []


async def test_a6_an_event_of_a_transaction_that_fails_was_never_there(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    with pytest.raises(Refusal, match="dates_taken"):
        desk.hold(*SATURDAY, guest=desk.guest(2))
    assert len(deliveries(desk)) == 1


async def test_a6_two_who_listen_have_a_delivery_each_of_one_event(desk: Desk) -> None:
    listen(desk)
    listen(desk, "booking.held", url="https://second.example.com/")
    desk.hold(*SATURDAY)
    programs = Programs()
    assert await deliver(desk, programs) == 2
    assert len({body for _, body, _ in programs.got}) == 1
    assert len(desk.rows("SELECT * FROM webhook_events")) == 1


# Tried again.


async def test_ms4_a_delivery_is_tried_through_a_day_of_failures_with_growing_pauses_and_then_arrives(
    desk: Desk,
) -> None:
    _, secret = listen(desk)
    desk.hold(*SATURDAY)
    begun, gaps, programs = desk.now, [], Programs(lambda _: DOWN)
    while desk.now < begun + timedelta(days=1):
        assert await deliver(desk, programs) == 1
        gap = next_try(desk)
        assert gap is not None
        assert await deliver(desk, programs) == 0, "not before its time"
        gaps.append(gap)
        desk.now += gap
    hours = [gap / timedelta(hours=1) for gap in gaps]
    assert 15 <= len(gaps) <= 20, "eleven that double, then one every three hours"
    for number, hour in enumerate(hours):
        assert 0.89 <= hour / min(2**number * 10 / 3600, 3) <= 1.11
    programs.answer = lambda _: GOOD
    assert await deliver(desk, programs) == 1
    assert await deliver(desk, programs) == 0
    (row,) = deliveries(desk)
    assert (row["state"], len(row["tries"])) == ("done", len(gaps) + 1)
    assert [(one["status"], one["milliseconds"]) for one in row["tries"][-2:]] == [(503, 9), (200, 12)]
    assert len({(body, headers["Housebot-Id"]) for _, body, headers in programs.got}) == 1, "letter for letter the same"
    for _, body, headers in programs.got:
        signed = f"{headers['Housebot-Id']}.{headers['Housebot-Timestamp']}.".encode() + body
        assert headers["Housebot-Signature"] == f"v1={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"
    assert len({headers["Housebot-Timestamp"] for _, _, headers in programs.got}) == len(programs.got)
    assert alerts(desk) == []


async def test_a6_after_three_days_it_is_given_up_and_the_owner_is_told_once_however_much_was_lost(desk: Desk) -> None:
    one, _ = listen(desk, "booking.held")
    desk.hold(*SATURDAY)
    desk.hold("2026-12-08T16:00", "2026-12-09T16:00")
    begun, programs = desk.now, Programs(lambda _: SILENT)
    while (gap := next_try(desk)) is not None:
        desk.now += gap
        await deliver(desk, programs)
    assert timedelta(days=2, hours=20) < desk.now - begun <= timedelta(days=3)
    assert [row["state"] for row in deliveries(desk)] == ["given_up", "given_up"]
    assert 30 <= len(deliveries(desk)[0]["tries"]) <= 40
    assert alerts(desk) == ["webhook_silent"]
    # What arrives ends the trouble; the next one is told again.
    programs.answer = lambda _: GOOD
    desk.write(lambda tx: webhook_endpoints.ping(tx, one.id, now=desk.now))
    await deliver(desk, programs)
    programs.answer = lambda _: SILENT
    desk.write(lambda tx: webhook_endpoints.ping(tx, one.id, now=desk.now))
    while (gap := next_try(desk)) is not None:
        desk.now += gap
        await deliver(desk, programs)
    assert alerts(desk) == ["webhook_silent", "webhook_silent"]


@pytest.mark.parametrize("answer", [301, 400, 401, 404, 429, 500])
async def test_a6_any_answer_but_a_yes_and_410_is_tried_again(desk: Desk, answer: int) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    await deliver(desk, Programs(lambda _: Answered(answer, "status", 1)))
    assert [row["state"] for row in deliveries(desk)] == ["waiting"]


async def test_a6_a_wish_to_be_left_alone_is_honoured_up_to_three_hours(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    await deliver(desk, Programs(lambda _: Answered(429, "status", 1, retry_after=600)))
    assert next_try(desk) == timedelta(minutes=10)
    desk.now += timedelta(minutes=10)
    await deliver(desk, Programs(lambda _: Answered(503, "status", 1, retry_after=86_400)))
    assert next_try(desk) == timedelta(hours=3)


async def test_ms4_410_switches_the_endpoint_off_at_once_and_the_owner_is_told(desk: Desk) -> None:
    one, _ = listen(desk)
    desk.hold(*SATURDAY)
    desk.hold("2026-12-08T16:00", "2026-12-09T16:00")
    assert await deliver(desk, Programs(lambda _: GONE)) == 2
    assert {row["state"] for row in deliveries(desk)} == {"dropped"}
    assert desk.read(lambda tx: webhook_endpoints.get(tx, one.id)).state == "off"
    assert alerts(desk) == ["webhook_gone"]
    desk.hold("2026-12-10T16:00", "2026-12-11T16:00", guest=desk.guest(2))
    assert len(deliveries(desk)) == 2, "nothing is stored for it any more"
    for refused in (
        lambda: desk.write(lambda tx: webhook_log.resend(tx, 1, actor=SHELL, now=desk.now)),
        lambda: desk.write(lambda tx: webhook_endpoints.ping(tx, one.id, now=desk.now)),
    ):
        with pytest.raises(Refusal, match="endpoint_off"):
            refused()
    desk.write(lambda tx: webhook_endpoints.enable(tx, one.id, actor=SHELL, now=desk.now))
    desk.write(lambda tx: webhook_log.resend(tx, 1, actor=SHELL, now=desk.now))
    programs = Programs()
    assert await deliver(desk, programs) == 1
    with pytest.raises(Refusal, match="already_decided"):
        desk.write(lambda tx: webhook_endpoints.enable(tx, one.id, actor=SHELL, now=desk.now))


async def test_a6_what_is_sent_again_by_hand_is_the_same_event_with_all_its_patience(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    programs = Programs(lambda _: DOWN)
    while (gap := next_try(desk)) is not None:
        desk.now += gap
        await deliver(desk, programs)
    desk.write(lambda tx: webhook_log.resend(tx, 1, actor=SHELL, now=desk.now))
    before = len(programs.got)
    assert await deliver(desk, programs) == 1
    gap = next_try(desk)
    assert gap is not None
    assert gap < timedelta(seconds=12), "the pauses begin anew"
    programs.answer = lambda _: GOOD
    desk.now += gap
    await deliver(desk, programs)
    assert len({headers["Housebot-Id"] for _, _, headers in programs.got}) == 1
    assert len(deliveries(desk)[0]["tries"]) == len(programs.got) == before + 2
    desk.write(lambda tx: webhook_log.resend(tx, 1, actor=SHELL, now=desk.now))  # also what has arrived
    assert await deliver(desk, programs) == 1


# Killed, stopped, slow.


class Killed(BaseException):
    """The process ends here."""


async def test_a6_killed_between_claim_and_result_it_is_sent_again_by_the_next_under_the_same_id(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    got: list[str] = []

    class Dying:
        async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
            got.append(headers["Housebot-Id"])
            raise Killed

    with pytest.raises(BaseExceptionGroup):
        await webhooks.deliver(AsyncDatabase(desk.file), Dying(), now=desk.now)
    assert deliveries(desk)[0]["tries"] == [
        {"at": "2026-11-20T12:00:00Z", "status": None, "problem": None, "milliseconds": None}
    ]
    programs = Programs()
    assert await deliver(desk, programs) == 0, "it may still be on its way"
    desk.now += webhooks.CLAIM
    assert await deliver(desk, programs) == 1
    assert [programs.events[0]["id"]] == got
    assert deliveries(desk)[0]["state"] == "done"


class FullOnce(AsyncDatabase):
    """The disk is full for the second write, and no longer for the third."""

    writes = 0

    async def write(self, work: Callable[[Tx], T]) -> T:
        self.writes += 1
        if self.writes == 2:
            raise Refusal("temporarily_unavailable", reason="disk_full")
        return await super().write(work)


async def test_a6_a_result_that_cannot_be_written_down_is_sent_again_and_takes_no_neighbour_along(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    desk.hold("2026-12-08T16:00", "2026-12-09T16:00")
    programs = Programs()
    assert await webhooks.deliver(FullOnce(desk.file), programs, now=desk.now) == 2
    assert sorted(row["state"] for row in deliveries(desk)) == ["done", "waiting"]
    desk.now += webhooks.CLAIM
    assert await deliver(desk, programs) == 1
    assert len({one["id"] for one in programs.events}) == 2
    assert {row["state"] for row in deliveries(desk)} == {"done"}


async def test_a6_a_result_that_comes_when_its_claim_has_run_out_does_not_end_the_try_of_somebody_else(
    desk: Desk,
) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    second = Programs(lambda _: DOWN)

    class Late:
        async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
            desk.now += webhooks.CLAIM
            await deliver(desk, second)
            return DOWN

    await webhooks.deliver(AsyncDatabase(desk.file), Late(), now=desk.now)
    (row,) = deliveries(desk)
    assert [one["problem"] for one in row["tries"]] == ["status", "status"]
    gap = next_try(desk)
    assert gap is not None
    assert gap > timedelta(seconds=15), "the second try's own pause stands"


async def test_a6_an_endpoint_that_does_not_answer_holds_up_nobody_else_and_has_few_calls_at_once(
    tmp_path: Path,
) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk = Desk(file)
    listen(desk, "booking.*", url="https://dead.example.com/")
    listen(desk, "booking.held", url="https://well.example.com/")
    for day in range(1, 7):
        desk.hold(f"2026-12-{2 * day:02}T16:00", f"2026-12-{2 * day + 1:02}T16:00", guest=desk.guest(day))
    file.close()
    held = asyncio.Event()
    hanging, most, told = 0, 0, asyncio.Event()
    arrived: list[str] = []

    class Slow:
        async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
            nonlocal hanging, most
            if "dead" not in url:
                arrived.append(url)
            else:
                hanging += 1
                most = max(most, hanging)
            if len(arrived) == 6 and most >= webhooks.SIDE_BY_SIDE:
                told.set()
            if "dead" not in url:
                return GOOD
            await held.wait()
            hanging -= 1
            return SILENT

    db = Database.open(tmp_path / "desk.db")
    try:
        worker = Webhooks(db, Slow(), clock=MovedClock(desk.now))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(worker.run())
            await asyncio.wait_for(told.wait(), 60)
            assert (len(arrived), most) == (6, webhooks.SIDE_BY_SIDE)
            worker.stop()
            held.set()
            await asyncio.wait_for(running, 60)
        states = db.read(lambda tx: [one.state for one in webhook_log.listing(tx, endpoint_id=1)])
        assert states == ["waiting"] * 6, "stopped in order: what was on its way is written down"
        tried = db.read(lambda tx: tx.value("SELECT count(*) FROM webhook_tries WHERE problem = 'timeout'"))
        assert tried == webhooks.SIDE_BY_SIDE
    finally:
        await db.aclose()


async def test_a6_the_worker_hears_of_a_commit_and_survives_a_program_that_breaks_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk = Desk(file)
    listen(desk, url="https://odd.example.com/very-secret")
    listen(desk, url="https://well.example.com/very-secret")
    file.close()
    told = asyncio.Event()

    class Odd:
        async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
            if "odd" in url:
                raise ValueError(url)
            told.set()
            return GOOD

    db = Database.open(tmp_path / "desk.db")
    try:
        worker = Webhooks(db, Odd(), clock=MovedClock(desk.now))
        db.on_commit(worker.wake)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(worker.run())
            await db.write(lambda tx: [webhook_endpoints.ping(tx, number, now=desk.now) for number in (1, 2)])
            await asyncio.wait_for(told.wait(), 60)
            worker.stop()
    finally:
        await db.aclose()
    assert "very-secret" not in caplog.text
    assert "ValueError" in caplog.text or "ExceptionGroup" in caplog.text


# Kept, and kept secret.


async def test_a6_old_deliveries_are_forgotten_after_thirty_days_and_what_waits_is_not(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    await deliver(desk, Programs())
    desk.hold("2026-12-08T16:00", "2026-12-09T16:00")
    await deliver(desk, Programs(lambda _: DOWN))
    db = AsyncDatabase(desk.file)
    assert await webhooks.forget(db, now=desk.now + timedelta(days=29)) == 0
    assert await webhooks.forget(db, now=desk.now + timedelta(days=31)) == 1
    assert [row["state"] for row in deliveries(desk)] == ["waiting"]
    counts = "SELECT (SELECT count(*) FROM webhook_events) AS events, (SELECT count(*) FROM webhook_tries) AS tries"
    assert desk.rows(counts) == [{"events": 1, "tries": 1}]


async def test_a6_two_secrets_sign_until_the_older_is_dropped(desk: Desk) -> None:
    one, first = listen(desk)
    second = desk.write(lambda tx: webhook_endpoints.rotate(tx, one.id, actor=SHELL, now=desk.now))
    programs = Programs()

    async def signers() -> list[str]:
        desk.write(lambda tx: webhook_endpoints.ping(tx, one.id, now=desk.now))
        await deliver(desk, programs)
        _, body, headers = programs.got[-1]
        signed = f"{headers['Housebot-Id']}.{headers['Housebot-Timestamp']}.".encode() + body
        by = {f"v1={hmac.new(each.encode(), signed, 'sha256').hexdigest()}": each for each in (first, second)}
        return [by[mark] for mark in headers["Housebot-Signature"].split(",")]

    assert await signers() == [second, first]
    desk.write(lambda tx: webhook_endpoints.drop_older_secret(tx, one.id, actor=SHELL, now=desk.now))
    assert await signers() == [second]
    with pytest.raises(Refusal, match="already_decided"):
        desk.write(lambda tx: webhook_endpoints.drop_older_secret(tx, one.id, actor=SHELL, now=desk.now))


async def test_a6_a_removed_endpoint_is_told_nothing_and_nothing_secret_of_it_stays(desk: Desk) -> None:
    one, _ = listen(desk)
    desk.hold(*SATURDAY)
    assert desk.write(lambda tx: webhook_endpoints.remove(tx, one.id, actor=SHELL, now=desk.now)) == 1
    programs = Programs()
    assert await deliver(desk, programs) == 0
    desk.hold("2026-12-08T16:00", "2026-12-09T16:00")
    assert [row["state"] for row in deliveries(desk)] == ["dropped"]
    assert desk.rows("SELECT url, secret, older_secret FROM webhook_endpoints") == [
        {"url": "", "secret": "", "older_secret": None}
    ]
    with pytest.raises(Refusal, match="not_found"):
        desk.write(lambda tx: webhook_log.resend(tx, 1, actor=SHELL, now=desk.now))


def test_a7_whoever_changes_who_is_told_stands_in_the_log_and_no_secret_does(desk: Desk) -> None:
    one, secret = listen(desk)
    desk.write(lambda tx: webhook_endpoints.rotate(tx, one.id, actor=SHELL, now=desk.now))
    desk.write(lambda tx: webhook_endpoints.drop_older_secret(tx, one.id, actor=SHELL, now=desk.now))
    desk.write(lambda tx: webhook_endpoints.remove(tx, one.id, actor=SHELL, now=desk.now))
    found = desk.read(lambda tx: audit.history(tx, f"webhook:{one.id}"))
    assert [entry.action for entry in found] == [
        "webhook.add",
        "webhook.rotate",
        "webhook.drop_older_secret",
        "webhook.remove",
    ]
    assert secret not in str(found)
    assert "very-secret" not in str(found)


@pytest.mark.parametrize(
    ("url", "wanted", "reason"),
    [
        ("http://books.example.com/", ["*"], "address_scheme"),
        ("https://127.0.0.1/very-secret", ["*"], "address_private"),
        ("https://books.example.com/", ["booking.made"], "event"),
        ("https://books.example.com/", ["book*"], "event"),
        ("https://books.example.com/", [], "event"),
        ("https://books.example.com/", [""], "event"),
    ],
)
def test_a6_an_endpoint_that_makes_no_sense_is_refused_with_its_reason_and_without_its_address(
    desk: Desk, url: str, wanted: list[str], reason: str
) -> None:
    with pytest.raises(Refusal) as refused:
        desk.write(lambda tx: webhook_endpoints.add(tx, url, wanted, private=False, actor=SHELL, now=desk.now))
    assert refused.value.facts["reason"] == reason
    assert "very-secret" not in str(refused.value)


def test_a6_one_address_is_added_once_and_no_more_than_twenty_are(desk: Desk) -> None:
    listen(desk)
    with pytest.raises(Refusal, match="endpoint_twice"):
        listen(desk)
    for number in range(webhook_endpoints.MOST - 1):
        listen(desk, url=f"https://books.example.com/{number}")
    with pytest.raises(Refusal, match="endpoints_many"):
        listen(desk, url="https://books.example.com/more")


def test_a6_an_endpoint_shows_neither_its_address_nor_its_secret_by_accident(desk: Desk) -> None:
    one, secret = listen(desk)
    shown = repr(one) + str(desk.read(lambda tx: webhook_endpoints.as_json(tx, one)))
    assert "very-secret" not in shown
    assert secret not in shown
    assert "books.example.com" in shown


async def test_a6_what_lies_in_the_file_tells_neither_address_nor_secret_and_opens_after_the_keys_were_changed(
    desk: Desk,
) -> None:
    one, secret = listen(desk)
    second = desk.write(lambda tx: webhook_endpoints.rotate(tx, one.id, actor=SHELL, now=desk.now))
    stored = str(desk.rows("SELECT * FROM webhook_endpoints") + desk.rows("SELECT * FROM audit"))
    assert [word for word in ("very-secret", secret, second) if word in stored] == []
    before = desk.rows("SELECT url, secret, older_secret FROM webhook_endpoints")
    assert desk.write(lambda tx: vault.rotate(tx, actor=SHELL, now=desk.now)).sealed == 3
    (after,) = desk.rows("SELECT url, secret, older_secret FROM webhook_endpoints")
    assert not set(after.values()) & set(before[0].values()), "sealed anew"
    desk.hold(*SATURDAY)
    programs = Programs()
    await deliver(desk, programs)
    assert programs.got[0][0] == URL
    assert desk.read(lambda tx: webhook_endpoints.secrets_of(tx, webhook_endpoints.get(tx, one.id))) == [second, secret]


async def test_a6_without_the_key_file_nothing_is_sent_nothing_is_lost_and_bookings_go_on(desk: Desk) -> None:
    listen(desk)
    desk.hold(*SATURDAY)
    key_file = desk.file.path.with_name("desk.db.key")
    kept = key_file.rename(key_file.with_suffix(".away"))
    programs = Programs()
    with pytest.raises(KeyProblem):
        await deliver(desk, programs)
    desk.hold("2026-12-08T16:00", "2026-12-09T16:00")
    assert programs.got == []
    assert [(row["state"], row["tries"]) for row in deliveries(desk)] == [("waiting", [])] * 2
    kept.rename(key_file)
    assert await deliver(desk, programs) == 2
