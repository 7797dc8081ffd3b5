"""Owns what is sold and said now: applied documents by version, from which local day each holds, and what lies above them by hand."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain.catalog import Catalog, DatedPrice, DateSpan, ExtraStop, Text, Unit, say
from housebot.domain.catalog_document import to_catalog, to_document
from housebot.domain.period import from_utc_text, instant, local, utc_text
from housebot.errors import Refusal
from housebot.services import audit, catalog_versions, settings
from housebot.services.catalog_versions import Known
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
    "Outlook",
    "Version",
    "apply",
    "current",
    "digest",
    "every_part",
    "followed",
    "hand_prices",
    "history",
    "lookup",
    "number",
    "outlook",
    "version",
    "with_stops",
]

OVER = timedelta(days=2)  # what ended so long ago is over in every zone
BY_HAND: Text = {"ru": "Цена этих дат", "en": "Price of these dates"}  # on a line, where nobody gave a name


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply` did: nothing when `changes` is empty. `covered` are things set by hand that lie above the document."""

    version: int
    from_date: date
    changes: list[str]
    covered: list[str]
    later: list[int]  # versions that will take over on a later day


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
            return _with_stops(tx, catalog_versions.known(tx, row.version, row.digest), now)
    raise Refusal("not_found", what="catalog")


def version(tx: Tx, number: int) -> Catalog:
    """A version that was applied at some time: bookings keep theirs. `not_found` for one that was not."""
    digest = rows.digest(tx, number)
    if digest is None:
        raise Refusal("not_found", what="catalog", version=number)
    return catalog_versions.known(tx, number, digest).catalog


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
    ahead = [(row, catalog_versions.known(tx, row.version, row.digest)) for row in _ahead(tx, now)]
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
        old_values = catalog_versions.known(tx, before.version, before.digest).catalog
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


def hand_prices(tx: Tx) -> tuple[DatedPrice, ...]:
    """Dated prices set by hand: they go before the document's, and of equal rank the newest wins (R12)."""
    return tuple(_dated(price) for price in price_rows.standing(tx))


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
