"""Owns the way of an update from the inbox to its handler: in order per lane, lanes side by side, never lost, never twice (T1)."""

import asyncio
import logging
import time
import traceback
from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson
from aiogram import Bot, Dispatcher
from aiogram.types import Update

from housebot.bot.fsm import present
from housebot.bot.guest import invoices
from housebot.bot.turn import TROUBLE, Turn, language_of
from housebot.errors import Refusal
from housebot.measures import Measures
from housebot.services import inbox, outbox, staff_notices
from housebot.services.inbox import AlreadyDone, InboxRow
from housebot.services.ports import Clock, Database, Messenger, Tx

log = logging.getLogger(__name__)

SIDE_BY_SIDE = 32  # lanes that are handled at once
ANSWER_WITHIN = 10.0  # seconds; nobody waits longer for a spinner
SECOND_TRY = 0.2  # seconds, doubled from try to try
BLINK = 0.25  # seconds within which an update that came alone is handled before the next poll
MOST_PATIENCE = 30.0  # seconds between tries while the disk refuses


class Dispatch:
    """Takes what waits in the inbox and hands it to the routers, one turn each."""

    def __init__(
        self,
        db: Database,
        messenger: Messenger,
        dispatcher: Dispatcher,
        bot: Bot,
        *,
        clock: Clock,
        measures: Measures | None = None,
    ) -> None:
        self._measures = measures or Measures()
        self._db = db
        self._messenger = messenger
        self._dispatcher = dispatcher
        self._bot = bot
        self._clock = clock
        self._lanes: dict[str, deque[int]] = {}
        self._taken: set[int] = set()
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)
        self._tasks: asyncio.TaskGroup | None = None
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """Something was committed: there may be updates."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing further; `run` returns when the updates at hand are handled."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Until stopped or cancelled. What was stored and not done before a restart goes first, for it is older."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            while not self._stopping.is_set():
                self._woken.clear()
                for row_id, lane in self._db.read(inbox.waiting):
                    self._queue(tasks, row_id, lane)
                await self._woken.wait()
            self._tasks = None

    async def take(self, update: Mapping[str, Any]) -> bool:
        """Handle an update that came alone at once, stored in the very piece of its effect: one commit where there were two.

        False: it is not stored, and goes the ordinary way. So does one that takes longer than a blink or whose handler fails;
        should both get that far, the second finds the update known and is undone.
        """
        lane = inbox.lane_of(update)
        if self._tasks is None or lane in self._lanes or self._db.read(lambda tx: inbox.lane_waits(tx, lane)):
            return False
        self._lanes[lane] = deque()
        task = self._tasks.create_task(self._at_once(self._tasks, update, lane), name=f"lane {lane}")
        done, _ = await asyncio.wait({task}, timeout=BLINK)
        return bool(done) and task.result()

    async def _at_once(self, tasks: asyncio.TaskGroup, update: Mapping[str, Any], lane: str) -> bool:
        now = self._clock.now()
        turn = Turn(
            self._db,
            update,
            bot_id=self._bot.id,
            mark=lambda tx: inbox.store_done(tx, self._bot.id, update, now=now),
            now=now,
        )
        try:
            with present(turn):
                await self._feed(turn, update)
        except AlreadyDone:
            return True
        except Exception as problem:  # the ordinary way counts, retries and tells
            log.info("update %d goes the ordinary way: %s", update["update_id"], type(problem).__name__)
            return False
        finally:
            if turn.committed and turn.query_id is not None:
                tasks.create_task(self._answer(turn), name="answer")
            if self._lanes[lane]:
                tasks.create_task(self._lane(tasks, lane), name=f"lane {lane}")
            else:
                del self._lanes[lane]
        return turn.committed

    def _queue(self, tasks: asyncio.TaskGroup, row_id: int, lane: str) -> None:
        if row_id in self._taken:
            return
        self._taken.add(row_id)
        if lane in self._lanes:
            self._lanes[lane].append(row_id)
            return
        self._lanes[lane] = deque([row_id])
        tasks.create_task(self._lane(tasks, lane), name=f"lane {lane}")

    async def _lane(self, tasks: asyncio.TaskGroup, lane: str) -> None:
        queue = self._lanes[lane]
        while queue and not self._stopping.is_set():
            async with self._slots:
                await self._handle(tasks, queue[0])
            self._taken.discard(queue.popleft())
        del self._lanes[lane]
        self._woken.set()  # the view of the inbox is bounded: there may be more behind

    async def _handle(self, tasks: asyncio.TaskGroup, row_id: int) -> None:
        pause = SECOND_TRY
        while not self._stopping.is_set():
            row = self._db.read(lambda tx: inbox.get(tx, row_id))
            if row is None or row.state != "new":
                return
            try:
                await self._once(tasks, row)
            except Refusal as refusal:
                log.warning("update %d waits: %s", row.update_id, refusal.code)
            except Exception as problem:  # whatever a handler raises, the desk goes on
                _log_failure(row, problem)
                await self._failed(row, problem)
            else:
                return
            await self._rest(pause)
            pause = min(pause * 2, MOST_PATIENCE)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _once(self, tasks: asyncio.TaskGroup, row: InboxRow) -> None:
        """Handle the update; a Refusal that comes out is the database's, and the update waits for it."""
        body = orjson.loads(row.body)
        now = self._clock.now()
        turn = Turn(self._db, body, bot_id=row.bot_id, mark=lambda tx: inbox.done(tx, row.id, now=now), now=now)
        try:
            with present(turn):
                await self._feed(turn, body)
        except AlreadyDone:
            return
        finally:
            if turn.query_id is not None and (turn.committed or row.attempts + 1 >= inbox.PATIENCE):
                tasks.create_task(self._answer(turn), name="answer")

    async def _feed(self, turn: Turn, body: Mapping[str, Any]) -> None:
        began = time.monotonic()
        await self._through(turn, body)
        if turn.committed:
            self._measures.updates.add("done")
            self._measures.update_seconds.observe(time.monotonic() - began, turn.kind)

    async def _through(self, turn: Turn, body: Mapping[str, Any]) -> None:
        if turn.kind == "pre_checkout_query":
            await self._before_payment(turn)
            return
        refused: Refusal | None = None
        try:
            update = Update.model_validate(body, context={"bot": self._bot})
            await self._dispatcher.feed_update(self._bot, update, turn=turn)
        except Refusal as refusal:
            if turn.committed:
                return
            if turn.writing:
                raise
            refused = refusal
        if not turn.writing:
            await _finish(turn, refused)

    async def _before_payment(self, turn: Turn) -> None:
        """Answered from one read before anything is written: Telegram waits ten seconds, and the guest with the card in hand (R47)."""
        assert self._tasks is not None, "updates are handled while the dispatch runs"
        refusal = invoices.answer_before(turn)
        query_id = str(turn.content["id"])
        self._tasks.create_task(self._messenger.answer_checkout(query_id, refusal), name="checkout answer")
        await turn.write(lambda tx: invoices.agreed(tx, turn) if refusal is None else None)

    async def _answer(self, turn: Turn) -> None:
        assert turn.query_id is not None
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._messenger.answer(turn.query_id, turn.answer.text, alert=turn.answer.alert)
        except TimeoutError:
            log.info("the answer to a pressed button was dropped after %d s", ANSWER_WITHIN)

    async def _failed(self, row: InboxRow, problem: Exception) -> None:
        now = self._clock.now()

        def piece(tx: Tx) -> bool:
            if not inbox.failed(tx, row.id, error=type(problem).__name__, now=now):
                return False
            log.error("update %d is set aside", row.update_id)
            chat_id = inbox.chat_of(row)
            if chat_id is not None:
                outbox.put(tx, kind=TROUBLE, chat_id=chat_id, language=language_of(tx, orjson.loads(row.body)), now=now)
            staff_notices.alert(tx, "update_aside", facts={"inbox": row.id}, now=now)
            return True

        try:
            self._measures.updates.add("aside" if await self._db.write(piece) else "again")
        except Refusal as refusal:
            log.warning("the failure of update %d could not be written: %s", row.update_id, refusal.code)


async def _finish(turn: Turn, refused: Refusal | None) -> None:
    """The write of a handler that made none: its done-mark, and its refusal in words."""

    def piece(_: Tx) -> None:
        if refused is not None:
            raise refused

    try:
        await turn.write(piece)
    except Refusal:
        if not turn.committed:
            raise


def _log_failure(row: InboxRow, problem: Exception) -> None:
    """Where it happened, never what was said: an exception's text may quote the message."""
    where = "".join(traceback.format_tb(problem.__traceback__))
    log.error("update %d, try %d: %s\n%s", row.update_id, row.attempts + 1, type(problem).__name__, where)
