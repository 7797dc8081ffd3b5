"""Owns the one way a booking changes: compare-and-swap on (status, version), its occupancies beside it, and the audit entry (R33, R35)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from housebot.domain.booking import BLOCKING, Status, may
from housebot.domain.catalog import Catalog
from housebot.domain.period import utc_text
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import audit, catalogs, codes, events, gift_money, promos, proposed, quotes
from housebot.services.ports import Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage import bookings as rows
from housebot.storage import occupancies
from housebot.storage.bookings import Booking

_TRIES = 8
Swap = Callable[[Tx, Booking, Booking], bool]
reallocate: Swap = rows.reallocate


def get(tx: Tx, id_or_code: int | str) -> Booking:
    """By number or by public code in any case, with or without `HB-`; `not_found`."""
    text = str(id_or_code).strip().upper()
    if text.isascii() and text.isdigit() and len(text) < 19:
        found = rows.get(tx, int(text))
        if found is not None:
            return found
    found = rows.by_code(tx, text if text.startswith("HB-") else f"HB-{text}")
    if found is None:
        raise Refusal("not_found", booking=str(id_or_code)[:40])
    return found


def stay_of(tx: Tx, booking: Booking) -> Stay:
    """The stay as it was understood when it was sold."""
    return quotes.load(tx, booking.quote_id).stay


def new_code(tx: Tx) -> str:
    """A random public code that was never given before; bookings are never deleted, so neither are codes given twice."""
    for length in (4, 4, 4, 5, 6, 8):
        for _ in range(_TRIES):
            letters = codes.random(quotes.ALPHABET, length)
            # A code of digits alone, read out without its HB-, would be taken for the number of another booking.
            if not letters.isdigit() and not rows.code_is_used(tx, f"HB-{letters}"):
                return f"HB-{letters}"
    raise AssertionError("eight letters by chance were taken eight times")


def take(tx: Tx, booking: Booking, parts: tuple[str, ...]) -> None:
    """Occupy the parts; the schema's refusal is `dates_taken` (R31)."""
    occupancies.put(
        tx,
        parts=parts,
        kind="booking",
        period=booking.period,
        ref=booking.id,
        before=booking.before,
        after=booking.after,
    )


def change(
    tx: Tx,
    old: Booking,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
    late_money: bool = False,
    silently: bool = False,
    swap: Swap = rows.swap,
    **changes: Any,
) -> Booking:
    """Swap `old` for itself with the changes, if that is still how it stands; dates are freed when it stops to block.

    `silently` keeps the version: what only the clock moved must not turn a drawn button into an old one. What was sold
    changes with `swap=reallocate` alone, and then the occupancies are the caller's to move along. A change that was proposed and
    waits is withdrawn when what it was made of is sold otherwise, decided or over.
    A status that may not follow is `already_decided`; a booking somebody else changed first is `stale`.
    """
    if reason is not None and "status" in changes:
        changes["reason"] = reason
    new = replace(old, **changes, version=old.version + (not silently), updated_at=now)
    if new.status != old.status and not may(
        Status(old.status),
        Status(new.status),
        receipt_under_review=old.under_review and new.under_review,
        late_money=late_money,
    ):
        raise decided(old)
    if not swap(tx, old, new):
        raise Refusal("stale", booking=old.code)
    if old.status in BLOCKING and new.status not in BLOCKING:
        occupancies.remove_booking(tx, old.id)
    if new.quote_id != old.quote_id or (new.status != old.status and not new.is_hold):
        proposed.withdraw(tx, new, actor=actor, now=now)
    if new.status != old.status:
        promos.follow(tx, new, now=now)
        gift_money.follow(tx, old.status, new, actor=actor, now=now)
    audit.write(tx, actor, action, old.subject, *_difference(old, new), reason, now=now)
    events.booking(tx, old, new, now=now)
    return new


def sold(quote: Quote, stay: Stay) -> dict[str, Any]:
    """The columns of a booking that say what was sold, by a quote that is kept."""
    assert quote.id is not None, "a kept quote has a number"
    return {
        "unit": stay.unit.id,
        "tariff": stay.tariff.id,
        "start": stay.start,
        "end": stay.end,
        "arrival": stay.arrival,
        "departure": stay.departure,
        "guests": max(stay.guests, 1),
        "party": dict(stay.party),
        "extras": stay.all_extras(),
        "quote_id": quote.id,
        "catalog_version": quote.catalog_version,
        "total": quote.price.total,
        "deposit": quote.price.deposit,
    }


def must_be_open(booking: Booking, now: datetime) -> None:
    """Nothing for a hold that still holds, else `stale` with what became of it."""
    if not booking.is_hold or booking.lapsed(now):
        raise Refusal("stale", booking=booking.code, status="expired" if booking.is_hold else booking.status)


def must_stand(booking: Booking, *statuses: str, now: datetime) -> None:
    """Nothing for a hold that is open, or one of these states; `stale` for a hold that is over, else `already_decided`."""
    if booking.status in statuses or (booking.is_hold and not booking.lapsed(now)):
        return
    if booking.is_hold or booking.status == Status.EXPIRED:
        raise Refusal("stale", booking=booking.code, status="expired")
    raise decided(booking)


def decided(booking: Booking) -> Refusal:
    """Why somebody is too late: what was decided, by whom and when (R33)."""
    return Refusal(
        "already_decided",
        booking=booking.code,
        status=str(booking.status),
        by=booking.decided_by,
        at=utc_text(booking.decided_at) if booking.decided_at else None,
    )


def snapshot(booking: Booking) -> dict[str, Any]:
    """What the audit log remembers of a new booking."""
    return {
        "status": str(booking.status),
        "unit": booking.unit,
        "tariff": booking.tariff,
        "start": utc_text(booking.start),
        "end": utc_text(booking.end),
        "total": booking.total,
        "deposit": booking.deposit,
        "quote": booking.quote_id,
        "catalog_version": booking.catalog_version,
    }


_WATCHED = (
    "unit", "tariff", "start", "end", "party", "extras", "total", "deposit", "quote_id", "catalog_version", "moves", "status", "payment_method", "hold_expires_at", "hold_extended", "under_review", "promised_by", "decided_by", "comment", "guest_id",
)  # fmt: skip


def _difference(old: Booking, new: Booking) -> tuple[dict[str, Any], dict[str, Any]]:
    changed = [name for name in _WATCHED if getattr(old, name) != getattr(new, name)]
    return {name: _plain(getattr(old, name)) for name in changed}, {
        name: _plain(getattr(new, name)) for name in changed
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, timedelta):
        return value // timedelta(minutes=1)
    return value


def catalog_of(tx: Tx, booking: Booking) -> Catalog:
    """The catalog under which it was sold."""
    return catalogs.version(tx, booking.catalog_version)
