"""Owns what is wished for beside the roof: wishes before there is a tariff, options of a tariff with their prices."""

from datetime import date, timedelta

from housebot.bot.guest.draft import Draft, chose
from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.guests import next_after_guests
from housebot.bot.guest.journey.screen import View, mark, rows_of, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, listens
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import Basis, Extra
from housebot.domain.period import stay_dates
from housebot.domain.phrases import understand
from housebot.domain.stay import stopped
from housebot.services.ports import Button, Message
from housebot.words import Words

PER = {
    Basis.NIGHT: "extra.per_night",
    Basis.GUEST: "extra.per_guest",
    Basis.GUEST_NIGHT: "extra.per_guest_night",
    Basis.HOUR: "extra.per_hour",
    Basis.PIECE: "extra.per_piece",
    Basis.PERCENT: "extra.percent_of",
}


@shows("wishes")
def what_is_wished(view: View) -> Message:
    buttons = []
    for extra in _extras(view, route.wishable(view.catalog)):
        on = extra.id in view.draft.extras
        name = view.say(extra.name)
        text = view.label("choose.button.wish_on", extra=name) if on else name
        buttons.append(view.button(text, Action.WISH, mark(extra.id)))
    lines = [view.words.t("choose.wishes", draft=view.sketch())]
    return view.message(lines, [*rows_of(buttons, 2), [_next(view)]])


@shows("options")
def what_it_costs(view: View) -> Message:
    lines = [view.words.t("choose.options", draft=view.sketch())]
    if included := included_names(view):
        lines.append(view.words.t("choose.everything_included", extras=included))
    return view.message(lines, [*rows_of(option_buttons(view), 1), [_next(view)]])


def _next(view: View) -> Button:
    some = "choose.button.next" if view.draft.extras else "choose.button.no_wishes"
    return view.button(view.label(some), Action.NEXT, view.draft.step)


def option_buttons(view: View) -> list[Button]:
    """Extras the tariff sells, each with its price, ticked or not."""
    tariff = view.tariff
    if tariff is None:
        return []
    buttons = []
    for extra in _extras(view, route.offered(view.catalog, tariff)):
        price = tariff.extras[extra.id]
        amount = view.words.percent(price) if extra.basis is Basis.PERCENT else view.amount(price)
        amount = with_basis(view.words, extra, amount)
        kind = "on" if extra.id in view.draft.extras else "off"
        text = view.label(f"choose.button.option_{kind}", extra=view.say(extra.name), amount=amount)
        buttons.append(view.button(text, Action.WISH, mark(extra.id)))
    return buttons


def with_basis(words: Words, extra: Extra, amount: str) -> str:
    """`12 с человека за ночь`: the price of one, and what it is multiplied by; alone where it is paid once."""
    return words.plain(PER[extra.basis], amount=amount) if extra.basis in PER else amount


def included_names(view: View) -> str:
    """What the tariff gives without asking, as one phrase."""
    tariff = view.tariff
    if tariff is None:
        return ""
    return ", ".join(view.say(one.name) for one in _extras(view, list(tariff.included_extras)))


def _extras(view: View, ids: list[str]) -> list[Extra]:
    """Those that can be had on the dates of the draft (a broken sauna cannot)."""
    days = _dates(view.draft)
    found = [extra for extra in view.catalog.extras if extra.id in ids]
    return [extra for extra in found if not stopped(view.catalog, extra, view.draft.unit, days)]


def _dates(draft: Draft) -> list[date]:
    """The dates of the stay as far as they are known."""
    if draft.arrival is not None and draft.departure is not None and draft.arrival < draft.departure:
        return stay_dates(draft.arrival, draft.departure)
    return [] if draft.day is None else [draft.day + timedelta(days=day) for day in range(draft.length or 1)]


@answers_to(Action.WISH)
def toggled(talk: Talk, draft: Draft, press: Press) -> None:
    extra = next((one for one in talk.catalog.extras if mark(one.id) == press.arg and not one.mandatory), None)
    if extra is None:
        again(talk, draft)
        return
    kept = tuple(one for one in draft.extras if one != extra.id)
    extras = kept if extra.id in draft.extras else (*kept, extra.id)
    anew = ("offers",) if draft.step == "wishes" else ()
    talk.show(chose(draft, again=anew, extras=extras), draft.step)


@answers_to(Action.NEXT)
def enough(talk: Talk, draft: Draft, press: Press) -> None:
    """The step has what it needs, or nothing is wished for."""
    if press.arg != draft.step:
        again(talk, draft)
    elif draft.step == "guests":
        next_after_guests(talk, draft)
    else:
        talk.go_on(chose(draft, draft.step))


@listens("wishes", "options", "adding")
def wishes_typed(talk: Talk, draft: Draft, text: str) -> bool:
    said = understand(text, talk.catalog, today=talk.today)
    if said.day is not None or said.guests is not None or not (said.wishes or said.unwanted):
        return False
    tariff = talk.catalog.tariff(draft.tariff) if draft.tariff else None
    wished = [one for one in said.wishes if tariff is None or one in tariff.extras]
    kept = [one for one in draft.extras if one not in said.unwanted and one not in wished]
    talk.show(chose(draft, extras=(*kept, *wished), again=("offers",) if draft.step == "wishes" else ()), draft.step)
    return True
