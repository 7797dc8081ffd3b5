"""Owns the hearing of Bukza: each order that was told is read, put in its order in time, and settled once (A5)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from housebot.domain.period import instant
from housebot.errors import Refusal, Unreadable
from housebot.services import bukza_stays, catalogs, inbound
from housebot.services.ports import Database, ForeignOrder, OrderReader, Tx
from housebot.storage import bukza_orders as rows
from housebot.storage.bukza_orders import Order

__all__ = ["Order", "Terms", "hear", "in_conflict", "unbooked", "work"]

log = logging.getLogger(__name__)

AT_ONCE = 100
ANY = "*"  # the resource that means every other
PAID = frozenset({"paid", "оплачен", "оплачена", "оплачено"})
CANCELLED = frozenset(
    {
        "cancelled", "canceled", "cancellation", "declined", "rejected", "deleted",
        "отменен", "отменена", "отменено", "отмена", "отклонен", "отклонена", "отклонено", "аннулирован", "удален",
    }
)  # fmt: skip
RANKS = {"open": 1, "paid": 2, "cancelled": 3}


@dataclass(frozen=True, slots=True)
class Terms:
    """How the words of one Bukza are meant: its resources as units and tariffs, its statuses, how many guests come."""

    resources: Mapping[str, tuple[str, str | None]]
    tariff: str | None = None
    guests: int = 2
    paid: frozenset[str] = PAID
    cancelled: frozenset[str] = CANCELLED

    def state(self, status: str) -> Literal["open", "paid", "cancelled"]:
        """What a status means; one that is not known is an order that stands."""
        word = plain(status)
        return "cancelled" if word in self.cancelled else "paid" if word in self.paid else "open"

    def place(self, resource: str) -> tuple[str, str | None]:
        """The unit and perhaps the tariff of a resource; `unknown_unit`."""
        found = self.resources.get(plain(resource)) or self.resources.get(ANY)
        if found is None:
            raise Refusal("unknown_unit", unit=resource[:40])
        return found[0], found[1] or self.tariff


def plain(word: str) -> str:
    """As names are compared: no case, no ё, single spaces."""
    return " ".join(word.casefold().replace("ё", "е").split())


def in_conflict(tx: Tx) -> list[Order]:
    """Orders that have no room here."""
    return rows.in_conflict(tx)


def unbooked(tx: Tx) -> list[Order]:
    """Orders that are not here as Bukza has them: no room, or nobody knows what is meant; until their stay is over."""
    return rows.unbooked(tx)


async def work(db: Database, port: OrderReader, terms: Terms, *, now: datetime) -> int:
    """Everything that was stored, in the order it came, then what waits for its dates; how much was worked through."""
    heard = db.read(lambda tx: inbound.new(tx, port.name, limit=AT_ONCE))
    for one in heard:
        await inbound.take(db, port.name, one, lambda tx, body: hear(tx, terms, port.read(body), now=now), now=now)
    waiting = db.read(lambda tx: rows.due(tx, now=now, limit=AT_ONCE))
    for number in waiting:
        try:
            await db.write(lambda tx, number=number: bukza_stays.settle(tx, terms, number, now=now))  # type: ignore[misc]
        except Refusal:
            raise
        except Exception as problem:  # a fault of ours over one order stops no other
            log.error("an order of Bukza could not be tried again: %s", type(problem).__name__)
            later = now + bukza_stays.RETRY_LATER
            await db.write(lambda tx, number=number, later=later: rows.put_off(tx, number, later))  # type: ignore[misc]
    return len(heard) + len(waiting)


def hear(tx: Tx, terms: Terms, order: ForeignOrder, *, now: datetime) -> bool:
    """One effect for one change: an older one, one that says nothing new, and any after a cancellation change nothing.

    The newer by Bukza's own time counts, of one time the one that is further (open, paid, cancelled); where it tells no time, what
    comes later. Cancelled is final. Unreadable for amounts that are none, and for a second stay of one order.
    """
    known, state = rows.get(tx, order.number), terms.state(order.status)
    bukza_stays.check_amounts(tx, order, now=now)
    if known is not None and order.reservation and known.reservation not in {"", order.reservation}:
        raise Unreadable("several stays in one order")
    changed_at = None if order.changed_at is None else _instant(tx, order.changed_at, now=now)
    if known is not None and not _is_news(known, changed_at, RANKS[state]):
        if known.state == "cancelled" and state != "cancelled" and _is_later(known, changed_at):
            bukza_stays.revived(tx, known, now=now)
        return False
    rows.tell(
        tx,
        order.number,
        reservation=order.reservation,
        said=_said(order),
        changed_at=changed_at,
        rank=RANKS[state],
        now=now,
    )
    bukza_stays.settle(tx, terms, order.number, now=now)
    return True


def _is_news(known: Order, changed_at: datetime | None, rank: int) -> bool:
    if known.state == "cancelled" or known.rank == RANKS["cancelled"]:
        return False
    if rank == RANKS["cancelled"]:
        return True  # whenever it was said, no change brings an order back
    if changed_at is None or known.changed_at is None:
        return True  # a paid order that is moved is no longer called paid, and its dates count
    return (changed_at, rank) >= (known.changed_at, known.rank)


def _is_later(known: Order, changed_at: datetime | None) -> bool:
    return changed_at is not None and known.changed_at is not None and changed_at > known.changed_at


def _said(order: ForeignOrder) -> dict[str, str]:
    return {
        "status": order.status,
        "resource": order.resource,
        "start": order.start.isoformat(timespec="minutes"),
        "end": order.end.isoformat(timespec="minutes"),
        "total": order.total,
        "paid": order.paid,
        "name": order.name,
        "phone": order.phone,
        "comment": order.comment,
    }


def _instant(tx: Tx, moment: datetime, *, now: datetime) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(microsecond=0)
    zone = catalogs.current(tx, now=now).zone
    return instant(moment.replace(microsecond=0), zone, gap="forward")[0]
