"""Owns what gifts pay: taken with the dates, following the price of a stay, given back when it comes to nothing (R48, R49)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

from housebot.domain import gift as rules
from housebot.domain.catalog import Catalog, DatedPrice
from housebot.domain.gift import Gift
from housebot.domain.period import local
from housebot.domain.pricing import Price, gifts
from housebot.domain.refund import Part
from housebot.domain.status import BLOCKING, HOLDING
from housebot.domain.stay import Stay
from housebot.errors import Refusal
from housebot.services import gift_ledger, payments
from housebot.services.ports import Actor, Tx
from housebot.storage import gifts as rows
from housebot.storage.bookings import Booking


class OnReturn(TypedDict):
    """Minor units that are on a card of money again, and whether a certificate is good again."""

    to_gift: int
    certificate: bool


def applied(
    tx: Tx,
    catalog: Catalog,
    code: str,
    stay: Stay,
    price: Price,
    *,
    hand_prices: Sequence[DatedPrice] = (),
    now: datetime,
) -> Price:
    """The price with what this gift pays of it.

    `gift_invalid` for a code that is unknown, over, voided or of another desk's money, `gift_insufficient` for an empty
    gift. Facts name the true reason, for staff; a guest is told one and the same thing (R49).
    """
    gift = rows.by_key(tx, rules.key(code))
    if gift is None:
        raise Refusal("gift_invalid", reason="unknown")
    _must_be_good(gift, currency=catalog.currency, zone=stay.unit.zone, now=now)
    # What a hold keeps that is over is as good as there: whoever comes first expires it (R32).
    lapsed = {one.id for one in gift_ledger.holders(tx, gift.id) if one.lapsed(now)}
    kept = -sum(entry.amount for entry in gift_ledger.entries(tx, gift.id) if entry.booking_id in lapsed)
    return gifts.pay_with(
        catalog, stay, price, gift, left=gift_ledger.left(tx, gift.id) + kept, hand_prices=hand_prices
    )


def reserve(tx: Tx, booking: Booking, price: Price, *, zone: ZoneInfo, actor: Actor, now: datetime) -> None:
    """Take what the price promised, in the transaction that takes the dates.

    `gift_insufficient` where somebody was faster: less than the guest has seen is not silently taken for it.
    """
    share = price.gift
    if share is None:
        return
    gift = _gift(tx, share.gift_id)
    _must_be_good(gift, currency=booking.currency, zone=zone, now=now)
    left, needs = gift_ledger.left(tx, gift.id), share.amount if gift.kind == "money" else 1
    if left < needs:
        raise Refusal("gift_insufficient", gift=gift.code, left=left, needs=needs)
    _redeem(tx, gift, booking, share.amount, needs=needs, actor=actor, now=now)


def still_pays(
    tx: Tx,
    catalog: Catalog,
    booking: Booking,
    stay: Stay,
    price: Price,
    was: Price,
    *,
    hand_prices: Sequence[DatedPrice] | None = None,
    agreed: bool,
) -> Price:
    """A price drawn without a gift, of a stay that was sold with one: the gift pays on, and nothing new is taken from it.

    Never more than it has paid; with `hand_prices` a certificate pays what its stay costs at the new dates (R49).
    """
    for gift, part in paid_by(tx, booking.id):
        pays = part.amount
        if gift.kind == "stay" and hand_prices is not None:
            with suppress(Refusal):  # its tariff is no longer sold, or not in that length: it is worth what it was
                pays = gifts.worth(catalog, stay, gift, hand_prices=hand_prices)
        return gifts.still_pays(catalog, stay, price, was, pays, agreed=agreed)
    return price


def rebook(tx: Tx, booking: Booking, price: Price, *, actor: Actor, now: datetime) -> None:
    """The ledgers follow the new price of a booking: what a card has paid above it goes back, a certificate is burnt anew."""
    pays = price.by_gift
    for gift, part in paid_by(tx, booking.id):
        if part.whole and part.amount != pays:
            give_back(tx, booking, [part], actor=actor, now=now)
            if pays > 0:
                _redeem(tx, gift, booking, pays, needs=1, actor=actor, now=now)
        elif part.amount > pays:
            give_back(tx, booking, [replace(part, amount=part.amount - pays)], actor=actor, now=now)


def holders_lapsed(tx: Tx, price: Price, *, now: datetime) -> list[Booking]:
    """Holds whose time is over and that still stand on the gift of this price: whoever comes first expires them (R32)."""
    return [] if price.gift is None else [one for one in gift_ledger.holders(tx, price.gift.gift_id) if one.lapsed(now)]


def follow(tx: Tx, was: str, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Everything goes back on the gift when a hold comes to nothing (R38, R49).

    What goes back when a confirmed stay is cancelled is a matter of policy, and of whoever decides it.
    """
    if booking.status not in BLOCKING and was in HOLDING:
        give_back(tx, booking, [part for _, part in paid_by(tx, booking.id)], actor=actor, now=now)


def paid_by(tx: Tx, booking_id: int) -> list[tuple[Gift, Part]]:
    """What each gift has paid for the booking and not got back; a certificate is one whole."""
    found: dict[int, Part] = {}
    for entry in rows.entries_of_booking(tx, booking_id):
        if entry.kind == "redeem":
            assert entry.payment_id is not None, "the schema sees to it"
            found[entry.gift_id] = Part(entry.payment_id, "gift", entry.paid)
        else:
            part = found[entry.gift_id]
            found[entry.gift_id] = replace(part, amount=part.amount - entry.paid)
    paid = [(_gift(tx, gift_id), part) for gift_id, part in found.items() if part.amount > 0]
    return [(gift, replace(part, whole=gift.kind == "stay")) for gift, part in paid]


def on_return(tx: Tx, booking_id: int) -> OnReturn:
    """What a hold that comes to nothing puts back on gifts: all of it, told as it is told of a cancellation."""
    parts = [part for _, part in paid_by(tx, booking_id)]
    return {
        "to_gift": sum(part.amount for part in parts if not part.whole),
        "certificate": any(part.whole for part in parts),
    }


def give_back(tx: Tx, booking: Booking, back: Iterable[Part], *, actor: Actor, now: datetime) -> None:
    """Put these parts of what gifts paid back on them, as refunds in the ledger of the booking; money is no business of ours."""
    of_payment = {part.payment_id: gift for gift, part in paid_by(tx, booking.id)}
    for part in back:
        gift = of_payment.get(part.payment_id)
        if gift is None:
            continue
        refund = payments.record(
            tx, booking, part.amount, kind="refund", method="gift", refunds=part.payment_id, actor=actor, now=now
        )
        amount = part.amount if gift.kind == "money" else 1
        gift_ledger.enter(
            tx, gift, kind="return", amount=amount, booking_id=booking.id, payment_id=refund, actor=actor, now=now
        )


def _must_be_good(gift: Gift, *, currency: str, zone: ZoneInfo, now: datetime) -> None:
    rules.check(gift, on=local(now, zone).date())
    if gift.currency != currency:
        raise Refusal("gift_invalid", reason="currency", gift=gift.code, currency=gift.currency)


def _redeem(tx: Tx, gift: Gift, booking: Booking, amount: int, *, needs: int, actor: Actor, now: datetime) -> None:
    """It pays so much of the booking; money that came beside it while it was away is too much, and not refused for it."""
    paid = payments.record(tx, booking, amount, method="gift", twice=True, actor=actor, now=now)
    gift_ledger.enter(
        tx, gift, kind="redeem", amount=-needs, booking_id=booking.id, payment_id=paid, actor=actor, now=now
    )


def _gift(tx: Tx, gift_id: int) -> Gift:
    gift = rows.get(tx, gift_id)
    assert gift is not None, "gifts are never deleted"
    return gift
