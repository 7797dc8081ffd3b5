"""Owns the owner's price of a stay: what somebody of the staff decides it costs, with a reason (R13, R23)."""

from dataclasses import replace
from datetime import datetime

from housebot.domain import policy
from housebot.domain.pricing import owner, whole
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    checkouts,
    deciding,
    gift_money,
    notices,
    payments,
    proposed,
    quotes,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.services.quotes import Quote
from housebot.storage.bookings import Booking


def set_price(
    tx: Tx,
    booking_id: int | str,
    total: int,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Booking:
    """The stay costs that from now on: a new quote with one line more, the old one is kept (R23); the guest is told.

    For staff alone (`forbidden`), with a reason. `amount_invalid` below the city tax, `invalid` (`nothing_changes`) for
    the price it has; a hold that is over or a `version` of before is `stale`, what is over `already_decided`, money
    that is being taken by card `in_flight`. A hold nobody paid for has the prepayment of its new price, anything else keeps
    what was agreed, as far as there is a price for it. A hold with nothing left to pay beside its gift is confirmed (R29).
    Money paid above the price stays until somebody sends it back; what a gift has paid above it is on the gift again (R48).
    """
    booking = transitions.get(tx, booking_id)
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    if version is not None and version != booking.version:
        raise Refusal("stale", booking=booking.code, status=booking.status, version=booking.version)
    transitions.must_stand(booking, "confirmed", "in_house", now=now)
    checkouts.must_not_be_taken(tx, booking)
    if total == booking.total:
        raise Refusal("invalid", reason="nothing_changes", booking=booking.code)
    was = quotes.load(tx, booking.quote_id)
    quote = quotes.keep(tx, at_price(tx, booking, was, total, now=now))
    price = quote.price
    before = booking.total
    booking = transitions.change(
        tx,
        booking,
        "booking.set_price",
        actor=actor,
        now=now,
        reason=reason.strip(),
        swap=transitions.reallocate,
        quote_id=quote.id,
        total=price.total,
        deposit=price.deposit,
    )
    gift_money.rebook(tx, booking, price, actor=actor, now=now)  # first: the page asks for what is left beside it
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    notices.priced(tx, booking, before=before, now=now)
    if booking.total < before:
        proposed.say_overpaid(tx, booking, now=now)
    if booking.is_hold and price.rest == 0 and not booking.under_review:
        return deciding.confirm(tx, booking.id, actor=actor, now=now)
    return booking


def at_price(tx: Tx, booking: Booking, quote: Quote, total: int, *, now: datetime) -> Quote:
    """The quote of a stay of this booking, at the owner's price; nobody keeps it yet. `amount_invalid` below the city tax."""
    sold = quotes.load(tx, booking.quote_id).price
    catalog = catalogs.version(tx, quote.catalog_version)
    agreed = not booking.is_hold or booking.under_review or payments.money_paid(tx, booking.id) > 0
    without = replace(quote.price, deposit=quote.price.deposit_of_policy, gift=None)
    price = owner.at_total(catalog, quote.stay, without, total)
    if not agreed:
        deposit, words = policy.deposit(
            catalog, quote.stay, total=price.total, city_tax=price.city_tax, nights=price.nights
        )
        price = replace(price, deposit=deposit, deposit_reason=words)
    price = gift_money.still_pays(tx, catalog, booking, quote.stay, price, sold, agreed=agreed)
    if not agreed:
        price = whole.at_once(catalog, quote.stay, price, now=now)
    return quotes.unkept(
        catalog, quote.request, quote.stay, price, policy=quote.policy, guest_id=quote.guest_id, now=now
    )
