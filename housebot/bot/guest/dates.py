"""Owns /dates: which days are free, as a month to look at and press, as prices, and as a picture; nothing is chosen here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot import calendar, pictures, toasts
from housebot.bot.actions import Act, Acted, Picked, act
from housebot.bot.calendar import MonthPage
from housebot.bot.guest.draft import Draft, begin
from housebot.bot.guest.journey import day as journey_day
from housebot.bot.guest.journey import market
from housebot.bot.guest.journey.guests import adult
from housebot.bot.guest.journey.screen import ours
from housebot.bot.guest.journey.talk import Talk
from housebot.bot.guest.menu import openers, opens
from housebot.bot.guest.telling import menu_button
from housebot.bot.presses import NO_DRAFT, Action, Press, month_arg
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain import pickers
from housebot.domain.availability import Day
from housebot.domain.catalog import Catalog, Kind, Unit, say
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import availability, catalogs
from housebot.services.ports import Button, Message, Picture, Tx
from housebot.words import Words, cut, join

router = Router(name="guest.dates")
texts = Texts()

MOST_UNITS = 12  # buttons that lead to the other units
LONGEST_NAME = 24


@dataclass(frozen=True)
class Look:
    """One month of one unit, as somebody without a draft sees it."""

    tx: Tx
    words: Words
    now: datetime
    number: int  # of the unit in the catalog: what a button carries
    year: int
    month: int

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.tx, now=self.now)

    @property
    def unit(self) -> Unit:
        return self.catalog.units[self.number]

    @cached_property
    def draft(self) -> Draft:
        """What the journey would begin with on a day of this page."""
        several = len(bookable(self.catalog)) > 1
        slot = all(tariff.kind is Kind.SLOT for tariff in self.catalog.tariffs_of(self.unit.id))
        if slot:
            known: dict[str, Any] = {"party": {adult(self.catalog).id: 1}}
            return begin("slot", unit=self.unit.id, passed=("specialist",), **known)
        return begin("help", **({"unit": self.unit.id} if several else {}))

    @cached_property
    def page(self) -> MonthPage:
        today = local(self.now, self.unit.zone).date()
        first, last = market.first_and_last(self.catalog, self.draft, self.now)
        return MonthPage(
            year=self.year,
            month=self.month,
            days=self.days,
            today=today,
            first=first,
            last=last,
            draft=calendar.Draft(NO_DRAFT, self.number),
            picking="browse",
        )

    @cached_property
    def days(self) -> tuple[Day, ...]:
        found = availability.compute_month(self.tx, unit=self.unit.id, year=self.year, month=self.month, now=self.now)
        return found.days

    @property
    def title(self) -> str:
        return say(self.unit.name if len(bookable(self.catalog)) > 1 else self.catalog.name, self.words.language)

    def ranges(self) -> str:
        """The free days as people say them, and those of which a part is free."""
        words = self.words
        free = _stretches([day.date for day in self.days if day.state in ("free", "arrive_only")])
        part = _stretches([day.date for day in self.days if day.state == "partial"])
        if not free and not part:
            return words.t("dates.none")
        lines = [
            words.t("dates.free", ranges=", ".join(words.range_days(*one) for one in free)) if free else "",
            words.t("dates.partial", ranges=", ".join(words.range_days(*one) for one in part)) if part else "",
        ]
        return join(" ", lines)


def bookable(catalog: Catalog) -> list[Unit]:
    return [unit for unit in catalog.units if catalog.tariffs_of(unit.id)]


def _stretches(days: Sequence[date]) -> list[tuple[date, date]]:
    """Days in a row, first and last."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] == day - timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def look(tx: Tx, words: Words, now: datetime, number: int, year: int, month: int) -> Look:
    """That page, or the nearest that may be booked: a month may have passed and a unit may have gone since the button was drawn."""
    catalog = catalogs.current(tx, now=now)
    units = bookable(catalog)
    if not 0 <= number < len(catalog.units) or catalog.units[number] not in units:
        number = catalog.units.index(units[0])
    seen = Look(tx, words, now, number, year, month)
    first, last = market.first_and_last(catalog, seen.draft, now)
    if (year, month) < (first.year, first.month):
        return Look(tx, words, now, number, first.year, first.month)
    if (year, month) > (last.year, last.month):
        return Look(tx, words, now, number, last.year, last.month)
    return seen


# The screens


@opens("dates")
async def show(turn: Turn) -> None:
    """This month of the first unit, or the next one when nothing is free any more."""

    def piece(tx: Tx) -> None:
        seen = look(tx, turn.words, turn.now, -1, 1, 1)
        if not _open_days(seen) and (seen.page.last.year, seen.page.last.month) > (seen.year, seen.month):
            following = date(seen.year, seen.month, 1) + timedelta(days=32)
            seen = look(tx, turn.words, turn.now, seen.number, following.year, following.month)
        _show(tx, turn, seen, ring=turn.query_id is None)

    await turn.write(piece)


def _show(tx: Tx, turn: Turn, seen: Look, *, view: str = "days", ring: bool = False) -> None:
    facts = {"unit": seen.number, "year": seen.year, "month": seen.month, "view": view}
    turn.screen(tx, "dates", facts, ring=ring)


def _open_days(seen: Look) -> list[date]:
    return [day.date for day in seen.days if day.state in market.OPEN]


@texts.renders("screen.dates")
def screen(scene: Scene) -> Message:
    facts = scene.facts
    seen = look(scene.tx, scene.words, scene.now, facts["unit"], facts["year"], facts["month"])
    views = {"months": _months, "prices": _prices, "picture": _picture}
    return views.get(facts["view"], _month)(seen)


def _month(seen: Look) -> Message:
    words = seen.words
    zone = str(seen.unit.zone) if words.language != seen.catalog.languages[0] else ""
    text = calendar.month_text(seen.page, words, draft=seen.title, ranges=[seen.ranges()], zone=zone)
    keyboard = ours(calendar.month_keyboard(seen.page, words))
    picture = Button(words.plain("dates.button.picture"), data=_data(seen, f"p{month_arg(seen.year, seen.month)}"))
    return Message(text, _rows([*keyboard[:-1], [picture], *_units(seen), keyboard[-1]]))


def _months(seen: Look) -> Message:
    months, month = [], seen.page.first.replace(day=1)
    while month <= seen.page.last:
        there = Look(seen.tx, seen.words, seen.now, seen.number, month.year, month.month)
        months.append((month.year, month.month, len(_open_days(there))))
        month = (month + timedelta(days=32)).replace(day=1)
    keyboard = ours(calendar.months_keyboard(months, seen.page.draft, seen.words, shown=(seen.year, seen.month)))
    return Message(calendar.months_text(seen.words, draft=seen.title), _rows(keyboard))


def _prices(seen: Look) -> Message:
    words = seen.words
    around = market.around(seen.tx, seen.unit, seen.days[0].date, now=seen.now, days=len(seen.days) + 7)
    tariffs = seen.catalog.tariffs_of(seen.unit.id)
    hand = catalogs.hand_prices(seen.tx)
    found = pickers.lowest_prices(
        seen.catalog, seen.unit, tariffs, seen.year, seen.month, around, seen.now, hand_prices=hand
    )
    amounts = {day: words.amount(amount, seen.catalog.currency) for day, amount in found.items()}
    ranges = calendar.price_ranges(words, amounts)
    text = calendar.month_text(seen.page, words, draft=seen.title, ranges=ranges, prices_view=True)
    return Message(text, _rows(ours(calendar.prices_keyboard(seen.page, amounts, words))))


def _picture(seen: Look) -> Message:
    """The month drawn, when no transaction is open any more; the caption says the same in words."""
    words, days = seen.words, seen.days
    title, subtitle, today = words.month(seen.year, seen.month), seen.title, seen.page.today
    legend, weekdays = pictures.legend_of(days, words), words.weekdays()

    def draw() -> bytes:
        return pictures.month_picture(title, days, legend, weekdays=weekdays, subtitle=subtitle, today=today)

    caption = join("\n", [join(" · ", [title, subtitle]), seen.ranges()])
    back = Button(words.plain("calendar.button.calendar"), data=_data(seen, f"c{month_arg(seen.year, seen.month)}"))
    turning = [_turn(seen, -1), Button(title, data=back.data), _turn(seen, 1)]
    rows = [turning, *_units(seen, letter="p"), [back, menu_button(words, "button.menu", "menu")]]
    return Message(caption, _rows(rows), pictures=(Picture(draw=draw, name=f"{month_arg(seen.year, seen.month)}.png"),))


def _turn(seen: Look, step: int) -> Button:
    """A picture further; at the border a dot that says where it is."""
    number = seen.year * 12 + seen.month - 1 + step
    year, month = number // 12, number % 12 + 1
    page = seen.page
    if not (page.first.year, page.first.month) <= (year, month) <= (page.last.year, page.last.month):
        return Button("·", data=page.draft.data(Action.EDGE, "first" if step < 0 else "last"))
    return Button("‹" if step < 0 else "›", data=_data(seen, f"p{month_arg(year, month)}"))


def _units(seen: Look, *, letter: str = "c") -> list[list[Button]]:
    """The other rooms or specialists, where there are some."""
    units = bookable(seen.catalog)
    if not 1 < len(units) <= MOST_UNITS:
        return []
    buttons = []
    for unit in units:
        number = seen.catalog.units.index(unit)
        name = cut(say(unit.name, seen.words.language), LONGEST_NAME)
        label = seen.words.plain("dates.button.unit_on", unit=name) if number == seen.number else name
        arg = f"{letter}{month_arg(seen.year, seen.month)}"
        buttons.append(Button(label, data=act("gt", version=number, arg=arg)))
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]


def _data(seen: Look, arg: str) -> str:
    return act("gt", version=seen.number, arg=arg)


def _rows(rows: Sequence[Sequence[Button]]) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(row) for row in rows if row)


# What is pressed


@router.callback_query(Acted("gt"))
async def turn_over(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The picture of a month (`p2612`), or its calendar (`c2612`)."""
    letter, month = act.arg[:1], act.arg[1:]
    if letter not in ("p", "c") or len(month) != 4 or not month.isdigit() or not 1 <= int(month[2:]) <= 12:
        raise Refusal("stale")

    def piece(tx: Tx) -> None:
        seen = look(tx, turn.words, turn.now, act.version, 2000 + int(month[:2]), int(month[2:]))
        _show(tx, turn, seen, view="picture" if letter == "p" else "days")

    await turn.write(piece)


@router.callback_query(Picked(Action.MONTH, Action.MONTHS, Action.PRICES, drafted=False))
async def page(query: CallbackQuery, turn: Turn, press: Press) -> None:
    view = {Action.MONTH: "days", Action.MONTHS: "months", Action.PRICES: "prices"}[press.action]

    def piece(tx: Tx) -> None:
        _show(tx, turn, look(tx, turn.words, turn.now, press.version, *press.month()), view=view)

    await turn.write(piece)


@router.callback_query(Picked(Action.WEEKEND, drafted=False))
async def weekend(query: CallbackQuery, turn: Turn, press: Press) -> None:
    """The month of the nearest weekend that is free, and which one it is."""

    def piece(tx: Tx) -> None:
        seen = look(tx, turn.words, turn.now, press.version, *press.month())
        saturday = market.next_weekend(tx, seen.catalog, seen.draft, seen.page.today, turn.now)
        if saturday is not None:
            there = look(tx, turn.words, turn.now, seen.number, saturday.year, saturday.month)
            turn.toast(turn.words.plain("calendar.toast.near", days=turn.words.day(saturday)))
            _show(tx, turn, there)
            return
        turn.toast(turn.words.plain("calendar.toast.other", day=turn.words.plain("calendar.button.weekend")))

    await turn.write(piece)


@router.callback_query(Picked(Action.EDGE, Action.NOTHING, drafted=False))
async def nothing(query: CallbackQuery, turn: Turn, press: Press) -> None:
    """Blanks, names of weekdays and the dot at the border answer too."""

    def piece(tx: Tx) -> None:
        if press.action is Action.NOTHING:
            turn.toast(toasts.nothing_toast(press.arg, turn.words))
            return
        seen = look(tx, turn.words, turn.now, press.version, 1, 1)
        turn.toast(toasts.edge_toast(seen.page, press.arg, turn.words))

    await turn.write(piece)


@router.callback_query(Picked(Action.BACK, drafted=False))
async def back(query: CallbackQuery, turn: Turn, press: Press) -> None:
    await openers["menu"](turn)


@router.callback_query(Picked(Action.LOOK, drafted=False))
async def press_day(query: CallbackQuery, turn: Turn, press: Press) -> None:
    """A free day begins the journey on it; another says why not, and what is near."""
    day = press.day()

    def piece(tx: Tx) -> None:
        seen = look(tx, turn.words, turn.now, press.version, day.year, day.month)
        found = seen.days[day.day - 1] if (seen.year, seen.month) == (day.year, day.month) else Day(day, "past", "")
        if found.state in market.OPEN and calendar.mark(seen.page, found) != "gone":
            journey_day.pick_arrival(Talk(turn, tx), seen.draft, day)
            return
        near = market.near_days(tx, seen.catalog, seen.draft, day, turn.now)
        turn.toast(toasts.day_toast(seen.page, found, turn.words, near=near))

    await turn.write(piece)
