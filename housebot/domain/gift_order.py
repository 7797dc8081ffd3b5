"""Owns the states of a gift that is being bought, which may follow which, and how long its price is kept (R46, R49)."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from housebot.domain.catalog import Catalog
from housebot.domain.money import exponent
from housebot.domain.period import instant, local

LONGEST_NAME, LONGEST_WISH = 128, 300
FARTHEST = timedelta(days=365)  # how far ahead a gift may be delivered
HANDED_OVER = time(10)  # of the day it is for, by the clock of the house
_LATE, _EARLY = time(23), time(8)
_SUMS = (4, 2, 1)  # a quarter of a usual stay, a half, all of it
_MOST = 10  # usual stays: a larger sum is a slip of the finger


class Status(StrEnum):
    """Where an order stands; nothing is issued before it is paid."""

    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_OWNER = "awaiting_owner"
    PAID = "paid"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED = "cancelled"


WAITING = frozenset({Status.AWAITING_PAYMENT, Status.AWAITING_OWNER})

# No dates are at stake: money that comes late is as good as money in time, so an expired order simply goes on (R36).
_NEXT: dict[Status, frozenset[Status]] = {
    Status.AWAITING_PAYMENT: frozenset(
        {Status.AWAITING_OWNER, Status.PAID, Status.EXPIRED, Status.DECLINED, Status.CANCELLED}
    ),
    Status.AWAITING_OWNER: frozenset({Status.AWAITING_PAYMENT, Status.PAID, Status.DECLINED}),
    Status.EXPIRED: frozenset({Status.AWAITING_PAYMENT, Status.AWAITING_OWNER, Status.PAID, Status.DECLINED}),
    Status.CANCELLED: frozenset({Status.AWAITING_OWNER}),
}


def may(old: Status, new: Status) -> bool:
    """Whether an order may go from the old state to the new one."""
    return new in _NEXT.get(old, frozenset())


def kept_until(catalog: Catalog, *, now: datetime) -> datetime:
    """Until when the buyer may pay by bank transfer: as long as dates are held, and not into the night (UX 6)."""
    until = now + timedelta(minutes=catalog.holds.bank_transfer)
    shown = local(until, catalog.zone)
    if _EARLY <= shown.time() < _LATE:
        return until
    morning = shown.date() + timedelta(days=1) if shown.time() >= _LATE else shown.date()
    return instant(datetime.combine(morning, catalog.holds.night_until), catalog.zone, gap="forward")[0]


def after_refused_receipt(catalog: Catalog, *, now: datetime) -> datetime:
    """The buyer whose receipt was sent back has as long again as anybody (R35)."""
    return max(kept_until(catalog, now=now), now + timedelta(minutes=catalog.holds.after_refused_receipt))


def delivered_at(day: date | None, zone: ZoneInfo, *, now: datetime) -> datetime:
    """When the gift is handed over: at ten on its day, or now."""
    if day is None:
        return now
    moment, _ = instant(datetime.combine(day, HANDED_OVER), zone, gap="forward")
    return max(moment, now)


def usual_sums(catalog: Catalog) -> tuple[int, ...]:
    """Three sums to choose from: parts of what a stay here usually costs, in round numbers."""
    usual = _usual_price(catalog)
    return tuple(sorted({_round(usual // part, catalog.currency) for part in _SUMS}))


def least_sum(catalog: Catalog) -> int:
    """One whole unit of the currency."""
    return int(10 ** exponent(catalog.currency))


def most_sum(catalog: Catalog) -> int:
    """What nobody gives who has not slipped."""
    return _round(_usual_price(catalog) * _MOST, catalog.currency)


def _usual_price(catalog: Catalog) -> int:
    prices = sorted(tariff.price for tariff in catalog.tariffs if tariff.active and tariff.price > 0)
    return prices[len(prices) // 2] if prices else 100 * least_sum(catalog)


def _round(amount: int, currency: str) -> int:
    """To one figure: 187.50 is 200."""
    unit = 10 ** exponent(currency)
    whole = max(amount // unit, 1)
    step = 10 ** (len(str(whole)) - 1)
    return int((2 * whole + step) // (2 * step) * step * unit)
