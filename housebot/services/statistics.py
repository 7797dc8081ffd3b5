"""Owns the figures of a desk: what each unit was worth in a time, how long the queues are, what there is by state.

Definitions, the same for shell, API and history; bookings marked *test* are left out everywhere:

- *stays*: confirmed, under way or completed, whose arrival date (of the unit's clock) lies in the time asked for.
- *occupancy*: sold nights / sellable nights of that time in the unit's zone (`domain.occupied`), stays that only reach into it
  included; a unit sold by appointment alone: hours instead of nights. `null` where nothing could be sold.
- *revenue*: the prices of those stays, by the day of arrival, however much of them is paid by money or gift.
- *received*: money that came less money that went back, by the day it did (the desk's clock); what a gift pays came when the gift
  was bought, which is money of the desk and of no unit.
- *per night*, *per hour*: revenue / nights, hours of those stays, of each currency by itself, half up. A stay within one date is one night.
- *lead days*: from the day it was booked to the day of arrival, the mean in whole days, and the median.
- *called off*: by how it ended, those that would have arrived in the time.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain.catalog import Catalog
from housebot.domain.occupied import Closed, Sold, filled
from housebot.domain.period import from_utc_text, instant, local, utc_text
from housebot.errors import Refusal
from housebot.services import catalogs, views
from housebot.storage import catalogs as catalog_rows
from housebot.storage import statistics as rows
from housebot.storage.statistics import StayRow
from housebot.storage.tx import Tx

__all__ = ["CALLED_OFF", "QUEUES", "SOLD", "as_json", "queues", "span", "unit_of"]

SOLD = frozenset({"confirmed", "in_house", "completed"})
CALLED_OFF = ("cancelled_by_guest", "cancelled_by_owner", "no_show", "declined", "expired")
QUEUES = ("inbox", "outbox", "due", "notifications", "webhooks", "answers")
LONGEST = 3660  # days at once
_MARGIN = timedelta(days=2)  # more than any zone is away from UTC


@dataclass(frozen=True, slots=True)
class Look:
    """What the figures of a time are made of, read once."""

    catalog: Catalog
    zone: ZoneInfo
    since: date
    until: date  # the last day
    stays: Sequence[StayRow]
    closed: Sequence[Closed]

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=day) for day in range((self.until - self.since).days + 1)]


def span(tx: Tx, since: date | None, until: date | None, *, now: datetime) -> tuple[date, date]:
    """The days asked for, the last one included; else the present month. `invalid` for an end before the start, or ten years."""
    today = local(now, views.zone(tx, now=now)).date()
    first = since or (until or today).replace(day=1)
    last = until or _month_end(first if since is not None and first > today else max(first, today))
    if not timedelta(0) <= last - first < timedelta(days=LONGEST):
        raise Refusal("invalid", reason="span", since=first.isoformat(), until=last.isoformat(), most_days=LONGEST)
    return first, last


def as_json(
    tx: Tx, *, since: date | None = None, until: date | None = None, unit: str | None = None, now: datetime
) -> dict[str, Any]:
    """Figures of every unit, or of one, from the first day to the last one included.

    `unknown_unit` for one that was never sold, `invalid` for a span that is none.
    """
    first, last = span(tx, since, until, now=now)
    found = look(tx, first, last, now=now)
    ids = [one.id for one in found.catalog.units]
    if unit is not None:
        ids = [unit_of(tx, unit, now=now)]
    else:  # units that are sold no more have had their stays
        ids += sorted({row.unit for row in found.stays} - set(ids))
    bounds = {
        "since": utc_text(instant(datetime.combine(first, time()), found.zone, gap="forward")[0]),
        "until": utc_text(instant(datetime.combine(last + timedelta(days=1), time()), found.zone, gap="forward")[0]),
    }
    money = rows.money(tx, **bounds, unit=ids[0] if unit is not None else None)
    return {
        "since": first.isoformat(),
        "until": last.isoformat(),
        "zone": str(found.zone),
        "units": [_of_unit(found, one, [row for row in money if row.unit == one]) for one in ids],
        "received": _sums((row.currency, row.amount) for row in money),
    }


def unit_of(tx: Tx, name: str, *, now: datetime) -> str:
    """The id of a unit that is sold, or was once; else `unknown_unit`."""
    known = catalogs.current(tx, now=now).unit(name)
    if known is None and not catalog_rows.ever_sold(tx, name):
        raise Refusal("unknown_unit", unit=name[:40])
    return name if known is None else known.id


def look(tx: Tx, since: date, until: date, *, now: datetime) -> Look:
    """Read what touches those days in any zone."""
    catalog = catalogs.current(tx, now=now)
    reach = {
        "since": utc_text(instant(datetime.combine(since, time()), ZoneInfo("UTC"), gap="forward")[0] - _MARGIN),
        "until": utc_text(instant(datetime.combine(until, time()), ZoneInfo("UTC"), gap="forward")[0] + _MARGIN),
    }
    closed = [Closed(parts, from_utc_text(start), from_utc_text(end)) for parts, start, end in rows.blocks(tx, **reach)]
    return Look(catalog, views.zone(tx, now=now), since, until, rows.stays(tx, **reach), closed)


def sold(stays: Iterable[StayRow]) -> list[Sold]:
    """Those that count as sold."""
    return [
        Sold(
            row.unit,
            datetime.fromisoformat(row.arrival),
            datetime.fromisoformat(row.departure),
            from_utc_text(row.start),
            from_utc_text(row.end),
        )
        for row in stays
        if row.status in SOLD
    ]


def queues(tx: Tx, *, now: datetime) -> dict[str, Any]:
    """How much waits, and for how many seconds the oldest has: inbox, outbox (by class), due work that is overdue,
    what other programs have notified, webhooks to other programs, answers in other messengers.
    """
    found: dict[str, Any] = {name: {"depth": 0, "oldest_seconds": 0} for name in QUEUES}
    found["outbox"]["classes"] = {}
    for queue, kind, depth, since in rows.queues(tx, now=utc_text(now)):
        age = 0 if since is None else max(int((now - from_utc_text(since)).total_seconds()), 0)
        if kind:
            found[queue]["classes"][kind] = {"depth": depth, "oldest_seconds": age}
        found[queue]["depth"] += depth
        found[queue]["oldest_seconds"] = max(found[queue]["oldest_seconds"], age)
    return found


def _of_unit(found: Look, unit: str, money: Sequence[rows.MoneyRow]) -> dict[str, Any]:
    known = found.catalog.unit(unit)
    own = [row for row in found.stays if row.unit == unit and found.since <= _arrival(row).date() <= found.until]
    stays = [row for row in own if row.status in SOLD]
    full = None if known is None else filled(found.catalog, known, found.days, sold(found.stays), found.closed)
    revenue, nights_of, minutes_of = Counter[str](), Counter[str](), Counter[str]()
    for row, one in zip(stays, sold(stays), strict=True):
        revenue[row.currency] += row.total
        nights_of[row.currency] += len(one.dates)
        minutes_of[row.currency] += one.minutes
    zone = found.zone if known is None else known.zone
    return {
        "unit": unit,
        "stays": len(stays),
        "nights": nights_of.total(),
        "hours": minutes_of.total() // 60,
        "occupancy": None
        if full is None
        else {
            "basis": full.basis,
            "sold": _shown(full.basis, full.sold),
            "sellable": _shown(full.basis, full.sellable),
            "basis_points": full.basis_points,
        },
        "revenue": _sums(revenue.items()),
        "received": _sums((row.currency, row.amount) for row in money),
        "per_night": _sums((one, _half_up(total, nights_of[one])) for one, total in revenue.items() if nights_of[one]),
        "per_hour": _sums(
            (one, _half_up(total * 60, minutes_of[one])) for one, total in revenue.items() if minutes_of[one]
        ),
        "lead_days": _lead(
            [(_arrival(row).date() - local(from_utc_text(row.created_at), zone).date()).days for row in stays]
        ),
        "sources": dict(sorted(Counter(row.source for row in stays).items())),
        "called_off": {status: count for status in CALLED_OFF if (count := sum(row.status == status for row in own))},
    }


def _arrival(row: StayRow) -> datetime:
    return datetime.fromisoformat(row.arrival)


def _sums(parts: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    found = Counter[str]()
    for currency, amount in parts:
        found[currency] += amount
    return [{"amount": amount, "currency": currency} for currency, amount in sorted(found.items())]


def _lead(days: Sequence[int]) -> dict[str, int] | None:
    if not days:
        return None
    return {"mean": _half_up(sum(days), len(days)), "median": median_low(days)}


def _half_up(total: int, parts: int) -> int:
    return (2 * total + parts) // (2 * parts)


def _shown(basis: str, amount: int) -> int:
    return amount // 60 if basis == "hours" else amount


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
