"""Owns an order of a gift as its buyer sees it: how to pay and until when, being checked, paid, over; and what they may press."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import transfer
from housebot.bot.guest.gifts import telling
from housebot.bot.guest.telling import SMALL_HOURS, acting, menu_button
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.domain.gift_order import Status
from housebot.domain.period import from_utc_text, local
from housebot.errors import Refusal
from housebot.services import (
    cards,
    catalogs,
    checkouts,
    gift_deciding,
    gift_delivery,
    gift_notices,
    gift_orders,
    gift_sales,
    gift_shop,
    outbox,
    receipt_desk,
    settings,
    tasks,
    ways,
)
from housebot.services.gift_orders import Order
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.words import Html, Words, clock_time, join

router = Router(name="guest.gifts.order")
texts = Texts()

WAYS = {"bank": "hold.button.bank", ways.CARDS: "hold.button.online", ways.TELEGRAM: "hold.button.invoice"}
PROMPT, WHERE = (
    "gift-receipt",
    "gift-where",
)  # cards of messages that ask for a file, or where money goes: `<name>:<order id>:<press>`


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
        return Said(words.t("gift.card_checking", **facts), ((_ask(words),),))
    if order.status == Status.PAID:
        return _paid(told)
    if order.status == Status.EXPIRED or order.lapsed(told.now):
        return Said(words.t("gift.card_expired", **facts), _over_rows(told))
    return Said(words.t("gift.card_over", **facts), _over_rows(told))


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
        return Said(words.t("gift.card_taking", code=order.code, amount=amount), ((_ask(words),),))
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
    return _ask(told.words), told.button("gift.button.drop", "drop")


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
    return ((menu_button(told.words, "gift.button.again", "gift"), _ask(told.words)),)


def _ask(words: Words) -> Button:
    return menu_button(words, "menu.button.ask", "ask")


# What is told once


@texts.renders("guest.gift_expired")
def expired(scene: Scene) -> Said:
    told = tell(scene)
    if told.order.status != Status.EXPIRED:
        raise Refusal("stale")
    again = menu_button(scene.words, "gift.button.again", "gift")
    return Said(
        scene.words.t("gift.expired", code=told.order.code),
        ((again,), (told.button("expired.button.have_receipt", "send"),)),
    )


@texts.renders("guest.gift_receipt")
def received(scene: Scene) -> Said:
    told, words = tell(scene), scene.words
    desk = told.catalog.desk
    facts = {"opens": f"{desk.opens:%H:%M}", "closes": f"{desk.closes:%H:%M}", "code": told.order.code}
    until = told.deadline(from_utc_text(scene.facts["promised_by"]))
    text = words.t("gift.receipt_late" if scene.facts["late"] else "gift.receipt_got", time=until, **facts)
    return Said(text, ((told.button("receipt.button.more", "send"), _ask(words)),))


@texts.renders("guest.gift_let_go")
def card_let_go(scene: Scene) -> Said:
    """The bank said yes too late: nothing was taken."""
    told = tell(scene)
    amount = told.money(int(scene.facts["amount"]))
    return Said(scene.words.t("gift.let_go", amount=amount, code=told.order.code), ((_ask(scene.words),),))


@texts.renders("guest.gift_refused")
def receipt_refused(scene: Scene) -> Said:
    told = tell(scene)
    if told.order.status != Status.AWAITING_PAYMENT or told.order.expires_at is None:
        raise Refusal("stale")
    rows = ((told.button("declined.button.again", "send"), _ask(scene.words)),)
    return Said(refused_words(told, told.order.expires_at), rows)


def refused_words(told: Told, until: datetime) -> Html:
    """Send it again, until then."""
    return told.words.t("gift.receipt_refused", time=told.deadline(until))


@texts.renders("guest.gift_rest")
def rest(scene: Scene) -> Said:
    """Too little came: it is kept, and the rest may follow."""
    told = tell(scene)
    came, missing = told.money(int(scene.facts["came"])), told.money(int(scene.facts["rest"]))
    return Said(scene.words.t("gift.rest", came=came, rest=missing, code=told.order.code), ((_ask(scene.words),),))


@texts.renders("guest.gift_declined")
def declined(scene: Scene) -> Said:
    told, words, owed = tell(scene), scene.words, scene.facts["refund"]
    text = declined_words(told, str(scene.facts["kind"]), owed)
    if owed == 0:
        return Said(text, ((_ask(words),),))
    where = told.button("declined.button.where", "where")
    return Said(text, ((where,), (_ask(words),)))


def declined_words(told: Told, kind: str, owed: int | None) -> Html:
    """Why not, and what goes back; None is whatever came."""
    reason = told.words.t(f"declined.reason.{kind}")
    text = told.words.t("gift.declined", code=told.order.code, reason=reason)
    return text if owed == 0 else join(" ", [text, told.words.t("cancel.refund", amount=told.owed(owed))])


@texts.renders("guest.gift_paid")
def paid(scene: Scene) -> Said:
    """It is done; when it comes, and to whom, stands on the card."""
    told = tell(scene)
    when = telling.now_paid(scene.words, told.order)
    return Said(scene.words.t("gift.paid", what=told.what, when=when))


@texts.renders("guest.gift_delivered")
def delivered(scene: Scene) -> Said:
    told, words = tell(scene), scene.words
    name = told.order.recipient or words.plain("gift.somebody")
    return Said(words.t("gift.delivered", name=name), ((told.button("gift.button.show", "show"),),))


@texts.renders("guest.gift_refund_done")
def refund_done(scene: Scene) -> Said:
    told = tell(scene)
    amount = told.owed(scene.facts["amount"])
    return Said(scene.words.t("declined.refund_done", amount=amount, code=told.order.code))


@texts.renders("guest.gift_drop")
def drop_question(scene: Scene) -> Said:
    """Asked once more; afterwards the same message says how it ended."""
    told = tell(scene)
    if told.order.status != Status.AWAITING_PAYMENT or scene.facts.get("kept"):
        return Said(scene.words.t("gift.kept" if told.order.waits else "gift.dropped", code=told.order.code))
    yes, no = told.button("gift.button.drop_yes", "drop-yes"), told.button("gift.button.drop_no", "drop-no")
    return Said(scene.words.t("gift.ask_drop", code=told.order.code), ((yes,), (no,)))


@texts.renders("guest.gift_send_receipt")
def send_receipt(scene: Scene) -> Said:
    return Said(scene.words.t("hold.send_receipt"), force_reply=scene.words.t("hold.receipt_placeholder"))


@texts.renders("guest.gift_where")
def ask_where(scene: Scene) -> Said:
    told = tell(scene)
    owed = tasks.open_of_gift_order(scene.tx, gift_deciding.REFUND, told.order.id)
    if not owed:
        raise Refusal("stale")
    amount = told.owed(owed[0].facts["amount"])
    placeholder = scene.words.t("declined.where_placeholder")
    return Said(scene.words.t("declined.ask_where", amount=amount), force_reply=placeholder)


@texts.renders("guest.gift_where_noted")
def where_noted(scene: Scene) -> Said:
    return Said(scene.words.t("gift.where_noted"))


# What is pressed


@router.callback_query(Acted("co"))
async def pressed(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """One thing to do with an order that is the presser's own; an old button shows how it stands."""

    def piece(tx: Tx) -> None:
        order = receipt_desk.theirs(tx, act.code, guest_id=turn.guest(tx).id)
        try:
            with tx.attempt():
                _act(tx, turn, order, act)
        except Refusal as refusal:
            if refusal.code not in {"stale", "already_decided"}:
                raise
            turn.toast(turn.words.plain("toast.stale"))
            _show(tx, turn, order)

    await turn.write(piece)


def _act(tx: Tx, turn: Turn, order: Order, pressed: Act) -> None:
    match pressed.arg:
        case "see":
            _show(tx, turn, order)
        case "send":
            _ask_by_reply(tx, turn, order, "guest.gift_send_receipt", PROMPT)
        case "where":
            _ask_by_reply(tx, turn, order, "guest.gift_where", WHERE)
        case "show":
            gift_delivery.show(tx, order, now=turn.now)
        case "now":
            gift_delivery.bring_forward(tx, order, actor=acting(tx, turn), now=turn.now)
            gift_notices.order_changed(tx, order, now=turn.now)
        case "pay-bank" | "pay-yookassa" | "pay-telegram":
            method = pressed.arg.removeprefix("pay-")
            gift_orders.choose_payment(tx, order.id, method, actor=acting(tx, turn), now=turn.now)
        case "drop" if order.status == Status.AWAITING_PAYMENT:
            _question(tx, turn, order, ring=True)
        case "drop-yes" if pressed.version == order.version:
            gift_orders.withdraw(tx, order.id, actor=acting(tx, turn), now=turn.now)
            _question(tx, turn, order)
        case "drop-no":
            _question(tx, turn, order, kept=True)
        case _:
            raise Refusal("stale")


def _show(tx: Tx, turn: Turn, order: Order) -> None:
    facts = {"order": order.id, "ring": True}
    _put(tx, turn, "guest.gift_order", facts, card=gift_notices.order_card(order))


def _ask_by_reply(tx: Tx, turn: Turn, order: Order, kind: str, name: str) -> None:
    _put(tx, turn, kind, {"order": order.id}, card=f"{name}:{order.id}:{turn.query_id}")


def _question(tx: Tx, turn: Turn, order: Order, *, ring: bool = False, kept: bool = False) -> None:
    facts = {"order": order.id} | ({"ring": True} if ring else {}) | ({"kept": True} if kept else {})
    _put(tx, turn, "guest.gift_drop", facts, card=f"gift-drop:{order.id}:buyer")


def _put(tx: Tx, turn: Turn, kind: str, facts: dict[str, Any], *, card: str) -> None:
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


def prompted(tx: Tx, turn: Turn, message: Message, name: str) -> Order | None:
    """The order of the prompt of that name which this message replies to, if it is the sender's own."""
    if message.reply_to_message is None:
        return None
    key = cards.key_of(tx, turn.place.chat_id, message.reply_to_message.message_id) or ""
    found, _, rest = key.partition(":")
    if found != name:
        return None
    try:
        return receipt_desk.theirs(tx, int(rest.split(":")[0]), guest_id=turn.guest(tx).id)
    except Refusal:
        return None


class SaysWhere(BaseFilter):
    """Words in reply to "where should it go"."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or not message.text or message.text.startswith("/"):
            return False
        replied = message.reply_to_message
        if replied is None:
            return False
        chat_id = turn.chat.id
        key = turn.read(lambda tx: cards.key_of(tx, chat_id, replied.message_id)) or ""
        return key.startswith(f"{WHERE}:")


@router.message(SaysWhere())
async def note_where(message: Message, turn: Turn) -> None:
    """Kept until the refund is done, and then deleted."""

    def piece(tx: Tx) -> None:
        order = prompted(tx, turn, message, WHERE)
        owed = [] if order is None else tasks.open_of_gift_order(tx, gift_deciding.REFUND, order.id)
        if not owed:
            raise Refusal("not_found")
        for task in owed:
            tasks.set_where_of(tx, task, message.text or "", actor=acting(tx, turn), now=turn.now)
        turn.say(tx, "guest.gift_where_noted")

    await turn.write(piece)
