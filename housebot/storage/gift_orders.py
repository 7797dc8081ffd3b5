"""Owns the rows of gifts that are being bought: changed by a swap on status and version, never deleted (R49)."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from housebot.domain.gift_order import WAITING, Status
from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Order:
    """A gift as it was ordered. A money card has its `total` on it; a stay has a tariff, extras and a length."""

    id: int
    code: str
    guest_id: int
    status: Status
    kind: str  # money, stay
    tariff: str
    extras: tuple[str, ...]
    length: int | None
    total: int
    currency: str
    recipient: str
    wish: str
    deliver_on: date | None
    deliver_to: int | None
    delivered_at: datetime | None
    payment_method: str | None
    expires_at: datetime | None
    under_review: bool
    gift_id: int | None
    reason: str
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def subject(self) -> str:
        """How due work and the log call it."""
        return f"gift_order:{self.id}"

    @property
    def waits(self) -> bool:
        """Whether money, or somebody's look at it, is still to come."""
        return self.status in WAITING

    def lapsed(self, now: datetime) -> bool:
        """Its time is over, to the second, whether or not anybody has noticed."""
        return self.status == Status.AWAITING_PAYMENT and self.expires_at is not None and self.expires_at <= now


def insert(tx: Tx, order: Order) -> Order:
    """The order as it is stored; `id` is given here."""
    order_id = tx.insert(
        """
        INSERT INTO gift_orders (
            code, guest_id, status, gift, total, currency, recipient, wish, deliver_on, deliver_to, payment_method, expires_at,
            created_at, updated_at
        ) VALUES (
            :code, :guest_id, :status, :gift, :total, :currency, :recipient, :wish, :deliver_on, :deliver_to, :payment_method, :expires_at,
            :created_at, :updated_at
        )
        """,
        code=order.code,
        guest_id=order.guest_id,
        status=str(order.status),
        gift=json.dumps(
            {"kind": order.kind, "tariff": order.tariff, "extras": order.extras, "length": order.length},
            ensure_ascii=False,
        ),
        total=order.total,
        currency=order.currency,
        recipient=order.recipient,
        wish=order.wish,
        deliver_on=None if order.deliver_on is None else order.deliver_on.isoformat(),
        deliver_to=order.deliver_to,
        payment_method=order.payment_method,
        expires_at=_text(order.expires_at),
        created_at=utc_text(order.created_at),
        updated_at=utc_text(order.updated_at),
    )
    found = get(tx, order_id)
    assert found is not None, "it was just written"
    return found


def swap(tx: Tx, old: Order, new: Order) -> bool:
    """Replace `old` if it is still what stands; False when somebody was faster."""
    changed = tx.run(
        """
        UPDATE gift_orders SET status = :status, payment_method = :payment_method, expires_at = :expires_at,
            under_review = :under_review, gift_id = :gift_id, reason = :reason, delivered_at = :delivered_at,
            deliver_on = :deliver_on, decided_by = :decided_by, decided_at = :decided_at, updated_at = :updated_at, version = :version
        WHERE id = :id AND status = :old_status AND version = :old_version
        """,
        id=old.id,
        old_status=str(old.status),
        old_version=old.version,
        status=str(new.status),
        payment_method=new.payment_method,
        expires_at=_text(new.expires_at),
        under_review=int(new.under_review),
        gift_id=new.gift_id,
        reason=new.reason,
        delivered_at=_text(new.delivered_at),
        deliver_on=None if new.deliver_on is None else new.deliver_on.isoformat(),
        decided_by=new.decided_by,
        decided_at=_text(new.decided_at),
        updated_at=utc_text(new.updated_at),
        version=new.version,
    )
    return changed == 1


def get(tx: Tx, order_id: int) -> Order | None:
    row = tx.one("SELECT * FROM gift_orders WHERE id = :id", id=order_id)
    return None if row is None else _order(row)


def by_code(tx: Tx, code: str) -> Order | None:
    row = tx.one("SELECT * FROM gift_orders WHERE code = :code", code=code)
    return None if row is None else _order(row)


def by_gift(tx: Tx, gift_id: int) -> Order | None:
    """The order a gift was issued for."""
    row = tx.one("SELECT * FROM gift_orders WHERE gift_id = :gift_id", gift_id=gift_id)
    return None if row is None else _order(row)


def of_guest(tx: Tx, guest_id: int) -> list[Order]:
    """What somebody has ordered, newest first."""
    rows = tx.all("SELECT * FROM gift_orders WHERE guest_id = :guest_id ORDER BY id DESC", guest_id=guest_id)
    return [_order(row) for row in rows]


def everything(tx: Tx) -> list[Order]:
    """All of them, oldest first; for the checks of `db check`."""
    return [_order(row) for row in tx.all("SELECT * FROM gift_orders ORDER BY id")]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_utc_text(text)


def _order(row: sqlite3.Row) -> Order:
    gift = json.loads(row["gift"])
    return Order(
        id=row["id"],
        code=row["code"],
        guest_id=row["guest_id"],
        status=Status(row["status"]),
        kind=gift["kind"],
        tariff=gift["tariff"],
        extras=tuple(gift["extras"]),
        length=gift["length"],
        total=row["total"],
        currency=row["currency"],
        recipient=row["recipient"],
        wish=row["wish"],
        deliver_on=date.fromisoformat(row["deliver_on"]) if row["deliver_on"] else None,
        deliver_to=row["deliver_to"],
        delivered_at=_moment(row["delivered_at"]),
        payment_method=row["payment_method"],
        expires_at=_moment(row["expires_at"]),
        under_review=bool(row["under_review"]),
        gift_id=row["gift_id"],
        reason=row["reason"],
        decided_by=row["decided_by"],
        decided_at=_moment(row["decided_at"]),
        created_at=from_utc_text(row["created_at"]),
        updated_at=from_utc_text(row["updated_at"]),
        version=row["version"],
    )
