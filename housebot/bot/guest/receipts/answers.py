"""Owns what is said back to a file: pictures of one album share one answer."""

from typing import Any

from housebot.bot.guest.telling import mine, tell
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.services import gift_orders, outbox, relaying
from housebot.services.handed_in import ReceiptFile
from housebot.services.ports import Message as Said
from housebot.services.ports import Tx

texts = Texts()

MORE = {"added": "guest.gift_file_added", "again": "guest.gift_file_again"}


def say(
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


def nobody_waits(tx: Tx, turn: Turn, file: ReceiptFile, caption: str) -> None:
    """In the middle of choosing a text is wanted; else the file goes to a person, who knows what it is."""
    if turn.state is not None and not mine(tx, turn):
        say(tx, turn, "guest.text_wanted", once_for=file)
        return
    sent = {"kind": file.kind, "id": file.file_id}
    relaying.to_staff(tx, guest_id=turn.guest(tx).id, text=caption, file=sent, now=turn.now)
    say(tx, turn, "guest.file_forwarded", once_for=file)


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


@texts.renders("guest.gift_file_added", "guest.gift_file_again")
def gift_file(scene: Scene) -> Said:
    code = gift_orders.get(scene.tx, int(scene.facts["order"])).code
    again = scene.row.kind == MORE["again"]
    return Said(scene.words.t("receipt.again" if again else "receipt.more", code=code))


@texts.renders("guest.receipt_again")
def receipt_again(scene: Scene) -> Said:
    return Said(scene.words.t("receipt.again", code=tell(scene).booking.code))
