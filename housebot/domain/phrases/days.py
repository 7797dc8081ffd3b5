"""Owns the days a phrase names: dates, ranges, weekdays, weekends, a month alone."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from housebot.domain.phrases.text import Reader, whole

LONGEST_RANGE = 92  # days; «7-5 декабря» is a slip, not a year

_MONTHS = (
    r"янв(?:ар\w{1,2})?|jan(?:uary)?",
    r"фев(?:р(?:ал\w{1,2})?)?|feb(?:ruary)?",
    r"мар(?:т\w{0,2})?|mar(?:ch)?",
    r"апр(?:ел\w{1,2})?|apr(?:il)?",
    r"ма[йяею]|may",
    r"июн(?:\w{1,2})?|june?",
    r"июл(?:\w{1,2})?|july?",
    r"авг(?:уст\w{0,2})?|aug(?:ust)?",
    r"сен(?:т(?:ябр\w{1,2})?)?|sep(?:t(?:ember)?)?",
    r"окт(?:ябр\w{1,2})?|oct(?:ober)?",
    r"ноя(?:бр\w{1,2})?|nov(?:ember)?",
    r"дек(?:абр\w{1,2})?|dec(?:ember)?",
)
_WEEKDAYS = (
    r"пн|понедельник\w{0,2}|mon(?:days?)?",
    r"вт|вторник\w{0,2}|tue(?:s|sdays?)?",
    r"ср|сред(?:а|у|ы|е|ой)|wed(?:nesdays?)?",
    r"чт|четверг\w{0,2}|thu(?:r|rs|rsdays?)?",
    r"пт|пятниц\w{1,2}|fri(?:days?)?",
    r"сб|суб|суббот\w{1,2}|sat(?:urdays?)?",
    r"вс|вск|воскр|воскресень\w{1,2}|sun(?:days?)?",
)
_MONTH = "|".join(_MONTHS)
_WEEKDAY = "|".join(_WEEKDAYS)
_ORDINAL = r"(?: ?-? ?(?:го|е|ое|st|nd|rd|th)\b)?"
_TO = r"(?: ?- ?| (?:по|до|на|to|till|until|through) )"
_YEAR = r"(?:[ ,]{0,2}(20\d\d)(?: ?г\w{0,3})?\b)?"

_ISO = whole(r"(20\d\d)-(\d{1,2})-(\d{1,2})")
_NUMERIC = r"(\d{1,2})([./])(\d{1,2})(?:[./](20\d\d|\d\d))?(?![\d:])"
_NUMERIC_RANGE = whole(rf"(?:с |from )?{_NUMERIC}{_TO}{_NUMERIC}")
_SHORT_RANGE = whole(rf"(?:с |from )?(\d{{1,2}}){_TO}{_NUMERIC}")
_NUMERIC_DAY = whole(_NUMERIC)
_WORDED_RANGE = whole(rf"(?:с |from )?(\d{{1,2}}){_ORDINAL}{_TO}(\d{{1,2}}){_ORDINAL} ?(?:of )?({_MONTH})\b\.?{_YEAR}")
_WORDED_LONG_RANGE = whole(
    rf"(?:с |from )?(\d{{1,2}}){_ORDINAL} ?({_MONTH})\b\.?{_YEAR}{_TO}(\d{{1,2}}){_ORDINAL} ?({_MONTH})\b\.?{_YEAR}"
)
_MONTH_FIRST_RANGE = whole(rf"(?:from )?({_MONTH})\b\.? ?(\d{{1,2}}){_ORDINAL}{_TO}(\d{{1,2}}){_ORDINAL}(?!\d){_YEAR}")
_WORDED_DAY = whole(rf"(\d{{1,2}}){_ORDINAL} ?(?:of )?({_MONTH})\b\.?{_YEAR}")
_MONTH_FIRST_DAY = whole(
    rf"(jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\b\.? (?:the )?(\d{{1,2}}){_ORDINAL}(?![\d:]){_YEAR}"
)
_WEEKDAY_RANGE = whole(rf"(?:с |со |from )?({_WEEKDAY}){_TO}({_WEEKDAY})")
_NEXT = r"следующ\w{2,3}|след|next"
_THIS = r"эт\w{1,3}|ближайш\w{2,3}|this|coming"
_ONE_WEEKDAY = whole(
    rf"(?:({_NEXT}|{_THIS}) )?({_WEEKDAY})(?:[ .]{{1,2}}(\d{{1,2}})(?: ?(?:го|числ\w{{0,2}})| the)?(?![\w:.+/-]| ?(?:чел|гост|люд|взр|дет|реб|час|ч |ноч|дн|сут|people|guest|adult|person|day|night|hour|h |am|pm)))?"
)
_DAY_ONLY = whole(r"(?:на |the )?(\d{1,2})(?: ?-? ?(?:го|е|ое)| числ\w{0,2}|(?:st|nd|rd|th))")
_RELATIVE = (
    (whole(r"послезавтра|(?:the )?day after tomorrow"), 2),
    (whole(r"завтра\w{0,3}|tomorrow"), 1),
    (whole(r"сегодня\w{0,3}|today|сейчас|tonight"), 0),
    (whole(r"через недел\w|in a week"), 7),
)
_GONE = ((whole(r"позавчера|(?:the )?day before yesterday"), 2), (whole(r"вчера|yesterday"), 1))
_IN_DAYS = whole(r"(?:через|in) (\d{1,2}) (?:дн\w{1,2}|день|days?)")
_WEEKEND = whole(rf"(?:({_NEXT}|{_THIS}) )?(?:the )?(?:выходн\w{{1,3}}|уикенд\w{{0,2}}|weekend)")
_NEW_YEAR = whole(r"нов\w{2,3} год\w{0,2}|new years?(?: eve)?")
_MONTH_ONLY = whole(
    r"(?:в |на |in |весь |конец |начало )?(январ\w{1,2}|феврал\w{1,2}|март\w{0,2}|апрел\w{1,2}|ма[йяею]|июн\w{1,2}|июл\w{1,2}|"
    r"август\w{0,2}|сентябр\w{1,2}|октябр\w{1,2}|ноябр\w{1,2}|декабр\w{1,2}|january|february|april|june|july|august|"
    r"september|october|november|december|(?<=in )(?:march|may))"
)


# «с 5 декабря 16:00 до 6 декабря»: the time is put behind, where the clock will find it.
_DATE = rf"\d{{1,2}}{_ORDINAL} (?:{_MONTH})\b|\d{{1,2}}[./]\d{{1,2}}(?:[./]\d{{2,4}})?"
_TIMED_RANGE = whole(rf"({_DATE}) (?:в |с |at |from )?(\d{{1,2}}:\d\d) ?(?:-|до|по|until|till|to) ?({_DATE})")


@dataclass(frozen=True, slots=True)
class Days:
    """The days a text names."""

    named: tuple[date, ...] = ()
    until: date | None = None
    month: date | None = None
    weekend: bool = False
    impossible: bool = False
    weekday_wrong: bool = False
    relative: bool = False
    by_weekday: bool = False

    @property
    def single(self) -> date | None:
        """The one day named."""
        return self.named[0] if len(self.named) == 1 else None

    @property
    def several(self) -> bool:
        """Two days that are no range."""
        return len(self.named) > 1

    @property
    def nights(self) -> int | None:
        """Between both ends of a range."""
        return (self.until - self.named[0]).days if self.until and self.named else None

    @classmethod
    def read(cls, reader: Reader, today: date) -> "Days":
        """Ranges before single days, written dates before weekdays, a month alone last."""
        reader.text = _TIMED_RANGE.sub(r"\1 - \3 с \2", reader.text)
        ends = _range(reader, today)
        if ends is not None:
            first, last = ends
            if first is None or last is None or not 0 < (last - first).days <= LONGEST_RANGE:
                return cls(impossible=True)
            return cls(named=(first,), until=last)
        dated, impossible = _written_days(reader, today)
        relative = [today + timedelta(days=ahead) for pattern, ahead in _RELATIVE if reader.take(pattern)]
        relative += [today + timedelta(days=int(found[1])) for found in reader.take_all(_IN_DAYS)]
        weekend = reader.take(_WEEKEND)
        weekdays = [] if dated and weekend else _weekdays(reader, today)
        wrong = bool(dated) and any(day.weekday() not in {one.weekday() for one in dated} for day in weekdays)
        named = dated or relative or weekdays
        if not named and weekend:
            named = [_on_weekday(5, today, next_week=_is_next(weekend[1]))]
        if dated and relative:
            named = [*dated, *relative]
        gone = [today - timedelta(days=ago) for pattern, ago in _GONE if reader.take(pattern)]
        named = named or gone  # «вчера писали, хотим 5.12» is about the fifth
        month = None if named or impossible else _month_only(reader, today)
        return cls(
            named=tuple(dict.fromkeys(named)),
            month=month,
            weekend=weekend is not None,
            impossible=impossible,
            weekday_wrong=wrong,
            relative=bool(relative),
            by_weekday=bool(weekdays) and named == weekdays,
        )


def _range(reader: Reader, today: date) -> tuple[date | None, date | None] | None:
    """Both ends of «с 5 по 7 декабря», `5.12-7.12`, `Dec 5-7`, «пт-вс»; None where there is no range."""
    if found := reader.take(_NUMERIC_RANGE):
        first = _numeric(found[1], found[3], found[4] or found[8], found[2], today)
        return first, _numeric(found[5], found[7], found[8], found[6], first or today)
    if found := reader.take(_SHORT_RANGE, lambda one: 1 <= int(one[4]) <= 12):
        first = _numeric(found[1], found[4], found[5], found[3], today)
        return first, _numeric(
            found[2] if found[2].isdigit() else found[1], found[4], found[5], found[3], first or today
        )
    if found := reader.take(_WORDED_LONG_RANGE):
        first = _on(int(found[1]), _month(found[2]), found[3] or found[6], today)
        return first, _on(int(found[4]), _month(found[5]), found[6], first or today)
    if found := reader.take(_WORDED_RANGE):
        first = _on(int(found[1]), _month(found[3]), found[4], today)
        return first, _on(int(found[2]), _month(found[3]), found[4], first or today)
    if found := reader.take(_MONTH_FIRST_RANGE):
        first = _on(int(found[2]), _month(found[1]), found[4], today)
        return first, _on(int(found[3]), _month(found[1]), found[4], first or today)
    if found := reader.take(_WEEKDAY_RANGE):
        first = _on_weekday(_weekday(found[1]), today)
        return first, _on_weekday(_weekday(found[2]), first + timedelta(days=1))
    return None


def _written_days(reader: Reader, today: date) -> tuple[list[date], bool]:
    """Days written as a date, and whether one of them does not exist."""
    days: list[date | None] = []
    days += [_made(int(found[1]), int(found[2]), int(found[3])) for found in reader.take_all(_ISO)]
    days += [
        _numeric(found[1], found[3], found[4], found[2], today) for found in reader.take_all(_NUMERIC_DAY, _is_date)
    ]
    days += [_on(int(found[1]), _month(found[2]), found[3], today) for found in reader.take_all(_WORDED_DAY)]
    days += [_on(int(found[2]), _month(found[1]), found[3], today) for found in reader.take_all(_MONTH_FIRST_DAY)]
    if reader.take(_NEW_YEAR) and not days:
        days.append(_on(31, 12, None, today))
    days += [next_day_of_month(int(found[1]), today) for found in reader.take_all(_DAY_ONLY, _is_alone)]
    return [day for day in days if day], None in days


def _is_date(found: re.Match[str]) -> bool:
    """`18.30` and `16.00` are times; `31.02` is a date, if an impossible one."""
    day, month = int(found[1]), int(found[3])
    if 1 <= month <= 12 or found[4]:
        return True
    if found[2] == "/":
        return True
    return not (day <= 23 and month % 5 == 0 and month < 60)


def _is_alone(found: re.Match[str]) -> bool:
    """«на 5-е», not «на 4-х» and not «4-е человека»."""
    return not re.match(r" ?(?:чел|гост|люд|взр|дет|сут|дн|ноч|час)", found.string[found.end() :])


def _numeric(day: str, month: str, year: str | None, sign: str, today: date) -> date | None:
    if sign == "/" and int(month) > 12 >= int(day):  # 12/25, as Americans write
        day, month = month, day
    return _on(int(day), int(month), year, today)


def _on(day: int, month: int, year: str | None, today: date) -> date | None:
    """That day of that year, or its next occurrence; None if there is none in the coming eight years (31.02)."""
    if year:
        return _made(int(year) + (2000 if len(year) == 2 else 0), month, day)
    coming = (_made(today.year + ahead, month, day) for ahead in range(9))
    return next((one for one in coming if one and one >= today), None)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day_of_month(day: int, today: date) -> date | None:
    months = ((today.year + (today.month - 1 + ahead) // 12, (today.month - 1 + ahead) % 12 + 1) for ahead in range(13))
    made = (_made(year, month, day) for year, month in months)
    return next((one for one in made if one and one >= today), None)


def _weekdays(reader: Reader, today: date) -> list[date]:
    """Weekdays named; «сб 5» is the Saturday that is a fifth, if it is near."""
    days = []
    for found in reader.take_all(_ONE_WEEKDAY):
        weekday = _weekday(found[2])
        day = _on_weekday(weekday, today, next_week=_is_next(found[1]))
        number = int(found[3]) if found[3] else None
        if number:
            numbered = next_day_of_month(number, today)
            if numbered and numbered.weekday() == weekday:
                day = numbered
            else:
                reader.text = f"{reader.text} | {number}"  # no date of that weekday: perhaps the guests
        days.append(day)
    return sorted(days)


def _on_weekday(weekday: int, since: date, *, next_week: bool = False) -> date:
    """The first such weekday from `since` on; «следующая» is the one of the next calendar week."""
    if next_week:
        return since - timedelta(days=since.weekday()) + timedelta(days=7 + weekday)
    return since + timedelta(days=(weekday - since.weekday()) % 7)


def _is_next(word: str | None) -> bool:
    return bool(word and re.match(_NEXT, word))


def _month_only(reader: Reader, today: date) -> date | None:
    found = reader.take(_MONTH_ONLY)
    if not found:
        return None
    month = _month(found[1])
    return date(today.year + (month < today.month), month, 1)


def _month(word: str) -> int:
    return next(number for number, pattern in enumerate(_MONTHS, 1) if re.match(pattern, word))


def _weekday(word: str) -> int:
    return next(number for number, pattern in enumerate(_WEEKDAYS) if re.fullmatch(pattern, word))
