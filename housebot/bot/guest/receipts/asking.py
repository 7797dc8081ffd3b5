"""Owns the message that asks for a file, and knows what replies to it are about (UX 2b)."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import hold
from housebot.bot.guest.telling import Told, acting, mine, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, cards, outbox, receipts
from housebot.services.bookings import Booking
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx

router = Router(name="guest.receipts.asking")
texts = Texts()

PROMPT = "receipt"  # the card of the message that asks for a file: `receipt:<booking id>:<message id>`


@router.callback_query(Acted("gs"))
async def how_to_send(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """ "Send receipt": how; in the last minutes it counts as "I am paying" (UX 2b)."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if not booking.is_hold and booking.status != "expired" and not receipts.is_awaited(tx, booking, now=turn.now):
            hold.show_present(tx, turn, booking)
            return
        booking = _more_time(tx, turn, booking)
        outbox.put(
            tx,
            kind="guest.send_receipt",
            facts={"booking": booking.id},
            chat_id=turn.place.chat_id,
            priority=outbox.PAYMENT,
            language=turn.language,
            card=f"{PROMPT}:{booking.id}:{turn.query_id}",
            booking_id=booking.id,
            now=turn.now,
        )

    await turn.write(piece)


def _more_time(tx: Tx, turn: Turn, booking: Booking) -> Booking:
    if booking.status not in {"held", "awaiting_payment"} or booking.hold_extended:
        return booking
    try:
        with tx.attempt():
            booking = bookings.extend(tx, booking.id, actor=acting(tx, turn), now=turn.now)
    except Refusal:  # too early, or over: the file counts all the same
        return booking
    assert booking.hold_expires_at is not None
    deadline = Told(tx, turn.words, turn.now, booking).deadline(booking.hold_expires_at)
    turn.toast(turn.words.plain("hold.toast.extended", deadline=deadline))
    return booking


@texts.renders("guest.send_receipt")
def send_receipt(scene: Scene) -> Said:
    placeholder = scene.words.t("hold.receipt_placeholder")
    return Said(scene.words.t("hold.send_receipt"), force_reply=placeholder)


def prompted(tx: Tx, turn: Turn, message: Message) -> int | None:
    """The booking of the prompt this message replies to, if it is the sender's own."""
    if message.reply_to_message is None:
        return None
    key = cards.key_of(tx, turn.place.chat_id, message.reply_to_message.message_id) or ""
    name, _, rest = key.partition(":")
    if name != PROMPT:
        return None
    number = int(rest.split(":")[0])
    return number if number in {one.id for one in mine(tx, turn)} else None
