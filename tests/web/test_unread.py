"""Requests that are no requests: answered with 400 or 431, and the log repeats nothing of them."""

import asyncio
import logging
from pathlib import Path

import pytest

from housebot.desk import FixedClock
from housebot.storage.db import Database
from housebot.web.server import Server
from tests.web.serving import OPENED

SECRET = "hb_1_S3cr3tW0rd"


@pytest.mark.parametrize(
    "head",
    [
        f"GET /api/v1/users HTTP/1.1\r\nHost: x\r\nX-API-Key: {SECRET}\x00\r\n\r\n",
        f"GET /hooks/yookassa/{SECRET}\x1b HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET /health/live HTTP/1.1\r\nHost: x\r\n{SECRET}\r\n\r\n",
        f"GET /health/live HTTP/1.1\r\nHost: x\r\nX-API-Key: {SECRET}{'x' * 20_000}\r\n\r\n",
    ],
    ids=["key", "path", "no colon", "endless"],
)
async def test_the_log_repeats_nothing_of_a_request_that_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, head: str
) -> None:
    caplog.set_level(logging.DEBUG)
    db = Database.open(tmp_path / "housebot.db", create=True)
    server = Server("127.0.0.1", 0, desk=(db, FixedClock(OPENED)))
    try:
        await server.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head.encode())
        answer = await reader.readline()
        writer.close()
    finally:
        await server.close()
        await db.aclose()
    assert int(answer.split()[1]) in {400, 431}
    assert SECRET not in caplog.text
    assert "could not be read" in caplog.text


@pytest.mark.parametrize("path", ["/hooks/bukza/w0rd", "/api/v1/pricing/calculate"], ids=["hook", "api"])
@pytest.mark.parametrize("hangs_up", [False, True], ids=["not what its head says", "hung up on"])
async def test_a2_a_body_nobody_can_finish_is_the_clients_fault_and_not_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, path: str, hangs_up: bool
) -> None:
    caplog.set_level(logging.INFO)
    db = Database.open(tmp_path / "housebot.db", create=True)
    server = Server("127.0.0.1", 0, desk=(db, FixedClock(OPENED)))
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {9999 if hangs_up else 5}\r\n"
    try:
        await server.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write((head + ("" if hangs_up else "Content-Encoding: gzip\r\n") + "\r\nabcde").encode())
        if hangs_up:
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        else:
            assert b" 400 " in await reader.readline()
            writer.close()
        while " 400 " not in caplog.text:
            assert [one for one in caplog.records if one.levelno > logging.INFO] == []
            await asyncio.sleep(0)
    finally:
        await server.close()
        await db.aclose()
    assert [one for one in caplog.records if one.levelno > logging.INFO] == []
    assert "abcde" not in caplog.text
