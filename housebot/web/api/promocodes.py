"""Owns how promo codes look to other programs: what is sent and what is answered, with an example; services write the JSON."""

from typing import Annotated, Literal

from pydantic import Field

from housebot.domain.money import LARGEST_PERCENT
from housebot.domain.promo import LONGEST
from housebot.web.api.pages import Changes
from housebot.web.api.shapes import Body, Contact, Count, Day, Moment, Money, Name, Params, Shown, Sum
from housebot.web.api.wishes import Code, ExtraAsked

MOST_USES = 1_000_000
MOST_NIGHTS = 1000
Uses = Annotated[int, Field(ge=1, le=MOST_USES)]
Names = Annotated[list[Name], Field(min_length=1, max_length=200)]


class Gives(Shown):
    """What a code gives, as its `kind` says; `off` is what it takes off the stay that was asked about."""

    kind: Literal["percent", "amount", "price", "extra"]
    basis_points: int | None = None
    amount: Money | None = None
    extra: str | None = None
    off: Money | None = None


class Promocode(Shown):
    """A code with its conditions and uses. Days are local and included; weekdays are those of the arrival, 0 is Monday."""

    id: int
    code: str
    active: bool
    discount: Gives
    reserved: int
    consumed: int
    left: int | None
    given: Annotated[Money, Field(description="Over confirmed stays.")]
    stay_from: str | None
    stay_to: str | None
    book_from: str | None
    book_to: str | None
    tariffs: list[str] | None
    units: list[str] | None
    weekdays: list[int] | None
    min_nights: int
    min_sum: Money
    max_total: int | None
    max_per_guest: int | None
    budget: Money | None
    guest: str | None


class Promocodes(Shown):
    items: list[Promocode]
    next_cursor: str | None


class NewPromocode(Body):
    """Exactly one of `basis_points`, `amount`, `price` and `extra` says what it gives; every condition left out does not limit."""

    code: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]+$")]
    basis_points: Annotated[int | None, Field(ge=1, le=LARGEST_PERCENT, description="1500 is 15 % off.")] = None
    amount: Annotated[Sum | None, Field(description="So much off.")] = None
    price: Annotated[Sum | None, Field(description="The stay itself costs this.")] = None
    extra: Annotated[Name | None, Field(description="This extra is free.")] = None
    stay_from: Day | None = None
    stay_to: Day | None = None
    book_from: Day | None = None
    book_to: Day | None = None
    tariffs: Names | None = None
    units: Names | None = None
    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]] | None, Field(min_length=1, max_length=7)] = None
    min_nights: Annotated[int, Field(ge=0, le=MOST_NIGHTS)] = 0
    min_sum: Sum | None = None
    max_total: Uses | None = None
    max_per_guest: Uses | None = None
    budget: Sum | None = None
    guest: Annotated[Contact | None, Field(description="For this guest alone: a phone, `@name` or the number.")] = None


class Wanted(Changes):
    is_active: bool | None = None


class Which(Params):
    id: Annotated[
        str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$", description="The number or the code.")
    ]


class Switch(Body):
    active: bool


class Judged(Body):
    """A code, with or without the stay that it is meant for."""

    code: Annotated[Code, Field(examples=["SPRING"])]
    unit: Name | None = None
    tariff: Name | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    number_of_guests: Count | None = None
    party: Annotated[dict[Name, Annotated[int, Field(ge=0, le=99)]] | None, Field(max_length=20)] = None
    extras: Annotated[list[Name | ExtraAsked], Field(default_factory=list, max_length=50)]


class Verdict(Shown):
    """`reason` is told to keys with `manage` alone."""

    valid: bool
    discount: Gives | None
    reason: str | None


EXAMPLE = {
    "id": 4,
    "code": "SPRING",
    "active": True,
    "discount": {"kind": "percent", "basis_points": 1500},
    "reserved": 0,
    "consumed": 0,
    "left": 10,
    "given": {"amount": 0, "currency": "BYN"},
    **dict.fromkeys(("stay_from", "stay_to", "book_from", "book_to", "units", "weekdays"), None),
    "tariffs": ["day"],
    "min_nights": 0,
    "min_sum": {"amount": 0, "currency": "BYN"},
    "max_total": 10,
    **dict.fromkeys(("max_per_guest", "budget", "guest"), None),
}
