"""Owns the rest of the price that staff take themselves, in cash or by transfer without a receipt, on the opened booking (R44)."""

from collections.abc import Mapping
from typing import Any

from aiogram import Router
from aiogram.types import Message

from housebot.bot.actions import act
from housebot.bot.staff import cards, deciding, prompts
from housebot.bot.staff.lines import Lines
from housebot.bot.staff.people import leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.errors import Refusal
from housebot.services import balances, bookings, outbox, payments
from housebot.services.bookings import Booking
from housebot.services.ports import Actor, Button, Tx
from housebot.words import Html

router = Router(name="staff.handed")

VERB = "hand"
PURPOSE = "rest_sum"
WAYS = {"cash": "damage.button.cash", "bank": "damage.button.bank"}
STATES = frozenset({"confirmed", "in_house", "completed"})


def pressed(tx: Tx, turn: Turn, booking: Booking, what: str, *, actor: Actor) -> None:
    """`ask` how it came, `other`: how much; `cash:<sum>:<rest>`: so much came while so much was left, so a second press adds nothing."""
    word, _, sums = what.partition(":")
    if word == "other":
        _ask_sum(tx, turn, booking)
        return
    try:
        if not _missing(tx, booking):
            raise Refusal("stale", booking=booking.code)
        if word == "ask":
            cards.show(tx, turn, booking, {"ask": VERB})
            return
        amount, rest = (int(one) if one.isascii() and one.isdigit() else 0 for one in (sums + ":").split(":")[:2])
        if word not in WAYS or not 0 < amount <= rest or rest != _missing(tx, booking):
            raise Refusal("stale", booking=booking.code)
        with tx.attempt():
            balances.handed_over(tx, booking.id, amount, method=word, actor=actor, now=turn.now)
    except Refusal as refusal:
        deciding.tell_why_not(tx, turn, booking, refusal)
        return
    money = turn.words.money(amount, booking.currency)
    turn.toast(turn.words.plain("owner.toast.rest_came", code=booking.code, amount=money))
    cards.show(tx, turn, booking)


def _ask_sum(tx: Tx, turn: Turn, booking: Booking) -> None:
    rest = turn.words.money(_missing(tx, booking), booking.currency)
    prompts.ask(tx, turn, PURPOSE, {"booking": booking.id}, show={"code": booking.code, "amount": rest})


@router.message(Answered(PURPOSE, loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """A part of it; what is no sum, or more than is left, is asked for again. How it came is asked next."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = bookings.get(tx, asked["booking"])
        rest = _missing(tx, booking)
        try:
            amount = parse_amount(message.text or "", booking.currency)
            if amount <= 0 or amount > rest > 0:
                raise Refusal("amount_invalid", reason="rest")
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_sum(tx, turn, booking)
            return
        prompts.close(turn)
        _show(tx, turn, booking, {"ask": VERB, "sum": amount} if rest else {})

    await turn.write(piece)


def _show(tx: Tx, turn: Turn, booking: Booking, facts: Mapping[str, Any]) -> None:
    """The opened booking below, asking how it came."""
    assert turn.chat is not None
    outbox.put(
        tx,
        kind="staff.booking",
        facts={"booking": booking.id, "ring": True, **facts},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        priority=outbox.SCREEN,
        language=turn.language,
        silent=True,
        card=cards.view_card(booking),
        booking_id=booking.id,
        now=turn.now,
    )


def buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    """One, while something is left to pay and no receipt for it waits on a card of its own."""
    rest = _missing(lines.tx, lines.booking)
    if not rest:
        return ()
    label = lines.words.plain("owner.button.rest_came", amount=lines.amount(rest))
    return ((_button(lines, label, "ask"),),)


def question(lines: Lines, facts: Mapping[str, Any]) -> tuple[Html, tuple[tuple[Button, ...], ...]] | None:
    """How the money came, asked on the card; not when nothing is missing any more."""
    words, rest = lines.words, _missing(lines.tx, lines.booking)
    amount = int(facts.get("sum", rest))
    if facts.get("ask") != VERB or not 0 < amount <= rest:
        return None
    ways = tuple(_button(lines, words.plain(label), f"{way}:{amount}:{rest}") for way, label in WAYS.items())
    other = _button(lines, words.plain("owner.button.other_sum"), "other")
    back = Button(words.plain("button.back"), act("sb", lines.booking.code, lines.booking.version))
    return words.t("owner.rest_how", amount=lines.money(amount)), (ways, (other, back))


def _button(lines: Lines, label: str, arg: str) -> Button:
    return Button(label, act("sj", lines.booking.code, lines.booking.version, f"{VERB}:{arg}"))


def _missing(tx: Tx, booking: Booking) -> int:
    if booking.status not in STATES or balances.open_files(tx, booking):
        return 0
    return payments.balance(tx, booking)
