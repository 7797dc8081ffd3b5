"""Owns what the clock does to a booking: the end of a hold and what is said before it, the owner's rings and the guest's promise (UX 6)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from housebot.domain import desk_hours, policy
from housebot.domain.catalog import Catalog, Kind
from housebot.domain.period import instant, local
from housebot.services import addressing, due, transitions, ways
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking

LAST_CALL = timedelta(minutes=10)
SHORT = timedelta(minutes=30)  # a hold shorter than this is called at half time
STAFF_CALL = timedelta(hours=1)  # a hold made by phone: staff are told, and earlier
EDITS = tuple(timedelta(minutes=minutes) for minutes in (30, 15, 10, 5, 2))  # the edit at 0 is the end itself
PROMISE = timedelta(hours=2)
FIRST_NUDGES = (timedelta(minutes=15), timedelta(hours=1))
NUDGE_EVERY = timedelta(hours=2)
NEAR = timedelta(hours=12)  # a stay that begins sooner rings at night too
LAST_RING = timedelta(hours=3)
MORNING, EVENING = time(8), time(20)
EARLY = time(11)  # who arrives before it reads the evening before

HOLD_KINDS = ("hold.expire", "hold.last_call", "hold.card")
APPROVAL_KINDS = ("approval.ring", "approval.nudge", "approval.last", "guest.still_checking")
STAY_KINDS = ("stay.balance", "stay.arrival", "stay.begin", "stay.end")


def plan_hold(tx: Tx, booking: Booking, *, call: bool = True, first: bool = False, now: datetime) -> None:
    """Everything due before and at the end of a hold; an earlier plan is forgotten, where this is not the `first`."""
    if not first:
        drop(tx, booking, *HOLD_KINDS, now=now)
    end = booking.hold_expires_at
    if end is None:
        return
    due.plan(tx, "hold.expire", booking.subject, end, now=now)
    if booking.status == "awaiting_owner":
        return  # it is not for the guest to hurry
    reads = addressing.guest_chat(tx, booking) is not None
    if call:
        due.plan(tx, "hold.last_call", booking.subject, _call_at(end, now, reads=reads), now=now)
    if reads:
        plan_next_edit(tx, booking, now=now)


def plan_next_edit(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The live card is edited at 30, 15, 10, 5 and 2 minutes left."""
    end = booking.hold_expires_at
    if end is None or addressing.guest_chat(tx, booking) is None:
        return
    coming = [end - left for left in EDITS if end - left > now]
    if coming:
        due.plan(tx, "hold.card", booking.subject, coming[0], now=now)


def plan_approval(tx: Tx, catalog: Catalog, booking: Booking, *, since: datetime, now: datetime) -> bool:
    """Rings and nudges for whoever decides, the promise for whoever waits; True when the card itself may ring now."""
    rings = may_ring(catalog, booking, now)
    if not rings:
        due.plan(tx, "approval.ring", booking.subject, next_opening(catalog, now), now=now)
    plan_nudge(tx, catalog, booking, step=0, since=since, now=now)
    if booking.start - LAST_RING > now:
        due.plan(tx, "approval.last", booking.subject, booking.start - LAST_RING, now=now)
    if booking.promised_by is not None:
        due.plan(tx, "guest.still_checking", booking.subject, booking.promised_by, now=now)
    return rings


def plan_nudge(tx: Tx, catalog: Catalog, booking: Booking, *, step: int, since: datetime, now: datetime) -> None:
    """The nudge number `step`: 15 minutes, 1 hour, then every 2 hours; what falls outside desk hours waits for the opening."""
    at = nudge_at(catalog, step=step, since=since, now=now)
    due.plan(tx, "approval.nudge", booking.subject, at, {"step": step, "since": since.isoformat()}, now=now)


def nudge_at(catalog: Catalog, *, step: int, since: datetime, now: datetime) -> datetime:
    """When somebody who has not answered is nudged for the time number `step`."""
    at = since + FIRST_NUDGES[step] if step < len(FIRST_NUDGES) else since + FIRST_NUDGES[-1] + NUDGE_EVERY * (step - 1)
    if at <= now:
        at = now + NUDGE_EVERY
    if not desk_open(catalog, at):
        at = next_opening(catalog, at) + FIRST_NUDGES[0]  # the opening itself rings
    return at


def plan_stay(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """A confirmed stay begins and ends by the clock, and its guest hears before it where to go."""
    stay = transitions.stay_of(tx, booking)
    if stay.tariff.kind is not Kind.SLOT:
        due.plan(tx, "stay.arrival", booking.subject, arrival_notice(booking.arrival, stay.unit.zone), now=now)
        plan_balance(tx, booking, now=now)
    due.plan(tx, "stay.begin", booking.subject, booking.start, now=now)
    due.plan(tx, "stay.end", booking.subject, booking.end, now=now)


def plan_balance(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The day on which the guest is asked for the rest of the price; whoever booked after it has just read how much it is."""
    at = policy.balance_date(transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking))
    if at > now:
        due.plan(tx, "stay.balance", booking.subject, at, now=now)
    else:
        due.drop(tx, "stay.balance", booking.subject)


def plan_anew(tx: Tx, booking: Booking, *, arrives_otherwise: bool, now: datetime) -> None:
    """The stay was changed: what is planned for it follows. Who arrives when they always would is not told again how to get in."""
    if booking.is_hold:
        rung = due.is_done(tx, "hold.last_call", booking.subject)
        plan_hold(tx, booking, call=not rung and booking.payment_method not in ways.PROVIDERS, now=now)
        if booking.status == "awaiting_owner":
            due.drop(tx, "approval.last", booking.subject)
            if booking.start - LAST_RING > now:
                due.plan(tx, "approval.last", booking.subject, booking.start - LAST_RING, now=now)
    elif arrives_otherwise:
        plan_stay(tx, booking, now=now)
    else:
        due.plan(tx, "stay.end", booking.subject, booking.end, now=now)


def arrival_notice(arrival: datetime, zone: ZoneInfo) -> datetime:
    """When the guest reads how to get in, by the clock of the house: that morning, or the evening before an early arrival."""
    early = arrival.time() < EARLY
    day = arrival.date() - timedelta(days=1) if early else arrival.date()
    moment, _ = instant(datetime.combine(day, EVENING if early else MORNING), zone, gap="forward")
    return moment


def drop(tx: Tx, booking: Booking, *kinds: str, now: datetime) -> None:
    """Forget what is planned: these kinds, or all of them."""
    for row in due.waiting(tx, booking.subject):
        if not kinds or row.kind in kinds:
            due.drop(tx, row.kind, booking.subject)


def promise(catalog: Catalog, booking: Booking, *, now: datetime) -> datetime:
    """When the guest hears from us at the latest, and before check-in."""
    soon = answered_by(catalog, now=now)
    return min(soon, booking.start) if booking.start > now else soon


def answered_by(catalog: Catalog, *, now: datetime) -> datetime:
    """When somebody has looked at the latest: within two desk hours, else two hours after the next opening."""
    soon = now + PROMISE
    if not (desk_open(catalog, now) and closing(catalog, now) >= soon):
        soon = next_opening(catalog, now) + PROMISE
    return soon


def desk_open(catalog: Catalog, moment: datetime) -> bool:
    """Whether somebody answers at that moment, by the clock of the house."""
    return desk_hours.is_open(catalog.desk, local(moment, catalog.zone))


def may_ring(catalog: Catalog, booking: Booking, moment: datetime) -> bool:
    """Whether what is said to staff about a booking makes a sound: at night only where the stay is near."""
    return booking.start - moment <= NEAR or desk_open(catalog, moment)


def next_opening(catalog: Catalog, moment: datetime) -> datetime:
    """The next time the desk opens, after that moment."""
    day = local(moment, catalog.zone).date()
    for ahead in range(3):
        opening, _ = instant(
            datetime.combine(day + timedelta(days=ahead), catalog.desk.opens), catalog.zone, gap="forward"
        )
        if opening > moment:
            return opening
    raise AssertionError("a desk opens every day")


def closing(catalog: Catalog, moment: datetime) -> datetime:
    """The next time the desk closes, after that moment."""
    day = local(moment, catalog.zone).date()
    for ahead in range(3):
        end, _ = instant(
            datetime.combine(day + timedelta(days=ahead), catalog.desk.closes), catalog.zone, gap="forward"
        )
        if end > moment:
            return end
    raise AssertionError("a desk closes every day")


def _call_at(end: datetime, now: datetime, *, reads: bool) -> datetime:
    """When the guest is called, or staff are to call a guest who reads nothing."""
    length = end - now
    lead = LAST_CALL if reads else STAFF_CALL
    return end - lead if length >= max(SHORT, lead * 2) else end - length / 2
