"""Owns the clock of a stay: the hour of arrival, and when to leave by the hour."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from housebot.bot.calendar import HoursPage, Leaving, hour_keyboard, leaving_keyboard, ways_out
from housebot.bot.guest.draft import Draft, chose
from housebot.bot.guest.journey import market, visit
from housebot.bot.guest.journey.screen import View, ours, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, listens
from housebot.bot.presses import Action, Press
from housebot.domain import pickers
from housebot.domain.catalog import Tariff, Unit
from housebot.domain.phrases import typed_time
from housebot.domain.pickers import Departure, HourChoice
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Message
from housebot.words import Words, clock_time

_DAY = timedelta(days=1)
_LAST_HOUR = 23
LIST = "list"  # from every hour back to the departures worth a row
LONGEST_LOOK = 16  # days ahead that departures of a block stay may reach


# Arrival.


@shows("hours")
def arrival_hours(view: View) -> Message:
    unit, tariff, day = _known(view)
    page = HoursPage(
        [(one.at, one.state == "free") for one in _hours(view, unit, tariff, day)], tariff.usual_hours, view.owner
    )
    text = [view.words.t("hours.arrival", draft=view.sketch()), _legend(view, page)]
    return view.message(text, ours(hour_keyboard(page, view.words)), back=False)


def _legend(view: View, page: HoursPage) -> str:
    taken = any(not free for _, free in page.hours)
    hint = view.words.t("hours.hint")
    return f"{hint} {view.words.t('hours.legend_taken')}" if taken else hint


def _known(view: View) -> tuple[Unit, Tariff, date]:
    if view.unit is None or view.tariff is None or view.draft.day is None:
        raise Refusal("stale")
    return view.unit, view.tariff, view.draft.day


def _hours(view: View, unit: Unit, tariff: Tariff, day: date) -> list[HourChoice]:
    return pickers.start_hours(
        view.catalog, unit, tariff, day, market.around(view.tx, unit, day, now=view.now), view.now
    )


@answers_to(Action.HOUR)
def hour_chosen(talk: Talk, draft: Draft, press: Press) -> None:
    if draft.way == "slot":
        visit.take_time(talk, draft, press.moment())
    else:
        take_hour(talk, draft, press.moment())


def take_hour(talk: Talk, draft: Draft, at: datetime) -> None:
    """Arrive then, if the shortest stay from there is free."""
    view = talk.view(draft)
    unit, tariff, day = _known(view)
    states = {one.at: one.state for one in _hours(view, unit, tariff, day)}
    if states.get(at) != "free":
        _missed(talk, draft, at, taken=at in states, step="hours")
        return
    talk.go_on(until_given(talk, chose(draft, "hours", again=("until",), arrival=at, departure=None)))


def until_given(talk: Talk, draft: Draft) -> Draft:
    """The draft with the departure its certificate says, where that is free; else it is asked for (R49)."""
    if not draft.certificate or draft.arrival is None:
        return draft
    leaves = draft.arrival + timedelta(hours=draft.given)
    return chose(draft, "until", departure=leaves) if _states(talk, draft, leaves).get(leaves) == "free" else draft


def _missed(talk: Talk, draft: Draft, at: datetime, *, taken: bool, step: str) -> None:
    """Somebody is there then, or it is no time of ours: told over the button, or above the keyboard for somebody who typed."""
    words = talk.turn.words
    said = words.plain(f"calendar.toast.{'hour_taken' if taken else 'hour_other'}", time=clock_time(at))
    notice: Mapping[str, Any] = on_the_hour(words, at.time()) or {"id": "answer.plain", "facts": {"text": said}}
    if talk.turn.query_id is not None:
        talk.turn.toast(said)
        talk.show(draft, step)
    else:
        talk.show(draft, step, notice=notice)


def on_the_hour(words: Words, at: time) -> Mapping[str, Any] | None:
    """What to tell somebody who named half past: stays begin and end on whole hours, these two are around it. None: it is one."""
    if not at.minute:
        return None
    around = (at.hour, at.hour + 1) if at.hour < _LAST_HOUR else (at.hour,)
    hours = " / ".join(clock_time(time(hour)) for hour in around)
    return {"id": "hours.whole", "facts": {"hours": hours}}


# Departure.


@shows("until")
def departures_of(view: View) -> Message:
    words = view.words
    if view.facts.get("view") == "every":
        return _every_hour(view)
    leavings = [
        Leaving(one.request.departure, _length(view, one), view.amount(one.price.total)) for one in _departures(view)
    ]
    return view.message(
        [words.t("hours.departure", draft=view.sketch()), words.t("hours.hint")],
        ours(leaving_keyboard(leavings, view.owner, words)),
        back=False,
    )


def _every_hour(view: View) -> Message:
    """`Другое время`: all hours of one day, with arrows to its neighbours."""
    day = date.fromisoformat(view.facts["day"])
    draft = _request(view)
    busy = market.around(view.tx, _known(view)[0], draft.arrival.date(), now=view.now, days=LONGEST_LOOK)
    hours = pickers.departure_hours(view.catalog, draft, day, busy, view.now)
    page = HoursPage([(one.at, one.state == "free") for one in hours], (), view.owner, picking="departure")
    rows = ours(hour_keyboard(page, view.words))
    turns = [
        view.button(f"‹ {view.words.day(day - _DAY)}", Action.OTHER_TIME, day - _DAY),
        view.button(f"{view.words.day(day + _DAY)} ›", Action.OTHER_TIME, day + _DAY),
    ]
    if day - _DAY < draft.arrival.date():
        turns = turns[1:]
    lines = [view.words.t("hours.departure", draft=view.sketch()), view.words.day(day)]
    out = ours([ways_out(view.owner, view.words, back=Action.OTHER_TIME, to=LIST)])
    return view.message(lines, [*rows[:-1], turns, *out], back=False)


def _request(view: View) -> StayRequest:
    draft = view.draft
    if draft.unit is None or draft.tariff is None or draft.arrival is None:
        raise Refusal("stale")
    extras = dict.fromkeys(draft.extras, 1)
    return StayRequest(draft.unit, draft.tariff, draft.arrival, draft.arrival, dict(draft.party), extras)


def _departures(view: View) -> list[Departure]:
    draft = _request(view)
    busy = market.around(view.tx, _known(view)[0], draft.arrival.date(), now=view.now, days=LONGEST_LOOK)
    return pickers.departures(view.catalog, draft, busy, view.now, hand_prices=catalogs.hand_prices(view.tx))


def _length(view: View, one: Departure) -> str:
    """`24 ч`, `+1 ч`, `2 суток`."""
    if one.extra_hours:
        return f"+{view.words.length(hours=one.extra_hours)}"
    return view.words.length(hours=one.hours)


@answers_to(Action.OTHER_TIME)
def other_time(talk: Talk, draft: Draft, press: Press) -> None:
    if draft.arrival is None or draft.step != "until" or press.arg == LIST:
        again(talk, draft)
        return
    usual = talk.view(draft).tariff
    length = timedelta(minutes=usual.minutes if usual else 0)
    day = (draft.arrival + length).date() if press.arg == "other" else press.day()
    latest = draft.arrival.date() + timedelta(days=LONGEST_LOOK)
    day = min(max(day, draft.arrival.date()), latest)
    talk.show(draft, "until", view="every", day=day.isoformat())


@answers_to(Action.UNTIL)
def departure_chosen(talk: Talk, draft: Draft, press: Press) -> None:
    take_departure(talk, draft, press.moment())


def take_departure(talk: Talk, draft: Draft, leaves: datetime) -> None:
    """Leave then, if it is sold and free until then."""
    choices = _states(talk, draft, leaves)
    if choices.get(leaves) != "free":
        _missed(talk, draft, leaves, taken=leaves in choices, step="until")
        return
    talk.go_on(chose(draft, "until", departure=leaves))


def _states(talk: Talk, draft: Draft, leaves: datetime) -> dict[datetime, str]:
    """The hours of that day to leave at, and whether each is free."""
    view = talk.view(draft)
    request = _request(view)
    busy = market.around(talk.tx, _known(view)[0], request.arrival.date(), now=talk.turn.now, days=LONGEST_LOOK)
    found = pickers.departure_hours(talk.catalog, request, leaves.date(), busy, talk.turn.now)
    return {one.at: one.state for one in found}


@listens("hours", "until")
def clock_typed(talk: Talk, draft: Draft, text: str) -> bool:
    at = typed_time(text)
    if at is None or draft.day is None:
        return False
    if draft.step == "hours":
        take_hour(talk, draft, datetime.combine(draft.day, at))
    elif draft.arrival is not None:
        leaves = datetime.combine(draft.arrival.date(), at)
        take_departure(talk, draft, leaves if leaves > draft.arrival else leaves + _DAY)
    return True
