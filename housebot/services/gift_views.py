"""Owns gifts as scripts see them: their JSON with the ledger (INTERFACE)."""

from datetime import date, datetime
from typing import Any

from housebot.domain.catalog import Catalog, Kind
from housebot.domain.gift import Gift
from housebot.domain.money import Money
from housebot.domain.period import local, utc_text
from housebot.services import gift_ledger
from housebot.services.gift_ledger import Entry
from housebot.services.ports import Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import gift_orders as order_rows
from housebot.storage.gift_orders import Order


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

    ledger, order = gift_ledger.entries(tx, gift.id), order_rows.by_gift(tx, gift.id)
    balance = sum(entry.amount for entry in ledger)
    holding = {one.id for one in gift_ledger.holders(tx, gift.id) if one.is_hold}
    return {
        "id": gift.id,
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
        "order": None if order is None else _order(order),
        "ledger": [shown(entry) for entry in ledger],
    }


def _order(order: Order) -> dict[str, Any]:
    """How it was bought in the chat, and when it is handed over."""
    return {
        "code": order.code,
        "total": Money(order.total, order.currency).json(),
        "method": order.payment_method,
        "wish": order.wish or None,
        "deliver_on": None if order.deliver_on is None else order.deliver_on.isoformat(),
        "delivered_at": None if order.delivered_at is None else utc_text(order.delivered_at),
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
