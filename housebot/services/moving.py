"""Owns changing a stay that was sold: other dates, guests or extras in one atomic step, at a new price with its difference (R37)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from housebot.domain import booking as booking_rules
from housebot.domain import changes, stay_rules
from housebot.domain.catalog import Catalog, Kind
from housebot.domain.changes import Dates, LineChange
from housebot.domain.money import Money
from housebot.domain.period import local, utc_text
from housebot.domain.pricing import Price, owner, price, whole
from housebot.domain.stay import Stay, StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import (
    availability,
    catalogs,
    checkouts,
    damage,
    deadlines,
    deciding,
    gift_money,
    lapsing,
    limits,
    notices,
    payments,
    promos,
    proposed,
    quotes,
    taking,
    transitions,
)
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage import occupancies
from housebot.storage.bookings import Booking

__all__ = ["Change", "Difference", "as_json", "carry_out", "check_cutoff", "is_agreed", "move", "preview"]

REPRICED = "repriced"  # note: the price is of another version of the document than the one it was sold under
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted otherwise; what is None stays. An arrival alone shifts the stay, its length unchanged.

    `extras` are quantities to set, 0 takes one away. `override` is the reason for which staff pass over soft rules.
    """

    arrival: datetime | None = None
    departure: datetime | None = None
    unit: str | None = None
    tariff: str | None = None
    party: Mapping[str, int] | None = None
    extras: Mapping[str, int] = field(default_factory=dict)
    without_promo: bool = False
    override: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change means, before anybody agrees (M11): both quotes, every line that changes, and what is left to pay."""

    was: Quote
    now: Quote
    lines: tuple[LineChange, ...]
    dates: Dates
    spends_move: bool
    moves_left: int  # afterwards
    paid: int
    pays_first: bool  # it adds more than may wait for the balance: a guest cannot agree to it alone

    @property
    def amount(self) -> int:
        """Signed: what the stay costs more."""
        return self.now.price.total - self.was.price.total

    @property
    def due(self) -> int:
        """What is left to pay afterwards."""
        return max(self.now.price.total - self.paid, 0)


def preview(tx: Tx, booking: Booking, change: Change, *, actor: Actor, now: datetime) -> Difference:
    """What the change would mean now; refusals as `move`, nothing is written. Until somebody agrees the present booking stands."""
    transitions.must_stand(booking, "confirmed", "in_house", now=now)
    checkouts.must_not_be_taken(tx, booking)
    request = _wish(tx, booking, change, now=now)
    was, catalog = quotes.load(tx, booking.quote_id), catalogs.current(tx, now=now)
    stay = taking.with_every_part(tx, resolve(catalog, request), now)
    if _same(booking, stay) and not change.without_promo:
        raise Refusal("invalid", reason="nothing_changes", booking=booking.code)
    dates = changes.dates_of(booking.period, stay.period)
    paid = payments.money_paid(tx, booking.id)
    agreed = is_agreed(booking, paid)
    spends = _check_rules(tx, booking, change, was, stay, agreed=agreed, catalog=catalog, actor=actor, now=now)
    _check_room(tx, booking, catalog, request, stay, dates=dates, now=now)
    new = _quote(tx, booking, catalog, request, was, stay, agreed=agreed, now=now)
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
    if _same(was, stay) and owner.difference(quote.price) != owner.difference(old.price):
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


def is_agreed(booking: Booking, paid: int) -> bool:
    """Whether it is more than a hold that its guest could let go and take anew; what a gift paid comes back then."""
    return booking.status in {"confirmed", "in_house"} or booking.under_review or paid > 0


def as_json(difference: Difference, language: str = "en") -> dict[str, Any]:
    """As scripts see it: totals, the signed difference and its lines, what is left to pay, the guest's moves."""
    new, currency = difference.now, difference.now.price.currency

    def money(amount: int) -> Any:
        return Money(amount, currency).json()

    def amount(line: Any) -> Any:
        return None if line is None else money(line.amount)

    return {
        "was": money(difference.was.price.total),
        "now": money(new.price.total),
        "difference": money(difference.amount),
        "lines": [
            {
                "change": one.kind,
                "code": one.line.code,
                "label": one.line.label.get(language, one.line.code),
                "was": amount(one.was),
                "now": amount(one.now),
                "difference": money(one.amount),
            }
            for one in difference.lines
        ],
        "deposit": money(new.price.deposit),
        "paid": money(difference.paid),
        "due": money(difference.due),
        "dates": str(difference.dates),
        "spends_move": difference.spends_move,
        "moves_left": difference.moves_left,
        "notes": list(new.price.notes),
    }


def _wish(tx: Tx, booking: Booking, change: Change, *, now: datetime) -> StayRequest:
    """What is asked for from now on: the old request at the times it came to, with what is wanted otherwise."""
    asked = quotes.load(tx, booking.quote_id).request
    tariff = catalogs.current(tx, now=now).tariff(change.tariff or booking.tariff)
    kind = tariff.kind if tariff is not None else None
    extras = {name: count for name, count in ({**asked.extras, **change.extras}).items() if count}
    return replace(
        asked,
        unit=change.unit or booking.unit,
        tariff=change.tariff or booking.tariff,
        arrival=change.arrival or booking.arrival,
        departure=change.departure or _departure(booking, change.arrival, kind),
        party=dict(change.party) if change.party is not None else asked.party,
        extras=extras,
        promo=None if change.without_promo else asked.promo,
    )


def _departure(booking: Booking, arrival: datetime | None, kind: Kind | None) -> datetime:
    """The end that goes with a new arrival when none is said: as long as before, by the wall clock or in nights."""
    if kind is Kind.SLOT:
        return arrival or booking.arrival
    if arrival is None:
        return booking.departure
    if kind is Kind.NIGHTLY:
        nights = booking.departure.date() - booking.arrival.date()
        return datetime.combine(arrival.date() + max(nights, timedelta(days=1)), _MIDNIGHT)
    return arrival + (booking.departure - booking.arrival)


def _same(booking: Booking, stay: Stay) -> bool:
    return (booking.unit, booking.tariff, booking.start, booking.end, booking.party, booking.extras) == (
        stay.unit.id,
        stay.tariff.id,
        stay.start,
        stay.end,
        stay.party,
        stay.all_extras(),
    )


def _check_rules(
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
        _check_sold(tx, booking, catalog, stay, exempt=exempt, now=now)
        return False
    if not actor.is_staff:
        changes.check_own_change(was.stay, stay)
        check_cutoff(was.stay, now)
    if dates is not Dates.SAME or (stay.unit.id, stay.tariff.id) != (booking.unit, booking.tariff):
        _check_sold(tx, booking, catalog, stay, exempt=exempt, now=now)
    if stay.tariff.id != booking.tariff:
        limits.check_answers(catalog, stay.tariff, booking.answers, staff=actor.is_staff)
    if dates is not Dates.SHIFT or not agreed or exempt:
        return False
    changes.check_moves(was.cancellation, made=booking.moves)
    changes.check_shift_length(was.stay, stay)
    return True


def _check_sold(tx: Tx, booking: Booking, catalog: Catalog, stay: Stay, *, exempt: bool, now: datetime) -> None:
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


def _check_room(
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
        _check_sold(tx, booking, catalog, nearest, exempt=False, now=now)
    except Refusal:
        return []
    return [{"start": utc_text(nearest.start), "end": utc_text(nearest.end), "tariff": nearest.tariff.id}]


def _quote(
    tx: Tx,
    booking: Booking,
    catalog: Catalog,
    request: StayRequest,
    was: Quote,
    stay: Stay,
    *,
    agreed: bool,
    now: datetime,
) -> Quote:
    """The new price under the catalog in force, by the policy the booking was made under; what the owner granted goes with it."""
    promo = None
    if request.promo is not None:
        promo = promos.fitting(tx, request.promo, stay, guest_id=booking.guest_id, booking=booking, now=now)
    hand_prices = catalogs.hand_prices(tx)
    new = price(catalog, stay, hand_prices=hand_prices, promo=promo)
    if granted := owner.difference(was.price):
        new = owner.with_difference(catalog, stay, new, granted)
    if agreed:
        new = _with_old_deposit(new, was.price)
    new = gift_money.still_pays(tx, catalog, booking, stay, new, was.price, hand_prices=hand_prices, agreed=agreed)
    if not agreed:
        new = whole.at_once(catalog, stay, new, now=now)
    if catalog.version != was.catalog_version:
        new = replace(new, notes=(*new.notes, f"{REPRICED}:{catalog.version}"))
    return quotes.unkept(catalog, request, stay, new, policy=was.policy, guest_id=was.guest_id, now=now)


def _with_old_deposit(new: Price, old: Price) -> Price:
    deposit = min(old.deposit_of_policy, new.total - new.city_tax)
    return replace(new, deposit=deposit, deposit_reason=old.deposit_reason)


def _deadlines(booking: Booking, stay: Stay, now: datetime) -> dict[str, Any]:
    """No promise of a hold reaches past the new check-in."""
    ends = {name: getattr(booking, name) for name in ("hold_expires_at", "kept_until", "promised_by")}
    if not booking.is_hold:
        return ends
    return {
        name: None if moment is None else booking_rules.not_past(stay, moment, now) for name, moment in ends.items()
    }
