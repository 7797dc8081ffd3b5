"""Owns what comes in place of a receipt: words, links, voices and stickers are told what to send (UX 2b, 3)."""

import re

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.guest.receipts import answers, asking
from housebot.bot.guest.telling import mine, tell
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import bookings, proposed, relaying
from housebot.services.bookings import Booking
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx

router = Router(name="guest.receipts.instead")
texts = Texts()

_PAID = re.compile(
    r"\b(оплатил|заплатил|опла[тч]ен|перев[её]л|перевод (сделал|ушёл|ушел|отправ)|отправил[аи]? (деньги|перевод|чек)|скинул"
    r"|(i )?('ve |have )?paid|transferred|sent (the )?(money|transfer)|payment (sent|done))",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
_LONGEST_CLAIM = 80  # longer texts are questions and stories, not «оплатила»


class InsteadOfReceipt(BaseFilter):
    """«Оплатила», a link, a voice, a sticker, a video, while money is awaited; a step that asks for words is left alone."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or message.contact is not None:
            return False
        text = message.text or ""
        if text and not _claims(text):
            return False
        if turn.data.get("draft", {}).get("step") in {"answer", "contact"}:
            return False
        return turn.read(lambda tx: _awaited(tx, turn)) is not None


def _claims(text: str) -> bool:
    if text.startswith("/"):
        return False
    return bool(_LINK.search(text)) or (len(text) <= _LONGEST_CLAIM and "?" not in text and bool(_PAID.search(text)))


def _awaited(tx: Tx, turn: Turn) -> Booking | None:
    """The booking whose money is awaited; the one that ends first, where there are two."""
    theirs = mine(tx, turn)
    waiting = [one for one in theirs if one.status in {"held", "awaiting_payment"} and one.hold_expires_at]
    first = min(waiting, key=lambda one: one.hold_expires_at or turn.now, default=None)
    return first or next((one for one in theirs if proposed.missing_of(tx, one.id)), None)


class RepliesToPrompt(BaseFilter):
    """Words in reply to the message that asks for a file."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or not message.text or message.text.startswith("/"):
            return False
        return turn.read(lambda tx: asking.prompted(tx, turn, message)) is not None


@router.message(RepliesToPrompt())
async def words_instead(message: Message, turn: Turn) -> None:
    """Text for a photo: what is needed, and the text goes to the owner all the same (UX 3)."""

    def piece(tx: Tx) -> None:
        number = asking.prompted(tx, turn, message)
        booking = bookings.get(tx, number) if number is not None else None
        relaying.to_staff(tx, guest_id=turn.guest(tx).id, text=message.text or "", booking=booking, now=turn.now)
        answers.say(tx, turn, "guest.photo_wanted")

    await turn.write(piece)


@router.message(InsteadOfReceipt())
async def instead(message: Message, turn: Turn) -> None:
    await turn.write(lambda tx: explain(tx, turn))


def explain(tx: Tx, turn: Turn) -> None:
    """What to send, with an example; the hold is as it was."""
    booking = _awaited(tx, turn)
    if booking is not None:
        answers.say(tx, turn, "guest.receipt_help", {"booking": booking.id})
    else:
        answers.say(tx, turn, "guest.receipt_kinds")


@texts.renders("guest.receipt_help")
def receipt_help(scene: Scene) -> Said:
    told = tell(scene)
    owed = proposed.missing_of(scene.tx, told.booking.id) or told.to_pay_now
    return Said(scene.words.t("hold.receipt_help", amount=told.money(owed)))


@texts.renders("guest.receipt_kinds")
def receipt_kinds(scene: Scene) -> Said:
    return Said(scene.words.t("hold.send_receipt"))


@texts.renders("guest.photo_wanted")
def photo_wanted(scene: Scene) -> Said:
    return Said(scene.words.t("answer.photo_wanted"))
