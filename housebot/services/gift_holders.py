"""Owns what whoever knows the code of a gift may see and do with it; of every other code a stranger learns one and the same thing (R49)."""

from datetime import datetime

from housebot.domain import gift as rules
from housebot.domain.catalog import Catalog
from housebot.domain.gift import Gift
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import catalogs, gift_ledger, gifts, guesses
from housebot.services.ports import Actor, Tx
from housebot.storage import gift_orders as order_rows


def opened(tx: Tx, catalog: Catalog, code: str, *, guest_id: int, now: datetime) -> Gift:
    """The gift of that code, for somebody who knows it.

    `gift_invalid` for every other code, whatever is the matter with it; the caller counts it with `guesses.wrong`, outside of
    what the refusal undoes. `rate_limited` for whoever tried too many. Who bought a gift, or has paid with it, is no
    stranger: they see it also when it is over.
    """
    guesses.limit(tx, f"guest:{guest_id}", now=now)
    try:
        gift = gifts.get(tx, code)
    except Refusal:
        raise Refusal("gift_invalid") from None
    if not _is_good(gift, catalog, now=now) and not _knows(tx, gift, guest_id):
        raise Refusal("gift_invalid")
    return gift


def usable(tx: Tx, catalog: Catalog, gift: Gift, *, now: datetime) -> bool:
    """Whether something could be paid with it now."""
    return _is_good(gift, catalog, now=now) and gift_ledger.left(tx, gift.id) > 0


def may_pay(tx: Tx, code: str, *, now: datetime) -> bool:
    """Whether a code that has paid once could pay again now."""
    try:
        gift = gifts.get(tx, code)
    except Refusal:
        return False
    return usable(tx, catalogs.current(tx, now=now), gift, now=now)


def hand_on(tx: Tx, catalog: Catalog, code: str, name: str, *, guest_id: int, actor: Actor, now: datetime) -> Gift:
    """It belongs to somebody else, who is told the code by whoever hands it on; `gift_invalid` for one that is over."""
    gift = opened(tx, catalog, code, guest_id=guest_id, now=now)
    if not _is_good(gift, catalog, now=now):
        raise Refusal("gift_invalid")
    return gifts.transfer(tx, gift.code, name, actor=actor, now=now)


def _is_good(gift: Gift, catalog: Catalog, *, now: datetime) -> bool:
    try:
        rules.check(gift, on=local(now, catalog.zone).date())
    except Refusal:
        return False
    return gift.currency == catalog.currency


def _knows(tx: Tx, gift: Gift, guest_id: int) -> bool:
    if any(one.guest_id == guest_id for one in gift_ledger.holders(tx, gift.id)):
        return True
    order = order_rows.by_gift(tx, gift.id)
    return order is not None and guest_id in (order.guest_id, order.deliver_to)
