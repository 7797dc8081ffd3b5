"""Owns the last steps of `/block`: who is inside, closing it or the time around them, and opening again what stands (R6, R7)."""

from typing import Any

from housebot.bot.staff.people import actor_of
from housebot.bot.staff.wizards import answering, draft, undo
from housebot.bot.staff.wizards.answering import Steps
from housebot.bot.staff.wizards.block import times
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import blocks, closing
from housebot.services.ports import Actor, Tx
from housebot.services.rehearsal import rehearsed

steps = Steps()


def look_at(tx: Tx, turn: Turn, wizard: Wizard, *, ring: bool = False) -> None:
    """Who is inside, and whether it can be closed at all; a stay in the way leads to closing around it."""
    actor = actor_of(answering.may(tx, turn))
    try:
        look: dict[str, Any] = {"stays": rehearsed(tx, lambda: _close(tx, turn, wizard, actor))}
    except Refusal as refusal:
        if refusal.code != "dates_taken":
            raise
        look = {"stays": [str(one["code"]) for one in refusal.facts["stays"]], "taken": True}
    draft.show(tx, turn, draft.chose(wizard, "preview", look=look), ring=ring)


@steps.page("close-it")
def close_it(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """What was sold a moment ago is found out now: the look is shown again."""
    actor = actor_of(answering.may(tx, turn))
    try:
        with tx.attempt():
            stays = _close(tx, turn, wizard, actor)
    except Refusal as refusal:
        if refusal.code != "dates_taken":
            raise
        turn.explain(tx, refusal)
        look_at(tx, turn, wizard)
        return
    undo.done(tx, turn, wizard, actor, {"stays": stays})


@steps.page("around")
def look_around(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """Every block it would make, before one is made."""
    answering.may(tx, turn)
    stays = (wizard.get(draft.LOOK) or {}).get("stays", [])
    gaps = closing.gaps_json(_gaps(tx, turn, wizard))
    draft.show(tx, turn, draft.chose(wizard, "around", look={"stays": stays, "gaps": gaps}))


@steps.page("around-it")
def close_around(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """As it was shown, or shown again where something was sold or freed since."""
    actor = actor_of(answering.may(tx, turn))
    look = wizard.get(draft.LOOK) or {}
    if closing.gaps_json(_gaps(tx, turn, wizard)) != look.get("gaps"):
        turn.toast(turn.words.plain("block.toast.changed"), alert=True)
        look_around(tx, turn, wizard, "")
        return
    closing.close_around(
        tx,
        unit=wizard.get("unit"),
        period=times.period(tx, turn, wizard),
        reason=wizard.get("reason") or "",
        parts=times.parts(wizard),
        actor=actor,
        now=turn.now,
    )
    undo.done(tx, turn, wizard, actor, {"stays": look.get("stays", [])})


def _gaps(tx: Tx, turn: Turn, wizard: Wizard) -> list[closing.Gap]:
    return closing.gaps(
        tx, unit=wizard.get("unit"), period=times.period(tx, turn, wizard), parts=times.parts(wizard), now=turn.now
    )


def _close(tx: Tx, turn: Turn, wizard: Wizard, actor: Actor) -> list[str]:
    """The block, or the stop of a service; the codes of those who have booked the service."""
    reason = wizard.get("reason") or ""
    if wizard.get("extra"):
        dates = DateSpan(times.first_day(wizard), times.last_day(wizard) + times.ONE_DAY)
        blocks.stop_extra(tx, extra=wizard.get("extra"), dates=dates, reason=reason, actor=actor, now=turn.now)
        inside = blocks.stays_with_extra(tx, extra=wizard.get("extra"), dates=dates, now=turn.now)
        return [one.code for one in inside]
    blocks.add(
        tx,
        unit=wizard.get("unit"),
        period=times.period(tx, turn, wizard),
        reason=reason,
        parts=times.parts(wizard),
        actor=actor,
        now=turn.now,
    )
    return []


# What stands


@steps.page("list")
def listed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "list"))


@steps.page("open")
def open_again(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    actor = actor_of(answering.may(tx, turn))
    if not argument.isdigit():
        raise Refusal("stale")
    try:
        with tx.attempt():
            blocks.remove(tx, int(argument), actor=actor, now=turn.now)
    except Refusal as refusal:
        turn.explain(tx, refusal)
        draft.show(tx, turn, draft.chose(wizard, "list"))
        return
    undo.done(tx, turn, wizard, actor)
