"""Owns how long a phrase wants to stay: nights, whole days, hours, or only a shape."""

import re
from dataclasses import dataclass
from typing import Literal

from housebot.domain.phrases.text import BEFORE_TIME, Reader, whole

Shape = Literal["evening", "day", "days", "hours"]

_COUNTED = re.compile(
    rf"(?<!\w)(?<!\d[.,:/])(?:({BEFORE_TIME}) )?(\d{{1,3}}) ?-?(?:х |ти |и |ой )?"
    r"(ноч(?:ь|и|ей)|nights?|сут(?:ки|ок)?|дн(?:я|ей)|день|days?|час(?:а|ов|ик\w{0,2})?|ч|h|hrs?|hours?|недел\w|weeks?)(?!\w)"
)
_FULL_DAY = whole(r"сутк\w{0,3}|целый день|весь день|(?:a |the |one )?full day|all day|a day|(?:for )?24 h")
_SEVERAL_DAYS = whole(r"(?:на )?(?:несколько|пару) (?:дней|суток|ночей)|(?:a few|several|some) (?:days|nights)")
_SEVERAL_HOURS = whole(
    r"(?:на )?(?:несколько|пару) час\w{0,5}|(?:a few|several|some) hours|часик\w{0,2}|почасов\w{1,3}|hourly|на час"
)
_WEEK = whole(r"(?:на )недел\w|(?:for )?a week")
_OF_THE_DAY = re.compile(r" ?(?:утра|дня|вечера|ночи)(?!\w)")
_EVENING = whole(r"вечер(?:ом|ок|у|ам)?|до утра|evening|till morning|until morning|(?:на )?вечерин\w{1,2}")


@dataclass(frozen=True, slots=True)
class Length:
    """How long: one of nights, days and hours, or only a shape."""

    nights: int | None = None
    days: int | None = None
    hours: int | None = None
    shape: Shape | None = None
    evening: bool = False

    @property
    def said(self) -> bool:
        """Anything about the length."""
        return self != Length()

    @classmethod
    def read(cls, reader: Reader) -> "Length":
        """Numbers first, then words."""
        found = reader.take(_COUNTED, _is_length)
        nights = days = hours = None
        shape: Shape | None = None
        if found:
            number, unit = int(found[2]), found[3]
            if unit.startswith(("ноч", "night")):
                nights = number
            elif unit.startswith(("нед", "week")):
                nights = 7 * number
            elif unit.startswith(("ч", "h")):
                hours = number
            else:
                days = number
        if reader.take(_WEEK):
            nights = nights or 7
        for pattern, said in ((_SEVERAL_DAYS, "days"), (_SEVERAL_HOURS, "hours"), (_FULL_DAY, "day")):
            if reader.take(pattern) and shape is None:
                shape = said  # type: ignore[assignment]  # the three literals above
        evening = reader.take(_EVENING, lambda one: not re.search(r"\d ?$", one.string[: one.start()])) is not None
        return cls(nights=nights, days=days, hours=hours, shape=shape, evening=evening)


def _is_length(found: re.Match[str]) -> bool:
    """«в 2 ночи», «в 3 дня», «с 16 часов», «3 часа дня» are clock times; «5 дней» after «через» was a date."""
    if int(found[2]) == 0:
        return False
    if found[3].startswith("ч") and _OF_THE_DAY.match(found.string, found.end()):
        return False
    timely = found[3].startswith(("ноч", "ч", "h")) or found[3] == "дня"
    return not (found[1] and timely)


def shape_of(length: Length, *, evening: bool, nights: int | None, hours: int | None) -> Shape | None:
    """Numbers speak louder than words."""
    if nights is not None:
        return "evening" if nights == 1 and (evening or length.nights == 1) else "days" if nights > 1 else "day"
    if length.days is not None:
        return "day" if length.days == 1 else "days"
    if hours is not None:
        return "hours" if hours < 24 else "day" if hours < 40 else "days"
    return length.shape or ("evening" if evening else None)
