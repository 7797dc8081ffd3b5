"""Owns the days a wizard asks for: the bot's calendar with a first and a last day, pressed or typed, every day of it to be had."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from housebot.bot import buttons as plain
from housebot.bot import calendar
from housebot.bot.calendar import MonthPage
from housebot.bot.guest.journey.screen import ours
from housebot.bot.presses import Action, month_arg
from housebot.bot.renderer import Scene
from housebot.bot.staff.wizards import draft
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.availability import Day, month_dates
from housebot.domain.catalog import Catalog
from housebot.domain.period import local
from housebot.domain.phrases import typed_date, typed_time
from housebot.errors import Refusal
from housebot.services import availability, catalogs
from housebot.services.ports import Button, Tx
from housebot.words import Html, Words, join

AHEAD = timedelta(days=550)  # prices and repairs are planned longer ahead than guests book
LONGEST = timedelta(days=400)
_APART = re.compile(r"\s*(?:\.\.|–|—)\s*|\s+(?:-|до|по|to|till|until)\s+", re.IGNORECASE)
_TIGHT = re.compile(r"(?<!\d{4})-(?!\d{2}-)")  # «4-6.12», but not the dashes of 2026-12-04
_LEAD = re.compile(r"^(?:с|со|from)\s+", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d.])(\d{1,2}:\d{2})(?!\d)")
_BARE = re.compile(r"\d{1,2}")


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day, both meant; with hours where they were named."""

    first: date
    last: date
    begins: time | None = None
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """The calendar's buttons as acts of the wizard: one letter of the calendar each, behind a page named `day`."""

    wizard: Wizard

    def data(self, action: Action, arg: str | date) -> str:
        if isinstance(arg, date):
            arg = arg.strftime("%y%m%d")
        return self.wizard.data(f"cal:{action}{arg}")


def chosen(wizard: Wizard) -> Span | None:
    """What stands in the wizard; of one day alone the first is the last."""
    first, last = wizard.get("first"), wizard.get("last")
    if first is None:
        return None
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


def pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """A cell, an arrow, or a blank. The first press is the first day, the second the last; a third begins anew."""
    letter, arg = argument[:1], argument[1:]
    catalog = catalogs.current(tx, now=turn.now)
    if letter == Action.MONTH:
        draft.show(tx, turn, wizard, month=_month(arg.rstrip("np")))
    elif letter == Action.MONTHS:
        draft.show(tx, turn, wizard, month=_month(arg), months=True)
    elif letter == Action.EDGE:
        since, until = _borders(catalog, turn.now)
        edge = {"last": turn.words.date_long(until), "first": turn.words.date_long(since)}[arg]
        turn.toast(turn.words.plain("wizard.toast.edge", day=edge))
    elif letter == Action.LOOK:
        _picked(tx, turn, wizard, catalog, _day(arg))
    else:
        turn.toast(turn.words.plain("calendar.toast.blank"))


def _picked(tx: Tx, turn: Turn, wizard: Wizard, catalog: Catalog, day: date) -> None:
    since, until = _borders(catalog, turn.now)
    if not since <= day <= until:
        turn.toast(turn.words.plain("wizard.toast.edge", day=turn.words.date_long(since if day < since else until)))
        return
    known = chosen(wizard)
    whole = wizard.get("last") is not None
    month = [day.year, day.month]
    if known is None or whole:
        draft.show(tx, turn, draft.chose(wizard, wizard.step, first=day.isoformat(), last=None), month=month)
    elif day == known.first:
        draft.show(tx, turn, draft.chose(wizard, wizard.step, last=day.isoformat()), month=month)
    elif day < known.first:
        turn.toast(turn.words.plain("wizard.toast.order", day=turn.words.day(known.first)), alert=True)
    else:
        draft.show(tx, turn, draft.chose(wizard, wizard.step, last=day.isoformat()), month=month)


def typed(text: str, catalog: Catalog, now: datetime) -> Span:
    """Days as people write them: `4.12–6.12`, «с 4 по 6 декабря», `сб`, also with hours; `invalid` for what is none, or ends first."""
    since, until = _borders(catalog, now)
    halves = [_LEAD.sub("", one.strip()) for one in _APART.split(text.strip()) if one.strip()]
    if len(halves) == 1:
        halves = [one.strip() for one in _TIGHT.split(halves[0]) if one.strip()]
    if not 1 <= len(halves) <= 2:
        raise Refusal("invalid", reason="dates")
    last, ends = _half(halves[-1], since)
    first, begins = _half(halves[0], since, month_of=last) if len(halves) > 1 else (last, ends)
    if last is None or first is None:
        raise Refusal("invalid", reason="dates")
    if last < first or (last == first and begins and ends and len(halves) > 1 and ends <= begins):
        raise Refusal("invalid", reason="order")
    if first < since or last > until or last - first > LONGEST:
        raise Refusal("invalid", reason="dates_border")
    return Span(first, last, begins if len(halves) > 1 else None, ends if len(halves) > 1 else None)


def _half(text: str, today: date, *, month_of: date | None = None) -> tuple[date | None, time | None]:
    clock = _CLOCK.search(text)
    rest = (text[: clock.start()] + " " + text[clock.end() :]).strip(" ,в") if clock else text
    at = typed_time(clock[1]) if clock else None
    if _BARE.fullmatch(rest) and month_of is not None:  # «4-6.12» is the fourth of that month
        try:
            return month_of.replace(day=int(rest)), at
        except ValueError:
            raise Refusal("invalid", reason="dates") from None
    return typed_date(rest, today), at


def as_chosen(span: Span) -> dict[str, str]:
    return {"first": span.first.isoformat(), "last": span.last.isoformat()}


def page(
    scene: Scene, wizard: Wizard, *, title: Html, ready: str, rows: Sequence[Sequence[Button]]
) -> tuple[Html, tuple[tuple[Button, ...], ...]]:
    """Text and keyboard of the calendar: the words of the wizard, the month, `ready` once there is a day, and the wizard's own rows."""
    words = scene.words
    catalog = catalogs.current(scene.tx, now=scene.now)
    month = _shown(scene, catalog, wizard)
    if scene.facts.get("months"):
        keyboard = ours(_months(catalog, scene.now, wizard, words, month.first, month.last))
    else:
        keyboard = ours(calendar.month_keyboard(month, words)[:-1])
    span = chosen(wizard)
    said = words.range_days(span.first, span.last) if span else ""
    done = [[wizard.button(f"{ready} · {said}", "days")]] if span else []
    hint = words.t("wizard.days_hint" if span is None or wizard.get("last") else "wizard.days_hint_last")
    text = join("\n", [title, hint, join(", ", calendar.legend(month, words))])
    return text, tuple(tuple(row) for row in [*keyboard, *done, *rows])


def _shown(scene: Scene, catalog: Catalog, wizard: Wizard) -> MonthPage:
    span, today = chosen(wizard), local(scene.now, catalog.zone).date()
    since, until = _borders(catalog, scene.now)
    year, month = scene.facts.get("month") or (
        (span.first.year, span.first.month) if span else (today.year, today.month)
    )
    year, month = min(max((year, month), (since.year, since.month)), (until.year, until.month))
    return MonthPage(
        year=year,
        month=month,
        days=_days(scene, catalog, year, month),
        today=today,
        first=since,
        last=until,
        draft=Cells(wizard),
        picking="span",
        arrival=span.first if span else None,
        departure=span.last if span and wizard.get("last") else None,
        prices=False,
    )


def _days(scene: Scene, catalog: Catalog, year: int, month: int) -> Sequence[Day]:
    """With what is taken, where there is one thing to be taken."""
    if len(catalog.units) == 1:
        return availability.compute_month(
            scene.tx, unit=catalog.units[0].id, year=year, month=month, now=scene.now
        ).days
    return [Day(day, "free", "") for day in month_dates(year, month)]


def _months(
    catalog: Catalog, now: datetime, wizard: Wizard, words: Words, since: date, until: date
) -> list[list[plain.Button]]:
    cells, found, month = Cells(wizard), [], since.replace(day=1)
    while month <= until:
        label = f"{words.month_short(month.month)} {month.year % 100:02d}"
        found.append(plain.Button(label, cells.data(Action.MONTH, month_arg(month.year, month.month))))
        month = (month + timedelta(days=32)).replace(day=1)
    return [found[start : start + 3] for start in range(0, len(found), 3)]


def _borders(catalog: Catalog, now: datetime) -> tuple[date, date]:
    today = local(now, catalog.zone).date()
    return today, today + AHEAD


def _day(arg: str) -> date:
    try:
        return datetime.strptime(arg, "%y%m%d").date()  # noqa: DTZ007  a local date
    except ValueError:
        raise Refusal("stale") from None


def _month(arg: str) -> list[int]:
    if len(arg) != 4 or not arg.isdigit() or not 1 <= int(arg[2:]) <= 12:
        raise Refusal("stale")
    return [2000 + int(arg[:2]), int(arg[2:])]
