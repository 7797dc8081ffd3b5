"""Owns what the buttons of `/block` ask: from, to, what and why."""

from typing import Any

from aiogram import Router
from aiogram.types import Message

from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works
from housebot.bot.staff.wizards import answering, days, draft
from housebot.bot.staff.wizards.block import closing, times
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.domain.phrases import typed_time
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Tx

LONGEST_REASON = 300

router = Router(name="staff.wizards.block")
steps = closing.steps


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
    if times.since(after) >= times.until(after):
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
        closing.look_at(tx, turn, draft.chose(wizard, "reason", reason=None))
    else:
        draft.show(tx, turn, draft.chose(wizard, "reason"))


@steps.answer("reason")
def reason_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    if len(text.strip()) > LONGEST_REASON:
        raise Refusal("invalid", reason="too_long", longest=LONGEST_REASON)
    closing.look_at(tx, turn, draft.chose(wizard, "reason", reason=text.strip()), ring=True)
