"""Owns choosing by name: the unit, the tariff with its price, the service and the specialist."""

from housebot.bot.guest.draft import Draft, begin, chose
from housebot.bot.guest.journey import market, route
from housebot.bot.guest.journey.screen import View, mark, rows_of, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import Catalog, Kind, Tariff
from housebot.services.ports import Message

ANY = "any"  # whoever is free
HELP = "help"  # the first row of the tariffs: choose for me


@shows("unit")
def which_unit(view: View) -> Message:
    given = view.tariff if view.draft.certificate else None
    buttons = [
        view.button(view.say(unit.name), Action.UNIT, mark(unit.id))
        for unit in view.catalog.units
        if view.catalog.tariffs_of(unit.id) and (given is None or unit.id in given.units)
    ]
    return view.message([view.words.t("choose.unit")], rows_of(buttons, 1))


@shows("tariff")
def which_tariff(view: View) -> Message:
    tariffs = _tariffs(view)
    rows = [[view.button(view.label("menu.button.help_choose"), Action.TARIFF, HELP)]]
    rows += [[view.button(_priced(view, one), Action.TARIFF, mark(one.id))] for one in tariffs]
    notes = [
        view.words.t("offers.line_plain", tariff=view.say(one.name), total=view.money(one.price), note=_note(view, one))
        for one in tariffs
    ]
    return view.message([view.words.t("choose.tariff"), *notes], rows)


def _tariffs(view: View) -> list[Tariff]:
    units = {unit.id for unit in market.units_for(view.catalog, view.draft)}
    return [one for one in route.selling(view.catalog) if one.kind is not Kind.SLOT and units & set(one.units)]


def _priced(view: View, tariff: Tariff) -> str:
    name = view.say(tariff.short or tariff.name)
    return view.label("offers.button.offer", tariff=name, amount=view.amount(tariff.price))


def _note(view: View, tariff: Tariff) -> str:
    note = view.say(tariff.note)
    return f", {note}" if note else ""


@shows("service")
def which_service(view: View) -> Message:
    rows = [
        [
            view.button(
                view.label("slot.button.service", tariff=view.say(one.name), amount=view.amount(one.price)),
                Action.TARIFF,
                mark(one.id),
            )
        ]
        for one in route.selling(view.catalog)
        if one.kind is Kind.SLOT
    ]
    return view.message([view.words.t("slot.service")], rows)


@shows("specialist")
def which_specialist(view: View) -> Message:
    tariff = view.tariff
    units = [unit for unit in view.catalog.units if tariff is not None and unit.id in tariff.units]
    rows = [[view.button(view.label("slot.button.any"), Action.UNIT, ANY)]]
    rows += [[view.button(view.say(unit.name), Action.UNIT, mark(unit.id))] for unit in units]
    lines: list[str] = [view.words.t("slot.specialist", draft=view.sketch())]
    lines += [f"{view.say(unit.name)}: {view.say(unit.description)}" for unit in units if unit.description]
    return view.message(lines, rows)


@answers_to(Action.UNIT)
def unit_chosen(talk: Talk, draft: Draft, press: Press) -> None:
    if draft.way == "slot":
        specialist_chosen(talk, draft, press.arg)
        return
    unit = next((one for one in talk.catalog.units if mark(one.id) == press.arg), None)
    tariffs = talk.catalog.tariffs_of(unit.id) if unit is not None else ()
    if unit is None or not tariffs:
        again(talk, draft)
        return
    only = tariffs[0].id if len(tariffs) == 1 else None
    if draft.certificate and any(one.id == draft.tariff for one in tariffs):
        talk.go_on(chose(draft, "unit", unit=unit.id))  # the certificate says the rest
        return
    take_tariff(talk, chose(draft, "unit", again=("tariff",), unit=unit.id, tariff=None), only)


def specialist_chosen(talk: Talk, draft: Draft, arg: str) -> None:
    anew = ("time",)
    cleared = {"arrival": None, "departure": None}
    if arg == ANY:
        talk.go_on(chose(draft, "specialist", again=anew, unit=None, any_unit=True, **cleared))
        return
    tariff = talk.catalog.tariff(draft.tariff) if draft.tariff else None
    sellers = tariff.units if tariff is not None else ()
    unit = next((one for one in talk.catalog.units if mark(one.id) == arg and one.id in sellers), None)
    if unit is None:
        again(talk, draft)
        return
    talk.go_on(chose(draft, "specialist", again=anew, unit=unit.id, any_unit=False, **cleared))


@answers_to(Action.TARIFF)
def tariff_chosen(talk: Talk, draft: Draft, press: Press) -> None:
    if press.arg == HELP:
        kept = {"unit": draft.unit, "party": draft.party, "extras": draft.extras, "gift": draft.gift}
        talk.go_on(begin("help", mode=draft.mode, **kept))
        return
    tariff = next((one for one in route.selling(talk.catalog) if mark(one.id) == press.arg), None)
    if tariff is None:
        again(talk, draft)
    elif draft.way == "slot":
        take_service(talk, draft, tariff)
    else:
        take_tariff(talk, draft, tariff.id)


def take_tariff(talk: Talk, draft: Draft, tariff_id: str | None) -> None:
    """That tariff, and the unit where it is sold by one alone; extras it does not sell are left out."""
    anew = ("hours", "until", "departure")
    given = draft.certificate and tariff_id == draft.tariff
    draft = chose(draft, again=anew, tariff=tariff_id, arrival=None, departure=None, certificate=given)
    tariff = talk.catalog.tariff(tariff_id) if tariff_id else None
    if tariff is None:
        talk.go_on(draft)
        return
    unit = draft.unit if draft.unit in tariff.units else tariff.units[0]
    draft = market.dropped_extras(talk.catalog, chose(draft, "tariff", unit=unit))
    talk.go_on(draft)


def take_service(talk: Talk, draft: Draft, tariff: Tariff) -> None:
    talk.go_on(with_service(talk.catalog, draft, tariff))


def with_service(catalog: Catalog, draft: Draft, tariff: Tariff) -> Draft:
    """The draft with that service; a specialist who does not do it is asked for anew."""
    unit = draft.unit if draft.unit in tariff.units and not draft.any_unit else None
    done = ["service"]
    if len(tariff.units) == 1:
        unit = tariff.units[0]
        done.append("specialist")
    anew = ("time",) if unit else ("time", "specialist")
    stays = {"arrival": None, "departure": None, "any_unit": False}
    draft = chose(
        draft, *done, again=anew if "specialist" not in done else ("time",), tariff=tariff.id, unit=unit, **stays
    )
    return market.dropped_extras(catalog, draft)
