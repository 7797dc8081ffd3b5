"""Owns paying a booking that stands with a gift: what was sold without one is paid by it from now on, once (R48, R49)."""

from dataclasses import replace
from datetime import datetime

from housebot.domain.catalog import Catalog
from housebot.domain.gift import Gift, Share
from housebot.domain.pricing import Price, gifts
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    checkouts,
    deciding,
    gift_ledger,
    gift_money,
    lapsing,
    payment_notices,
    payments,
    quotes,
    transitions,
)
from housebot.services.ports import Actor, Tx
from housebot.storage import proposals
from housebot.storage.bookings import Booking


def redeem(
    tx: Tx, gift: Gift, booking_id: int | str, amount: int | None = None, *, actor: Actor, now: datetime
) -> Booking:
    """The gift pays what is still due, as much as there is on it, or that `amount`; a certificate what its stay costs.

    For staff alone. `gift_invalid` for one that is over, voided or has nothing to pay, `gift_insufficient` for less on it than
    is asked for, `amount_invalid` for more than is due. A booking has one gift: while one pays for it, `already_decided`. A change that
    waits is decided first (`stale`), money that is being taken by card is `in_flight`. A hold with nothing left to pay is confirmed (R29).
    """
    booking = transitions.get(tx, booking_id)
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    transitions.must_stand(booking, "confirmed", "in_house", now=now)
    if checkouts.is_being_taken(
        tx, booking.id
    ):  # of what is booked too: the card and the gift would pay the same money
        raise Refusal("in_flight", reason="card", booking=booking.code)
    if booking.test:
        raise Refusal("gift_invalid", reason="test_booking", booking=booking.code)
    if gift_money.paid_by(tx, booking.id):
        raise Refusal("already_decided", what="gift", booking=booking.code, status=str(booking.status))
    if proposals.open_of(tx, booking.id) is not None:
        raise Refusal("stale", booking=booking.code, reason="change_waits")
    for one in gift_ledger.holders(tx, gift.id):
        if one.lapsed(now):  # its time is over, and what it kept of the gift goes to whoever comes first (R32)
            lapsing.expire(tx, one.id, now=now)
    was = quotes.load(tx, booking.quote_id)
    catalog = catalogs.version(tx, was.catalog_version)
    pays = _pays(tx, catalog, booking, was, gift, amount)
    price = _price(tx, catalog, booking, was, gift, pays)
    fresh = quotes.unkept(catalog, was.request, was.stay, price, policy=was.policy, guest_id=was.guest_id, now=now)
    quote = quotes.keep(tx, fresh)
    booking = transitions.change(
        tx,
        booking,
        "booking.gift",
        actor=actor,
        now=now,
        swap=transitions.reallocate,
        quote_id=quote.id,
        total=price.total,
        deposit=price.deposit,
    )
    gift_money.reserve(tx, booking, price, zone=was.stay.unit.zone, actor=actor, now=now)
    booking = checkouts.follow(tx, booking, actor=actor, now=now)
    payment_notices.money_changed(tx, booking, now=now)
    if booking.is_hold and not booking.under_review and not payments.balance(tx, booking):
        return deciding.confirm(tx, booking.id, actor=actor, now=now)
    return booking


def _pays(tx: Tx, catalog: Catalog, booking: Booking, was: quotes.Quote, gift: Gift, amount: int | None) -> int:
    """What the gift takes over, in minor units."""
    due, left = payments.balance(tx, booking), gift_ledger.left(tx, gift.id)
    if not due:
        raise Refusal("gift_invalid", reason="nothing_to_pay", gift=gift.code)
    if gift.kind == "stay":
        if amount is not None:
            raise Refusal("amount_invalid", reason="certificate", gift=gift.code)
        bare = replace(was.price, gift=None)
        share = gifts.pay_with(catalog, was.stay, bare, gift, left=left, hand_prices=catalogs.hand_prices(tx)).gift
        assert share is not None, "it was asked for"
        return min(share.amount, due)
    wanted = min(due, left) if amount is None else amount
    if wanted > due:
        raise Refusal("amount_invalid", reason="overpaid", overpaid=wanted - due, currency=booking.currency)
    if left <= 0 or wanted > left:
        raise Refusal("gift_insufficient", gift=gift.code, left=left, needs=wanted)
    return wanted


def _price(tx: Tx, catalog: Catalog, booking: Booking, was: quotes.Quote, gift: Gift, pays: int) -> Price:
    """The price it was sold for, with what the gift pays of it; what was agreed keeps its prepayment."""
    agreed = not booking.is_hold or booking.under_review or payments.money_paid(tx, booking.id) > 0
    bare = replace(was.price, deposit=was.price.deposit_of_policy, gift=None)
    share = Share(gift.id, gift.code, gift.kind, pays, bare.deposit)
    return gifts.still_pays(catalog, was.stay, bare, replace(bare, gift=share), pays, agreed=agreed)
