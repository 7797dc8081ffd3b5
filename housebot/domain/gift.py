"""Owns gifts: a card of money or a certificate for a stay, how its code is recognised, and until when it may be used (R48, R49)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from housebot.domain import promo
from housebot.errors import Refusal

# Letters that nobody takes for another letter or for a digit. Without H no code has the HB of a booking in it.
ALPHABET = "ABCDEFGKMNPRSTWXYZ"
LENGTH, GROUP = 15, 5
MOST_VISITS = 99
_DASHES = str.maketrans("", "", "-‐‑‒–—−")
_CODE = re.compile(r"\w{4,32}")

Kind = Literal["money", "stay"]


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift. Money is a way to pay (R48); a stay is a right to a tariff with extras and a length, for so many visits (R49).

    `amount` is minor units at its sale. `length` is hours of a block tariff or nights of a nightly one; None is the
    tariff's own. `valid_until` is a local date, inclusive.
    """

    id: int
    code: str
    kind: Kind
    currency: str
    valid_until: date
    amount: int = 0
    tariff: str = ""
    extras: tuple[str, ...] = ()
    length: int | None = None
    visits: int = 0
    buyer: str = ""
    recipient: str = ""
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What a gift pays of one total. `deposit_without` is what would be paid to book without it: what a policy calls "the deposit"."""

    gift_id: int
    code: str
    kind: Kind
    amount: int
    deposit_without: int


def key(code: str) -> str:
    """The code as it is compared: case, spaces, dashes and look-alikes gone; `gift_invalid` for what is no code at all."""
    text = promo.folded(code).translate(_DASHES)
    if not _CODE.fullmatch(text):
        raise Refusal("gift_invalid", reason="code")
    return text


def grouped(letters: str) -> str:
    """The code as it is shown: `ABCDE-FGKMN-PRSTW`."""
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def check(gift: Gift, *, on: date) -> None:
    """Nothing while it may be used, its last day included; else `gift_invalid` with the reason for staff."""
    if gift.voided:
        raise Refusal("gift_invalid", reason="voided", gift=gift.code)
    if on > gift.valid_until:
        raise Refusal("gift_invalid", reason="expired", gift=gift.code, valid_until=gift.valid_until.isoformat())
