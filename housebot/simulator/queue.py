"""Owns a bot's queue of updates with Telegram's rules of offsets, confirmation, one poller at a time and 24 hours of patience."""

import asyncio
from dataclasses import dataclass

from housebot.simulator.clock import Clock
from housebot.simulator.errors import ApiError
from housebot.simulator.model import Json

KEPT_SECONDS = 24 * 3600
# Beyond this distance Telegram takes an offset for one of another age and ignores it.
_FUTURE_SLACK = 10
_NEVER_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class _Kept:
    update_id: int
    at: int
    kind: str
    body: Json


class UpdateQueue:
    """Updates not yet confirmed. Ids rise by one; an offset confirms everything below it."""

    def __init__(self, clock: Clock, first_id: int) -> None:
        self._clock = clock
        self._kept: list[_Kept] = []
        self._tail = first_id
        self._waiter: asyncio.Future[None] | None = None
        self.allowed: list[str] | None = None

    def push(self, kind: str, body: Json) -> int | None:
        """Adds an update unless the bot did not ask for its kind; answers its id."""
        if kind not in self.allowed if self.allowed else kind in _NEVER_BY_DEFAULT:
            return None
        kept = _Kept(self._tail, self._clock.timestamp(), kind, body)
        self._kept.append(kept)
        self._tail += 1
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
        return kept.update_id

    async def get(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109  a parameter of getUpdates
        """What getUpdates answers: confirmed updates are forgotten, an empty queue is waited on."""
        found = self._take(offset, limit)
        if found or timeout <= 0:
            return found
        self.abort(ApiError(409, _OTHER_POLLER))
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            pass
        finally:
            if self._waiter is waiter:
                self._waiter = None
        return self._take(offset, limit)

    def abort(self, error: Exception) -> None:
        """Ends a waiting poll with an error: another poller came, a webhook was set, the server goes away."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)

    def _take(self, offset: int, limit: int) -> list[Json]:
        oldest = self._clock.timestamp() - KEPT_SECONDS
        self._kept = [kept for kept in self._kept if kept.at >= oldest]
        if offset < 0:
            self._kept = self._kept[offset:]
        elif 0 < offset <= self._tail + _FUTURE_SLACK:
            self._kept = [kept for kept in self._kept if kept.update_id >= offset]
        return [{"update_id": kept.update_id, kept.kind: kept.body} for kept in self._kept[:limit]]

    def clear(self) -> None:
        """Forgets everything unconfirmed (drop_pending_updates)."""
        self._kept.clear()

    def restart_ids(self, first_id: int) -> None:
        """Lets ids begin anew, lower than before, as Telegram does after a quiet week. Waiting updates are forgotten."""
        self._kept.clear()
        self._tail = first_id

    @property
    def next_id(self) -> int:
        return self._tail

    def __len__(self) -> int:
        return len(self._kept)

    def dump(self) -> Json:
        """The queue as JSON, for a snapshot."""
        return {
            "tail": self._tail,
            "allowed": self.allowed,
            "kept": [[kept.update_id, kept.at, kept.kind, kept.body] for kept in self._kept],
        }

    def load(self, dump: Json) -> None:
        """Takes the place of what was dumped."""
        self._tail, self.allowed = dump["tail"], dump["allowed"]
        self._kept = [_Kept(*row) for row in dump["kept"]]
