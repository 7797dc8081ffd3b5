"""Owns getting updates: a batch is on the disk before it is acknowledged, and Telegram being away stops nothing else (T1)."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from housebot.errors import Refusal
from housebot.integrations.telegram.api import Api, ApiProblem, Refused
from housebot.services import inbox
from housebot.services.ports import Clock, Database

log = logging.getLogger(__name__)

# What is not named here is never sent to us.
KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "pre_checkout_query"]
LONG_POLL = 50  # seconds, Telegram's most
ROOM = 15.0  # seconds an answer may be late
BATCH = 100
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # a guest who writes as Telegram comes back waits no longer than this
NOTHING_AT_ONCE = 0.5  # seconds; an empty answer that comes sooner is no long poll

CONFLICT = {
    "webhook": "a webhook is set for this bot, so it cannot be polled. Take it away: deleteWebhook, or unlink the other service",
    "getupdates": "another program polls this bot with the same token. Stop it, or give each its own token",
}


class Apology(Protocol):
    """Who tells people that what they sent cannot be stored, until it is over."""

    async def say(self, updates: Sequence[Mapping[str, Any]]) -> None: ...

    def over(self) -> None: ...


class Poller:
    """`begun`: the first call is on its way. `caught_up`: everything that waited at the start is stored."""

    def __init__(self, api: Api, db: Database, *, clock: Clock, long_poll: int = LONG_POLL) -> None:
        self.begun = asyncio.Event()
        self.caught_up = asyncio.Event()
        self.answered_at: float | None = None  # when Telegram last answered a poll, and it was stored
        self.away_since: float | None = None  # since when it has not
        self.turned_at = time.monotonic()  # when the loop last began a call: for the watchdog
        self.take: Callable[[Mapping[str, Any]], Awaitable[bool]] | None = None  # who may handle a lone update at once
        self.apology: Apology | None = None
        self._api = api
        self._db = db
        self._clock = clock
        self._long_poll = long_poll
        self._offset: int | None = None
        self._troubles = 0
        self._last_words = ""

    @property
    def longest_silence(self) -> float:
        """Seconds within which an ordinary poll is answered, whether or not somebody wrote."""
        return self._long_poll + ROOM + LONGEST_PAUSE

    def is_turning(self) -> bool:
        """Whether the loop itself lives; an hour without Telegram is no reason to restart the desk."""
        return time.monotonic() - self.turned_at < self.longest_silence + 30

    async def run(self) -> None:
        """Until cancelled. A cancelled call loses nothing: what was not stored was not acknowledged."""
        while True:
            pause = await self._once()
            if pause > 0:
                await asyncio.sleep(pause)

    async def _once(self) -> float:
        """One poll; the seconds to wait before the next."""
        self.turned_at = time.monotonic()
        waiting = self.caught_up.is_set()
        updates: list[dict[str, Any]] = []
        try:
            updates = await self._poll(waiting=waiting)
            stored = await self._store(updates)
        except Refused as refused:
            return self._refused(refused)
        except ApiProblem as problem:
            return self._trouble(f"Telegram is not reachable ({problem})")
        except Refusal as refusal:
            if self.apology is not None:
                await self.apology.say(updates)
            return self._trouble(f"updates cannot be stored ({refusal.code}, {refusal.facts.get('reason')})")
        if self._troubles:
            log.info("updates come in again")
            if self.apology is not None:
                self.apology.over()
        self._troubles, self._last_words = 0, ""
        self.answered_at, self.away_since = time.monotonic(), None
        if len(updates) < BATCH:
            self.caught_up.set()
        waited = time.monotonic() - self.turned_at
        if stored == 0 and waiting and waited < NOTHING_AT_ONCE:
            return NOTHING_AT_ONCE - waited  # an offset above the queue would make the server spin
        return 0.0

    async def _poll(self, *, waiting: bool) -> list[dict[str, Any]]:
        # The backlog is asked for without waiting, so that it is known when everything is in.
        timeout = self._long_poll if waiting else 0
        self.begun.set()
        updates: list[dict[str, Any]] = await self._api.call(
            "getUpdates",
            patience=timeout + ROOM,
            offset=self._offset,
            timeout=timeout,
            limit=BATCH,
            allowed_updates=KINDS,
        )
        return updates

    async def _store(self, updates: list[dict[str, Any]]) -> int:
        if not updates:
            return 0
        now = self._clock.now()
        if len(updates) == 1 and self.take is not None and await self.take(updates[0]):
            stored = 1
        else:
            stored = await self._db.write(lambda tx: inbox.store(tx, self._api.bot_id, updates, now=now))
        # Even when that is lower than before: after a quiet week ids begin anew.
        self._offset = updates[-1]["update_id"] + 1
        return stored

    def _refused(self, refused: Refused) -> float:
        if refused.code == 409:
            kind = "webhook" if "webhook" in refused.description.lower() else "getupdates"
            return self._trouble(CONFLICT[kind], at_least=5.0)
        if refused.code in {401, 404}:
            return self._trouble("Telegram does not know this token: check [telegram] token", at_least=30.0)
        return self._trouble(f"Telegram refuses: {refused.code} {refused.description}", at_least=refused.retry_after)

    def _trouble(self, words: str, *, at_least: float = 0.0) -> float:
        if words != self._last_words:
            log.warning("%s", words)
            self._last_words = words
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * float(2 ** min(self._troubles, 10))) * random.uniform(0.5, 1.0)
        self._troubles += 1
        if self.away_since is None:
            self.away_since = time.monotonic()
        return max(pause, at_least)
