"""Owns the talk with a payment provider: orders become payments, open ones are asked about, money goes back (R45).

Nothing is claimed before a call: a call made twice carries one key and is one call, and what is learned is applied once.
"""

import logging
from datetime import datetime, timedelta

import orjson

from housebot.errors import ProviderAway, ProviderRefused, Refusal
from housebot.services import card_money, card_refunds, checkouts, inbound, refunds_elsewhere
from housebot.services.checkouts import Checkout
from housebot.services.ports import Database, PaymentProvider, ProviderPayment, Tx
from housebot.storage import checkouts as rows

log = logging.getLogger(__name__)

AT_ONCE = 20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=1)
PATIENCE = 6  # tries, some two minutes: a guest does not look longer at a page that does not come
KEY_LIVES = timedelta(
    hours=20
)  # the provider forgets a key after a day, and would then make another payment of the order


async def collect(db: Database, port: PaymentProvider, *, now: datetime) -> int:
    """One round with the provider; how many orders and refunds moved."""
    await _read_notifications(db, port, now=now)
    moved = 0
    for order in db.read(lambda tx: rows.ready(tx, provider=port.name, now=now, limit=AT_ONCE)):
        moved += await _attend(db, port, order, now=now)
    return moved + await card_refunds.send(db, port, now=now)


async def _attend(db: Database, port: PaymentProvider, order: Checkout, *, now: datetime) -> bool:
    try:
        seen = await _ask(db, port, order, now=now)
        if seen is None:
            return True
        step = await db.write(lambda tx: card_money.learn(tx, order.id, seen, now=now))
        if step is not None:
            ended = await _do(port, order, seen, step)
            await db.write(lambda tx: card_money.learn(tx, order.id, ended, now=now))
    except ProviderAway as away:
        pause = max(min(FIRST_PAUSE * 2 ** min(order.tries, 8), LONGEST_PAUSE), timedelta(seconds=away.retry_after))
        problem, locked_out = str(away), away.locked_out
        await db.write(lambda tx: _later(tx, order, problem, due_at=now + pause, locked_out=locked_out, now=now))
        return False
    except ProviderRefused as refused:
        code = refused.code
        log.warning("%s: %s", order.provider, refused, extra={"checkout": order.id})
        await db.write(lambda tx: _refused(tx, order, code, now=now))
        return False
    except Refusal as refusal:
        if refusal.code == "temporarily_unavailable":
            raise
        problem = str(refusal)
        log.exception("what the provider told could not be applied", extra={"checkout": order.id})
        await db.write(lambda tx: _stuck(tx, order, problem, now=now))
        return False
    return seen.state != order.state


async def _ask(db: Database, port: PaymentProvider, order: Checkout, *, now: datetime) -> ProviderPayment | None:
    """What the provider says about the order; None where it is not to be made any more."""
    if order.provider_id is not None:
        return await port.get(order.provider_id)
    too_old = order.created_at + KEY_LIVES < now
    if too_old or not db.read(lambda tx: card_money.is_wanted(tx, order, now=now)):
        # A payment an earlier call may have made has a page nobody was ever shown.
        await db.write(lambda tx: rows.drop(tx, order.id, problem="no longer wanted", now=now))
        return None
    return await port.create(checkouts.order_of(order), key=order.key)


async def _do(port: PaymentProvider, order: Checkout, seen: ProviderPayment, step: card_money.Step) -> ProviderPayment:
    if step == "capture":
        return await port.capture(seen, key=f"{order.key}-capture")
    return await port.cancel(seen.id, key=f"{order.key}-cancel")


def _later(tx: Tx, order: Checkout, problem: str, *, due_at: datetime, locked_out: bool, now: datetime) -> None:
    before = rows.get(tx, order.id)
    if before is not None and before.state == "created" and (locked_out or before.tries >= PATIENCE):
        alert = "card_locked" if locked_out else "card_refused"
        card_money.not_begun(tx, order.id, problem, alert=alert, now=now)
        return
    rows.failed(tx, order.id, problem=problem, due_at=due_at, now=now)
    if locked_out and before is not None and before.problem != problem:
        card_money.locked_out(tx, order, now=now)


def _refused(tx: Tx, order: Checkout, code: str, *, now: datetime) -> None:
    """A no to a new payment is final; a no to anything else only says that the payment has moved: it is looked at again."""
    present = rows.get(tx, order.id)
    if present is not None and present.state == "created":
        card_money.not_begun(tx, order.id, code, now=now)
    else:
        rows.failed(tx, order.id, problem=code, due_at=now + LONGEST_PAUSE, now=now)


def _stuck(tx: Tx, order: Checkout, problem: str, *, now: datetime) -> None:
    """One of our own rules refuses what has happened already: it is tried again, the others go on, and a person looks."""
    before = rows.get(tx, order.id)
    rows.failed(tx, order.id, problem=problem, due_at=now + LONGEST_PAUSE, now=now)
    if before is not None and before.problem != problem:
        card_money.stuck(tx, order, now=now)


async def _read_notifications(db: Database, port: PaymentProvider, *, now: datetime) -> None:
    """Each names a payment or a refund, and that is all it is believed: the provider is asked about it."""
    for one in db.read(lambda tx: inbound.new(tx, port.name, limit=AT_ONCE * 5)):
        named, event = _named(one.body)
        if named is not None and event.startswith("refund."):
            try:
                if not await refunds_elsewhere.look(db, port, named, now=now):
                    continue
            except ProviderAway:
                continue
        await db.write(lambda tx, one=one, named=named: _hear(tx, port.name, one.id, named, now=now))  # type: ignore[misc]


def _hear(tx: Tx, provider: str, notification_id: int, named: str | None, *, now: datetime) -> None:
    if named is None:
        inbound.put_aside(tx, provider, notification_id, now=now)
        return
    inbound.done(tx, notification_id)
    rows.look_now(tx, provider, named, now=now)


def _named(body: bytes) -> tuple[str | None, str]:
    """The id of what a notification is about, None for what nobody can read; and what has happened to it, as it says."""
    try:
        told = orjson.loads(body)
        found, event = told["object"]["id"], told.get("event")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None, ""
    return (found if isinstance(found, str) and found else None), (event if isinstance(event, str) else "")
