"""Owns the layout of the pickers: month, list of months, prices view, hours and departures, exactly as UX section 5."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol

from housebot.bot.buttons import Button, Keyboard
from housebot.bot.presses import Action, month_arg, pack
from housebot.domain.availability import Day
from housebot.words import Html, Words, bold, capital, join

Picking = Literal["arrival", "departure", "visit", "browse", "span"]
Mark = Literal["free", "partial", "full", "gone", "arrive", "leave", "chosen", "between"]

PRICE_CHARACTERS = 13  # more is cut on a narrow phone when three stand in a row
_GONE = frozenset({"past", "too_soon", "too_far"})
_SIGNS: dict[Mark, str] = {
    "free": "{}",
    "partial": "◐{}",
    "full": "×{}",
    "gone": "·",
    "arrive": "›{}",
    "leave": "{}›",
    "chosen": "✓{}",
    "between": "–{}",
}
_PICKS = {
    "arrival": Action.ARRIVE,
    "visit": Action.ARRIVE,
    "departure": Action.LEAVE,
    "browse": Action.LOOK,
    "span": Action.LOOK,
}


class Pressed(Protocol):
    """Whoever writes the data of the buttons: a guest's draft, or staff choosing days for something else."""

    def data(self, action: Action, arg: str | date) -> str: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """Whose calendar it is; turning pages keeps the version, choosing raises it (T3)."""

    id: str
    version: int

    def data(self, action: Action, arg: str | date) -> str:
        """The data of one of its buttons."""
        return pack(action, self.id, self.version, arg)


@dataclass(frozen=True, slots=True)
class MonthPage:
    """One month as one step of one draft sees it."""

    year: int
    month: int
    days: Sequence[Day]  # of the whole month, from `availability.day_states`
    today: date
    first: date  # the earliest and the last day that may be booked: the arrows stop at their months
    last: date
    draft: Pressed
    picking: Picking = "arrival"
    arrival: date | None = None
    departure: date | None = None
    reach: Mapping[date, str] | None = None  # picking departure: the refusal of leaving on that day, "" where it works
    prices: bool = True  # the row with the weekend and the prices view


@dataclass(frozen=True, slots=True)
class HoursPage:
    """The hours of one day, and whether each is free."""

    hours: Sequence[tuple[datetime, bool]]
    usual: Sequence[time]
    draft: Draft
    picking: Literal["arrival", "departure"] = "arrival"


@dataclass(frozen=True, slots=True)
class Leaving:
    """One departure offered to a block stay."""

    at: datetime
    length: str  # `24 ч`, `+1 ч`, `2 суток`
    amount: str  # `800`


def mark(page: MonthPage, day: Day) -> Mark:
    """What the cell says: in a picker only what matters for this step, all five states where one only looks (R3)."""
    if page.picking == "span":
        return _span_mark(page, day)
    if page.arrival == day.date and page.picking == "departure":
        return "chosen"
    if page.arrival and page.departure and page.arrival < day.date <= page.departure:
        return "chosen" if day.date == page.departure else "between"
    if day.date < page.today or day.date > page.last:
        return "gone"
    if page.picking == "departure":
        return _leaving_mark(page, day)
    if day.state == "past" or day.reason in _GONE:
        return "leave" if page.picking == "browse" and day.state == "leave_only" else "gone"
    if day.state in ("arrive_only", "leave_only") and page.picking == "browse":
        return "arrive" if day.state == "arrive_only" else "leave"
    if day.state in ("free", "arrive_only"):
        return "free"
    return "partial" if day.state == "partial" else "full"


def _span_mark(page: MonthPage, day: Day) -> Mark:
    """Every day ahead is to be had; what is taken is only said."""
    if day.date in (page.arrival, page.departure):
        return "chosen"
    if page.arrival and page.departure and page.arrival < day.date < page.departure:
        return "between"
    if not page.first <= day.date <= page.last:
        return "gone"
    if day.reason == "dates_taken" and day.state == "full":
        return "full"
    return "partial" if day.state in ("partial", "arrive_only", "leave_only") else "free"


def _leaving_mark(page: MonthPage, day: Day) -> Mark:
    if page.arrival and day.date < page.arrival:
        return "gone"
    return "free" if page.reach is not None and page.reach.get(day.date) == "" else "full"


def cell(page: MonthPage, day: Day) -> str:
    """The text of a day: the number, with a sign where it is not simply free."""
    meaning = mark(page, day)
    if meaning == "free" and day.date == page.today:
        return f"({day.date.day})"
    return _SIGNS[meaning].format(day.date.day)


def month_keyboard(page: MonthPage, words: Words) -> Keyboard:
    """Arrows and the month, weekdays, four to six weeks of seven cells, ways out."""
    draft, here = page.draft, month_arg(page.year, page.month)
    blank = Button(" ", draft.data(Action.NOTHING, "blank"))
    pick = _PICKS[page.picking]
    cells = [Button(cell(page, day), draft.data(pick, day.date), style=_style(mark(page, day))) for day in page.days]
    before = date(page.year, page.month, 1).weekday()
    cells = [blank] * before + cells
    cells += [blank] * (-len(cells) % 7)
    rows = [
        [
            _arrow(page, -1),
            Button(words.month(page.year, page.month), draft.data(Action.MONTHS, here)),
            _arrow(page, 1),
        ],
        [Button(name, draft.data(Action.NOTHING, "week")) for name in words.weekdays()],
        *_rows(cells, 7),
    ]
    if page.prices and page.picking in ("arrival", "browse"):
        rows.append(
            [
                Button(words.plain("calendar.button.weekend"), draft.data(Action.WEEKEND, here)),
                Button(words.plain("calendar.button.prices"), draft.data(Action.PRICES, here)),
            ]
        )
    return [*rows, ways_out(draft, words)]


def _arrow(page: MonthPage, step: Literal[-1, 1]) -> Button:
    """A page further, or at the border a dot that says where the border is."""
    month = page.year * 12 + page.month - 1 + step
    year, number = month // 12, month % 12 + 1
    if not (page.first.year, page.first.month) <= (year, number) <= (page.last.year, page.last.month):
        return Button("·", page.draft.data(Action.EDGE, "first" if step < 0 else "last"))
    return Button("‹" if step < 0 else "›", page.draft.data(Action.MONTH, month_arg(year, number, step)))


def _style(meaning: Mark) -> Literal["success"] | None:
    return "success" if meaning == "chosen" else None


def ways_out(draft: Pressed, words: Words, *, back: Action = Action.BACK, to: str = "step") -> list[Button]:
    """Back and Menu, at the end of every picker (T7); from a page within a step Back leads to the step's first page."""
    return [
        Button(words.plain("button.back"), draft.data(back, to)),
        Button(words.plain("button.menu"), draft.data(Action.MENU, "menu")),
    ]


def months_keyboard(
    months: Sequence[tuple[int, int, int]], draft: Pressed, words: Words, *, shown: tuple[int, int]
) -> Keyboard:
    """Months as (year, month, free days), three a row; a month that comes twice carries its year. Back leads to the one `shown`."""
    twice = {month for month, times in Counter(month for _, month, _ in months).items() if times > 1}
    buttons = []
    for year, month, free in months:
        name = words.month_short(month) + (f" {year % 100:02d}" if month in twice else "")
        text = words.plain("calendar.button.month", month=name, n=free)
        buttons.append(Button(text, draft.data(Action.MONTH, month_arg(year, month))))
    return [*_rows(buttons, 3), ways_out(draft, words, back=Action.MONTH, to=month_arg(*shown))]


def prices_keyboard(page: MonthPage, prices: Mapping[date, str], words: Words) -> Keyboard:
    """Free days with the lowest total of this draft, three a row; amounts come as `words.amount` writes them."""
    free = [day for day in page.days if day.date in prices and mark(page, day) in ("free", "partial", "arrive")]
    pick = _PICKS[page.picking]
    buttons = [Button(price_label(words, day.date, prices[day.date]), page.draft.data(pick, day.date)) for day in free]
    here = month_arg(page.year, page.month)
    return [
        [
            _prices_arrow(page, -1),
            Button(words.month(page.year, page.month), page.draft.data(Action.MONTHS, here)),
            _prices_arrow(page, 1),
        ],
        *_rows(buttons, 3),
        [Button(words.plain("calendar.button.calendar"), page.draft.data(Action.MONTH, here))],
        ways_out(page.draft, words, back=Action.MONTH, to=here),
    ]


def _prices_arrow(page: MonthPage, step: Literal[-1, 1]) -> Button:
    arrow = _arrow(page, step)
    month = page.year * 12 + page.month - 1 + step
    return (
        arrow
        if arrow.text == "·"
        else Button(arrow.text, page.draft.data(Action.PRICES, month_arg(month // 12, month % 12 + 1)))
    )


def price_label(words: Words, day: date, amount: str) -> str:
    """`сб 5 · 700`; closer together, then without the weekday, where that is too long for a third of a phone."""
    amount = amount.replace("\u202f", "")
    tries = (
        f"{words.weekday(day)} {day.day} · {amount}",
        f"{words.weekday(day)} {day.day}·{amount}",
        f"{day.day}·{amount}",
    )
    return next((text for text in tries if len(text) <= PRICE_CHARACTERS), tries[-1][: PRICE_CHARACTERS - 1] + "…")


def hour_keyboard(page: HoursPage, words: Words) -> Keyboard:
    """The usual hours first, then all, four a row; a taken one keeps its place with a sign."""
    action = Action.HOUR if page.picking == "arrival" else Action.UNTIL

    def button(hour: datetime, *, free: bool) -> Button:
        return Button(_hour_text(words, hour, free=free), page.draft.data(action, hour))

    usual = [button(hour, free=free) for hour, free in page.hours if hour.time() in set(page.usual)]
    every = [button(hour, free=free) for hour, free in page.hours]
    rows = _rows(every, 4) if len(usual) in (0, len(every)) else [*_rows(usual, 4), *_rows(every, 4)]
    return [*rows, ways_out(page.draft, words)]


def _hour_text(words: Words, hour: datetime, *, free: bool) -> str:
    """Midnight names the date it belongs to."""
    text = f"{hour:%H:%M}" if hour.time() != time(0) else f"{hour:%H:%M} {words.weekday(hour)} {hour.day}"
    return text if free else f"×{text}"


def leaving_keyboard(leavings: Sequence[Leaving], draft: Draft, words: Words) -> Keyboard:
    """Departures of a block stay, one a row: `вс 6 16:00 · 24 ч · 800`; only those before the next guests are offered."""
    rows = [
        [
            Button(
                f"{words.weekday(one.at)} {one.at.day} {one.at:%H:%M} · {one.length} · {one.amount}",
                draft.data(Action.UNTIL, one.at),
            )
        ]
        for one in leavings
    ]
    other = Button(words.plain("calendar.button.other_time"), draft.data(Action.OTHER_TIME, "other"))
    return [*rows, [other], ways_out(draft, words)]


def month_text(
    page: MonthPage, words: Words, *, draft: str, ranges: Sequence[str] = (), zone: str = "", prices_view: bool = False
) -> Html:
    """The text above: step and draft, prices as ranges, the signs of this page, and a hint long enough to keep bubbles wide."""
    title = {
        "arrival": "calendar.arrival",
        "departure": "calendar.departure",
        "visit": "calendar.visit",
        "browse": "calendar.free_dates",
        "span": "calendar.visit",
    }[page.picking]
    hint = "calendar.hint_departure" if page.picking == "departure" else "calendar.hint"
    if not any(mark(page, day) in ("free", "partial", "arrive") for day in page.days):
        hint = "calendar.hint_empty"
    lines = [
        join(" · ", [bold(words.t(title)), draft]),
        join(" · ", list(ranges)),
        words.t("calendar.hint_prices" if prices_view else hint),
        "" if prices_view else join(", ", legend(page, words)),
        words.t("calendar.zone", zone=zone) if zone else "",
    ]
    return join("\n", lines)


def months_text(words: Words, *, draft: str) -> Html:
    """Above the list of months."""
    return join("\n", [bold(draft) if draft else "", words.t("calendar.months")])


def legend(page: MonthPage, words: Words) -> list[str]:
    """The signs that stand on this page, and no others."""
    shown = {mark(page, day) for day in page.days}
    names = [
        ("partial", "calendar.legend.partial"),
        ("full", "calendar.legend.full"),
        ("arrive", "calendar.legend.arrive"),
        ("leave", "calendar.legend.leave"),
        ("chosen", "calendar.legend.picked" if page.picking == "span" else "calendar.legend.chosen"),
        ("between", "calendar.legend.days" if page.picking == "span" else "calendar.legend.between"),
        ("gone", "calendar.legend.gone"),
    ]
    said: list[str] = [words.t(message_id) for meaning, message_id in names if meaning in shown]
    if any(day.date == page.today and mark(page, day) == "free" for day in page.days):
        said.append(words.t("calendar.legend.today"))
    return said


def price_ranges(words: Words, prices: Mapping[date, str]) -> list[str]:
    """`Будни 700 · 31 дек – 1 янв 3000`: the usual price once, then up to three stretches that differ."""
    if not prices:
        return []
    usual = Counter(prices.values()).most_common(1)[0][0]
    stretches: list[tuple[date, date, str]] = []
    for day in sorted(prices):
        if prices[day] == usual:
            continue
        if stretches and stretches[-1][2] == prices[day] and stretches[-1][1] == day - timedelta(days=1):
            stretches[-1] = (stretches[-1][0], day, prices[day])
        else:
            stretches.append((day, day, prices[day]))
    dear_ends_only = all(day.weekday() >= 4 for day in prices if prices[day] != usual)
    said: list[str] = [words.t("calendar.weekdays" if stretches and dear_ends_only else "calendar.usual", amount=usual)]
    said += [f"{words.range_days(first, last)} {amount}" for first, last, amount in stretches[:3]]
    return said if len(stretches) <= 3 else [*said, "…"]


def title_of(draft: Sequence[str]) -> str:
    """`Сутки · 4 гостя`: what the draft already knows, for the line above a picker."""
    return capital(" · ".join(part for part in draft if part))


def _rows(buttons: Sequence[Button], width: int) -> Keyboard:
    return [list(buttons[start : start + width]) for start in range(0, len(buttons), width)]
