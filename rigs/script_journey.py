"""Owns the journey by script through three real processes: simulator, `housebot init` and `housebot run`, killed between steps.

From /start to "booked" over HTTP. Between any two steps the desk is killed with -9 and started again, and goes on where it was.
"""

import asyncio
import random
import re
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from housebot.simulator.client import Person, SimClient
from rigs.processes import MONTHS, OWNER, PATIENCE, TOKEN, address_of, desk_of, init, plain_day, process, shell
from rigs.visitor import ACCEPT, NOTHING, OFFER


class Script:
    """One journey. `steps` are done in order; each waits for what it must lead to before it counts as done."""

    def __init__(self, folder: Path, guest: Person, owner: Person) -> None:
        self.folder = folder
        self.guest = guest
        self.owner = owner
        self.steps: list[Callable[[], Awaitable[object]]] = [
            self.start,
            self.wish,
            self.offer,
            self.nothing_to_add,
            self.accept,
            self.contact,
            self.receipt,
            self.confirm,
        ]

    async def start(self) -> None:
        await self.guest.start()
        await self.guest.wait_for("Скажите, когда", PATIENCE)

    async def wish(self) -> None:
        day = plain_day(10)
        await self.guest.send(f"{day.day} {MONTHS[day.month - 1]}, 2 чел, 12 часов")
        await self.guest.wait_for("Подходит", PATIENCE)

    async def offer(self) -> None:
        shown = await self.guest.last()
        await self.guest.press(next(text for text in shown.buttons if OFFER.match(text)), wait=False)
        await self.guest.wait_for("Что-нибудь добавить", PATIENCE)

    async def nothing_to_add(self) -> None:
        await self.guest.press(NOTHING, wait=False)
        await self.guest.wait_for("Проверьте", PATIENCE)

    async def accept(self) -> None:
        await self.guest.press(ACCEPT, wait=False)
        await self.guest.wait_for("Как с вами связаться", PATIENCE)

    async def contact(self) -> None:
        await self.guest.share_contact()
        await self.guest.wait_for("Держим для вас", PATIENCE)

    async def receipt(self) -> None:
        await self.guest.photo()
        await self.owner.wait_for(_confirms, PATIENCE, fresh=False)

    async def confirm(self) -> None:
        card = await self.owner.wait_for(_confirms, PATIENCE, fresh=False)
        button = next(text for text in card.buttons if text.startswith("✅"))
        await self.owner.press(button, wait=False, message_id=card.id)
        await self.guest.wait_for("Забронировано", PATIENCE, fresh=False)


def _confirms(message: Any) -> bool:
    """The owner's card; in whichever language this machine speaks, for `init` has asked it."""
    return any(text.startswith("✅") for text in message.buttons)


async def walk(folder: Path, *, seed: int, restarts: int | None = None) -> list[str]:
    """The whole journey with a kill in so many of the gaps between steps (None: in all); what was wrong in the end."""
    simulator = await process("-m", "housebot.simulator", "--port", "0", "--token", TOKEN)
    desk: asyncio.subprocess.Process | None = None
    try:
        url = await address_of(simulator)
        async with SimClient(url) as sim:
            owner = await sim.user("Анна", id=OWNER, language_code="ru")
            guest = await sim.user("Мария", language_code="ru", phone="+375291112233")
            await init(folder, url)
            script = Script(folder, guest, owner)
            gaps = range(1, len(script.steps))
            killed_at = set(random.Random(seed).sample(gaps, len(gaps) if restarts is None else restarts))
            desk = await desk_of(folder)
            await owner.start()
            for number, step in enumerate(script.steps):
                if number in killed_at:
                    desk.send_signal(signal.SIGKILL)
                    await desk.communicate()
                    desk = await desk_of(folder)
                await step()
                print(f"   {step.__name__:<16}{'after a kill' if number in killed_at else ''}", flush=True)
            return await _judged(folder, guest)
    finally:
        for one in (desk, simulator):
            if one is not None and one.returncode is None:
                one.kill()
                await one.communicate()


async def _judged(folder: Path, guest: Person) -> list[str]:
    """One booking, confirmed, with one payment and one receipt; said once; and a sound file."""
    wrong = []
    listed = await shell(folder, "bookings", "list")
    if [one["status"] for one in listed] != ["confirmed"]:
        wrong.append(f"bookings list: {listed}")
    else:
        shown = await shell(folder, "bookings", "show", listed[0]["code"])
        if not shown["paid"]["amount"]:
            wrong.append(f"nothing was paid: {shown['paid']}")
    texts = [one.text for one in await guest.messages() if not one["mine"]]
    codes = {code for text in texts for code in re.findall(r"HB-\w+", text)}
    if len(codes) != 1:
        wrong.append(f"the guest read of {sorted(codes)}")
    failed = [one for one in await shell(folder, "db", "check") if one["status"] == "fail"]
    return wrong + [f"db check: {one}" for one in failed]


def run(*, seed: int, restarts: int | None = None) -> list[str]:
    """The journey in a folder of its own; what was wrong."""
    with tempfile.TemporaryDirectory(prefix="housebot-rig-") as folder:
        return asyncio.run(walk(Path(folder) / "house", seed=seed, restarts=restarts))


def main(*, small: bool, seed: int) -> int:
    wrong = run(seed=seed, restarts=2 if small else None)
    for line in wrong:
        print(f"FAULT  {line}")
    return int(bool(wrong))
