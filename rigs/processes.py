"""Owns the real processes that scripts walk through: a simulator, a house made by `housebot init`, its desk, and the shell."""

import asyncio
import json
import os
import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

TOKEN = "700000003:" + "S" * 35
OWNER = 900
PATIENCE = 120.0  # a killed desk starts again meanwhile
MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
PLAIN = 12  # of any month: neither it nor its neighbours are holidays of the shipped house, when all is dearer and paid at once


def plain_day(days: int) -> date:
    """The first day with nothing special about it that is at least so many days away, whenever the script is run."""
    day = datetime.now(UTC).date() + timedelta(days=days)
    while day.day != PLAIN:
        day += timedelta(days=1)
    return day


async def process(*words: str, quiet: bool = False, **settings: str) -> asyncio.subprocess.Process:
    """Python with these words, and these settings in its environment."""
    told = asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=told, stderr=told, env={**os.environ, **settings}
    )


async def address_of(simulator: asyncio.subprocess.Process) -> str:
    """Where the simulator listens."""
    assert simulator.stdout is not None
    line = (await simulator.stdout.readline()).decode()
    return str(re.findall(r"http://[\w.:]+", line)[0])


async def init(folder: Path, url: str) -> None:
    """A house of the example, whose bot is at the simulator."""
    words = ("init", str(folder), "--yes", "--example", "secret-house", "--token", TOKEN, "--owner", str(OWNER))
    running = await process("-m", "housebot", *words, "--api-base", url)
    out, err = await running.communicate()
    if running.returncode:
        raise RuntimeError(f"init: exit {running.returncode}: {out.decode()}{err.decode()}")


async def desk_of(folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """The running desk of that house."""
    return await process("-m", "housebot", "--config", str(folder / "config.toml"), "run", quiet=True, **settings)


async def shell(folder: Path, *words: str) -> Any:
    """What a command answers with `--json`; RuntimeError for a refusal."""
    running = await process("-m", "housebot", "--config", str(folder / "config.toml"), "--json", *words)
    out, err = await running.communicate()
    if running.returncode:
        raise RuntimeError(f"{' '.join(words)}: exit {running.returncode}: {err.decode()}")
    return json.loads(out)
