"""Owns receipts in the chat: files are taken without pressing anything, all else is told what to send (M6, M7b, M10; R46, UX 2b)."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import hold
from housebot.bot.guest.gifts import order as gift_order
from housebot.bot.guest.telling import Told, acting, mine, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.period import from_utc_text, utc_text
from housebot.errors import Refusal
from housebot.services import (
    bookings,
    cards,
    gift_orders,
    gift_receipts,
    outbox,
    proposed,
    receipt_desk,
    receipts,
    relaying,
)
from housebot.services.bookings import Booking
from housebot.services.gift_orders import Order
from housebot.services.handed_in import Outcome, ReceiptFile
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.services.receipts import Receipt

router = Router(name="guest.receipts")
texts = Texts()

MOST_BYTES = 20 * 1024 * 1024  # more than a bot may fetch
PROMPT = "receipt"  # the card of the message that asks for a file: `receipt:<booking id>:<message id>`
_PICTURES = re.compile(r"(image/.+|application/pdf)", re.ASCII)
_NAMES = re.compile(r".+\.(pdf|jpe?g|png|heic|heif|webp|gif)", re.IGNORECASE)
_PAID = re.compile(
    r"\b(оплатил|заплатил|опла[тч]ен|перев[её]л|перевод (сделал|ушёл|ушел|отправ)|отправил[аи]? (деньги|перевод|чек)|скинул"
    r"|(i )?('ve |have )?paid|transferred|sent (the )?(money|transfer)|payment (sent|done))",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
_LONGEST_CLAIM = 80  # longer texts are questions and stories, not «оплатила»


# Files


class IsFile(BaseFilter):
    """A photo or a document in a private chat."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        return turn.chat is not None and turn.chat.is_private and bool(message.photo or message.document)


@router.message(IsFile())
async def take(message: Message, turn: Turn) -> None:
    """A file is a receipt, without a button; one that cannot be is answered with what to send."""
    if message.document is not None and not _may_be_receipt(message):
        await turn.write(lambda tx: _explain(tx, turn))
        return
    size = message.document.file_size if message.document else message.photo[-1].file_size if message.photo else 0
    if (size or 0) > MOST_BYTES:
        await turn.write(lambda tx: _say(tx, turn, "guest.file_too_big"))
        return
    file = _file(message)
    meant = turn.read(lambda tx: _prompted(tx, turn, message))

    def piece(tx: Tx) -> None:
        guest, asked = turn.guest(tx), gift_order.prompted(tx, turn, message, gift_order.PROMPT)
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


def _prompted(tx: Tx, turn: Turn, message: Message) -> int | None:
    """The booking of the prompt this message replies to, if it is the sender's own."""
    if message.reply_to_message is None:
        return None
    key = cards.key_of(tx, turn.place.chat_id, message.reply_to_message.message_id) or ""
    name, _, rest = key.partition(":")
    if name != PROMPT:
        return None
    number = int(rest.split(":")[0])
    return number if number in {one.id for one in mine(tx, turn)} else None


def _answer(tx: Tx, turn: Turn, outcome: Outcome, file: ReceiptFile, *, caption: str) -> None:
    """What is not already told by the use case itself. An album is one case and gets one answer."""
    booking, order = outcome.booking, outcome.order
    if outcome.kind == "which":
        _ask_which(tx, turn, outcome, file)
    elif outcome.kind == "nothing":
        _nobody_waits(tx, turn, file, caption)
        return
    elif outcome.kind == "added" and booking is not None and not _one_of_album(tx, booking, file):
        _say(tx, turn, "guest.receipt_added", {"booking": booking.id}, once_for=file)
    elif outcome.kind == "again" and booking is not None:
        _say(tx, turn, "guest.receipt_again", {"booking": booking.id}, once_for=file)
    elif (
        outcome.kind in MORE and order is not None and not _one_of_album_of(gift_receipts.of_order(tx, order.id), file)
    ):
        _say(tx, turn, MORE[outcome.kind], {"order": order.id}, once_for=file)
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


def _nobody_waits(tx: Tx, turn: Turn, file: ReceiptFile, caption: str) -> None:
    """In the middle of choosing a text is wanted; else the file goes to a person, who knows what it is."""
    if turn.state is not None and not mine(tx, turn):
        _say(tx, turn, "guest.text_wanted", once_for=file)
        return
    sent = {"kind": file.kind, "id": file.file_id}
    relaying.to_staff(tx, guest_id=turn.guest(tx).id, text=caption, file=sent, now=turn.now)
    _say(tx, turn, "guest.file_forwarded", once_for=file)


def _say(
    tx: Tx, turn: Turn, kind: str, facts: dict[str, Any] | None = None, *, once_for: ReceiptFile | None = None
) -> None:
    """Answer; pictures of one album share one answer."""
    group = once_for.media_group_id if once_for else None
    outbox.put(
        tx,
        kind=kind,
        facts=facts,
        chat_id=turn.place.chat_id,
        language=turn.language,
        card=f"album:{kind}:{group}" if group else None,
        now=turn.now,
    )


# Which booking


def _ask_which(tx: Tx, turn: Turn, outcome: Outcome, file: ReceiptFile) -> None:
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
        _nobody_waits(tx, turn, file, "")


# Asking for a file


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


# Everything that is no receipt


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
        return turn.read(lambda tx: _prompted(tx, turn, message)) is not None


@router.message(RepliesToPrompt())
async def words_instead(message: Message, turn: Turn) -> None:
    """Text for a photo: what is needed, and the text goes to the owner all the same (UX 3)."""

    def piece(tx: Tx) -> None:
        number = _prompted(tx, turn, message)
        booking = bookings.get(tx, number) if number is not None else None
        relaying.to_staff(tx, guest_id=turn.guest(tx).id, text=message.text or "", booking=booking, now=turn.now)
        _say(tx, turn, "guest.photo_wanted")

    await turn.write(piece)


@router.message(InsteadOfReceipt())
async def instead(message: Message, turn: Turn) -> None:
    await turn.write(lambda tx: _explain(tx, turn))


def _explain(tx: Tx, turn: Turn) -> None:
    """What to send, with an example; the hold is as it was."""
    booking = _awaited(tx, turn)
    if booking is not None:
        _say(tx, turn, "guest.receipt_help", {"booking": booking.id})
    else:
        _say(tx, turn, "guest.receipt_kinds")


# Texts


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


@texts.renders("guest.text_wanted")
def text_wanted(scene: Scene) -> Said:
    return Said(scene.words.t("answer.text_wanted"))


@texts.renders("guest.file_too_big")
def file_too_big(scene: Scene) -> Said:
    return Said(scene.words.t("hold.file_too_big"))


@texts.renders("guest.file_forwarded")
def file_forwarded(scene: Scene) -> Said:
    return Said(scene.words.t("receipt.none_open"))


@texts.renders("guest.receipt_added")
def receipt_added(scene: Scene) -> Said:
    return Said(scene.words.t("receipt.more", code=tell(scene).booking.code))


MORE = {"added": "guest.gift_file_added", "again": "guest.gift_file_again"}


@texts.renders("guest.gift_file_added", "guest.gift_file_again")
def gift_file(scene: Scene) -> Said:
    code = gift_orders.get(scene.tx, int(scene.facts["order"])).code
    again = scene.row.kind == MORE["again"]
    return Said(scene.words.t("receipt.again" if again else "receipt.more", code=code))


@texts.renders("guest.receipt_again")
def receipt_again(scene: Scene) -> Said:
    return Said(scene.words.t("receipt.again", code=tell(scene).booking.code))


@texts.renders("guest.receipt_received")
def received(scene: Scene) -> Said:
    """M6: thanks, and until when we write."""
    told = tell(scene)
    return Said(_checking(told, scene), hold.checking_buttons(told))


@texts.renders("guest.revived")
def revived(scene: Scene) -> Said:
    """M7b: late, but still hers."""
    told = tell(scene)
    minutes = max(-(-int(scene.facts["late_seconds"]) // 60), 1)
    return Said(scene.words.n("expired.late_free", minutes), hold.checking_buttons(told))


def _checking(told: Told, scene: Scene) -> str:
    promised = scene.facts.get("promised_by")
    until = from_utc_text(promised) if promised else told.booking.promised_by or told.booking.start
    return told.words.t("receipt.got", time=told.deadline(until), code=told.booking.code, **told.desk_hours)


@texts.renders("guest.still_checking")
def still_checking(scene: Scene) -> Said:
    """Later than promised; nothing once somebody has decided."""
    told = tell(scene)
    if told.booking.status != "awaiting_owner":
        raise Refusal("stale")
    return Said(scene.words.t("receipt.later", code=told.booking.code), ((told.button("gq", "menu.button.ask"),),))


@texts.renders("guest.receipt_refused")
def refused(scene: Scene) -> Said:
    """M10: send it again, everything else is kept."""
    told = tell(scene)
    until = from_utc_text(scene.facts["until"])
    reason = told.reason(scene.facts["kind"], scene.facts["reason"])
    text = scene.words.t("declined.receipt", reason=reason, time=told.deadline(until))
    return Said(text, ((told.button("gs", "declined.button.again"), told.button("gq", "menu.button.ask")),))
