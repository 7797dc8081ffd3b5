"""Owns the data of picker buttons, `<action>.<draft>.<version>.<arg>`: packed in 24 bytes, never trusted when it comes back (T3)."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from housebot.errors import Refusal

MOST_BYTES = 24
NO_DRAFT = "-"  # a calendar that is only looked at

_ARROWS = {"n": 1, "p": -1}  # to the next page, to the previous one
_DATA = re.compile(r"([A-Za-z])\.([A-Za-z0-9_-]{1,8})\.([0-9]{1,4})\.([A-Za-z0-9_-]{1,12})", re.ASCII)


class Action(StrEnum):
    """What a picker button asks for; letters live in old messages, so none is ever given a second meaning."""

    ARRIVE = "d"  # a day to arrive on, YYMMDD; signs too: the press is judged against the present state
    LEAVE = "o"  # a day to leave on
    LOOK = "v"  # a day of a calendar without a draft
    MONTH = "m"  # turn to a month, YYMM
    MONTHS = "y"  # the list of months
    PRICES = "p"  # the prices view of a month
    WEEKEND = "w"  # the nearest weekend that is free
    EDGE = "e"  # an arrow at the border: "first" or "last"
    NOTHING = "x"  # a blank or the name of a weekday, answered all the same
    HOUR = "h"  # arrival, YYMMDDHHMM
    UNTIL = "u"  # departure, YYMMDDHHMM
    OTHER_TIME = "t"
    BACK = "b"
    MENU = "z"  # the menu, or one of its screens by name
    SHAPE = "s"  # how long: evening, day, days, hours
    LENGTH = "l"  # how many days or nights
    GUESTS = "g"  # how many, `4`, or of one age, `child-2`
    WISH = "i"  # an extra, on or off
    OFFER = "f"  # an offer by its mark
    UNIT = "q"
    TARIFF = "k"
    STEP = "j"  # open a step by name
    NEXT = "n"
    ANSWER = "a"  # a choice of a question
    ACCEPT = "r"
    RESUME = "c"  # go on with a draft, or begin anew
    NEAR = "A"  # the nearest dates that do work, by their mark


@dataclass(frozen=True, slots=True)
class Press:
    """A picker button as it came back: well formed, but nothing in it is believed yet."""

    action: Action
    draft: str
    version: int
    arg: str

    def day(self) -> date:
        """The plain day; `stale` if there is none."""
        return self._read("%y%m%d", 6).date()

    def month(self) -> tuple[int, int]:
        """Year and month; `stale` if there are none."""
        month = self.arg[:-1] if self.step else self.arg
        first = replace(self, arg=month)._read("%y%m", 4)
        return first.year, first.month

    @property
    def step(self) -> int:
        """Which way an arrow turns, so that the same arrow twice is two pages; 0: a month by its name."""
        return _ARROWS.get(self.arg[-1:], 0)

    def moment(self) -> datetime:
        """The local time; `stale` if there is none."""
        return self._read("%y%m%d%H%M", 10)

    def _read(self, form: str, length: int) -> datetime:
        if len(self.arg) != length or not self.arg.isdigit():
            raise Refusal("stale")
        try:
            return datetime.strptime(self.arg, form)  # noqa: DTZ007  local time of the unit
        except ValueError:
            raise Refusal("stale") from None


def pack(action: Action, draft: str, version: int, arg: str | date) -> str:
    """The data of a button. A day is written YYMMDD, a local time YYMMDDHHMM."""
    if isinstance(arg, date):
        arg = arg.strftime("%y%m%d%H%M" if isinstance(arg, datetime) else "%y%m%d")
    data = f"{action}.{draft}.{version}.{arg}"
    if len(data) > MOST_BYTES or not _DATA.fullmatch(data):
        raise ValueError(f"no data of a picker button: {data!r}")
    return data


def unpack(data: str) -> Press:
    """The press, or the kind refusal `stale` for anything we never wrote."""
    found = _DATA.fullmatch(data) if len(data) <= MOST_BYTES else None
    if found is None or found[1] not in set(Action):
        raise Refusal("stale")
    return Press(Action(found[1]), found[2], int(found[3]), found[4])


def month_arg(year: int, month: int, step: int = 0) -> str:
    """`2612`; the arrow that leads there says where it points, `2612n` or `2612p`."""
    sign = next((sign for sign, points in _ARROWS.items() if points == step), "")
    return f"{year % 100:02d}{month:02d}{sign}"
