"""Owns reading what guests type: days, nights, guests, lengths, clock times and wishes, in Russian and English, without AI.

Readers run one after another over the normalised text and take out what they understood, so that «4 чел» can no longer
become the fourth and «в 16» no longer sixteen guests. Every pattern is bounded and a text longer than a request is no
request, so the time is linear. What is not understood is left empty, never guessed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from housebot.domain.catalog import Catalog
from housebot.domain.phrases.clocks import clock, times
from housebot.domain.phrases.days import Days, next_day_of_month
from housebot.domain.phrases.lengths import Length, Shape, shape_of
from housebot.domain.phrases.named import find_tariff, find_unit, find_wishes
from housebot.domain.phrases.nights import Night, ambiguous_night
from housebot.domain.phrases.party import Party
from housebot.domain.phrases.text import BEFORE_TIME, Reader, normal

__all__ = ["LONGEST", "Phrase", "Shape", "typed_date", "typed_number", "typed_time", "understand"]

LONGEST = 300  # characters; more than that is a letter to the owner

Clock = time


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a guest said; every field is empty where nothing was said about it."""

    day: date | None = None  # arrival; None too when several days were named
    until: date | None = None  # departure, of «5–7 декабря», «пт-вс»
    ambiguous_night: tuple[date, date] | None = None  # «ночь субботы»: the arrival days of the two nights it may be
    named_days: tuple[date, ...] = ()  # every day named, in order
    month: date | None = None  # first day of a month named without a day
    weekend: bool = False  # `day` is the Saturday of «выходные»
    impossible: bool = False  # a day that no calendar has: 31.02
    guests: int | None = None
    party: Mapping[str, int] = field(default_factory=dict)  # by bands of the catalog, when they were told apart
    wishes: tuple[str, ...] = ()  # ids of extras
    unwanted: tuple[str, ...] = ()  # ids of extras refused: «без бани»
    shape: Shape | None = None
    nights: int | None = None
    whole_days: int | None = None
    hours: int | None = None
    time: Clock | None = None  # arrival
    leave: Clock | None = None  # departure: «до 22»
    unit: str | None = None
    tariff: str | None = None
    contradictions: tuple[str, ...] = ()  # weekday, day, guests

    @property
    def empty(self) -> bool:
        """Nothing was understood."""
        return self == Phrase()


def understand(text: str, catalog: Catalog, *, today: date, now_local: datetime | None = None) -> Phrase:
    """Everything a free phrase says; an empty Phrase for nonsense. With `now_local`, today's weekday at an hour gone is next week's."""
    if len(text) > LONGEST:
        return Phrase()
    reader = Reader(normal(text))
    night = Night.read(reader)
    days = Days.read(reader, today)
    length = Length.read(reader)
    unwanted, wishes = find_wishes(reader, catalog.extras)
    party = Party.read(reader, catalog)
    arrival, leave = times(reader)
    tariff = find_tariff(reader, catalog.tariffs)
    unit = find_unit(reader, catalog.units)
    if party.guests is None and not party.contradiction and days.named:
        party = party.or_bare_number(reader)

    evening = length.evening or night.any
    hours = length.hours
    if hours is None and arrival and leave and not evening:
        hours = (leave.hour - arrival.hour) % 24 or None
    nights = length.nights or days.nights
    ambiguous = ambiguous_night(night, days, today)
    day = days.single
    if night.on_the_eve and day:
        day = day - timedelta(days=1)
    if day == today and days.by_weekday and now_local and arrival and arrival <= now_local.time():
        day = day + timedelta(days=7)
    contradictions = tuple(
        name
        for name, found in (("weekday", days.weekday_wrong), ("day", days.several), ("guests", party.contradiction))
        if found
    )
    return Phrase(
        day=None if ambiguous else day,
        until=days.until,
        ambiguous_night=ambiguous,
        named_days=days.named,
        month=days.month,
        weekend=days.weekend,
        impossible=days.impossible,
        guests=party.guests,
        party=party.bands,
        wishes=wishes,
        unwanted=unwanted,
        shape=shape_of(length, evening=evening, nights=nights, hours=hours),
        nights=nights,
        whole_days=length.days,
        hours=hours,
        time=arrival,
        leave=leave,
        unit=unit,
        tariff=tariff,
        contradictions=contradictions,
    )


def typed_date(text: str, today: date) -> date | None:
    """A day where a day is expected: also a bare `5` or `5-го`, the next one there is."""
    if len(text) > LONGEST:
        return None
    said = normal(text)
    bare = re.fullmatch(r"(?:на |the )?(\d{1,2})(?: ?-? ?(?:го|е|ое|числ\w{0,2}|st|nd|rd|th))?", said)
    if bare:
        return next_day_of_month(int(bare[1]), today)
    reader = Reader(said)
    Night.read(reader)
    return Days.read(reader, today).single


def typed_number(text: str) -> int | None:
    """A count where guests are expected: `4`, «4 чел», «вдвоем», `four`; never a part of a date or a time."""
    if len(text) > LONGEST or re.search(r"[-−]\s?\d", text):
        return None
    reader = Reader(normal(text))
    days, length = Days.read(reader, date(2000, 1, 1)), Length.read(reader)
    if days.named or days.impossible or days.month or length.said:
        return None
    party = Party.read(reader, None)
    if party.guests is not None or party.contradiction:
        return party.guests
    if times(reader) != (None, None):
        return None
    numbers = re.findall(r"\d+", reader.text)
    return int(numbers[0]) if len(numbers) == 1 and len(numbers[0]) <= 3 else None


def typed_time(text: str) -> time | None:
    """A clock time where one is expected: `16`, `16:30`, `16.00`, `1630`, «8 вечера», `4pm`; read as on a 24 hour clock."""
    if len(text) > LONGEST:
        return None
    said = normal(text)
    bare = re.fullmatch(rf"(?:{BEFORE_TIME} )?(\d{{1,2}})(?: ?(?:час\w{{0,2}}|ч|h|oclock))?", said)
    packed = re.fullmatch(r"(\d{2})(\d{2})", said)
    if bare:
        return clock(int(bare[1]), 0)
    if packed:
        return clock(int(packed[1]), int(packed[2]))
    arrival, leave = times(Reader(said))
    return arrival or leave
