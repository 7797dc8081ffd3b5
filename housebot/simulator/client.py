"""Drives a simulator over HTTP, pleasantly: people with phones who write, press and wait, for tests and scripts.

    async with SimClient(url) as sim:
        anna = await sim.user("Anna", language_code="ru")
        await anna.start()
        await anna.wait_for("Скажите, когда")
        await anna.press("✨ Помочь выбрать")
        press = await anna.press("×14")
        assert "занято" in press.toast

Waiting looks only at what came or changed since the person's last own action, so an old text never passes for an answer.
"""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Self, TypeVar

import aiohttp

from housebot.simulator.person import Person
from housebot.simulator.seen import PATIENCE, Json, Press, Seen, SimError

T = TypeVar("T")


class SimClient:
    """A simulator somewhere. Every control of `control.py` is reachable by `call`; the usual ones have methods."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self.mark = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """Runs a control by its name and answers its result."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        given = {key: value for key, value in arguments.items() if value is not None}
        body, kind = io.BytesIO(json.dumps(given).encode()), {"Content-Type": "application/json"}
        async with self._session.post(f"{self.url}/sim/{name}", data=body, headers=kind) as response:
            answer = await response.json()
        if not answer["ok"]:
            raise SimError(answer["error"])
        self.mark = answer["event"]
        return answer["result"]

    async def user(self, first_name: str | None = None, **facts: Any) -> Person:
        """A new person, or by `id` a known one."""
        made = await self.call("user", first_name=first_name, **facts)
        return Person(self, made["id"], made["first_name"])

    async def group(self, title: str, owner: Person, *members: Person, **wishes: Any) -> int:
        """A new group; answers its id. Wishes: type, forum, bot, bot_admin."""
        made = await self.call("group", owner=owner.id, title=title, members=[one.id for one in members], **wishes)
        return int(made["chat_id"])

    async def misbehave(self, kind: str, **wishes: Any) -> int:
        """Lets calls go wrong; see `control.py` for the kinds. `times=0` means for ever."""
        if wishes.get("times") == 0:
            wishes["times"] = 10**9
        return int((await self.call("misbehave", kind=kind, **wishes))["id"])

    async def behave(self) -> None:
        """Everything works again."""
        await self.call("behave")

    async def down(self, seconds: float | None = None) -> None:
        """The server hangs up on every bot for a time, or until `behave`."""
        await self.call("down", seconds=seconds)

    async def journal(self, method: str | None = None, chat_id: int | None = None, after: int = 0) -> list[Json]:
        """The calls bots made."""
        found: list[Json] = await self.call("journal", method=method, chat_id=chat_id, after=after)
        return found

    async def keyboards(self) -> list[Json]:
        """Every keyboard ever sent."""
        found: list[Json] = await self.call("keyboards")
        return found

    async def now(self) -> datetime:
        """The simulator's time."""
        return datetime.fromisoformat((await self.call("clock"))["now"])

    async def advance(self, *, minutes: float = 0, hours: float = 0, seconds: float = 0) -> datetime:
        """Moves the clock."""
        moved = await self.call("advance", seconds=seconds + 60 * minutes + 3600 * hours)
        return datetime.fromisoformat(moved["now"])

    async def set_clock(self, at: datetime) -> None:
        """Sets the clock to an aware instant."""
        await self.call("set_clock", at=at.isoformat())

    async def until(self, check: Callable[[], Awaitable[T]], timeout: float = PATIENCE) -> T:  # noqa: ASYNC109
        """Asks again after every event until the answer is true."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            seen = (await self.call("events", after=0))["last"]
            answer = await check()
            left = deadline - asyncio.get_running_loop().time()
            if answer:
                return answer
            if left <= 0:
                raise SimError(f"nothing came of it in {timeout} s")
            await self.call("events", after=seen, timeout=left)


__all__ = ["Person", "Press", "Seen", "SimClient", "SimError"]
