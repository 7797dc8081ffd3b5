"""Owns what staff see of a message before the guest gets it: the very text, made by the guest's own renderer in their language."""

from typing import Any

from housebot.bot import guest
from housebot.bot.renderer import Scene
from housebot.bot.staff.lines import Lines
from housebot.domain.period import utc_text
from housebot.services import addressing, deciding, refunds
from housebot.services.ports import Outgoing
from housebot.words import Html, translator


def of_decline(lines: Lines, *, kind: str, reason: str) -> Html:
    """M10 as the guest will read it."""
    booking = lines.booking
    facts = {"booking": booking.id, "kind": kind, "reason": reason}
    if kind == "unreadable":
        until = deciding.until_after_refusal(lines.tx, booking, now=lines.now)
        return _said(lines, "guest.receipt_refused", facts | {"until": utc_text(until)})
    refund = refunds.refund_of_decline(lines.tx, booking, kind=kind)
    return _said(lines, "guest.declined", facts | {"refund": refund})


def _said(lines: Lines, kind: str, facts: dict[str, Any]) -> Html:
    chat = addressing.guest_chat(lines.tx, lines.booking)
    language = chat[1] if chat else lines.booking.language
    row = Outgoing(0, kind, facts, 0, None, language, True, None)
    return Html(guest.texts.table[kind](Scene(lines.tx, row, translator(language), lines.now)).text)
