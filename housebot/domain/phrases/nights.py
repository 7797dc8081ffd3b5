"""Owns what a phrase says about nights, and which two nights «ночь субботы» may be."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from housebot.domain.phrases.days import Days
from housebot.domain.phrases.text import Reader, whole

_EVE = whole(r"(?:в )?ночь на(?= )")
_NIGHT_FROM = whole(r"(?:в )?ночь (?=с |со )")
_SLEEP = whole(r"на ночь|с ночевк\w{1,2}|с ночевой|переночевать|overnight|for the night|tonight")
_NIGHT_TIME = re.compile(r"\d ?(?:час\w{0,2} |ч )?(?:ноч\w{1,2}|nights?|at night)")
_NIGHT = whole(r"ночь|ночью|ночи|ночь\w{1,2}|night")


@dataclass(frozen=True, slots=True)
class Night:
    """Whether a night is meant, and how it was said."""

    on_the_eve: bool = False  # «в ночь на субботу»: arrival on Friday
    sleep: bool = False  # «на ночь», `overnight`: arrival on the day named
    bare: bool = False  # «суббота ночь»

    @property
    def any(self) -> bool:
        """Somebody wants to sleep there."""
        return self.on_the_eve or self.sleep or self.bare

    @classmethod
    def read(cls, reader: Reader) -> "Night":
        """Runs first, while the words beside «ночь» still stand."""
        if reader.take(_NIGHT_FROM):
            return cls(sleep=True)
        if reader.take(_EVE):
            return cls(on_the_eve=True)
        if found := reader.take(_SLEEP):
            if found[0] == "tonight":
                reader.text += " today"
            return cls(sleep=True)
        if _NIGHT_TIME.search(reader.text):  # «2 ночи» is a length or a clock time, «3 часа ночи» always a clock time
            return cls()
        bare = reader.take(_NIGHT)
        return cls(bare=bare is not None)


def ambiguous_night(night: Night, days: Days, today: date) -> tuple[date, date] | None:
    """The arrival days of both nights a weekday or a date touches; a night that has gone is not offered."""
    day = days.single
    if not night.bare or day is None or days.until or days.relative or day <= today:
        return None
    return day - timedelta(days=1), day
