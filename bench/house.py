"""Owns the desk that is measured: 200 houses let by the night, and guests who may book them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from housebot.domain.catalog import AgeBand, Catalog, Kind, Part, Tariff, Unit
from housebot.domain.catalog_document import to_document
from housebot.domain.stay import StayRequest
from housebot.services import catalogs, guests
from housebot.services.ports import SYSTEM
from housebot.storage.file import DatabaseFile, Tx

UNITS = 200
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONGEST = 340  # days ahead that are let


def catalog() -> Catalog:
    """200 houses let by the night."""
    zone = ZoneInfo("Europe/Minsk")
    ids = [f"u{number}" for number in range(UNITS)]
    units = tuple(
        Unit(
            id=unit,
            name={"en": unit},
            noun="house",
            parts=parts(unit),
            zone=zone,
            capacity=6,
            before=timedelta(0),
            cleaning=timedelta(hours=2),
            window_months=12,
        )
        for unit in ids
    )
    return Catalog(
        version=1,
        name={"en": "Bench"},
        currency="BYN",
        zone=zone,
        languages=("en",),
        parts=tuple(Part(part, {"en": unit}) for unit in ids for part in parts(unit)),
        units=units,
        tariffs=(Tariff(id="night", kind=Kind.NIGHTLY, name={"en": "Night"}, units=tuple(ids), price=10_000),),
        extras=(),
        bands=(AgeBand("adult", {"en": "guest"}, 0, None, adult=True),),
    )


def new_desk(path: Path, *, people: int = 0) -> DatabaseFile:
    """A desk that sells these houses, and so many guests, numbered from 1."""
    db = DatabaseFile.open(path, create=True)
    db.write_now(lambda tx: catalogs.apply(tx, to_document(catalog()), actor=SYSTEM, now=NOW))

    def arrive(tx: Tx) -> None:
        for number in range(1, people + 1):
            guests.seen(tx, telegram_id=number, name=f"Guest {number}", username=None, language_code="en", now=NOW)

    db.write_now(arrive)
    return db


def parts(unit: str) -> tuple[str, ...]:
    """What that house is made of."""
    return (f"p{unit[1:]}",)


def wish(number: int) -> StayRequest:
    """A night nobody else wishes for: no two numbers fall on the same house and date."""
    day = datetime(2026, 12, 1) + timedelta(days=number // UNITS % LONGEST)  # noqa: DTZ001  what a wall clock shows
    return StayRequest(f"u{number % UNITS}", "night", day, day + timedelta(days=1), {"adult": 2})
