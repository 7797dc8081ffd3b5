"""Owns words between staff and a guest: only a reply to our own prompt goes out, and is echoed as sent (UX 2d, check 32)."""

from aiogram import Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import NOBODY, Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import prompts
from housebot.bot.staff.people import EVERYBODY, Works, actor_of, leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, cards, guests, ports, relaying
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Picture, Tx
from housebot.words import cut

ECHO = 500  # of what was sent; the rest is known to whoever wrote it
OURS = ("approval:", "task:", "view:", "prompt:", "change:", "offer:")

router = Router(name="staff.talking")
last = Router(name="staff.talking.last")  # asked when no question of ours is answered
texts = Texts()


@router.callback_query(Acted("sg"))
async def write_to_guest(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A prompt; the button stands on a booking, or on words of somebody who has none."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = None if act.code == NOBODY else bookings.get(tx, act.code)
        guest_id = booking.guest_id if booking else _number(act.arg)
        if guest_id is None:
            raise Refusal("not_found", what="guest")
        guest = guests.get(tx, guest_id)
        facts = {"guest": guest.id, "booking": booking.id if booking else None}
        prompts.ask(
            tx, turn, "guest", facts, show={"guest": guest.name or (booking.code if booking else str(guest.id))}
        )

    await turn.write(piece)


@router.message(Answered("guest"))
async def written(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """Every reply to the prompt goes out once; the prompt stays open for a second thought."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        if not message.text:
            turn.say(tx, "staff.text_wanted")
            return
        booking = _booking(tx, asked.get("booking"))
        relaying.to_guest(tx, guest_id=asked["guest"], text=message.text, booking=booking, actor=actor, now=turn.now)
        turn.say(tx, "staff.echo", {"guest": asked["guest"], "text": cut(message.text, ECHO)})

    await turn.write(piece)


@last.message(Works(EVERYBODY))
async def reply_to_nobody(message: Message, turn: Turn) -> None:
    """A reply to a card stays among colleagues, and whoever wrote it learns how to reach the guest."""

    def piece(tx: Tx) -> None:
        turn.say(tx, "staff.not_sent")

    if not _replies_to_us(message, turn):
        raise SkipHandler
    await turn.write(piece)


def _replies_to_us(message: Message, turn: Turn) -> bool:
    """In a group every reply to the bot; in private a reply to something that stands for a guest."""
    replied = message.reply_to_message
    if replied is None or turn.chat is None or message.bot is None:
        return False
    if replied.from_user is None or replied.from_user.id != message.bot.id or (message.text or "").startswith("/"):
        return False
    if not turn.chat.is_private:
        return True
    chat_id, message_id = turn.chat.id, replied.message_id

    def stands_for_somebody(tx: Tx) -> bool:
        key = cards.key_of(tx, chat_id, message_id) or ""
        return key.startswith(OURS) or relaying.of_message(tx, chat_id=chat_id, message_id=message_id) is not None

    return turn.read(stands_for_somebody)


def _booking(tx: Tx, booking_id: int | None) -> Booking | None:
    return bookings.get(tx, booking_id) if booking_id is not None else None


def _number(arg: str) -> int:
    if not arg.isdigit():
        raise Refusal("stale")
    return int(arg)


@texts.renders("staff.relay")
def relay(scene: Scene) -> ports.Message:
    """What a guest wrote, with the way to answer."""
    guest = guests.get(scene.tx, int(scene.facts["guest"]))
    booking = _booking(scene.tx, scene.facts.get("booking"))
    words = scene.words
    contact = guest.contact or (f"@{guest.username}" if guest.username else "")
    text = words.t(
        "relay.to_owner",
        guest=guest.name or f"№ {guest.id}",
        contact=contact,
        booking=booking.code if booking else words.t("relay.no_booking"),
        text=scene.facts["text"],
    )
    answer = act("sg", booking.code, booking.version) if booking else act("sg", NOBODY, 0, str(guest.id))
    row = [Button(words.plain("relay.button.reply"), answer)]
    if booking:
        row.append(Button(words.plain("button.open"), act("sv", booking.code, booking.version)))
    file = scene.facts.get("file")
    pictures = (Picture(file_id=file["id"], document=file["kind"] == "document"),) if file else ()
    return ports.Message(text, (tuple(row),), pictures=pictures)


@texts.renders("staff.echo")
def echo(scene: Scene) -> ports.Message:
    guest = guests.get(scene.tx, int(scene.facts["guest"]))
    return ports.Message(scene.words.t("relay.echo", guest=guest.name, text=scene.facts["text"]))


@texts.renders("staff.not_sent")
def not_sent(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("relay.not_sent"))


@texts.renders("staff.text_wanted")
def text_wanted(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("answer.text_wanted"))
