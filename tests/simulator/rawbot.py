"""A bot made of bare HTTP: calls methods, polls, and answers by a given function. It knows nothing but the documented API."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

import aiohttp

from housebot.simulator.server import Simulator

TOKEN = "700000001:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
Json = dict[str, Any]


class RawBot:
    """One bot by its token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.session = aiohttp.ClientSession()
        self.offset = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def call(self, method: str, **params: Any) -> tuple[int, Json]:
        """Calls with a JSON body; answers status and body."""
        async with self.session.post(f"{self.url}/bot{self.token}/{method}", json=params) as response:
            return response.status, await response.json()

    async def ok(self, method: str, **params: Any) -> Any:
        """Calls and expects a result."""
        status, body = await self.call(method, **params)
        assert status == 200, body
        assert body["ok"] is True
        return body["result"]

    async def refused(self, method: str, **params: Any) -> str:
        """Calls and expects a refusal; answers its words."""
        status, body = await self.call(method, **params)
        assert body["ok"] is False, body
        assert status == body["error_code"]
        return str(body["description"])

    async def upload(self, method: str, files: dict[str, tuple[str, bytes]], **params: Any) -> tuple[int, Json]:
        """Calls with multipart/form-data."""
        form = aiohttp.FormData()
        for name, value in params.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for name, (filename, content) in files.items():
            form.add_field(name, io.BytesIO(content), filename=filename)
        async with self.session.post(f"{self.url}/bot{self.token}/{method}", data=form) as response:
            return response.status, await response.json()

    async def updates(self, timeout: int = 0, **params: Any) -> list[Json]:  # noqa: ASYNC109
        """Polls and confirms what came."""
        found: list[Json] = await self.ok("getUpdates", offset=self.offset, timeout=timeout, **params)
        if found:
            self.offset = found[-1]["update_id"] + 1
        return found

    async def update(self, kind: str) -> Json:
        """The next update of a kind, others passed over."""
        while True:
            found = await self.ok("getUpdates", offset=self.offset, timeout=5, limit=1)
            assert found, f"no {kind} came"
            self.offset = found[0]["update_id"] + 1
            if kind in found[0]:
                return dict(found[0][kind])

    async def drain(self) -> None:
        """Forgets what waits."""
        while await self.updates():
            pass
        await self.ok("getUpdates", offset=self.offset)

    async def serve(self, answer: Callable[["RawBot", Json], Awaitable[None]]) -> None:
        """Polls for ever, handing each update to a function; a server that is away is asked again."""
        while True:
            try:
                _, body = await self.call("getUpdates", offset=self.offset, timeout=20)
            except aiohttp.ClientError:
                body = {}
            if not body.get("ok"):
                await asyncio.sleep(0.1)
            for update in body.get("result", []):
                self.offset = update["update_id"] + 1
                await answer(self, update)


async def polled(simulator: Simulator) -> None:
    """Returns when the bot's poll has come in and waits."""
    queue = simulator.world.queues[simulator.world.bot(TOKEN).id]
    async with asyncio.timeout(60):
        while queue._waiter is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
