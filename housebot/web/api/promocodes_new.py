"""Owns how another program makes a promo code: what it gives, and under which conditions (R51)."""

from datetime import date
from typing import Any

from housebot.domain.catalog import Catalog
from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.services import catalogs, promos
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.promocodes import EXAMPLE, NewPromocode, Promocode
from housebot.web.api.serving import PREFIX


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


def _gives(catalog: Catalog, body: NewPromocode) -> tuple[Any, int]:
    """Its kind, and how much of that."""
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


def _day(text: str | None) -> date | None:
    return None if text is None else asked.day(text)


def _ids(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(name.strip() for name in names)


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
        example=EXAMPLE,
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
]
