"""Owns the answers to "are you there" and "how are you".

`/health/live` asks nothing. The others run checks they were handed, each within its time: one that is slow or hangs is degraded,
and the page comes all the same. A stranger reads status and time; details are for who may look inside.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from housebot.web import answers
from housebot.web.insiders import MayLook

log = logging.getLogger(__name__)

OK, DEGRADED, DOWN = "ok", "degraded", "down"
_WORSE = (OK, DEGRADED, DOWN)
WITHIN = 2.0  # seconds for one check
KEPT = 1.0  # seconds an answer is good for: many who ask cost no more than one
SLOW = 0.5  # seconds; a check that takes longer is degraded, whatever it says


@dataclass(frozen=True, slots=True)
class Found:
    """What a check says; `detail` has no secrets, and strangers do not see it."""

    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the desk. `page` names the part of /health it also has to itself."""

    name: str
    run: Callable[[], Awaitable[Found]]
    page: str = ""
    within: float = WITHIN


@dataclass(slots=True)
class _Last:
    """The last answer of a check; one who asks while it is being made waits for it."""

    status: str = OK
    detail: str = ""
    latency_ms: float = 0.0
    until: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Health:
    """Runs the checks; they may be handed in after the port is open."""

    def __init__(self) -> None:
        self.checks: Sequence[Check] = ()
        self._last: dict[str, _Last] = {}

    async def look(self, page: str | None = None) -> list[tuple[Check, _Last]]:
        """All checks, or those of one page, side by side."""
        wanted = [one for one in self.checks if page is None or one.page == page]
        async with asyncio.TaskGroup() as tasks:
            found = [tasks.create_task(self._one(one)) for one in wanted]
        return [(check, task.result()) for check, task in zip(wanted, found, strict=True)]

    async def _one(self, check: Check) -> _Last:
        last = self._last.setdefault(check.name, _Last())
        async with last.turn:
            if time.monotonic() < last.until:
                return last
            began = time.monotonic()
            try:
                async with asyncio.timeout(check.within):
                    found = await check.run()
            except TimeoutError:
                found = Found(DEGRADED, f"no answer within {check.within:g} s")
            except Exception as problem:
                log.warning("health: %s: %s", check.name, type(problem).__name__)
                found = Found(DEGRADED, type(problem).__name__)
            ended = time.monotonic()
            slow = found.status == OK and ended - began > SLOW
            last.status, last.detail = (DEGRADED, f"slow; {found.detail}") if slow else (found.status, found.detail)
            last.latency_ms = round((ended - began) * 1000, 2)
            last.until = ended + KEPT
            return last


async def live(_: web.Request) -> web.Response:
    """The loop turns: nothing more is asked, so that a monitor never restarts a desk whose Telegram is away."""
    return web.json_response({"status": "ok"})


def routes(health: Health, may_look: MayLook) -> list[web.RouteDef]:
    """`/health` and its parts."""

    def page(name: str | None) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def show(request: web.Request) -> web.Response:
            return _shown(await health.look(name), details=may_look(request))

        return show

    return [
        web.get("/health", page(None)),
        web.get("/health/live", live),
        *(web.get(f"/health/{name}", page(name)) for name in ("db", "telegram", "external")),
    ]


def _shown(found: list[tuple[Check, _Last]], *, details: bool) -> web.Response:
    status = max((last.status for _, last in found), key=_WORSE.index, default=OK)
    checks: dict[str, dict[str, Any]] = {
        check.name: {
            "status": last.status,
            "latency_ms": last.latency_ms,
            "detail": last.detail if details else "",
        }
        for check, last in found
    }
    return answers.json(
        {"status": status, "checks": checks},
        status=503 if status == DOWN else 200,
        headers={"Cache-Control": "no-store"},
    )
