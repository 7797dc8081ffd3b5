"""Measures update in → message out for one chat: the desk beside a bare aiohttp client that polls and answers.

Each is a process of its own, both talk to one simulator, in turns; a guest writes and waits for the answer. The bare client keeps
nothing; the desk commits to the disk on the way, so the disk's own fsync is measured beside.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from bench import disk
from bench.figures import Figure, Size, ratio
from housebot.simulator.server import Simulator

DESK = "7000001:AAHn3Zs9dQ0mE1u7xY2kLbVrPwTgCfJiOaB"
BARE = "7000002:AAHn3Zs9dQ0mE1u7xY2kLbVrPwTgCfJiOaB"
GUEST = 5


def measure(size: Size) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        mine, others, pages = asyncio.run(_taken(Path(folder), rounds=size.rounds, questions=size.of(60, 10)))
    middle = [statistics.median(taken) for taken in (mine, others, pages)]
    return [
        Figure(
            "update in → message out : a bare client that polls and answers",
            ratio(mine, others),
            "≤",
            3,
            detail="{:.2f} ms : {:.2f} ms, one fsync {:.2f} ms".format(*middle),
        )
    ]


async def bare(base: str) -> None:
    """Nothing but the calls: no store, no order, no second try."""
    offset = 0
    async with aiohttp.ClientSession() as session:
        while True:
            body = {"offset": offset, "timeout": 20}
            async with session.post(f"{base}/bot{BARE}/getUpdates", json=body) as response:
                updates = (await response.json())["result"]
            for update in updates:
                offset = update["update_id"] + 1
                message = update["message"]
                answer = {"chat_id": message["chat"]["id"], "text": f"echo {message['text']}"}
                async with session.post(f"{base}/bot{BARE}/sendMessage", json=answer) as response:
                    await response.read()


async def desk(base: str, file: Path) -> None:
    """The desk's own poller, dispatch and delivery, with a handler that echoes."""
    from aiogram.types import Message

    from housebot.bot.turn import Turn
    from tests.wire import wired

    async with wired(file, base) as wire:

        async def echo(message: Message, turn: Turn) -> None:
            await turn.write(lambda tx: turn.say(tx, "test.text", {"text": f"echo {message.text}"}))

        wire.router.message.register(echo)
        async with wire.running():
            await asyncio.Event().wait()


async def ask(simulator: Simulator, token: str, count: int) -> float:
    """Milliseconds from a guest's text to its answer, the median."""
    bot, taken = int(token.partition(":")[0]), []
    for number in range(count):
        mark, after = simulator.world.calls, simulator.world.events.last
        began = time.perf_counter()
        await simulator.control.run("send", {"user": GUEST, "bot": bot, "text": str(number)})
        while not _answered(simulator, bot, mark):
            await simulator.world.events.wait(after, 20)
            after = simulator.world.events.last
        taken.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.03)  # both are back at their long poll
    return statistics.median(taken)


def _answered(simulator: Simulator, bot: int, mark: int) -> bool:
    for call in reversed(simulator.world.journal):
        if call.number <= mark:
            return False
        if call.bot_id == bot and call.method == "sendMessage":
            return True
    return False


def _start(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "bench.turnaround", *command])


async def _taken(folder: Path, *, rounds: int, questions: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of the desk, of the bare client and of the disk, in each round."""
    simulator = Simulator(tokens=[DESK, BARE])
    await simulator.start()
    await simulator.control.run("user", {"id": GUEST, "first_name": "Anna"})
    commands = (["desk", simulator.url, str(folder / "desk.db")], ["bare", simulator.url])
    processes = [_start(*command) for command in commands]
    mine, others, pages = [], [], []
    try:
        for token in (DESK, BARE):
            await ask(simulator, token, 20)
        for _ in range(rounds):
            mine.append(await ask(simulator, DESK, questions))
            others.append(await ask(simulator, BARE, questions))
            pages.append(disk.fsync(folder) * 1000)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        await simulator.stop()
    return mine, others, pages


def main() -> None:
    match sys.argv[1:]:
        case ["desk", base, file]:
            asyncio.run(desk(base, Path(file)))
        case ["bare", base]:
            asyncio.run(bare(base))
        case _:
            sys.exit("this module is measured by `python -m bench turnaround`")


if __name__ == "__main__":
    main()
