"""Owns a stay under way: it begins and ends by the clock, or as staff say: left early, or never came (R35)."""

from datetime import datetime, timedelta

from housebot.domain.period import Period, local, utc_text
from housebot.errors import Refusal
from housebot.services import damage, deadlines, notices, transitions
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import occupancies
from housebot.storage.bookings import Booking

_MINUTE = timedelta(minutes=1)


def begin_stay(tx: Tx, booking_id: int, *, now: datetime) -> None:
    """Check-in time has come."""
    booking = transitions.get(tx, booking_id)
    if booking.status == "confirmed":
        transitions.change(tx, booking, "booking.begin", actor=SYSTEM, now=now, status="in_house")


def end_stay(tx: Tx, booking_id: int, *, now: datetime) -> None:
    """Check-out time has come; after a downtime both ends may be due at once."""
    begin_stay(tx, booking_id, now=now)
    booking = transitions.get(tx, booking_id)
    if booking.status == "in_house":
        transitions.change(tx, booking, "booking.end", actor=SYSTEM, now=now, status="completed")


def no_show(tx: Tx, booking_id: int | str, *, reason: str = "", actor: Actor, now: datetime) -> Booking:
    """The guest did not come: said by staff from the day of arrival until check-out, who free the dates with it.

    What was paid stays with the desk. The clock has made it `in_house` at check-in, though nobody was seen. Before that day
    nobody can know (`invalid`, `not_yet`); after check-out it is `past`.
    """
    booking = transitions.get(tx, booking_id)
    if booking.status not in {"confirmed", "in_house"}:
        raise transitions.decided(booking)
    if booking.end <= now:
        raise Refusal("past", booking=booking.code, end=utc_text(booking.end))
    if local(now, transitions.stay_of(tx, booking).unit.zone).date() < booking.arrival.date():
        raise Refusal("invalid", reason="not_yet", booking=booking.code, start=utc_text(booking.start))
    booking = transitions.change(
        tx,
        booking,
        "booking.no_show",
        actor=actor,
        now=now,
        reason=reason.strip() or None,
        status="no_show",
        decided_by=actor.name,
        decided_at=now,
    )
    deadlines.drop(tx, booking, now=now)
    damage.follow(tx, booking, now=now)
    notices.no_show(tx, booking, now=now)
    return booking


def check_out(tx: Tx, booking_id: int | str, *, actor: Actor, now: datetime, version: int | None = None) -> Booking:
    """The guests have left before their time: the stay ends now, to the minute, and what is left of it is free after the cleaning.

    The price stays and nothing is given back by itself: that is the owner's to decide. A stay that has not begun, or a
    `version` of before, is `stale`; one that is over `already_decided`.
    """
    booking = transitions.get(tx, booking_id)
    if version is not None and version != booking.version:
        raise Refusal("stale", booking=booking.code, status=booking.status, version=booking.version)
    if booking.status == "confirmed" and booking.start <= now:
        begin_stay(tx, booking.id, now=now)  # the clock of the desk is not running, or not here yet
        booking = transitions.get(tx, booking.id)
    if booking.status == "confirmed" or booking.is_hold:
        raise Refusal("stale", booking=booking.code, status=booking.status)
    if booking.status != "in_house":
        raise transitions.decided(booking)
    was, left = booking, _left(booking, now)
    zone = transitions.stay_of(tx, booking).unit.zone
    booking = transitions.change(
        tx,
        booking,
        "booking.check_out",
        actor=actor,
        now=now,
        swap=transitions.reallocate,
        status="completed",
        end=left,
        departure=local(left, zone),
    )
    period = Period(booking.start, left)
    occupancies.change(tx, booking_id=booking.id, period=period, before=booking.before, after=booking.after)
    deadlines.drop(tx, booking, now=now)
    damage.follow(tx, booking, now=now)
    if left < was.end:
        notices.left_early(tx, booking, notices.as_it_was(was, was.extras), now=now)
    return booking


def _left(booking: Booking, now: datetime) -> datetime:
    """The whole minute in which they have gone, never before the first and never after the end."""
    minute = now.replace(second=0, microsecond=0)
    left = minute if minute == now else minute + _MINUTE
    return min(max(left, booking.start + _MINUTE), booking.end)
