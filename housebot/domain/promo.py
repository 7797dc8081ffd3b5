"""Owns promo codes: how one is recognised however it is typed, whether it fits a stay, and what it takes off (R51, R52)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from housebot.domain.stay import Stay
from housebot.errors import Refusal

LONGEST = 32
LARGEST_PERCENT = 10_000  # basis points: a promo code may give a stay away, not more
# A Cyrillic letter that looks like a Latin one is that letter, on both sides: ВЕСНА typed either way is one code.
_LOOK_ALIKES = str.maketrans("АВЕЁКМНОРСТУХІЈЅ", "ABEEKMHOPCTYXIJS")
_CODE = re.compile(rf"[\w-]{{2,{LONGEST}}}")

Kind = Literal["percent", "amount", "price", "extra"]


@dataclass(frozen=True, slots=True)
class Promo:
    """One code. What it gives is one of four; every condition that is None does not limit.

    `value`: basis points (percent), minor units (amount: off the price; price: of the roof alone, instead of its own).
    Both windows are local dates, inclusive: the booking window holds the day on which it is booked, the stay window every
    date of the stay. Weekdays (0 = Monday) are those of the arrival.
    """

    id: int
    code: str
    kind: Kind
    value: int
    extra: str | None = None
    stay_from: date | None = None
    stay_to: date | None = None
    book_from: date | None = None
    book_to: date | None = None
    tariffs: frozenset[str] | None = None
    units: frozenset[str] | None = None
    weekdays: frozenset[int] | None = None
    min_nights: int = 0
    min_sum: int = 0  # minor units of what may be discounted
    max_total: int | None = None
    max_per_guest: int | None = None
    budget: int | None = None  # minor units, over all uses
    guest: str | None = None  # a contact, or `guest:17`
    active: bool = True


def key(code: str) -> str:
    """The code as it is compared: case-folded, trimmed, look-alikes the same; `promo_invalid` for what is no code at all."""
    text = folded(code)
    if not _CODE.fullmatch(text):
        raise Refusal("promo_invalid", reason="code")
    return text


def folded(code: str) -> str:
    """The same text for every way to type a code: big letters, no spaces, Latin for what looks Latin."""
    return "".join(unicodedata.normalize("NFKC", code).upper().split()).translate(_LOOK_ALIKES)


def check(promo: Promo, stay: Stay, *, booked_on: date) -> None:
    """Nothing when the code fits the stay and the day, else `promo_invalid` with the reason for staff (R51)."""
    dates = stay.dates
    wrong: dict[str, bool] = {
        "disabled": not promo.active,
        "booking_window": not _inside(booked_on, promo.book_from, promo.book_to),
        "stay_window": not all(_inside(day, promo.stay_from, promo.stay_to) for day in (dates[0], dates[-1])),
        "tariff": promo.tariffs is not None and stay.tariff.id not in promo.tariffs,
        "unit": promo.units is not None and stay.unit.id not in promo.units,
        "weekday": promo.weekdays is not None and dates[0].weekday() not in promo.weekdays,
        "min_nights": len(stay.nights) < promo.min_nights,
    }
    for reason, is_wrong in wrong.items():
        if is_wrong:
            raise Refusal("promo_invalid", reason=reason, promo=promo.code)


def check_day(promo: Promo, *, booked_on: date) -> None:
    """The same where no stay is known: it counts on that day, and stays it could be for are not all over."""
    wrong = {
        "disabled": not promo.active,
        "booking_window": not _inside(booked_on, promo.book_from, promo.book_to),
        "stay_window": promo.stay_to is not None and promo.stay_to < booked_on,
    }
    for reason, is_wrong in wrong.items():
        if is_wrong:
            raise Refusal("promo_invalid", reason=reason, promo=promo.code)


def _inside(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or since <= day) and (until is None or day <= until)
