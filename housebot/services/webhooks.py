"""Owns the way of an event from its row to somebody's program: signed, tried for three days, at least once (A6).

A delivery is claimed for a try by one write and its end written down by another. Who is killed between the two leaves a claim that
runs out: the event is sent again, under the same code. An endpoint that does not answer holds up its own deliveries alone.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from housebot.domain import signature
from housebot.errors import Refusal
from housebot.services import staff_notices, webhook_endpoints
from housebot.services.ports import Answered, Clock, Database, Tx, WebhookPort
from housebot.storage import webhook_deliveries as rows
from housebot.storage import webhook_endpoints as endpoint_rows
from housebot.storage.webhook_deliveries import Delivery

log = logging.getLogger(__name__)

SIDE_BY_SIDE = 4  # calls to one endpoint at once
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=3)
JITTER = 0.1  # of a pause, either way: what failed together need not come again together
PATIENCE = timedelta(days=3)
CLAIM = timedelta(minutes=1)  # several times as long as a call may last
KEPT = timedelta(days=30)
TICK = 1.0  # seconds after which rows of other processes are looked for
REST = 30.0  # seconds
GONE = 410


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery, claimed: what is to be sent, and where."""

    delivery: Delivery
    number: int  # of the try
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)


class Webhooks:
    """Sends what is due, each endpoint in a lane of its own."""

    def __init__(self, db: Database, port: WebhookPort, *, clock: Clock) -> None:
        self._db = db
        self._port = port
        self._clock = clock
        self._busy: set[int] = set()
        self._rest: dict[
            int, float
        ] = {}  # endpoint → until when it is left alone, because we could not do our own part
        self._stopping = False
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: there may be deliveries."""
        self._woken.set()

    def stop(self) -> None:
        """Begin no further call; `run` returns when those on their way have been written down."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Until stopped or cancelled."""
        async with asyncio.TaskGroup() as lanes:
            while not self._stopping:
                self._woken.clear()
                now = self._clock.now()
                for endpoint_id in self._db.read(lambda tx, now=now: rows.endpoints_due(tx, now=now)):  # type: ignore[misc]
                    if endpoint_id not in self._busy and self._rest.get(endpoint_id, 0.0) <= time.monotonic():
                        self._busy.add(endpoint_id)
                        lanes.create_task(self._attend(endpoint_id), name=f"webhook {endpoint_id}")
                try:
                    async with asyncio.timeout(TICK):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def _attend(self, endpoint_id: int) -> None:
        try:
            await attend(self._db, self._port, endpoint_id, now=self._clock.now())
            self._woken.set()
        except Refusal as refusal:  # the disk is full, or another process keeps the file
            log.warning("webhook %d waits: %s", endpoint_id, refusal.code)
            self._rest[endpoint_id] = time.monotonic() + REST
        except Exception as problem:  # one endpoint must not stop the others
            log.error("webhook %d: %s", endpoint_id, type(problem).__name__)
            self._rest[endpoint_id] = time.monotonic() + REST
        finally:
            self._busy.discard(endpoint_id)


async def deliver(db: Database, port: WebhookPort, *, now: datetime) -> int:
    """One round with every endpoint that has something due; how many calls were made."""
    due = db.read(lambda tx: rows.endpoints_due(tx, now=now))
    return sum([await attend(db, port, endpoint_id, now=now) for endpoint_id in due])


async def attend(db: Database, port: WebhookPort, endpoint_id: int, *, now: datetime) -> int:
    """One round with one endpoint: a few deliveries at once; how many calls were made."""
    letters = await db.write(lambda tx: _claim(tx, endpoint_id, now=now))
    async with asyncio.TaskGroup() as calls:
        for letter in letters:
            calls.create_task(_send(db, port, letter, now=now))
    return len(letters)


async def forget(db: Database, *, now: datetime) -> int:
    """Delete deliveries that came to their end thirty days ago, with their tries; how many."""
    before, gone = now - KEPT, 0
    while db.read(lambda tx: rows.any_before(tx, before)):
        gone += await db.write(lambda tx: rows.forget_before(tx, before))
    return gone


def pause(failures: int, *, chance: Callable[[], float] = random.random) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, up to three hours, a little by chance."""
    plain: timedelta = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
    return plain * (1 + JITTER * (2 * chance() - 1))


async def _send(db: Database, port: WebhookPort, letter: Letter, *, now: datetime) -> None:
    answer = await port.post(letter.url, letter.delivery.body.encode(), letter.headers)
    try:
        await db.write(lambda tx: _apply(tx, letter, answer, now=now))
    except Refusal as refusal:  # the claim runs out, and it is sent again
        log.warning("the end of delivery %d was not written down: %s", letter.delivery.id, refusal.code)


def _claim(tx: Tx, endpoint_id: int, *, now: datetime) -> list[Letter]:
    endpoint = endpoint_rows.get(tx, endpoint_id)
    if endpoint is None or endpoint.state != "active":
        return []
    url, secrets = webhook_endpoints.url_of(tx, endpoint), webhook_endpoints.secrets_of(tx, endpoint)
    letters = []
    for delivery in rows.due(tx, endpoint_id, now=now, limit=SIDE_BY_SIDE):
        number = rows.begin_try(tx, delivery, lost_at=now + CLAIM, now=now)
        headers = signature.headers(delivery.event, delivery.body.encode(), secrets, now=now)
        letters.append(Letter(delivery, number, url, headers))
    return letters


def _apply(tx: Tx, letter: Letter, answer: Answered, *, now: datetime) -> None:
    delivery = letter.delivery
    rows.end_try(
        tx, delivery.id, letter.number, status=answer.status, problem=answer.problem, milliseconds=answer.milliseconds
    )
    if not answer.problem:
        if rows.end(tx, delivery.id, letter.number, state="done", due_at=None, now=now):
            endpoint_rows.answers_again(tx, delivery.endpoint_id)
    elif answer.status == GONE:
        rows.end(tx, delivery.id, letter.number, state="dropped", due_at=None, now=now)
        if webhook_endpoints.switch_off(tx, delivery.endpoint_id, now=now):
            _alert(tx, "webhook_gone", delivery, now=now)
    else:
        _failed(tx, letter, answer, now=now)


def _failed(tx: Tx, letter: Letter, answer: Answered, *, now: datetime) -> None:
    """Anything but a yes may pass: it is tried again until three days are over."""
    delivery = letter.delivery
    wait = max(
        pause(letter.number - delivery.tries_before),
        min(timedelta(seconds=answer.retry_after), LONGEST_PAUSE),
    )
    if now + wait <= delivery.since + PATIENCE:
        rows.end(tx, delivery.id, letter.number, state="waiting", due_at=now + wait, now=now)
        return
    if not rows.end(tx, delivery.id, letter.number, state="given_up", due_at=None, now=now):
        return
    log.warning("webhook %d: delivery %d is given up: %s", delivery.endpoint_id, delivery.id, answer.problem)
    if endpoint_rows.mark_told(tx, delivery.endpoint_id, now=now):
        _alert(tx, "webhook_silent", delivery, now=now)


def _alert(tx: Tx, code: str, delivery: Delivery, *, now: datetime) -> None:
    staff_notices.alert(tx, code, facts={"host": delivery.host, "endpoint": delivery.endpoint_id}, now=now)
