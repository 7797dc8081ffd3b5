"""Owns the files a guest sends: taken as receipts without pressing anything, and answered once for an album (M6; R46, UX 2b)."""

import re

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import Message

from housebot.bot.guest.gifts import replies as gift_replies
from housebot.bot.guest.receipts import answers, asking, instead, which
from housebot.bot.guest.telling import acting
from housebot.bot.turn import Turn
from housebot.services import gift_receipts, receipt_desk, receipts, relaying
from housebot.services.bookings import Booking
from housebot.services.handed_in import Outcome, ReceiptFile
from housebot.services.ports import Tx
from housebot.services.receipts import Receipt

router = Router(name="guest.receipts.files")

MOST_BYTES = 20 * 1024 * 1024  # more than a bot may fetch
_PICTURES = re.compile(r"(image/.+|application/pdf)", re.ASCII)
_NAMES = re.compile(r".+\.(pdf|jpe?g|png|heic|heif|webp|gif)", re.IGNORECASE)


class IsFile(BaseFilter):
    """A photo or a document in a private chat."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        return turn.chat is not None and turn.chat.is_private and bool(message.photo or message.document)


@router.message(IsFile())
async def take(message: Message, turn: Turn) -> None:
    """A file is a receipt, without a button; one that cannot be is answered with what to send."""
    if message.document is not None and not _may_be_receipt(message):
        await turn.write(lambda tx: instead.explain(tx, turn))
        return
    size = message.document.file_size if message.document else message.photo[-1].file_size if message.photo else 0
    if (size or 0) > MOST_BYTES:
        await turn.write(lambda tx: answers.say(tx, turn, "guest.file_too_big"))
        return
    file = _file(message)
    meant = turn.read(lambda tx: asking.prompted(tx, turn, message))

    def piece(tx: Tx) -> None:
        guest, asked = turn.guest(tx), gift_replies.prompted(tx, turn, message, gift_replies.PROMPT)
        outcome = receipt_desk.hand_in(
            tx,
            guest_id=guest.id,
            file=file,
            sent_at=turn.sent_at,
            asked_for=meant,
            asked_order=None if asked is None else asked.id,
            actor=acting(tx, turn),
            now=turn.now,
        )
        _answer(tx, turn, outcome, file, caption=message.caption or "")

    await turn.write(piece)


def _may_be_receipt(message: Message) -> bool:
    document = message.document
    assert document is not None
    if message.animation is not None:
        return False
    return bool(_PICTURES.fullmatch(document.mime_type or "") or _NAMES.fullmatch(document.file_name or ""))


def _file(message: Message) -> ReceiptFile:
    if message.photo:
        photo = message.photo[-1]
        return ReceiptFile("photo", photo.file_id, photo.file_unique_id, "", message.media_group_id)
    document = message.document
    assert document is not None
    return ReceiptFile(
        "document", document.file_id, document.file_unique_id, document.file_name or "", message.media_group_id
    )


def _answer(tx: Tx, turn: Turn, outcome: Outcome, file: ReceiptFile, *, caption: str) -> None:
    """What is not already told by the use case itself. An album is one case and gets one answer."""
    booking, order = outcome.booking, outcome.order
    if outcome.kind == "which":
        which.ask(tx, turn, outcome, file)
    elif outcome.kind == "nothing":
        answers.nobody_waits(tx, turn, file, caption)
        return
    elif outcome.kind == "added" and booking is not None and not _one_of_album(tx, booking, file):
        answers.say(tx, turn, "guest.receipt_added", {"booking": booking.id}, once_for=file)
    elif outcome.kind == "again" and booking is not None:
        answers.say(tx, turn, "guest.receipt_again", {"booking": booking.id}, once_for=file)
    elif (
        outcome.kind in answers.MORE
        and order is not None
        and not _one_of_album_of(gift_receipts.of_order(tx, order.id), file)
    ):
        answers.say(tx, turn, answers.MORE[outcome.kind], {"order": order.id}, once_for=file)
    if caption.strip():
        relaying.to_staff(tx, guest_id=turn.guest(tx).id, text=caption, booking=booking, now=turn.now)


def _one_of_album(tx: Tx, booking: Booking, file: ReceiptFile) -> bool:
    """Whether an earlier picture of the same album has been answered."""
    return _one_of_album_of(receipts.of_booking(tx, booking.id), file)


def _one_of_album_of(known: list[Receipt], file: ReceiptFile) -> bool:
    group = file.media_group_id
    return group is not None and any(
        one.media_group_id == group and one.file_unique_id != file.file_unique_id for one in known
    )
