"""Owns what a buyer may press on an order: see it, pay another way, have the gift now, give it up."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted
from housebot.bot.guest.gifts import replies
from housebot.bot.guest.gifts.order import put, show, tell
from housebot.bot.guest.telling import acting
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.gift_order import Status
from housebot.errors import Refusal
from housebot.services import gift_delivery, gift_notices, gift_orders, receipt_desk
from housebot.services.gift_orders import Order
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx

router = Router(name="guest.gifts.acts")
texts = Texts()


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
            show(tx, turn, order)

    await turn.write(piece)


def _act(tx: Tx, turn: Turn, order: Order, pressed: Act) -> None:
    match pressed.arg:
        case "see":
            show(tx, turn, order)
        case "send":
            replies.ask(tx, turn, order, "guest.gift_send_receipt", replies.PROMPT)
        case "where":
            replies.ask(tx, turn, order, "guest.gift_where", replies.WHERE)
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


def _question(tx: Tx, turn: Turn, order: Order, *, ring: bool = False, kept: bool = False) -> None:
    facts = {"order": order.id} | ({"ring": True} if ring else {}) | ({"kept": True} if kept else {})
    put(tx, turn, "guest.gift_drop", facts, card=f"gift-drop:{order.id}:buyer")


@texts.renders("guest.gift_drop")
def drop_question(scene: Scene) -> Said:
    """Asked once more; afterwards the same message says how it ended."""
    told = tell(scene)
    if told.order.status != Status.AWAITING_PAYMENT or scene.facts.get("kept"):
        return Said(scene.words.t("gift.kept" if told.order.waits else "gift.dropped", code=told.order.code))
    yes, no = told.button("gift.button.drop_yes", "drop-yes"), told.button("gift.button.drop_no", "drop-no")
    return Said(scene.words.t("gift.ask_drop", code=told.order.code), ((yes,), (no,)))
