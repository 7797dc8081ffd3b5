"""Owns the beginning: /start with its links, the welcome and the menu, the ways into a journey, and going on with a draft."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Picked
from housebot.bot.guest import draft as drafts
from housebot.bot.guest.draft import Draft, begin
from housebot.bot.guest.journey import PRESSES, market, route
from housebot.bot.guest.journey.guests import adult
from housebot.bot.guest.journey.offers import SOLD
from housebot.bot.guest.journey.screen import View
from housebot.bot.guest.journey.talk import Talk, again, answers_to
from housebot.bot.guest.journey.tariff import take_service
from housebot.bot.guest.keyboard import menu_keyboard, rows
from housebot.bot.guest.menu import AWAY, SHOWN, opens
from housebot.bot.presses import NO_DRAFT, Action, Press, pack
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Kind
from housebot.errors import Refusal
from housebot.services import catalogs, claims, house_words, settings
from housebot.services.ports import Actor, Button, Message, Picture, Tx
from housebot.words import bold, join

router = Router(name="guest.start")
texts = Texts()

GO_ON, ANEW = "go-on", "anew"

Leads = Callable[[Talk, str], None]

links: dict[str, Leads] = {}


def leads(kind: str) -> Callable[[Leads], Leads]:
    """The function answers links of that kind, `/start <kind>_<rest>`, after the welcome."""

    def add(lead: Leads) -> Leads:
        links[kind] = lead
        return lead

    return add


MOST_PAYLOAD = 64


# The welcome and the menu.


@opens("start")
async def start(turn: Turn) -> None:
    payload = str(turn.content.get("text", "")).partition(" ")[2].strip()[:MOST_PAYLOAD]
    await turn.write(lambda tx: began(turn, tx, payload))


def began(turn: Turn, tx: Tx, payload: str) -> None:
    """What the link asks for; without one the welcome, and the draft that may be gone on with."""
    talk = Talk(turn, tx)
    kind, _, rest = payload.partition("_")
    turn.guest(tx, source=rest if kind == "src" else "")
    if kind == "claim" and rest:
        claimed(talk, rest)
        return
    turn.say(tx, "reply.welcome", {})
    if kind == "book" and (unit := talk.catalog.unit(rest)) is not None:
        booked_unit(talk, unit.id)
    elif kind in links and rest:
        links[kind](talk, rest)
    else:
        offer_draft(talk)


def claimed(talk: Talk, token: str) -> None:
    """A booking that staff made becomes this guest's (T4)."""
    actor = Actor("guest", talk.guest.id, talk.guest.name, "telegram")
    try:
        with talk.tx.attempt():
            booking = claims.claim(talk.tx, token, guest_id=talk.guest.id, actor=actor, now=talk.turn.now)
    except Refusal:
        talk.turn.say(talk.tx, "reply.claimed", {})
        return
    talk.turn.say(talk.tx, "reply.claimed", {"booking": booking.id})


def booked_unit(talk: Talk, unit_id: str) -> None:
    """`book_<unit>`: straight to choosing, for that unit."""
    tariffs = talk.catalog.tariffs_of(unit_id)
    if tariffs and all(tariff.kind is Kind.SLOT for tariff in tariffs):
        enter(talk, "slot")
        return
    several = sum(1 for unit in talk.catalog.units if talk.catalog.tariffs_of(unit.id)) > 1
    enter(talk, "help", **({"unit": unit_id} if several else {}))


def offer_draft(talk: Talk) -> None:
    """`Продолжить: сб 5 дек, 4 гостя`; dates that were sold meanwhile say so and others are offered."""
    draft = talk.draft
    if draft is None or not draft.begun or is_over(talk, draft):
        talk.keep(None, **{SHOWN: "", AWAY: True})
        return
    if draft.request is not None and is_sold(talk, draft):
        sold(talk, draft)
        return
    if draft.day is not None and draft.request is None and day_is_gone(talk, draft):
        sold(talk, draft)
        return
    talk.keep(draft, **{SHOWN: "", AWAY: True})
    talk.turn.screen(talk.tx, "resume", {"draft": drafts.to_json(draft)}, ring=True)


def is_over(talk: Talk, draft: Draft) -> bool:
    """Whether its day is past."""
    return draft.day is not None and draft.day < talk.today


def is_sold(talk: Talk, draft: Draft) -> bool:
    refusal = market.in_the_way(talk.tx, talk.catalog, draft, talk.turn.now)
    return refusal is not None and refusal.code == "dates_taken"


def day_is_gone(talk: Talk, draft: Draft) -> bool:
    assert draft.day is not None
    try:
        day = market.day_of(talk.tx, talk.catalog, draft, draft.day, talk.turn.now)
    except Refusal:
        return False
    return day.state not in market.OPEN


def sold(talk: Talk, draft: Draft) -> None:
    """The wish is kept, the dates are not: what is near."""
    notice = {"id": SOLD, "facts": {"draft": label(talk.view(draft))}}
    if draft.way == "help" and draft.day is not None and draft.party:
        anew = drafts.chose(draft, again=("offers",), tariff=None, arrival=None, departure=None)
        talk.show(anew, "offers", notice=notice)
    elif draft.request is not None:
        talk.show(draft, "refused", notice={"refusal": "dates_taken"})
    else:
        talk.show(draft, "day", notice=notice)


def label(view: View) -> str:
    """`сб 5 дек, 4 гостя`: enough to know one's own wish again."""
    draft, words = view.draft, view.words
    guests = sum(draft.party.values())
    parts = []
    if draft.day:
        parts.append(view.day(draft.day))
    elif view.tariff is not None:
        parts.append(view.say(view.tariff.short or view.tariff.name))
    if draft.way == "slot" and view.tariff is not None:
        parts.append(view.say(view.tariff.name))
    elif guests:
        parts.append(words.guests(guests))
    if not parts:
        parts = [view.say(one.name) for one in view.catalog.extras if one.id in draft.extras]
    if not parts and draft.gift:
        parts = [words.plain("menu.draft_gift")]
    return ", ".join(dict.fromkeys(parts))


@texts.renders("reply.welcome")
def welcome(scene: Scene) -> Message:
    """M1: the house in bold, one sentence, its photo, and the menu under the text field."""
    catalog = catalogs.current(scene.tx, now=scene.now)
    name = catalog.name.get(scene.words.language) or next(iter(catalog.name.values()), "")
    text = house_words.texts(scene.tx, "welcome", scene.words.language, now=scene.now).strip()
    return Message(
        join("", [bold(name), ". ", text]) if text else bold(name),
        reply_keyboard=menu_keyboard(catalog, scene.words),
        pictures=_photo(scene, catalog),
    )


def _photo(scene: Scene, catalog: Catalog) -> tuple[Picture, ...]:
    """The first photo that was sent to the bot; files beside the document cannot be shown from here."""
    for unit in catalog.units:
        photos = settings.photos(scene.tx, unit.id)
        if photos:
            return (Picture(file_id=photos[0]),)
    return ()


@texts.renders("reply.keyboard")
def keyboard_back(scene: Scene) -> Message:
    """The menu under the text field again."""
    catalog = catalogs.current(scene.tx, now=scene.now)
    return Message(scene.words.t("menu.title"), reply_keyboard=menu_keyboard(catalog, scene.words))


@texts.renders("reply.claimed")
def claimed_text(scene: Scene) -> Message:
    from housebot.services import bookings

    catalog = catalogs.current(scene.tx, now=scene.now)
    keyboard = menu_keyboard(catalog, scene.words)
    if "booking" not in scene.facts:
        return Message(scene.words.t("new.claim_used"), reply_keyboard=keyboard)
    booking = bookings.get(scene.tx, scene.facts["booking"])
    span = scene.words.span(booking.arrival, booking.departure)
    return Message(scene.words.t("new.claimed", code=booking.code, span=span), reply_keyboard=keyboard)


@opens("menu")
async def menu(turn: Turn) -> None:
    await turn.write(lambda tx: open_menu(turn, tx))


def open_menu(turn: Turn, tx: Tx) -> None:
    """The menu as buttons; typed, it also brings the keyboard back, for the contact may have taken its place."""
    talk = Talk(turn, tx)
    if turn.query_id is None:
        turn.say(tx, "reply.keyboard", {})
    draft = talk.draft
    talk.leave(draft if draft is not None and draft.begun and not is_over(talk, draft) else None)


@texts.renders("screen.menu")
def menu_screen(scene: Scene) -> Message:
    """Every screen of the menu as a button, and the draft first."""
    catalog = catalogs.current(scene.tx, now=scene.now)
    words = scene.words
    draft = drafts.from_json(scene.facts.get("draft"))
    buttons = []
    line = ""
    if draft is not None and draft.begun:
        view = View(scene.tx, words, scene.now, scene.facts, draft)
        line = words.t("menu.draft_kept", draft=label(view))
        buttons.append([_resume(view)])
    buttons += [
        [Button(words.plain(message_id), data=pack(Action.MENU, NO_DRAFT, 0, name)) for name, message_id in row]
        for row in rows(catalog)
    ]
    return Message(join("\n", [words.t("menu.title"), line]), tuple(tuple(row) for row in buttons))


@texts.renders("screen.resume")
def resume_screen(scene: Scene) -> Message:
    draft = drafts.from_json(scene.facts.get("draft"))
    if draft is None:
        raise Refusal("stale")
    view = View(scene.tx, scene.words, scene.now, scene.facts, draft)
    anew = view.button(scene.words.plain("menu.button.start_over"), Action.RESUME, ANEW)
    menu_button = Button(scene.words.plain("button.menu"), data=pack(Action.MENU, NO_DRAFT, 0, "menu"))
    text = scene.words.t("menu.continue", draft=label(view))
    return Message(text, ((_resume(view),), (anew, menu_button)))


def _resume(view: View) -> Button:
    text = view.words.plain("menu.button.continue", draft=label(view))
    return view.button(text, Action.RESUME, GO_ON)


@answers_to(Action.RESUME)
def resume(talk: Talk, draft: Draft, press: Press) -> None:
    """Where it was left, after another look at the dates."""
    if press.arg == ANEW or is_over(talk, draft):
        enter(talk, default_way(talk.catalog))
    elif draft.request is not None and is_sold(talk, draft):
        sold(talk, draft)
    elif draft.step == "contact":
        talk.show(draft, "summary")
    else:
        again(talk, draft)


# The ways in.


def default_way(catalog: Catalog) -> drafts.Way:
    """A salon asks for the service, everybody else is helped."""
    return "slot" if route.only_slots(catalog) else "help"


def enter(talk: Talk, way: drafts.Way, *, mode: str = "", notice: Any = None, **known: Any) -> None:
    """Begin a journey anew; the gift somebody came with is not forgotten."""
    if not mode and (left := talk.draft) is not None and left.gift and not left.mode:
        known.setdefault("gift", left.gift)
    draft = begin(way, mode=mode, **known)
    if way == "slot":
        draft = replace(draft, party={adult(talk.catalog).id: 1})
        services = [one for one in route.selling(talk.catalog) if one.kind is Kind.SLOT]
        if len(services) == 1:
            take_service(talk, draft, services[0])
            return
    elif way == "book":
        draft = with_only(talk.catalog, draft)
    talk.go_on(draft, notice=notice)


def with_only(catalog: Catalog, draft: Draft) -> Draft:
    """The draft with what there is one of: nobody is asked to choose from one."""
    units = [unit for unit in catalog.units if catalog.tariffs_of(unit.id)]
    if len(units) != 1:
        return draft
    tariffs = catalog.tariffs_of(units[0].id)
    tariff = tariffs[0].id if len(tariffs) == 1 else None
    return drafts.chose(draft, "unit", *(["tariff"] if tariff else []), unit=units[0].id, tariff=tariff)


@opens("choose")
async def choose(turn: Turn) -> None:
    await turn.write(lambda tx: enter(Talk(turn, tx), default_way(Talk(turn, tx).catalog)))


@opens("book")
async def book(turn: Turn) -> None:
    await turn.write(lambda tx: book_by_name(Talk(turn, tx)))


def book_by_name(talk: Talk) -> None:
    """/book: unit, tariff, options …; a salon knows one way only."""
    enter(talk, "slot" if route.only_slots(talk.catalog) else "book")


@router.callback_query(Picked(*PRESSES, drafted=False))
async def pressed_without_a_draft(query: CallbackQuery, turn: Turn, press: Press) -> None:
    """A calendar without a draft that nobody answers any more."""
    await turn.write(lambda tx: too_late(turn, tx))


def too_late(turn: Turn, tx: Tx) -> None:
    turn.toast(turn.words.plain("toast.stale"))
    Talk(turn, tx).leave(Talk(turn, tx).draft)
