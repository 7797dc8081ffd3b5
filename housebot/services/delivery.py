"""Owns the way of a message from its row to the other side, and what becomes of it (T2).

One row of a chat is on its way at a time, so a chat reads everything in order. `must` rows stay queued until the answer is
written down: after a kill they are sent again. `once` rows are marked and committed before the call: after a kill, or a
call that may have arrived, they are never sent again.
"""

import asyncio
import logging
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from housebot.domain.period import from_utc_text, utc_text
from housebot.errors import Refusal
from housebot.measures import Measures
from housebot.services import cards, chats, guests, lost_groups, outbox, staff_notices
from housebot.services.pace import Bucket, Limits
from housebot.services.ports import Clock, Database, Message, Messenger, Outgoing, Picture, Renderer, Sent, Tx
from housebot.storage import outbox as rows
from housebot.storage import relays
from housebot.storage.outbox import Head, OutboxRow

log = logging.getLogger(__name__)

TICK = 1.0  # seconds after which rows of other processes are looked for
FAULTS = 3  # how often a text may fail to be made before its row is given up
REMEMBERED_CHATS = 5000  # whose buckets are kept
LONGEST_REST = timedelta(hours=1)  # that a restart still honours
CONVERSATION = ("screen.", "reply.")  # kinds whose loss only the person who presses would notice


class Delivery:
    """Sends what waits; tells the owners, in the piece that gives it up, of a message that mattered."""

    def __init__(
        self,
        db: Database,
        messenger: Messenger,
        renderer: Renderer,
        *,
        clock: Clock,
        limits: Limits | None = None,
        measures: Measures | None = None,
    ) -> None:
        self._measures = measures or Measures()
        self._db = db
        self._messenger = messenger
        self._renderer = renderer
        self._clock = clock
        self._limits = limits or Limits()
        self._all = Bucket(self._limits.all_per_second, max(1, int(self._limits.all_per_second)))
        self._buckets: dict[int, Bucket] = {}
        self._busy: set[int] = set()
        self._rest: dict[int, float] = {}  # chat → until when Telegram asked for silence
        self._pauses: dict[int, tuple[float, str]] = {}  # row → until when it waits, and the stored time that says so
        self._rest_all = 0.0
        self._away = 0  # how many times in a row nobody answered
        self._stopping = False
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: there may be rows."""
        self._woken.set()

    def stop(self) -> None:
        """Begin no further call; `run` returns when those on their way have been written down."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Until stopped or cancelled."""
        await self._settle()
        async with asyncio.TaskGroup() as calls:
            while not self._stopping:
                self._woken.clear()
                pause = self._start_what_may_go(calls)
                try:
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    # Who may go now.

    def _start_what_may_go(self, calls: asyncio.TaskGroup) -> float:
        """Start a call for every chat whose turn it is; the seconds after which to look again."""
        pause = TICK
        for head in self._db.read(lambda tx: rows.heads(tx, limit=1000)):
            if len(self._busy) >= self._limits.side_by_side:
                break
            if head.chat_id in self._busy:
                continue
            everybody = max(self._all.wait(), self._rest_all - time.monotonic())
            wait = max(everybody, self._wait_of(head))
            if wait > 0:
                pause = min(pause, wait)
                if everybody > 0:
                    break
                continue
            self._all.take()
            self._bucket(head.chat_id).take()
            self._busy.add(head.chat_id)
            calls.create_task(self._call(head), name=f"outbox {head.id}")
        return pause

    def _wait_of(self, head: Head) -> float:
        now = time.monotonic()
        until, noted = self._pauses.get(head.id, (0.0, head.next_try_at))
        if noted != head.next_try_at:  # somebody asked for it to be tried now
            self._pauses.pop(head.id, None)
            until = 0.0
        return max(until - now, self._rest.get(head.chat_id, 0.0) - now, self._bucket(head.chat_id).wait())

    def _bucket(self, chat_id: int) -> Bucket:
        if chat_id not in self._buckets:
            if len(self._buckets) > REMEMBERED_CHATS:
                self._buckets = {chat: bucket for chat, bucket in self._buckets.items() if not bucket.is_full}
            self._buckets[chat_id] = self._limits.bucket_for(chat_id)
        return self._buckets[chat_id]

    # One call.

    async def _call(self, head: Head) -> None:
        try:
            await self._deliver(head.id)
        except Refusal as refusal:  # the disk is full, or another process keeps the file
            log.warning("message %d waits: %s", head.id, refusal.code)
            self._rest[head.chat_id] = time.monotonic() + self._pause(1)
        except Exception as problem:  # one message must not stop the others
            log.error(
                "message %d: %s\n%s",
                head.id,
                type(problem).__name__,
                "".join(traceback.format_tb(problem.__traceback__)),
            )
            self._rest[head.chat_id] = time.monotonic() + self._pause(1)
        finally:
            self._busy.discard(head.chat_id)
            self._woken.set()

    async def _deliver(self, row_id: int) -> None:
        row = self._db.read(lambda tx: rows.get(tx, row_id))
        if row is None or row.state != "queued":
            return
        try:
            outgoing, message = self._db.read(lambda tx: self._rendered(tx, row))
            message = await _drawn(message)
        except Refusal as refusal:
            if refusal.code == "temporarily_unavailable":
                raise
            code = refusal.code
            await self._write(lambda tx: self._end(tx, row, "dropped", error=code))
            return
        except Exception as problem:  # a text that cannot be made
            await self._faulty(row, problem)
            return
        if row.delivery == "once" and not await self._db.write(lambda tx: rows.mark_sending(tx, row.id)):
            return
        if len(message.pictures) > 1:  # an album counts as many messages as it has pictures
            self._bucket(row.chat_id).take(len(message.pictures) - 1)
        began = time.monotonic()
        sent = await self._messenger.send(outgoing, message)
        if sent.outcome == "card_lost":
            sent = await self._messenger.send(replace(outgoing, message_id=None), message)
        self._measures.delivery_seconds.observe(time.monotonic() - began, row.delivery)
        self._measures.deliveries.add(row.delivery, sent.outcome)
        await self._settle_call(row, outgoing, sent)

    def _rendered(self, tx: Tx, row: OutboxRow) -> tuple[Outgoing, Message]:
        outgoing = outbox.outgoing(tx, row)
        return outgoing, self._renderer.render(tx, outgoing, now=self._clock.now())

    # What became of it.

    async def _settle_call(self, row: OutboxRow, outgoing: Outgoing, sent: Sent) -> None:
        if sent.moved_to is not None:
            await self._write(lambda tx: self._moved(tx, row, sent))
            return
        if sent.outcome in {"later", "ambiguous"}:
            delay = self._delay(row, sent)
            await self._write(lambda tx: self._postponed(tx, row, sent, delay))
            return
        self._away = 0
        self._pauses.pop(row.id, None)
        if sent.outcome == "sent":
            await self._write(lambda tx: self._sent(tx, row, outgoing, sent))
            waited = self._clock.now() - from_utc_text(row.created_at)
            self._measures.delivery_wait_seconds.observe(max(waited.total_seconds(), 0.0), row.delivery)
        else:
            await self._write(lambda tx: self._given_up(tx, row, sent))

    def _sent(self, tx: Tx, row: OutboxRow, outgoing: Outgoing, sent: Sent) -> None:
        self._end(tx, row, "sent", message_id=sent.message_id)
        if sent.message_id is None:
            return
        if row.card is not None:
            self._stands(tx, row, row.card, outgoing, sent.message_id)
        relay: dict[str, Any] | None = outgoing.facts if row.kind == "staff.relay" else outgoing.facts.get("relay")
        if relay and relay.get("guest") is not None:
            relays.put(
                tx,
                row.chat_id,
                sent.message_id,
                guest_id=relay["guest"],
                booking_id=relay.get("booking"),
                at=utc_text(self._clock.now()),
            )

    def _stands(self, tx: Tx, row: OutboxRow, card: str, outgoing: Outgoing, message_id: int) -> None:
        """The message is the card from now on; with the fact `alone` the one before it is edited once more, as the `older`."""
        now = self._clock.now()
        older = cards.set_aside(tx, card, row.chat_id, now=now) if outgoing.facts.get("alone") else None
        if older is not None:
            facts = {name: value for name, value in outgoing.facts.items() if name not in {"ring", "alone"}}
            outbox.put(
                tx,
                kind=row.kind,
                facts=facts | {"older": True},
                chat_id=row.chat_id,
                thread_id=row.thread_id,
                delivery="latest",
                priority=row.priority,
                language=row.language,
                silent=True,
                card=older,
                booking_id=row.booking_id,
                now=now,
            )
        cards.filled(tx, card, row.chat_id, message_id=message_id, now=now)

    def _given_up(self, tx: Tx, row: OutboxRow, sent: Sent) -> None:
        self._end(tx, row, "failed", error=sent.error)
        if sent.outcome == "gone" and row.chat_id > 0:
            guests.unreachable(tx, row.chat_id, now=self._clock.now())
        log.warning("message %d of kind %s failed: %s", row.id, row.kind, sent.outcome)
        gone = sent.outcome == "gone"
        if not (gone and lost_groups.group_lost(tx, row.chat_id, failed=row.id, now=self._clock.now())):
            self._tell(tx, row, "unreachable" if gone else "undelivered")

    def _postponed(self, tx: Tx, row: OutboxRow, sent: Sent, delay: float) -> None:
        if sent.outcome == "ambiguous":
            rows.count_ambiguous(tx, row.id)
            log.warning("message %d of kind %s may have arrived", row.id, row.kind)
            if row.delivery == "once":
                self._end(tx, row, "ambiguous", error=sent.error)
                return
        next_try_at = utc_text(self._clock.now() + timedelta(seconds=delay))
        rows.postpone(tx, row.id, next_try_at=next_try_at, error=sent.error)
        self._pauses[row.id] = (time.monotonic() + delay, next_try_at)

    def _moved(self, tx: Tx, row: OutboxRow, sent: Sent) -> None:
        assert sent.moved_to is not None
        now = self._clock.now()
        rows.postpone(tx, row.id, next_try_at=utc_text(now), error=sent.error)
        chats.migrated(tx, row.chat_id, sent.moved_to, now=now)

    def _end(
        self, tx: Tx, row: OutboxRow, state: str, *, message_id: int | None = None, error: str | None = None
    ) -> None:
        rows.finish(tx, row.id, state=state, at=utc_text(self._clock.now()), message_id=message_id, error=error)

    def _tell(self, tx: Tx, row: OutboxRow, code: str) -> None:
        """Owners hear of a decision or of money that did not arrive, not of a page nobody sees, nor of their own alerts."""
        if row.delivery == "must" and not row.kind.startswith(CONVERSATION) and row.kind != "staff.alert":
            facts = {"outbox": row.id, "kind": row.kind, "booking": row.booking_id, "chat_id": row.chat_id}
            staff_notices.alert(tx, code, facts=facts, now=self._clock.now())

    async def _faulty(self, row: OutboxRow, problem: Exception) -> None:
        where = "".join(traceback.format_tb(problem.__traceback__))
        log.error("message %d of kind %s cannot be made: %s\n%s", row.id, row.kind, type(problem).__name__, where)
        if row.attempts + 1 >= FAULTS:
            await self._write(lambda tx: self._given_up(tx, row, Sent("failed", error=type(problem).__name__)))
            return
        fault = Sent("later", error=type(problem).__name__)
        await self._write(lambda tx: self._postponed(tx, row, fault, self._pause(row.attempts)))

    # Patience.

    def _delay(self, row: OutboxRow, sent: Sent) -> float:
        """Seconds until the next try; whom else to leave in peace meanwhile."""
        now = time.monotonic()
        if sent.retry_after > 0:
            resting = any(until > now for chat, until in self._rest.items() if chat != row.chat_id)
            self._rest[row.chat_id] = now + sent.retry_after
            if resting:  # two chats at once: it is meant for all of us
                self._rest_all = now + sent.retry_after
            return sent.retry_after
        if sent.outcome == "later" and now >= self._rest_all:
            self._rest_all = now + self._pause(self._away)
            self._away += 1
        return self._pause(row.attempts)

    def _pause(self, tries: int) -> float:
        longest = min(self._limits.longest_pause, self._limits.first_pause * float(2 ** min(tries, 16)))
        return longest * random.uniform(0.5, 1.0)

    async def _write(self, work: Callable[[Tx], None]) -> None:
        """What became of a call must be written down: until then nothing else goes to that chat."""
        tries = 0
        while True:
            try:
                await self._db.write(work)
            except Refusal as refusal:
                if self._stopping:
                    raise
                log.warning("the outcome of a message waits: %s", refusal.code)
                await asyncio.sleep(self._pause(tries))
                tries += 1
            else:
                return

    async def _settle(self) -> None:
        """After a kill: calls that had begun may have arrived. After a restart: silence that was asked for still holds."""
        await self._write(self._settle_interrupted)
        now = self._clock.now()
        for head in self._db.read(lambda tx: rows.heads(tx, limit=1000)):
            rest = min(from_utc_text(head.next_try_at) - now, LONGEST_REST)
            if rest > timedelta(0):
                self._pauses[head.id] = (time.monotonic() + rest.total_seconds(), head.next_try_at)

    def _settle_interrupted(self, tx: Tx) -> None:
        for row_id in rows.settle_interrupted(tx, at=utc_text(self._clock.now())):
            log.warning("message %d may have arrived before the desk stopped", row_id)


async def _drawn(message: Message) -> Message:
    """The message with its pictures drawn, in a thread, with no transaction open."""
    if all(picture.draw is None for picture in message.pictures):
        return message
    return replace(message, pictures=tuple([await _drawn_picture(picture) for picture in message.pictures]))


async def _drawn_picture(picture: Picture) -> Picture:
    if picture.draw is None:
        return picture
    return replace(picture, content=await asyncio.to_thread(picture.draw), draw=None)
