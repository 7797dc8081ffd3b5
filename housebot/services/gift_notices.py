"""Owns who is told what about a gift that is being bought: the buyer, whoever decides, whoever it is for (T2)."""

from datetime import datetime
from typing import Any

from housebot.domain.period import utc_text
from housebot.services import addressing, cards, chats, outbox
from housebot.services.addressing import Delivery
from housebot.services.ports import Tx
from housebot.storage import guests as guest_rows
from housebot.storage.gift_orders import Order


def order_card(order: Order) -> str:
    """The key of the buyer's live card."""
    return f"gift:{order.id}:buyer"


def approval_card(order: Order) -> str:
    """The key of the card on which staff decide."""
    return f"gift-approval:{order.id}"


# To the buyer


def placed(tx: Tx, order: Order, *, now: datetime) -> None:
    """How to pay, and until when."""
    _guest(tx, order, "guest.gift_order", {"ring": True}, card=order_card(order), priority=outbox.PAYMENT, now=now)


def order_changed(tx: Tx, order: Order, *, now: datetime) -> None:
    """The live card shows how things stand now."""
    _guest(tx, order, "guest.gift_order", delivery="latest", card=order_card(order), now=now)


def invoice(tx: Tx, order: Order, *, checkout_id: int, now: datetime) -> None:
    """Paid where it stands (R47)."""
    _guest(tx, order, "guest.invoice", {"checkout": checkout_id}, priority=outbox.PAYMENT, now=now)


def card_let_go(tx: Tx, order: Order, *, amount: int, now: datetime) -> None:
    """The bank said yes when it was too late: nothing is taken."""
    _guest(tx, order, "guest.gift_let_go", {"amount": amount}, priority=outbox.PAYMENT, now=now)


def expired(tx: Tx, order: Order, *, now: datetime) -> None:
    """Nothing is lost: it may be paid late, or ordered again."""
    _guest(tx, order, "guest.gift_expired", delivery="once", priority=outbox.REMINDER, now=now)
    order_changed(tx, order, now=now)


def receipt_received(tx: Tx, order: Order, *, promised_by: datetime, late: bool, now: datetime) -> None:
    """The clock has stopped."""
    facts = {"promised_by": utc_text(promised_by), "late": late}
    _guest(tx, order, "guest.gift_receipt", facts, priority=outbox.PAYMENT, now=now)
    order_changed(tx, order, now=now)


def receipt_refused(tx: Tx, order: Order, *, kind: str, now: datetime) -> None:
    """Send it again."""
    _guest(tx, order, "guest.gift_refused", {"kind": kind}, priority=outbox.PAYMENT, now=now)
    order_changed(tx, order, now=now)
    approval_changed(tx, order, now=now)


def too_little(tx: Tx, order: Order, *, came: int, rest: int, now: datetime) -> None:
    """What came is kept, the rest is waited for."""
    _guest(tx, order, "guest.gift_rest", {"came": came, "rest": rest}, priority=outbox.PAYMENT, now=now)
    order_changed(tx, order, now=now)
    approval_changed(tx, order, now=now)


def declined(tx: Tx, order: Order, *, kind: str, refund: int | None, now: datetime) -> None:
    """Why, and what goes back; None is whatever came."""
    facts = {"kind": kind, "refund": refund}
    _guest(tx, order, "guest.gift_declined", facts, priority=outbox.PAYMENT, now=now)
    order_changed(tx, order, now=now)
    approval_changed(tx, order, now=now)


def refund_done(tx: Tx, order: Order, *, amount: int | None, now: datetime) -> None:
    """The money is on its way back."""
    _guest(tx, order, "guest.gift_refund_done", {"amount": amount}, priority=outbox.PAYMENT, now=now)


def paid(tx: Tx, order: Order, *, by: str, unseen: bool = False, now: datetime) -> None:
    """The buyer learns that it is done, staff that something was sold; what nobody of them has seen is told to who decides."""
    _guest(tx, order, "guest.gift_paid", priority=outbox.PAYMENT, now=now)
    order_changed(tx, order, now=now)
    approval_changed(tx, order, now=now)
    told = chats.approvals(tx) if unseen else []
    for recipient in told:
        _say(tx, order, "staff.gift_sold", {"by": by}, recipient, priority=outbox.ALERT, now=now)
    places = {(one.chat_id, one.thread_id) for one in told}
    for recipient in chats.facts(tx):
        if (recipient.chat_id, recipient.thread_id) not in places:
            _say(tx, order, "facts.gift_sold", {"by": by}, recipient, priority=outbox.SCREEN, now=now)


# The gift itself


def deliver(tx: Tx, order: Order, *, to: int, now: datetime) -> None:
    """The picture with its code, to whoever it is sent to; a row of class must, written once for each order (R49)."""
    assert order.gift_id is not None, "what is delivered was issued"
    facts = {"gift": order.gift_id, "order": order.id, "handed_over": to == order.guest_id}
    _to(tx, to, "guest.gift_card", facts, priority=outbox.PAYMENT, now=now)


def delivered(tx: Tx, order: Order, *, now: datetime) -> None:
    """The buyer learns that somebody else has it now."""
    _guest(tx, order, "guest.gift_delivered", now=now)


# To staff


def approval(tx: Tx, order: Order, *, silent: bool, now: datetime) -> None:
    """A card to decide on; always a new message, for an edit of an older one does not ring."""
    _staff(tx, order, "staff.gift_order", {"ring": True}, silent=silent, card=approval_card(order), now=now)


def approval_changed(tx: Tx, order: Order, *, now: datetime) -> None:
    """The card shows how things stand now, in every chat where it stands."""
    if cards.chats(tx, approval_card(order)):
        card = approval_card(order)
        _staff(tx, order, "staff.gift_order", delivery="latest", silent=True, card=card, now=now)


def receipt_added(tx: Tx, order: Order, *, receipt_id: int, silent: bool, now: datetime) -> None:
    """One more file for a gift that is being checked."""
    _staff(tx, order, "staff.gift_receipt", {"receipt": receipt_id}, silent=silent, now=now)


def nudge(tx: Tx, order: Order, *, now: datetime) -> None:
    """Somebody waits."""
    _staff(tx, order, "staff.gift_nudge", now=now)


def alert(tx: Tx, order: Order, code: str, facts: dict[str, Any], *, now: datetime) -> None:
    """Something only a person can mend."""
    _staff(tx, order, "staff.gift_alert", {"code": code} | facts, now=now)


def _staff(
    tx: Tx,
    order: Order,
    kind: str,
    facts: dict[str, Any] | None = None,
    *,
    delivery: Delivery = "must",
    silent: bool = False,
    card: str | None = None,
    now: datetime,
) -> None:
    about = {"order": order.id} | (facts or {})
    addressing.to_staff(tx, None, kind, about, delivery=delivery, silent=silent, card=card, now=now)


def _say(
    tx: Tx,
    order: Order,
    kind: str,
    facts: dict[str, Any],
    recipient: chats.Recipient,
    *,
    priority: int,
    now: datetime,
) -> None:
    outbox.put(
        tx,
        kind=kind,
        facts={"order": order.id} | facts,
        chat_id=recipient.chat_id,
        thread_id=recipient.thread_id,
        priority=priority,
        language=recipient.language,
        now=now,
    )


def _guest(
    tx: Tx,
    order: Order,
    kind: str,
    facts: dict[str, Any] | None = None,
    *,
    delivery: Delivery = "must",
    priority: int = outbox.SCREEN,
    card: str | None = None,
    now: datetime,
) -> None:
    about = {"order": order.id} | (facts or {})
    _to(tx, order.guest_id, kind, about, delivery=delivery, priority=priority, card=card, now=now)


def _to(
    tx: Tx,
    guest_id: int,
    kind: str,
    facts: dict[str, Any],
    *,
    delivery: Delivery = "must",
    priority: int = outbox.SCREEN,
    card: str | None = None,
    now: datetime,
) -> None:
    guest = guest_rows.get(tx, guest_id)
    if guest is None or guest.telegram_id is None:
        return
    outbox.put(
        tx,
        kind=kind,
        facts=facts,
        chat_id=guest.telegram_id,
        delivery=delivery,
        priority=priority,
        language=guest.language,
        card=card,
        now=now,
    )
