"""Owns what is kept of each day: one number a day, name and unit, counted from the rows, so that history survives without Prometheus.

A day is counted once it is over by the desk's clock; days on which the desk was away are counted from the rows when it is back.
Counting a day again gives the rows it has now. Names: `bookings.made`, `bookings.confirmed`, `bookings.called_off`,
`nights.sold`, `nights.sellable`, `minutes.sold`, `minutes.sellable` (units sold by appointment), `money.received`,
`money.returned` (minor units, by currency), `messages.delivered`, `messages.failed`, `updates.received`, `updates.failed`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain.occupied import filled
from housebot.domain.period import from_utc_text, instant, local, utc_text
from housebot.errors import Refusal
from housebot.services import statistics, views
from housebot.storage import statistics as rows
from housebot.storage.statistics import DayFigure
from housebot.storage.tx import Tx

FARTHEST = timedelta(days=400)  # that days are counted back from the first time on
AT_ONCE = 40  # days of one reading
UPDATES_KEPT = timedelta(days=6)  # what is older is forgotten: there is no number, not nought

_Key = tuple[str, str, str, str]  # day, name, unit, currency


def missing(tx: Tx, *, now: datetime) -> list[date]:
    """Days that are over and have no figures, oldest first, as many as are counted at once."""
    yesterday = local(now, views.zone(tx, now=now)).date() - timedelta(days=1)
    last = rows.last_day(tx)
    if last is not None:
        first = date.fromisoformat(last) + timedelta(days=1)
    else:
        begun = rows.first_booking(tx)
        first = yesterday if begun is None else local(from_utc_text(begun), views.zone(tx, now=now)).date()
    first = max(first, yesterday - FARTHEST)
    return [first + timedelta(days=day) for day in range(min((yesterday - first).days + 1, AT_ONCE))]


def of_days(tx: Tx, days: list[date], *, now: datetime) -> list[DayFigure]:
    """Every figure of these days, which follow each other."""
    if not days:
        return []
    zone = views.zone(tx, now=now)
    since, until = _midnight(days[0], zone), _midnight(days[-1] + timedelta(days=1), zone)
    reach = {"since": utc_text(since), "until": utc_text(until)}
    found = Counter[_Key]()
    for day in days:  # a quiet day has its noughts: nobody takes it for one that was not counted
        for name in (
            "bookings.made",
            "bookings.confirmed",
            "bookings.called_off",
            "messages.delivered",
            "messages.failed",
        ):
            found[day.isoformat(), name, "", ""] = 0
        if now - _midnight(day, zone) <= UPDATES_KEPT:
            found.update({(day.isoformat(), name, "", ""): 0 for name in ("updates.received", "updates.failed")})
    _count_bookings(found, tx, zone, reach)
    _count_money(found, tx, zone, reach)
    for state, at in rows.ended_messages(tx, **reach):
        found[_day(at, zone), "messages.delivered" if state == "sent" else "messages.failed", "", ""] += 1
    for state, at in rows.updates(tx, **reach):
        if (_day(at, zone), "updates.received", "", "") in found:
            found[_day(at, zone), "updates.received", "", ""] += 1
            found[_day(at, zone), "updates.failed", "", ""] += state == "aside"
    _count_nights(found, tx, days, now)
    return [DayFigure(*key, value) for key, value in sorted(found.items())]


def keep(tx: Tx, figures: Iterable[DayFigure]) -> None:
    """Store them; the same day twice is the same rows."""
    rows.put_days(tx, figures)


def history(tx: Tx, *, since: date, until: date, unit: str | None = None) -> list[dict[str, Any]]:
    """Stored figures of those days, the last one included; money says its currency."""
    return [
        {
            "day": one.day,
            "name": one.name,
            "unit": one.unit or None,
            "currency": one.currency or None,
            "value": one.value,
        }
        for one in rows.days(tx, since=since.isoformat(), until=until.isoformat(), unit=unit)
    ]


def _count_bookings(found: Counter[_Key], tx: Tx, zone: ZoneInfo, reach: dict[str, str]) -> None:
    for unit, at in rows.made(tx, **reach):
        _both(found, _day(at, zone), "bookings.made", unit)
    for unit, status, at in rows.turns(tx, **reach):
        if status == "confirmed":
            _both(found, _day(at, zone), "bookings.confirmed", unit)
        elif status in statistics.CALLED_OFF:
            _both(found, _day(at, zone), "bookings.called_off", unit)


def _count_money(found: Counter[_Key], tx: Tx, zone: ZoneInfo, reach: dict[str, str]) -> None:
    for row in rows.money(tx, **reach):
        name = "money.received" if row.amount > 0 else "money.returned"
        _both(found, _day(row.at, zone), name, row.unit, currency=row.currency, value=abs(row.amount))


def _count_nights(found: Counter[_Key], tx: Tx, days: list[date], now: datetime) -> None:
    try:
        seen = statistics.look(tx, days[0], days[-1], now=now)
    except Refusal:  # nothing is sold yet
        return
    stays = statistics.sold(seen.stays)
    for day in days:
        for unit in seen.catalog.units:
            full = filled(seen.catalog, unit, [day], stays, seen.closed)
            basis = "minutes" if full.basis == "hours" else full.basis
            found[day.isoformat(), f"{basis}.sold", unit.id, ""] = full.sold
            found[day.isoformat(), f"{basis}.sellable", unit.id, ""] = full.sellable


def _both(found: Counter[_Key], day: str, name: str, unit: str, *, currency: str = "", value: int = 1) -> None:
    """Of the unit, and of the whole desk."""
    found[day, name, "", currency] += value
    if unit:
        found[day, name, unit, currency] += value


def _day(at: str, zone: ZoneInfo) -> str:
    return local(from_utc_text(at), zone).date().isoformat()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()), zone, gap="forward")[0]
