"""Owns the words of a call to a guest without Telegram: what to read to them, and the same short enough to be copied and sent."""

from housebot.bot.staff.lines import Lines
from housebot.services import house_words
from housebot.words import cut

COPY = 256  # Telegram's limit for what a button copies


def script(lines: Lines, about: str) -> str:
    """When and where, and what is left to pay; nothing for a call about something else."""
    words, booking = lines.words, lines.booking
    left = max(booking.total - lines.paid, 0)
    rest = words.plain("call.rest", rest=lines.money(left)) if left else ""
    match about:
        case "arrival":
            address = house_words.address(lines.tx, lines.unit, words.language, now=lines.now).strip()
            said = words.plain("call.arrival", code=booking.code, span=lines.span, rest=rest)
            room = COPY - len(said) - 1
            return f"{said} {cut(address, room)}".strip() if address and room > 1 else said
        case "balance":
            return words.plain("call.balance", code=booking.code, span=lines.span, rest=lines.money(left))
        case _:
            return ""
