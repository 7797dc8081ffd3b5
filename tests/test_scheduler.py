"""The ticks: a worker that fails stops nobody, and the log says why without quoting anybody."""

import asyncio
import sqlite3

import pytest

from housebot.scheduler import Job, Scheduler


async def test_a_failing_job_is_logged_with_what_sqlite_said_and_never_with_what_guests_typed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds: list[str] = []
    phone = "37529" + "1234567"

    async def broken() -> None:
        rounds.append("broken")
        raise sqlite3.IntegrityError("UNIQUE constraint failed: due.key")

    async def talkative() -> None:
        raise ValueError(f"Anna wrote: my phone is {phone}")

    async def sound() -> None:
        rounds.append("sound")

    scheduler = Scheduler([Job("due work", 60, broken), Job("receipts", 60, talkative), Job("menus", 0.05, sound)])
    running = asyncio.get_running_loop().create_task(scheduler.run())
    async with asyncio.timeout(60):
        while rounds.count("sound") < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    scheduler.stop()
    await running
    assert "due work: IntegrityError: UNIQUE constraint failed: due.key" in caplog.text
    assert "receipts: ValueError\n" in caplog.text
    assert phone not in caplog.text
