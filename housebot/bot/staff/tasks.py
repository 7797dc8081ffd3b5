"""Owns the presses on a task: done, or what a guest chose for late money when they said it by phone."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.turn import Turn
from housebot.domain.period import from_utc_text
from housebot.errors import Refusal
from housebot.services import bookings, late_money, staff_notices, tasks
from housebot.services.ports import Tx
from housebot.words import clock_time

router = Router(name="staff.tasks")


@router.callback_query(Acted("st"))
async def done(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The second is told who was first."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        task = tasks.get(tx, _task(act))
        if task.kind == "late_money":
            raise Refusal("stale")
        try:
            with tx.attempt():
                tasks.done(tx, task.id, actor=actor, now=turn.now)
        except Refusal as refusal:
            if refusal.code != "already_decided":
                raise
            tell_first(tx, turn, task.id, refusal)

    await turn.write(piece)


@router.callback_query(Acted("sl"))
async def chosen(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Other dates, a gift card or the money back; as binding as if the guest had pressed it."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        task_id, choice = _task(act), act.arg.partition(":")[2]
        try:
            with tx.attempt():
                if choice == "gift":
                    late_money.choose_gift(tx, task_id, actor=actor, now=turn.now)
                elif choice == "refund":
                    late_money.choose_refund(tx, task_id, actor=actor, now=turn.now)
                else:
                    late_money.choose_dates(tx, task_id, _number(choice), actor=actor, now=turn.now)
        except Refusal as refusal:
            if refusal.code != "already_decided":
                raise
            tell_first(tx, turn, task_id, refusal)

    await turn.write(piece)


def tell_first(tx: Tx, turn: Turn, task_id: int, refusal: Refusal) -> None:
    """Who was first, and the task's card as it stands."""
    task = tasks.get(tx, task_id)
    booking = bookings.get(tx, task.booking_id) if task.booking_id is not None else None
    who = name_of(tx, str(refusal.facts.get("by") or task.facts.get("by") or task.done_by or ""))
    at = from_utc_text(refusal.facts["at"]) if refusal.facts.get("at") else task.done_at
    zone = bookings.stay_of(tx, booking).unit.zone if booking else None
    time = clock_time(at.astimezone(zone)) if at else ""
    turn.toast(turn.words.plain("owner.toast.first", staff=who, time=time), alert=True)
    staff_notices.task_changed(tx, task_id, booking, now=turn.now)


def _task(act: Act) -> int:
    return _number(act.arg.partition(":")[0])


def _number(text: str) -> int:
    if not text.isdigit():
        raise Refusal("stale")
    return int(text)
