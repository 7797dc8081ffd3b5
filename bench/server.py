"""Serves the web of a desk whose clock stands, as a process of its own: `python -m bench.server FILE PORT`.

Without the bot: what is measured is the API and the write path, not Telegram.
"""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from bench import house
from housebot import logs
from housebot.desk import FixedClock
from housebot.memory import keep_what_is_loaded
from housebot.storage.db import Database
from housebot.web.server import Server


async def serve(file: Path, port: int) -> None:
    """Until SIGTERM."""
    logs.setup("info", "text")  # a line for each request, as a desk writes them
    logging.getLogger().handlers[0].setStream(open("/dev/null", "w"))  # type: ignore[attr-defined]  # noqa: SIM115, PTH123, ASYNC230
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    db = Database.open(file)
    web = Server("127.0.0.1", port, desk=(db, FixedClock(house.NOW)))
    await web.open()
    keep_what_is_loaded()
    await stopped.wait()
    await web.close()
    await db.aclose()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
