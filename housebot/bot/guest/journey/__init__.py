"""Owns the journey from a wish to a hold: one file a step, each with its screen, its presses and what may be typed at it."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Picked
from housebot.bot.guest.draft import Draft, returned
from housebot.bot.guest.journey import (
    adding,
    booking,
    code,
    day,
    guests,
    hours,
    length,
    offers,
    route,
    summary,
    talk,
    tariff,
    visit,
    wishes,
)
from housebot.bot.guest.journey.screen import texts
from housebot.bot.guest.journey.talk import Talk, answers_to
from housebot.bot.presses import Action, Press
from housebot.bot.turn import Turn

__all__ = ["STEPS", "router", "texts"]

STEPS = (day, length, guests, wishes, offers, tariff, hours, visit, adding, summary, code, booking)

PRESSES = frozenset(Action) - {
    Action.MENU,
    Action.LOOK,
}  # the menu is open without a draft, the calendar of /dates has none

router = Router(name="guest.journey")

for part in (booking.texts, summary.texts):
    for kind, text in part.table.items():
        texts.renders(kind)(text)


@answers_to(Action.BACK)
def back(at: Talk, draft: Draft, press: Press) -> None:
    """The screen she came from; from the first one to the menu."""
    at.show(returned(draft), route.step_before(draft, at.catalog))


@router.callback_query(Picked(*PRESSES))
async def pressed(query: CallbackQuery, turn: Turn, press: Press) -> None:
    await turn.write(lambda tx: talk.press(turn, tx, press))
