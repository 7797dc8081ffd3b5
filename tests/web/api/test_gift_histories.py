"""Random histories of gifts by API: after every step ledgers, bookings and `db check` agree, and a refusal leaves nothing behind (R44, R48, R49)."""

import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.services import invariants
from housebot.storage.tx import Tx
from tests.web.serving import Served, serving

API = "/api/v1"
HISTORIES, STEPS = 10, 120
STANDING = {"held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house"}
TABLES = ("bookings", "payments", "gift_entries", "gifts", "quotes", "outbox", "due", "audit", "occupancies", "tasks")
WORDS = ("by=owner", "by=guest", "by=owner&refund=none", "by=owner&refund=policy")


def byn(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


def minor(sum_: Any) -> int:
    """Of money its minor units; visits are what they are."""
    return int(sum_["amount"] if isinstance(sum_, dict) else sum_)


class History:
    """One desk, and one key that may do everything."""

    def __init__(self, desk: Served, key: str, chance: random.Random) -> None:
        self.desk, self.key, self.chance = desk, key, chance
        self.bookings: list[dict[str, Any]] = []
        self.gifts: list[dict[str, Any]] = []
        self.done: Counter[str] = Counter()

    async def get(self, path: str) -> Any:
        return (await self.desk.ask("GET", API + path, key=self.key))[1]

    async def all(self, path: str) -> list[dict[str, Any]]:
        found, cursor = [], ""
        while True:
            said = await self.get(f"{path}?limit=100{cursor}")
            found += said["items"]
            if said["next_cursor"] is None:
                return found
            cursor = f"&cursor={said['next_cursor']}"

    async def do(self, step: str, method: str, path: str, body: Any = None) -> Any:
        before = self.desk.db.read(rows)
        status, said, _ = await self.desk.ask(method, API + path, key=self.key, json=body)
        assert status < 500, said
        if status >= 400:
            assert self.desk.db.read(rows) == before, (step, said)
            return None
        self.done[step] += 1
        return said or {}

    async def step(self) -> None:
        chance = self.chance
        name = chance.choice(("issue", "book", "book", "redeem", "redeem", "redeem", "pay", *OF_A_BOOKING))
        if name == "issue":
            stay = chance.random() < 0.3
            body = {"tariff": "day", "visits": 2} if stay else {"amount": byn(chance.choice((1, 20_000, 90_000)))}
            await self.do(name, "POST", "/gifts", body)
        elif name == "book":
            await self.do(name, "POST", "/bookings", self._wish())
        elif self.bookings:
            standing = [one for one in self.bookings if one["status"] in STANDING]
            await getattr(self, f"_{name}")(chance.choice(standing or self.bookings))

    def _wish(self) -> dict[str, Any]:
        start = date(2026, 11, 28) + timedelta(days=self.chance.randrange(50))
        gift = (
            {"gift_code": self.chance.choice(self.gifts)["code"]} if self.gifts and self.chance.random() < 0.3 else {}
        )
        return {
            "tariff": "day",
            "start_date": f"{start}T14:00",
            "end_date": f"{start + timedelta(days=self.chance.choice((1, 2)))}T14:00",
            "number_of_guests": 4,
            "promocode": self.chance.choice((None, "TEN")),
        } | gift

    async def _redeem(self, one: dict[str, Any]) -> None:
        if not self.gifts:
            return
        gift, due = self.chance.choice(self.gifts), minor(one["due"])
        amount = self.chance.choice((None, None, 1, due, due // 2, due + 1))
        body = {"booking_id": one["id"]} | ({} if amount is None else {"amount": byn(amount)})
        said = await self.do("redeem", "PATCH", f"/gifts/{gift['id']}/redeem", body)
        if said is None:
            return
        paid = minor(said["booking"]["paid"]) - minor(one["paid"])
        assert 0 < paid <= due
        assert said["booking"]["total"] == one["total"]
        if amount is not None:
            assert paid == amount
        elif gift["kind"] == "money":
            assert 0 in (minor(said["booking"]["due"]), minor(said["gift"]["balance"]))
        if not minor(said["booking"]["due"]):
            assert said["booking"]["status"] == "confirmed"

    async def _pay(self, one: dict[str, Any]) -> None:
        amount = self.chance.choice((1, minor(one["due"]), minor(one["deposit"])))
        await self.do("pay", "POST", "/payments", {"booking_id": one["id"], "amount": byn(amount), "method": "cash"})

    async def _confirm(self, one: dict[str, Any]) -> None:
        await self.do("confirm", "PATCH", f"/bookings/{one['id']}", {"confirm": True})

    async def _price(self, one: dict[str, Any]) -> None:
        price = self.chance.choice((0, 1, minor(one["total"]) // 2, minor(one["total"]) * 2))
        await self.do("price", "PATCH", f"/bookings/{one['id']}", {"price": byn(price), "reason": "so it is"})

    async def _move(self, one: dict[str, Any]) -> None:
        wish = self._wish()
        body = {name: wish[name] for name in ("start_date", "end_date")} | {"override": "so it is"}
        await self.do("move", "PATCH", f"/bookings/{one['id']}", body)

    async def _cancel(self, one: dict[str, Any]) -> None:
        words = self.chance.choice((*WORDS, f"by=owner&refund={self.chance.randint(0, minor(one['paid']))}"))
        shown = await self.get(f"/bookings/{one['id']}/cancellation?{words}")
        before = await self.by_gift(one["code"])
        if await self.do("cancel", "DELETE", f"/bookings/{one['id']}?{words}") is not None:
            assert await self.by_gift(one["code"]) == before - minor(shown["to_gift"]), (words, shown)

    async def _later(self, _: dict[str, Any]) -> None:
        self.desk.clock.instant += timedelta(minutes=self.chance.choice((1, 90, 600)))

    async def by_gift(self, code: str) -> int:
        """What gifts have paid for a booking and not got back, by the ledger of money."""
        return sum(
            minor(row["amount"]) * (-1 if row["kind"] == "refund" else 1)
            for row in await self.all("/payments")
            if row["booking"] == code and row["method"] == "gift"
        )

    async def check(self) -> None:
        """Money by the rows of the ledger, gifts by theirs, and what the bookings say of both."""
        self.bookings, self.gifts = await self.all("/bookings"), await self.all("/gifts")
        net: Counter[str] = Counter()
        of_gifts: Counter[str] = Counter()
        by_ledgers: Counter[str] = Counter()
        for row in await self.all("/payments"):
            amount = minor(row["amount"]) * (-1 if row["kind"] == "refund" else 1)
            net[row["booking"]] += amount
            of_gifts[row["booking"]] += amount * (row["method"] == "gift")
        for gift in self.gifts:
            assert minor(gift["balance"]) == sum(minor(entry["amount"]) for entry in gift["ledger"]) >= 0
            for entry in gift["ledger"]:
                if entry["booking"] is not None:
                    by_ledgers[entry["booking"]] += minor(entry["paid"]) * (1 if entry["kind"] == "redeem" else -1)
        for one in self.bookings:
            code, total = one["code"], minor(one["total"])
            assert (minor(one["paid"]), minor(one["due"])) == (net[code], max(total - net[code], 0))
            assert of_gifts[code] == by_ledgers[code]
            assert 0 <= minor(one["deposit"]) <= total
            if one["status"] in STANDING:
                share = (await self.get(f"/bookings/{one['id']}"))["quote"]["gift"]
                assert (0 if share is None else minor(share["amount"])) == of_gifts[code] <= total
            elif one["status"] in {"expired", "declined"}:
                assert of_gifts[code] == 0
        found = self.desk.db.read(lambda tx: list(invariants.check(tx, now=self.desk.clock.now())))
        assert [one for one in found if one.status == "fail"] == []


OF_A_BOOKING = ("confirm", "price", "move", "cancel", "later")


def rows(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a refusal must leave as it was."""
    return {name: [tuple(row) for row in tx.all(f"SELECT * FROM {name}")] for name in TABLES}


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_r48_whatever_is_done_with_gifts_every_ledger_says_the_same(tmp_path: Path, seed: int) -> None:
    async with serving(tmp_path / "housebot.db") as desk:
        history = History(desk, await desk.key(), random.Random(seed))
        await history.do("code", "POST", "/promocodes", {"code": "TEN", "basis_points": 1000})
        for _ in range(STEPS):
            await history.step()
            await history.check()
        assert all(history.done[name] for name in ("issue", "book", "redeem", "cancel")), history.done
