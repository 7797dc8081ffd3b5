"""Owns the short answers to a press on a day that cannot be picked: which reason, and the two nearest that do work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from housebot.bot.calendar import MonthPage
from housebot.domain.availability import Day
from housebot.words import TOAST_LIMIT, Words, clock_time, cut, units

_ARRIVING = {
    "dates_taken": "calendar.toast.taken",
    "closed_to_arrival": "calendar.toast.closed_to_arrival",
    "outside_hours": "calendar.toast.closed",
    "past": "calendar.toast.past",
    "too_soon": "calendar.toast.too_soon",
}
_LEAVING = {
    "dates_taken": "calendar.toast.beyond_next",
    "closed_to_departure": "calendar.toast.closed_to_departure",
}


@dataclass(frozen=True, slots=True)
class Near:
    """A day nearby that does work: free until an hour, from an hour on, or wholly."""

    day: date
    since: time | None = None
    until: time | None = None


def day_toast(
    page: MonthPage,
    day: Day,
    words: Words,
    *,
    near: Sequence[Near] = (),
    weekdays: frozenset[int] | None = None,
    shortest: str = "",
    longest: str = "",
) -> str:
    """Why this day does not do, in at most 200 characters; the nearest are left out rather than cut."""
    reason = _reason(page, day, words, weekdays=weekdays, shortest=shortest, longest=longest)
    return with_nearest(reason, near, words, month=day.date.month)


def edge_toast(page: MonthPage, side: str, words: Words) -> str:
    """An arrow at the border says where the border is: «Бронируем до 20 мая 2027»."""
    if side == "first":
        return words.plain("calendar.toast.first", first=words.date_long(page.first))
    return words.plain("calendar.toast.too_far", last=words.date_long(page.last))


def nothing_toast(arg: str, words: Words) -> str:
    """Blanks and names of weekdays answer too."""
    return words.plain("calendar.toast.weekdays" if arg == "week" else "calendar.toast.blank")


def with_nearest(reason: str, near: Sequence[Near], words: Words, *, month: int) -> str:
    """The reason and at most two days that do work, as many as fit; days of another month than `month` name theirs."""
    for count in range(min(len(near), 2), 0, -1):
        days = ", ".join(_near(one, words, month) for one in near[:count])
        said = f"{reason} {words.plain('calendar.toast.near', days=days)}"
        if units(said) <= TOAST_LIMIT:
            return said
    return cut(reason, TOAST_LIMIT)


def _near(near: Near, words: Words, month: int) -> str:
    """`пт 4 до 14:00`, `вс 6 с 18:00`, `вс 6`, `сб 2 янв`."""
    day = f"{words.weekday(near.day)} {near.day.day}" if near.day.month == month else words.day(near.day)
    if near.until:
        return words.plain("calendar.toast.near_until", day=day, time=clock_time(near.until))
    if near.since:
        return words.plain("calendar.toast.near_since", day=day, time=clock_time(near.since))
    return day


def _reason(
    page: MonthPage, day: Day, words: Words, *, weekdays: frozenset[int] | None, shortest: str, longest: str
) -> str:
    shown = words.day_long(day.date) if day.date.year == page.today.year else words.date_long(day.date)
    if day.date > page.last or day.reason == "too_far":
        return words.plain("calendar.toast.too_far", last=words.date_long(page.last))
    if day.date < page.today:
        return words.plain("calendar.toast.past", day=shown)
    if page.picking == "departure":
        return _leaving_reason(page, day.date, words, shortest=shortest, longest=longest)
    if day.reason == "weekday" and weekdays is not None:
        return words.plain("calendar.toast.weekday", day=shown, weekdays=words.weekday_names(weekdays))
    if day.reason == "min_stay" and shortest:
        return words.plain("calendar.toast.min_stay_day", day=shown, least=shortest)
    if day.state == "leave_only" and day.reason == "dates_taken":
        return words.plain("calendar.toast.leave_only", day=shown)
    if day.state == "arrive_only":
        return words.plain("calendar.toast.arrive_only", day=shown)
    return words.plain(_ARRIVING.get(day.reason, "calendar.toast.other"), day=shown)


def _leaving_reason(page: MonthPage, day: date, words: Words, *, shortest: str, longest: str) -> str:
    shown = words.day_long(day)
    if page.arrival and day < page.arrival:
        return words.plain("calendar.toast.before_arrival", day=words.day_long(page.arrival))
    reason = (page.reach or {}).get(day, "dates_taken")
    if reason == "min_stay" and shortest:
        return words.plain("calendar.toast.min_stay", day=shown, least=shortest)
    if reason == "max_stay" and longest:
        return words.plain("calendar.toast.max_stay", day=shown, most=longest)
    return words.plain(_LEAVING.get(reason, "calendar.toast.other"), day=shown)
