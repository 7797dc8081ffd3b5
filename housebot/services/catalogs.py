"""Owns what is sold and said now: applied documents by version, from which local day each holds, and what lies above them by hand."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain.catalog import Catalog, DatedPrice, DateSpan, ExtraStop, Tariff, Text, Unit, say
from housebot.domain.catalog_document import to_catalog, to_document
from housebot.domain.period import from_utc_text, instant, local, span_days, utc_text
from housebot.errors import Refusal
from housebot.services import audit, settings
from housebot.services.ports import Actor
from housebot.storage import blocks as block_rows
from housebot.storage import catalogs as rows
from housebot.storage import prices as price_rows
from housebot.storage import quotes as quote_rows
from housebot.storage.catalogs import Version
from housebot.storage.prices import HandPrice
from housebot.storage.tx import Tx

__all__ = [
    "Applied",
    "Leftover",
    "Outlook",
    "Version",
    "address",
    "apply",
    "current",
    "digest",
    "document",
    "every_part",
    "followed",
    "hand_prices",
    "history",
    "leftovers",
    "lookup",
    "number",
    "outlook",
    "photos",
    "texts",
    "version",
    "with_stops",
]

KEPT = 8  # versions whose values stay in memory: the present one, and those of bookings that are looked at
OVER = timedelta(days=2)  # what ended so long ago is over in every zone
GUIDE = "guide-"  # and the id of the extra it explains
BY_HAND: Text = {"ru": "Цена этих дат", "en": "Price of these dates"}  # on a line, where nobody gave a name
_LEADING = frozenset({"route", "map_url"})


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply` did: nothing when `changes` is empty. `covered` are things set by hand that lie above the document."""

    version: int
    from_date: date
    changes: list[str]
    covered: list[str]
    later: list[int]  # versions that will take over on a later day


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of the shipped example that guests must not be sent."""

    code: str  # address, bank_number, bank_missing
    place: str
    detail: str
    fix: str


@dataclass(frozen=True, slots=True)
class Known:
    """A catalog with its names in reach: a desk may have hundreds of units."""

    catalog: Catalog
    units: Mapping[str, Unit]
    parts: frozenset[str]  # of all units
    tariffs: Mapping[str, tuple[Tariff, ...]]  # unit id -> active tariffs that sell it
    shortest: timedelta  # the longest stay that anybody may be asked to take at least


@dataclass(frozen=True, slots=True)
class Outlook:
    """The parts that stays of a unit take, and from when on it is let no more: neither under its name nor by its parts."""

    parts: tuple[str, ...]
    gone: datetime | None


def current(tx: Tx, *, now: datetime) -> Catalog:
    """The catalog in force now; `not_found` for a desk that has none yet.

    A version is in force from its local day on until the next one's day; of several from one day the newest.
    """
    return lookup(tx, now=now).catalog


def sells_in(tx: Tx, currency: str | None, *, now: datetime) -> bool:
    """Whether the house sells in that currency; None, and a desk without a catalog, fit any."""
    try:
        return currency is None or lookup(tx, now=now).catalog.currency == currency
    except Refusal:
        return True


def lookup(tx: Tx, *, now: datetime) -> Known:
    """The catalog in force now, with its units and their tariffs by id."""
    for row in rows.in_force(tx):
        if row.from_date <= _today(row.zone, now):
            return _with_stops(tx, _known(tx, row.version, row.digest), now)
    raise Refusal("not_found", what="catalog")


def version(tx: Tx, number: int) -> Catalog:
    """A version that was applied at some time: bookings keep theirs. `not_found` for one that was not."""
    digest = rows.digest(tx, number)
    if digest is None:
        raise Refusal("not_found", what="catalog", version=number)
    return _known(tx, number, digest).catalog


def with_stops(tx: Tx, catalog: Catalog, *, now: datetime) -> Catalog:
    """The catalog with the extras that are stopped by hand: what is in force has them, a version as it was applied has not."""
    if not catalog.extras:
        return catalog
    since = utc_text(now - OVER)
    found = []
    for extra, unit, start, end in block_rows.stops(tx, since=since):
        place = catalog.unit(unit) if unit is not None else None
        zone = catalog.zone if place is None else place.zone
        first, until = (local(from_utc_text(moment), zone).date() for moment in (start, end))
        found.append(ExtraStop(extra, DateSpan(first, until), unit))
    return replace(catalog, stops=tuple(found)) if found else catalog


def every_part(tx: Tx, unit: Unit, *, now: datetime) -> tuple[str, ...]:
    """The parts of the unit as it was sold, with those that the versions in force now and later give it (R39)."""
    return outlook(tx, unit, now=now).parts


def outlook(tx: Tx, unit: Unit, *, now: datetime) -> Outlook:
    """What becomes of a unit under the version in force now and those to come (R39)."""
    ahead = [(row, _known(tx, row.version, row.digest)) for row in _ahead(tx, now)]
    if len(ahead) == 1 and ahead[0][1].units.get(unit.id) is unit:
        return Outlook(unit.parts, None)  # nothing is planned, as nearly always
    found = dict.fromkeys(unit.parts)
    for _, known in ahead:
        found |= dict.fromkeys(known.units[unit.id].parts if unit.id in known.units else ())
    gone = [row for row, known in ahead if unit.id not in known.units and known.parts.isdisjoint(found)]
    return Outlook(tuple(found), min(map(_begins, gone), default=None))


def number(tx: Tx, *, now: datetime) -> int:
    """The version in force now."""
    return current(tx, now=now).version


def document(tx: Tx, number: int) -> dict[str, Any]:
    """The canonical document of a version, as it was applied."""
    text = rows.document(tx, number)
    if text is None:
        raise Refusal("not_found", what="catalog", version=number)
    found: dict[str, Any] = json.loads(text)
    return found


def history(tx: Tx) -> list[Version]:
    """Every version, the newest first."""
    return rows.listing(tx)


def digest(tx: Tx, number: int) -> str:
    """What tells the document of a version from any other; `not_found`."""
    found = rows.digest(tx, number)
    if found is None:
        raise Refusal("not_found", what="catalog", version=number)
    return found


def followed(tx: Tx, day: date | None, *, now: datetime) -> str | None:
    """The digest of the version that one applied for that local day would follow (today for None); None where there is none."""
    for row in rows.in_force(tx):
        if row.from_date <= (_today(row.zone, now) if day is None else day.isoformat()):
            return row.digest
    return None


def apply(
    tx: Tx, document: Mapping[str, Any], *, actor: Actor, now: datetime, from_date: date | None = None, note: str = ""
) -> Applied:
    """Store a judged canonical document as the newest version, for quotes made from that local day on (today by default).

    A document equal to the one it would follow changes nothing and stores nothing. A day that is over is `invalid`: what
    was quoted on it stays as it was. What people set by hand is not touched, only listed. A unit that somebody has ahead
    may not vanish with all its parts: `invalid` with reason `unit_in_use`.
    """
    from housebot.domain.catalog_diff import diff
    from housebot.services import parts  # it knows of holds, which stand on the catalog

    catalog = to_catalog(dict(document), version=1)
    canonical = to_document(catalog)
    today = local(now, catalog.zone).date()
    since = from_date or today
    if since < today:
        raise Refusal("invalid", reason="from_date_past", from_date=since.isoformat(), today=today.isoformat())
    quote_rows.ensure_key(tx)
    text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    versions = rows.in_force(tx)
    before = next((row for row in versions if row.from_date <= since.isoformat()), None)
    later = sorted(row.version for row in versions if row.from_date > since.isoformat())
    covered = _covered(tx, catalog, now=now)
    if before is not None and before.digest == digest:
        return Applied(before.version, since, [], covered, later)
    old = None if before is None else json.loads(rows.document(tx, before.version) or "{}")
    changes = [f"new catalog {say(catalog.name, 'en')}"] if old is None else diff(old, canonical)
    if before is not None:
        begins = _midnight(since, catalog.zone)
        old_values = _known(tx, before.version, before.digest).catalog
        parts.carry_over(tx, old_values, catalog, since=max(begins, now), now=now)
    newest = rows.newest(tx) + 1
    rows.insert(
        tx,
        newest,
        text,
        digest=digest,
        zone=str(catalog.zone),
        from_date=since.isoformat(),
        created_at=utc_text(now),
        actor=str(actor),
        note=note,
    )
    audit.write(
        tx,
        actor,
        "catalog.apply",
        f"catalog:{newest}",
        None if before is None else {"version": before.version, "digest": before.digest},
        {"version": newest, "digest": digest, "from_date": since.isoformat()},
        note or None,
        now=now,
    )
    return Applied(newest, since, changes, covered, later)


def texts(tx: Tx, key: str, language: str, *, now: datetime) -> str:
    """The words of the house under that key (`welcome`, `rules`, …): set by hand, else of the document, else nothing.

    Directions, map and guides that are still the example's lead nowhere: no guest is sent them.
    """
    catalog = current(tx, now=now)
    written = catalog.texts.get(key, {})
    if (key in _LEADING or key.startswith(GUIDE)) and written == _example(tx, catalog).texts.get(key):
        written = {}
    return say(_over(settings.text(tx, key), written), language)


def photos(tx: Tx, unit: Unit) -> tuple[str, ...]:
    """The photos of a unit: those sent to the bot, else those of the document."""
    return settings.photos(tx, unit.id) or unit.photos


def address(tx: Tx, unit: Unit, language: str, *, now: datetime) -> str:
    """Where the unit is; empty when nobody has said so, or while it is still the example's: guests are not sent there."""
    catalog = current(tx, now=now)
    written = {} if unit.address == _example_addresses(tx, catalog).get(unit.id) else unit.address
    return say(_over(settings.text(tx, f"address.{unit.id}"), written), language)


def hand_prices(tx: Tx) -> tuple[DatedPrice, ...]:
    """Dated prices set by hand: they go before the document's, and of equal rank the newest wins (R12)."""
    return tuple(_dated(price) for price in price_rows.standing(tx))


def leftovers(tx: Tx, *, now: datetime) -> list[Leftover]:
    """What is still the shipped example's, so that neither the owner nor a guest takes it for true."""
    known = lookup(tx, now=now)
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
    first = catalog if catalog.version == 1 or not catalog.desk.example else version(tx, 1)
    return first if catalog.desk.example and first.desk.example else _NOTHING


def _covered(tx: Tx, catalog: Catalog, *, now: datetime) -> list[str]:
    """Names of what was set by hand and lies above this document."""
    names = [f"text {key}" for key in settings.text_keys(tx) if key in catalog.texts]
    names += [f"address of {unit.id}" for unit in catalog.units if settings.text(tx, f"address.{unit.id}")]
    names += [f"photos of {unit.id}" for unit in catalog.units if unit.photos and settings.photos(tx, unit.id)]
    names += [f"stop of {stop.extra}" for stop in with_stops(tx, catalog, now=now).stops]
    return names + [f"price {price.id}" for price in hand_prices(tx)]


def _dated(price: HandPrice) -> DatedPrice:
    return DatedPrice(
        id=f"hand-{price.id}",
        name=dict.fromkeys(BY_HAND, price.name) if price.name else BY_HAND,
        dates=(price.dates,),
        units=frozenset({price.unit}) if price.unit else None,
        tariffs=frozenset({price.tariff}) if price.tariff else None,
        amount=price.amount,
        percent=price.percent,
        per_date=price.per_date,
        priority=price.id,
        by_hand=True,
    )


def _over(by_hand: Text, written: Text) -> Text:
    return {**written, **by_hand}


def _ahead(tx: Tx, now: datetime) -> Iterator[rows.InForce]:
    """The versions to come and the one in force now, the last one first; of several from one day the newest alone."""
    day = ""
    for row in rows.in_force(tx):
        if row.from_date != day:
            yield row
        day = row.from_date
        if day <= _today(row.zone, now):
            return


def _begins(row: rows.InForce) -> datetime:
    return _midnight(date.fromisoformat(row.from_date), ZoneInfo(row.zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, datetime.min.time()), zone, gap="forward")[0]


def _with_stops(tx: Tx, known: Known, now: datetime) -> Known:
    catalog = with_stops(tx, known.catalog, now=now)
    return known if catalog is known.catalog else replace(known, catalog=catalog)


def _today(zone: str, now: datetime) -> str:
    return local(now, ZoneInfo(zone)).date().isoformat()


def _known(tx: Tx, number: int, digest: str) -> Known:
    """The values of a version; the digest is part of the key because a rolled-back version's number is given again."""
    kept: dict[tuple[int, str], Known] = tx.cache.get("catalogs", {})
    known = kept.get((number, digest))
    if known is None:
        catalog = to_catalog(document(tx, number), version=number)
        by_unit: dict[str, list[Tariff]] = {unit.id: [] for unit in catalog.units}
        for tariff in catalog.tariffs:
            for unit_id in tariff.units if tariff.active else ():
                by_unit[unit_id].append(tariff)
        tariffs = {unit_id: tuple(found) for unit_id, found in by_unit.items()}
        parts_let = frozenset(part for unit in catalog.units for part in unit.parts)
        known = Known(catalog, {unit.id: unit for unit in catalog.units}, parts_let, tariffs, _shortest(catalog))
        # A new dict instead of a change: the reader's and the writer's thread share the cache.
        tx.cache["catalogs"] = {**dict(list(kept.items())[-KEPT + 1 :]), (number, digest): known}
    return known


def _shortest(catalog: Catalog) -> timedelta:
    minutes = [max(tariff.min_minutes, tariff.minutes) for tariff in catalog.tariffs]
    nights = [rule.min_nights or 0 for rule in catalog.stay_rules]
    longest = max(timedelta(minutes=max(minutes, default=0)), timedelta(days=max(nights, default=0)))
    # Where departures are closed, or go by the weekday, it ends after all of them.
    closing = [rule for rule in catalog.stay_rules if rule.closed_to_departure]
    if closing or any(tariff.weekday_pairs for tariff in catalog.tariffs):
        longest += timedelta(days=7 + sum(span_days(span) for rule in closing for span in rule.dates))
    return longest


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
