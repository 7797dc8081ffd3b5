"""Owns gifts at the desk: sold by staff, paying for a hold from its first second, given back when the stay comes to nothing (R48, R49)."""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from housebot.domain import gift as rules
from housebot.domain.catalog import Catalog, DatedPrice, Kind, Tariff
from housebot.domain.gift import Gift
from housebot.domain.money import LARGEST, Money
from housebot.domain.period import local, utc_text
from housebot.domain.pricing import Price, gifts
from housebot.domain.refund import Part
from housebot.domain.status import BLOCKING, HOLDING
from housebot.domain.stay import Stay
from housebot.domain.stay_rules import months_later
from housebot.errors import Refusal
from housebot.services import audit, catalogs, notices, payments
from housebot.services.ports import Actor, Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import gifts as rows
from housebot.storage.bookings import Booking
from housebot.storage.gifts import Entry

__all__ = [
    "Entry", "Gift", "applied", "as_json", "by_id", "extend", "follow", "get", "give_back", "holders_lapsed", "issue", "listing",
    "of_late_money", "paid_by", "rebook", "reserve", "still_pays", "transfer", "valid_until", "void",
]  # fmt: skip

LONGEST_NAME = 128


# Sold and looked after by staff


def issue(tx: Tx, catalog: Catalog, draft: Gift, *, actor: Actor, payment_id: int | None = None, now: datetime) -> Gift:
    """A new gift under a code of its own; `payment_id` is the money it was bought with, where that is in the ledger.

    `amount_invalid` for money of nothing; of a stay `unknown_tariff`, `unknown_extra`, `extra_not_offered`, `max_stay`,
    and `invalid` for a tariff that is not given as a gift, a number of visits that is none, or a last day that is over.
    """
    gift = replace(
        _money(draft) if draft.kind == "money" else _stay(catalog, draft, now=now),
        currency=catalog.currency,
        buyer=_name(draft.buyer),
        recipient=_name(draft.recipient),
    )
    _must_last(gift.valid_until, zone=catalog.zone, now=now)
    code = _new_code(tx)
    gift = replace(gift, code=rules.grouped(code))
    gift = replace(gift, id=rows.insert(tx, gift, key=rules.key(code), actor=str(actor), now=now))
    first = gift.amount if gift.kind == "money" else gift.visits
    _enter(tx, gift, kind="issue", amount=first, payment_id=payment_id, actor=actor, now=now)
    return gift


def of_late_money(tx: Tx, booking: Booking, payment_id: int, *, actor: Actor, now: datetime) -> Gift:
    """Money that came too late for its booking becomes a card of the same sum, and its guest reads the code (R36).

    Somebody of the staff says so: nobody else has seen that the money is there. The second time is `already_decided`.
    """
    catalog, payment = catalogs.current(tx, now=now), payments.get(tx, payment_id)
    draft = Gift(
        id=0,
        code="",
        kind="money",
        currency=payment.currency,
        valid_until=valid_until(catalog, now=now),
        amount=payment.amount,
        buyer=booking.guest_name,
        recipient=booking.guest_name,
    )
    gift = issue(tx, catalog, draft, actor=actor, payment_id=payment_id, now=now)
    comment = f"became gift {gift.id}"
    payments.settle_unapplied(tx, payment_id, state="done", comment=comment, actor=actor, now=now)
    notices.gift_issued(tx, booking, gift_id=gift.id, now=now)
    return gift


def valid_until(catalog: Catalog, *, now: datetime) -> date:
    """The last day of a gift sold now, unless something else is agreed."""
    return months_later(local(now, catalog.zone).date(), catalog.gift_months)


def get(tx: Tx, code: str) -> Gift:
    """By its code as people type it; `not_found`."""
    try:
        found = rows.by_key(tx, rules.key(code))
    except Refusal:
        found = None
    if found is None:
        raise Refusal("not_found", what="gift", gift=code[:40])
    return found


def by_id(tx: Tx, gift_id: int) -> Gift:
    """By its number; `not_found`."""
    found = rows.get(tx, gift_id)
    if found is None:
        raise Refusal("not_found", what="gift", gift=gift_id)
    return found


def listing(tx: Tx) -> list[Gift]:
    """All gifts, newest first."""
    return rows.listing(tx)


def extend(tx: Tx, catalog: Catalog, code: str, until: date, *, actor: Actor, now: datetime) -> Gift:
    """A later last day, also for a gift that is over; `invalid` for one that is not later or already past."""
    gift = _standing(tx, code)
    if until <= gift.valid_until:
        raise Refusal("invalid", reason="not_later", gift=gift.code, valid_until=gift.valid_until.isoformat())
    _must_last(until, zone=catalog.zone, now=now)
    rows.set_valid_until(tx, gift.id, until)
    _enter(tx, gift, kind="extend", comment=f"{gift.valid_until} -> {until}", actor=actor, now=now)
    return replace(gift, valid_until=until)


def transfer(tx: Tx, code: str, name: str, *, actor: Actor, now: datetime) -> Gift:
    """It belongs to somebody else from now on, under the same code."""
    gift = _standing(tx, code)
    recipient = _name(name)
    if not recipient:
        raise Refusal("invalid", reason="name_missing")
    rows.set_recipient(tx, gift.id, recipient)
    _enter(tx, gift, kind="transfer", comment=f"{gift.recipient or '?'} -> {recipient}", actor=actor, now=now)
    return replace(gift, recipient=recipient)


def void(tx: Tx, code: str, *, reason: str, actor: Actor, now: datetime) -> Gift:
    """Nobody may use it from now on, and what was left on it is gone; the second time it is `already_decided`.

    Stays that it has paid for keep it. What comes back from one of them stays on the gift, for staff to see.
    """
    gift = _standing(tx, code)
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    rows.void(tx, gift.id, now=now)
    left = rows.balance(tx, gift.id)
    _enter(tx, gift, kind="void", amount=-left, comment=reason.strip()[:500], actor=actor, now=now)
    return replace(gift, voided=True)


# Paying with it


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
    lapsed = {one.id for one in _holders(tx, gift.id) if one.lapsed(now)}
    kept = -sum(entry.amount for entry in rows.entries(tx, gift.id) if entry.booking_id in lapsed)
    return gifts.pay_with(catalog, stay, price, gift, left=rows.balance(tx, gift.id) + kept, hand_prices=hand_prices)


def reserve(tx: Tx, booking: Booking, price: Price, *, zone: ZoneInfo, actor: Actor, now: datetime) -> None:
    """Take what the price promised, in the transaction that takes the dates.

    `gift_insufficient` where somebody was faster: less than the guest has seen is not silently taken for it.
    """
    share = price.gift
    if share is None:
        return
    gift = rows.get(tx, share.gift_id)
    assert gift is not None, "gifts are never deleted"
    _must_be_good(gift, currency=booking.currency, zone=zone, now=now)
    left, needs = rows.balance(tx, gift.id), share.amount if gift.kind == "money" else 1
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
    return [] if price.gift is None else [one for one in _holders(tx, price.gift.gift_id) if one.lapsed(now)]


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
    paid = [(by_id(tx, gift_id), part) for gift_id, part in found.items() if part.amount > 0]
    return [(gift, replace(part, whole=gift.kind == "stay")) for gift, part in paid]


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
        _enter(tx, gift, kind="return", amount=amount, booking_id=booking.id, payment_id=refund, actor=actor, now=now)


# As scripts see it


def as_json(tx: Tx, catalog: Catalog, gift: Gift, *, now: datetime) -> dict[str, Any]:
    """`{code, kind, state, balance, valid_until, ledger: [{at, kind, amount}], …}` (INTERFACE); visits are plain numbers."""

    def much(amount: int) -> Any:
        return Money(amount, gift.currency).json() if gift.kind == "money" else amount

    def shown(entry: Entry) -> dict[str, Any]:
        booking = None if entry.booking_id is None else booking_rows.get(tx, entry.booking_id)
        return {
            "at": utc_text(entry.at),
            "kind": entry.kind,
            "amount": much(entry.amount),
            "booking": None if booking is None else booking.code,
            "paid": Money(entry.paid, gift.currency).json() if entry.booking_id is not None else None,
            "actor": entry.actor,
            "comment": entry.comment,
        }

    ledger = rows.entries(tx, gift.id)
    balance = sum(entry.amount for entry in ledger)
    holding = {one.id for one in _holders(tx, gift.id) if one.is_hold}
    return {
        "code": gift.code,
        "kind": gift.kind,
        "state": _state(gift, balance, today=local(now, catalog.zone).date()),
        "balance": much(balance),
        "reserved": much(-sum(entry.amount for entry in ledger if entry.booking_id in holding)),
        "amount": Money(gift.amount, gift.currency).json() if gift.kind == "money" else None,
        "tariff": gift.tariff or None,
        "extras": list(gift.extras),
        "length": _length(catalog, gift),
        "visits": gift.visits or None,
        "valid_until": gift.valid_until.isoformat(),
        "buyer": gift.buyer or None,
        "recipient": gift.recipient or None,
        "ledger": [shown(entry) for entry in ledger],
    }


def _state(gift: Gift, balance: int, *, today: date) -> str:
    if gift.voided:
        return "voided"
    if balance <= 0:
        return "used"
    return "expired" if today > gift.valid_until else "active"


def _length(catalog: Catalog, gift: Gift) -> dict[str, int] | None:
    """`{"hours": 24}` or `{"nights": 2}`; None is the tariff's own length."""
    if gift.length is None:
        return None
    tariff = catalog.tariff(gift.tariff)
    return {"nights" if tariff is not None and tariff.kind is Kind.NIGHTLY else "hours": gift.length}


# What is sold


def _money(draft: Gift) -> Gift:
    if not 0 < draft.amount < LARGEST:
        raise Refusal("amount_invalid", value=str(draft.amount))
    return replace(draft, tariff="", extras=(), length=None, visits=0)


def _stay(catalog: Catalog, draft: Gift, *, now: datetime) -> Gift:
    tariff = catalog.tariff(draft.tariff)
    if tariff is None or not tariff.active:
        raise Refusal("unknown_tariff", tariff=draft.tariff[:40])
    if not tariff.giftable:
        raise Refusal("invalid", reason="not_giftable", tariff=tariff.id)
    if not 1 <= draft.visits <= rules.MOST_VISITS:
        raise Refusal("invalid", reason="visits", asked=draft.visits, most=rules.MOST_VISITS)
    if draft.length is not None and (draft.length < 1 or tariff.kind is Kind.SLOT):
        raise Refusal("invalid", reason="length", tariff=tariff.id, asked=draft.length)
    extras = tuple(dict.fromkeys(_extra(catalog, tariff, name) for name in draft.extras))
    gift = replace(draft, tariff=tariff.id, extras=extras, amount=0)
    if gifts.worth(catalog, _example(catalog, tariff, now=now), gift) <= 0:
        raise Refusal("amount_invalid", reason="worth_nothing", tariff=tariff.id)
    return gift


def _extra(catalog: Catalog, tariff: Tariff, name: str) -> str:
    extra = catalog.extra(name)  # noqa: S610  no Django here
    if extra is None:
        raise Refusal("unknown_extra", extra=name[:40])
    if extra.mandatory or not (extra.id in tariff.extras or extra.id in tariff.included_extras):
        raise Refusal("extra_not_offered", extra=extra.id, tariff=tariff.id)
    return extra.id


def _example(catalog: Catalog, tariff: Tariff, *, now: datetime) -> Stay:
    """Some stay, from now on: whether the tariff has a price for the length of a gift does not hang on the day."""
    unit = catalog.unit(tariff.units[0])
    assert unit is not None, "a catalog names its units"
    arrival = local(now, unit.zone)
    return Stay(unit, tariff, now, now, arrival, arrival, party={}, guests=max(tariff.min_guests, 1), extras={})


# What all of this stands on


def _standing(tx: Tx, code: str) -> Gift:
    gift = get(tx, code)
    if gift.voided:
        raise Refusal("already_decided", what="gift", gift=gift.code, status="voided")
    return gift


def _must_be_good(gift: Gift, *, currency: str, zone: ZoneInfo, now: datetime) -> None:
    rules.check(gift, on=local(now, zone).date())
    if gift.currency != currency:
        raise Refusal("gift_invalid", reason="currency", gift=gift.code, currency=gift.currency)


def _must_last(until: date, *, zone: ZoneInfo, now: datetime) -> None:
    if until < local(now, zone).date():
        raise Refusal("invalid", reason="valid_until_past", valid_until=until.isoformat())


def _holders(tx: Tx, gift_id: int) -> list[Booking]:
    """Every booking it has ever paid for."""
    numbers = {entry.booking_id for entry in rows.entries(tx, gift_id) if entry.booking_id is not None}
    found = [booking_rows.get(tx, number) for number in sorted(numbers)]
    return [one for one in found if one is not None]


def _redeem(tx: Tx, gift: Gift, booking: Booking, amount: int, *, needs: int, actor: Actor, now: datetime) -> None:
    """It pays so much of the booking; money that came beside it while it was away is too much, and not refused for it."""
    paid = payments.record(tx, booking, amount, method="gift", twice=True, actor=actor, now=now)
    _enter(tx, gift, kind="redeem", amount=-needs, booking_id=booking.id, payment_id=paid, actor=actor, now=now)


def _new_code(tx: Tx) -> str:
    """Letters by chance that no gift has; there are more of them than anybody can guess at."""
    while True:
        code = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.LENGTH))
        if rows.by_key(tx, rules.key(code)) is None:
            return code


def _name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]


def _enter(
    tx: Tx,
    gift: Gift,
    *,
    kind: str,
    amount: int = 0,
    booking_id: int | None = None,
    payment_id: int | None = None,
    comment: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """One line of its ledger and of the log; the code stands in neither."""
    before = rows.balance(tx, gift.id)
    rows.enter(
        tx,
        gift.id,
        kind=kind,
        amount=amount,
        booking_id=booking_id,
        payment_id=payment_id,
        actor=str(actor),
        comment=comment,
        now=now,
    )
    after = {"balance": before + amount} | ({} if booking_id is None else {"booking": booking_id})
    audit.write(tx, actor, f"gift.{kind}", f"gift:{gift.id}", {"balance": before}, after, comment or None, now=now)
