"""Owns moving the dates: the same calendar and hours as of a journey, for a stay as long as it was sold, itself not in the way."""

from datetime import date, datetime, timedelta
from typing import Any

from housebot.bot.calendar import (
    HoursPage,
    MonthPage,
    hour_keyboard,
    mark,
    month_keyboard,
    month_text,
    months_keyboard,
    months_text,
)
from housebot.bot.guest.alone import no_move
from housebot.bot.guest.changing.openings import Openings
from housebot.bot.guest.changing.preview import show_preview
from housebot.bot.guest.changing.talk import Page, Talk, draws
from housebot.bot.guest.changing.verbs import open_verbs
from housebot.bot.guest.changing.wish import shifted
from housebot.bot.guest.draft import chose
from housebot.bot.guest.journey import market
from housebot.bot.guest.journey.hours import on_the_hour
from housebot.bot.guest.journey.screen import ours
from housebot.bot.guest.journey.talk import TURNING
from housebot.bot.presses import Action, Press, month_arg
from housebot.bot.toasts import day_toast, edge_toast, nothing_toast
from housebot.domain.availability import Day
from housebot.domain.catalog import Kind
from housebot.domain.phrases import typed_date, typed_time
from housebot.services.ports import Message
from housebot.words import Html, clock_time, join


def begin(talk: Talk) -> None:
    """The calendar; a stay that cannot be moved by its guest is told why."""
    if no_move(talk.told) is not None:
        open_verbs(talk)
        return
    day = talk.booking.arrival.date()
    show_month(talk, day.year, day.month)


# The day


@draws("day")
def calendar(page: Page) -> Message:
    """The month, or the list of months."""
    text = page.view.facts.get("month") or month_arg(page.booking.arrival.year, page.booking.arrival.month)
    year, number = 2000 + int(text[:2]), int(text[2:4])
    view, words = page.view, page.told.words
    if view.facts.get("view") == "months":
        keyboard = months_keyboard(_months(page), view.owner, words, shown=(year, number))
        return view.message([months_text(words, draft=_sketch(page))], ours(keyboard), back=False)
    month = _month(page, year, number)
    zone = str(view.catalog.zone) if words.language != view.catalog.languages[0] else ""
    text = month_text(month, words, draft=_sketch(page), zone=zone)
    return view.message([text], ours(month_keyboard(month, words)), back=False)


def _sketch(page: Page) -> Html:
    """`HB-7K3F · сб 5 дек 16:00 → вс 6 дек 16:00`, and how long it stays."""
    told = page.told
    nightly = told.stay.tariff.kind is Kind.NIGHTLY
    words = told.words
    length = words.length(nights=len(told.stay.nights)) if nightly else words.length(hours=told.stay.hours)
    return join(" · ", [page.title, "" if told.is_slot else length])


def _month(page: Page, year: int, number: int) -> MonthPage:
    found = Openings(page.told, page.draft)
    first, last = found.bounds
    return MonthPage(
        year=year,
        month=number,
        days=found.month(year, number),
        today=first,
        first=first,
        last=last,
        draft=page.view.owner,
        picking="visit" if page.told.is_slot else "arrival",
        prices=False,
    )


def _months(page: Page) -> list[tuple[int, int, int]]:
    found = Openings(page.told, page.draft)
    first, last = found.bounds
    months, month = [], first.replace(day=1)
    while month <= last:
        free = sum(day.state in market.OPEN for day in found.month(month.year, month.month))
        months.append((month.year, month.month, free))
        month = (month + timedelta(days=32)).replace(day=1)
    return months


def show_month(talk: Talk, year: int, number: int, *, view: str = "days", notice: dict[str, Any] | None = None) -> None:
    """That month; beyond the border the month at the border."""
    first, last = Openings(talk.told, talk.draft).bounds
    wanted = min(max(date(year, number, 1), first.replace(day=1)), last.replace(day=1))
    talk.show(talk.draft, "day", notice=notice, month=month_arg(wanted.year, wanted.month), view=view)


def turn_page(talk: Talk, press: Press) -> None:
    """Another month, or all of them; an arrow pressed again before its edit arrived is one page further."""
    view = "months" if press.action is Action.MONTHS else "days"
    year, number = press.month()
    turned = talk.turn.data.get(TURNING) or {}
    wanted = year * 12 + number - 1
    if press.step and turned.get("message") == talk.turn.message_id:
        wanted = int(turned["page"]) + press.step
    first, last = Openings(talk.told, talk.draft).bounds
    wanted = min(max(wanted, first.year * 12 + first.month - 1), last.year * 12 + last.month - 1)
    show_month(talk, wanted // 12, wanted % 12 + 1, view=view)
    talk.turn.set_data({**talk.turn.data, TURNING: {"message": talk.turn.message_id, "page": wanted}})


def at_the_border(talk: Talk, press: Press) -> None:
    """Where the border is."""
    today = talk.told.local(talk.turn.now)
    talk.turn.toast(edge_toast(_month(talk.page(), today.year, today.month), press.arg, talk.turn.words))


def blank(talk: Talk, press: Press) -> None:
    """A blank answers too."""
    talk.turn.toast(nothing_toast(press.arg, talk.turn.words))


def take_day(talk: Talk, day: date) -> None:
    """The hours of that day; of nights, or where the hour says itself, what it means at once."""
    found = Openings(talk.told, talk.draft)
    first, last = found.bounds
    inside = first <= day <= last
    page = _month(talk.page(), *((day.year, day.month) if inside else (first.year, first.month)))
    state = found.month(day.year, day.month)[day.day - 1] if inside else Day(day, "past", "")
    if not inside or mark(page, state) not in ("free", "partial"):
        _explain(talk, page, state, found)
        return
    if found.tariff.kind is Kind.NIGHTLY:
        show_preview(talk, shifted(talk.draft, found.hours(day)[0][0]))
        return
    talk.show(chose(talk.draft, day=day), "hours")


def _explain(talk: Talk, page: MonthPage, day: Day, found: Openings) -> None:
    """Why no such stay may begin on that day, and the two nearest on which it may; nothing changes."""
    weekdays = found.tariff.weekdays
    said = day_toast(page, day, talk.turn.words, near=found.near(day.date), weekdays=weekdays)
    talk.turn.toast(said)
    notice = {"id": "answer.plain", "facts": {"text": said}} if talk.turn.query_id is None else None
    show_month(talk, page.year, page.month, notice=notice)


# The hour


@draws("hours")
def hours(page: Page) -> Message:
    """The hours of the chosen day; those the tariff does not know are left out."""
    found, words = Openings(page.told, page.draft), page.told.words
    day = page.draft.day or page.booking.arrival.date()
    usual = (page.booking.arrival.time(), *found.tariff.usual_hours)
    shown = HoursPage(found.hours(day), usual, page.view.owner)
    hint = words.t("hours.hint_slot" if page.told.is_slot else "hours.hint")
    if any(not free for _, free in shown.hours):
        hint = join(" ", [hint, words.t("hours.legend_taken")])
    title = words.t("changing.hour_slot" if page.told.is_slot else "changing.hour", day=words.day(day))
    return page.view.message([title, _sketch(page), hint], ours(hour_keyboard(shown, words)), back=False)


def take_hour(talk: Talk, at: datetime) -> None:
    """What it means to come then instead, if the stay fits."""
    states = dict(Openings(talk.told, talk.draft).hours(at.date()))
    if states.get(at):
        show_preview(talk, shifted(talk.draft, at))
        return
    words = talk.turn.words
    said = words.plain(f"calendar.toast.{'hour_taken' if at in states else 'hour_other'}", time=clock_time(at))
    talk.turn.toast(said)
    notice = on_the_hour(words, at.time()) if not talk.told.is_slot else None
    typed = notice or {"id": "answer.plain", "facts": {"text": said}}
    talk.show(chose(talk.draft, day=at.date()), "hours", notice=None if talk.turn.query_id else typed)


def typed(talk: Talk, text: str) -> bool:
    """A day, or an hour of the day that is chosen."""
    today = talk.told.local(talk.turn.now).date()
    if talk.draft.step == "hours" and (at := typed_time(text)) is not None:
        take_hour(talk, datetime.combine(talk.draft.day or talk.booking.arrival.date(), at))
        return True
    if (day := typed_date(text, today)) is not None:
        take_day(talk, day)
        return True
    return False
