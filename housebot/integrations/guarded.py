"""Owns calls to addresses that somebody gave us: only where they may lead, judged again with every connection and redirect (I10).

What is judged is the address the socket is about to connect to, so a name that means another machine a moment later gains nothing.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from housebot.domain import outside
from housebot.domain.outside import Place
from housebot.errors import Refusal

SECONDS = 10.0  # for a call with everything: finding the address, connecting, sending, reading
_REDIRECTS = {301, 302, 303, 307, 308}


class AddressRefused(OSError):  # noqa: N818  it is an answer
    """The desk does not go there. The reason alone is told: an address may be a secret."""


class CallFailed(Exception):  # noqa: N818  it passes
    """There was no answer; `kind` is why, in a word or two."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: of the body no more than was asked for, `whole` says whether that was all."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Guarded:
    """Calls with a guard. Open it once and share it: `async with Guarded() as guarded`.

    `private`: the owner lets the desk call programs in their own network, by http too; out in the world it is https in any case.
    """

    def __init__(
        self, *, private: bool = False, seconds: float = SECONDS, resolver: AbstractResolver | None = None
    ) -> None:
        self._private = private
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._resolver = resolver
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def request(
        self,
        method: str,
        url: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = 4096,
        redirects: int = 0,
    ) -> Answer:
        """One call, and as many redirects as are allowed, each judged like the first; CallFailed where there is no answer.

        Without `redirects` a redirect is the answer. At most `most` bytes of the body are read; with 0 nobody waits for it.
        """
        for _ in range(redirects + 1):
            answer = await self._once(method, url, data=data, headers=headers, most=most)
            leads = answer.headers.get("Location")
            if not redirects or answer.status not in _REDIRECTS or leads is None:
                return answer
            url = urljoin(url, leads)
        raise CallFailed("too many redirects")

    async def _once(
        self, method: str, url: str, *, data: bytes | None, headers: Mapping[str, str] | None, most: int
    ) -> Answer:
        # An error of aiohttp may repeat the address and is not chained.
        try:
            target = outside.read(url, private=self._private)
            async with self._session(target.scheme).request(
                method, target.url, data=data, headers=headers, allow_redirects=False
            ) as response:
                body = await _up_to(response, most + 1) if most else b""
                return Answer(response.status, response.headers, body[:most], len(body) <= most)
        except Refusal as refusal:
            kind = str(refusal.facts.get("reason", "address"))
        except TimeoutError:
            kind = "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            kind = _kind(problem)
        raise CallFailed(kind)

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        if scheme not in self._sessions:
            self._sessions[scheme] = _open(
                outside.allowed(scheme, private=self._private), resolver=self._resolver, timeout=self._timeout
            )
        return self._sessions[scheme]


class _JudgingResolver(AbstractResolver):
    """Every address a name stands for is judged before one of them is used: a name that also means a machine of ours is refused."""

    def __init__(self, places: frozenset[Place], inner: AbstractResolver) -> None:
        self._places = places
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for one in found:
            _judge(one["host"], self._places)
        return found

    async def close(self) -> None:
        await self._inner.close()


def _open(
    places: frozenset[Place], *, resolver: AbstractResolver | None, timeout: aiohttp.ClientTimeout
) -> aiohttp.ClientSession:
    def connect(about: Any) -> socket.socket:
        # The last look, and the only one at addresses that were written out: aiohttp asks no resolver about them.
        family, kind, protocol, _, address = about
        _judge(str(address[0]), places)
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(
        resolver=_JudgingResolver(places, resolver or ThreadedResolver()), socket_factory=connect, force_close=True
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # a proxy would do the connecting, unjudged
    )


def _judge(address: str, places: frozenset[Place]) -> None:
    try:
        place = outside.place_of(address)
    except ValueError:
        place = "never"
    if place not in places:
        raise AddressRefused("address_private" if place == "private" else "address_forbidden")


async def _up_to(response: aiohttp.ClientResponse, most: int) -> bytes:
    found = b""
    while len(found) < most and (piece := await response.content.read(most - len(found))):
        found += piece
    return found


def _kind(problem: Exception) -> str:
    cause = getattr(problem, "os_error", problem)
    if isinstance(cause, AddressRefused):
        return str(cause)
    match problem:
        case aiohttp.ClientConnectorDNSError():
            return "no such host"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "certificate"
        case aiohttp.ClientConnectorError():
            return "no connection"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | aiohttp.ClientPayloadError():
            return "cut off"
    return "no answer that can be read"
