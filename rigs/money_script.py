"""Owns one stay and all its money by script: card, invoice, a change with a difference, a cancellation, the ledger after every step.

Real processes for the simulator, `housebot init` and `housebot run`; the bank is the strict YooKassa of the tests. After each step
the ledger, read by `housebot payments list`, must say what the books of the bank and of Telegram say, to the last kopeck.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from housebot.domain.money import plain
from housebot.simulator.client import Person, Seen, SimClient
from rigs.processes import MONTHS, OWNER, PATIENCE, TOKEN, address_of, desk_of, init, plain_day, process, shell
from rigs.visitor import ACCEPT, NOTHING
from tests.yookassa import SECRET, SHOP, YooKassaDouble

SETTINGS = """
[payments.yookassa]
shop_id = {shop}
secret_key = "{secret}"
api_base = "{url}"

[payments.telegram]
provider_token = "381764678:TEST:100037"
currency = "BYN"
"""
AWAY = "http://127.0.0.1:9/nobody-listens-here"  # where notifications get lost


class Stay:
    """One booking from the wish to the end of its money; `steps` in order."""

    def __init__(self, folder: Path, guest: Person, owner: Person, shop: YooKassaDouble) -> None:
        self.folder, self.guest, self.owner, self.shop = folder, guest, owner, shop
        self.invoiced = 0  # what Telegram has taken, minor units
        self.steps: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            ("booked; the prepayment by YooKassa, its notification lost, found by polling", self.deposit),
            ("the balance by an invoice in Telegram", self.balance),
            ("the guest comes two hours earlier, the difference waits for the balance", self.earlier),
            ("the difference by card", self.difference),
            ("the guest cancels: what the policy leaves goes back, newest payment first", self.cancel),
            ("the owner has sent back by hand what Telegram cannot", self.sent_back),
        ]

    async def press(self, label: str, wanted: str | Callable[[Seen], bool]) -> Seen:
        """A button by the beginning of its text, and what it must lead to."""
        await self.guest.press(label, wait=False)
        return await self.guest.wait_for(wanted, PATIENCE)

    async def deposit(self) -> None:
        await self.guest.start()
        await self.guest.wait_for("Скажите, когда", PATIENCE)
        day = plain_day(20)
        await self.guest.send(f"{day.day} {MONTHS[day.month - 1]}, 4 чел, сауна, сутки")
        await self.guest.wait_for("Подходит", PATIENCE)
        await self.press("Сутки · ", "Что-нибудь добавить")
        await self.press(NOTHING, "Проверьте")
        await self.guest.press(ACCEPT, wait=False)
        await self.guest.wait_for("Как с вами связаться", PATIENCE)
        await self.guest.share_contact()
        await self.guest.wait_for("Держим для вас", PATIENCE)
        self.shop.hook = AWAY
        await self.guest.press("💳 Картой онлайн", wait=False)
        await self.guest.wait_for(_pays, PATIENCE, fresh=False)
        await self.shop.pay(notify=0)
        await self.guest.wait_for("Забронировано", PATIENCE, fresh=False)

    async def balance(self) -> None:
        await self.guest.press("💳 Доплатить", wait=False)
        await self.guest.wait_for("Осталось доплатить", PATIENCE)
        await self.guest.press("💳 Картой в Telegram", wait=False)
        invoice = await self.guest.wait_for(lambda seen: bool(seen.get("invoice")), PATIENCE)
        done = await self.guest.pay(invoice.id)
        if not done["paid"]:
            raise RuntimeError(f"the invoice was not paid: {done}")
        await self.guest.wait_for("всё оплачено", PATIENCE, fresh=False)
        self.invoiced += invoice["invoice"]["total_amount"]

    async def earlier(self) -> None:
        await self.press("✏️ Изменить", "Что меняем")
        await self.press("⏰ Приехать раньше", lambda seen: any("+2 ч" in one for one in seen.buttons))
        shown = await self.guest.last()
        wanted = next(one for one in shown.buttons if "+2 ч" in one and one.startswith("с "))
        await self.press(wanted, lambda seen: any(one.startswith("✅ Изменить") for one in seen.buttons))
        await self.press("✅ Изменить", "Изменилось")

    async def difference(self) -> None:
        before = len(self.shop.payments)
        await self.guest.press("💳 Доплатить", wait=False)
        await self.guest.wait_for("Осталось доплатить", PATIENCE)
        await self.guest.press("💳 Картой онлайн", wait=False)
        await self.guest.wait_for(lambda _: len(self.shop.payments) > before, PATIENCE, fresh=False)
        await self.guest.wait_for(_pays, PATIENCE, fresh=False)
        await self.shop.pay(notify=0)
        await self.guest.wait_for("всё оплачено", PATIENCE)

    async def cancel(self) -> None:
        shown = await self.press("↩️ Отменить", "Вернём")
        print(f"   > {shown.text.splitlines()[-1]}", flush=True)
        await self.press("Да, отменить", "Куда вернуть")

    async def sent_back(self) -> None:
        done = await self.owner.wait_for(_returned, PATIENCE, fresh=False)
        await self.owner.press(
            next(one for one in done.buttons if one.startswith("✅")), wait=False, message_id=done.id
        )
        await self.until(lambda rows: sum(one["kind"] == "refund" for one in rows) > len(self.shop.refunds))

    async def until(self, fulfilled: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Look at the ledger now and then until it is so."""
        for _ in range(int(PATIENCE)):
            if fulfilled(await self.rows()):
                return
            await asyncio.sleep(0.5)
        raise RuntimeError(f"the ledger stays as it is: {await self.rows()}")

    async def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await shell(self.folder, "payments", "list")
        return found

    async def differences(self) -> list[str]:
        """Between the ledger, and the books of the bank and of Telegram; both ways, refunds too."""
        rows = [one for one in await self.rows() if one["state"] == "done"]
        by_card = _net(rows, "yookassa")
        books = sum(_minor(one["amount"]) for one in self.shop.payments.values() if one["status"] == "succeeded")
        books -= sum(_minor(one["amount"]) for one in self.shop.refunds.values() if one["status"] == "succeeded")
        in_telegram = sum(one["amount"]["amount"] for one in rows if _came(one, "telegram"))
        wrong = [] if by_card == books else [f"by card the ledger says {by_card}, the bank {books}"]
        if in_telegram != self.invoiced:
            wrong.append(f"in Telegram the ledger says {in_telegram}, the invoices {self.invoiced}")
        print(f"   difference with the bank {by_card - books}, with Telegram {in_telegram - self.invoiced}", flush=True)
        return wrong


async def walk(folder: Path) -> list[str]:
    """Every step; what was wrong in the end."""
    simulator = await process("-m", "housebot.simulator", "--port", "0", "--token", TOKEN)
    desk: asyncio.subprocess.Process | None = None
    try:
        url = await address_of(simulator)
        async with SimClient(url) as sim, YooKassaDouble() as shop:
            owner = await sim.user("Анна", id=OWNER, language_code="ru")
            guest = await sim.user("Мария", language_code="ru", phone="+375291112233")
            await init(folder, url)
            with (folder / "config.toml").open("a", encoding="utf-8") as config:
                config.write(SETTINGS.format(shop=SHOP, secret=SECRET, url=shop.url))
            desk = await desk_of(folder)
            await owner.start()
            return await _steps(Stay(folder, guest, owner, shop))
    finally:
        for one in (desk, simulator):
            if one is not None and one.returncode is None:
                one.kill()
                await one.communicate()


async def _steps(stay: Stay) -> list[str]:
    wrong = []
    for title, step in stay.steps:
        print(f"   {title}", flush=True)
        await step()
        await stay.until(lambda rows: all(one["state"] != "pending" for one in rows))
        for row in await stay.rows():
            print(_line(row), flush=True)
        wrong += [f"{step.__name__}: {one}" for one in await stay.differences()]
    (booking,) = await shell(stay.folder, "bookings", "list", "--all")
    if booking["status"] != "cancelled_by_guest" or booking["paid"]["amount"] != booking["deposit"]["amount"]:
        wrong.append(f"in the end {booking['status']}, paid {booking['paid']}, of a prepayment of {booking['deposit']}")
    return wrong + [f"db check: {one}" for one in await shell(stay.folder, "db", "check") if one["status"] == "fail"]


def _pays(seen: Seen) -> bool:
    return any(one.startswith("💳 Оплатить") for one in seen.buttons)


def _returned(seen: Seen) -> bool:
    return "Вернуть" in seen.text and any(one.startswith("✅") for one in seen.buttons)


def _came(row: dict[str, Any], method: str) -> bool:
    return bool(row["method"] == method and row["kind"] == "payment")


def _net(rows: list[dict[str, Any]], method: str) -> int:
    mine = [one for one in rows if one["method"] == method]
    return sum(one["amount"]["amount"] * (-1 if one["kind"] == "refund" else 1) for one in mine)


def _minor(amount: dict[str, str]) -> int:
    return int(Decimal(amount["value"]) * 100)


def _line(row: dict[str, Any]) -> str:
    sign = "−" if row["kind"] == "refund" else "+"
    money = f"{sign}{plain(row['amount']['amount'], row['amount']['currency'])} {row['amount']['currency']}"
    return f"      {row['id']:>3}  {row['kind']:<8} {row['method']:<9} {money:>12}  {row['state']:<8} {row['comment']}"


def run() -> list[str]:
    """The whole story in a folder of its own; what was wrong."""
    with tempfile.TemporaryDirectory(prefix="housebot-rig-") as folder:
        return asyncio.run(walk(Path(folder) / "house"))


def main() -> int:
    wrong = run()
    for line in wrong:
        print(f"FAULT  {line}")
    return int(bool(wrong))
