"""Owns what the buttons of `/block` do: from, to, what and why; then it is closed, around stays where some lie inside (R6, R7)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from aiogram import Router
from aiogram.types import Message

from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works, actor_of
from housebot.bot.staff.wizards import answering, days, draft, undo
from housebot.bot.staff.wizards.answering import Steps
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Unit
from housebot.domain.period import Period, instant
from housebot.domain.phrases import typed_time
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import blocks, catalogs, closing
from housebot.services.ports import Actor, Tx
from housebot.services.rehearsal import rehearsed

ONE_DAY = timedelta(days=1)
LONGEST_REASON = 300

router = Router(name="staff.wizards.block")
steps = Steps()


@router.message(Commanded("block"), Works(LEADERS))
async def block(message: Message, turn: Turn) -> None:
    def piece(tx: Tx) -> None:
        if answering.opens(tx, turn):
            draft.show(tx, turn, draft.begin(turn, "block", "days"), ring=True)

    await turn.write(piece)


# From and to


steps.page("cal")(days.pressed)


@steps.page("back-days")
def back_to_days(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "days", begins=None, ends=None))


@steps.page("days")
def days_chosen(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    span = days.chosen(wizard)
    if span is None:
        raise Refusal("stale")
    draft.show(tx, turn, draft.chose(wizard, "begins", **days.as_chosen(span)))


@steps.answer("days")
def days_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    """`1.12–7.12`, or with hours `5.12 14:00 – 7.12 10:00`: then nobody is asked for them."""
    span = days.typed(text, catalogs.current(tx, now=turn.now), turn.now)
    hours = {
        "begins": f"{span.begins:%H:%M}" if span.begins else None,
        "ends": f"{span.ends:%H:%M}" if span.ends else None,
    }
    step = "what" if span.begins or span.ends else "begins"
    _ask(tx, turn, draft.chose(wizard, step, **days.as_chosen(span), **hours), step, ring=True)


@steps.page("begins", "ends")
def hour_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """`14`: that hour; `whole`: the whole of each day; nothing: not from an hour, or not to one."""
    if argument == "whole":
        _ask(tx, turn, draft.chose(wizard, "what", begins=None, ends=None), "what")
    elif argument and (not argument.isdigit() or int(argument) > 23):
        raise Refusal("stale")
    else:
        _hour(tx, turn, wizard, f"{int(argument):02d}:00" if argument else None)


@steps.answer("begins", "ends")
def hour_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    at = typed_time(text)
    if at is None:
        raise Refusal("invalid", reason="hour")
    _hour(tx, turn, wizard, f"{at:%H:%M}", ring=True)


def _hour(tx: Tx, turn: Turn, wizard: Wizard, hour: str | None, *, ring: bool = False) -> None:
    if wizard.step == "begins":
        draft.show(tx, turn, draft.chose(wizard, "ends", begins=hour), ring=ring)
        return
    after = draft.chose(wizard, "what", ends=hour)
    if since(after) >= until(after):
        raise Refusal("invalid", reason="order")
    _ask(tx, turn, after, "what", ring=ring)


@steps.page("hours")
def hours_again(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "begins", begins=None, ends=None))


# What and why


@steps.page("what")
def what_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """`u0` a unit, `p0-2` a part of it, `x3` a service; nothing: choose again."""
    if not argument:
        draft.show(tx, turn, draft.chose(wizard, "what"))
        return
    catalog = catalogs.current(tx, now=turn.now)
    _chosen(tx, turn, wizard, _what(catalog, argument))


def _ask(tx: Tx, turn: Turn, wizard: Wizard, step: str, *, ring: bool = False) -> None:
    """What, unless there is one thing alone."""
    catalog = catalogs.current(tx, now=turn.now)
    only = offered(catalog)
    if step == "what" and len(only) == 1:
        _chosen(tx, turn, wizard, _what(catalog, only[0]), ring=ring)
    else:
        draft.show(tx, turn, wizard, ring=ring)


def _chosen(tx: Tx, turn: Turn, wizard: Wizard, what: dict[str, Any], *, ring: bool = False) -> None:
    none = dict.fromkeys(("unit", "part", "extra"))
    draft.show(tx, turn, draft.chose(wizard, "reason", **{**none, **what}), ring=ring)


def offered(catalog: Catalog) -> list[str]:
    """Units, the parts of an only unit, and the services that are sold."""
    units = [f"u{number}" for number, _ in enumerate(catalog.units)]
    only = catalog.units[0] if len(catalog.units) == 1 else None
    parts = [f"p0-{number}" for number, _ in enumerate(only.parts)] if only and len(only.parts) > 1 else []
    sold = {extra for tariff in catalog.tariffs for extra in (*tariff.extras, *tariff.included_extras)}
    extras = [f"x{at}" for at, one in enumerate(catalog.extras) if one.id in sold and not one.mandatory]
    return [*units, *parts, *extras]


def _what(catalog: Catalog, argument: str) -> dict[str, Any]:
    if argument not in offered(catalog):
        raise Refusal("stale")
    kind, (first, _, second) = argument[0], argument[1:].partition("-")
    if kind == "x":
        return {"extra": catalog.extras[int(first)].id}
    unit = catalog.units[int(first)]
    return {"unit": unit.id} if kind == "u" else {"unit": unit.id, "part": unit.parts[int(second)]}


@steps.page("reason")
def reason_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """Without one, or back to the question."""
    if argument == "none":
        _look(tx, turn, draft.chose(wizard, "reason", reason=None))
    else:
        draft.show(tx, turn, draft.chose(wizard, "reason"))


@steps.answer("reason")
def reason_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    if len(text.strip()) > LONGEST_REASON:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_REASON)
    _look(tx, turn, draft.chose(wizard, "reason", reason=text.strip()), ring=True)


# Close it


def _look(tx: Tx, turn: Turn, wizard: Wizard, *, ring: bool = False) -> None:
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
        _look(tx, turn, wizard)
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
        period=period(tx, turn, wizard),
        reason=wizard.get("reason") or "",
        parts=_parts(wizard),
        actor=actor,
        now=turn.now,
    )
    undo.done(tx, turn, wizard, actor, {"stays": look.get("stays", [])})


def _gaps(tx: Tx, turn: Turn, wizard: Wizard) -> list[closing.Gap]:
    return closing.gaps(
        tx, unit=wizard.get("unit"), period=period(tx, turn, wizard), parts=_parts(wizard), now=turn.now
    )


def _close(tx: Tx, turn: Turn, wizard: Wizard, actor: Actor) -> list[str]:
    """The block, or the stop of a service; the codes of those who have booked the service."""
    reason = wizard.get("reason") or ""
    if wizard.get("extra"):
        dates = DateSpan(_first(wizard), _last(wizard) + ONE_DAY)
        blocks.stop_extra(tx, extra=wizard.get("extra"), dates=dates, reason=reason, actor=actor, now=turn.now)
        inside = blocks.stays_with_extra(tx, extra=wizard.get("extra"), dates=dates, now=turn.now)
        return [one.code for one in inside]
    blocks.add(
        tx,
        unit=wizard.get("unit"),
        period=period(tx, turn, wizard),
        reason=reason,
        parts=_parts(wizard),
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


# Times


def _first(wizard: Wizard) -> date:
    span = days.chosen(wizard)
    if span is None:
        raise Refusal("stale")
    return span.first


def _last(wizard: Wizard) -> date:
    span = days.chosen(wizard)
    if span is None:
        raise Refusal("stale")
    return span.last


def since(wizard: Wizard) -> datetime:
    """From when it is closed, by the clock of the house: the first midnight, unless an hour was named."""
    return datetime.combine(_first(wizard), time.fromisoformat(wizard.get("begins") or "00:00"))


def until(wizard: Wizard) -> datetime:
    """Until when: the end of the last day, unless an hour was named."""
    if wizard.get("ends"):
        return datetime.combine(_last(wizard), time.fromisoformat(wizard.get("ends")))
    return datetime.combine(_last(wizard) + ONE_DAY, time())


def period(tx: Tx, turn: Turn, wizard: Wizard) -> Period:
    """In instants of the unit's zone."""
    zone = _unit(catalogs.current(tx, now=turn.now), wizard).zone
    return Period(*(instant(moment, zone, gap="forward")[0] for moment in (since(wizard), until(wizard))))


def _unit(catalog: Catalog, wizard: Wizard) -> Unit:
    found = catalog.unit(wizard.get("unit") or "")
    if found is None:
        raise Refusal("stale")
    return found


def _parts(wizard: Wizard) -> list[str]:
    return [wizard.get("part")] if wizard.get("part") else []
