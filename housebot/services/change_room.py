"""Owns whether there is room for a changed stay, and how far it may reach where there is not (R6, R7, R13)."""

from dataclasses import replace
from datetime import datetime

from housebot.domain.catalog import Catalog
from housebot.domain.changes import Dates
from housebot.domain.period import local, utc_text
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import (
    availability,
    change_rules,
    limits,
)
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking


def check(
    tx: Tx, booking: Booking, catalog: Catalog, request: StayRequest, stay: Stay, *, dates: Dates, now: datetime
) -> None:
    """The dates, with their cleaning, and the extras are free, the booking itself apart (R6, R7)."""
    if dates is not Dates.SAME or stay.unit.id != booking.unit:
        try:
            availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
        except Refusal as refusal:
            if refusal.code == "dates_taken" and dates is Dates.LONGER and stay.unit.id == booking.unit:
                nearer = _as_long_as_possible(tx, booking, catalog, request, stay, now=now)
                elsewhere = [] if booking.status == "in_house" else refusal.facts.get("alternatives", [])
                refusal.facts["alternatives"] = (nearer + elsewhere)[:3]
            raise
    if dates is not Dates.SAME or stay.all_extras() != booking.extras:
        limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)


def _as_long_as_possible(
    tx: Tx, booking: Booking, catalog: Catalog, request: StayRequest, stay: Stay, *, now: datetime
) -> list[dict[str, str]]:
    """Who wants to come earlier than the neighbour allows is offered the earliest hour there is, the end as wished; and the mirror image."""
    unit = stay.unit
    found = availability.busy(tx, unit, stay.start, stay.end, now=now, exclude=booking.id)
    around = [one for one in found if one.alive(now)]
    opens = [one.earliest_neighbour(unit.before) for one in around if one.end <= booking.start]
    closes = [one.latest_neighbour(unit.cleaning) for one in around if one.start >= booking.end]
    start, end = max([stay.start, *opens]), min([stay.end, *closes])
    if start > booking.start or end < booking.end or (start, end) == (booking.start, booking.end):
        return []
    try:
        nearest = resolve(catalog, replace(request, arrival=local(start, unit.zone), departure=local(end, unit.zone)))
        change_rules.check_sold(tx, booking, catalog, nearest, exempt=False, now=now)
    except Refusal:
        return []
    return [{"start": utc_text(nearest.start), "end": utc_text(nearest.end), "tariff": nearest.tariff.id}]
