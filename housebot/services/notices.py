"""Owns who is told what: one function for each event, called by the use case that causes it, writing outbox rows without prose (T2)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from housebot.domain.period import utc_text
from housebot.services import cards, chats, outbox
from housebot.services.ports import Tx
from housebot.storage import bookings as booking_rows
from housebot.storage import guests as guest_rows
from housebot.storage import tasks as task_rows
from housebot.storage.bookings import Booking

Delivery = Literal["must", "once", "latest"]

_WAITING = ("approval:", "gift-approval:", "task:")  # cards that somebody has to do something with


def hold_card(booking: Booking) -> str:
    """The key of the guest's live card while the dates are kept."""
    return f"hold:{booking.id}:guest"


def booked_card(booking: Booking) -> str:
    """The key of the guest's card of a stay that is booked."""
    return f"booking:{booking.id}:guest"


def balance_card(booking: Booking) -> str:
    """The key of the guest's message that asks for the rest of the price."""
    return f"balance:{booking.id}:guest"


def approval_card(booking: Booking) -> str:
    """The key of the card on which staff decide."""
    return f"approval:{booking.id}"


def guest_chat(tx: Tx, booking: Booking) -> tuple[int, str] | None:
    """Where the guest reads, and in which language; None for somebody without Telegram."""
    guest = guest_rows.get(tx, booking.guest_id) if booking.guest_id is not None else None
    if guest is None or guest.telegram_id is None:
        return None
    return guest.telegram_id, guest.language


# To the guest


def held(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M4: the dates are kept."""
    _guest(tx, booking, "guest.hold", card=hold_card(booking), now=now)


def hold_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The live card shows how things stand now."""
    _guest(tx, booking, "guest.hold", delivery="latest", card=hold_card(booking), now=now)


def last_call(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M5: rings once before the dates go back on sale."""
    _guest(tx, booking, "guest.last_call", {"ends": _instant(booking.hold_expires_at)}, now=now)


def expired(tx: Tx, booking: Booking, *, was: str, to_gift: int = 0, certificate: bool = False, now: datetime) -> None:
    """M7a, at most once, with what is back on a gift; the cards tell the same."""
    facts = {"was": was} | _by_itself(0, to_gift, certificate=certificate)
    _guest(tx, booking, "guest.expired", facts, delivery="once", priority=outbox.REMINDER, now=now)
    hold_changed(tx, booking, now=now)


def receipt_received(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M6: the clock has stopped."""
    _guest(
        tx,
        booking,
        "guest.receipt_received",
        {"promised_by": _instant(booking.promised_by)},
        priority=outbox.PAYMENT,
        now=now,
    )
    hold_changed(tx, booking, now=now)


def revived(tx: Tx, booking: Booking, *, late_seconds: int, now: datetime) -> None:
    """M7b: late, but the dates were still free."""
    facts = {"late_seconds": late_seconds, "promised_by": _instant(booking.promised_by)}
    _guest(tx, booking, "guest.revived", facts, priority=outbox.PAYMENT, now=now)
    hold_changed(tx, booking, now=now)


def late_sold(tx: Tx, booking: Booking, facts: dict[str, Any], *, now: datetime) -> None:
    """M7c: the money is safe, the guest chooses; staff are alarmed. `facts`: payment, task, amount, alternatives, perhaps off."""
    _guest(tx, booking, "guest.late_sold", facts, card=f"late:{facts['task']}:guest", priority=outbox.PAYMENT, now=now)
    alert(tx, "late_money", booking=booking, facts=facts, now=now)


def gift_issued(tx: Tx, booking: Booking, *, gift_id: int, now: datetime) -> None:
    """The late money is a gift card now, and this is its code."""
    _guest(tx, booking, "guest.gift", {"gift": gift_id}, priority=outbox.PAYMENT, now=now)


def still_checking(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """We are later than we promised."""
    _guest(tx, booking, "guest.still_checking", {"promised_by": _instant(booking.promised_by)}, now=now)


def confirmed(
    tx: Tx, booking: Booking, *, by: str, was: str, unseen: bool = False, silent: bool = False, now: datetime
) -> None:
    """M8 to the guest, the fact to its chat, and the cards turn; what nobody of the staff has seen is told to them."""
    card = booked_card(booking)
    _guest(tx, booking, "guest.confirmed", {"ring": True}, card=card, priority=outbox.PAYMENT, now=now)
    if _stands(tx, booking, hold_card(booking)):
        hold_changed(tx, booking, now=now)
    if unseen:
        _staff(tx, booking, "staff.booked", silent=silent, now=now)
    _facts(tx, booking, "facts.confirmed", {"by": by}, besides=chats.approvals(tx) if unseen else [], now=now)
    if was == "awaiting_owner":
        approval_changed(tx, booking, now=now)


def recognised(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """A stay booked elsewhere was found by the contact the guest has just verified: here it is."""
    _guest(tx, booking, "guest.recognised", priority=outbox.PAYMENT, now=now)
    _guest(tx, booking, "guest.confirmed", {"ring": True}, card=booked_card(booking), priority=outbox.PAYMENT, now=now)


def moved(
    tx: Tx, booking: Booking, before: dict[str, Any], *, unseen: bool = False, silent: bool = False, now: datetime
) -> None:
    """What was is now otherwise: the guest and whoever makes the beds read both, every card shows the present (R37).

    What a guest changed alone, `unseen`, is told to whoever decides too."""
    _guest(tx, booking, "guest.moved", {"before": before}, priority=outbox.PAYMENT, now=now)
    sold_otherwise(tx, booking, now=now)
    if booking.status in {"confirmed", "in_house"}:
        if unseen:
            _staff(tx, booking, "staff.moved", {"before": before}, silent=silent, now=now)
        _facts(tx, booking, "facts.moved", {"before": before}, besides=chats.approvals(tx) if unseen else [], now=now)


def left_early(tx: Tx, booking: Booking, before: dict[str, Any], *, now: datetime) -> None:
    """Whoever cleans may come sooner."""
    sold_otherwise(tx, booking, now=now)
    _facts(tx, booking, "facts.moved", {"before": before}, now=now)


def no_show(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Nobody came, so nobody needs to clean."""
    sold_otherwise(tx, booking, now=now)
    _facts(tx, booking, "facts.cancelled", {}, now=now)


def as_it_was(booking: Booking, extras: dict[str, int]) -> dict[str, Any]:
    """How a booking was, for whoever is told that it is otherwise now; extras as they were asked for."""
    return {
        "arrival": booking.arrival.isoformat(timespec="minutes"),
        "departure": booking.departure.isoformat(timespec="minutes"),
        "unit": booking.unit,
        "guests": booking.guests,
        "extras": extras,
        "total": booking.total,
    }


def priced(tx: Tx, booking: Booking, *, before: int, now: datetime) -> None:
    """The owner has set another price."""
    _guest(tx, booking, "guest.priced", {"price_before": before}, priority=outbox.PAYMENT, now=now)
    sold_otherwise(tx, booking, now=now)


def sold_otherwise(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The cards that stand show the booking as it is sold from now on."""
    if _stands(tx, booking, hold_card(booking)):
        hold_changed(tx, booking, now=now)
    changed(tx, booking, "guest.confirmed", card=booked_card(booking), now=now)
    balance_changed(tx, booking, now=now)
    if booking.status == "awaiting_owner":
        approval_changed(tx, booking, now=now)


def arrival(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """M12: the stay is near, here is how to get there and in."""
    _guest(tx, booking, "guest.arrival", priority=outbox.REMINDER, now=now)


def approved(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The owner said yes before money: a new card rings, with how to pay and until when."""
    _guest(tx, booking, "guest.hold", {"ring": True, "approved": True}, card=hold_card(booking), now=now)
    approval_changed(tx, booking, now=now)


def receipt_refused(tx: Tx, booking: Booking, *, reason: str, kind: str, now: datetime) -> None:
    """M10: send it again, everything else is kept."""
    facts = {"reason": reason, "kind": kind, "until": _instant(booking.hold_expires_at)}
    _guest(tx, booking, "guest.receipt_refused", facts, priority=outbox.PAYMENT, now=now)
    hold_changed(tx, booking, now=now)
    approval_changed(tx, booking, now=now)


def declined(
    tx: Tx,
    booking: Booking,
    *,
    reason: str,
    kind: str,
    refund: int | None,
    by_card: int = 0,
    to_gift: int = 0,
    certificate: bool = False,
    was: str,
    now: datetime,
) -> None:
    """M10: the whole booking was not accepted; what goes back as with `cancelled`."""
    facts: dict[str, Any] = {"reason": reason, "kind": kind, "refund": refund}
    facts |= _by_itself(by_card, to_gift, certificate=certificate)
    _guest(tx, booking, "guest.declined", facts, priority=outbox.PAYMENT, now=now)
    hold_changed(tx, booking, now=now)
    if was == "awaiting_owner":
        approval_changed(tx, booking, now=now)


def cancelled(
    tx: Tx,
    booking: Booking,
    *,
    was: str,
    refund: int,
    by_card: int = 0,
    to_gift: int = 0,
    certificate: bool = False,
    now: datetime,
) -> None:
    """Whoever cancelled, guest, staff and the facts chat learn it at once (R38).

    `refund` is money to send, `by_card` of it goes by itself; `to_gift` is back on a card of money already, a `certificate`
    is good again.
    """
    facts: dict[str, Any] = {"was": was, "refund": refund} | _by_itself(by_card, to_gift, certificate=certificate)
    _guest(tx, booking, "guest.cancelled", facts, priority=outbox.PAYMENT, now=now)
    sold_otherwise(tx, booking, now=now)
    if was in {"awaiting_owner", "confirmed"}:
        _staff(tx, booking, "staff.cancelled", facts, now=now)
    if was == "awaiting_owner" or cards.chats(tx, approval_card(booking)):
        approval_changed(tx, booking, now=now)
    if was == "confirmed":
        _facts(tx, booking, "facts.cancelled", facts, now=now)


def _by_itself(by_card: int, to_gift: int, *, certificate: bool) -> dict[str, Any]:
    """What nobody has to send; only what there is."""
    found = {"by_card": by_card, "to_gift": to_gift, "certificate": certificate}
    return {name: value for name, value in found.items() if value}


def refund_done(
    tx: Tx, booking: Booking, *, amount: int | None, asked_where: bool = True, by_card: bool = False, now: datetime
) -> None:
    """The money is on its way back; `asked_where`: where it goes to was asked, and is deleted now."""
    facts = {"amount": amount, "asked_where": asked_where} | ({"by_card": True} if by_card else {})
    _guest(tx, booking, "guest.refund_done", facts, priority=outbox.PAYMENT, now=now)


def damage_ended(tx: Tx, booking: Booking, *, kind: str, amount: int, left: int, reason: str, now: datetime) -> None:
    """Of the damage deposit so much is `returned`, or `kept` for a reason; `left` is still to be decided."""
    facts = {"kind": kind, "amount": amount, "left": left, "reason": reason}
    _guest(tx, booking, "guest.damage", facts, priority=outbox.PAYMENT, now=now)


def money_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The ledger moved: cards that show what is paid and due show it as it is now, without ringing."""
    if booking.is_hold:
        if _stands(tx, booking, hold_card(booking)):
            hold_changed(tx, booking, now=now)
        if booking.status == "awaiting_owner":
            approval_changed(tx, booking, now=now)
    elif booking.status in {"confirmed", "in_house"}:
        changed(tx, booking, "guest.confirmed", card=booked_card(booking), now=now)
        balance_changed(tx, booking, now=now)


def balance_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The message that asks for the rest of the price shows how things stand, where it was sent."""
    changed(tx, booking, "guest.balance", card=balance_card(booking), now=now)


def card_failed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """Nothing was charged, and the dates are still kept: pay another way, or try again."""
    _guest(tx, booking, "guest.card_failed", priority=outbox.PAYMENT, now=now)
    hold_changed(tx, booking, now=now)


def card_let_go(tx: Tx, booking: Booking, *, amount: int, now: datetime) -> None:
    """The guest's bank said yes when the dates were gone: nothing is taken."""
    _guest(tx, booking, "guest.card_let_go", {"amount": amount}, priority=outbox.PAYMENT, now=now)


# To staff


def approval(tx: Tx, booking: Booking, *, silent: bool, now: datetime) -> None:
    """M9: a card to decide on; always a new message, for an edit of an older one does not ring."""
    _staff(tx, booking, "staff.approval", {"ring": True}, silent=silent, card=approval_card(booking), now=now)


def approval_changed(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The card shows how things stand now, in every chat where it stands."""
    _staff(tx, booking, "staff.approval", delivery="latest", silent=True, card=approval_card(booking), now=now)


def receipt_added(tx: Tx, booking: Booking, *, receipt_id: int, silent: bool, now: datetime) -> None:
    """One more file for a booking that is being checked."""
    _staff(tx, booking, "staff.receipt_added", {"receipt": receipt_id}, silent=silent, now=now)


def nudge(tx: Tx, booking: Booking, *, why: str, now: datetime) -> None:
    """Somebody waits: morning, waiting, arrival_near."""
    _staff(tx, booking, "staff.nudge", {"why": why}, now=now)


def alert(
    tx: Tx, code: str, *, booking: Booking | None = None, facts: dict[str, Any] | None = None, now: datetime
) -> None:
    """Something only a person can mend."""
    _staff(tx, booking, "staff.alert", {"code": code} | (facts or {}), now=now)


def task(tx: Tx, task_id: int, booking: Booking | None, *, now: datetime) -> None:
    """Something to do, with a Done button; rings each time, and only the newest message keeps the button."""
    facts = {"task": task_id, "ring": True, "alone": True}
    _staff(tx, booking, "staff.task", facts, card=f"task:{task_id}", now=now)


def task_changed(tx: Tx, task_id: int, booking: Booking | None, *, now: datetime) -> None:
    """The task's card shows that it is done."""
    _staff(
        tx, booking, "staff.task", {"task": task_id}, delivery="latest", silent=True, card=f"task:{task_id}", now=now
    )


def group_lost(tx: Tx, chat_id: int, *, failed: int | None = None, now: datetime) -> bool:
    """A group of the desk is closed to us: the owners are told, and read in private what it was to read; False for any other chat.

    Cards that wait there for a decision come anew. `failed` is the row by which it was noticed.
    """
    open_cards = cards.of_chat(tx, chat_id)
    gone = chats.lost(tx, chat_id, now=now)
    if not gone:
        return False
    purposes = [chat.purpose for chat in gone]
    alert(tx, "group_lost", facts={"title": gone[0].title, "purposes": purposes}, now=now)
    unread = outbox.withdraw(tx, chat_id, now=now)
    if failed is not None:
        unread.insert(0, outbox.get(tx, failed))
    if "approvals" in purposes:
        _bring(tx, unread, open_cards, now=now)
    return True


def _bring(tx: Tx, unread: list[outbox.OutboxRow], open_cards: list[str], *, now: datetime) -> None:
    """What a lost group has not read, and what it left open, to whoever decides from now on."""
    again = set(open_cards)
    for row in unread:
        if row.card is not None:
            again.add(row.card)
        elif row.delivery == "must" and row.kind.startswith("staff."):
            for recipient in chats.approvals(tx):
                outbox.put(
                    tx,
                    kind=row.kind,
                    facts=outbox.facts(row),
                    chat_id=recipient.chat_id,
                    priority=row.priority,
                    language=recipient.language,
                    silent=bool(row.silent),
                    booking_id=row.booking_id,
                    now=now,
                )
    for kind, number in sorted({tuple(key.split(":")[:2]) for key in again if key.startswith(_WAITING)}):
        if kind == "approval":
            booking = booking_rows.get(tx, int(number))
            if booking is not None and booking.status == "awaiting_owner":
                approval(tx, booking, silent=False, now=now)
        elif kind == "gift-approval":
            _staff(tx, None, "staff.gift_order", {"order": int(number), "ring": True}, card=f"{kind}:{number}", now=now)
        else:
            open_task = task_rows.get(tx, int(number))
            if open_task is not None and open_task.done_at is None:
                about = open_task.booking_id
                task(tx, open_task.id, None if about is None else booking_rows.get(tx, about), now=now)


def _stands(tx: Tx, booking: Booking, card: str) -> bool:
    """Whether the guest has this card, or it is on its way: booked at once, or by phone, there was none of the hold."""
    chat = guest_chat(tx, booking)
    return chat is not None and (
        cards.message_id(tx, card, chat[0]) is not None or outbox.waits(tx, card=card, chat_id=chat[0])
    )


def _guest(
    tx: Tx,
    booking: Booking,
    kind: str,
    facts: dict[str, Any] | None = None,
    *,
    delivery: Delivery = "must",
    priority: int = outbox.SCREEN,
    card: str | None = None,
    now: datetime,
) -> None:
    chat = guest_chat(tx, booking)
    if chat is None:
        return
    outbox.put(
        tx,
        kind=kind,
        facts={"booking": booking.id} | (facts or {}),
        chat_id=chat[0],
        delivery=delivery,
        priority=priority,
        language=chat[1],
        card=card,
        booking_id=booking.id,
        now=now,
    )


def _staff(
    tx: Tx,
    booking: Booking | None,
    kind: str,
    facts: dict[str, Any] | None = None,
    *,
    delivery: Delivery = "must",
    silent: bool = False,
    card: str | None = None,
    now: datetime,
) -> None:
    people = {recipient.chat_id: recipient for recipient in chats.approvals(tx)}
    if delivery == "latest" and card is not None:
        # A card that stands in a chat which is no longer the chosen one must not keep its buttons.
        for chat_id in cards.chats(tx, card):
            people.setdefault(
                chat_id, chats.Recipient(chat_id, None, next(iter(people.values())).language if people else "en")
            )
    for recipient in people.values():
        outbox.put(
            tx,
            kind=kind,
            facts=({"booking": booking.id} if booking else {}) | (facts or {}),
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            delivery=delivery,
            priority=outbox.ALERT,
            language=recipient.language,
            silent=silent,
            card=card,
            booking_id=booking.id if booking else None,
            now=now,
        )


def _facts(
    tx: Tx,
    booking: Booking,
    kind: str,
    facts: dict[str, Any],
    *,
    besides: Collection[chats.Recipient] = (),
    now: datetime,
) -> None:
    """To the chat of facts; not to a place `besides`, where more than the fact is being said."""
    told = {(one.chat_id, one.thread_id) for one in besides}
    for recipient in chats.facts(tx):
        if (recipient.chat_id, recipient.thread_id) in told:
            continue
        outbox.put(
            tx,
            kind=kind,
            facts={"booking": booking.id} | facts,
            chat_id=recipient.chat_id,
            thread_id=recipient.thread_id,
            priority=outbox.SCREEN,
            language=recipient.language,
            booking_id=booking.id,
            now=now,
        )


def changed(tx: Tx, booking: Booking, kind: str, *, card: str, now: datetime) -> None:
    """The guest's message under that key shows how things stand now, where there is one; nothing rings."""
    if _stands(tx, booking, card):
        _guest(tx, booking, kind, delivery="latest", card=card, now=now)


# For nouns that say for themselves what they have to tell.
to_guest, to_staff, stands = _guest, _staff, _stands


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
