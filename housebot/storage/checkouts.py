"""Owns the rows of money asked of a provider, for a booking or for a gift, and of refunds on their way through one."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx

OPEN = frozenset({"created", "pending", "waiting_for_capture"})


@dataclass(frozen=True, slots=True)
class Checkout:
    """One payment asked for. `verdict` is what becomes of authorised money, and of an order nobody wants any more."""

    id: int
    purpose: str  # deposit, balance, change, gift
    booking_id: int | None  # what it is about: this, or a gift that is being bought
    gift_order_id: int | None
    proposal_id: int | None  # of a change
    provider: str
    provider_id: str | None
    key: str
    amount: int
    currency: str
    facts: dict[str, Any]
    state: str  # created, pending, waiting_for_capture, succeeded, canceled
    verdict: str | None  # capture, cancel
    confirmation_url: str | None
    problem: str
    tries: int
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether money may still come by it."""
        return self.state in OPEN


def add(
    tx: Tx,
    *,
    purpose: str,
    booking_id: int | None,
    gift_order_id: int | None,
    proposal_id: int | None,
    provider: str,
    key: str,
    amount: int,
    currency: str,
    facts: dict[str, Any],
    due_at: datetime | None,
    now: datetime,
) -> int:
    """`due_at` is when the provider is first asked; never, where it comes by itself."""
    return tx.insert(
        """
        INSERT INTO checkouts (
            purpose, booking_id, gift_order_id, proposal_id, provider, idempotence_key, amount, currency, facts, due_at, created_at,
            updated_at
        ) VALUES (
            :purpose, :booking_id, :gift_order_id, :proposal_id, :provider, :key, :amount, :currency, :facts, :due_at, :now, :now
        )
        """,
        purpose=purpose,
        booking_id=booking_id,
        gift_order_id=gift_order_id,
        proposal_id=proposal_id,
        provider=provider,
        key=key,
        amount=amount,
        currency=currency,
        facts=json.dumps(facts, ensure_ascii=False),
        due_at=_text(due_at),
        now=utc_text(now),
    )


def get(tx: Tx, checkout_id: int) -> Checkout | None:
    row = tx.one("SELECT * FROM checkouts WHERE id = :id", id=checkout_id)
    return None if row is None else _checkout(row)


def of_booking(tx: Tx, booking_id: int) -> list[Checkout]:
    """Every one of a booking, oldest first."""
    rows = tx.all("SELECT * FROM checkouts WHERE booking_id = :booking_id ORDER BY id", booking_id=booking_id)
    return [_checkout(row) for row in rows]


def of_gift_order(tx: Tx, gift_order_id: int) -> list[Checkout]:
    """Every one of a gift that is being bought, oldest first."""
    rows = tx.all("SELECT * FROM checkouts WHERE gift_order_id = :id ORDER BY id", id=gift_order_id)
    return [_checkout(row) for row in rows]


def count_open(tx: Tx) -> int:
    count: int = tx.value("SELECT count(*) FROM checkouts WHERE due_at IS NOT NULL")
    return count


def by_provider_id(tx: Tx, provider: str, provider_id: str) -> Checkout | None:
    row = tx.one(
        "SELECT * FROM checkouts WHERE provider = :provider AND provider_id = :provider_id",
        provider=provider,
        provider_id=provider_id,
    )
    return None if row is None else _checkout(row)


def by_key(tx: Tx, key: str) -> Checkout | None:
    row = tx.one("SELECT * FROM checkouts WHERE idempotence_key = :key", key=key)
    return None if row is None else _checkout(row)


def ready(tx: Tx, *, provider: str, now: datetime, limit: int) -> list[Checkout]:
    """Those about which the provider is to be asked now, the longest waiting first."""
    rows = tx.all(
        "SELECT * FROM checkouts WHERE due_at <= :now AND provider = :provider ORDER BY due_at, id LIMIT :limit",
        provider=provider,
        now=utc_text(now),
        limit=limit,
    )
    return [_checkout(row) for row in rows]


def learned(
    tx: Tx, checkout_id: int, *, provider_id: str, state: str, url: str | None, due_at: datetime | None, now: datetime
) -> None:
    """The provider has answered: what it said, and when it is asked again."""
    tx.run(
        """
        UPDATE checkouts SET provider_id = :provider_id, state = :state, confirmation_url = coalesce(:url, confirmation_url),
            problem = '', tries = 0, due_at = :due_at, updated_at = :now
        WHERE id = :id
        """,
        id=checkout_id,
        provider_id=provider_id,
        state=state,
        url=url,
        due_at=_text(due_at),
        now=utc_text(now),
    )


def decide(tx: Tx, checkout_id: int, verdict: str, *, now: datetime) -> bool:
    """Once; False when it was decided before."""
    changed = tx.run(
        "UPDATE checkouts SET verdict = :verdict, updated_at = :now WHERE id = :id AND verdict IS NULL",
        id=checkout_id,
        verdict=verdict,
        now=utc_text(now),
    )
    return changed == 1


def drop(tx: Tx, checkout_id: int, *, problem: str, now: datetime) -> bool:
    """It never came to a payment; False when it had."""
    changed = tx.run(
        """
        UPDATE checkouts SET state = 'canceled', due_at = NULL, problem = :problem, updated_at = :now
        WHERE id = :id AND state = 'created'
        """,
        id=checkout_id,
        problem=problem,
        now=utc_text(now),
    )
    return changed == 1


def failed(tx: Tx, checkout_id: int, *, problem: str, due_at: datetime, now: datetime) -> None:
    """Nobody answered: asked again later."""
    tx.run(
        "UPDATE checkouts SET problem = :problem, tries = tries + 1, due_at = :due_at, updated_at = :now WHERE id = :id",
        id=checkout_id,
        problem=problem,
        due_at=utc_text(due_at),
        now=utc_text(now),
    )


def look_now(tx: Tx, provider: str, provider_id: str, *, now: datetime) -> None:
    """Ask about it at the next round, whether it is a payment or a refund of ours; nothing where it has come to its end."""
    for table in ("checkouts", "provider_refunds"):
        tx.run(
            f"""
            UPDATE {table} SET due_at = :now WHERE provider = :provider AND provider_id = :provider_id AND due_at IS NOT NULL
            """,  # noqa: S608  one of two names above
            provider=provider,
            provider_id=provider_id,
            now=utc_text(now),
        )


@dataclass(frozen=True, slots=True)
class Refund:
    """How a refund of the ledger gets to the provider."""

    payment_id: int  # the refund's own row
    of_payment: int
    booking_id: int | None  # what it is about: this, or a gift that was being bought
    gift_order_id: int | None
    key: str
    provider_id: str | None
    facts: dict[str, Any]
    tries: int
    created_at: datetime


def add_refund(
    tx: Tx,
    *,
    payment_id: int,
    booking_id: int | None,
    gift_order_id: int | None = None,
    provider: str,
    key: str,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    tx.run(
        """
        INSERT INTO provider_refunds (
            payment_id, booking_id, gift_order_id, provider, idempotence_key, facts, due_at, created_at, updated_at
        ) VALUES (:payment_id, :booking_id, :gift_order_id, :provider, :key, :facts, :now, :now, :now)
        """,
        payment_id=payment_id,
        booking_id=booking_id,
        gift_order_id=gift_order_id,
        provider=provider,
        key=key,
        facts=json.dumps(facts, ensure_ascii=False),
        now=utc_text(now),
    )


def refunds_ready(tx: Tx, *, provider: str, now: datetime, limit: int) -> list[Refund]:
    rows = tx.all(
        """
        SELECT r.*, p.refunds AS of_payment FROM provider_refunds AS r JOIN payments AS p ON p.id = r.payment_id
        WHERE r.due_at <= :now AND r.provider = :provider ORDER BY r.due_at, r.payment_id LIMIT :limit
        """,
        provider=provider,
        now=utc_text(now),
        limit=limit,
    )
    return [_refund(row) for row in rows]


def knows_refund(tx: Tx, provider: str, provider_id: str) -> bool:
    """Whether the provider calls a refund of ours so."""
    found = tx.one(
        "SELECT 1 FROM provider_refunds WHERE provider = :provider AND provider_id = :provider_id",
        provider=provider,
        provider_id=provider_id,
    )
    return found is not None


def refund_is_unanswered(tx: Tx, of_payment: int, amount: int) -> bool:
    """Whether a refund of so much of a payment was asked for, and nobody has told us its name."""
    found = tx.one(
        """
        SELECT 1 FROM provider_refunds AS r JOIN payments AS p ON p.id = r.payment_id
        WHERE p.refunds = :of_payment AND p.amount = :amount AND p.state = 'pending' AND r.provider_id IS NULL
        """,
        of_payment=of_payment,
        amount=amount,
    )
    return found is not None


def refund_learned(
    tx: Tx, payment_id: int, *, provider_id: str | None, problem: str, due_at: datetime | None, now: datetime
) -> None:
    """What the provider said of it; without `due_at` it has come to its end."""
    tx.run(
        """
        UPDATE provider_refunds SET provider_id = coalesce(:provider_id, provider_id), problem = :problem,
            tries = CASE :problem WHEN '' THEN 0 ELSE tries + 1 END, due_at = :due_at, updated_at = :now
        WHERE payment_id = :payment_id
        """,
        payment_id=payment_id,
        provider_id=provider_id,
        problem=problem,
        due_at=_text(due_at),
        now=utc_text(now),
    )


def sent_back_for(tx: Tx, booking_id: int) -> int:
    """How much has gone back through the provider on account of a booking, or is on its way."""
    amount: int = tx.value(
        """
        SELECT coalesce(sum(p.amount), 0) FROM provider_refunds AS r JOIN payments AS p ON p.id = r.payment_id
        WHERE r.booking_id = :booking_id AND p.state IN ('pending', 'done')
        """,
        booking_id=booking_id,
    )
    return amount


def _checkout(row: sqlite3.Row) -> Checkout:
    return Checkout(
        id=row["id"],
        purpose=row["purpose"],
        booking_id=row["booking_id"],
        gift_order_id=row["gift_order_id"],
        proposal_id=row["proposal_id"],
        provider=row["provider"],
        provider_id=row["provider_id"],
        key=row["idempotence_key"],
        amount=row["amount"],
        currency=row["currency"],
        facts=json.loads(row["facts"]),
        state=row["state"],
        verdict=row["verdict"],
        confirmation_url=row["confirmation_url"],
        problem=row["problem"],
        tries=row["tries"],
        created_at=from_utc_text(row["created_at"]),
    )


def _refund(row: sqlite3.Row) -> Refund:
    return Refund(
        payment_id=row["payment_id"],
        of_payment=row["of_payment"],
        booking_id=row["booking_id"],
        gift_order_id=row["gift_order_id"],
        key=row["idempotence_key"],
        provider_id=row["provider_id"],
        facts=json.loads(row["facts"]),
        tries=row["tries"],
        created_at=from_utc_text(row["created_at"]),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
