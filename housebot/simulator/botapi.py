"""Owns the HTTP face towards bots: tokens, calls, answers, downloads, and the trouble that was wished for."""

import asyncio
import inspect
import re
from typing import Any

from aiohttp import web

from housebot.simulator import params
from housebot.simulator.errors import ApiError
from housebot.simulator.files import DOWNLOAD_LIMIT, UPLOAD_LIMIT
from housebot.simulator.methods import METHODS, Call
from housebot.simulator.misbehave import Misbehaviour, RateLimits, Rule
from housebot.simulator.model import Bot, JournalEntry, Json
from housebot.simulator.world import World

_TOKEN = re.compile(r"[1-9]\d{0,15}:[A-Za-z0-9_-]{30,64}")
_LONGEST_SILENCE = 120
BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024


class BotApi:
    """Answers /bot<TOKEN>/<method> and /file/bot<TOKEN>/<path>."""

    def __init__(self, world: World, trouble: Misbehaviour, tokens: list[str], limits: RateLimits | None) -> None:
        self._world = world
        self._trouble = trouble
        self._tokens = tokens
        self._limits = limits
        self.closing = asyncio.Event()
        for token in tokens:
            world.bot(token)

    def routes(self) -> list[web.RouteDef]:
        """The routes of this face."""
        return [
            web.route("*", "/bot{token:[^/]+}/{method:[^/]*}", self._call),
            web.get("/file/bot{token:[^/]+}/{path:.+}", self._download),
        ]

    def bot(self, token: str) -> Bot:
        """The bot of a token, refused as Telegram refuses a wrong one."""
        if not _TOKEN.fullmatch(token):
            raise ApiError(401, "Unauthorized: invalid token specified")
        if self._tokens and token not in self._tokens:
            raise ApiError(401, "Unauthorized")
        return self._world.bot(token)

    async def _call(self, request: web.Request) -> web.Response:
        if self._trouble.is_down:
            return _hang_up(request)
        try:
            bot = self.bot(request.match_info["token"])
            name, handler = METHODS.get(request.match_info["method"].lower(), ("", None))
            if handler is None:
                raise ApiError(404, "Not Found: method not found")
            given = await params.read(request)
        except ApiError as error:
            return _answer(error.code, error.body())
        call = Call(self._world, bot, name, given)
        rule = self._trouble.pick(name, given.text("chat_id"))
        journalled = given.journal()
        if rule is not None and rule.kind in {"timeout", "drop_connection"}:
            self._record(call, journalled, 0, None, rule)
            if rule.kind == "timeout":
                await self._silence(_LONGEST_SILENCE)
            return _hang_up(request)
        if rule is not None and rule.kind == "slow":
            await self._silence(rule.seconds)
        status, body = await self._execute(call, rule)
        self._record(call, journalled, status, body, rule)
        if self._trouble.is_down or (rule is not None and rule.kind == "lose_reply"):
            return _hang_up(request)
        return _answer(status, body)

    async def _execute(self, call: Call, rule: Rule | None) -> tuple[int, Json]:
        try:
            refusal = rule.error() if rule is not None else None
            if refusal is not None:
                raise refusal
            if self._limits is not None:
                self._limits.check(call.bot.id, call.method, call.params.text("chat_id"))
            result: Any = METHODS[call.method.lower()][1](call)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            return error.code, error.body()
        return 200, {"ok": True, "result": result}

    async def _silence(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            pass

    def _record(self, call: Call, shown: Json, status: int, body: Json | None, rule: Rule | None) -> None:
        self._world.calls += 1
        entry = JournalEntry(
            self._world.calls,
            self._world.clock.now().isoformat(),
            call.bot.id,
            call.method,
            shown,
            status,
            body,
            rule.kind if rule else None,
        )
        self._world.journal.append(entry)
        if call.method != "getUpdates":
            self._world.events.add("call", call=entry.number, method=call.method, status=status)

    async def _download(self, request: web.Request) -> web.Response:
        if self._trouble.is_down:
            return _hang_up(request)
        try:
            self.bot(request.match_info["token"])
        except ApiError as error:
            return _answer(error.code, error.body())
        file = self._world.files.by_path(request.match_info["path"])
        rule = self._trouble.pick("download", "")
        if rule is not None:
            refusal = rule.error()
            return _hang_up(request) if refusal is None else _answer(refusal.code, refusal.body())
        if file is None:
            return _answer(404, ApiError(404, "Not Found").body())
        content = self._world.files.bytes_of(file)
        if len(content) > DOWNLOAD_LIMIT:
            return _answer(400, ApiError(400, "Bad Request: file is too big").body())
        return web.Response(body=content, content_type="application/octet-stream")

    def abort_polls(self) -> None:
        """Lets every long poll go, as when the server goes away."""
        for queue in self._world.queues.values():
            queue.abort(ApiError(502, "Bad Gateway"))

    def close(self) -> None:
        """Ends everything that is waiting."""
        self.closing.set()
        self.abort_polls()


def _answer(status: int, body: Json) -> web.Response:
    retry = body.get("parameters", {}).get("retry_after")
    return web.json_response(body, status=status, headers={"Retry-After": str(retry)} if retry else None)


def _hang_up(request: web.Request) -> web.Response:
    """Closes the connection without a word; what is returned never gets out."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
