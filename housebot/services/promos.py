"""Owns promo codes at the desk: made and switched off by staff, reserved with a hold, used when it is confirmed, free again when not (R51, R52)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from housebot.domain import promo as rules
from housebot.domain.catalog import Catalog
from housebot.domain.money import Money
from housebot.domain.period import local
from housebot.domain.pricing import Price
from housebot.domain.pricing.discounts import PROMO
from housebot.domain.promo import Promo
from housebot.domain.status import BLOCKING, HOLDING
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import audit, guests
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import guests as guest_rows
from housebot.storage import promos as rows
from housebot.storage.bookings import Booking
from housebot.storage.promos import Use

__all__ = [
    "Promo", "add", "any_active", "as_json", "check_left", "check_new", "disable", "enable", "fitting", "follow", "get", "holders_lapsed", "listing", "of_id",
    "rebook", "report", "reserve", "standing", "whose",
]  # fmt: skip

TAKEN = ("reserved", "consumed")


def add(tx: Tx, catalog: Catalog, promo: Promo, *, actor: Actor, now: datetime) -> Promo:
    """Store a new code. `amount_invalid` for a percent outside 1–100 or a sum of nothing, `unknown_tariff`, `unknown_unit`,
    `unknown_extra`, `invalid` for dates in the wrong order, `already_decided` for a code that is there."""
    check_new(tx, catalog, promo)
    key = rules.key(promo.code)
    shown = "".join(promo.code.split()).upper()
    promo_id = rows.insert(tx, replace(promo, code=shown), key=key, actor=str(actor), now=now)
    made = replace(promo, id=promo_id, code=shown)
    audit.write(tx, actor, "promo.add", f"promo:{promo_id}", None, as_json(tx, catalog, made), now=now)
    return made


def check_new(tx: Tx, catalog: Catalog, promo: Promo) -> None:
    """Nothing where the code could be made as it is, else what `add` would refuse it for."""
    _check(catalog, promo)
    if rows.by_key(tx, rules.key(promo.code)) is not None:
        raise Refusal("already_decided", what="promo", promo=promo.code)


def of_id(tx: Tx, promo_id: int) -> Promo:
    """By its number; `not_found`."""
    found = rows.get(tx, promo_id)
    if found is None:
        raise Refusal("not_found", what="promo")
    return found


def get(tx: Tx, code: str) -> Promo:
    """By its code as people type it; `not_found`."""
    try:
        found = rows.by_key(tx, rules.key(code))
    except Refusal:
        found = None
    if found is None:
        raise Refusal("not_found", what="promo", promo=code[: rules.LONGEST])
    return found


def listing(tx: Tx) -> list[Promo]:
    """All codes, newest first."""
    return rows.listing(tx)


def any_active(tx: Tx) -> bool:
    """Whether there is a code that somebody might have."""
    return rows.any_active(tx)


def disable(tx: Tx, code: str, *, actor: Actor, now: datetime) -> Promo:
    """Nobody may use it from now on; holds that have it keep it. The second time it is `already_decided`."""
    promo = get(tx, code)
    if not rows.disable(tx, promo.id):
        raise Refusal("already_decided", reason="promo_off", promo=promo.code, status="disabled")
    audit.write(tx, actor, "promo.disable", f"promo:{promo.id}", {"active": True}, {"active": False}, now=now)
    return replace(promo, active=False)


def enable(tx: Tx, code: str, *, actor: Actor, now: datetime) -> Promo:
    """A code that was switched off works again, with what is left of its limits; `already_decided` for one that works."""
    promo = get(tx, code)
    if not rows.enable(tx, promo.id):
        raise Refusal("already_decided", reason="promo_on", promo=promo.code, status="active")
    audit.write(tx, actor, "promo.enable", f"promo:{promo.id}", {"active": False}, {"active": True}, now=now)
    return replace(promo, active=True)


def whose(tx: Tx, guest: str) -> str:
    """Whom a code is made for, as it is kept: a guest by number (a phone is longer) or a contact; `not_found`, `contact_invalid`."""
    if guest.isascii() and guest.isdigit() and len(guest) < 7:
        return f"guest:{guests.get(tx, int(guest)).id}"
    return guests.normalised(guest)


def standing(tx: Tx, code: str, *, on: date, now: datetime) -> Promo:
    """The code, if somebody who books on that day may still use it for some stay; refusals of `fitting`, no stay being known."""
    promo = rows.by_key(tx, rules.key(code))
    if promo is None:
        raise Refusal("promo_invalid", reason="unknown")
    rules.check_day(promo, booked_on=on)
    _check_left(tx, promo, 0, guest_id=None, contact=None, exclude=None, now=now)
    return promo


def fitting(
    tx: Tx, code: str, stay: Stay, *, guest_id: int | None = None, booking: Booking | None = None, now: datetime
) -> Promo:
    """The code, if it fits this stay, this day and this guest and a use of it is left; `promo_invalid`, `promo_used_up`.

    Facts name the true reason, for staff; a guest is told one and the same thing (R49). A `booking` that has the code is
    judged by the day on which it was made, though the code may have been switched off since, and its own use does not count.
    """
    promo = rows.by_key(tx, rules.key(code))
    if promo is None:
        raise Refusal("promo_invalid", reason="unknown")
    booked_at = now if booking is None else booking.created_at
    kept = promo if booking is None else replace(promo, active=True)
    rules.check(kept, stay, booked_on=local(booked_at, stay.unit.zone).date())
    guest = guest_rows.get(tx, guest_id) if guest_id is not None else None
    contact = guest.contact if guest is not None else None
    if guest is not None and not _may_have(promo, guest_id, contact):
        raise Refusal("promo_invalid", reason="guest", promo=promo.code)
    exclude = None if booking is None else booking.id
    _check_left(tx, promo, 0, guest_id=guest_id, contact=contact, exclude=exclude, now=now)
    return promo


def reserve(tx: Tx, booking: Booking, price: Price, *, now: datetime) -> None:
    """The code in the price belongs to this booking until it ends; `promo_used_up` where somebody was faster (R52)."""
    found = check_left(tx, booking, price, now=now)
    if found is None:
        return
    promo, amount = found
    state = "reserved" if booking.status in HOLDING else "consumed"
    rows.put_use(tx, Use(booking.id, promo.id, booking.guest_id, booking.contact, amount, state), now=now)


def check_left(tx: Tx, booking: Booking, price: Price, *, now: datetime) -> tuple[Promo, int] | None:
    """The code in the price and what it gives, while the booking may have it; refusals of `reserve`, and nothing is written."""
    line = next((one for one in price.lines if one.code == PROMO), None)
    if line is None:
        return None
    promo = rows.get(tx, int(line.rule.partition(":")[2]))
    assert promo is not None, "codes are never deleted"
    if not _may_have(promo, booking.guest_id, booking.contact):
        raise Refusal("promo_invalid", reason="guest", promo=promo.code)
    _check_left(
        tx, promo, -line.amount, guest_id=booking.guest_id, contact=booking.contact, exclude=booking.id, now=now
    )
    return promo, -line.amount


def rebook(tx: Tx, booking: Booking, price: Price, *, now: datetime) -> None:
    """The use takes the amount of a booking's new price; where the code is no longer in it, the use is free again."""
    if any(one.code == PROMO for one in price.lines):
        reserve(tx, booking, price, now=now)
    else:
        rows.drop_use(tx, booking.id)


def holders_lapsed(tx: Tx, price: Price, *, now: datetime) -> list[Booking]:
    """Holds whose time is over and that still stand on the code of this price: whoever comes first expires them (R32)."""
    line = next((one for one in price.lines if one.code == PROMO), None)
    if line is None:
        return []
    promo_id = int(line.rule.partition(":")[2])
    held = [booking_rows.get(tx, use.booking_id) for use in rows.uses(tx, promo_id) if use.state == "reserved"]
    return [one for one in held if one is not None and one.lapsed(now)]


def follow(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The use goes where its booking goes: consumed when it is confirmed, released when it ends before it was.

    A stay that was confirmed and is cancelled by the owner gives the use back; one that the guest cancels has used it.
    """
    use = rows.use_of(tx, booking.id)
    if use is None:
        return
    if booking.status in HOLDING:
        state = use.state
    elif booking.status in BLOCKING or (use.state == "consumed" and booking.status != "cancelled_by_owner"):
        state = "consumed"
    else:
        state = "released"
    if state != use.state:
        rows.put_use(tx, replace(use, state=state), now=now)


def as_json(tx: Tx, catalog: Catalog, promo: Promo) -> dict[str, Any]:
    """As scripts see it (INTERFACE): `{code, active, discount, reserved, consumed, left, …}`."""

    def money(amount: int | None) -> Any:
        return None if amount is None else Money(amount, catalog.currency).json()

    discount: dict[str, Any] = {"kind": promo.kind}
    if promo.kind == "percent":
        discount["basis_points"] = promo.value
    elif promo.kind == "extra":
        discount["extra"] = promo.extra
    else:
        discount["amount"] = money(promo.value)
    uses = rows.uses(tx, promo.id)
    counts = {state: sum(1 for use in uses if use.state == state) for state in TAKEN}
    given = sum(use.amount for use in uses if use.state == "consumed")
    return {
        "id": promo.id,
        "code": promo.code,
        "active": promo.active,
        "discount": discount,
        **counts,
        "left": None if promo.max_total is None else max(promo.max_total - sum(counts.values()), 0),
        "given": money(given),
        "stay_from": _shown(promo.stay_from),
        "stay_to": _shown(promo.stay_to),
        "book_from": _shown(promo.book_from),
        "book_to": _shown(promo.book_to),
        "tariffs": _sorted(promo.tariffs),
        "units": _sorted(promo.units),
        "weekdays": _sorted(promo.weekdays),
        "min_nights": promo.min_nights,
        "min_sum": money(promo.min_sum),
        "max_total": promo.max_total,
        "max_per_guest": promo.max_per_guest,
        "budget": money(promo.budget),
        "guest": promo.guest,
    }


def report(tx: Tx, catalog: Catalog) -> list[dict[str, Any]]:
    """What each code has really given away and brought in: confirmed stays alone, tests apart."""
    found = []
    for promo in rows.listing(tx):
        sold = [
            (use, booking)
            for use in rows.uses(tx, promo.id)
            if use.state == "consumed" and (booking := booking_rows.get(tx, use.booking_id)) and not booking.test
        ]
        found.append(
            {
                "code": promo.code,
                "active": promo.active,
                "bookings": len(sold),
                "discount": Money(sum(use.amount for use, _ in sold), catalog.currency).json(),
                "revenue": Money(sum(booking.total for _, booking in sold), catalog.currency).json(),
            }
        )
    return found


def _check(catalog: Catalog, promo: Promo) -> None:
    if promo.kind == "percent" and not 1 <= promo.value <= rules.LARGEST_PERCENT:
        raise Refusal("amount_invalid", reason="percent", value=str(promo.value))
    if promo.kind == "amount" and promo.value <= 0:
        raise Refusal("amount_invalid", value=str(promo.value))
    if promo.budget is not None and promo.budget <= 0:
        raise Refusal("amount_invalid", value=str(promo.budget))
    if promo.kind == "extra" and catalog.extra(promo.extra or "") is None:  # noqa: S610  no Django here
        raise Refusal("unknown_extra", extra=promo.extra)
    for since, until in ((promo.stay_from, promo.stay_to), (promo.book_from, promo.book_to)):
        if since is not None and until is not None and until < since:
            raise Refusal("invalid", reason="period_empty", start=since.isoformat(), end=until.isoformat())
    for tariff in promo.tariffs or ():
        if catalog.tariff(tariff) is None:
            raise Refusal("unknown_tariff", tariff=tariff)
    for unit in promo.units or ():
        if catalog.unit(unit) is None:
            raise Refusal("unknown_unit", unit=unit)


def _may_have(promo: Promo, guest_id: int | None, contact: str | None) -> bool:
    return promo.guest is None or promo.guest in {contact, f"guest:{guest_id}"}


def _check_left(
    tx: Tx,
    promo: Promo,
    amount: int,
    *,
    guest_id: int | None,
    contact: str | None,
    exclude: int | None,
    now: datetime,
) -> None:
    taken = [use for use in rows.uses(tx, promo.id) if use.state in TAKEN and use.booking_id != exclude]
    taken = [use for use in taken if use.state == "consumed" or not _lapsed(tx, use, now)]
    theirs = [
        use
        for use in taken
        if (guest_id is not None and use.guest_id == guest_id) or (contact is not None and use.contact == contact)
    ]
    if promo.max_total is not None and len(taken) >= promo.max_total:
        raise Refusal("promo_used_up", promo=promo.code, reason="max_total")
    if promo.max_per_guest is not None and len(theirs) >= promo.max_per_guest:
        raise Refusal("promo_used_up", promo=promo.code, reason="max_per_guest")
    if promo.budget is not None and sum(use.amount for use in taken) + max(amount, 1) > promo.budget:
        raise Refusal("promo_used_up", promo=promo.code, reason="budget")


def _lapsed(tx: Tx, use: Use, now: datetime) -> bool:
    booking = booking_rows.get(tx, use.booking_id)
    return booking is not None and booking.lapsed(now)


def _shown(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())


def _sorted(values: Any) -> Any:
    return None if values is None else sorted(values)
