"""Owns what the house says of itself: words, addresses and photos set by hand above the document, and what is still the example's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from housebot.domain.catalog import Catalog, Text, Unit, say
from housebot.domain.catalog_document import to_catalog
from housebot.services import catalogs, settings
from housebot.storage.tx import Tx

GUIDE = "guide-"  # and the id of the extra it explains

_LEADING = frozenset({"route", "map_url"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of the shipped example that guests must not be sent."""

    code: str  # address, bank_number, bank_missing
    place: str
    detail: str
    fix: str


def texts(tx: Tx, key: str, language: str, *, now: datetime) -> str:
    """The words of the house under that key (`welcome`, `rules`, …): set by hand, else of the document, else nothing.

    Directions, map and guides that are still the example's lead nowhere: no guest is sent them.
    """
    catalog = catalogs.current(tx, now=now)
    written = catalog.texts.get(key, {})
    if (key in _LEADING or key.startswith(GUIDE)) and written == _example(tx, catalog).texts.get(key):
        written = {}
    return say(_over(settings.text(tx, key), written), language)


def photos(tx: Tx, unit: Unit) -> tuple[str, ...]:
    """The photos of a unit: those sent to the bot, else those of the document."""
    return settings.photos(tx, unit.id) or unit.photos


def address(tx: Tx, unit: Unit, language: str, *, now: datetime) -> str:
    """Where the unit is; empty when nobody has said so, or while it is still the example's: guests are not sent there."""
    catalog = catalogs.current(tx, now=now)
    written = {} if unit.address == _example_addresses(tx, catalog).get(unit.id) else unit.address
    return say(_over(settings.text(tx, f"address.{unit.id}"), written), language)


def leftovers(tx: Tx, *, now: datetime) -> list[Leftover]:
    """What is still the shipped example's, so that neither the owner nor a guest takes it for true."""
    known = catalogs.lookup(tx, now=now)
    found = []
    catalog = known.catalog
    example = _example_addresses(tx, catalog)
    found += [
        Leftover(
            "address",
            unit.id,
            f"the address of {say(unit.name, 'en')} is the example's",
            "send the real one in the bot under Settings, or change it in the catalog file and apply it",
        )
        for unit in catalog.units
        if unit.id in example and example[unit.id] == unit.address and not settings.text(tx, f"address.{unit.id}")
    ]
    if "bank" in catalog.desk.payment_methods:
        data = settings.bank(tx)
        fix = "set the bank data in the bot: Settings, Bank data"
        if data is None:
            found.append(Leftover("bank_missing", "bank", "no bank data are set: guests cannot pay by transfer", fix))
        elif data.example:
            found.append(Leftover("bank_number", "bank", "the bank number is the example's", fix))
    return found


def _example_addresses(tx: Tx, catalog: Catalog) -> dict[str, Text]:
    return {unit.id: unit.address for unit in _example(tx, catalog).units if unit.address}


def _example(tx: Tx, catalog: Catalog) -> Catalog:
    """The shipped example this desk began with: it is the first version, and says that it is one; else a catalog of nothing."""
    first = catalog if catalog.version == 1 or not catalog.desk.example else catalogs.version(tx, 1)
    return first if catalog.desk.example and first.desk.example else _NOTHING


def _over(by_hand: Text, written: Text) -> Text:
    return {**written, **by_hand}


_EMPTY: dict[str, Any] = {
    "name": {},
    "currency": "XTR",
    "zone": "UTC",
    "languages": [],
    "parts": [],
    "units": [],
    "tariffs": [],
    "extras": [],
    "bands": [],
}
_NOTHING = to_catalog(_EMPTY, version=0)
