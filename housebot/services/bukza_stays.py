"""Owns what an order of Bukza becomes here: a booking that has won its dates, moved, paid and cancelled with it, or a conflict (I8).

What Bukza has agreed with its guest stands: its price is the owner's price, soft rules are passed over. Dates never are: an order
whose dates are taken is kept, it and what has them are flagged, the owner is paged once, and the dates are asked for again.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from housebot.domain.catalog import Catalog
from housebot.domain.money import parse_amount
from housebot.domain.period import local
from housebot.domain.stay import StayRequest, parse_guests, resolve
from housebot.errors import Refusal, Unreadable
from housebot.services import (
    addressing,
    audit,
    availability,
    bookings,
    catalogs,
    claims,
    details,
    events,
    guests,
    inbound,
    payment_notices,
    payments,
)
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor, ForeignOrder, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import bukza_orders as rows
from housebot.storage.bookings import Booking
from housebot.storage.bukza_orders import Order

if TYPE_CHECKING:
    from housebot.services.bukza import Terms

SOURCE = "bukza"
ACTOR = Actor("system", None, "bukza", "hook", "manager")  # its owner has agreed: soft rules do not bind it
REASON = "Bukza"
AGAIN = frozenset({"dates_taken", "in_flight"})  # what somebody else may let go of
RETRY, RETRY_LATER = timedelta(minutes=1), timedelta(hours=1)  # what only a person mends is asked for less often
_SOLD = ("resource", "start", "end")
_PRICED = ("total",)
_PAID = ("paid",)
_REACHED = ("phone",)


def check_amounts(tx: Tx, order: ForeignOrder, *, now: datetime) -> None:
    """Unreadable for sums that are none; nothing below zero is one."""
    currency = catalogs.current(tx, now=now).currency
    for what, text in (("total", order.total), ("paid", order.paid)):
        try:
            _amount(text, currency)
        except Refusal:
            raise Unreadable(f"{what} is no amount") from None


def settle(tx: Tx, terms: "Terms", number: str, *, now: datetime) -> None:
    """Make the booking what the order says now, all of it or nothing; what stands in the way is written down and told once."""
    order = rows.get(tx, number)
    if order is None or order.state == "cancelled":
        return
    cancelled = terms.state(order.said["status"]) == "cancelled"
    try:
        with tx.attempt():
            booking = _cancel(tx, order, now=now) if cancelled else _stay(tx, terms, order, now=now)
    except Refusal as refusal:
        if inbound.passes(refusal):
            raise
        _not_done(tx, terms, order, refusal, final=cancelled, now=now)
        return
    rows.settle(
        tx,
        order,
        state="cancelled" if cancelled else "booked",
        booking_id=None if booking is None else booking.id,
        applied={name: order.said[name] for name in (*_SOLD, *_PRICED, *_PAID, *_REACHED)},
        collides=[],
        problem="",
        retry_at=None,
        now=now,
    )
    _unflag(tx, order, now=now)
    if order.state in {"conflict", "refused"} and not cancelled:
        page(tx, order, "settled", booking=booking, now=now)


def revived(tx: Tx, order: Order, *, now: datetime) -> None:
    """Bukza speaks of an order again after it was cancelled: cancelled is final here, and the owner is told, once."""
    if order.problem == "revived":
        return
    _put(tx, order, problem="revived", now=now)
    page(tx, order, "revived", booking=_booking(tx, order), now=now)


def page(tx: Tx, order: Order, what: str, *, booking: Booking | None = None, now: datetime, **facts: Any) -> None:
    """The owner reads of an order that needs a person, or no longer does."""
    told = {"what": what, "number": order.number, "start": order.said["start"], "end": order.said["end"]} | facts
    addressing.to_staff(tx, booking, "staff.bukza", told, now=now)


def _stay(tx: Tx, terms: "Terms", order: Order, *, now: datetime) -> Booking:
    """The booking of an order that stands, new or brought up to date, with its price and what was paid."""
    catalog = catalogs.current(tx, now=now)
    booking = _booking(tx, order)
    new = booking is None
    if booking is None:
        booking = _hold(tx, terms, catalog, order, now=now)
    elif _differs(order, _SOLD):
        booking = _move(tx, terms, catalog, order, booking, now=now)
    if order.said["total"] and (_differs(order, _PRICED) or _differs(order, _SOLD)):
        booking = _price(tx, booking, _amount(order.said["total"], booking.currency), now=now)
    if booking.is_hold:
        booking = bookings.confirm(tx, booking.id, actor=ACTOR, twice=True, unseen=True, now=now)
    _pay(tx, terms, order, booking, now=now)
    if new or _reach(tx, catalog, order, bookings.get(tx, booking.id), now=now):
        claims.of_contact(tx, bookings.get(tx, booking.id).contact, now=now)
    return bookings.get(tx, booking.id)


def _hold(tx: Tx, terms: "Terms", catalog: Catalog, order: Order, *, now: datetime) -> Booking:
    said = order.said
    contact, more = _contact(catalog, said["phone"])
    told = f"Bukza {order.number} · {said['start'].replace('T', ' ')} – {said['end'].replace('T', ' ')}"
    return bookings.hold(
        tx,
        _wish(tx, terms, catalog, order),
        guest_id=None,
        contact=contact,
        name=said["name"],
        comment="\n".join(filter(None, (told, more, said["comment"]))),
        source=SOURCE,
        actor=ACTOR,
        now=now,
    )


def _move(tx: Tx, terms: "Terms", catalog: Catalog, order: Order, booking: Booking, *, now: datetime) -> Booking:
    """To where Bukza has moved it; a stay that is here already, moved by hand or by a copy, is left alone."""
    wish = _wish(tx, terms, catalog, order)
    stay = resolve(catalog, wish)
    there = (stay.unit.id, stay.tariff.id, stay.start, stay.end)
    if there == (booking.unit, booking.tariff, booking.start, booking.end):
        return booking
    change = Change(wish.arrival, wish.departure, unit=stay.unit.id, tariff=stay.tariff.id, override=REASON)
    return bookings.move(tx, booking.id, change, actor=ACTOR, now=now)


def _reach(tx: Tx, catalog: Catalog, order: Order, booking: Booking, *, now: datetime) -> bool:
    """A phone that was corrected in Bukza is the booking's from now on, while no guest has it; whether it is another one."""
    contact, _ = _contact(catalog, order.said["phone"])
    stands = booking.guest_id is None and booking.status in {"confirmed", "in_house"}
    if contact is None or contact == booking.contact or not stands or not _differs(order, _REACHED):
        return False
    details.set_contact(tx, booking, contact, shared=False, actor=ACTOR, now=now)
    return True


def _price(tx: Tx, booking: Booking, total: int, *, now: datetime) -> Booking:
    if booking.total == total:
        return booking
    return bookings.set_price(tx, booking.id, total, reason=REASON, actor=ACTOR, now=now)


def _pay(tx: Tx, terms: "Terms", order: Order, booking: Booking, *, now: datetime) -> None:
    """What Bukza has collected is in the ledger once: the sum it names, or all of it where it says that the order is paid.

    A sum that has become less may be money given back or a slip: staff are told, nothing is taken out of the ledger by itself.
    """
    paid = _amount(order.said["paid"], booking.currency)
    if not paid and terms.state(order.said["status"]) == "paid":
        paid = _amount(order.said["total"], booking.currency) or booking.total
    more = paid - order.paid
    if more < 0 and order.said["paid"] and _differs(order, _PAID):
        sums = {"paid": paid, "known": order.paid, "currency": booking.currency}
        page(tx, order, "less_paid", booking=booking, now=now, **sums)
    if more <= 0:
        return
    payments.record(
        tx,
        booking,
        more,
        method="bank",
        provider_id=f"{SOURCE}:{order.number}:{paid}",
        comment=f"Bukza {order.number}",
        actor=ACTOR,
        twice=True,
        now=now,
    )
    rows.set_paid(tx, order.number, paid)
    payment_notices.money_changed(tx, bookings.get(tx, booking.id), now=now)


def _cancel(tx: Tx, order: Order, *, now: datetime) -> Booking | None:
    booking = _booking(tx, order)
    if booking is None or not booking.blocks or booking.status == "completed":
        return booking
    return bookings.cancel(tx, booking.id, by="guest", reason=REASON, actor=ACTOR, now=now)


def _not_done(tx: Tx, terms: "Terms", order: Order, refusal: Refusal, *, final: bool, now: datetime) -> None:
    """The order is kept as it was told. The page rings again only when something else is in the way."""
    taken = refusal.code == "dates_taken"
    over = _ends(tx, order, now=now) <= now
    collides = _collides(tx, terms, order, now=now) if taken else []
    problem = ":".join([refusal.code, order.said["start"], order.said["end"], *map(str, collides)])
    rows.settle(
        tx,
        order,
        state="cancelled" if final else "conflict" if taken else "refused",
        booking_id=order.booking_id,
        applied=order.applied,
        collides=collides,
        problem=problem,
        retry_at=None if over or final else now + (RETRY if refusal.code in AGAIN else RETRY_LATER),
        now=now,
    )
    if problem == order.problem or (over and order.booking_id is None):
        return  # nobody has to do anything about a stay that is over and never was here
    _flag(tx, order, [one for one in collides if one not in order.collides], now=now)
    others = [one for number in collides if (one := booking_rows.get(tx, number)) is not None]
    about = others[0] if others else _booking(tx, order)
    codes = [one.code for one in others]
    page(tx, order, "conflict" if taken else "refused", booking=about, code=refusal.code, collides=codes, now=now)


def _collides(tx: Tx, terms: "Terms", order: Order, *, now: datetime) -> list[int]:
    """The bookings that have the dates; what is closed by hand has no booking."""
    catalog = catalogs.current(tx, now=now)
    stay = resolve(catalog, _wish(tx, terms, catalog, order))
    taken = availability.conflicts(tx, stay, now=now, exclude=order.booking_id)
    return sorted({one.ref for one in taken if one.kind == "booking" and one.ref is not None})


def _flag(tx: Tx, order: Order, found: list[int], *, now: datetime) -> None:
    """Both sides carry it where staff look: the booking that has the dates, and the one that wants them, if it is one already.

    Programs are told of each booking whose dates are sold there too.
    """
    for number in found:
        if (sold := booking_rows.get(tx, number)) is not None:
            about = {"booking": events.booking_facts(sold), "feed": {"name": SOURCE, "event": order.number}}
            events.emit(tx, "feed.conflict", about, now=now)
    own = [order.booking_id] if order.booking_id is not None and found else []
    for number in [*found, *own]:
        audit.write(tx, ACTOR, "booking.conflict", f"booking:{number}", None, {"bukza": order.number}, now=now)
        text = f"⚠️ Bukza {order.number}: {order.said['start']} – {order.said['end']}"
        booking_rows.add_note(tx, number, at=now, actor=str(ACTOR), text=text)


def _unflag(tx: Tx, order: Order, *, now: datetime) -> None:
    own = [order.booking_id] if order.booking_id is not None and order.collides else []
    for number in [*order.collides, *own]:
        audit.write(tx, ACTOR, "booking.conflict_over", f"booking:{number}", {"bukza": order.number}, None, now=now)
        booking_rows.add_note(tx, number, at=now, actor=str(ACTOR), text=f"✅ Bukza {order.number}")


def _wish(tx: Tx, terms: "Terms", catalog: Catalog, order: Order) -> StayRequest:
    unit_id, tariff_id = terms.place(order.said["resource"])
    unit = catalog.unit(unit_id)
    if unit is None:
        raise Refusal("unknown_unit", unit=unit_id[:40])
    selling = catalog.tariffs_of(unit.id)
    tariff = next((one for one in selling if one.id == tariff_id), None) if tariff_id else None
    if tariff is None and tariff_id is None and len(selling) == 1:
        tariff = selling[0]
    if tariff is None:
        raise Refusal("unknown_tariff", tariff=(tariff_id or "")[:40], unit=unit.id)
    start, end = (_there(datetime.fromisoformat(order.said[name]), unit.zone) for name in ("start", "end"))
    party = parse_guests(str(max(terms.guests, tariff.min_guests)), catalog)
    return StayRequest(unit.id, tariff.id, start, end, party, {})


def _there(moment: datetime, zone: Any) -> datetime:
    """Bukza's times are the unit's own; one with an offset is an instant."""
    return moment if moment.tzinfo is None else local(moment.astimezone(UTC), zone)


def _ends(tx: Tx, order: Order, *, now: datetime) -> datetime:
    moment = datetime.fromisoformat(order.said["end"])
    zone = catalogs.current(tx, now=now).zone
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _contact(catalog: Catalog, phone: str) -> tuple[str | None, str]:
    """The phone in its normal form; one that is none is kept in the comment, for a person."""
    if not phone:
        return None, ""
    try:
        return guests.normalised(phone, region=guests.region_of(catalog.zone)), ""
    except Refusal:
        return None, phone[:40]


def _amount(text: str, currency: str) -> int:
    return parse_amount(text, currency) if text else 0


def _booking(tx: Tx, order: Order) -> Booking | None:
    return None if order.booking_id is None else booking_rows.get(tx, order.booking_id)


def _differs(order: Order, names: tuple[str, ...]) -> bool:
    return any(order.said[name] != order.applied.get(name) for name in names)


def _put(tx: Tx, order: Order, *, problem: str, now: datetime) -> None:
    kept = replace(order, problem=problem)
    rows.settle(
        tx,
        kept,
        state=kept.state,
        booking_id=kept.booking_id,
        applied=kept.applied,
        collides=kept.collides,
        problem=problem,
        retry_at=kept.retry_at,
        now=now,
    )
