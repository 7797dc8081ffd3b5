"""Owns a session with curl from an empty folder: a key, prices, a booking, a conflict, the same request twice, confirm, move, cancel.

Real processes: simulator, `housebot init`, `housebot keys add`, `housebot run`, and one `curl` a request. What is printed may be
typed by anybody; of the key only its beginning is shown. At the end the shell must see what the API has done.
"""

import asyncio
import json
import re
import socket
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from rigs.processes import TOKEN, address_of, desk_of, init, plain_day, process, shell

SHOWN = 560  # signs of an answer; curl itself shows all of it
DAYS_AHEAD = 20
_LONG = re.compile(r"(?<=[A-Za-z0-9_-]{12})[A-Za-z0-9_.-]{200,}")  # the signed quote is long, and nothing to read


class Answer(NamedTuple):
    """What curl was answered."""

    status: int
    body: Any


class Session:
    """One client with its key, and what was wrong so far."""

    def __init__(self, base: str, key: str) -> None:
        self.base, self._key = base, key
        self.wrong: list[str] = []

    async def curl(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        once: str | None = None,
        key: bool = True,
    ) -> Answer:
        """One request by a process of its own, printed with its answer."""
        words = ["-X", method] if (method != "GET" and body is None) or method == "PATCH" else []
        if key:
            words += ["-H", f"X-API-Key: {self._key}"]
        if once is not None:
            words += ["-H", f"Idempotency-Key: {once}"]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "-d", json.dumps(body, ensure_ascii=False)]
        typed = " ".join(map(_quoted, ["curl", *words, self.base + path]))
        print(f"   $ {_LONG.sub('…', typed.replace(self._key, _hidden(self._key)))}")
        running = await asyncio.create_subprocess_exec(
            *("curl", "-s", "-w", "\n%{http_code}", *words, self.base + path), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await running.communicate()
        text, _, status = out.decode().rpartition("\n")
        print(f"   {status} {text[:SHOWN]}{'…' if len(text) > SHOWN else ''}\n", flush=True)
        return Answer(int(status), json.loads(text) if text else None)

    def expect(self, what: str, found: object, wanted: object) -> None:
        """Note what is otherwise."""
        if found != wanted:
            self.wrong.append(f"{what}: {found!r} instead of {wanted!r}")


async def talk(session: Session) -> str:
    """From the tariffs to a cancelled stay; the code of the booking."""
    day = plain_day(DAYS_AHEAD)
    stay = {
        "unit": "house",
        "tariff": "day",
        "start_date": f"{day}T14:00",
        "end_date": f"{day + timedelta(days=1)}T14:00",
        "number_of_guests": 4,
        "extras": ["sauna"],
    }
    tariffs = await session.curl("GET", "/api/v1/pricing/tariffs", key=False)
    session.expect("tariffs", (tariffs.status, len(tariffs.body["tariffs"])), (200, 7))
    price = await session.curl("POST", "/api/v1/pricing/calculate", stay, key=False)
    session.expect("price", price.status, 200)
    free = await session.curl("POST", "/api/v1/availability/check", stay, key=False)
    session.expect("availability", (free.status, free.body["available"]), (200, True))

    wish = {**stay, "user_contact": "+375291112233", "name": "Мария", "quote_token": price.body["quote_token"]}
    made = await session.curl("POST", "/api/v1/bookings", wish, once="order-1")
    session.expect(
        "booking", (made.status, made.body["status"], made.body["total"]), (201, "held", price.body["total"])
    )
    taken = await session.curl("POST", "/api/v1/bookings", {**stay, "user_contact": "+375294445566"}, once="order-2")
    session.expect("conflict", (taken.status, taken.body["error"]["code"]), (409, "dates_taken"))
    session.expect("alternatives", 1 <= len(taken.body["error"]["details"]["alternatives"]) <= 3, True)
    again = await session.curl("POST", "/api/v1/bookings", wish, once="order-1")
    session.expect("the same request again", again, made)

    code = str(made.body["code"])
    path = f"/api/v1/bookings/{code}"
    yes = {"confirm": True, "received": made.body["deposit"], "version": made.body["version"]}
    confirmed = await session.curl("PATCH", path, yes)
    session.expect("confirm", (confirmed.status, confirmed.body["status"]), (200, "confirmed"))
    late = await session.curl("PATCH", path, yes)
    session.expect("confirm by whom has not seen it", (late.status, late.body["error"]["code"]), (409, "stale"))
    moved = await session.curl("PATCH", path, {"start_date": f"{day + timedelta(days=3)}T14:00"})
    session.expect("move", (moved.status, moved.body["arrival"]), (200, f"{day + timedelta(days=3)}T14:00"))
    gone = await session.curl("DELETE", f"{path}?by=owner&reason=flood")
    session.expect("cancel", gone, Answer(204, None))
    history = await session.curl("GET", f"{path}/history")
    done = [one["action"] for one in history.body["items"] if one["channel"] == "api"]
    wanted = ["booking.hold", "payment.record", "booking.confirm", "booking.move", "booking.refund", "booking.cancel"]
    session.expect("history", done, wanted)
    return code


async def walk(folder: Path) -> list[str]:
    """Everything, in a folder that is empty; what was wrong."""
    simulator = await process("-m", "housebot.simulator", "--port", "0", "--token", TOKEN)
    desk: asyncio.subprocess.Process | None = None
    try:
        await init(folder, await address_of(simulator))
        key = (await shell(folder, "keys", "add", "web site", "--scope", "manage"))["key"]
        port = _free_port()
        desk = await desk_of(folder, HOUSEBOT_WEB__PORT=str(port))
        session = Session(f"http://127.0.0.1:{port}", key)
        await _until_it_answers(session.base)
        code = await talk(session)
        for one in await shell(folder, "bookings", "list", "--all"):
            session.expect("the shell sees", (one["code"], one["status"]), (code, "cancelled_by_owner"))
        return session.wrong + [
            f"db check: {one}" for one in await shell(folder, "db", "check") if one["status"] == "fail"
        ]
    finally:
        for running in (desk, simulator):
            if running is not None and running.returncode is None:
                running.kill()
                await running.communicate()


async def _until_it_answers(base: str) -> None:
    words = (
        "--retry",
        "120",
        "--retry-delay",
        "1",
        "--retry-connrefused",
        "-s",
        "-o",
        "/dev/null",
        f"{base}/health/live",
    )
    running = await asyncio.create_subprocess_exec("curl", *words)
    if await running.wait():
        raise RuntimeError("the desk does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _hidden(key: str) -> str:
    return f"{key[:3]}…"


def _quoted(word: str) -> str:
    return f"'{word}'" if set(word) & set(" {&?") else word


def run() -> list[str]:
    """The whole session in a folder of its own; what was wrong."""
    with tempfile.TemporaryDirectory(prefix="housebot-rig-") as folder:
        return asyncio.run(walk(Path(folder) / "house"))


def main() -> int:
    wrong = run()
    for line in wrong:
        print(f"FAULT  {line}")
    return int(bool(wrong))
