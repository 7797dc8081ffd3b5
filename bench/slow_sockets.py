"""Measures what a good client feels of 500 sockets that are slow on purpose: heads and bodies that drip, connections that idle."""

import asyncio
import random
import signal
import statistics
import subprocess
import sys
import time
from contextlib import suppress

from bench.figures import Figure, Size, duration, ratio

SOCKETS = 500
DRIP = 0.5  # seconds between two bytes of one of them
GOOD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
SERVING = """
import asyncio, sys
from housebot.web.connections import Patience
from housebot.web.server import Server

async def serve():
    web = Server("127.0.0.1", 0, patience=Patience())
    await web.open()
    print(web.port, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""
KINDS = (
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    b"POST /hooks/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    b"POST /hooks/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    GOOD,  # and then nothing
)


def measure(size: Size) -> list[Figure]:
    return asyncio.run(_measure(size))


async def _measure(size: Size) -> list[Figure]:
    sockets, asked = size.of(SOCKETS, 50), size.of(1000, 100)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVING, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    alone: list[float] = []
    beside: list[float] = []
    try:
        await _p99(port, asked)  # the first requests import what they need
        for turn in range(size.rounds):
            for crowded in (False, True) if turn % 2 == 0 else (True, False):
                (beside if crowded else alone).append(await _round(port, asked, sockets if crowded else 0))
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
    return [
        Figure(
            f"p99 of a good client beside {sockets} slow sockets : without them",
            ratio(beside, alone),
            "≤",
            2,
            detail=f"{duration(statistics.median(beside))} : {duration(statistics.median(alone))}",
        )
    ]


async def _round(port: int, asked: int, sockets: int) -> float:
    crowd = await _crowd(port, sockets) if sockets else None
    try:
        return await _p99(port, asked)
    finally:
        if crowd is not None:
            crowd.kill()
            await crowd.wait()


async def _crowd(port: int, sockets: int) -> asyncio.subprocess.Process:
    """The slow ones, all of them connected, in a process of their own: their work is not the good client's."""
    crowd = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.slow_sockets", str(port), str(sockets), stdout=subprocess.PIPE
    )
    assert crowd.stdout is not None
    await crowd.stdout.readline()
    return crowd


async def _be_slow(port: int, sockets: int) -> None:
    connected = asyncio.Semaphore(0)
    crowd = [asyncio.create_task(_slow(port, number, connected)) for number in range(sockets)]
    for _ in crowd:
        await connected.acquire()
    print("all are there", flush=True)
    await asyncio.gather(*crowd)


async def _p99(port: int, asked: int) -> float:
    """Of requests on one connection, each after the answer to the one before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    for _ in range(asked):
        began = time.perf_counter()
        writer.write(GOOD)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
        taken.append(time.perf_counter() - began)
    writer.close()
    return statistics.quantiles(taken, n=100)[98]


async def _slow(port: int, number: int, connected: asyncio.Semaphore) -> None:
    """One socket; another takes its place when it is cut."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(KINDS[number % len(KINDS)])
                connected.release()
                while not writer.transport.is_closing():
                    await asyncio.sleep(DRIP * (0.5 + random.random()))
                    if number % len(KINDS) < 2:
                        writer.write(b"x")
                    elif number % len(KINDS) == 2:
                        writer.write(b"1\r\nx\r\n")
            finally:
                writer.close()
        await asyncio.sleep(DRIP)


if __name__ == "__main__":
    asyncio.run(_be_slow(int(sys.argv[1]), int(sys.argv[2])))
