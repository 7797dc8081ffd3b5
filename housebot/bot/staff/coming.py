"""Owns what staff say of a stay under way: nobody came, or they left before their time; asked once more on the card (R35)."""

from collections.abc import Callable, Mapping
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.staff import cards, deciding
from housebot.bot.staff.lines import Lines
from housebot.bot.staff.people import actor_of, leader
from housebot.bot.turn import Turn
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import bookings
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.words import Html

router = Router(name="staff.coming")


@router.callback_query(Acted("sh"))
async def said(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Nothing or `yes`: nobody came; `left` or `left:yes`: they have left. The second of two is told who was first."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        if booking.status not in {"confirmed", "in_house"}:
            at = utc_text(booking.decided_at) if booking.decided_at else None
            reason = Refusal("already_decided", by=booking.decided_by, at=at)
            deciding.tell_why_not(tx, turn, booking, reason)
        elif booking.version != act.version:
            deciding.tell_why_not(tx, turn, booking, Refusal("stale"))
        elif act.arg in {"", "left"}:
            cards.show(tx, turn, booking, {"ask": "check_out" if act.arg else "no_show"})
        elif act.arg == "yes":
            _do(tx, turn, booking, lambda: bookings.no_show(tx, booking.id, actor=actor, now=turn.now))
        elif act.arg == "left:yes":
            work = {"actor": actor, "version": act.version, "now": turn.now}
            _do(tx, turn, booking, lambda: bookings.check_out(tx, booking.id, **work))  # type: ignore[arg-type]
        else:
            raise Refusal("stale")

    await turn.write(piece)


def _do(tx: Tx, turn: Turn, booking: Booking, work: Callable[[], Booking]) -> None:
    """Do it and say what changed; the card shows it too."""
    try:
        with tx.attempt():
            done = work()
    except Refusal as refusal:
        deciding.tell_why_not(tx, turn, booking, refusal)
        return
    lines = Lines(tx, turn.words, done, bookings.catalog_of(tx, done), turn.now)
    if done.status == "no_show":
        turn.toast(turn.words.plain("owner.toast.no_show", code=done.code))
    else:
        turn.toast(turn.words.plain("owner.toast.left", code=done.code, time=lines.clock(done.end)))
    cards.show(tx, turn, done)


def buttons(lines: Lines) -> tuple[Button, ...]:
    """From the day of arrival on somebody may not have come; once it has begun they may have left."""
    booking, words = lines.booking, lines.words
    found = []
    if booking.status == "in_house" or lines.local(lines.now).date() >= booking.arrival.date():
        # By the clock it is under way: until check-out somebody may say that nobody came.
        found.append(Button(words.plain("owner.button.no_show"), act("sh", booking.code, booking.version)))
    if booking.status == "in_house" and not lines.is_visit:
        found.append(Button(words.plain("owner.button.left"), act("sh", booking.code, booking.version, "left")))
    return tuple(found)


def question(lines: Lines, facts: Mapping[str, Any]) -> tuple[Html, tuple[tuple[Button, ...], ...]] | None:
    """What a press has put onto the card."""
    booking, words = lines.booking, lines.words
    if booking.status not in {"confirmed", "in_house"}:
        return None
    match facts.get("ask"):
        case "no_show":
            text, label, arg = words.t("owner.no_show_sure"), "owner.button.no_show_yes", "yes"
        case "check_out":
            text, label, arg = words.t("owner.left_sure"), "owner.button.left_yes", "left:yes"
        case _:
            return None
    yes = Button(words.plain(label), act("sh", booking.code, booking.version, arg))
    back = Button(words.plain("button.back"), act("sb", booking.code, booking.version))
    return text, ((yes,), (back,))
