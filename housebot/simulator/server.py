"""Owns the server: one aiohttp application with the Bot API, the controls and the chat page."""

import json
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from housebot.simulator import snapshot
from housebot.simulator.botapi import BODY_LIMIT, BotApi
from housebot.simulator.clock import Clock
from housebot.simulator.control import Control
from housebot.simulator.control_trouble import OnClock
from housebot.simulator.errors import WrongWishError
from housebot.simulator.misbehave import Misbehaviour, RateLimits
from housebot.simulator.model import Json
from housebot.simulator.world import World

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; form-action 'none'"
_LONGEST_WAIT = 25.0


class Simulator:
    """A Telegram of its own. `control` drives it from Python, `/sim/…` over HTTP, `/` shows the chat page.

    `tokens` restricts it to these bots; `page` is what the chat page shows (title, tries, zone, guests, owners, links);
    `on_clock` is called whenever somebody moves the clock.
    """

    def __init__(
        self, *, clock: Clock | None = None, tokens: list[str] | None = None, rate_limits: bool = False, page: Json | None = None,
        on_clock: OnClock | None = None,
    ) -> None:  # fmt: skip
        self.clock = clock or Clock()
        self.world = World(self.clock)
        self.trouble = Misbehaviour()
        self.page = page if page is not None else {}
        self.world.zone = self.page.get("zone", self.world.zone)
        self._bots = BotApi(self.world, self.trouble, tokens or [], RateLimits() if rate_limits else None)
        self.control = Control(
            self.world, self.trouble, abort_polls=self._bots.abort_polls, on_clock=on_clock, page=self.page
        )
        self.app = self._application()
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; `url` is known afterwards. Raises OSError when the port is taken."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Ends every poll and stream and closes the port."""
        self._bots.close()
        self.world.events.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def save(self, path: Path) -> None:
        """Writes the whole world to a file."""
        path.write_text(json.dumps(snapshot.dump(self.world)), encoding="utf-8")

    def load(self, path: Path) -> None:
        """Takes up the world that `save` wrote."""
        snapshot.load(self.world, json.loads(path.read_text(encoding="utf-8")))

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.add_routes(self._bots.routes())
        app.add_routes(
            [
                web.get("/", self._static),
                web.get(r"/{name:[a-z]+\.(?:css|js|svg)}", self._static),
                web.get("/sim/events", self._stream),
                web.get("/sim/page", self._settings),
                web.get("/sim/file/{unique}", self._file),
                web.post("/sim/{name}", self._control),
            ]
        )
        return app

    async def _control(self, request: web.Request) -> web.Response:
        # A form on a foreign web page cannot send this content type without asking first.
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "send Content-Type: application/json"}, status=415)
        before = self.world.events.last
        try:
            arguments = await request.json()
            if not isinstance(arguments, dict):
                raise WrongWishError("the arguments are one JSON object")
            result = await self.control.run(request.match_info["name"], arguments)
        except (WrongWishError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        return web.json_response({"ok": True, "result": result, "event": before})

    async def _settings(self, _: web.Request) -> web.Response:
        return web.json_response(self.control.page())

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        found = files("housebot.simulator").joinpath("page", name)
        if not found.is_file():
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        kind = _TYPES[name.rsplit(".", 1)[1]]
        return web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8", headers=headers)

    async def _file(self, request: web.Request) -> web.Response:
        file = self.world.files.files.get(request.match_info["unique"])
        if file is None:
            raise web.HTTPNotFound
        # Only pictures are shown; anything else a guest uploaded is offered for saving, never opened on this origin.
        shown = file.kind in {"Photo", "Sticker"}
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=86400"}
        if not shown:
            headers["Content-Disposition"] = "attachment"
        mime = file.mime if shown else "application/octet-stream"
        return web.Response(body=self.world.files.bytes_of(file), content_type=mime, headers=headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        after = int(request.headers.get("Last-Event-ID") or request.query.get("after") or self.world.events.last)
        try:
            await response.write(b"retry: 1000\n\n")
            while not self.world.events.closed:
                for event in await self.world.events.wait(after, _LONGEST_WAIT):
                    after = event["number"]
                    await response.write(f"id: {after}\ndata: {json.dumps(event)}\n\n".encode())
                await response.write(b": still here\n\n")
        except ConnectionError:
            pass
        return response
