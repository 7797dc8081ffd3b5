"""Owns what a guest reads of money that goes back: declined and why, where to send it, sent (M10; R38)."""

from dataclasses import replace

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import again, hold
from housebot.bot.guest.telling import Told, acting, menu_button, mine, on_gifts, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import (
    card_refunds,
    cards,
    outbox,
    tasks,
)
from housebot.services.bookings import Booking
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx
from housebot.words import join

router = Router(name="guest.money_back")
texts = Texts()

WHERE = "where"  # the card of the message that asks where money goes: `where:<booking id>:<press>`


@texts.renders("guest.declined")
def declined(scene: Scene) -> Said:
    """M10: why, what becomes of the money and of a gift, and two other dates."""
    told = tell(scene)
    said = _declined(scene, told)
    return replace(said, text=join("\n", [said.text, *on_gifts(scene, told)]))


def _declined(scene: Scene, told: Told) -> Said:
    words, refund = told.words, scene.facts.get("refund", 0)
    rows = again.dates_rows(told)
    facts = {"day": told.day, "reason": told.reason(scene.facts["kind"], scene.facts["reason"])}
    ask = (told.button("gq", "menu.button.ask"),)
    by_card = card_refunds.told(scene.tx, told.booking.id, scene.facts)
    if by_card and (refund is None or refund <= by_card):
        plain = words.t("declined.booking_plain", **facts)
        back = words.t("cancel.refund_card", amount=told.money(by_card))
        return Said(join(" ", [plain, back]), (*rows, ask))
    if by_card:
        plain = words.t("declined.booking_plain", **facts)
        back = words.t("cancel.refund_card", amount=told.money(by_card))
        owed = words.t("cancel.refund", amount=told.money(refund - by_card))
        return Said(join(" ", [plain, back, owed]), (*rows, (told.button("gh", "declined.button.where"),), ask))
    if refund != 0:
        where = (told.button("gh", "declined.button.where"),)
        if not rows:
            plain = words.t("declined.booking_plain", **facts)
            owed = words.t("cancel.refund", amount=told.owed(refund))
            return Said(join(" ", [plain, owed]), (where, ask))
        if refund is None:
            return Said(words.t("declined.booking_refund_all", all=told.owed(None), **facts), (*rows, where, ask))
        return Said(words.t("declined.booking_refund", amount=told.money(refund), **facts), (*rows, where, ask))
    if rows:
        return Said(words.t("declined.booking", **facts), (*rows, ask))
    return Said(words.t("declined.booking_plain", **facts), ((menu_button(words, "button.other_dates", "dates"),), ask))


@router.callback_query(Acted("gh"))
async def where_to(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks where the money should go, while it is still owed."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if tasks.find_open(tx, "refund", booking.id) is None:
            hold.show_present(tx, turn, booking)
            return
        ask_where_to(tx, turn, booking)

    await turn.write(piece)


def ask_where_to(tx: Tx, turn: Turn, booking: Booking) -> None:
    outbox.put(
        tx,
        kind="guest.ask_where",
        facts={"booking": booking.id},
        chat_id=turn.place.chat_id,
        priority=outbox.PAYMENT,
        language=turn.language,
        card=f"{WHERE}:{booking.id}:{turn.query_id}",
        booking_id=booking.id,
        now=turn.now,
    )


@texts.renders("guest.ask_where")
def ask_where(scene: Scene) -> Said:
    told = tell(scene)
    task = tasks.find_open(scene.tx, "refund", told.booking.id)
    if task is None:
        raise Refusal("stale")
    amount = told.owed(task.facts["amount"])
    placeholder = scene.words.t("declined.where_placeholder")
    return Said(scene.words.t("declined.ask_where", amount=amount), force_reply=placeholder)


class SaysWhere(BaseFilter):
    """Words in reply to "where should it go"."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or not message.text or message.text.startswith("/"):
            return False
        return turn.read(lambda tx: _asked_about(tx, turn, message)) is not None


def _asked_about(tx: Tx, turn: Turn, message: Message) -> int | None:
    if message.reply_to_message is None:
        return None
    key = cards.key_of(tx, turn.place.chat_id, message.reply_to_message.message_id) or ""
    name, _, rest = key.partition(":")
    number = int(rest.split(":")[0]) if name == WHERE else 0
    return number if number in {one.id for one in mine(tx, turn)} else None


@router.message(SaysWhere())
async def note_where(message: Message, turn: Turn) -> None:
    """Kept until the refund is done, and then deleted."""

    def piece(tx: Tx) -> None:
        number = _asked_about(tx, turn, message)
        if number is None:
            raise Refusal("not_found")
        tasks.set_where(tx, number, message.text or "", actor=acting(tx, turn), now=turn.now)
        turn.say(tx, "guest.where_noted", {"booking": number})

    await turn.write(piece)


@texts.renders("guest.where_noted")
def where_noted(scene: Scene) -> Said:
    told = tell(scene)
    task = tasks.find_open(scene.tx, "refund", told.booking.id)
    if task is None:
        raise Refusal("stale")
    return Said(scene.words.t("declined.where_noted", amount=told.owed(task.facts["amount"])))


@texts.renders("guest.refund_done")
def refund_done(scene: Scene) -> Said:
    told = tell(scene)
    amount = told.owed(scene.facts["amount"])
    if scene.facts.get("by_card"):
        text = "declined.refund_done_card"
    else:
        text = "declined.refund_done" if scene.facts.get("asked_where", True) else "declined.refund_sent"
    return Said(scene.words.t(text, amount=amount, code=told.booking.code))


@texts.renders("guest.card_let_go")
def card_let_go(scene: Scene) -> Said:
    """The bank said yes too late: nothing was taken, and there are other dates."""
    told = tell(scene)
    words, amount = told.words, told.money(int(scene.facts["amount"]))
    ask = told.button("gq", "menu.button.ask")
    if told.booking.status != "expired":
        return Said(words.t("expired.card_let_go_over", amount=amount, code=told.booking.code), ((ask,),))
    text = words.t("expired.card_let_go", amount=amount, day=told.day)
    return Said(text, (*again.dates_rows(told), (menu_button(words, "button.other_dates", "dates"), ask)))
