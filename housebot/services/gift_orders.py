"""Owns orders of gifts: placed, waited for, given up, run out of time; nothing is issued before somebody has seen the money (R46, R49)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from housebot.domain import gift_order as rules
from housebot.domain.catalog import Catalog
from housebot.domain.gift_order import Status
from housebot.domain.period import local, utc_text
from housebot.errors import Refusal
from housebot.services import (
    asking,
    audit,
    catalogs,
    checkouts,
    codes,
    due,
    gift_notices,
    gift_sales,
    gift_shop,
    guests,
    quotes,
    ways,
)
from housebot.services.gift_shop import Wish
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import gift_orders as rows
from housebot.storage.gift_orders import Order

__all__ = [
    "EXPIRE",
    "Order",
    "by_gift",
    "change",
    "choose_payment",
    "close_page",
    "decided",
    "expire",
    "get",
    "of_guest",
    "order",
    "withdraw",
]

EXPIRE = "gift_order.expire"
_TRIES = 8


def order(tx: Tx, wish: Wish, *, guest_id: int, method: str | None = None, actor: Actor, now: datetime) -> Order:
    """Somebody buys a gift: its price is kept for as long as a bank transfer may take. With `method` the way to pay is chosen.

    The very same wish that still waits for money is the same order. `holds_limit` for whoever has as many open ones as they
    may have holds; `forbidden` for the banned; `invalid` for a day that is past or too far, and a recipient nobody knows;
    the refusals of `gift_shop.price_of`.
    """
    catalog, guest = catalogs.current(tx, now=now), guests.get(tx, guest_id)
    if guest.banned:
        raise Refusal("forbidden", reason="banned")
    if not gift_shop.is_open(tx, catalog):
        raise Refusal("invalid", reason="payment_method", allowed=[])
    wish = _clean(wish)
    _check_delivery(tx, catalog, wish, now=now)
    total = gift_shop.price_of(catalog, wish, now=now)
    waiting = [one for one in rows.of_guest(tx, guest_id) if one.waits and not one.lapsed(now)]
    if (same := next((one for one in waiting if _is_same(one, wish, total)), None)) is not None:
        return same
    if len([one for one in waiting if not one.under_review]) >= catalog.holds.per_guest:
        raise Refusal("holds_limit", limit=catalog.holds.per_guest, what="gift_orders")
    placed = rows.insert(tx, _new(tx, catalog, wish, guest_id=guest_id, total=total, now=now))
    after = {"kind": placed.kind, "total": placed.total, "tariff": placed.tariff}
    audit.write(tx, actor, "gift_order.place", placed.subject, None, after, now=now)
    _plan_end(tx, placed, now=now)
    offered = gift_shop.offered(tx, catalog)
    if method is None and len(offered) == 1:
        method = offered[0]
    if method is not None:
        placed = _choose(tx, placed, method, actor=actor, now=now)
    gift_notices.placed(tx, placed, now=now)
    return placed


def choose_payment(tx: Tx, order_id: int, method: str, *, actor: Actor, now: datetime) -> Order:
    """The buyer says how to pay. `stale` for an order that does not wait for money."""
    found = get(tx, order_id)
    if found.status != Status.AWAITING_PAYMENT or found.lapsed(now):
        raise Refusal("stale", order=found.code, status=str(found.status))
    if found.payment_method == method and method not in ways.PROVIDERS:
        return found
    found = _choose(tx, found, method, actor=actor, now=now)
    gift_notices.order_changed(tx, found, now=now)
    return found


def withdraw(tx: Tx, order_id: int, *, actor: Actor, now: datetime) -> Order:
    """The buyer thinks better of it, before any money. The second time it is as it was; after a receipt it is `stale`."""
    found = get(tx, order_id)
    if found.status == Status.CANCELLED:
        return found
    if found.status != Status.AWAITING_PAYMENT or gift_sales.paid(tx, found.id) > 0:
        raise Refusal("stale", order=found.code, status=str(found.status))
    close_page(tx, found, now=now)
    found = change(tx, found, "gift_order.withdraw", actor=actor, now=now, status=Status.CANCELLED, expires_at=None)
    gift_notices.order_changed(tx, found, now=now)
    return found


def expire(tx: Tx, order_id: int, *, now: datetime) -> Order:
    """The end of its time, to the second; what is under review has none (R46). Part of the money on it alarms staff (R36)."""
    found = get(tx, order_id)
    if not found.lapsed(now):
        return found
    found = change(tx, found, "gift_order.expire", actor=SYSTEM, now=now, status=Status.EXPIRED)
    gift_notices.expired(tx, found, now=now)
    if (paid := gift_sales.paid(tx, found.id)) > 0:
        gift_notices.alert(tx, found, "gift_money_on_expired", {"paid": paid}, now=now)
    return found


def get(tx: Tx, id_or_code: int | str) -> Order:
    """By number or by public code; `not_found`."""
    text = str(id_or_code).strip().upper()
    number = text.isascii() and text.isdigit() and len(text) < 19
    found = rows.get(tx, int(text)) if number else rows.by_code(tx, text)
    if found is None:
        raise Refusal("not_found", what="gift_order", order=text[:40])
    return found


def of_guest(tx: Tx, guest_id: int) -> list[Order]:
    """What somebody has ordered, newest first."""
    return rows.of_guest(tx, guest_id)


def by_gift(tx: Tx, gift_id: int) -> Order | None:
    """The order a gift was issued for; None for one that staff have issued."""
    return rows.by_gift(tx, gift_id)


def close_page(tx: Tx, found: Order, *, now: datetime) -> None:
    """Nobody is to pay it by a provider any more."""
    page = checkouts.current_of_gift(tx, found.id)
    if page is not None and page.verdict is None:
        checkouts.let_go(tx, page, now=now)


def change(tx: Tx, old: Order, action: str, *, actor: Actor, now: datetime, **changes: Any) -> Order:
    """Swap `old` for itself with the changes, if that is still how it stands; what is planned for its end follows.

    A status that may not follow is `already_decided`; an order somebody else changed first is `stale`.
    """
    new = replace(old, **changes, version=old.version + 1, updated_at=now)
    if new.status != old.status and not rules.may(old.status, new.status):
        raise decided(old)
    if not rows.swap(tx, old, new):
        raise Refusal("stale", order=old.code)
    before, after = ({name: _plain(getattr(one, name)) for name in changes} for one in (old, new))
    audit.write(tx, actor, action, old.subject, before, after, new.reason or None, now=now)
    _plan_end(tx, new, now=now)
    return new


def decided(found: Order) -> Refusal:
    """Why somebody is too late: what was decided, by whom and when."""
    at = None if found.decided_at is None else utc_text(found.decided_at)
    return Refusal("already_decided", order=found.code, status=str(found.status), by=found.decided_by, at=at)


def _choose(tx: Tx, found: Order, method: str, *, actor: Actor, now: datetime) -> Order:
    if method not in (allowed := gift_shop.offered(tx, catalogs.current(tx, now=now))):
        raise Refusal("invalid", reason="payment_method", allowed=list(allowed))
    if found.payment_method != method:
        found = change(tx, found, "gift_order.payment_method", actor=actor, now=now, payment_method=method)
    if method in ways.PROVIDERS:
        contact = guests.get(tx, found.guest_id).contact
        wanted = asking.gift(found, gift_sales.missing(tx, found), contact=contact)
        page = checkouts.begin(tx, wanted, provider=method, actor=actor, now=now)
        if method == ways.TELEGRAM:
            gift_notices.invoice(tx, found, checkout_id=page.id, now=now)
    return found


def _plan_end(tx: Tx, found: Order, *, now: datetime) -> None:
    if found.status == Status.AWAITING_PAYMENT and found.expires_at is not None:
        due.plan(tx, EXPIRE, found.subject, found.expires_at, now=now)
    else:
        due.drop(tx, EXPIRE, found.subject)


def _clean(wish: Wish) -> Wish:
    """Names in one line, nothing longer than it may be: `invalid` (`too_long`)."""
    name, words = " ".join(wish.recipient.split()), wish.wish.strip()
    for text, longest in ((name, rules.LONGEST_NAME), (words, rules.LONGEST_WISH)):
        if len(text) > longest:
            raise Refusal("invalid", reason="too_long", longest=longest)
    return replace(wish, recipient=name, wish=words)


def _check_delivery(tx: Tx, catalog: Catalog, wish: Wish, *, now: datetime) -> None:
    today = local(now, catalog.zone).date()
    if wish.deliver_on is not None and not today <= wish.deliver_on <= today + rules.FARTHEST:
        raise Refusal("invalid", reason="deliver_on", first=today.isoformat(), last=str(today + rules.FARTHEST))
    if wish.deliver_to is not None and guests.get(tx, wish.deliver_to).telegram_id is None:
        raise Refusal("invalid", reason="deliver_to")


def _is_same(found: Order, wish: Wish, total: int) -> bool:
    """A second tap, or the same wish once more before it is paid."""
    if found.status != Status.AWAITING_PAYMENT:
        return False
    asked = (wish.kind, wish.tariff, wish.extras, wish.recipient, wish.wish, wish.deliver_on, wish.deliver_to, total)
    stands = (found.kind, found.tariff, found.extras, found.recipient, found.wish, found.deliver_on, found.deliver_to)
    return (*stands, found.total) == asked


def _new(tx: Tx, catalog: Catalog, wish: Wish, *, guest_id: int, total: int, now: datetime) -> Order:
    tariff = catalog.tariff(wish.tariff) if wish.tariff else None
    return Order(
        id=0,
        code=_new_code(tx),
        guest_id=guest_id,
        status=Status.AWAITING_PAYMENT,
        kind=wish.kind,
        tariff="" if tariff is None else tariff.id,
        extras=wish.extras,
        length=None,
        total=total,
        currency=catalog.currency,
        recipient=wish.recipient,
        wish=wish.wish,
        deliver_on=wish.deliver_on,
        deliver_to=wish.deliver_to,
        delivered_at=None,
        payment_method=None,
        expires_at=rules.kept_until(catalog, now=now),
        under_review=False,
        gift_id=None,
        reason="",
        decided_by=None,
        decided_at=None,
        created_at=now,
        updated_at=now,
        version=1,
    )


def _new_code(tx: Tx) -> str:
    """A random public code that was never given before."""
    for length in (4, 4, 4, 5, 6, 8):
        for _ in range(_TRIES):
            code = "GO-" + codes.random(quotes.ALPHABET, length)
            if rows.by_code(tx, code) is None:
                return code
    raise AssertionError("eight letters by chance were taken eight times")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    return str(value) if isinstance(value, Status) or hasattr(value, "isoformat") else value
