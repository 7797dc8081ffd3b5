"""Owns how words of clients become what the desk sells: units and tariffs by name or the only one, local times of the unit, parties."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.money import LARGEST
from housebot.domain.period import instant, local
from housebot.domain.stay import parse_local
from housebot.errors import Refusal
from housebot.services import guests
from housebot.web.api.shapes import SignedSum, Sum

Named = TypeVar("Named", Unit, Tariff)


def the_unit(catalog: Catalog, name: str | None) -> Unit:
    """The unit that was named, or the only one; `unknown_unit`, or `invalid` where there are several."""
    if name is None:
        return _only(catalog.units, "unit")
    found = catalog.unit(name)
    if found is None:
        raise Refusal("unknown_unit", unit=name[:40])
    return found


def the_tariff(catalog: Catalog, unit: Unit, name: str | None) -> Tariff:
    """The tariff that was named, or the only one that sells the unit; `unknown_tariff`."""
    selling = catalog.tariffs_of(unit.id)
    if name is None:
        return _only(selling, "tariff")
    found = catalog.tariff(name)
    if found is None or found not in selling:
        raise Refusal("unknown_tariff", tariff=name[:40], unit=unit.id)
    return found


def wall_clock(text: str, field: str, *, zone: ZoneInfo, kind: Kind | None) -> datetime:
    """What the clock of the unit shows: local times as they are, instants turned; hours are needed but for nights."""
    said = datetime.fromisoformat(text)
    if said.utcoffset() is not None:
        shown = local(said, zone).replace(tzinfo=None, fold=0)
        if instant(shown, zone, gap="forward")[0] != said:  # stays are kept by the clock, which shows that hour twice
            raise Refusal(
                "invalid",
                reason="fields",
                fields={field: "the clocks go back: of that hour only the first can be meant"},
            )
        return shown
    moment, has_time = parse_local(text[:16])
    if not has_time and kind in {Kind.BLOCK, Kind.SLOT}:
        raise Refusal("invalid", reason="fields", fields={field: f"a time is needed: {text}T14:00"})
    return moment


def moment(text: str, *, zone: ZoneInfo, end_of_day: bool = False) -> datetime:
    """An instant from a local time, a date or an instant; a date as an end includes its whole day."""
    said = datetime.fromisoformat(text)
    if said.utcoffset() is not None:
        return said
    when, has_time = parse_local(text[:16])
    if end_of_day and not has_time:
        when = datetime.combine(when.date() + timedelta(days=1), time())
    return instant(when, zone, gap="forward")[0]


def an_instant(text: str) -> datetime:
    """An instant with its offset."""
    return datetime.fromisoformat(text)


def contact(text: str, *, zone: ZoneInfo) -> str:
    """A phone or an `@name` in its normal form, local numbers read by the country of the zone; `contact_invalid`."""
    return guests.normalised(text, region=guests.region_of(zone))


def day(text: str) -> date:
    """A local date."""
    return date.fromisoformat(text)


def number(word: str) -> int | None:
    """The number that a word is; None where it can only be a code."""
    return int(word) if word.isascii() and word.isdigit() and len(word) < 19 else None


def _only(things: Sequence[Named], field: str) -> Named:
    if len(things) == 1:
        return things[0]
    names = ", ".join(thing.id for thing in things)
    raise Refusal("invalid", reason="fields", fields={field: f"it is missing; there are {names}"})


def amount(sent: Sum | SignedSum, currency: str) -> int:
    """Minor units of a sum in the currency of what it is for; `amount_invalid` for another one, and for a slip of the finger."""
    if sent.currency != currency:
        raise Refusal("amount_invalid", reason="currency", currency=currency)
    if abs(sent.amount) >= LARGEST:
        raise Refusal("amount_invalid", value=str(sent.amount))
    return sent.amount
