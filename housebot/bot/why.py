"""Owns why a price is what it is and why so much is given back, in words: the same for the guest and for staff (R22, R53)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from housebot.domain.catalog import say
from housebot.domain.period import local
from housebot.domain.pricing import Line, Price
from housebot.services import bookings, explanations, quotes
from housebot.services.bookings import Booking
from housebot.services.explanations import Why
from housebot.services.ports import Tx
from housebot.services.refunds import Refund
from housebot.words import Html, Words, bold

Named = Callable[[str], str]  # an actor of the audit log, such as `staff:900`, as a name


def refund_lines(
    tx: Tx, words: Words, booking: Booking, terms: Refund | None = None, *, now: datetime, named: Named | None = None
) -> list[Html]:
    """Why this refund: with `terms` what cancelling now would give back, without what was decided; empty where nobody decided.

    The sum first, then who or what decides, then each tier of the policy with its last minute by the clock of the house and
    what it gives back, the one that applies in bold. Staff pass `named` and read who decided and why; a guest does not.
    """
    why = explanations.of_refund(tx, booking) if terms is None else explanations.of_terms(tx, booking, terms, now=now)
    if why is None:
        return []
    saying = _Saying(tx, words, booking)
    lines = [words.t("why.refund"), saying.sums(why), saying.ground(why)]
    if why.decided and named is not None and why.by is not None:
        lines.append(words.t("why.decided_by", name=named(why.by), time=saying.moment(why.at)))
        if why.reason:
            lines.append(words.t("why.reason", reason=saying.reason(why.reason)))
    if why.paid and why.stretches:
        lines.append(words.t("why.policy" if why.choice == "policy" else "why.policy_aside"))
        lines += [saying.tier(why, place) for place in range(len(why.stretches))]
    if why.paid and 0 < why.city_tax <= why.refund and not why.hold:  # of a prepayment none of it is the tax
        lines.append(words.t("why.city_tax", amount=saying.money(why.city_tax)))
    return lines


def price_lines(words: Words, price: Price) -> list[Html]:
    """Each stored line with how it comes about: so many times a price, or once; then what taxes are inside."""
    lines = [_line(words, price, one) for one in price.lines]
    for tax in price.taxes:
        facts = {"tax": say(tax.label, words.language), "amount": words.amount(tax.amount, price.currency)}
        lines.append(words.t("summary.included_tax", **facts))
    return lines


def booking_lines(tx: Tx, words: Words, booking: Booking, *, named: Named | None = None) -> list[Html]:
    """Why this price of a booking: the lines, the total, the gift, the prepayment with its reason, and how the price has changed since."""
    price, saying = quotes.load(tx, booking.quote_id).price, _Saying(tx, words, booking)
    lines = [
        words.t("summary.why"),
        *price_lines(words, price),
        words.t("summary.total", total=saying.money(price.total)),
    ]
    if price.gift is not None:
        lines.append(words.t("why.gift", amount=saying.money(price.gift.amount)))
    if price.due_now > 0:
        reason = say(price.deposit_reason, words.language)
        lines.append(words.t("why.deposit", amount=saying.money(price.due_now), reason=reason))
    for one in explanations.of_price(tx, booking):
        facts: dict[str, Any] = {"before": words.amount(one.before, booking.currency), "after": saying.money(one.after)}
        key = "why.price_set" if one.kind == "set" else "why.price_moved"
        lines.append(words.t(key, time=saying.moment(one.at), **facts))
        if named is not None:
            lines.append(words.t("why.by", name=named(one.by)))
            if one.reason:
                lines.append(words.t("why.reason", reason=one.reason))
    return lines


def _line(words: Words, price: Price, line: Line) -> Html:
    rule = words.plain("summary.button.rule_once")
    if line.quantity > 1 and line.unit_price is not None:
        rule = f"{line.quantity} × {words.amount(line.unit_price, price.currency)}"
    elif line.amount == 0:
        rule = words.plain("summary.button.rule_included")
    facts = {"label": say(line.label, words.language), "amount": words.amount(line.amount, price.currency)}
    return words.t("summary.why_line", rule=rule, **facts)


class _Saying:
    """The pieces, about one booking in one language."""

    def __init__(self, tx: Tx, words: Words, booking: Booking) -> None:
        self.tx, self.words, self.booking = tx, words, booking
        self.zone = bookings.stay_of(tx, booking).unit.zone

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.booking.currency)

    def moment(self, at: datetime) -> str:
        return self.words.moment(local(at, self.zone))

    def reason(self, said: str) -> str:
        """One of the usual reasons in words, or what somebody wrote."""
        return self.words.t(f"declined.reason.{said}") if said in bookings.DECLINE_KINDS or said == "other" else said

    def sums(self, why: Why) -> Html:
        if not why.paid:
            return self.words.t("why.nothing_paid")
        key = "why.was_given" if why.decided else "why.would_give" if why.seen else "why.would_give_unseen"
        time = self.moment(why.at)
        facts = {
            "refund": self.money(why.refund),
            "paid": self.money(why.paid),
            "kept": self.money(why.fee),
            "time": time,
        }
        text = self.words.t(key, **facts)
        if not why.to_gift:
            return text
        shares = {"to_gift": self.money(why.to_gift), "money": self.money(why.refund - why.to_gift)}
        return Html(f"{text} {self.words.t('why.shares', **shares)}")

    def ground(self, why: Why) -> Html:
        """What decides: the policy of the booking, that it was never confirmed, or a person."""
        if why.hold and why.choice in {"policy", "all"}:
            return self.words.t("why.only_a_hold")
        match why.choice:
            case "policy":
                return self.words.t("why.by_policy")
            case "all":
                return self.words.t("why.all")
            case "none":
                return self.words.t("why.none")
            case int():
                return self.words.t("why.sum", amount=self.money(why.choice))

    def tier(self, why: Why, place: int) -> Html:
        one = why.stretches[place]
        said = say(explanations.stretch_words(self.tx, self.booking, why, one), self.words.language)
        facts = {"words": said, "refund": self.money(one.refund)}
        if one.until is not None:
            text = self.words.t("why.tier", until=self.moment(one.until), **facts)
        else:
            text = self.words.t("why.tier_last" if place else "why.tier_always", **facts)
        return self.words.t("why.applies", tier=bold(text)) if place == why.applied else text
