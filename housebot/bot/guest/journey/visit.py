"""Owns the time of an appointment: free times alone, whoever is free for `Любой`, and the nearest when a day has none (UX 2e)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from housebot.bot.guest.draft import Draft, Near, chose
from housebot.bot.guest.journey import market
from housebot.bot.guest.journey.screen import View, rows_of, shows
from housebot.bot.guest.journey.talk import Talk, listens, prepares
from housebot.bot.presses import Action
from housebot.domain import pickers
from housebot.domain.phrases import typed_time
from housebot.errors import Refusal
from housebot.services.ports import Button, Message
from housebot.words import clock_time

MOST_NEAR = 3


@prepares("time")
def look_at_times(talk: Talk, draft: Draft, notice: Mapping[str, object] | None) -> None:
    """An hour that was named is taken at once; where nobody has time on that day, the nearest times are offered."""
    if draft.at is not None and draft.day is not None:
        at = datetime.combine(draft.day, draft.at)
        draft = replace(draft, at=None)
        if at in dict(slot_times(talk.view(draft), at.date())):
            take_time(talk, draft, at)
            return
        notice = {"id": "answer.plain", "facts": {"text": _missed(talk.view(draft), at)}}
    near: tuple[Near, ...] = ()
    if draft.day is not None and not slot_times(talk.view(draft), draft.day):
        near = near_times(talk.view(draft), datetime.combine(draft.day, datetime.min.time()))
    talk.show(replace(draft, near=near), "time", notice=notice, ready=True)


@shows("time")
def visit_times(view: View) -> Message:
    draft, words = view.draft, view.words
    if draft.day is None:
        raise Refusal("stale")
    times = slot_times(view, draft.day)
    if not times:
        return view.message([words.t("slot.none")], near_rows(view))
    buttons = [view.button(f"{at:%H:%M}", Action.HOUR, at) for at, _ in times]
    return view.message([words.t("slot.time", draft=view.sketch()), words.t("hours.hint_slot")], rows_of(buttons, 4))


def near_rows(view: View) -> list[list[Button]]:
    """The nearest times that were found, one a row, with the name of who is free."""
    rows = []
    for place, near in enumerate(view.draft.near):
        unit = view.catalog.unit(near.unit) if near.unit else None
        if unit is None or near.arrival is None:
            continue
        text = view.label("slot.button.near", when=view.words.moment(near.arrival), unit=view.say(unit.name))
        rows.append([view.button(text, Action.NEAR, str(place))])
    return rows


def _missed(view: View, at: datetime) -> str:
    """Why that time cannot be had: somebody has it, or nobody begins then."""
    units, tariff = market.units_for(view.catalog, view.draft), view.tariff
    begins = tariff is not None and pickers.slot_times(view.catalog, tariff, units, at.date(), {}, view.now)
    name = "hour_taken" if begins and at in dict(begins) else "hour_other"
    return view.label(f"calendar.toast.{name}", time=clock_time(at))


def slot_times(view: View, day: date) -> list[tuple[datetime, list[str]]]:
    """The free times of a day, each with those who have time then."""
    tariff = view.tariff
    if tariff is None:
        raise Refusal("stale")
    units = market.units_for(view.catalog, view.draft)
    busy = {unit.id: market.around(view.tx, unit, day, now=view.now) for unit in units}
    return pickers.slot_times(view.catalog, tariff, units, day, busy, view.now)


def near_times(view: View, wished: datetime) -> tuple[Near, ...]:
    """The nearest free times: of that day, closest to the wished one, then of the days around."""
    draft, tariff = view.draft, view.tariff
    if tariff is None:
        return ()
    length = timedelta(minutes=tariff.minutes)
    found: list[Near] = []
    days = [wished.date()]
    days += [day.date for day in market.days_around(view.tx, view.catalog, draft, wished.date(), view.now)][:4]
    for day in days:
        times = sorted(slot_times(view, day), key=lambda one: abs(one[0] - wished))
        found += [Near(day, _whoever(view, free, day), tariff.id, at, at + length) for at, free in times]
        if len(found) >= MOST_NEAR:
            break
    return tuple(found[:MOST_NEAR])


def _whoever(view: View, free: list[str], day: date) -> str:
    """Who of those that are free has the least to do that day."""
    units = [unit for unit in view.catalog.units if unit.id in free]
    busy = {unit.id: market.around(view.tx, unit, day, now=view.now) for unit in units}
    return pickers.least_busy(units, day, busy, view.now).id


def take_time(talk: Talk, draft: Draft, at: datetime) -> None:
    """Take that time; with `Любой` whoever has the least to do is named, and assigned when it is booked."""
    view = talk.view(draft)
    tariff = view.tariff
    free = dict(slot_times(view, at.date())).get(at, []) if tariff is not None else []
    if tariff is None or not free:
        said = _missed(view, at)
        if talk.turn.query_id is not None:
            talk.turn.toast(said)
            talk.show(draft, "time")
        else:
            talk.show(draft, "time", notice={"id": "answer.plain", "facts": {"text": said}})
        return
    unit = draft.unit if draft.unit in free and not draft.any_unit else _whoever(view, free, at.date())
    leaves = at + timedelta(minutes=tariff.minutes)
    talk.go_on(chose(draft, "time", "day", day=at.date(), unit=unit, arrival=at, departure=leaves))


def reassigned(view: View) -> Draft:
    """The draft with somebody who is free at its time, where anybody will do and the one it named is busy by now."""
    draft = view.draft
    if not draft.any_unit or draft.arrival is None:
        return draft
    free = dict(slot_times(view, draft.arrival.date())).get(draft.arrival, [])
    if not free or draft.unit in free:
        return draft
    return replace(draft, unit=_whoever(view, free, draft.arrival.date()), quote=None)


@listens("time")
def time_typed(talk: Talk, draft: Draft, text: str) -> bool:
    at = typed_time(text)
    if at is None or draft.day is None:
        return False
    take_time(talk, draft, datetime.combine(draft.day, at))
    return True
