"""Owns a real `housebot demo` in a process of its own, for the tests that watch it from outside."""

import asyncio
import json
import os
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

HOUSEBOT = (sys.executable, "-m", "housebot")
OPENS_WITHIN = 120.0  # seconds; a machine that is busy with other tests draws slowly
ENDS_WITHIN = 60.0


class Demo:
    """One that runs; `said` is what it printed until it was open."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, said: str) -> None:
        self.process = process
        self.folder = folder
        self.said = said

    @property
    def url(self) -> str:
        return self._line("housebot demo:").rstrip("/")

    @property
    def second_shell(self) -> list[str]:
        """The words of the command it prints for a second shell."""
        return shlex.split(self._line("In a second shell:"))

    async def end(self) -> tuple[int, str]:
        """Ctrl-C: the exit code and the last words."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(ENDS_WITHIN):
            last, _ = await self.process.communicate()
        return self.process.returncode or 0, last.decode()

    async def bookings(self) -> list[dict[str, Any]]:
        """What the printed command lists, as JSON."""
        code, out, errors = await shell(*self.second_shell[1:], "--json")
        assert code == 0, errors
        listed: list[dict[str, Any]] = json.loads(out)
        return listed

    def _line(self, beginning: str) -> str:
        found = [line.removeprefix(beginning) for line in self.said.splitlines() if line.startswith(beginning)]
        assert found, f"no line {beginning!r} in:\n{self.said}"
        return found[0].strip()


@asynccontextmanager
async def demo(
    folder: Path, *options: str, port: int | None = None, language: str = "ru_RU.UTF-8"
) -> AsyncIterator[Demo]:
    """From the moment its page is open; killed behind the block if it still runs."""
    command = [*HOUSEBOT, "demo", "--port", str(port or free_port()), "--folder", str(folder), *options]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment() | {"LC_ALL": language},
    )
    try:
        yield Demo(process, folder, await _opened(process))
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def shell(*arguments: str) -> tuple[int, str, str]:
    """Run housebot to its end: exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        *HOUSEBOT, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment()
    )
    out, errors = await process.communicate()
    return process.returncode or 0, out.decode(), errors.decode()


def environment() -> dict[str, str]:
    """Ours without what would speak for the demo's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HOUSEBOT_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _opened(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(OPENS_WITHIN):
        while "Ctrl-C ends it." not in said:
            line = await process.stdout.readline()
            assert line, f"the demo ended:\n{said}"
            said += line.decode()
    return said
