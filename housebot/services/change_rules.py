"""Owns who may change a stay that was sold, until when, and by which rules it is judged anew (R37)."""

from datetime import datetime

from housebot.domain import changes, stay_rules
from housebot.domain.catalog import Catalog
from housebot.domain.changes import Dates
from housebot.domain.period import utc_text
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import (
    limits,
    quotes,
)
from housebot.services.change_wishes import Change
from housebot.services.ports import Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking


def is_agreed(booking: Booking, paid: int) -> bool:
    """Whether it is more than a hold that its guest could let go and take anew; what a gift paid comes back then."""
    return booking.status in {"confirmed", "in_house"} or booking.under_review or paid > 0


def check(
    tx: Tx,
    booking: Booking,
    change: Change,
    was: Quote,
    stay: Stay,
    *,
    agreed: bool,
    catalog: Catalog,
    actor: Actor,
    now: datetime,
) -> bool:
    """Everything that is not about room, and whether it spends one of the guest's moves.

    Of a stay whose time and tariff stay as they are only guests and extras are judged anew: it was sold by the rules of its day.
    """
    exempt = actor.is_staff and bool(change.override.strip())
    dates = changes.dates_of(booking.period, stay.period)
    if booking.status == "in_house":
        changes.check_under_way(was.stay, stay)
        check_sold(tx, booking, catalog, stay, exempt=exempt, now=now)
        return False
    if not actor.is_staff:
        changes.check_own_change(was.stay, stay)
        check_cutoff(was.stay, now)
    if dates is not Dates.SAME or (stay.unit.id, stay.tariff.id) != (booking.unit, booking.tariff):
        check_sold(tx, booking, catalog, stay, exempt=exempt, now=now)
    if stay.tariff.id != booking.tariff:
        limits.check_answers(catalog, stay.tariff, booking.answers, staff=actor.is_staff)
    if dates is not Dates.SHIFT or not agreed or exempt:
        return False
    changes.check_moves(was.cancellation, made=booking.moves)
    changes.check_shift_length(was.stay, stay)
    return True


def check_sold(tx: Tx, booking: Booking, catalog: Catalog, stay: Stay, *, exempt: bool, now: datetime) -> None:
    """The rules by which such a stay is sold now; one under way has no arrival to be judged."""
    around = quotes.around(tx, catalog, stay, now=now, exclude=booking.id)
    if booking.status == "in_house":
        stay_rules.check_under_way(catalog, stay, ended=booking.end, now=now, staff=exempt, busy=around)
    else:
        stay_rules.check(catalog, stay, now=now, staff=exempt, busy=around)


def check_cutoff(old: Stay, now: datetime) -> None:
    """A guest changes alone while the stay could still be booked; afterwards somebody has begun to prepare it."""
    limit = stay_rules.booked_before(old.tariff, old.unit, old.arrival, old.start) or old.start
    if now >= limit:
        raise Refusal("too_soon", start=utc_text(old.start), booked_before=utc_text(limit))
