"""Owns a guest's own bookings: the list, one booking as it stands now, and cancelling one before anything is paid."""

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import again, booked, deposits, hold
from housebot.bot.guest.journey import route
from housebot.bot.guest.menu import opens
from housebot.bot.guest.telling import Told, acting, menu_button, mine, tell, theirs, ways_back
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import bookings, catalogs, guests, outbox, payments
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
    """How the one booking that may be changed is changed today; else all of them, to choose from."""

    def piece(tx: Tx) -> None:
        ahead = [one for one in mine(tx, turn) if one.status in booked.STANDING and one.end > turn.now]
        if len(ahead) == 1:
            turn.say(tx, "guest.change", {"booking": ahead[0].id})
        else:
            _show_list(tx, turn)

    await turn.write(piece)


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
    label = told.words.plain("my.button.booking", code=told.booking.code, day=told.day)
    return Button(label, data=act("gm", told.booking.code, told.booking.version))


@router.callback_query(Acted("gm"))
async def open_one(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The booking as it is now, whatever the button was drawn for."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
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
        return Message(said.text, (*said.buttons, back))
    if booking.status in booked.STANDING:
        return Message(_card(told), (*booked.booked_buttons(told), back))
    if booking.status == "expired" or booking.is_hold:
        return Message(_card(told), (*_once_more(told), back))
    return Message(_card(told), ((told.button("gq", "menu.button.ask"),), back))


def _once_more(told: Told) -> tuple[tuple[Button, ...], ...]:
    receipt = told.button("gs", "expired.button.have_receipt")
    if told.booking.start <= told.now:
        return ((receipt,),)
    return again.once_more(told), (receipt,)


def _card(told: Told) -> Html:
    what = dict.fromkeys([told.tariff, *([told.unit] if told.is_slot else []), told.what])
    card = told.words.t("my.card", code=told.booking.code, status=_status(told), span=told.when, what=", ".join(what))
    return join("\n", [card, _money(told), deposits.line(told) if told.booking.status in booked.STANDING else ""])


def _money(told: Told) -> str:
    """Nothing is left to pay for what is over; what was paid for it is not forgotten."""
    booking, words = told.booking, told.words
    if _is_ahead(booking, told.now):
        total, paid, rest = told.money(booking.total), told.money(told.paid), told.money(told.rest)
        return words.t("my.money", total=total, paid=paid, rest=rest)
    return words.t("my.money_over", paid=told.money(told.paid)) if told.paid else ""


# Cancelling


@router.callback_query(Acted("gc"))
async def cancel(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks first; where money has been paid it is done together with a person."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if booking.is_hold and not booking.lapsed(turn.now) and not booking.under_review:
            hold.ask_release(tx, turn, booking, ring=True)
        elif booking.status == "confirmed":
            _question(tx, turn, booking, ring=True)
        else:
            hold.show_present(tx, turn, booking)

    await turn.write(piece)


@router.callback_query(Acted("gd"))
async def cancel_yes(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Only what was asked about, and only while nothing is paid; a second yes finds it cancelled."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if act.arg == "no":
            _question(tx, turn, booking, kept=True)
            return
        if booking.status != "confirmed" or booking.version != act.version or payments.paid(tx, booking.id) > 0:
            hold.show_present(tx, turn, booking)
            return
        booking = bookings.cancel(tx, booking.id, by="guest", actor=acting(tx, turn), now=turn.now)
        _question(tx, turn, booking)

    await turn.write(piece)


def _question(tx: Tx, turn: Turn, booking: Booking, *, ring: bool = False, kept: bool = False) -> None:
    outbox.put(
        tx,
        kind="guest.cancel",
        facts={"booking": booking.id} | ({"ring": True} if ring else {}) | ({"kept": True} if kept else {}),
        chat_id=turn.place.chat_id,
        language=turn.language,
        card=f"cancel:{booking.id}:guest",
        booking_id=booking.id,
        now=turn.now,
    )


@texts.renders("guest.cancel")
def cancel_question(scene: Scene) -> Message:
    told = tell(scene)
    words, booking = told.words, told.booking
    ask = told.button("gq", "menu.button.ask")
    if booking.status != "confirmed":
        return Message(_line(told))
    if scene.facts.get("kept"):
        return Message(words.t("slot.kept" if told.is_slot else "hold.kept", code=booking.code))
    if told.paid > 0:
        return Message(words.t("cancel.paid_write"), ((ask,),))
    yes = told.button("gd", "cancel.button.yes", "yes")
    no = told.button("gd", "cancel.button.no", "no")
    return Message(words.t("cancel.ask_unpaid", span=told.when), ((yes,), (no,)))
