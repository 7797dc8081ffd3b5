"""Owns what a cancellation gives back: one answer, shown before it is done and booked when it is (R53)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from housebot.domain import policy
from housebot.domain.catalog import CancellationTier, Kind, Text, say
from housebot.domain.money import Money
from housebot.errors import Refusal
from housebot.services import payments, quotes
from housebot.services.ports import Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking

Choice = Literal["all", "policy", "none"] | int  # a number: that sum, in minor units

WITHOUT_MONEY = frozenset({"money_not_seen", "unreadable"})  # declined for this, nothing is presumed to have come
CHOSEN: Text = {"ru": "так решил хозяин", "en": "the owner decided so"}
EVERYTHING: Text = {"ru": "отменяет хозяин, возвращаем всё", "en": "the owner cancels, everything is given back"}
ONLY_A_HOLD: Text = {"ru": "бронь не была подтверждена", "en": "the booking was never confirmed"}


@dataclass(frozen=True, slots=True)
class Refund:
    """What is paid, what of it is kept and what goes back, with the reason in words; `tier` where one decided."""

    paid: int  # or presumed from a receipt that nobody has judged yet: then `seen` is false
    fee: int
    refund: int
    seen: bool
    currency: str
    tier: CancellationTier | None
    why: Text


def terms(tx: Tx, booking: Booking, choice: Choice, *, now: datetime) -> Refund:
    """What cancelling at this minute gives back. Reads only: whoever cancels in the same piece books exactly this.

    `policy` is what the guest's own cancellation gives, by the policy frozen in the quote. `none` and a sum never keep the
    city tax of nights nobody will stay (R27). `amount_invalid` for a sum below that, or above what was paid.
    """
    quote = quotes.load(tx, booking.quote_id)
    seen = payments.kept(tx, booking.id)
    paid = seen or _presumed(booking)
    price = quote.price
    tier: CancellationTier | None = None
    least = paid - min(paid, max(price.total - price.city_tax, 0))
    match choice:
        case "all":
            refund, why = paid, EVERYTHING
        case "policy" if booking.is_hold:
            refund, why = paid, ONLY_A_HOLD
        case "policy":
            found = _by_policy(quote, paid=paid, now=now)
            refund, tier = found.refund, found.tier
            why = policy.fee_words(quote.cancellation, tier, visit=quote.stay.tariff.kind is Kind.SLOT)
        case "none":
            refund, why = least, CHOSEN
        case int():
            if not least <= choice <= paid:
                facts = {"reason": "refund", "least": least, "most": paid, "currency": booking.currency}
                raise Refusal("amount_invalid", value=str(choice), **facts)
            refund, why = choice, CHOSEN
    return Refund(paid, paid - refund, refund, seen > 0, booking.currency, tier, why)


def refund_now(tx: Tx, booking: Booking, *, by_owner: bool = False, now: datetime) -> int:
    """What would be sent back if it were cancelled at this minute; shown before the button is pressed (R53)."""
    return terms(tx, booking, "all" if by_owner else "policy", now=now).refund


def refund_of_decline(tx: Tx, booking: Booking, *, kind: str) -> int | None:
    """What declining it for that reason promises to send back; shown before the button is pressed.

    None is whatever came: of a wrong sum all that is known is that it is not the one we asked for.
    """
    paid = payments.kept(tx, booking.id)
    if paid or kind in WITHOUT_MONEY:
        return paid
    return None if kind == "wrong_sum" and booking.under_review else _presumed(booking)


def _presumed(booking: Booking) -> int:
    """What a receipt that nobody has checked is believed to be about."""
    return booking.deposit if booking.under_review else 0


def as_json(refund: Refund, language: str = "en") -> dict[str, Any]:
    """As scripts see it."""
    sums = {"paid": refund.paid, "fee": refund.fee, "refund": refund.refund}
    tier = refund.tier
    return {
        **{name: Money(amount, refund.currency).json() for name, amount in sums.items()},
        "seen": refund.seen,
        "tier": None if tier is None else {"before_minutes": tier.before_minutes, "fee": tier.fee, "value": tier.value},
        "why": say(refund.why, language),
    }


def _by_policy(quote: Quote, *, paid: int, now: datetime) -> policy.Cancellation:
    price = quote.price
    return policy.cancellation(
        quote.cancellation,
        quote.stay,
        total=price.total,
        deposit=price.deposit,
        city_tax=price.city_tax,
        paid=paid,
        nights=price.nights,
        now=now,
    )
