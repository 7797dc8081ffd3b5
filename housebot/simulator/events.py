"""Owns the numbered stream of everything that changed, which the page and the tests wait on instead of polling."""

import asyncio
from collections import deque
from typing import Any

from housebot.simulator.model import Json

_KEPT = 20_000


class EventLog:
    """Events with rising numbers. `wait` sleeps until there is one newer than the number named."""

    def __init__(self) -> None:
        self.last = 0
        self._kept: deque[Json] = deque(maxlen=_KEPT)
        self._waiters: set[asyncio.Future[None]] = set()
        self._closed = False

    def add(self, kind: str, /, **facts: Any) -> int:
        """Appends an event and wakes whoever waits; answers its number."""
        self.last += 1
        self._kept.append({"number": self.last, "kind": kind, **facts})
        self._wake()
        return self.last

    def since(self, number: int) -> list[Json]:
        """The events after a number. A gap (too old a number) shows as a first event of kind "reset"."""
        missing = self.last - number
        if not 0 <= missing <= len(self._kept):
            return [{"number": self.last, "kind": "reset"}]
        return [self._kept[index] for index in range(len(self._kept) - missing, len(self._kept))]

    async def wait(self, number: int, timeout: float) -> list[Json]:  # noqa: ASYNC109  the caller's patience is part of the protocol
        """The events after a number, at once if there are any, else the first to come; empty after the timeout."""
        found = self.since(number)
        if found or timeout <= 0 or self._closed:
            return found
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            return []
        finally:
            self._waiters.discard(waiter)
        return self.since(number)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Lets every waiter go; later waits answer at once."""
        self._closed = True
        self._wake()

    @property
    def closed(self) -> bool:
        return self._closed
