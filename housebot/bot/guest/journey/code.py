"""Owns the codes on the summary, a promo and a gift: typed, judged, in the price, and taken away again (R48, R49, R51)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from housebot.bot.guest.draft import Draft, chose, returned
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.screen import View, shows
from housebot.bot.guest.journey.talk import Talk, again, listens
from housebot.bot.presses import Action
from housebot.errors import Refusal
from housebot.services import gifts, guesses, promos, quotes
from housebot.services.ports import Button, Message

OF_PROMO, OF_GIFT = guesses.OF_PROMO, guesses.OF_GIFT
WRONG = OF_PROMO | OF_GIFT
OFF, GIFT_OFF = "code-off", "gift-off"  # names of the steps that take a code away
LONGEST = 64


def button(view: View) -> Button | None:
    """On the summary: to type a code, where the desk has any, or those that are in the price."""
    codes = [code for code in (view.draft.promo, view.draft.gift) if code]
    if codes:
        return view.button(view.label("code.button.typed", code=" + ".join(codes)), Action.STEP, "code")
    if promos.any_active(view.tx) or gifts.any_living(view.tx, view.catalog, now=view.now):
        return view.button(view.label("code.button.ask"), Action.STEP, "code")
    return None


def open_step(talk: Talk, draft: Draft) -> None:
    talk.show(route.opening(draft, "code", talk.catalog), "code")


@shows("code")
def ask(view: View) -> Message:
    lines = [view.words.t("code.ask")]
    rows = []
    if view.draft.promo is not None:
        lines.append(view.words.t("code.present", code=view.draft.promo))
        rows.append([view.button(view.label("code.button.off"), Action.STEP, OFF)])
    if view.draft.gift is not None:
        lines.append(view.words.t("code.present_gift", code=view.draft.gift))
        rows.append([view.button(view.label("code.button.gift_off"), Action.STEP, GIFT_OFF)])
    return view.message(lines, rows)


def take_away(talk: Talk, draft: Draft, off: str, *, notice: Mapping[str, Any] | None = None) -> None:
    """The summary without that code."""
    without: dict[str, Any] = {"gift": None, "certificate": False} if off == GIFT_OFF else {"promo": None}
    talk.show(chose(returned(draft), **without), "summary", notice=notice)


def drop(talk: Talk, draft: Draft, refusal: Refusal) -> None:
    """A code that fitted does not any more: the summary without it, and it says so."""
    if refusal.code in OF_GIFT:
        take_away(talk, draft, GIFT_OFF, notice={"id": "code.gift_dropped"})
    else:
        take_away(talk, draft, OFF, notice={"id": "code.dropped"})


@listens("code")
def typed(talk: Talk, draft: Draft, text: str) -> bool:
    """A code that fits is in the price at once. Of one that does not, a guest learns only that; guessing is limited (R49)."""
    who, now = f"guest:{talk.guest.id}", talk.turn.now
    wish = chose(returned(draft))
    if wish.request is None:
        return False
    try:
        with talk.tx.attempt():
            guesses.limit(talk.tx, who, now=now)
            wish = _with_code(talk, wish, text)
    except Refusal as refusal:
        if refusal.code in WRONG:
            guesses.wrong(talk.tx, who, now=now)
        elif refusal.code != "rate_limited":
            talk.refuse(wish, refusal)
            return True
        again(talk, draft, notice={"id": "code.wait" if refusal.code == "rate_limited" else "code.wrong"})
        return True
    talk.show(wish, "summary", notice=_taken(draft, wish))
    return True


def _taken(before: Draft, now: Draft) -> dict[str, Any]:
    """It is in the price; a code that had to go for it is named."""
    gone = before.promo if before.promo not in {None, now.promo} else before.gift
    if gone is None or gone in {now.promo, now.gift}:
        return {"id": "code.taken"}
    return {"id": "code.taken_instead", "facts": {"was": gone}}


def _with_code(talk: Talk, draft: Draft, text: str) -> Draft:
    """The draft with what was typed: a promo, else a gift. One of `WRONG` where it is neither."""
    promo = "".join(text.split()).upper()[:LONGEST]
    try:
        _judge(talk, draft, promo=promo, gift=None)
    except Refusal as refusal:
        if refusal.code not in OF_PROMO:
            raise
    else:
        return replace(draft, promo=promo)
    # What the other code takes off does not matter here: the summary judges both together.
    share = _judge(talk, draft, promo=None, gift=text[:LONGEST]).price.gift
    assert share is not None, "it was asked for"
    return replace(draft, gift=share.code, certificate=False)


def _judge(talk: Talk, draft: Draft, *, promo: str | None, gift: str | None) -> quotes.Quote:
    assert draft.request is not None
    staff = draft.mode == "staff"
    wish = replace(draft.request, promo=promo, gift=gift)
    return quotes.draw_up(talk.tx, wish, now=talk.turn.now, staff=staff, guest_id=talk.guest.id)
