"""Owns the desk as a process of its own that rigs may kill: `housebot run` but for the clock that is moved and the pace of its messages.

    python -m rigs.served FOLDER

Telegram's pace of one message a second to a person would make a rig wait instead of work, so the limits are raised here; the
script journey runs the real `housebot run`. Prints `ready` when the desk takes updates.
"""

import asyncio
import signal
import sys
from pathlib import Path

from housebot import app, logs
from housebot import config as settings
from housebot.services.pace import Limits
from rigs.place import Place

UNHURRIED = Limits(
    chat_per_second=1000,
    chat_burst=1000,
    group_per_minute=60_000,
    group_burst=1000,
    all_per_second=5000,
    first_pause=0.05,
    longest_pause=1.0,
)


async def serve(place: Place) -> int:
    """Until SIGTERM, or until the database cannot be trusted."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    config = settings.load(place.config)
    logs.setup(config.log.level, config.log.format)
    async with app.running(config, clock=place.clock, limits=UNHURRIED, long_poll=5) as desk:
        desk.db.on_fatal(lambda _: stopped.set())
        await desk.ready.wait()
        print("ready", flush=True)
        await stopped.wait()
    return app.BUG if desk.db.fatal is not None else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(Place(Path(sys.argv[1])))))
