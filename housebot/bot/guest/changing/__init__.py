"""Owns what a guest changes alone: four verbs, one wish that may hold several, one preview, and a yes that does what was read (M11).

Buttons of pages are acts `ge` on the booking; calendars, hours, steppers and switches are pickers whose draft begins with `_`.
"""

import re
from collections.abc import Callable
from typing import Any

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.guest.changing import agreeing, asking, details, longer, party, preview, shift, verbs
from housebot.bot.guest.changing.talk import OPEN, Talk, about, present, texts
from housebot.bot.guest.changing.times import read_times
from housebot.bot.guest.changing.wish import MARK
from housebot.bot.guest.menu import SHOWN, word_of
from housebot.bot.presses import Action, Press, unpack
from housebot.bot.turn import Turn
from housebot.domain.catalog import Kind
from housebot.errors import Refusal
from housebot.services.ports import Tx

__all__ = ["router", "texts"]

router = Router(name="guest.changing")

PAGES: dict[str, Callable[[Talk], None]] = {
    "menu": verbs.open_verbs,
    "shift": shift.begin,
    "longer": longer.begin,
    "party": party.begin,
    "details": lambda talk: talk.show(talk.draft, "details"),
    "contact": details.ask_contact,
    "comment": lambda talk: talk.show(talk.draft, "comment"),
    "look": lambda talk: preview.show_preview(talk, talk.draft),
    "time": lambda talk: preview.only(talk, "time"),
    "guests": lambda talk: preview.only(talk, "guests"),
    "keep": agreeing.keep,
}
PICKS: dict[Action, Callable[[Talk, Press], None]] = {
    Action.ARRIVE: lambda talk, press: shift.take_day(talk, press.day()),
    Action.HOUR: lambda talk, press: shift.take_hour(talk, press.moment()),
    Action.MONTH: shift.turn_page,
    Action.MONTHS: shift.turn_page,
    Action.EDGE: shift.at_the_border,
    Action.NOTHING: shift.blank,
    Action.GUESTS: party.counted,
    Action.WISH: party.toggled,
    Action.NEXT: party.enough,
    Action.BACK: lambda talk, press: back(talk),
}
TURNS = frozenset(
    {Action.MONTH, Action.MONTHS, Action.EDGE, Action.NOTHING, Action.BACK}
)  # fit any version of their draft
TYPED: dict[str, Callable[[Talk, str], bool]] = {
    "day": shift.typed,
    "hours": shift.typed,
    "longer": longer.typed,
    "refused": longer.typed,
    "unmoved": shift.typed,
    "party": party.typed,
    "contact": details.contact_typed,
    "comment": details.comment_typed,
}
WORDS = frozenset({"contact", "comment"})  # steps that take whatever is typed
_BELOW_NOTHING = re.compile(r"[-−]\s?\d")  # neither a day nor an hour nor a number of guests
HELP = {
    "day": "answer.not_understood_day",
    "hours": "answer.not_understood_time",
    "longer": "changing.not_understood_time",
    "party": "answer.not_understood_guests",
}


@router.callback_query(Acted("ge"))
async def act_on(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A button of a page; without an argument it stands on a card and opens the change anew."""
    await turn.write(lambda tx: pressed(tx, turn, act))


def pressed(tx: Tx, turn: Turn, act: Act) -> None:
    """Answer it by the booking as it is now."""
    talk = about(tx, turn, act, begin=act.arg == "")
    if talk is None:
        return
    if act.arg == "":
        open_change(talk)
    elif act.arg in PAGES:
        PAGES[act.arg](talk)
    elif act.arg.startswith("at-"):
        longer.take_times(talk, *read_times(act.arg))
    elif act.arg.startswith("ask-"):
        asking.ask(talk, act.arg)
    elif act.arg.startswith("yes-"):
        agreeing.agree(talk, act.arg, act.version)
    else:
        raise Refusal("stale")


def open_change(talk: Talk) -> None:
    """The four verbs; in the house there is one question: until when."""
    if talk.booking.status == "in_house" and not talk.told.is_slot:
        longer.begin(talk)
    else:
        verbs.open_verbs(talk)


class OfAChange(BaseFilter):
    """Lets presses of pickers of a change through, as `press`."""

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, Any]:
        try:
            press = unpack(query.data or "")
        except Refusal:
            return False
        return {"press": press} if press.draft.startswith(MARK) and press.action in PICKS else False


@router.callback_query(OfAChange())
async def picked(query: CallbackQuery, turn: Turn, press: Press) -> None:
    """A day, an hour, a guest more: judged against the wish that is open, or told that its time is over (T3)."""

    def piece(tx: Tx) -> None:
        talk = present(tx, turn)
        if talk is None or talk.draft.code != press.draft:
            turn.toast(turn.words.plain("toast.stale"))
            if talk is not None:
                again(talk)
        elif talk.draft.version != press.version and press.action not in TURNS:
            turn.toast(turn.words.plain("toast.stale"))
            again(talk)
        else:
            PICKS[press.action](talk, press)

    await turn.write(piece)


def back(talk: Talk) -> None:
    """The page before this one."""
    if talk.draft.step == "hours":
        day = talk.draft.day or talk.booking.arrival.date()
        shift.show_month(talk, day.year, day.month)
    else:
        details.back(talk)


def again(talk: Talk, notice: dict[str, Any] | None = None) -> None:
    """The page that is open, as it is now."""
    if talk.draft.step == "day":
        day = talk.draft.day or talk.booking.arrival.date()
        shift.show_month(talk, day.year, day.month, notice=notice)
    elif talk.draft.step in ("refused", "unmoved"):
        talk.show(talk.draft, "menu", notice=notice)
    else:
        talk.show(talk.draft, talk.draft.step, notice=notice)


class Typing(BaseFilter):
    """Lets words and contact cards through while a page of a change is the open one."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or turn.data.get(SHOWN) != OPEN:
            return False
        if message.contact is None and (not message.text or message.text.startswith("/") or word_of(message.text)):
            return False
        talk = turn.read(lambda tx: present(tx, turn))
        return talk is not None and (message.contact is None or talk.draft.step == "contact")


def _help(talk: Talk) -> str:
    """What may be typed on this page: a visit counts no guests, nights have days and no hours."""
    step, kind = talk.draft.step, talk.told.stay.tariff.kind
    if step == "party" and kind is Kind.SLOT:
        return "changing.not_understood"
    return HELP["day"] if step == "longer" and kind is Kind.NIGHTLY else HELP.get(step, "changing.not_understood")


@router.message(Typing())
async def typed(message: Message, turn: Turn) -> None:
    """Read by the page that is open; what it does not understand gets help, not silence (T7)."""

    def piece(tx: Tx) -> None:
        talk = present(tx, turn)
        if talk is None:
            raise Refusal("stale")
        if message.contact is not None:
            details.contact_shared(talk, message.contact.phone_number, message.contact.user_id)
            return
        text, reader = (message.text or "").strip(), TYPED.get(talk.draft.step)
        below_nothing = talk.draft.step not in WORDS and _BELOW_NOTHING.match(text)
        if reader is None or below_nothing or not reader(talk, text):
            again(talk, {"id": _help(talk)})

    await turn.write(piece)
