"""Owns how a request becomes an answer: who asks, what is asked, one transaction, and the same answer for the same key (A1, A2)."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from housebot.errors import Refusal
from housebot.services import idempotency, keys
from housebot.services.idempotency import Kept
from housebot.services.keys import Key
from housebot.services.ports import Clock, Database, Tx
from housebot.web import answers
from housebot.web.api import bodies
from housebot.web.api.known_keys import KnownKeys
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.door import Door
from housebot.web.rates import place_of

PREFIX = "/api/v1"
BODY_LIMIT = 64 * 1024  # of all but those that are judged in a thread
LONGEST_KEY = 200
WORD = re.compile(r"[!-~]+")  # of an Idempotency-Key
_JUDGING = ThreadPoolExecutor(1, "judging")  # one at a time: the others wait for their turn
_ONCE = frozenset({"POST", "PATCH"})  # methods that take an Idempotency-Key (A1)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The operations of the desk over one database."""

    def __init__(self, db: Database, clock: Clock, operations: Sequence[Operation], *, door: Door) -> None:
        self._db = db
        self._door = door
        self._clock = clock
        self.operations = operations
        self._in_flight: set[tuple[str, str]] = set()
        self._keys = KnownKeys(db)

    def routes(self) -> list[web.RouteDef]:
        """Every operation where it stands. A path of plain words is not read as the id of another one by other methods."""
        served = [
            web.route(one.method, PREFIX + one.path, self._handler(one), name=one.name, **_extras(one))
            for one in self.operations
        ]
        paths = dict.fromkeys(one.path for one in self.operations)
        shadowed = [path for path in paths if "{" not in path and any(_covers(other, path) for other in paths)]
        for path in shadowed:
            methods = sorted(one.method for one in self.operations if one.path == path)
            served.append(web.route("*", PREFIX + path, _no_such_method(methods)))
        return served

    def _handler(self, operation: Operation) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            language = language_of(request)
            try:
                return await self._answer(operation, request, language)
            except Refusal as refusal:
                return answers.refused(refusal, language=language)
            except bodies.BrokenJson as problem:
                return answers.broken(str(problem), status=HTTPStatus.BAD_REQUEST)

        return handle

    async def _answer(self, operation: Operation, request: web.Request, language: str) -> web.Response:
        now = self._clock.now()
        key = self._caller(request)
        _require(operation, key)
        call = Call(
            now=now,
            key=key,
            language=language,
            path=None if operation.in_path is None else bodies.path(request.match_info, operation.in_path),
            query=_query(operation, request),
            body=None,
            headers=request.headers,
            place=place_of(self._door.address(request)),
        )
        if (stops := operation.stops) is not None:
            early = self._db.read(lambda tx: stops(tx, call))
            if early is not None:
                return _response(operation, early)
        if operation.takes is not None:
            call = replace(call, body=await _body(operation, request, now))
        if operation.writes is not None:
            return await self._write(operation, call, request)
        if operation.looks is not None:
            return _response(operation, operation.looks(self._db, call))
        if (aside := operation.aside) is not None:
            return _response(operation, await self._db.aside(lambda tx: aside(tx, call)))
        reads = operation.reads
        assert reads is not None, operation.name
        return _response(operation, self._db.read(lambda tx: reads(tx, call)))

    def _caller(self, request: web.Request) -> Key | None:
        """Whose request it is; None where no key was shown. A wrong one is refused everywhere, public places too; `rate_limited`."""
        text, rates, address, now = presented(request), self._door.rates, self._door.address(request), self._clock.now()
        if text is None:
            rates.without_key(address)
            return None
        rates.before_key(address, text)
        try:
            key = self._keys.of(text, now)
        except Refusal:
            rates.wrong_key(address)
            raise
        rates.with_key(address, text, key)
        self._door.uses.note(key.id, now)
        return key

    async def _write(self, operation: Operation, call: Call, request: web.Request) -> web.Response:
        word = request.headers.get("Idempotency-Key") if operation.method in _ONCE else None
        if word is None or call.key is None:
            writes = operation.writes
            assert writes is not None, operation.name
            return _response(operation, await self._db.write(lambda tx: writes(tx, self._in_turn(call))))
        if len(word) > LONGEST_KEY or not WORD.fullmatch(word):
            said = f"1 to {LONGEST_KEY} visible ASCII signs, no spaces"
            raise Refusal("invalid", reason="fields", fields={"Idempotency-Key": said})
        asked = idempotency.digest(request.method, request.path_qs, await request.read())
        credential = call.key.subject
        if (credential, word) in self._in_flight:
            raise Refusal("in_flight")
        self._in_flight.add((credential, word))
        try:
            kept, again = await self._db.write(
                lambda tx: self._once(tx, operation, self._in_turn(call), credential=credential, word=word, asked=asked)
            )
        finally:
            self._in_flight.discard((credential, word))
        answer = _sent(kept)
        if again:
            answer.headers["Idempotent-Replayed"] = "true"
        return answer

    def _in_turn(self, call: Call) -> Call:
        """The request at the time at which its turn to write has come: a row told of later than it says is lost to whoever asks
        with `updated_since` (A3), and a hold may have ended while it waited (R32)."""
        return replace(call, now=self._clock.now())

    def _once(
        self, tx: Tx, operation: Operation, call: Call, *, credential: str, word: str, asked: str
    ) -> tuple[Kept, bool]:
        earlier = idempotency.earlier(tx, credential, word, asked, now=call.now)
        if earlier is not None:
            return earlier, True
        answer = self._effect(tx, operation, call)
        if idempotency.is_final(answer.status):
            kept = Kept(asked, answer.status, answer.headers, answer.body)
            idempotency.keep(tx, credential, word, kept, now=call.now)
        return answer, False

    def _effect(self, tx: Tx, operation: Operation, call: Call) -> Kept:
        """What was done, or why not: a refusal undoes what the use case wrote, and is an answer to be kept as good as any."""
        writes = operation.writes
        assert writes is not None, operation.name
        try:
            with tx.attempt():
                response = _response(operation, writes(tx, call))
        except Refusal as refusal:
            response = answers.refused(refusal, language=call.language)
        headers = {name: value for name, value in response.headers.items() if name not in _MADE_ANEW}
        body = response.body
        return Kept("", response.status, headers, body if isinstance(body, bytes) else b"")


_MADE_ANEW = frozenset({"Content-Type", "Content-Length"})


def language_of(request: web.Request) -> str:
    """The first language of the client that the desk speaks; English for everybody else."""
    for part in request.headers.get("Accept-Language", "").split(","):
        spoken = part.partition(";")[0].strip().partition("-")[0].casefold()
        if spoken in {"ru", "en"}:
            return spoken
    return "en"


def presented(request: web.Request) -> str | None:
    """The key a client shows: `X-API-Key`, or `Authorization: Bearer`."""
    if (key := request.headers.get("X-API-Key")) is not None:
        return key.strip()
    if (said := request.headers.get("Authorization")) is None:
        return None
    scheme, _, key = said.partition(" ")
    return key.strip() if scheme.casefold() == "bearer" else ""


def _covers(template: str, path: str) -> bool:
    """Whether another path would be taken for that one: `/payments/{id}` for `/payments/adjust`."""
    parts, words = template.split("/"), path.split("/")
    same = len(parts) == len(words) and "{" in template
    return same and all(part == word or part.startswith("{") for part, word in zip(parts, words, strict=True))


def _no_such_method(allowed: Sequence[str]) -> Handler:
    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, allowed)

    return refuse


def _extras(operation: Operation) -> dict[str, bool]:
    return {"allow_head": False} if operation.method == "GET" else {}


def _require(operation: Operation, key: Key | None) -> None:
    if operation.scope is None or keys.may(key, operation.scope):
        return
    raise Refusal("unauthorized") if key is None else Refusal("forbidden", scope=operation.scope)


def _query(operation: Operation, request: web.Request) -> object:
    if operation.query is not None:
        return bodies.words(request.query.items(), operation.query)
    if request.query:
        raise Refusal("invalid", reason="fields", fields={next(iter(request.query))[:64]: "it is not known here"})
    return None


async def _body(operation: Operation, request: web.Request, now: datetime) -> object:
    assert operation.takes is not None
    raw = await request.read()
    if operation.judges is not None:
        return await asyncio.get_running_loop().run_in_executor(_JUDGING, operation.judges, raw, now)
    return bodies.read(raw, operation.takes)


def _response(operation: Operation, value: object) -> web.Response:
    answer = value if isinstance(value, Answer) else Answer(value)
    status = answer.status or operation.status
    if answer.content is None and status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        return web.Response(status=status, headers=answer.headers)
    if isinstance(answer.content, bytes):
        return web.Response(body=answer.content, status=status, headers=answer.headers, content_type="application/json")
    return answers.json(answer.content, status=status, headers=answer.headers)


def _sent(kept: Kept) -> web.Response:
    if kept.status == HTTPStatus.NO_CONTENT:
        return web.Response(status=kept.status, headers=kept.headers)
    return web.Response(body=kept.body, status=kept.status, headers=kept.headers, content_type="application/json")
