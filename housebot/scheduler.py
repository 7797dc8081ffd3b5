"""Owns the ticks: a table of (name, seconds, worker). It rings a bell for each; the work is rows, and belongs to services."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from housebot.errors import Refusal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """`worker` runs at once and then every `seconds`, never twice at a time. `quiet`: problems that pass, such as a network away."""

    name: str
    seconds: float
    worker: Callable[[], Awaitable[object]]
    quiet: tuple[type[Exception], ...] = ()
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Scheduler:
    """APScheduler rings, our own tasks work: its shutdown would cancel a worker half-way."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.ended: dict[str, float] = {}  # when each job last came to the end of a round, by the monotonic clock
        self._jobs = jobs
        self._stopping = False
        self._began = time.monotonic()
        # Its defaults drop a tick that comes a second late, silently.
        self._ticks = AsyncIOScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})

    async def run(self) -> None:
        """Until stopped, when every worker has ended its round, or cancelled."""
        for job in self._jobs:
            self._ticks.add_job(_ring, "interval", seconds=job.seconds, args=[job.bell], id=job.name)
            job.bell.set()
        self._ticks.start()
        try:
            async with asyncio.TaskGroup() as workers:
                for job in self._jobs:
                    workers.create_task(self._attend(job), name=job.name)
        finally:
            self._ticks.shutdown(wait=False)

    def late(self) -> list[str]:
        """Jobs that have not come to the end of a round in the time of three, and half a minute for a long one."""
        now = time.monotonic()
        return [one.name for one in self._jobs if now - self.ended.get(one.name, self._began) > 3 * one.seconds + 30]

    def stop(self) -> None:
        """Begin no further round."""
        self._stopping = True
        for job in self._jobs:
            job.bell.set()

    async def _attend(self, job: Job) -> None:
        while True:
            await job.bell.wait()
            job.bell.clear()
            if self._stopping:
                return
            try:
                await job.worker()
            except Refusal as refusal:
                log.warning("%s waits: %s", job.name, refusal.code)
            except job.quiet as problem:
                log.info("%s waits: %s", job.name, problem)
            except Exception as problem:  # one worker must not stop the others
                log.error("%s: %s\n%s", job.name, _said(problem), "".join(traceback.format_tb(problem.__traceback__)))
            self.ended[job.name] = time.monotonic()


def _said(problem: Exception) -> str:
    """Its kind; of SQLite's own errors the words too, for they name tables and columns and never what guests typed."""
    kind = type(problem)
    return f"{kind.__name__}: {problem}" if kind.__module__ == "sqlite3" else kind.__name__


async def _ring(bell: asyncio.Event) -> None:
    bell.set()
