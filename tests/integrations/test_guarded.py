"""Calls to addresses somebody gave us: judged at the socket, so that neither a name, a literal nor a redirect leads inside (I10)."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from housebot.domain import outside
from housebot.integrations.guarded import Answer, CallFailed, Guarded
from housebot.integrations.webhooks import WebhookClient

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SECRET = "very-secret"


class Names(AbstractResolver):
    """Says of every name what it is told to say, each time the next thing."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


class Program:
    """A real program on a real socket, that counts who got through to it."""

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler
        self.got: list[bytes] = []
        self.port = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.got.append(await request.read())
        return web.Response(text="thanks") if self.handler is None else await self.handler(request)


@asynccontextmanager
async def program(handler: Handler | None = None, *, context: ssl.SSLContext | None = None) -> AsyncIterator[Program]:
    made = Program(handler)
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        made.port = runner.addresses[0][1]
        yield made
    finally:
        await runner.cleanup()


async def failed(guarded: Guarded, url: str, **more: int) -> str:
    with pytest.raises(CallFailed) as problem:
        await guarded.request("GET", url, **more)  # type: ignore[arg-type]
    assert SECRET not in str(problem.value)
    assert problem.value.__cause__ is None
    return problem.value.kind


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::1"],
        ["fe80::1%1"],
        ["nonsense"],
    ],
)
async def test_i10_a_name_that_stands_for_a_machine_of_ours_is_not_called(addresses: list[str]) -> None:
    async with program() as inside, Guarded(resolver=Names(addresses)) as guarded:
        kind = await failed(guarded, f"https://books.example.com:{inside.port}/{SECRET}")
        assert kind in {"address_private", "address_forbidden"}
        assert inside.got == []


async def test_i10_a_name_that_changes_its_meaning_between_two_looks_gains_nothing() -> None:
    # The first answer is the one a judge would see who asks by himself, the second the one the socket would go to.
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    async with program() as inside, Guarded(resolver=names) as guarded:
        assert [one["host"] for one in await names.resolve("books.example.com")] == ["93.184.216.34"]
        kind = await failed(guarded, f"https://books.example.com:{inside.port}/")
        assert (kind, names.asked, inside.got) == ("address_private", 2, [])


async def test_i10_what_was_judged_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    # A name server that answers anew each time is asked once; the socket is given the very address that was judged.
    names = Names(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"])
    seen: list[str] = []
    judged = outside.place_of
    monkeypatch.setattr(outside, "place_of", lambda address: seen.append(str(address)) or judged(address))  # type: ignore[func-returns-value]
    async with program() as inside, Guarded(private=True, resolver=names) as guarded:
        await guarded.request("GET", f"http://books.example.com:{inside.port}/")
        assert (names.asked, len(inside.got)) == (1, 1)
    assert seen == ["127.0.0.1", "127.0.0.1"], "by the name's judge, and once more by the socket's"


@pytest.mark.parametrize("literal", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])  # noqa: S104
async def test_i10_the_socket_itself_refuses_a_literal_that_nobody_else_has_judged(
    literal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With the look at the text taken out: aiohttp asks no resolver about literals.
    monkeypatch.setattr("housebot.integrations.guarded.outside.read", lambda url, private: outside._read(url))
    async with program() as inside, Guarded() as guarded:
        kind = await failed(guarded, f"https://{literal}:{inside.port}/{SECRET}")
        assert kind in {"address_private", "address_forbidden"}
        assert inside.got == []


async def test_i10_a_redirect_inside_is_not_followed() -> None:
    async with program() as inside:

        async def leads(_: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": f"https://169.254.169.254:{inside.port}/"})

        async with program(leads) as outer, Guarded(private=True) as guarded:
            assert await failed(guarded, f"http://127.0.0.1:{outer.port}/", redirects=3) == "address_forbidden"
            assert (len(outer.got), inside.got) == (1, [])


async def test_i10_redirects_are_counted_each_is_judged_and_without_leave_none_is_followed() -> None:
    async def leads(request: web.Request) -> web.StreamResponse:
        left = int(request.match_info["anything"])
        return web.Response(text="here") if left == 0 else web.Response(status=302, headers={"Location": str(left - 1)})

    async with program(leads) as outer, Guarded(private=True) as guarded:
        assert (await guarded.request("GET", f"http://127.0.0.1:{outer.port}/2", redirects=2)).body == b"here"
        assert await failed(guarded, f"http://127.0.0.1:{outer.port}/3", redirects=2) == "too many redirects"
        plain = await guarded.request("GET", f"http://127.0.0.1:{outer.port}/1")
        assert plain.status == 302


async def test_i10_what_is_not_encrypted_does_not_leave_ones_own_network_by_a_name_either() -> None:
    async with Guarded(private=True, resolver=Names(["93.184.216.34"])) as guarded:
        assert await failed(guarded, f"http://books.example.com/{SECRET}") == "address_forbidden"


async def test_i10_no_proxy_of_the_environment_does_the_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    async with program() as proxy, program() as inside, Guarded(private=True) as guarded:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await guarded.request("GET", f"http://127.0.0.1:{inside.port}/")
        assert (len(inside.got), proxy.got) == (1, [])


async def test_i10_no_more_of_an_answer_is_read_than_was_asked_for() -> None:
    async def long(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(1000):
            await answer.write(b"x" * 65_536)
        return answer

    async with program(long) as outer, Guarded(private=True) as guarded:
        answer = await guarded.request("GET", f"http://127.0.0.1:{outer.port}/", most=1000)
        assert (len(answer.body), answer.whole) == (1000, False)


async def test_i10_a_program_that_keeps_us_waiting_is_left_in_time() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b" ")
                await asyncio.sleep(0.01)
        return answer

    async with program(slow) as outer, Guarded(private=True, seconds=0.3) as guarded:
        assert await failed(guarded, f"http://127.0.0.1:{outer.port}/") == "timeout"


async def test_a6_the_wire_tells_what_became_of_a_call_and_never_where_it_went(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: dict[str, Answer | int] = {"yes": 204, "elsewhere": 302, "busy": 429, "no": 500}

    async def say(request: web.Request) -> web.StreamResponse:
        status = answers[request.match_info["anything"]]
        assert isinstance(status, int)
        return web.Response(status=status, headers={"Retry-After": "7", "Location": "/yes"})

    async with program(say) as outer, Guarded(private=True) as guarded:
        client = WebhookClient(guarded)

        async def post(path: str, port: int = outer.port) -> tuple[int | None, str, float]:
            answer = await client.post(f"http://127.0.0.1:{port}/{path}?key={SECRET}", b"{}", {"Housebot-Id": "evt_1"})
            assert answer.milliseconds >= 0
            return answer.status, answer.problem, answer.retry_after

        assert await post("yes") == (204, "", 0.0)
        assert await post("elsewhere") == (302, "redirect", 0.0)
        assert await post("busy") == (429, "status", 7.0)
        assert await post("no") == (500, "status", 0.0)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free = taken.getsockname()[1]
        assert await post("yes", free) == (None, "no connection", 0.0)
        assert outer.got == [b"{}"] * 4
    async with Guarded() as guarded:
        answer = await WebhookClient(guarded).post(f"https://127.0.0.1/{SECRET}", b"{}", {})
        assert (answer.status, answer.problem) == (None, "address_private")
    assert SECRET not in caplog.text


async def test_a6_whoever_said_yes_has_said_yes_however_long_they_go_on_talking() -> None:
    async def talks(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b" ")
                await asyncio.sleep(0.01)
        return answer

    async with program(talks) as outer, Guarded(private=True, seconds=5) as guarded:
        answer = await WebhookClient(guarded).post(f"http://127.0.0.1:{outer.port}/", b"{}", {})
        assert (answer.status, answer.problem) == (200, "")


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"\x00\xff\xfe nonsense\r\n\r\n",
        b"HTTP/1.1 99999 What\r\n\r\n",
        b"HTTP/1.1 -1 What\r\n\r\n",
        b"HTTP/1.1 500 " + b"x" * 100_000,
        b"HTTP/1.1 500 No\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 500 No\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        b"HTTP/1.1 500 No\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 302 There\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Wait\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 429 Wait\r\nRetry-After: ٣\r\nContent-Length: 0\r\n\r\n".encode(),
        b"SSH-2.0-OpenSSH_9\r\n",
    ],
)
async def test_a6_whatever_a_program_answers_is_a_try_that_failed_and_no_fault_of_the_desk(words: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"{}")
            writer.write(words)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server, Guarded(private=True, seconds=2) as guarded:
        port = server.sockets[0].getsockname()[1]
        answer = await WebhookClient(guarded).post(f"http://127.0.0.1:{port}/{SECRET}", b"{}", {})
        assert answer.problem
        assert answer.retry_after == 0.0
        assert SECRET not in answer.problem


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(pem))
    return file


async def test_a6_a_program_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    async with program() as plain:
        async with Guarded(private=True, seconds=5) as guarded:
            answer = await WebhookClient(guarded).post(f"https://127.0.0.1:{plain.port}/", b"{}", {})
            assert answer.problem in {"certificate", "no connection", "cut off"}
        assert plain.got == []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(self_signed(tmp_path))
    async with program(context=context) as outer, Guarded(private=True) as guarded:
        answer = await WebhookClient(guarded).post(f"https://127.0.0.1:{outer.port}/", b"{}", {})
        assert (answer.status, answer.problem, outer.got) == (None, "certificate", [])
