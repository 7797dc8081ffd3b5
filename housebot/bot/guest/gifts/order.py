"""Owns an order of a gift as its buyer sees it: how to pay and until when, being checked, paid, over."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from housebot.bot.actions import act
from housebot.bot.guest import transfer
from housebot.bot.guest.gifts import telling
from housebot.bot.guest.telling import SMALL_HOURS, menu_button
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.domain.gift_order import Status
from housebot.domain.period import local
from housebot.services import (
    catalogs,
    checkouts,
    gift_notices,
    gift_orders,
    gift_sales,
    gift_shop,
    outbox,
    settings,
    ways,
)
from housebot.services.gift_orders import Order
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.words import Html, Words, clock_time, join

texts = Texts()

WAYS = {"bank": "hold.button.bank", ways.CARDS: "hold.button.online", ways.TELEGRAM: "hold.button.invoice"}


@dataclass(frozen=True)
class Told:
    """An order as it stands now, in words of one language."""

    tx: Tx
    words: Words
    now: datetime
    order: Order

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.tx, now=self.now)

    @property
    def missing(self) -> int:
        return max(self.order.total - gift_sales.paid(self.tx, self.order.id), 0)

    @property
    def what(self) -> Html:
        return telling.what(self.words, self.catalog, self.order, telling.worth(self.tx, self.order))

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.order.currency)

    def amount(self, amount: int) -> str:
        return self.words.amount(amount, self.order.currency)

    def owed(self, amount: int | None) -> str:
        """A sum, or whatever came where nobody knows how much it was."""
        return self.words.t("declined.all") if amount is None else self.money(amount)

    def deadline(self, moment: datetime) -> str:
        """A clock time; with its day unless it is today's."""
        shown, here = local(moment, self.catalog.zone), local(self.now, self.catalog.zone)
        if shown.time() < SMALL_HOURS or shown.date() == here.date():
            return self.words.deadline(shown, here)
        return self.words.t("deadline.later", time=clock_time(shown), day=self.words.day(shown))

    def button(self, message_id: str, arg: str, **facts: str) -> Button:
        return Button(self.words.plain(message_id, **facts), data=act("co", self.order.code, self.order.version, arg))


def tell(scene: Scene) -> Told:
    """The order of a row, as it is at delivery."""
    return Told(scene.tx, scene.words, scene.now, gift_orders.get(scene.tx, int(scene.facts["order"])))


@texts.renders("guest.gift_order")
def card(scene: Scene) -> Said:
    """The live card: it never asks for what is no longer wanted."""
    return message(tell(scene))


def message(told: Told) -> Said:
    order, words = told.order, told.words
    facts = {"code": order.code, "what": told.what}
    if order.status == Status.AWAITING_PAYMENT and not told.order.lapsed(told.now):
        return _by_bank(told) if order.payment_method == "bank" else _online(told)
    if order.under_review:
        return Said(words.t("gift.card_checking", **facts), ((ask_button(words),),))
    if order.status == Status.PAID:
        return _paid(told)
    if order.status == Status.EXPIRED or order.lapsed(told.now):
        return Said(words.t("gift.card_expired", **facts), _over_rows(told))
    return Said(words.t("gift.card_over", **facts), _over_rows(told))


def show(tx: Tx, turn: Turn, order: Order) -> None:
    """The live card anew, at the bottom of the chat."""
    facts = {"order": order.id, "ring": True}
    put(tx, turn, "guest.gift_order", facts, card=gift_notices.order_card(order))


def put(tx: Tx, turn: Turn, kind: str, facts: dict[str, Any], *, card: str) -> None:
    """A message about an order, into the chat where it was pressed."""
    outbox.put(
        tx,
        kind=kind,
        facts=facts,
        chat_id=turn.place.chat_id,
        priority=outbox.PAYMENT,
        language=turn.language,
        card=card,
        now=turn.now,
    )


def _head(told: Told) -> Html:
    order = told.order
    assert order.expires_at is not None, "what waits for money has an end"
    return told.words.t("gift.card", code=order.code, what=told.what, deadline=told.deadline(order.expires_at))


def _ways(told: Told, *, but: str = "") -> tuple[Button, ...]:
    """The other ways to pay."""
    offered = [one for one in gift_shop.offered(told.tx, told.catalog) if one != but]
    return tuple(told.button(WAYS[one], f"pay-{one}") for one in offered)


def _online(told: Told) -> Said:
    """A page as a link, an invoice above, or the choice where none is made; while money is being taken nothing is to press."""
    words, order, last = told.words, told.order, _last_row(told)
    page, amount = checkouts.current_of_gift(told.tx, order.id), told.money(told.missing)
    if order.payment_method is None or page is None:
        rows = (*((one,) for one in _ways(told)), last)
        return Said(join("\n", [_head(told), words.t("hold.choose_way")]), rows)
    if page.verdict == "capture":
        return Said(words.t("gift.card_taking", code=order.code, amount=amount), ((ask_button(words),),))
    others = _ways(told, but=order.payment_method)
    if order.payment_method == ways.TELEGRAM:
        again = (told.button("hold.button.invoice_again", f"pay-{ways.TELEGRAM}"),)
        said, rows = words.t("hold.invoice_sent", amount=amount), (again, *((one,) for one in others), last)
        return Said(join("\n", [_head(told), said]), rows)
    url = page.confirmation_url
    said = words.t("hold.card_making" if url is None else "hold.card_pay", amount=amount)
    pay = ((Button(words.plain("hold.button.pay", amount=amount), url=url),),) if url is not None else ()
    return Said(join("\n", [_head(told), said]), (*pay, *((one,) for one in others), last))


def _last_row(told: Told) -> tuple[Button, ...]:
    return ask_button(told.words), told.button("gift.button.drop", "drop")


def _by_bank(told: Told) -> Said:
    words, order, bank = told.words, told.order, settings.payable_bank(told.tx)
    head = _head(told)
    how = transfer.how(told, told.missing, bank=bank, code=order.code)
    rows = [
        transfer.copies(told, told.missing, bank=bank, code=order.code),
        (told.button("hold.button.receipt", "send"),),
        *((one,) for one in _ways(told, but="bank")),
        _last_row(told),
    ]
    return Said(join("\n", [head, how, words.t("hold.then_receipt")]), tuple(row for row in rows if row))


def _paid(told: Told) -> Said:
    words, order = told.words, told.order
    show = told.button("gift.button.show", "show")
    if order.delivered_at is not None:
        return Said(words.t("gift.card_delivered", code=order.code, what=told.what), ((show,),))
    when = telling.delivery(words, order)
    forward = (told.button("gift.button.now", "now"),) if order.deliver_on is not None else ()
    rows = (forward, (show,))
    return Said(
        words.t("gift.card_paid", code=order.code, what=told.what, when=when), tuple(row for row in rows if row)
    )


def _over_rows(told: Told) -> tuple[tuple[Button, ...], ...]:
    return ((menu_button(told.words, "gift.button.again", "gift"), ask_button(told.words)),)


def ask_button(words: Words) -> Button:
    return menu_button(words, "menu.button.ask", "ask")
