"""Owns closing the free time around stays: what is sold or closed already stays as it is, the rest is closed part by part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from housebot.domain.availability import Timeline
from housebot.domain.period import Period, utc_text
from housebot.errors import Refusal
from housebot.services import audit, blocks, catalogs
from housebot.services.blocks import Block
from housebot.services.ports import Actor, Tx
from housebot.storage import occupancies

NO_TIME = timedelta(0)
AROUND = "block.around"  # the action under which the log knows it


@dataclass(frozen=True, slots=True)
class Gap:
    """Free time between two neighbours, of the parts that all have it."""

    period: Period
    parts: tuple[str, ...]


def gaps(tx: Tx, *, unit: str, period: Period, parts: Sequence[str] = (), now: datetime) -> list[Gap]:
    """The free time of a unit, or of some of its parts, inside a period, in order; the cleaning after a stay is not in it (R6).

    Parts that are free at the same times share a gap. `unknown_unit`.
    """
    place = catalogs.current(tx, now=now).unit(unit)
    if place is None:
        raise Refusal("unknown_unit", unit=unit)
    found: dict[tuple[datetime, datetime], list[str]] = {}
    for part in tuple(parts) or catalogs.every_part(tx, place, now=now):
        for one in _free(tx, part, period, now):
            found.setdefault((one.start, one.end), []).append(part)
    return [Gap(Period(*ends), tuple(of)) for ends, of in sorted(found.items())]


def close_around(
    tx: Tx, *, unit: str, period: Period, reason: str, parts: Sequence[str] = (), actor: Actor, now: datetime
) -> list[Block]:
    """One block for each gap; `dates_taken` where there is none. Stays are not touched, and the log knows that it was one deed."""
    free = gaps(tx, unit=unit, period=period, parts=parts, now=now)
    if not free:
        raise Refusal("dates_taken", unit=unit, start=utc_text(period.start), end=utc_text(period.end))
    place = catalogs.current(tx, now=now).unit(unit)
    assert place is not None, "its gaps were just found"
    every = set(catalogs.every_part(tx, place, now=now))
    made = [
        blocks.add(
            tx,
            unit=unit,
            period=gap.period,
            reason=reason,
            parts=() if set(gap.parts) == every else [part for part in gap.parts if part in place.parts],
            actor=actor,
            now=now,
        )
        for gap in free
    ]
    shown = [blocks.as_json(one) for one in made]
    audit.write(tx, actor, AROUND, f"block:{made[0].id}", None, shown, reason.strip() or None, now=now)
    return made


def gaps_json(found: Sequence[Gap]) -> list[dict[str, Any]]:
    """As a message carries them, and as one list is compared with another."""
    return [
        {"start": utc_text(one.period.start), "end": utc_text(one.period.end), "parts": list(one.parts)}
        for one in found
    ]


def _free(tx: Tx, part: str, period: Period, now: datetime) -> list[Period]:
    since = max(period.start, now.replace(microsecond=0))
    if since >= period.end:
        return []
    taken = Timeline(occupancies.between(tx, (part,), since, period.end), NO_TIME, NO_TIME, now)
    found, free_from = [], since
    for closes, opens in taken.stretches(since, period.end):
        if closes > free_from:
            found.append(Period(free_from, closes))
        free_from = max(free_from, opens)
    if free_from < period.end:
        found.append(Period(free_from, period.end))
    return found
