"""Owns what the API does with promo codes: made, listed, judged, switched off and on (R49, R51, R52)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.domain.catalog import Catalog
from housebot.domain.money import LARGEST_PERCENT
from housebot.domain.money import Money as Amount
from housebot.domain.period import local
from housebot.domain.pricing.discounts import PROMO
from housebot.domain.promo import LONGEST, Promo
from housebot.errors import Refusal
from housebot.services import catalogs, guesses, promos, quotes
from housebot.services.ports import Tx
from housebot.web.api import asked, pages, wishes
from housebot.web.api.discretion import guesser
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.pages import Changes
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import Body, Contact, Count, Day, Moment, Money, Name, Params, Shown, Sum

MOST_USES = 1_000_000
MOST_NIGHTS = 1000
Uses = Annotated[int, Field(ge=1, le=MOST_USES)]
Names = Annotated[list[Name], Field(min_length=1, max_length=200)]
TypedCode = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["SPRING"])]


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

    code: TypedCode
    unit: Name | None = None
    tariff: Name | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    number_of_guests: Count | None = None
    party: Annotated[dict[Name, Annotated[int, Field(ge=0, le=99)]] | None, Field(max_length=20)] = None
    extras: Annotated[list[Name | wishes.ExtraAsked], Field(default_factory=list, max_length=50)]


class Verdict(Shown):
    """`reason` is told to keys with `manage` alone."""

    valid: bool
    discount: Gives | None
    reason: str | None


def add(tx: Tx, call: Call) -> Answer:
    """Make a code."""
    body: NewPromocode = call.body
    catalog = catalogs.current(tx, now=call.now)
    kind, value = _gives(catalog, body)
    draft = Promo(
        id=0,
        code=body.code,
        kind=kind,
        value=value,
        extra=body.extra,
        stay_from=_day(body.stay_from),
        stay_to=_day(body.stay_to),
        book_from=_day(body.book_from),
        book_to=_day(body.book_to),
        tariffs=_ids(body.tariffs),
        units=_ids(body.units),
        weekdays=None if body.weekdays is None else frozenset(body.weekdays),
        min_nights=body.min_nights,
        min_sum=asked.amount(body.min_sum, catalog.currency) if body.min_sum else 0,
        max_total=body.max_total,
        max_per_guest=body.max_per_guest,
        budget=asked.amount(body.budget, catalog.currency) if body.budget else None,
        guest=None if body.guest is None else promos.whose(tx, body.guest),
    )
    made = promos.add(tx, catalog, draft, actor=call.actor, now=call.now)
    return Answer(promos.as_json(tx, catalog, made), headers={"Location": f"{PREFIX}/promocodes/{made.id}"})


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of codes, in the order in which they were made."""
    query: Wanted = call.query
    catalog = catalogs.current(tx, now=call.now)
    found = [one for one in promos.listing(tx) if query.is_active in {None, one.active}]
    page = pages.changed(tx, "promo", query, found)
    return {"items": [promos.as_json(tx, catalog, one) for one in page.rows], "next_cursor": page.next_cursor}


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One code."""
    return promos.as_json(tx, catalogs.current(tx, now=call.now), _named(tx, call.path.id))


def switch(tx: Tx, call: Call) -> dict[str, Any]:
    """Off, or on again."""
    work = promos.enable if call.body.active else promos.disable
    changed = work(tx, _named(tx, call.path.id).code, actor=call.actor, now=call.now)
    return promos.as_json(tx, catalogs.current(tx, now=call.now), changed)


def disable(tx: Tx, call: Call) -> None:
    """Nobody may use it from now on; the row stays."""
    promos.disable(tx, _named(tx, call.path.id).code, actor=call.actor, now=call.now)


def validate(tx: Tx, call: Call) -> dict[str, Any]:
    """Whether somebody may use a code. Guessing is limited, and only staff learn why one does nothing (R49)."""
    staff, who = call.may("manage"), guesser(call)
    if not staff:
        guesses.limit(tx, who, now=call.now)
    try:
        return {"valid": True, "discount": _worth(tx, call), "reason": None}
    except Refusal as refusal:
        if refusal.code not in guesses.OF_PROMO:
            raise
        if not staff:
            guesses.wrong(tx, who, now=call.now)
        reason = str(refusal.facts.get("reason", refusal.code)) if staff else None
        return {"valid": False, "discount": None, "reason": reason}


def _worth(tx: Tx, call: Call) -> dict[str, Any]:
    body: Judged = call.body
    catalog = catalogs.current(tx, now=call.now)
    if body.start_date is None:
        if body.end_date is not None:
            raise Refusal("invalid", reason="fields", fields={"start_date": "it is missing"})
        zone = catalog.zone if body.unit is None else asked.the_unit(catalog, body.unit).zone
        promo = promos.standing(tx, body.code, on=local(call.now, zone).date(), now=call.now)
        return dict(promos.as_json(tx, catalog, promo)["discount"]) | {"off": None}
    stay = wishes.Priced(
        unit=body.unit,
        tariff=body.tariff,
        start_date=body.start_date,
        end_date=body.end_date,
        number_of_guests=body.number_of_guests,
        party=body.party,
        extras=body.extras,
        promocode=body.code,
    )
    quote = quotes.draw_up(tx, wishes.request(catalog, stay), now=call.now)
    off = -sum(line.amount for line in quote.price.lines if line.code == PROMO)
    gives = promos.as_json(tx, catalog, promos.get(tx, body.code))["discount"]
    return dict(gives) | {"off": Amount(off, catalog.currency).json()}


def _named(tx: Tx, word: str) -> Promo:
    """By its number, else by its code."""
    if word.isascii() and word.isdigit() and len(word) < 19:
        try:
            return promos.of_id(tx, int(word))
        except Refusal:
            pass  # a code may be of digits alone
    return promos.get(tx, word)


def _gives(catalog: Catalog, body: NewPromocode) -> tuple[Any, int]:
    given: dict[str, Any] = {
        "percent": body.basis_points,
        "amount": body.amount,
        "price": body.price,
        "extra": body.extra,
    }
    said = {kind: value for kind, value in given.items() if value is not None}
    if len(said) != 1:
        raise Refusal("invalid", reason="fields", fields={"": "exactly one of basis_points, amount, price, extra"})
    ((kind, value),) = said.items()
    if kind == "percent":
        return kind, value
    return kind, 0 if kind == "extra" else asked.amount(value, catalog.currency)


def _day(text: str | None) -> Any:
    return None if text is None else asked.day(text)


def _ids(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(name.strip() for name in names)


_BYN = "BYN"
_EXAMPLE = {
    "id": 4,
    "code": "SPRING",
    "active": True,
    "discount": {"kind": "percent", "basis_points": 1500},
    "reserved": 0,
    "consumed": 0,
    "left": 10,
    "given": {"amount": 0, "currency": _BYN},
    **dict.fromkeys(("stay_from", "stay_to", "book_from", "book_to", "units", "weekdays"), None),
    "tariffs": ["day"],
    "min_nights": 0,
    "min_sum": {"amount": 0, "currency": _BYN},
    "max_total": 10,
    **dict.fromkeys(("max_per_guest", "budget", "guest"), None),
}

OPERATIONS = [
    Operation(
        "POST",
        "/promocodes",
        name="createPromocode",
        summary="Make a promo code",
        tag="promocodes",
        scope="manage",
        takes=NewPromocode,
        body_example={"code": "SPRING", "basis_points": 1500, "tariffs": ["day"], "max_total": 10},
        answers=Promocode,
        example=_EXAMPLE,
        writes=add,
        status=201,
        answer_headers={"Location": "Where the code is found."},
        refusals=(
            "amount_invalid",
            "unknown_tariff",
            "unknown_unit",
            "unknown_extra",
            "promo_invalid",
            "already_decided",
            "contact_invalid",
            "not_found",
        ),
    ),
    Operation(
        "GET",
        "/promocodes",
        name="listPromocodes",
        summary="Promo codes, page by page",
        tag="promocodes",
        scope="read",
        query=Wanted,
        answers=Promocodes,
        example={"items": [_EXAMPLE], "next_cursor": None},
        reads=listing,
        refusals=("not_found",),
    ),
    Operation(
        "POST",
        "/promocodes/validate",
        name="validatePromocode",
        summary="Whether a code may be used",
        tag="promocodes",
        description="With a stay it is judged against the stay, which may be refused for itself. Wrong codes are limited.",
        scope="book",
        takes=Judged,
        body_example={
            "code": "SPRING",
            "tariff": "day",
            "start_date": "2026-12-05T14:00",
            "end_date": "2026-12-06T14:00",
            "number_of_guests": 4,
        },
        answers=Verdict,
        example={
            "valid": True,
            "discount": {"kind": "percent", "basis_points": 1500, "off": {"amount": 10500, "currency": _BYN}},
            "reason": None,
        },
        writes=validate,
        refusals=wishes.REFUSALS,
    ),
    Operation(
        "GET",
        "/promocodes/{id}",
        name="getPromocode",
        summary="One promo code",
        tag="promocodes",
        scope="read",
        in_path=Which,
        answers=Promocode,
        example=_EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
    Operation(
        "PATCH",
        "/promocodes/{id}",
        name="switchPromocode",
        summary="Switch a promo code off, or on again",
        tag="promocodes",
        scope="manage",
        in_path=Which,
        takes=Switch,
        body_example={"active": True},
        answers=Promocode,
        example=_EXAMPLE,
        writes=switch,
        refusals=("not_found", "already_decided"),
    ),
    Operation(
        "DELETE",
        "/promocodes/{id}",
        name="disablePromocode",
        summary="Switch a promo code off; stays that have it keep it",
        tag="promocodes",
        scope="manage",
        in_path=Which,
        answers=None,
        writes=disable,
        status=204,
        refusals=("not_found", "already_decided"),
    ),
]
