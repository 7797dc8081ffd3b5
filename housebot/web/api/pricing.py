"""Owns what the API says about prices: of one stay, line by line and signed (R22, R23), and the list of what is sold."""

from typing import Annotated, Any

from pydantic import Field

from housebot.domain.catalog import Catalog, Extra, Kind, Tariff, Unit, say
from housebot.domain.money import Money as Amount
from housebot.services import catalogs, quote_tokens, quotes
from housebot.services.ports import Tx
from housebot.web.api import stays, wishes
from housebot.web.api.discretion import guarded
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import Money, Shown


class NamedUnit(Shown):
    """What is rented."""

    id: str
    name: str
    zone: Annotated[str, Field(description="Local times are read in it.")]
    capacity: int
    description: str


class NamedExtra(Shown):
    """What may be added to a stay of a tariff."""

    id: str
    name: str
    price: Annotated[Money | None, Field(description="Null where it is a percentage, see `percent`.")]
    percent: Annotated[int | None, Field(description="Basis points of the accommodation price.")]
    per: Annotated[str, Field(description="stay, night, guest, guest-night, hour, piece or percent")]
    included: bool


class NamedTariff(Shown):
    """One way to book."""

    id: str
    aliases: list[str]
    name: str
    note: str
    kind: Annotated[str, Field(description="block: hours · nightly: nights by date · slot: a service of some minutes")]
    units: list[str]
    minutes: Annotated[int | None, Field(description="The length its price covers; null for nights.")]
    check_in: str | None
    check_out: str | None
    from_price: Annotated[
        Money, Field(description="For that length or one night, before dated prices, extra guests and extras.")
    ]
    extra_hour_price: Money | None
    guests_included: Annotated[int, Field(description="0: all of them.")]
    extra_guest_price: Money
    min_guests: int
    max_guests: int | None
    extras: list[NamedExtra]
    questions: list[str]


class Band(Shown):
    """Guests of an age."""

    id: str
    name: str


class Tariffs(Shown):
    """What is sold, in the language of the client."""

    currency: str
    units: list[NamedUnit]
    tariffs: list[NamedTariff]
    bands: list[Band]


def calculate(tx: Tx, call: Call) -> Any:
    """What the stay costs now; nothing is kept by asking, but that a wrong code was tried."""
    body: wishes.Priced = call.body

    def priced() -> dict[str, Any]:
        catalog = catalogs.current(tx, now=call.now)
        quote = quotes.draw_up(tx, wishes.request(catalog, body), now=call.now)
        return quotes.as_json(quote, call.language, token=quote_tokens.sign(tx, quote))

    return guarded(tx, call, priced, with_code=body.promocode is not None or body.gift_code is not None)


def tariffs(tx: Tx, call: Call) -> dict[str, Any]:
    """Everything that is sold."""
    catalog = catalogs.current(tx, now=call.now)
    return {
        "currency": catalog.currency,
        "units": [_unit(unit, call.language) for unit in catalog.units],
        "tariffs": [_tariff(catalog, one, call.language) for one in catalog.tariffs if one.active],
        "bands": [{"id": band.id, "name": say(band.name, call.language)} for band in catalog.bands],
    }


def _unit(unit: Unit, language: str) -> dict[str, Any]:
    return {
        "id": unit.id,
        "name": say(unit.name, language),
        "zone": str(unit.zone),
        "capacity": unit.capacity,
        "description": say(unit.description, language),
    }


def _tariff(catalog: Catalog, tariff: Tariff, language: str) -> dict[str, Any]:
    nightly = tariff.kind is Kind.NIGHTLY

    def money(amount: int | None) -> Any:
        return None if amount is None else Amount(amount, catalog.currency).json()

    return {
        "id": tariff.id,
        "aliases": list(tariff.aliases),
        "name": say(tariff.name, language),
        "note": say(tariff.note, language),
        "kind": str(tariff.kind),
        "units": list(tariff.units),
        "minutes": None if nightly else tariff.minutes,
        "check_in": tariff.check_in.isoformat("minutes") if nightly else None,
        "check_out": tariff.check_out.isoformat("minutes") if nightly else None,
        "from_price": money(tariff.price),
        "extra_hour_price": money(tariff.extra_hour_price),
        "guests_included": tariff.guests_included,
        "extra_guest_price": money(tariff.extra_guest_price),
        "min_guests": tariff.min_guests,
        "max_guests": tariff.max_guests,
        "extras": [
            _extra(catalog, one, tariff, language)
            for one in catalog.extras
            if one.id in tariff.extras or one.id in tariff.included_extras
        ],
        "questions": list(tariff.questions),
    }


def _extra(catalog: Catalog, extra: Extra, tariff: Tariff, language: str) -> dict[str, Any]:
    included, amount = extra.id in tariff.included_extras, tariff.extras.get(extra.id, 0)
    by_percent = extra.basis == "percent"
    return {
        "id": extra.id,
        "name": say(extra.name, language),
        "price": None if by_percent else Amount(0 if included else amount, catalog.currency).json(),
        "percent": amount if by_percent else None,
        "per": str(extra.basis),
        "included": included,
    }


_TARIFF = {
    "id": "day",
    "aliases": ["DAY"],
    "name": "Full day, from 3 people",
    "note": "all rooms",
    "kind": "block",
    "units": ["house"],
    "minutes": 1440,
    "check_in": None,
    "check_out": None,
    "from_price": {"amount": 70000, "currency": "BYN"},
    "extra_hour_price": {"amount": 3000, "currency": "BYN"},
    "guests_included": 3,
    "extra_guest_price": {"amount": 7000, "currency": "BYN"},
    "min_guests": 1,
    "max_guests": None,
    "extras": [
        {
            "id": "sauna",
            "name": "Sauna",
            "price": {"amount": 10000, "currency": "BYN"},
            "percent": None,
            "per": "stay",
            "included": False,
        }
    ],
    "questions": ["comment"],
}

OPERATIONS = [
    Operation(
        "POST",
        "/pricing/calculate",
        name="calculatePrice",
        summary="What a stay costs, line by line",
        tag="pricing",
        description=(
            "By the rules and prices of this minute; whether the dates are free is not looked at. The price of `quote_token` is honoured "
            "by `POST /bookings` for the same stay until `expires_at`. Wrong codes are counted, an hour: five of an address, sixty of a key without `manage`."
        ),
        takes=wishes.Priced,
        body_example={
            "unit": "house",
            "tariff": "day",
            "start_date": "2026-12-05T14:00",
            "end_date": "2026-12-06T14:00",
            "number_of_guests": 4,
            "extras": ["sauna"],
        },
        answers=stays.Quote,
        example={**stays.QUOTE, "quote_token": "eJx…"},
        writes=calculate,
        refusals=wishes.REFUSALS,
    ),
    Operation(
        "GET",
        "/pricing/tariffs",
        name="listTariffs",
        summary="Units, tariffs and extras with their prices",
        tag="pricing",
        description="Names in the language of `Accept-Language`.",
        answers=Tariffs,
        example={
            "currency": "BYN",
            "units": [
                {"id": "house", "name": "Secret House", "zone": "Europe/Minsk", "capacity": 6, "description": "A house"}
            ],
            "tariffs": [_TARIFF],
            "bands": [{"id": "adult", "name": "Adults"}],
        },
        reads=tariffs,
        refusals=("not_found",),
        headers={"Accept-Language": "`ru` or `en`."},
    ),
]
