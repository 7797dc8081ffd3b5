"""Owns what a change of a stay means before anybody agrees: both quotes, the lines between them, what is left to pay (M11)."""

from dataclasses import dataclass
from typing import Any

from housebot.domain.changes import Dates, LineChange
from housebot.domain.money import Money
from housebot.services.quotes import Quote


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change means, before anybody agrees (M11): both quotes, every line that changes, and what is left to pay."""

    was: Quote
    now: Quote
    lines: tuple[LineChange, ...]
    dates: Dates
    spends_move: bool
    moves_left: int  # afterwards
    paid: int
    pays_first: bool  # it adds more than may wait for the balance: a guest cannot agree to it alone

    @property
    def amount(self) -> int:
        """Signed: what the stay costs more."""
        return self.now.price.total - self.was.price.total

    @property
    def due(self) -> int:
        """What is left to pay afterwards."""
        return max(self.now.price.total - self.paid, 0)


def as_json(difference: Difference, language: str = "en") -> dict[str, Any]:
    """As scripts see it: totals, the signed difference and its lines, what is left to pay, the guest's moves."""
    new, currency = difference.now, difference.now.price.currency

    def money(amount: int) -> Any:
        return Money(amount, currency).json()

    def amount(line: Any) -> Any:
        return None if line is None else money(line.amount)

    return {
        "was": money(difference.was.price.total),
        "now": money(new.price.total),
        "difference": money(difference.amount),
        "lines": [
            {
                "change": one.kind,
                "code": one.line.code,
                "label": one.line.label.get(language, one.line.code),
                "was": amount(one.was),
                "now": amount(one.now),
                "difference": money(one.amount),
            }
            for one in difference.lines
        ],
        "deposit": money(new.price.deposit),
        "paid": money(difference.paid),
        "due": money(difference.due),
        "dates": str(difference.dates),
        "spends_move": difference.spends_move,
        "moves_left": difference.moves_left,
        "notes": list(new.price.notes),
    }
