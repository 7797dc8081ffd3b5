"""Owns applied documents by version: as they were written, and their values, kept in memory with the names in reach."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from housebot.domain.catalog import Catalog, Tariff, Unit
from housebot.domain.catalog_document import to_catalog
from housebot.domain.period import span_days
from housebot.errors import Refusal
from housebot.storage import catalogs as rows
from housebot.storage.tx import Tx

KEPT = 8  # versions whose values stay in memory: the present one, and those of bookings that are looked at


@dataclass(frozen=True, slots=True)
class Known:
    """A catalog with its names in reach: a desk may have hundreds of units."""

    catalog: Catalog
    units: Mapping[str, Unit]
    parts: frozenset[str]  # of all units
    tariffs: Mapping[str, tuple[Tariff, ...]]  # unit id -> active tariffs that sell it
    shortest: timedelta  # the longest stay that anybody may be asked to take at least


def document(tx: Tx, number: int) -> dict[str, Any]:
    """The canonical document of a version, as it was applied."""
    text = rows.document(tx, number)
    if text is None:
        raise Refusal("not_found", what="catalog", version=number)
    found: dict[str, Any] = json.loads(text)
    return found


def known(tx: Tx, number: int, digest: str) -> Known:
    """The values of a version; the digest is part of the key because a rolled-back version's number is given again."""
    kept: dict[tuple[int, str], Known] = tx.cache.get("catalogs", {})
    found = kept.get((number, digest))
    if found is None:
        found = _with_names(to_catalog(document(tx, number), version=number))
        # A new dict instead of a change: the reader's and the writer's thread share the cache.
        tx.cache["catalogs"] = {**dict(list(kept.items())[-KEPT + 1 :]), (number, digest): found}
    return found


def _with_names(catalog: Catalog) -> Known:
    by_unit: dict[str, list[Tariff]] = {unit.id: [] for unit in catalog.units}
    for tariff in catalog.tariffs:
        for unit_id in tariff.units if tariff.active else ():
            by_unit[unit_id].append(tariff)
    tariffs = {unit_id: tuple(found) for unit_id, found in by_unit.items()}
    parts_let = frozenset(part for unit in catalog.units for part in unit.parts)
    return Known(catalog, {unit.id: unit for unit in catalog.units}, parts_let, tariffs, _shortest(catalog))


def _shortest(catalog: Catalog) -> timedelta:
    minutes = [max(tariff.min_minutes, tariff.minutes) for tariff in catalog.tariffs]
    nights = [rule.min_nights or 0 for rule in catalog.stay_rules]
    longest = max(timedelta(minutes=max(minutes, default=0)), timedelta(days=max(nights, default=0)))
    # Where departures are closed, or go by the weekday, it ends after all of them.
    closing = [rule for rule in catalog.stay_rules if rule.closed_to_departure]
    if closing or any(tariff.weekday_pairs for tariff in catalog.tariffs):
        longest += timedelta(days=7 + sum(span_days(span) for rule in closing for span in rule.dates))
    return longest
