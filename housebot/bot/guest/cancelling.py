"""Owns cancelling by the guest: what goes back and why before the button, exactly that booked, never more than was asked (R53, M11)."""

import hashlib
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot import why
from housebot.bot.actions import Act, Acted
from housebot.bot.guest import hold
from housebot.bot.guest.alone import no_move
from housebot.bot.guest.telling import Told, acting, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import balances, bookings, explanations, outbox, refunds
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Message, Tx
from housebot.services.refunds import Refund
from housebot.words import Html, join

router = Router(name="guest.cancelling")
texts = Texts()

_PRINT = 9  # characters of what was shown


@router.callback_query(Acted("gc"))
async def cancel(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks first, with the sum that goes back; or says why it is that sum."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if act.arg == "why":
            turn.say(tx, "guest.refund_why", {"booking": booking.id})
        elif booking.is_hold and not booking.lapsed(turn.now) and not booking.under_review:
            hold.ask_release(tx, turn, booking, ring=True)
        elif booking.status == "confirmed":
            _question(tx, turn, booking, ring=True)
        else:
            hold.show_present(tx, turn, booking)

    await turn.write(piece)


@router.callback_query(Acted("gd"))
async def cancel_yes(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Only what was shown: another sum than on the button is shown anew, and a second yes finds it cancelled."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if act.arg == "no":
            _question(tx, turn, booking, kept=True)
            return
        if booking.status == "cancelled_by_guest" and booking.version == act.version + 1:
            _question(tx, turn, booking)  # doubled: this very yes has cancelled it, and the same message says so
            return
        if booking.status != "confirmed":
            hold.show_present(tx, turn, booking)
            return
        found = refunds.terms(tx, booking, "policy", now=turn.now)
        if yes_arg(found) != act.arg or booking.version != act.version:
            _question(tx, turn, booking, was=act.arg.rpartition("-")[2])
            return
        booking = bookings.cancel(tx, booking.id, by="guest", actor=acting(tx, turn), version=act.version, now=turn.now)
        _question(tx, turn, booking)

    await turn.write(piece)


def yes_arg(found: Refund) -> str:
    """What was shown, short enough for a button, and what goes back of it."""
    shown = (found.paid, found.fee, found.refund, found.money, found.to_card, found.certificate)
    return f"yes-{hashlib.sha256(repr(shown).encode()).hexdigest()[:_PRINT]}-{found.refund}"


def _question(
    tx: Tx, turn: Turn, booking: Booking, *, ring: bool = False, kept: bool = False, was: str | None = None
) -> None:
    facts: dict[str, Any] = {"booking": booking.id}
    facts |= {"ring": True} if ring else {}
    facts |= {"kept": True} if kept else {}
    facts |= {"was": was} if was is not None else {}
    outbox.put(
        tx,
        kind="guest.cancel",
        facts=facts,
        chat_id=turn.place.chat_id,
        language=turn.language,
        card=f"cancel:{booking.id}:guest",
        booking_id=booking.id,
        now=turn.now,
    )


@texts.renders("guest.cancel")
def cancel_question(scene: Scene) -> Message:
    """«Вернём 0 из 400 BYN, потому что …»; afterwards the same message says how it ended."""
    told = tell(scene)
    words, booking = told.words, told.booking
    if booking.status != "confirmed":
        return Message(words.t("my.line", code=booking.code, span=told.when, status=told.status))
    if scene.facts.get("kept"):
        return Message(words.t("slot.kept" if told.is_slot else "hold.kept", code=booking.code))
    found = refunds.terms(scene.tx, booking, "policy", now=scene.now)
    lines = [_moved_on(told, scene.facts.get("was"), found), _asks(told, found), *_where(told, found)]
    move = "cancel.button.move_slot" if told.is_slot else "cancel.button.move"
    instead = told.button("ge", move, "shift") if no_move(told) is None else None
    reasons = told.button("gc", "cancel.button.why", "why") if found.paid else None
    rows = [
        instead,
        told.button("gd", "cancel.button.yes", yes_arg(found)),
        reasons,
        told.button("gd", "cancel.button.no", "no"),
    ]
    return Message(join("\n", lines), tuple((one,) for one in rows if one is not None))


def _moved_on(told: Told, was: str | None, found: Refund) -> Html:
    """The sum on the pressed button is not the present one any more: said, and nothing is done."""
    if was is None:
        return Html()
    if was.isdigit() and len(was) < 13 and int(was) != found.refund:
        facts = {"was": told.amount(int(was)), "now": told.money(found.refund)}
        return told.words.t("cancel.sum_moved", **facts)
    return told.words.t("changing.moved_on")


def _asks(told: Told, found: Refund) -> Html:
    words = told.words
    if not found.paid:
        return words.t("cancel.ask_unpaid", span=told.when)
    facts = {"refund": told.amount(found.refund), "paid": told.money(found.paid), "why": told.say(found.why)}
    return words.t("cancel.ask", code=told.booking.code, span=told.when, **facts)


def _where(told: Told, found: Refund) -> list[Html]:
    """What of it goes where a gift paid, and what becomes of money that nobody has looked at yet."""
    words = told.words
    lines = [words.t("cancel.ask_to_gift", amount=told.money(found.to_card))] if found.to_card else []
    lines += [words.t("cancel.ask_certificate")] if found.certificate else []
    lines += [words.t("cancel.ask_unseen")] if balances.open_files(told.tx, told.booking) else []
    return lines


def why_button(told: Told) -> tuple[Button, ...]:
    """Where something was paid for what is over, why so much of it came back."""
    found = explanations.of_refund(told.tx, told.booking)
    if found is None or not found.paid:
        return ()
    return (told.button("gc", "cancel.button.why", "why"),)


@texts.renders("guest.refund_why")
def why_this_refund(scene: Scene) -> Message:
    """The policy the booking was made under, tier by tier with its last minute; of a cancelled one what was decided."""
    told = tell(scene)
    tx, words, booking = told.tx, told.words, told.booking
    terms = refunds.terms(tx, booking, "policy", now=told.now) if booking.status == "confirmed" else None
    lines = why.refund_lines(tx, words, booking, terms, now=told.now)
    if not lines:
        lines = [words.t("my.line", code=booking.code, span=told.when, status=told.status)]
    return Message(join("\n", lines), ((told.button("gq", "menu.button.ask"),),))
