"""The controls of everything that goes wrong, and of time."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime

from housebot.simulator.errors import WrongWishError
from housebot.simulator.misbehave import Misbehaviour
from housebot.simulator.model import Json
from housebot.simulator.world import World

OnClock = Callable[[datetime], Awaitable[None] | None]


class TroubleControls:
    """A part of `Control`; see there for the table."""

    _world: World
    _trouble: Misbehaviour
    _abort_polls: Callable[[], None]
    _on_clock: OnClock | None

    def misbehave(self, kind: str, **wishes: object) -> Json:
        names = {"method", "chat_id", "times", "skip", "retry_after", "seconds", "code", "description"}
        if wishes.keys() - names:
            raise WrongWishError(f"misbehave: unknown {', '.join(sorted(wishes.keys() - names))}")
        return {"id": self._trouble.add(kind, **wishes).id}

    def rules(self) -> list[Json]:
        return self._trouble.rules()

    def behave(self) -> None:
        self._trouble.clear()

    def down(self, seconds: float | None = None) -> None:
        self._trouble.down(seconds)
        self._abort_polls()

    def restart_ids(self, first: int = 1, bot: int | None = None) -> None:
        self._world.queues[self._world.default_bot(bot).id].restart_ids(first)

    def pending(self, bot: int | None = None) -> int:
        return len(self._world.queues[self._world.default_bot(bot).id])

    def clock(self) -> Json:
        return {"now": self._world.clock.now().isoformat()}

    async def advance(self, seconds: float) -> Json:
        return await self._moved(self._world.clock.advance(seconds))

    async def set_clock(self, at: str) -> Json:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise WrongWishError("the clock needs an instant with its offset")
        return await self._moved(self._world.clock.set(instant))

    async def next_hour(self, hour: int = 8, zone: str = "UTC") -> Json:
        return await self._moved(self._world.clock.set(self._world.clock.next_local(hour, zone)))

    async def _moved(self, now: datetime) -> Json:
        if self._on_clock is not None:
            told = self._on_clock(now)
            if inspect.isawaitable(told):
                await told
        self._world.events.add("clock", now=now.isoformat())
        return {"now": now.isoformat()}
