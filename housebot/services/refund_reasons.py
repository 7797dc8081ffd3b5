"""Owns why a cancellation gives back what it gives back: every tier with its last minute and its sum, and the one that counts (R53)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from housebot.domain import policy
from housebot.domain.catalog import CancellationTier, Kind, Text
from housebot.services import audit, quotes, refunds
from housebot.services.ports import Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking


@dataclass(frozen=True, slots=True)
class Row:
    """One tier in words; `until` is its last minute, None for all the time after the last of them."""

    words: Text
    until: datetime | None
    refund: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Reasons:
    """What goes back of what was paid and why; `rows` are empty where no policy but a person decided."""

    paid: int
    refund: int
    why: Text
    rows: tuple[Row, ...]
    booked: bool  # it was cancelled: this is what was decided then


def explain(tx: Tx, booking: Booking, *, now: datetime) -> Reasons | None:
    """The refund of cancelling now, or of the cancellation that was; None where nothing was paid, or never by a policy."""
    if booking.status in {"confirmed", "in_house"}:
        found = refunds.terms(tx, booking, "policy", now=now)
        if not found.paid:
            return None
        return Reasons(found.paid, found.refund, found.why, _rows(tx, booking, found.paid, found.tier), booked=False)
    decided = _decided(tx, booking)
    if decided is None:
        return None
    paid, refund, choice = int(decided["paid"]), int(decided["refund"]), decided["choice"]
    if choice != "policy":
        return Reasons(paid, refund, refunds.EVERYTHING if choice == "all" else refunds.CHOSEN, (), booked=True)
    quote = quotes.load(tx, booking.quote_id)
    at = booking.decided_at or now
    tier = _cancellation(quote, paid=paid, now=at).tier
    why = policy.fee_words(quote.cancellation, tier, visit=_is_visit(quote))
    return Reasons(paid, refund, why, _rows(tx, booking, paid, tier), booked=True)


def _decided(tx: Tx, booking: Booking) -> dict[str, Any] | None:
    """What was remembered when it was cancelled; a hold had no policy yet."""
    if booking.status not in {"cancelled_by_guest", "cancelled_by_owner"}:
        return None
    history = audit.history(tx, booking.subject)
    if not any(entry.action == "booking.confirm" for entry in history):
        return None
    found = [entry.after for entry in history if entry.action == "booking.refund"]
    return dict(found[-1]) if found else None


def _rows(tx: Tx, booking: Booking, paid: int, counts: CancellationTier | None) -> tuple[Row, ...]:
    """The tiers, the earliest deadline first, then what is left when the last is over."""
    quote = quotes.load(tx, booking.quote_id)
    terms, visit = quote.cancellation, _is_visit(quote)
    tiers = sorted(terms.tiers, key=lambda tier: -tier.before_minutes)
    rows = []
    for tier in tiers:
        until = policy.tier_ends(tier, quote.stay)
        refund = _cancellation(quote, paid=paid, now=until).refund
        rows.append(Row(policy.fee_words(terms, tier, visit=visit), until, refund, tier == counts))
    if tiers and tiers[-1].before_minutes:
        after = paid - min(paid, max(quote.price.total - quote.price.city_tax, 0))
        rows.append(Row(policy.AFTER_ALL, None, after, counts is None))
    return tuple(rows)


def _cancellation(quote: Quote, *, paid: int, now: datetime) -> policy.Cancellation:
    price = quote.price
    return policy.cancellation(
        quote.cancellation,
        quote.stay,
        total=price.total,
        deposit=price.deposit_of_policy,
        city_tax=price.city_tax,
        paid=paid,
        nights=price.nights,
        now=now,
    )


def _is_visit(quote: Quote) -> bool:
    return quote.stay.tariff.kind is Kind.SLOT
