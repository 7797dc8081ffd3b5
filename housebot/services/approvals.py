"""Owns putting a booking before whoever decides."""

from datetime import datetime

from housebot.services import deadlines, staff_notices, transitions
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking


def ask_owner(tx: Tx, booking: Booking, *, since: datetime, now: datetime) -> Booking:
    """A card, rings, nudges, and a promise to the guest."""
    catalog = transitions.catalog_of(tx, booking)
    rings = deadlines.plan_approval(tx, catalog, booking, since=since, now=now)
    staff_notices.approval(tx, booking, silent=not rings, now=now)
    return booking
