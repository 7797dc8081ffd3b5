"""Owns changes of a booking that wait: proposed, agreed to, paid for, refused or withdrawn; the old stay stands until then (R36–R38)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from housebot.domain import booking as rules
from housebot.domain import changes, proposal
from housebot.domain.period import utc_text
from housebot.domain.proposal import Awaits
from housebot.errors import Refusal
from housebot.services import (
    approvals,
    asking,
    availability,
    catalogs,
    checkouts,
    codes,
    deadlines,
    deciding,
    holding,
    invoices,
    lapsing,
    limits,
    moving,
    notices,
    payments,
    promos,
    proposal_notices,
    proposed,
    quotes,
    repricing,
    transitions,
    ways,
)
from housebot.services.moving import Change, Difference
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.services.proposed import by_id, get, missing, missing_of, of_guest, open_of
from housebot.services.quotes import Quote
from housebot.storage import occupancies
from housebot.storage import proposals as rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

__all__ = [
    "Proposal", "accept", "by_id", "choose_payment", "difference_of", "expire", "get", "is_to_be_had", "missing", "missing_of", "money_came", "money_may_do", "of_guest", "open_of",
    "preview", "propose", "refuse", "withdraw",
]  # fmt: skip

LOST = holding.GONE | {"promo_invalid"}  # what a change may need that was there when it was proposed
OFFERED = "offered by the desk"  # the reason for which an offer passes over soft rules where staff give none


def preview(
    tx: Tx, booking: Booking, change: Change, *, price: int | None = None, reason: str = "", actor: Actor, now: datetime
) -> Difference:
    """What the proposal would mean, nothing is written: as `moving.preview`, and at the owner's price where there is one.

    What staff offer passes over soft rules and spends none of the guest's moves: the offer is theirs, in writing.
    """
    if price is not None and not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    if price is None:
        return moving.preview(tx, booking, _offered(change, reason, actor), actor=actor, now=now)
    if replace(change, override="") == Change():
        found = _as_it_stands(tx, booking, now=now)
    else:
        found = moving.preview(tx, booking, _offered(change, reason, actor), actor=actor, now=now)
    priced = repricing.at_price(tx, booking, found.now, price, now=now)
    if replace(change, override="") == Change() and priced.price.total == booking.total:
        raise Refusal("invalid", reason="nothing_changes", booking=booking.code)
    return _at(tx, booking, found, priced)


def propose(
    tx: Tx,
    booking: Booking,
    change: Change,
    *,
    awaits: Awaits,
    actor: Actor,
    now: datetime,
    price: int | None = None,
    reason: str = "",
) -> Proposal:
    """Keep the new dates and their price beside the old ones until the guest pays, or says yes to what the desk offers.

    Refusals of `preview`. An offer (`guest`) is staff's to make, with a reason where the price is theirs, and needs somebody
    who can answer: `invalid` (`no_chat`). `too_soon` where no time is left to answer; `in_flight` (`receipt`) while a
    receipt for an earlier change is being checked. An earlier proposal is withdrawn. Where nothing has to come first
    although money was awaited, the change is made at once; money is awaited for what is confirmed alone (`forbidden`).
    """
    if awaits == "guest" and not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    if awaits == "guest" and notices.guest_chat(tx, booking) is None:
        raise Refusal("invalid", reason="no_chat", booking=booking.code)
    if awaits == "money" and booking.is_hold:
        raise Refusal("forbidden", reason="prepayment", booking=booking.code)
    if price is not None and not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    found = preview(tx, booking, change, price=price, reason=reason, actor=actor, now=now)
    earlier = open_of(tx, booking.id)
    if earlier is not None:
        _must_not_be_paid(tx, earlier, booking)
    proposed.withdraw(tx, booking, actor=actor, now=now)
    kept = _keep(tx, booking, change, found, awaits=awaits, price=price, reason=reason, actor=actor, now=now)
    booking = _wait(tx, booking, kept, actor=actor, now=now)
    if awaits == "money" and kept.amount == 0:
        _make(tx, kept, actor=actor, now=now)
        return _present(tx, kept)
    proposal_notices.offered(tx, booking, kept, now=now)
    return kept


def difference_of(tx: Tx, one: Proposal) -> Difference:
    """What it would change, by the quotes kept with it: as it was shown, whatever prices are now (R23)."""
    booking = transitions.get(tx, one.booking_id)
    was, new = quotes.load(tx, one.was_quote_id), quotes.load(tx, one.quote_id)
    left = max(was.cancellation.moves_allowed - booking.moves - (one.spends_move and one.is_open), 0)
    return _difference(tx, booking, was, new, spends_move=one.spends_move, moves_left=left)


def as_json(tx: Tx, one: Proposal, language: str = "en") -> dict[str, Any]:
    """As scripts see it: until when it may be agreed to, and what it changes."""
    difference = moving.as_json(difference_of(tx, one), language)
    return {"code": one.code, "expires_at": utc_text(one.expires_at), "change": difference}


def accept(tx: Tx, code: str, *, actor: Actor, now: datetime) -> Booking:
    """The guest says yes: the stay is what was offered, at that price. More than a fifth on top of a confirmed stay is paid first.

    A foreign proposal is `not_found`; one that is over, or was withdrawn, `stale` with its state. A second yes changes nothing.
    """
    one, booking = _theirs(tx, code, actor)
    if one.state == "accepted" or (one.is_open and one.awaits == "money" and not one.lapsed(now)):
        return booking
    _must_wait(one, now)
    found = difference_of(tx, one)
    to_come = _first(tx, booking, found)
    if booking.status == "confirmed" and found.pays_first and to_come > 0:
        return _ask_for_money(tx, one, booking, found, to_come, actor=actor, now=now)
    return _make(tx, one, actor=actor, now=now)


def refuse(tx: Tx, code: str, *, actor: Actor, now: datetime) -> Booking:
    """The guest leaves everything as it is: the old stay stands, the other dates are free, staff learn it.

    A second no changes nothing; `stale` for what is over, `in_flight` while money for it is being taken or looked for.
    """
    one, booking = _theirs(tx, code, actor)
    if one.state == "refused":
        return booking
    _must_wait(one, now)
    _must_not_be_paid(tx, one, booking)
    return _not_made(tx, one, booking, "refused", actor=actor, now=now)


def withdraw(tx: Tx, booking: Booking, *, actor: Actor, now: datetime) -> Booking:
    """Staff take back what they offered, or what waits for money; `stale` where nothing waits, `in_flight` as with `refuse`."""
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    one = open_of(tx, booking.id)
    if one is None:
        raise Refusal("stale", booking=booking.code)
    _must_not_be_paid(tx, one, booking)
    return _not_made(tx, one, booking, "withdrawn", actor=actor, now=now)


def expire(tx: Tx, proposal_id: int, *, now: datetime) -> Proposal:
    """The end of a proposal, to the second (R32); what is not over, or under review, stays as it is."""
    return lapsing.expire_proposal(tx, proposal_id, now=now)


def choose_payment(tx: Tx, code: str, method: str, *, actor: Actor, now: datetime) -> Proposal:
    """The guest says how to pay for the change. `stale` where it does not wait for money, or a receipt is being looked at."""
    one, booking = _theirs(tx, code, actor)
    allowed = [way for way in ways.offered(tx, catalogs.current(tx, now=now)) if way != "cash"]
    if method not in allowed:
        raise Refusal("invalid", reason="payment_method", allowed=allowed)
    _must_wait(one, now)
    if one.awaits != "money":
        raise Refusal("stale", proposal=one.code)
    _must_not_be_paid(tx, one, booking)
    if method in ways.PROVIDERS:
        wanted = asking.change(booking, one.id, missing(tx, one))
        order = checkouts.begin(tx, wanted, provider=method, actor=actor, now=now)
        invoices.send(tx, order, booking, now=now)
    if one.payment_method == method:
        return one
    one = proposed.change(tx, one, "proposal.payment_method", actor=actor, now=now, payment_method=method)
    proposal_notices.changed(tx, booking, one, now=now)
    return one


def money_came(tx: Tx, one: Proposal, payment_id: int, *, actor: Actor = SYSTEM, now: datetime) -> Booking:
    """A payment of its booking was written down: when enough is there the change is made, at the price it was proposed at.

    Money for what is over stays with the booking, toward its balance, and staff are told. Nothing is written twice.
    """
    one, booking = _present(tx, one), transitions.get(tx, one.booking_id)
    payment = payments.get(tx, payment_id)
    if one.state == "accepted" or payment.booking_id != booking.id:
        return booking
    if not one.is_open:
        proposed.say_overpaid(tx, booking, now=now)  # of one that ends with this money its end says so
    if one.lapsed(now):
        one = expire(tx, one.id, now=now)
    if one.is_open and one.awaits == "money" and missing(tx, one) == 0:
        try:
            return _paid_for(tx, one, actor=actor, now=now)
        except Refusal as refusal:
            one = _not_to_be_had(tx, one, refusal, now=now)
    if not one.is_open:
        _stays_with_booking(tx, booking, payment.amount, now=now)
        return booking
    notices.money_changed(tx, booking, now=now)
    proposal_notices.changed(tx, booking, one, now=now)
    return booking


def money_may_do(tx: Tx, proposal_id: int, *, now: datetime) -> None:
    """Somebody wrote money down for the booking, whatever it was meant for: with enough of it the change is made."""
    one = rows.get(tx, proposal_id)
    if one is None or not one.is_open or one.lapsed(now) or one.awaits != "money":
        return
    booking = transitions.get(tx, one.booking_id)
    if missing(tx, one) > 0:
        proposal_notices.changed(tx, booking, one, now=now)
        return
    try:
        _paid_for(tx, one, actor=SYSTEM, now=now)
    except Refusal as refusal:
        _not_to_be_had(tx, one, refusal, now=now)
        _stays_with_booking(tx, booking, one.amount, now=now)


def is_to_be_had(tx: Tx, one: Proposal, *, now: datetime) -> bool:
    """Whether it could be made at this moment: its dates are its own, but an extra may have been stopped, a code used up."""
    try:
        _judge(tx, one, transitions.get(tx, one.booking_id), quotes.load(tx, one.quote_id), now=now)
    except Refusal as refusal:
        if refusal.code not in LOST:
            raise
        return False
    return True


# What is proposed


def _offered(change: Change, reason: str, actor: Actor) -> Change:
    """An offer of the desk is written: by its reason it passes over soft rules (R13)."""
    return replace(change, override=change.override.strip() or reason.strip() or OFFERED) if actor.is_staff else change


def _as_it_stands(tx: Tx, booking: Booking, *, now: datetime) -> Difference:
    """Nothing changed yet: what an owner's price is put on. Refusals as `repricing.set_price`."""
    transitions.must_stand(booking, "confirmed", now=now)
    checkouts.must_not_be_taken(tx, booking)
    was = quotes.load(tx, booking.quote_id)
    left = max(was.cancellation.moves_allowed - booking.moves, 0)
    return _difference(tx, booking, was, was, spends_move=False, moves_left=left)


def _at(tx: Tx, booking: Booking, found: Difference, priced: Quote) -> Difference:
    return _difference(tx, booking, found.was, priced, spends_move=found.spends_move, moves_left=found.moves_left)


def _difference(tx: Tx, booking: Booking, was: Quote, new: Quote, *, spends_move: bool, moves_left: int) -> Difference:
    paid = payments.money_paid(tx, booking.id)
    rest = new.price.rest - was.price.rest
    return Difference(
        was=was,
        now=new,
        lines=changes.line_changes(was.price.lines, new.price.lines),
        dates=changes.dates_of(was.stay.period, new.stay.period),
        spends_move=spends_move,
        moves_left=moves_left,
        paid=paid + new.price.by_gift,
        pays_first=moving.is_agreed(booking, paid)
        and changes.needs_prepayment(was.price.total, was.price.total + rest),
    )


def _first(tx: Tx, booking: Booking, found: Difference) -> int:
    """What has to come first: the difference itself, as far as the stay is not paid for already."""
    rest = found.now.price.rest - found.was.price.rest
    return max(min(rest, found.now.price.rest - payments.money_paid(tx, booking.id)), 0)


def _keep(
    tx: Tx,
    booking: Booking,
    change: Change,
    found: Difference,
    *,
    awaits: Awaits,
    price: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Proposal:
    """Store it with its quote, and take the new dates beside the old ones: the schema lets the booking's own rows lie together."""
    quote = quotes.keep(tx, found.now)
    catalog, stay = catalogs.version(tx, quote.catalog_version), holding.with_every_part(tx, quote.stay, now)
    check_in = min(booking.start, stay.start)
    until = proposal.waits_until(catalog.holds, awaits=awaits, check_in=check_in, now=now)
    lapsing.make_room(tx, catalog, stay, before=stay.unit.before, after=stay.unit.cleaning, now=now)
    assert quote.id is not None, "a kept quote has a number"
    kept = rows.add(
        tx,
        Proposal(
            id=0,
            code=_new_code(tx),
            booking_id=booking.id,
            awaits=awaits,
            was_quote_id=booking.quote_id,
            quote_id=quote.id,
            change=_as_json(change, price),
            spends_move=found.spends_move,
            arrival=stay.arrival,
            departure=stay.departure,
            extras=stay.all_extras(),
            amount=_first(tx, booking, found) if awaits == "money" else 0,
            paid_before=payments.paid(tx, booking.id),
            under_review=False,
            payment_method=None,
            state="open",
            reason=reason.strip()[:500],
            actor=str(actor),
            expires_at=until,
            created_at=now,
            decided_by=None,
            decided_at=None,
            version=1,
        ),
    )
    if stay.period != booking.period or stay.unit.id != booking.unit:
        occupancies.put(
            tx,
            parts=stay.unit.parts,
            kind="booking",
            period=stay.period,
            ref=booking.id,
            before=stay.unit.before,
            after=stay.unit.cleaning,
            proposal_id=kept.id,
        )
    proposed.plan(tx, kept, now=now)
    return kept


def _wait(tx: Tx, booking: Booking, one: Proposal, *, actor: Actor, now: datetime) -> Booking:
    """The booking waits with it: drawn buttons are old, and a hold lasts until there has been time again after the answer."""
    until = booking.hold_expires_at
    if booking.is_hold and not booking.under_review and until is not None:
        until = max(until, _hold_until(tx, booking, now=one.expires_at))
    booking = transitions.change(
        tx, booking, "booking.propose", actor=actor, now=now, reason=one.reason or None, hold_expires_at=until
    )
    if booking.is_hold:
        deadlines.drop(tx, booking, *deadlines.APPROVAL_KINDS, now=now)  # it is not the owner's turn
        deadlines.plan_hold(tx, booking, now=now)
    return booking


def _hold_until(tx: Tx, booking: Booking, *, now: datetime) -> datetime:
    """The end that a hold begun at that moment would have, by what it waits for."""
    method: rules.Method | None = None
    if booking.payment_method == "cash":
        method = "cash"
    elif booking.status == "awaiting_owner":
        method = "approval"
    catalog, stay = transitions.catalog_of(tx, booking), transitions.stay_of(tx, booking)
    return rules.hold_until(catalog, stay, method=method, now=now)


# How it ends


def _ask_for_money(
    tx: Tx, one: Proposal, booking: Booking, found: Difference, amount: int, *, actor: Actor, now: datetime
) -> Booking:
    """Agreed, and more than may wait for the balance: the same proposal now waits for the difference."""
    holds = catalogs.version(tx, found.now.catalog_version).holds
    check_in = min(booking.start, found.now.stay.start)
    until = proposal.waits_until(holds, awaits="money", check_in=check_in, now=now)
    one = proposed.change(
        tx,
        one,
        "proposal.agree",
        actor=actor,
        now=now,
        awaits="money",
        amount=amount,
        paid_before=payments.paid(tx, booking.id),
        expires_at=until,
    )
    proposed.plan(tx, one, now=now)
    proposal_notices.changed(tx, booking, one, now=now)
    _tell(tx, booking, one, now=now)
    notices.sold_otherwise(tx, booking, now=now)
    return booking


def _make(tx: Tx, one: Proposal, *, actor: Actor, now: datetime) -> Booking:
    """The change itself, by the quote that was kept. The dates are its own until this moment; they are judged once more all the same."""
    booking, quote = transitions.get(tx, one.booking_id), quotes.load(tx, one.quote_id)
    transitions.must_stand(booking, "confirmed", now=now)
    if booking.quote_id != one.was_quote_id:
        raise Refusal("stale", proposal=one.code, state="withdrawn")
    _judge(tx, one, booking, quote, now=now)
    one = proposed.close(tx, one, "accepted", actor=actor, now=now)
    booking = moving.carry_out(
        tx,
        booking,
        quote,
        spends_move=one.spends_move,
        action="booking.accept" if one.actor != str(actor) else "booking.move",
        reason=one.reason or None,
        actor=actor,
        now=now,
    )
    _tell(tx, booking, one, now=now)
    return _go_on(tx, booking, one, now=now)


def _judge(tx: Tx, one: Proposal, booking: Booking, quote: Quote, *, now: datetime) -> None:
    """Dates, extras and the code of its price are there for it; else a Refusal of `LOST`."""
    catalog, stay = catalogs.version(tx, quote.catalog_version), holding.with_every_part(tx, quote.stay, now)
    if stay.period != booking.period or stay.unit.id != booking.unit:
        availability.assert_free(tx, catalog, stay, now=now, exclude=booking.id)
    if stay.period != booking.period or stay.all_extras() != booking.extras:
        limits.check_stock(tx, catalog, stay, now=now, exclude=booking.id)
    promos.check_left(tx, booking, quote.price, now=now)


def _paid_for(tx: Tx, one: Proposal, *, actor: Actor, now: datetime) -> Booking:
    """As `_make`; where it refuses nothing is written, and the money that was recorded stays."""
    with tx.attempt():
        return _make(tx, one, actor=actor, now=now)


def _not_to_be_had(tx: Tx, one: Proposal, refusal: Refusal, *, now: datetime) -> Proposal:
    """What it needs went to somebody else, or is not sold any more: it is over, although its money is here."""
    if refusal.code not in LOST:
        raise refusal
    return proposed.close(tx, one, "withdrawn", actor=SYSTEM, now=now)


def _stays_with_booking(tx: Tx, booking: Booking, amount: int, *, now: datetime) -> None:
    """Money for a change that is over counts toward the balance, and staff learn it (R36)."""
    notices.alert(tx, "change_late_money", booking=booking, facts={"amount": amount}, now=now)
    notices.money_changed(tx, booking, now=now)


def _go_on(tx: Tx, booking: Booking, one: Proposal, *, now: datetime) -> Booking:
    """What the booking waits for from now on. Whoever offered the stay has said yes to it; a receipt is still to be judged."""
    if not booking.is_hold:
        return booking
    if booking.under_review:
        return approvals.ask_owner(tx, booking, since=now, now=now)
    if booking.status == "awaiting_owner" or booking.total == 0:
        return deciding.confirm(tx, booking.id, actor=_who_offered(one), now=now)
    return _time_again(tx, booking, now=now)


def _who_offered(one: Proposal) -> Actor:
    """Whose yes it was: named by the log's own name, which cards know how to read."""
    kind, _, number = one.actor.partition(":")
    return Actor(kind, int(number) if number.isdigit() else None, one.actor, "telegram", "owner")


def _not_made(tx: Tx, one: Proposal, booking: Booking, state: str, *, actor: Actor, now: datetime) -> Booking:
    """The old stay stands: whoever decides is told, and what waits for the owner rings again."""
    one = proposed.close(tx, one, state, actor=actor, now=now)
    if state != "withdrawn":
        _tell(tx, booking, one, now=now)
    if booking.is_hold and not booking.under_review:
        booking = _time_again(tx, booking, now=now)
    if booking.status == "awaiting_owner":
        return approvals.ask_owner(tx, booking, since=now, now=now)
    notices.sold_otherwise(tx, booking, now=now)
    return booking


def _time_again(tx: Tx, booking: Booking, *, now: datetime) -> Booking:
    """The hold runs as one that begins now: what it was given for the answer is not for paying."""
    until = _hold_until(tx, booking, now=now)
    booking = transitions.change(
        tx, booking, "booking.answered", actor=SYSTEM, now=now, silently=True, hold_expires_at=until
    )
    deadlines.plan_hold(tx, booking, now=now)
    notices.hold_changed(tx, booking, now=now)
    return booking


def _tell(tx: Tx, booking: Booking, one: Proposal, *, now: datetime) -> None:
    silent = not deadlines.may_ring(transitions.catalog_of(tx, booking), booking, now)
    proposal_notices.answered(tx, booking, one, silent=silent, now=now)


# Who may, and what is still there


def _theirs(tx: Tx, code: str, actor: Actor) -> tuple[Proposal, Booking]:
    """A foreign proposal and a missing one are the same (T3)."""
    one = get(tx, code)
    booking = transitions.get(tx, one.booking_id)
    if not actor.is_staff and (actor.kind != "guest" or actor.id is None or actor.id != booking.guest_id):
        raise Refusal("not_found", what="proposal")
    return one, booking


def _must_wait(one: Proposal, now: datetime) -> None:
    if not one.is_open or one.lapsed(now):
        raise Refusal("stale", proposal=one.code, state="expired" if one.is_open else one.state)


def _must_not_be_paid(tx: Tx, one: Proposal, booking: Booking) -> None:
    """`in_flight` while its money is on the way: what was agreed to may not go away under it."""
    if one.under_review:
        raise Refusal("in_flight", reason="receipt", booking=booking.code)
    order = checkouts.current(tx, booking.id)
    if order is not None and order.proposal_id == one.id and order.verdict == "capture":
        raise Refusal("in_flight", reason="card", booking=booking.code)


def _present(tx: Tx, one: Proposal) -> Proposal:
    found = rows.get(tx, one.id)
    assert found is not None, "proposals are never deleted"
    return found


def _new_code(tx: Tx) -> str:
    while True:
        code = codes.random(quotes.ALPHABET, 8)
        if rows.by_code(tx, code) is None:
            return code


def _as_json(change: Change, price: int | None) -> dict[str, Any]:
    """What was asked to be otherwise, for whoever reads the file later."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat(timespec="minutes")
        return dict(value) if isinstance(value, Mapping) else value

    asked = {name: getattr(change, name) for name in ("arrival", "departure", "unit", "tariff", "party", "extras")}
    found = {name: plain(value) for name, value in asked.items() if value}
    return (
        found | ({"without_promo": True} if change.without_promo else {}) | ({} if price is None else {"price": price})
    )
