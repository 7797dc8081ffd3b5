"""Owns gifts as they are sold and looked after: issued under a code, extended, handed on, voided (R48, R49)."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from housebot.domain import gift as rules
from housebot.domain.catalog import Catalog, Kind, Tariff
from housebot.domain.gift import Gift
from housebot.domain.money import LARGEST
from housebot.domain.period import local
from housebot.domain.pricing import gifts
from housebot.domain.stay import Stay
from housebot.domain.stay_rules import months_later
from housebot.errors import Refusal
from housebot.services import catalogs, codes, gift_ledger, payment_notices, payments
from housebot.services.ports import Actor, Tx
from housebot.storage import gifts as rows
from housebot.storage.bookings import Booking

__all__ = [
    "Gift",
    "any_living",
    "by_id",
    "extend",
    "get",
    "issue",
    "last_day",
    "listing",
    "of_late_money",
    "price_of",
    "transfer",
    "valid_until",
    "void",
]

LONGEST_NAME = 128


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
    gift_ledger.enter(tx, gift, kind="issue", amount=first, payment_id=payment_id, actor=actor, now=now)
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
        amount=payments.left_unapplied(tx, payment),
        buyer=booking.guest_name,
        recipient=booking.guest_name,
    )
    gift = issue(tx, catalog, draft, actor=actor, payment_id=payment_id, now=now)
    comment = f"became gift {gift.id}"
    payments.settle_unapplied(tx, payment_id, state="done", comment=comment, actor=actor, now=now)
    payment_notices.gift_issued(tx, booking, gift_id=gift.id, now=now)
    return gift


def valid_until(catalog: Catalog, *, now: datetime) -> date:
    """The last day of a gift sold now, unless something else is agreed."""
    return last_day(catalog, local(now, catalog.zone).date())


def last_day(catalog: Catalog, day: date) -> date:
    """The same of a gift that is handed over on that day."""
    return months_later(day, catalog.gift_months)


def price_of(catalog: Catalog, draft: Gift, *, now: datetime) -> int:
    """What a certificate is sold for: its stay on an ordinary day. Refusals of `issue`."""
    gift = _stay(catalog, draft, now=now)
    tariff = catalog.tariff(gift.tariff)
    assert tariff is not None, "it was just looked up"
    return gifts.list_price(catalog, _example(catalog, tariff, now=now), gift)


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


def any_living(tx: Tx, catalog: Catalog, *, now: datetime) -> bool:
    """Whether anybody may have a code to type."""
    return rows.any_living(tx, local(now, catalog.zone).date())


def extend(tx: Tx, catalog: Catalog, code: str, until: date, *, actor: Actor, now: datetime) -> Gift:
    """A later last day, also for a gift that is over; `invalid` for one that is not later or already past."""
    gift = _standing(tx, code)
    if until <= gift.valid_until:
        raise Refusal("invalid", reason="not_later", gift=gift.code, valid_until=gift.valid_until.isoformat())
    _must_last(until, zone=catalog.zone, now=now)
    rows.set_valid_until(tx, gift.id, until)
    gift_ledger.enter(tx, gift, kind="extend", comment=f"{gift.valid_until} -> {until}", actor=actor, now=now)
    return replace(gift, valid_until=until)


def transfer(tx: Tx, code: str, name: str, *, actor: Actor, now: datetime) -> Gift:
    """It belongs to somebody else from now on, under the same code."""
    gift = _standing(tx, code)
    recipient = _name(name)
    if not recipient:
        raise Refusal("invalid", reason="name_missing")
    rows.set_recipient(tx, gift.id, recipient)
    gift_ledger.enter(
        tx, gift, kind="transfer", comment=f"{gift.recipient or '?'} -> {recipient}", actor=actor, now=now
    )
    return replace(gift, recipient=recipient)


def void(tx: Tx, code: str, *, reason: str, actor: Actor, now: datetime) -> Gift:
    """Nobody may use it from now on, and what was left on it is gone; the second time it is `already_decided`.

    Stays that it has paid for keep it. What comes back from one of them stays on the gift, for staff to see.
    """
    gift = _standing(tx, code)
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    rows.void(tx, gift.id, now=now)
    left = gift_ledger.left(tx, gift.id)
    gift_ledger.enter(tx, gift, kind="void", amount=-left, comment=reason.strip()[:500], actor=actor, now=now)
    return replace(gift, voided=True)


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


def _standing(tx: Tx, code: str) -> Gift:
    gift = get(tx, code)
    if gift.voided:
        raise Refusal("already_decided", what="gift", gift=gift.code, status="voided")
    return gift


def _must_last(until: date, *, zone: ZoneInfo, now: datetime) -> None:
    if until < local(now, zone).date():
        raise Refusal("invalid", reason="valid_until_past", valid_until=until.isoformat())


def _new_code(tx: Tx) -> str:
    """Letters by chance that no gift has; there are more of them than anybody can guess at."""
    while True:
        code = codes.random(rules.ALPHABET, rules.LENGTH)
        if rows.by_key(tx, rules.key(code)) is None:
            return code


def _name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]
