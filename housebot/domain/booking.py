"""Owns the states of a booking, which may follow which, and how long its dates are kept (R32, R35, UX 6)."""

from datetime import datetime, time, timedelta
from typing import Literal

from housebot.domain import desk_hours
from housebot.domain.catalog import Catalog
from housebot.domain.period import instant, local
from housebot.domain.status import BLOCKING as BLOCKING  # noqa: PLC0414  the states of a booking, for whoever asks here
from housebot.domain.status import HOLDING as HOLDING  # noqa: PLC0414
from housebot.domain.status import Status as Status  # noqa: PLC0414
from housebot.domain.stay import Stay

Method = Literal["bank", "cash", "card", "invoice", "staff", "approval"]

_DAY = timedelta(days=1)
_BEFORE_CHECK_IN = timedelta(hours=2)  # an answer that comes later than this helps nobody (UX 6)
_LATE, _EARLY = time(23), time(8)  # a deadline between them is read by nobody (UX 6)


_NEXT: dict[Status, frozenset[Status]] = {
    Status.HELD: frozenset(
        {
            Status.AWAITING_PAYMENT,
            Status.AWAITING_OWNER,
            Status.CONFIRMED,
            Status.EXPIRED,
            Status.DECLINED,
            Status.CANCELLED_BY_GUEST,
        }
    ),
    Status.AWAITING_PAYMENT: frozenset(
        {
            Status.AWAITING_OWNER,
            Status.CONFIRMED,
            Status.EXPIRED,
            Status.DECLINED,
            Status.CANCELLED_BY_GUEST,
        }
    ),
    Status.AWAITING_OWNER: frozenset(
        {
            Status.AWAITING_PAYMENT,
            Status.CONFIRMED,
            Status.EXPIRED,
            Status.DECLINED,
            Status.CANCELLED_BY_GUEST,
        }
    ),
    Status.CONFIRMED: frozenset(
        {
            Status.IN_HOUSE,
            Status.CANCELLED_BY_GUEST,
            Status.CANCELLED_BY_OWNER,
            Status.NO_SHOW,
        }
    ),
    Status.IN_HOUSE: frozenset({Status.COMPLETED, Status.NO_SHOW}),
    Status.EXPIRED: frozenset({Status.HELD}),
}


def may(old: Status, new: Status, *, receipt_under_review: bool = False, late_money: bool = False) -> bool:
    """Whether a booking may go from the old state to the new one (R35).

    A receipt under review never expires, and only money that came late brings an expired booking back (R36); the caller
    has then found the dates free. It is the clock that makes a confirmed stay `in_house`, nobody has seen the guest: so staff
    may say until check-out that nobody came.
    """
    if new is Status.EXPIRED and receipt_under_review:
        return False
    if old is Status.EXPIRED and not late_money:
        return False
    return new in _NEXT.get(old, frozenset())


def hold_until(catalog: Catalog, stay: Stay, *, method: Method | None, now: datetime) -> datetime:
    """Until when the dates are kept, never later than check-in; no method yet means bank transfer (UX 6).

    A bank transfer has two hours, 45 minutes when check-in is near, and does not end in the night when it is not. Cash and
    an approval wait for the owner's answer in desk hours; a card or an invoice is paid at once or not at all, so it has minutes; a staff hold
    for the guest on the phone has a day.
    """
    holds, zone = catalog.holds, stay.unit.zone
    if method == "staff":
        return not_past(stay, now + timedelta(minutes=holds.staff), now)
    if method == "card":
        return not_past(stay, now + timedelta(minutes=holds.card_link), now)
    if method == "invoice":
        return not_past(stay, now + timedelta(minutes=holds.invoice), now)
    if method in {"cash", "approval"}:
        answered = desk_hours.hours_later(catalog.desk, local(now, zone), timedelta(hours=holds.cash_hours))
        until, _ = instant(answered, zone, gap="forward")
        latest = stay.start - _BEFORE_CHECK_IN
        return not_past(stay, min(until, latest) if latest > now else until, now)
    if stay.start - now <= timedelta(minutes=holds.soon):
        return not_past(stay, now + timedelta(minutes=holds.bank_transfer_soon), now)
    until = now + timedelta(minutes=holds.bank_transfer)
    return not_past(stay, out_of_the_night(until, catalog, stay), now)


def extended(catalog: Catalog, stay: Stay, until: datetime, *, now: datetime) -> datetime:
    """The new end of a hold whose guest says "I am paying now"; granted once (UX 6)."""
    return not_past(stay, until + timedelta(minutes=catalog.holds.extension), now)


def card_extended(catalog: Catalog, stay: Stay, until: datetime, *, now: datetime) -> datetime:
    """The new end of a hold whose guest has the payment page open; granted once (UX 6)."""
    return not_past(stay, until + timedelta(minutes=catalog.holds.card_link_more), now)


def invoice_extended(catalog: Catalog, stay: Stay, until: datetime, *, now: datetime) -> datetime:
    """The new end of a hold whose guest has just said yes to the invoice; granted once (UX 6)."""
    return not_past(stay, until + timedelta(minutes=catalog.holds.invoice_more), now)


def after_refused_receipt(catalog: Catalog, stay: Stay, until: datetime, *, now: datetime) -> datetime:
    """The end of a hold whose receipt was refused: at least an hour again (R35)."""
    return not_past(stay, max(until, now + timedelta(minutes=catalog.holds.after_refused_receipt)), now)


def under_review_until(catalog: Catalog, stay: Stay, *, now: datetime) -> datetime:
    """The next renewal of a hold whose receipt is being looked at; the review itself has no end (R46)."""
    return not_past(stay, now + timedelta(minutes=catalog.holds.receipt_renewal), now)


def out_of_the_night(until: datetime, catalog: Catalog, stay: Stay) -> datetime:
    """A deadline between 23:00 and 08:00 moves to the next morning hour of the catalog."""
    zone = stay.unit.zone
    shown = local(until, zone)
    if _EARLY <= shown.time() < _LATE:
        return until
    morning = shown.date() + _DAY if shown.time() >= _LATE else shown.date()
    return instant(datetime.combine(morning, catalog.holds.night_until), zone, gap="forward")[0]


def not_past(stay: Stay, until: datetime, now: datetime) -> datetime:
    """Never later than check-in; tonight's night, booked when its check-in has passed, is kept while it lasts."""
    return min(until, stay.start if stay.start > now else stay.end)
