"""Owns the making of a proposal: new dates and their price are kept beside the old stay, which stands until it is answered (R36–R38)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from housebot.domain import proposal
from housebot.domain.period import utc_text
from housebot.domain.proposal import Awaits
from housebot.errors import Refusal
from housebot.services import (
    addressing,
    catalogs,
    checkouts,
    codes,
    deadlines,
    differences,
    lapsing,
    moving,
    payments,
    proposal_differences,
    proposal_effects,
    proposal_holds,
    proposal_money,
    proposal_notices,
    proposed,
    quotes,
    repricing,
    taking,
    transitions,
)
from housebot.services.change_wishes import Change
from housebot.services.differences import Difference
from housebot.services.ports import Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage import occupancies
from housebot.storage import proposals as rows
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal

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
    if awaits == "guest" and addressing.guest_chat(tx, booking) is None:
        raise Refusal("invalid", reason="no_chat", booking=booking.code)
    if awaits == "money" and booking.is_hold:
        raise Refusal("forbidden", reason="prepayment", booking=booking.code)
    if price is not None and not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    found = preview(tx, booking, change, price=price, reason=reason, actor=actor, now=now)
    earlier = proposed.open_of(tx, booking.id)
    if earlier is not None:
        proposal_money.must_not_be_on_its_way(tx, earlier, booking)
    proposed.withdraw(tx, booking, actor=actor, now=now)
    kept = _keep(tx, booking, change, found, awaits=awaits, price=price, reason=reason, actor=actor, now=now)
    booking = _wait(tx, booking, kept, actor=actor, now=now)
    if awaits == "money" and kept.amount == 0:
        proposal_effects.make(tx, kept, actor=actor, now=now)
        return proposed.by_id(tx, kept.id)
    proposal_notices.offered(tx, booking, kept, now=now)
    return kept


def as_json(tx: Tx, one: Proposal, language: str = "en") -> dict[str, Any]:
    """As scripts see it: until when it may be agreed to, and what it changes."""
    difference = differences.as_json(proposal_differences.of(tx, one), language)
    return {"code": one.code, "expires_at": utc_text(one.expires_at), "change": difference}


def _offered(change: Change, reason: str, actor: Actor) -> Change:
    """An offer of the desk is written: by its reason it passes over soft rules (R13)."""
    return replace(change, override=change.override.strip() or reason.strip() or OFFERED) if actor.is_staff else change


def _as_it_stands(tx: Tx, booking: Booking, *, now: datetime) -> Difference:
    """Nothing changed yet: what an owner's price is put on. Refusals as `repricing.set_price`."""
    transitions.must_stand(booking, "confirmed", now=now)
    checkouts.must_not_be_taken(tx, booking)
    was = quotes.load(tx, booking.quote_id)
    left = max(was.cancellation.moves_allowed - booking.moves, 0)
    return proposal_differences.between(tx, booking, was, was, spends_move=False, moves_left=left)


def _at(tx: Tx, booking: Booking, found: Difference, priced: Quote) -> Difference:
    return proposal_differences.between(
        tx, booking, found.was, priced, spends_move=found.spends_move, moves_left=found.moves_left
    )


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
    catalog, stay = catalogs.version(tx, quote.catalog_version), taking.with_every_part(tx, quote.stay, now)
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
            change=_as_asked(change, price),
            spends_move=found.spends_move,
            arrival=stay.arrival,
            departure=stay.departure,
            extras=stay.all_extras(),
            amount=proposal_differences.comes_first(tx, booking, found) if awaits == "money" else 0,
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
        until = max(until, proposal_holds.hold_until(tx, booking, now=one.expires_at))
    booking = transitions.change(
        tx, booking, "booking.propose", actor=actor, now=now, reason=one.reason or None, hold_expires_at=until
    )
    if booking.is_hold:
        deadlines.drop(tx, booking, *deadlines.APPROVAL_KINDS, now=now)  # it is not the owner's turn
        deadlines.plan_hold(tx, booking, now=now)
    return booking


def _new_code(tx: Tx) -> str:
    while True:
        code = codes.random(quotes.ALPHABET, 8)
        if rows.by_code(tx, code) is None:
            return code


def _as_asked(change: Change, price: int | None) -> dict[str, Any]:
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
