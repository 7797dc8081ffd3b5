"""Owns the shapes that many operations share: strict bodies, money, local times, pages."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from housebot.domain.period import FIRST_YEAR, LAST_YEAR

MOST_MINOR_UNITS = 10**15  # far from the end of SQLite's integers, sums of sums included
MOST_ID = 2**63 - 1

# A local time of the unit, a date, or an instant with its offset. Seconds are allowed where they are nought, with their parts:
# JavaScript writes all of them.
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.0{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
_WHOLE_MOMENT = re.compile(_MOMENT, re.ASCII)  # `$` alone lets a line end through


class Body(BaseModel):
    """What a client sends: types are what they are, and a key nobody knows is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True, frozen=True)


class Params(BaseModel):
    """Words of the path or the query: text that stands for numbers and dates; a name nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True, frozen=True)


class Shown(BaseModel):
    """What the desk answers; more fields may follow."""

    model_config = ConfigDict(extra="allow", defer_build=True)


def _our_time(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")


def _real_moment(text: str) -> str:
    if _WHOLE_MOMENT.fullmatch(text) is None:
        raise ValueError("write 2026-12-01T14:00, or 2026-12-01")
    moment = datetime.fromisoformat(text)
    _our_time(moment.year)
    if moment.second:
        raise ValueError("seconds must be nought")
    return text


def _real_day(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) is None:
        raise ValueError("write 2026-12-01")
    _our_time(date.fromisoformat(text).year)
    return text


def _real_instant(text: str) -> str:
    moment = datetime.fromisoformat(text)
    _our_time(moment.year)
    if moment.utcoffset() is None:
        raise ValueError("write an instant with its offset: 2026-12-01T12:00:00Z")
    return text


Moment = Annotated[
    str,
    Field(
        pattern=_MOMENT,
        description="A local time of the unit (`2026-12-01T14:00`), a date where the tariff sells nights, or an instant with its offset.",
        examples=["2026-12-01T14:00"],
    ),
    AfterValidator(_real_moment),
]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}, examples=["2026-12-01"]),
    AfterValidator(_real_day),
]
Instant = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$",
        json_schema_extra={"format": "date-time"},
        examples=["2026-12-01T12:00:00Z"],
    ),
    AfterValidator(_real_instant),
]
# Every letter but the controls: what people type in one line.
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
Name = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]  # an id of the catalog, or an alias
Contact = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="A phone of any country, a local one of the unit's, or `@name`.",
        examples=["+375291234567"],
    ),
]
ChatId = Annotated[int, Field(ge=1, le=2**52, description="A guest's id in Telegram.")]
# Said by staff, and never nothing.
Reason = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
]
Count = Annotated[int, Field(ge=1, le=99)]
Id = Annotated[int, Field(ge=1, le=MOST_ID)]
BookingId = Annotated[int | str, Field(description="The number or the code.")]


class Money(Shown):
    """A sum in minor units and its ISO 4217 code (R20)."""

    amount: Annotated[int, Field(description="Minor units: 12345 is 123.45 where the currency has two digits.")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Sum(Body):
    """A sum that is sent: minor units and the desk's currency."""

    amount: Annotated[int, Field(ge=0, le=MOST_MINOR_UNITS)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class SignedSum(Body):
    """Minor units, below nothing for what is too much."""

    amount: Annotated[int, Field(ge=-MOST_MINOR_UNITS, le=MOST_MINOR_UNITS)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class ById(Params):
    """One thing, by its number."""

    id: Id


class Page(Params):
    """Where a list begins and how long it is (A3)."""

    cursor: Annotated[str | None, Field(max_length=200, description="`next_cursor` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Error(Shown):
    """What went wrong: a stable code, words for people, facts for programs (A2)."""

    class Inner(Shown):
        code: Annotated[str, Field(examples=["dates_taken"])]
        message: str
        details: dict[str, Any]

    error: Inner


class Extra(Shown):
    """One extra of a stay."""

    id: str
    quantity: int
    included: bool


class PriceLine(Shown):
    """One line of a price; `amount` is the truth (R22)."""

    code: str
    label: str
    quantity: int
    unit_price: Money | None
    amount: Money
    rule: str


Status = Literal[
    "held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house", "completed", "expired", "declined",
    "cancelled_by_guest", "cancelled_by_owner", "no_show",
]  # fmt: skip
