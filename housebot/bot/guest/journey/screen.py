"""Owns how a screen of the journey is made: what it may know, its buttons, its lines, and its kind in the table of texts."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from housebot.bot import buttons as plain
from housebot.bot import calendar
from housebot.bot.buttons import LABEL_UNITS, check_keyboard
from housebot.bot.calendar import ways_out
from housebot.bot.guest.draft import Draft, from_json
from housebot.bot.guest.journey import route
from housebot.bot.presses import Action, pack
from housebot.bot.renderer import Scene, Texts
from housebot.domain.catalog import Catalog, Kind, Tariff, Text, Unit, say
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Button, Message, Tx
from housebot.words import Words, capital, cut, join

_SHORT = re.compile(r"[A-Za-z0-9_-]{1,9}", re.ASCII)
_LONGEST_ARG = 9


@dataclass(frozen=True)
class View:
    """What a screen sees: the draft it was asked for, and the desk as it is when it is shown."""

    tx: Tx
    words: Words
    now: datetime
    facts: Mapping[str, Any]
    draft: Draft

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.tx, now=self.now)

    @property
    def tariff(self) -> Tariff | None:
        return self.catalog.tariff(self.draft.tariff) if self.draft.tariff else None

    @property
    def unit(self) -> Unit | None:
        return self.catalog.unit(self.draft.unit) if self.draft.unit else None

    @cached_property
    def today(self) -> date:
        return local(self.now, self.catalog.zone).date()

    def say(self, text: Text) -> str:
        return say(text, self.words.language)

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.catalog.currency)

    def amount(self, amount: int) -> str:
        return self.words.amount(amount, self.catalog.currency)

    def day(self, day: date) -> str:
        """`сб 5 дек`, with the year where it is not this one."""
        return self.words.day(day, year=day.year != self.today.year)

    @property
    def owner(self) -> calendar.Draft:
        """The draft as the layouts of pickers know it."""
        return calendar.Draft(self.draft.code, self.draft.version)

    def button(self, text: str, action: Action, arg: str | date) -> Button:
        """A button of this draft and version; what is too long to read is cut."""
        data = pack(action, self.draft.code, self.draft.version, arg)
        return Button(cut(text, LABEL_UNITS), data=data)

    def label(self, message_id: str, **facts: Any) -> str:
        return self.words.plain(message_id, **facts)

    @property
    def ways_out(self) -> list[Button]:
        return ours([ways_out(self.owner, self.words)])[0]

    def notice(self) -> str:
        """The line on top: what was understood, or why the screen is shown again."""
        said = self.facts.get("notice")
        if not said:
            return ""
        if "refusal" in said:
            return self.words.refusal(Refusal(said["refusal"], **said.get("facts", {})))
        return self.words.t(said["id"], **said.get("facts", {}))

    def message(self, lines: Sequence[str], rows: Sequence[Sequence[Button]], *, back: bool = True) -> Message:
        """Lines under each other, rows of buttons, Back and Menu last (T7)."""
        keyboard = [list(row) for row in rows if row] + ([self.ways_out] if back else [])
        check_keyboard([[plain.Button(one.text, one.data, one.url, one.copy) for one in row] for row in keyboard])
        return Message(join("\n\n", [self.notice(), join("\n", list(lines))]), tuple(tuple(row) for row in keyboard))

    def sketch(self) -> str:
        """`Сутки · сб 5 дек · 4 гостя`: what the draft knows already, in one line."""
        return capital(" · ".join(self.known()))

    def known(self) -> list[str]:
        """What the draft knows already, part by part."""
        draft, words = self.draft, self.words
        parts = []
        if self.unit is not None and (self.several_units or draft.way == "slot"):
            parts.append(self.say(self.unit.name))
        if self.tariff is not None and not self.named_by_unit(self.unit):
            parts.append(self.say(self.tariff.short or self.tariff.name))
        slot = self.tariff is not None and self.tariff.kind is Kind.SLOT
        if draft.arrival and draft.departure:
            parts.append(
                words.visit(draft.arrival, draft.departure) if slot else words.span(draft.arrival, draft.departure)
            )
        elif draft.arrival:
            parts.append(words.moment(draft.arrival))
        elif draft.day:
            parts += self._day_and_length(draft.day)
        if guests := sum(draft.party.values()):
            parts += [] if draft.way == "slot" else [words.guests(guests)]
        return parts

    def _day_and_length(self, day: date) -> list[str]:
        """`ср 9 дек → пт 11 дек`, `2 ночи`: both ends and the length as soon as they are known; a day alone before that."""
        draft = self.draft
        if draft.length and route.kinds(self.catalog) == {Kind.NIGHTLY}:
            leaves = day + timedelta(days=draft.length)
            return [f"{self.day(day)} → {self.day(leaves)}", self.words.length(nights=draft.length)]
        whole_days = draft.length or (1 if draft.shape == "day" else 0)
        return [self.day(day), *([self.words.length(hours=24 * whole_days)] if whole_days else [])]

    def named_by_unit(self, unit: Unit | None) -> bool:
        """Whether the room says it all: there are several, and this one is sold in one way alone."""
        return unit is not None and self.several_units and len(self.catalog.tariffs_of(unit.id)) == 1

    @cached_property
    def several_units(self) -> bool:
        return sum(1 for unit in self.catalog.units if self.catalog.tariffs_of(unit.id)) > 1


Show = Callable[[View], Message]

texts = Texts()
screens: dict[str, Show] = {}


def shows(*names: str) -> Callable[[Show], Show]:
    """The function draws these screens: their kinds are `screen.<name>`."""

    def add(show: Show) -> Show:
        for name in names:
            screens[name] = show

        def text(scene: Scene) -> Message:
            draft = from_json(scene.facts.get("draft"))
            if draft is None:
                raise Refusal("stale")
            return drawn(show, View(scene.tx, scene.words, scene.now, scene.facts, draft))

        texts.renders(*(f"screen.{name}" for name in names))(text)
        return show

    return add


def drawn(show: Show, view: View) -> Message:
    """The screen, or, where the desk has changed so much that it cannot be made, why, with the ways out."""
    try:
        return show(view)
    except Refusal as refusal:
        if refusal.code == "temporarily_unavailable":
            raise
        return view.message([view.words.refusal(refusal)], [])


def ours(rows: plain.Keyboard) -> list[list[Button]]:
    """Buttons of the layouts as the outbox takes them."""
    return [[Button(one.text, one.data, one.url, one.copy, one.style) for one in row] for row in rows]


def rows_of(buttons: Sequence[Button], width: int) -> list[list[Button]]:
    """The buttons in rows of so many."""
    return [list(buttons[start : start + width]) for start in range(0, len(buttons), width)]


def mark(*names: object) -> str:
    """A short name for a button: the id itself where it fits, else a digest that the press is compared with."""
    text = "|".join(str(name) for name in names)
    if len(names) == 1 and _SHORT.fullmatch(text):
        return text
    return hashlib.sha256(text.encode()).hexdigest()[:_LONGEST_ARG]


def fingerprint(message: Message) -> str:
    """What a page looks like, so that an equal one is not sent again."""
    return hashlib.sha256(repr((message.text, message.buttons)).encode()).hexdigest()[:16]
