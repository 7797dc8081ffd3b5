"""Owns the presses on the card of a gift: the sum that came, no and why, and who was first (R33, R46)."""

from collections.abc import Callable
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.staff import prompts
from housebot.bot.staff.gifts import card
from housebot.bot.staff.people import actor_of, leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.domain.period import from_utc_text, local
from housebot.errors import Refusal
from housebot.services import catalogs, gift_deciding, gift_orders, gift_sales
from housebot.services.gift_orders import Order
from housebot.services.ports import Tx
from housebot.words import clock_time

router = Router(name="staff.gifts.deciding")


@router.callback_query(Acted("cc", "cy", "cr"))
async def confirm(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The sum stands on the button, so it comes from the button. `cy` is the answer to "really?"."""

    def piece(tx: Tx) -> None:
        actor, order = actor_of(leader(tx, turn)), gift_orders.get(tx, act.code)
        received, ordered = _number(act.arg)
        more: dict[str, Any] = {"version": act.version, "actor": actor, "now": turn.now}

        def work() -> object:
            if act.action == "cr":
                return gift_deciding.wait_for_rest(tx, order.id, received=received, **more)
            worth: gift_deciding.Worth = "ordered" if ordered else "came"
            return gift_deciding.confirm(tx, order.id, received=received, worth=worth, twice=act.action == "cy", **more)

        _decide(tx, turn, order, work, received=received)

    await turn.write(piece)


@router.callback_query(Acted("cd"))
async def decline(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks why first, then shows what the buyer will read; sending it is the decision."""

    def piece(tx: Tx) -> None:
        actor, order = actor_of(leader(tx, turn)), gift_orders.get(tx, act.code)
        if act.arg == "ask":
            card.show(tx, turn, order, {"ask": "decline"})
            return
        kind = act.arg.removeprefix(card.SEND)
        if kind not in card.KINDS:
            raise Refusal("stale")
        if kind == act.arg and not order.under_review:
            _tell_why_not(tx, turn, order, gift_orders.decided(order))
            return
        if kind == act.arg:
            card.show(tx, turn, order, {"ask": "preview", "kind": kind})
            return
        more: dict[str, Any] = {"version": act.version, "actor": actor, "now": turn.now}
        _decide(tx, turn, order, lambda: gift_deciding.decline(tx, order.id, kind=kind, **more))

    await turn.write(piece)


@router.callback_query(Acted("cx"))
async def back(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        card.show(tx, turn, gift_orders.get(tx, act.code))

    await turn.write(piece)


@router.callback_query(Acted("cs"))
async def other_sum(query: CallbackQuery, turn: Turn, act: Act) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        order = gift_orders.get(tx, act.code)
        if not order.under_review:
            _tell_why_not(tx, turn, order, gift_orders.decided(order))
            return
        _ask_sum(tx, turn, order, act.version)

    await turn.write(piece)


def _ask_sum(tx: Tx, turn: Turn, order: Order, version: int) -> None:
    missing = order.total - gift_sales.paid(tx, order.id)
    shown = {"code": order.code, "amount": turn.words.amount(missing, order.currency)}
    prompts.ask(tx, turn, "gift_sum", {"order": order.id, "version": version}, show=shown)


@router.message(Answered("gift_sum", loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """What is no sum is asked for again; another sum than was asked for is asked once more what becomes of it."""

    def piece(tx: Tx) -> None:
        actor, order = actor_of(leader(tx, turn)), gift_orders.get(tx, asked["order"])
        try:
            received = parse_amount(message.text or "", order.currency)
            if received <= 0:
                raise Refusal("amount_invalid", reason="nothing_gift")
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_sum(tx, turn, order, asked["version"])
            return
        prompts.close(turn)
        try:
            with tx.attempt():
                gift_deciding.confirm(
                    tx, order.id, received=received, version=asked["version"], actor=actor, now=turn.now
                )
        except Refusal as refusal:
            if refusal.facts.get("ask_again"):
                turn.say(tx, "staff.gift_sure", {"order": order.id, "received": received})
                return
            if refusal.code not in {"already_decided", "stale"}:
                raise
        turn.say(tx, "staff.gift_decided", {"order": order.id})

    await turn.write(piece)


def _decide(tx: Tx, turn: Turn, order: Order, work: Callable[[], object], *, received: int = 0) -> None:
    """Do it, and answer every way it can end; the card in this chat is true again in each of them."""
    try:
        with tx.attempt():
            work()
    except Refusal as refusal:
        if refusal.facts.get("ask_again"):
            card.show(tx, turn, order, {"ask": "sure", "received": received})
            return
        _tell_why_not(tx, turn, order, refusal)


def _tell_why_not(tx: Tx, turn: Turn, order: Order, refusal: Refusal) -> None:
    """Who was first, or that the card was old: in one line, and the card as it is."""
    if refusal.code == "already_decided" and refusal.facts.get("by") and refusal.facts.get("at"):
        zone = catalogs.current(tx, now=turn.now).zone
        time = clock_time(local(from_utc_text(refusal.facts["at"]), zone))
        turn.toast(turn.words.plain("owner.toast.first", staff=str(refusal.facts["by"]), time=time), alert=True)
    elif refusal.code in {"already_decided", "stale"}:
        turn.toast(turn.words.plain("toast.stale"))
    else:
        turn.explain(tx, refusal)
    card.show(tx, turn, order)


def _number(arg: str) -> tuple[int, bool]:
    """The sum on a button, and whether the gift is what was ordered."""
    digits = arg.removesuffix(card.ORDERED)
    if not digits.isdecimal():
        raise Refusal("stale")
    return int(digits), arg.endswith(card.ORDERED)
