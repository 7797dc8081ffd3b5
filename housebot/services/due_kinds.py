"""Owns what is done when each kind of due work comes up, and whether it is still of use when it comes late."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from housebot.services import (
    addressing,
    balances,
    calling,
    catalogs,
    change_receipts,
    damage,
    deadlines,
    gift_delivery,
    gift_notices,
    gift_orders,
    gift_receipts,
    lapsing,
    notices,
    payment_notices,
    proposal_money,
    proposal_notices,
    staff_notices,
    staying,
    tasks,
    transitions,
)
from housebot.services.due import Due, Kind
from housebot.services.ports import Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import proposals as proposal_rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

_CALL_IS_WORTH = timedelta(minutes=1)  # less time left than this helps nobody


def expire_hold(tx: Tx, row: Due, now: datetime) -> None:
    """The sweeper: what nobody has expired by taking the dates."""
    booking = lapsing.expire(tx, row.subject_id, now=now)
    if booking.is_hold and not booking.under_review and booking.hold_expires_at is not None:
        deadlines.plan_hold(tx, booking, now=now)


def last_call(tx: Tx, row: Due, now: datetime) -> None:
    """M5, while it still gives time to act; a hold made by phone is staff's to call about."""
    booking = _hold(tx, row)
    if booking is None or booking.under_review or booking.hold_expires_at is None:
        return
    if booking.hold_expires_at - now < _CALL_IS_WORTH:
        return
    if addressing.guest_chat(tx, booking) is None:
        staff_notices.alert(tx, "hold_ends", booking=booking, now=now)
    else:
        notices.last_call(tx, booking, now=now)


def edit_card(tx: Tx, row: Due, now: datetime) -> None:
    """The live card of the hold counts down."""
    booking = _hold(tx, row)
    if booking is None or booking.under_review or booking.lapsed(now):
        return
    notices.hold_changed(tx, booking, now=now)
    deadlines.plan_next_edit(tx, booking, now=now)


def ring(tx: Tx, row: Due, now: datetime) -> None:
    """The desk opens: what came silently at night rings now."""
    if (booking := _undecided(tx, row)) is not None:
        staff_notices.nudge(tx, booking, why="morning", now=now)


def nudge(tx: Tx, row: Due, now: datetime) -> None:
    """Somebody waits for an answer: after 15 minutes, an hour, then every two hours in desk hours."""
    booking = _undecided(tx, row)
    if booking is None:
        return
    catalog = transitions.catalog_of(tx, booking)
    step, since = int(row.facts["step"]), datetime.fromisoformat(row.facts["since"])
    if deadlines.desk_open(catalog, now):
        staff_notices.nudge(tx, booking, why="waiting", now=now)
    deadlines.plan_nudge(tx, catalog, booking, step=step + 1, since=since, now=now)


def ring_before_arrival(tx: Tx, row: Due, now: datetime) -> None:
    """Three hours before check-in the owner is rung, whatever the hour."""
    if (booking := _undecided(tx, row)) is not None:
        staff_notices.nudge(tx, booking, why="arrival_near", now=now)


def still_checking(tx: Tx, row: Due, now: datetime) -> None:
    """The guest is told once that we are later than promised."""
    if (booking := _undecided(tx, row)) is not None:
        payment_notices.still_checking(tx, booking, now=now)


def tell_arrival(tx: Tx, row: Due, now: datetime) -> None:
    """Where to go and how to get in, while that is still of use; whoever has no Telegram is called."""
    booking = transitions.get(tx, row.subject_id)
    if booking.status not in {"confirmed", "in_house"} or now >= booking.end:
        return
    if not calling.instead(tx, booking, "arrival", now=now):
        notices.arrival(tx, booking, now=now)


def ask_balance(tx: Tx, row: Due, now: datetime) -> None:
    """The rest of the price is due, where it is not paid yet."""
    balances.remind(tx, transitions.get(tx, row.subject_id), now=now)


def begin_stay(tx: Tx, row: Due, now: datetime) -> None:
    staying.begin_stay(tx, row.subject_id, now=now)


def end_stay(tx: Tx, row: Due, now: datetime) -> None:
    staying.end_stay(tx, row.subject_id, now=now)


def remind_task(tx: Tx, row: Due, now: datetime) -> None:
    if not calling.is_moot(tx, row.subject_id, now=now):
        tasks.remind(tx, row.subject_id, now=now)


def expire_proposal(tx: Tx, row: Due, now: datetime) -> None:
    """A change nobody paid for, an offer nobody answered: the old stay stands."""
    lapsing.expire_proposal(tx, row.subject_id, now=now)


def make_paid_change(tx: Tx, row: Due, now: datetime) -> None:
    """Money was written down for a booking whose change waits for some: it may be enough by now."""
    proposal_money.may_do(tx, row.subject_id, now=now)


def ring_for_change(tx: Tx, row: Due, now: datetime) -> None:
    """The desk opens: the receipt that came silently at night rings now."""
    if (one := _unjudged(tx, row)) is not None:
        proposal_notices.to_judge(tx, transitions.get(tx, one.booking_id), one, silent=False, now=now)


def nudge_for_change(tx: Tx, row: Due, now: datetime) -> None:
    """A guest waits for a yes to their receipt."""
    one = _unjudged(tx, row)
    if one is None:
        return
    booking = transitions.get(tx, one.booking_id)
    step, since = int(row.facts["step"]), datetime.fromisoformat(row.facts["since"])
    if deadlines.desk_open(transitions.catalog_of(tx, booking), now):
        proposal_notices.to_judge(tx, booking, one, silent=False, now=now)
    change_receipts.plan_nudge(tx, booking, one, step=step + 1, since=since, now=now)


def return_damage(tx: Tx, row: Due, now: datetime) -> None:
    damage.come_due(tx, row.subject_id, now=now)


def expire_gift_order(tx: Tx, row: Due, now: datetime) -> None:
    gift_orders.expire(tx, row.subject_id, now=now)


def deliver_gift(tx: Tx, row: Due, now: datetime) -> None:
    gift_delivery.deliver(tx, row.subject_id, now=now)


def ring_for_gift(tx: Tx, row: Due, now: datetime) -> None:
    """The desk opens: what came silently at night rings now."""
    if (order := gift_orders.get(tx, row.subject_id)).under_review:
        gift_notices.nudge(tx, order, now=now)


def nudge_for_gift(tx: Tx, row: Due, now: datetime) -> None:
    """Somebody waits for an answer about a gift they have paid for."""
    order = gift_orders.get(tx, row.subject_id)
    if not order.under_review:
        return
    step, since = int(row.facts["step"]), datetime.fromisoformat(row.facts["since"])
    if deadlines.desk_open(catalogs.current(tx, now=now), now):
        gift_notices.nudge(tx, order, now=now)
    gift_receipts.plan_nudge(tx, order, step=step + 1, since=since, now=now)


KINDS: Mapping[str, Kind] = {
    "hold.expire": Kind(expire_hold),
    "hold.last_call": Kind(last_call),
    "hold.card": Kind(edit_card),
    "approval.ring": Kind(ring, useful=timedelta(hours=12)),
    "approval.nudge": Kind(nudge),
    "approval.last": Kind(ring_before_arrival, useful=timedelta(hours=6)),
    "guest.still_checking": Kind(still_checking),
    "stay.balance": Kind(ask_balance),
    "stay.arrival": Kind(tell_arrival),
    "stay.begin": Kind(begin_stay),
    "stay.end": Kind(end_stay),
    "task.remind": Kind(remind_task),
    gift_orders.EXPIRE: Kind(expire_gift_order),
    gift_delivery.DELIVER: Kind(deliver_gift),
    gift_receipts.RING: Kind(ring_for_gift, useful=timedelta(hours=12)),
    gift_receipts.NUDGE: Kind(nudge_for_gift),
    "proposal.expire": Kind(expire_proposal),
    "proposal.ring": Kind(ring_for_change, useful=timedelta(hours=12)),
    "proposal.nudge": Kind(nudge_for_change),
    "proposal.paid": Kind(make_paid_change),
    "damage.return": Kind(return_damage),
}


def _hold(tx: Tx, row: Due) -> Booking | None:
    booking = booking_rows.get(tx, row.subject_id)
    return booking if booking is not None and booking.is_hold else None


def _undecided(tx: Tx, row: Due) -> Booking | None:
    booking = _hold(tx, row)
    return booking if booking is not None and booking.status == "awaiting_owner" else None


def _unjudged(tx: Tx, row: Due) -> Proposal | None:
    one = proposal_rows.get(tx, row.subject_id)
    return one if one is not None and change_receipts.waits_for_person(tx, one) else None
