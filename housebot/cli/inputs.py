"""Owns how words on the command line become values: wrong syntax is wrong usage (2), what makes no sense is a refusal (1)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

import typer

from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.money import parse_amount
from housebot.domain.period import instant, read_span
from housebot.domain.spans import DateSpan
from housebot.domain.stay import StayRequest, parse_guests, parse_local
from housebot.errors import Refusal

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:00)?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPAN = re.compile(r"\d{4}-\d{2}-\d{2}(\s*\.\.\s*\d{4}-\d{2}-\d{2})?", re.ASCII)
_GUESTS = re.compile(r"\d{1,3}|[\w-]+=\d{1,3}(,[\w-]+=\d{1,3})*", re.ASCII)
_EXTRA = re.compile(r"([\w-]+)(?:=(\d{1,3}))?", re.UNICODE)

MINUS = ("-", "−")

Named = TypeVar("Named", Unit, Tariff)


class Method(StrEnum):
    """How money moved."""

    BANK = "bank"
    CASH = "cash"


def the_unit(catalog: Catalog, name: str | None) -> str:
    """The unit that was named, or the only one."""
    return name if name is not None else _only(catalog.units, "--unit")


def the_tariff(catalog: Catalog, unit: str, name: str | None) -> str:
    """The tariff that was named, or the only one that sells the unit."""
    if name is not None:
        return name
    found = catalog.unit(unit)
    if found is None:
        raise Refusal("unknown_unit", unit=unit[:40])
    return _only(catalog.tariffs_of(found.id), "--tariff")


def request(
    catalog: Catalog,
    *,
    unit: str | None,
    tariff: str | None,
    since: str,
    until: str | None,
    guests: str,
    extras: Sequence[str] = (),
    promo: str | None = None,
    gift: str | None = None,
) -> StayRequest:
    """What is asked for; a slot tariff needs no end."""
    place = the_unit(catalog, unit)
    way = the_tariff(catalog, place, tariff)
    kind = found.kind if (found := catalog.tariff(way)) is not None else None
    arrival = wall_clock(since, "--from", kind)
    if until is None and kind is not Kind.SLOT:
        raise typer.BadParameter("--to is missing")
    return StayRequest(
        unit=place,
        tariff=way,
        arrival=arrival,
        departure=arrival if until is None else wall_clock(until, "--to", kind),
        party=party(guests, catalog),
        extras=quantities(extras),
        promo=promo,
        gift=gift,
    )


def wall_clock(text: str, option: str, kind: Kind | None) -> datetime:
    """A local time; hours are needed but for nights."""
    if not _LOCAL.fullmatch(text.strip()):
        raise typer.BadParameter(f"{option} {text!r} is no local time; write 2026-12-01T14:00, or a date for nights")
    moment, has_time = parse_local(text)
    if not has_time and kind in {Kind.BLOCK, Kind.SLOT}:
        raise Refusal("invalid", reason="time_missing", value=text, example=f"{text.strip()}T14:00")
    return moment


def party(text: str, catalog: Catalog) -> dict[str, int]:
    """Guests by band."""
    compact = "".join(text.split())
    if not _GUESTS.fullmatch(compact):
        raise typer.BadParameter(f"--guests {text!r} is no number of guests; write 3, or adult=2,child=1")
    return parse_guests(compact, catalog)


def quantities(extras: Sequence[str]) -> dict[str, int]:
    """`sauna`, `towels=3`."""
    found: dict[str, int] = {}
    for text in extras:
        match = _EXTRA.fullmatch(text.strip())
        if match is None or match[1] in found:
            raise typer.BadParameter(f"--extra {text!r}: write the id of an extra once, or id=quantity")
        found[match[1]] = int(match[2] or 1)
    return found


def day(text: str, option: str) -> date:
    """A local date."""
    if not _DATE.fullmatch(text.strip()):
        raise typer.BadParameter(f"{option} {text!r} is no date; write 2026-12-01")
    return parse_local(text)[0].date()


def span(text: str, name: str) -> DateSpan:
    """Local dates from first to last, both included as written."""
    if not _SPAN.fullmatch(text.strip()):
        raise typer.BadParameter(f"{name} {text!r} are no dates; write 2026-12-05, or 2026-12-05..2026-12-06")
    found = read_span(text)
    assert isinstance(found, DateSpan), "a date with a year is no yearly one"
    return found


def moment(text: str, option: str, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime:
    """An instant from a local time or date; a date as an end includes its whole day."""
    if not _LOCAL.fullmatch(text.strip()):
        raise typer.BadParameter(f"{option} {text!r} is no local time; write 2026-12-01 or 2026-12-01T14:00")
    local, has_time = parse_local(text)
    if end_of_day and not has_time:
        local = datetime.combine(local.date() + timedelta(days=1), time())
    return instant(local, zone, gap="forward")[0]


def signed_amount(text: str, currency: str) -> int:
    """A sum in minor units that may have a sign in front."""
    compact = text.strip()
    if compact[:1] in MINUS:
        return -parse_amount(compact[1:], currency)
    return parse_amount(compact.removeprefix("+"), currency)


def booking_id(text: str) -> int | str:
    """The number or the public code."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text.strip().upper()


def _only(things: Sequence[Unit] | Sequence[Tariff], option: str) -> str:
    if len(things) == 1:
        return things[0].id
    names = ", ".join(thing.id for thing in things)
    raise typer.BadParameter(f"{option} is missing; there are {names}" if names else f"{option} is missing")
