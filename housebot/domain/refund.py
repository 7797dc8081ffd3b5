"""Owns the order in which money goes back: gifts first, up to what each paid, then money, the newest payment first (R48)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One payment that has come, and how much of it is still here or goes back. Oldest first in a sequence of them."""

    payment_id: int
    method: str
    amount: int
    whole: bool = False  # a certificate for a stay: given back as it was, or not at all


def split(paid: Sequence[Part], amount: int) -> list[Part]:
    """What goes back of each payment when `amount` is given back, never more than was paid.

    A certificate that does not fit into what is given back stays where it is: the fee is kept in it, and the money goes
    back up to what was paid in money.
    """
    back: list[Part] = []
    for part in _in_order(paid):
        share = min(part.amount, amount)
        if share <= 0 or (part.whole and share < part.amount):
            continue
        back.append(Part(part.payment_id, part.method, share, part.whole))
        amount -= share
    return back


def left(paid: Sequence[Part], taken: int) -> list[Part]:
    """The payments in money as they stand after so much of them went back, newest first."""
    standing: list[Part] = []
    for part in reversed(paid):
        gone = min(part.amount, taken)
        taken -= gone
        if part.amount > gone:
            standing.append(Part(part.payment_id, part.method, part.amount - gone, part.whole))
    return standing[::-1]


def total(parts: Iterable[Part]) -> int:
    """All of them together."""
    return sum(part.amount for part in parts)


def _in_order(paid: Sequence[Part]) -> list[Part]:
    gifts = [part for part in paid if part.method == "gift"]
    money = [part for part in paid if part.method != "gift"]
    return [*gifts, *reversed(money)]
