"""`python -m housebot.simulator`: the simulator on its own, for any bot that can be told another Bot API server."""

import argparse
import asyncio
import signal
import sys

from housebot.simulator.clock import Clock, parse_instant
from housebot.simulator.server import Simulator


def main() -> int:
    """Runs until Ctrl-C or SIGTERM; 1 when the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m housebot.simulator", description="A Telegram Bot API server to try bots with."
    )
    parser.add_argument("--port", type=_port, default=9000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", action="append", default=[], help="admit only this bot; may be given several times")
    parser.add_argument("--now", type=parse_instant, help="begin at this instant, such as 2026-11-20T12:00:00Z")
    parser.add_argument("--rate-limits", action="store_true", help="refuse what Telegram would find too fast")
    options = parser.parse_args()
    return asyncio.run(_serve(options))


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("ports are 0 to 65535")
    return int(text)


async def _serve(options: argparse.Namespace) -> int:
    simulator = Simulator(clock=Clock(options.now), tokens=options.token, rate_limits=options.rate_limits)
    try:
        await simulator.start(options.host, options.port)
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"Bot API and chat page: {simulator.url}/", flush=True)
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()
    await simulator.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
