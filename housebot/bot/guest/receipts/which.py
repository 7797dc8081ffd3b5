"""Owns the question to which booking or gift a file belongs: it remembers the files, and is answered once."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest.receipts import answers
from housebot.bot.guest.telling import Told, acting, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.period import from_utc_text, utc_text
from housebot.services import bookings, cards, gift_orders, gift_receipts, outbox, receipt_desk, receipts
from housebot.services.bookings import Booking
from housebot.services.gift_orders import Order
from housebot.services.handed_in import Outcome, ReceiptFile
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said

router = Router(name="guest.receipts.which")
texts = Texts()


def ask(tx: Tx, turn: Turn, outcome: Outcome, file: ReceiptFile) -> None:
    """The question remembers the files; the pictures of an album gather under one question."""
    remembered = turn.data.get("album", {})
    together = file.media_group_id is not None and remembered.get("group") == file.media_group_id
    files = [*(remembered["files"] if together else []), {**asdict(file), "sent_at": utc_text(turn.sent_at)}]
    if file.media_group_id is not None:
        turn.set_data({**turn.data, "album": {"group": file.media_group_id, "files": files}})
    outbox.put(
        tx,
        kind="guest.which",
        facts={
            "files": files,
            "bookings": [one.id for one in outcome.bookings],
            "orders": [one.id for one in outcome.orders],
        },
        chat_id=turn.place.chat_id,
        priority=outbox.PAYMENT,
        language=turn.language,
        card=f"which:{file.media_group_id or turn.message_id}",
        now=turn.now,
    )


@texts.renders("guest.which")
def which(scene: Scene) -> Said:
    words = scene.words
    told = [Told(scene.tx, words, scene.now, bookings.get(scene.tx, number)) for number in scene.facts["bookings"]]
    orders = scene.facts.get("orders", ())
    if (attached := scene.facts.get("attached")) is not None:
        to_order = scene.facts.get("attached_to") == "order"
        return Said(words.t("receipt.attached_order" if to_order else "receipt.attached", code=attached))
    rows = [(Button(_label(one), data=act("gw", one.booking.code, 0, str(scene.row.id))),) for one in told]
    for number in orders:
        order = gift_orders.get(scene.tx, number)
        label = words.plain("gift.button.waiting", code=order.code, amount=words.money(order.total, order.currency))
        rows.append((Button(label, data=act("cw", order.code, 0, str(scene.row.id))),))
    asked = "hold.which" if not orders else "hold.which_any" if told else "hold.which_order"
    return Said(words.t(asked), tuple(rows))


def _label(told: Told) -> str:
    return told.words.plain("hold.button.which", code=told.booking.code, day=told.day)


@router.callback_query(Acted("gw", "cw"))
async def attach(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The answer to "which": every file of the question goes there, judged by when it was sent; once."""

    def piece(tx: Tx) -> None:
        guest = turn.guest(tx)
        chosen = receipt_desk.theirs(tx, act.code, guest_id=guest.id) if act.action == "cw" else theirs(tx, turn, act)
        question = outbox.facts_of(tx, int(act.arg) if act.arg.isdigit() else 0, chat_id=turn.place.chat_id)
        files = question.get("files", [])
        if _answered(tx, question):
            turn.toast(turn.words.plain("receipt.toast.attached"))
            return
        for stored in files:
            sent_at = from_utc_text(stored["sent_at"])
            file = ReceiptFile(**{name: value for name, value in stored.items() if name != "sent_at"})
            _hand_in_for(tx, turn, chosen, file, sent_at)
        outbox.put(
            tx,
            kind="guest.which",
            facts=question
            | {"attached": chosen.code, "attached_to": "order" if isinstance(chosen, Order) else "booking"},
            chat_id=turn.place.chat_id,
            language=turn.language,
            card=cards.key_of(tx, turn.place.chat_id, turn.message_id or 0),
            now=turn.now,
        )

    await turn.write(piece)


def _answered(tx: Tx, question: dict[str, Any]) -> bool:
    """Whether one of the files already belongs to one of the bookings or orders that were offered."""
    known = {one.file_unique_id for number in question["bookings"] for one in receipts.of_booking(tx, number)}
    known |= {one.file_unique_id for number in question.get("orders", ()) for one in gift_receipts.of_order(tx, number)}
    return any(stored["file_unique_id"] in known for stored in question["files"])


def _hand_in_for(tx: Tx, turn: Turn, chosen: Booking | Order, file: ReceiptFile, sent_at: datetime) -> None:
    guest_id, actor = turn.guest(tx).id, acting(tx, turn)
    if isinstance(chosen, Order):
        outcome = receipt_desk.for_order(
            tx, chosen.id, file, guest_id=guest_id, sent_at=sent_at, actor=actor, now=turn.now
        )
    else:
        outcome = receipts.hand_in(
            tx, guest_id=guest_id, file=file, sent_at=sent_at, booking_id=chosen.id, now=turn.now
        )
    if outcome.kind == "nothing":
        answers.nobody_waits(tx, turn, file, "")
