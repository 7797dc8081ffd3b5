"""Owns what a buyer answers by a reply: the file of a receipt, and where money goes back to."""

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.guest.gifts.order import put, tell
from housebot.bot.guest.telling import acting
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import cards, gift_deciding, receipt_desk, tasks
from housebot.services.gift_orders import Order
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx

router = Router(name="guest.gifts.replies")
texts = Texts()

# Cards of messages that ask for a file, or where money goes: `<name>:<order id>:<press>`.
PROMPT, WHERE = "gift-receipt", "gift-where"


def ask(tx: Tx, turn: Turn, order: Order, kind: str, name: str) -> None:
    """Each press asks anew, in a message that is replied to."""
    put(tx, turn, kind, {"order": order.id}, card=f"{name}:{order.id}:{turn.query_id}")


def prompted(tx: Tx, turn: Turn, message: Message, name: str) -> Order | None:
    """The order of the prompt of that name which this message replies to, if it is the sender's own."""
    if message.reply_to_message is None:
        return None
    key = cards.key_of(tx, turn.place.chat_id, message.reply_to_message.message_id) or ""
    found, _, rest = key.partition(":")
    if found != name:
        return None
    try:
        return receipt_desk.theirs(tx, int(rest.split(":")[0]), guest_id=turn.guest(tx).id)
    except Refusal:
        return None


@texts.renders("guest.gift_send_receipt")
def send_receipt(scene: Scene) -> Said:
    return Said(scene.words.t("hold.send_receipt"), force_reply=scene.words.t("hold.receipt_placeholder"))


@texts.renders("guest.gift_where")
def ask_where(scene: Scene) -> Said:
    told = tell(scene)
    owed = tasks.open_of_gift_order(scene.tx, gift_deciding.REFUND, told.order.id)
    if not owed:
        raise Refusal("stale")
    amount = told.owed(owed[0].facts["amount"])
    placeholder = scene.words.t("declined.where_placeholder")
    return Said(scene.words.t("declined.ask_where", amount=amount), force_reply=placeholder)


class SaysWhere(BaseFilter):
    """Words in reply to "where should it go"."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or not message.text or message.text.startswith("/"):
            return False
        replied = message.reply_to_message
        if replied is None:
            return False
        chat_id = turn.chat.id
        key = turn.read(lambda tx: cards.key_of(tx, chat_id, replied.message_id)) or ""
        return key.startswith(f"{WHERE}:")


@router.message(SaysWhere())
async def note_where(message: Message, turn: Turn) -> None:
    """Kept until the refund is done, and then deleted."""

    def piece(tx: Tx) -> None:
        order = prompted(tx, turn, message, WHERE)
        owed = [] if order is None else tasks.open_of_gift_order(tx, gift_deciding.REFUND, order.id)
        if not owed:
            raise Refusal("not_found")
        for task in owed:
            tasks.set_where_of(tx, task, message.text or "", actor=acting(tx, turn), now=turn.now)
        turn.say(tx, "guest.gift_where_noted")

    await turn.write(piece)


@texts.renders("guest.gift_where_noted")
def where_noted(scene: Scene) -> Said:
    return Said(scene.words.t("gift.where_noted"))
