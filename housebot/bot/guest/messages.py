"""Owns words between a guest and the people of the house: a question is asked for, passed on whole, and answered in this chat."""

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import NOBODY, Act, Acted, act
from housebot.bot.guest.keyboard import menu_keyboard
from housebot.bot.guest.menu import opens
from housebot.bot.guest.telling import mine, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, guests, outbox, relaying
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.services.relaying import Relay

router = Router(name="guest.messages")
texts = Texts()


@opens("ask")
async def ask(turn: Turn) -> None:
    """A question about the house, or about the one booking that is under way."""
    await turn.write(lambda tx: _prompt(tx, turn, _only_live(tx, turn)))


@router.callback_query(Acted("gq"))
async def ask_about(query: CallbackQuery, turn: Turn, act: Act) -> None:
    await turn.write(lambda tx: _prompt(tx, turn, None if act.code == NOBODY else theirs(tx, turn, act)))


def _only_live(tx: Tx, turn: Turn) -> Booking | None:
    live = [one for one in mine(tx, turn) if one.blocks and not one.lapsed(turn.now) and one.end > turn.now]
    return live[0] if len(live) == 1 else None


def _prompt(tx: Tx, turn: Turn, booking: Booking | None) -> None:
    """The reply to this message, and to no other of ours, goes to people."""
    guest = turn.guest(tx)
    relay = {"guest": guest.id, "booking": booking.id if booking else None}
    outbox.put(
        tx,
        kind="guest.ask",
        facts={**relay, "relay": relay},
        chat_id=turn.place.chat_id,
        language=turn.language,
        booking_id=booking.id if booking else None,
        now=turn.now,
    )


class RepliesToUs(BaseFilter):
    """A reply to our question, or to words that came from a person of the house: hands over `relay`. Files are receipts first."""

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Relay]:
        replied = message.reply_to_message
        if turn.chat is None or not turn.chat.is_private or replied is None or (message.text or "").startswith("/"):
            return False
        if message.photo or message.document:
            return False
        relay = turn.read(lambda tx: _relay(tx, turn, replied.message_id))
        return {"relay": relay} if relay is not None else False


def _relay(tx: Tx, turn: Turn, message_id: int) -> Relay | None:
    guest = guests.by_telegram(tx, turn.user.id) if turn.user else None
    relay = relaying.of_message(tx, chat_id=turn.place.chat_id, message_id=message_id)
    return relay if relay is not None and guest is not None and relay.guest_id == guest.id else None


@router.message(RepliesToUs())
async def pass_on(message: Message, turn: Turn, relay: Relay) -> None:
    def piece(tx: Tx) -> None:
        guest = turn.guest(tx)
        if not message.text:
            turn.say(tx, "guest.text_wanted")
            return
        booking = bookings.get(tx, relay.booking_id) if relay.booking_id is not None else None
        if booking is not None and booking.guest_id != guest.id:
            raise Refusal("not_found", what="booking")
        relaying.to_staff(tx, guest_id=guest.id, text=message.text, booking=booking, now=turn.now)
        turn.say(tx, "guest.asked")

    await turn.write(piece)


@texts.renders("guest.ask")
def question(scene: Scene) -> Said:
    return Said(scene.words.t("relay.ask"), force_reply=scene.words.t("relay.placeholder"))


@texts.renders("guest.asked")
def asked(scene: Scene) -> Said:
    """Until when somebody answers; the menu is back under the text field."""
    catalog = catalogs.current(scene.tx, now=scene.now)
    opens_at, closes_at = f"{catalog.desk.opens:%H:%M}", f"{catalog.desk.closes:%H:%M}"
    text = scene.words.t("relay.sent", opens=opens_at, closes=closes_at)
    return Said(text, reply_keyboard=menu_keyboard(catalog, scene.words))


@texts.renders("guest.message")
def from_staff(scene: Scene) -> Said:
    """What a person of the house wrote; answered by the button or by a reply."""
    number = scene.facts.get("booking")
    booking = bookings.get(scene.tx, int(number)) if number is not None else None
    answer = act("gq", booking.code, booking.version) if booking else act("gq")
    button = Button(scene.words.plain("relay.button.reply"), data=answer)
    return Said(scene.words.t("relay.to_guest", text=scene.facts["text"]), ((button,),))
