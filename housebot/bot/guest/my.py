"""Owns a guest's own bookings: the list, one booking as it stands now, and why it costs what it costs."""

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot import why
from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import again, booked, cancelling, deposits, hold, proposal
from housebot.bot.guest.alone import STANDING
from housebot.bot.guest.changing import open_change
from housebot.bot.guest.changing.talk import Talk
from housebot.bot.guest.changing.wish import anew
from housebot.bot.guest.journey import route
from housebot.bot.guest.menu import opens
from housebot.bot.guest.telling import Told, menu_button, mine, tell, theirs, ways_back
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import bookings, catalogs, guests
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Message, Tx
from housebot.words import Html, join

router = Router(name="guest.my")
texts = Texts()

MOST_AHEAD, MOST_PAST = 10, 3


@opens("my")
async def open_list(turn: Turn) -> None:
    await turn.write(lambda tx: _show_list(tx, turn))


def _show_list(tx: Tx, turn: Turn) -> None:
    turn.screen(tx, "my", {"guest": turn.guest(tx).id}, ring=turn.query_id is None)


@opens("change")
async def change(turn: Turn) -> None:
    """The one booking that may be changed; of several the one that is meant is asked for."""

    def piece(tx: Tx) -> None:
        ahead = [one for one in mine(tx, turn) if one.status in STANDING and one.end > turn.now]
        if len(ahead) == 1:
            open_change(Talk(turn, tx, ahead[0], anew(tx, ahead[0])))
        elif ahead:
            turn.screen(tx, "which_changes", {"guest": turn.guest(tx).id}, ring=turn.query_id is None)
        else:
            _show_list(tx, turn)

    await turn.write(piece)


@texts.renders("screen.which_changes")
def which_changes(scene: Scene) -> Message:
    """The stays that stand, soonest first: which of them is to be changed."""
    found = [one for one in bookings.of_guest(scene.tx, int(scene.facts["guest"])) if one.status in STANDING]
    ahead = sorted((one for one in found if one.end > scene.now), key=lambda one: one.start)[:MOST_AHEAD]
    told = [Told(scene.tx, scene.words, scene.now, one) for one in ahead]
    rows = [(Button(_label(one), data=act("ge", one.booking.code, one.booking.version)),) for one in told]
    text = join("\n", [scene.words.t("changing.which"), *(_line(one) for one in told)])
    return Message(text, (*rows, ways_back(scene.words, "my")))


@texts.renders("screen.my")
def my_list(scene: Scene) -> Message:
    """What is ahead first, the soonest on top; a few that are over."""
    words, tx = scene.words, scene.tx
    slots = route.only_slots(catalogs.current(tx, now=scene.now))
    everything = bookings.of_guest(tx, guests.get(tx, int(scene.facts["guest"])).id)
    ahead = sorted((one for one in everything if _is_ahead(one, scene.now)), key=lambda one: one.start)[:MOST_AHEAD]
    past = [one for one in everything if not _is_ahead(one, scene.now)][:MOST_PAST]
    told = [Told(tx, words, scene.now, one) for one in (*ahead, *past)]
    way_in = menu_button(words, "menu.button.visit" if slots else "menu.button.book", "book")
    menu = menu_button(words, "button.menu", "menu")
    if not told:
        return Message(words.t("my.none_slot" if slots else "my.none"), ((way_in,), (menu,)))
    lines = [words.t("my.title_slot" if slots else "my.title"), *(_line(one) for one in told)]
    buttons = tuple((_open(one),) for one in told)
    return Message(join("\n", lines), (*buttons, (way_in, menu)))


def _is_ahead(booking: Booking, now: datetime) -> bool:
    return booking.blocks and not booking.lapsed(now) and booking.end > now


def _line(told: Told) -> Html:
    return told.words.t("my.line", code=told.booking.code, span=told.when, status=_status(told))


def _status(told: Told) -> str:
    """With the end of the hold, while there is one to meet."""
    booking = told.booking
    if told.waits_for_money and not booking.lapsed(told.now) and booking.hold_expires_at is not None:
        return told.words.t("my.until", status=told.status, deadline=told.deadline(booking.hold_expires_at))
    return told.status


def _open(told: Told) -> Button:
    return Button(_label(told), data=act("gm", told.booking.code, told.booking.version))


def _label(told: Told) -> str:
    return told.words.plain("my.button.booking", code=told.booking.code, day=told.day)


@router.callback_query(Acted("gm"))
async def open_one(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The booking as it is now, whatever the button was drawn for; or why it costs what it costs."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if act.arg == "why":
            turn.say(tx, "guest.price_why", {"booking": booking.id})
            return
        turn.screen(tx, "booking", {"booking": booking.id}, ring=not turn.is_live(tx))

    await turn.write(piece)


@texts.renders("screen.booking")
def one(scene: Scene) -> Message:
    """A booking with what can be done about it now."""
    told = tell(scene)
    booking = told.booking
    back = ways_back(scene.words, "my")
    if booking.is_hold and not booking.lapsed(scene.now):
        said = hold.message(told)
        return Message(said.text, (*proposal.waiting_row(told), *said.buttons, back))
    if booking.status in STANDING:
        rows = (*proposal.waiting_row(told), *booked.booked_buttons(told), (_why(told),), back)
        return Message(_card(told), rows)
    if booking.status == "expired" or booking.is_hold:
        return Message(_card(told), (*_once_more(told), back))
    rows = (cancelling.why_button(told), (told.button("gq", "menu.button.ask"),), back)
    return Message(_card(told), tuple(row for row in rows if row))


def _why(told: Told) -> Button:
    return told.button("gm", "summary.button.why", "why")


def _once_more(told: Told) -> tuple[tuple[Button, ...], ...]:
    receipt = told.button("gs", "expired.button.have_receipt")
    if told.booking.start <= told.now:
        return ((receipt,),)
    return again.once_more(told), (receipt,)


def _card(told: Told) -> Html:
    what = dict.fromkeys([told.tariff, *([told.unit] if told.is_slot else []), told.what])
    card = told.words.t("my.card", code=told.booking.code, status=_status(told), span=told.when, what=", ".join(what))
    return join("\n", [card, _money(told), deposits.line(told) if told.booking.status in STANDING else ""])


def _money(told: Told) -> str:
    """Nothing is left to pay for what came to nothing; of a stay that took place the rest still is, and what was paid is not forgotten."""
    booking, words = told.booking, told.words
    if _is_ahead(booking, told.now):
        total, paid, rest = told.money(booking.total), told.money(told.paid), told.money(told.rest)
        return words.t("my.money", total=total, paid=paid, rest=rest)
    if booking.status in {*STANDING, "completed"} and told.rest:
        return words.t("my.money_owed", paid=told.money(told.paid), rest=told.money(told.rest))
    return words.t("my.money_over", paid=told.money(told.paid)) if told.paid else ""


@texts.renders("guest.price_why")
def price_why(scene: Scene) -> Message:
    """Each stored line of what was sold, with how it comes about (R23)."""
    told = tell(scene)
    lines = why.booking_lines(told.tx, told.words, told.booking)
    return Message(join("\n", lines), ((told.button("gq", "menu.button.ask"),),))
