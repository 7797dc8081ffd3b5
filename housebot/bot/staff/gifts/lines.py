"""Owns the order of a gift as staff read it: what it is, who buys it, what is paid and missing."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from housebot.bot.actions import act
from housebot.bot.guest.gifts import telling
from housebot.bot.renderer import Scene
from housebot.domain.catalog import Catalog
from housebot.domain.period import local
from housebot.services import catalogs, gift_orders, gift_sales, guests
from housebot.services.gift_orders import Order
from housebot.services.ports import Button, Tx
from housebot.words import Html, Words, clock_time


@dataclass(frozen=True)
class Lines:
    """An order as staff read it."""

    tx: Tx
    words: Words
    now: Any
    order: Order

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.tx, now=self.now)

    @property
    def what(self) -> Html:
        return telling.what(self.words, self.catalog, self.order, telling.worth(self.tx, self.order))

    @cached_property
    def paid(self) -> int:
        return gift_sales.paid(self.tx, self.order.id)

    @property
    def missing(self) -> int:
        return max(self.order.total - self.paid, 0)

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.order.currency)

    def amount(self, amount: int) -> str:
        return self.words.amount(amount, self.order.currency)

    def clock(self, moment: Any) -> str:
        return clock_time(local(moment, self.catalog.zone))

    @property
    def buyer(self) -> str:
        """Name, contact and @name."""
        guest = guests.get(self.tx, self.order.guest_id)
        names = [guest.name, guest.contact or "", f"@{guest.username}" if guest.username else ""]
        return " ".join(dict.fromkeys(name for name in names if name))

    def button(self, action: str, message_id: str, arg: str = "", **facts: str) -> Button:
        label = self.words.plain(message_id, **facts)
        return Button(label, data=act(action, self.order.code, self.order.version, arg))


def lines_of(scene: Scene) -> Lines:
    """The order of a row, as it is at delivery."""
    return Lines(scene.tx, scene.words, scene.now, gift_orders.get(scene.tx, int(scene.facts["order"])))
