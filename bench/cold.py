"""Measures cold starts of the command line and of the desk, beside Python itself and its web server; and the memory of an idle desk."""

import asyncio
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench import hold, house
from bench.figures import Figure, Size, duration, ratio
from housebot.simulator.server import Simulator
from housebot.storage.tx import Tx

TOKEN = "7000001:AAHn3Zs9dQ0mE1u7xY2kLbVrPwTgCfJiOaB"  # noqa: S105  the simulator's
ROWS = 50
GUEST = 5
PATIENCE = 60.0
SETTLED = 5.0  # seconds after which a started desk counts as idle
HOUSEBOT = [sys.executable, "-m", "housebot"]


def measure(size: Size) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        return [*_listing(Path(folder), size), *asyncio.run(_starting(Path(folder), size))]


def _listing(folder: Path, size: Size) -> list[Figure]:
    config = _desk_with_rows(folder)
    since = f"{house.NOW:%Y-%m-%dT%H:%M}"  # the stays stand still, and the shell's clock does not: from today on there would soon be none
    command = [*_installed(), "--config", str(config), "bookings", "list", "--from", since]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    if sum("HB-" in line for line in lines) != ROWS:
        raise RuntimeError("\n".join(lines))
    listed, nothing = [], []
    for _ in range(size.of(11, 3)):
        nothing.append(_seconds(lambda: _run([sys.executable, "-c", "pass"])))
        listed.append(_seconds(lambda: _run(command)))
    return [
        Figure(
            f"housebot bookings list of {ROWS} rows, cold : python -c pass",
            ratio(listed, nothing),
            "≤",
            10,
            detail=_medians(listed, nothing),
        )
    ]


async def _starting(folder: Path, size: Size) -> list[Figure]:
    simulator = Simulator(tokens=[TOKEN])
    await simulator.start()
    await simulator.control.run("user", {"id": GUEST, "first_name": "Anna"})
    imported, port, told = [], [], []
    memory = 0.0
    try:
        for turn in range(size.rounds):
            command = [sys.executable, "-c", "import aiohttp.web"]
            imported.append(await asyncio.to_thread(_seconds, lambda command=command: _run(command)))  # type: ignore[misc]
            life = await _life(simulator, folder, settle=SETTLED if turn == size.rounds - 1 and not size.quick else 0)
            port.append(life[0])
            told.append(life[1])
            memory = life[2]
    finally:
        await simulator.stop()
    return [
        Figure(
            "housebot run, cold, to the first answer : python -c 'import aiohttp.web'",
            ratio(port, imported),
            "≤",
            6,
            detail=_medians(port, imported),
        ),
        Figure(
            "  the same, to the answer for a guest who wrote before",
            ratio(told, imported),
            detail=_medians(told, imported),
        ),
        Figure("idle memory", memory, "≤", 100, unit=" MB", detail="resident, with the guest's first screen made"),
    ]


async def _life(simulator: Simulator, folder: Path, *, settle: float) -> tuple[float, float, float]:
    """Seconds from start to the first answer on the port and to that in the chat; resident megabytes then."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = _write_config(folder, simulator.url, port)
    await simulator.control.run("send", {"user": GUEST, "bot": int(TOKEN.partition(":")[0]), "text": "/start"})
    mark = simulator.world.calls
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *_installed(), "--config", str(config), "run", stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE):
            answered, told = await asyncio.gather(_port_answers(port, began), _chat_answers(simulator, mark, began))
        await asyncio.sleep(settle)
        return answered, told, _resident(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


async def _port_answers(port: int, began: float) -> float:
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.002)
            continue
        writer.write(b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n")
        head = await reader.readline()
        writer.close()
        if b" 200 " not in head:
            raise RuntimeError(head)
        return time.perf_counter() - began


async def _chat_answers(simulator: Simulator, mark: int, began: float) -> float:
    while not any(  # noqa: ASYNC110  the moment itself is measured
        call.number > mark and call.method.startswith("send") and call.method != "sendChatAction"
        for call in simulator.world.journal
    ):
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


def _desk_with_rows(folder: Path) -> Path:
    """A desk whose list has fifty stays of fifty guests."""
    with closing(house.new_desk(folder / "desk.db", people=ROWS)) as db:

        def fill(tx: Tx) -> None:
            for number in range(ROWS):
                hold.hold(tx, number)

        db.write_now(fill)
    return _write_config(folder, "http://127.0.0.1:1", 0)


def _write_config(folder: Path, base: str, port: int) -> Path:
    file = folder / "config.toml"
    file.write_text(
        f'[telegram]\ntoken = "{TOKEN}"\napi_base = "{base}"\nowners = [900]\n'
        f'[database]\npath = "{folder / "desk.db"}"\n[web]\nport = {port}\n[log]\nlevel = "warning"\n',
        encoding="utf-8",
    )
    return file


def _installed() -> list[str]:
    """The command as people type it, where it is installed beside this Python."""
    script = Path(sys.executable).with_name("housebot")
    return [str(script)] if script.exists() else HOUSEBOT


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _resident(pid: int) -> float:
    """Megabytes of a process in memory."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has ended")


def _medians(one: list[float], other: list[float]) -> str:
    return f"{duration(statistics.median(one))} : {duration(statistics.median(other))}"
