"""Owns how promo codes are looked up by other programs: page by page, one of them, and what one is worth to somebody (R49)."""

from typing import Any

from housebot.domain.catalog import Catalog
from housebot.domain.money import Money
from housebot.domain.period import local
from housebot.domain.pricing.discounts import PROMO
from housebot.domain.promo import Promo
from housebot.errors import Refusal
from housebot.services import catalogs, guesses, promos, quotes
from housebot.services.ports import Tx
from housebot.web.api import asked, pages, wishes
from housebot.web.api.discretion import guesser
from housebot.web.api.operation import Call, Operation
from housebot.web.api.promocodes import EXAMPLE, Judged, Promocode, Promocodes, Verdict, Wanted, Which


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of codes, in the order in which they were made."""
    query: Wanted = call.query
    catalog = catalogs.current(tx, now=call.now)
    found = [one for one in promos.listing(tx) if query.is_active in {None, one.active}]
    page = pages.changed(tx, "promo", query, found)
    return {"items": [promos.as_json(tx, catalog, one) for one in page.rows], "next_cursor": page.next_cursor}


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One code."""
    return promos.as_json(tx, catalogs.current(tx, now=call.now), named(tx, call.path.id))


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
    if body.start_date is not None:
        off = Money(_taken_off(tx, call, catalog, body.start_date), catalog.currency).json()
        return dict(promos.as_json(tx, catalog, promos.get(tx, body.code))["discount"]) | {"off": off}
    if body.end_date is not None:
        raise Refusal("invalid", reason="fields", fields={"start_date": "it is missing"})
    zone = catalog.zone if body.unit is None else asked.the_unit(catalog, body.unit).zone
    promo = promos.standing(tx, body.code, on=local(call.now, zone).date(), now=call.now)
    return dict(promos.as_json(tx, catalog, promo)["discount"]) | {"off": None}


def _taken_off(tx: Tx, call: Call, catalog: Catalog, start: str) -> int:
    """What the code takes off the stay, in minor units."""
    body: Judged = call.body
    stay = wishes.Priced(
        unit=body.unit,
        tariff=body.tariff,
        start_date=start,
        end_date=body.end_date,
        number_of_guests=body.number_of_guests,
        party=body.party,
        extras=body.extras,
        promocode=body.code,
    )
    quote = quotes.draw_up(tx, wishes.request(catalog, stay), now=call.now)
    return -sum(line.amount for line in quote.price.lines if line.code == PROMO)


def named(tx: Tx, word: str) -> Promo:
    """By its number, else by its code."""
    number = asked.number(word)
    if number is not None:
        try:
            return promos.of_id(tx, number)
        except Refusal:
            pass  # a code may be of digits alone
    return promos.get(tx, word)


OPERATIONS = [
    Operation(
        "GET",
        "/promocodes",
        name="listPromocodes",
        summary="Promo codes, page by page",
        tag="promocodes",
        scope="read",
        query=Wanted,
        answers=Promocodes,
        example={"items": [EXAMPLE], "next_cursor": None},
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
            "discount": {"kind": "percent", "basis_points": 1500, "off": {"amount": 10500, "currency": "BYN"}},
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
        example=EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
]
