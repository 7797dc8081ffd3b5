"""Owns what a client wishes for: a stay of some unit by some tariff, understood as the desk understands it from anybody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.stay import MOST, StayRequest
from housebot.errors import Refusal
from housebot.web.api import asked
from housebot.web.api.shapes import Body, Count, Moment, Name

# An older client's words: the extra that each of them asks for. Bedrooms are counted: the first one is always there.
_OLD_EXTRAS = {"has_sauna": "sauna", "has_photoshoot": "photo-session", "has_secret_room": "secret-room"}
_OLD_BEDROOMS = {"has_white_bedroom": "white-bedroom", "has_green_bedroom": "green-bedroom"}
_SECOND_BEDROOM = "second-bedroom"

# What understanding and pricing a wish may be refused with.
REFUSALS = (
    "min_stay", "max_stay", "too_soon", "too_far", "past", "closed_to_arrival", "closed_to_departure", "weekday", "outside_hours",
    "dst_gap", "min_guests", "max_guests", "no_adult", "unknown_unit", "unknown_tariff", "unknown_extra", "extra_not_offered",
    "extra_sold_out", "promo_invalid", "promo_used_up", "gift_invalid", "gift_insufficient", "rate_limited", "not_found",
)  # fmt: skip

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ExtraAsked(Body):
    """An extra with its quantity; its id alone means one."""

    id: Name
    quantity: Annotated[int, Field(ge=1, le=MOST)] = 1


def _old(what: str) -> Any:
    # Said in the document alone: pydantic's own mark would warn at each reading.
    return Field(
        description=f"An older name of {what}; `false` and nothing said are the same.",
        json_schema_extra={"deprecated": True},
    )


class Stay(Body):
    """Which stay is meant. `unit` and `tariff` are ids or aliases in any case, and may be left out where there is one."""

    unit: Name | None = None
    tariff: Name | None = None
    start_date: Moment
    end_date: Annotated[
        Moment | None, Field(description="May be left out for a service, which has its own length.")
    ] = None
    number_of_guests: Annotated[Count | None, Field(description="Adults; `party` says it by bands.", examples=[4])] = (
        None
    )
    party: Annotated[
        dict[Name, Annotated[int, Field(ge=0, le=MOST)]] | None,
        Field(max_length=20, description="Guests by the catalog's bands, instead of `number_of_guests`."),
    ] = None
    extras: Annotated[list[Name | ExtraAsked], Field(default_factory=list, max_length=50, examples=[["sauna"]])]
    has_sauna: Annotated[bool | None, _old("the extra `sauna`")] = None
    has_photoshoot: Annotated[bool | None, _old("the extra `photo-session`")] = None
    has_secret_room: Annotated[bool | None, _old("the extra `secret-room`")] = None
    has_white_bedroom: Annotated[bool | None, _old("a bedroom; both of them are the extra `second-bedroom`")] = None
    has_green_bedroom: Annotated[bool | None, _old("a bedroom; both of them are the extra `second-bedroom`")] = None


class Priced(Stay):
    """A stay with the codes that change what is paid for it."""

    promocode: Code | None = None
    gift_code: Code | None = None


def request(catalog: Catalog, wish: Stay, *, anybody: bool = False) -> StayRequest:
    """What is asked for; `unknown_unit`, `unknown_tariff`, `unknown_extra`, `invalid` with the fields that are wrong.

    `anybody`: where nobody said how many come, as many as the tariff needs.
    """
    unit = asked.the_unit(catalog, wish.unit)
    tariff = asked.the_tariff(catalog, unit, wish.tariff)
    arrival, departure = times(unit, wish.start_date, wish.end_date, kind=tariff.kind)
    return StayRequest(
        unit=unit.id,
        tariff=tariff.id,
        arrival=arrival,
        departure=departure,
        party=_party(catalog, tariff, wish, anybody=anybody),
        extras=_extras(catalog, unit, wish),
        promo=wish.promocode if isinstance(wish, Priced) else None,
        gift=wish.gift_code if isinstance(wish, Priced) else None,
    )


def times(unit: Unit, start: str, end: str | None, *, kind: Kind | None) -> tuple[datetime, datetime]:
    """Arrival and departure by the clock of the unit; a service needs no end."""
    arrival = asked.wall_clock(start, "start_date", zone=unit.zone, kind=kind)
    if end is None:
        if kind is not Kind.SLOT:
            raise _wrong("end_date", "it is missing")
        return arrival, arrival
    return arrival, asked.wall_clock(end, "end_date", zone=unit.zone, kind=kind)


def party_of(catalog: Catalog, number: int | None, bands: Mapping[str, int] | None) -> dict[str, int] | None:
    """Guests by band; None where nothing was said."""
    if bands is not None and number is not None:
        raise _wrong("party", "say number_of_guests or party, not both")
    known = {band.id.casefold(): band.id for band in catalog.bands}
    if bands is None:
        adult = next((band.id for band in catalog.bands if band.adult), next(iter(known.values()), ""))
        return None if number is None else {adult: number}
    party: dict[str, int] = {}
    for name, count in bands.items():
        band = known.get(name.casefold())
        if band is None or band in party:
            raise _wrong("party", f"each once of {', '.join(known.values())}")
        party[band] = count
    return party


def _party(catalog: Catalog, tariff: Tariff, wish: Stay, *, anybody: bool) -> dict[str, int]:
    party = party_of(catalog, wish.number_of_guests, wish.party)
    if party is not None:
        return party
    if tariff.kind is not Kind.SLOT and not anybody:
        raise _wrong("number_of_guests", "it is missing")
    # An appointment is for one unless somebody says otherwise.
    fewest = party_of(catalog, max(tariff.min_guests, 1), None)
    assert fewest is not None, "a number of guests is a party"
    return fewest


def _extras(catalog: Catalog, unit: Unit, wish: Stay) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, one in enumerate(wish.extras):
        name, quantity = (one, 1) if isinstance(one, str) else (one.id, one.quantity)
        known = catalog.extra(name)  # noqa: S610  no Django here
        extra_id = name if known is None else known.id
        if extra_id in found:
            raise _wrong(f"extras.{number}", "it was named before")
        found[extra_id] = quantity
    for field, extra_id in _OLD_EXTRAS.items():
        if getattr(wish, field):
            found.setdefault(extra_id, 1)
    bedrooms = [part for field, part in _OLD_BEDROOMS.items() if getattr(wish, field)]
    for part in bedrooms:
        if part not in unit.parts:
            raise Refusal("unknown_extra", extra=part)
    if len(bedrooms) == len(_OLD_BEDROOMS):
        found.setdefault(_SECOND_BEDROOM, 1)
    return found


def _wrong(field: str, how: str) -> Refusal:
    return Refusal("invalid", reason="fields", fields={field: how})
