"""Owns the code on the summary: typed, judged, shown as a line of the price, and taken away again (R49, R51)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from housebot.bot.guest.draft import Draft, chose, returned
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.screen import View, shows
from housebot.bot.guest.journey.talk import Talk, again, listens
from housebot.bot.presses import Action
from housebot.errors import Refusal
from housebot.services import guesses, promos, quotes
from housebot.services.ports import Button, Message

WRONG = frozenset({"promo_invalid", "promo_used_up"})
OFF = "code-off"  # the name of the step that takes the code away


def button(view: View) -> Button | None:
    """On the summary: to type a code, where the desk has any, or the one that is in the price."""
    if view.draft.promo is not None:
        return view.button(view.label("code.button.typed", code=view.draft.promo), Action.STEP, "code")
    return view.button(view.label("code.button.ask"), Action.STEP, "code") if promos.any_active(view.tx) else None


def open_step(talk: Talk, draft: Draft) -> None:
    talk.show(route.opening(draft, "code", talk.catalog), "code")


@shows("code")
def ask(view: View) -> Message:
    lines = [view.words.t("code.ask")]
    rows = []
    if view.draft.promo is not None:
        lines.append(view.words.t("code.present", code=view.draft.promo))
        rows.append([view.button(view.label("code.button.off"), Action.STEP, OFF)])
    return view.message(lines, rows)


def take_away(talk: Talk, draft: Draft, *, notice: Mapping[str, Any] | None = None) -> None:
    """The summary without the code."""
    talk.show(chose(returned(draft), promo=None), "summary", notice=notice)


@listens("code")
def typed(talk: Talk, draft: Draft, text: str) -> bool:
    """A code that fits is in the price at once. Of one that does not, a guest learns only that; guessing is limited (R49)."""
    who, now = f"guest:{talk.guest.id}", talk.turn.now
    wish = chose(returned(draft), promo="".join(text.split()).upper()[:64])
    if wish.request is None:
        return False
    try:
        with talk.tx.attempt():
            guesses.limit(talk.tx, who, now=now)
            quotes.draw_up(talk.tx, wish.request, now=now, staff=draft.mode == "staff", guest_id=talk.guest.id)
    except Refusal as refusal:
        if refusal.code in WRONG:
            guesses.wrong(talk.tx, who, now=now)
        elif refusal.code != "rate_limited":
            talk.refuse(replace(wish, promo=None), refusal)
            return True
        again(talk, draft, notice={"id": "code.wait" if refusal.code == "rate_limited" else "code.wrong"})
        return True
    talk.show(wish, "summary", notice={"id": "code.taken"})
    return True
