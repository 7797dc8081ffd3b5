"""Owns the steps where a day is picked: arrival, the day of a visit, departure by nights, and which of two nights was meant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from housebot.bot.calendar import (
    MonthPage,
    legend,
    mark,
    month_keyboard,
    month_text,
    months_keyboard,
    months_text,
    price_ranges,
    prices_keyboard,
)
from housebot.bot.guest.draft import Draft, chose
from housebot.bot.guest.journey import market
from housebot.bot.guest.journey.screen import View, ours, shows
from housebot.bot.guest.journey.talk import TURNING, Talk, again, answers_to, listens, prepares
from housebot.bot.presses import Action, Press, month_arg
from housebot.bot.toasts import day_toast, edge_toast, nothing_toast
from housebot.domain import pickers, stay_rules
from housebot.domain.availability import Day
from housebot.domain.catalog import Kind, Tariff
from housebot.domain.occupancy import Busy, timeline
from housebot.domain.phrases import typed_date
from housebot.domain.pickers import Draft as Priced
from housebot.domain.stay import StayRequest, resolve
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Message
from housebot.words import Html, join

_DAY = timedelta(days=1)
LONGEST_REACH = 40  # nights ahead that the calendar of departures judges


# What is shown.


@shows("day", "departure")
def month_screen(view: View) -> Message:
    """The month as a keyboard, as prices, or the list of months."""
    year, number = _month_of(view)
    layout = view.facts.get("view", "days")
    if layout == "months":
        keyboard = months_keyboard(_months(view), view.owner, view.words, shown=(year, number))
        return view.message([months_text(view.words, draft=view.sketch())], ours(keyboard), back=False)
    page = page_of(view, year, number)
    if layout == "prices":
        prices = _prices(view, year, number)
        amounts = {day: view.amount(amount) for day, amount in prices.items()}
        text = month_text(
            page, view.words, draft=view.sketch(), ranges=price_ranges(view.words, amounts), prices_view=True
        )
        return view.message([text], ours(prices_keyboard(page, amounts, view.words)), back=False)
    zone = str(view.catalog.zone) if view.words.language != view.catalog.languages[0] else ""
    text = month_text(page, view.words, draft=view.sketch(), zone=zone)
    if view.draft.step == "day" and view.draft.way != "book":
        text = _when(view, page, zone)
    return view.message([text], ours(month_keyboard(page, view.words)), back=False)


def _when(view: View, page: MonthPage, zone: str) -> Html:
    """The question as people ask it; the signs of the page under it."""
    slot = view.draft.way == "slot"
    lines = [
        view.words.t("slot.day", draft=view.sketch()) if slot else view.words.t("choose.when"),
        "" if slot else view.sketch(),
        join(", ", legend(page, view.words)),
        view.words.t("calendar.zone", zone=zone) if zone else "",
    ]
    return join("\n", lines)


@shows("night")
def which_night(view: View) -> Message:
    """A night belongs to two days: asked once."""
    names = view.words
    rows = [
        [
            view.button(
                view.label("choose.button.night", first=names.weekday(day), second=names.weekday(day + _DAY))
                + f" · {day.day}→{(day + _DAY).day}",
                Action.ARRIVE,
                day,
            )
        ]
        for day in view.draft.either
    ]
    return view.message([names.t("choose.which_night")], rows)


def page_of(view: View, year: int, number: int) -> MonthPage:
    """One month as this step of this draft sees it."""
    draft = view.draft
    first, last = market.first_and_last(view.catalog, draft, view.now)
    leaving = draft.step == "departure"
    return MonthPage(
        year=year,
        month=number,
        days=market.month(view.tx, view.catalog, draft, year, number, view.now),
        today=first,
        first=first,
        last=last,
        draft=view.owner,
        picking="departure" if leaving else "visit" if draft.way == "slot" else "arrival",
        arrival=draft.day if leaving else None,
        reach=reach(view) if leaving else None,
    )


def reach(view: View) -> dict[date, str]:
    """Each day after the arrival: why one cannot leave on it, "" where one can; any unit of the draft will do."""
    draft = view.draft
    assert draft.day is not None
    found: dict[date, str] = {}
    party = dict(draft.party) or {_adult(view): 1}
    for unit in market.units_for(view.catalog, draft):
        busy = market.around(view.tx, unit, draft.day, now=view.now, days=LONGEST_REACH)
        for tariff in view.catalog.tariffs_of(unit.id):
            if tariff.kind is not Kind.NIGHTLY or (draft.tariff and tariff.id != draft.tariff):
                continue
            everybody = party if draft.party else {_adult(view): max(tariff.min_guests, 1)}
            midnight = datetime.combine(draft.day, time())
            for nights in range(1, LONGEST_REACH + 1):
                request = StayRequest(unit.id, tariff.id, midnight, midnight + nights * _DAY, everybody)
                refusal = _refusal_of(view, request, busy)
                day = draft.day + nights * _DAY
                if found.get(day) != "":
                    found[day] = refusal if day not in found or not refusal else found[day]
    return found


def _refusal_of(view: View, request: StayRequest, busy: Sequence[Busy]) -> str:
    """The code of what stands in the way of a stay, "" for nothing."""
    try:
        stay = resolve(view.catalog, request)
        stay_rules.check(view.catalog, stay, now=view.now, busy=busy)
    except Refusal as refusal:
        return refusal.code
    return "" if timeline(stay.unit, busy, view.now).free(stay.start, stay.end) else "dates_taken"


def _month_of(view: View) -> tuple[int, int]:
    draft = view.draft
    text = view.facts.get("month")
    if text:
        return 2000 + int(text[:2]), int(text[2:])
    day = draft.day or view.today
    return day.year, day.month


def _months(view: View) -> list[tuple[int, int, int]]:
    first, last = market.first_and_last(view.catalog, view.draft, view.now)
    found = []
    month = first.replace(day=1)
    while month <= last:
        days = market.month(view.tx, view.catalog, view.draft, month.year, month.month, view.now)
        found.append((month.year, month.month, sum(day.state in market.OPEN for day in days)))
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def _prices(view: View, year: int, number: int) -> dict[date, int]:
    """The lowest total of this draft for each day, of any unit."""
    draft, lowest = view.draft, dict[date, int]()
    days = market.month(view.tx, view.catalog, draft, year, number, view.now)
    for unit in market.units_for(view.catalog, draft):
        tariffs = [one for one in view.catalog.tariffs_of(unit.id) if draft.tariff is None or one.id == draft.tariff]
        busy = market.around(view.tx, unit, days[0].date, now=view.now, days=len(days) + 7)
        found = pickers.lowest_prices(
            view.catalog,
            unit,
            tariffs,
            year,
            number,
            busy,
            view.now,
            draft=Priced(draft.party, dict.fromkeys(draft.extras, 1)),
            hand_prices=catalogs.hand_prices(view.tx),
        )
        for day, amount in found.items():
            lowest[day] = min(amount, lowest.get(day, amount))
    return lowest


def _adult(view: View) -> str:
    return next(band.id for band in view.catalog.bands if band.adult)


# Pages: nothing is chosen, the version stays.


@answers_to(Action.MONTH, Action.MONTHS, Action.PRICES)
def turn_page(talk: Talk, draft: Draft, press: Press) -> None:
    year, number = press.month()
    if draft.step not in ("day", "departure"):
        talk.turn.toast(talk.turn.words.plain("toast.stale"))
        again(talk, draft)
        return
    view = {Action.MONTHS: "months", Action.PRICES: "prices", Action.MONTH: "days"}[press.action]
    turning = None
    if press.action is Action.MONTH:
        year, number, turning = _quick(talk, draft, press)
    show_month(talk, draft, year, number, view=view)
    if turning is not None:
        talk.turn.set_data({**talk.turn.data, TURNING: turning})


def _quick(talk: Talk, draft: Draft, press: Press) -> tuple[int, int, dict[str, Any]]:
    """The month to turn to. An arrow pressed again before its edit arrived is one page further, not the same page again."""
    year, number = press.month()
    wanted = year * 12 + number - 1
    turned = talk.turn.data.get(TURNING) or {}
    if press.step and turned.get("message") == talk.turn.message_id:
        wanted = int(turned["page"]) + press.step
    first, last = market.first_and_last(talk.catalog, draft, talk.turn.now)
    wanted = min(max(wanted, first.year * 12 + first.month - 1), last.year * 12 + last.month - 1)
    return wanted // 12, wanted % 12 + 1, {"message": talk.turn.message_id, "page": wanted}


def show_month(
    talk: Talk, draft: Draft, year: int, number: int, *, view: str = "days", notice: Mapping[str, Any] | None = None
) -> None:
    """That month for the step that is open; beyond the border the month at the border."""
    first, last = market.first_and_last(talk.catalog, draft, talk.turn.now)
    wanted = min(max(date(year, number, 1), first.replace(day=1)), last.replace(day=1))
    month = month_arg(wanted.year, wanted.month)
    talk.show(draft, draft.step, notice=notice, month=month, view=view, ready=True)


@prepares("day", "departure")
def open_calendar(talk: Talk, draft: Draft, notice: Mapping[str, Any] | None) -> None:
    """The month of the day that is chosen, for a departure of the first one that can be; else the first with an open day."""
    first, _ = market.first_and_last(talk.catalog, draft, talk.turn.now)
    day = draft.day if draft.day and draft.day >= first else None
    if day is not None and draft.step == "departure":  # of New Year's Eve, January
        day = next((one for one, refusal in reach(talk.view(draft)).items() if not refusal), day)
    if day is None:
        days = market.month(talk.tx, talk.catalog, draft, first.year, first.month, talk.turn.now)
        later = (first + timedelta(days=32)).replace(day=1)
        day = first if any(one.state in market.OPEN for one in days) else later
    show_month(talk, draft, day.year, day.month, notice=notice)


@answers_to(Action.EDGE)
def at_the_border(talk: Talk, draft: Draft, press: Press) -> None:
    page = page_of(talk.view(draft), talk.today.year, talk.today.month)
    talk.turn.toast(edge_toast(page, press.arg, talk.turn.words))


@answers_to(Action.NOTHING)
def blank(talk: Talk, draft: Draft, press: Press) -> None:
    talk.turn.toast(nothing_toast(press.arg, talk.turn.words))


@answers_to(Action.WEEKEND)
def nearest_weekend(talk: Talk, draft: Draft, press: Press) -> None:
    """The next Saturday that is free is picked."""
    words = talk.turn.words
    saturday = market.next_weekend(talk.tx, talk.catalog, draft, talk.today, talk.turn.now)
    if saturday is not None:
        pick_arrival(talk, draft, saturday)
    else:
        talk.turn.toast(words.plain("calendar.toast.other", day=words.plain("calendar.button.weekend")))


# Choosing.


@answers_to(Action.ARRIVE)
def arrive(talk: Talk, draft: Draft, press: Press) -> None:
    if draft.step == "night":
        pick_night(talk, draft, press.day())
    else:
        pick_arrival(talk, draft, press.day())


def pick_night(talk: Talk, draft: Draft, day: date) -> None:
    """The evening of that day is the arrival."""
    choice = chose(
        draft, "day", "shape", day=day, shape="evening", either=(), tariff=None, arrival=None, departure=None
    )
    judge(talk, replace(draft, step="day"), choice, day)


def pick_arrival(talk: Talk, draft: Draft, day: date, *, notice: Mapping[str, Any] | None = None) -> None:
    """Take the day if a stay may begin on it, else say why not and leave everything as it is."""
    judge(talk, draft, with_day(draft, day), day, notice=notice)


def with_day(draft: Draft, day: date) -> Draft:
    """The draft on that day: what was chosen of times is asked again, wishes and guests stay."""
    tariff = draft.tariff if draft.way != "help" else None
    anew = ("offers", "hours", "until", "departure", "time")
    return chose(
        draft, "day", again=anew, day=day, either=(), tariff=tariff, arrival=None, departure=None,
        unit=None if draft.any_unit else draft.unit,
    )  # fmt: skip


def judge(talk: Talk, draft: Draft, choice: Draft, day: date, *, notice: Mapping[str, Any] | None = None) -> None:
    """Go on with the choice, or explain the day."""
    if not explained(talk, draft, day):
        talk.go_on(nights_given(talk, choice), notice=notice)


def nights_given(talk: Talk, draft: Draft) -> Draft:
    """The draft with the nights its certificate says, where they are free; else the departure is asked for (R49)."""
    tariff = talk.catalog.tariff(draft.tariff) if draft.tariff else None
    if not draft.certificate or draft.day is None or tariff is None or tariff.kind is not Kind.NIGHTLY:
        return draft
    leaves = draft.day + timedelta(days=draft.given)
    free = reach(talk.view(replace(draft, step="departure"))).get(leaves) == ""
    return leaving_on(talk, draft, leaves) if free else draft


def explained(talk: Talk, draft: Draft, day: date) -> bool:
    """Whether no stay may begin on that day: then it is told why, over its month or the one at the border; the draft stays as it is."""
    view = talk.view(replace(draft, step="day"))
    first, last = market.first_and_last(talk.catalog, draft, talk.turn.now)
    inside = first <= day <= last
    found = market.day_of(talk.tx, talk.catalog, draft, day, talk.turn.now) if inside else Day(day, "past", "")
    page = page_of(view, *(day.year, day.month) if inside else (first.year, first.month))
    if inside and mark(page, found) in ("free", "partial"):
        return False
    said = why_not(talk, replace(draft, step="day"), page, found)
    talk.turn.toast(said)
    notice = {"id": "answer.plain", "facts": {"text": said}} if talk.turn.query_id is None else None
    show_month(talk, replace(draft, step="day"), day.year, day.month, notice=notice)
    return True


def why_not(talk: Talk, draft: Draft, page: MonthPage, day: Day) -> str:
    """The reason and the two nearest days that do work."""
    view = talk.view(draft)
    tariff: Tariff | None = view.tariff
    near = market.near_days(talk.tx, talk.catalog, draft, day.date, talk.turn.now)
    return day_toast(
        page, day, talk.turn.words, near=near, weekdays=tariff.weekdays if tariff else None, shortest=_least(view)
    )


def _least(view: View) -> str:
    """The shortest stay from the drafted arrival, in words; empty where there is none."""
    draft, day = view.draft, view.draft.day
    lengths = []
    for unit in market.units_for(view.catalog, draft):
        for tariff in view.catalog.tariffs_of(unit.id):
            if tariff.kind is Kind.NIGHTLY and day and draft.tariff in (None, tariff.id):
                arrival = datetime.combine(day, tariff.check_in)
                leaves = stay_rules.shortest(view.catalog, unit, tariff, arrival)
                lengths.append((leaves.date() - day).days)
    return view.words.length(nights=min(lengths)) if lengths else ""


@answers_to(Action.LEAVE)
def leave_on(talk: Talk, draft: Draft, press: Press) -> None:
    pick_departure(talk, draft, press.day())


def pick_departure(talk: Talk, draft: Draft, day: date) -> None:
    """Nights until that day, if one can leave on it."""
    if draft.day is None:
        open_calendar(talk, replace(draft, step="day"), None)
        return
    here = replace(draft, step="departure")
    view = talk.view(here)
    if day == draft.day:  # the chosen arrival again: choose it anew
        talk.show(chose(draft, again=("day", "departure"), day=None), "day")
        return
    if reach(view).get(day) == "":
        talk.go_on(leaving_on(talk, draft, day))
        return
    page = page_of(view, day.year, day.month)
    said = day_toast(page, Day(day, "full", ""), talk.turn.words, shortest=_least(view))
    if talk.turn.query_id is not None:
        talk.turn.toast(said)
        show_month(talk, here, day.year, day.month)
    else:
        show_month(talk, here, draft.day.year, draft.day.month, notice={"id": "answer.plain", "facts": {"text": said}})


def leaving_on(talk: Talk, draft: Draft, day: date) -> Draft:
    """The draft with its nights counted, and with its times where the tariff is known."""
    assert draft.day is not None
    nights = (day - draft.day).days
    tariff = talk.catalog.tariff(draft.tariff) if draft.tariff else None
    times: dict[str, Any] = {
        "arrival": None,
        "departure": None,
        "tariff": None if draft.way == "help" else draft.tariff,
    }
    if draft.way != "help" and tariff is not None:
        times["arrival"] = datetime.combine(draft.day, tariff.check_in)
        times["departure"] = datetime.combine(day, tariff.check_out)
    return chose(draft, "departure", again=("offers",), length=nights, **times)


@listens("day", "night", "departure")
def day_typed(talk: Talk, draft: Draft, text: str) -> bool:
    day = typed_date(text, talk.today)
    if day is None:
        return False
    if draft.step == "departure":
        pick_departure(talk, draft, day)
    elif draft.step == "night" and day in draft.either:
        pick_night(talk, draft, day)
    else:
        pick_arrival(talk, draft, day)
    return True
