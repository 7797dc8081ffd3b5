"""Who may call what, and how everything is refused: keys and scopes (A4), one envelope (A2), bodies that are no bodies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from housebot.services import keys
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.web.serving import OWNER, Served, serving

DATES = "/api/v1/availability/dates?start_date=2026-12-01&end_date=2026-12-31"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "housebot.db") as served:
        yield served


async def test_a4_what_is_public_needs_no_key_but_a_wrong_one_is_refused_there_too(desk: Served) -> None:
    assert (await desk.ask("GET", DATES))[0] == 200
    status, content, headers = await desk.ask("GET", DATES, key="hb_1_nonsense")
    assert (status, content["error"]["code"], headers["WWW-Authenticate"]) == (401, "unauthorized", "Bearer")


async def test_a4_a_key_ends_when_it_was_said_and_when_it_is_revoked(desk: Served) -> None:
    ending = await desk.key("read", expires_at=factories.at("2026-11-20T13:00:00Z"))
    revoked = await desk.key("read")
    assert [(await desk.ask("GET", DATES, key=one))[0] for one in (ending, revoked)] == [200, 200]
    desk.clock.instant = factories.at("2026-11-20T13:00:00Z")
    await desk.db.write(lambda tx: keys.revoke(tx, int(revoked.split("_")[1]), actor=OWNER, now=desk.clock.now()))
    assert [(await desk.ask("GET", DATES, key=one))[0] for one in (ending, revoked)] == [401, 401]


async def test_a2_wrong_words_of_a_query_are_named_one_by_one(desk: Served) -> None:
    status, content, _ = await desk.ask("GET", "/api/v1/availability/dates?start_date=2026-13-01&colour=red")
    assert (status, content["error"]["code"]) == (422, "invalid")
    assert set(content["error"]["details"]["fields"]) == {"start_date", "end_date", "colour"}


async def test_a2_a_method_nobody_documented_says_which_there_are(desk: Served) -> None:
    status, content, headers = await desk.ask("DELETE", DATES)
    assert (status, content["error"]["code"], headers["Allow"]) == (405, "invalid", "GET")


async def test_a4_a_key_that_is_no_text_is_refused_like_any_other(desk: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(desk.base.rpartition(":")[2]))
    writer.write(
        b"GET " + DATES.encode() + b" HTTP/1.1\r\nHost: x\r\nX-API-Key: hb_1_\xff\xfe\r\nConnection: close\r\n\r\n"
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a4_a_key_that_is_known_ends_to_the_second_though_nobody_has_written_anything(desk: Served) -> None:
    ending = await desk.key("read", expires_at=factories.at("2026-11-20T13:00:00Z"))
    assert (await desk.ask("GET", DATES, key=ending))[0] == 200
    desk.clock.instant = factories.at("2026-11-20T12:59:59Z")
    assert (await desk.ask("GET", DATES, key=ending))[0] == 200
    desk.clock.instant = factories.at("2026-11-20T13:00:00Z")
    assert (await desk.ask("GET", DATES, key=ending))[0] == 401


async def test_a4_a_key_that_is_known_is_refused_at_once_when_another_process_revokes_it(
    desk: Served, tmp_path: Path
) -> None:
    key = await desk.key("read")
    assert (await desk.ask("GET", DATES, key=key))[0] == 200
    shell = DatabaseFile.open(tmp_path / "housebot.db")
    try:
        shell.write_now(lambda tx: keys.revoke(tx, int(key.split("_")[1]), actor=OWNER, now=desk.clock.now()))
        assert (await desk.ask("GET", DATES, key=key))[0] == 401
    finally:
        shell.close()
