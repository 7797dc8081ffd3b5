"""Owns the bank of the kill rig: a strict YooKassa beside the simulator, whose books outlive the desk, and the trouble on the way to it.

It lives in the rig's own process: the desk that dies is another one. Notifications are sent never, once or twice, in turn, and when
nobody listens they are lost, as they are on any other day.
"""

import asyncio
import random
from collections import Counter
from itertools import cycle
from typing import Any

import aiohttp

from rigs.place import Place
from tests.yookassa import YooKassaDouble

PATIENCE = aiohttp.ClientTimeout(total=2)  # of the provider with whom it tells
AT_ONCE = 0.15  # of the payments come by a way that knows no two steps
TOLD = (0, 1, 2)  # times, in turn: however few pay, the first of them is heard of by nobody
TROUBLES = ("answer", "answer", "answer", "busy", "down")


class Bank:
    """What guests pay at, and what the desk asks."""

    def __init__(self, chance: random.Random) -> None:
        self.shop = YooKassaDouble()
        self.paid: Counter[str] = Counter()  # by code of the booking, as the guests know it
        self.figures: Counter[str] = Counter()
        self._chance = chance
        self._told = cycle(TOLD)
        self._hook = ""

    async def open(self) -> None:
        await self.shop.__aenter__()

    async def close(self) -> None:
        await self.shop.__aexit__()

    def listens_at(self, place: Place) -> None:
        """Where the desk wants to be told."""
        self._hook = place.hook

    def page_of(self, code: str) -> dict[str, Any] | None:
        """The open page for a booking, where one was made."""
        mine = [one for one in self.shop.payments.values() if one["metadata"].get("booking") == code]
        return next((one for one in reversed(mine) if one["status"] == "pending"), None)

    async def pay(self, code: str, page: dict[str, Any]) -> None:
        """A guest gives a card; the desk hears of it or not."""
        if page["status"] != "pending":
            return
        self.paid[code] += 1
        await self.shop.pay(page, at_once=self._chance.random() < AT_ONCE)
        self.figures["paid by card"] += 1
        heard = [
            await self._tell({"event": f"payment.{page['status']}", "object": dict(page)})
            for _ in range(next(self._told))
        ]
        self.figures["payments nobody told the desk of"] += not any(heard)

    async def _tell(self, body: dict[str, Any]) -> bool:
        """Whether the desk has heard. Nobody there, or nobody in time, is no reason for the provider to try for long."""
        try:
            async with aiohttp.ClientSession(timeout=PATIENCE) as client, client.post(self._hook, json=body) as answer:
                self.figures[f"notifications answered {answer.status}"] += 1
                return answer.ok
        except (aiohttp.ClientError, OSError, TimeoutError):
            self.figures["notifications lost"] += 1
            return False

    async def trouble(self, stopped: asyncio.Event) -> None:
        """Answers get lost on the way, take their time, or there is nobody for a while."""
        while not stopped.is_set():
            await asyncio.sleep(self._chance.uniform(2.0, 8.0))  # most calls go well, or no page would ever open
            match self._chance.choice(TROUBLES):
                case "answer":
                    self.shop.lost_answers = 1
                case "busy":
                    self.shop.busy = 1
                case _:
                    self.shop.down = True
                    await asyncio.sleep(self._chance.uniform(0.2, 1.0))
                    self.shop.down = False
        self.behave()

    def behave(self) -> None:
        """From now on everything is answered."""
        self.shop.lost_answers = self.shop.busy = 0
        self.shop.down = False
