"""Owns changing a stay that was sold: other dates, guests or extras in one atomic step, at a new price with its difference (R37)."""

from datetime import datetime
from typing import Any

from housebot.domain import booking as booking_rules
from housebot.domain import changes
from housebot.domain.pricing import owner
from housebot.domain.stay import Stay, resolve
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    change_prices,
    change_room,
    change_rules,
    change_wishes,
    checkouts,
    damage,
    deadlines,
    deciding,
    gift_money,
    lapsing,
    notices,
    payments,
    promos,
    proposed,
    quotes,
    taking,
    transitions,
)
from housebot.services.change_wishes import Change
from housebot.services.differences import Difference
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage import occupancies
from housebot.storage.bookings import Booking


def preview(tx: Tx, booking: Booking, change: Change, *, actor: Actor, now: datetime) -> Difference:
    """What the change would mean now; refusals as `move`, nothing is written. Until somebody agrees the present booking stands."""
    transitions.must_stand(booking, "confirmed", "in_house", now=now)
    checkouts.must_not_be_taken(tx, booking)
    request = change_wishes.request(tx, booking, change, now=now)
    was, catalog = quotes.load(tx, booking.quote_id), catalogs.current(tx, now=now)
    stay = taking.with_every_part(tx, resolve(catalog, request), now)
    if change_wishes.same(booking, stay) and not change.without_promo:
        raise Refusal("invalid", reason="nothing_changes", booking=booking.code)
    dates = changes.dates_of(booking.period, stay.period)
    paid = payments.money_paid(tx, booking.id)
    agreed = change_rules.is_agreed(booking, paid)
    spends = change_rules.check(tx, booking, change, was, stay, agreed=agreed, catalog=catalog, actor=actor, now=now)
    change_room.check(tx, booking, catalog, request, stay, dates=dates, now=now)
    new = change_prices.quote(tx, booking, catalog, request, was, stay, agreed=agreed, now=now)
    return Difference(
        was=was,
        now=new,
        lines=changes.line_changes(was.price.lines, new.price.lines),
        dates=dates,
        spends_move=spends,
        moves_left=max(was.cancellation.moves_allowed - booking.moves - spends, 0),
        paid=paid + new.price.by_gift,
        pays_first=agreed
        and booking.status != "in_house"
        and changes.needs_prepayment(was.price.total, was.price.total + new.price.rest - was.price.rest),
    )


def move(
    tx: Tx,
    booking_id: int | str,
    change: Change,
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Booking:
    """Change what was sold, all of it or nothing; the old quote is kept (R23), promo, guests and extras too unless changed.

    Only what waits or is confirmed may change, and a stay under way may end later: else `already_decided`, a lapsed hold is `stale`, and so is a `version`
    that is not the present one; `in_flight` while money is being taken by card. Refusals of `stay.resolve`, `stay_rules.check`, `promos.fitting`; `dates_taken` whoever
    asks; `forbidden` where the guest's moves are used up (`moves_used`), or a guest would need the owner (`with_owner`,
    `prepayment`). Staff with a reason pass over notice, length, window and moves, and then spend none of the guest's.

    What was agreed stands: the deposit of a confirmed or paid booking stays as it was, a difference goes to the balance;
    a hold nobody paid for has the deposit of its new price. The cancellation policy is that of the day it was booked. What a
    gift has paid stays paid, above the new price it goes back on the gift; a hold it pays all of is confirmed (R29, R48).
    """
    booking = transitions.get(tx, booking_id)
    if version is not None and version != booking.version:
        raise Refusal("stale", booking=booking.code, status=booking.status, version=booking.version)
    difference = preview(tx, booking, change, actor=actor, now=now)
    if difference.pays_first and not actor.is_staff:
        raise Refusal("forbidden", reason="prepayment", booking=booking.code, difference=difference.amount)
    reason = change.override.strip() or None
    spends = difference.spends_move
    unseen = not actor.is_staff or actor.kind == SYSTEM.kind  # what another system did, no person has seen
    return carry_out(
        tx, booking, difference.now, spends_move=spends, reason=reason, unseen=unseen, actor=actor, now=now
    )


def carry_out(
    tx: Tx,
    was: Booking,
    quote: Quote,
    *,
    spends_move: bool,
    action: str = "booking.move",
    reason: str | None = None,
    unseen: bool = False,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Make the stay what the quote says, with all that hangs on it. Rules and room are the caller's to have judged in this piece;
    where they are gone all the same the schema says `dates_taken` (R31). `unseen`: staff have not heard of it."""
    old, quote = quotes.load(tx, was.quote_id), quotes.keep(tx, quote)
    catalog, stay = catalogs.version(tx, quote.catalog_version), taking.with_every_part(tx, quote.stay, now)
    rooms = stay.period != was.period or stay.unit.id != was.unit
    before, after = (stay.unit.before, stay.unit.cleaning) if rooms else (was.before, was.after)
    lapsing.make_room(tx, catalog, stay, before=before, after=after, now=now)
    booking = transitions.change(
        tx,
        was,
        action,
        actor=actor,
        now=now,
        reason=reason,
        swap=transitions.reallocate,
        **transitions.sold(quote, stay),
        **_deadlines(was, stay, now),
        before=before,
        after=after,
        moves=was.moves + spends_move,
    )
    if rooms:
        occupancies.remove_booking(tx, booking.id)
        taking.occupy(tx, catalog, stay, booking, now=now)
    lapsing.expire_on_promo(tx, quote.price, now=now)
    promos.rebook(tx, booking, quote.price, now=now)
    gift_money.rebook(tx, booking, quote.price, actor=actor, now=now)  # first: the page asks for what is left beside it
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    deadlines.plan_anew(tx, booking, arrives_otherwise=booking.start != was.start, now=now)
    damage.follow(tx, booking, now=now)
    if change_wishes.same(was, stay) and owner.difference(quote.price) != owner.difference(old.price):
        notices.priced(tx, booking, before=was.total, now=now)
    else:
        silent = not deadlines.may_ring(catalog, booking, now)
        before_it = notices.as_it_was(was, old.stay.extras)
        notices.moved(tx, booking, before_it, unseen=unseen, silent=silent, now=now)
    if booking.total < was.total:
        proposed.say_overpaid(tx, booking, now=now)
    if booking.is_hold and quote.price.gift is not None and quote.price.rest == 0 and not booking.under_review:
        return deciding.confirm(tx, booking.id, actor=actor if actor.is_staff else SYSTEM, now=now)
    return booking


def _deadlines(booking: Booking, stay: Stay, now: datetime) -> dict[str, Any]:
    """No promise of a hold reaches past the new check-in."""
    ends = {name: getattr(booking, name) for name in ("hold_expires_at", "kept_until", "promised_by")}
    if not booking.is_hold:
        return ends
    return {
        name: None if moment is None else booking_rules.not_past(stay, moment, now) for name, moment in ends.items()
    }
