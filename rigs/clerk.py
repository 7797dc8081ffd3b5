"""Owns the clerk of the kill rig: gifts sold, redeemed and given back by real `housebot` commands, some of them killed half-way."""

import asyncio
import json
import random
import signal
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from rigs.place import Place

FAR = datetime(2027, 1, 11)  # noqa: DTZ001  local: weeks that no guest of the rig wants
DAYS = 60
KILLED = 0.2  # of the commands end before their end
REST = (0.5, 3.0)  # seconds between two commands
SUMS = (50, 350, 700, 1500)  # a part of a day, the prepayment, a whole day, and more
REFUSED = 1  # the exit code of a command that may not be: somebody was faster, or it is over


class Clerk:
    """Sits at the shell of the same machine while the desk dies and lives."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self.sold: dict[str, int] = {}  # code of a card: what the clerk was told it holds, in minor units
        self.figures: Counter[str] = Counter()
        self.faults: list[str] = []
        self._place = place
        self._chance = chance
        self._booked: list[str] = []

    async def work(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            await asyncio.sleep(self._chance.uniform(*REST))
            fate = self._chance.random()
            if fate < 0.3 or not self.sold:
                await self._sell()
            elif fate < 0.7 or not self._booked:
                await self._book()
            else:
                await self._call_off()

    async def _sell(self) -> None:
        amount = self._chance.choice(SUMS)
        made = await self._run("gifts sold", "gifts", "issue", "--amount", str(amount), "--to", "Anna")
        if made is not None:
            self.sold[made["code"]] = made["amount"]["amount"]

    async def _book(self) -> None:
        arrival = FAR + timedelta(days=self._chance.randrange(DAYS), hours=14)
        made = await self._run(
            "booked with a gift",
            *("bookings", "create", "--tariff", "day", "--guests", "2", "--contact", "+375291112233"),
            *("--from", f"{arrival:%Y-%m-%dT%H:%M}", "--to", f"{arrival + timedelta(hours=22):%Y-%m-%dT%H:%M}"),
            *("--gift", self._chance.choice(list(self.sold))),
        )
        if made is not None:
            self._booked.append(made["code"])

    async def _call_off(self) -> None:
        code = self._booked.pop(self._chance.randrange(len(self._booked)))
        refund = self._chance.choice(["all", "all", "policy", "none"])
        await self._run("called off", "bookings", "cancel", code, "--reason", "rig", "--refund", refund)

    async def _run(self, what: str, *words: str) -> Any:
        """What the command printed; None when it was refused, or killed before it could say."""
        process = await asyncio.create_subprocess_exec(
            *self._place.command(*words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        if self._chance.random() < KILLED:
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        out, errors = await process.communicate()
        if process.returncode == -signal.SIGKILL:
            self.figures["shell commands killed"] += 1
            return None
        if process.returncode == 0:
            self.figures[f"by shell: {what}"] += 1
            return json.loads(out)
        if process.returncode != REFUSED:
            self.faults.append(f"`{' '.join(words[:2])}` ended with {process.returncode}: {errors.decode()[-500:]}")
        self.figures["by shell: refused"] += 1
        return None
