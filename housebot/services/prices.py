"""Owns prices of dates set by hand: above the document, the newest before the older, told by what a stay costs before and after (R12)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from housebot.domain.catalog import Catalog, Kind, Tariff, Unit
from housebot.domain.money import Money
from housebot.domain.period import covers, local, stay_dates, utc_text
from housebot.domain.pricing import price as priced
from housebot.domain.samples import sample
from housebot.domain.spans import DateSpan
from housebot.domain.status import HOLDING
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import audit, catalogs
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import prices as rows
from housebot.storage.bookings import Booking
from housebot.storage.prices import HandPrice

__all__ = ["Change", "HandPrice", "Sample", "as_json", "change_json", "get", "listing", "put", "remove", "restore"]

FREE = -10_000  # basis points: nothing can cost less
DAY_MINUTES = 24 * 60
LONGEST_NAME = 60
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a usual stay of a tariff cost before and costs now, in minor units."""

    stay: Stay
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Change:
    """A price that was set or taken back, one sample a tariff, and the open holds that keep the price they were made at."""

    price: HandPrice
    samples: tuple[Sample, ...]
    kept: tuple[Booking, ...]


def put(
    tx: Tx,
    *,
    dates: DateSpan,
    amount: int | None = None,
    percent: int | None = None,
    unit: str | None = None,
    tariff: str | None = None,
    name: str = "",
    actor: Actor,
    now: datetime,
) -> Change:
    """Say what the nights or dates of a span cost: a sum, or a signed percent (basis points) of what else would count.

    `past` when all of them are over, `unknown_unit`, `unknown_tariff`, `invalid` for a name too long. `amount_invalid` for
    nothing, for less than nothing, and for a sum that cannot be meant: one for several tariffs at once, or for hours that
    are no day (of a stay by hours a date's sum pays for all of its 24 hours).
    """
    catalog = catalogs.current(tx, now=now)
    affected = _affected(catalog, unit, tariff)
    today = local(now, affected[0][0].zone).date()
    if dates.until <= today:
        raise Refusal("past", end=_last(dates).isoformat(), today=today.isoformat())
    if len(name.strip()) > LONGEST_NAME:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_NAME)
    draft = HandPrice(
        id=0,
        name=name.strip(),
        dates=dates,
        unit=affected[0][0].id if unit is not None else None,
        tariff=affected[0][1].id if tariff is not None else None,
        amount=None,
        per_date=None,
        percent=percent,
        actor=str(actor),
        created_at=now,
    )
    draft = _with_amount(draft, amount, affected)
    before = catalogs.hand_prices(tx)
    made = replace(draft, id=rows.insert(tx, draft))
    audit.write(tx, actor, "price.set", f"price:{made.id}", None, as_json(catalog, made), now=now)
    return _change(tx, catalog, made, affected, before, now=now)


def remove(tx: Tx, price_id: int, *, actor: Actor, now: datetime) -> Change:
    """Take a price back: what lies under it counts again. `not_found` where there is none, also the second time."""
    catalog, price, before = catalogs.current(tx, now=now), get(tx, price_id), catalogs.hand_prices(tx)
    rows.remove(tx, price_id, now=now)
    audit.write(tx, actor, "price.remove", f"price:{price_id}", as_json(catalog, price), None, now=now)
    try:
        affected = _affected(catalog, price.unit, price.tariff)
    except Refusal:  # its unit or tariff has left the document since
        affected = []
    return _change(tx, catalog, price, affected, before, now=now)


def restore(tx: Tx, price_id: int, *, actor: Actor, now: datetime) -> HandPrice:
    """A price that was taken back counts again, as if it had stood all the time; `not_found` where there is none to restore."""
    if not rows.restore(tx, price_id):
        raise Refusal("not_found", what="price")
    price = get(tx, price_id)
    audit.write(
        tx, actor, "price.restore", f"price:{price_id}", None, as_json(catalogs.current(tx, now=now), price), now=now
    )
    return price


def get(tx: Tx, price_id: int) -> HandPrice:
    """A price that stands; `not_found`."""
    price = rows.get(tx, price_id)
    if price is None:
        raise Refusal("not_found", what="price")
    return price


def listing(tx: Tx, *, since: date | None = None) -> list[HandPrice]:
    """Prices that stand, the newest first; with `since` those alone that still speak of that date or a later one."""
    return rows.standing(tx, since=since)


def as_json(catalog: Catalog, price: HandPrice) -> dict[str, Any]:
    """As scripts see it: dates inclusive, `amount` money or null, `percent` signed basis points or null."""
    amount = price.amount if price.per_date is None else price.per_date
    return {
        "id": price.id,
        "dates": [{"from": price.dates.since.isoformat(), "to": _last(price.dates).isoformat()}],
        "amount": None if amount is None else Money(amount, catalog.currency).json(),
        "percent": price.percent,
        "unit": price.unit,
        "tariff": price.tariff,
        "name": price.name,
        "created_at": utc_text(price.created_at),
        "actor": price.actor,
    }


def change_json(catalog: Catalog, change: Change) -> dict[str, Any]:
    """The price with `samples: [{unit, tariff, arrival, departure, hours, before, after}]` and `kept`, the holds at the old price."""

    def money(amount: int) -> Any:
        return Money(amount, catalog.currency).json()

    return as_json(catalog, change.price) | {
        "samples": [
            {
                "unit": one.stay.unit.id,
                "tariff": one.stay.tariff.id,
                "arrival": one.stay.arrival.isoformat(timespec="minutes"),
                "departure": one.stay.departure.isoformat(timespec="minutes"),
                "hours": one.stay.hours,
                "before": money(one.before),
                "after": money(one.after),
            }
            for one in change.samples
        ],
        "kept": [
            {
                "code": one.code,
                "unit": one.unit,
                "tariff": one.tariff,
                "arrival": one.arrival.isoformat(timespec="minutes"),
                "departure": one.departure.isoformat(timespec="minutes"),
                "total": Money(one.total, one.currency).json(),
            }
            for one in change.kept
        ],
    }


def _affected(catalog: Catalog, unit: str | None, tariff: str | None) -> list[tuple[Unit, Tariff]]:
    """The units and tariffs a price speaks of, in the order of the document; one at least."""
    place = catalog.unit(unit) if unit is not None else None
    if unit is not None and place is None:
        raise Refusal("unknown_unit", unit=unit[:40])
    way = catalog.tariff(tariff) if tariff is not None else None
    found = [
        (one, sold)
        for one in (catalog.units if place is None else (place,))
        for sold in catalog.tariffs_of(one.id)
        if tariff is None or sold is way
    ]
    if not found:
        raise Refusal("unknown_tariff", tariff=(tariff or "")[:40], unit=unit)
    return found


def _with_amount(draft: HandPrice, amount: int | None, affected: list[tuple[Unit, Tariff]]) -> HandPrice:
    """The price with its sum as the kind of its tariff means it; a percent is judged alone."""
    if amount is None:
        if draft.percent is None or draft.percent == 0 or draft.percent < FREE:
            raise Refusal("amount_invalid", reason="percent_range", percent=draft.percent, least=FREE)
        return draft
    if amount <= 0:
        raise Refusal("amount_invalid", value=str(amount))
    tariffs = list({tariff.id: tariff for _, tariff in affected}.values())
    if len(tariffs) > 1:
        raise Refusal("amount_invalid", reason="one_tariff", tariffs=[tariff.id for tariff in tariffs])
    (tariff,) = tariffs
    if tariff.kind is not Kind.BLOCK:
        return replace(draft, tariff=tariff.id, amount=amount)
    if tariff.minutes != DAY_MINUTES:
        raise Refusal("amount_invalid", reason="no_day", tariff=tariff.id, minutes=tariff.minutes)
    return replace(draft, tariff=tariff.id, per_date=amount)


def _change(
    tx: Tx, catalog: Catalog, price: HandPrice, affected: list[tuple[Unit, Tariff]], before: Any, *, now: datetime
) -> Change:
    after = catalogs.hand_prices(tx)
    samples = []
    for stay in _samples(catalog, price, affected, now):
        was = priced(catalog, stay, hand_prices=before).total
        samples.append(Sample(stay, was, priced(catalog, stay, hand_prices=after).total))
    return Change(price, tuple(samples), tuple(_open_holds(tx, price, now)))


def _samples(catalog: Catalog, price: HandPrice, affected: list[tuple[Unit, Tariff]], now: datetime) -> Iterator[Stay]:
    """One stay a tariff, in the first unit that sells it, on the first date of the price that is not over."""
    shown: dict[str, tuple[Unit, Tariff]] = {}
    for pair in affected:
        shown.setdefault(pair[1].id, pair)
    for unit, tariff in shown.values():
        first = max(price.dates.since, local(now, unit.zone).date())
        days = (first + day * ONE_DAY for day in range((price.dates.until - first).days))
        if (found := sample(catalog, unit, tariff, days)) is not None:
            yield found


def _open_holds(tx: Tx, price: HandPrice, now: datetime) -> Iterator[Booking]:
    """Dates kept for somebody at the price they were shown: it does not move under them (R23)."""
    for booking in booking_rows.listing(tx, ends_after=now, statuses=tuple(HOLDING), limit=None):
        if (
            not booking.lapsed(now)
            and price.unit in {None, booking.unit}
            and price.tariff in {None, booking.tariff}
            and any(covers(price.dates, day) for day in stay_dates(booking.arrival, booking.departure))
        ):
            yield booking


def _last(dates: DateSpan) -> date:
    return dates.until - ONE_DAY
