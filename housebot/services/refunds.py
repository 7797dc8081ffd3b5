"""Owns what a cancellation gives back: one answer, shown before it is done and booked when it is (R53)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from housebot.domain import policy
from housebot.domain import refund as split_of
from housebot.domain.catalog import CancellationTier, Kind, Text, say
from housebot.domain.money import Money
from housebot.domain.refund import Part
from housebot.errors import Refusal
from housebot.services import gift_money, payments, quotes
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
    refund: int  # all of it: on gifts and in money
    seen: bool
    currency: str
    tier: CancellationTier | None
    why: Text
    gifts: tuple[Part, ...] = ()  # what of it goes back to which payment by gift
    choice: Choice = "policy"

    @property
    def money(self) -> int:
        """What a person has to send."""
        return self.refund - split_of.total(self.gifts)

    @property
    def to_card(self) -> int:
        """What goes back on a card of money."""
        return split_of.total(part for part in self.gifts if not part.whole)

    @property
    def certificate(self) -> bool:
        """Whether a certificate is good again."""
        return any(part.whole for part in self.gifts)


def terms(tx: Tx, booking: Booking, choice: Choice, *, now: datetime) -> Refund:
    """What cancelling at this minute gives back. Reads only: whoever cancels in the same piece books exactly this.

    `policy` is what the guest's own cancellation gives, by the policy frozen in the quote. `none` and a sum never keep the
    city tax of nights nobody will stay (R27), nor what a gift pays of a hold: it is burnt at confirmation (R49). It goes
    back to gifts first, then in money, the newest payment first (R48); a certificate as a whole or not at all, and what
    it does not fit into is kept in it. `amount_invalid` for a sum below or above that, or one that a certificate is cut by.
    """
    quote = quotes.load(tx, booking.quote_id)
    price = quote.price
    paid_by, seen = _paid_by(tx, booking)
    paid = split_of.total(paid_by)
    tier: CancellationTier | None = None
    least = paid - min(paid, max(price.total - price.city_tax, 0))
    if booking.is_hold:
        least = max(least, split_of.total(part for part in paid_by if part.method == "gift"))
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
    back = split_of.split(paid_by, refund)
    given = split_of.total(back)
    if isinstance(choice, int) and given != choice:
        facts = {"reason": "certificate", "least": given, "most": paid, "currency": booking.currency}
        raise Refusal("amount_invalid", value=str(choice), **facts)
    by_gift = tuple(part for part in back if part.method == "gift")
    return Refund(paid, paid - given, given, seen, booking.currency, tier, why, by_gift, choice)


def refund_now(tx: Tx, booking: Booking, *, by_owner: bool = False, now: datetime) -> int:
    """What would go back, to gifts and in money, if it were cancelled at this minute; shown before the button is pressed (R53)."""
    return terms(tx, booking, "all" if by_owner else "policy", now=now).refund


def refund_of_decline(tx: Tx, booking: Booking, *, kind: str) -> int | None:
    """The money that declining it for that reason promises to send back; shown before the button is pressed.

    None is whatever came: of a wrong sum all that is known is that it is not the one we asked for.
    """
    paid = payments.money_kept(tx, booking.id)
    if paid or kind in WITHOUT_MONEY:
        return paid
    return None if kind == "wrong_sum" and booking.under_review else _presumed(tx, booking)


def _paid_by(tx: Tx, booking: Booking) -> tuple[list[Part], bool]:
    """What was paid in which way, gifts first, then money, oldest first; and whether somebody has seen all of it."""
    by_gift = [part for _, part in gift_money.paid_by(tx, booking.id)]
    money = payments.in_money(tx, booking.id)
    if not money and (presumed := _presumed(tx, booking)):
        return [*by_gift, Part(0, "bank", presumed)], False
    return [*by_gift, *money], bool(by_gift or money)


def _presumed(tx: Tx, booking: Booking) -> int:
    """What a receipt that nobody has checked is believed to be about: the prepayment, beside what a gift has paid of it."""
    return max(booking.deposit - payments.kept(tx, booking.id), 0) if booking.under_review else 0


def as_json(refund: Refund, language: str = "en") -> dict[str, Any]:
    """As scripts see it."""
    sums = {
        "paid": refund.paid,
        "fee": refund.fee,
        "refund": refund.refund,
        "to_gift": refund.refund - refund.money,
        "to_send": refund.money,
    }
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
        deposit=price.deposit_of_policy,
        city_tax=price.city_tax,
        paid=paid,
        nights=price.nights,
        now=now,
    )
