"""Owns guests and extras of a change: steppers and switches as in a journey, with what they add as they are pressed."""

from collections.abc import Mapping

from housebot.bot.guest.alone import closed
from housebot.bot.guest.changing.preview import show_preview
from housebot.bot.guest.changing.talk import Page, Talk, draws, reason_of
from housebot.bot.guest.changing.verbs import open_verbs
from housebot.bot.guest.changing.wish import judged
from housebot.bot.guest.draft import chose
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.guests import adult
from housebot.bot.guest.journey.screen import mark
from housebot.bot.guest.journey.wishes import included_names, option_buttons
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import Catalog
from housebot.domain.phrases import typed_number, understand
from housebot.domain.stay import MOST, count_guests
from housebot.errors import Refusal
from housebot.services.ports import Button, Message
from housebot.words import Html


def begin(talk: Talk) -> None:
    """Who comes and what they want; too late is told."""
    if closed(talk.told) is not None or talk.booking.status == "in_house":
        open_verbs(talk)
    else:
        talk.show(talk.draft, "party")


@draws("party")
def steppers(page: Page) -> Message:
    """A row for each age, a switch for each extra, and what it comes to so far."""
    view, words = page.view, page.told.words
    lines: list[str] = [words.t("changing.party_slot" if page.told.is_slot else "changing.party"), page.title]
    if included := included_names(view):
        lines.append(words.t("choose.everything_included", extras=included))
    lines.append(_so_far(page))
    rows = [] if page.told.is_slot else _counts(page)
    options = [[one] for one in option_buttons(view)]
    done = view.button(view.label("choose.button.next"), Action.NEXT, "party")
    return view.message([line for line in lines if line], [*rows, *options, [done]])


def _counts(page: Page) -> list[list[Button]]:
    view = page.view
    rows = []
    for place, band in enumerate(view.catalog.bands):
        count = page.draft.party.get(band.id, 0)
        alone = len(view.catalog.bands) == 1
        name = page.told.words.guests(count) if alone else f"{view.say(band.name)}: {count}"
        less, more = view.label("choose.button.less"), view.label("choose.button.more")
        steps = ((less, "m"), (name, "s"), (more, "p"))
        rows.append([view.button(label, Action.GUESTS, f"{step}{place}") for label, step in steps])
    return rows


def _so_far(page: Page) -> Html | str:
    """The difference of what is chosen, or why it cannot be had."""
    told = page.told
    try:
        found = judged(told.tx, page.booking, page.draft, now=told.now)
    except Refusal as refusal:
        if refusal.code == "temporarily_unavailable":
            raise
        return "" if refusal.facts.get("reason") == "nothing_changes" else told.words.refusal(refusal)
    sign = "+" if found.amount > 0 else ""
    return told.words.t("changing.so_far", amount=f"{sign}{told.money(found.amount)}")


def counted(talk: Talk, press: Press) -> None:
    """One more or one fewer, within what the unit takes."""
    bands = talk.page().view.catalog.bands
    if press.arg[0] not in "mps" or not press.arg[1:].isdecimal() or int(press.arg[1:]) >= len(bands):
        raise Refusal("stale")
    band = bands[int(press.arg[1:])]
    party = dict(talk.draft.party)
    party[band.id] = min(max(party.get(band.id, 0) + {"m": -1, "p": 1, "s": 0}[press.arg[0]], 0), MOST)
    _take(talk, party)


def _take(talk: Talk, party: Mapping[str, int]) -> None:
    catalog = talk.page().view.catalog
    refusal = _misfit(talk, catalog, party)
    if refusal is None:
        talk.show(chose(talk.draft, party=dict(party)), "party")
        return
    if talk.turn.query_id is not None:
        talk.turn.explain(talk.tx, refusal)
    else:
        talk.show(talk.draft, "party", notice=reason_of(refusal))


def _misfit(talk: Talk, catalog: Catalog, party: Mapping[str, int]) -> Refusal | None:
    unit, tariff = catalog.unit(talk.booking.unit), catalog.tariff(talk.booking.tariff)
    if unit is None or tariff is None:
        return Refusal("unknown_tariff", tariff=talk.booking.tariff)
    try:
        count_guests(catalog, unit, tariff, party)
    except Refusal as refusal:
        return refusal
    return None


def toggled(talk: Talk, press: Press) -> None:
    """An extra on or off."""
    view = talk.page().view
    offered = route.offered(view.catalog, view.tariff) if view.tariff is not None else []
    extra = next((one for one in offered if mark(one) == press.arg), None)
    if extra is None:
        raise Refusal("stale")
    kept = tuple(one for one in talk.draft.extras if one != extra)
    extras = kept if extra in talk.draft.extras else (*kept, extra)
    talk.show(chose(talk.draft, extras=extras), "party")


def enough(talk: Talk, press: Press) -> None:
    """What it means."""
    show_preview(talk, talk.draft)


def typed(talk: Talk, text: str) -> bool:
    """How many, or «5 чел с сауной»."""
    catalog, today = talk.page().view.catalog, talk.told.local(talk.turn.now).date()
    said = understand(text, catalog, today=today)
    count = said.guests if said.guests is not None else typed_number(text)
    if said.day is not None or (count is None and not said.party and not said.wishes and not said.unwanted):
        return False
    offered = route.offered(catalog, tariff) if (tariff := talk.page().view.tariff) is not None else []
    kept = [one for one in talk.draft.extras if one not in said.unwanted]
    extras = dict.fromkeys([*kept, *(one for one in said.wishes if one in offered)])
    party = dict(said.party) or ({adult(catalog).id: count} if count is not None else dict(talk.draft.party))
    refusal = _misfit(talk, catalog, party)
    if refusal is not None:
        talk.show(talk.draft, "party", notice=reason_of(refusal))
    else:
        show_preview(talk, chose(talk.draft, party=party, extras=tuple(extras)))
    return True
