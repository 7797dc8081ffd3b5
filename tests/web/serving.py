"""The desk's API over a real socket, on a real file with a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from housebot.desk import FixedClock
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.services import catalogs, keys, staff
from housebot.services.ports import Actor
from housebot.storage.db import Database
from housebot.web.door import Door
from housebot.web.server import make_app
from tests import factories

OPENED = factories.at("2026-11-20T12:00:00Z")  # Friday 15:00 in Minsk
OWNER = Actor("shell", None, "anna", "shell", "owner")


class Served:
    """One desk, a client that shows a key, and the clock."""

    def __init__(self, db: Database, clock: FixedClock, client: aiohttp.ClientSession, base: str) -> None:
        self.db = db
        self.clock = clock
        self.base = base
        self._client = client

    async def key(self, *scopes: str, **options: Any) -> str:
        """A new key with those scopes; with `manage` for nothing said."""
        made = await self.db.write(
            lambda tx: keys.add(
                tx, name="test", scopes=scopes or ("manage",), actor=OWNER, now=self.clock.now(), **options
            )
        )
        return made[1]

    async def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        json: Any = None,
        raw: bytes | AsyncIterator[bytes] | None = None,
        **headers: str,
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, content and headers; `Idempotency_Key="x"` is a header."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            said["X-API-Key"] = key
        async with self._client.request(method, self.base + path, json=json, data=raw, headers=said) as answer:
            content = await answer.json() if answer.content_type == "application/json" else await answer.read()
            return answer.status, content, dict(answer.headers)


@asynccontextmanager
async def serving(
    path: Path, catalog: Catalog | None = None, *, at: datetime = OPENED, door: Door | None = None
) -> AsyncIterator[Served]:
    """The house of the example, or another, on `path`; nobody is limited without a `door`."""
    clock = FixedClock(at)
    db = Database.open(path, create=True)
    try:
        document = to_document(catalog or factories.secret_house())
        await db.write(lambda tx: staff.seed(tx, [900], now=at, language="ru"))
        await db.write(lambda tx: catalogs.apply(tx, document, actor=OWNER, now=at))
        runner = web.AppRunner(make_app({}, desk=(db, clock), door=door))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            base = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with aiohttp.ClientSession() as client:
                yield Served(db, clock, client, base)
        finally:
            await runner.cleanup()
    finally:
        await db.aclose()
