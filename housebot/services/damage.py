"""Owns damage deposits: taken by staff, given back or kept with a reason; a task asks for it after the stay until nothing is left (R54)."""

from datetime import datetime, timedelta
from typing import Any

from housebot.domain import damage
from housebot.domain.damage import Kind, Purse
from housebot.domain.money import Money
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit, deadlines, due, payment_notices, tasks, transitions
from housebot.services.ports import Actor, Tx
from housebot.storage import damage_deposits as rows
from housebot.storage.bookings import Booking
from housebot.storage.damage_deposits import Entry

__all__ = ["Entry", "Purse", "as_json", "ask", "entries", "follow", "give_back", "keep", "purse", "take"]

TASK = "damage"
DUE = "damage.return"
LOOK_AROUND = timedelta(hours=2)  # after check-out: somebody has seen the rooms by then
LONGEST_COMMENT = 500


def purse(tx: Tx, booking: Booking) -> Purse:
    """What is asked for, what came, went back and was kept, in minor units of the booking's currency."""
    catalog = transitions.catalog_of(tx, booking)
    unit, tariff = catalog.unit(booking.unit), catalog.tariff(booking.tariff)
    assert unit is not None, "a booking's own catalog knows its unit"
    assert tariff is not None, "a booking's own catalog knows its tariff"
    asked = damage.asked(unit, tariff)
    return damage.purse(asked, ((one.kind, one.amount) for one in rows.of_booking(tx, booking.id)))


def entries(tx: Tx, booking_id: int) -> list[Entry]:
    """The ledger of one booking, oldest first."""
    return rows.of_booking(tx, booking_id)


def take(
    tx: Tx,
    booking_id: int | str,
    amount: int | None = None,
    *,
    method: str,
    comment: str = "",
    twice: bool = False,
    actor: Actor,
    now: datetime,
) -> Purse:
    """Somebody of the staff has the money: what is still missing of it, or another sum. It is no payment of the stay.

    For a stay that is booked and not over, else `stale` or `already_decided`. Who comes second gets `already_decided` with
    who and when; more than is asked for is `amount_invalid` with `overpaid`; both pass with `twice`.
    """
    booking = _staffs(tx, booking_id, actor)
    if booking.is_hold:
        raise Refusal("stale", booking=booking.code, status=booking.status)
    if booking.status not in {"confirmed", "in_house"}:
        raise transitions.decided(booking)
    was = purse(tx, booking)
    amount = was.missing if amount is None else amount
    if not twice:
        _ask_again(tx, booking, was, amount)
    _enter(tx, booking, "taken", amount, method=method, comment=_words(comment), actor=actor, now=now)
    follow(tx, booking, now=now)
    payment_notices.money_changed(tx, booking, now=now)
    return purse(tx, booking)


def give_back(
    tx: Tx,
    booking_id: int | str,
    amount: int | None = None,
    *,
    method: str = "cash",
    comment: str = "",
    actor: Actor,
    now: datetime,
) -> Purse:
    """All that is left, or a part, is with the guest again, who is told; the task is done with the last of it.

    `already_decided` with who and when where nothing is left, `invalid` (`no_deposit`) where nothing was ever taken,
    `amount_invalid` (`above_deposit`) with `left` for more than there is.
    """
    booking = _staffs(tx, booking_id, actor)
    amount = _within(tx, booking, amount)
    _enter(tx, booking, "returned", amount, method=method, comment=_words(comment), actor=actor, now=now)
    return _ended(tx, booking, "returned", amount, actor=actor, now=now)


def keep(
    tx: Tx, booking_id: int | str, amount: int | None = None, *, reason: str, actor: Actor, now: datetime
) -> Purse:
    """All that is left, or a part, stays with the desk for a reason, which the guest reads. Refusals as `give_back`."""
    booking = _staffs(tx, booking_id, actor)
    if not reason.strip():
        raise Refusal("invalid", reason="reason_missing")
    said = _words(reason)
    amount = _within(tx, booking, amount)
    _enter(tx, booking, "kept", amount, method=_came_by(tx, booking), comment=said, actor=actor, now=now)
    return _ended(tx, booking, "kept", amount, reason=said, actor=actor, now=now)


def follow(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The stay has another end, or none: when the deposit is asked for follows; one that was cancelled asks at once."""
    if not purse(tx, booking).left:
        return
    if booking.status in {"confirmed", "in_house", "completed"}:
        due.plan(tx, DUE, f"damage:{booking.id}", _return_at(tx, booking), now=now)
    else:
        ask(tx, booking, now=now)


def ask(tx: Tx, booking: Booking, *, now: datetime) -> None:
    """The task to give back what is left, every day until nothing is; nothing where nothing was taken."""
    left = purse(tx, booking).left
    due.drop(tx, DUE, f"damage:{booking.id}")
    if left:
        facts = {"amount": left, "currency": booking.currency}
        tasks.open_task(tx, TASK, booking=booking, facts=facts, now=now)


def come_due(tx: Tx, booking_id: int, *, now: datetime) -> None:
    """The time after check-out has come; a stay that ends later by now is asked about later."""
    booking = transitions.get(tx, booking_id)
    if booking.status in {"confirmed", "in_house", "completed"} and _return_at(tx, booking) > now:
        follow(tx, booking, now=now)
    else:
        ask(tx, booking, now=now)


def as_json(tx: Tx, booking: Booking) -> dict[str, Any]:
    """As scripts see it: sums, and each row."""
    found = purse(tx, booking)

    def money(amount: int) -> Any:
        return Money(amount, booking.currency).json()

    return {
        "asked": money(found.asked),
        "taken": money(found.taken),
        "returned": money(found.returned),
        "kept": money(found.kept),
        "left": money(found.left),
        "entries": [
            {
                "id": one.id,
                "at": utc_text(one.at),
                "kind": one.kind,
                "amount": money(one.amount),
                "method": one.method,
                "comment": one.comment,
                "actor": one.actor,
            }
            for one in rows.of_booking(tx, booking.id)
        ],
    }


def _staffs(tx: Tx, booking_id: int | str, actor: Actor) -> Booking:
    if not actor.is_staff:
        raise Refusal("forbidden", reason="role")
    return transitions.get(tx, booking_id)


def _ask_again(tx: Tx, booking: Booking, was: Purse, amount: int) -> None:
    """Of two who write the same money down one is believed; a sum that is not the usual one is asked about."""
    if was.taken and was.taken >= was.asked:
        raise _first(tx, booking)
    if was.asked and was.taken + amount > was.asked:
        facts = {"overpaid": was.taken + amount - was.asked, "currency": booking.currency, "ask_again": True}
        raise Refusal("amount_invalid", reason="overpaid", **facts)


def _within(tx: Tx, booking: Booking, amount: int | None) -> int:
    """The sum, never more than is left of what was taken."""
    found = purse(tx, booking)
    if not found.taken:
        raise Refusal("invalid", reason="no_deposit", booking=booking.code)
    if not found.left:
        raise _first(tx, booking)
    amount = found.left if amount is None else amount
    if amount > found.left:
        facts = {"left": found.left, "currency": booking.currency}
        raise Refusal("amount_invalid", reason="above_deposit", booking=booking.code, **facts)
    return amount


def _first(tx: Tx, booking: Booking) -> Refusal:
    """Who was before, and when."""
    last = rows.of_booking(tx, booking.id)[-1]
    return Refusal("already_decided", what="deposit", booking=booking.code, by=last.actor, at=utc_text(last.at))


def _enter(
    tx: Tx, booking: Booking, kind: Kind, amount: int, *, method: str, comment: str, actor: Actor, now: datetime
) -> None:
    if amount <= 0:
        raise Refusal("amount_invalid", value=str(amount))
    before = purse(tx, booking).left
    entry = rows.add(
        tx,
        booking.id,
        kind=kind,
        amount=amount,
        currency=booking.currency,
        method=method,
        comment=comment,
        actor=str(actor),
        now=now,
    )
    after = {"left": purse(tx, booking).left, "entry": entry, "amount": amount, "method": method}
    audit.write(tx, actor, f"damage.{kind}", booking.subject, {"left": before}, after, comment or None, now=now)


def _ended(
    tx: Tx, booking: Booking, kind: Kind, amount: int, *, reason: str = "", actor: Actor, now: datetime
) -> Purse:
    """The guest is told, and the task asks for what is left, or is done."""
    found = purse(tx, booking)
    payment_notices.damage_ended(tx, booking, kind=kind, amount=amount, left=found.left, reason=reason, now=now)
    if not found.left:
        due.drop(tx, DUE, f"damage:{booking.id}")
    task = tasks.find_open(tx, TASK, booking.id)
    if task is not None:
        tasks.owes(tx, task, found.left, actor=actor, now=now)
    payment_notices.money_changed(tx, booking, now=now)
    return found


def _came_by(tx: Tx, booking: Booking) -> str:
    return next(one.method for one in reversed(rows.of_booking(tx, booking.id)) if one.kind == "taken")


def _return_at(tx: Tx, booking: Booking) -> datetime:
    """Two hours after check-out, in desk hours."""
    catalog, at = transitions.catalog_of(tx, booking), booking.end + LOOK_AROUND
    return at if deadlines.desk_open(catalog, at) else deadlines.next_opening(catalog, at)


def _words(text: str) -> str:
    if len(text.strip()) > LONGEST_COMMENT:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_COMMENT)
    return text.strip()
