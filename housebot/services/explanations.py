"""Owns why a price is what it is and why so much goes back: from what was stored and decided, for guest, staff and shell alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from housebot.domain import edges, policy
from housebot.domain.catalog import Kind, Text, say
from housebot.domain.edges import Stretch
from housebot.domain.money import Money
from housebot.domain.period import utc_text
from housebot.services import audit, quotes
from housebot.services.audit import Entry
from housebot.services.ports import Tx
from housebot.services.refunds import Choice, Refund
from housebot.storage.bookings import Booking

_PRICES = {"booking.set_price": "set", "booking.move": "moved"}


@dataclass(frozen=True, slots=True)
class Why:
    """One refund with its grounds: as it would be at `at`, or as it was decided then `by` somebody.

    `stretches` is the policy on the clock, `applied` the place of what decides at that minute; both are empty for a hold,
    which no policy is about. `choice` says whether the policy decided, or somebody chose all, nothing or a sum.
    """

    decided: bool
    at: datetime
    by: str | None  # as the audit log names them
    reason: str | None
    choice: Choice
    paid: int
    fee: int
    refund: int
    to_gift: int
    city_tax: int
    seen: bool
    hold: bool
    visit: bool
    stretches: tuple[Stretch, ...]
    applied: int | None


@dataclass(frozen=True, slots=True)
class Repriced:
    """A price that became another: `set` by the owner, or `moved` with the stay."""

    kind: str
    at: datetime
    by: str
    before: int
    after: int
    reason: str | None


def of_terms(tx: Tx, booking: Booking, terms: Refund, *, now: datetime) -> Why:
    """Why cancelling at this minute gives back what `refunds.terms` says."""
    return _why(
        tx,
        booking,
        decided=False,
        at=now,
        choice=terms.choice,
        paid=terms.paid,
        fee=terms.fee,
        refund=terms.refund,
        to_gift=terms.refund - terms.money,
        seen=terms.seen,
        hold=booking.is_hold,
    )


def of_refund(tx: Tx, booking: Booking) -> Why | None:
    """Why so much was given back when it was cancelled; None for a booking that nobody has cancelled or declined."""
    if booking.decided_at is None or booking.status not in {"cancelled_by_guest", "cancelled_by_owner", "declined"}:
        return None
    history = audit.history(tx, booking.subject)
    entry = next((one for one in reversed(history) if one.action == "booking.refund"), None)
    end = next((one for one in reversed(history) if (one.after or {}).get("status") == booking.status), entry)
    booked: dict[str, Any] = (entry.after or {}) if entry is not None else {}
    declined = booking.status == "declined"
    return _why(
        tx,
        booking,
        decided=True,
        at=booking.decided_at,
        by=end.actor if end is not None else booking.decided_by,
        reason=booking.reason,
        choice=booked.get("choice", "all" if declined else "policy"),
        paid=booked.get("paid", 0),
        fee=booked.get("fee", 0),
        refund=booked.get("refund", 0),
        to_gift=booked.get("to_gift", 0),
        seen=booked.get("seen", True),
        hold=declined or _never_confirmed(end),
    )


def of_price(tx: Tx, booking: Booking) -> list[Repriced]:
    """How the price became what it is after it was sold, oldest first."""
    found = []
    for entry in audit.history(tx, booking.subject):
        before, after = entry.before or {}, entry.after or {}
        if entry.action in _PRICES and "total" in after:
            was, now = int(before["total"]), int(after["total"])
            found.append(Repriced(_PRICES[entry.action], entry.at, entry.actor, was, now, entry.reason))
    return found


def stretch_words(tx: Tx, booking: Booking, why: Why, stretch: Stretch) -> Text:
    """The tier of the stretch in words, as its guest was promised it."""
    terms = quotes.load(tx, booking.quote_id).cancellation
    return policy.fee_words(terms, stretch.tier, visit=why.visit)


def refund_json(tx: Tx, booking: Booking, why: Why, language: str = "en") -> dict[str, Any]:
    """As scripts see it; `tiers` with the last instant of each, null for what comes after the last."""

    def money(amount: int) -> Any:
        return Money(amount, booking.currency).json()

    return {
        "decided": why.decided,
        "at": utc_text(why.at),
        "by": why.by,
        "reason": why.reason,
        "choice": money(why.choice) if isinstance(why.choice, int) else why.choice,
        "paid": money(why.paid),
        "fee": money(why.fee),
        "refund": money(why.refund),
        "to_gift": money(why.to_gift),
        "city_tax": money(why.city_tax),
        "tiers": [
            {
                "until": None if one.until is None else utc_text(one.until),
                "words": say(stretch_words(tx, booking, why, one), language),
                "fee": money(one.fee),
                "refund": money(one.refund),
                "applied": place == why.applied,
            }
            for place, one in enumerate(why.stretches)
        ],
    }


def price_json(booking: Booking, changes: list[Repriced]) -> list[dict[str, Any]]:
    """The changes of a price as scripts see them."""
    return [
        {
            "kind": one.kind,
            "at": utc_text(one.at),
            "by": one.by,
            "before": Money(one.before, booking.currency).json(),
            "after": Money(one.after, booking.currency).json(),
            "reason": one.reason,
        }
        for one in changes
    ]


def _why(
    tx: Tx,
    booking: Booking,
    *,
    decided: bool,
    at: datetime,
    by: str | None = None,
    reason: str | None = None,
    choice: Choice,
    paid: int,
    fee: int,
    refund: int,
    to_gift: int,
    seen: bool,
    hold: bool,
) -> Why:
    quote = quotes.load(tx, booking.quote_id)
    price, laid_out = quote.price, ()  # type: tuple[Any, tuple[Stretch, ...]]
    if not hold:
        laid_out = edges.stretches(
            quote.cancellation,
            quote.stay,
            total=price.total,
            deposit=price.deposit_of_policy,
            city_tax=price.city_tax,
            paid=paid,
            nights=price.nights,
        )
    return Why(
        decided,
        at,
        by,
        reason,
        choice,
        paid,
        fee,
        refund,
        to_gift,
        price.city_tax,
        seen,
        hold,
        quote.stay.tariff.kind is Kind.SLOT,
        laid_out,
        edges.applies(laid_out, at) if laid_out else None,
    )


def _never_confirmed(entry: Entry | None) -> bool:
    return entry is not None and (entry.before or {}).get("status") in {"held", "awaiting_payment", "awaiting_owner"}
