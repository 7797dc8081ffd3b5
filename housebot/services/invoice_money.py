"""Owns the two moments of a payment in Telegram: the yes before it, from one read, and the money after it, once a charge (R47)."""

from dataclasses import replace
from datetime import datetime

from housebot.services import card_money, invoices, ledger, payments, purposes, staff_notices
from housebot.services.checkouts import Checkout
from housebot.services.guests import Guest
from housebot.services.ports import SYSTEM, ProviderPayment, Tx
from housebot.storage import checkouts as rows
from housebot.storage import guests as guest_rows


def judge(tx: Tx, payload: str, *, payer: int, amount: int, currency: str, now: datetime) -> str | None:
    """Why this payment is not to be made; None: it is. Reads only, and asks nobody else.

    `gone`: no invoice of ours, or no longer wanted; `payer`: it was sent to somebody else; `paid`: twice; `late`: what it
    is for has run out of time, or costs another sum by now.
    """
    order = invoices.of_payload(tx, payload)
    if order is None:
        return "gone"
    if payer != payer_of(tx, order):
        return "payer"
    if order.state == "succeeded":
        return "paid"
    if not order.is_open or order.verdict is not None or (amount, currency) != (order.amount, order.currency):
        return "gone"
    return None if purposes.of(order).is_wanted(tx, order, now=now) else "late"


def agreed(tx: Tx, payload: str, query_id: str, *, now: datetime) -> None:
    """We have said yes: what it is for is kept a little longer, once an invoice."""
    order = invoices.of_payload(tx, payload)
    if order is None or order.state != "created":
        return
    rows.learned(tx, order.id, provider_id=query_id, state="pending", url=None, due_at=None, now=now)
    purposes.of(order).agreed(tx, order, now=now)


def came(tx: Tx, payload: str, charge_id: str, *, payer: Guest, amount: int, currency: str, now: datetime) -> None:
    """Telegram has charged the guest: one row of it, however often we are told."""
    if payments.by_provider_id(tx, charge_id) is not None:
        return
    order = invoices.of_payload(tx, payload)
    if order is None:
        _stray(tx, charge_id, payer=payer, amount=amount, currency=currency, now=now)
        return
    paid_before = order.state == "succeeded"
    if not paid_before:
        rows.learned(tx, order.id, provider_id=charge_id, state="succeeded", url=None, due_at=None, now=now)
    odd = "twice" if paid_before else "payer" if payer.telegram_id != payer_of(tx, order) else None
    seen = ProviderPayment(charge_id, "succeeded", amount, currency, purposes.of(order).code_of(tx, order))
    card_money.come(tx, replace(order, provider_id=None), seen, odd=odd, now=now)


def payer_of(tx: Tx, order: Checkout) -> int | None:
    """Whose invoice it is, as Telegram counts people."""
    guest_id = purposes.of(order).guest_of(tx, order)
    guest = None if guest_id is None else guest_rows.get(tx, guest_id)
    return None if guest is None else guest.telegram_id


def _stray(tx: Tx, charge_id: str, *, payer: Guest, amount: int, currency: str, now: datetime) -> None:
    """Money for an invoice nobody remembers, as after a restored backup: a row and an alert, a person finds out."""
    ledger.add(
        tx,
        booking_id=None,
        guest_id=payer.id,
        kind="payment",
        method="telegram",
        amount=amount,
        currency=currency,
        state="unapplied",
        receipt_id=None,
        provider_id=charge_id,
        comment="for an invoice nobody knows",
        actor=str(SYSTEM),
        now=now,
    )
    staff_notices.alert(tx, "stray_money", facts={"amount": amount, "currency": currency, "payer": payer.name}, now=now)
