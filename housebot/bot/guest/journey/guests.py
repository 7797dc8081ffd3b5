"""Owns how many: one row of numbers, or a count for each age where ages have prices of their own."""

from collections.abc import Mapping
from typing import Any

from housebot.bot.guest.draft import Draft, chose
from housebot.bot.guest.journey import market
from housebot.bot.guest.journey.screen import View, rows_of, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, listens
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import AgeBand, Catalog
from housebot.domain.phrases import typed_number, understand
from housebot.domain.stay import MOST
from housebot.services.ports import Button, Message

USUAL = 2  # where a count for each age begins


@shows("guests")
def how_many(view: View) -> Message:
    most = capacity(view.catalog, view.draft)
    draft = view.sketch()
    lines = [view.words.t("choose.guests", draft=draft) if draft else view.words.t("choose.guests_first")]
    if len(view.catalog.bands) == 1:
        buttons = [view.button(str(count), Action.GUESTS, str(count)) for count in range(1, min(most, 24) + 1)]
        return view.message(lines, rows_of(buttons, 6 if most <= 12 else 8))
    party = view.draft.party or {adult(view.catalog).id: min(USUAL, most)}
    rows: list[list[Button]] = []
    for place, band in enumerate(view.catalog.bands):
        count = party.get(band.id, 0)
        name = f"{view.say(band.name)}: {count}"
        rows.append(
            [
                view.button(view.label("choose.button.less"), Action.GUESTS, f"m{place}"),
                view.button(name, Action.GUESTS, f"s{place}"),
                view.button(view.label("choose.button.more"), Action.GUESTS, f"p{place}"),
            ]
        )
    return view.message(lines, [*rows, [view.button(view.label("choose.button.next"), Action.NEXT, "guests")]])


def capacity(catalog: Catalog, draft: Draft) -> int:
    """The most guests any of the draft's units takes."""
    return max((unit.capacity for unit in market.units_for(catalog, draft)), default=1)


def misfit(catalog: Catalog, draft: Draft, guests: int) -> Mapping[str, Any] | None:
    """What to tell so many guests that none of the draft's units takes, or nobody at all; None: they fit."""
    if guests < 1:
        return {"id": "answer.nobody"}
    most = capacity(catalog, draft)
    return {"refusal": "max_guests", "facts": {"most": most, "asked": guests}} if guests > most else None


def counting(catalog: Catalog, party: Mapping[str, int]) -> int:
    """How many of the party take a place."""
    return sum(party.get(band.id, 0) for band in catalog.bands if band.counts)


def adult(catalog: Catalog) -> AgeBand:
    return next(band for band in catalog.bands if band.adult)


@answers_to(Action.GUESTS)
def counted(talk: Talk, draft: Draft, press: Press) -> None:
    if press.arg.isdecimal():
        take_number(talk, draft, int(press.arg))
        return
    bands = talk.catalog.bands
    if press.arg[0] not in "mps" or not press.arg[1:].isdecimal() or int(press.arg[1:]) >= len(bands):
        again(talk, draft)
        return
    band = bands[int(press.arg[1:])]
    step = {"m": -1, "p": 1, "s": 0}[press.arg[0]]
    party = dict(draft.party or {adult(talk.catalog).id: USUAL})
    party[band.id] = max(0, party.get(band.id, 0) + step)
    if not _fits(talk.catalog, draft, party) or party == dict(draft.party):
        return
    talk.show(chose(draft, again=("guests", "offers"), party=party), "guests")


def _fits(catalog: Catalog, draft: Draft, party: dict[str, int]) -> bool:
    adults = sum(party.get(band.id, 0) for band in catalog.bands if band.adult)
    return (
        adults >= 1
        and counting(catalog, party) <= capacity(catalog, draft)
        and all(count <= MOST for count in party.values())
    )


def next_after_guests(talk: Talk, draft: Draft) -> None:
    party = draft.party or {adult(talk.catalog).id: USUAL}
    talk.go_on(chose(draft, "guests", party=dict(party)))


def take_number(talk: Talk, draft: Draft, count: int) -> None:
    """So many grown-ups and nobody else; too many are told how many fit, with the keyboard again."""
    if told := misfit(talk.catalog, draft, count):
        talk.show(draft, "guests", notice=told)
    else:
        take_party(talk, draft, {adult(talk.catalog).id: count})


def take_party(talk: Talk, draft: Draft, party: dict[str, int]) -> None:
    cleared = {"tariff": None, "arrival": None, "departure": None} if draft.way == "help" else {}
    talk.go_on(chose(draft, "guests", again=("offers",), party=party, **cleared))


@listens("guests")
def guests_typed(talk: Talk, draft: Draft, text: str) -> bool:
    said = understand(text, talk.catalog, today=talk.today)
    if said.day is not None:
        return False
    if said.party and _fits(talk.catalog, draft, dict(said.party)):
        take_party(talk, draft, dict(said.party))
        return True
    count = typed_number(text)
    if count is not None:
        take_number(talk, draft, count)
    return count is not None
